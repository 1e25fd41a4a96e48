<?php
// An echo between two sockets, a timeout, GBK text, a batch, and an error.
$udp = require __DIR__ . "/udp.php";

function check(int $result): int
{
    global $udp;
    return $result >= 0 ? $result : throw new RuntimeException($udp->udp_last_error());
}

function same(mixed $a, mixed $b): void
{
    $a === $b || throw new LogicException(var_export($a, true) . " is not " . var_export($b, true));
}

[$server, $client] = [check($udp->udp_open($udp->UDP_OPEN_IPV4)), check($udp->udp_open($udp->UDP_OPEN_IPV4))];
[$address, $sender] = [FFI::addr($udp->new("udp_addr")), FFI::addr($udp->new("udp_addr"))];
check($udp->udp_bind($server, "127.0.0.1", 0));
check($udp->udp_local_addr($server, $address));

// Echo. What a void pointer points at must be C memory.
$buffer = $udp->new("char[2048]");
FFI::memcpy($buffer, "ping", 4);
check($udp->udp_sendto($client, $buffer, 4, $address));
$length = check($udp->udp_recvfrom($server, $buffer, 2048, $sender, 5000));
check($udp->udp_sendto($server, $buffer, $length, $sender));
$length = check($udp->udp_recvfrom($client, $buffer, 2048, null, 5000));
same(FFI::string($buffer, $length), "ping");
echo "echo: ", FFI::string($buffer, $length), "\n";

// Nothing comes.
same($udp->udp_recvfrom($server, $buffer, 2048, null, 10), $udp->UDP_ERR_TIMED_OUT);
echo "timeout: ", $udp->udp_strerror($udp->UDP_ERR_TIMED_OUT), "\n";

// Text from a program that sends GBK.
$info = $udp->new("udp_text_info");
check($udp->udp_sendto_text($client, "gbk", "你好", strlen("你好"), $address));
$length = check($udp->udp_recvfrom_text($server, "auto", $buffer, 2048, null, FFI::addr($info), 5000));
same(FFI::string($buffer, $length), "你好");
echo "text: ", FFI::string($buffer, $length), " in ", FFI::string($info->encoding), "\n";

// A hundred datagrams.
[$packets, $arena] = [$udp->new("udp_packet[100]"), $udp->new("char[204800]")];
foreach ($packets as $i => $packet) {
    [$packet->data, $packet->length, $packet->peer] = [FFI::addr($buffer), 1 + $i, $address[0]];
}
same(check($udp->udp_send_batch($client, $packets, 100)), 100);
for ($received = 0; $received < 100; $received += $n) {
    $n = check($udp->udp_recv_batch($server, $arena, FFI::sizeof($arena), $packets, null, 100, 5000));
    same($packets[$n - 1]->length, $received + $n);
}
echo "batch: $received datagrams\n";

// A mistake.
try {
    same(check($udp->udp_bind($server, "no address", 0)), "an error");
} catch (RuntimeException $error) {
    echo "error: ", $error->getMessage(), "\n";
}
array_map(fn($socket) => check($udp->udp_close($socket)), [$server, $client]);
