"""WS-Addressing headers as a value, and what is wrong with them."""

from __future__ import annotations

import pytest

from soap import addressing
from soap.addressing import Addressing
from soap.envelope import Envelope
from soap.faults import SOAPFault
from tests.soap.messages import (
    ACTION,
    ACTION_HEADER,
    ANONYMOUS,
    HEADERS,
    MESSAGE_ID,
    MESSAGE_ID_HEADER,
    REPLY_TO_HEADER,
    an_envelope,
    read_simple,
)


def with_headers(headers: str) -> Envelope:
    return read_simple(an_envelope(headers))


def refused(headers: str) -> SOAPFault:
    with pytest.raises(SOAPFault) as refusal:
        with_headers(headers)
    return refusal.value


def test_every_addressing_header_has_its_field() -> None:
    """[WS-Addressing Core: 3.2]"""
    headers = HEADERS + (
        f"<a:From><a:Address>urn:from</a:Address></a:From><a:FaultTo><a:Address>{ANONYMOUS}</a:Address></a:FaultTo>"
        "<a:RelatesTo>urn:uuid:earlier</a:RelatesTo>"
    )
    assert with_headers(headers).addressing == Addressing(
        action=ACTION,
        message_id=MESSAGE_ID,
        to="http://example.invalid/service",
        reply_to=ANONYMOUS,
        fault_to=ANONYMOUS,
        relates_to="urn:uuid:earlier",
        from_="urn:from",
    )


def test_action_and_message_id_are_enough() -> None:
    """[WS-Addressing Core: 3.2] To and ReplyTo are anonymous where they are absent."""
    found = with_headers(ACTION_HEADER + MESSAGE_ID_HEADER).addressing
    assert found == Addressing(action=ACTION, message_id=MESSAGE_ID)


def test_white_space_around_values_does_not_count() -> None:
    found = with_headers(f"<a:Action>\n {ACTION}\t</a:Action><a:MessageID> {MESSAGE_ID} </a:MessageID>").addressing
    assert (found.action, found.message_id) == (ACTION, MESSAGE_ID)


def test_comment_inside_the_action_does_not_cut_it() -> None:
    found = with_headers(f"<a:Action>urn:example<!-- -->:do</a:Action>{MESSAGE_ID_HEADER}").addressing
    assert found.action == ACTION


@pytest.mark.parametrize(
    ("headers", "header"),
    [
        ("", "wsa:Action"),
        (MESSAGE_ID_HEADER, "wsa:Action"),
        (MESSAGE_ID_HEADER + "<a:Action> </a:Action>", "wsa:Action"),
        (
            MESSAGE_ID_HEADER + '<a:Action xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">x</a:Action>',
            "wsa:Action",
        ),
        (ACTION_HEADER, "wsa:MessageID"),
        (ACTION_HEADER + "<a:MessageID/>", "wsa:MessageID"),
    ],
)
def test_missing_header_gets_MessageAddressingHeaderRequired(headers: str, header: str) -> None:
    """[WS-Addressing SOAP Binding: 6.4.2], [WS-Addressing Core: 3.4]"""
    fault = refused(headers)
    assert fault.code == "Sender"
    assert fault.subcode == "wsa:MessageAddressingHeaderRequired"
    assert fault.detail == f"<wsa:ProblemHeaderQName>{header}</wsa:ProblemHeaderQName>".encode()


@pytest.mark.parametrize(
    ("extra", "header"),
    [
        (ACTION_HEADER, "wsa:Action"),
        (MESSAGE_ID_HEADER, "wsa:MessageID"),
        ("<a:To>urn:x</a:To>", "wsa:To"),
        (REPLY_TO_HEADER, "wsa:ReplyTo"),
        ("<a:From><a:Address>x</a:Address></a:From>" * 2, "wsa:From"),
        (f"<a:FaultTo><a:Address>{ANONYMOUS}</a:Address></a:FaultTo>" * 2, "wsa:FaultTo"),
    ],
)
def test_header_given_twice_gets_InvalidAddressingHeader(extra: str, header: str) -> None:
    """[WS-Addressing SOAP Binding: 6.4.1.3]"""
    fault = refused(HEADERS + extra)
    assert (fault.code, fault.subcode, fault.subsubcode) == (
        "Sender",
        "wsa:InvalidAddressingHeader",
        "wsa:InvalidCardinality",
    )
    assert header in fault.reason
    assert fault.message_id == MESSAGE_ID


def test_several_relations_are_allowed_and_the_reply_counts() -> None:
    """[WS-Addressing Core: 3.1]"""
    headers = HEADERS + (
        '<a:RelatesTo RelationshipType="urn:example:follows">urn:one</a:RelatesTo>'
        "<a:RelatesTo>urn:two</a:RelatesTo><a:RelatesTo>urn:three</a:RelatesTo>"
    )
    assert with_headers(headers).addressing.relates_to == "urn:two"


@pytest.mark.parametrize("name", ["ReplyTo", "From", "FaultTo"])
def test_endpoint_without_address_gets_MissingAddressInEPR(name: str) -> None:
    """[WS-Addressing SOAP Binding: 6.4.1.4]"""
    fault = refused(ACTION_HEADER + MESSAGE_ID_HEADER + f"<a:{name}><a:Metadata/></a:{name}>")
    assert (fault.subcode, fault.subsubcode) == ("wsa:InvalidAddressingHeader", "wsa:MissingAddressInEPR")


@pytest.mark.parametrize(
    ("name", "address"),
    [("ReplyTo", "http://elsewhere.invalid/"), ("ReplyTo", addressing.NONE), ("FaultTo", "http://elsewhere.invalid/")],
)
def test_answer_wanted_elsewhere_gets_OnlyAnonymousAddressSupported(name: str, address: str) -> None:
    headers = ACTION_HEADER + MESSAGE_ID_HEADER + f"<a:{name}><a:Address>{address}</a:Address></a:{name}>"
    fault = refused(headers)
    assert (fault.subcode, fault.subsubcode) == ("wsa:InvalidAddressingHeader", "wsa:OnlyAnonymousAddressSupported")
    assert f"wsa:{name}" in fault.reason


@pytest.mark.parametrize("address", [addressing.ANONYMOUS, addressing.NONE])
def test_fault_wanted_here_or_nowhere_is_accepted(address: str) -> None:
    headers = HEADERS + f"<a:FaultTo><a:Address>{address}</a:Address></a:FaultTo>"
    assert with_headers(headers).addressing.fault_to == address


def test_addressing_headers_for_another_role_are_not_ours() -> None:
    """[SOAP 1.2-1: 2.4]"""
    other = f'<a:Action s:role="urn:other" s:mustUnderstand="1">urn:not:ours</a:Action>{HEADERS}'
    assert with_headers(other).addressing.action == ACTION
