"""hypothesis strategies for metadata, driven by the attribute table: every attribute that there is gets drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.samples.metadata import a_patient_id, a_submission, an_association
from xds import attributes, identifiers
from xds.attributes import Attribute, Datatype, Kind, Need, ObjectTable
from xds.hl7v2 import CX, DTM, XCN, XON, XTN, CXi, escape
from xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    LocalizedString,
    Slot,
    Submission,
    SubmissionSet,
)
from xds.transactions import ITI_42
from xds.vocabulary import (
    AssociationType,
    AvailabilityStatus,
    DocumentAvailability,
    DocumentEntryType,
    SubmissionSetStatus,
)

_XML_TEXT = st.characters(
    codec="utf-8",
    exclude_categories=("Cs",),
    exclude_characters="".join(map(chr, {*range(32)} - {9, 10, 13})) + "\ufffe\uffff",
)
_WORD = st.characters(codec="utf-8", categories=("L", "N", "P", "S"), exclude_characters="~")

texts = st.text(_XML_TEXT, min_size=1, max_size=40)
"""Whatever XML can hold: line ends, quotes, ampersands, other scripts."""
words = st.text(_WORD, min_size=1, max_size=12)
components = words.map(escape)
"""A component of an HL7 v2 value, escaped."""
oids = st.lists(st.integers(0, 999_999), min_size=2, max_size=7).map(lambda arcs: ".".join(map(str, arcs)))
uuids = st.uuids(version=4).map(lambda value: value.urn)
references = uuids | words
times = st.datetimes().flatmap(
    lambda moment: st.sampled_from((4, 6, 8, 10, 12, 14)).map(
        lambda digits: DTM(moment.strftime("%Y%m%d%H%M%S").rjust(14, "0")[:digits])
    )
)
plain_identifiers = st.builds(CX.build, words, oids)
identifiers_with_more = st.builds(CX.build, words, oids, words)
reference_ids = st.builds(
    CXi.build, words, oids, st.just("urn:ihe:iti:xds:2013:order"), st.just("") | oids.map("urn:oid:{}".format)
)
persons = st.builds(XCN.build, words, words, words, oids) | st.builds(XCN.build, family_name=words, given_name=words)
organisations = (
    st.builds(XON.build, words) | st.builds(XON.build, words, words, oids) | st.builds(XON.build, words, oids)
)
addresses = st.builds(XTN.mail, words) | st.from_regex(r"\^PRN\^PH\^\^33\^1\^[0-9]{6}", fullmatch=True).map(XTN)
languages = st.sampled_from(("fr-FR", "en-us", "art", "de", "x-klingon", "zh-Hant"))
media_types = st.sampled_from(("text/xml", "application/pdf", "application/dicom", "text/xml; charset=utf-8"))
localized = st.builds(LocalizedString, texts, st.just("") | languages)
localized_texts = st.lists(localized, min_size=1, max_size=2).map(tuple)
codes = st.builds(Code, texts, texts, st.just(()) | localized_texts)
extra_slots = st.lists(
    st.builds(Slot, words.map("urn:example:{}".format), st.lists(texts, max_size=2).map(tuple)),
    max_size=2,
    unique_by=lambda slot: slot.name,
).map(tuple)

_OF_DATATYPE: Mapping[Datatype, st.SearchStrategy[Any]] = {
    attributes.CX: plain_identifiers,
    attributes.CXI: reference_ids,
    attributes.XCN: persons,
    attributes.XON: organisations,
    attributes.XTN: addresses,
    attributes.DTM: times,
    attributes.OID: oids,
    attributes.UUID: uuids,
    attributes.UNIQUE_ID: oids | st.from_regex(r"[0-9.]{3,20}\^[!-~]{1,20}", fullmatch=True),
    attributes.HOME: oids.map("urn:oid:{}".format),
    attributes.HASH: st.binary(min_size=20, max_size=20).map(bytes.hex),
    attributes.SIZE: st.integers(0, 10**12).map(str),
    attributes.LANGUAGE: languages,
    attributes.MEDIA_TYPE: media_types,
    attributes.URI: st.from_regex(r"[a-z]{2,5}://[a-z0-9./?=&%20-]{1,20}", fullmatch=True).filter(
        lambda text: identifiers.check_uri(text) is None
    ),
    attributes.FIELD: st.builds("PID-{}|{}".format, st.sampled_from((3, 5, 11)), words),
    attributes.RECIPIENT: st.builds("{}|{}|{}".format, organisations, persons, addresses),
    attributes.AVAILABILITY: st.sampled_from(DocumentAvailability),
    attributes.TEXT: words,
    attributes.REFERENCE: references,
    attributes.INTEGER_TEXT: st.integers(1, 99).map(str),
    attributes.STATUS: st.sampled_from(AvailabilityStatus),
    attributes.OBJECT_TYPE: st.sampled_from(DocumentEntryType),
    attributes.ASSOCIATION_TYPE: st.sampled_from(AssociationType),
    attributes.SUBMISSION_SET_STATUS: st.sampled_from(SubmissionSetStatus),
    attributes.CODE: codes,
    attributes.LOCALIZED: localized_texts,
    attributes.FLAG: st.just(True),
}
"""Values of each datatype: of the right form, and for coded and free text whatever XML can hold."""


def _fields(table: ObjectTable, required: frozenset[str]) -> dict[str, st.SearchStrategy[Any]]:
    return {row.field: _contents(row, is_required=row.field in required) for row in table}


def _contents(row: Attribute, *, is_required: bool) -> st.SearchStrategy[Any]:
    if row.datatype.kind is Kind.AUTHOR:
        return st.lists(authors, max_size=2).map(tuple)
    value = _OF_DATATYPE[row.datatype]
    if row.is_many:
        return st.lists(value, max_size=3).map(tuple)
    if is_required:
        return value
    absent: Any = {Kind.LOCALIZED: (), Kind.FLAG: False}.get(row.datatype.kind)
    return st.just(absent) | value


authors = st.builds(Author, **_fields(attributes.AUTHOR_SLOTS, frozenset()), extra=extra_slots)
document_entries = st.builds(
    DocumentEntry,
    **_fields(attributes.DOCUMENT_ENTRY, frozenset({"entry_uuid", "object_type", "mime_type"})),
    extra=extra_slots,
)
submission_sets = st.builds(
    SubmissionSet, **_fields(attributes.SUBMISSION_SET, frozenset({"entry_uuid"})), extra=extra_slots
)
folders = st.builds(Folder, **_fields(attributes.FOLDER, frozenset({"entry_uuid"})), extra=extra_slots)
associations = st.builds(
    Association,
    **_fields(attributes.ASSOCIATION, frozenset({"entry_uuid", "association_type", "source_object", "target_object"})),
    extra=extra_slots,
)
registry_objects = document_entries | submission_sets | folders | associations


def _valid(table: ObjectTable) -> dict[str, st.SearchStrategy[Any]]:
    """Every attribute that a registration requires, and none that it forbids; statuses are the registry's."""
    fields = {}
    for row in table:
        need = row.need(ITI_42)
        if need in (Need.REQUIRED, Need.OPTIONAL, Need.REQUIRED_IF_KNOWN) and row.field not in _CHOSEN:
            contents = _contents(row, is_required=need is Need.REQUIRED)
            fields[row.field] = contents.filter(bool) if need is Need.REQUIRED and row.is_many else contents
    return fields


