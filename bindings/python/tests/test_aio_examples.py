"""The examples in the documentation of libudp.aio, and its benchmark, run."""

import doctest

import pytest

from helpers import EXAMPLES, finish, start
from libudp.aio import _create_datagram_endpoint, _open


@pytest.mark.parametrize("module", [_create_datagram_endpoint, _open])
def test_docstring_examples_run(module):
    tried = doctest.testmod(module)
    assert tried.attempted > 3 and not tried.failed


def test_benchmark_runs():
    out = finish(start(str(EXAMPLES.parent / "benches" / "aio.py"), "--rounds", "1", "--loops", "asyncio"))
    assert out.count(" x") == 15
