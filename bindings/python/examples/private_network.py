"""Runs a command in a network namespace of its own, so that broadcasts reach no other machine. Linux only.

    python private_network.py command [argument ...]

The namespace has a loopback interface and a pair of connected interfaces, here0 (192.0.2.1/24, fe80::1) and there0.
If the system does not allow a namespace, the command does not run, and the exit status is 77.
"""

import ctypes
import os
import socket
import struct
import sys

FORBIDDEN = 77  # the exit status of skipped tests in automake

# unshare(2), user_namespaces(7)
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
# rtnetlink(7); linux/if_link.h, linux/if_addr.h, linux/veth.h
RTM_NEWLINK, RTM_NEWADDR = 16, 20
NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL = 1, 4, 0x400, 0x200
IFLA_IFNAME, IFLA_LINKINFO, IFLA_INFO_KIND, IFLA_INFO_DATA, VETH_INFO_PEER = 3, 18, 1, 2, 1
IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST = 1, 2, 4
IFF_UP, IFA_F_NODAD, RT_SCOPE_LINK = 1, 2, 253


def enter() -> None:
    """Moves this single-threaded process to a new network namespace. Raises OSError if the system forbids it."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNET) != 0:
        # Only root may do this. In a new user namespace, every user is root, if the system allows that.
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"no network namespace: {os.strerror(number)}")
        for name, text in ("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1"):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        peer = attribute(VETH_INFO_PEER, link() + attribute(IFLA_IFNAME, b"there0\0"))
        info = attribute(IFLA_INFO_KIND, b"veth") + attribute(IFLA_INFO_DATA, peer)
        pair = attribute(IFLA_IFNAME, b"here0\0") + attribute(IFLA_LINKINFO, info)
        ask(netlink, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link() + pair)
        for name in "lo", "here0", "there0":
            ask(netlink, RTM_NEWLINK, 0, link(socket.if_nametoindex(name), IFF_UP))
        give_addresses(netlink, "here0", 1)


def give_addresses(netlink: socket.socket, name: str, number: int) -> None:
    """Adds 192.0.2.NUMBER/24 to an interface and, if the system has IPv6, fe80::NUMBER."""
    interface = socket.if_nametoindex(name)
    own, everybody = socket.inet_aton(f"192.0.2.{number}"), socket.inet_aton("192.0.2.255")
    v4 = attribute(IFA_LOCAL, own) + attribute(IFA_ADDRESS, own) + attribute(IFA_BROADCAST, everybody)
    add_address(netlink, struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, interface) + v4)
    # Without duplicate address detection, which takes a second.
    v6 = attribute(IFA_ADDRESS, socket.inet_pton(socket.AF_INET6, f"fe80::{number:x}"))
    head = struct.pack("=BBBBI", socket.AF_INET6, 64, IFA_F_NODAD, RT_SCOPE_LINK, interface)
    try:
        add_address(netlink, head + v6)
    except OSError:
        pass  # A system without IPv6 can broadcast too.


def link(index: int = 0, flags: int = 0) -> bytes:
    """A struct ifinfomsg; its last number is the mask of the flags to change."""
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, flags, flags)


def attribute(kind: int, value: bytes) -> bytes:
    """A struct rtattr: length and kind, then the value, padded to four bytes."""
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def add_address(netlink: socket.socket, body: bytes) -> None:
    """Adds an address to an interface."""
    ask(netlink, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body)


def ask(netlink: socket.socket, kind: int, flags: int, body: bytes) -> None:
    """Sends one request to the kernel and reads the acknowledgement: 0, or a negative errno."""
    netlink.send(struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | NLM_F_ACK | flags, 0, 0) + body)
    (result,) = struct.unpack_from("=i", netlink.recv(65536), 16)
    if result < 0:
        raise OSError(-result, f"netlink: {os.strerror(-result)}")


if __name__ == "__main__":
    try:
        enter()
    except OSError as error:
        print(f"private_network: {error}", file=sys.stderr)
        sys.exit(FORBIDDEN)
    os.execvp(sys.argv[1], sys.argv[1:])
