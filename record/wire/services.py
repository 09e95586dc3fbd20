"""[TD0.3], [TD0.4], [TD1.6] The DMP's typed services: body elements ⇄ messages, by the types of ``typed``. [DMP: TD0.3, TD0.4, TD1.6]"""

from __future__ import annotations

from typing import Any

from lxml.etree import _Element

from access.caller import Role
from access.roles import PROFESSIONS
from access.sight import person_key, structure_key
from record import rules
from record.authorising import PROFESSIONAL_TYPE, ROLE, STRUCTURE_TYPE
from record.consulting import Mode
from record.facts import Grant, GrantState, Listed, Treating
from record.messages import (
    AuthorizationSet,
    AuthorizationsListed,
    ListAuthorizations,
    ListPatients,
    Named,
    PatientsListed,
    SetAuthorization,
)
from record.rules import Problems
from record.wire import typed
from safexml.namespaces import DMP_AUTHORISATIONS, DMP_PATIENTS


def read_set_authorization(element: _Element) -> SetAuthorization:
    """[TD0.3] Raises WrongBody."""
    told = typed.read(element, DMP_AUTHORISATIONS, "setAuthorization")
    holder = Named(_text(told.nationalId), _text(told.nationalIdType))
    return SetAuthorization(word=_text(told.action), role=_text(told.role), holder=holder if any(holder) else None)


def read_list_authorizations(element: _Element) -> ListAuthorizations:
    """[TD1.6] Raises WrongBody. Where no mode is told, all are listed."""
    told = typed.read(element, DMP_AUTHORISATIONS, "listAuthorizationByPatient")
    return ListAuthorizations(_text(told.mode) or Mode.ALL.value)


def read_list_patients(element: _Element) -> ListPatients:
    """[TD0.4] Raises WrongBody."""
    told = typed.read(element, DMP_PATIENTS, "patientList")
    return ListPatients(start_date=_text(told.startDate), date_type=_text(told.dateType), owner=_text(told.psOwnerId))


def write_authorization_set(answer: AuthorizationSet) -> list[bytes]:
    """[TD0.3] DMPOk and what was done, or the word of the first rule and the sentences of all."""
    status, context = _told(answer.problems, answer.context)
    output = typed.services().parts["setAuthorization"](status=status, context=context)
    return typed.write(DMP_AUTHORISATIONS, "setAuthorization", output)


def write_authorizations_listed(answer: AuthorizationsListed) -> list[bytes]:
    """[TD1.6]"""
    parts = typed.services().parts
    status, context = _told(answer.problems, None)
    listed = [parts["grant"](**_grant(grant)) for grant in answer.grants]
    output = parts["grants"](listOfAuthorizationByPatient=listed, status=status, context=context)
    return typed.write(DMP_AUTHORISATIONS, "listAuthorizationByPatient", output)


def write_patients_listed(answer: PatientsListed) -> list[bytes]:
    """[TD0.4]"""
    parts = typed.services().parts
    status, context = _told(answer.problems, None)
    listed = [
        parts["patient"](
            patientIdentifier=[
                parts["identifier"](nationalId=id_number, nationalIdType=authority)
                for id_number, authority in row.record.identities
            ],
            **_patient(row),
        )
        for row in answer.rows
    ]
    return typed.write(
        DMP_PATIENTS, "patientList", parts["patients"](patientlistData=listed, status=status, context=context)
    )


def _grant(grant: Grant) -> dict[str, Any]:
    """Fields of a row of TD1.6. A name of two words is family and given, any other is shown whole as family."""
    is_structure = grant.holder.startswith(structure_key(""))
    family, _, given = grant.name.partition(" ") if grant.name.count(" ") == 1 else (grant.name, "", "")
    last = max(filter(None, (grant.last_access_at, grant.last_addition_at)), default=grant.started_at)
    roles = [role for role in (grant.profession, grant.specialty) if role is not None]
    return {
        "nationalId": grant.holder.removeprefix(structure_key("")).removeprefix(person_key("")),
        "nationalIdType": STRUCTURE_TYPE if is_structure else PROFESSIONAL_TYPE,
        "firstName": given or None,
        "lastName": family or None,
        "codeSpeciality": ["/".join(map(_code, roles))] if roles else None,
        "libSpeciality": [" - ".join(role.display_name or role.code for role in roles)] if roles else None,
        "startOfAuthorization": str(grant.started_at),
        "lastActionDate": str(last),
        "mode": Mode.FORBIDDEN.value if grant.state is GrantState.FORBIDDEN else Mode.ACTIVE.value,
        "specificRight": [ROLE] if grant.treating is not Treating.NO else None,
    }


def _code(role: Role) -> str:
    """A role as the DMP joins them: G15_10/SM26. [ANS: TRE_A02]"""
    return f"G15_{role.code}" if role.system == PROFESSIONS else role.code


def _patient(row: Listed) -> dict[str, Any]:
    """Fields of a row of TD0.4."""
    person, grant = row.record.person, row.grant
    return {
        "lastName": person.family or None,
        "patronymicalName": person.birth_family or None,
        "firstName": person.given or None,
        "civility": person.civility or None,
        "dateOfBirth": person.birth_date or None,
        "MT": grant.treating is not Treating.NO,
        "message": False,
        "lastAccessDate": str(grant.last_access_at) if grant.last_access_at else None,
        "lastUpdateDate": str(max(row.record.updated_at, row.last_addition_at or 0)),
        "lastAddDate": str(row.last_addition_at) if row.last_addition_at else None,
    }


def _told(problems: Problems, context: str | None) -> tuple[str, str | None]:
    if not problems:
        return rules.OK, context
    return problems[0].status, "; ".join(rule.text for rule in problems)


def _text(value: str | None) -> str:
    return (value or "").strip()
