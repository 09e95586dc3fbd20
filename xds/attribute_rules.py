"""Rules about attributes: required, forbidden, well-formed, of the domain's codes. Driven by the attribute table. [ITI TF-3: 4.2.3]"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from operator import attrgetter
from typing import Any, NamedTuple

from xds import attributes, errors
from xds.attributes import COLUMNS, UPDATE_SLOTS, Attribute, Kind, Need
from xds.case import Case, name_of
from xds.domain import Bite, ValueSet
from xds.errors import RegistryError, flaw, seen, shape, shown
from xds.hl7v2 import CX
from xds.identifiers import check_anything, is_foreign
from xds.metadata import Association, Author, Code, DocumentEntry, Folder, RegistryObject, Slot, SubmissionSet

_SUGGESTIONS_MAX = 5  # a submission: finding the nearest code costs time, and a few tell what is the matter
_SUGGESTED_LENGTH_MAX = 40  # characters of a code that are looked at
_BITES = {Bite.ERROR: errors.error, Bite.WARNING: errors.warning}
_EXTRA = "ITI TF-3: 4.2.3.1.6"


class _Columns(NamedTuple):
    """Some attributes of one kind of object, and all their contents at one stroke."""

    rows: tuple[Attribute, ...]
    checks: tuple[tuple[Attribute, Callable[[str], str | None], bool], ...]
    get: Callable[[Any], tuple[Any, ...]]


def _columns(rows: Iterable[Attribute]) -> _Columns:
    """Getting many fields at once is what makes judging cheap."""
    chosen = tuple(rows)
    checks = tuple((row, row.datatype.check, row.is_many) for row in chosen)
    if not chosen:
        return _Columns((), (), lambda _: ())
    if len(chosen) == 1:
        get_one = attrgetter(chosen[0].field)
        return _Columns(chosen, checks, lambda value: (get_one(value),))
    return _Columns(chosen, checks, attrgetter(*(row.field for row in chosen)))


_TABLES = {
    DocumentEntry: attributes.DOCUMENT_ENTRY,
    SubmissionSet: attributes.SUBMISSION_SET,
    Folder: attributes.FOLDER,
    Association: attributes.ASSOCIATION,
}
_CHECKED: dict[type, _Columns] = {
    kind: _columns(row for row in table if row.datatype.check is not check_anything) for kind, table in _TABLES.items()
}
_LIMITED: dict[type, _Columns] = {
    kind: _columns(row for row in table if row.length_max) for kind, table in _TABLES.items()
}
_CODED: dict[type, dict[str, Attribute]] = {
    kind: {row.field: row for row in table if row.datatype.kind in (Kind.CODE, Kind.TEXT)}
    for kind, table in _TABLES.items()
}
_AUTHOR = _columns(attributes.AUTHOR_SLOTS)
_WITH_AUTHORS = (SubmissionSet, DocumentEntry)


def _in_need(rows: Iterable[Attribute], transaction: str, need: Need) -> _Columns:
    return _columns(row for row in rows if row.needs[COLUMNS[transaction]] is need)


_REQUIRED: dict[tuple[type, str], _Columns] = {
    (kind, name): _in_need(table, name, Need.REQUIRED) for kind, table in _TABLES.items() for name in COLUMNS
}
_FORBIDDEN: dict[tuple[type, str], _Columns] = {
    (kind, name): _in_need(table, name, Need.FORBIDDEN) for kind, table in _TABLES.items() for name in COLUMNS
}

_WITH_TEXTS = {
    key for key, columns in _REQUIRED.items() if any(row.datatype.kind is Kind.LOCALIZED for row in columns.rows)
}
"""Where something required has texts, which may be there and say nothing."""


def attributes_are_there_as_needed(case: Case) -> Iterator[RegistryError]:
    """What the transaction requires is there, and what it forbids is not."""
    for value in case.submission.objects():
        column = case.column_of(value)
        key = type(value), column
        required, forbidden = _REQUIRED[key], _FORBIDDEN[key]
        contents = required.get(value)
        for row, content in (
            zip(required.rows, contents, strict=True) if key in _WITH_TEXTS or not all(contents) else ()
        ):
            if not content or (row.datatype.kind is Kind.LOCALIZED and not any(text.value.strip() for text in content)):
                yield flaw(f"{name_of(value)} / {row.name}", seen(None), row.written, row.clause)
        contents = forbidden.get(value)
        for row, content in zip(forbidden.rows, contents, strict=True) if any(contents) else ():
            if content:
                expected = (
                    "none in an on-demand DocumentEntry" if column != case.transaction.name else f"none in {column}"
                )
                yield flaw(f"{name_of(value)} / {row.name}", "is present", expected, row.clause)


def values_are_well_formed(case: Case) -> Iterator[RegistryError]:
    """Every value is of its datatype; an identifier of a patient has no component that the domain does not want."""
    for value in case.submission.objects():
        yield from _judge_values(case, _CHECKED[type(value)], value)
        for author in value.author if isinstance(value, _WITH_AUTHORS) else ():
            yield from _judge_values(case, _AUTHOR, value, author)


def texts_are_short_enough(case: Case) -> Iterator[RegistryError]:
    """Titles, comments and the like keep the limits of IHE and ebRIM."""
    for value in case.submission.objects():
        limited = _LIMITED[type(value)]
        for row, content in zip(limited.rows, limited.get(value), strict=True):
            if not content:
                continue
            texts = [text.value for text in content] if row.datatype.kind is Kind.LOCALIZED else [content]
            for text in texts:
                if len(text) > row.length_max:
                    location, expected = f"{name_of(value)} / {row.name}", f"at most {row.length_max} characters"
                    yield flaw(location, f"has {len(text)} characters", expected, row.clause)


def authors_say_who_they_are(case: Case) -> Iterator[RegistryError]:
    """An author is at least a person, an institution or an address, and has no attributes of our invention."""
    owners: tuple[SubmissionSet | DocumentEntry, ...] = (
        *case.submission.submission_sets,
        *case.submission.document_entries,
    )
    for value in owners:
        location = f"{name_of(value)} / author"
        for author in value.author:
            if not _is_somebody(author):
                expected = "authorPerson, authorInstitution or authorTelecommunication"
                yield flaw(location, "has none of the three that say who it is", expected, "ITI TF-3: 4.2.3.1.4")
            yield from _judge_extra(author.extra, location, frozenset())


def extra_slots_have_foreign_names(case: Case) -> Iterator[RegistryError]:
    """A Slot that is no attribute bears a URN that is not IHE's."""
    for value in case.submission.objects():
        if value.extra:
            allowed = UPDATE_SLOTS if case.is_update and isinstance(value, Association) else frozenset[str]()
            yield from _judge_extra(value.extra, name_of(value), allowed)


