"""Signature wrapping: what was signed is moved, and something else put where a reader looks. All refused.

Somorovsky, Mayer, Schwenk, Kampmann, Jensen: On Breaking SAML, 2012, names the eight; the same is done to documents.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from lxml import etree

from safexml.namespaces import DS, HL7, SAML, qname
from signing import canonical, saml, xades
from tests.signing.forging import SIGNATURE, add, forged, part, redigest, reference
from tests.signing.throwaway import ASSERTION, CDA, NOW, POLICY, form, key, refusal_of, tree, trust

Element = etree._Element

SIGNED_ASSERTION = saml.sign_assertion(ASSERTION, key())
ENVELOPED = xades.sign_enveloped(CDA, key(), NOW)
ENVELOPING = xades.sign_enveloping(CDA, key(), NOW)


class Pieces:
    """A signed assertion taken apart: whole, without its signature, the signature, and an assertion that nobody signed."""

    def __init__(self) -> None:
        self.whole = tree(SIGNED_ASSERTION)
        self.bare = tree(ASSERTION)
        self.signature = copy.deepcopy(part(self.whole, "Signature"))
        self.evil = tree(ASSERTION.replace(b"899900000001", b"899900000666").replace(b'ID="_a1"', b'ID="_evil"'))

    def evil_with(self, signature: Element) -> Element:
        self.evil.insert(1, signature)
        return self.evil


def header(*children: Element) -> Element:
    holder = etree.Element("Security")
    holder.extend(children)
    return holder


def xsw1(pieces: Pieces) -> Element:
    """The signature, with the original in it, is the evil assertion's."""
    pieces.signature.append(pieces.bare)
    return header(pieces.evil_with(pieces.signature))


def xsw2(pieces: Pieces) -> Element:
    """The evil assertion has original and signature in it, side by side."""
    pieces.evil_with(pieces.signature).insert(1, pieces.bare)
    return header(pieces.evil)


def xsw3(pieces: Pieces) -> Element:
    """The evil assertion stands before the original."""
    return header(pieces.evil, pieces.whole)


def xsw4(pieces: Pieces) -> Element:
    """The original is within the evil assertion."""
    pieces.evil.append(pieces.whole)
    return header(pieces.evil)


def xsw5(pieces: Pieces) -> Element:
    """The signature is the evil assertion's, the original stands behind."""
    return header(pieces.evil_with(pieces.signature), pieces.bare)


def xsw6(pieces: Pieces) -> Element:
    """The same with the original within the signature."""
    pieces.signature.insert(0, pieces.bare)
    return header(pieces.evil_with(pieces.signature))


def xsw7(pieces: Pieces) -> Element:
    """The evil assertion has the original's ID, within another element, before it."""
    pieces.evil.set("ID", "_a1")
    extensions = etree.Element("Extensions")
    extensions.append(pieces.evil)
    return header(extensions, pieces.whole)


def xsw8(pieces: Pieces) -> Element:
    """The original is in an Object of the evil assertion's signature, and both have one ID."""
    pieces.evil.set("ID", "_a1")
    add(pieces.signature, "Object").append(pieces.bare)
    return header(pieces.evil_with(pieces.signature))


@pytest.mark.parametrize("wrap", [xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8])
def test_wrapped_assertion_gets_refused(wrap: Callable[[Pieces], Element]) -> None:
    """[SAML 2.0 core: 5.4]"""
    received = tree(etree.tostring(wrap(Pieces())))
    evil = next(one for one in received.iter(qname(SAML, "Assertion")) if "666" in "".join(one.itertext()))
    refusal_of(lambda: saml.verify_assertion(evil, trust(), POLICY, NOW))


@pytest.mark.parametrize("wrap", [xsw3, xsw7])
def test_original_beside_an_evil_assertion_gives_itself_only(wrap: Callable[[Pieces], Element]) -> None:
    received = tree(etree.tostring(wrap(Pieces())))
    original = received[-1]
    copied, _ = saml.verify_assertion(original, trust(), POLICY, NOW)
    assert form(copied) == form(tree(ASSERTION))


