"""The verdict on a signature, its parts kept apart: intact, by whom, trusted, when, over what. [ETSI EN 319 102-1: 5]"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Indication(StrEnum):
    """[ETSI EN 319 102-1: 5.1.3]"""

    TOTAL_PASSED = "TOTAL-PASSED"
    TOTAL_FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


class SubIndication(StrEnum):
    """Why a signature did not pass, in ETSI's words; the empty one says that it did. [ETSI EN 319 102-1: 5.1.3, table 5, 6]"""

    NONE = ""
    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    TRY_LATER = "TRY_LATER"


class SignatureRefused(Exception):
    """A signature that does not pass: ETSI's word, the rule of ours, and what was seen and expected, for a person.

    ``rule`` is a stable id (``explain`` knows it); ``reason`` and ``reason_fr`` show no signed content. ``location``: XPath or URI.
    """

    def __init__(
        self, sub_indication: SubIndication, rule: str, reason: str, reason_fr: str, location: str = ""
    ) -> None:
        super().__init__(reason)
        self.sub_indication = sub_indication
        self.rule = rule
        self.reason = reason
        self.reason_fr = reason_fr
        self.location = location

    @property
    def indication(self) -> Indication:
        """What ETSI concludes from the sub-indication."""
        return Indication.TOTAL_FAILED if self.sub_indication in _FAILED else Indication.INDETERMINATE


_FAILED = frozenset(
    {
        SubIndication.FORMAT_FAILURE,
        SubIndication.HASH_FAILURE,
        SubIndication.SIG_CRYPTO_FAILURE,
        SubIndication.REVOKED,
        SubIndication.EXPIRED,
        SubIndication.NOT_YET_VALID,
    }
)


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose certificate signed. ``subject`` and ``issuer`` as RFC 4514 texts; ``certificate`` is DER.

    ``warnings``: what is told and forgiven.
    """

    certificate: bytes
    subject: str
    issuer: str
    common_name: str = ""
    organizational_unit: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """A signature that passed. ``covers``: URIs of what exactly was signed (an empty text is the whole document).

    ``signed_at``: the claimed SigningTime, none where it is not signed. ``warnings``: sentences.
    """

    signer: Signer
    covers: tuple[str, ...]
    signed_at: datetime | None
    signature_algorithm: str
    warnings: tuple[str, ...] = ()
