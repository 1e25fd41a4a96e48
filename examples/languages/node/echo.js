// An echo between two sockets, a timeout, GBK text, a batch, an error, and a close that ends a wait.
const assert = require("node:assert");
const udp = require("./udp");
const { koffi } = udp;

function check(result) {
  if (result < 0) throw new Error(udp.udp_last_error());
  return result;
}

async function main() {
  const [server, client] = [1, 2].map(() => check(udp.udp_open(udp.UDP_OPEN_IPV4)));
  const [address, sender] = [1, 2].map(() => koffi.alloc(udp.udp_addr, 1));
  check(udp.udp_bind(server, "127.0.0.1", 0));
  check(udp.udp_local_addr(server, address));

  // Echo. A call that waits runs on another thread, whose last error this one cannot ask for: it has the code alone.
  const buffer = Buffer.alloc(2048);
  const receive = async (socket, from, timeout) => {
    const call = udp.udp_recvfrom.async;
    return new Promise((done) => call(socket, buffer, buffer.length, from, timeout, (_, result) => done(result)));
  };
  check(udp.udp_sendto(client, Buffer.from("ping"), 4, address));
  let length = await receive(server, sender, 5000);
  check(udp.udp_sendto(server, buffer, length, sender));
  length = await receive(client, null, 5000);
  assert.strictEqual(buffer.toString("utf8", 0, length), "ping");
  console.log("echo:", buffer.toString("utf8", 0, length));

  assert.strictEqual(await receive(server, null, 10), udp.UDP_ERR_TIMED_OUT);
  console.log("timeout:", udp.udp_strerror(udp.UDP_ERR_TIMED_OUT));

  // Text from a program that sends GBK.
  const info = koffi.alloc(udp.udp_text_info, 1);
  check(udp.udp_sendto_text(client, "gbk", "你好", Buffer.byteLength("你好"), address));
  length = check(udp.udp_recvfrom_text(server, "auto", buffer, buffer.length, null, info, 5000));
  assert.strictEqual(buffer.toString("utf8", 0, length), "你好");
  console.log("text: 你好 in", koffi.decode(info, udp.udp_text_info).encoding.replace(/\0.*/, ""));

  // A hundred datagrams.
  const [packets, data] = [koffi.alloc(udp.udp_packet, 100), koffi.alloc("char", 100)];
  const [size, peer] = [koffi.sizeof(udp.udp_packet), koffi.decode(address, udp.udp_addr)];
  const zero = koffi.decode(packets, udp.udp_packet);
  for (let i = 0; i < 100; i++) koffi.encode(packets, i * size, udp.udp_packet, { ...zero, data, length: 1 + i, peer });
  assert.strictEqual(check(udp.udp_send_batch(client, packets, 100)), 100);
  const arena = koffi.alloc("char", 204800);
  for (var received = 0; received < 100; ) {
    received += check(udp.udp_recv_batch(server, arena, 204800, packets, null, 100 - received, 5000));
  }
  console.log("batch:", received, "datagrams");

  assert.throws(() => check(udp.udp_bind(server, "no address", 0)), (error) => !console.log("error:", error.message));
  const waiting = receive(server, null, -1);
  check(udp.udp_close(server));
  assert.strictEqual(await waiting, udp.UDP_ERR_CLOSED);
  console.log("close:", udp.udp_strerror(udp.UDP_ERR_CLOSED));
  check(udp.udp_close(client));
}
main();
