"""Every judgement that a submission and the affinity domain alone allow, in one list. [ITI TF-3: 4.2, 4.3.1]

Pure: no store, no clock. What needs the past (registered ids, patients known, targets Approved) is the registry's;
documents against their hash and size are the repository's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from xds import attribute_rules as attribute
from xds import structure_rules as structure
from xds import trigger_rules as trigger
from xds.case import Case
from xds.domain import AffinityDomain, Bite
from xds.errors import ErrorList, RegistryError
from xds.metadata import Submission
from xds.transactions import Transaction
from xds.vocabulary import Severity


class Rule(NamedTuple):
    """A rule: its id and name for people, its clause, and the judgement that finds every breach of it.

    ``is_of_relationships``: it has nothing to say where all Associations are HasMember.
    """

    id: str
    name: str
    clause: str
    judge: Callable[[Case], Iterator[RegistryError]]
    is_of_relationships: bool = False


_NESTED_IDS = (" / classifiedObject", " / registryObject")
_UPDATE = "ITI Supplement XDS Metadata Update: 3.57.4.1.3"

SUBMISSION_RULES = (
    Rule("XDS-3", "one SubmissionSet", "ITI TF-3: 4.2.1.4", structure.one_submission_set),
    Rule("XDS-6", "something to register", "ITI TF-3: 4.2.1.4", structure.has_content),
    Rule("XDS-7", "all are members", "ITI TF-3: 4.2.1.4", structure.all_are_members),
    Rule("XDS-8", "SubmissionSetStatus", "ITI TF-3: 4.2.1.4.1", structure.submission_set_status_agrees),
    Rule("XDS-10", "association types", "ITI TF-3: Table 4.2.2-1", structure.association_types_are_known),
    Rule("XDS-11", "ends of HasMember", "ITI TF-3: 4.2.2.1", structure.memberships_join_what_they_may),
    Rule("XDS-11R", "targets of relationships", "ITI TF-3: 4.2.2.2", structure.relationships_join_entries, True),
    Rule("XDS-36", "sources of relationships", "ITI TF-3: 4.2.2.2", structure.relationship_sources_are_submitted, True),
    Rule("XDS-16", "symbolic references", "ITI TF-2: 3.42.4.1.3.7", structure.symbolic_references_resolve),
    Rule("XDS-12", "association documentation", "ITI TF-3: 4.2.2.2.6", structure.memberships_are_not_documented),
    Rule("XDS-13", "one id an object", "ITI TF-3: 4.2.3.1.5", structure.ids_are_unique),
    Rule("XDS-32", "one uniqueId an object", "ITI TF-3: 4.2.3.2.26", structure.unique_ids_are_unique),
    Rule("XDS-29", "one patient", "ITI TF-2: 3.42.4.1.3.4", structure.patients_agree),
    Rule("XDS-48", "stable or on-demand", "ITI TF-3: 4.2.3.2.30", structure.entries_are_of_the_transaction),
    Rule("XDS-39", "snapshots are stable", "ITI TF-3: 4.2.2.2.7", structure.snapshots_are_stable, True),
    Rule("XDS-40", "no relation to itself", "ITI TF-3: 4.2.2.2", structure.nothing_relates_to_itself, True),
    Rule(
        "XDS-41",
        "no addendum to a transformation",
        "ITI TF-3: 4.2.2.2.1",
        structure.transformations_get_no_addenda,
        True,
    ),
    Rule(
        "XDS-17",
        "attributes required and forbidden",
        "ITI TF-3: Table 4.3.1-3",
        attribute.attributes_are_there_as_needed,
    ),
    Rule("XDS-20", "datatypes", "ITI TF-3: 4.2.3.1.7", attribute.values_are_well_formed),
    Rule("XDS-23", "lengths", "ITI TF-3: 4.2.3.2.24", attribute.texts_are_short_enough),
    Rule("XDS-21", "authors", "ITI TF-3: 4.2.3.1.4", attribute.authors_say_who_they_are),
    Rule("XDS-26", "extra metadata", "ITI TF-3: 4.2.3.1.6", attribute.extra_slots_have_foreign_names),
    Rule("XDS-24", "codes of the domain", "ITI TF-1: 10.4.1", attribute.codes_are_of_the_domain),
    Rule("XDS-25", "service times", "ITI TF-3: 4.2.3.2.19", attribute.service_times_are_in_order),
    Rule("XDS-20F", "patient fields", "ITI TF-3: 4.2.3.2.23", attribute.personal_fields_occur_once),
)
"""Of every submission, updates as well."""

UPDATE_RULES = (
    Rule("XDS-64", "no first versions in updates", f"{_UPDATE}.3.1", trigger.first_versions_are_registered),
    Rule("XDS-65", "one new version an object", f"{_UPDATE}.3", trigger.logical_ids_occur_once),
    Rule("XDS-59", "PreviousVersion", f"{_UPDATE}.3.1", trigger.new_versions_are_announced),
    Rule("XDS-59S", "Slots of updates", f"{_UPDATE}.3", trigger.update_slots_are_where_they_belong),
    Rule("XDS-59A", "changes of status", f"{_UPDATE}.3.2", trigger.status_updates_are_complete),
    Rule("XDS-59B", "Associations submitted later", f"{_UPDATE}.3", trigger.submitted_associations_are_complete),
    Rule("XDS-59P", "propagation stands alone", f"{_UPDATE}.3.1", trigger.propagation_stands_alone),
    Rule(
        "XDS-59R",
        "restricted updates",
        "ITI Supplement Restricted Metadata Update: 3.92.4.1.3",
        trigger.restricted_updates_change_entries_alone,
    ),
)
"""Of updates alone."""

RULES = (*SUBMISSION_RULES, *UPDATE_RULES)
"""In the order in which their errors are told."""

_SUBMISSION_JUDGES = tuple(rule.judge for rule in SUBMISSION_RULES)
_MEMBERSHIP_JUDGES = tuple(rule.judge for rule in SUBMISSION_RULES if not rule.is_of_relationships)
_JUDGES = tuple(rule.judge for rule in RULES)


def find(rule_id: str) -> Rule | None:
    """The rule of that id."""
    return next((rule for rule in RULES if rule.id == rule_id), None)


def judge_written_form(submission: Submission, domain: AffinityDomain) -> ErrorList:
    """The findings of the written form, as hard as the domain lets them bite.

    Leniency: what stands inside an object belongs to it, whatever id it writes; published templates of DMP clients write another.
    """
    bite = domain.documents.nested_ids
    if bite is Bite.ERROR or not submission.findings:
        return ErrorList(submission.findings)
    told = (
        replace(found, severity=Severity.WARNING) if found.location.endswith(_NESTED_IDS) else found
        for found in submission.findings
        if bite is not Bite.OFF or not found.location.endswith(_NESTED_IDS)
    )
    return ErrorList(told)


def judge_submission(submission: Submission, transaction: Transaction, domain: AffinityDomain) -> ErrorList:
    """All errors and warnings of a submission, the findings of its written form left to the caller. [ITI TF-2: 3.42.4.1.3]"""
    case = Case(submission, transaction, domain)
    found: list[RegistryError] = []
    has_relationships = len(case.memberships) < len(submission.associations)
    for judge in _JUDGES if case.is_update else _SUBMISSION_JUDGES if has_relationships else _MEMBERSHIP_JUDGES:
        found += judge(case)
    return ErrorList(found)
