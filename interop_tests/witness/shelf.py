"""Documents of a patient prepared for many tests, and what became of each: a shelf whose every book is known. [DMP: TD3.3]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lxml import etree

from interop_tests.running import REPOSITORY
from interop_tests.witness import names, wire
from interop_tests.witness.authority import ELSEWHERE, STRUCTURE
from interop_tests.witness.matrix import COLLEAGUE, STRANGER
from interop_tests.witness.metadata import (
    SYSTEM_OF_RESTRICTIONS,
    Code,
    Entry,
    Lot,
    new_oid,
    professional_author,
)
from interop_tests.witness.partner import Partner

EVERY_STATUS = (names.APPROVED, names.DEPRECATED, names.ARCHIVED, names.DELETED)
FORMAT: Code = ("urn:asipSante:modelesHorsProfils:2011", "1.2.250.1.213.1.1.4.2.282", "Modèle hors profils")
AUTHORS = {COLLEAGUE: STRUCTURE, STRANGER: ELSEWHERE}
"""Who works where; everybody else works in the structure."""


class State(NamedTuple):
    """What the registry shows of a document: its status, and from whom it is hidden."""

    status: str
    restrictions: frozenset[str]


class Shown(NamedTuple):
    """A document as the registry shows it."""

    entry_uuid: str
    lid: str
    version: str
    state: State


@dataclass
class Shelf:
    """The documents of one patient, by a name of the test's own, and how each must stand in the end."""

    patient: str
    entries: dict[str, Entry] = field(default_factory=dict)
    expected: dict[str, State] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)

    def plan(self, name: str, author: str, *restrictions: Code, **told: object) -> Entry:
        """One more document, not sent yet."""
        entry = Entry(
            id=f"Document{len(self.entries) + 1:03}",
            patient_id=self.patient,
            content=f"{name} {new_oid()}".encode(),
            title=name,
            format_code=FORMAT,
            author=professional_author(author, "AUTEUR", "CAMILLE", AUTHORS.get(author, STRUCTURE)),
            restrictions=restrictions,
            **told,  # type: ignore[arg-type]
        )
        self.entries[name] = entry
        self.expect(name, names.APPROVED, restrictions)
        return entry

    def expect(self, name: str, status: str | None = None, restrictions: Iterable[Code] | None = None) -> None:
        """How a document stands from now on."""
        known = self.expected.get(name, State(names.APPROVED, frozenset()))
        self.expected[name] = State(
            known.status if status is None else status,
            known.restrictions if restrictions is None else frozenset(code[0] for code in restrictions),
        )

    def send(self, partner: Partner) -> None:
        """All that was planned, in one lot."""
        entries = tuple(self.entries.values())
        answer = partner.provide(Lot(patient_id=self.patient, entries=entries, author=entries[0].author))
        assert (answer.fault, answer.status) == (None, "Success"), answer.fault or answer.errors

    def look(self, partner: Partner) -> Mapping[str, State]:
        """What somebody who sees everything is shown now, versions in force alone."""
        answer = partner.find_documents(self.patient, *EVERY_STATUS)
        assert answer.status == "Success", answer.errors
        by_id = {entry.unique_id: name for name, entry in self.entries.items()}
        newest: dict[str, Shown] = {}
        for element in answer.objects("ExtrinsicObject"):
            name = by_id.get(wire.identifier(element, names.DOCUMENT_UNIQUE_ID))
            one = _shown(element)
            if name is not None and (name not in newest or int(one.version) > int(newest[name].version)):
                newest[name] = one
        self.shown = newest
        return {name: one.state for name, one in newest.items()}

    def content(self, name: str) -> bytes:
        return bytes(self.entries[name].content)

    def unique_id(self, name: str) -> str:
        return self.entries[name].unique_id

    def restricted(self, name: str, *restrictions: Code) -> Lot:
        """ITI-57: a new version of the metadata, for another audience. [DMP: TD3.3a, TD3.3b]"""
        known = self.shown[name]
        entry = replace(self.entries[name].completed(REPOSITORY), lid=known.lid, restrictions=restrictions)
        return Lot(
            patient_id=self.patient,
            entries=(entry,),
            author=entry.author,
            previous_versions=((entry.id, known.version),),
        )

    def changed(self, name: str, old: str, new: str) -> Lot:
        """ITI-57: another status. [DMP: TD3.3c, TD3.3d]"""
        statuses = ((self.shown[name].entry_uuid, old, new),)
        return Lot(patient_id=self.patient, entries=(), author=professional_author(STRANGER), statuses=statuses)


def _shown(element: etree._Element) -> Shown:
    version = element.find("rim:VersionInfo", names.NS)
    codes = frozenset(
        str(one.get("nodeRepresentation"))
        for one in element.iterfind("rim:Classification", names.NS)
        if one.findtext("rim:Slot/rim:ValueList/rim:Value", "", names.NS) == SYSTEM_OF_RESTRICTIONS
    )
    return Shown(
        element.get("id", ""),
        element.get("lid", ""),
        version.get("versionName", "1") if version is not None else "1",
        State(element.get("status", ""), codes),
    )
