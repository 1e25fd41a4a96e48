-- Reads a header, loads the library, and prints two numbers of the header and a result.
local ffi = require "ffi"
ffi.cdef(assert(io.open(arg[1])):read "*a")
local udp = ffi.load(arg[2])
local address = ffi.new("udp_addr", { family = ffi.C.UDP_FAMILY_IPV4, port = 9000, ip = { 10, 0, 0, 1 } })
local text = ffi.new("char[?]", ffi.C.UDP_ADDR_TEXT_SIZE)
print(ffi.sizeof "udp_packet_info" .. " " .. tonumber(ffi.C.UDP_ERR_CLOSED) .. " " ..
    udp.udp_format(address, text, ffi.C.UDP_ADDR_TEXT_SIZE))
