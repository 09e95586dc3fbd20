"""A schema judges a tree, tells where it is not as it says, and asks no network."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from safexml import parser
from safexml.schemas import Flaw, Schema, UnfitSchema

HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"'


def a_schema(folder: Path, content: str) -> Schema:
    path = folder / "a.xsd"
    path.write_text(content, encoding="utf-8")
    return Schema(path)


LIST = f"""{HEAD} xmlns="urn:a" targetNamespace="urn:a" elementFormDefault="qualified">
<xs:element name="list"><xs:complexType><xs:sequence>
<xs:element name="other" minOccurs="0"/><xs:element name="item" type="xs:int" maxOccurs="9"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""


@pytest.mark.parametrize("prefix", ["", "p:"])
def test_flaw_is_told_with_constraint_path_and_line(tmp_path: Path, prefix: str) -> None:
    declared = f"xmlns{':p' if prefix else ''}='urn:a'"
    items = f"<{prefix}other/><{prefix}item>1</{prefix}item>\n<{prefix}item>x</{prefix}item>"
    root = parser.parse(f"<{prefix}list {declared}>\n{items}</{prefix}list>".encode())
    (flaw,) = a_schema(tmp_path, LIST).judge(root)
    assert flaw._replace(sentence="") == Flaw("CVC_DATATYPE_VALID_1_2_1", "", "/list[1]/item[2]", 3)
    assert "'x' is not a valid value" in flaw.sentence


def test_element_inside_another_document_is_judged_alone(tmp_path: Path) -> None:
    root = parser.parse(b"<wrap>\n<list xmlns='urn:a'><item>1</item></list><list xmlns='urn:a'/></wrap>")
    schema = a_schema(tmp_path, LIST)
    assert schema.judge(root[0]) == ()
    assert [(flaw.path, flaw.line) for flaw in schema.judge(root[1])] == [("/list[1]", 2)]


def test_schema_of_another_host_is_not_fetched(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/b.xsd"
        schema = a_schema(
            tmp_path,
            f'{HEAD}><xs:import namespace="urn:b" schemaLocation="{address}"/><xs:element name="a"/></xs:schema>',
        )
        assert schema.judge(parser.parse(b"<a/>")) == ()
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("content", [None, "<xs:schema", "<a/>"])
def test_schema_that_is_none_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "a.xsd"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UnfitSchema, match=r"a\.xsd"):
        Schema(path)
