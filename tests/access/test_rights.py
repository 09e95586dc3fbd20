"""The matrix of rights: every cell that is published for the DMP, told here a second time, against the built-in domain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from access import rights, roles
from access.caller import AccessMode, AuthenticationMode, Role
from access.decision import decide
from access.mandate import Action, Deny, Mandate, Permit
from access.rights import Actor, Column, Grant
from access.sight import PATIENT_KEY, person_key, structure_key
from server.domain_policies import GRANTS
from tests.access.people import (
    CLERK_ID,
    DOCTOR_ID,
    PARENT_ID,
    PATIENT,
    STRUCTURE_ID,
    a_caller,
    a_mandate,
    a_standing,
    the_dmp,
)

COLUMNS = ["Pn", "Pr", "Pb", "Mn", "Mr", "Mb", "W", "Tn", "Tb", "C", "In", "Ir"]

# y yes, . no, o own, s structure, a if the person agreed. Rows as published, columns as above; C submits by TD2.2, the same ITI-41.
PUBLISHED = {
    Action.SEE_RECORD: "y y y y y y y y y y y y",
    Action.READ_RECORD: "y y y y y y y y y y y y",
    Action.AUTHORISE: "y . . y . . . y . s . .",
    Action.UNAUTHORISE: "y . . y . . . y . . . .",
    Action.STOP_TREATING: ". . . . . . . y . . . .",
    Action.LIST_RECORDS: "y y y y y y y y y s s .",
    Action.FIND_BY_TRAITS: ". y . . y . . . . . . y",
    Action.LIST_AUTHORISATIONS: "y . . y . . y y . . . .",
    Action.SUBMIT: "y y y y y y y y y s s s",
    Action.FIND: "y y y y y y y y y . . .",
    Action.REFER: "y y y y y y y y y y y y",
    Action.RETRIEVE: "y y y y y y . y y . . .",
    Action.RETRIEVE_MASKED: "o a a o a a . y a . . .",
    Action.MASK: "y . . y . . y y . . . .",
    Action.UNMASK: "o . . o . . o y . . . .",
    Action.SHOW_PATIENT: "y . . y . . y y . . . .",
    Action.ARCHIVE: "o . . o y y o y y . . .",
    Action.DELETE: "o o o o o o o o o s s s",
}

# What is not published, and how we chose.
OURS = {
    Action.CREATE_RECORD: "y . . y . . . y . y y .",
    Action.REOPEN_RECORD: "y . . y . . . y . y y .",
    Action.CHANGE_RECORD: "y . . y . . . y . y y .",
    Action.CLOSE_RECORD: "y . . y . . . y . y y .",
    Action.REPLACE: "s s s s s s s s s s s s",
    Action.READ_JOURNAL: "o o o o o o o y y . . .",
}

# The patient and the legal representative, who come to the DMP another way: ours.
ON_BEHALF = {
    Action.SEE_RECORD: "y y",
    Action.AUTHORISE: "y y",
    Action.UNAUTHORISE: "y y",
    Action.STOP_TREATING: "y y",
    Action.LIST_RECORDS: ". .",
    Action.FIND_BY_TRAITS: ". .",
    Action.CREATE_RECORD: "y y",
    Action.REOPEN_RECORD: "y y",
    Action.READ_RECORD: "y y",
    Action.CHANGE_RECORD: "y y",
    Action.CLOSE_RECORD: "y y",
    Action.LIST_AUTHORISATIONS: "y y",
    Action.SUBMIT: "o o",
    Action.REPLACE: "o o",
    Action.FIND: "y y",
    Action.REFER: "y y",
    Action.RETRIEVE: "y y",
    Action.RETRIEVE_MASKED: "y y",
    Action.MASK: "y y",
    Action.UNMASK: "y y",
    Action.SHOW_PATIENT: "y .",
    Action.DELETE: "o o",
    Action.ARCHIVE: "o o",
    Action.READ_JOURNAL: "y .",
}

SIGNS = {"y": Grant.YES, ".": Grant.NO, "o": Grant.OWN, "s": Grant.STRUCTURE, "a": Grant.AGREED}

CELLS = [
    *(
        (action, column, SIGNS[sign])
        for action, row in {**PUBLISHED, **OURS}.items()
        for column, sign in zip(COLUMNS, row.split(), strict=True)
    ),
    *(
        (action, column, SIGNS[sign])
        for action, row in ON_BEHALF.items()
        for column, sign in zip(("PAT", "REP"), row.split(), strict=True)
    ),
]


def mandate_of(column: str, authentication: AuthenticationMode | None = None, **changes: Any) -> Mandate:
    """A mandate in that column, on an active record with a valid authorisation."""
    letter, mode = (column, "n") if column in ("PAT", "REP") else (column[0], column[1:] or "n")
    mandate = a_mandate(letter, mode, **changes)
    if authentication is None or mandate.caller is None:
        return mandate
    return replace(mandate, caller=replace(mandate.caller, authentication=authentication))


def expected_reach(action: Action, column: str, grant: Grant) -> frozenset[str] | None:
    """Whose documents a cell opens, in words of this test: no call into the rooms' own reading of it."""
    if grant is Grant.YES:
        return None
    person = {"C": CLERK_ID, "P": DOCTOR_ID, "PAT": PATIENT[0], "REP": PARENT_ID}.get(column, DOCTOR_ID)
    keys = {person_key(person)}
    if column.startswith("I"):
        keys = {structure_key(STRUCTURE_ID)}
        if action in (Action.REPLACE, Action.REFER):
            # The structure feeds in the name of an author whom it names.
            keys.add(person_key(person))
    elif column == "C" or grant is Grant.STRUCTURE:
        keys.add(structure_key(STRUCTURE_ID))
    if column == "PAT" or (column.startswith("T") and action is Action.DELETE):
        keys.add(PATIENT_KEY)
    return frozenset(keys)


