"""``coffre demo``: the main job end to end with an invented patient, each step told as a person would want to read it.

A step holds or the demonstration stops there with exit status 1; what it checks it checks on what the service answered.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from client import consumer, demonstration, options, printing, source, verb_retrieval, verb_submit
from client.call import Service
from client.demo_service import DATA_FOLDER, DemonstrationService, usual_port
from client.demonstration import CAMILLE, Facts
from client.demonstration_laboratory import GLUCOSE, RESULTS, Result
from client.printing import Failed
from client.source import Patient, Prepared, Traits
from xds.errors import ErrorList
from xds.hl7v2 import CX
from xds.metadata import DocumentEntry
from xds.vocabulary import AssociationType, AvailabilityStatus

NOT_BUILT_YET = "Not built yet: the seal of the lot and its verification, who may see what, the access journal."
_PATIENT = Patient(CAMILLE.matricule, CAMILLE.authority)


def run(arguments: Any) -> int:
    """Runs every step; the service started for it stays until Ctrl-C unless told otherwise."""
    teller = Teller(is_silent=arguments.json)
    if arguments.url:
        with options.service(arguments) as service:
            Demonstration(service, teller).run()
        teller.conclude()
        return 0
    is_last = arguments.exit or os.environ.get("EXIT") == "1"
    # Whoever ends us with SIGTERM must not leave the service behind: it is treated like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with DemonstrationService(DATA_FOLDER, usual_port()) as served:
        with teller.step(f"Start the service on its embedded defaults, data in {DATA_FOLDER}") as details:
            url = served.wait_until_ready()
            details.append(f"ready on {url}")
        with Service(url, options.tls_files()) as service:
            Demonstration(service, teller).run()
        teller.conclude()
        if is_last:
            return 0
        elsewhere = "" if url == options.DEFAULT_URL else f" --url {url}"
        teller.say(f"The service is still running on {url}; Ctrl-C stops it.")
        teller.say(f"Try: coffre search --ins {_PATIENT.id_number} --status all{elsewhere}")
        try:
            served.wait()
        except KeyboardInterrupt:
            return 0
        raise Failed(f"the service ended by itself; {served.log} says why.")


@dataclass(slots=True)
class Teller:
    """Prints steps with their milliseconds, or keeps them for JSON."""

    is_silent: bool
    steps: list[dict[str, object]] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """One step: its title, then the details that its block gathered and how long it took."""
        details: list[str] = []
        start = time.perf_counter()
        self.say(f"{len(self.steps) + 1}. {title}")
        try:
            yield details
        except BaseException:
            self.say("   did not hold")
            raise
        elapsed = (time.perf_counter() - start) * 1000
        self.steps.append({"step": title, "held": True, "milliseconds": round(elapsed, 1), "details": details})
        for detail in details:
            self.say(f"   {detail}")
        self.say(f"   {elapsed:.0f} ms")

    def say(self, line: str) -> None:
        """A line for people."""
        if not self.is_silent:
            print(line, flush=True)

    def conclude(self) -> None:
        """The end: everything held, and what is still to come."""
        if self.is_silent:
            printing.print_json({"held": True, "steps": self.steps})
        self.say("Every step held.")
        self.say(NOT_BUILT_YET)


class Demonstration:
    """The steps, in order, over one connection."""

    def __init__(self, service: Service, teller: Teller) -> None:
        self._service = service
        self._teller = teller
        self._patient = CX.build(_PATIENT.id_number, _PATIENT.authority)
        set_id = source.fresh_oid()
        self._first = Facts(unique_id=source.fresh_oid(), set_id=set_id, written_at=datetime.now(UTC))
        self._second = replace(self._first, unique_id=source.fresh_oid(), version=2, replaces=self._first.unique_id)

    def run(self) -> None:
        """Runs them all. *Raises* Failed, ServiceError where one does not hold."""
        person = CAMILLE
        self._teller.say(
            f"The patient: {person.given} {person.family}, invented, INS {person.matricule} of the test authority."
        )
        self._create_record()
        first = self._submit("Submit a laboratory report as CDA (ITI-41, MTOM)", self._first, RESULTS)
        found = self._find(first)
        self._retrieve(found, first)
        corrected = (GLUCOSE._replace(value="5.3"), *RESULTS[1:])
        second = self._submit("Replace it with version 2 (ITI-41 with RPLC)", self._second, corrected)
        self._show_replacement(first, second)

    def _create_record(self) -> None:
        with self._teller.step("Create the record of the patient (ITI-44)") as details:
            traits = Traits(CAMILLE.family, CAMILLE.given, CAMILLE.sex, CAMILLE.birth_date)
            answer = source.add_patient(self._service, _PATIENT, traits)
            _hold(not answer.is_refusal, f"the patient was refused: {answer.reason}")
            details.append(f"the service has accepted {self._patient}")

    def _submit(self, title: str, facts: Facts, results: Sequence[Result]) -> Prepared:
        with self._teller.step(title) as details:
            content = demonstration.laboratory_report(facts, results)
            prepared = source.prepare(content, _PATIENT)
            replaced = verb_submit.replacements(self._service, [prepared], None)
            _hold(
                bool(replaced) == bool(facts.replaces),
                "the registry does not hold what the header replaces as Approved",
            )
            submission = source.build([prepared], replaced, datetime.now(UTC))
            response = source.provide(self._service, submission, [prepared])
            _accepted(response.errors, "the submission")
            details += [
                f"document {facts.unique_id}",
                f"{len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}",
                f"SubmissionSet {submission.submission_set.unique_id}",
            ]
            kinds = [association.association_type for association in submission.associations]
            if AssociationType.RPLC in kinds:
                details.append(f"replaces {facts.replaces}, as its header says too")
            return prepared

    def _find(self, wanted: Prepared) -> DocumentEntry:
        with self._teller.step("Find it by the patient's INS (ITI-18, FindDocuments)") as details:
            entry = self._entries(AvailabilityStatus.APPROVED).get(wanted.entry.unique_id or "")
            if entry is None:
                raise Failed("the registry does not list the document that it has just accepted.")
            _hold(
                entry.hash == wanted.entry.hash and entry.size == wanted.entry.size,
                "hash or size differ from what was sent",
            )
            details += [f"{printing.title_of(entry)}, {printing.status_name(entry)}", f"entryUUID {entry.entry_uuid}"]
            return entry

    def _retrieve(self, entry: DocumentEntry, sent: Prepared) -> None:
        with self._teller.step("Retrieve it and compare (ITI-43)") as details:
            content = verb_retrieval.fetch(self._service, entry)
            digest = hashlib.sha256(content).hexdigest()
            _hold(digest == hashlib.sha256(sent.content).hexdigest(), f"other bytes came back, of SHA-256 {digest}")
            _hold(content == sent.content, "other bytes came back")
            details.append(f"{content.nbytes} bytes, SHA-256 {digest}: the bytes that were sent, one by one")

    def _show_replacement(self, first: Prepared, second: Prepared) -> None:
        with self._teller.step("See what became of version 1 (ITI-18)") as details:
            statuses = (AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED)
            entries = self._entries(*statuses)
            for name, prepared, expected in zip(
                ("version 1", "version 2"), (first, second), reversed(statuses), strict=True
            ):
                entry = entries.get(prepared.entry.unique_id or "")
                _hold(entry is not None and entry.availability_status is expected, f"{name} is not {expected}")
                details.append(f"{name}: {expected.rpartition(':')[2]}")

    def _entries(self, *statuses: AvailabilityStatus) -> dict[str, DocumentEntry]:
        answer = consumer.find_documents(self._service, self._patient, statuses)
        _accepted(answer.errors, "the query")
        return {entry.unique_id or "": entry for entry in answer.objects.document_entries}


def _hold(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Failed(f"{otherwise}; the demonstration stops here.")


def _accepted(errors: ErrorList, what: str) -> None:
    printing.tell_errors(errors)
    _hold(not errors.has_errors, f"{what} was refused")
