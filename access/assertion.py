"""Whether an assertion is believed, and of whom it tells. [DMP: VIHF; ITI TF-2: 3.40.4.1.3; SAML 2.0 Core]

Everything is given: trust, policy, moment, the certificate of the TLS peer. That an assertion is used once is kept elsewhere, by what
``use_of`` tells. What the caller may do then is for ``decision``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from access import distinguished_names, vouching
from access.assertion_rules import AssertionRefused, refusal, refusal_by_seal, shown
from access.attributes import RESOURCE_URN
from access.caller import AuthenticationMode, Caller
from access.claims import Claims, read_claims, read_version
from access.distinguished_names import Holder
from access.frame import Frame, read_frame
from signing import saml
from signing.policy import SignaturePolicy
from signing.report import SignatureRefused

if TYPE_CHECKING:
    from lxml import etree

    from signing.trust import Trust
    from xds.domain import AssertionPolicy

__all__ = ["AssertionRefused", "already_used", "use_of", "verify"]

X509_SUBJECT_NAME = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"


def verify(
    assertions: Sequence[etree._Element],
    policy: AssertionPolicy,
    trust: Trust,
    now: datetime,
    peer_certificate: bytes | None,
    *,
    takes_over: bool = False,
) -> Caller:
    """The caller of whom the one assertion of a request tells. *Raises* AssertionRefused.

    ``takes_over``: the assertion is read where it stands, which undoes it for others; else a copy is.

    1. The request has exactly one assertion.
    2. It is signed by a trusted certificate, and nothing is read but what was signed.
    3. Its frame is that of SAML 2.0.
    4. Issuer is the subject of the signing certificate.
    5. It is fresh, and meant for this service.
    6. Its VIHF_Version is read here.
    7. Its attributes are whole, each of its kind.
    8. The signing certificate can vouch for this caller.
    9. Who opened TLS is the one who signed, where the peer is known.
    """
    # 1
    if len(assertions) != 1:
        raise refusal(
            "VIHF-COUNT",
            f"wsse:Security holds {len(assertions)} assertions; expected one.",
            f"wsse:Security contient {len(assertions)} assertions ; attendu : une.",
        )
    # 2
    try:
        allowed = SignaturePolicy(sha1_allowed=policy.sha1_allowed, revocation=trust.revocation)
        signed, report = saml.verify_assertion(assertions[0], trust, allowed, now, takes_over=takes_over)
    except SignatureRefused as refused:
        raise refusal_by_seal(refused) from refused
    certificate = report.signer.certificate
    # 3 to 7
    frame = read_frame(signed)
    signer = _judge_issuer(frame, certificate)
    _judge_time(frame, policy, now)
    _judge_audience(frame)
    _judge_version(frame, policy)
    claims = read_claims(frame.attributes, frame.person_id)
    # 8, 9
    vouching.judge(claims, policy, signer, peer_certificate)
    return Caller(
        assertion_id=frame.assertion_id,
        issuer=frame.issuer,
        person_id=claims.person_id,
        person_name=claims.person_name or _name_of(claims, signer),
        structure_id=claims.structure_id,
        sector=claims.sector,
        profession=claims.profession,
        specialty=claims.specialty,
        authentication=claims.authentication,
        access_mode=claims.access_mode,
        reason=claims.reason,
        patient=claims.patient,
        is_secret=claims.is_secret,
        certificate=sha256(certificate).hexdigest(),
        software=f"{claims.software.name} {claims.software.version}".strip(),
    )


def use_of(caller: Caller, policy: AssertionPolicy, now: datetime) -> tuple[bytes, int]:
    """What tells an assertion from every other, and the second from which it is too old anyhow and can be forgotten.

    A clock that is ahead by the skew may still have made it now, and one that is behind be forgiven as much.
    """
    digest = sha256(f"{caller.issuer}\0{caller.assertion_id}".encode()).digest()
    return digest, int(now.timestamp()) + policy.fresh_seconds + 2 * policy.skew_seconds + 1


def already_used() -> AssertionRefused:
    """The refusal of an assertion that was used before."""
    return refusal(
        "VIHF-REPLAYED",
        "The assertion was used by another request; expected one of its own for each request.",
        "L'assertion a servi à une autre requête ; attendu : une assertion propre à chaque requête.",
    )


def _name_of(claims: Claims, signer: Holder) -> str:
    """The name on a person's own card, where the assertion gives none."""
    if claims.authentication is not AuthenticationMode.DIRECT:
        return ""
    return f"{signer.surname} {signer.given_name}".strip()


