"""``coffre patient add``, ``merge`` and ``show``: ITI-44, and counts by ITI-18. [ITI TF-2: 3.44, 3.18]"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from client import consumer, options, printing, source, verb_retrieval
from client.call import Service
from client.printing import Failed
from client.source import Patient
from ins import oids
from xds import errors
from xds.errors import ErrorList
from xds.hl7v2 import CX
from xds.vocabulary import AvailabilityStatus

AUTHORITIES = {
    "nir": oids.INS_NIR.oid,
    "nia": oids.INS_NIA.oid,
    "test": oids.INS_NIR_TEST.oid,
    "demonstration": oids.INS_NIR_DEMONSTRATION.oid,
}


def add(arguments: Any) -> int:
    """Makes a patient known."""
    patient = whole(arguments.ins, arguments.authority)
    traits = source.Traits(arguments.family, arguments.given, arguments.sex, arguments.birth_date or "")
    with options.service(arguments, voucher=options.structure()) as service:
        answer = source.add_patient(service, patient, traits)
    if answer.is_refusal:
        raise Failed(f"the service refused the patient: {answer.reason}.")
    if arguments.json:
        printing.print_json({"patientId": _shown(patient), "accepted": True})
    else:
        print(f"The service has accepted the patient {_shown(patient)}")
    return 0


def merge(arguments: Any) -> int:
    """Merges one identifier into another: what was the first one's is the other's from then on."""
    survivor = whole(arguments.into, arguments.authority)
    subsumed = whole(arguments.old, arguments.old_authority or arguments.authority)
    with options.service(arguments, voucher=options.structure()) as service:
        answer = source.merge_patients(service, subsumed, survivor)
    if answer.is_refusal:
        raise Failed(f"the service refused the merge: {answer.reason}.")
    if answer.reason:
        raise Failed(f"the service has acknowledged the merge, and {answer.reason}.")
    if arguments.json:
        printing.print_json({"subsumed": _shown(subsumed), "patientId": _shown(survivor), "accepted": True})
    else:
        print(f"The service has merged {_shown(subsumed)} into {_shown(survivor)}")
    return 0


def whole(named: Patient, authority: str) -> Patient:
    """The patient with an authority: the one said with it, else the one chosen beside it."""
    return Patient(named.id_number, named.authority or AUTHORITIES[authority])


def _shown(patient: Patient) -> CX:
    return CX.build(patient.id_number, patient.authority)


class _Holdings(NamedTuple):
    """What the registry holds for one identifier."""

    identifier: CX
    submission_sets: int
    documents: Counter[str]


def show(arguments: Any) -> int:
    """Counts what the registry holds for a patient."""
    with options.service(arguments, voucher=options.consulting(arguments)) as service:
        found = [_count(service, identifier) for identifier in options.identifiers(arguments.ins)]
    holdings = [held for held in found if held and (held.submission_sets or held.documents or arguments.ins.authority)]
    if arguments.json:
        printing.print_json([_as_data(held) for held in holdings])
    for held in () if arguments.json else holdings:
        by_status = ", ".join(f"{count} {status}" for status, count in held.documents.items())
        print(f"{held.identifier}: {held.submission_sets} submissions, documents: {by_status or 'none'}")
    if not holdings:
        raise Failed("the registry holds nothing for that patient; `coffre submit` is what fills a record.")
    return 0


def _count(service: Service, identifier: CX) -> _Holdings | None:
    statuses = (AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED)
    documents = verb_retrieval.find_documents(service, identifier, statuses)
    sets = consumer.find_submission_sets(service, identifier)
    problems = ErrorList((*documents.errors, *sets.errors))
    if any(problem.row is errors.XDSUnknownPatientId for problem in problems):
        return None
    if problems.has_errors:
        printing.tell_errors(problems)
        raise Failed("the registry refused the query.")
    counts = Counter(printing.status_name(entry) for entry in documents.objects.document_entries)
    return _Holdings(identifier, len(sets.objects.submission_sets), counts)


def _as_data(held: _Holdings) -> dict[str, object]:
    return {
        "patientId": held.identifier,
        "submissionSets": held.submission_sets,
        "documents": dict(held.documents),
    }
