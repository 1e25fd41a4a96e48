"""libudp.ffi.h as cffi reads it."""

import cffi
import pytest
from conftest import CHECKOUT
from libudp._native.calls import lib

HEADER = CHECKOUT / "include" / "libudp.ffi.h"


def test_cffi_reads_the_header_and_formats_an_address() -> None:
    if not HEADER.is_file():
        pytest.skip("the header is in a checkout only")
    ffi = cffi.FFI()
    ffi.cdef(HEADER.read_text())
    udp = ffi.dlopen(lib._name)
    address = ffi.new("udp_addr *", {"family": udp.UDP_FAMILY_IPV4, "port": 9000, "ip": bytes([10, 0, 0, 1]) + bytes(12)})
    text = ffi.new("char[]", udp.UDP_ADDR_TEXT_SIZE)
    assert udp.udp_format(address, text, len(text)) == len("10.0.0.1:9000")
    assert ffi.string(text) == b"10.0.0.1:9000"
    assert ffi.sizeof("udp_packet_info") == 64
    assert udp.udp_close(0) == udp.UDP_ERR_HANDLE
