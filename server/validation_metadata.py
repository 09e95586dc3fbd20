"""Metadata on the desk: the rules that a submission and the domain alone allow, and its documents where the file holds them.

What needs a registry's past (patients known, ids taken, what is replaced) is not asked. [ITI TF-3: 4; ITI TF-2: 3.41, 3.42]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element

from cda.discretion import Discretion
from repository import provide
from repository.kinds import is_signature
from repository.store.content import take_fingerprint
from safexml import parser
from safexml.namespaces import RIM, qname
from server.validation import Check, Note, Severity, Text, of_subject, place, same
from server.validation_clinical import Clinical
from server.validation_seals import Seals
from signing.dsg import LotDocument
from xds import rules
from xds.case import Case
from xds.domain import AffinityDomain, Bite
from xds.errors import RegistryError
from xds.messages import ProvideAndRegisterDocumentSet
from xds.metadata import DocumentEntry, Submission
from xds.rules import Rule
from xds.transactions import Transaction
from xds.vocabulary import Severity as RegistrySeverity
from xds.wire import submission as wire

_FORM = Text("ebRIM", "ebRIM")
_RULES = Text("Metadata, rules of XDS", "Métadonnées, règles XDS")
_DOCUMENTS = Text("Documents against their entries", "Documents et leurs fiches")
_LOT = Text("Signature of the lot", "Signature du lot")
_NOT_CLINICAL = Text("Document", "Document")
_NOT_OPENED = Text("of media type {}, which is not opened here", "de type {}, qui n'est pas ouvert ici")
_NO_LOT = Text(
    "The submission has no DocumentEntry of a signature; expected one that signs the SubmissionSet and its documents.",
    "Le lot n'a pas de fiche de signature ; attendu : une, qui signe le SubmissionSet et ses documents.",
)
_CLINICAL = frozenset({"text/xml", "application/xslt+xml"})
_PDF = "application/pdf"

_SLOT, _VALUE = qname(RIM, "Slot"), qname(RIM, "Value")
_LOCALIZED = qname(RIM, "LocalizedString")
_EXTERNAL_IDENTIFIER = qname(RIM, "ExternalIdentifier")
_PERSONAL_SLOTS = frozenset(
    {"sourcePatientId", "sourcePatientInfo", "authorPerson", "legalAuthenticator", "authorTelecommunication"}
)
_PATIENT_SCHEMES = frozenset(
    {
        "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
        "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
        "urn:uuid:f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a",
    }
)
"""XDSDocumentEntry.patientId, XDSSubmissionSet.patientId, XDSFolder.patientId. [ITI TF-3: Table 4.2.5.2-1]"""
_COMMON = frozenset({"ISO", "PI", "NH", "IDNPS", "EI", "RI", "PID-3", "PID-5", "PID-7", "PID-8", "PID-11"})
"""Components that are nobody's."""
_separators = re.compile(r"[|^&~]")
_is_oid = re.compile(r"[0-9]+(?:\.[0-9]+)+").fullmatch