def test_every_cell_of_the_matrix_is_told_for_every_action() -> None:
    assert {action for action, _, _ in CELLS} == set(Action)
    assert len(CELLS) == len(Action) * (len(COLUMNS) + 2)


@pytest.mark.parametrize(("action", "column", "grant"), CELLS)
def test_cell_of_the_built_in_domain_says_what_is_published(action: Action, column: str, grant: Grant) -> None:
    """[DMP: droits fonctionnels]"""
    assert Grant(the_dmp().rights.get(action, {}).get(column, "no")) is grant
    assert rights.grant_of(mandate_of(column), action) is grant


@pytest.mark.parametrize(("action", "column", "grant"), CELLS)
def test_cell_that_says_no_is_denied_and_any_other_permitted_as_far_as_it_says(
    action: Action, column: str, grant: Grant
) -> None:
    """[DMP: droits fonctionnels]"""
    decision = decide(mandate_of(column), action)
    if grant is Grant.NO:
        assert isinstance(decision, Deny)
        assert decision.rule == "RGT-MATRIX"
        return
    assert isinstance(decision, Permit)
    told = Grant.OWN if grant is Grant.AGREED else grant
    assert decision.reach == expected_reach(action, column, told)
    assert decision.sight.patient == PATIENT


@pytest.mark.parametrize(("action", "column", "grant"), [cell for cell in CELLS if cell[2] is Grant.AGREED])
def test_cell_that_asks_for_agreement_opens_all_once_the_person_agreed(
    action: Action, column: str, grant: Grant
) -> None:
    """[DMP: TD3.2 masked, if patient agreed]"""
    decision = decide(mandate_of(column, shows_masked_in_emergency=True), action)
    assert isinstance(decision, Permit)
    assert decision.reach is None


@pytest.mark.parametrize(
    ("action", "column", "grant"), [cell for cell in CELLS if cell[1][0] in "PMWTC" and len(cell[1]) < 3]
)
def test_reinforced_authentication_has_the_rights_of_the_card_but_for_feeding_and_archiving(
    action: Action, column: str, grant: Grant
) -> None:
    """[DMP: droits fonctionnels, AIR]"""
    if action in (Action.SUBMIT, Action.REPLACE):
        grant = Grant.NO
    elif action is Action.ARCHIVE and column[0] == "M":
        grant = Grant.YES
    assert rights.grant_of(mandate_of(column, AuthenticationMode.REINFORCED), action) is grant


