"""Runs pytest with a socket module of choice, and prints what came of it.

    one.py standard|dropin|aio ARGUMENT...

"dropin": `libudp.socket` takes the place of `socket` before anything else is imported. "aio": event loops make datagram
endpoints with `libudp.aio`. The last line is a JSON object: tests by outcome, and how many of the library's sockets they
opened.
"""

import json
import os
import sys

opened = 0


def count_sockets():
    from libudp._native.calls import lib

    real = lib.udp_open

    def udp_open(flags):
        global opened
        opened += 1
        return real(flags)

    lib.udp_open = udp_open


def replace(kind):
    if kind == "standard":
        return
    count_sockets()
    if kind == "dropin":
        from libudp import socket

        sys.modules["socket"] = socket
    else:
        import asyncio

        import libudp.aio

        # A method, so that the loop is its first argument.
        def create_datagram_endpoint(loop, *arguments, **named):
            return libudp.aio.create_datagram_endpoint(loop, *arguments, **named)

        asyncio.BaseEventLoop.create_datagram_endpoint = create_datagram_endpoint


class Outcomes:
    """Counts tests. One that fails in its set-up, call or end has failed."""

    def __init__(self):
        self.of = {}

    def pytest_runtest_logreport(self, report):
        before = self.of.get(report.nodeid)
        if report.failed or before is None and (report.skipped or report.when == "call"):
            self.of[report.nodeid] = report.outcome

    def pytest_collectreport(self, report):
        if report.failed:
            self.of[report.nodeid] = "failed"


def main():
    kind, *arguments = sys.argv[1:]
    replace(kind)
    import pytest

    outcomes = Outcomes()
    # The suites import helpers from beside their tests.
    sys.path.insert(0, os.getcwd())
    pytest.main(["-q", "-p", "no:cacheprovider", "--timeout=60", *arguments], plugins=[outcomes])
    found = {"passed": [], "failed": [], "skipped": [], "opened": opened}
    for name, outcome in sorted(outcomes.of.items()):
        found[outcome].append(name)
    print()
    print(json.dumps(found))


main()
