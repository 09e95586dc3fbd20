"""What is written of a visit: its line of the journal, what the patient is owed for it, and the message for the audit repository.

[DMP: traces; ITI TF-2: 3.20]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime

from access import roles
from access.caller import Caller
from access.mandate import Action, Authorisation, Standing
from access.sight import Visibility
from audit import notices
from audit.circumstances import Circumstances
from audit.line import Ending, Line
from audit.notices import NoticeFacts
from audit.store import journal
from record.store.housekeeping import note_access, note_addition
from registry.store.seen import find_visibilities
from server.visit import Errand, Visit
from sql.database import Work
from xds.domain import AffinityDomain
from xds.hl7v2 import DTM
from xds.identifiers import normal_id

_PATIENTS = (roles.Kind.PATIENT, roles.Kind.REPRESENTATIVE)
_FROM_PATIENT = Visibility.INVISIBLE_PATIENT
_FROM_REPRESENTATIVES = Visibility.INVISIBLE_PATIENT | Visibility.INVISIBLE_REPRESENTANTS_LEGAUX
_NOTED = {
    Action.FIND.value: note_access,
    Action.RETRIEVE.value: note_access,
    Action.SUBMIT.value: note_addition,
}


class Scribe:
    """Writes for one process. ``is_audited``: lines are also meant for an audit repository."""

    def __init__(self, domain: AffinityDomain, clock: Callable[[], datetime], *, is_audited: bool) -> None:
        self._domain = domain
        self._clock = clock
        self._is_audited = is_audited

    def write(
        self,
        work: Work,
        visit: Visit,
        errand: Errand,
        action: Action,
        standing: Standing,
        codes: str = "",
        given: tuple[str, ...] = (),
    ) -> None:
        """All that an errand leaves. ``codes``: of a refusal. ``given``: what was given, of the objects asked for. *Raises* Conflict."""
        self._append(work, visit, errand, self._line(visit, errand, action, standing, codes, given), standing)

    def write_refused_assertion(self, work: Work, visit: Visit, transaction: str, rule: str) -> None:
        """A line about a request whose caller is not known, or not believed. *Raises* Conflict."""
        line = Line(
            at=self._clock(),
            transaction=transaction,
            action="TD0.1",
            ending=Ending.REFUSED,
            message_id=visit.message_id,
            rule=rule,
            network_address=visit.address,
        )
        circumstances = Circumstances(requester=visit.reply_to, endpoint=visit.endpoint, unauthenticated=True)
        journal.append(work, line, audit=circumstances if self._is_audited else None)

    def _line(
        self,
        visit: Visit,
        errand: Errand,
        action: Action,
        standing: Standing,
        rule: str,
        given: tuple[str, ...],
    ) -> Line:
        """``given``: some of what was asked for was given, so it is an access, whatever else was refused."""
        caller = visit.caller
        patient = standing.patient or errand.patient
        return Line(
            at=self._clock(),
            transaction=errand.transaction,
            action=action.value,
            ending=Ending.REFUSED if rule and not given else Ending.DONE,
            patient=patient if patient or caller is None else caller.patient,
            message_id=visit.message_id,
            objects=given or errand.objects,
            query_id=errand.query_id,
            submission_unique_id=errand.submission_unique_id,
            rule=rule,
            network_address=visit.address,
            **(_told_of(caller) if caller is not None else {}),
        )

    def _append(self, work: Work, visit: Visit, errand: Errand, line: Line, standing: Standing) -> None:
        """The line, what the patient is owed for it, and the message for the audit repository."""
        owed: tuple[notices.Notice, ...] = ()
        if visit.caller is not None and line.ending is Ending.DONE and line.action in notices.KINDS:
            owed = notices.notices_for(line, _facts(work, visit, errand))
        circumstances = None
        if self._is_audited:
            circumstances = Circumstances(
                requester=visit.reply_to,
                endpoint=visit.endpoint,
                query=errand.query() if errand.query is not None else b"",
                repository_unique_id=self._domain.repository_unique_id,
                home_community_id=self._domain.home_community_id,
                process_id=os.getpid(),
                failed=tuple(each for each in errand.objects if each not in line.objects),
                subsumed=errand.subsumed,
                is_new=errand.is_new,
            )
        journal.append(work, line, owed, circumstances)
        if standing.authorisation is Authorisation.VALID and line.ending is Ending.DONE:
            self._note_use(work, visit, line)

    def _note_use(self, work: Work, visit: Visit, line: Line) -> None:
        """When the caller last consulted or fed the record, beside their authorisation. [DMP: TD0.4, TD1.6]"""
        note = _NOTED.get(line.action)
        if note is not None and visit.caller is not None and line.patient is not None:
            note(work, line.patient, visit.caller, DTM.at(line.at).start)


def _told_of(caller: Caller) -> dict[str, str]:
    """What a line tells of who asks."""
    return {
        "person_id": caller.person_id,
        "person_name": caller.person_name,
        "structure_id": caller.structure_id,
        "profession": caller.profession.code if caller.profession else "",
        "authentication": caller.authentication.value,
        "access_mode": caller.access_mode.value,
        "reason": caller.reason,
        "issuer": caller.issuer,
    }


def _facts(work: Work, visit: Visit, errand: Errand) -> NoticeFacts:
    """From whom the objects of the line are hidden: as the request says of new ones, as the registry has the others."""
    assert visit.caller is not None
    known = dict(errand.visibilities)
    if others := [name for name in errand.objects if name not in known]:
        registered = find_visibilities(work, map(normal_id, others))
        known |= {name: registered.get(normal_id(name), Visibility.NONE) for name in others}

    return NoticeFacts(
        by_patient=roles.kind_of(visit.caller.profession, visit.caller.specialty) in _PATIENTS,
        is_secret=visit.caller.is_secret,
        hides_from_patient=_hidden_by(known, _FROM_PATIENT).__contains__,
        hides_from_representatives=_hidden_by(known, _FROM_REPRESENTATIVES).__contains__,
    )


def _hidden_by(known: Mapping[str, Visibility], flags: Visibility) -> frozenset[str]:
    return frozenset(name for name, seen in known.items() if seen is not Visibility.NONE and seen & flags)
