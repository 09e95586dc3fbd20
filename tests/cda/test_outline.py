"""The outline of a header: what is met once, for who reads and for who judges."""

from __future__ import annotations

from cda.document import open_document
from cda.header import read_header
from cda.outline import Outline, outline_of
from cda.rules import judge_header
from tests.cda.documents import a_clinical_document


def an_outline(**changed: str) -> Outline:
    return outline_of(open_document(a_clinical_document(**changed).encode()).clinical_document)


def test_every_child_is_found_by_its_name_in_the_order_of_the_document() -> None:
    """What stands more than once is kept whole."""
    outline = an_outline()
    found = [child for children in outline.children.values() for child in children]
    assert sorted(map(id, found)) == sorted(map(id, outline.clinical_document))


def test_what_has_no_role_has_no_parts() -> None:
    """An element that says nobody keeps its place among its like."""
    outline = an_outline(author="<author/>", documentationOf="<documentationOf/>", componentOf="<componentOf/>")
    assert (outline.authors, outline.acts, outline.encounters) == ([None], [None], [None])


def test_patient_told_twice_is_read_by_the_first_and_judged_by_the_last() -> None:
    """The birth date of the header is the first; one that is no date is found, though it stands behind another."""
    person = "<birthTime value='19800101'/><birthTime value='yesterday'/>"
    outline = an_outline(
        recordTarget=f"<recordTarget><patientRole><patient>{person}</patient></patientRole></recordTarget>"
    )
    patient = outline.patients[0]
    assert patient is not None
    assert [traits["{urn:hl7-org:v3}birthTime"].get("value") for traits in (patient.traits, patient.last_traits)] == [
        "19800101",
        "yesterday",
    ]
    assert read_header(outline).record_targets[0].birth_time == "19800101"
    assert "CDA-SM-TRAIT-BIRTH-DATE" in [found.rule for found in judge_header(outline)]


def test_identifier_without_root_is_judged_and_not_read() -> None:
    """The outline has every id; the header those that say something."""
    outline = an_outline(
        custodian="<custodian><assignedCustodian><representedCustodianOrganization><id extension='7'/>"
        "</representedCustodianOrganization></assignedCustodian></custodian>"
    )
    custodian = read_header(outline).custodian
    assert custodian is not None and custodian.ids == ()
    assert [found.rule for found in judge_header(outline)] == ["CDA-SM-CUSTODIAN-ID"]
