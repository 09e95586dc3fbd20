"""How the verbs speak to people: errors as one sentence, registry errors one a line, entries as a table or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cda.document import NotCDA
from cda.entry import UnfitHeader
from client.call import ServiceError
from client.source import PatientDisagrees
from safexml.parser import HostileXML
from xds.errors import ErrorList
from xds.metadata import Code, DocumentEntry, InternationalString
from xds.vocabulary import Severity

REFUSED = 1
"""Exit status: the service, the document or the answer is at fault."""

MISUSED = 2
"""Exit status: the command line is at fault, as argparse has it."""


class Failed(Exception):
    """A verb stops here; the text is one sentence that says what to do."""


class Misused(Failed):
    """The options contradict one another."""


def telling(run: Callable[[Any], int]) -> Callable[[Any], int]:
    """A verb whose failures are told in a sentence on standard error, never as a stack."""

    def told(arguments: Any) -> int:
        try:
            return run(arguments)
        except Misused as error:
            say(str(error))
            return MISUSED
        except (Failed, ServiceError) as error:
            sentence = str(error)
        except BrokenPipeError:
            raise
        except OSError as error:
            sentence = f"{error.filename}: {error.strerror}." if error.filename and error.strerror else f"{error}."
        say(sentence)
        return REFUSED

    return told


def of_file(name: str, error: HostileXML | NotCDA | UnfitHeader | PatientDisagrees) -> Failed:
    """Why a file cannot be submitted, and what to do."""
    match error:
        case PatientDisagrees():
            return Failed(
                f"{name} is not about that patient: its identifiers come from {', '.join(error.authorities) or 'nobody'}; "
                "check --ins, or give it whole with one of these authorities."
            )
        case UnfitHeader():
            return Failed(f"{name}: {error}; complete the header, or give the option that stands for it.")
        case _:
            return Failed(f"{name} is not a CDA document ({error}); only CDA can be submitted.")


def say(sentence: str) -> None:
    """A sentence on standard error."""
    print(f"coffre: {printable(sentence)}", file=sys.stderr)


def tell_errors(errors: ErrorList) -> None:
    """Errors and warnings of an answer on standard error, one a line: code, context, location."""
    for error in errors:
        mark = "warning " if error.severity is Severity.WARNING else ""
        location = f"  [{error.location}]" if error.location else ""
        print(printable(f"{mark}{error.row.code}: {error.code_context}{location}"), file=sys.stderr)


def errors_as_data(errors: ErrorList) -> list[dict[str, str]]:
    """The same as data."""
    return [
        {
            "code": error.row.code,
            "codeContext": error.code_context,
            "location": error.location,
            "severity": error.severity.rpartition(":")[2],
        }
        for error in errors
    ]


def print_json(data: object) -> None:
    """Data on standard output."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def print_entries(entries: Sequence[DocumentEntry]) -> None:
    """Entries as a table, one a line."""
    rows = [(*_COLUMNS,), *(_cells(entry) for entry in entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        print(printable("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()))


def entry_as_data(entry: DocumentEntry) -> dict[str, object]:
    """An entry as data, attributes by the standard's names."""
    return {
        "uniqueId": entry.unique_id,
        "entryUUID": entry.entry_uuid,
        "logicalID": entry.logical_id,
        "version": entry.version,
        "availabilityStatus": status_name(entry),
        "patientId": entry.patient_id,
        "creationTime": entry.creation_time,
        "serviceStartTime": entry.service_start_time,
        "title": _text(entry.title),
        "typeCode": _code(entry.type_code),
        "classCode": _code(entry.class_code),
        "formatCode": _code(entry.format_code),
        "mimeType": entry.mime_type,
        "author": [str(author.author_person) for author in entry.author if author.author_person],
        "size": int(entry.size) if entry.size and entry.size.isdecimal() else None,
        "hash": entry.hash,
        "repositoryUniqueId": entry.repository_unique_id,
    }


def status_name(entry: DocumentEntry) -> str:
    """Approved, Deprecated …: the last part of the status."""
    return entry.availability_status.rpartition(":")[2] if entry.availability_status else ""


def title_of(entry: DocumentEntry) -> str:
    """The title of an entry, fit for a terminal."""
    return printable(_text(entry.title))


def printable(text: str) -> str:
    """What others wrote, without the control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)


_COLUMNS = ("uniqueId", "created (UTC)", "type", "title", "status", "bytes", "sha1")


def _cells(entry: DocumentEntry) -> tuple[str, ...]:
    type_code = entry.type_code.code if entry.type_code else ""
    created = entry.creation_time or ""
    return (
        entry.unique_id or "",
        "-".join(filter(None, (created[:4], created[4:6], created[6:8]))) + _clock(created),
        type_code,
        _shortened(_text(entry.title), 40),
        status_name(entry),
        entry.size or "",
        entry.hash or "",
    )


def _clock(created: str) -> str:
    return f" {created[8:10]}:{created[10:12]}" if len(created) >= 12 else ""


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _text(strings: InternationalString) -> str:
    return strings[0].value if strings else ""


def _code(code: Code | None) -> dict[str, str] | None:
    if code is None:
        return None
    return {"code": code.code, "codingScheme": code.coding_scheme, "displayName": _text(code.display_name)}


def newest_first(entries: Iterable[DocumentEntry]) -> list[DocumentEntry]:
    """Entries by creationTime, the newest first."""
    return sorted(entries, key=lambda entry: entry.creation_time.start if entry.creation_time else 0, reverse=True)
