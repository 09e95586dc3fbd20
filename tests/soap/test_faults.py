"""The table of causes, and faults as they are told."""

from __future__ import annotations

import pytest
from lxml import etree

from safexml.namespaces import SOAP, WSA
from soap import envelope, faults
from soap.faults import Cause, Code, SOAPFault

LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def told(fault: SOAPFault, relates_to: str | None = "urn:uuid:asked") -> etree._Element:
    return etree.fromstring(b"".join(envelope.write_fault(fault, relates_to, "urn:uuid:answer")))


@pytest.mark.parametrize("name", faults.table())
def test_every_cause_is_told_in_two_languages_with_its_clause(name: str) -> None:
    cause = faults.table()[name]
    assert cause.reason != cause.reason_fr
    assert cause.reason.count("{seen}") == cause.reason_fr.count("{seen}")
    assert cause.clause
    fault = cause.fault("{braces}")
    assert (cause.reason.count("{seen}") == 1) == ("{braces}" in fault.reason)


def test_no_two_causes_say_the_same() -> None:
    causes = list(faults.table().values())
    assert len({cause.reason for cause in causes}) == len(causes)


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (faults.EMPTY_BODY, 400),
        (faults.HEADER_REQUIRED, 400),
        (faults.NOT_UNDERSTOOD, 500),
        (faults.NOT_AN_ENVELOPE, 500),
        (faults.INTERNAL, 500),
    ],
)
def test_http_status_follows_the_code(cause: Cause, status: int) -> None:
    """[SOAP 1.2-2: 7.5.2.2]"""
    assert cause.fault().http_status == status


def test_fault_says_which_message_it_answers() -> None:
    root = told(faults.EMPTY_BODY.fault(), "urn:uuid:a&b")
    assert root.findtext(f".//{{{WSA}}}RelatesTo") == "urn:uuid:a&b"
    assert root.findtext(f".//{{{WSA}}}MessageID") == "urn:uuid:answer"


def test_fault_that_answers_no_message_has_no_RelatesTo() -> None:
    assert told(faults.HOSTILE_XML.fault(), None).find(f".//{{{WSA}}}RelatesTo") is None


def test_action_is_that_of_addressing_faults_or_of_other_faults() -> None:
    """[WS-Addressing SOAP Binding: 6]"""
    action = f".//{{{WSA}}}Action"
    assert told(faults.HEADER_REQUIRED.fault()).findtext(action) == "http://www.w3.org/2005/08/addressing/fault"
    assert told(faults.EMPTY_BODY.fault()).findtext(action) == "http://www.w3.org/2005/08/addressing/soap/fault"


def test_codes_are_nested_from_general_to_particular() -> None:
    """[SOAP 1.2-1: 5.4.1]"""
    values = [value.text for value in told(faults.HEADER_TWICE.fault()).iter(f"{{{SOAP}}}Value")]
    assert values == ["soap:Sender", "wsa:InvalidAddressingHeader", "wsa:InvalidCardinality"]


def test_subcode_of_another_namespace_declares_its_prefix() -> None:
    root = told(SOAPFault(Code.SENDER, "no", subcode="wsse:InvalidSecurityToken"))
    value = root.find(f".//{{{SOAP}}}Subcode/{{{SOAP}}}Value")
    assert value is not None
    assert value.text == "wsse:InvalidSecurityToken"
    assert "wssecurity-secext" in str(value.nsmap["wsse"])


def test_reason_comes_in_english_and_in_french() -> None:
    texts = told(faults.EMPTY_BODY.fault()).findall(f".//{{{SOAP}}}Text")
    assert [(text.get(LANG), text.text) for text in texts] == [
        ("en", faults.EMPTY_BODY.reason),
        ("fr", faults.EMPTY_BODY.reason_fr),
    ]


def test_reason_known_in_one_language_comes_in_that_one() -> None:
    texts = told(SOAPFault(Code.RECEIVER, "down")).findall(f".//{{{SOAP}}}Text")
    assert [text.get(LANG) for text in texts] == ["en"]


def test_what_xml_cannot_hold_is_told_as_question_marks() -> None:
    text = told(faults.NO_ROOT_PART.fault("a\x00\ud800<&b")).findtext(f".//{{{SOAP}}}Text")
    assert text == faults.NO_ROOT_PART.reason.format(seen="a??<&b")


def test_detail_stands_in_the_fault() -> None:
    root = told(faults.ACTION_NOT_SUPPORTED.fault("urn:x", detail=b"<wsa:ProblemAction/>"))
    assert root.find(f".//{{{SOAP}}}Detail/{{{WSA}}}ProblemAction") is not None
