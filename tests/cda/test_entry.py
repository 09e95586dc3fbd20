"""CDA header → DocumentEntry. [CI-SIS SM: annex; ITI TF-3: 4.2.3.2]"""

from __future__ import annotations

import pytest

from cda import codes
from cda.datatypes import II
from cda.document import read
from cda.entry import UnfitHeader, document_entry
from tests.cda.documents import ELEMENTS, INS, ORGANIZATION, a_cda, a_clinical_document
from xds.metadata import DocumentEntry


def entry(**changed: str) -> DocumentEntry:
    return document_entry(a_cda(**changed), "Document01")


def replaced(element: str, old: str, new: str) -> str:
    assert old in ELEMENTS[element]
    return ELEMENTS[element].replace(old, new)


def test_identifiers_of_the_patient_become_patientId_and_sourcePatientId() -> None:
    found = entry()
    assert found.patient_id == "280073523800332^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert found.source_patient_id == "IPP-1^^^&1.2.250.1.999.7&ISO^PI"


def test_patient_without_local_id_has_the_INS_as_sourcePatientId() -> None:
    """Also where a second national identifier stands in the header."""
    second = '<id root="1.2.250.1.213.1.4.13" extension="280073523800332"/>'
    found = entry(recordTarget=replaced("recordTarget", '<id root="1.2.250.1.999.7" extension="IPP-1"/>', second))
    assert found.source_patient_id == found.patient_id


def test_patient_chosen_outside_the_INS_is_told_as_plain_XDS_wants() -> None:
    """[ITI TF-3: Table 4.2.3.1.7-2, CX]"""
    found = document_entry(a_cda(), "Document01", patient=II("1.2.250.1.999.7", "IPP-1"))
    assert found.patient_id == "IPP-1^^^&1.2.250.1.999.7&ISO"


def test_times_are_told_in_UTC() -> None:
    found = entry()
    assert found.creation_time == "20260302083000"
    assert (found.service_start_time, found.service_stop_time) == ("20260302070000", "20260302071500")


def test_codes_are_told_with_scheme_and_label() -> None:
    found = entry()
    assert found.type_code == codes.a_code("11502-2", "2.16.840.1.113883.6.1", "CR d'examens biologiques")
    assert found.class_code == codes.a_code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu")
    assert found.format_code is not None
    assert found.format_code.code == "urn:ihe:lab:xd-lab:2008"
    assert found.practice_setting_code == codes.a_code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire")
    assert found.healthcare_facility_type_code == codes.a_code("SA25", "1.2.250.1.71.4.2.4", "Laboratoire")
    assert found.event_code_list == (codes.a_code("18719-5", "2.16.840.1.113883.6.1", "Biochimie"),)
    assert [code.code for code in found.confidentiality_code] == ["R"]


def test_persons_have_the_shapes_of_the_DMP() -> None:
    """[CI-SIS: PS_IdNat, Struct_IdNat]"""
    found = entry()
    person = "899900000017^MODELE^Ondine^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
    (author,) = found.author
    assert author.author_person == person
    assert author.author_institution == ("Cabinet des Quais^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1990000017",)
    assert author.author_specialty == ("G15_10/SM26^Médecin^1.2.250.1.213.1.1.4.5",)
    assert author.author_role == ("PCP^Médecin traitant^2.16.840.1.113883.5.88",)
    assert found.legal_authenticator == person


def test_employee_of_a_structure_has_an_internal_identifier() -> None:
    found = entry(author=replaced("author", "899900000017", "3990000017/12"))
    assert str(found.author[0].author_person).endswith("^D^^^EI")


def test_patient_who_writes_is_told_by_INS() -> None:
    name = "<assignedPerson><name><family>EXEMPLE</family></name></assignedPerson>"
    author = f"<author><assignedAuthor>{INS}{name}</assignedAuthor></author>"
    (found,) = entry(author=author).author
    assert found.author_person == "280073523800332^EXEMPLE^^^^^^^&1.2.250.1.213.1.4.10&ISO^L^^^NH"


def test_device_is_told_by_model_and_software() -> None:
    device = """<author><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="5990/1.2.3"/><assignedAuthoringDevice>
      <manufacturerModelName>M1</manufacturerModelName><softwareName>Logiciel</softwareName>
      </assignedAuthoringDevice></assignedAuthor></author>"""
    (found,) = entry(author=device).author
    assert found.author_person == "5990/1.2.3^M1^Logiciel^^^^^^&1.2.250.1.71.4.2.1&ISO^U^^^RI"


def test_author_of_whom_nothing_is_told_is_left_out() -> None:
    """An author needs a person, an institution or an address. [ITI TF-3: 4.2.3.1.4]"""
    assert entry(author="<author><assignedAuthor><id nullFlavor='UNK'/></assignedAuthor></author>").author == ()


def test_patient_is_described_by_fields_of_PID() -> None:
    """[ITI TF-3: 4.2.3.2.23]"""
    assert entry().source_patient_info == (
        "PID-5|EXEMPLE^CAMILLE^^^^^L",
        "PID-5|MODELE^INES^^^^^D",
        "PID-7|19800714",
        "PID-8|F",
        "PID-11|3 quai Neuf^^RENNES^^35000",
        "PID-11|^^^^^^BDL^^35238",
    )


