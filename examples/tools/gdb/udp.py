"""A GDB command: `udp-send HOST PORT EXPRESSION` sends the value of an expression of the program that is debugged.

    (gdb) source udp.py
    (gdb) udp-send 127.0.0.1 9000 counter
"""

import gdb

import libudp


class Send(gdb.Command):
    """udp-send HOST PORT EXPRESSION: sends the value of the expression as text, in one datagram."""

    def __init__(self):
        super().__init__("udp-send", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, arguments, from_tty):
        words = arguments.split(None, 2)
        if len(words) < 3 or not words[1].isdigit():
            raise gdb.GdbError("usage: udp-send HOST PORT EXPRESSION")
        host, port, expression = words
        try:
            with libudp.Socket() as socket:
                socket.sendto_text(str(gdb.parse_and_eval(expression)), libudp.resolve(host, int(port)))
        except OSError as error:
            raise gdb.GdbError(str(error))


Send()
