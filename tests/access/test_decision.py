"""One function decides: who is refused by whom and why, and what is seen on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from access import roles
from access.caller import Role
from access.decision import CONSULTATION, decide, wanted_restrictions
from access.mandate import Action, Authorisation, Decision, Deny, Mandate, Permit, RecordState, Standing
from access.sight import EVERYTHING, PATIENT_KEY, Traits, Visibility, person_key, shows, structure_key
from tests.access.people import (
    DOCTOR_ID,
    OTHER_STRUCTURE_ID,
    PARENT_ID,
    STRUCTURE_ID,
    a_caller,
    a_mandate,
    a_standing,
    the_dmp,
)

MASKED = Traits(Visibility.MASQUE_PS, frozenset({person_key("899700000999")}))
ANNOUNCED_LATER = Traits(Visibility.INVISIBLE_PATIENT, frozenset({person_key("899700000999")}))
KEPT_FROM_PARENTS = Traits(Visibility.INVISIBLE_REPRESENTANTS_LEGAUX, frozenset({person_key("899700000999")}))
OPEN = Traits(Visibility.NONE, frozenset({person_key("899700000999")}))
MINE = Traits(Visibility.MASQUE_PS, frozenset({person_key(DOCTOR_ID)}))
OUR_STRUCTURES = Traits(Visibility.MASQUE_PS, frozenset({structure_key(STRUCTURE_ID)}))
THE_PATIENTS = Traits(Visibility.NONE, frozenset({PATIENT_KEY}))


def permit(decision: Decision) -> Permit:
    """The decision, which must be a yes."""
    assert isinstance(decision, Permit), decision
    return decision


def rule_of(decision: Decision) -> str:
    """The rule of a decision, which must be a no that a person can read twice."""
    assert isinstance(decision, Deny), decision
    assert decision.reason and decision.reason_fr and decision.reason != decision.reason_fr
    return decision.rule


def with_records(**changes: Any) -> Any:
    """The domain with another policy of records."""
    domain = the_dmp()
    return replace(domain, records=replace(domain.records, **changes))


def test_nobody_asked_who_they_are_sees_everything() -> None:
    assert decide(Mandate(None, Standing(), the_dmp()), Action.RETRIEVE) == Permit(EVERYTHING)


def test_role_of_no_column_is_denied_as_no_actor() -> None:
    stranger = a_caller(profession=Role("NBOR", roles.RELATIONS), specialty=None)
    assert rule_of(decide(Mandate(stranger, a_standing(), the_dmp()), Action.FIND)) == "RGT-ACTOR"


@pytest.mark.parametrize("mode", ["n", "r", "b"])
@pytest.mark.parametrize("action", [Action.FIND, Action.RETRIEVE, Action.REFER, Action.SUBMIT, Action.DELETE])
def test_blocked_professional_is_denied_in_any_mode(action: Action, mode: str) -> None:
    """[DMP: TD0.2, INTERDIT]"""
    assert rule_of(decide(a_mandate("M", mode, authorisation=Authorisation.FORBIDDEN), action)) == "RGT-BLOCKED"


def test_blocked_professional_learns_of_it_by_asking_for_the_record() -> None:
    """[DMP: TD0.2]"""
    permit(decide(a_mandate(authorisation=Authorisation.FORBIDDEN), Action.SEE_RECORD))
    assert rule_of(decide(a_mandate(authorisation=Authorisation.FORBIDDEN), Action.AUTHORISE)) == "RGT-BLOCKED"


@pytest.mark.parametrize("authorisation", [Authorisation.NONE, Authorisation.EXPIRED])
@pytest.mark.parametrize("action", sorted(CONSULTATION))
def test_consulting_in_normal_access_without_authorisation_is_denied(
    action: Action, authorisation: Authorisation
) -> None:
    """[DMP: TD0.3]"""
    assert rule_of(decide(a_mandate(authorisation=authorisation), action)) == "RGT-AUTHORISATION"


def test_feeding_and_finding_ones_own_need_no_authorisation() -> None:
    """[DMP: TD0.2: an authorisation governs consultation only]"""
    mandate = a_mandate(authorisation=Authorisation.NONE)
    assert permit(decide(mandate, Action.SUBMIT)).reach is None
    sight = permit(decide(mandate, Action.REFER)).sight
    assert shows(sight, MINE) and not shows(sight, OPEN)


def test_masking_without_authorisation_reaches_ones_own_documents_alone() -> None:
    sight = permit(decide(a_mandate(authorisation=Authorisation.NONE), Action.MASK)).sight
    assert shows(sight, MINE) and not shows(sight, OPEN)


@pytest.mark.parametrize("mode", ["r", "b"])
def test_emergency_needs_no_authorisation(mode: str) -> None:
    assert shows(permit(decide(a_mandate("P", mode, authorisation=Authorisation.NONE), Action.FIND)).sight, OPEN)


def test_domain_that_asks_for_no_authorisation_lets_consult() -> None:
    mandate = a_mandate(domain=with_records(authorisation_demanded=False), authorisation=Authorisation.NONE)
    assert shows(permit(decide(mandate, Action.RETRIEVE)).sight, OPEN)


@pytest.mark.parametrize(
    ("mode", "objection", "rule"),
    [
        ("b", "opposes_break_glass", "RGT-OPPOSED-BREAK-GLASS"),
        ("r", "opposes_regulation", "RGT-OPPOSED-REGULATION"),
    ],
)
def test_emergency_that_the_person_objects_to_shows_nothing(mode: str, objection: str, rule: str) -> None:
    """[DMP: TD1.3b]"""
    changes: dict[str, Any] = {objection: True}
    mandate = a_mandate("M", mode, **changes)
    for action in (*CONSULTATION, Action.READ_RECORD):
        assert rule_of(decide(mandate, action)) == rule
    sight = permit(decide(mandate, Action.REFER)).sight
    assert shows(sight, MINE) and not shows(sight, OPEN)
    permit(decide(mandate, Action.SUBMIT))


def test_objection_to_one_emergency_does_not_stop_the_other() -> None:
    permit(decide(a_mandate("M", "b", opposes_regulation=True), Action.RETRIEVE))
    permit(decide(a_mandate("M", "r", opposes_break_glass=True), Action.RETRIEVE))
    permit(decide(a_mandate("M", "n", opposes_break_glass=True, opposes_regulation=True), Action.RETRIEVE))


@pytest.mark.parametrize(("state", "rule"), [(RecordState.CLOSED, "REC-CLOSED"), (RecordState.OPPOSED, "REC-OPPOSED")])
@pytest.mark.parametrize("letter", ["M", "T", "PAT"])
@pytest.mark.parametrize(
    "action", [Action.FIND, Action.REFER, Action.RETRIEVE, Action.SUBMIT, Action.MASK, Action.DELETE]
)
def test_ended_record_refuses_feeding_and_consultation(
    action: Action, letter: str, state: RecordState, rule: str
) -> None:
    """[DMP: TD1.4]"""
    assert rule_of(decide(a_mandate(letter, state=state), action)) == rule


@pytest.mark.parametrize("state", [RecordState.CLOSED, RecordState.OPPOSED])
def test_ended_record_can_be_seen_and_reopened(state: RecordState) -> None:
    """[DMP: TD0.2, TD1.2]"""
    for action in (Action.SEE_RECORD, Action.REOPEN_RECORD, Action.CREATE_RECORD, Action.LIST_RECORDS):
        permit(decide(a_mandate(state=state), action))
    permit(decide(a_mandate("PAT", state=state), Action.READ_JOURNAL))


def test_where_there_is_no_record_nothing_is_found_and_nothing_changed() -> None:
    mandate = a_mandate("M", state=RecordState.NONE, authorisation=Authorisation.NONE)
    assert not shows(permit(decide(mandate, Action.FIND)).sight, OPEN)
    for action in (Action.CLOSE_RECORD, Action.REOPEN_RECORD, Action.AUTHORISE, Action.READ_RECORD):
        assert rule_of(decide(mandate, action)) == "REC-UNKNOWN"
    permit(decide(mandate, Action.CREATE_RECORD))
    permit(decide(mandate, Action.SEE_RECORD))


def test_first_document_opens_a_record_where_the_domain_lets_it() -> None:
    mandate = a_mandate("M", state=RecordState.NONE)
    permit(decide(mandate, Action.SUBMIT))
    strict = replace(mandate, domain=with_records(opened_by_first_document=False))
    assert rule_of(decide(strict, Action.SUBMIT)) == "REC-UNKNOWN"


def test_domain_that_guards_no_records_asks_nothing_of_their_state() -> None:
    domain = with_records(managed=False)
    for state in RecordState:
        mandate = a_mandate(domain=domain, state=state, authorisation=Authorisation.NONE)
        assert shows(permit(decide(mandate, Action.FIND)).sight, OPEN)


def test_nobody_consults_the_records_of_everybody() -> None:
    """Without a patient the sight would have no bound."""
    caller = a_caller(patient=None)
    assert rule_of(decide(Mandate(caller, a_standing(patient=None), the_dmp()), Action.FIND)) == "RGT-PATIENT"
    permit(decide(Mandate(caller, a_standing(patient=None), the_dmp()), Action.LIST_RECORDS))


def test_structure_that_is_not_named_has_no_documents() -> None:
    caller = a_caller("I", structure_id="")
    assert rule_of(decide(Mandate(caller, a_standing(), the_dmp()), Action.DELETE)) == "RGT-OWNER"


@pytest.mark.parametrize(
    ("letter", "mode", "agreed", "seen"),
    [
        ("P", "n", True, False),
        ("M", "n", True, False),
        ("W", "n", True, False),
        ("T", "n", False, True),
        ("T", "b", False, False),
        ("T", "b", True, True),
        ("M", "b", False, False),
        ("M", "b", True, True),
        ("P", "r", False, False),
        ("P", "r", True, True),
        ("PAT", "n", False, True),
        ("REP", "n", False, True),
    ],
)
def test_masked_document_is_seen_by_patient_and_treating_doctor_and_in_emergencies_if_agreed(
    letter: str, mode: str, agreed: bool, seen: bool
) -> None:
    """[DMP: MASQUE_PS; TD3.2 masked]"""
    sight = permit(decide(a_mandate(letter, mode, shows_masked_in_emergency=agreed), Action.FIND)).sight
    assert shows(sight, MASKED) is seen
    assert shows(sight, OPEN)


@pytest.mark.parametrize("mode", ["n", "r", "b"])
def test_author_sees_their_own_masked_document(mode: str) -> None:
    assert shows(permit(decide(a_mandate("M", mode), Action.RETRIEVE)).sight, MINE)


def test_colleague_of_the_structure_does_not_see_a_masked_document_but_may_replace_it() -> None:
    assert not shows(permit(decide(a_mandate("M"), Action.RETRIEVE)).sight, OUR_STRUCTURES)
    replacing = permit(decide(a_mandate("M"), Action.REPLACE))
    assert shows(replacing.sight, OUR_STRUCTURES) and replacing.reaches(OUR_STRUCTURES.owners)
    assert not replacing.reaches(frozenset({structure_key(OTHER_STRUCTURE_ID)}))


def test_document_before_its_announcement_is_hidden_from_the_patients_side_alone() -> None:
    """[DMP: INVISIBLE_PATIENT]"""
    for letter, seen in {"M": True, "P": True, "T": True, "PAT": False, "REP": False}.items():
        assert shows(permit(decide(a_mandate(letter), Action.FIND)).sight, ANNOUNCED_LATER) is seen


@pytest.mark.parametrize("is_minor", [True, False])
def test_what_a_minor_keeps_from_parents_is_hidden_from_them(is_minor: bool) -> None:
    """Whether the record knows the age or not. [DMP: INVISIBLE_REPRESENTANTS_LEGAUX]"""
    assert not shows(permit(decide(a_mandate("REP", is_minor=is_minor), Action.FIND)).sight, KEPT_FROM_PARENTS)
    assert shows(permit(decide(a_mandate("PAT", is_minor=is_minor), Action.FIND)).sight, KEPT_FROM_PARENTS)


def test_guardian_of_an_adult_sees_what_was_kept_from_parents() -> None:
    mandate = Mandate(a_caller("REP", profession=Role("TUTEUR", roles.PROTECTORS)), a_standing(), the_dmp())
    assert shows(permit(decide(mandate, Action.FIND)).sight, KEPT_FROM_PARENTS)
    minor = replace(mandate, standing=a_standing(is_minor=True))
    assert not shows(permit(decide(minor, Action.FIND)).sight, KEPT_FROM_PARENTS)


def test_domain_without_minors_management_hides_nothing_from_parents() -> None:
    mandate = a_mandate("REP", domain=with_records(minors_managed=False), is_minor=True)
    assert shows(permit(decide(mandate, Action.FIND)).sight, KEPT_FROM_PARENTS)


def test_parent_does_not_own_what_the_child_wrote() -> None:
    own = permit(decide(a_mandate("REP", is_minor=True), Action.FIND)).sight.own
    assert own == {person_key(PARENT_ID)}


@pytest.mark.parametrize(
    ("role", "specialty", "hidden"),
    [
        (Role("41", roles.SOCIAL), None, Visibility.MASQUE_PSOCIAL),
        (
            Role("99", roles.KNOWN_BY_ROLE),
            Role("300", roles.CARE_ROLES),
            Visibility.MASQUE_PSOCIAL | Visibility.MASQUE_PT,
        ),
        (Role("99", roles.KNOWN_BY_ROLE), Role("303", roles.CARE_ROLES), Visibility.MASQUE_PT),
        (Role("60", roles.PROFESSIONS), None, Visibility.NONE),
        (roles.SECRETARIAT, None, Visibility.MASQUE_PT),
    ],
)
def test_social_field_and_third_persons_are_hidden_what_is_masked_from_them(
    role: Role, specialty: Role | None, hidden: Visibility
) -> None:
    """[ANS: TRE_A07]"""
    mandate = Mandate(a_caller("P", profession=role, specialty=specialty), a_standing(), the_dmp())
    assert permit(decide(mandate, Action.SUBMIT)).sight.hidden == hidden | Visibility.MASQUE_PS


def test_type_denied_to_a_profession_is_hidden_from_it_but_for_its_own() -> None:
    """The matrice d'habilitation is data of the domain."""
    directive = ("EXPPAT_3", "1.2.250.1.213.1.1.4.12")
    optician = Mandate(a_caller("P", profession=Role("28", roles.PROFESSIONS)), a_standing(), the_dmp())
    sight = permit(decide(optician, Action.FIND)).sight
    assert not shows(sight, OPEN._replace(type_code=directive))
    assert shows(sight, Traits(owners=frozenset({person_key(DOCTOR_ID)}), type_code=directive))
    assert shows(permit(decide(a_mandate("P"), Action.FIND)).sight, OPEN._replace(type_code=directive))


