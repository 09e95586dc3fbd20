"""The namespaces and how their names are spelled."""

from __future__ import annotations

from safexml import namespaces


def test_qualified_name_is_spelled_as_the_parsed_tree_spells_it() -> None:
    assert namespaces.qname(namespaces.RIM, "Slot") == "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}Slot"
    assert namespaces.qname("", "Slot") == "Slot"


def test_split_undoes_qname() -> None:
    for namespace in (namespaces.SOAP, namespaces.DS, ""):
        assert namespaces.split(namespaces.qname(namespace, "x")) == (namespace, "x")


def test_known_namespace_reads_as_its_prefix() -> None:
    assert namespaces.readable(namespaces.qname(namespaces.WSA, "To")) == "wsa:To"


def test_unknown_namespace_reads_whole() -> None:
    assert namespaces.readable("{urn:x}y") == "{urn:x}y"
    assert namespaces.readable("y") == "y"


def test_no_namespace_has_two_prefixes() -> None:
    assert len(set(namespaces.PREFIXES.values())) == len(namespaces.PREFIXES)
