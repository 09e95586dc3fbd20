"""Judges a replacement: what the association RPLC replaces, and what the header says it replaces. [DMP: TD2.1; CI-SIS SM 3.5.5.23]

The header alone is never a reason to refuse that the predecessor is unknown here: published samples name documents that nobody holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from cda import replacement_table as rules
from cda.agreement import same_document
from cda.datatypes import II
from cda.findings import Finding, seen, told
from cda.header import Header

RPLC = "RPLC"
_RELATED = "/hl7:ClinicalDocument/hl7:relatedDocument"
_VERSION = "/hl7:ClinicalDocument/hl7:versionNumber"
_SET_ID = "/hl7:ClinicalDocument/hl7:setId"


def predecessors(header: Header) -> tuple[II, ...]:
    """The documents that a header says it replaces."""
    return tuple(found for related in header.related_documents if related.type_code == RPLC for found in related.ids)


def judge_replacement(
    header: Header,
    replaced: Mapping[str, str | None],
    held: Collection[str],
    before: Header | None = None,
) -> tuple[Finding, ...]:
    """Where header and associations disagree on what the document replaces.

    ``replaced``: entryUUID that an association RPLC of this document replaces → its uniqueId, none if the registry does not know the
    entry. ``held``: uniqueIds that the registry holds, of those that header and associations name. ``before``: the header of the
    document replaced, where it could be read.
    """
    return tuple(_findings(header, replaced, held, before))


def _findings(
    header: Header, replaced: Mapping[str, str | None], held: Collection[str], before: Header | None
) -> Iterator[Finding]:
    named = predecessors(header)
    if replaced and not named:
        yield told(rules.SILENT, _RELATED)
    for unique_id in replaced.values():
        if unique_id is not None and named and not any(same_document(unique_id, identifier) for identifier in named):
            yield told(rules.OTHER, _RELATED, seen(", ".join(identifier.text for identifier in named)))
    for identifier in named:
        if not any(same_document(unique_id, identifier) for unique_id in held):
            yield told(rules.UNKNOWN, _RELATED, seen(identifier.text))
        elif not replaced:
            yield told(rules.UNTOLD, _RELATED, seen(identifier.text))
    if named or replaced:
        yield from _version_findings(header, before)


def _version_findings(header: Header, before: Header | None) -> Iterator[Finding]:
    least = 2 if before is None else max(2, _number(before.version_number) + 1)
    if header.version_number and _number(header.version_number) < least:
        yield told(rules.VERSION, _VERSION, seen(header.version_number))
    if before is not None and header.set_id and before.set_id and header.set_id != before.set_id:
        yield told(rules.SET, _SET_ID, seen(header.set_id.text))


def _number(version: str) -> int:
    return int(version) if version.isascii() and version.isdigit() and len(version) <= 18 else 0
