"""What a patient is owed for a line. [DMP: traces]"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from audit.line import Ending
from audit.notices import KINDS, NoticeFacts, NoticeKind, notices_for, write_notice
from tests.audit.lines import INS, a_line

PATIENT = ("260058815400233", INS)
ADDED = a_line(PATIENT, action="TD2.1", transaction="ITI-41")


@pytest.mark.parametrize(("action", "kind"), KINDS.items())
def test_patient_hears_of_what_was_done_to_the_record(action: str, kind: NoticeKind) -> None:
    (notice,) = notices_for(replace(ADDED, action=action))
    assert (notice.kind, notice.patient, notice.person_id, notice.at) == (kind, PATIENT, ADDED.person_id, ADDED.at)
    assert notice.objects == (() if kind is NoticeKind.FIRST_ACCESS else ADDED.objects)


@pytest.mark.parametrize(
    "line",
    [
        replace(ADDED, ending=Ending.REFUSED),
        replace(ADDED, patient=None),
        replace(ADDED, action="TD0.2"),
        replace(ADDED, action="journal"),
        replace(ADDED, action="TD3.1", person_id=""),
    ],
)
def test_patient_is_owed_nothing_for_anything_else(line: object) -> None:
    assert notices_for(line) == ()  # type: ignore[arg-type]


def test_patient_is_not_told_of_their_own_deeds() -> None:
    assert notices_for(ADDED, NoticeFacts(by_patient=True)) == ()


def test_document_hidden_from_the_patient_is_not_told() -> None:
    (notice,) = notices_for(ADDED, NoticeFacts(hides_from_patient=lambda each: each == "2.25.1"))
    assert notice.objects == ("2.25.2",)
    assert notices_for(ADDED, NoticeFacts(hides_from_patient=lambda _: True)) == ()


def test_first_access_is_told_whatever_was_seen() -> None:
    assert notices_for(replace(ADDED, action="TD3.2"), NoticeFacts(hides_from_patient=lambda _: True))


@pytest.mark.parametrize(
    ("facts", "withheld"),
    [
        (NoticeFacts(), False),
        (NoticeFacts(is_secret=True), True),
        (NoticeFacts(hides_from_representatives=lambda each: each == "2.25.2"), True),
        (
            NoticeFacts(
                hides_from_patient=lambda each: each == "2.25.2",
                hides_from_representatives=lambda each: each == "2.25.2",
            ),
            False,
        ),
    ],
)
def test_what_representatives_may_not_know_is_marked(facts: NoticeFacts, withheld: bool) -> None:
    (notice,) = notices_for(ADDED, facts)
    assert notice.withheld_from_representatives is withheld


def test_notice_is_one_line_of_JSON_without_what_is_empty() -> None:
    (notice,) = notices_for(replace(ADDED, person_name="Ève\nÉXEMPLE", structure_id=""))
    written = write_notice(notice)
    assert b"\n" not in written
    assert json.loads(written) == {
        "kind": "document added",
        "at": "2026-03-14T12:00:00.000000Z",
        "patient": {"id": PATIENT[0], "authority": INS},
        "withheld_from_representatives": False,
        "action": "TD2.1",
        "person_id": "899700000007",
        "person_name": "Ève\nÉXEMPLE",
        "profession": "10",
        "access_mode": "normal",
        "objects": ["2.25.1", "2.25.2"],
    }
