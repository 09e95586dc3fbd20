"""Revocation lists of every make against one certificate."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from signing.revocation import RevocationLists, Standing, Told
from tests.pki import authority
from tests.pki.authority import NOW

DAY = timedelta(days=1)
POINT = x509.UniformResourceIdentifier("http://crl.exemple.invalid/sante/crls/issuing/latest.crl")


def entry(reason: x509.ReasonFlags, since: datetime = NOW - DAY, name: str = "seal") -> x509.RevokedCertificate:
    """A row of a list."""
    return (
        x509.RevokedCertificateBuilder()
        .serial_number(authority.certificate(name).serial_number)
        .revocation_date(since)
        .add_extension(x509.CRLReason(reason), critical=False)
        .build()
    )


def revocation_list(
    *rows: x509.RevokedCertificate,
    made: datetime = NOW - DAY,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    pki: str = authority.SANTE,
) -> x509.CertificateRevocationList:
    """A list of the issuing authority, for thirty days."""
    key = authority.key("issuing", pki)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate("issuing").subject)
        .last_update(made)
        .next_update(made + 30 * DAY)
    )
    for row in rows:
        builder = builder.add_revoked_certificate(row)
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, is_critical)
    return builder.sign(key, hashes.SHA256())


def ask(*lists: x509.CertificateRevocationList, at: datetime = NOW, name: str = "seal") -> Told:
    """What the lists tell of a certificate of the issuing authority."""
    return RevocationLists(lists).ask(authority.certificate(name), authority.certificate("issuing"), at)


def distribution(**parts: object) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """An issuing distribution point of which only these parts say something."""
    told: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
        **parts,
    }
    return ((x509.IssuingDistributionPoint(**told), True),)  # type: ignore[arg-type]


DELTA = ((x509.DeltaCRLIndicator(1), True),)
COMPROMISED = x509.ReasonFlags.key_compromise
ON_HOLD = x509.ReasonFlags.certificate_hold
LIFTED = x509.ReasonFlags.remove_from_crl


def test_number_on_the_list_is_revoked_and_another_is_good() -> None:
    row = entry(COMPROMISED)
    assert ask(revocation_list(row)) == Told(Standing.REVOKED, since=NOW - DAY)
    assert ask(revocation_list(row), name="other-seal") == Told(Standing.GOOD, NOW + 29 * DAY)


def test_revocation_to_come_bounds_how_long_the_answer_holds() -> None:
    later = NOW + timedelta(hours=1)
    assert ask(revocation_list(entry(COMPROMISED, later))) == Told(Standing.GOOD, later)
    assert ask(revocation_list(entry(COMPROMISED, later)), at=later).standing is Standing.REVOKED


def test_newest_list_decides_whatever_the_order() -> None:
    held, released = revocation_list(entry(ON_HOLD), made=NOW - 5 * DAY), revocation_list(made=NOW - DAY)
    assert ask(held, released).standing is ask(released, held).standing is Standing.GOOD
    newer = revocation_list(entry(COMPROMISED), made=NOW - DAY)
    older = revocation_list(made=NOW - 5 * DAY)
    assert ask(older, newer).standing is ask(newer, older).standing is Standing.REVOKED


def test_delta_list_revokes_and_lifts_but_alone_makes_nothing_good() -> None:
    """[RFC 5280: 5.2.4]"""
    base = revocation_list(made=NOW - 5 * DAY)
    assert ask(base, revocation_list(entry(COMPROMISED), extensions=DELTA)).standing is Standing.REVOKED
    assert ask(base, revocation_list(extensions=DELTA)).standing is Standing.GOOD
    assert ask(revocation_list(extensions=DELTA)).standing is Standing.UNKNOWN
    holding = revocation_list(entry(ON_HOLD), made=NOW - 5 * DAY)
    assert ask(holding, revocation_list(entry(LIFTED), extensions=DELTA)).standing is Standing.GOOD


@pytest.mark.parametrize(
    ("parts", "standing"),
    [
        ({"full_name": [POINT]}, Standing.GOOD),
        ({"full_name": [x509.UniformResourceIdentifier("http://elsewhere.invalid/1.crl")]}, Standing.UNKNOWN),
        ({"only_contains_user_certs": True}, Standing.GOOD),
        ({"only_contains_ca_certs": True}, Standing.UNKNOWN),
        ({"only_contains_attribute_certs": True}, Standing.UNKNOWN),
        ({"only_some_reasons": frozenset({COMPROMISED})}, Standing.UNKNOWN),
        ({"indirect_crl": True}, Standing.UNKNOWN),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_list_for_some_certificates_only_makes_no_other_good(parts: dict[str, object], standing: Standing) -> None:
    """[RFC 5280: 5.2.5, 6.3.3 b]"""
    assert ask(revocation_list(extensions=distribution(**parts))).standing is standing


def test_list_for_some_reasons_revokes() -> None:
    extensions = distribution(only_some_reasons=frozenset({COMPROMISED}))
    assert ask(revocation_list(entry(COMPROMISED), extensions=extensions)).standing is Standing.REVOKED


def test_list_with_a_critical_extension_that_is_not_understood_is_not_believed() -> None:
    """[RFC 5280: 5.2]"""
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.250.1.213.9.9"), b"\x05\x00")
    assert ask(revocation_list(extensions=((strange, True),))).standing is Standing.UNKNOWN
    assert ask(revocation_list(extensions=((strange, False),))).standing is Standing.GOOD


def test_list_of_a_forger_under_the_same_name_neither_revokes_nor_makes_good() -> None:
    forged = revocation_list(entry(COMPROMISED), made=NOW, pki=authority.ETRANGERE)
    assert ask(forged).standing is Standing.UNKNOWN
    assert ask(revocation_list(made=NOW - 5 * DAY), forged).standing is Standing.GOOD


def test_list_signed_by_an_authority_that_may_not_sign_lists_is_not_believed() -> None:
    lists = RevocationLists([revocation_list()])
    told = lists.ask(authority.certificate("seal"), authority.certificate("seal"), NOW)
    assert told.standing is Standing.UNKNOWN


def test_list_is_stale_from_its_next_update_on() -> None:
    end = NOW + 29 * DAY
    assert ask(revocation_list(), at=end - timedelta(seconds=1)).standing is Standing.GOOD
    assert ask(revocation_list(), at=end).standing is Standing.STALE
    assert ask(revocation_list(entry(COMPROMISED)), at=end + DAY).standing is Standing.REVOKED
