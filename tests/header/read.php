<?php
// Reads a header, loads the library, and prints two numbers of the header and a result.
$udp = FFI::cdef(file_get_contents($argv[1]), $argv[2]);
$address = $udp->new("udp_addr");
$address->family = $udp->UDP_FAMILY_IPV4;
$address->port = 9000;
foreach ([10, 0, 0, 1] as $i => $byte) {
    $address->ip[$i] = $byte;
}
$text = $udp->new("char[" . $udp->UDP_ADDR_TEXT_SIZE . "]");
echo FFI::sizeof($udp->type("udp_packet_info")), " ", $udp->UDP_ERR_CLOSED, " ",
    $udp->udp_format(FFI::addr($address), $text, $udp->UDP_ADDR_TEXT_SIZE), "\n";
