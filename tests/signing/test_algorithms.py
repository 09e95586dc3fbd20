"""The algorithms that are let through, and no other. [RFC 9231; ETSI TS 119 312]"""

from __future__ import annotations

import hashlib

import pytest
from lxml import etree

from signing import algorithms
from signing.report import SubIndication
from tests.signing.throwaway import KINDS, POLICY, SHA1_POLICY, key, refusal_of


def method(uri: str) -> etree._Element:
    return etree.Element("method", Algorithm=uri)


@pytest.mark.parametrize("kind", KINDS)
def test_signature_holds_for_its_data_its_key_and_its_hash_only(kind: str) -> None:
    one = key(kind)
    public = one.certificate.public_key()
    value = one.sign(b"data")
    assert one.algorithm.is_of(value, b"data", public)  # type: ignore[arg-type]
    assert not one.algorithm.is_of(value, b"Data", public)  # type: ignore[arg-type]
    assert not one.algorithm.is_of(value[:-1], b"data", public)  # type: ignore[arg-type]
    assert not one.algorithm.is_of(value + b"\0", b"data", public)  # type: ignore[arg-type]
    assert not one.algorithm.is_of(b"\0" * len(value), b"data", public)  # type: ignore[arg-type]
    others = [row for row in algorithms.SIGNATURES.values() if row.fits(public) and row != one.algorithm]  # type: ignore[arg-type]
    assert not any(row.is_of(value, b"data", public) for row in others)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "size"), [("P-256", 64), ("P-384", 96), ("P-521", 132)])
def test_signature_on_a_curve_is_r_and_s_of_the_curve_s_length(kind: str, size: int) -> None:
    """[RFC 9231: 2.3.6]"""
    assert len(key(kind).sign(b"data")) == size


def test_algorithm_fits_its_kind_of_key_only() -> None:
    assert algorithms.RSA_SHA256.fits(key("RSA").private_key) and not algorithms.RSA_SHA256.fits(key().private_key)
    assert algorithms.ECDSA_SHA256.fits(key().private_key) and not algorithms.ECDSA_SHA256.fits(key("RSA").private_key)


@pytest.mark.parametrize("row", list(algorithms.DIGESTS.values()), ids=lambda row: row.uri.rpartition("#")[2])
def test_digest_is_found_by_its_URI(row: algorithms.DigestAlgorithm) -> None:
    assert algorithms.find_digest(method(row.uri), SHA1_POLICY) is row
    assert row.digest(b"data") == hashlib.new(row.uri.rpartition("#")[2], b"data").digest()


@pytest.mark.parametrize("row", list(algorithms.SIGNATURES.values()), ids=lambda row: row.uri.rpartition("#")[2])
def test_signature_algorithm_is_found_by_its_URI(row: algorithms.SignatureAlgorithm) -> None:
    assert algorithms.find_signature(method(row.uri), SHA1_POLICY) is row


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
    ],
)
def test_other_algorithm_gets_SIG_ALGORITHM_whatever_the_policy(uri: str) -> None:
    for find in (algorithms.find_digest, algorithms.find_signature):
        refusal_of(
            lambda find=find: find(method(uri), SHA1_POLICY), "SIG-ALGORITHM", SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        )


def test_SHA_1_is_a_matter_of_policy() -> None:
    for find, uri in ((algorithms.find_digest, "sha1"), (algorithms.find_signature, "rsa-sha1")):
        named = method(f"http://www.w3.org/2000/09/xmldsig#{uri}")
        assert find(named, SHA1_POLICY).is_sha1
        refusal_of(lambda find=find, named=named: find(named, POLICY), "SIG-ALGORITHM")
