"""What others sign within the profile is accepted here, and what is signed here is accepted by them: libxmlsec1 and signxml."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

import pytest
import signxml
import xmlsec
from lxml import etree
from signxml import xades as signxml_xades

from safexml.namespaces import DS, XADES
from signing import dsg, saml, xades
from signing.algorithms import SHA256
from tests.signing.oracles import files, pem_of, signature_of, xmlsec_sign, xmlsec_verify
from tests.signing.throwaway import ASSERTION, CDA, KINDS, NOW, POLICY, changed, form, key, tree, trust

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
METHODS = (
    EXCLUSIVE,
    EXCLUSIVE + "WithComments",
    INCLUSIVE,
    INCLUSIVE + "#WithComments",
    "http://www.w3.org/2006/12/xml-c14n11",
    "http://www.w3.org/2006/12/xml-c14n11#WithComments",
)
BARE = CDA[CDA.index(b"<ClinicalDocument") :]


def template(method: str, kind: str, *, content: str = "", uri: str = "", has_default: bool = False) -> str:
    """A signature without values, as other software writes it: with a prefix or without one, white space between its parts."""
    one = key(kind)
    name = "" if has_default else "ds:"
    declared = f'xmlns="{DS}"' if has_default else f'xmlns:ds="{DS}"'
    transform = f'<{name}Transform Algorithm="{method}"/>'
    digest = f'<{name}DigestMethod Algorithm="{SHA256.uri}"/><{name}DigestValue/>'
    enveloped = "" if uri else f'<{name}Transform Algorithm="{DS}enveloped-signature"/>'
    certificate = b64encode(one.certificates[0]).decode()
    own = b64encode(SHA256.digest(one.certificates[0])).decode()
    return f"""<{name}Signature {declared} Id="sig">
  <{name}SignedInfo>
    <{name}CanonicalizationMethod Algorithm="{method}"/><{name}SignatureMethod Algorithm="{one.algorithm.uri}"/>
    <{name}Reference URI="{uri}"><{name}Transforms>{enveloped}{transform}</{name}Transforms>{digest}</{name}Reference>
    <{name}Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#props">
      <{name}Transforms>{transform}</{name}Transforms>{digest}
    </{name}Reference>
  </{name}SignedInfo>
  <{name}SignatureValue/>
  <{name}KeyInfo><{name}X509Data><{name}X509Certificate>{certificate}</{name}X509Certificate></{name}X509Data></{name}KeyInfo>
  {content}<{name}Object><QualifyingProperties xmlns="{XADES}" Target="#sig"><SignedProperties Id="props">
    <SignedSignatureProperties>
      <SigningTime>2026-03-02T12:30:00.000+00:00</SigningTime>
      <SigningCertificateV2><Cert><CertDigest>
        <d:DigestMethod xmlns:d="{DS}" Algorithm="{SHA256.uri}"/><d:DigestValue xmlns:d="{DS}">{own}</d:DigestValue>
      </CertDigest></Cert></SigningCertificateV2>
    </SignedSignatureProperties></SignedProperties></QualifyingProperties></{name}Object>
