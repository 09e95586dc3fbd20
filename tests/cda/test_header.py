"""Every fact of a header. [CI-SIS SM 3.5]"""

from __future__ import annotations

from cda.datatypes import CD, II, PersonName
from cda.header import Address, Header, Order, RelatedDocument, ServiceEvent
from tests.cda.documents import ELEMENTS, a_cda


def header(**changed: str) -> Header:
    return a_cda(**changed).header


def test_identifiers_and_codes_are_read() -> None:
    found = header()
    assert found.id == II("1.2.250.1.999.1")
    assert found.set_id == II("1.2.250.1.999.0")
    assert found.template_ids == (
        II("2.16.840.1.113883.2.8.2.1"),
        II("1.2.250.1.213.1.1.1.1"),
        II("1.3.6.1.4.1.19376.1.3.3"),
    )
    assert found.code == CD("11502-2", "2.16.840.1.113883.6.1", "CR d'examens biologiques")
    assert found.confidentiality_code == CD("R", "2.16.840.1.113883.5.25", "Restreint")
    assert found.health_care_facility == CD("SA25", "1.2.250.1.71.4.2.4", "Laboratoire")
    assert (found.title, found.language_code, found.version_number) == ("Examens du matin", "fr-FR", "1")
    assert found.effective_time == "20260302093000+0100"


def test_patient_is_read_with_names_and_birthplace() -> None:
    """[CI-SIS SM 3.5.5.12]"""
    (target,) = header().record_targets
    assert target.ids == (II("1.2.250.1.213.1.4.10", "280073523800332"), II("1.2.250.1.999.7", "IPP-1"))
    assert target.name == PersonName("EXEMPLE", "CAMILLE", "CAMILLE INES", "MODELE", "INES")
    assert (target.birth_time, target.birthplace) == ("19800714", "35238")
    assert target.address == Address("3 quai Neuf", "RENNES", "35000")


def test_author_is_read_with_function_and_organisation() -> None:
    (author,) = header().authors
    assert author.ids == (II("1.2.250.1.71.4.2.1", "899900000017"),)
    assert author.function == CD("PCP", "2.16.840.1.113883.5.88", "Médecin traitant")
    assert author.name is not None
    assert (author.name.family, author.name.given) == ("MODELE", "Ondine")
    assert author.organization is not None
    assert author.organization.name == "Cabinet des Quais"


def test_signatory_and_custodian_are_read() -> None:
    found = header()
    assert found.legal_authenticator is not None
    assert found.legal_authenticator.time == "20260302093000+0100"
    assert found.custodian is not None
    assert found.custodian.ids == (II("1.2.250.1.71.4.2.2", "1990000017"),)


def test_order_is_read_with_the_accession_number_of_DICOM() -> None:
    """[DICOM PS3.20]"""
    order = """<inFulfillmentOf><order><id root="1.2.3" extension="42"/>
      <d:accessionNumber xmlns:d="urn:dicom-org:ps3-20" root="1.2.4" extension="7"/></order></inFulfillmentOf>"""
    assert header(inFulfillmentOf=order).in_fulfillment_of == (Order((II("1.2.3", "42"),), (II("1.2.4", "7"),)),)


def test_replaced_document_is_read() -> None:
    """[CI-SIS SM 3.5.5.23]"""
    related = '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.9"/></parentDocument></relatedDocument>'
    assert header(relatedDocument=related).related_documents == (RelatedDocument("RPLC", (II("1.2.9"),)),)


def test_main_act_is_the_first_that_has_a_time_and_a_performer() -> None:
    """[CI-SIS SM 3.5.5.22]"""
    untimed = '<documentationOf><serviceEvent><code code="C50.2" codeSystem="2.16.840.1.113883.6.3"/></serviceEvent></documentationOf>'
    timed = """<documentationOf><serviceEvent><effectiveTime value="2025"/></serviceEvent></documentationOf>"""
    usual = a_cda().header.main_act
    assert header(documentationOf=untimed + timed + ELEMENTS["documentationOf"]).main_act == usual
    assert header(documentationOf=untimed + timed).main_act == ServiceEvent(None, "2025")
    assert header(documentationOf=untimed).main_act is None


def test_empty_document_has_an_empty_header() -> None:
    names = (
        "templateId id code title effectiveTime confidentialityCode languageCode setId versionNumber recordTarget author "
        "custodian legalAuthenticator documentationOf componentOf"
    )
    assert header(**dict.fromkeys(names.split(), "")) == Header()


def test_elements_with_nullFlavor_are_absent() -> None:
    found = header(
        id='<id nullFlavor="UNK"/>', code='<code nullFlavor="UNK"/>', effectiveTime='<effectiveTime nullFlavor="UNK"/>'
    )
    assert (found.id, found.code, found.effective_time) == (None, None, "")
