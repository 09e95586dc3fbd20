"""A pack of our own writing, small enough to be read, laid out as the published one."""

from __future__ import annotations

import json
from pathlib import Path

from cda.pack import Pack
from safexml.namespaces import HL7, SCHEMATRON, XS

SCHEMATRON_OF = {
    "header": "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch",
    "volet": "schematrons/CI-SIS_LETTER_2024.01.sch",
    "ihe": "schematrons/profils/IHE.sch",
    "modeles": "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch",
    "ans": "schematrons/profils/CI-SIS_Modeles_ANS.sch",
}
TEMPLATE = "1.2.250.1.999.7"

_SCHEMA = f"""<xs:schema xmlns:xs="{XS}" xmlns="{HL7}" targetNamespace="{HL7}" elementFormDefault="qualified">
<xs:include schemaLocation="general/types.xsd"/>
<xs:element name="ClinicalDocument" type="Document"/>
</xs:schema>"""

_TYPES = f"""<xs:schema xmlns:xs="{XS}" xmlns="{HL7}" targetNamespace="{HL7}" elementFormDefault="qualified">
<xs:complexType name="Document"><xs:sequence>
<xs:element name="templateId" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
<xs:attribute name="root"/><xs:attribute name="extension"/></xs:complexType></xs:element>
<xs:element name="id"><xs:complexType><xs:attribute name="root"/><xs:attribute name="extension"/></xs:complexType></xs:element>
<xs:element name="title" minOccurs="0" maxOccurs="unbounded"><xs:complexType mixed="true">
<xs:attribute name="code"/></xs:complexType></xs:element>
<xs:element name="birthTime" minOccurs="0"><xs:complexType>
<xs:attribute name="value"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[0-9]+"/></xs:restriction>
</xs:simpleType></xs:attribute></xs:complexType></xs:element>
</xs:sequence></xs:complexType>
</xs:schema>"""


def schematron(content: str, attributes: str = "") -> str:
    """A whole schematron file."""
    return (
        f'<schema xmlns="{SCHEMATRON}" queryBinding="xslt2" {attributes}>'
        f'<ns prefix="cda" uri="{HL7}"/>{content}</schema>'
    )


def write(folder: Path, name: str, content: str) -> Path:
    """A file of a pack."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def make_pack(folder: Path, **schematrons: str) -> Pack:
    """A pack with these schematrons, by profile; the others ask nothing."""
    write(folder, "xsd/CDA_extended.xsd", _SCHEMA)
    write(folder, "xsd/general/types.xsd", _TYPES)
    for profile, name in SCHEMATRON_OF.items():
        write(folder, name, schematrons.get(profile, schematron("")))
    rows = [{"templateId": TEMPLATE, "extension": "2024.01", "schematron": SCHEMATRON_OF["volet"]}]
    write(folder, "volets.json", json.dumps(rows))
    return Pack(folder)


def document(inside: str = "", template: str = f'<templateId root="{TEMPLATE}" extension="2024.01"/>') -> bytes:
    """A document that the small schema allows."""
    return f'<ClinicalDocument xmlns="{HL7}">\n{template}\n<id root="2.999.1"/>\n{inside}</ClinicalDocument>'.encode()
