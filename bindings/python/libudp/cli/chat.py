"""libudp chat: two people, or a person and a program, write to each other."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from datetime import datetime
from threading import Thread, main_thread
from typing import Any, Callable, ContextManager, Optional

from .._data.address import Address, at, resolve
from .._socket import Socket
from .._data.text import Text
from ..errors import ClosedError, Error
from ._output import Output, is_terminal, visible
from ._parser import add_encoding, command, peer_port, port
from ._sockets import bound, family_of

EXAMPLES = """\
  libudp chat 8080                          with the peer that writes first
  libudp chat 8080 192.0.2.7                with port 8080 of 192.0.2.7
  libudp chat 0 127.0.0.1 --to-port 8080    with a program on this machine, from any port
  libudp chat 8080 --encoding gbk           with a program that uses GBK

The end of the input (Ctrl-D) ends the chat. Without --encoding it reads UTF-8 and GB18030,
and writes in the encoding that it read last.
"""

PROMPT = "> "


def add(commands: Any) -> None:
    parser = command(commands, "chat", run, "writes to one peer and shows what it writes", EXAMPLES)
    parser.add_argument("port", type=port, metavar="PORT", help="the local port, and the port of the peer")
    help = "address or name of the peer; default: the peer that writes first"
    parser.add_argument("host", nargs="?", metavar="HOST", help=help)
    parser.add_argument("--to-port", type=peer_port, metavar="PORT", help="the port of the peer, if it differs")
    parser.add_argument("--bind", default="", metavar="ADDRESS", help="an address of this machine; default: all")
    add_encoding(parser, "encoding of both sides; default: auto")


def run(args: argparse.Namespace, out: Output) -> int:
    to = None
    if args.host is not None:
        to_port = args.to_port or args.port
        if not to_port:
            args.parser.error("PORT is 0, so the port of the peer is needed: --to-port")
        to = resolve(args.host, to_port)
    # The family of the peer, because a dual socket is not available everywhere.
    own = args.bind or ("" if to is None else {"ipv4": "0.0.0.0", "ipv6": "::"}[family_of(to[0])])
    with bound(own, args.port) as socket:
        out.listening(socket.local_address, args.port)
        chat = Chat(socket, to, args.encoding, out)
        try:
            converse(chat, prompt_of(out))
        except KeyboardInterrupt:
            # The receiving thread failed and interrupted this one.
            if chat.failure is None:
                raise
    if chat.failure is not None:
        raise chat.failure
    return 0


def converse(chat: "Chat", prompt: "Plain") -> None:
    """Sends in this thread and receives in another, until one of them ends."""
    receiver = Thread(target=chat.receive, args=[prompt.show], daemon=True)
    with prompt.screen():
        receiver.start()
        try:
            chat.send(prompt.ask)
        finally:
            # The close ends the receive of the other thread.
            chat.socket.close()
            receiver.join()


class Chat:
    """One conversation: a thread sends, a thread receives, on one socket."""

    def __init__(self, socket: Socket, to: Optional[Address], encoding: str, out: Output) -> None:
        self.socket, self.to, self.encoding, self.out = socket, to, encoding, out
        # The encoding of answers: the one that the peer writes.
        self.answer = encoding
        self.failure: Optional[BaseException] = None

    def send(self, ask: Callable[[], str]) -> None:
        """Sends each line, until there are no more."""
        while True:
            try:
                line = ask()
            except EOFError:
                return
            if self.failure is not None:
                return
            if self.to is None:
                self.out.status("not sent: no peer has written yet, and none was given", always=True)
                continue
            try:
                self.socket.sendto_text(line, self.to, self.answer)
            except ClosedError:
                return
            except Error as error:
                self.out.status(f"not sent: {error}", always=True)

    def receive(self, show: Callable[[str, Address], None]) -> None:
        """Shows received lines, until the socket is closed."""
        try:
            while True:
                text, sender = self.socket.recvfrom_text(self.encoding)
                self.to = self.to or sender
                if sender == self.to:
                    self.answer = answer_in(self.encoding, text)
                if self.out.json:
                    now = datetime.now().astimezone().isoformat(timespec="milliseconds")
                    fields = {"host": sender[0], "port": sender[1], "encoding": text.encoding}
                    self.out.record("received", time=now, **fields, replaced=text.replaced, text=str(text))
                else:
                    show(str(text), sender)
        except ClosedError:
            pass
        except BaseException as failure:  # for the main thread, for example a closed output
            self.failure = failure
            self.socket.close()
            # Only a signal ends the wait of the main thread for a line.
            if hasattr(signal, "pthread_kill"):
                signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)


def answer_in(encoding: str, text: Text) -> str:
    """With auto, the encoding of the received text, unless it is ASCII or broken."""
    if not encoding.lower().startswith("auto"):
        return encoding
    return "auto" if text.isascii() or text.replaced else text.encoding


def prompt_of(out: Output) -> "Plain":
    """A prompt if a person types, which received lines do not disturb; otherwise plain lines."""
    if not (out.terminal and is_terminal(sys.stdin)) or os.environ.get("TERM", "dumb") == "dumb":
        return Plain(out)
    try:
        import prompt_toolkit  # noqa: F401
    except ImportError:
        return Lines(out)
    return Prompt(out)


class Plain:
    """Reads lines from standard input, and writes a line for each datagram."""

    def __init__(self, out: Output) -> None:
        self.out = out

    def screen(self) -> ContextManager[Any]:
        from contextlib import nullcontext

        return nullcontext()

    def ask(self) -> str:
        line = sys.stdin.readline() if sys.stdin is not None else ""
        if not line:
            raise EOFError
        return line.rstrip("\r\n")

    def show(self, text: str, sender: Address) -> None:
        self.out.line(f"{at(sender)}: {visible(text)}")


class Lines(Plain):
    """A terminal without prompt_toolkit: prints received lines above the line being typed, and redraws it."""

    def ask(self) -> str:
        try:
            import readline  # noqa: F401
        except ImportError:
            pass
        return input(PROMPT)

    def show(self, text: str, sender: Address) -> None:
        typed = sys.modules["readline"].get_line_buffer() if "readline" in sys.modules else ""
        # Carriage return, then clear to the end of the screen, because the line may have wrapped.
        sys.stdout.write(f"\r\x1b[J{at(sender)}: {visible(text)}\n{PROMPT}{typed}")
        sys.stdout.flush()


class Prompt(Plain):
    """A terminal with prompt_toolkit, which keeps the prompt below the output."""

    def __init__(self, out: Output) -> None:
        super().__init__(out)
        from prompt_toolkit import PromptSession

        self.session: PromptSession[str] = PromptSession(PROMPT)

    def screen(self) -> ContextManager[Any]:
        from prompt_toolkit.patch_stdout import patch_stdout

        return patch_stdout()

    def ask(self) -> str:
        return self.session.prompt()

    def show(self, text: str, sender: Address) -> None:
        from prompt_toolkit import print_formatted_text
        from prompt_toolkit.formatted_text import FormattedText

        print_formatted_text(FormattedText([("ansicyan", at(sender)), ("", f"  {visible(text)}")]))
