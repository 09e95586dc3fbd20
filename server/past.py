"""What headers of submitted documents say, against what is known of the past: what they replace, and who the patient is.

Asked where registry, record and repository meet, in the unit of work that registers. [CI-SIS SM 3.5.5.12, 3.5.5.23]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from access.mandate import Mandate
from cda import replacement
from cda.header import Header, RecordTarget
from ins import agreement
from ins.agreement import DOCUMENT, RECORD, Told
from ins.traits import StrictTraits
from record.person import Person
from record.store.people import read_person
from registry.store import seen
from repository import checks
from sql.database import Work
from xds import errors
from xds.domain import Bite
from xds.errors import NO_ERRORS, ErrorList, RegistryError
from xds.identifiers import normal_id
from xds.metadata import Submission
from xds.vocabulary import REPLACEMENTS

TRAITS = "CDA-RECORD-TRAITS"


def judge_headers(submission: Submission, headers: Mapping[str, Header], work: Work, mandate: Mandate) -> ErrorList:
    """Everything in which headers contradict the past, and warnings."""
    bite = mandate.domain.documents.agreement
    if bite is Bite.OFF or not headers:
        return NO_ERRORS
    return _judge_replacements(submission, headers, work, bite) + tuple(_judge_patient(headers, mandate))


def _judge_patient(headers: Mapping[str, Header], mandate: Mandate) -> Iterator[RegistryError]:
    """A document about somebody who is not the person of the record: a warning, for names and places are told in many ways."""
    if not mandate.standing.person:
        return
    known = Told(place=RECORD, traits=_traits_of_person(read_person(mandate.standing.person)))
    for entry_uuid, header in headers.items():
        for target in header.record_targets:
            told = Told(place=DOCUMENT, traits=_traits_of_target(target))
            for found in agreement.judge_agreement(told, known):
                sentence = f"document of {entry_uuid}: {found.sentence} ({found.sentence_fr}) [{TRAITS}]"
                yield errors.warning(errors.InvalidDocumentContent, sentence, entry_uuid)


def _traits_of_person(person: Person) -> StrictTraits:
    return StrictTraits(
        birth_family=person.birth_family,
        birth_given=person.given,
        birth_given_list=person.given_names,
        sex=person.sex,
        birth_date=person.birth_date,
        birthplace=person.birthplace,
    )


def _traits_of_target(target: RecordTarget) -> StrictTraits:
    return StrictTraits(
        birth_family=target.name.birth_family,
        birth_given=target.name.birth_given,
        birth_given_list=target.name.birth_given_list,
        sex=target.sex.code if target.sex is not None else "",
        birth_date=target.birth_time,
        birthplace=target.birthplace,
    )


def _judge_replacements(submission: Submission, headers: Mapping[str, Header], work: Work, bite: Bite) -> ErrorList:
    """What the headers say that they replace, against what the Associations replace and what is registered. [CI-SIS SM 3.5.5.23]"""
    named = {
        normal_id(association.target_object): association
        for association in submission.associations
        if association.association_type in REPLACEMENTS
    }
    told = {
        identifier.text
        for header in headers.values()
        for related in header.related_documents
        for identifier in related.ids
    }
    if bite is Bite.OFF or not (named or told):
        return NO_ERRORS
    replaced = seen.find_unique_ids(work, named)
    held = seen.find_registered(work, told)
    found: list[RegistryError] = []
    for entry in submission.document_entries:
        header = headers.get(entry.entry_uuid)
        if header is None:
            continue
        own = {
            target: replaced.get(target)
            for target, association in named.items()
            if association.source_object == entry.entry_uuid
        }
        found += checks.tell(replacement.judge_replacement(header, own, held), bite, entry)
    return ErrorList(found)