@pytest.mark.parametrize("action", Action)
def test_structures_certificate_breaks_no_glass(action: Action) -> None:
    """There is no column for it. [DMP: droits fonctionnels]"""
    assert isinstance(decide(a_mandate("I", "b"), action), Deny)


def test_matrix_of_the_built_in_domain_names_actions_and_columns_only() -> None:
    columns = {
        str(Column(actor, mode, reinforced)) for actor in Actor for mode in ("", *"nrb") for reinforced in (True, False)
    }
    assert set(the_dmp().rights) == set(Action)
    assert {column for cells in the_dmp().rights.values() for column in cells} <= columns


def test_cells_may_say_what_a_domain_file_lets_them_say() -> None:
    assert set(Grant) == set(GRANTS)


@pytest.mark.parametrize(
    ("letter", "mode", "is_treating", "authentication", "column"),
    [
        ("P", "n", False, AuthenticationMode.DIRECT, "Pn"),
        ("P", "b", False, AuthenticationMode.REINFORCED, "APb"),
        ("M", "r", False, AuthenticationMode.DIRECT, "Mr"),
        ("M", "n", True, AuthenticationMode.DIRECT, "Tn"),
        ("M", "n", True, AuthenticationMode.REINFORCED, "ATn"),
        ("M", "r", True, AuthenticationMode.DIRECT, "Mr"),
        ("W", "b", True, AuthenticationMode.DIRECT, "W"),
        ("C", "b", False, AuthenticationMode.DIRECT, "C"),
        ("M", "n", True, AuthenticationMode.INDIRECT, "In"),
        ("C", "n", False, AuthenticationMode.INDIRECT, "In"),
        ("PAT", "n", False, AuthenticationMode.REINFORCED, "PAT"),
        ("REP", "n", False, AuthenticationMode.INDIRECT, "REP"),
    ],
)
def test_caller_is_in_the_column_of_role_mode_and_authentication(
    letter: str, mode: str, is_treating: bool, authentication: AuthenticationMode, column: str
) -> None:
    caller = a_caller(letter, mode, authentication=authentication)
    assert str(rights.column_of(Mandate(caller, a_standing(is_treating=is_treating), the_dmp()))) == column


@pytest.mark.parametrize(
    ("role", "specialty", "kind"),
    [
        (roles.DOCTOR, Role("SCH35", roles.SPECIALTIES), roles.Kind.OCCUPATIONAL_DOCTOR),
        (roles.DOCTOR, None, roles.Kind.DOCTOR),
        (Role("10", roles.IN_TRAINING), None, roles.Kind.PROFESSIONAL),
        (Role("60", roles.PROFESSIONS), Role("SM25", roles.SPECIALTIES), roles.Kind.PROFESSIONAL),
        (Role("93", roles.USERS_OF_TITLE), None, roles.Kind.PROFESSIONAL),
        (Role("AUTOMATE", roles.OTHERS), None, roles.Kind.NO_PROFESSIONAL),
        (Role("TUTEUR", roles.PROTECTORS), None, roles.Kind.REPRESENTATIVE),
        (Role("NBOR", roles.RELATIONS), None, None),
        (Role("10", "1.2.3"), None, None),
        (None, None, None),
    ],
)
def test_role_makes_the_kind_of_its_bearer(role: Role | None, specialty: Role | None, kind: roles.Kind | None) -> None:
    """[ANS: JDV_J65, JDV_J11]"""
    assert roles.kind_of(role, specialty) is kind


def test_mode_of_access_has_a_letter_each() -> None:
    assert {str(rights.column_of(a_mandate("P", mode))) for mode in "nrb"} == {"Pn", "Pr", "Pb"}
    assert len(AccessMode) == 3
