"""An enveloped signature over an assertion, every part of it by hand, as no library would sign. [W3C XMLDSIG: 4; SAML 2.0 Core: 5.4]"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from interop_tests.witness import names
from interop_tests.witness.holders import Holder

DS = names.NS["ds"]
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA_SHA256, RSA_SHA1, RSA_MD5 = f"{MORE}rsa-sha256", f"{DS}rsa-sha1", f"{MORE}rsa-md5"
HMAC_SHA256 = f"{MORE}hmac-sha256"
SHA256, SHA1, MD5 = "http://www.w3.org/2001/04/xmlenc#sha256", f"{DS}sha1", f"{MORE}md5"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
XPATH, XSLT = "http://www.w3.org/TR/1999/REC-xpath-19991116", "http://www.w3.org/TR/1999/REC-xslt-19991116"

_DIGESTS = {SHA256: hashlib.sha256, SHA1: hashlib.sha1, MD5: hashlib.md5}
_HASHES: dict[str, hashes.HashAlgorithm] = {RSA_SHA256: hashes.SHA256(), RSA_SHA1: hashes.SHA1(), RSA_MD5: hashes.MD5()}
_ISSUER_END = re.compile("</saml:Issuer>")


def transform(algorithm: str, content: str = "") -> str:
    """A ds:Transform."""
    return f'<ds:Transform Algorithm="{algorithm}">{content}</ds:Transform>'


def certificates(*holders: Holder) -> str:
    """X509Data with these certificates."""
    listed = "".join(
        f"<ds:X509Certificate>{base64.b64encode(one.der).decode()}</ds:X509Certificate>" for one in holders
    )
    return f"<ds:X509Data>{listed}</ds:X509Data>"


def key_value(holder: Holder) -> str:
    """KeyValue: the bare key, which says nothing of whose it is."""
    numbers = holder.key.public_key().public_numbers()

    def text(number: int) -> str:
        return base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()

    return (
        f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{text(numbers.n)}</ds:Modulus>"
        f"<ds:Exponent>{text(numbers.e)}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
    )


def same(text: str) -> str:
    """As it was."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How an assertion is signed; a test changes a part."""

    method: str = RSA_SHA256
    digest: str = SHA256
    transforms: str = transform(ENVELOPED) + transform(EXCLUSIVE)
    references: Callable[[str], str] = same
    """Done to the one reference."""

    key_info: Callable[[Holder], str] = certificates
    signer: Holder | None = None
    """Whose key signs, where it is not the holder's."""

    def sign(self, assertion: str, holder: Holder) -> str:
        """The assertion with its signature behind the Issuer. [SAML 2.0 Core: 5.4]"""
        digest = base64.b64encode(_DIGESTS[self.digest](exclusive(assertion)).digest()).decode()
        identifier = etree.fromstring(assertion).get("ID", "")
        reference = (
            f'<ds:Reference URI="#{identifier}"><ds:Transforms>{self.transforms}</ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{self.digest}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
        )
        signed_info = (
            f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
            f'<ds:SignatureMethod Algorithm="{self.method}"></ds:SignatureMethod>{self.references(reference)}</ds:SignedInfo>'
        )
        value = base64.b64encode(self._value(exclusive(signed_info), self.signer or holder)).decode()
        signature = (
            f'<ds:Signature xmlns:ds="{DS}">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue>'
            f"<ds:KeyInfo>{self.key_info(holder)}</ds:KeyInfo></ds:Signature>"
        )
        return _ISSUER_END.sub(lambda found: found[0] + signature, assertion, count=1)

    def _value(self, data: bytes, holder: Holder) -> bytes:
        if self.method == HMAC_SHA256:
            # The oldest trick: the public key, which everybody knows, is the secret.
            public = holder.key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return hmac.digest(public, data, "sha256")
        return holder.key.sign(data, padding.PKCS1v15(), _HASHES[self.method])


def exclusive(text: str) -> bytes:
    """The exclusive canonical form without comments. [W3C XML-EXC-C14N]"""
    return etree.tostring(etree.fromstring(text), method="c14n", exclusive=True, with_comments=False)
