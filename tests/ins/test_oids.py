"""The authorities of the INS. [CI-SIS SM 3.5.5.12]"""

from __future__ import annotations

import pytest

from ins import oids
from ins.oids import IdentifierKind


@pytest.mark.parametrize(
    ("last_arc", "kind", "is_test"),
    [
        (8, IdentifierKind.NIR, False),
        (9, IdentifierKind.NIA, False),
        (10, IdentifierKind.NIR, True),
        (11, IdentifierKind.NIR, True),
        (2, IdentifierKind.INS_C, False),
        (1, IdentifierKind.INS_A, False),
    ],
)
def test_authority_is_found_by_its_oid(last_arc: int, kind: IdentifierKind, is_test: bool) -> None:
    authority = oids.find_authority(f"1.2.250.1.213.1.4.{last_arc}")
    assert authority is not None
    assert (authority.kind, authority.is_test) == (kind, is_test)


def test_every_authority_has_its_own_oid_and_name() -> None:
    assert len({authority.oid for authority in oids.AUTHORITIES}) == len(oids.AUTHORITIES)
    assert len({authority.name for authority in oids.AUTHORITIES}) == len(oids.AUTHORITIES)


def test_foreign_oid_is_no_ins_authority() -> None:
    assert oids.find_authority("1.3.6.1.4.1.21367.13.20.1000") is None


def test_identifiers_of_earlier_times_are_no_matricules() -> None:
    assert [authority.name for authority in oids.AUTHORITIES if not authority.kind.is_matricule] == ["INS-C", "INS-A"]