def _judge_issuer(frame: Frame, certificate: bytes) -> Holder:
    """Whose certificate signed. The difference is told without the names: a card's certificate is a person's."""
    if frame.issuer_format != X509_SUBJECT_NAME:
        raise refusal(
            "VIHF-ISSUER",
            f"Format of Issuer is {shown(frame.issuer_format)}; expected {X509_SUBJECT_NAME}.",
            f"Format d'Issuer : vu {shown(frame.issuer_format)} ; attendu : {X509_SUBJECT_NAME}.",
        )
    try:
        signer = distinguished_names.holder_of(certificate)
        if distinguished_names.is_same(distinguished_names.parse(frame.issuer), signer.name):
            return signer
    except ValueError as error:
        raise _other_issuer() from error
    raise _other_issuer()


def _other_issuer() -> AssertionRefused:
    return refusal(
        "VIHF-ISSUER",
        "Issuer is not the subject of the signing certificate; expected its distinguished name, every relative name in its order.",
        "Issuer n'est pas le sujet du certificat signataire ; attendu : son nom distinctif, chaque élément à sa place.",
    )


def _judge_time(frame: Frame, policy: AssertionPolicy, now: datetime) -> None:
    skew = timedelta(seconds=policy.skew_seconds)
    if now - frame.issued_at > timedelta(seconds=policy.fresh_seconds) + skew:
        raise _too_late("IssueInstant", frame.issued_at, now, f"{policy.fresh_seconds} s")
    if frame.issued_at - now > skew:
        raise _too_early("IssueInstant", frame.issued_at, now)
    for period in frame.periods:
        if period.not_before is not None and period.not_before - now > skew:
            raise _too_early("NotBefore", period.not_before, now)
        if period.not_on_or_after is not None and now - period.not_on_or_after >= skew:
            raise _too_late("NotOnOrAfter", period.not_on_or_after, now, "0 s")


def _too_late(name: str, instant: datetime, now: datetime, allowed: str) -> AssertionRefused:
    told, clock = _utc(instant), _utc(now)
    return refusal(
        "VIHF-EXPIRED",
        f"{name} is {told} and it is {clock} here; expected an age of {allowed} at most.",
        f"{name} : {told}, il est ici {clock} ; attendu : un âge de {allowed} au plus.",
    )


def _too_early(name: str, instant: datetime, now: datetime) -> AssertionRefused:
    told, clock = _utc(instant), _utc(now)
    return refusal(
        "VIHF-NOT-YET",
        f"{name} is {told} and it is {clock} here; expected a moment that has come.",
        f"{name} : {told}, il est ici {clock} ; attendu : un instant passé.",
    )


def _utc(instant: datetime) -> str:
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:  # the first and last hours of the calendar, in another zone
        return instant.isoformat()
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _judge_audience(frame: Frame) -> None:
    if any(RESOURCE_URN not in audience for audience in frame.audiences):
        raise refusal(
            "VIHF-AUDIENCE",
            f"AudienceRestriction names another audience; expected none, or {RESOURCE_URN}.",
            f"AudienceRestriction nomme un autre destinataire ; attendu : aucune, ou {RESOURCE_URN}.",
        )


def _judge_version(frame: Frame, policy: AssertionPolicy) -> None:
    version = read_version(frame.attributes)
    if version not in policy.versions:
        read = ", ".join(policy.versions)
        raise refusal(
            "VIHF-VERSION",
            f"VIHF_Version is {shown(version)}; expected one of {read}.",
            f"VIHF_Version : vu {shown(version)} ; attendu : l'une de {read}.",
        )
