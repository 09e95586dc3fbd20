"""A VIHF as a client makes it: claims as an assertion, signed. Read back, it makes the same claims. [DMP: VIHF; ITI TF-2: 3.40.4.1.2]"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from access import attributes
from access.assertion import X509_SUBJECT_NAME
from access.caller import AuthenticationMode, Role
from access.claims import Claims
from safexml.namespaces import HL7, SAML, XSI
from signing import saml
from xds.hl7v2 import CX
from xds.markup import escaped

if TYPE_CHECKING:
    from signing.keys import SigningKey

__all__ = ["Claims", "write_assertion"]

VALID_FOR = timedelta(minutes=5)
"""From issue to NotOnOrAfter: the way of one request, and clocks that differ."""

_MODE_NAMES = {"4.0": "Authentification_Mode"}
"""How a version spells the name of the mode; both spellings are met in either. [DMP: VIHF]"""

_CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
_CONTEXTS = {
    AuthenticationMode.DIRECT: _CLASSES + "SmartcardPKI",
    AuthenticationMode.INDIRECT: _CLASSES + "unspecified",
    AuthenticationMode.REINFORCED: _CLASSES + "MobileTwoFactorUnregistered",
}
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"


def write_assertion(claims: Claims, key: SigningKey, now: datetime, new_id: Callable[[], str]) -> bytes:
    """The assertion that makes these claims, signed, issued now under an ID of its own.

    ``new_id`` gives a UUID; as an XML name, the ID begins with a letter or underscore. [SAML 2.0 Core: 1.3.4]
    """
    issued, ends = _instant(now), _instant(now + VALID_FOR)
    assertion_id = "_" + new_id().removeprefix("urn:uuid:")
    assertion = "".join(
        (
            f'<saml:Assertion xmlns:saml="{SAML}" ID="{escaped(assertion_id)}" IssueInstant="{issued}" Version="2.0">',
            f'<saml:Issuer Format="{X509_SUBJECT_NAME}">',
            escaped(key.certificate.subject.rfc4514_string()),
            "</saml:Issuer><saml:Subject><saml:NameID>",
            escaped(claims.person_id),
            f'</saml:NameID><saml:SubjectConfirmation Method="{_BEARER}"/></saml:Subject>',
            f'<saml:Conditions NotBefore="{issued}" NotOnOrAfter="{ends}"/>',
            f'<saml:AuthnStatement AuthnInstant="{issued}"><saml:AuthnContext><saml:AuthnContextClassRef>',
            _CONTEXTS[claims.authentication],
            "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>",
            *_attributes(claims),
            "</saml:AttributeStatement></saml:Assertion>",
        )
    )
    return saml.sign_assertion(assertion.encode(), key)


def _attributes(claims: Claims) -> Iterator[str]:
    """The rows of the table that have something to say, in its order."""
    texts = {
        attributes.VERSION: claims.version,
        _MODE_NAMES.get(claims.version, attributes.AUTHENTICATION): claims.authentication,
        attributes.RESOURCE: attributes.RESOURCE_URN,
        attributes.STRUCTURE: claims.structure_id,
        attributes.SECTOR: claims.sector,
        attributes.SUBJECT_ID: claims.person_name,
        attributes.PATIENT: CX.build(*claims.patient, attributes.PATIENT_TYPE) if claims.patient is not None else "",
        attributes.REASON: claims.reason,
        attributes.CONFIDENTIALITY: attributes.SECRECY if claims.is_secret else "",
        attributes.LPS_NAME: claims.software.name,
        attributes.LPS_VERSION: claims.software.version,
        attributes.LPS_INSTANCE: claims.software.instance,
        attributes.LPS_HOMOLOGATION: claims.software.homologation,
    }
    for name, text in texts.items():
        if text:
            yield _attribute(name, escaped(text))
    coded = (_code("Role", role) for role in (claims.profession, claims.specialty) if role is not None)
    yield _attribute(attributes.ROLE, *coded)
    yield _attribute(attributes.PURPOSE, _code("PurposeOfUse", Role(claims.access_mode, attributes.ACCESS_MODES)))


def _attribute(name: str, *values: str) -> str:
    told = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    return f'<saml:Attribute Name="{escaped(name)}">{told}</saml:Attribute>'


def _code(element: str, role: Role) -> str:
    shown = f' displayName="{escaped(role.display_name)}"' if role.display_name else ""
    return (
        f'<{element} xmlns="{HL7}" xmlns:xsi="{XSI}" xsi:type="CE" code="{escaped(role.code)}"'
        f' codeSystem="{escaped(role.system)}"{shown}/>'
    )


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
