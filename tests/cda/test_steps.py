"""Steps from an element to those within it."""

from __future__ import annotations

from lxml import etree

from cda.steps import child, firsts, value_of


def test_the_first_child_of_each_name_is_found() -> None:
    """Where a name stands more than once, the others are left."""
    element = etree.fromstring("<a><b n='1'/><c n='2'/><b n='3'/><!-- --></a>")
    found = firsts(element)
    assert (found["b"].get("n"), found["c"].get("n")) == ("1", "2")
    assert found["b"] is child(element, "b")


def test_a_path_that_breaks_off_leads_nowhere() -> None:
    """An element that is not there has neither children nor attributes."""
    element = etree.fromstring("<a><b/></a>")
    assert child(element, "b", "c", "d") is None
    assert child(None, "b") is None
    assert value_of(child(element, "c"), "n") == ""


def test_blanks_around_an_attribute_are_left_off() -> None:
    """An attribute that is not there is empty."""
    element = etree.fromstring("<a n=' x '/>")
    assert (value_of(element, "n"), value_of(element, "m")) == ("x", "")
