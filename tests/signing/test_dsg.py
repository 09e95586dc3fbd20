"""The signature of a lot: every document, the set, and nothing else. [ITI TF-3: 5.5; DMP: signature]"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha1

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from safexml import parser
from safexml.namespaces import DS, qname
from signing import canonical, dsg, writing, xades
from signing.algorithms import SHA256
from signing.dsg import LotDocument
from signing.qualifying import XADES_1_1_1
from signing.report import SignatureRefused, SignatureReport, SubIndication
from tests.signing.forging import add, part, redigest, reference, remove, repeat
from tests.signing.throwaway import (
    CDA,
    KINDS,
    NOW,
    POLICY,
    SHA1_POLICY,
    changed,
    key,
    refusal_of,
    stranger,
    tree,
    trust,
)

Element = etree._Element

SET = "1.2.250.1.999.1.1.7898.3.1"
LETTER, REPORT, KOS = "1.2.250.1.999.1.1.7898.4.1", "1.2.250.1.999.1.1.7898.4.2", "1.2.250.1.999^KOS-7"
LOT = (
    LotDocument(LETTER, CDA, tree(CDA)),
    LotDocument(REPORT, b"%PDF-1.7 report"),
    LotDocument(KOS, b"DICM", None),
)
SIGNED = dsg.sign_lot(SET, LOT, key(), NOW)


def verify(signed: bytes, documents: tuple[LotDocument, ...] = LOT, unique_id: str = SET) -> SignatureReport:
    return dsg.verify_lot(tree(signed), unique_id, documents, trust(), POLICY, NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_signed_lot_is_verified_with_what_it_covers(kind: str) -> None:
    report = verify(dsg.sign_lot(SET, LOT, key(kind), NOW))
    assert report.covers == (LETTER, REPORT, KOS)
    assert report.signed_at == NOW
    assert report.signer.common_name == f"signer {kind}"
    assert report.warnings == ()


def test_lot_has_the_shape_of_the_DMP() -> None:
    """dmp.md section 9: the manifest, its Id, the dummy digest of the set, the canonical form of a clinical document."""
    manifest = part(tree(SIGNED), "Manifest")
    assert manifest.get("Id") == "IHEManifest"
    assert [one.get("URI") for one in manifest] == [f"urn:oid:{one}" for one in (SET, LETTER, REPORT, KOS)]
    assert manifest[0].findtext(qname(DS, "DigestValue")) == "AA=="
    transforms = [[each.get("Algorithm") for each in one.iter(qname(DS, "Transform"))] for one in manifest]
    assert transforms == [[], ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"], [], []]
    purpose = part(tree(SIGNED), "SignatureProperty")
    assert (purpose.get("Id"), purpose.text) == ("purposeOfSignature", "1.2.840.10065.1.12.1.14")


def test_tree_of_a_document_is_made_where_it_is_not_given() -> None:
    assert verify(SIGNED, tuple(LotDocument(one.unique_id, memoryview(one.content)) for one in LOT)).covers[0] == LETTER


def test_white_space_around_tags_of_a_canonical_document_may_change_and_its_comments_may_not() -> None:
    """Canonical XML with comments covers comments; it does not cover how a tag is written."""
    written = CDA.replace(
        b'<text mediaType="text/plain" representation="B64">', b"<text  representation='B64' mediaType='text/plain'>"
    )
    assert verify(SIGNED, (LotDocument(LETTER, written), *LOT[1:])).covers[0] == LETTER
    other = CDA.replace(b"<!-- within -->", b"<!-- without -->")
    refusal_of(lambda: verify(SIGNED, (LotDocument(LETTER, other), *LOT[1:])), "SIG-DIGEST", SubIndication.HASH_FAILURE)


@pytest.mark.parametrize("place", range(3))
def test_changed_document_gets_SIG_DIGEST(place: int) -> None:
    content = LOT[place].content
    altered = content.replace(b"Lettre", b"lettre") if place == 0 else bytes(content) + b" "
    documents = (*LOT[:place], LotDocument(LOT[place].unique_id, altered), *LOT[place + 1 :])
    refusal_of(lambda: verify(SIGNED, documents), "SIG-DIGEST", SubIndication.HASH_FAILURE)


@pytest.mark.parametrize("place", range(3))
def test_document_that_left_the_lot_gets_SIG_LOT_FOREIGN(place: int) -> None:
    documents = (*LOT[:place], *LOT[place + 1 :])
    refusal = refusal_of(lambda: verify(SIGNED, documents), "SIG-LOT-FOREIGN", SubIndication.SIGNED_DATA_NOT_FOUND)
    assert LOT[place].unique_id in refusal.reason


def test_document_swapped_for_another_gets_SIG_LOT_FOREIGN() -> None:
    documents = (*LOT[:2], LotDocument("1.2.3.4", b"DICM"))
    refusal_of(lambda: verify(SIGNED, documents), "SIG-LOT-FOREIGN", SubIndication.SIGNED_DATA_NOT_FOUND)


def test_document_added_to_the_lot_gets_SIG_LOT_OMITTED() -> None:
    documents = (*LOT, LotDocument("1.2.3.4", b"x"))
    refusal = refusal_of(lambda: verify(SIGNED, documents), "SIG-LOT-OMITTED", SubIndication.SIG_CONSTRAINTS_FAILURE)
    assert "1.2.3.4" in refusal.reason


def test_two_documents_with_one_uniqueId_get_refused() -> None:
    """Else one of them would be covered by nothing."""
    refusal_of(lambda: verify(SIGNED, (*LOT, LotDocument(LETTER, b"another"))), "SIG-LOT-OMITTED")


def test_document_that_is_no_XML_any_more_gets_SIG_CANONICALIZATION() -> None:
    refusal_of(lambda: verify(SIGNED, (LotDocument(LETTER, b"another"), *LOT[1:])), "SIG-CANONICALIZATION")


def test_signature_of_another_lot_gets_SIG_LOT_FOREIGN() -> None:
    refusal_of(lambda: verify(SIGNED, unique_id="1.2.3.9"), "SIG-LOT-FOREIGN")


def test_set_as_a_document_does_not_pass() -> None:
    refusal_of(lambda: verify(SIGNED, (*LOT, LotDocument(SET, b"\0"))))


def manifest_altered(alter: Callable[[Element], object]) -> bytes:
    """The lot's signature with its manifest altered and signed again."""

    def change(root: Element) -> None:
        manifest = part(root, "Manifest")
        alter(manifest)
        redigest(root, 0, canonical.of_element(manifest, canonical.INCLUSIVE_WITH_COMMENTS))

    root = tree(SIGNED)
    change(root)
    info = part(root, "SignedInfo")
    form = canonical.of_element(info, canonical.INCLUSIVE_WITH_COMMENTS)
    part(root, "SignatureValue").text = b64encode(key().sign(form)).decode()
    return etree.tostring(root)


