"""The attributes of the VIHF as a table: name, how its values are read, who must give it. [DMP: VIHF; ITI TF-2: 3.40.4.1.2]

Knows no XML. Which claims the values make together is for ``claims``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, NamedTuple, TypeVar

from access.assertion_rules import AssertionRefused, refusal, shown
from access.caller import AccessMode, AuthenticationMode, Identity, Role
from access.frame import Value, key_of
from access.sight import Visibility
from xds.hl7v2 import CX

_Mode = TypeVar("_Mode", AuthenticationMode, AccessMode)

ACCESS_MODES = "1.2.250.1.213.1.1.4.248"
"""TRE_R248: modes of access."""
PATIENT_TYPE = "NH"
RESOURCE_URN = "urn:dmp"
SECRECY = str(Visibility.INVISIBLE_REPRESENTANTS_LEGAUX.name)
"""The code of a secret connection. [ANS: JDV_J64]"""


class Need(Enum):
    """Who must give an attribute."""

    NOBODY = auto()
    EVERYBODY = auto()
    PROFESSIONALS = auto()
    """All but patients and legal representatives."""
    INDIRECT = auto()
    """Professionals whom a structure vouches for: its certificate does not tell their name."""
    PORTALS = auto()
    """Patients and legal representatives."""


class Attribute(NamedTuple):
    """A row: its Name, the reader of its values, who must give it, what is expected."""

    name: str
    read: Callable[[tuple[Value, ...]], Any]
    need: Need
    expected: str
    expected_fr: str
    values_max: int = 1


class _Unexpected(ValueError):
    """A value of another kind; the text is the value, or empty where it is a person's."""


def _read_text(values: tuple[Value, ...]) -> str:
    return values[0].text or values[0].code


def _read_authentication(values: tuple[Value, ...]) -> AuthenticationMode:
    return _member(AuthenticationMode, values[0].text)


def _read_purpose(values: tuple[Value, ...]) -> AccessMode:
    role = _coded(values[0])
    if role.system not in ("", ACCESS_MODES):
        raise _Unexpected(f"{role.code}^{role.system}")
    return _member(AccessMode, role.code)


def _read_roles(values: tuple[Value, ...]) -> tuple[Role, ...]:
    return tuple(map(_coded, values))


def _read_resource(values: tuple[Value, ...]) -> str:
    if values[0].text != RESOURCE_URN:
        raise _Unexpected(values[0].text)
    return RESOURCE_URN


def _read_patient(values: tuple[Value, ...]) -> Identity:
    """Whatever follows the type code (a date) does not count; a type that is left out is forgiven, another is not."""
    text = CX(values[0].text)
    if CX.check(text) is not None or text.type_code not in ("", PATIENT_TYPE):
        raise _Unexpected
    return text.id_number, text.authority


def _read_secrecy(values: tuple[Value, ...]) -> bool:
    if _coded(values[0]).code != SECRECY:
        raise _Unexpected(_coded(values[0]).code)
    return True


def _coded(value: Value) -> Role:
    """A code with its system: an HL7 element, or text as ``code^system`` or ``code^display^system``."""
    if value.code:
        return Role(value.code, value.system, value.display_name)
    code, *rest = value.text.split("^")
    return Role(code, rest[-1] if rest else "", rest[0] if len(rest) > 1 else "")


def _member(modes: type[_Mode], text: str) -> _Mode:
    try:
        return modes(text)
    except ValueError:
        raise _Unexpected(text) from None


VERSION = "VIHF_Version"
AUTHENTICATION = "Authentification_mode"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
RESOURCE = "Ressource_URN"
STRUCTURE = "Identifiant_Structure"
SECTOR = "Secteur_Activite"
SUBJECT_ID = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
PATIENT = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
REASON = "Mode_Acces_Raison"
CONFIDENTIALITY = "urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code"
LPS_INSTANCE = "LPS_ID"
LPS_NAME = "LPS_Nom"
LPS_VERSION = "LPS_Version"
LPS_HOMOLOGATION = "LPS_ID_HOMOLOGATION_DMP"
LPS = (LPS_NAME, LPS_VERSION, LPS_INSTANCE, LPS_HOMOLOGATION)
"""What ``Software`` is made of, in its order."""

_MODES = "DIRECTE, INDIRECTE, INDIRECTE_RENFORCEE"
_PURPOSES = f"normal, bris_de_glace, centre_15 (system, système {ACCESS_MODES})"
_CX = "INS^^^&OID&ISO^NH"

ATTRIBUTES = (
    Attribute(VERSION, _read_text, Need.EVERYBODY, "the version of the VIHF", "la version du VIHF"),
    Attribute(AUTHENTICATION, _read_authentication, Need.EVERYBODY, _MODES, _MODES),
    Attribute(ROLE, _read_roles, Need.EVERYBODY, "a code of JDV_J65", "un code du JDV_J65", 2),
    Attribute(PURPOSE, _read_purpose, Need.EVERYBODY, _PURPOSES, _PURPOSES),
    Attribute(RESOURCE, _read_resource, Need.EVERYBODY, RESOURCE_URN, RESOURCE_URN),
    Attribute(STRUCTURE, _read_text, Need.PROFESSIONALS, "the Struct_IdNat", "le Struct_IdNat"),
    Attribute(SECTOR, _read_text, Need.PROFESSIONALS, "a code of JDV_J61", "un code du JDV_J61"),
    Attribute(SUBJECT_ID, _read_text, Need.INDIRECT, "the person's name, or the software", "le nom, ou le logiciel"),
    Attribute(PATIENT, _read_patient, Need.PORTALS, _CX, _CX),
    Attribute(REASON, _read_text, Need.NOBODY, "a text", "un texte"),
    Attribute(CONFIDENTIALITY, _read_secrecy, Need.NOBODY, SECRECY, SECRECY),
    Attribute(LPS_INSTANCE, _read_text, Need.NOBODY, "a text", "un texte"),
    Attribute(LPS_NAME, _read_text, Need.NOBODY, "a text", "un texte"),
    Attribute(LPS_VERSION, _read_text, Need.NOBODY, "a text", "un texte"),
    Attribute(LPS_HOMOLOGATION, _read_text, Need.NOBODY, "a text", "un texte"),
)
"""The table of the VIHF. What is not in it is passed over."""

ROWS = {key_of(row.name): row for row in ATTRIBUTES}
"""Name as names compare → row."""


def read(row: Attribute, values: tuple[Value, ...]) -> Any:
    """What the values of an attribute, at least one, say. *Raises* AssertionRefused."""
    if len(values) > row.values_max:
        raise refusal(
            "VIHF-REPEATED",
            f"{row.name} has {len(values)} values; expected {row.values_max} at most.",
            f"{row.name} a {len(values)} valeurs ; attendu : {row.values_max} au plus.",
        )
    try:
        return row.read(values)
    except _Unexpected as unexpected:
        seen = str(unexpected)
        raise refusal(
            "VIHF-VALUE",
            f"{row.name} is {shown(seen) if seen else 'of another form'}; expected {row.expected}.",
            f"{row.name} : {f'vu {shown(seen)}' if seen else 'autre forme'} ; attendu : {row.expected_fr}.",
        ) from None


def missing(row: Attribute) -> AssertionRefused:
    """The refusal where an attribute is not given."""
    return refusal(
        "VIHF-MISSING",
        f"{row.name} is missing; expected {row.expected}.",
        f"{row.name} est absent ; attendu : {row.expected_fr}.",
    )
