"""The C declarations of libudp.h: constants, structs and functions. A test compares them with the header."""

from __future__ import annotations

import sys
from ctypes import CDLL, POINTER, Structure, c_char, c_char_p, c_int32, c_int64, c_size_t
from ctypes import c_uint8, c_uint16, c_uint32, c_uint64, c_void_p
from typing import Any

UDP_FAMILY_NONE = 0
UDP_FAMILY_IPV4 = 4
UDP_FAMILY_IPV6 = 6

UDP_OPEN_IPV4 = 0
UDP_OPEN_IPV6 = 1
UDP_OPEN_DUAL = 2
UDP_OPEN_REUSE_ADDRESS = 4
UDP_OPEN_REUSE_PORT = 8
UDP_OPEN_COALESCE = 16

UDP_EVENT_READ = 1
UDP_EVENT_WRITE = 2
UDP_EVENT_ERROR = 4
UDP_EVENT_CLOSED = 8

UDP_STEER_HASH = 0
UDP_STEER_CPU = 1
UDP_STEER_BYTES = 2

UDP_ADDR_TEXT_SIZE = 96

UDP_PACKET_TRUNCATED = 1
UDP_PACKET_CONTROL_TRUNCATED = 2

UDP_OFFLOAD_SEND = 1
UDP_OFFLOAD_RECV = 2

UDP_INTERFACE_UP = 1
UDP_INTERFACE_RUNNING = 2
UDP_INTERFACE_LOOPBACK = 4
UDP_INTERFACE_BROADCAST = 8
UDP_INTERFACE_MULTICAST = 16
UDP_INTERFACE_POINT_TO_POINT = 32

udp_socket = c_int64
udp_poller = c_int64


class udp_ready(Structure):
    """A socket that is ready."""

    _fields_ = [
        ("socket", udp_socket),
        ("user_data", c_uint64),
        ("events", c_uint32),
        ("reserved", c_uint32),
    ]


class udp_addr(Structure):
    """An address and a port."""

    _fields_ = [
        ("family", c_uint16),
        ("port", c_uint16),
        ("ip", c_uint8 * 16),
        ("scope_id", c_uint32),
        ("flowinfo", c_uint32),
        ("reserved", c_uint32),
    ]


class udp_text_info(Structure):
    """How bytes were decoded."""

    _fields_ = [
        ("encoding", c_char * 24),
        ("bytes", c_uint32),
        ("replaced", c_uint32),
        ("reserved", c_uint32 * 2),
    ]


class udp_packet(Structure):
    """One datagram of a batch."""

    _fields_ = [
        ("data", c_void_p),
        ("length", c_size_t),
        ("peer", udp_addr),
        ("full_length", c_uint32),
        ("flags", c_uint32),
        ("segment_size", c_uint32),
        ("reserved", c_uint32),
    ]


class udp_packet_info(Structure):
    """What the system reports about a datagram."""

    _fields_ = [
        ("local", udp_addr),
        ("timestamp_ns", c_uint64),
        ("if_index", c_uint32),
        ("tos", c_uint32),
        ("reserved", c_uint32 * 4),
    ]


class udp_stats(Structure):
    """The counters of a socket."""

    _fields_ = [
        ("sent", c_uint64),
        ("sent_bytes", c_uint64),
        ("received", c_uint64),
        ("received_bytes", c_uint64),
        ("truncated", c_uint64),
        ("dropped", c_uint64),
        ("buffered", c_uint64),
        ("offload_refused", c_uint64),
        ("path_errors", c_uint64),
        ("path_errors_lost", c_uint64),
        ("offloads", c_uint32),
        ("reserved0", c_uint32),
        ("spin_hits", c_uint64),
        ("spin_misses", c_uint64),
        ("reserved", c_uint64 * 7),
    ]


class udp_slice(Structure):
    """A piece of memory."""

    _fields_ = [
        ("data", c_void_p),
        ("length", c_size_t),
    ]


class udp_interface(Structure):
    """One address of a network interface."""

    _fields_ = [
        ("name", c_char * 256),
        ("if_index", c_uint32),
        ("flags", c_uint32),
        ("mtu", c_uint32),
        ("prefix_len", c_uint32),
        ("addr", udp_addr),
        ("broadcast", udp_addr),
        ("reserved", c_uint32 * 4),
    ]


class udp_path_error(Structure):
    """An ICMP error, or a local error, about a sent datagram."""

    _fields_ = [
        ("code", c_int32),
        ("os_error", c_int32),
        ("peer", udp_addr),
        ("offender", udp_addr),
        ("mtu", c_uint32),
        ("icmp_type", c_uint8),
        ("icmp_code", c_uint8),
        ("reserved", c_uint16),
    ]


