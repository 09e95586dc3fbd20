"""``coffre search`` and ``coffre get``: ITI-18, then ITI-43 with the bytes checked. [ITI TF-2: 3.18, 3.43]"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from client import authorisation, consumer, options, printing
from client.call import Service
from client.consumer import Filters
from client.printing import Failed
from client.source import Patient
from xds import errors
from xds.errors import ErrorList, RegistryError
from xds.hl7v2 import CX
from xds.messages import DocumentRequest
from xds.metadata import DocumentEntry
from xds.vocabulary import AvailabilityStatus
from xds.wire.query import QueryAnswer

_APPROVED = AvailabilityStatus.APPROVED
STATUSES = {
    "approved": (_APPROVED,),
    "deprecated": (AvailabilityStatus.DEPRECATED,),
    "archived": (AvailabilityStatus.ARCHIVED,),
    "deleted": (AvailabilityStatus.DELETED,),
    "all": (_APPROVED, AvailabilityStatus.DEPRECATED),
}


def search(arguments: Any) -> int:
    """Lists the documents of a patient, the newest first."""
    filters = Filters(
        type_codes=tuple(arguments.type_code),
        class_codes=tuple(arguments.class_code),
        format_codes=tuple(arguments.format_code),
        since=arguments.since or "",
        until=arguments.until or "",
    )
    entries: dict[str, DocumentEntry] = {}
    problems: list[RegistryError] = []
    identifiers = options.identifiers(arguments.ins)
    with options.service(arguments, voucher=options.consulting(arguments)) as service:
        for identifier in identifiers:
            answer = find_documents(service, identifier, STATUSES[arguments.status], filters)
            entries.update((entry.entry_uuid, entry) for entry in answer.objects.document_entries)
            problems.extend(answer.errors)
    if len(identifiers) > 1:
        # A bare matricule is asked under every authority: that most of them do not know it is no news.
        problems = [problem for problem in problems if problem.row is not errors.XDSUnknownPatientId]
    found = printing.newest_first(entries.values())
    if arguments.unique_id:
        found = [entry for entry in found if entry.unique_id == arguments.unique_id]
    if arguments.json:
        printing.print_json([printing.entry_as_data(entry) for entry in found])
    elif found:
        printing.print_entries(found)
    printing.tell_errors(ErrorList(problems))
    if ErrorList(problems).has_errors:
        raise Failed("the registry refused the query.")
    if not found:
        printing.say("no document matches; --status all also lists replaced ones.")
    return 0


def get(arguments: Any) -> int:
    """Retrieves a document and writes it where asked."""
    path = Path(arguments.output)
    is_standard = arguments.output == "-"
    if not is_standard and path.exists() and not arguments.force:
        raise Failed(f"{path} is there already; choose another FILE, or write over it with --force.")
    with options.service(arguments, voucher=options.consulting(arguments)) as service:
        entry = find_entry(service, arguments.unique_id, arguments.ins)
        content = fetch(service, entry)
    if is_standard:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return 0
    write_file(path, content)
    if arguments.json:
        printing.print_json({"file": str(path), **printing.entry_as_data(entry)})
    else:
        print(f"{path}: {content.nbytes} bytes, SHA-1 as registered, {printing.status_name(entry)}")
    return 0


def find_documents(
    service: Service, patient: CX, statuses: Iterable[AvailabilityStatus], filters: Filters | None = None
) -> QueryAnswer:
    """FindDocuments, after the caller has declared their authorisation where that was all that was missing. *Raises* ServiceError.

    [DMP: TD3.1, TD0.3]
    """
    return authorisation.authorised(
        service, patient, lambda: consumer.find_documents(service, patient, statuses, filters)
    )


def find_entry(service: Service, unique_id: str, patient: Patient | None = None) -> DocumentEntry:
    """The entry of a document, an Approved one before others. *Raises* Failed, ServiceError."""
    answer = _get_documents(service, unique_id, patient)
    if answer.errors.has_errors:
        printing.tell_errors(answer.errors)
        raise Failed(f"the registry refused the query for {unique_id}.")
    entries = [entry for entry in answer.objects.document_entries if entry.unique_id == unique_id]
    entries.sort(key=lambda entry: int(entry.version or 1), reverse=True)
    found = next((entry for entry in entries if entry.availability_status is _APPROVED), next(iter(entries), None))
    if found is None:
        raise Failed(_not_found(service, unique_id, patient))
    return found


def _not_found(service: Service, unique_id: str, patient: Patient | None) -> str:
    """What is hidden answers as what does not exist; whoever lacks an authorisation may be told nothing else. [DMP: visibility]"""
    if service.voucher is None:
        return (
            f"the registry holds no document {unique_id}; `coffre search --ins INS --status all` lists what is there."
        )
    seen = f"the registry holds no document {unique_id} that {service.voucher.claims.person_id} sees"
    if patient is None:
        return f"{seen}; with --ins an authorisation is declared where one is missing, --as is for another caller."
    return f"{seen}; `coffre search` lists what they see, --as is for another caller."


def _get_documents(service: Service, unique_id: str, patient: Patient | None) -> QueryAnswer:
    """Under each identifier that may be meant, the first that answers with something."""
    answer: QueryAnswer | None = None
    for identifier in options.identifiers(patient) if patient else (None,):
        ask = partial(consumer.get_documents, service, [unique_id], identifier)
        answer = authorisation.authorised(service, identifier, ask)
        if answer.objects.document_entries:
            break
    assert answer is not None, "a patient has one identifier at least"
    return answer


def fetch(service: Service, entry: DocumentEntry) -> memoryview:
    """The bytes of a document, of the size and SHA-1 that its entry tells. *Raises* Failed, ServiceError."""
    unique_id = entry.unique_id or ""
    requests = [DocumentRequest(entry.repository_unique_id or "", unique_id)]
    response = consumer.retrieve(service, requests, entry.patient_id)
    printing.tell_errors(response.errors)
    if not response.documents:
        raise Failed(f"the repository gave no bytes of {unique_id}.")
    content = memoryview(b"".join(response.documents[0].content.chunks()))
    flaws = []
    if entry.size is not None and entry.size.lstrip("0") != str(content.nbytes).lstrip("0"):
        flaws.append(f"{content.nbytes} bytes came, {entry.size} are registered")
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if entry.hash is not None and entry.hash.lower() != digest:
        flaws.append(f"their SHA-1 is {digest}, {entry.hash} is registered")
    if flaws:
        raise Failed(
            f"the bytes of {unique_id} are not those that were registered: {'; '.join(flaws)}. Nothing was written."
        )
    return content


def write_file(path: Path, content: memoryview) -> None:
    """The whole file or none: written beside it first."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
