"""What identifies a document: the form of an OID."""

from __future__ import annotations

from cda import rules_identity
from cda.rules_identity import is_oid


def test_an_OID_longer_than_anybody_keeps_is_none_and_is_not_kept_in_mind() -> None:
    """A stranger fills no memory with long texts. [CI-SIS SM 3.5.5.4]"""
    kept = rules_identity._is_short_oid.cache_info().currsize
    assert not is_oid("1." + "2" * 5000)
    assert rules_identity._is_short_oid.cache_info().currsize == kept
    assert rules_identity._is_short_oid.cache_info().maxsize == 2048


def test_an_OID_is_one_each_time_it_is_asked() -> None:
    """The answer kept in mind is the answer."""
    assert is_oid("1.2.250.1.71.4.2.1") and is_oid("1.2.250.1.71.4.2.1")
    assert not is_oid("3.2.250") and not is_oid("3.2.250")
