"""[ITI-8], [ITI-44] Patient identity feed: who is known here, and who was merged into whom. [ITI TF-2: 3.8, 3.44]

Only identifiers are kept; names, dates and addresses of the message are nobody's business here. No reason repeats an
identifier, or tells which patient another was merged into.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ins.identity import read_reliability
from registry.facts import PatientFact, PatientIdentity, RegistryWork
from registry.patient_rules import judge_matricule
from xds.domain import AffinityDomain, AssigningAuthority
from xds.messages import FeedEvent, FeedOutcome, FeedResponse, InstanceIdentifier, PatientFeed
from xds.vocabulary import Severity

NOT_OURS = "nothing was changed: no identifier of an assigning authority of this community"
SAME = "nothing was changed: the surviving identifier is the one that was to be subsumed"
NOT_KNOWN = "nothing was changed: the identifier that was to be subsumed is not known here"
SUBSUMED_BEFORE = "nothing was changed: the identifier that was to be subsumed has been subsumed before"
SURVIVOR_SUBSUMED = "nothing was changed: the surviving identifier has itself been subsumed"
"""A merge that says one of these is acknowledged, and does nothing. [ITI TF-2: 3.8.4.2.4]"""

NO_IDENTIFIER = "the message names no patient: expected an identifier with its assigning authority"
NO_SUBSUMED = "the message names no patient that was subsumed: expected an identifier with its assigning authority"
SEVERAL_SURVIVORS = (
    "the message names several surviving identifiers that the subsumed one may have become: expected one"
)
SURVIVOR_NOT_KNOWN = "the surviving identifier is not known here: announce it, then send the merge again"
"""A message that says one of these is not accepted: the sender has something to do."""

NOT_QUALIFIED = (
    "the patient is known from now on; PID-32 does not say that the identity is qualified, and only a qualified one should "
    "go outside with its INS / identité non qualifiée selon PID-32 : son INS ne devrait pas circuler"
)
"""Said of a message that is accepted: the codes of PID-32 differ from house to house. [RNIV 1; Référentiel INS]"""

Merge = tuple[PatientIdentity, PatientIdentity]
"""Subsumed and survivor."""


def feed(message: PatientFeed, work: RegistryWork, *, domain: AffinityDomain) -> FeedResponse:
    """Does what a message of the feed says. Raises sql.Conflict: do it again. [ITI TF-2: 3.8.4.1.4, 3.8.4.2.4, 3.44.4]

    Identifiers of other authorities are passed over; a message that has no others is acknowledged.
    """
    if not message.ids:
        return _error(NO_IDENTIFIER)
    if message.event is FeedEvent.MERGED:
        return _merge(message, work, domain)
    return _add(message, work, domain)


def _add(message: PatientFeed, work: RegistryWork, domain: AffinityDomain) -> FeedResponse:
    """A record added or revised: its identifiers are known from now on. [ITI TF-2: 3.8.4.1.4]"""
    ours = _ours(message.ids, domain)
    if not ours:
        return FeedResponse(reason=NOT_OURS)
    flaws = [flaw for identity in ours for flaw in _flaws_of(identity, domain, "an identifier of the patient")]
    if flaws:
        return _error("; ".join(flaws))
    for identity in ours:
        work.add_patient(identity)
    return FeedResponse(reason=NOT_QUALIFIED if _is_doubted(message, ours, domain) else "")


def _is_doubted(message: PatientFeed, ours: Iterable[PatientIdentity], domain: AffinityDomain) -> bool:
    """Whether an INS comes with an identity of which the source says that it is not qualified; silence says nothing. [RNIV 1]"""
    reliability = read_reliability(message.reliability)
    if reliability.is_qualified or not reliability.is_told:
        return False
    authorities = (domain.find_authority(identity.authority) for identity in ours)
    return any(authority is not None and authority.is_ins for authority in authorities)


def _merge(message: PatientFeed, work: RegistryWork, domain: AffinityDomain) -> FeedResponse:
    """Duplicates resolved: each of ours that the message ends, one after the other, or none of them. [ITI TF-2: 3.8.4.2.4]"""
    if not message.subsumed_ids:
        return _error(NO_SUBSUMED)
    survivors, subsumed = _ours(message.ids, domain), _ours(message.subsumed_ids, domain)
    if not survivors or not subsumed:
        return FeedResponse(reason=NOT_OURS)
    pairs = [(each, survivor) for each in subsumed for survivor in _survivors_of(each, survivors)]
    if len(pairs) > len(subsumed):
        return _error(SEVERAL_SURVIVORS)
    said: dict[str, None] = {}
    for pair in pairs:
        answer = _merge_pair(pair, work, domain)
        if answer.is_refusal:
            return answer
        if answer.reason:
            said[answer.reason] = None
    return FeedResponse(reason="; ".join(said))


def _survivors_of(subsumed: PatientIdentity, survivors: Sequence[PatientIdentity]) -> Sequence[PatientIdentity]:
    """Whom it may have become: an identifier of its own authority, else any of ours, as when an INS-NIA becomes an INS-NIR.

    A source may list the old identifier beside the new one; alone it is the merge of a patient with itself.
    """
    others = [survivor for survivor in survivors if survivor != subsumed]
    return [survivor for survivor in others if survivor.authority == subsumed.authority] or others or [subsumed]


def _merge_pair(pair: Merge, work: RegistryWork, domain: AffinityDomain) -> FeedResponse:
    subsumed, survivor = pair
    found = work.find_patient(survivor)
    answer = _judge_merge(pair, work.find_patient(subsumed), found, domain)
    if answer is not None:
        return answer
    if found is None:
        work.add_patient(survivor)
    work.merge_patients(subsumed, survivor)
    return FeedResponse()


def _judge_merge(
    pair: Merge, subsumed: PatientFact | None, survivor: PatientFact | None, domain: AffinityDomain
) -> FeedResponse | None:
    """What stands against a merge. So that no chain can loop, a survivor must not have been subsumed. [ITI TF-2: 3.8.4.2.4]"""
    if pair[0] == pair[1]:
        return FeedResponse(reason=SAME)
    if subsumed is None:
        return FeedResponse(reason=NOT_KNOWN)
    if subsumed.subsumed_by is not None:
        return FeedResponse(reason=SUBSUMED_BEFORE)
    if survivor is not None:
        return FeedResponse(reason=SURVIVOR_SUBSUMED) if survivor.subsumed_by is not None else None
    if domain.patients_known_beforehand:
        return _error(SURVIVOR_NOT_KNOWN)
    flaws = list(_flaws_of(pair[1], domain, "the surviving identifier"))
    return _error("; ".join(flaws)) if flaws else None


def _ours(ids: Iterable[InstanceIdentifier], domain: AffinityDomain) -> tuple[PatientIdentity, ...]:
    """Those of the community's authorities, each once. [ITI TF-2: 3.8.4.1.4]"""
    found: dict[PatientIdentity, None] = {}
    for identifier in ids:
        authority = _find_authority(identifier.root, domain)
        if authority is not None and identifier.extension:
            found[PatientIdentity(identifier.extension, authority.oid)] = None
    return tuple(found)


def _find_authority(root: str, domain: AffinityDomain) -> AssigningAuthority | None:
    """By its OID; where a message tells only the authority's name, by that. [ITI TF-2: 3.8.4.1.4]"""
    by_name = (authority for authority in domain.authorities if authority.name == root)
    return domain.find_authority(root) or next(by_name, None)


def _flaws_of(identity: PatientIdentity, domain: AffinityDomain, named: str) -> Iterator[str]:
    """What makes an identifier one that no document could be submitted for. [CI-SIS SM 3.5.5.12]"""
    authority = domain.find_authority(identity.authority)
    if authority is not None and authority.is_ins:
        for problem in judge_matricule(identity, authority, named):
            if problem.severity is Severity.ERROR:
                yield problem.code_context


def _error(reason: str) -> FeedResponse:
    return FeedResponse(FeedOutcome.ERROR, reason)
