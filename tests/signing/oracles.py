"""Two other implementations of XML Signature, asked what they think: libxmlsec1 (python-xmlsec) and signxml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO

import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from safexml.namespaces import DS
from signing.keys import SigningKey

ID_NAMES = ("Id", "ID")


def pem_of(key: SigningKey) -> tuple[bytes, bytes]:
    """The private key and the certificate in PEM."""
    private = key.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, key.certificate.public_bytes(Encoding.PEM)


def signature_of(root: etree._Element) -> etree._Element:
    """The signature of a document."""
    found = next(root.iter(f"{{{DS}}}Signature"), None)
    assert found is not None
    return found


def xmlsec_sign(root: etree._Element, key: SigningKey) -> bytes:
    """The document, whose ds:Signature has empty values, with the values that libxmlsec1 gives."""
    context = _context(root, key)
    context.sign(signature_of(root))
    return etree.tostring(root.getroottree(), encoding="UTF-8")


def xmlsec_verify(root: etree._Element, key: SigningKey) -> None:
    """libxmlsec1 finds that the signature of the document holds. *Raises* xmlsec.Error."""
    _context(root, key).verify(signature_of(root))


@contextmanager
def files(contents: Mapping[bytes, bytes]) -> Iterator[None]:
    """libxmlsec1 finds these contents under their URIs, and nothing else."""
    xmlsec.cleanup_callbacks()
    xmlsec.register_callbacks(
        contents.__contains__,
        lambda uri: BytesIO(contents[uri]),
        lambda file, buffer: file.readinto(buffer),
        lambda file: file.close(),
    )
    try:
        yield
    finally:
        xmlsec.cleanup_callbacks()
        xmlsec.register_default_callbacks()


def _context(root: etree._Element, key: SigningKey) -> xmlsec.SignatureContext:
    context = xmlsec.SignatureContext()
    private, certificate = pem_of(key)
    context.key = xmlsec.Key.from_memory(private, xmlsec.KeyFormat.PEM)
    context.key.load_cert_from_memory(certificate, xmlsec.KeyFormat.CERT_PEM)
    for element in root.iter("*"):
        for name in ID_NAMES:
            if element.get(name) is not None:
                context.register_id(element, name)
    return context
