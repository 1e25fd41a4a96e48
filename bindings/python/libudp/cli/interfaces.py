"""libudp interfaces: the network interfaces of this machine."""

from __future__ import annotations

import argparse
from typing import Any

from .._data.interface import Interface, interfaces
from ._output import Output
from ._parser import command

EXAMPLES = """\
  libudp interfaces          names, addresses and broadcast addresses
  libudp interfaces --json   for another program
"""


def add(commands: Any) -> None:
    command(commands, "interfaces", run, "lists the network interfaces of this machine", EXAMPLES)


def run(args: argparse.Namespace, out: Output) -> int:
    found = interfaces()
    if out.json:
        for each in found:
            addresses = [address._asdict() for address in each.addresses]
            fields = dict(name=each.name, if_index=each.if_index, flags=flags_of(each), mtu=each.mtu)
            out.record("interface", **fields, addresses=addresses)
        return 0
    rows = [row for each in found for row in rows_of(each)]
    out.table(("#", "name", "address", "broadcast", "MTU", "flags"), rows, right=(0, 4))
    return 0


def flags_of(each: Interface) -> list[str]:
    flags = {"up": each.up, "broadcast": each.broadcast, "loopback": each.loopback}
    flags.update({"point-to-point": each.point_to_point, "running": each.running, "multicast": each.multicast})
    return [name for name, flag in flags.items() if flag]


def rows_of(each: Interface) -> list[tuple[str, ...]]:
    """A row for each address. The first row also describes the interface."""
    addresses = [(f"{one.host}/{one.prefix_len}", one.broadcast or "") for one in each.addresses] or [("", "")]
    rows: list[tuple[str, ...]] = [
        (str(each.if_index), each.name, *addresses[0], str(each.mtu), " ".join(flags_of(each)))
    ]
    rows += [("", "", *address, "", "") for address in addresses[1:]]
    return rows
