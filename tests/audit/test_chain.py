"""Lines as bytes and the chain over them, without a database. [CSP R1111-40]"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import chain
from audit.chain import Flaw, Head, Inspection, Link, What
from audit.line import Line
from tests.audit.lines import a_line, lines

PATIENT = 7


def a_chain(written: list[bytes], patient: int = PATIENT) -> list[Link]:
    """The lines as they were added."""
    links, before = [], chain.start_of(patient)
    for sequence, line in enumerate(written, 1):
        before = chain.link(before, sequence, line)
        links.append(Link(sequence, line, before))
    return links


def inspect(links: list[Link], head: Head | None, patient: int = PATIENT) -> list[Flaw]:
    """What an inspection tells."""
    inspection = Inspection(patient)
    return [flaw for found in links for flaw in inspection.follow(found)] + list(inspection.end(head))


def told(flaws: list[Flaw]) -> list[tuple[int, What]]:
    return [(flaw.sequence, flaw.what) for flaw in flaws]


LINKS = a_chain([b"one", b"two", b"three", b"four", b"five"])
HEAD = Head(5, LINKS[-1].hash)


@given(lines)
def test_line_is_read_as_it_was_written(line: Line) -> None:
    assert chain.read_line(chain.write_line(line)) == line


@given(lines)
def test_line_has_one_spelling(line: Line) -> None:
    written = chain.write_line(line)
    assert chain.write_line(chain.read_line(written)) == written
    assert list(json.loads(written.decode("utf-8", "surrogatepass"))) == sorted(json.loads(written))


@given(lines)
def test_line_is_JSON_without_blanks_its_names_in_order(line: Line) -> None:
    """Whoever keeps the journal for years reads it without us."""
    written = chain.write_line(line).decode("utf-8", "surrogatepass")
    assert json.dumps(json.loads(written), ensure_ascii=False, sort_keys=True, separators=(",", ":")) == written


def test_line_says_nothing_of_what_is_empty_and_its_moment_in_UTC() -> None:
    paris = datetime(2026, 3, 14, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    found = json.loads(chain.write_line(a_line(at=paris, reason="")))
    assert found["at"] == "2026-03-14T12:00:00.000000Z"
    assert not {"reason", "rule", "patient"} & found.keys()


@pytest.mark.parametrize("written", [b"{}", b"[]", b"nothing", b'{"at":"x","ending":"done"}', b'{"at":1}', b"\xff"])
def test_bytes_that_are_no_line_are_refused(written: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        chain.read_line(written)


@given(st.lists(st.binary(max_size=6), max_size=90))
def test_chain_as_it_was_written_has_no_flaw(written: list[bytes]) -> None:
    links = a_chain(written)
    assert inspect(links, Head(len(links), links[-1].hash if links else chain.start_of(PATIENT))) == []


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=90), st.data())
def test_line_that_was_altered_is_named(written: list[bytes], data: st.DataObject) -> None:
    links = a_chain(written)
    place = data.draw(st.integers(0, len(links) - 1))
    other = data.draw(st.binary(max_size=6).filter(lambda line: line != links[place].line))
    head = Head(len(links), links[-1].hash)
    links[place] = links[place]._replace(line=other)
    assert told(inspect(links, head)) == [(place + 1, What.ALTERED)]


def test_line_altered_with_its_hash_breaks_what_follows() -> None:
    altered = Link(3, b"other", chain.link(LINKS[1].hash, 3, b"other"))
    assert told(inspect([*LINKS[:2], altered, *LINKS[3:]], HEAD)) == [(4, What.ALTERED)]


def test_last_line_altered_with_its_hash_differs_from_the_head() -> None:
    altered = Link(5, b"other", chain.link(LINKS[3].hash, 5, b"other"))
    assert told(inspect([*LINKS[:4], altered], HEAD)) == [(5, What.HEAD_DIFFERS)]


def test_lines_that_are_gone_are_named_by_the_first() -> None:
    (flaw,) = inspect([LINKS[0], *LINKS[3:]], HEAD)
    assert (flaw.sequence, flaw.what, flaw.detail) == (2, What.MISSING, "the lines up to 3 are not there")


def test_lines_cut_off_at_the_end_are_missed() -> None:
    assert told(inspect(LINKS[:3], HEAD)) == [(4, What.MISSING)]
    assert told(inspect([], HEAD)) == [(1, What.MISSING)]


def test_line_that_is_gone_is_found_even_if_the_others_close_up() -> None:
    closed = [LINKS[0], *(found._replace(sequence=found.sequence - 1) for found in LINKS[2:])]
    assert told(inspect(closed, Head(4, HEAD.hash)))[0] == (2, What.ALTERED)


@pytest.mark.parametrize("order", [[0, 2, 1, 3, 4], [1, 0, 2, 3, 4], [0, 1, 2, 4, 3], [4, 3, 2, 1, 0]])
def test_lines_in_another_order_are_named_with_their_places(order: list[int]) -> None:
    moved = [LINKS[place]._replace(sequence=number) for number, place in enumerate(order, 1)]
    flaws = inspect(moved, HEAD)
    assert told(flaws)[: sum(place + 1 != number for number, place in enumerate(order, 1))] == [
        (number, What.OUT_OF_ORDER) for number, place in enumerate(order, 1) if place + 1 != number
    ]
    assert flaws[0].detail == f"it was written as line {order[moved.index(moved[flaws[0].sequence - 1])] + 1}"


def test_lines_far_apart_that_changed_places_are_found() -> None:
    links = a_chain([bytes([number]) for number in range(200)])
    head = Head(200, links[-1].hash)
    first, second = links[9], links[149]
    links[9], links[149] = second._replace(sequence=10), first._replace(sequence=150)
    assert {10, 150} <= {flaw.sequence for flaw in inspect(links, head)}


@pytest.mark.parametrize("head", [None, Head(4, LINKS[3].hash), Head(5, b"other"), Head(0, b"")])
def test_head_that_was_altered_differs(head: Head | None) -> None:
    assert told(inspect(LINKS, head)) == [(5, What.HEAD_DIFFERS)]


def test_line_at_a_place_that_none_has_is_found() -> None:
    assert told(inspect([Link(0, b"zero", b""), *LINKS], HEAD)) == [(0, What.OUT_OF_ORDER)]


def test_chains_of_two_patients_cannot_change_places() -> None:
    assert told(inspect(LINKS, HEAD, patient=8)) == [(1, What.ALTERED)]


def test_moment_is_written_in_UTC() -> None:
    assert chain.write_moment(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"
