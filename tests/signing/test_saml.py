"""The signature of an assertion: over the whole assertion, and read without it. [SAML 2.0 core: 5.4]"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from safexml import parser
from safexml.namespaces import DS, SAML, qname
from signing import canonical, saml
from signing.report import SignatureRefused, SubIndication
from signing.writing import CannotSign
from tests.signing.forging import SIGNATURE, add, forged, part, redigest, reference
from tests.signing.throwaway import ASSERTION, KINDS, NOW, POLICY, changed, form, key, refusal_of, stranger, tree, trust

Element = etree._Element

SIGNED = saml.sign_assertion(ASSERTION, key())


def envelope(assertion: bytes) -> Element:
    """The assertion as it is received, in its envelope."""
    head, tail = (
        b'<s:Envelope xmlns:s="urn:s" xmlns:xs="urn:elsewhere" xml:lang="fr"><s:Header>',
        b"\n</s:Header></s:Envelope>",
    )
    return tree(head + assertion + tail)


def verify(assertion: bytes) -> Element:
    return saml.verify_assertion(envelope(assertion)[0][0], trust(), POLICY, NOW)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_signed_assertion_is_verified_in_its_envelope_which_stays_as_it_is(kind: str) -> None:
    received = envelope(saml.sign_assertion(ASSERTION, key(kind)))
    before = etree.tostring(received)
    copied, report = saml.verify_assertion(received[0][0], trust(), POLICY, NOW)
    assert form(copied) == form(tree(ASSERTION))
    assert copied is not received[0][0] and copied.getparent() is None and copied.tail is None
    assert report.covers == ("#_a1",) and report.signed_at is None
    assert report.signer.common_name == f"signer {kind}"
    assert etree.tostring(received) == before


@pytest.mark.parametrize("kind", KINDS)
def test_assertion_that_is_taken_over_is_read_where_it_stands_without_its_signature(kind: str) -> None:
    received = envelope(saml.sign_assertion(ASSERTION, key(kind)))
    copied, report = saml.verify_assertion(received[0][0], trust(), POLICY, NOW)
    taken, again = saml.verify_assertion(received[0][0], trust(), POLICY, NOW, takes_over=True)
    assert taken is received[0][0] and SIGNATURE not in [child.tag for child in taken]
    assert form(taken) == form(copied) and again == report
    refusal_of(lambda: saml.verify_assertion(received[0][0], trust(), POLICY, NOW, takes_over=True), "SIG-ASSERTION")


@pytest.mark.parametrize("old", [b"899900000001", b"CN=etablissement", b' ID="_a1"'])
def test_altered_assertion_that_is_taken_over_gets_the_refusal_of_one_that_is_copied(old: bytes) -> None:
    altered = changed(SIGNED, old, old[:-2] + b"2" + old[-1:])
    copied = refusal_of(lambda: saml.verify_assertion(envelope(altered)[0][0], trust(), POLICY, NOW))
    taken = refusal_of(lambda: saml.verify_assertion(envelope(altered)[0][0], trust(), POLICY, NOW, takes_over=True))
    assert (copied.rule, copied.sub_indication, copied.reason) == (taken.rule, taken.sub_indication, taken.reason)


def test_signature_stands_behind_the_issuer_and_every_other_byte_stays() -> None:
    root = tree(SIGNED)
    assert [child.tag for child in root][:2] == [qname(SAML, "Issuer"), SIGNATURE]
    start, end = SIGNED.index(b"<ds:Signature"), SIGNED.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    assert SIGNED[:start] + SIGNED[end:] == ASSERTION


@pytest.mark.parametrize(
    "assertion",
    [
        b"<Assertion/>",
        SIGNED,
        ASSERTION.replace(b"899900000001", b"8999<!-- -->00000001"),
        ASSERTION.replace(b"<saml:Issuer>CN=etablissement</saml:Issuer>", b""),
        ASSERTION.replace(b">CN=etablissement</saml:Issuer>", b"/>"),
    ],
)
def test_what_is_no_plain_assertion_cannot_be_signed(assertion: bytes) -> None:
    with pytest.raises(CannotSign):
        saml.sign_assertion(assertion, key())


@pytest.mark.parametrize(
    ("old", "new", "rule", "sub_indication"),
    [
        (b"899900000001", b"899900000002", "SIG-DIGEST", SubIndication.HASH_FAILURE),
        (b"CN=etablissement", b"CN=etablissemenu", "SIG-DIGEST", SubIndication.HASH_FAILURE),
        (b' ID="_a1"', b' ID="_a2"', "SIG-REFERENCE", SubIndication.FORMAT_FAILURE),
        (b'URI="#_a1"', b'URI="#_a2"', "SIG-REFERENCE", SubIndication.FORMAT_FAILURE),
        (b'URI="#_a1"', b'URI=""', "SIG-REFERENCE", SubIndication.FORMAT_FAILURE),
        (b'Version="2.0"', b'Version="1.1"', "SIG-ASSERTION", SubIndication.FORMAT_FAILURE),
        (b"<saml:NameID>8999", b"<saml:NameID>8999<!-- -->", "SIG-COMMENT", SubIndication.FORMAT_FAILURE),
        (b"<saml:NameID>8999", b"<saml:NameID>8999<?x?>", "SIG-COMMENT", SubIndication.FORMAT_FAILURE),
        (b"<saml:Subject>", b"<!-- --><saml:Subject>", "SIG-COMMENT", SubIndication.FORMAT_FAILURE),
        (b"<saml:Issuer>CN=etablissement</saml:Issuer>", b"", "SIG-ASSERTION", SubIndication.FORMAT_FAILURE),
    ],
)
def test_altered_assertion_gets_refused(old: bytes, new: bytes, rule: str, sub_indication: SubIndication) -> None:
    refusal_of(lambda: verify(changed(SIGNED, old, new)), rule, sub_indication)


def test_comment_in_NameID_that_is_dropped_while_reading_hides_nothing() -> None:
    """The envelope is read without comments: the text is whole, and is what was signed."""
    received = parser.parse(SIGNED.replace(b"<saml:NameID>8999", b"<saml:NameID>8999<!-- -->"))
    copied, _ = saml.verify_assertion(received, trust(), POLICY, NOW)
    assert copied.findtext(f".//{qname(SAML, 'NameID')}") == "899900000001"


def test_assertion_that_is_not_signed_gets_SIG_ASSERTION() -> None:
    refusal_of(lambda: verify(ASSERTION), "SIG-ASSERTION", SubIndication.FORMAT_FAILURE)


def test_assertion_of_a_stranger_gets_NO_CERTIFICATE_CHAIN_FOUND() -> None:
    signed = saml.sign_assertion(ASSERTION, stranger())
    refusal_of(lambda: verify(signed), "SIG-CERT-CHAIN", SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def test_assertion_within_an_assertion_gets_SIG_ASSERTION() -> None:
    def alter(root: Element) -> None:
        etree.SubElement(etree.SubElement(root, qname(SAML, "Advice")), qname(SAML, "Assertion"))
        bare = tree(etree.tostring(root))
        bare.remove(part(bare, "Signature"))
        redigest(root, 0, canonical.of_element(bare, canonical.EXCLUSIVE))

    altered = forged(SIGNED, alter)
    refusal_of(lambda: verify(altered), "SIG-ASSERTION")


def _signs(change: Callable[[Element], object]) -> bytes:
    """The assertion altered, its digest and its signature made again."""

    def alter(root: Element) -> None:
        change(root)
        bare = tree(etree.tostring(root))
        bare.remove(part(bare, "Signature"))
        redigest(root, 0, canonical.of_element(bare, canonical.EXCLUSIVE))

    return forged(SIGNED, alter)


@pytest.mark.parametrize("name", ["ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id"])
def test_ID_of_the_assertion_on_something_else_too_gets_SIG_ID(name: str) -> None:
    altered = _signs(lambda root: next(root.iter(qname(SAML, "Subject"))).set(name, "_a1"))
    refusal_of(lambda: verify(altered), "SIG-ID")


@pytest.mark.parametrize("identifier", ["", "1a", "xpointer(/)", "a:b", "a b"])
def test_ID_that_is_no_name_gets_SIG_ID(identifier: str) -> None:
    def change(root: Element) -> None:
        root.set("ID", identifier)
        reference(root, 0).set("URI", f"#{identifier}")

    altered = _signs(change)
    refusal_of(lambda: verify(altered), "SIG-ID")


def test_Object_in_the_signature_of_an_assertion_gets_refused() -> None:
    altered = forged(SIGNED, lambda root: add(part(root, "Signature"), "Object") is None)
    refusal_of(lambda: verify(altered), "SIG-SHAPE")


@pytest.mark.parametrize("name", ["CanonicalizationMethod", "Transform"])
def test_inclusive_form_of_an_assertion_gets_refused(name: str) -> None:
    """It would hold what the envelope declares, and break in another envelope."""

    def alter(root: Element) -> None:
        found = list(root.iter(qname(DS, name)))[-1]
        found.set("Algorithm", canonical.INCLUSIVE.uri)

    altered = forged(SIGNED, alter)
    refusal_of(lambda: verify(altered))


def test_transform_that_leaves_the_signature_in_gets_refused() -> None:
    def alter(root: Element) -> None:
        transforms = part(root, "Transforms")
        transforms.remove(transforms[0])

    altered = forged(SIGNED, alter)
    refusal_of(lambda: verify(altered), "SIG-REFERENCE")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_byte_changed_is_refused_or_changes_nothing_that_was_signed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(SIGNED) - 1))
    byte = data.draw(st.integers(0, 255))
    try:
        copied = verify(SIGNED[:place] + bytes([byte]) + SIGNED[place + 1 :])
    except (SignatureRefused, parser.HostileXML):
        return
    assert form(copied) == form(tree(ASSERTION))