def test_delimiters_in_a_name_are_escaped() -> None:
    """[HL7 v2.5: 2.7]"""
    found = entry(recordTarget=replaced("recordTarget", ">EXEMPLE<", ">EX^EM&amp;PLE<"))
    assert found.source_patient_info[0] == r"PID-5|EX\S\EM\T\PLE^CAMILLE^^^^^L"


@pytest.mark.parametrize(
    ("element", "attribute"),
    [
        ("id", "uniqueId"),
        ("code", "typeCode"),
        ("effectiveTime", "creationTime"),
        ("recordTarget", "patientId"),
        ("componentOf", "healthcareFacilityTypeCode"),
    ],
)
def test_missing_element_is_named_with_the_attribute_that_needs_it(element: str, attribute: str) -> None:
    with pytest.raises(UnfitHeader, match=attribute):
        entry(**{element: ""})


def test_all_missing_elements_are_told_at_once() -> None:
    with pytest.raises(UnfitHeader) as unfit:
        entry(id="", effectiveTime="", componentOf="")
    assert len(unfit.value.flaws) == 3


def test_practice_setting_is_taken_from_the_author_when_no_act_has_one() -> None:
    assert entry(documentationOf="").practice_setting_code is not None
    with pytest.raises(UnfitHeader, match="practiceSettingCode"):
        entry(documentationOf="", author=ELEMENTS["author"].replace(ORGANIZATION, ""))


def test_silent_header_gets_the_defaults() -> None:
    found = entry(title="", confidentialityCode="", languageCode="", legalAuthenticator="", documentationOf="")
    assert found.title[0].value == "CR d'examens biologiques"
    assert [code.code for code in found.confidentiality_code] == ["N"]
    assert (found.language_code, found.legal_authenticator, found.service_start_time) == ("fr-FR", None, None)


def test_malformed_time_is_told_with_what_was_seen() -> None:
    with pytest.raises(UnfitHeader, match="effectiveTime seen 'hier'"):
        entry(effectiveTime='<effectiveTime value="hier"/>')


def test_type_that_the_table_does_not_know_needs_a_class() -> None:
    unknown = '<code code="X" displayName="x" codeSystem="1.2.3"/>'
    with pytest.raises(UnfitHeader, match="classCode must be given"):
        entry(code=unknown)
    given = codes.a_code("10", "1.2.3")
    assert document_entry(a_cda(code=unknown), "Document01", class_code=given).class_code == given


def test_options_stand_in_place_of_the_header() -> None:
    type_code = codes.a_code("SYNTH", codes.COMPLEMENTARY_TYPES)
    found = document_entry(a_cda(), "Document01", type_code=type_code, title="Autre")
    assert (found.type_code, found.title[0].value) == (type_code, "Autre")
    assert found.class_code is not None
    assert found.class_code.code == "11"


def test_long_title_is_cut_below_128_characters() -> None:
    """[ITI TF-3: 4.2.3.2.24]"""
    assert len(entry(title=f"<title>{'a' * 200}</title>").title[0].value) == 127


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"component": '<component><nonXMLBody><text mediaType="application/pdf"/></nonXMLBody></component>'},
            "urn:ihe:iti:xds-sd:pdf:2008",
        ),
        (
            {"component": '<component><nonXMLBody><text mediaType="video/mp4"/></nonXMLBody></component>'},
            codes.UNREGISTERED_FORMAT,
        ),
        ({"templateId": '<templateId root="1.2.3"/>'}, codes.UNREGISTERED_FORMAT),
        (
            {
                "templateId": '<templateId root="1.3.6.1.4.1.19376.1.3.3"/><templateId root="1.2.250.1.213.1.1.1.13" extension="1"/>'
            },
            "urn:asip:ci-sis:vsm:2012",
        ),
    ],
)
def test_format_follows_body_and_templates(changed: dict[str, str], expected: str) -> None:
    """[CI-SIS ASS_A11, ASS_A12]"""
    found = entry(**changed).format_code
    assert found is not None
    assert found.code == expected


def test_uniqueId_is_root_and_extension_where_there_is_one() -> None:
    assert entry(id='<id root="1.2.3" extension="A-1"/>').unique_id == "1.2.3^A-1"


def test_orders_become_references() -> None:
    """[ITI TF-3: 4.2.3.2.28]"""
    order = """<inFulfillmentOf><order><id root="1.2.3" extension="42"/><id root="1.2.5"/>
      <d:accessionNumber xmlns:d="urn:dicom-org:ps3-20" root="1.2.4" extension="7"/></order></inFulfillmentOf>"""
    assert entry(inFulfillmentOf=order).reference_id_list == (
        "7^^^&1.2.4&ISO^urn:ihe:iti:xds:2013:accession",
        "42^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order",
        "1.2.5^^^^urn:ihe:iti:xds:2013:order",
    )


def test_self_presenting_document_is_an_XSLT() -> None:
    """[CI-SIS SM 3.9]"""
    wrapped = (
        f'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform">{a_clinical_document()}</xsl:stylesheet>'
    )
    assert document_entry(read(wrapped.encode()), "Document01").mime_type == "application/xslt+xml"
    assert entry().mime_type == "text/xml"
