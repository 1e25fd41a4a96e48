# An echo between two sockets, a timeout, GBK text, a batch, and an error.
use v5.36;
use utf8;
use FindBin;
use lib $FindBin::Bin;
use FFI::Platypus::Buffer qw(scalar_to_pointer);
use UDP;

binmode STDOUT, ":utf8";
sub check ($result) { $result >= 0 ? $result : die UDP::last_error() . "\n" }
sub same ($got, $wanted) { $got eq $wanted or die "$got is not $wanted\n" }
sub at { scalar_to_pointer($_[0]) }

my ($server, $client) = map { check(UDP::open(UDP::UDP_OPEN_IPV4)) } 1 .. 2;
my ($address, $sender) = (UDP::packed("udp_addr"), UDP::packed("udp_addr"));
check(UDP::bind($server, "127.0.0.1", 0));
check(UDP::local_addr($server, at($address)));

# Echo. A buffer is a string that is long enough; its own length stays.
my ($ping, $buffer) = ("ping", "\0" x 2048);
check(UDP::sendto($client, at($ping), length $ping, at($address)));
my $length = check(UDP::recvfrom($server, at($buffer), length $buffer, at($sender), 5000));
check(UDP::sendto($server, at($buffer), $length, at($sender)));
$length = check(UDP::recvfrom($client, at($buffer), length $buffer, undef, 5000));
same(substr($buffer, 0, $length), "ping");
say "echo: ", substr($buffer, 0, $length);

# Nothing comes.
same(UDP::recvfrom($server, at($buffer), length $buffer, undef, 10), UDP::UDP_ERR_TIMED_OUT);
say "timeout: ", UDP::strerror(UDP::UDP_ERR_TIMED_OUT);

# Text from a program that sends GBK.
utf8::encode(my $hello = "你好");
my $info = UDP::packed("udp_text_info");
check(UDP::sendto_text($client, "gbk", $hello, length $hello, at($address)));
$length = check(UDP::recvfrom_text($server, "auto", at($buffer), length $buffer, undef, at($info), 5000));
utf8::decode(my $text = substr($buffer, 0, $length));
same($text, "你好");
say "text: $text in ", UDP::unpacked("udp_text_info", $info, "encoding");

# A hundred datagrams.
my $packets = join "", map { UDP::packed("udp_packet", data => at($buffer), length => $_, peer => $address) } 1 .. 100;
same(check(UDP::send_batch($client, at($packets), 100)), 100);
my ($arena, $received) = ("\0" x 204_800, 0);
while ($received < 100) {
    my $n = check(UDP::recv_batch($server, at($arena), length $arena, at($packets), undef, 100, 5000));
    $received += $n;
    same(UDP::unpacked("udp_packet", $packets, "length", $n - 1), $received);
}
say "batch: $received datagrams";

# A mistake.
eval { same(check(UDP::bind($server, "no address", 0)), "an error") };
print "error: $@";
check(UDP::close($_)) for $server, $client;
