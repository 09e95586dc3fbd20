"""Which uniqueId is which bytes, on both databases."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from repository.store import index
from repository.store.index import ROWS_MAX, Holding, Offer
from sql import schema
from sql.database import Database
from tests.repository.requests import a_unique_id


def a_holding(unique_id: str | None = None, digest: bytes | None = None, offered_at: int = 1_700_000_000) -> Holding:
    return Holding(unique_id or a_unique_id(), digest or os.urandom(32), 30_000, "text/xml", a_unique_id(), offered_at)


def add(database: Database, *holdings: Holding) -> tuple[str, ...]:
    with database.write() as work:
        return index.add_holdings(work, holdings)


def offer(database: Database, *holdings: Holding) -> Offer:
    with database.write() as work:
        return index.offer(work, holdings)


def withdraw(database: Database, offered: Offer) -> None:
    with database.write() as work:
        index.withdraw(work, offered.fresh)


def find(database: Database, *unique_ids: str) -> dict[str, Holding]:
    with database.read() as work:
        return index.find_holdings(work, unique_ids)


def is_held(database: Database, digest: bytes) -> bool:
    return index.asking(database.read)(digest)


@pytest.fixture
def fresh_database(fresh_url: str) -> Iterator[Database]:
    database = Database(fresh_url)
    schema.upgrade(database)
    yield database
    database.close()


def test_holding_is_found_as_it_was_added(database: Database) -> None:
    holding, other = a_holding(), a_holding()
    assert add(database, holding, other) == ()
    assert find(database, holding.unique_id) == {holding.unique_id: holding}
    assert is_held(database, holding.digest)


def test_only_the_documents_asked_for_are_found_and_each_once(database: Database) -> None:
    first, second, third = a_holding(), a_holding(), a_holding()
    add(database, first, second, third)
    found = find(database, third.unique_id, first.unique_id, "1.2.3.nothing", first.unique_id, "a'b\"c\\d")
    assert found == {first.unique_id: first, third.unique_id: third}


def test_nothing_asked_finds_nothing(database: Database) -> None:
    assert find(database) == {}
    assert add(database) == ()


def test_unknown_digest_is_not_held(database: Database) -> None:
    assert not is_held(database, os.urandom(32))


def test_same_document_again_changes_nothing(database: Database) -> None:
    holding = a_holding()
    add(database, holding)
    assert add(database, a_holding(holding.unique_id, holding.digest, offered_at=1_800_000_000)) == ()
    assert find(database, holding.unique_id) == {holding.unique_id: holding}


def test_other_bytes_under_a_held_unique_id_leave_the_old_ones_and_are_told(database: Database) -> None:
    holding, other = a_holding(), a_holding()
    add(database, holding)
    assert add(database, other, a_holding(holding.unique_id)) == (holding.unique_id,)
    assert find(database, holding.unique_id, other.unique_id) == {
        holding.unique_id: holding,
        other.unique_id: other,
    }


def test_work_rolled_back_leaves_no_holding(database: Database) -> None:
    holding = a_holding()
    with pytest.raises(ZeroDivisionError), database.write() as work:
        index.add_holdings(work, [holding])
        raise ZeroDivisionError
    assert find(database, holding.unique_id) == {}
    assert not is_held(database, holding.digest)


def test_submission_of_many_documents_is_added_and_found_whole(database: Database) -> None:
    holdings = [a_holding() for _ in range(2 * ROWS_MAX + 3)]
    add(database, *holdings)
    assert find(database, *(holding.unique_id for holding in holdings)) == {
        holding.unique_id: holding for holding in holdings
    }


def test_offered_document_keeps_its_bytes_and_is_not_given_out(database: Database) -> None:
    holding = a_holding()
    assert offer(database, holding) == ((holding,), ())
    assert find(database, holding.unique_id) == {}
    assert is_held(database, holding.digest)


def test_offered_document_is_held_once_the_registry_has_accepted(database: Database) -> None:
    holding = a_holding()
    offer(database, holding)
    assert add(database, holding) == ()
    assert find(database, holding.unique_id) == {holding.unique_id: holding}


def test_offered_document_is_gone_once_the_registry_has_refused(database: Database) -> None:
    holding = a_holding()
    withdraw(database, offer(database, holding))
    assert not is_held(database, holding.digest)


def test_held_document_cannot_be_withdrawn(database: Database) -> None:
    holding = a_holding()
    offered = offer(database, holding)
    add(database, holding)
    withdraw(database, offered)
    assert find(database, holding.unique_id) == {holding.unique_id: holding}


def test_request_sent_again_after_its_answer_was_lost_cannot_withdraw_what_the_registry_may_have_accepted(
    database: Database,
) -> None:
    holding = a_holding()
    offer(database, holding)  # the registry accepts, and its answer is lost
    again = offer(database, holding)
    assert again == ((), ())
    withdraw(database, again)  # the registry refuses: it knows the submission already
    assert is_held(database, holding.digest)


@pytest.mark.parametrize("later", [-60, 0, 60])
def test_offer_that_another_submission_builds_on_is_not_withdrawn_by_the_first(database: Database, later: int) -> None:
    """Whatever the clocks of the two say."""
    holding = a_holding()
    first = offer(database, holding)
    offer(database, a_holding(holding.unique_id, holding.digest, holding.offered_at + later))
    withdraw(database, first)
    assert is_held(database, holding.digest)


@pytest.mark.parametrize("settle", [add, offer])
def test_offer_of_other_bytes_than_are_known_is_told(database: Database, settle: object) -> None:
    known = a_holding()
    settle(database, known)  # type: ignore[operator]
    other = a_holding(known.unique_id)
    assert offer(database, other) == ((), (known.unique_id,))
    assert not is_held(database, other.digest)


def test_registry_that_accepts_other_bytes_than_were_offered_decides(database: Database) -> None:
    """The first offer was never registered: else the second would have been refused."""
    first = a_holding()
    offer(database, first)
    second = a_holding(first.unique_id)
    assert add(database, second) == ()
    assert find(database, first.unique_id) == {first.unique_id: second}


def test_offers_without_an_answer_are_found_by_their_age(database: Database) -> None:
    old, held, young = a_holding(offered_at=1000), a_holding(offered_at=1000), a_holding(offered_at=2000)
    offer(database, old, held, young)
    add(database, held)
    with database.read() as work:
        found = index.find_offers(work, 2000)
    assert old in found
    assert {held.unique_id, young.unique_id}.isdisjoint(holding.unique_id for holding in found)


@pytest.mark.parametrize("count", [0, 1, ROWS_MAX - 1, ROWS_MAX, ROWS_MAX + 1])
def test_every_row_comes_once_in_the_order_of_digests(fresh_database: Database, count: int) -> None:
    shared = os.urandom(32)
    holdings = [a_holding(digest=shared if number % 3 == 0 else None) for number in range(count)]
    add(fresh_database, *holdings)
    seen = list(index.iterate_holdings(fresh_database.read))
    assert [holding.digest for holding in seen] == sorted(holding.digest for holding in holdings)
    assert {holding.unique_id for holding in seen} == {holding.unique_id for holding in holdings}


def test_index_is_searched_by_its_keys(own_database: Database) -> None:
    """A retrieve or a withdrawal never reads the whole table. [SQLite: EXPLAIN QUERY PLAN]"""
    with own_database.read() as work:
        for statement, parameters in (
            (index._FIND["sqlite"], ("[]",)),
            (index._IS_HELD["sqlite"], (b"",)),
            (index._PAGE["sqlite"], (b"", "", 1)),
        ):
            plan = work.execute(f"explain query plan {statement}", parameters).fetchall()
            assert any("SEARCH document" in row[3] for row in plan), plan
