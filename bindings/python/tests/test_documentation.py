"""What is public is documented, its examples work, and so do the two columns of the page for users of `socket`."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import libudp
from conftest import SECONDS
from helpers import finish, privately, start

PROJECT = Path(__file__).resolve().parents[1]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# A broadcast is for a network of the test's own.
ON_A_NETWORK = "libudp._socket.broadcast.BroadcastCalls.broadcast"


def examples():
    """All docstrings that have examples, by name."""
    found = {}
    for module in pkgutil.walk_packages(libudp.__path__, "libudp."):
        if not module.name.endswith("__main__"):
            for test in doctest.DocTestFinder().find(importlib.import_module(module.name)):
                if test.examples:
                    found[test.name] = test
    return found


def works(name, **names):
    """Runs the examples of a docstring, with names that it may use besides its module's."""
    test = examples()[name]
    test.globs.update(names, libudp=libudp)
    said = []
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append)
    assert not said, "".join(said)


@pytest.mark.parametrize("name", sorted(set(examples()) - {ON_A_NETWORK}))
def test_docstring_examples_work(name, receiver, sender):
    names = {"socket": receiver, "peer": sender}
    if "._data.batch." in name or "._data.packet." in name:
        sender.send_batch_to([b"one", b"two"], receiver.local_address)
        names["batch"] = libudp.Batch(16, infos=True)
        assert receiver.recv_batch_into(names["batch"], timeout=SECONDS) == 2
    works(name, **names)


@privately
def test_docstring_example_of_broadcast_works():
    works(ON_A_NETWORK)


def public():
    """Every public class, method, property and function, by name."""
    for name in libudp.__all__:
        item = getattr(libudp, name)
        # Python 3.9 takes tuple[str, int] for a class.
        if not getattr(item, "__module__", "").startswith("libudp"):
            continue
        if inspect.isclass(item) or inspect.isfunction(item):
            yield name, item
        if inspect.isclass(item):
            for part in dir(item):
                member = inspect.getattr_static(item, part)
                ours = getattr(getattr(member, "fget", member), "__module__", "") or ""
                if not part.startswith("_") and ours.startswith("libudp") and (
                    inspect.isfunction(member) or isinstance(member, property)
                ):
                    yield f"{name}.{part}", member


PUBLIC = dict(public())


@pytest.mark.parametrize("name", PUBLIC)
def test_public_items_have_documentation_parameters_and_examples(name):
    item = PUBLIC[name]
    assert item.__doc__, "no docstring"
    if inspect.isclass(item) and issubclass(item, libudp.Error):
        return  # The module has examples of the errors that can be had at will.
    assert ">>> " in item.__doc__, "no example"
    if inspect.isfunction(item):
        for parameter in list(inspect.signature(item).parameters):
            assert parameter == "self" or re.search(rf"^ +{parameter}: ", item.__doc__, re.MULTILINE), parameter


# ---- docs/from-socket.md ----


def columns():
    """The first two columns of the page's tables: a program on `socket`, and the same on libudp."""
    page = (PROJECT / "docs" / "from-socket.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 15 and all(len(row) == 3 for row in rows)
    # Lines stand in one cell, each in backquotes.
    return ["\n".join("\n".join(re.findall("`([^`]+)`", row[column])) for row in rows) for column in (0, 1)]


SAME = "\nprint(data, sender == me, half, text, ready, [data for data, _ in came], peer, names, asked, answer)"


def test_from_socket_columns_are_programs_with_the_same_output():
    outs = [finish(start("-c", program + SAME)) for program in columns()]
    assert outs[0] == outs[1] and outs[0].startswith("b'hello' True b'he' 你好 False [b'0', ")
