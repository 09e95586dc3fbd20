"""Envelopes read and written: SOAP 1.2's structure, its processing order, its faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from safexml.namespaces import SOAP, WSA
from soap import addressing, envelope, faults, mtom
from soap.addressing import Addressing
from soap.envelope import Envelope
from soap.faults import Code, ReceivedFault, SOAPFault
from soap.limits import Limits
from tests.soap.messages import (
    HEADERS,
    MESSAGE_ID,
    NAMESPACES,
    RELATED,
    a_multipart,
    an_envelope,
    read_simple,
    the_root,
)

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "ihe-schema" / "soap"


def refused(body: bytes) -> SOAPFault:
    with pytest.raises(SOAPFault) as refusal:
        read_simple(body)
    return refusal.value


def test_request_gives_addressing_and_the_element_of_its_body() -> None:
    message = read_simple(an_envelope())
    assert message.addressing.message_id == MESSAGE_ID
    assert message.body.tag == "{urn:example}Do"
    assert message.security is None


def test_root_part_with_an_XML_declaration_is_read() -> None:
    root = b'<?xml version="1.0" encoding="UTF-8"?>\n' + an_envelope()
    message = envelope.read(mtom.unpack(RELATED, a_multipart([the_root(root)])))
    assert message.package.is_mtom


def test_envelope_in_a_declared_encoding_is_read() -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?>' + an_envelope(body="<x:Do>é</x:Do>").decode()
    message = envelope.read(mtom.unpack("application/soap+xml", body.encode("latin-1")))
    assert message.body.text == "é"


def test_envelope_without_namespace_prefixes_is_read() -> None:
    body = (
        f'<Envelope xmlns="{SOAP}"><Header><Action xmlns="{WSA}">urn:a</Action><MessageID xmlns="{WSA}">urn:m</MessageID>'
        '</Header><Body><Do xmlns=""/></Body></Envelope>'
    )
    assert read_simple(body.encode()).body.tag == "Do"


@pytest.mark.parametrize(
    "root",
    [
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>',
        "<Envelope/>",
        f'<s:Body xmlns:s="{SOAP}"/>',
        "<html/>",
    ],
)
def test_other_root_element_gets_VersionMismatch_with_Upgrade(root: str) -> None:
    """[SOAP 1.2-1: 5.4.7]"""
    fault = refused(root.encode())
    assert fault.code is Code.VERSION_MISMATCH
    assert fault.http_status == 500
    header = written(fault).find(f"{{{SOAP}}}Header/{{{SOAP}}}Upgrade/{{{SOAP}}}SupportedEnvelope")
    assert header is not None
    assert resolved(header, header.get("qname")) == f"{{{SOAP}}}Envelope"


SENDER_FAULTS = {
    "no Body": (f"<s:Envelope {NAMESPACES}><s:Header>{HEADERS}</s:Header></s:Envelope>", "found soap:Header"),
    "nothing": (f"<s:Envelope {NAMESPACES}/>", "found nothing"),
    "two Bodies": (f"<s:Envelope {NAMESPACES}><s:Body/><s:Body/></s:Envelope>", "soap:Body, soap:Body"),
    "Body before Header": (f"<s:Envelope {NAMESPACES}><s:Body/><s:Header/></s:Envelope>", "soap:Body, soap:Header"),
    "something after the Body": (f"<s:Envelope {NAMESPACES}><s:Body/><x:y/></s:Envelope>", "soap:Body, {urn:example}y"),
    "SOAP 1.1 Body": (
        f'<s:Envelope {NAMESPACES}><e:Body xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/></s:Envelope>',
        "schemas.xmlsoap.org",
    ),
    "empty Body": (an_envelope(body="").decode(), "Body is empty"),
    "text in the Body": (an_envelope(body="hello").decode(), "Body is empty"),
    "two elements in the Body": (an_envelope(body="<x:a/><x:b/>").decode(), "holds 2 elements"),
    "Body that is no XML": (an_envelope(body="<x:a>").decode(), "tag name mismatch"),
    "DTD": ("<!DOCTYPE a>" + an_envelope().decode(), "DOCTYPE"),
    "101 headers": (an_envelope(extra="<x:h/>" * 97).decode(), "more than 100 blocks"),
}


@pytest.mark.parametrize("name", SENDER_FAULTS)
def test_envelope_out_of_shape_gets_its_fault(name: str) -> None:
    """[SOAP 1.2-1: 5]"""
    body, reason = SENDER_FAULTS[name]
    fault = refused(body.encode())
    assert reason in fault.reason
    assert fault.code is Code.SENDER
    assert fault.http_status == 400


def test_limit_of_header_blocks_is_reached_and_not_passed() -> None:
    package = mtom.unpack("application/soap+xml", an_envelope())
    assert envelope.read(package, Limits(headers=4))
    with pytest.raises(SOAPFault, match="more than 3 blocks"):
        envelope.read(package, Limits(headers=3))


def test_fault_of_the_body_knows_which_message_it_answers() -> None:
    assert refused(an_envelope(body="")).message_id == MESSAGE_ID


def test_fault_of_an_unreadable_envelope_answers_no_message() -> None:
    assert refused(b"<").message_id is None


@pytest.mark.parametrize("must", ["1", "true", " true "])
@pytest.mark.parametrize("role", ["", f"{SOAP}/role/next", f"{SOAP}/role/ultimateReceiver", None])
def test_unknown_header_that_must_be_understood_gets_MustUnderstand(must: str, role: str | None) -> None:
    """[SOAP 1.2-1: 5.4.8]"""
    attribute = "" if role is None else f's:role="{role}"'
    fault = refused(
        an_envelope(extra=f'<x:Strange s:mustUnderstand="{must}" {attribute}/><Plain s:mustUnderstand="1"/>')
    )
    assert fault.code is Code.MUST_UNDERSTAND
    assert fault.http_status == 500
    assert fault.message_id == MESSAGE_ID
    blocks = written(fault).findall(f"{{{SOAP}}}Header/{{{SOAP}}}NotUnderstood")
    assert [resolved(block, block.get("qname")) for block in blocks] == ["{urn:example}Strange", "Plain"]


def test_fault_about_many_long_headers_stays_short() -> None:
    names = "".join(f'<x:h{i}{"x" * 5000} s:mustUnderstand="1"/>' for i in range(90))
    fault = refused(an_envelope(extra=names))
    assert len(fault.reason) < 500
    assert fault.headers.count(b"NotUnderstood") == 10


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        's:mustUnderstand="0"',
        's:mustUnderstand="false"',
        's:mustUnderstand="1" s:role="urn:other"',
        f's:mustUnderstand="1" s:role="{SOAP}/role/none"',
        'mustUnderstand="1"',
    ],
)
def test_unknown_header_that_need_not_be_understood_is_ignored(attributes: str) -> None:
    """[SOAP 1.2-1: 2.4]"""
    assert read_simple(an_envelope(extra=f"<x:Strange {attributes}/>"))


@pytest.mark.parametrize("value", ["yes", "TRUE", "2", ""])
def test_mustUnderstand_that_is_no_boolean_gets_a_Sender_fault(value: str) -> None:
    fault = refused(an_envelope(extra=f'<o:Security s:mustUnderstand="{value}"/>'))
    assert fault.code is Code.SENDER
    assert "wsse:Security" in fault.reason


def test_every_header_we_know_may_be_marked_mustUnderstand() -> None:
    mark = 's:mustUnderstand="1"'
    endpoint = f"<a:Address>{addressing.ANONYMOUS}</a:Address>"
    headers = "".join(
        (
            f"<a:Action {mark}>urn:a</a:Action><a:MessageID {mark}>urn:m</a:MessageID><a:To {mark}>urn:t</a:To>",
            f"<a:ReplyTo {mark}>{endpoint}</a:ReplyTo><a:FaultTo {mark}>{endpoint}</a:FaultTo>",
            f"<a:From {mark}>{endpoint}</a:From><a:RelatesTo {mark}>urn:r</a:RelatesTo><o:Security {mark}/>",
        )
    )
    assert read_simple(an_envelope(headers)).security is not None


def test_header_not_understood_is_told_before_addressing_and_body() -> None:
    """[SOAP 1.2-1: 2.6]"""
    assert refused(an_envelope('<x:h s:mustUnderstand="1"/>', body="")).code is Code.MUST_UNDERSTAND


# Writing.


def written(fault: SOAPFault, relates_to: str | None = MESSAGE_ID) -> etree._Element:
    return etree.fromstring(b"".join(envelope.write_fault(fault, relates_to, "urn:uuid:new")))


def resolved(element: etree._Element, name: str | None) -> str:
    prefix, _, local = (name or "").rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return f"{{{namespace}}}{local}" if namespace else local


def reread(pieces: list[bytes]) -> Envelope:
    return envelope.read(mtom.unpack(mtom.SIMPLE, b"".join(pieces)))


XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")).filter(lambda c: c not in "\ufffe\uffff"),
    min_size=1,
    max_size=30,
).filter(lambda text: text == text.strip())


@given(XML_TEXT, XML_TEXT, st.none() | XML_TEXT, st.none() | XML_TEXT)
def test_read_undoes_write(action: str, message_id: str, relates_to: str | None, to: str | None) -> None:
    message = reread(envelope.write(action, relates_to, [b"<d>", b"</d>"], message_id=message_id, to=to))
    assert message.addressing == Addressing(action=action, message_id=message_id, to=to, relates_to=relates_to)
    assert message.body.tag == "d"


@given(XML_TEXT, XML_TEXT, XML_TEXT)
def test_read_undoes_write_request(action: str, message_id: str, to: str) -> None:
    message = reread(envelope.write_request(action, message_id, to, [b"<d/>"]))
    assert message.addressing == Addressing(action, message_id, to, addressing.ANONYMOUS)


@given(st.binary(max_size=100), XML_TEXT)
def test_read_undoes_write_through_a_package(content: bytes, action: str) -> None:
    include = b'<d><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:1@x"/></d>'
    pieces = envelope.write_request(action, "urn:m", "urn:t", [include])
    header, body = mtom.pack(
        pieces, [mtom.Attachment("1@x", "a/b", mtom.Bytes(content))], lambda: "urn:uuid:0f1e2d3c4b5a"
    )
    message = envelope.read(mtom.unpack(header, b"".join(mtom.chunks_of(body))))
    assert message.addressing.action == action
    found = mtom.content_of(message.body, message.package)
    assert found is not None
    assert bytes(found) == content
    assert message.package.unreferenced() == ()


def test_body_is_spliced_in_as_it_is() -> None:
    pieces = envelope.write("urn:a", None, [b"<d >", b"\r\n</d>"], message_id="urn:m")
    assert b"<d >\r\n</d>" in b"".join(pieces)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_make_a_fault_that_can_be_read(reason: str, relates_to: str) -> None:
    root = written(SOAPFault(Code.SENDER, reason, reason_fr=reason), relates_to)
    assert root.find(f".//{{{SOAP}}}Fault") is not None


# Answers.


def answer(body: str, headers: str = "") -> Envelope:
    return envelope.read_answer(mtom.unpack("application/soap+xml", an_envelope(headers, body)))


def test_answer_without_addressing_is_read() -> None:
    message = answer("<x:Done/>")
    assert message.body.tag == "{urn:example}Done"
    assert message.addressing == Addressing()


def test_answer_without_header_is_read() -> None:
    body = f"<s:Envelope {NAMESPACES}><s:Body><x:Done/></s:Body></s:Envelope>".encode()
    assert envelope.read_answer(mtom.unpack("application/soap+xml", body)).addressing == Addressing()


def test_answer_with_a_header_that_must_be_understood_is_not() -> None:
    with pytest.raises(SOAPFault, match="must be understood"):
        answer("<x:Done/>", '<x:h s:mustUnderstand="1"/>')


def test_received_fault_says_what_the_partner_said() -> None:
    fault = faults.HEADER_TWICE.fault("wsa:To", detail=b"<wsa:ProblemHeaderQName>wsa:To</wsa:ProblemHeaderQName>")
    with pytest.raises(ReceivedFault) as received:
        reread_answer(envelope.write_fault(fault, MESSAGE_ID, "urn:new"))
    assert received.value.code == "Sender"
    assert received.value.subcodes == ("wsa:InvalidAddressingHeader", "wsa:InvalidCardinality")
    assert received.value.reason == fault.reason
    assert received.value.addressing.relates_to == MESSAGE_ID
    assert received.value.detail is not None
    assert received.value.detail[0].text == "wsa:To"


def reread_answer(pieces: list[bytes]) -> Envelope:
    return envelope.read_answer(mtom.unpack(mtom.SIMPLE, b"".join(pieces)))


def test_received_fault_in_another_language_and_other_prefixes_is_read() -> None:
    body = (
        '<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value xmlns:q="urn:q">q:Broken</s:Value></s:Subcode>'
        '</s:Code><s:Reason><s:Text xml:lang="fr-FR">en panne</s:Text></s:Reason></s:Fault>'
    )
    with pytest.raises(ReceivedFault, match="en panne") as received:
        answer(body)
    assert (received.value.code, received.value.subcodes) == ("Receiver", ("{urn:q}Broken",))


def test_received_fault_without_anything_in_it_is_still_a_fault() -> None:
    with pytest.raises(ReceivedFault) as received:
        answer("<s:Fault/>")
    assert (received.value.code, received.value.subcodes, received.value.reason) == ("", (), "")


# The genuine schemas.


@pytest.fixture(scope="module")
def soap_schema() -> etree.XMLSchema:
    if not SCHEMAS.is_dir():
        pytest.skip("the SOAP and WS-Addressing schemas are not beside this checkout")
    return etree.XMLSchema(etree.parse(str(SCHEMAS / "soap-1.2-envelope.xsd")))


@pytest.fixture(scope="module")
def addressing_schema() -> etree.XMLSchema:
    if not SCHEMAS.is_dir():
        pytest.skip("the SOAP and WS-Addressing schemas are not beside this checkout")
    return etree.XMLSchema(etree.parse(str(SCHEMAS / "ws-addr.xsd")))


def check(root: etree._Element, soap_schema: etree.XMLSchema, addressing_schema: etree.XMLSchema) -> None:
    """The envelope, the headers and the fault detail, each under its own schema."""
    soap_schema.assertValid(root)
    blocks = [*root.iterfind(f"{{{SOAP}}}Header/*"), *root.iterfind(f".//{{{SOAP}}}Detail/*")]
    for block in blocks:
        (addressing_schema if block.tag.startswith(f"{{{WSA}}}") else soap_schema).assertValid(block)


@pytest.mark.parametrize("name", faults.table())
def test_every_fault_of_the_table_is_schema_valid(
    name: str, soap_schema: etree.XMLSchema, addressing_schema: etree.XMLSchema
) -> None:
    root = written(faults.table()[name].fault("wsa:To"))
    check(root, soap_schema, addressing_schema)
    texts = root.findall(f".//{{{SOAP}}}Text")
    assert [text.get("{http://www.w3.org/XML/1998/namespace}lang") for text in texts] == ["en", "fr"]


@pytest.mark.parametrize(
    "body",
    [
        an_envelope(""),
        an_envelope(extra=HEADERS),
        an_envelope(extra='<x:h s:mustUnderstand="1"/><h s:mustUnderstand="1"/>'),
        b"<Envelope/>",
        an_envelope(extra="<a:FaultTo><a:Address>urn:x</a:Address></a:FaultTo>"),
    ],
)
def test_fault_with_detail_and_headers_is_schema_valid(
    body: bytes, soap_schema: etree.XMLSchema, addressing_schema: etree.XMLSchema
) -> None:
    check(written(refused(body)), soap_schema, addressing_schema)


def test_request_and_answer_are_schema_valid(soap_schema: etree.XMLSchema, addressing_schema: etree.XMLSchema) -> None:
    for pieces in (
        envelope.write("urn:a", "urn:r", [b"<d/>"], message_id="urn:m", to="urn:t"),
        envelope.write_request("urn:a", "urn:m", "urn:t", [b"<d/>"]),
    ):
        check(etree.fromstring(b"".join(pieces)), soap_schema, addressing_schema)