@dataclass(frozen=True, slots=True)
class Metadata:
    """Judges submissions for one domain, and the documents that come with them."""

    domain: AffinityDomain
    seals: Seals
    clinical: Clinical

    def judge_submission(self, element: _Element, submission: Submission, transaction: Transaction) -> Iterator[Check]:
        """The metadata of a request whose element is given."""
        telling = _Places(element)
        yield Check(name=_FORM, asked=1, notes=tuple(map(telling.note, submission.findings)))
        case = Case(submission, transaction, self.domain)
        asked = rules.RULES if case.is_update else rules.SUBMISSION_RULES
        notes = tuple(telling.note(found, rule) for rule in asked for found in rule.judge(case))
        yield Check(name=_RULES, subject=transaction.name, rules=tuple(rule.id for rule in asked), notes=notes)

    def judge_provided(
        self, element: _Element, request: ProvideAndRegisterDocumentSet, transaction: Transaction
    ) -> Iterator[Check]:
        """A submission with its documents: each against its entry, each as what it is, and the lot's signature."""
        metadata = next(element.iter(wire.SUBMIT_OBJECTS_REQUEST), element)
        yield from self.judge_submission(metadata, request.submission, transaction)
        telling = _Places(element)
        contents = {name: content for name, content in request.documents if content is not None}
        prints = {name: take_fingerprint(content) for name, content in contents.items()}
        notes = tuple(map(telling.note, provide.judge(request, prints)))
        yield Check(name=_DOCUMENTS, asked=len(request.documents), notes=notes)
        yield from self._judge_lot(request.submission, contents)
        for entry in request.submission.document_entries:
            content = contents.get(entry.entry_uuid)
            if content is not None and not is_signature(entry):
                yield from of_subject(entry.entry_uuid, self._judge_document(entry, content))

    def _judge_document(self, entry: DocumentEntry, content: memoryview) -> Iterator[Check]:
        if entry.mime_type in _CLINICAL:
            yield from self.clinical.judge(content, entry)
        elif entry.mime_type == _PDF:
            yield self.seals.judge_pdf(bytes(content))
        else:
            told = Text(*(text.format(entry.mime_type) for text in _NOT_OPENED))
            yield Check(name=_NOT_CLINICAL, not_run=told)

    def _judge_lot(self, submission: Submission, contents: dict[str, memoryview]) -> Iterator[Check]:
        entries = [entry for entry in submission.document_entries if entry.entry_uuid in contents]
        signatures = [entry for entry in entries if is_signature(entry)]
        if not signatures:
            bite = self.seals.policy.lot
            if bite is not Bite.OFF and entries:
                severity = Severity.ERROR if bite is Bite.ERROR else Severity.WARNING
                yield Check(
                    name=_LOT, asked=1, notes=(Note(rule="SIG-LOT-MISSING", severity=severity, sentence=_NO_LOT),)
                )
            return
        lot = [
            LotDocument(entry.unique_id or "", contents[entry.entry_uuid])
            for entry in entries
            if not is_signature(entry)
        ]
        set_unique_id = next((one.unique_id or "" for one in submission.submission_sets), "")
        for entry in signatures:
            yield from of_subject(
                entry.entry_uuid, self._judge_signature(contents[entry.entry_uuid], set_unique_id, lot)
            )

    def _judge_signature(self, content: memoryview, set_unique_id: str, lot: list[LotDocument]) -> Iterator[Check]:
        try:
            yield self.seals.judge_lot(parser.parse(content, keeps_comments=True), set_unique_id, lot)
        except parser.HostileXML as hostile:
            yield Check(name=_LOT, notes=(Note(rule="SIG-SHAPE", sentence=same(f"{hostile.reason}.")),))


class _Places:
    """Finds the element that an error is about, and hides in its sentence what tells who somebody is."""

    def __init__(self, element: _Element) -> None:
        self._element = element
        self._discretion = Discretion(_personal(element))
        self._by_id = {each.get("id", ""): each for each in element.iter() if each.get("id")}

    def note(self, found: RegistryError, rule: Rule | None = None) -> Note:
        """An error of the registry or the repository, as a note; by its code where no rule of its own found it."""
        location, line = self._find(found)
        told = self._discretion.sentence(found.code_context)
        return Note(
            rule=rule.id if rule else found.row.code,
            severity=Severity.ERROR if found.severity is RegistrySeverity.ERROR else Severity.WARNING,
            sentence=Text(f"{told}.", f"{found.row.meaning_fr} — {told}."),
            location=location,
            line=line,
            clause=rule.clause if rule else found.row.clause,
            code=found.row.code,
        )

    def _find(self, found: RegistryError) -> tuple[str, int]:
        """By the id that its location names, then by the Slot of the attribute."""
        words = [word.strip("'\"") for word in found.location.replace(" / ", " ").split()]
        holder = next((self._by_id[word] for word in words if word in self._by_id), None)
        if holder is None:
            return found.location, 0
        attribute = words[-1]
        slot = next((each for each in holder.iterchildren(_SLOT) if each.get("name") == attribute), None)
        return place(holder if slot is None else slot)


def _personal(element: _Element) -> Iterator[str]:
    """What of metadata tells people apart: identifiers of patients, persons, titles and comments."""
    for slot in element.iter(_SLOT):
        if slot.get("name") in _PERSONAL_SLOTS:
            for value in slot.iter(_VALUE):
                yield from _components(value.text or "")
    for identifier in element.iter(_EXTERNAL_IDENTIFIER):
        if identifier.get("identificationScheme") in _PATIENT_SCHEMES:
            yield from _components(identifier.get("value", ""))
    for localized in element.iter(_LOCALIZED):
        holder = localized.getparent()
        owner = None if holder is None else holder.getparent()
        # The labels of codes are Names as well, of Classifications.
        if owner is not None and owner.tag not in (_EXTERNAL_IDENTIFIER, qname(RIM, "Classification")):
            yield localized.get("value", "")


def _components(text: str) -> Iterator[str]:
    return (each for each in _separators.split(text) if each not in _COMMON and not _is_oid(each))