def digests(place: int, value: str) -> Callable[[Element], object]:
    return lambda manifest: setattr(part(manifest[place], "DigestValue"), "text", value)


@pytest.mark.parametrize(
    ("alter", "rule"),
    [
        (digests(1, "AA=="), "SIG-LOT-DUMMY"),
        (digests(2, "MA=="), "SIG-LOT-DUMMY"),
        (digests(0, b64encode(b"1" * 32).decode()), "SIG-LOT-SET"),
        (lambda manifest: remove(manifest[0]), "SIG-LOT-SET"),
        (lambda manifest: remove(manifest[1]), "SIG-LOT-OMITTED"),
        (lambda manifest: manifest[0].set("URI", "urn:oid:1.2.3.9"), "SIG-LOT-FOREIGN"),
        (lambda manifest: manifest[1].set("URI", manifest[2].get("URI")), "SIG-LOT-FOREIGN"),
        (lambda manifest: manifest[1].set("URI", manifest[0].get("URI")), "SIG-LOT-FOREIGN"),
        (lambda manifest: manifest[1].set("URI", ""), "SIG-LOT-FOREIGN"),
        (lambda manifest: manifest[1].set("URI", "#IHEManifest"), "SIG-LOT-FOREIGN"),
        (lambda manifest: manifest[1].set("URI", "http://example.org/letter"), "SIG-LOT-FOREIGN"),
        (lambda manifest: repeat(manifest[1]), "SIG-LOT-FOREIGN"),
        (lambda manifest: repeat(manifest[1], 17), "SIG-REFERENCE-COUNT"),
        (lambda manifest: repeat(manifest[1], 2000), "SIG-REFERENCE-COUNT"),
        (lambda manifest: setattr(manifest[1], "tag", "Other"), "SIG-SHAPE"),
        (lambda manifest: manifest.insert(1, etree.Comment("x")), "SIG-COMMENT"),
        (lambda manifest: part(manifest[1], "Transform").set("Algorithm", f"{DS}enveloped-signature"), "SIG-REFERENCE"),
        (lambda manifest: part(manifest[1], "Transform").set("Algorithm", f"{DS}base64"), "SIG-TRANSFORM"),
        (lambda manifest: part(manifest, "DigestMethod").set("Algorithm", f"{DS}sha1"), "SIG-ALGORITHM"),
    ],
)
def test_manifest_of_another_kind_gets_refused(alter: Callable[[Element], object], rule: str) -> None:
    altered = tree(manifest_altered(alter))
    refusal_of(lambda: dsg.verify_lot(altered, SET, LOT, trust(), POLICY, NOW), rule)


