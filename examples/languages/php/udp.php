<?php
// libudp for PHP: functions and constants have the names of the header.
$folder = getenv("LIBUDP_INCLUDE") ?: "/usr/local/include";
return FFI::cdef(file_get_contents("$folder/libudp.ffi.h"), getenv("LIBUDP_LIBRARY") ?: "libudp.so.0");
