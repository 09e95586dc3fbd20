"""What documents are, asked of a whole lot: its signature, each document, and how hard the domain lets it bite. [ITI TF-3: 5.5]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from cda import entry as cda_entry
from cda.conformance import Conformance
from cda.document import read
from client import sealing
from client.sealing import Seal
from repository.checks import Examined, Examiner
from signing import xades
from signing.keys import SigningKey, load_signing_key
from tests import pki
from tests.cda.documents import a_clinical_document
from tests.cda.small_pack import make_pack, schematron
from tests.pki import authority
from tests.samples import a_domain, a_submission, an_association
from xds.domain import AffinityDomain, Bite, DocumentPolicy, SealPolicy
from xds.metadata import Code, DocumentEntry, Submission
from xds.vocabulary import AssociationType

assert pki
NOW = authority.NOW
STRICT = a_domain(
    seals=SealPolicy(lot=Bite.ERROR, invalid=Bite.ERROR),
    documents=DocumentPolicy(wellformed=Bite.ERROR, header=Bite.ERROR, agreement=Bite.ERROR, body=Bite.ERROR),
)
Lot = tuple[Submission, dict[str, bytes]]


@cache
def key(name: str = "seal") -> SigningKey:
    """A key of the test PKI."""
    return load_signing_key(authority.key_pem(name), authority.pem(name))


def a_document(content: bytes, name: str = "Document01", **changes: object) -> Seal:
    """A document with the entry that its own header gives."""
    made = cda_entry.document_entry(read(content), name, patient=read(content).header.patient_ids[0])
    return Seal(content, replace(made, **changes))  # type: ignore[arg-type]


def a_lot(*documents: Seal, name: str = "seal") -> Lot:
    """A submission of these documents, signed."""
    submission = a_submission(document_entries=[one.entry for one in documents])
    sealed, seal = sealing.seal(submission, documents, key(name), NOW, "1.2.250.1.999.77")
    return sealed, {one.entry.entry_uuid: one.content for one in (*documents, seal)}


def examine(lot: Lot, domain: AffinityDomain = STRICT, now: datetime = NOW) -> Examined:
    submission, contents = lot
    parts: Mapping[str, memoryview] = {name: memoryview(content) for name, content in contents.items()}
    return Examiner(domain, authority.trust())(submission, parts, now)


def rules_of(examined: Examined) -> set[str]:
    """The rules that errors name."""
    assert {error.row.code for error in examined.errors} <= {"InvalidDocumentContent"}
    return {
        error.code_context.rpartition("[")[2].rstrip("]")
        for error in examined.errors
        if error.severity.endswith("Error")
    }


CDA = a_clinical_document().encode()


def test_lot_that_is_signed_by_a_trusted_seal_has_nothing_against_it() -> None:
    examined = examine(a_lot(a_document(CDA)))
    assert rules_of(examined) == set()
    assert examined.headers["Document01"].title == "Examens du matin"


@pytest.mark.parametrize("sign", [xades.sign_enveloping, xades.sign_enveloped])
def test_document_that_is_signed_itself_is_read_from_what_was_verified(sign: object) -> None:
    """[CI-SIS SM 3.3]"""
    signed = sign(CDA, key("professional-signature"), NOW)  # type: ignore[operator]
    examined = examine(a_lot(a_document(signed)))
    assert rules_of(examined) == set()
    assert examined.headers.keys() == {"Document01"}


def test_document_whose_own_signature_is_broken_is_refused() -> None:
    signed = xades.sign_enveloping(CDA, key("professional-signature"), NOW)
    broken = signed.replace(b"Examens du matin", b"Examens du soir.")
    assert rules_of(examine(a_lot(a_document(broken)))) == {"SIG-DIGEST"}


def test_lot_without_signature_is_refused_and_a_patients_own_is_not() -> None:
    """A patient signs nothing. [CI-SIS SM 4.1]"""
    document = a_document(CDA)
    lot = a_submission(document_entries=[document.entry]), {"Document01": CDA}
    assert rules_of(examine(lot)) == {"SIG-LOT-MISSING"}
    (author,) = document.entry.author
    assert author.author_person is not None
    patient = replace(
        author,
        author_person=type(author.author_person)(
            "280073523800332^EXEMPLE^CAMILLE^^^^^^&1.2.250.1.213.1.4.10&ISO^L^^^NH"
        ),
    )
    own = replace(document.entry, author=(patient,))
    assert rules_of(examine((a_submission(document_entries=[own]), {"Document01": CDA}))) == set()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("revoked", "SIG-CERT-REVOKED"),
        ("expired", "SIG-CERT-EXPIRED"),
        ("professional-authentication", "SIG-CERT-USAGE"),
        ("self-signed", "SIG-CERT-CHAIN"),
    ],
)
def test_lot_signed_by_a_certificate_that_does_not_hold_is_refused(name: str, rule: str) -> None:
    assert rules_of(examine(a_lot(a_document(CDA), name=name))) == {rule}


def test_document_of_the_lot_that_was_exchanged_is_refused() -> None:
    submission, contents = a_lot(a_document(CDA))
    other = a_clinical_document(title="<title>Examens du soir</title>").encode()
    assert "SIG-DIGEST" in rules_of(examine((submission, {**contents, "Document01": other})))


def test_lot_whose_signature_no_association_leads_from_is_refused() -> None:
    submission, contents = a_lot(a_document(CDA))
    kept = tuple(one for one in submission.associations if one.association_type is not AssociationType.SIGNS)
    assert rules_of(examine((replace(submission, associations=kept), contents))) == {"SIG-LOT-ASSOCIATION"}
    astray = an_association(
        entry_uuid="Signs", association_type=AssociationType.SIGNS, source_object=sealing.ENTRY, target_object="Nothing"
    )
    lot = replace(submission, associations=(*kept, astray)), contents
    assert rules_of(examine(lot)) == {"SIG-LOT-ASSOCIATION"}


def test_header_body_and_metadata_are_judged_and_all_is_told_at_once() -> None:
    lie = '<component><nonXMLBody><text mediaType="application/pdf" representation="B64">bm8gcGRm</text></nonXMLBody></component>'
    content = a_clinical_document(realmCode='<realmCode code="DE"/>', component=lie).encode()
    document = a_document(content, type_code=Code("18748-4", "2.16.840.1.113883.6.1"))
    found = rules_of(examine(a_lot(document)))
    assert {"CDA-SM-REALM", "CDA-N1-CONTENT", "CDA-XDS-TYPE-CODE"} <= found


@pytest.mark.parametrize("content", [b"<!DOCTYPE x><x/>", CDA[:-20], b"no XML at all"])
def test_document_that_is_not_the_xml_it_says_is_refused(content: bytes) -> None:
    submission, contents = a_lot(a_document(CDA))
    assert "CDA-XML" in rules_of(examine((submission, {**contents, "Document01": content})))


def test_document_of_another_vocabulary_is_refused() -> None:
    submission, contents = a_lot(a_document(CDA))
    assert "CDA-DOCUMENT" in rules_of(examine((submission, {**contents, "Document01": b"<letter/>"})))


def test_domain_says_how_hard_it_bites() -> None:
    document = a_document(a_clinical_document(realmCode='<realmCode code="DE"/>').encode())
    lot = a_submission(document_entries=[document.entry]), {"Document01": document.content}
    mild = a_domain(seals=SealPolicy(lot=Bite.WARNING), documents=DocumentPolicy(header=Bite.WARNING))
    examined = examine(lot, mild)
    assert rules_of(examined) == set()
    assert len(examined.errors) >= 2
    assert examine(lot, a_domain()).errors == ()


def test_enforced_pack_refuses_what_its_schematrons_find_and_names_the_rule(tmp_path: Path) -> None:
    """[decision 9] What the examination could not be made of is refused too: here the small schema, which knows no header."""
    rule = '<pattern><rule id="r" context="cda:title"><assert test="false()">No title</assert></rule></pattern>'
    submission, contents = a_lot(a_document(CDA))
    parts = {name: memoryview(content) for name, content in contents.items()}
    with Conformance(make_pack(tmp_path, header=schematron(rule))) as conformance:
        examined = Examiner(STRICT, authority.trust(), conformance)(submission, parts, NOW)
    assert "header: r" in rules_of(examined)
    (told,) = [error for error in examined.errors if error.code_context.endswith("[header: r]")]
    assert (told.location, "/ClinicalDocument[1]/title[1]: No title" in told.code_context) == ("Document01", True)


def test_document_of_another_kind_is_covered_by_the_lot_and_not_opened() -> None:
    """[DMP: KOS]"""
    picture = Seal(
        b"\x00DICM", replace(a_document(CDA).entry, mime_type="application/dicom", unique_id="1.2.250.1.999.5")
    )
    assert rules_of(examine(a_lot(picture))) == set()
    submission, contents = a_lot(picture)
    assert rules_of(examine((submission, {**contents, "Document01": b"\x00DICX"}))) == {"SIG-DIGEST"}


def test_judging_is_the_same_twice_and_changes_no_byte() -> None:
    lot = a_lot(a_document(CDA))
    before = {name: bytes(content) for name, content in lot[1].items()}
    assert examine(lot) == examine(lot)
    assert lot[1] == before
    assert NOW.tzinfo is UTC


def test_entry_of_the_signature_is_known_by_its_format() -> None:
    submission, _ = a_lot(a_document(CDA))
    kinds: list[DocumentEntry] = [entry for entry in submission.document_entries if entry.entry_uuid == sealing.ENTRY]
    assert [entry.format_code.code for entry in kinds if entry.format_code] == ["http://www.w3.org/2000/09/xmldsig#"]