@pytest.mark.parametrize("zero", ["MA==", "0"])
def test_set_of_IHE_with_the_digit_zero_is_accepted(zero: str) -> None:
    """[ITI TF-3: 5.5] writes the digest that stands for no content as a zero."""
    assert verify(manifest_altered(digests(0, zero))).covers == (LETTER, REPORT, KOS)
    altered = manifest_altered(digests(2, zero))
    refusal_of(lambda: verify(altered), "SIG-LOT-DUMMY", SubIndication.HASH_FAILURE)


def test_extension_of_a_uniqueId_may_be_escaped_in_its_URN() -> None:
    altered = manifest_altered(lambda manifest: manifest[3].set("URI", f"urn:oid:{KOS.replace('^', '%5E')}"))
    assert verify(altered).covers == (LETTER, REPORT, KOS)


def test_changed_manifest_that_nobody_signed_gets_SIG_DIGEST() -> None:
    refusal_of(lambda: verify(changed(SIGNED, b">AA==<", b">AQ==<")), "SIG-DIGEST", SubIndication.HASH_FAILURE)


@pytest.mark.parametrize("name", ["1.2.840.10065.1.12.1.14", "2026-03-02T12:30:00Z"])
def test_purpose_is_told_and_time_is_signed(name: str) -> None:
    """The DMP's own example does not sign the purpose."""
    altered = changed(SIGNED, name.encode(), b"2026-03-02T12:30:01Z")
    if name.startswith("1.2"):
        assert verify(altered).covers
    else:
        refusal_of(lambda: verify(altered), "SIG-DIGEST")


@pytest.mark.parametrize(
    ("alter", "rule"),
    [
        (lambda root: repeat(part(root, "Object")), "SIG-MANIFEST"),
        (lambda root: part(root, "KeyInfo").set("Id", "IHEManifest"), "SIG-ID"),
        (lambda root: add(root, "Object"), "SIG-MANIFEST"),
        (lambda root: add(part(root, "Object"), "Manifest"), "SIG-MANIFEST"),
        (lambda root: remove(part(root, "Manifest")), "SIG-MANIFEST"),
        (lambda root: part(root, "Object")[0].set("Id", "other"), "SIG-REFERENCE"),
        (lambda root: part(root, "Manifest").attrib.clear(), "SIG-ID"),
        (lambda root: reference(root, 0).set("Type", "urn:other"), "SIG-VALUE"),
    ],
)
def test_objects_of_another_kind_get_refused(alter: Callable[[Element], object], rule: str) -> None:
    root = tree(SIGNED)
    alter(root)
    refusal_of(lambda: dsg.verify_lot(root, SET, LOT, trust(), POLICY, NOW), rule)


def test_two_manifests_get_SIG_MANIFEST() -> None:
    root = tree(SIGNED)
    repeat(part(root, "Object"))
    root[4][0].set("Id", "second")
    refusal_of(lambda: dsg.verify_lot(root, SET, LOT, trust(), POLICY, NOW), "SIG-MANIFEST")


