"""The demonstration PKI."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server import pki
from server.pki import HOLDERS, PKIError
from signing.policy import Revocation
from signing.report import SignatureRefused
from signing.trust import Purpose, load_trust


def certificate(folder: Path, name: str) -> x509.Certificate:
    """The certificate of a holder."""
    return x509.load_pem_x509_certificate(pki.paths(folder, name)[0].read_bytes())


@pytest.mark.parametrize("name", ["ca", *(holder.name for holder in HOLDERS)])
def test_key_fits_its_certificate_and_only_its_owner_may_read_it(keys: Path, name: str) -> None:
    _, path = pki.paths(keys, name)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    public = [
        one.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        for one in (key.public_key(), certificate(keys, name).public_key())
    ]
    assert public[0] == public[1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: holder.name)
def test_certificate_is_issued_by_the_CA_and_says_what_it_is_for(keys: Path, holder: pki.Holder) -> None:
    issued = certificate(keys, holder.name)
    issued.verify_directly_issued_by(certificate(keys, "ca"))
    usage = issued.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature == ("digital_signature" in holder.usages)
    assert usage.content_commitment == ("content_commitment" in holder.usages)
    assert not usage.key_cert_sign
    assert "demonstration" in issued.subject.rfc4514_string()


def test_TLS_key_and_seal_are_two_pairs(keys: Path) -> None:
    """The wrong one of the two is refused by the DMP, so a demonstration must have both."""
    for one, other in (
        ("establishment-tls", "establishment-seal"),
        ("professional-authentication", "professional-signature"),
        ("portal-tls", "portal-seal"),
    ):
        assert certificate(keys, one).subject == certificate(keys, other).subject
        assert certificate(keys, one).public_key() != certificate(keys, other).public_key()


def test_server_and_clients_pass_a_strict_verifier(keys: Path) -> None:
    store = verification.Store([certificate(keys, "ca")])
    builder = verification.PolicyBuilder().store(store).time(datetime.now(UTC))
    builder.build_server_verifier(x509.DNSName("localhost")).verify(certificate(keys, "server"), [])
    for name in ("establishment-tls", "professional-authentication", "portal-tls"):
        extended = certificate(keys, name).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(extended) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_revocation_list_is_the_CAs_and_is_in_force_as_long_as_the_certificates(keys: Path) -> None:
    revoked = x509.load_pem_x509_crl(pki.list_path(keys).read_bytes())
    authority = certificate(keys, "ca")
    key = authority.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert revoked.is_signature_valid(key)
    assert revoked.next_update_utc == authority.not_valid_after_utc
    assert list(revoked) == []


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: holder.name)
def test_folder_is_one_of_trust_anchors_where_seals_and_signatures_pass_and_TLS_keys_do_not(
    keys: Path, holder: pki.Holder
) -> None:
    trust = load_trust([keys], Revocation.REQUIRED)
    der = certificate(keys, holder.name).public_bytes(serialization.Encoding.DER)
    if holder.extended:
        with pytest.raises(SignatureRefused) as refused:
            trust.judge(der, datetime.now(UTC), Purpose.ASSERTION)
        assert refused.value.rule == "SIG-CERT-USAGE"
    else:
        signer = trust.judge(der, datetime.now(UTC), Purpose.ASSERTION)
        assert signer.organizational_unit == dict(holder.subject).get(NameOID.ORGANIZATIONAL_UNIT_NAME, "")
        assert signer.warnings == ()


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    seal = tmp_path / "establishment-seal.key.pem"
    seal.write_text("precious")
    with pytest.raises(PKIError, match=r"establishment-seal.key.pem exists already"):
        pki.make(tmp_path)
    assert seal.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [seal]


def test_revocation_list_is_never_overwritten(tmp_path: Path) -> None:
    pki.list_path(tmp_path).write_text("precious")
    with pytest.raises(PKIError, match=r"ca.crl.pem exists already"):
        pki.make(tmp_path)
    assert list(tmp_path.iterdir()) == [pki.list_path(tmp_path)]


def test_second_start_keeps_the_keys_of_the_first(tmp_path: Path) -> None:
    assert pki.make_unless_there(tmp_path / "pki")
    before = certificate(tmp_path / "pki", "ca")
    assert not pki.make_unless_there(tmp_path / "pki")
    assert certificate(tmp_path / "pki", "ca") == before


def test_folder_of_an_earlier_release_is_completed_and_no_key_of_it_is_touched(tmp_path: Path) -> None:
    folder = tmp_path / "pki"
    pki.make(folder)
    newer = [*pki.paths(folder, "portal-seal"), *pki.paths(folder, "portal-tls"), pki.list_path(folder)]
    for path in newer:
        path.unlink()
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    assert pki.make_unless_there(folder)
    assert all(path.exists() for path in newer)
    assert {path: path.read_bytes() for path in kept} == kept
    seal = certificate(folder, "portal-seal").public_bytes(serialization.Encoding.DER)
    assert load_trust([folder]).judge(seal, datetime.now(UTC), Purpose.ASSERTION).warnings == ()
    assert not pki.make_unless_there(folder)


def test_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(PKIError, match="cannot be written"):
        pki.make(Path("/proc/nowhere"))
