"""Rules about the patient of a submission: authority, matricule INS, known or not. [ITI TF-2: 3.42.4.1.3.4; CI-SIS SM 3.5.5.12]

The one place of the registry where the language of the INS becomes codes of IHE. No sentence repeats a matricule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ins.matricule import InvalidMatricule, Matricule
from registry.case import Case
from registry.facts import PatientIdentity
from xds import errors
from xds.domain import AssigningAuthority, Bite
from xds.errors import RegistryError, Row
from xds.vocabulary import Severity

_BITES: Mapping[Bite, Callable[[Row, str, str], RegistryError]] = {
    Bite.ERROR: errors.error,
    Bite.WARNING: errors.warning,
}


def judge_patients(case: Case) -> Iterator[RegistryError]:
    """Each patientId of the submission: given by a declared authority, well made, known and not subsumed."""
    for identity, carrier in case.references.patients.items():
        authority = case.domain.find_authority(identity.authority)
        if authority is None:
            yield _undeclared(case, identity, carrier.entry_uuid)
            continue
        if authority.is_ins:
            named = f"patientId of {carrier.entry_uuid}"
            problems = tuple(judge_matricule(identity, authority, named, carrier.entry_uuid))
            yield from problems
            if any(problem.severity is Severity.ERROR for problem in problems):
                continue
        yield from _judge_known(case, identity, authority, carrier.entry_uuid)


def _undeclared(case: Case, identity: PatientIdentity, location: str) -> RegistryError:
    """[ITI TF-1: 10.4.1; ITI TF-3: 4.2.3.2.16]"""
    declared = ", ".join(f"{authority.oid} ({authority.name})" for authority in case.domain.authorities)
    sentence = (
        f"patientId of {location} has the assigning authority {identity.authority}, which the affinity domain "
        f"{case.domain.name} does not declare; expected one of {declared}"
    )
    return errors.error(errors.XDSUnknownPatientId, sentence, location)


def judge_matricule(
    identity: PatientIdentity, authority: AssigningAuthority, named: str, location: str = ""
) -> Iterator[RegistryError]:
    """Shape, then key, each as hard as the authority says; ``named`` is how sentences call it. [CI-SIS SM 3.5.5.12]"""
    try:
        matricule = Matricule.parse(identity.id_number)
    except InvalidMatricule as invalid:
        if authority.matricule_shape in _BITES:
            sentence = (
                f"{named} is not a matricule INS ({authority.name}): {invalid.reason_en} / "
                f"n'est pas un matricule INS : {invalid.reason_fr}"
            )
            yield _BITES[authority.matricule_shape](errors.XDSRegistryMetadataError, sentence, location)
        return
    if not matricule.has_valid_key and authority.matricule_key in _BITES:
        sentence = (
            f"{named}: the key of the matricule INS ({authority.name}) is wrong, the number calls for "
            f"{matricule.expected_key} / la clé du matricule INS est erronée, le numéro appelle {matricule.expected_key}"
        )
        yield _BITES[authority.matricule_key](errors.XDSRegistryMetadataError, sentence, location)


def _judge_known(
    case: Case, identity: PatientIdentity, authority: AssigningAuthority, location: str
) -> Iterator[RegistryError]:
    """[ITI TF-2: 3.42.4.1.3.4, 3.44.4.1.3]"""
    fact = case.facts.patients.get(identity)
    name = f"patientId of {location}" if authority.is_ins else f"patientId {identity.id_number} of {location}"
    if fact is None:
        if case.domain.patients_known_beforehand:
            sentence = f"{name} ({authority.name}) is not known here; expected a patient announced beforehand"
            yield errors.error(errors.XDSUnknownPatientId, sentence, location)
    elif fact.subsumed_by is not None:
        sentence = f"{name} ({authority.name}) was merged into another patient; expected the surviving identifier"
        yield errors.error(errors.XDSUnknownPatientId, sentence, location)
