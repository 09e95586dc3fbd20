"""Laws of the decision, for whatever mandate comes: the same twice, never wider than the matrix, never wider for less agreement."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from access import roles
from access.caller import AccessMode, AuthenticationMode, Caller, Role
from access.decision import ABOUT_NO_RECORD, CONSULTATION, decide
from access.mandate import Action, Authorisation, Deny, Mandate, Permit, RecordState, Standing
from access.rights import ON_BEHALF_OF_PATIENT, Grant, column_of, granted
from access.rules import RULES
from access.sight import PATIENT_KEY, Traits, Visibility, person_key, shows, structure_key
from tests.access.people import DOCTOR_ID, PATIENT, STRUCTURE_ID, the_dmp

ROLES = [
    *(roles.DOCTOR, roles.PATIENT, roles.SECRETARIAT, Role("60", roles.PROFESSIONS), Role("28", roles.PROFESSIONS)),
    *(Role("41", roles.SOCIAL), Role("99", roles.KNOWN_BY_ROLE), Role("MTH", roles.RELATIONS), Role("X", "1.2"), None),
]
callers = st.builds(
    Caller,
    assertion_id=st.just("_1"),
    issuer=st.just("CN=x"),
    person_id=st.sampled_from((DOCTOR_ID, PATIENT[0], "")),
    structure_id=st.sampled_from((STRUCTURE_ID, "")),
    profession=st.sampled_from(ROLES),
    specialty=st.sampled_from((None, Role("SM25", roles.SPECIALTIES), Role("300", roles.CARE_ROLES))),
    authentication=st.sampled_from(AuthenticationMode),
    access_mode=st.sampled_from(AccessMode),
    patient=st.sampled_from((PATIENT, None)),
    is_secret=st.booleans(),
)
standings = st.builds(
    Standing,
    patient=st.sampled_from((PATIENT, None)),
    state=st.sampled_from(RecordState),
    authorisation=st.sampled_from(Authorisation),
    is_treating=st.booleans(),
    opposes_break_glass=st.booleans(),
    opposes_regulation=st.booleans(),
    shows_masked_in_emergency=st.booleans(),
    is_minor=st.booleans(),
)
mandates = st.builds(Mandate, callers, standings, st.builds(the_dmp))
keys = st.sampled_from(
    (PATIENT_KEY, person_key(DOCTOR_ID), person_key(PATIENT[0]), structure_key(STRUCTURE_ID), "p:other")
)
documents = st.builds(
    Traits,
    st.integers(0, 31).map(Visibility),
    st.frozensets(keys, max_size=3),
    st.sampled_from((("EXPPAT_3", "1.2.250.1.213.1.1.4.12"), ("11488-4", "2.16.840.1.113883.6.1"))),
)


@given(mandates, st.sampled_from(Action))
def test_any_mandate_gets_the_same_decision_twice_and_a_no_names_a_rule(mandate: Mandate, action: Action) -> None:
    decision = decide(mandate, action)
    assert decide(mandate, action) == decision
    if isinstance(decision, Deny):
        assert decision.rule in RULES
        assert decision.reason and decision.reason_fr
        assert PATIENT[0] not in decision.reason + decision.reason_fr


@given(mandates, st.sampled_from(Action), documents)
def test_sight_is_never_wider_than_the_matrix(mandate: Mandate, action: Action, document: Traits) -> None:
    """Told over again, from what is granted to what is shown."""
    decision = decide(mandate, action)
    column = column_of(mandate)
    if isinstance(decision, Deny) or column is None or mandate.caller is None:
        return
    standing, mode = mandate.standing, mandate.caller.access_mode
    sight, is_shown = decision.sight, shows(decision.sight, document)
    assert sight.patient == PATIENT or action in ABOUT_NO_RECORD
    if not is_shown or sight.own & document.owners:
        return
    on_behalf = column.actor in ON_BEHALF_OF_PATIENT
    consulting = action if action in CONSULTATION else Action.FIND
    assert granted(mandate.domain.rights, consulting, column) in (Grant.YES, Grant.AGREED)
    assert standing.state is RecordState.ACTIVE
    assert on_behalf or mode is not AccessMode.NORMAL or standing.authorisation is Authorisation.VALID
    assert not (mode is AccessMode.BREAK_GLASS and standing.opposes_break_glass)
    assert not (mode is AccessMode.REGULATION and standing.opposes_regulation)
    if Visibility.MASQUE_PS in document.visibility and not on_behalf:
        masked = granted(mandate.domain.rights, Action.RETRIEVE_MASKED, column)
        assert masked is Grant.YES or (masked is Grant.AGREED and standing.shows_masked_in_emergency)
    assert not (on_behalf and Visibility.INVISIBLE_PATIENT in document.visibility)


@given(mandates, documents)
def test_who_sees_a_document_still_sees_it_with_fewer_restrictions(mandate: Mandate, document: Traits) -> None:
    decision = decide(mandate, Action.FIND)
    if isinstance(decision, Permit) and shows(decision.sight, document):
        for restriction in Visibility:
            assert shows(decision.sight, document._replace(visibility=document.visibility & ~restriction))


@given(mandates, st.sampled_from(Action), documents)
def test_whoever_has_less_agreement_sees_no_more(mandate: Mandate, action: Action, document: Traits) -> None:
    """Taking the person's agreement back, or objecting, never shows a document that was not shown."""
    less = replace(
        mandate,
        standing=replace(
            mandate.standing,
            shows_masked_in_emergency=False,
            opposes_break_glass=True,
            opposes_regulation=True,
            authorisation=Authorisation.NONE,
        ),
    )
    before, after = decide(mandate, action), decide(less, action)
    if isinstance(after, Permit) and isinstance(before, Permit):
        assert shows(before.sight, document) or not shows(after.sight, document)


@given(mandates, st.sampled_from((Action.DELETE, Action.ARCHIVE)), documents)
def test_patients_document_is_reached_by_patient_and_treating_doctor_alone(
    mandate: Mandate, action: Action, document: Traits
) -> None:
    """[DMP: TD3.3c, TD3.3d]"""
    decision = decide(mandate, action)
    if isinstance(decision, Permit) and PATIENT_KEY in document.owners and decision.reaches(document.owners):
        assert str(column_of(mandate)).removeprefix("A") in ("Tn", "Tb", "PAT")


@given(mandates, documents)
def test_whoever_replaces_a_document_is_its_author_or_of_its_structure(mandate: Mandate, document: Traits) -> None:
    """[DMP: TD2.1, replacement]"""
    decision = decide(mandate, Action.REPLACE)
    if isinstance(decision, Permit):
        assert decision.reach is not None
        assert decision.reaches(document.owners) == bool(decision.reach & document.owners)
        assert decision.reach <= decision.sight.own