</{name}Signature>"""


@pytest.mark.parametrize("has_default", [False, True], ids=["prefix", "default namespace"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_enveloped_signature_of_libxmlsec1_is_accepted(kind: str, method: str, has_default: bool) -> None:
    end = CDA.index(b"</ClinicalDocument>")
    unsigned = CDA[:end] + template(method, kind, has_default=has_default).encode() + CDA[end:]
    signed = xmlsec_sign(tree(unsigned.replace(b"<ClinicalDocument ", b'<ClinicalDocument xml:lang="fr" ')), key(kind))
    root, report = xades.verify(tree(signed), trust(), POLICY, NOW)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert report.covers == ("",) and report.signed_at == NOW


@pytest.mark.parametrize("has_default", [False, True], ids=["prefix", "default namespace"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_enveloping_signature_of_libxmlsec1_is_accepted(kind: str, method: str, has_default: bool) -> None:
    name = "" if has_default else "ds:"
    content = f'<{name}Object Id="content">\n{BARE[: BARE.index(b"<?after")].decode()}</{name}Object>'
    signed = xmlsec_sign(
        tree(template(method, kind, content=content, uri="#content", has_default=has_default).encode()), key(kind)
    )
    root, report = xades.verify(tree(signed), trust(), POLICY, NOW)
    assert form(root) == form(tree(CDA))
    assert report.covers == ("#content",)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sign", [xades.sign_enveloped, xades.sign_enveloping], ids=["enveloped", "enveloping"])
def test_libxmlsec1_accepts_what_is_signed_here(kind: str, sign: object) -> None:
    signed = sign(CDA, key(kind), NOW)  # type: ignore[operator]
    xmlsec_verify(tree(signed), key(kind))
    with pytest.raises(xmlsec.Error):
        xmlsec_verify(tree(signed.replace(b"Lettre", b"lettre")), key(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_libxmlsec1_accepts_the_signature_of_a_lot(kind: str) -> None:
    """It fetches what the manifest names, and leaves the judgement of it to whoever asks for the lot."""
    documents = (dsg.LotDocument("1.2.3", CDA, tree(CDA)), dsg.LotDocument("1.2.4", b"%PDF"))
    signed = dsg.sign_lot("1.2.9", documents, key(kind), NOW)
    with files({b"urn:oid:1.2.9": b"", b"urn:oid:1.2.3": CDA, b"urn:oid:1.2.4": b"%PDF"}):
        xmlsec_verify(tree(signed), key(kind))
        with pytest.raises(xmlsec.Error):
            xmlsec_verify(tree(changed(signed, b"urn:oid:1.2.4", b"urn:oid:1.2.3")), key(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_libxmlsec1_accepts_an_assertion_that_is_signed_here(kind: str) -> None:
    xmlsec_verify(tree(saml.sign_assertion(ASSERTION, key(kind))), key(kind))


@pytest.mark.parametrize("prefixes", ["", "xs", "xs soap saml unknown"])
@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_assertion_signed_by_libxmlsec1_inside_its_envelope_is_accepted(kind: str, prefixes: str) -> None:
    """The prefixes that are treated inclusively are declared above the assertion. [W3C XML-EXC-C14N: 2]"""
    listed = f'<e:InclusiveNamespaces xmlns:e="{EXCLUSIVE}" PrefixList="{prefixes}"/>' if prefixes else ""
    signature = template(EXCLUSIVE, kind, uri="#_a1")
    head, tail = signature[: signature.index('<ds:Reference Type="')], signature[signature.index("</ds:SignedInfo>") :]
    signature = head + tail[: tail.index("<ds:Object>")] + "</ds:Signature>"
    signature = signature.replace(
        f'<ds:Transform Algorithm="{EXCLUSIVE}"/>',
        f'<ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{EXCLUSIVE}">{listed}</ds:Transform>',
    )
    assertion = ASSERTION.replace(b"</saml:Issuer>", b"</saml:Issuer>" + signature.encode())
    assertion = assertion.replace(b' xmlns:xs="http://www.w3.org/2001/XMLSchema"', b"")
    envelope = (
        b'<soap:Envelope xmlns:soap="urn:soap" xmlns:xs="http://www.w3.org/2001/XMLSchema" xml:lang="fr"><soap:Header>\n'
        + assertion
        + b" text behind</soap:Header></soap:Envelope>"
    )
    received = tree(xmlsec_sign(tree(envelope), key(kind)))
    before = etree.tostring(received)
    copied, report = saml.verify_assertion(received[0][0], trust(), POLICY, NOW)
    assert report.covers == ("#_a1",)
    assert [child.tag for child in copied] == [
        child.tag for child in received[0][0] if child.tag != f"{{{DS}}}Signature"
    ]
    assert etree.tostring(received) == before


@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_signxml_accepts_what_is_signed_here(kind: str) -> None:
    """Without what stands before the root, which signxml does not cover."""
    _, certificate = pem_of(key(kind))
    signed = xades.sign_enveloped(BARE[: BARE.index(b"<?after")], key(kind), NOW)
    results = signxml_xades.XAdESVerifier().verify(tree(signed), x509_cert=certificate, expect_references=3)
    assert any(
        result.signed_xml is not None and result.signed_xml.tag.endswith("ClinicalDocument") for result in results
    )
    signed = saml.sign_assertion(ASSERTION, key(kind))
    result = signxml.XMLVerifier().verify(tree(signed), x509_cert=certificate, id_attribute="ID")
    assert result.signed_xml.get("ID") == "_a1"


@pytest.mark.parametrize("method", [INCLUSIVE, "http://www.w3.org/2006/12/xml-c14n11"])
@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_enveloped_signature_of_signxml_is_accepted(kind: str, method: str) -> None:
    private, certificate = pem_of(key(kind))
    signer = signxml_xades.XAdESSigner(
        signature_algorithm=signxml.algorithms.SignatureMethod(key(kind).algorithm.uri),
        digest_algorithm=signxml.algorithms.DigestAlgorithm.SHA256,
        c14n_algorithm=signxml.algorithms.CanonicalizationMethod(method),
    )
    unsigned = tree(BARE[: BARE.index(b"<?after")])
    signed = signer.sign(unsigned, key=private, cert=certificate.decode(), always_add_key_value=False)
    _, report = xades.verify(tree(etree.tostring(signed)), trust(), POLICY, datetime.now(UTC))
    assert report.covers == ("",)


@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_assertion_signed_by_signxml_is_accepted(kind: str) -> None:
    private, certificate = pem_of(key(kind))
    place = b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"></ds:Signature>'
    signer = signxml.XMLSigner(
        signature_algorithm=signxml.algorithms.SignatureMethod(key(kind).algorithm.uri),
        c14n_algorithm=signxml.algorithms.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    unsigned = tree(ASSERTION.replace(b"</saml:Issuer>", b"</saml:Issuer>" + place))
    signed = signer.sign(unsigned, key=private, cert=certificate.decode(), reference_uri="_a1", id_attribute="ID")
    assert signature_of(signed).getprevious() is signed[0]
    copied, _ = saml.verify_assertion(tree(etree.tostring(signed)), trust(), POLICY, NOW)
    assert form(copied) == form(tree(ASSERTION))
