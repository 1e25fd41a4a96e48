"""A messenger compatible with IP Messenger and Feiqiu: announces itself, lists peers, sends and shows messages.

    python ipmsg.py [your name]

A line `ADDRESS TEXT` sends a message and reports whether it was received. The end of the input, an empty line or Ctrl-C
ends the program, which announces that too.

A datagram is `version:packet:user:host:command:extra`, optionally followed by a NUL and an extension. Packet and
command are decimal. The lowest byte of the command is its kind, the other bytes are options. Text is GBK, or UTF-8 if an
option says so.
"""

import getpass
import platform
import sys
import time
from collections import deque
from itertools import count
from threading import Event, Thread
from typing import NamedTuple, Optional

import libudp
from libudp import Address, Option, PacketInfo

PORT = 2425
VERSION = "1"
BR_ENTRY, BR_EXIT, ANSENTRY, SENDMSG, RECVMSG = 0x01, 0x02, 0x03, 0x20, 0x21
SENDCHECK, UTF8 = 0x100, 0x00800000
# How often a message is sent until its receipt arrives, and the timeout of each attempt in seconds.
MAX_TRIES, TIMEOUT = 3, 1.0
# How many shown messages are remembered.
MAX_SHOWN = 1000


class Malformed(ValueError):
    """A datagram that is not a message."""


class Message(NamedTuple):
    """The fields of a datagram. Texts contain no NUL, and user and host contain no colon."""

    packet: int
    user: str
    host: str
    command: int
    text: str = ""
    extension: str = ""
    # A str, because Feiqiu sends more than a number.
    version: str = VERSION


def parse(data: bytes) -> Message:
    """Parses a datagram. Malformed text becomes U+FFFD.

    Raises:
        Malformed: the datagram is not a message.
    """
    # Multi-byte characters of GBK and UTF-8 contain no colon and no NUL byte.
    parts = data.split(b":", 5)
    if len(parts) < 6:
        raise Malformed(f"{len(parts)} of 6 parts")
    version, packet, user, host, command, extra = parts
    number = _number(command, "command")
    text, _, extension = extra.partition(b"\0")

    def read(field: bytes) -> str:
        return libudp.decode(field, "utf-8" if number & UTF8 else "gbk")

    return Message(
        _number(packet, "packet"), read(user), read(host), number, read(text), read(extension.rstrip(b"\0")), read(version)
    )


def _number(digits: bytes, what: str) -> int:
    # int() would take a sign and underscores too, and any length.
    if not digits.isdigit() or len(digits) > 20:
        raise Malformed(f"a {what} number is decimal, not {ascii(digits[:20])}")
    return int(digits)


def pack(message: Message) -> bytes:
    """The datagram of a message: in GBK, or in UTF-8 if it asks for that or GBK lacks a character."""
    extra = message.text + ("\0" + message.extension if message.extension else "")

    def fields(command: int) -> str:
        return f"{message.version}:{message.packet}:{message.user}:{message.host}:{command}:{extra}"

    if not message.command & UTF8:
        try:
            return libudp.encode(fields(message.command), "gbk")
        except libudp.UnmappableError:
            pass
    return libudp.encode(fields(message.command | UTF8), "utf-8")


def visible(text: str) -> str:
    """Text with control characters escaped."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


class Messenger:
    """One participant."""

    def __init__(self, socket: libudp.Socket, name: str) -> None:
        self.socket = socket
        self.name = name
        # Neither may contain a colon.
        self.user, self.host = (each.replace(":", "_") for each in (getpass.getuser(), platform.node()))
        # Each packet has a new number, also after a restart of the program.
        self.packets = count(int(time.time()))
        # Set when the receipt arrives. Keys: the address of the peer and the number of the packet.
        self.receipts: dict[tuple[str, str], Event] = {}
        self.own: set[int] = set()
        self.shown: deque[tuple[Address, int]] = deque(maxlen=MAX_SHOWN)

    def message(self, command: int, text: str = "") -> Message:
        """A new message."""
        return Message(next(self.packets), self.user, self.host, command, text)

    def tell_everybody(self, command: int) -> None:
        """Broadcasts an entry or exit."""
        message = self.message(command, self.name)
        self.own.add(message.packet)
        try:
            self.socket.broadcast(pack(message), PORT)
        except libudp.NoInterfaceError as error:
            print(error, flush=True)

    def send(self, host: str, text: str) -> bool:
        """Sends a message until its receipt arrives. True if it did."""
        message = self.message(SENDMSG | SENDCHECK, text)
        received = self.receipts[host, str(message.packet)] = Event()
        for _ in range(MAX_TRIES):
            self.socket.sendto(pack(message), (host, PORT))
            if received.wait(TIMEOUT):
                return True
        return False

    def receive(self) -> None:
        """Shows and answers datagrams until the socket is closed."""
        while True:
            try:
                data, peer, info = self.socket.recvfrom_info()
            except libudp.ClosedError:
                return
            try:
                line = self.take(parse(data), peer, info)
            except Malformed as error:
                line = f"? {peer[0]}: not a message: {error}"
            if line:
                print(visible(line), flush=True)

    def take(self, message: Message, peer: Address, info: PacketInfo) -> Optional[str]:
        """Answers a message if it requires an answer. Returns the line to show."""
        kind, who = message.command & 0xFF, f"{message.user}@{message.host} at {peer[0]}"
        if (message.user, message.host) == (self.user, self.host) and message.packet in self.own:
            return None  # the own broadcast
        if kind == RECVMSG:
            receipt = self.receipts.get((peer[0], message.text))
            if receipt is None:
                return f"? {who}: a receipt for a message that was not sent there"
            receipt.set()
            return None
        # A repeated datagram is answered again, because the answer may have been lost.
        if kind == BR_ENTRY:
            self.answer(self.message(ANSENTRY, self.name), peer, info)
        elif kind == SENDMSG and message.command & SENDCHECK:
            self.answer(self.message(RECVMSG, str(message.packet)), peer, info)
        if (peer, message.packet) in self.shown:
            return None
        self.shown.append((peer, message.packet))
        if kind in (BR_ENTRY, ANSENTRY):
            return f"+ {who}: {message.text}"
        if kind == BR_EXIT:
            return f"- {who}"
        if kind == SENDMSG:
            return f"{who}: {message.text}"
        return None  # IP Messenger has many more kinds, such as files

    def answer(self, message: Message, peer: Address, info: PacketInfo) -> None:
        """Sends an answer from the address that the request was sent to."""
        try:
            self.socket.reply(pack(message), peer, info)
        except libudp.Error as error:
            # An error about one peer, whose address may be forged, does not end the program.
            print(f"? {peer[0]}: no answer: {error}", flush=True)


def main(name: str = "") -> None:
    with libudp.Socket() as socket:
        socket.set_option(Option.RECV_PKTINFO, 1)
        socket.bind(("", PORT))
        messenger = Messenger(socket, name or getpass.getuser())
        receiver = Thread(target=messenger.receive)
        receiver.start()
        try:
            messenger.tell_everybody(BR_ENTRY)
            while line := input():
                host, _, text = line.partition(" ")
                try:
                    sent = messenger.send(host, text)
                    print(f"{host} has received it" if sent else f"{host} did not confirm it", flush=True)
                except libudp.Error as error:
                    print(f"not sent: {error}", flush=True)
        finally:
            messenger.tell_everybody(BR_EXIT)
            # close() ends the waiting receive of the other thread.
            socket.close()
            receiver.join()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except libudp.Error as error:
        sys.exit(f"ipmsg: {error}")
    except (EOFError, KeyboardInterrupt):
        print()
