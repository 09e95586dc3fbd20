"""A clinical document under a signature of its own, and wrapped by whoever wants another one to be read. [CI-SIS SM 3.3, 4.1]

XAdES by lxml and cryptography alone, everything in the exclusive canonical form, so that parts can be moved about.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from interop_tests.witness import names, wire
from interop_tests.witness.dsig import DS, ENVELOPED, EXCLUSIVE, RSA_SHA256, SHA256, certificates, exclusive, transform
from interop_tests.witness.holders import Holder
from interop_tests.witness.lot import XADES

Element = etree._Element
XSL = "http://www.w3.org/1999/XSL/Transform"
_OBJECT, _SIGNATURE = names.tag("ds:Object"), names.tag("ds:Signature")
_CDA, _TITLE = names.tag("hl7:ClinicalDocument"), names.tag("hl7:title")
FORGED_TITLE = "Compte rendu de consultation, le vrai"


def bare(document: bytes) -> str:
    """The document without its XML declaration."""
    return document.decode().partition("?>")[2].strip() if document.startswith(b"<?xml") else document.decode()


def self_presenting(document: bytes) -> bytes:
    """The document in a stylesheet that shows it. [CI-SIS SM 3.9]"""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<xsl:stylesheet xmlns:xsl="{XSL}" version="1.0"><xsl:template match="/"/>'
        f"{bare(document)}</xsl:stylesheet>"
    ).encode()


def enveloping(document: bytes, holder: Holder) -> bytes:
    """A signature that holds the document. [CI-SIS SM 3.3]"""
    name = uuid.uuid4().hex
    held = f'<ds:Object xmlns:ds="{DS}" Id="o-{name}">{bare(document)}</ds:Object>'
    reference = _reference(f"#o-{name}", exclusive(held), transform(EXCLUSIVE))
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + _signature(name, reference, holder, held).encode()


def enveloped(document: bytes, holder: Holder) -> bytes:
    """The document with its signature as the last child of its root."""
    form = etree.tostring(wire.parse(document).getroottree(), method="c14n", exclusive=True, with_comments=False)
    reference = _reference("", form, transform(ENVELOPED) + transform(EXCLUSIVE))
    end = document.rindex(b"</")
    return document[:end] + _signature(uuid.uuid4().hex, reference, holder, "").encode() + document[end:]


def _reference(uri: str, form: bytes, transforms: str, kind: str = "") -> str:
    digest = base64.b64encode(hashlib.sha256(form).digest()).decode()
    told = f' Type="{kind}"' if kind else ""
    return (
        f'<ds:Reference{told} URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
    )


def _signature(name: str, reference: str, holder: Holder, held: str) -> str:
    properties = _properties(name, holder)
    signed = reference + _reference(
        f"#p-{name}", exclusive(properties), transform(EXCLUSIVE), "http://uri.etsi.org/01903#SignedProperties"
    )
    info = (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"></ds:SignatureMethod>{signed}</ds:SignedInfo>'
    )
    value = base64.b64encode(holder.key.sign(exclusive(info), padding.PKCS1v15(), hashes.SHA256())).decode()
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="s-{name}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
        f"<ds:KeyInfo>{certificates(holder)}</ds:KeyInfo>{held}<ds:Object><xades:QualifyingProperties "
        f'xmlns:xades="{XADES}" Target="#s-{name}">{properties}</xades:QualifyingProperties></ds:Object></ds:Signature>'
    )


def _properties(name: str, holder: Holder) -> str:
    digest = base64.b64encode(hashlib.sha256(holder.der).digest()).decode()
    certificate = holder.certificate
    return (
        f'<xades:SignedProperties xmlns:xades="{XADES}" xmlns:ds="{DS}" Id="p-{name}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}</xades:SigningTime><xades:SigningCertificate><xades:Cert>"
        f'<xades:CertDigest><ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue>'
        f"</xades:CertDigest><xades:IssuerSerial><ds:X509IssuerName>{escape(certificate.issuer.rfc4514_string())}"
        f"</ds:X509IssuerName><ds:X509SerialNumber>{certificate.serial_number}</ds:X509SerialNumber></xades:IssuerSerial>"
        "</xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties>"
    )


def forged_from(root: Element) -> Element:
    """A copy of the ClinicalDocument of a signed document, with another title."""
    forged = copy.deepcopy(next(root.iter(_CDA)))
    forged.tail = None
    title = forged.find(_TITLE)
    assert title is not None
    title.text = FORGED_TITLE
    return forged


def _object(content: Element, identifier: str | None = None) -> Element:
    holder = etree.Element(_OBJECT, {"Id": identifier} if identifier else {})
    holder.append(content)
    return holder


def _content_object(root: Element) -> Element:
    return next(one for one in root.iterchildren(_OBJECT) if one.find(_CDA) is not None)


def _beside(root: Element, *, same_id: bool) -> Element:
    """A forged Object before the genuine one."""
    genuine = _content_object(root)
    genuine.addprevious(_object(forged_from(root), genuine.get("Id") if same_id else "forged"))
    return root


def _around(root: Element, *, same_id: bool) -> Element:
    """The genuine Object within the forged one."""
    genuine = _content_object(root)
    forged = _object(forged_from(root), genuine.get("Id") if same_id else "forged")
    genuine.addprevious(forged)
    forged[0].append(genuine)
    return root


def _within_properties(root: Element) -> Element:
    """The genuine Object hidden behind the signed properties, a forged one in its place."""
    genuine = _content_object(root)
    genuine.addprevious(_object(forged_from(root), genuine.get("Id")))
    next(root.iter(f"{{{XADES}}}QualifyingProperties")).append(genuine)
    return root


def _swapped(root: Element) -> Element:
    """A forged content in the genuine Object, the genuine one in another."""
    holder = _content_object(root)
    genuine, forged = holder[0], forged_from(root)
    holder.replace(genuine, forged)
    holder.addnext(_object(genuine, "aside"))
    return root


def _under(root: Element) -> Element:
    """A forged document with the genuine signature as its last child."""
    forged = forged_from(root)
    forged.append(root)
    return forged


def _in_stylesheet(root: Element) -> Element:
    """A stylesheet that shows a forged document and bears the genuine signature."""
    sheet = etree.Element(f"{{{XSL}}}stylesheet", version="1.0")
    sheet.append(forged_from(root))
    sheet.append(root)
    return sheet


def _in_place(root: Element) -> Element:
    """The content of a signed stylesheet replaced."""
    genuine = root.find(_CDA)
    assert genuine is not None
    root.replace(genuine, forged_from(root))
    return root


def _before(root: Element) -> Element:
    """A forged document before the genuine one."""
    genuine = root.find(_CDA)
    assert genuine is not None
    genuine.addprevious(forged_from(root))
    return root


def _after(root: Element) -> Element:
    """A forged document behind the signature."""
    root.append(forged_from(root))
    return root


def _into_signature(root: Element) -> Element:
    """The genuine document moved into the signature, a forged one in its place."""
    genuine, signature = root.find(_CDA), root.find(_SIGNATURE)
    assert genuine is not None and signature is not None
    forged = forged_from(root)
    root.replace(genuine, forged)
    signature.append(_object(genuine))
    return root


def _whole_inside(root: Element) -> Element:
    """The genuine stylesheet within a forged one, whose last child the signature is."""
    sheet, forged, signature = etree.Element(f"{{{XSL}}}stylesheet", version="1.0"), forged_from(root), root[-1]
    for part in (forged, root, signature):
        sheet.append(part)
    return sheet


def _twice(root: Element) -> Element:
    """The signature there twice, the document forged."""
    root = _in_place(root)
    root.insert(0, copy.deepcopy(root[-1]))
    return root


def _first(root: Element) -> Element:
    """The signature before the document, which is forged."""
    root = _in_place(root)
    root.insert(0, root[-1])
    return root


def _within_forged(root: Element) -> Element:
    """A forged document with the signature, which holds the genuine one."""
    signature, genuine = root[-1], root.find(_CDA)
    assert genuine is not None
    forged = forged_from(root)
    signature.append(_object(genuine))
    forged.append(signature)
    return forged


ENVELOPING: Mapping[str, Callable[[Element], Element]] = {
    "XSW1": lambda root: _beside(root, same_id=False),
    "XSW2": lambda root: _beside(root, same_id=True),
    "XSW3": lambda root: _around(root, same_id=False),
    "XSW4": lambda root: _around(root, same_id=True),
    "XSW5": _within_properties,
    "XSW6": _swapped,
    "XSW7": _under,
    "XSW8": _in_stylesheet,
}
ENVELOPED_KINDS: Mapping[str, Callable[[Element], Element]] = {
    "XSW1": _in_place,
    "XSW2": _before,
    "XSW3": _after,
    "XSW4": _into_signature,
    "XSW5": _whole_inside,
    "XSW6": _twice,
    "XSW7": _first,
    "XSW8": _within_forged,
}


def wrapped(document: bytes, kind: Callable[[Element], Element]) -> bytes:
    """A signed document after somebody wrapped it."""
    return etree.tostring(kind(wire.parse(document)), encoding="UTF-8", xml_declaration=True)
