"""CPython's own tests of UDP sockets, with the drop-in in the place of `socket`."""

import importlib.util
import json
import sys

import pytest

from helpers import finish, start

RUN = """
import json, os, sys, unittest
from libudp import socket
sys.modules["socket"] = socket
from test import test_socket
assert test_socket.socket is socket
suite = unittest.TestSuite()
for name, kind in vars(test_socket).items():
    # UDP-Lite is another protocol; and this one does not have the name, but is for UDP too.
    if "UDP" in name and "UDPLITE" not in name or name == "InterruptedRecvTimeoutTest":
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(kind))
with open(os.devnull, "w") as nowhere:
    result = unittest.TextTestRunner(nowhere).run(suite)
print(json.dumps([result.testsRun, [reason for _, reason in result.errors + result.failures]]))
"""


def has_tests():
    try:
        return importlib.util.find_spec("test.test_socket") is not None
    except ModuleNotFoundError:
        return False


def test_cpython_tests_pass():
    if not has_tests():
        version = "{}.{}".format(*sys.version_info)
        pytest.skip(f"test.test_socket is missing: apt-get install libpython{version}-testsuite")
    ran, failed = json.loads(finish(start("-c", RUN)))
    assert not failed, "\n".join(failed)
    assert ran >= 119  # as many as CPython 3.9 has
