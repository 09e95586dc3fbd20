"""The patient of a submission: authority, matricule INS, known or not. [ITI TF-2: 3.42.4.1.3.4; CI-SIS SM 3.5.5.12]"""

from __future__ import annotations

import pytest

from ins.matricule import Matricule
from registry.facts import PatientFact, PatientIdentity
from registry.judge import judge
from tests.registry.cases import PATIENT, SOMEBODY_ELSE, a_case
from tests.samples import (
    IHE_TEST_AUTHORITY,
    INS_TEST_AUTHORITY,
    a_document_entry,
    a_domain,
    a_patient_id,
    a_submission,
    a_submission_set,
)
from xds.domain import AffinityDomain, AssigningAuthority, Bite
from xds.metadata import Submission
from xds.vocabulary import Severity

VALID = Matricule.of_number("2800275115001")
WRONG_KEY = VALID.number + ("01" if VALID.key != "01" else "02")


def an_ins_domain(
    shape: Bite = Bite.ERROR, key: Bite = Bite.ERROR, *, known_beforehand: bool = False
) -> AffinityDomain:
    authority = AssigningAuthority(
        INS_TEST_AUTHORITY, "INS-NIR test", is_ins=True, matricule_shape=shape, matricule_key=key
    )
    return a_domain(authorities=(authority,), patients_known_beforehand=known_beforehand, cx_type_code="NH")


def a_submission_for(id_number: str, authority: str = INS_TEST_AUTHORITY) -> Submission:
    patient_id = a_patient_id(id_number, authority)
    return a_submission(
        submission_set=a_submission_set(patient_id=patient_id),
        document_entries=[a_document_entry(patient_id=patient_id)],
    )


def test_undeclared_authority_gets_XDSUnknownPatientId_that_names_the_declared_ones() -> None:
    """[ITI TF-1: 10.4.1]"""
    (error,) = judge(a_case(a_submission_for("1", "1.2.3.4"), domain=a_domain(patients_known_beforehand=False)))
    assert error.row.code == "XDSUnknownPatientId"
    assert "1.2.3.4" in error.code_context
    assert IHE_TEST_AUTHORITY in error.code_context


def test_patient_nobody_announced_gets_XDSUnknownPatientId() -> None:
    assert judge(a_case(a_submission(), patients=[PatientFact(SOMEBODY_ELSE)])).codes == ("XDSUnknownPatientId",)


def test_patient_nobody_announced_is_accepted_where_none_need_be() -> None:
    assert judge(a_case(a_submission(), patients=(), domain=a_domain(patients_known_beforehand=False))) == ()


@pytest.mark.parametrize("known_beforehand", [True, False])
def test_subsumed_patient_gets_XDSUnknownPatientId(known_beforehand: bool) -> None:
    """[ITI TF-2: 3.44.4.1.3]"""
    merged = PatientFact(PATIENT, subsumed_by=SOMEBODY_ELSE)
    domain = a_domain(patients_known_beforehand=known_beforehand)
    assert judge(a_case(a_submission(), patients=[merged], domain=domain)).codes == ("XDSUnknownPatientId",)


def test_each_unknown_patient_is_told_once() -> None:
    """Two objects of one patient make one error, two patients two."""
    assert len(judge(a_case(a_submission(), patients=()))) == 1
    other = a_document_entry(patient_id=a_patient_id("PETIT-2"))
    assert len(judge(a_case(a_submission(document_entries=[other]), patients=()))) == 2


def test_valid_matricule_is_accepted() -> None:
    assert judge(a_case(a_submission_for(VALID), domain=an_ins_domain())) == ()


@pytest.mark.parametrize("id_number", ["123", VALID.number, VALID.replace("8", "X", 1), VALID + "0"])
def test_malformed_matricule_is_refused_in_both_languages_without_repeating_it(id_number: str) -> None:
    """[CI-SIS SM 3.5.5.12]"""
    (error,) = judge(a_case(a_submission_for(id_number), domain=an_ins_domain()))
    assert (error.row.code, error.severity) == ("XDSRegistryMetadataError", Severity.ERROR)
    assert "matricule INS" in error.code_context
    assert "n'est pas" in error.code_context
    assert VALID.number not in error.code_context


@pytest.mark.parametrize(
    ("bite", "severities"),
    [(Bite.ERROR, (Severity.ERROR,)), (Bite.WARNING, (Severity.WARNING,)), (Bite.OFF, ())],
)
def test_wrong_key_bites_as_the_authority_says(bite: Bite, severities: tuple[Severity, ...]) -> None:
    found = judge(a_case(a_submission_for(WRONG_KEY), domain=an_ins_domain(key=bite)))
    assert tuple(error.severity for error in found) == severities
    for error in found:
        assert error.row.code == "XDSRegistryMetadataError"
        assert VALID.key in error.code_context
        assert VALID.number not in error.code_context


@pytest.mark.parametrize(
    ("bite", "severities"),
    [(Bite.ERROR, (Severity.ERROR,)), (Bite.WARNING, (Severity.WARNING,)), (Bite.OFF, ())],
)
def test_shape_bites_as_the_authority_says(bite: Bite, severities: tuple[Severity, ...]) -> None:
    found = judge(a_case(a_submission_for("123"), domain=an_ins_domain(shape=bite)))
    assert tuple(error.severity for error in found) == severities


def test_malformed_matricule_is_not_called_unknown_as_well() -> None:
    found = judge(a_case(a_submission_for("123"), domain=an_ins_domain(known_beforehand=True)))
    assert found.codes == ("XDSRegistryMetadataError",)


def test_unknown_matricule_is_refused_without_repeating_it() -> None:
    (error,) = judge(a_case(a_submission_for(VALID), domain=an_ins_domain(known_beforehand=True)))
    assert error.row.code == "XDSUnknownPatientId"
    assert VALID not in error.code_context


def test_trailing_components_of_the_patient_id_do_not_count() -> None:
    """[CI-SIS Partage: patientId]"""
    text = type(a_patient_id())(f"{a_patient_id(VALID, INS_TEST_AUTHORITY)}^NH^^20100907")
    submission = a_submission(
        submission_set=a_submission_set(patient_id=text), document_entries=[a_document_entry(patient_id=text)]
    )
    known = PatientFact(PatientIdentity(VALID, INS_TEST_AUTHORITY))
    assert judge(a_case(submission, patients=[known], domain=an_ins_domain(known_beforehand=True))) == ()
