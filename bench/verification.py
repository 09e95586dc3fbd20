"""What verifying signatures costs, in one process: floors that no verification could do without, and ours beside them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from lxml.etree import _Element

from access import assertion
from bench import clinical, material
from bench.clock import microseconds
from bench.vouched import KeysMissing
from cda import document
from client import voucher
from safexml import parser
from safexml.namespaces import SAML, qname
from signing import canonical, dsg, xades
from signing.algorithms import RSA_SHA256
from signing.key_info import holder_of
from signing.keys import SigningKey
from signing.policy import SignaturePolicy
from signing.trust import Trust, load_trust
from soap import envelope
from xds.domain import AssertionPolicy

VERIFICATION_MS_MAX = 0.8
"""What verifying the signature of a document of 30 KB may take."""

RSA = "RSA verification of an assertion"
CANONICAL = "canonical form and SHA-256 of a CDA of 30 KB"
PARSE = "parse of a CDA of 30 KB"

ASSERTION = "assertion (VIHF), all of it"
ENVELOPED = "seal within a CDA of 30 KB (XAdES enveloped)"
LOT = "signature of a lot of one CDA of 30 KB (manifest)"


def floors(keys: Path) -> dict[str, float]:
    """Each floor in microseconds. ``keys``: folder of the PKI."""
    key = _load(keys)
    signed = b"SignedInfo" * 80
    value, public = key.sign(signed), holder_of(key.certificates[0]).key
    content = clinical.report()
    tree = parser.parse(content, document.BOUNDS, keeps_comments=True).getroottree()
    method = canonical.INCLUSIVE_WITH_COMMENTS
    return {
        RSA: microseconds(lambda: RSA_SHA256.is_of(value, signed, public)),
        PARSE: microseconds(lambda: parser.parse(content, document.BOUNDS, keeps_comments=True)),
        CANONICAL: microseconds(
            lambda: hashlib.sha256(canonical.of_document(tree, method, keeps_comments=True)).digest()
        ),
    }


def measure(keys: Path) -> dict[str, float]:
    """What each verification takes, in milliseconds: with everything that is judged of a signature, the signer's certificate met before."""
    key, trust, now = _load(keys), load_trust([keys]), datetime.now(UTC)
    policy = SignaturePolicy()
    content = clinical.report()
    enveloped = xades.sign_enveloped(content, key, now)
    sealed = _parse(enveloped)
    lot = clinical.make_lot(clinical.template(key), 7, material.matricule(7), key, now)
    signature, root = _parse(lot.signature), _parse(lot.document)
    set_unique_id, unique_id = lot.replacements[clinical.SET_MARK], lot.replacements[clinical.DOCUMENT_MARK]

    def verify_lot(signature: _Element, root: _Element) -> object:
        documents = [dsg.LotDocument(unique_id, lot.document, root)]
        return dsg.verify_lot(signature, set_unique_id, documents, trust, policy, now)

    return {
        ASSERTION: _assertion(keys, trust, now),
        ENVELOPED: microseconds(lambda: xades.verify(sealed, trust, policy, now)) / 1000,
        f"{ENVELOPED}, with its parse": microseconds(lambda: xades.verify(_parse(enveloped), trust, policy, now))
        / 1000,
        LOT: microseconds(lambda: verify_lot(signature, root)) / 1000,
        f"{LOT}, with both parses": microseconds(lambda: verify_lot(_parse(lot.signature), _parse(lot.document)))
        / 1000,
    }


def _assertion(keys: Path, trust: Trust, now: datetime) -> float:
    """A VIHF as it stands in the header of an envelope."""
    who = voucher.of_structure(keys)
    assert who is not None  # the seal has been loaded from there
    header = who.header((material.matricule(7), material.AUTHORITY))
    message = parser.parse(b"".join(envelope.write_request("urn:bench", "urn:bench", "urn:bench", [], header)))
    policy = AssertionPolicy(demanded=True)
    assertions = list(message.iter(qname(SAML, "Assertion")))
    return microseconds(lambda: assertion.verify(assertions, policy, trust, now, None)) / 1000


def _parse(content: bytes) -> _Element:
    return parser.parse(content, document.BOUNDS, keeps_comments=True)


def _load(keys: Path) -> SigningKey:
    key = voucher.load_seal(keys)
    if key is None:
        raise KeysMissing(f"{keys} holds no {voucher.ESTABLISHMENT}-seal.key.pem and its certificate")
    return key
