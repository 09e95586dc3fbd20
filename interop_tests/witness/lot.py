"""A lot's signature as the DMP has it: a manifest of its documents under XAdES, by lxml and cryptography. [DMP: signature; ITI TF-3: 5.5]

What is signed of an XML document is its canonical form with comments, of another one its bytes.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from interop_tests.witness import names, wire
from interop_tests.witness.holders import Holder
from interop_tests.witness.metadata import HIDDEN, MASKED, Author, Entry, Lot, new_oid

DS = names.NS["ds"]
XADES = "http://uri.etsi.org/01903/v1.3.2#"
CANONICAL = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = f"{DS}sha1"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = f"{DS}rsa-sha1"
PURPOSE = "1.2.840.10065.1.12.1.14"
NO_DIGEST = "AA=="
"""Of a SubmissionSet, which has no bytes."""

XML_TYPES = frozenset({"text/xml", "application/xslt+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Who signs, when, and how it is broken where a test wants it broken."""

    holder: Holder
    at: datetime | None = None
    sha1: bool = False
    covers: Callable[[Sequence[Entry]], Sequence[Entry]] = tuple
    """Which documents the manifest names; all of them unless told."""

    set_unique_id: str | None = None
    """The set that the manifest names, where that is another one."""

    before: Callable[[str], str] = str
    """Done to the manifest before it is signed."""

    after: Callable[[bytes], bytes] = bytes
    """Done to the signature once it is whole."""

    def sign(self, lot: Lot) -> bytes:
        """The signature over a lot."""
        documents = [entry for entry in lot.entries if not is_signature(entry)]
        name = uuid.uuid4().hex
        manifest = self.before(self._manifest(lot, self.covers(documents)))
        properties = self._properties(name)
        parts = (
            self._reference("#IHEManifest", manifest, f"{DS}Manifest"),
            self._reference(f"#p-{name}", properties, "http://uri.etsi.org/01903#SignedProperties"),
        )
        signed_info = (
            f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{CANONICAL}"></ds:CanonicalizationMethod>'
            f'<ds:SignatureMethod Algorithm="{RSA_SHA1 if self.sha1 else RSA_SHA256}"></ds:SignatureMethod>'
            f"{''.join(parts)}</ds:SignedInfo>"
        )
        algorithm = hashes.SHA1() if self.sha1 else hashes.SHA256()
        value = self.holder.key.sign(canonical(signed_info.encode()), padding.PKCS1v15(), algorithm)
        whole = (
            f'<ds:Signature xmlns:ds="{DS}" Id="s-{name}">{signed_info}'
            f"<ds:SignatureValue>{base64.b64encode(value).decode()}</ds:SignatureValue>"
            f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64.b64encode(self.holder.der).decode()}</ds:X509Certificate>"
            f"</ds:X509Data></ds:KeyInfo><ds:Object>{manifest}</ds:Object><ds:Object><ds:SignatureProperties>"
            f'<ds:SignatureProperty Id="purposeOfSignature" Target="#s-{name}">{PURPOSE}</ds:SignatureProperty>'
            f'</ds:SignatureProperties></ds:Object><ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#s-{name}">'
            f"{properties}</xades:QualifyingProperties></ds:Object></ds:Signature>"
        )
        return self.after(b'<?xml version="1.0" encoding="UTF-8"?>\n' + whole.encode())

    def _digest(self, content: bytes | memoryview) -> str:
        return base64.b64encode((hashlib.sha1 if self.sha1 else hashlib.sha256)(content).digest()).decode()

    def _manifest(self, lot: Lot, covered: Sequence[Entry]) -> str:
        references = [_reference(f"urn:oid:{self.set_unique_id or lot.unique_id}", NO_DIGEST, self._method)]
        for entry in covered:
            is_xml = entry.mime_type in XML_TYPES
            signed = canonical(bytes(entry.content)) if is_xml else entry.content
            references.append(
                _reference(f"urn:oid:{entry.unique_id}", self._digest(signed), self._method, is_transformed=is_xml)
            )
        return f'<ds:Manifest xmlns:ds="{DS}" Id="IHEManifest">{"".join(references)}</ds:Manifest>'

    def _reference(self, uri: str, part: str, kind: str) -> str:
        return _reference(uri, self._digest(canonical(part.encode())), self._method, kind, is_transformed=True)

    @property
    def _method(self) -> str:
        return SHA1 if self.sha1 else SHA256

    def _properties(self, name: str) -> str:
        """Declares `ds` before `xades`, as the canonical form inherits both."""
        certificate = self.holder.certificate
        at = (self.at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (
            f'<xades:SignedProperties xmlns:ds="{DS}" xmlns:xades="{XADES}" Id="p-{name}"><xades:SignedSignatureProperties>'
            f"<xades:SigningTime>{at}</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest>"
            f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>'
            f"{base64.b64encode(hashlib.sha256(self.holder.der).digest()).decode()}</ds:DigestValue></xades:CertDigest>"
            f"<xades:IssuerSerial><ds:X509IssuerName>{escape(certificate.issuer.rfc4514_string())}</ds:X509IssuerName>"
            f"<ds:X509SerialNumber>{certificate.serial_number}</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert>"
            "</xades:SigningCertificate><xades:SignaturePolicyIdentifier><xades:SignaturePolicyImplied>"
            "</xades:SignaturePolicyImplied></xades:SignaturePolicyIdentifier></xades:SignedSignatureProperties>"
            "</xades:SignedProperties>"
        )


def signed(lot: Lot, seal: Seal) -> Lot:
    """The lot with its signature: one more entry, and the association that it signs the set. [DMP: signature]"""
    first = lot.entries[0]
    entry = Entry(
        patient_id=lot.patient_id,
        content=seal.sign(lot),
        id="Signature01",
        unique_id=new_oid(),
        mime_type="text/xml",
        title="Source",
        creation_time=lot.submission_time,
        class_code=("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN", "Digital Signature"),
        type_code=("E1762", "ASTM", "Full Document"),
        format_code=(DS, "URN", "Default Signature Style"),
        event_codes=((PURPOSE, "1.2.840.10065.1.12", "Source"),),
        facility_code=first.facility_code,
        practice_code=first.practice_code,
        restrictions=(MASKED, HIDDEN),
        language_code="art",
        author=lot.author,
        service_start_time=lot.submission_time,
        service_stop_time=lot.submission_time,
        source_patient_id=lot.patient_id,
        source_patient_info=first.source_patient_info,
        legal_authenticator=first.legal_authenticator or Author().person,
    )
    return replace(
        lot, entries=(*lot.entries, entry), relationships=(*lot.relationships, (names.SIGNS, entry.id, lot.id))
    )


def is_signature(entry: Entry) -> bool:
    """Whether it is a lot's signature."""
    return entry.format_code[:2] == (DS, "URN")


def is_signed(lot: Lot) -> bool:
    """Whether its signature is in it already."""
    return any(map(is_signature, lot.entries))


def canonical(content: bytes) -> bytes:
    """The whole document, what stands before and after its root included. [Canonical XML 1.0]"""
    tree = wire.parse(content).getroottree()
    return etree.tostring(tree, method="c14n", exclusive=False, with_comments=True)


def _reference(uri: str, digest: str, method: str, kind: str = "", *, is_transformed: bool = False) -> str:
    transforms = f'<ds:Transforms><ds:Transform Algorithm="{CANONICAL}"></ds:Transform></ds:Transforms>'
    return (
        f"<ds:Reference{f' Type={quoteattr(kind)}' if kind else ''} URI={quoteattr(uri)}>{transforms if is_transformed else ''}"
        f'<ds:DigestMethod Algorithm="{method}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
    )
