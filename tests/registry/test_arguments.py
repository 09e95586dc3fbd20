"""Slots of a stored query → arguments, or all that is wrong with them. [ITI TF-2: 3.18.4.1.2.3.5, 3.18.4.1.2.3.6]"""

from __future__ import annotations

import pytest

from registry import parameters as p
from registry import stored_queries as q
from registry.arguments import SlotValues, read_arguments
from registry.facts import Kind
from registry.stored_queries import Count, Need, StoredQuery, Use
from xds.errors import ErrorList
from xds.vocabulary import AvailabilityStatus

APPROVED = f"'{AvailabilityStatus.APPROVED}'"
ROWS = [row for row in vars(q).values() if isinstance(row, StoredQuery)]
USES = [pytest.param(row, use, id=f"{row.name} {use.parameter.name}") for row in ROWS for use in row.uses]
SINGLE = [each for each in USES if each.values[1].takes is Count.ONE]  # type: ignore[union-attr]
ONE_SLOT = [each for each in USES if each.values[1].takes is not Count.MANY_SLOTS]  # type: ignore[union-attr]
SEVERAL_SLOTS = [each for each in USES if each.values[1].takes is Count.MANY_SLOTS]  # type: ignore[union-attr]
REQUIRED = [each for each in USES if each.values[1].need is Need.REQUIRED]  # type: ignore[union-attr]
CHOICES = (Need.CHOICE, Need.SELECTIVE)
CHOICE = [each for each in USES if each.values[1].need in CHOICES]  # type: ignore[union-attr]
LOGICAL = (p.ENTRY_LOGICAL_ID, p.FOLDER_LOGICAL_ID)


def given(use: Use) -> SlotValues:
    """One Slot with the example of its kind."""
    return ((use.parameter.kind.example,),)


def least(row: StoredQuery) -> dict[str, SlotValues]:
    """What the query needs, and no more."""
    uses = [use for use in row.uses if use.need is Need.REQUIRED]
    uses += [use for use in row.uses if use.need in CHOICES][:1]
    return {use.parameter.name: given(use) for use in uses}


def problems(row: StoredQuery, parameters: dict[str, SlotValues]) -> ErrorList:
    return read_arguments(row, parameters)[1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_query_with_what_it_needs_is_accepted(row: StoredQuery) -> None:
    assert problems(row, least(row)) == ()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_query_with_every_optional_parameter_is_accepted(row: StoredQuery) -> None:
    optional = {use.parameter.name: given(use) for use in row.uses if use.need is Need.OPTIONAL}
    assert problems(row, least(row) | optional) == ()


@pytest.mark.parametrize(("row", "use"), REQUIRED)
def test_required_parameter_that_is_absent_gets_XDSStoredQueryMissingParam(row: StoredQuery, use: Use) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7]"""
    parameters = least(row)
    del parameters[use.parameter.name]
    (error,) = problems(row, parameters)
    assert error.row.code == "XDSStoredQueryMissingParam"
    assert use.parameter.name in error.code_context


@pytest.mark.parametrize(("row", "use"), CHOICE)
def test_query_with_none_of_its_choice_gets_XDSStoredQueryMissingParam(row: StoredQuery, use: Use) -> None:
    parameters = {name: value for name, value in least(row).items() if name not in _choice_of(row)}
    (error,) = problems(row, parameters)
    assert error.row.code == "XDSStoredQueryMissingParam"
    assert use.parameter.name in error.code_context


@pytest.mark.parametrize(
    "row", [row for row in ROWS if any(use.need is Need.CHOICE for use in row.uses)], ids=lambda row: row.name
)
def test_query_with_two_of_its_choice_gets_XDSStoredQueryParamNumber(row: StoredQuery) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7]"""
    both = {use.parameter.name: given(use) for use in row.uses if use.need is Need.CHOICE}
    assert problems(row, least(row) | both).codes == ("XDSStoredQueryParamNumber",)


