package UDP;
# libudp for Perl: functions and constants have the names of the header, without `udp_`, and `packed` and `unpacked` read
# and write its structs.
use v5.36;
use FFI::Platypus 2;
use JSON::PP;

my $folder = $ENV{LIBUDP_INCLUDE} // "/usr/local/include";
open my $file, "<:raw", "$folder/libudp.json" or die "$folder/libudp.json: $!";
my $interface = decode_json(do { local $/; <$file> });
my $ffi = FFI::Platypus->new(api => 2, lib => $ENV{LIBUDP_LIBRARY} // "libudp.so.0");
my $width = 8 * $ffi->sizeof("opaque");

my %type = (int32_t => "sint32", uint16_t => "uint16", uint32_t => "uint32", int64_t => "sint64", uint64_t => "uint64",
    size_t => "size_t", "const char *" => "string", void => "void");
my %letter = (char => "Z", uint8_t => "C", uint16_t => "S", int32_t => "l", uint32_t => "L", int64_t => "q",
    uint64_t => "Q", size_t => $width == 64 ? "Q" : "L");
for my $table (\%type, \%letter) { $table->{$_} = $table->{$interface->{types}{$_}} for keys $interface->{types}->%* }

for my $constant (map { $_->{values}->@* } $interface->{enums}->@*) {
    no strict "refs";
    my $value = $constant->{value};
    *{$constant->{name}} = sub () { $value };
}
for my $function ($interface->{functions}->@*) {
    my @parameters = map { $type{$_->{type}} // "opaque" } $function->{parameters}->@*;
    $ffi->attach([$function->{name} => "UDP::" . $function->{name} =~ s/^udp_//r], \@parameters, $type{$function->{returns}});
}

my %struct = map { $_->{name} => $_ } $interface->{structs}->@*;

sub size ($struct) { $struct{$struct}{size}{$width} }

# The place of a field, and how pack and unpack write it.
sub place ($struct, $name) {
    my ($field) = grep { $_->{name} eq $name } $struct{$struct}{fields}->@* or die "$struct has no $name";
    my $letter = $letter{$field->{type}} // ($struct{$field->{type}} ? "a" . size($field->{type}) : $letter{size_t});
    return ($field->{offset}{$width}, $letter . ($field->{length} // ""));
}

# A struct with these fields; the others are zero.
sub packed ($struct, %fields) {
    my $bytes = "\0" x size($struct);
    for my $name (keys %fields) {
        my ($offset, $template) = place($struct, $name);
        my $value = pack $template, $fields{$name};
        substr($bytes, $offset, length $value) = $value;
    }
    return $bytes;
}

# A field of a struct, or of the struct number $index of several.
sub unpacked ($struct, $bytes, $name, $index = 0) {
    my ($offset, $template) = place($struct, $name);
    return unpack "x" . ($index * size($struct) + $offset) . $template, $bytes;
}

1;
