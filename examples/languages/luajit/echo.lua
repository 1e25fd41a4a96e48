-- An echo between two sockets, a timeout, GBK text, a batch, and an error.
local ffi = require "ffi"
local udp = require "udp"

local function check(result)
    return result >= 0 and result or error(ffi.string(udp.udp_last_error()), 2)
end

local server, client = check(udp.udp_open(udp.UDP_OPEN_IPV4)), check(udp.udp_open(udp.UDP_OPEN_IPV4))
local address, sender = ffi.new "udp_addr", ffi.new "udp_addr"
check(udp.udp_bind(server, "127.0.0.1", 0))
check(udp.udp_local_addr(server, address))

-- Echo.
local buffer = ffi.new("char[?]", 2048)
check(udp.udp_sendto(client, "ping", 4, address))
local length = check(udp.udp_recvfrom(server, buffer, 2048, sender, 5000))
check(udp.udp_sendto(server, buffer, length, sender))
length = check(udp.udp_recvfrom(client, buffer, 2048, nil, 5000))
assert(ffi.string(buffer, length) == "ping")
print("echo: " .. ffi.string(buffer, length))

-- Nothing comes.
assert(udp.udp_recvfrom(server, buffer, 2048, nil, 10) == udp.UDP_ERR_TIMED_OUT)
print("timeout: " .. ffi.string(udp.udp_strerror(udp.UDP_ERR_TIMED_OUT)))

-- Text from a program that sends GBK.
local text, info = "你好", ffi.new "udp_text_info"
check(udp.udp_sendto_text(client, "gbk", text, #text, address))
length = check(udp.udp_recvfrom_text(server, "auto", buffer, 2048, nil, info, 5000))
assert(ffi.string(buffer, length) == text)
print("text: " .. ffi.string(buffer, length) .. " in " .. ffi.string(info.encoding))

-- A hundred datagrams.
local packets, arena = ffi.new "udp_packet[100]", ffi.new("char[?]", 100 * 2048)
for i = 0, 99 do
    packets[i].data, packets[i].length, packets[i].peer = buffer, 1 + i, address
end
assert(check(udp.udp_send_batch(client, packets, 100)) == 100)
local received = 0
while received < 100 do
    local n = check(udp.udp_recv_batch(server, arena, ffi.sizeof(arena), packets, nil, 100, 5000))
    for i = 0, n - 1 do assert(packets[i].length == received + i + 1) end
    received = received + n
end
print("batch: " .. received .. " datagrams")

-- A mistake.
local done, sentence = pcall(check, udp.udp_bind(server, "no address", 0))
assert(not done)
print("error: " .. sentence)
check(udp.udp_close(server))
check(udp.udp_close(client))
