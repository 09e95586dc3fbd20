"""Ids that nobody has had. [RFC 9562: 5.4]"""

from __future__ import annotations

import uuid
from unittest.mock import patch

import pytest

from server import fresh


def test_new_uuid_is_a_random_one_as_a_urn() -> None:
    drawn = {fresh.new_uuid() for _ in range(100)}
    assert len(drawn) == 100
    for each in drawn:
        read = uuid.UUID(each)
        assert (read.urn, read.version, read.variant) == (each, 4, uuid.RFC_4122)


@pytest.mark.parametrize("octets", [bytes(16), b"\xff" * 16, bytes(range(16))])
def test_new_uuid_is_what_the_library_makes_of_the_same_octets(octets: bytes) -> None:
    with patch("server.fresh.urandom", lambda _: octets):
        assert fresh.new_uuid() == uuid.UUID(bytes=octets, version=4).urn
