"""[TD0.2], [TD1.3a], [TD0.4], [TD0.5], [TD1.6] Records and authorisations told; nothing is changed. [DMP: TD0, TD1.3a, TD1.6]"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum

from access.caller import Caller
from access.mandate import Authorisation, Mandate, RecordState
from access.sight import person_key, structure_key
from record import rules, traits
from record.authorising import holders_of
from record.facts import Listed, Place, Record, RecordWork, Search, Treating, authorisation_of, day_of, state_of
from record.messages import (
    AuthorizationsListed,
    CandidatesQuery,
    CandidatesResponse,
    DemographicsQuery,
    DemographicsResponse,
    ListAuthorizations,
    ListPatients,
    PatientsListed,
    Reason,
    Stamp,
)
from record.person import folded
from record.rules import Rule
from xds.domain import RecordPolicy
from xds.hl7v2 import DTM

FOUND_MAX = 50
"""People whom one search by traits may show."""

GATHERED_MAX = 2000
"""Bearers of one family name that are looked through for the other traits."""

_TIME = re.compile(r"[0-9]{4}([0-9]{2}){0,5}\Z")


class Mode(StrEnum):
    """Which authorisations are listed. [DMP: TD1.6]"""

    ACTIVE = "ACTIVE"
    FORBIDDEN = "INTERDITE"
    ALL = "TOUTE"


class DateType(StrEnum):
    """What a list of records goes by. [DMP: TD0.4]"""

    AUTHORISATION = "LASTAUTORIZATION"
    DOCUMENT = "LASTDOC"


def consult(
    query: DemographicsQuery, work: RecordWork, mandate: Mandate, *, policy: RecordPolicy, now: datetime, stamp: Stamp
) -> DemographicsResponse:
    """[TD0.2], [TD1.3a] Whether there is a record and, where there is, of whom; an opposition is told to the person alone.

    TD0.2 finds nothing and says so; TD1.3a wants a record to be there.
    """
    asked = traits.patient_of(query.patient, mandate)
    place = work.find(asked) if asked is not None else Place()
    problems = tuple(traits.judge_patient(query.patient, mandate, place))
    if problems:
        return DemographicsResponse(query=query, stamp=stamp, problems=problems)
    state = state_of(place.record, day_of(now.astimezone(UTC).date()), policy)
    is_told = state is not RecordState.NONE
    if state is RecordState.OPPOSED:
        is_told = mandate.caller is not None and traits.speaks_for_patient(mandate.caller)
    if not is_told and query.reason is Reason.READ:
        return DemographicsResponse(query=query, stamp=stamp, problems=(rules.NOT_FOUND,))
    if not is_told:
        return DemographicsResponse(query=query, stamp=stamp, authorisation=Authorisation.NONE)
    return DemographicsResponse(
        query=query,
        stamp=stamp,
        record=place.record,
        state=state,
        authorisation=mandate.standing.authorisation,
        is_treating=mandate.standing.is_treating,
        tells_opposition=state is RecordState.OPPOSED,
    )


def find_candidates(query: CandidatesQuery, work: RecordWork, *, stamp: Stamp) -> CandidatesResponse:
    """[TD0.5] People with an active record who have these traits. Who may ask is told by the matrix of rights."""
    search = query.search
    if len(folded(search.family)) < 2:
        return CandidatesResponse(query=query, stamp=stamp, problems=(rules.SEARCH,))
    named = work.find_by_traits(search, GATHERED_MAX + 1)
    found = tuple(record for record in named if matches(record, search))
    if len(named) > GATHERED_MAX or len(found) > FOUND_MAX:
        return CandidatesResponse(query=query, stamp=stamp, problems=(rules.TOO_MANY,))
    return CandidatesResponse(query=query, stamp=stamp, records=found)


def matches(record: Record, search: Search) -> bool:
    """Whether a record is of somebody with these traits; those that are not asked for match. Pure."""
    person = record.person
    family, given = folded(search.family), folded(search.given)
    towns = {folded(person.birth_town), folded(person.address.city) if person.address is not None else ""}
    givens = [folded(text) for text in (person.given, person.used_given, *person.given_names.split())]
    return (
        family in (folded(person.birth_family), folded(person.used_family))
        and (not given or any(each.startswith(given) for each in givens))
        and person.birth_date.startswith(search.birth_date)
        and search.sex in ("", person.sex)
        and (not search.city or folded(search.city) in towns)
    )


def list_authorizations(
    request: ListAuthorizations, work: RecordWork, mandate: Mandate, *, policy: RecordPolicy, now: datetime
) -> AuthorizationsListed:
    """[TD1.6] Who is authorised on a record, and whom the patient blocked."""
    asked = traits.patient_of(None, mandate)
    place = work.find(asked) if asked is not None else Place()
    problems = list(traits.judge_patient(None, mandate, place))
    if request.mode not in tuple(Mode):
        problems.append(rules.LIST_MODE)
    if problems:
        return AuthorizationsListed(problems=tuple(problems))
    state = state_of(place.record, day_of(now.astimezone(UTC).date()), policy)
    missing = _MISSING.get(state)
    if missing is not None or place.patient is None:
        return AuthorizationsListed(problems=(missing or rules.NOT_FOUND,))
    shown = _SHOWN[Mode(request.mode)]
    at = DTM.at(now).start
    grants = (
        grant
        for grant in work.find_grants(place.patient)
        if authorisation_of(grant.state, grant.expires_at, at) in shown
    )
    return AuthorizationsListed(tuple(sorted(grants, key=lambda grant: (grant.started_at, grant.holder))))


_MISSING: Mapping[RecordState, Rule] = {
    RecordState.NONE: rules.NOT_FOUND,
    RecordState.OPPOSED: rules.NOT_FOUND,
    RecordState.CLOSED: rules.IS_CLOSED,
}
_SHOWN = {
    Mode.ACTIVE: frozenset({Authorisation.VALID}),
    Mode.FORBIDDEN: frozenset({Authorisation.FORBIDDEN}),
    Mode.ALL: frozenset({Authorisation.VALID, Authorisation.FORBIDDEN}),
}


def list_patients(
    request: ListPatients, work: RecordWork, mandate: Mandate, *, policy: RecordPolicy, now: datetime
) -> PatientsListed:
    """[TD0.4] The active records on which the caller is authorised, since a date."""
    caller = mandate.caller
    problems = tuple(_judge_list(request, caller))
    if problems or caller is None:
        return PatientsListed(problems=problems)
    at = DTM.at(now).start
    today = day_of(now.astimezone(UTC).date())
    since = int(request.start_date.ljust(14, "0") or 0)
    rows = [
        listed
        for listed in work.find_listed(_asked_holders(request, caller))
        if state_of(listed.record, today, policy) is RecordState.ACTIVE
        and authorisation_of(listed.grant.state, listed.grant.expires_at, at) is Authorisation.VALID
        and _is_since(listed, since, request.date_type)
    ]
    return PatientsListed(tuple(_one_a_record(rows)))


def _judge_list(request: ListPatients, caller: Caller | None) -> Iterator[Rule]:
    is_date_type = request.date_type in ("", *DateType)
    if not is_date_type or (request.start_date and not _TIME.match(request.start_date)):
        yield rules.LIST_DATE
    if caller is None or traits.speaks_for_patient(caller) or not holders_of(caller):
        yield rules.AUTH_CALLER
    elif request.owner and request.owner not in (caller.person_id, caller.structure_id):
        yield rules.LIST_OWNER


def _asked_holders(request: ListPatients, caller: Caller) -> tuple[str, ...]:
    if not request.owner:
        return holders_of(caller)
    return tuple(key for key in holders_of(caller) if key in (person_key(request.owner), structure_key(request.owner)))


def _is_since(listed: Listed, since: int, date_type: str) -> bool:
    if date_type == DateType.DOCUMENT:
        return listed.last_addition_at is not None and listed.last_addition_at >= since
    return listed.grant.started_at >= since


def _one_a_record(rows: list[Listed]) -> Iterator[Listed]:
    """A record once, where somebody and their structure are both authorised on it: the row that says médecin traitant first."""
    best: dict[object, Listed] = {}
    for row in rows:
        key = row.record.identities[0]
        if key not in best or (best[key].grant.treating is Treating.NO and row.grant.treating is not Treating.NO):
            best[key] = row
    yield from best.values()