def test_lot_of_a_stranger_gets_NO_CERTIFICATE_CHAIN_FOUND() -> None:
    signed = dsg.sign_lot(SET, LOT, stranger(), NOW)
    refusal_of(lambda: verify(signed), "SIG-CERT-CHAIN", SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def test_wrapped_signature_of_a_lot_gets_SIG_PLACE() -> None:
    root = tree(b"<evil>" + SIGNED[SIGNED.index(b"<ds:Signature") :] + b"</evil>")
    refusal_of(lambda: dsg.verify_lot(root, SET, LOT, trust(), POLICY, NOW), "SIG-PLACE")
    refusal_of(lambda: dsg.verify_lot(root[0], SET, LOT, trust(), POLICY, NOW), "SIG-PLACE")


def direct_lot() -> bytes:
    """A lot as IHE has it: the references stand in SignedInfo, Canonical XML 1.1 with comments. [ITI TF-3: 5.5]"""
    method = canonical.METHODS["http://www.w3.org/2006/12/xml-c14n11#WithComments"]
    properties = writing.write_properties(key(), NOW, "props")
    form = canonical.of_document(tree(CDA).getroottree(), method, keeps_comments=True)
    references = (
        writing.write_reference(f"urn:oid:{SET}", b"0"),
        writing.write_reference(f"urn:oid:{LETTER}", SHA256.digest(form), transforms=(method.uri,)),
        writing.write_reference(f"urn:oid:{REPORT}", SHA256.digest(LOT[1].content)),
        writing.write_reference(f"urn:oid:{KOS}", SHA256.digest(LOT[2].content)),
        writing.reference_properties(properties, "props", method),
    )
    holder = writing.write_properties_object(properties, "sig").encode()
    return writing.write_signature(key(), references, method, identifier="sig", objects=holder)


def test_lot_with_references_in_SignedInfo_is_verified() -> None:
    assert verify(direct_lot()).covers == (LETTER, REPORT, KOS)
    refusal_of(lambda: verify(direct_lot(), LOT[:2]), "SIG-LOT-FOREIGN")


def test_references_beside_the_manifest_get_refused() -> None:
    def alter(root: Element) -> None:
        copied = tree(etree.tostring(part(root, "Manifest")[1], with_tail=False))
        part(root, "SignedInfo").append(copied)
        form = canonical.of_element(part(root, "SignedInfo"), canonical.INCLUSIVE_WITH_COMMENTS)
        part(root, "SignatureValue").text = b64encode(key().sign(form)).decode()

    root = tree(SIGNED)
    alter(root)
    refusal_of(lambda: dsg.verify_lot(root, SET, LOT, trust(), POLICY, NOW), "SIG-REFERENCE")


def old_lot() -> bytes:
    """A lot as in the DMP's example of 2019: default namespaces, XAdES 1.1.1, SHA-1, no transforms, properties of no namespace."""
    one, digest = key("RSA"), lambda data: b64encode(sha1(data).digest()).decode()
    method = '<DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>'
    form = canonical.of_document(tree(CDA).getroottree(), canonical.INCLUSIVE_WITH_COMMENTS, keeps_comments=True)
    text = f"""<Signature xmlns="{DS}" Id="7a-sig"><SignedInfo>
<CanonicalizationMethod Algorithm="{canonical.INCLUSIVE_WITH_COMMENTS.uri}"/><SignatureMethod Algorithm="{DS}rsa-sha1"/>
<Reference Type="{DS}Manifest" URI="#IHEManifest">{method}<DigestValue/></Reference>
<Reference Type="{XADES_1_1_1}SignedProperties" URI="#S0-SignedProperties">{method}<DigestValue/></Reference>
</SignedInfo><SignatureValue/><KeyInfo><X509Data><X509Certificate>
{b64encode(one.certificates[0]).decode()}</X509Certificate></X509Data></KeyInfo>
<Object><Manifest Id="IHEManifest"><Reference URI="urn:oid:{SET}">{method}<DigestValue>AA==</DigestValue></Reference>
<Reference URI="urn:oid:{LETTER}"><Transforms><Transform Algorithm="{canonical.INCLUSIVE_WITH_COMMENTS.uri}"/></Transforms>
{method}<DigestValue>{digest(form)}</DigestValue></Reference></Manifest></Object>
<Object><SignatureProperties xmlns=""><SignatureProperty Id="purposeOfSignature" Target="#7a-sig">1.2.840.10065.1.12.1.14
</SignatureProperty></SignatureProperties></Object>
<Object><QualifyingProperties xmlns="{XADES_1_1_1}" Target="#7a-sig"><SignedProperties Id="S0-SignedProperties">
<SignedSignatureProperties><SigningTime>2026-03-02T14:30:00.000+02:00</SigningTime><SigningCertificate>
<Cert><CertDigest>{method}<DigestValue>{digest(one.certificates[0])}</DigestValue></CertDigest><IssuerSerial>
<X509IssuerName xmlns="{DS}">CN=authority</X509IssuerName>
<X509SerialNumber xmlns="{DS}">{one.certificate.serial_number}</X509SerialNumber></IssuerSerial></Cert>
<Cert><CertDigest>{method}<DigestValue>{digest(b"above")}</DigestValue></CertDigest></Cert></SigningCertificate>
<SignaturePolicyIdentifier><SignaturePolicyImplied/></SignaturePolicyIdentifier></SignedSignatureProperties>
<SignedDataObjectProperties>
</SignedDataObjectProperties></SignedProperties></QualifyingProperties></Object></Signature>"""
    root = tree(text.encode())
    properties = next(root.iter(f"{{{XADES_1_1_1}}}SignedProperties"))
    for place, element in enumerate((part(root, "Manifest"), properties)):
        value = part(reference(root, place), "DigestValue")
        # Written anew, the part declares its namespaces itself: what is digested is made without the room's own care for that.
        value.text = digest(
            etree.tostring(tree(etree.tostring(element, with_tail=False)), method="c14n", with_comments=False)
        )
    info = tree(etree.tostring(part(root, "SignedInfo"), with_tail=False))
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    assert isinstance(one.private_key, rsa.RSAPrivateKey)
    value = one.private_key.sign(etree.tostring(info, method="c14n"), padding.PKCS1v15(), hashes.SHA1())
    part(root, "SignatureValue").text = b64encode(value).decode()
    return etree.tostring(root)


def test_lot_as_the_DMP_has_shown_it_is_verified_where_SHA_1_is_let_through() -> None:
    documents = (LotDocument(LETTER, CDA),)
    report = dsg.verify_lot(tree(old_lot()), SET, documents, trust(), SHA1_POLICY, NOW)
    assert report.covers == (LETTER,)
    assert report.signed_at == NOW
    assert "SHA-1" in report.warnings[0]
    refusal_of(lambda: verify(old_lot(), documents), "SIG-ALGORITHM", SubIndication.CRYPTO_CONSTRAINTS_FAILURE)


def test_serial_number_of_another_certificate_gets_SIG_SIGNING_CERTIFICATE() -> None:
    altered = old_lot().replace(str(key("RSA").certificate.serial_number).encode(), b"1")
    documents = (LotDocument(LETTER, CDA),)
    refusal_of(
        lambda: dsg.verify_lot(tree(altered), SET, documents, trust(), SHA1_POLICY, NOW),
        "SIG-SIGNING-CERTIFICATE",
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    )


def test_signature_of_a_lot_is_told_from_a_signed_document() -> None:
    assert dsg.is_lot_signature(tree(SIGNED)) and dsg.is_lot_signature(tree(direct_lot()))
    assert dsg.is_lot_signature(tree(old_lot()))
    assert not dsg.is_lot_signature(tree(xades.sign_enveloping(CDA, key(), NOW)))
    assert not dsg.is_lot_signature(tree(xades.sign_enveloped(CDA, key(), NOW)))
    refusal_of(lambda: xades.verify(tree(SIGNED), trust(), POLICY, NOW), "SIG-CONTENT")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_byte_changed_is_refused_or_changes_nothing_that_is_judged(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(SIGNED) - 1))
    byte = data.draw(st.integers(0, 255))
    try:
        report = verify(SIGNED[:place] + bytes([byte]) + SIGNED[place + 1 :])
    except (SignatureRefused, parser.HostileXML):
        return
    assert report == verify(SIGNED)


IDS = st.lists(st.from_regex(r"1\.2(\.(0|[1-9][0-9]{0,5})){1,5}", fullmatch=True), min_size=1, max_size=6, unique=True)


@settings(max_examples=50, deadline=None)
@given(IDS, st.data())
def test_whatever_lot_is_signed_is_verified_and_no_other(unique_ids: list[str], data: st.DataObject) -> None:
    own, *others = unique_ids
    contents = st.one_of(st.binary(max_size=20), st.just(CDA))
    drawn = [(one, data.draw(contents)) for one in others]
    documents = tuple(LotDocument(one, content, tree(content) if content is CDA else None) for one, content in drawn)
    signed = dsg.sign_lot(own, documents, key(), NOW)
    assert verify(signed, documents, own).covers == tuple(others)
    if documents:
        refusal_of(lambda: verify(signed, documents[1:], own))
    refusal_of(lambda: verify(signed, (*documents, LotDocument("2.16.1", b"")), own), "SIG-LOT-OMITTED")