def codes_are_of_the_domain(case: Case) -> Iterator[RegistryError]:
    """Coded values and media types are among those that the affinity domain has agreed on; display names are free."""
    suggestions = 0
    for value in case.submission.objects() if case.domain.value_sets else ():
        rows = _CODED[type(value)]
        for field, allowed in case.domain.value_sets.items():
            row = rows.get(field)
            if row is None or allowed.unknown_code is Bite.OFF:
                continue
            for code, scheme in _pairs(row.is_many, getattr(value, field)):
                if (code, scheme) in allowed.codes:
                    continue
                nearest = _nearest(code, scheme, allowed) if suggestions < _SUGGESTIONS_MAX else ""
                suggestions += 1
                location = f"{name_of(value)} / {row.name}"
                told = f"{shown(code)} of scheme {shown(scheme)}" if scheme else shown(code)
                context = f"{location} is {told}; expected a code of {allowed.name}{nearest} [{row.clause}]"
                yield _BITES[allowed.unknown_code](errors.XDSRegistryMetadataError, context, location)


def service_times_are_in_order(case: Case) -> Iterator[RegistryError]:
    """serviceStartTime is not later than serviceStopTime, as far as both are told."""
    for entry in case.submission.document_entries:
        start, stop = entry.service_start_time, entry.service_stop_time
        if start is None or stop is None or start.check(start) or stop.check(stop):
            continue
        precision = min(len(start), len(stop))
        if start[:precision] > stop[:precision]:
            location = f"{name_of(entry)} / serviceStartTime"
            yield flaw(
                location, f"is {start}", f"a time not later than serviceStopTime, {stop}", "ITI TF-3: 4.2.3.2.19"
            )