def evil_document() -> Element:
    return tree(CDA.replace(b"Lettre", b"Fausse lettre"))


def original_within_evil() -> Element:
    """The whole signed document is within another one."""
    evil = evil_document()
    evil.append(tree(ENVELOPED))
    return evil


def signature_moved_to_evil() -> Element:
    """The signature is the evil document's last child, what it signed is before it."""
    original, evil = tree(ENVELOPED), evil_document()
    signature = part(original, "Signature")
    original.remove(signature)
    evil.append(original)
    evil.append(signature)
    return evil


def original_in_an_object() -> Element:
    """What was signed is in an Object of the signature that the evil document has."""
    original, evil = tree(ENVELOPED), evil_document()
    signature = part(original, "Signature")
    original.remove(signature)
    evil.append(signature)
    add(signature, "Object").append(original)
    return evil


def signature_elsewhere() -> Element:
    """The signature is not the root's last child."""
    root = tree(ENVELOPED)
    root.insert(0, part(root, "Signature"))
    return root


def something_behind_the_signature() -> Element:
    """An element stands behind the signature."""
    root = tree(ENVELOPED)
    etree.SubElement(root, qname(HL7, "component"))
    return root


def signature_deeper() -> Element:
    """The signature is in a section."""
    root = tree(ENVELOPED)
    root[-2].append(part(root, "Signature"))
    return root


def enveloping_within_evil() -> Element:
    """The enveloping signature is the last child of another document."""
    evil = evil_document()
    evil.append(tree(ENVELOPING))
    return evil


def second_content(place: int) -> Callable[[], Element]:
    def wrap() -> Element:
        root = tree(ENVELOPING)
        add(root, "Object", place=place, Id="o-evil").append(evil_document())
        return root

    return wrap


def second_content_with_the_same_Id() -> Element:
    """A reader that searches for the Id may find the evil content."""
    root = tree(ENVELOPING)
    add(root, "Object", place=3, Id=str(part(root, "Object").get("Id"))).append(evil_document())
    return root


def content_beside_the_content() -> Element:
    """Two documents in one Object."""
    root = tree(ENVELOPING)
    part(root, "Object").insert(0, evil_document())
    return root


def content_within_evil_content() -> Element:
    """The Object that was signed is within the content of another one."""
    root = tree(ENVELOPING)
    signed = part(root, "Object")
    evil = evil_document()
    holder = add(root, "Object", place=3, Id="o-evil")
    holder.append(evil)
    evil.append(signed)
    return root


def signature_in_a_signature() -> Element:
    """The signed document is the content of a signature of nobody's."""
    root = tree(ENVELOPING)
    outer = tree(xades.sign_enveloping(b"<evil>x</evil>", key("RSA"), NOW))
    part(outer, "Object").append(root)
    return outer


@pytest.mark.parametrize(
    "wrap",
    [
        original_within_evil,
        signature_moved_to_evil,
        original_in_an_object,
        signature_elsewhere,
        something_behind_the_signature,
        signature_deeper,
        enveloping_within_evil,
        second_content(3),
        second_content(4),
        second_content(5),
        second_content_with_the_same_Id,
        content_beside_the_content,
        content_within_evil_content,
        signature_in_a_signature,
    ],
)
def test_wrapped_document_gets_refused(wrap: Callable[[], Element]) -> None:
    root = tree(etree.tostring(wrap().getroottree()))
    refusal_of(lambda: xades.verify(root, trust(), POLICY, NOW))


