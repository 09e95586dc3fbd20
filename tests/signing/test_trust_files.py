"""Folders of trust anchors as operators have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from signing.policy import Revocation
from signing.trust import Purpose, TrustError, load_trust
from signing.trust_files import read_trust_files
from tests.pki import authority
from tests.pki.authority import NOW


def test_folder_is_sorted_into_roots_authorities_below_and_lists(tmp_path: Path) -> None:
    files = read_trust_files([authority.write_anchors(tmp_path)])
    assert files.anchors == (authority.certificate("root"),)
    assert set(files.intermediates) == {authority.certificate(name) for name in authority.issued() if "issuing" in name}
    assert len(files.revocation_lists) == 2


def test_trust_of_a_folder_judges(tmp_path: Path) -> None:
    trust = load_trust([authority.write_anchors(tmp_path)], Revocation.REQUIRED)
    assert trust.judge(authority.der("seal"), NOW, Purpose.SEAL).organizational_unit == "10B0000000"


def test_one_file_of_several_blocks_does_as_well_as_a_folder_of_files(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.txt"
    bundle.write_bytes(
        b"an operator's note\n"
        + b"".join(authority.pem(name) for name in ("issuing", "root", "seal"))
        + b"".join(one.public_bytes(Encoding.PEM) for one in authority.revocation_lists())
        + authority.key_pem("root")
    )
    files = read_trust_files([bundle])
    assert files.anchors == (authority.certificate("root"),)
    assert files.intermediates == (authority.certificate("issuing"),)
    assert len(files.revocation_lists) == 2


def test_DER_is_read_as_well_as_PEM(tmp_path: Path) -> None:
    """Authorities publish their lists as DER."""
    (tmp_path / "root.CER").write_bytes(authority.der("root"))
    (tmp_path / "root.crl").write_bytes(authority.revocation_list("root").public_bytes(Encoding.DER))
    files = read_trust_files([tmp_path])
    assert (len(files.anchors), len(files.revocation_lists)) == (1, 1)


def test_certificates_of_others_keys_and_other_files_are_passed_over(tmp_path: Path) -> None:
    authority.write_anchors(tmp_path)
    before = read_trust_files([tmp_path])
    (tmp_path / "seal.pem").write_bytes(authority.pem("seal"))
    (tmp_path / "lone.pem").write_bytes(authority.pem("self-signed"))
    (tmp_path / "again.pem").write_bytes(authority.pem("root"))
    (tmp_path / "seal.key.pem").write_bytes(b"\x00 never opened")
    (tmp_path / "README.md").write_text("-----BEGIN CERTIFICATE----- is not one -----END CERTIFICATE-----")
    (tmp_path / "old.pem").mkdir()
    assert read_trust_files([tmp_path]) == before


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "broken.pem"),
        (b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "broken.pem"),
        (b"0\x03\x02\x01\x01", "broken.cer"),
        (b"", "broken.crl"),
    ],
)
def test_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, name: str) -> None:
    authority.write_anchors(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TrustError, match=f"{name} holds a certificate or list that cannot be read"):
        load_trust([tmp_path])


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="nowhere cannot be read"):
        load_trust([tmp_path / "nowhere"])


def test_folder_without_a_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "issuing.pem").write_bytes(authority.pem("issuing"))
    with pytest.raises(TrustError, match="holds no self-signed certificate of an authority"):
        load_trust([tmp_path])


def test_no_folder_at_all_trusts_nobody() -> None:
    assert load_trust([]).files.anchors == ()
