"""What is logged of a failure, and what is not. [decision 13]"""

from __future__ import annotations

import logging

import pytest

from server import incidents, logs

SECRET = "279035121518989"


def fail() -> None:
    """Fails as a database driver does, with a value of the request in its words."""
    try:
        raise ValueError(f"Key (id)=({SECRET}) already exists")
    except ValueError as error:
        raise RuntimeError(f"insert failed for {SECRET}") from error


def test_record_tells_types_and_places_and_no_value(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeError) as seen:
        fail()
    with caplog.at_level(logging.ERROR):
        number = incidents.new_incident(seen.value, "ITI-41")
    assert SECRET not in caplog.text
    for told in (number, "ITI-41", "builtins.RuntimeError", "from builtins.ValueError", "test_incidents.py", "in fail"):
        assert told in caplog.text


def test_numbers_of_incidents_differ() -> None:
    assert len({incidents.new_incident(ValueError(), "x") for _ in range(50)}) == 50


def test_errno_is_told() -> None:
    assert "errno 28 (No space left on device)" in "\n".join(incidents.describe(OSError(28, SECRET)))
    assert SECRET not in "\n".join(incidents.describe(OSError(28, SECRET)))


def test_circle_of_causes_ends() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert len([line for line in incidents.describe(one) if "Error" in line]) == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [("urn:uuid:1", "urn:uuid:1"), ("a\nb\x1b[31m c", "a?b?[31m?c"), ("x" * 500, "x" * logs.MESSAGE_ID_MAX)],
)
def test_message_id_is_made_fit_for_one_line(text: str, shown: str) -> None:
    assert logs.printable(text) == shown
