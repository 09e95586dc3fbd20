"""A request that names what its caller may not see is answered exactly as one that names what does not exist. [DMP: visibility]

The same request is sent twice, the second time with a UUID of nothing in the place of the hidden one's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import pytest

from tests.access.people import OTHER_STRUCTURE_ID
from tests.registry.callers import (
    STRANGER_ID,
    GuardedDesk,
    author_of,
    guarded,
    refusals,
    restricted,
    told,
)
from tests.registry.desk import Backend, membership, relation
from tests.registry.updating import (
    APPROVED,
    ARCHIVED,
    DELETED,
    DEPRECATED,
    a_status_update,
    an_update,
    made_here,
    revised,
    submitted_later,
)
from tests.samples import fresh_uuid
from xds.messages import RegistryResponse
from xds.metadata import DocumentEntry, Folder, Submission
from xds.vocabulary import AssociationType


class Hider(NamedTuple):
    """Who comes, and how a document is restricted that they do not see."""

    actor: str
    restrictions: tuple[str, ...]


HIDERS = (
    Hider("stranger", ("MASQUE_PS",)),
    Hider("patient", ("INVISIBLE_PATIENT",)),
    Hider("parent", ("INVISIBLE_REPRESENTANTS_LEGAUX",)),
    Hider("structure", ()),
)
"""The last sees nothing but its own."""


@dataclass
class Record:
    """A record in which something shows and something does not."""

    desk: GuardedDesk
    hider: Hider
    shown: DocumentEntry
    folder: Folder
    hidden: DocumentEntry
    hidden_folder: Folder
    hidden_set: str
    hidden_arrow: str
    hidden_relation: str

    def answer(self, request: Submission) -> RegistryResponse:
        """What is said; an update is what brings no first version."""
        mandate = self.desk.mandate(self.hider.actor)
        logical_ids = [entry.logical_id for entry in request.document_entries]
        logical_ids += [folder.logical_id for folder in request.folders]
        return self.desk.update_for(mandate, request) if all(logical_ids) else self.desk.register_for(mandate, request)


@pytest.fixture(params=HIDERS, ids=lambda hider: hider.actor)
def record(request: pytest.FixtureRequest, registry_backend: Backend) -> Record:
    """Two documents, one of which shows: it is the caller's own where they see no other; a Folder of both, a Folder of the hidden."""
    desk, hider = guarded(registry_backend), request.param
    own = desk.mandate(hider.actor).caller
    assert own is not None
    mine = author_of(own.person_id or STRANGER_ID, own.structure_id or OTHER_STRUCTURE_ID)
    shown = desk.entry(author=(mine,))
    theirs = author_of("899700000404", "10B0000004")
    hidden = desk.entry(author=(theirs,), confidentiality_code=restricted(*hider.restrictions))
    folder, hidden_folder = desk.folder(), desk.folder()
    desk.registered(
        desk.submission(shown, folders=[folder], associations=[membership(folder.entry_uuid, shown.entry_uuid)])
    )
    held = membership(hidden_folder.entry_uuid, hidden.entry_uuid)
    joined = relation(AssociationType.XFRM, hidden.entry_uuid, shown.entry_uuid)
    lot = desk.registered(
        desk.submission(
            hidden,
            folders=[hidden_folder],
            associations=[held, joined, membership(folder.entry_uuid, hidden.entry_uuid)],
        )
    )
    the_set = lot.submission_set.entry_uuid
    return Record(desk, hider, shown, folder, hidden, hidden_folder, the_set, held.entry_uuid, joined.entry_uuid)


def _related(kind: AssociationType) -> Callable[[Record], Submission]:
    def make(record: Record) -> Submission:
        new = record.desk.entry(author=record.shown.author)
        return record.desk.submission(new, associations=[relation(kind, new.entry_uuid, record.hidden.entry_uuid)])

    return make


def _related_later(kind: AssociationType, *, hidden_first: bool) -> Callable[[Record], Submission]:
    def make(record: Record) -> Submission:
        ends = (record.hidden, record.shown) if hidden_first else (record.shown, record.hidden)
        later = submitted_later(relation(kind, ends[0].entry_uuid, ends[1].entry_uuid))
        return an_update(record.desk, associations=later)

    return make


def _new_version_and(record: Record) -> Submission:
    """Of what shows, with an Association to what is joined to it and does not."""
    new = revised(record.shown)
    later = relation(AssociationType.XFRM, new.entry_uuid, record.hidden.entry_uuid)
    return an_update(record.desk, new, propagation="no", associations=[later])


