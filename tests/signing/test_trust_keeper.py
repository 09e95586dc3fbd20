"""Lists and authorities that come, change and go while the service runs."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from signing.policy import Revocation
from signing.report import SignatureRefused
from signing.trust import Purpose
from signing.trust_files import TrustError
from signing.trust_keeper import TrustKeeper
from tests.pki import authority
from tests.pki.authority import NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Anchors, with lists from before anybody was revoked."""
    return authority.write_anchors(tmp_path, NOW - timedelta(days=600))


def test_nothing_is_read_again_while_nothing_changes(folder: Path) -> None:
    keeper = TrustKeeper([folder])
    files = keeper.trust.files
    assert not keeper.look()
    assert keeper.trust.files is files


def test_new_list_is_believed_at_once_whatever_was_said_before(folder: Path) -> None:
    keeper = TrustKeeper([folder])
    trust, revoked = keeper.trust, authority.der("revoked")
    assert "run out" in trust.judge(revoked, NOW, Purpose.SEAL).warnings[0]
    authority.write_anchors(folder, NOW)
    assert keeper.look()
    assert keeper.trust is trust
    with pytest.raises(SignatureRefused, match="was revoked"):
        trust.judge(revoked, NOW, Purpose.SEAL)


def test_authority_whose_file_is_taken_away_is_trusted_no_longer(folder: Path) -> None:
    keeper = TrustKeeper([folder], Revocation.OFF)
    assert keeper.trust.judge(authority.der("seal"), NOW, Purpose.SEAL)
    (folder / "issuing.pem").unlink()
    assert keeper.look()
    with pytest.raises(SignatureRefused, match="not issued by an authority"):
        keeper.trust.judge(authority.der("seal"), NOW, Purpose.SEAL)


def test_broken_file_is_told_each_time_and_changes_nothing(folder: Path) -> None:
    keeper = TrustKeeper([folder], Revocation.OFF)
    broken = folder / "new.pem"
    broken.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for _ in range(2):
        with pytest.raises(TrustError, match=r"new.pem holds"):
            keeper.look()
    assert keeper.trust.judge(authority.der("seal"), NOW, Purpose.SEAL)
    broken.unlink()
    assert not keeper.look()


def test_folder_that_went_away_is_told_and_changes_nothing(folder: Path) -> None:
    keeper = TrustKeeper([folder], Revocation.OFF)
    os.rename(folder, folder.with_name("elsewhere"))
    with pytest.raises(TrustError, match="cannot be read"):
        keeper.look()
    assert keeper.trust.judge(authority.der("seal"), NOW, Purpose.SEAL)
