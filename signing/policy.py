"""What a domain lets through in a signature: algorithms, and how revocation is asked. Data, given from outside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Revocation(StrEnum):
    """Whether a certificate's revocation list is asked: never; where there is one; always, and without one nothing passes."""

    OFF = "off"
    KNOWN = "known"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class SignaturePolicy:
    """``sha1_allowed``: SHA-1 as digest and in RSA signatures, for what was made before 2020. Never HMAC, never MD5."""

    sha1_allowed: bool = False
    revocation: Revocation = Revocation.KNOWN