REQUESTS: dict[str, tuple[str, Callable[[Record], Submission]]] = {
    "new version": ("hidden", lambda it: an_update(it.desk, revised(it.hidden))),
    "mask": ("hidden", lambda it: an_update(it.desk, revised(it.hidden, confidentiality_code=restricted("MASQUE_PS")))),
    "show": ("hidden", lambda it: an_update(it.desk, revised(it.hidden, confidentiality_code=restricted()))),
    "new version of a number that it does not have": (
        "hidden",
        lambda it: an_update(it.desk, revised(it.hidden), previous_version="7"),
    ),
    "new version of another kind": ("hidden", lambda it: an_update(it.desk, revised(it.hidden, unique_id="2.25.7"))),
    "archive": ("hidden", lambda it: _changed(it, it.hidden.entry_uuid, ARCHIVED)),
    "delete": ("hidden", lambda it: _changed(it, it.hidden.entry_uuid, DELETED)),
    "deprecate": ("hidden", lambda it: _changed(it, it.hidden.entry_uuid, DEPRECATED)),
    "replace": ("hidden", _related(AssociationType.RPLC)),
    "transform": ("hidden", _related(AssociationType.XFRM)),
    "transform and replace": ("hidden", _related(AssociationType.XFRM_RPLC)),
    "append": ("hidden", _related(AssociationType.APND)),
    "sign": ("hidden", _related(AssociationType.SIGNS)),
    "snapshot": ("hidden", _related(AssociationType.IS_SNAPSHOT_OF)),
    "replace later": ("hidden", _related_later(AssociationType.RPLC, hidden_first=False)),
    "transform later": ("hidden", _related_later(AssociationType.XFRM, hidden_first=True)),
    "new version and transform": ("hidden", _new_version_and),
    "refer": (
        "hidden",
        lambda it: it.desk.submission(it.desk.entry(author=it.shown.author), references=[it.hidden.entry_uuid]),
    ),
    "put into a folder": (
        "hidden",
        lambda it: an_update(
            it.desk, associations=submitted_later(membership(it.folder.entry_uuid, it.hidden.entry_uuid))
        ),
    ),
    "put into a folder here": (
        "hidden",
        lambda it: an_update(it.desk, associations=made_here(membership(it.folder.entry_uuid, it.hidden.entry_uuid))),
    ),
    "fill a hidden folder": (
        "hidden_folder",
        lambda it: an_update(
            it.desk, associations=submitted_later(membership(it.hidden_folder.entry_uuid, it.shown.entry_uuid))
        ),
    ),
    "new version of a hidden folder": ("hidden_folder", lambda it: an_update(it.desk, revised(it.hidden_folder))),
    "deprecate a hidden folder": ("hidden_folder", lambda it: _changed(it, it.hidden_folder.entry_uuid, DEPRECATED)),
    "deprecate a hidden SubmissionSet": ("hidden_set", lambda it: _changed(it, it.hidden_set, DEPRECATED)),
    "deprecate a membership of what is hidden": ("hidden_arrow", lambda it: _changed(it, it.hidden_arrow, DEPRECATED)),
    "deprecate a relation to what is hidden": (
        "hidden_relation",
        lambda it: _changed(it, it.hidden_relation, DEPRECATED),
    ),
    "deprecate both ways to what is hidden": (
        "hidden_relation",
        lambda it: an_update(
            it.desk, associations=[a_status_update(it.hidden_arrow), a_status_update(it.hidden_relation)]
        ),
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_request_about_what_is_hidden_is_refused_as_one_about_nothing(record: Record, name: str) -> None:
    """Same codes, same sentences but for the id. [DMP: TD2.1, TD3.3a-d]"""
    attribute, make = REQUESTS[name]
    hidden = getattr(record, attribute)
    identifier, nothing = hidden if isinstance(hidden, str) else hidden.entry_uuid, fresh_uuid()
    request = make(record)
    about_hidden, about_nothing = record.answer(request), record.answer(_renamed(request, identifier, nothing))
    assert refusals(about_hidden)
    assert told(about_hidden, it=identifier) == told(about_nothing, it=nothing)


def test_record_shows_what_these_requests_change_to_its_treating_doctor(record: Record) -> None:
    """So that the others are refused for what they may not see, and nothing else."""
    seeing = replace(record, hider=Hider("treating doctor", ()))
    for name in ("refer", "transform", "transform later"):
        assert refusals(seeing.answer(REQUESTS[name][1](record))) == []


def _changed(record: Record, target: str, new: str) -> Submission:
    return an_update(record.desk, associations=[a_status_update(target, APPROVED, new)])


def _renamed(request: Submission, old: str, new: str) -> Submission:
    """The request with another id wherever the one stands."""
    names: dict[str | None, str] = {old: new}

    def other(text: str) -> str:
        return names.get(text, text)

    return replace(
        request,
        document_entries=tuple(
            replace(each, logical_id=names.get(each.logical_id, each.logical_id)) for each in request.document_entries
        ),
        folders=tuple(
            replace(each, logical_id=names.get(each.logical_id, each.logical_id)) for each in request.folders
        ),
        associations=tuple(
            replace(each, source_object=other(each.source_object), target_object=other(each.target_object))
            for each in request.associations
        ),
    )
