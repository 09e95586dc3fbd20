"""The wsse:Security header: found, written, never judged."""

from __future__ import annotations

import pytest

from soap import envelope, security
from soap.faults import SOAPFault
from soap.security import SecurityHeader, Timestamp
from tests.soap.messages import MESSAGE_ID, an_envelope, read_simple

ASSERTION = b'<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1"><saml:Issuer>x</saml:Issuer></saml:Assertion>'


def a_request_with(header: bytes) -> bytes:
    return b"".join(envelope.write_request("urn:x", "urn:uuid:1", "urn:to", [b"<d/>"], header))


def test_request_without_security_header_has_none() -> None:
    message = read_simple(an_envelope())
    assert message.security is None
    assert security.read(message.security) == SecurityHeader()


def test_assertion_and_timestamp_are_found_as_they_were_written() -> None:
    """[ITI TF-2: 3.40.4.1.2]"""
    timestamp = Timestamp("2024-05-01T10:00:00Z", "2024-05-01T10:05:00Z")
    found = security.read(read_simple(a_request_with(security.write(ASSERTION, timestamp))).security)
    assert [assertion.get("ID") for assertion in found.assertions] == ["_1"]
    assert found.timestamps == (timestamp,)
    assert found.others == ()


def test_assertion_within_another_element_counts() -> None:
    """Wrapped aside, it would be read by one and passed over by the next. [WS-Security 1.1: 13]"""
    header = security.write(b"<w:Extensions xmlns:w='urn:w'>" + ASSERTION + b"</w:Extensions>" + ASSERTION)
    found = security.read(read_simple(a_request_with(header)).security)
    assert (len(found.assertions), found.others) == (2, ("{urn:w}Extensions",))


def test_header_without_timestamp_has_none() -> None:
    found = security.read(read_simple(a_request_with(security.write(ASSERTION))).security)
    assert found.timestamps == ()


def test_timestamp_may_lack_an_instant() -> None:
    header = security.write(b"", Timestamp(created="2024-05-01T10:00:00Z"))
    assert security.read(read_simple(a_request_with(header)).security).timestamps == (
        Timestamp("2024-05-01T10:00:00Z"),
    )


def test_bytes_of_the_assertion_are_sent_as_they_were_signed() -> None:
    assert ASSERTION in security.write(ASSERTION)


def test_everything_in_the_header_is_told() -> None:
    header = read_simple(an_envelope(extra="<o:Security><o:UsernameToken/><x:Other/></o:Security>")).security
    names = [name.rpartition("}")[2] for name in security.read(header).others]
    assert names == ["UsernameToken", "Other"]


def test_two_security_headers_for_us_get_a_Sender_fault() -> None:
    with pytest.raises(SOAPFault, match="two wsse:Security") as refusal:
        read_simple(an_envelope(extra="<o:Security/><o:Security/>"))
    assert refusal.value.message_id == MESSAGE_ID


def test_security_header_for_another_role_is_not_ours() -> None:
    message = read_simple(an_envelope(extra='<o:Security s:role="urn:other"/><o:Security><x:Ours/></o:Security>'))
    assert security.read(message.security).others == ("{urn:example}Ours",)