def personal_fields_occur_once(case: Case) -> Iterator[RegistryError]:
    """Birth and sex of the patient are told once at most."""
    for entry in case.submission.document_entries:
        fields = [line[:6] for line in entry.source_patient_info]
        for field in ("PID-7|", "PID-8|"):
            if fields.count(field) > 1:
                location = f"{name_of(entry)} / sourcePatientInfo"
                yield flaw(location, f"has {field[:-1]} several times", "it once at most", "ITI TF-3: 4.2.3.2.23")


def _judge_values(
    case: Case, columns: _Columns, owner: RegistryObject, author: Author | None = None
) -> list[RegistryError]:
    """The texts of an object, or of one of its authors, against their datatypes.

    A CX has the components of plain XDS alone, where the domain adds none. [CI-SIS: component 5 is NH]
    """
    found = []
    is_plain = not case.domain.cx_type_code
    for (row, check, is_many), content in zip(columns.checks, columns.get(author or owner), strict=True):
        if not content and (content is None or content == ()):
            continue
        for text in content if is_many else (content,):
            expected = check(text)
            if expected is None and is_plain and isinstance(text, CX) and not text.has_only_id_and_authority:
                expected = "id^^^&oid&ISO and no other component"
            if expected is not None and (text or row.need(case.transaction) is not Need.REQUIRED):
                problem = f"is {shape(text) if row.datatype.is_personal else shown(text)}"
                place = name_of(owner) if author is None else f"{name_of(owner)} / author"
                found.append(flaw(f"{place} / {row.name}", problem, expected, row.clause))
    return found


def _is_somebody(author: Author) -> bool:
    return bool(author.author_person or author.author_institution or author.author_telecommunication)


def _judge_extra(slots: tuple[Slot, ...], location: str, allowed: frozenset[str]) -> Iterator[RegistryError]:
    for name, _ in slots:
        if name in allowed or is_foreign(name):
            continue
        problem = f"{shown(name)} is no attribute of this object"
        yield flaw(
            f"{location} / Slot", problem, "an attribute of IHE, or a URN of your own for what is beyond them", _EXTRA
        )


def _pairs(is_many: bool, content: Any) -> list[tuple[str, str]]:
    """The codes of an attribute, each with its scheme; a plain text such as mimeType has none."""
    return [
        (coded.code, coded.coding_scheme) if isinstance(coded, Code) else (coded, "")
        for coded in (content if is_many else (content,))
        if coded
    ]


def _nearest(code: str, scheme: str, allowed: ValueSet) -> str:
    """What may have been meant: the same code of another scheme, else the code that looks most alike."""
    schemes = sorted(known_scheme for known, known_scheme in allowed.codes if known == code)
    if schemes:
        return f", where {shown(code)} has scheme {' or '.join(map(shown, schemes))}"
    near = _most_alike(code, sorted(pair for pair in allowed.codes if pair[1] == scheme) or sorted(allowed.codes))
    if near is None:
        return ""
    known, known_scheme = near
    return f", the nearest is {shown(known)}" + ("" if known_scheme == scheme else f" of scheme {shown(known_scheme)}")


def _most_alike(code: str, pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The pair whose code shares most with a code; most pairs are passed over by the cheap bounds of their likeness."""
    likeness = SequenceMatcher(None, b=code[:_SUGGESTED_LENGTH_MAX])
    nearest, most = None, -1.0
    for pair in pairs:
        likeness.set_seq1(pair[0])
        if likeness.real_quick_ratio() > most and likeness.quick_ratio() > most and likeness.ratio() > most:
            nearest, most = pair, likeness.ratio()
    return nearest
