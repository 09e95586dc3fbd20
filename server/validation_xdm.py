"""An archive of the XDM kind on the desk: its shape, and each submission set in it with the documents that its URIs name.

[ITI TF-2: 3.32; DMP: MSSanté]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from lxml.etree import _Element

from safexml import parser
from safexml.namespaces import LCM, qname, readable
from server.archives import UnfitArchive, read_archive
from server.validation import Check, Note, Text, of_subject
from server.validation_metadata import Metadata
from server.validation_rules import RULES
from xds.messages import ProvideAndRegisterDocumentSet
from xds.transactions import ITI_41
from xds.wire import submission as wire

ROOT = "IHE_XDM"
_METADATA = "METADATA.XML"
_SHAPE = Text("Archive of documents (XDM)", "Archive de documents (XDM)")
_EBRIM = Text("ebRIM", "ebRIM")
_RULES = tuple(rule for rule in RULES if rule.startswith("XDM-"))
_SUBMIT = qname(LCM, "SubmitObjectsRequest")


@dataclass(frozen=True, slots=True)
class Archives:
    """Judges archives, and what is in them by the rules for metadata."""

    metadata: Metadata

    def judge(self, content: bytes) -> Iterator[Check]:
        """Every check of an archive."""
        try:
            files = read_archive(content)
        except UnfitArchive as unfit:
            yield Check(name=_SHAPE, rules=_RULES, notes=(_note("XDM-ARCHIVE", unfit.reason, unfit.reason_fr),))
            return
        sets = sorted(name for name in files if _is_metadata(name))
        parsed = [(name, *_parse(files[name])) for name in sets]
        notes = [*_shape(files, sets)]
        checks: list[Check] = []
        for name, element, reason in parsed:
            if element is None:
                checks.append(Check(name=_EBRIM, subject=name, notes=(_note("XDM-METADATA", reason, reason, name),)))
                continue
            request, flaws = _collect(element, name, files)
            notes += flaws
            checks += of_subject(name, self.metadata.judge_provided(element, request, ITI_41))
        yield Check(name=_SHAPE, rules=_RULES, notes=tuple(notes))
        yield from checks


def _is_metadata(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == 3 and parts[0] == ROOT and parts[2].upper() == _METADATA


def _shape(files: Mapping[str, bytes], sets: list[str]) -> Iterator[Note]:
    for rule, name in (("XDM-README", "README.TXT"), ("XDM-INDEX", "INDEX.HTM")):
        if name not in files:
            yield _note(
                rule, f"{name} is not at the top of the archive.", f"{name} n'est pas à la racine de l'archive."
            )
    if not sets:
        yield _note(
            "XDM-METADATA",
            f"No folder of {ROOT} holds a {_METADATA}; expected one for each submission set, as in {ROOT}/SUBSET01.",
            f"Aucun dossier de {ROOT} ne contient {_METADATA} ; attendu : un par lot, comme dans {ROOT}/SUBSET01.",
        )


def _parse(content: bytes) -> tuple[_Element | None, str]:
    try:
        element = parser.parse(content)
    except parser.HostileXML as hostile:
        return None, f"{hostile.reason}."
    if element.tag != _SUBMIT:
        return None, f"the root element is {readable(element.tag)}; expected {readable(_SUBMIT)}."
    return element, ""


def _collect(
    element: _Element, name: str, files: Mapping[str, bytes]
) -> tuple[ProvideAndRegisterDocumentSet, list[Note]]:
    """The submission of a set with the documents that it names, and what is wrong with the names."""
    submission = wire.read_submission(element)
    folder = name.rpartition("/")[0]
    documents: list[tuple[str, memoryview | None]] = []
    notes: list[Note] = []
    for entry in submission.document_entries:
        told = f"{folder}: {entry.entry_uuid}"
        if not entry.uri:
            notes.append(_note("XDM-URI", f"{told} has no URI.", f"{told} n'a pas d'URI.", name))
            continue
        content = files.get(f"{folder}/{_path(entry.uri)}")
        if content is None:
            notes.append(
                _note(
                    "XDM-DOCUMENT",
                    f"{told}: the archive holds no file of its URI.",
                    f"{told} : l'archive ne contient aucun fichier de son URI.",
                    name,
                )
            )
            continue
        for rule, value in (("XDM-HASH", entry.hash), ("XDM-SIZE", entry.size)):
            if value is None:
                attribute = rule.rpartition("-")[2].lower()
                notes.append(_note(rule, f"{told} has no {attribute}.", f"{told} n'a pas de {attribute}.", name))
        documents.append((entry.entry_uuid, memoryview(content)))
    return ProvideAndRegisterDocumentSet(submission, tuple(documents)), notes


def _path(uri: Sequence[str]) -> str:
    """The path that a URI leads to; a long one comes in numbered pieces. [ITI TF-3: 4.2.3.2.27]"""
    pieces = [piece.partition("|") for piece in uri]
    if all(bar and number.isdigit() for number, bar, _ in pieces):
        uri = [text for _, _, text in sorted(pieces, key=lambda piece: int(piece[0]))]
    return unquote("".join(uri)).removeprefix("./")


def _note(rule: str, reason: str, reason_fr: str, location: str = "") -> Note:
    return Note(rule=rule, sentence=Text(reason, reason_fr), location=location, clause=RULES[rule].clause)
