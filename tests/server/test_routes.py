"""Which requests are judged where they are read. [ADR 0016]"""

from __future__ import annotations

import pytest

from server import routes
from tests.samples import fresh_oid
from tests.server import messages


@pytest.mark.parametrize("message", [messages.a_query(fresh_oid()), messages.a_retrieval("1.2", "1.2.3")])
def test_query_and_retrieval_wait_for_nothing_and_are_judged_at_once(message: tuple[str, bytes]) -> None:
    assert routes.is_small_read(bytearray(message[1]))


@pytest.mark.parametrize("message", [messages.a_feed(), messages.a_provide()])
def test_what_writes_is_never_judged_where_health_would_wait_for_it(message: tuple[str, bytes]) -> None:
    assert not routes.is_small_read(bytearray(message[1]))


def test_large_query_is_handed_over() -> None:
    _, body = messages.a_query(fresh_oid())
    assert not routes.is_small_read(bytearray(body + b" " * routes.SMALL_BYTES_MAX))
