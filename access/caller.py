"""The caller as a value: who asks, for which structure, how they were authenticated, about whom. [DMP: VIHF; ITI TF-2: 3.40]"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Identity = tuple[str, str]
"""A patient as identities are compared: id number, OID of the assigning authority."""


class AuthenticationMode(StrEnum):
    """How the person was authenticated. [DMP: modes d'authentification]"""

    DIRECT = "DIRECTE"
    """The person's own card signs and opens TLS."""

    INDIRECT = "INDIRECTE"
    """A certificate of the structure; the person was authenticated there."""

    REINFORCED = "INDIRECTE_RENFORCEE"
    """As before, by two factors: this opens consultation."""


class AccessMode(StrEnum):
    """purposeofuse of the VIHF. [ANS: TRE_R248]"""

    NORMAL = "normal"
    BREAK_GLASS = "bris_de_glace"
    REGULATION = "centre_15"


class Role(NamedTuple):
    """A value of xacml subject:role: code, its system, and what people read."""

    code: str
    system: str
    display_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a verified assertion says. Texts are empty where it says nothing.

    ``person_id``: Subject/NameID (PS_IdNat). ``structure_id``: Struct_IdNat. ``patient``: resource-id, none where the request is
    about no one patient. ``is_secret``: the connection of a minor who wants legal representatives not to know.
    ``certificate``: SHA-256 of the signing certificate, hexadecimal.
    """

    assertion_id: str
    issuer: str
    person_id: str
    person_name: str = ""
    structure_id: str = ""
    sector: str = ""
    profession: Role | None = None
    specialty: Role | None = None
    authentication: AuthenticationMode = AuthenticationMode.DIRECT
    access_mode: AccessMode = AccessMode.NORMAL
    reason: str = ""
    patient: Identity | None = None
    is_secret: bool = False
    certificate: str = ""
    software: str = ""