@pytest.mark.parametrize(("row", "use"), SINGLE)
def test_single_valued_parameter_with_two_values_gets_XDSStoredQueryParamNumber(row: StoredQuery, use: Use) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.5]"""
    example = use.parameter.kind.example
    error = next(iter(problems(row, least(row) | _at_level_2(row) | {use.parameter.name: ((example, example),)})))
    assert error.row.code == "XDSStoredQueryParamNumber"
    assert use.parameter.name in error.code_context


@pytest.mark.parametrize(("row", "use"), ONE_SLOT)
def test_parameter_that_takes_one_slot_in_two_gets_XDSStoredQueryParamNumber(row: StoredQuery, use: Use) -> None:
    parameters = least(row) | _at_level_2(row) | {use.parameter.name: given(use) * 2}
    assert "XDSStoredQueryParamNumber" in problems(row, parameters).codes


@pytest.mark.parametrize(("row", "use"), SEVERAL_SLOTS)
def test_parameter_joined_by_and_keeps_its_slots_apart(row: StoredQuery, use: Use) -> None:
    arguments, errors = read_arguments(row, least(row) | {use.parameter.name: given(use) * 3})
    assert errors == ()
    assert len(arguments.slots_of(use.parameter)) == 3


@pytest.mark.parametrize(("row", "use"), USES)
def test_value_without_quotes_gets_XDSRegistryError_that_names_the_parameter(row: StoredQuery, use: Use) -> None:
    """No code is laid down for the syntax of a value. [ITI TF-3: Table 4.2.4.1-2]"""
    errors = problems(row, least(row) | {use.parameter.name: (("nonsense",),)})
    assert errors.codes == ("XDSRegistryError",)
    assert use.parameter.name in errors[0].code_context


def test_all_that_is_wrong_is_told_at_once() -> None:
    parameters: dict[str, SlotValues] = {
        "$XDSDocumentEntryClassCode": (("('REPORTS')",),),
        "$XDSDocumentEntryCreationTimeFrom": (("2024", "2025"),),
        "$XDSDocumentEntryStatus": ((APPROVED,), (APPROVED,)),
    }
    assert sorted(problems(q.FIND_DOCUMENTS, parameters).codes) == [
        "XDSRegistryError",
        "XDSStoredQueryMissingParam",
        "XDSStoredQueryParamNumber",
        "XDSStoredQueryParamNumber",
    ]


def test_unknown_parameters_are_ignored() -> None:
    """[NIST 11897: practicesetting_scheme]"""
    unknown: dict[str, SlotValues] = {
        "$XDSDocumentEntryPracticeSettingCodeScheme": (("x",),),
        "$Nothing": (("",), ("",)),
    }
    assert problems(q.FIND_DOCUMENTS, least(q.FIND_DOCUMENTS) | unknown) == ()


def test_values_spread_over_value_elements_are_one_list() -> None:
    spread: SlotValues = (("'a'", "('b','c')", '"d"'),)
    arguments, errors = read_arguments(
        q.FIND_SUBMISSION_SETS, least(q.FIND_SUBMISSION_SETS) | {p.SOURCE_ID.name: spread}
    )
    assert errors == ()
    assert arguments.values_of(p.SOURCE_ID) == ("a", "b", "c", "d")


def test_unknown_statuses_are_ignored_beside_known_ones() -> None:
    """[ITI TF-2: 3.18.4.1.2.3.5]"""
    parameters = least(q.FIND_DOCUMENTS) | {p.ENTRY_STATUS.name: ((f"('urn:x',{APPROVED})",),)}
    arguments, errors = read_arguments(q.FIND_DOCUMENTS, parameters)
    assert errors == ()
    assert arguments.values_of(p.ENTRY_STATUS) == (AvailabilityStatus.APPROVED,)


def test_statuses_that_are_all_unknown_get_XDSStoredQueryMissingParam() -> None:
    parameters = least(q.FIND_DOCUMENTS) | {p.ENTRY_STATUS.name: (("('urn:x')",),)}
    assert problems(q.FIND_DOCUMENTS, parameters).codes == ("XDSStoredQueryMissingParam",)


def test_arguments_are_typed_values() -> None:
    stable = p.ENTRY_TYPE.kind.example
    arguments, _ = read_arguments(q.FIND_DOCUMENTS, least(q.FIND_DOCUMENTS) | {p.ENTRY_TYPE.name: ((stable,),)})
    patient = arguments.value_of(p.ENTRY_PATIENT_ID)
    assert patient is not None
    assert (patient.id_number, patient.authority) == ("12345", "1.2.3")
    assert arguments.values_of(p.ENTRY_TYPE) == (Kind.STABLE,)
    assert arguments.value_of(p.METADATA_LEVEL) is None
    assert arguments.values_of(p.REFERENCE_ID_LIST) == ()


@pytest.mark.parametrize(("row", "parameter"), [(q.GET_DOCUMENTS, LOGICAL[0]), (q.GET_FOLDERS, LOGICAL[1])])
def test_logical_id_has_effect_at_level_2_only(row: StoredQuery, parameter: p.Parameter[str]) -> None:
    """[ITI Supplement XDS Metadata Update: 3.18.4.1.2.3.5.3]"""
    named: dict[str, SlotValues] = {parameter.name: ((parameter.kind.example,),)}
    assert problems(row, named).codes == ("XDSStoredQueryMissingParam",)
    assert problems(row, named | _at_level_2(row)) == ()


def _at_level_2(row: StoredQuery) -> dict[str, SlotValues]:
    takes_it = any(use.parameter is p.METADATA_LEVEL for use in row.uses)
    return {p.METADATA_LEVEL.name: (("2",),)} if takes_it else {}


def _choice_of(row: StoredQuery) -> set[str]:
    return {use.parameter.name for use in row.uses if use.need in CHOICES}
