"""How a signature is written: text whose every part says its own namespaces, so that it is the same wherever it is put.

Nothing here is random: Ids are made of what is signed, by whom and when, so that a signature can be made again and compared.
[W3C XMLDSIG: 4; ETSI EN 319 132-1: 5.2, 6.3]
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from safexml import parser
from safexml.namespaces import DS, XADES
from signing import canonical, qualifying
from signing.algorithms import SHA256

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from lxml.etree import _Element

    from signing.canonical import Canonicalization
    from signing.keys import SigningKey

_DS = f'xmlns:ds="{DS}"'
_XADES = f'xmlns:xades="{XADES}"'

_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?.*?\?>|<!--.*?-->|\s+)*", re.DOTALL)
_END_TAG = re.compile(rb"</[^<>]+>")


class CannotSign(Exception):
    """What was given cannot be signed; the text is one sentence."""


class Span(NamedTuple):
    """Where in a document's bytes its root element begins, where its end tag does, and where it ends."""

    start: int
    end_tag: int
    end: int


def name_of(content: bytes, key: SigningKey, at: datetime) -> str:
    """The stem of the Ids of a signature."""
    return sha256(b"\0".join((sha256(content).digest(), key.certificates[0], at.isoformat().encode()))).hexdigest()[:32]


def write_reference(
    uri: str, digest: bytes, *, type_: str = "", transforms: Iterable[str] = (), identifier: str = ""
) -> str:
    """A ds:Reference with a SHA-256 digest."""
    listed = "".join(f'<ds:Transform Algorithm="{one}"></ds:Transform>' for one in transforms)
    return (
        f"<ds:Reference {_DS}{_attribute('Id', identifier)}{_attribute('Type', type_)} URI={quoteattr(uri)}>"
        f"{f'<ds:Transforms>{listed}</ds:Transforms>' if listed else ''}{_digest(digest)}</ds:Reference>"
    )


def write_signature(
    key: SigningKey,
    references: Sequence[str],
    method: Canonicalization,
    *,
    identifier: str = "",
    key_info: str = "",
    objects: bytes = b"",
) -> bytes:
    """A ds:Signature over the references; ``key_info`` if it is signed too, else it is written here."""
    algorithms = (
        f'<ds:CanonicalizationMethod Algorithm="{method.uri}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{key.algorithm.uri}"></ds:SignatureMethod>'
    )
    signed_info = f"<ds:SignedInfo {_DS}>{algorithms}{''.join(references)}</ds:SignedInfo>"
    value = key.sign(form_of(signed_info, method))
    head = (
        f"<ds:Signature {_DS}{_attribute('Id', identifier)}>{signed_info}"
        f"<ds:SignatureValue>{_base64(value)}</ds:SignatureValue>{key_info or write_key_info(key)}"
    )
    return b"".join((head.encode(), objects, b"</ds:Signature>"))


def write_key_info(key: SigningKey, identifier: str = "") -> str:
    """A ds:KeyInfo with the certificate and those above."""
    listed = "".join(f"<ds:X509Certificate>{_base64(one)}</ds:X509Certificate>" for one in key.certificates)
    return f"<ds:KeyInfo {_DS}{_attribute('Id', identifier)}><ds:X509Data>{listed}</ds:X509Data></ds:KeyInfo>"


def write_properties(key: SigningKey, at: datetime, identifier: str, mime_types: Iterable[tuple[str, str]] = ()) -> str:
    """The xades:SignedProperties; ``mime_types``: Id of a reference → what it is to."""
    formats = "".join(
        f'<xades:DataObjectFormat ObjectReference="#{reference}"><xades:MimeType>{escape(mime_type)}</xades:MimeType>'
        "</xades:DataObjectFormat>"
        for reference, mime_type in mime_types
    )
    certificate = _digest(SHA256.digest(key.certificates[0]))
    return (
        f'<xades:SignedProperties {_DS} {_XADES} Id="{identifier}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</xades:SigningTime>"
        f"<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>{certificate}</xades:CertDigest></xades:Cert>"
        "</xades:SigningCertificateV2></xades:SignedSignatureProperties>"
        f"{f'<xades:SignedDataObjectProperties>{formats}</xades:SignedDataObjectProperties>' if formats else ''}"
        "</xades:SignedProperties>"
    )


def write_properties_object(properties: str, target: str) -> str:
    """The ds:Object of the qualifying properties of the signature with that Id."""
    return (
        f'<ds:Object><xades:QualifyingProperties {_XADES} Target="#{target}">{properties}</xades:QualifyingProperties>'
        "</ds:Object>"
    )


def reference_properties(properties: str, identifier: str, method: Canonicalization) -> str:
    """The reference to SignedProperties."""
    digest = SHA256.digest(form_of(properties, method))
    return write_reference(f"#{identifier}", digest, type_=qualifying.TYPE, transforms=(method.uri,))


def form_of(part: str, method: Canonicalization) -> bytes:
    """The canonical form of a part that says its own namespaces."""
    return canonical.of_element(parser.parse(part.encode()), method)


def find_span(document: bytes, root: _Element) -> Span:
    """Where the root element of a document, whose tree is known, stands in its bytes. *Raises* CannotSign."""
    if document.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CannotSign("The document is in UTF-16; give it in UTF-8.")
    end = len(document)
    for node in reversed(list(root.itersiblings())):
        opening = f"<?{node.target!s}" if isinstance(node, etree._ProcessingInstruction) else "<!--"
        end = document.rindex(opening.encode(), 0, end)
    end = len(document[:end].rstrip())
    end_tag = document.rfind(b"</", 0, end)
    if end_tag < 0 or not _END_TAG.fullmatch(document, end_tag, end):
        raise CannotSign("The root element of the document is empty; there is nothing to sign.")
    prolog = _PROLOG.match(document)
    assert prolog is not None
    return Span(prolog.end(), end_tag, end)


def _digest(value: bytes) -> str:
    return (
        f'<ds:DigestMethod {_DS} Algorithm="{SHA256.uri}"></ds:DigestMethod>'
        f"<ds:DigestValue {_DS}>{_base64(value)}</ds:DigestValue>"
    )


def _attribute(name: str, value: str) -> str:
    return f" {name}={quoteattr(value)}" if value else ""


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
