"""The algorithms that are let through, by their URIs: two tables. What stands in neither does not exist here.

[W3C XMLDSIG: 6; RFC 9231: 2; ETSI TS 119 312]
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from safexml.namespaces import DS
from signing.refusals import refused, shown
from signing.report import SubIndication

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from signing.policy import SignaturePolicy
    from signing.report import SignatureRefused

    PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"


class DigestAlgorithm(NamedTuple):
    """A digest: its URI, its function, whether it is of the past."""

    uri: str
    new: Callable[[bytes | memoryview], hashlib._Hash]
    is_sha1: bool = False

    def digest(self, data: bytes | memoryview) -> bytes:
        """The digest of the bytes."""
        return self.new(data).digest()


class SignatureAlgorithm(NamedTuple):
    """A signature algorithm: its URI, the kind of key it wants, its hash, whether it is of the past."""

    uri: str
    is_rsa: bool
    hash: hashes.HashAlgorithm
    is_sha1: bool = False

    def fits(self, key: PublicKey | PrivateKey) -> bool:
        """Whether the key is of the kind that the algorithm wants."""
        kinds = (rsa.RSAPublicKey, rsa.RSAPrivateKey) if self.is_rsa else _CURVE_KEYS
        return isinstance(key, kinds)

    def is_of(self, value: bytes, data: bytes, key: PublicKey) -> bool:
        """Whether the value is the signature of the data under the key."""
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(value, data, _PKCS1, self.hash)
            else:
                key.verify(_der_of(value, key.curve), data, ec.ECDSA(self.hash))
        except (InvalidSignature, ValueError):
            return False
        return True

    def sign(self, data: bytes, key: PrivateKey) -> bytes:
        """The signature of the data, as XML Signature writes it: r and s side by side for a curve. [RFC 9231: 2.3.6]"""
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(data, _PKCS1, self.hash)
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(self.hash)))
        size = _size(key.curve)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


_PKCS1 = padding.PKCS1v15()
_CURVE_KEYS = (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey)

SHA256 = DigestAlgorithm(_ENC + "sha256", hashlib.sha256)

DIGESTS = {
    row.uri: row
    for row in (
        SHA256,
        DigestAlgorithm(_MORE + "sha384", hashlib.sha384),
        DigestAlgorithm(_ENC + "sha512", hashlib.sha512),
        # Documents signed before 2020; only where the domain's policy says so.
        DigestAlgorithm(DS + "sha1", hashlib.sha1, is_sha1=True),
    )
}
"""Digest URI → row."""

RSA_SHA256 = SignatureAlgorithm(_MORE + "rsa-sha256", True, hashes.SHA256())
ECDSA_SHA256 = SignatureAlgorithm(_MORE + "ecdsa-sha256", False, hashes.SHA256())
ECDSA_SHA384 = SignatureAlgorithm(_MORE + "ecdsa-sha384", False, hashes.SHA384())
ECDSA_SHA512 = SignatureAlgorithm(_MORE + "ecdsa-sha512", False, hashes.SHA512())

SIGNATURES = {
    row.uri: row
    for row in (
        RSA_SHA256,
        SignatureAlgorithm(_MORE + "rsa-sha384", True, hashes.SHA384()),
        SignatureAlgorithm(_MORE + "rsa-sha512", True, hashes.SHA512()),
        ECDSA_SHA256,
        ECDSA_SHA384,
        ECDSA_SHA512,
        SignatureAlgorithm(DS + "rsa-sha1", True, hashes.SHA1(), is_sha1=True),  # noqa: S303  # as for the digest
    )
}
"""Signature URI → row."""


def find_digest(method: _Element, policy: SignaturePolicy) -> DigestAlgorithm:
    """The digest that a DigestMethod names. *Raises* SignatureRefused when it is not let through."""
    row = DIGESTS.get(method.get("Algorithm", ""))
    if row is None or (row.is_sha1 and not policy.sha1_allowed):
        raise _not_let_through(method)
    return row


def find_signature(method: _Element, policy: SignaturePolicy) -> SignatureAlgorithm:
    """The algorithm that a SignatureMethod names. *Raises* SignatureRefused when it is not let through."""
    row = SIGNATURES.get(method.get("Algorithm", ""))
    if row is None or (row.is_sha1 and not policy.sha1_allowed):
        raise _not_let_through(method)
    return row


def for_key(key: PrivateKey) -> SignatureAlgorithm:
    """What a key of ours signs with: SHA-256, and for a longer curve the hash of its length."""
    if isinstance(key, rsa.RSAPrivateKey):
        return RSA_SHA256
    return {256: ECDSA_SHA256, 384: ECDSA_SHA384}.get(key.curve.key_size, ECDSA_SHA512)


def _not_let_through(method: _Element) -> SignatureRefused:
    uri = shown(method.get("Algorithm"))
    return refused(
        "SIG-ALGORITHM",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
        f"The algorithm {uri} is not let through",
        f"L'algorithme {uri} n'est pas admis",
        method,
    )


def _size(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8


def _der_of(value: bytes, curve: ec.EllipticCurve) -> bytes:
    size = _size(curve)
    if len(value) != 2 * size:
        raise ValueError(f"{len(value)} bytes where r and s have {size} each")
    return utils.encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))
