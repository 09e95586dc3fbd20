"""[ITI-42] Register Document Set-b, [ITI-61] Register On-Demand Document Entry: gather, judge, apply. [ITI TF-2: 3.42, 3.61]

All errors of a submission are told at once; committing what was applied is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from access.mandate import Mandate
from registry import rights
from registry.case import Case
from registry.facts import RegistryWork
from registry.judge import judge
from registry.lifecycle import effects_of
from registry.references import gather_references, question_of
from registry.repetition import is_repetition
from xds import rules
from xds.domain import AffinityDomain
from xds.errors import ErrorList
from xds.messages import RegisterDocumentSet, RegistryResponse
from xds.transactions import ITI_42, Transaction


def register(
    request: RegisterDocumentSet,
    work: RegistryWork,
    *,
    domain: AffinityDomain,
    now: datetime,
    new_uuid: Callable[[], str],
    mandate: Mandate,
    transaction: Transaction = ITI_42,
) -> RegistryResponse:
    """Registers a submission, or says everything that is wrong with it. [ITI TF-2: 3.42.4.1.3, 3.61.4.1.3]

    One that has been registered already is answered again, and changes nothing.
    """
    submission = request.submission
    references = gather_references(submission)
    flaws = (
        *rules.judge_written_form(submission, domain),
        *rules.judge_submission(submission, transaction, domain),
    )
    if of_another := rights.judge_patient(references, mandate):
        return RegistryResponse(ErrorList((*flaws, *of_another)))
    facts = work.fetch_facts(question_of(references))
    facts = rights.conceal(facts, references.outside, work, mandate, references.replaced)

    case = Case(submission, references, facts, domain)
    errors = ErrorList((*flaws, *judge(case), *rights.judge_registration(case, mandate)))
    if errors.has_errors:
        return RegistryResponse(errors.warnings if is_repetition(submission, facts) else errors)

    work.apply(effects_of(case, now, new_uuid))
    return RegistryResponse(errors)
