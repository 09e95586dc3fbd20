"""What a stored query looks for, as a value that every store understands. [ITI TF-2: 3.18.4.1.2.3]

Conditions of one Selection are joined by AND; ``None`` or empty means no condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from access.sight import EVERYTHING, Sight
from xds.vocabulary import AssociationType, AvailabilityStatus

if TYPE_CHECKING:
    from registry.facts import Kind, PatientIdentity


class CodeFilter(NamedTuple):
    """One Slot of a coded attribute: the object has any of these (code, codingScheme). ``attribute`` in snake_case."""

    attribute: str
    alternatives: tuple[tuple[str, str], ...]


class TimeFilter(NamedTuple):
    """From ≤ value < To, as numbers of 14 digits; an object without the value passes. ``attribute`` in snake_case."""

    attribute: str
    at_or_after: int | None
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Registry objects of some kinds.

    ``patients``, ``statuses``, ``entry_uuids``, ``unique_ids``, ``logical_ids``: any of them (of the last three, one is given).
    ``codes``: every filter holds. ``author_persons``: LIKE patterns, any of. ``reference_ids``: every tuple has one that
    matches (a value with ``%`` is a LIKE pattern). ``latest_only``: no superseded metadata versions. ``with_ebrim``: objects
    are wanted, not only ids. ``limit``: no more than so many are looked for; which ones is not said. ``sight``: what it does not
    show is not there; a SubmissionSet or Folder that holds documents shows with the first of them that does.
    """

    kinds: tuple[Kind, ...]
    patients: tuple[PatientIdentity, ...] | None = None
    statuses: tuple[AvailabilityStatus, ...] | None = None
    entry_uuids: tuple[str, ...] | None = None
    unique_ids: tuple[str, ...] | None = None
    logical_ids: tuple[str, ...] | None = None
    codes: tuple[CodeFilter, ...] = ()
    times: tuple[TimeFilter, ...] = ()
    author_persons: tuple[str, ...] = ()
    reference_ids: tuple[tuple[str, ...], ...] = ()
    source_ids: tuple[str, ...] = ()
    document_availability: tuple[str, ...] = ()
    latest_only: bool = True
    with_ebrim: bool = True
    limit: int | None = None
    sight: Sight = EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationSelection:
    """Associations by their ends (entryUUIDs): any of ``sources``, any of ``targets``, or, with ``ends``, either end any of these.

    ``limit`` as in a Selection. ``sight``: both ends must show.
    """

    ends: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    targets: tuple[str, ...] | None = None
    types: tuple[AssociationType, ...] | None = None
    statuses: tuple[AvailabilityStatus, ...] | None = None
    with_ebrim: bool = True
    limit: int | None = None
    sight: Sight = EVERYTHING


class Found(NamedTuple):
    """A registered object; ``ebrim`` is the element as it is answered (empty if not asked for)."""

    kind: Kind
    entry_uuid: str
    patient: PatientIdentity
    availability_status: AvailabilityStatus
    ebrim: bytes = b""


class FoundAssociation(NamedTuple):
    """A registered Association."""

    entry_uuid: str
    association_type: AssociationType
    source_object: str
    target_object: str
    availability_status: AvailabilityStatus
    ebrim: bytes = b""