def test_reference_to_an_Id_of_the_document_gets_refused() -> None:
    """The signer signed a part that bears an Id; a reader takes the whole for signed."""

    def alter(root: Element) -> None:
        root[0].set("Id", "part")
        reference(root, 0).set("URI", "#part")
        redigest(root, 0, canonical.of_element(root[0], canonical.EXCLUSIVE))

    altered = forged(ENVELOPED, alter)
    refusal_of(lambda: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-REFERENCE")


@pytest.mark.parametrize("uri", ["#xpointer(/)", "#xpointer(id('o'))", "http://example.org/", "x.xml", "#"])
def test_reference_elsewhere_gets_refused(uri: str) -> None:
    for signed in (ENVELOPED, ENVELOPING):
        altered = forged(signed, lambda root: reference(root, 0).set("URI", uri))
        refusal_of(lambda altered=altered: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-REFERENCE")


@pytest.mark.parametrize("name", ["Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"])
@pytest.mark.parametrize("sign", [xades.sign_enveloped, xades.sign_enveloping], ids=["enveloped", "enveloping"])
def test_Id_of_the_signed_properties_within_the_content_gets_refused(sign: Callable[..., bytes], name: str) -> None:
    """Another verifier may find the content's element and take it for the properties."""

    def alter(root: Element) -> None:
        title = next(root.iter(qname(HL7, "title")))
        title.set(name, str(next(root.iter("{*}SignedProperties")).get("Id")))
        if root.tag == SIGNATURE:
            data = canonical.of_element(part(root, "Object"), canonical.EXCLUSIVE)
        else:
            bare = copy.deepcopy(root.getroottree())
            bare.getroot().remove(part(bare.getroot(), "Signature"))
            data = canonical.of_document(bare, canonical.EXCLUSIVE, keeps_comments=False)
        redigest(root, 0, data)

    signed = sign(CDA, key(), NOW)
    altered = forged(signed, alter)
    refusal_of(lambda: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-ID")


def test_two_Ids_in_a_signature_get_refused() -> None:
    def alter(root: Element) -> None:
        part(root, "SignedInfo").set("Id", str(part(root, "KeyInfo").get("Id")))

    for signed in (ENVELOPED, ENVELOPING):
        altered = forged(signed, alter)
        refusal_of(lambda altered=altered: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-ID")


def test_properties_that_are_not_signed_get_refused() -> None:
    def alter(root: Element) -> None:
        element = reference(root, 1)
        element.getparent().remove(element)  # type: ignore[union-attr]

    for signed in (ENVELOPED, ENVELOPING):
        altered = forged(signed, alter)
        refusal_of(lambda altered=altered: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-REFERENCE")


def test_document_that_is_not_signed_gets_refused() -> None:
    """Properties and KeyInfo only."""

    def alter(root: Element) -> None:
        element = reference(root, 0)
        element.getparent().remove(element)  # type: ignore[union-attr]

    for signed in (ENVELOPED, ENVELOPING):
        altered = forged(signed, alter)
        refusal_of(lambda altered=altered: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-REFERENCE")


def test_signature_elements_in_the_namespace_of_nobody_are_no_signature() -> None:
    root = tree(CDA.replace(b"</ClinicalDocument>", b"<Signature/></ClinicalDocument>"))
    assert not xades.is_signed(root)
    refusal_of(lambda: xades.verify(root, trust(), POLICY, NOW), "SIG-PLACE")


def test_comments_of_the_content_are_covered_by_nobody_and_come_back_to_nobody() -> None:
    for signed in (ENVELOPED, ENVELOPING):
        root, _ = xades.verify(tree(signed.replace(b"Lettre de", b"Lettre<!-- x --> de")), trust(), POLICY, NOW)
        assert "Lettre de liaison" in (root.findtext(qname(HL7, "title")) or "")


@pytest.mark.parametrize("value", [DS + "Manifest", "http://uri.etsi.org/01903#SignedProperties", "urn:other"])
def test_reference_of_another_Type_gets_refused(value: str) -> None:
    altered = forged(ENVELOPING, lambda root: reference(root, 0).set("Type", value))
    refusal_of(lambda: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-REFERENCE")
    for signed in (ENVELOPED, ENVELOPING):
        altered = forged(signed, lambda root: reference(root, 1).set("Type", "urn:other"))
        refusal_of(lambda altered=altered: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-REFERENCE")