def test_structures_certificate_sees_its_structures_documents_alone() -> None:
    """[DMP: TD3.1b]"""
    for letter in "IC":
        sight = permit(decide(a_mandate(letter), Action.REFER)).sight
        assert shows(sight, OUR_STRUCTURES) and not shows(sight, OPEN) and not shows(sight, THE_PATIENTS)


@pytest.mark.parametrize("action", [Action.ARCHIVE, Action.DELETE])
def test_patients_document_is_archived_and_deleted_by_patient_and_treating_doctor_alone(action: Action) -> None:
    """[DMP: TD3.3c, TD3.3d]"""
    assert permit(decide(a_mandate("PAT"), action)).reaches(THE_PATIENTS.owners)
    assert permit(decide(a_mandate("T"), action)).reaches(THE_PATIENTS.owners)
    for letter, mode in (("M", "r"), ("M", "b"), ("M", "n"), ("P", "n")):
        assert not permit(decide(a_mandate(letter, mode), action)).reaches(THE_PATIENTS.owners)
    assert not permit(decide(a_mandate("REP"), action)).reaches(THE_PATIENTS.owners)


def test_doctor_archives_everything_in_an_emergency_but_the_patients_own() -> None:
    archiving = permit(decide(a_mandate("M", "b"), Action.ARCHIVE))
    assert archiving.reaches(OPEN.owners) and not archiving.reaches(OPEN.owners | THE_PATIENTS.owners)


def test_secret_connection_wants_what_it_submits_hidden_from_parents() -> None:
    """[DMP: connexion secrète]"""
    mandate = Mandate(a_caller(is_secret=True), a_standing(), the_dmp())
    assert wanted_restrictions(mandate) == Visibility.INVISIBLE_REPRESENTANTS_LEGAUX
    assert wanted_restrictions(a_mandate()) == Visibility.NONE
    assert wanted_restrictions(Mandate(None, a_standing(), the_dmp())) == Visibility.NONE


def test_secret_submission_where_nothing_can_be_kept_secret_is_denied() -> None:
    mandate = Mandate(a_caller(is_secret=True), a_standing(), with_records(minors_managed=False))
    assert rule_of(decide(mandate, Action.SUBMIT)) == "REC-SECRECY"
    permit(decide(mandate, Action.FIND))
