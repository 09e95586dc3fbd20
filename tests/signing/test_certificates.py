"""Certificates by themselves, and bytes that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import certificates
from signing.report import SignatureRefused, SubIndication
from signing.trust import Purpose, Trust
from tests.pki import authority
from tests.pki.authority import NOW

TRUST = Trust([authority.certificate("root")], [authority.certificate("issuing")])
SEAL = authority.der("seal")


@pytest.mark.parametrize("der", [b"", b"0", SEAL[:-1], SEAL + b"\x00", authority.pem("seal")])
def test_bytes_that_are_no_certificate_are_refused(der: bytes) -> None:
    with pytest.raises(SignatureRefused) as refused:
        certificates.read(der)
    assert refused.value.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND
    assert refused.value.rule == "SIG-CERT-UNREADABLE"


@given(st.integers(0, len(SEAL) - 1), st.integers(1, 255))
def test_certificate_with_any_byte_altered_never_passes_and_never_crashes(position: int, flip: int) -> None:
    altered = bytearray(SEAL)
    altered[position] ^= flip
    with pytest.raises(SignatureRefused):
        TRUST.judge(bytes(altered), NOW, Purpose.SEAL)


def test_kind_of_key_is_told() -> None:
    seen = {}
    for name in ("short", "odd-curve", "edwards"):
        with pytest.raises(SignatureRefused) as refused:
            certificates.judge_alone(authority.certificate(name))
        seen[name] = refused.value.reason.split(" is ")[1].split(";")[0]
    assert seen == {"short": "RSA of 1024 bits", "odd-curve": "secp256k1", "edwards": "Ed25519"}
