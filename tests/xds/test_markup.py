"""Text as XML: what is escaped comes back. [XML 1.0: 2.2, 2.11, 3.3.3]"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.samples.strategies import texts
from xds.markup import escaped, joined


@given(texts)
def test_text_is_the_same_as_text_and_as_attribute(text: str) -> None:
    element = etree.fromstring(joined([f'<a b="{escaped(text)}">{escaped(text)}</a>']))
    assert (element.text, element.get("b")) == (text, text)


@given(st.text(st.characters()))
def test_any_text_whatever_makes_good_xml_without_control_characters(text: str) -> None:
    """Nothing can forge a hole of a stored object."""
    markup = joined([f'<a b="{escaped(text)}"/>'])
    etree.fromstring(markup)
    assert not any(byte < 32 for byte in markup)


def test_surrogates_and_control_characters_become_the_replacement_character() -> None:
    assert escaped("a\x00\x01\ud800\uffffb") == "a\ufffd\ufffd\ufffd\ufffdb"
