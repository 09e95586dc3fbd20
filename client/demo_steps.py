"""The steps of the demonstration, in order: whoever does one does it over a connection of their own, vouched for by name.

What a step checks is what the service answered; where it does not hold the demonstration ends. [contract 1]
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple, Protocol

from access.mandate import Action, RecordState
from access.sight import Visibility
from audit.line import Ending
from client import (
    administrator,
    consumer,
    demonstration,
    keeper,
    printing,
    seal_verdict,
    sealing,
    source,
    verb_journal,
    verb_retrieval,
    verb_submit,
    verb_update,
)
from client.call import Service
from client.demo_checks import accept, find_seen, hold, is_masked
from client.demonstration import AUTHOR, CAMILLE, COLLEAGUE, Facts
from client.demonstration_laboratory import GLUCOSE, RESULTS, Result
from client.printing import Failed
from client.source import Patient, Prepared, Traits
from xds import errors
from xds.hl7v2 import CX
from xds.messages import DocumentRequest
from xds.metadata import DocumentEntry
from xds.vocabulary import AvailabilityStatus

PATIENT = CX.build(CAMILLE.matricule, CAMILLE.authority)
_LINES = 60
"""Lines of the journal that are asked for: more than one demonstration writes."""

_EXPECTED = (
    (Action.SUBMIT, Ending.DONE, AUTHOR, ("version 1",)),
    (Action.FIND, Ending.DONE, AUTHOR, ()),
    (Action.RETRIEVE, Ending.DONE, AUTHOR, ("version 1",)),
    (Action.SUBMIT, Ending.DONE, AUTHOR, ("version 2",)),
    (Action.FIND, Ending.DONE, COLLEAGUE, ()),
    (Action.MASK, Ending.DONE, AUTHOR, ("version 2",)),
    (Action.RETRIEVE, Ending.REFUSED, COLLEAGUE, ("version 2",)),
)
"""What the journal must say of a demonstration: what was done, how it ended, by whom, on what."""

_APPROVED, _DEPRECATED = AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED


class Cast(NamedTuple):
    """Who takes part, each over a connection of their own: the structure that feeds, the author, a colleague, the patient."""

    structure: Service
    author: Service
    colleague: Service
    patient: Service


class Teller(Protocol):
    """Who tells the steps."""

    def step(self, title: str) -> AbstractContextManager[list[str]]:
        """One step; its details go into the list."""


class Submitted(NamedTuple):
    """A document that was accepted, and the SubmissionSet that brought it."""

    prepared: Prepared
    set_unique_id: str

    @property
    def unique_id(self) -> str:
        """The document's."""
        return self.prepared.entry.unique_id or ""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The steps. ``folder``: of the keys; its authority is the one that seals must lead up to."""

    cast: Cast
    folder: Path
    teller: Teller

    def run(self) -> None:
        """Runs them all. *Raises* Failed, ServiceError where one does not hold."""
        facts = Facts(unique_id=source.fresh_oid(), set_id=source.fresh_oid(), written_at=datetime.now(UTC))
        corrected = replace(facts, unique_id=source.fresh_oid(), version=2, replaces=facts.unique_id)
        self._open_record()
        first = self._submit("Submit a laboratory report in a signed lot (ITI-41, MTOM)", facts, RESULTS)
        entry = self._find(first)
        self._retrieve(entry, first)
        self._check_seal(entry, first)
        results = (GLUCOSE._replace(value="5.3"), *RESULTS[1:])
        second = self._submit("Replace it with version 2 (ITI-41 with RPLC)", corrected, results)
        self._show_replacement(first, second)
        entry = self._find_as_colleague(second)
        self._mask(entry)
        self._show_masking(entry)
        self._show_journal({first.unique_id: "version 1", second.unique_id: "version 2", entry.entry_uuid: "version 2"})

    def _open_record(self) -> None:
        with self.teller.step("Open the record of the patient (TD0.2, TD1.1)") as details:
            structure, found = self.cast.structure, keeper.find(self.cast.structure, PATIENT)
            match found.state:
                case RecordState.NONE:
                    traits = Traits(CAMILLE.family, CAMILLE.given, CAMILLE.sex, CAMILLE.birth_date)
                    problems = keeper.create(structure, PATIENT, traits)
                    done = "there was none; it is created with her consent"
                case RecordState.CLOSED:
                    problems = keeper.reopen(structure, PATIENT)
                    done = "it had been closed; it is reopened with her consent (TD1.2)"
                case _:
                    problems, done = (), "it is there and active, from an earlier demonstration"
            hold(not problems, f"the record was refused: {'; '.join(problems)}")
            details.append(done)

    def _submit(self, title: str, facts: Facts, results: Sequence[Result]) -> Submitted:
        with self.teller.step(title) as details:
            structure, now = self.cast.structure, datetime.now(UTC)
            content = demonstration.laboratory_report(facts, results)
            prepared = source.prepare(content, Patient(CAMILLE.matricule, CAMILLE.authority))
            replaced = verb_submit.replacements(structure, [prepared], None)
            hold(
                bool(replaced) == bool(facts.replaces),
                "the registry does not hold what the header replaces as Approved",
            )
            submission = source.build([prepared], replaced, now)
            voucher = structure.voucher
            assert voucher is not None, "everybody who takes part is vouched for"
            submission, seal = sealing.seal(submission, [prepared], voucher.key, now, source.fresh_oid())
            accept(source.provide(structure, submission, [prepared, seal]).errors, "the submission")
            set_unique_id = submission.submission_set.unique_id or ""
            details += [
                f"document {facts.unique_id}",
                f"{len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}",
                f"SubmissionSet {set_unique_id}, signed with the establishment's seal, {len(seal.content)} bytes",
            ]
            if replaced:
                details.append(f"replaces {facts.replaces}, as its header says too")
            return Submitted(prepared, set_unique_id)

    def _find(self, wanted: Submitted) -> DocumentEntry:
        with self.teller.step("Find it by the patient's INS, as its author (ITI-18, FindDocuments)") as details:
            entry = find_seen(self.cast.author, PATIENT, details.append).get(wanted.unique_id)
            if entry is None:
                raise Failed("the registry does not list the document that it has just accepted.")
            sent = wanted.prepared.entry
            hold(entry.hash == sent.hash and entry.size == sent.size, "hash or size differ from what was sent")
            details += [f"{printing.title_of(entry)}, {printing.status_name(entry)}", f"entryUUID {entry.entry_uuid}"]
            return entry

    def _retrieve(self, entry: DocumentEntry, sent: Submitted) -> None:
        with self.teller.step("Retrieve it and compare (ITI-43, MTOM)") as details:
            content = verb_retrieval.fetch(self.cast.author, entry)
            digest = hashlib.sha256(content).hexdigest()
            hold(content == sent.prepared.content, f"other bytes came back, of SHA-256 {digest}")
            details.append(f"{content.nbytes} bytes, SHA-256 {digest}: the bytes that were sent, one by one")

    def _check_seal(self, entry: DocumentEntry, sent: Submitted) -> None:
        with self.teller.step("Check the seal of its lot (ITI-18, ITI-43, XAdES)") as details:
            trust = seal_verdict.trust_in(self.folder)
            lot = seal_verdict.find_lot(self.cast.author, entry)
            report = seal_verdict.judge_lot(self.cast.author, lot, trust, datetime.now(UTC))
            hold(lot.unique_id == sent.set_unique_id, f"the seal is of another lot, {lot.unique_id}")
            hold(report.covers == (sent.unique_id,), f"the seal covers {', '.join(report.covers) or 'nothing'}")
            signer, algorithm = report.signer, report.signature_algorithm.rpartition("#")[2]
            details += [
                f"signed by {signer.common_name}, structure {signer.organizational_unit}; certificate of {signer.issuer}",
                f"signed on {report.signed_at:%Y-%m-%d at %H:%M:%S} UTC, {algorithm}",
                f"it covers the SubmissionSet {lot.unique_id}",
                f"and {len(report.covers)} document, every byte of it: {', '.join(report.covers)}",
                *(f"warning: {warning}" for warning in report.warnings),
            ]

    def _show_replacement(self, first: Submitted, second: Submitted) -> None:
        with self.teller.step("See what became of version 1 (ITI-18)") as details:
            entries = find_seen(self.cast.author, PATIENT, details.append, _APPROVED, _DEPRECATED)
            for name, sent, expected in (("version 1", first, _DEPRECATED), ("version 2", second, _APPROVED)):
                entry = entries.get(sent.unique_id)
                hold(entry is not None and entry.availability_status is expected, f"{name} is not {expected}")
                details.append(f"{name}: {expected.rpartition(':')[2]}")

    def _find_as_colleague(self, wanted: Submitted) -> DocumentEntry:
        with self.teller.step(f"Let another doctor find version 2 ({COLLEAGUE.name}, ITI-18)") as details:
            entry = find_seen(self.cast.colleague, PATIENT, details.append).get(wanted.unique_id)
            if entry is None:
                raise Failed("another doctor, who is authorised, does not find version 2.")
            details.append(f"{COLLEAGUE.name} finds {wanted.unique_id}")
            return entry

    def _mask(self, entry: DocumentEntry) -> None:
        with self.teller.step(f"Mask version 2 from other professionals ({AUTHOR.name}, ITI-57)") as details:
            author, now = (verb_update.author_of(AUTHOR),), datetime.now(UTC)
            change = administrator.new_audience(entry, Visibility.MASQUE_PS, Visibility.NONE, author, now)
            accept(administrator.update(self.cast.author, change).errors, "the update")
            details.append(f"confidentialityCode now has MASQUE_PS, in a new version of {entry.entry_uuid}")

    def _show_masking(self, entry: DocumentEntry) -> None:
        with self.teller.step("See who still finds it (ITI-18, ITI-43)") as details:
            unique_id = entry.unique_id or ""
            colleague, refused = self.cast.colleague, errors.XDSDocumentUniqueIdError
            hold(unique_id not in find_seen(colleague, PATIENT, details.append), f"{COLLEAGUE.name} still finds it")
            request = DocumentRequest(entry.repository_unique_id or "", unique_id)
            answer = consumer.retrieve(colleague, [request], entry.patient_id)
            hold(not answer.documents, f"{COLLEAGUE.name} was given its bytes")
            hold(
                refused in {error.row for error in answer.errors},
                "a masked document is not told as one that is not there",
            )
            details.append(
                f"{COLLEAGUE.name}: finds nothing of it; by its uniqueId: {refused.code}, as if it were not there"
            )
            for name, service in ((f"{AUTHOR.name}, its author", self.cast.author), ("the patient", self.cast.patient)):
                found = find_seen(service, PATIENT, details.append).get(unique_id)
                hold(found is not None and is_masked(found), f"{name} does not find it masked")
                details.append(f"{name}: finds it, masked")

    def _show_journal(self, names: Mapping[str, str]) -> None:
        with self.teller.step("Read the access journal, as the patient sees it, the newest line first") as details:
            rows = verb_journal.find_rows(self.cast.patient, PATIENT, _LINES)
            # The first thing that a demonstration asks is whether there is a record.
            own = [
                replace(row, objects=tuple(names[one] for one in row.objects if one in names))
                for row in takewhile(lambda row: row.action != Action.SEE_RECORD, rows)
            ]
            told = {(row.action, row.ending, row.person_id, row.objects) for row in own}
            for wanted in _EXPECTED:
                action, ending, person, objects = wanted
                line = f"{person.name} {verb_journal.WORDS[action]}: {', '.join(objects) or 'any'}, {ending}"
                hold((action, ending, person.person_id, objects) in told, f"the journal does not say: {line}")
            details += [verb_journal.told(row) for row in own]
