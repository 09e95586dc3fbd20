"""``coffre submit``: CDA files → one submission by ITI-41, replacing what their headers or --replace name. [ITI TF-2: 3.41]"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cda.document import NotCDA
from cda.entry import UnfitHeader
from client import consumer, options, printing, source
from client.call import Service
from client.printing import Failed, Misused
from client.source import Choices, PatientDisagrees, Prepared
from safexml.parser import HostileXML
from xds.metadata import DocumentEntry
from xds.vocabulary import AvailabilityStatus


def submit(arguments: Any) -> int:
    """Submits the files as one lot."""
    if arguments.replace and len(arguments.files) > 1:
        raise Misused("--replace takes one FILE: it says what that one replaces.")
    choices = Choices(title=arguments.title, type_code=arguments.type_code, class_code=arguments.class_code)
    documents = [
        _prepared(name, number, arguments.ins, choices) for number, name in enumerate(arguments.files, start=1)
    ]
    with options.service(arguments) as service:
        replaced = replacements(service, documents, arguments.replace)
        content_type = arguments.content_type_code or source.CONTENT_TYPE
        submission = source.build(documents, replaced, datetime.now(UTC), content_type=content_type)
        response = source.provide(service, submission, documents)
    unique_id = submission.submission_set.unique_id
    if arguments.json:
        told = [_as_data(name, prepared, replaced) for name, prepared in zip(arguments.files, documents, strict=True)]
        errors = printing.errors_as_data(response.errors)
        status = response.status.rpartition(":")[2]
        printing.print_json({"status": status, "submissionSet": unique_id, "documents": told, "errors": errors})
    else:
        printing.tell_errors(response.errors)
    if response.errors.has_errors:
        raise Failed("the lot was refused; nothing of it was kept.")
    if not arguments.json:
        for name, prepared in zip(arguments.files, documents, strict=True):
            print(f"{prepared.entry.unique_id}  {prepared.entry.size} bytes  {name}")
        print(f"Submitted {len(documents)} in SubmissionSet {unique_id}")
    return 0


def replacements(service: Service, documents: Sequence[Prepared], replace: str | None) -> dict[str, str]:
    """Entry of the submission → entryUUID of what it replaces, by --replace or by its header. *Raises* Failed, ServiceError.

    A document that --replace names must be there and Approved; one that a header names and that is not is only warned of: it may
    have been given to another community. [ITI TF-2: 3.42.4.1.3.5]
    """
    if replace:
        named = documents[0].replaces
        if named and replace not in named:
            printing.say(f"the header says that it replaces {', '.join(named)}, not {replace}; --replace is followed.")
        found = _approved(service, [replace]).get(replace)
        if found is None:
            raise Failed(
                f"the registry holds no Approved document {replace}; `coffre search --status all` lists what is there."
            )
        return {documents[0].entry.entry_uuid: found.entry_uuid}
    wanted = list(dict.fromkeys(unique_id for prepared in documents for unique_id in prepared.replaces))
    approved = _approved(service, wanted) if wanted else {}
    for unique_id in wanted:
        if unique_id not in approved:
            printing.say(
                f"the header replaces {unique_id}, of which the registry holds nothing Approved: no RPLC is sent."
            )
    return {
        prepared.entry.entry_uuid: approved[unique_id].entry_uuid
        for prepared in documents
        for unique_id in prepared.replaces
        if unique_id in approved
    }


def _approved(service: Service, unique_ids: list[str]) -> dict[str, DocumentEntry]:
    answer = consumer.get_documents(service, unique_ids)
    if answer.errors.has_errors:
        printing.tell_errors(answer.errors)
        raise Failed("the registry refused the query for what is replaced.")
    return {
        entry.unique_id: entry
        for entry in answer.objects.document_entries
        if entry.unique_id and entry.availability_status is AvailabilityStatus.APPROVED
    }


def _prepared(name: str, number: int, patient: source.Patient, choices: Choices) -> Prepared:
    try:
        return source.prepare(Path(name).read_bytes(), patient, number, choices)
    except (HostileXML, NotCDA, UnfitHeader, PatientDisagrees) as error:
        raise printing.of_file(name, error) from error


def _as_data(name: str, prepared: Prepared, replaced: dict[str, str]) -> dict[str, object]:
    return {
        "file": name,
        "uniqueId": prepared.entry.unique_id,
        "size": len(prepared.content),
        "hash": prepared.entry.hash,
        "replaces": replaced.get(prepared.entry.entry_uuid),
    }