_CHOSEN = {"entry_uuid", "logical_id", "object_type", "patient_id", "service_stop_time", "author", "title"}
_somebody = st.lists(st.builds(Author, persons), max_size=2).map(tuple)
_titles = words.map(lambda text: (LocalizedString(text),))

valid_document_entries = st.builds(
    DocumentEntry,
    **_valid(attributes.DOCUMENT_ENTRY),
    entry_uuid=uuids,
    patient_id=st.just(a_patient_id()),
    author=_somebody,
    title=_titles,
    extra=extra_slots,
)
valid_folders = st.builds(
    Folder,
    **_valid(attributes.FOLDER),
    entry_uuid=uuids,
    patient_id=st.just(a_patient_id()),
    title=_titles,
    extra=extra_slots,
)
valid_submission_sets = st.builds(
    SubmissionSet,
    **_valid(attributes.SUBMISSION_SET),
    entry_uuid=uuids,
    patient_id=st.just(a_patient_id()),
    author=_somebody,
    title=_titles,
    extra=extra_slots,
)


@st.composite
def valid_submissions(draw: st.DrawFn) -> Submission:
    """What ITI-42 accepts in a plain domain: entries and Folders of one patient, some of the entries in the Folders."""
    entries = draw(st.lists(valid_document_entries, max_size=3))
    folders = draw(st.lists(valid_folders, min_size=0 if entries else 1, max_size=2))
    submission_set = draw(valid_submission_sets)
    taken: set[str | None] = set()
    for value in (*entries, *folders, submission_set):
        assume(value.unique_id not in taken)
        taken.add(value.unique_id)
    held = [
        an_association(entry_uuid=draw(uuids), source_object=folder.entry_uuid, target_object=entry.entry_uuid)
        for folder in folders
        for entry in entries
        if draw(st.booleans())
    ]
    return a_submission(document_entries=entries, folders=folders, associations=held, submission_set=submission_set)
