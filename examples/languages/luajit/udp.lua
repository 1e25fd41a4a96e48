-- libudp for LuaJIT: functions and constants have the names of the header.
local ffi = require "ffi"
local folder = os.getenv "LIBUDP_INCLUDE" or "/usr/local/include"
local header = assert(io.open(folder .. "/libudp.ffi.h"))
ffi.cdef(header:read "*a")
header:close()
return ffi.load(os.getenv "LIBUDP_LIBRARY" or "libudp.so.0")
