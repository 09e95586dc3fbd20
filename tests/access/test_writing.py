"""The VIHF as a client makes it: what was claimed comes back as the caller."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from access import roles
from access.caller import AccessMode, AuthenticationMode, Caller, Role
from access.claims import Claims, Software
from tests.access.vihf import (
    PATIENT,
    POLICY,
    PORTAL,
    SEAL,
    SOFTWARE,
    STRUCTURE_ID,
    a_claim,
    a_key,
    believed,
    of_parent,
    of_patient,
    of_structure,
)
from tests.pki import authority

# What a VIHF can hold, and texts as they are read back: without blanks around them.
_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zs", "Zl", "Zp"), exclude_characters="^\ufffe\uffff"
)
words = st.text(_CHARACTERS, min_size=1, max_size=20)
texts = st.lists(words, min_size=1, max_size=3).map(" ".join)
maybe = st.just("") | texts
professions = st.sampled_from(
    [roles.DOCTOR, Role("60", roles.PROFESSIONS), Role("93", roles.USERS_OF_TITLE, "Psychologue"), roles.SECRETARIAT]
)
claimed = st.builds(
    Claims,
    person_id=words,
    version=st.sampled_from(POLICY.versions),
    person_name=texts,
    structure_id=st.just(STRUCTURE_ID),
    sector=texts,
    profession=professions,
    specialty=st.builds(Role, words, words, maybe),
    authentication=st.sampled_from([AuthenticationMode.INDIRECT, AuthenticationMode.REINFORCED]),
    access_mode=st.sampled_from(AccessMode),
    reason=maybe,
    patient=st.none() | st.tuples(words, st.just(PATIENT[1])),
    is_secret=st.booleans(),
    software=st.builds(Software, texts, texts, maybe, maybe),
)


@settings(max_examples=60, deadline=None)
@given(claimed)
def test_claims_written_and_believed_are_the_caller(claims: Claims) -> None:
    """verify(write(claims)) says what was claimed, whatever it was."""
    caller = believed(claims, a_key("seal-p256"))
    assert caller == Caller(
        assertion_id=caller.assertion_id,
        issuer=authority.certificate("seal-p256").subject.rfc4514_string(),
        person_id=claims.person_id,
        person_name=claims.person_name,
        structure_id=claims.structure_id,
        sector=claims.sector,
        profession=claims.profession,
        specialty=claims.specialty,
        authentication=claims.authentication,
        access_mode=claims.access_mode,
        reason=claims.reason,
        patient=claims.patient,
        is_secret=claims.is_secret,
        certificate=sha256(authority.der("seal-p256")).hexdigest(),
        software=f"{claims.software.name} {claims.software.version}",
    )


def test_assertion_written_of_every_kind_of_caller_is_believed_in_both_versions() -> None:
    for version in POLICY.versions:
        for claims, key in (
            (a_claim(), "professional-signature"),
            (of_structure(), SEAL),
            (of_patient(), PORTAL),
            (of_parent(), PORTAL),
        ):
            caller = believed(replace(claims, version=version, software=SOFTWARE), a_key(key))
            assert caller.profession == claims.profession
