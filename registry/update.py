"""[ITI-57] Update Document Set and [ITI-92] Restricted Update Document Set: gather, judge, apply.

All errors of an update are told at once; committing what was applied is the caller's.
[ITI Supplement XDS Metadata Update: 3.57; ITI Supplement Restricted Metadata Update: 3.92]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from access.mandate import Mandate
from registry import rights
from registry.facts import Facts, RegistryWork
from registry.references import gather_references
from registry.repetition import is_repetition
from registry.revisions import gather
from registry.update_rules import judge_update
from registry.versions import effects_of
from xds import rules
from xds.domain import AffinityDomain
from xds.errors import ErrorList
from xds.messages import RegistryResponse
from xds.metadata import Submission
from xds.transactions import Transaction


def update(
    submission: Submission,
    transaction: Transaction,
    work: RegistryWork,
    *,
    domain: AffinityDomain,
    now: datetime,
    new_uuid: Callable[[], str],
    mandate: Mandate,
) -> RegistryResponse:
    """Updates what is registered, or says everything that is wrong with the update.

    One that has been done already is answered again, and changes nothing.
    """
    references = gather_references(submission)
    flaws = (
        *rules.judge_written_form(submission, domain),
        *rules.judge_submission(submission, transaction, domain),
    )
    if of_another := rights.judge_patient(references, mandate):
        return RegistryResponse(ErrorList((*flaws, *of_another)))
    gathered = gather(
        submission,
        references,
        transaction,
        domain,
        work,
        lambda facts, named: rights.conceal(facts, named, work, mandate, references.replaced),
    )
    errors = ErrorList((*flaws, *judge_update(gathered), *rights.judge_update(gathered, mandate)))
    if errors.has_errors:
        return RegistryResponse(errors.warnings if _is_repetition(submission, gathered.case.facts) else errors)

    work.apply(effects_of(gathered, now, new_uuid))
    return RegistryResponse(errors)


def _is_repetition(submission: Submission, facts: Facts) -> bool:
    """An update may say another hash than the document was registered with."""
    entries = tuple(replace(entry, hash=None) for entry in submission.document_entries)
    return is_repetition(replace(submission, document_entries=entries), facts)
