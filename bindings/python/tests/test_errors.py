"""Codes and exceptions."""

import inspect
import pickle
import re

import pytest

import libudp
from libudp import errors
from libudp._native.calls import failure, lib


@pytest.fixture
def codes(enums):
    """The error codes of libudp.h with their names."""
    return {code: name for name, code in enums["udp_error_code"].items() if code < 0}


def test_table_has_every_error_code_of_the_header(codes):
    assert {code: row[0] for code, row in errors.TABLE.items()} == codes


def test_constants_of_the_package_are_codes_of_the_header(codes):
    constants = {value: name for name, value in vars(errors).items() if name.startswith("UDP_ERR_")}
    assert constants and constants.items() <= codes.items()


def test_error_names_equal_those_of_the_library():
    for code, (name, _, _) in errors.TABLE.items():
        assert lib.udp_error_name(code).decode() == name


@pytest.mark.parametrize("code", errors.TABLE)
def test_error_has_code_name_errno_and_sentence(code):
    name, kind, number = errors.TABLE[code]
    error = errors.from_code(code, "what happened")
    assert type(error) is kind and isinstance(error, OSError)
    assert (error.code, error.name, error.errno, str(error)) == (code, name, number, "what happened")
    assert errors.from_code(code, "what happened", 42).errno == 42


@pytest.mark.parametrize("code", errors.TABLE)
def test_error_survives_pickle(code):
    error = errors.from_code(code, "what happened", 42)
    same = pickle.loads(pickle.dumps(error))
    assert type(same) is type(error)
    assert (same.code, same.name, same.errno, str(same)) == (error.code, error.name, 42, "what happened")


def test_error_classes_derive_from_python_exceptions():
    for kind, own in (
        (libudp.TimedOutError, TimeoutError),
        (libudp.WouldBlockError, BlockingIOError),
        (libudp.InterruptedWaitError, InterruptedError),
        (libudp.RefusedError, ConnectionRefusedError),
        (libudp.AccessError, PermissionError),
        (libudp.InvalidError, ValueError),
        (libudp.UnmappableError, ValueError),
        (libudp.EncodingError, LookupError),
        (libudp.OutOfMemoryError, MemoryError),
    ):
        assert issubclass(kind, own) and issubclass(kind, libudp.Error)


def test_error_classes_are_used_documented_and_exported():
    used = {row[1] for row in errors.TABLE.values()}
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.Error):
            assert kind in used and kind.__doc__ and getattr(libudp, name) is kind


def test_public_names_are_exported_and_documented():
    for name in libudp.__all__:
        assert hasattr(libudp, name)
    for name, method in vars(libudp.Socket).items():
        assert name.startswith("_") or method.__doc__, name


def test_failure_after_another_failure_has_its_own_sentence():
    lib.udp_close(0)  # fails, and leaves "not a handle ..."
    error = failure(-9)
    assert str(error) == lib.udp_strerror(-9).decode()
