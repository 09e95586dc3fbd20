"""The table of rules: each is told whole, in two languages, and those that decisions name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from access import assertion_rules, decision
from access.assertion_rules import ASSERTION_RULES, INVALID_CERTIFICATE, refusal, refusal_by_seal, shown
from access.rules import RULES
from signing.report import SignatureRefused, SubIndication
from signing.rules import RULES as SEAL_RULES


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_told_whole_in_english_and_french(rule: str) -> None:
    row = RULES[rule]
    assert row.rule == rule
    assert all(row)
    assert row.sentence != row.sentence_fr
    assert row.sentence.endswith(".") and row.sentence_fr.endswith(".")
    assert row.cause.endswith(".") and row.cure.endswith((".", ")"))


def test_rules_of_access_and_of_seals_have_no_id_in_common() -> None:
    assert not set(RULES) & set(SEAL_RULES)


def test_decisions_name_the_rules_of_the_table_and_all_of_them() -> None:
    named = set(re.findall(r'"((?:RGT|REC)-[A-Z-]+)"', Path(decision.__file__).read_text(encoding="utf-8")))
    assert named == set(RULES) - set(ASSERTION_RULES)


@pytest.mark.parametrize("sub_indication", SubIndication)
def test_wrong_certificate_is_told_in_the_dmps_word_and_a_wrong_signature_in_that_of_ws_security(
    sub_indication: SubIndication,
) -> None:
    """[DMP: DMPInvalidCertificate; WS-Security 1.1: 12]"""
    refused = refusal_by_seal(SignatureRefused(sub_indication, "SIG-DIGEST", "No.", "Non."))
    is_of_certificate = sub_indication in (
        SubIndication.REVOKED,
        SubIndication.EXPIRED,
        SubIndication.NOT_YET_VALID,
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
        SubIndication.CHAIN_CONSTRAINTS_FAILURE,
        SubIndication.TRY_LATER,
    )
    assert (refused.subcode == INVALID_CERTIFICATE) is is_of_certificate
    assert (refused.rule, refused.reason, refused.reason_fr) == ("SIG-DIGEST", "No.", "Non.")
    weak = refusal_by_seal(SignatureRefused(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, "SIG-CERT-KEY", "No.", "Non."))
    assert weak.subcode == INVALID_CERTIFICATE


def test_refusal_bears_the_subcode_of_its_rule() -> None:
    assert refusal("VIHF-EXPIRED", "a", "b").subcode == "wsse:MessageExpired"
    assert str(refusal("VIHF-EXPIRED", "a", "b")) == "a"


def test_long_value_is_shown_cut() -> None:
    assert shown("x" * 500) == repr("x" * 60 + "…")
    assert assertion_rules.shown("3.1") == "'3.1'"
