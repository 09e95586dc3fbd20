"""The gate of the closed profile: each form is let through once, and everything else is refused before anything is hashed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest
from lxml import etree

from safexml.namespaces import DS, EXCLUSIVE_C14N, qname
from signing import xades
from signing.report import SubIndication
from tests.signing.forging import INCLUSIVE_NAMESPACES, add, forged, part, reference, remove, repeat
from tests.signing.throwaway import CDA, NOW, POLICY, SHA1_POLICY, key, refusal_of, tree, trust

SIGNED = xades.sign_enveloped(CDA, key(), NOW)

Alter = Callable[[etree._Element], object]


def sets(name: str, attribute: str, value: str) -> Alter:
    """Sets an attribute of the first element of that name."""
    return lambda root: part(root, name).set(attribute, value)


def adds(parent: str, name: str, text: str = "", place: int | None = None, **attributes: str) -> Alter:
    """Adds an element of XML Signature to the first one of that name."""
    return lambda root: add(part(root, parent), name, text=text, place=place, **attributes)


def takes(name: str) -> Alter:
    """Takes the first element of that name out."""
    return lambda root: remove(part(root, name))


def comments(name: str) -> Alter:
    """Puts a comment into the first element of that name."""
    return lambda root: part(root, name).insert(0, etree.Comment("x"))


def transforms(*uris: str) -> Alter:
    """Gives the first reference these transforms."""

    def alter(root: etree._Element) -> None:
        holder = part(root, "Transforms")
        for child in list(holder):
            holder.remove(child)
        for uri in uris:
            add(holder, "Transform", Algorithm=uri)

    return alter


ENVELOPED = f"{DS}enveloped-signature"
EXCLUSIVE = EXCLUSIVE_C14N
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH_FILTER = "http://www.w3.org/2002/06/xmldsig-filter2"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"

REFUSED: dict[str, tuple[Alter, str, SubIndication]] = {
    "signature with MD5": (
        sets("SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        "SIG-ALGORITHM",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "signature with RSA and SHA-1": (
        sets("SignatureMethod", "Algorithm", f"{DS}rsa-sha1"),
        "SIG-ALGORITHM",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "signature with DSA": (
        sets("SignatureMethod", "Algorithm", f"{DS}dsa-sha1"),
        "SIG-ALGORITHM",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "signature with a shared secret": (
        sets("SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        "SIG-ALGORITHM",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "signature without algorithm": (
        lambda root: part(root, "SignatureMethod").attrib.clear(),
        "SIG-ALGORITHM",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "digest with MD5": (
        sets("DigestMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        "SIG-ALGORITHM",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "digest with SHA-1": (
        sets("DigestMethod", "Algorithm", f"{DS}sha1"),
        "SIG-ALGORITHM",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "a cut HMAC": (adds("SignatureMethod", "HMACOutputLength", "1"), "SIG-SHAPE", SubIndication.FORMAT_FAILURE),
    "another canonicalisation": (
        sets("CanonicalizationMethod", "Algorithm", "http://www.w3.org/2010/xml-c14n2"),
        "SIG-CANONICALIZATION",
        SubIndication.FORMAT_FAILURE,
    ),
    "XSLT": (transforms(ENVELOPED, XSLT), "SIG-TRANSFORM", SubIndication.SIG_CONSTRAINTS_FAILURE),
    "XPath": (transforms(XPATH, EXCLUSIVE), "SIG-TRANSFORM", SubIndication.SIG_CONSTRAINTS_FAILURE),
    "XPath filter": (transforms(XPATH_FILTER), "SIG-TRANSFORM", SubIndication.SIG_CONSTRAINTS_FAILURE),
    "base64 transform": (transforms(f"{DS}base64"), "SIG-TRANSFORM", SubIndication.SIG_CONSTRAINTS_FAILURE),
    "transforms the other way round": (
        transforms(EXCLUSIVE, ENVELOPED),
        "SIG-TRANSFORM",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "two canonicalisations": (
        transforms(EXCLUSIVE, EXCLUSIVE),
        "SIG-TRANSFORM",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "three transforms": (
        transforms(ENVELOPED, EXCLUSIVE, EXCLUSIVE),
        "SIG-TRANSFORM",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "no transform": (transforms(), "SIG-TRANSFORM", SubIndication.SIG_CONSTRAINTS_FAILURE),
    "XPath within enveloped-signature": (
        adds("Transform", "XPath", "self::text()"),
        "SIG-TRANSFORM",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "default namespace treated inclusively": (
        lambda root: part(root, "CanonicalizationMethod").append(
            etree.Element(INCLUSIVE_NAMESPACES, PrefixList="#default")
        ),
        "SIG-TRANSFORM",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "a hundred prefixes": (
        lambda root: part(root, "CanonicalizationMethod").append(
            etree.Element(INCLUSIVE_NAMESPACES, PrefixList="p " * 100)
        ),
        "SIG-TRANSFORM",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "2,000 references": (
        lambda root: repeat(reference(root, 0), 2000),
        "SIG-REFERENCE-COUNT",
        SubIndication.FORMAT_FAILURE,
    ),
    "one reference too many": (
        lambda root: repeat(reference(root, 0)),
        "SIG-REFERENCE-COUNT",
        SubIndication.FORMAT_FAILURE,
    ),
    "no reference": (
        lambda root: [remove(reference(root, 0)) for _ in range(3)],
        "SIG-SHAPE",
        SubIndication.FORMAT_FAILURE,
    ),
    "a bare key": (
        adds("KeyInfo", "KeyValue", place=0),
        "SIG-KEYINFO",
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "a bare key behind the certificate": (
        adds("KeyInfo", "KeyValue"),
        "SIG-KEYINFO",
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "a place to fetch the key from": (
        adds("KeyInfo", "RetrievalMethod", URI="http://example.org/key"),
        "SIG-KEYINFO",
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "the name of a key": (
        adds("KeyInfo", "KeyName", "signer"),
        "SIG-KEYINFO",
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "a revocation list of the signer": (
        adds("X509Data", "X509CRL", "AA=="),
        "SIG-KEYINFO",
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "no certificate": (takes("X509Certificate"), "SIG-KEYINFO", SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    "ten certificates": (
        lambda root: repeat(part(root, "X509Certificate"), 9),
        "SIG-KEYINFO",
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "a comment in KeyInfo": (comments("X509Data"), "SIG-COMMENT", SubIndication.FORMAT_FAILURE),
    "a comment in SignedInfo": (comments("SignedInfo"), "SIG-COMMENT", SubIndication.FORMAT_FAILURE),
    "a comment in a digest": (comments("DigestValue"), "SIG-COMMENT", SubIndication.FORMAT_FAILURE),
    "an instruction in the value": (
        lambda root: part(root, "SignatureValue").insert(0, etree.ProcessingInstruction("x")),
        "SIG-COMMENT",
        SubIndication.FORMAT_FAILURE,
    ),
    "a comment in the signature": (comments("Signature"), "SIG-SHAPE", SubIndication.FORMAT_FAILURE),
    "no KeyInfo": (takes("KeyInfo"), "SIG-SHAPE", SubIndication.FORMAT_FAILURE),
    "no SignatureValue": (
        lambda root: _rename(part(root, "SignatureValue"), "Value"),
        "SIG-SHAPE",
        SubIndication.FORMAT_FAILURE,
    ),
    "two SignedInfo": (lambda root: repeat(part(root, "SignedInfo")), "SIG-SHAPE", SubIndication.FORMAT_FAILURE),
    "five Objects": (lambda root: repeat(part(root, "Object"), 4), "SIG-SHAPE", SubIndication.FORMAT_FAILURE),
    "a Manifest beside the Object": (adds("Signature", "Manifest"), "SIG-SHAPE", SubIndication.FORMAT_FAILURE),
    "an Object with something else": (adds("Signature", "Object"), "SIG-SHAPE", SubIndication.FORMAT_FAILURE),
    "a reference without URI": (
        lambda root: reference(root, 0).attrib.pop("URI"),
        "SIG-SHAPE",
        SubIndication.FORMAT_FAILURE,
    ),
    "a reference without digest": (takes("DigestValue"), "SIG-SHAPE", SubIndication.FORMAT_FAILURE),
    "a digest with something in it": (adds("DigestValue", "X"), "SIG-SHAPE", SubIndication.FORMAT_FAILURE),
    "a digest that is no base64": (
        lambda root: setattr(part(root, "DigestValue"), "text", "A?=="),
        "SIG-SHAPE",
        SubIndication.FORMAT_FAILURE,
    ),
    "a second signature": (lambda root: repeat(part(root, "Signature")), "SIG-PLACE", SubIndication.FORMAT_FAILURE),
}


def _rename(element: etree._Element, name: str) -> None:
    element.tag = qname(DS, name)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_of_the_profile_gets_refused(case: str) -> None:
    alter, rule, sub_indication = REFUSED[case]
    root = tree(SIGNED)
    alter(root)
    refusal_of(lambda: xades.verify(root, trust(), POLICY, NOW), rule, sub_indication)


def test_2000_references_are_refused_before_they_are_read() -> None:
    root = tree(SIGNED)
    repeat(reference(root, 0), 2000)
    refusal = refusal_of(lambda: xades.verify(root, trust(), POLICY, NOW), "SIG-REFERENCE-COUNT")
    assert "2003" in refusal.reason and refusal.location.endswith("SignedInfo")


def test_names_of_the_certificate_beside_it_are_let_through_unread() -> None:
    root = tree(SIGNED.replace(f'Id="{part(tree(SIGNED), "KeyInfo").get("Id")}"'.encode(), b""))
    for name in ("X509SubjectName", "X509IssuerSerial", "X509SKI"):
        add(part(root, "X509Data"), name, place=0)
    altered = forged(etree.tostring(root.getroottree()), lambda one: remove(reference(one, 2)))
    assert xades.verify(tree(altered), trust(), POLICY, NOW).report.covers == ("",)


def test_SHA_1_is_let_through_where_the_policy_says_so_and_warned_of() -> None:
    def alter(root: etree._Element) -> None:
        from hashlib import sha1

        from signing import canonical

        holder = reference(root, 1)
        part(holder, "DigestMethod").set("Algorithm", f"{DS}sha1")
        properties = next(root.iter("{*}SignedProperties"))
        digest = sha1(canonical.of_element(properties, canonical.EXCLUSIVE)).digest()
        part(holder, "DigestValue").text = b64encode(digest).decode()

    root = tree(forged(SIGNED, alter))
    refusal_of(lambda: xades.verify(root, trust(), POLICY, NOW), "SIG-ALGORITHM")
    assert "SHA-1" in xades.verify(root, trust(), SHA1_POLICY, NOW).report.warnings[0]
