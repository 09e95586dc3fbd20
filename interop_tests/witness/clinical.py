"""What a sender reads from the header of a CDA to describe it: header → DocumentEntry. [CI-SIS SM: header and XDS metadata]

By XPath on the document as it lies there, wrapped in a stylesheet or a signature or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from interop_tests.witness import names, wire
from interop_tests.witness.metadata import Author, Code, Entry

INS_AUTHORITIES = ("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11")
ORGANIZATIONS = "1.2.250.1.71.4.2.2"
NO_FORMAT: Code = ("urn:asipSante:modelesHorsProfils:2011", "1.2.250.1.213.1.1.4.2.282", "Modèle hors profils")

_HL7 = {"h": names.NS["hl7"]}
_TIME = re.compile(r"(\d{4,14})(?:\.\d+)?([+-]\d{4})?")
_WHOLE = 14


@dataclass(frozen=True, slots=True)
class Tables:
    """Which class a type is of, which format a template or a media type has. [CI-SIS: ASS_X16, ASS_A11, ASS_A12]"""

    classes: dict[tuple[str, str], tuple[str, str]]
    templates: dict[str, tuple[str, str]]
    media_types: dict[str, tuple[str, str]]

    @classmethod
    def read(cls, folder: Path) -> Tables:
        """From the folder `codes` of the papers."""

        def rows(name: str) -> list[list[str]]:
            return [line.split("\t") for line in (folder / name).read_text("utf-8").splitlines()[1:]]

        return cls(
            {(code, system): (of, scheme) for code, system, of, scheme, *_ in rows("ass-x16-type-to-class-dmp.tsv")},
            {root: (code, scheme) for root, code, scheme, *_ in rows("ass-a11-template-to-format.tsv")},
            {kind: (code, scheme) for kind, code, scheme, *_ in rows("ass-a12-mediatype-to-format.tsv")},
        )


@dataclass(frozen=True, slots=True)
class Clinical:
    """A CDA document and the element in which it tells of itself."""

    content: bytes
    root: wire.Element
    header: wire.Element

    @classmethod
    def read(cls, content: bytes) -> Clinical:
        """The one ClinicalDocument of a document."""
        root = wire.parse(content)
        (header,) = root.iter(names.tag("hl7:ClinicalDocument"))
        return cls(content, root, header)

    def entry(self, tables: Tables, id: str = "Document01") -> Entry:
        """Its DocumentEntry."""
        patient = self.patient_id
        type_code = self.code("h:code")
        act = "h:documentationOf[1]/h:serviceEvent"
        performer = f"{act}/h:performer/h:assignedEntity/h:representedOrganization/h:standardIndustryClassCode"
        organization = "h:author/h:assignedAuthor/h:representedOrganization/h:standardIndustryClassCode"
        effective = self.value("h:documentationOf[1]/h:serviceEvent/h:effectiveTime/@value")
        of, scheme = tables.classes.get(type_code[:2], ("11", "1.2.250.1.213.1.1.4.1"))
        return Entry(
            id=id,
            patient_id=patient,
            content=self.content,
            unique_id=self.unique_id,
            mime_type=self.mime_type,
            title=" ".join(self.value("h:title").split())[:120] or type_code[2],
            creation_time=utc(self.value("h:effectiveTime/@value")),
            class_code=(of, scheme, of),
            type_code=type_code,
            format_code=self.format_code(tables),
            confidentiality_code=self.code("h:confidentialityCode"),
            facility_code=self.code("h:componentOf/h:encompassingEncounter/h:location/h:healthCareFacility/h:code"),
            practice_code=self.first_code(performer, organization),
            author=self.author,
            legal_authenticator=self.person("h:legalAuthenticator/h:assignedEntity"),
            language_code=self.value("h:languageCode/@code"),
            service_start_time=utc(self.value(f"{act}/h:effectiveTime/h:low/@value") or effective),
            service_stop_time=utc(self.value(f"{act}/h:effectiveTime/h:high/@value")),
            source_patient_id=patient,
            source_patient_info=self.traits,
        )

    @property
    def unique_id(self) -> str:
        """Its id, root and extension. [CI-SIS SM 3.5.5.4]"""
        extension = self.value("h:id/@extension")
        return self.value("h:id/@root") + (f"^{extension}" if extension else "")

    @property
    def patient_id(self) -> str:
        """The patient's INS, typed as the DMP has it."""
        for element in self.find("h:recordTarget/h:patientRole/h:id"):
            if element.get("root") in INS_AUTHORITIES:
                return f"{element.get('extension')}^^^&{element.get('root')}&ISO^NH"
        raise AssertionError("a document without INS")

    @property
    def replaces(self) -> tuple[str, ...]:
        """The uniqueIds of the documents that it says it replaces. [CI-SIS SM 3.5.5.23]"""
        parents = self.find("h:relatedDocument[@typeCode='RPLC']/h:parentDocument/h:id")
        return tuple("^".join(filter(None, (one.get("root"), one.get("extension")))) for one in parents)

    @property
    def mime_type(self) -> str:
        """A document in a stylesheet presents itself. [CI-SIS SM 3.3]"""
        return "application/xslt+xml" if self.root.tag.endswith("}stylesheet") else "text/xml"

    def format_code(self, tables: Tables) -> Code:
        """By its most particular template, or by the media type of its body. [CI-SIS: ASS_A11, ASS_A12]"""
        media_type = self.value("h:component/h:nonXMLBody/h:text/@mediaType")
        templates = [element.get("root", "") for element in self.find("h:templateId")]
        known = [tables.media_types.get(media_type)] if media_type else [tables.templates.get(one) for one in templates]
        code, scheme = next(filter(None, reversed(known)), NO_FORMAT[:2])
        return (code, scheme, code)

    @property
    def author(self) -> Author:
        """The first author: person, structure, role, specialty. [CI-SIS: author]"""
        where = "h:author[1]/h:assignedAuthor"
        return Author(
            person=self.person(where),
            institution=self.organization(f"{where}/h:representedOrganization"),
            role=self.coded_string("h:author[1]/h:functionCode"),
            specialty=self.coded_string(f"{where}/h:code"),
        )

    def person(self, where: str) -> str:
        """XCN of a person or a device; empty where there is none."""
        found = self.find(f"{where}/h:id[@root]")
        number, root = (found[0].get("extension", ""), found[0].get("root", "")) if found else ("", "")
        family = self.value(f"({where}/h:assignedPerson/h:name/h:family|{where}//h:manufacturerModelName)[1]")
        given = self.value(f"({where}/h:assignedPerson/h:name/h:given|{where}//h:softwareName)[1]")
        if not (number or family):
            return ""
        authority = f"&{root}&ISO" if number else ""
        return f"{number or root}^{escaped(family)}^{escaped(given)}^^^^^^{authority}^D^^^IDNPS"

    def organization(self, where: str) -> str:
        """XON of a structure."""
        name, number = self.value(f"{where}/h:name"), self.value(f"{where}/h:id[@root='{ORGANIZATIONS}']/@extension")
        if not name:
            return ""
        return f"{escaped(name)}^^^^^&{ORGANIZATIONS}&ISO^IDNST^^^{number}" if number else escaped(name)

    @property
    def traits(self) -> tuple[str, ...]:
        """sourcePatientInfo: name of birth, birth date, sex. [RNIV]"""
        person = "h:recordTarget/h:patientRole/h:patient"
        name = f"{person}/h:name"
        family = self.value(f"{name}/h:family[@qualifier='BR']") or self.value(f"{name}/h:family")
        given = self.value(f"{name}/h:given[@qualifier='BR']") or self.value(f"{name}/h:given")
        sex = {"UN": "U"}.get(self.value(f"{person}/h:administrativeGenderCode/@code")) or self.value(
            f"{person}/h:administrativeGenderCode/@code"
        )
        told = {
            "PID-5": f"{escaped(family)}^{escaped(given)}^^^^^L" if family else "",
            "PID-7": self.value(f"{person}/h:birthTime/@value")[:8],
            "PID-8": sex,
        }
        return tuple(f"{field}|{value}" for field, value in told.items() if value)

    def find(self, path: str) -> list[wire.Element]:
        found = self.header.xpath(path, namespaces=_HL7)
        assert isinstance(found, list)
        return [element for element in found if isinstance(element, wire.Element)]

    def value(self, path: str) -> str:
        """The text of the first attribute or element found."""
        return str(self.header.xpath(f"string({path})", namespaces=_HL7)).strip()

    def code(self, path: str) -> Code:
        system = self.value(f"{path}/@codeSystem")
        code = self.value(f"{path}/@code")
        return (code, system, self.value(f"{path}/@displayName") or code)

    def first_code(self, *paths: str) -> Code:
        """The first of several that is told."""
        return next(
            (code for code in map(self.code, paths) if code[0]), ("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "-")
        )

    def coded_string(self, path: str) -> str:
        code, system, shown = self.code(path)
        return f"{escaped(code)}^{escaped(shown)}^{system}" if code else ""


def escaped(text: str) -> str:
    """HL7 v2's delimiters, escaped. [HL7 2.5: 2.7.1]"""
    table = {"\\": "\\E\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "|": "\\F\\"}
    return "".join(table.get(character, character) for character in " ".join(text.split()))


def utc(told: str) -> str:
    """An HL7 v3 time as XDS wants it: in UTC where it has an offset. [ITI TF-3: 4.2.3.1.7]"""
    found = _TIME.fullmatch(told)
    if found is None:
        return ""
    digits, offset = found.groups()
    if offset is None or len(digits) < _WHOLE:
        return digits
    sign = 1 if offset.startswith("+") else -1
    shift = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
    moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC) - shift
    return moment.strftime("%Y%m%d%H%M%S")


def by_id(entries: Iterable[Entry]) -> dict[str, bytes]:
    """The documents of entries."""
    return {entry.id: bytes(entry.content) for entry in entries}