addr_p = POINTER(udp_addr)
text_info_p = POINTER(udp_text_info)
packet_p = POINTER(udp_packet)
packet_info_p = POINTER(udp_packet_info)
stats_p = POINTER(udp_stats)
slice_p = POINTER(udp_slice)
interface_p = POINTER(udp_interface)
path_error_p = POINTER(udp_path_error)
ready_p = POINTER(udp_ready)
size_p = POINTER(c_size_t)
int32_p = POINTER(c_int32)
# A C string, or bytes whose length is an argument of its own.
in_text = c_char_p
out_text = POINTER(c_char)


def declare(lib: CDLL) -> CDLL:
    """Gives every function of the library its types."""
    # udp_socket udp_open(uint32_t flags)
    lib.udp_open.argtypes = [c_uint32]
    lib.udp_open.restype = udp_socket

    # int32_t udp_close(udp_socket s)
    lib.udp_close.argtypes = [udp_socket]
    lib.udp_close.restype = c_int32

    # int32_t udp_bind(udp_socket s, const char *host, uint16_t port)
    lib.udp_bind.argtypes = [udp_socket, in_text, c_uint16]
    lib.udp_bind.restype = c_int32

    # int32_t udp_bind_addr(udp_socket s, const udp_addr *addr)
    lib.udp_bind_addr.argtypes = [udp_socket, addr_p]
    lib.udp_bind_addr.restype = c_int32

    # int32_t udp_connect(udp_socket s, const udp_addr *peer)
    lib.udp_connect.argtypes = [udp_socket, addr_p]
    lib.udp_connect.restype = c_int32

    # int32_t udp_disconnect(udp_socket s)
    lib.udp_disconnect.argtypes = [udp_socket]
    lib.udp_disconnect.restype = c_int32

    # int32_t udp_local_addr(udp_socket s, udp_addr *addr)
    lib.udp_local_addr.argtypes = [udp_socket, addr_p]
    lib.udp_local_addr.restype = c_int32

    # int32_t udp_peer_addr(udp_socket s, udp_addr *addr)
    lib.udp_peer_addr.argtypes = [udp_socket, addr_p]
    lib.udp_peer_addr.restype = c_int32

    # int32_t udp_wait(udp_socket s, uint32_t events, int32_t timeout_ms)
    lib.udp_wait.argtypes = [udp_socket, c_uint32, c_int32]
    lib.udp_wait.restype = c_int32

    # int64_t udp_fd(udp_socket s)
    lib.udp_fd.argtypes = [udp_socket]
    lib.udp_fd.restype = c_int64

    # int32_t udp_resolve(const char *host, uint16_t port, uint16_t family, udp_addr *addr)
    lib.udp_resolve.argtypes = [in_text, c_uint16, c_uint16, addr_p]
    lib.udp_resolve.restype = c_int32

    # int32_t udp_format(const udp_addr *addr, char *text, size_t cap)
    lib.udp_format.argtypes = [addr_p, out_text, c_size_t]
    lib.udp_format.restype = c_int32

    # int32_t udp_interfaces(udp_interface *list, size_t cap)
    lib.udp_interfaces.argtypes = [interface_p, c_size_t]
    lib.udp_interfaces.restype = c_int32

    # int32_t udp_interface_index(const char *text)
    lib.udp_interface_index.argtypes = [in_text]
    lib.udp_interface_index.restype = c_int32

    # int32_t udp_sendto(udp_socket s, const void *buf, size_t len, const udp_addr *to)
    lib.udp_sendto.argtypes = [udp_socket, c_void_p, c_size_t, addr_p]
    lib.udp_sendto.restype = c_int32

    # int32_t udp_recvfrom(udp_socket s, void *buf, size_t cap, udp_addr *from, int32_t timeout_ms)
    lib.udp_recvfrom.argtypes = [udp_socket, c_void_p, c_size_t, addr_p, c_int32]
    lib.udp_recvfrom.restype = c_int32

    # int32_t udp_recvfrom_info(udp_socket s, void *buf, size_t cap, udp_addr *from, udp_packet_info *info,
    #                           int32_t timeout_ms)
    lib.udp_recvfrom_info.argtypes = [udp_socket, c_void_p, c_size_t, addr_p, packet_info_p, c_int32]
    lib.udp_recvfrom_info.restype = c_int32

    # int32_t udp_broadcast(udp_socket s, const void *buf, size_t len, uint16_t port)
    lib.udp_broadcast.argtypes = [udp_socket, c_void_p, c_size_t, c_uint16]
    lib.udp_broadcast.restype = c_int32

    # int32_t udp_broadcast_on(udp_socket s, const void *buf, size_t len, uint16_t port, uint32_t if_index)
    lib.udp_broadcast_on.argtypes = [udp_socket, c_void_p, c_size_t, c_uint16, c_uint32]
    lib.udp_broadcast_on.restype = c_int32

    # int32_t udp_reply(udp_socket s, const void *buf, size_t len, const udp_addr *to, const udp_packet_info *info)
    lib.udp_reply.argtypes = [udp_socket, c_void_p, c_size_t, addr_p, packet_info_p]
    lib.udp_reply.restype = c_int32

    # int32_t udp_send_batch(udp_socket s, const udp_packet *packets, size_t n)
    lib.udp_send_batch.argtypes = [udp_socket, packet_p, c_size_t]
    lib.udp_send_batch.restype = c_int32

    # int32_t udp_reply_batch(udp_socket s, const udp_packet *packets, const udp_packet_info *infos, size_t n)
    lib.udp_reply_batch.argtypes = [udp_socket, packet_p, packet_info_p, c_size_t]
    lib.udp_reply_batch.restype = c_int32

    # int32_t udp_group_packets(udp_packet *packets, udp_packet_info *infos, size_t n)
    lib.udp_group_packets.argtypes = [packet_p, packet_info_p, c_size_t]
    lib.udp_group_packets.restype = c_int32

    # int32_t udp_send_segments(udp_socket s, const void *buf, size_t len, size_t segment_size, const udp_addr *to)
    lib.udp_send_segments.argtypes = [udp_socket, c_void_p, c_size_t, c_size_t, addr_p]
    lib.udp_send_segments.restype = c_int32

    # int32_t udp_recv_batch(udp_socket s, void *arena, size_t arena_len, udp_packet *packets, udp_packet_info *infos,
    #                        size_t max, int32_t timeout_ms)
    lib.udp_recv_batch.argtypes = [udp_socket, c_void_p, c_size_t, packet_p, packet_info_p, c_size_t, c_int32]
    lib.udp_recv_batch.restype = c_int32

    # int32_t udp_recv_segments(udp_socket s, void *arena, size_t arena_len, udp_packet *packets,
    #                           udp_packet_info *infos, size_t max, int32_t timeout_ms)
    lib.udp_recv_segments.argtypes = [udp_socket, c_void_p, c_size_t, packet_p, packet_info_p, c_size_t, c_int32]
    lib.udp_recv_segments.restype = c_int32

    # int32_t udp_join(udp_socket s, const udp_addr *group, const udp_addr *source, uint32_t if_index)
    lib.udp_join.argtypes = [udp_socket, addr_p, addr_p, c_uint32]
    lib.udp_join.restype = c_int32

    # int32_t udp_leave(udp_socket s, const udp_addr *group, const udp_addr *source, uint32_t if_index)
    lib.udp_leave.argtypes = [udp_socket, addr_p, addr_p, c_uint32]
    lib.udp_leave.restype = c_int32

    # int32_t udp_recv_error(udp_socket s, udp_path_error *error, int32_t timeout_ms)
    lib.udp_recv_error.argtypes = [udp_socket, path_error_p, c_int32]
    lib.udp_recv_error.restype = c_int32

    # udp_poller udp_poller_open(void)
    lib.udp_poller_open.argtypes = []
    lib.udp_poller_open.restype = udp_poller

    # int32_t udp_poller_set(udp_poller p, udp_socket s, uint32_t events, uint64_t user_data)
    lib.udp_poller_set.argtypes = [udp_poller, udp_socket, c_uint32, c_uint64]
    lib.udp_poller_set.restype = c_int32

    # int32_t udp_poller_wait(udp_poller p, udp_ready *ready, size_t max, int32_t timeout_ms)
    lib.udp_poller_wait.argtypes = [udp_poller, ready_p, c_size_t, c_int32]
    lib.udp_poller_wait.restype = c_int32

    # int32_t udp_poller_wake(udp_poller p)
    lib.udp_poller_wake.argtypes = [udp_poller]
    lib.udp_poller_wake.restype = c_int32

    # int64_t udp_poller_fd(udp_poller p)
    lib.udp_poller_fd.argtypes = [udp_poller]
    lib.udp_poller_fd.restype = c_int64

    # int32_t udp_poller_close(udp_poller p)
    lib.udp_poller_close.argtypes = [udp_poller]
    lib.udp_poller_close.restype = c_int32

    # int32_t udp_steer(udp_socket s, uint32_t by, uint32_t offset, uint32_t length, uint32_t sockets)
    lib.udp_steer.argtypes = [udp_socket, c_uint32, c_uint32, c_uint32, c_uint32]
    lib.udp_steer.restype = c_int32

    # int32_t udp_encode(const char *encoding, const char *text, size_t len, void *out, size_t cap)
    lib.udp_encode.argtypes = [in_text, in_text, c_size_t, c_void_p, c_size_t]
    lib.udp_encode.restype = c_int32

    # int32_t udp_decode(const char *encoding, const void *buf, size_t len, char *text, size_t cap, udp_text_info *info)
    lib.udp_decode.argtypes = [in_text, c_void_p, c_size_t, out_text, c_size_t, text_info_p]
    lib.udp_decode.restype = c_int32

    # int32_t udp_sendto_text(udp_socket s, const char *encoding, const char *text, size_t len, const udp_addr *to)
    lib.udp_sendto_text.argtypes = [udp_socket, in_text, in_text, c_size_t, addr_p]
    lib.udp_sendto_text.restype = c_int32

    # int32_t udp_recvfrom_text(udp_socket s, const char *encoding, char *text, size_t cap, udp_addr *from,
    #                           udp_text_info *info, int32_t timeout_ms)
    lib.udp_recvfrom_text.argtypes = [udp_socket, in_text, out_text, c_size_t, addr_p, text_info_p, c_int32]
    lib.udp_recvfrom_text.restype = c_int32

    # int32_t udp_set_option(udp_socket s, int32_t option, int32_t value)
    lib.udp_set_option.argtypes = [udp_socket, c_int32, c_int32]
    lib.udp_set_option.restype = c_int32

    # int32_t udp_get_option(udp_socket s, int32_t option)
    lib.udp_get_option.argtypes = [udp_socket, c_int32]
    lib.udp_get_option.restype = c_int32

    # int32_t udp_get_stats(udp_socket s, udp_stats *stats)
    lib.udp_get_stats.argtypes = [udp_socket, stats_p]
    lib.udp_get_stats.restype = c_int32

    # int32_t udp_sendmsg(udp_socket s, const udp_slice *parts, size_t n, const void *control, size_t control_len,
    #                     int32_t flags, const udp_addr *to)
    lib.udp_sendmsg.argtypes = [udp_socket, slice_p, c_size_t, c_void_p, c_size_t, c_int32, addr_p]
    lib.udp_sendmsg.restype = c_int32

    # int32_t udp_recvmsg(udp_socket s, const udp_slice *parts, size_t n, void *control, size_t *control_len,
    #                     int32_t *flags, udp_addr *from, int32_t timeout_ms)
    lib.udp_recvmsg.argtypes = [udp_socket, slice_p, c_size_t, c_void_p, size_p, int32_p, addr_p, c_int32]
    lib.udp_recvmsg.restype = c_int32

    # int32_t udp_setsockopt(udp_socket s, int32_t level, int32_t name, const void *value, size_t len)
    lib.udp_setsockopt.argtypes = [udp_socket, c_int32, c_int32, c_void_p, c_size_t]
    lib.udp_setsockopt.restype = c_int32

    # int32_t udp_getsockopt(udp_socket s, int32_t level, int32_t name, void *value, size_t cap)
    lib.udp_getsockopt.argtypes = [udp_socket, c_int32, c_int32, c_void_p, c_size_t]
    lib.udp_getsockopt.restype = c_int32

    # const char *udp_version(void)
    lib.udp_version.argtypes = []
    lib.udp_version.restype = c_char_p

    # const char *udp_strerror(int32_t code)
    lib.udp_strerror.argtypes = [c_int32]
    lib.udp_strerror.restype = c_char_p

    # const char *udp_error_name(int32_t code)
    lib.udp_error_name.argtypes = [c_int32]
    lib.udp_error_name.restype = c_char_p

    # int32_t udp_last_os_error(void)
    lib.udp_last_os_error.argtypes = []
    lib.udp_last_os_error.restype = c_int32

    # const char *udp_last_error(void)
    lib.udp_last_error.argtypes = []
    lib.udp_last_error.restype = c_char_p

    # size_t udp_last_length(void)
    lib.udp_last_length.argtypes = []
    lib.udp_last_length.restype = c_size_t

    return lib


def untyped(lib: CDLL, name: str) -> Any:
    """A function of the library without argtypes, which convert each argument of each call and cost a third of it.

    ctypes passes prepared parameters unchanged: a handle and sizes from `prepared`, memory as bytes or `byref`, NULL as
    None. It passes an int as a C int. Callers check the types; a test compares what they pass with the header.
    """
    declared = getattr(lib, name)
    if sys.implementation.name == "pypy":
        # PyPy compiles calls with argtypes to machine code. Both functions take the same parameters.
        return declared
    function = lib[name]
    function.restype = declared.restype
    return function
