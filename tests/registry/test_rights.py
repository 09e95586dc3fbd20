"""Who may do what to which document: each action of the DMP by everybody who might come, over every store. [DMP: TD2.1, TD3.3a-d]"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.access.people import DOCTOR_ID
from tests.registry.callers import (
    ACTORS,
    GuardedDesk,
    a_replacement,
    author_of,
    guarded,
    refusals,
    restricted,
    the_patient,
)
from tests.registry.desk import Backend
from tests.registry.updating import (
    APPROVED,
    ARCHIVED,
    DELETED,
    DEPRECATED,
    a_status_update,
    an_update,
    revised,
)
from xds.metadata import DocumentEntry, LocalizedString, Submission
from xds.vocabulary import AvailabilityStatus

AUTHOR_ONLY = "DMPAccessDeniedByRightsService DMP-AUTHOR-ONLY"
MATRIX = "DMPAccessDeniedByRightsService RGT-MATRIX"

Attempt = Callable[[GuardedDesk, DocumentEntry], Submission]


@pytest.fixture
def desk(registry_backend: Backend) -> GuardedDesk:
    """The French profile, and a patient of the test's own."""
    return guarded(registry_backend)


def _visible(*names: str) -> Attempt:
    return lambda desk, entry: an_update(desk, revised(entry, confidentiality_code=restricted(*names)))


def _status(original: AvailabilityStatus, new: AvailabilityStatus) -> Attempt:
    return lambda desk, entry: an_update(desk, associations=[a_status_update(entry.entry_uuid, original, new)])


def _retitle(desk: GuardedDesk, entry: DocumentEntry) -> Submission:
    return an_update(desk, revised(entry, title=(LocalizedString("corrigé"),)))


ATTEMPTS: dict[str, tuple[tuple[str, ...], Attempt]] = {
    "mask": ((), _visible("MASQUE_PS")),
    "unmask": (("MASQUE_PS",), _visible()),
    "show to the patient": (("INVISIBLE_PATIENT",), _visible()),
    "hide from the patient": ((), _visible("INVISIBLE_PATIENT")),
    "keep from parents": ((), _visible("INVISIBLE_REPRESENTANTS_LEGAUX")),
    "archive": ((), _status(APPROVED, ARCHIVED)),
    "unarchive": ((), _status(ARCHIVED, APPROVED)),
    "delete": ((), _status(APPROVED, DELETED)),
    "delete from archived": ((), _status(ARCHIVED, DELETED)),
    "bring back": ((), _status(DELETED, APPROVED)),
    "deprecate": ((), _status(APPROVED, DEPRECATED)),
    "replace": ((), a_replacement),
    "correct": ((), _retitle),
}
"""What is tried → how the document is restricted before, and the request."""

COLUMNS = ("author", "colleague", "stranger", "treating doctor", "structure", "patient", "parent")

# + done, - another author's, M not in the matrix, . not there. Columns as above.
OF_PROFESSIONAL = {
    "mask": "+ + + + M + +",
    "unmask": "+ . . + M + +",
    "show to the patient": "+ + + + M . .",
    "hide from the patient": "+ + + + M + M",
    "keep from parents": "+ + + + M + M",
    "archive": "+ - - + M - -",
    "unarchive": "+ - - + M - -",
    "delete": "+ - - - + - -",
    "delete from archived": "+ - - - + - -",
    "bring back": "+ - - - + - -",
    "deprecate": "+ + - - + - -",
    "replace": "+ + - - + - -",
    "correct": "+ + - - + - -",
}
OF_PATIENT = {
    "mask": "+ + + + . + +",
    "unmask": ". . . + . + +",
    "show to the patient": "+ + + + . + .",
    "hide from the patient": "+ + + + . + M",
    "keep from parents": "+ + + + . + M",
    "archive": "- - - + . + -",
    "unarchive": "- - - + . + -",
    "delete": "- - - + . + -",
    "delete from archived": "- - - + . + -",
    "bring back": "- - - + . + -",
    "deprecate": "- - - - . + -",
    "replace": "- - - - . + -",
    "correct": "- - - - . + -",
}
CELLS = [
    pytest.param(whose, attempt, actor, cell, id=f"{attempt}: {actor}, document of the {whose}")
    for whose, table in (("professional", OF_PROFESSIONAL), ("patient", OF_PATIENT))
    for attempt, row in table.items()
    for actor, cell in zip(COLUMNS, row.split(), strict=True)
]


@pytest.mark.parametrize(("whose", "attempt", "actor", "cell"), CELLS)
def test_action_is_done_or_refused_as_the_matrix_says(
    desk: GuardedDesk, whose: str, attempt: str, actor: str, cell: str
) -> None:
    """[DMP: droits fonctionnels]"""
    before, make = ATTEMPTS[attempt]
    author = author_of(DOCTOR_ID) if whose == "professional" else the_patient(desk)
    entry = _registered(desk, attempt, desk.entry(author=(author,), confidentiality_code=restricted(*before)))
    request, act = make(desk, entry), desk.register_for if attempt == "replace" else desk.update_for
    response = act(desk.mandate(actor), request)
    is_new_version = any(each.logical_id for each in request.document_entries)
    not_there = "XDSMetadataVersionError" if is_new_version else "UnresolvedReferenceException"
    expected = {"+": [], "-": [AUTHOR_ONLY], "M": [MATRIX], ".": [not_there]}
    assert refusals(response) == expected[cell]


def _registered(desk: GuardedDesk, attempt: str, entry: DocumentEntry) -> DocumentEntry:
    desk.registered(desk.submission(entry))
    status = {"unarchive": ARCHIVED, "delete from archived": ARCHIVED, "bring back": DELETED}.get(attempt)
    if status is not None:
        nobody = replace(desk.mandate("author"), caller=None)
        made = desk.update_for(nobody, _status(APPROVED, status)(desk, entry))
        assert refusals(made) == []
    return entry


def test_tables_name_every_actor_and_every_attempt() -> None:
    assert tuple(ACTORS) == COLUMNS
    assert OF_PROFESSIONAL.keys() == OF_PATIENT.keys() == ATTEMPTS.keys()
