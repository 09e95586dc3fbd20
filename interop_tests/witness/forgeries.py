"""Assertions that nobody may believe: how each is made, by which rule and under which subcode it is refused. [DMP: VIHF]"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lxml import etree

from interop_tests.witness import dsig, vihf, wrapping
from interop_tests.witness.authority import CARD_ID, ELSEWHERE, PKI, STRUCTURE
from interop_tests.witness.dsig import Recipe, certificates, transform
from interop_tests.witness.holders import Holder
from interop_tests.witness.vihf import SECRET, Role, Voucher, security

PERSON, NAME = "899700000001", "ESSAI DOMINIQUE"
_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"


class Scene(NamedTuple):
    """Whose keys there are, and of whom the request is."""

    pki: PKI
    patient: str

    def voucher(self, holder: Holder | None = None) -> Voucher:
        """A doctor of the establishment."""
        return Voucher(
            holder=holder or self.pki.establishment,
            person_id=PERSON,
            person_name=NAME,
            patient=self.patient,
            structure_id=STRUCTURE,
        )

    def signed(self, recipe: Recipe, holder: Holder | None = None) -> str:
        """That doctor's header by another recipe."""
        voucher = self.voucher(holder)
        return security(recipe.sign(voucher.text(), voucher.holder))


Make = Callable[[Scene], str]


class Forgery(NamedTuple):
    """``make`` gives the header of one request, another at each call."""

    make: Make
    rule: str
    subcode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer(Voucher):
    """A voucher that hands in a header of its own making."""

    make: Callable[[], str] = field(default=str)

    def header(self, action: str) -> str:
        """What was made for the next request."""
        return self.make()


def claim(**changes: object) -> Make:
    """A voucher with other claims, signed as it should be."""
    return lambda scene: replace(scene.voucher(), **changes).header("")  # type: ignore[arg-type]


def by(name: str) -> Make:
    """Signed by another holder of the PKI."""
    return lambda scene: scene.voucher(getattr(scene.pki, name)).header("")


def recipe(**parts: object) -> Make:
    """Signed otherwise."""
    return lambda scene: scene.signed(Recipe(**parts))  # type: ignore[arg-type]


def key_info(write: Callable[[Scene], str], signer: str = "") -> Make:
    """With another KeyInfo, and somebody else's key where one is named."""
    return lambda scene: scene.signed(
        Recipe(key_info=lambda _: write(scene), signer=getattr(scene.pki, signer) if signer else None)
    )


def wrapped(kind: str, *, same_id: bool) -> Make:
    """The signed original moved aside."""

    def make(scene: Scene) -> str:
        original = etree.fromstring(scene.voucher().assertion())
        return wrapping.KINDS[kind](original, wrapping.forge(original, same_id=same_id))

    return make


def _commented(assertion: vihf.Element) -> None:
    name = next(assertion.iter(f"{_SAML}NameID"))
    name.text, comment = PERSON[:6], etree.Comment("x")
    comment.tail = PERSON[6:]
    name.append(comment)


def _named_otherwise(assertion: vihf.Element) -> None:
    next(assertion.iter(f"{_SAML}NameID")).text = "899700000002"


def _not_yet(assertion: vihf.Element) -> None:
    conditions = next(assertion.iter(f"{_SAML}Conditions"))
    conditions.set("NotBefore", vihf.instant(datetime.now(UTC) + timedelta(minutes=3)))


def _unsigned(scene: Scene) -> str:
    return security(scene.voucher().text())


def _two(scene: Scene) -> str:
    return security(scene.voucher().assertion(), scene.voucher().assertion())


def _many(reference: str) -> str:
    return reference * 2000


def _of_patient(scene: Scene, holder: Holder, **changes: object) -> str:
    number = scene.patient.partition("^")[0]
    told = Voucher(holder=holder, person_id=number, roles=vihf.PATIENT, mode=vihf.INDIRECT, patient=scene.patient)
    return replace(told, **changes).header("")  # type: ignore[arg-type]


def patient(name: str, **changes: object) -> Make:
    """A patient, vouched for by that holder."""
    return lambda scene: _of_patient(scene, getattr(scene.pki, name), **changes)


INVALID, FORM, CHECK = "InvalidSecurityToken", "InvalidSecurity", "FailedCheck"
AUTHENTICATION, EXPIRED, CERTIFICATE = "FailedAuthentication", "MessageExpired", "DMPInvalidCertificate"
_XPATH = "<ds:XPath>not(ancestor-or-self::*[local-name()='AttributeStatement'])</ds:XPath>"
_XSLT = (
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"><x/>'
    "</xsl:template></xsl:stylesheet>"
)
_MANY_PREFIXES = transform(
    dsig.EXCLUSIVE,
    f'<ec:InclusiveNamespaces xmlns:ec="{dsig.EXCLUSIVE}" PrefixList="{" ".join(f"p{n}" for n in range(2000))}"/>',
)
_LAWFUL = transform(dsig.ENVELOPED)

