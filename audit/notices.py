"""What a patient is told of their record: a document added, a document changed, a professional who came for the first time. [DMP: traces]

Says to whom something is owed and what; how it reaches them (a portal, a mail) is the business of whoever takes the notices. What is
hidden from the patient is not told, and a notice says whether legal representatives may read it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from audit.chain import write_moment
from audit.line import Ending, Line

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class NoticeKind(StrEnum):
    """Why a patient is told."""

    DOCUMENT_ADDED = "document added"
    DOCUMENT_CHANGED = "document changed"
    FIRST_ACCESS = "first access"


KINDS = {
    "TD2.1": NoticeKind.DOCUMENT_ADDED,
    "TD2.1 replace": NoticeKind.DOCUMENT_CHANGED,
    "TD3.3a mask": NoticeKind.DOCUMENT_CHANGED,
    "TD3.3a unmask": NoticeKind.DOCUMENT_CHANGED,
    "TD3.3b": NoticeKind.DOCUMENT_CHANGED,
    "TD3.3c": NoticeKind.DOCUMENT_CHANGED,
    "TD3.3d": NoticeKind.DOCUMENT_CHANGED,
    "TD1.3a": NoticeKind.FIRST_ACCESS,
    "TD3.1": NoticeKind.FIRST_ACCESS,
    "TD3.2": NoticeKind.FIRST_ACCESS,
    "TD3.2 masked": NoticeKind.FIRST_ACCESS,
}
"""Of the actions of the matrix of rights those that a patient hears of. To feed a record is no access to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """What a line does not tell. ``by_patient``: the patient, or a representative, did it themselves. ``hides_from_patient`` and
    ``hides_from_representatives``: whether an object of the line is invisible to them. ``is_secret``: a minor's secret connection."""

    by_patient: bool = False
    is_secret: bool = False
    hides_from_patient: Callable[[str], bool] = lambda _object: False
    hides_from_representatives: Callable[[str], bool] = lambda _object: False


PLAIN = NoticeFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that one patient is owed. ``withheld_from_representatives``: it must not reach whoever represents a minor."""

    kind: NoticeKind
    at: datetime
    patient: tuple[str, str]
    action: str = ""
    person_id: str = ""
    person_name: str = ""
    structure_id: str = ""
    profession: str = ""
    access_mode: str = ""
    objects: tuple[str, ...] = ()
    withheld_from_representatives: bool = False


def notices_for(line: Line, facts: NoticeFacts = PLAIN) -> tuple[Notice, ...]:
    """What is owed for a line. A first access is owed only if it is the first: the store knows."""
    kind = KINDS.get(line.action)
    if kind is None or line.patient is None or line.ending is not Ending.DONE or facts.by_patient:
        return ()
    objects = tuple(each for each in line.objects if not facts.hides_from_patient(each))
    if kind is NoticeKind.FIRST_ACCESS:
        if not line.person_id:
            return ()
        objects = ()
    elif line.objects and not objects:
        return ()
    return (
        Notice(
            kind=kind,
            at=line.at,
            patient=line.patient,
            action=line.action,
            person_id=line.person_id,
            person_name=line.person_name,
            structure_id=line.structure_id,
            profession=line.profession,
            access_mode=line.access_mode,
            objects=objects,
            withheld_from_representatives=facts.is_secret or any(map(facts.hides_from_representatives, objects)),
        ),
    )


def write_notice(notice: Notice) -> bytes:
    """The notice as one line of JSON, for whoever takes it to the patient."""
    found: dict[str, Any] = {
        "kind": notice.kind.value,
        "at": write_moment(notice.at),
        "patient": {"id": notice.patient[0], "authority": notice.patient[1]},
        "withheld_from_representatives": notice.withheld_from_representatives,
    }
    for name in ("action", "person_id", "person_name", "structure_id", "profession", "access_mode"):
        if value := getattr(notice, name):
            found[name] = value
    if notice.objects:
        found["objects"] = notice.objects
    return _encode(found).encode("utf-8", "surrogatepass")
