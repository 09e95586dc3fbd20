"""Hostile XML is refused with a reason, harmless XML is read."""

from __future__ import annotations

import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from safexml import parser
from safexml.parser import Bounds, HostileXML

BILLION_LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]><l>&j;</l>"
)

REFUSED = {
    "entity bomb": (BILLION_LAUGHS, "DOCTYPE"),
    "external entity": (b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>', "DOCTYPE"),
    "external DTD": (b'<!DOCTYPE a SYSTEM "http://dtd.invalid/x.dtd"><a/>', "DOCTYPE"),
    "parameter entity": (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://dtd.invalid/x">%p;]><a/>', "DOCTYPE"),
    "DOCTYPE hidden in UTF-16": ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"), "DOCTYPE"),
    "DOCTYPE after a declaration": (b'<?xml version="1.0"?>\n<!DOCTYPE a>\n<a/>', "DOCTYPE"),
    "DOCTYPE in a comment": (b"<a><!-- <!DOCTYPE a> --></a>", "DOCTYPE"),
    "DOCTYPE in UTF-8 with a mark": (b"\xef\xbb\xbf<!DOCTYPE a><a/>", "DOCTYPE"),
    "undeclared entity": (b"<a>&nbsp;</a>", "undeclared entity"),
    "nothing": (b"", "document empty"),
    "white space": (b" \r\n ", "document empty"),
    "text": (b"hello", "document empty"),
    "cut in a tag": (b"<a><b", "line 1"),
    "cut between tags": (b"<a><b></b>", "line 1"),
    "wrong end tag": (b"<a>\n<b></c></a>", "tag name mismatch, line 2"),
    "two roots": (b"<a/><b/>", "document end"),
    "attribute twice": (b'<a b="1" b="2"/>', "attribute redefined"),
    "undeclared prefix": (b"<p:a/>", "undefined namespace"),
    "NUL": (b"<a>\x00</a>", "invalid char"),
    "broken UTF-8": (b"<a>\xff</a>", "invalid encoding"),
    "EBCDIC": ('<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037"), "document empty"),
    "UTF-7 declared": (b'<?xml version="1.0" encoding="UTF-7"?><a>+ADwAIQ-DOCTYPE</a>', "UTF-7"),
    "UTF-16 without byte order mark": ("<a/>".encode("utf-16-le"), "line 1"),
    "UTF-16 declared and not sent": (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "byte order mark"),
    "UTF-16 mark and broken text": (b"\xff\xfe\x00", "UTF-16"),
    "UTF-32": ("<a/>".encode("utf-32"), "line 1"),
    "101 nested elements": (b"<a>" * 101 + b"</a>" * 101, "deeper than 100"),
    "100000 nested elements": (b"<a>" * 100_000 + b"</a>" * 100_000, "resource limit"),
    "65 attributes": (b"<a %s/>" % b" ".join(b'a%d=""' % i for i in range(65)), "more than 64 attributes"),
    "100000 attributes": (b"<a %s/>" % b" ".join(b'a%d=""' % i for i in range(100_000)), "more than 64 attributes"),
    "a million tags": (b"<a>%s</a>" % (b"<b/>" * 1_000_000), "more than 1000000 tags"),
    "a million attributes": (b"<a>%s</a>" % (b'<b c="" d=""/>' * 500_001), "more than 1000000 attributes"),
    "text above libxml2's guard": (b"<a>%s</a>" % (b"x" * 10_000_001), "resource limit"),
    "attribute above libxml2's guard": (b'<a b="%s"/>' % (b"x" * 10_000_001), "resource limit"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_document_is_refused_with_its_reason(name: str) -> None:
    document, reason = REFUSED[name]
    with pytest.raises(HostileXML) as refusal:
        parser.parse(document)
    assert reason in refusal.value.reason


def test_refusal_never_quotes_the_document() -> None:
    for document in (b"<a>DUPONT</DURAND>", b"<DUPONT>", b"<a DUPONT></a>", b"<a>&DUPONT;</a>", b'<DUPONT:a b="1"/>'):
        with pytest.raises(HostileXML) as refusal:
            parser.parse(document)
        assert "DU" not in refusal.value.reason


def test_document_above_the_size_is_refused_before_it_is_read() -> None:
    with pytest.raises(HostileXML, match="at most 10"):
        parser.parse(b"<a></a><not xml", Bounds(size=10))


READ = {
    "UTF-8 by default": ("<a>é€</a>".encode(), "é€"),
    "UTF-8 with byte order mark": (b"\xef\xbb\xbf" + "<a>é€</a>".encode(), "é€"),
    "ISO-8859-1 declared": ('<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>'.encode("latin-1"), "é"),
    "ISO-8859-15 declared": ("<?xml version='1.0' encoding='ISO-8859-15'?><a>é€</a>".encode("iso-8859-15"), "é€"),
    "windows-1252 declared": ('<?xml version="1.0" encoding="windows-1252"?><a>é€</a>'.encode("cp1252"), "é€"),
    "US-ASCII declared": (b'<?xml version="1.0" encoding="US-ASCII"?><a>e</a>', "e"),
    "UTF-16, little end first": ("<?xml version='1.0' encoding='UTF-16'?><a>é€</a>".encode("utf-16"), "é€"),
    "UTF-16, big end first": (b"\xfe\xff" + "<a>é€</a>".encode("utf-16-be"), "é€"),
    "UTF-8 declared before UTF-16": ("<?xml version='1.0' encoding='UTF-8'?><a>é</a>".encode("utf-16"), "é"),
    "characters by number": (b"<a>&#233;&#x20AC;</a>", "é€"),
    "CDATA": (b"<a><![CDATA[<b>]]></a>", "<b>"),
}


@pytest.mark.parametrize("name", READ)
def test_document_is_read_in_the_encoding_it_declares(name: str) -> None:
    document, text = READ[name]
    assert parser.parse(document).text == text


def test_charset_of_the_carrier_wins_over_the_declaration() -> None:
    """[RFC 7303: 3.2]"""
    document = '<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode("latin-1")
    assert parser.parse(document, charset="ISO-8859-1").text == "é"


def test_byte_order_mark_wins_over_the_charset() -> None:
    """[RFC 7303: 3]"""
    assert parser.parse("<a>é</a>".encode("utf-16"), charset="utf-8").text == "é"


def test_unknown_charset_of_the_carrier_is_refused() -> None:
    with pytest.raises(HostileXML, match="x-mac"):
        parser.parse(b"<a/>", charset="x-mac")


def test_comment_cannot_hide_half_of_a_text() -> None:
    root = parser.parse(b"<a>one<!-- -->two<?p i?>three<b/></a>")
    assert root.text == "onetwothree"
    assert [child.tag for child in root.iterchildren()] == ["b"]


def test_sealed_document_keeps_its_comments_and_processing_instructions() -> None:
    root = parser.parse(b"<?before?><a>one<!-- c -->two</a>", keeps_comments=True)
    assert etree.tostring(root.getroottree()) == b"<?before?><a>one<!-- c -->two</a>"


def test_every_kind_of_buffer_is_read() -> None:
    document = b"<a>b</a>"
    mapped = mmap.mmap(-1, len(document))
    mapped[:] = document
    for buffer in (
        document,
        bytearray(document),
        memoryview(document),
        memoryview(bytearray(document)),
        memoryview(mapped),
    ):
        assert parser.parse(buffer).text == "b"


def test_text_above_ten_million_is_read_where_the_bounds_allow_it() -> None:
    document = b"<a>%s</a>" % (b"x" * 10_000_001)
    assert len(parser.parse(document, Bounds(text=11_000_000)).text or "") == 10_000_001


def test_own_text_bound_holds_where_libxml2s_is_lifted() -> None:
    bounds = Bounds(text=10_500_000)
    for document in (b"<a>%s</a>", b'<a b="%s"/>'):
        with pytest.raises(HostileXML, match="more than 10500000 characters"):
            parser.parse(document % (b"x" * 10_500_001), bounds)


def test_own_depth_bound_holds_where_libxml2s_is_lifted() -> None:
    document = b"<a>" * 1000 + b"x" * 10_000_001 + b"</a>" * 1000
    with pytest.raises(HostileXML, match="deeper than 100"):
        parser.parse(document, Bounds(text=20_000_000))


def test_bounds_are_reached_and_not_passed() -> None:
    bounds = Bounds(size=50, depth=3, attributes=2, tags=6, text=20)
    assert parser.parse(b'<a><b><c d="" e="">%s</c></b></a>' % (b"x" * 17), bounds).tag == "a"


def test_small_text_bound_holds() -> None:
    with pytest.raises(HostileXML, match="more than 20 characters"):
        parser.parse(b"<a>%s</a>" % (b"x" * 21), Bounds(text=20))


@given(st.binary(max_size=200) | st.text(alphabet="<>/ab='\"&;![]?- x\x00é", max_size=60).map(str.encode))
def test_any_bytes_give_an_element_or_a_refusal(document: bytes) -> None:
    try:
        root = parser.parse(document)
    except HostileXML as refusal:
        assert refusal.reason
    else:
        assert isinstance(root.tag, str)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=50))
def test_text_comes_out_as_it_was_written(text: str) -> None:
    element = etree.Element("a")
    try:
        element.text = text
    except ValueError:  # a character that XML cannot hold
        return
    assert (parser.parse(etree.tostring(element, encoding="UTF-8")).text or "") == text
