# An echo between two sockets, a timeout, GBK text, a batch, an error, and a close that wakes another thread.
require_relative "udp"

def check(result) = result >= 0 ? result : raise(UDP.udp_last_error.force_encoding("UTF-8"))
def same(a, b) = a == b || raise("#{a.inspect} is not #{b.inspect}")

server, client = Array.new(2) { check(UDP.udp_open(UDP::UDP_OPEN_IPV4)) }
address, sender = Array.new(2) { UDP::Addr.malloc(Fiddle::RUBY_FREE) }
check(UDP.udp_bind(server, "127.0.0.1", 0))
check(UDP.udp_local_addr(server, address))

# Echo.
buffer = Fiddle::Pointer.malloc(2048, Fiddle::RUBY_FREE)
check(UDP.udp_sendto(client, "ping", 4, address))
length = check(UDP.udp_recvfrom(server, buffer, buffer.size, sender, 5000))
check(UDP.udp_sendto(server, buffer, length, sender))
length = check(UDP.udp_recvfrom(client, buffer, buffer.size, nil, 5000))
same(buffer[0, length], "ping")
puts "echo: #{buffer[0, length]}"

# Nothing comes.
same(UDP.udp_recvfrom(server, buffer, buffer.size, nil, 10), UDP::UDP_ERR_TIMED_OUT)
puts "timeout: #{UDP.udp_strerror(UDP::UDP_ERR_TIMED_OUT)}"

# Text from a program that sends GBK.
info = UDP::TextInfo.malloc(Fiddle::RUBY_FREE)
check(UDP.udp_sendto_text(client, "gbk", "你好", "你好".bytesize, address))
length = check(UDP.udp_recvfrom_text(server, "auto", buffer, buffer.size, nil, info, 5000))
same(text = buffer[0, length].force_encoding("UTF-8"), "你好")
puts "text: #{text} in #{info.encoding.pack("c*").unpack1("Z*")}"

# A hundred datagrams.
memory = Fiddle::Pointer[+("\0" * 100 * UDP::Packet.size)]
packets = Array.new(100) { |i| UDP::Packet.new(memory + i * UDP::Packet.size) }
packets.each_with_index do |packet, i|
  packet.data, packet.length = buffer, 1 + i
  packet.peer.to_ptr[0, UDP::Addr.size] = address.to_ptr[0, UDP::Addr.size]
end
same(check(UDP.udp_send_batch(client, memory, 100)), 100)
arena, received = Fiddle::Pointer.malloc(100 * 2048, Fiddle::RUBY_FREE), 0
while received < 100
  received += n = check(UDP.udp_recv_batch(server, arena, arena.size, memory, nil, 100, 5000))
  same(packets[n - 1].length, received)
end
puts "batch: #{received} datagrams"

# A mistake. The error belongs to the thread that made the call.
begin
  same(check(UDP.udp_bind(server, "no address", 0)), "an error")
rescue RuntimeError => error
  puts "error: #{error.message}"
end

# A close ends the wait of another thread.
waiting = Thread.new { UDP.udp_recvfrom(server, buffer, buffer.size, nil, -1) }
check(UDP.udp_close(server))
same(waiting.value, UDP::UDP_ERR_CLOSED)
puts "close: #{UDP.udp_strerror(UDP::UDP_ERR_CLOSED)}"
check(UDP.udp_close(client))