_WRAPPED = {
    "XSW1": ("SIG-DIGEST", "SIG-REFERENCE"),
    "XSW2": ("SIG-ASSERTION", "SIG-ASSERTION"),
    "XSW3": ("VIHF-COUNT", "VIHF-COUNT"),
    "XSW4": ("VIHF-COUNT", "VIHF-COUNT"),
    "XSW5": ("VIHF-COUNT", "VIHF-COUNT"),
    "XSW6": ("VIHF-COUNT", "VIHF-COUNT"),
    "XSW7": ("VIHF-COUNT", "VIHF-COUNT"),
    "XSW8": ("VIHF-COUNT", "VIHF-COUNT"),
}
"""By which rule: where the forged one has the ID of the original, and where it has one of its own."""

_SUBCODES = {"SIG-DIGEST": CHECK}


def _wrapped() -> Iterator[tuple[str, Forgery]]:
    for kind, same_id in itertools.product(_WRAPPED, (True, False)):
        rule = _WRAPPED[kind][not same_id]
        told = f"{kind}, {'the same' if same_id else 'another'} ID"
        yield told, Forgery(wrapped(kind, same_id=same_id), rule, _SUBCODES.get(rule, FORM))


FORGERIES: Mapping[str, Forgery] = {
    **dict(_wrapped()),
    "rsa-sha1": Forgery(claim(sha1=True), "SIG-ALGORITHM", CHECK),
    "rsa-md5": Forgery(recipe(method=dsig.RSA_MD5), "SIG-ALGORITHM", CHECK),
    "hmac over the public key": Forgery(recipe(method=dsig.HMAC_SHA256), "SIG-ALGORITHM", CHECK),
    "digest sha1": Forgery(recipe(digest=dsig.SHA1), "SIG-ALGORITHM", CHECK),
    "digest md5": Forgery(recipe(digest=dsig.MD5), "SIG-ALGORITHM", CHECK),
    "bare key": Forgery(key_info(lambda s: dsig.key_value(s.pki.establishment)), "SIG-KEYINFO", CERTIFICATE),
    "key by its name": Forgery(key_info(lambda s: "<ds:KeyName>clef</ds:KeyName>"), "SIG-KEYINFO", CERTIFICATE),
    "key somewhere else": Forgery(
        key_info(lambda s: '<ds:RetrievalMethod URI="http://127.0.0.1:1/key"/>'), "SIG-KEYINFO", CERTIFICATE
    ),
    "bare key beside the certificate": Forgery(
        key_info(lambda s: certificates(s.pki.establishment) + dsig.key_value(s.pki.stranger), "stranger"),
        "SIG-KEYINFO",
        CERTIFICATE,
    ),
    "somebody's certificate, another's key": Forgery(
        key_info(lambda s: certificates(s.pki.establishment), "stranger"), "SIG-VALUE", CHECK
    ),
    "own certificate first, somebody's second": Forgery(
        key_info(lambda s: certificates(s.pki.stranger, s.pki.establishment), "stranger"),
        "SIG-CERT-CHAIN",
        CERTIFICATE,
    ),
    "XPath": Forgery(recipe(transforms=_LAWFUL + transform(dsig.XPATH, _XPATH)), "SIG-TRANSFORM", CHECK),
    "XSLT": Forgery(recipe(transforms=_LAWFUL + transform(dsig.XSLT, _XSLT)), "SIG-TRANSFORM", CHECK),
    "base64": Forgery(recipe(transforms=_LAWFUL + transform(f"{dsig.DS}base64")), "SIG-TRANSFORM", CHECK),
    "2,000 transforms": Forgery(recipe(transforms=transform(dsig.EXCLUSIVE) * 2000), "SIG-TRANSFORM", CHECK),
    "2,000 prefixes": Forgery(recipe(transforms=_LAWFUL + _MANY_PREFIXES), "SIG-TRANSFORM", CHECK),
    "2,000 references": Forgery(recipe(references=_many), "SIG-REFERENCE-COUNT", FORM),
    "comment in NameID, signed": Forgery(claim(before=_commented), "SIG-COMMENT", FORM),
    "comment in NameID, put in": Forgery(claim(after=_commented), "SIG-COMMENT", FORM),
    "changed": Forgery(claim(after=_named_otherwise), "SIG-DIGEST", CHECK),
    "not signed": Forgery(_unsigned, "SIG-ASSERTION", FORM),
    "none": Forgery(lambda scene: security(), "VIHF-COUNT", FORM),
    "no security header": Forgery(lambda scene: "", "VIHF-COUNT", FORM),
    "two": Forgery(_two, "VIHF-COUNT", FORM),
    "expired": Forgery(claim(age=timedelta(seconds=200), lasts=timedelta(seconds=60)), "VIHF-EXPIRED", EXPIRED),
    "stale": Forgery(claim(age=timedelta(seconds=400), lasts=timedelta(hours=9)), "VIHF-EXPIRED", EXPIRED),
    "of tomorrow": Forgery(claim(age=timedelta(days=-1)), "VIHF-NOT-YET", EXPIRED),
    "not yet valid": Forgery(claim(before=_not_yet), "VIHF-NOT-YET", EXPIRED),
    "other structure": Forgery(claim(structure_id=ELSEWHERE), "VIHF-STRUCTURE", AUTHENTICATION),
    "other issuer": Forgery(claim(issuer="CN=Quelqu'un,C=FR"), "VIHF-ISSUER", AUTHENTICATION),
    "other version": Forgery(claim(version="2.0"), "VIHF-VERSION", INVALID),
    "other mode": Forgery(claim(mode="DIRECT"), "VIHF-VALUE", INVALID),
    "two modes": Forgery(claim(more=(("Authentification_Mode", vihf.DIRECT),)), "VIHF-REPEATED", INVALID),
    "doctor without specialty": Forgery(claim(roles=vihf.DOCTOR[:1]), "VIHF-ROLE", INVALID),
    "role of nobody": Forgery(claim(roles=(Role("10", "1.2.3"),)), "VIHF-ROLE", INVALID),
    "other secrecy": Forgery(
        claim(more=(("urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code", SECRET[:9]),)),
        "VIHF-VALUE",
        INVALID,
    ),
    "certificate of its own making": Forgery(by("self_made"), "SIG-CERT-CHAIN", CERTIFICATE),
    "authority of the same name": Forgery(by("stranger"), "SIG-CERT-CHAIN", CERTIFICATE),
    "certificate for authentication": Forgery(by("authentication"), "SIG-CERT-USAGE", CERTIFICATE),
    "certificate of the authority": Forgery(by("authority"), "SIG-CERT-USAGE", CERTIFICATE),
    "revoked certificate": Forgery(by("revoked"), "SIG-CERT-REVOKED", CERTIFICATE),
    "expired certificate": Forgery(by("expired"), "SIG-CERT-EXPIRED", CERTIFICATE),
    "certificate for later": Forgery(by("early"), "SIG-CERT-NOT-YET-VALID", CERTIFICATE),
    "another's card": Forgery(
        lambda s: replace(s.voucher(s.pki.card), mode=vihf.DIRECT).header(""), "VIHF-PERSON", AUTHENTICATION
    ),
    "card for another structure": Forgery(
        lambda s: replace(s.voucher(s.pki.card), mode=vihf.DIRECT, person_id=CARD_ID, structure_id=ELSEWHERE).header(
            ""
        ),
        "VIHF-STRUCTURE",
        AUTHENTICATION,
    ),
    "card for a colleague": Forgery(by("card"), "VIHF-PERSON", AUTHENTICATION),
    "patient by an establishment": Forgery(patient("establishment"), "VIHF-PORTAL", AUTHENTICATION),
    "patient in an emergency": Forgery(
        patient("portal", purpose=vihf.BREAK_GLASS, reason="urgence"), "VIHF-PORTAL", AUTHENTICATION
    ),
    "patient in DIRECTE": Forgery(patient("portal", mode=vihf.DIRECT), "VIHF-PORTAL", AUTHENTICATION),
    "patient for another": Forgery(patient("portal", person_id="279035121518989"), "VIHF-PATIENT", INVALID),
    "patient without resource": Forgery(patient("portal", patient=""), "VIHF-MISSING", INVALID),
    "neighbour by a portal": Forgery(
        patient("portal", roles=(Role("NBOR", "2.16.840.1.113883.5.111"),)), "VIHF-ROLE", INVALID
    ),
    "doctor by a portal": Forgery(by("portal"), "VIHF-PORTAL", AUTHENTICATION),
    "doctor of a portal": Forgery(
        lambda s: replace(s.voucher(s.pki.portal), structure_id="").header(""), "VIHF-PORTAL", AUTHENTICATION
    ),
    "portal as a card": Forgery(
        lambda s: replace(s.voucher(s.pki.portal), mode=vihf.DIRECT, person_id=s.pki.portal.common_name).header(""),
        "VIHF-PORTAL",
        AUTHENTICATION,
    ),
}
"""What it is → how it is made."""
