"""The DMP's typed services: what zeep sends from our descriptions is read, what we answer is read by zeep. [DMP: TD0.3, TD0.4, TD1.6]"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree
from zeep.transports import Transport

from access.caller import Role
from access.mandate import Action, RecordState
from record import rules
from record.facts import Grant, GrantState, Listed, Record, Treating
from record.messages import (
    AuthorizationSet,
    AuthorizationsListed,
    ListAuthorizations,
    ListPatients,
    Named,
    PatientsListed,
    SetAuthorization,
)
from record.wire import services, typed
from safexml.namespaces import DMP_AUTHORISATIONS, DMP_PATIENTS, SOAP, qname
from safexml.parser import parse
from soap import envelope
from tests.record.desk import DOCTOR, GENERAL, a_matricule, a_person
from tests.samples import INS_TEST_AUTHORITY, fresh_uuid
from xds import transactions
from xds.wire import WrongBody

ROOT = Path(__file__).resolve().parents[2]
WSDL = ROOT / "server" / "wsdl"
PATIENT = (a_matricule(), INS_TEST_AUTHORITY)
AT = 20260301083000

GRANTS = (
    Grant(
        holder="p:801234567897",
        state=GrantState.ACTIVE,
        name="BRUN Camille",
        profession=DOCTOR,
        specialty=GENERAL,
        treating=Treating.DECLARED,
        started_at=AT,
        last_access_at=AT + 5,
    ),
    Grant(holder="s:10B0127189", state=GrantState.FORBIDDEN, name="Clinique des Trois Tilleuls", started_at=AT),
    Grant(holder="p:802", state=GrantState.ACTIVE, profession=Role("T", "1.2"), started_at=AT),
)
RECORD = Record(identities=(PATIENT,), state=RecordState.ACTIVE, created_at=AT, updated_at=AT + 1, person=a_person())


class Wire(Transport):  # type: ignore[misc]
    """Keeps what zeep would send, and gives back what is given."""

    def __init__(self, answer: list[bytes]) -> None:
        super().__init__()
        self.answer = answer
        self.sent: etree._Element | None = None

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Any:
        self.sent = parse(message)
        written = envelope.write("urn:answer", None, self.answer, message_id=fresh_uuid())

        class Response:
            status_code = 200
            content = b"".join(written)
            headers = {"Content-Type": "application/soap+xml"}  # noqa: RUF012 - as the library's own
            encoding = "utf-8"

        return Response()

    @property
    def body(self) -> etree._Element:
        """The element that was sent in the Body."""
        assert self.sent is not None
        return next(iter(next(self.sent.iter(qname(SOAP, "Body")))))


def call(endpoint: str, operation: str, answer: list[bytes], **told: Any) -> tuple[etree._Element, Any]:
    """What zeep sends for an operation, and what it makes of an answer."""
    wire = Wire(answer)
    client = zeep.Client(str(WSDL / f"{endpoint}.wsdl"), transport=wire)
    return wire, client.service[operation](**told)


def test_schemas_that_are_served_are_those_that_spyne_makes() -> None:
    """[decision 3, decision 4]"""
    for namespace, name in ((DMP_AUTHORISATIONS, "habilitations"), (DMP_PATIENTS, "patientlist")):
        assert (WSDL / f"{name}.xsd").read_bytes() == typed.schema_of(namespace)
        etree.XMLSchema(etree.fromstring(typed.schema_of(namespace)))


def test_zeep_declares_an_authorisation() -> None:
    """[DMP: TD0.3]"""
    wire, answer = call(
        "habilitations",
        "setAuthorization",
        services.write_authorization_set(AuthorizationSet("ajoutée <été>")),
        action="AJOUT",
        role="MEDECIN_TRAITANT",
    )
    read = services.read_set_authorization(wire.body)
    assert read == SetAuthorization(word="AJOUT", role="MEDECIN_TRAITANT")
    assert (answer.status, answer.context) == ("DMPOk", "ajoutée <été>")


def test_patient_names_whom_they_block() -> None:
    """Our own form of TD0.3."""
    wire, answer = call(
        "habilitations",
        "setAuthorization",
        services.write_authorization_set(AuthorizationSet(problems=(rules.AUTH_TREATING, rules.AUTH_NAMED))),
        action="SUPPRESSION",
        nationalId="801234567897",
        nationalIdType="1.2.250.1.71.4.2.1",
    )
    read = services.read_set_authorization(wire.body)
    assert read.holder == Named("801234567897", "1.2.250.1.71.4.2.1")
    assert answer.status == "DMPAccessDeniedByRightsService"
    assert answer.context.startswith("REC-AUTH-TREATING: ")
    assert "REC-AUTH-NAMED" in answer.context


def test_zeep_lists_authorisations() -> None:
    """[DMP: TD1.6]"""
    wire, answer = call(
        "habilitations",
        "listAuthorizationByPatient",
        services.write_authorizations_listed(AuthorizationsListed(GRANTS)),
        mode="TOUTE",
    )
    assert services.read_list_authorizations(wire.body) == ListAuthorizations("TOUTE")
    doctor, structure, other = answer.listOfAuthorizationByPatient
    assert (doctor.nationalId, doctor.nationalIdType) == ("801234567897", "1.2.250.1.71.4.2.1")
    assert (doctor.lastName, doctor.firstName) == ("BRUN", "Camille")
    assert (doctor.codeSpeciality, doctor.specificRight) == (["G15_10/SM26"], ["MEDECIN_TRAITANT"])
    assert (doctor.startOfAuthorization, doctor.lastActionDate) == (str(AT), str(AT + 5))
    assert (structure.nationalId, structure.nationalIdType) == ("10B0127189", "1.2.250.1.71.4.2.2")
    assert (structure.lastName, structure.mode) == ("Clinique des Trois Tilleuls", "INTERDITE")
    assert (other.codeSpeciality, other.libSpeciality, other.lastName) == (["T"], ["T"], None)
    assert answer.status == "DMPOk"


def test_zeep_lists_records() -> None:
    """[DMP: TD0.4]"""
    rows = (Listed(RECORD, GRANTS[0], AT + 2), Listed(RECORD, GRANTS[2], None))
    wire, answer = call(
        "patients",
        "patientList",
        services.write_patients_listed(PatientsListed(rows)),
        startDate="20260101",
        dateType="LASTDOC",
        psOwnerId="801",
    )
    assert services.read_list_patients(wire.body) == ListPatients(
        start_date="20260101", date_type="LASTDOC", owner="801"
    )
    first, second = answer.patientlistData
    assert [(each.nationalId, each.nationalIdType) for each in first.patientIdentifier] == [PATIENT]
    assert (first.lastName, first.patronymicalName, first.firstName) == ("PETIT", "LENOIR-DÉA", "ÉLOÏSE")
    assert (first.MT, first.message, second.MT) == (True, False, False)
    assert (first.lastUpdateDate, first.lastAddDate) == (str(AT + 2), str(AT + 2))
    assert (second.lastUpdateDate, second.lastAddDate) == (str(AT + 1), None)


ANSWERS = {
    "set": (DMP_AUTHORISATIONS, services.write_authorization_set(AuthorizationSet("x"))),
    "authorisations": (DMP_AUTHORISATIONS, services.write_authorizations_listed(AuthorizationsListed(GRANTS))),
    "none": (DMP_AUTHORISATIONS, services.write_authorizations_listed(AuthorizationsListed())),
    "refused": (DMP_PATIENTS, services.write_patients_listed(PatientsListed(problems=(rules.LIST_DATE,)))),
    "patients": (DMP_PATIENTS, services.write_patients_listed(PatientsListed((Listed(RECORD, GRANTS[0], None),)))),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_is_valid_under_the_schema_that_is_served(name: str) -> None:
    namespace, pieces = ANSWERS[name]
    etree.XMLSchema(etree.fromstring(typed.schema_of(namespace))).assertValid(etree.fromstring(b"".join(pieces)))


@pytest.mark.parametrize(
    ("word", "role", "action"),
    [
        ("AJOUT", "", Action.AUTHORISE),
        ("AJOUT", "MEDECIN_TRAITANT", Action.AUTHORISE),
        ("SUPPRESSION", "", Action.UNAUTHORISE),
        ("SUPPRESSION", "MEDECIN_TRAITANT", Action.STOP_TREATING),
    ],
)
def test_request_tells_the_row_of_the_matrix(word: str, role: str, action: Action) -> None:
    """[DMP: droits fonctionnels]"""
    assert SetAuthorization(word=word, role=role).action is action


def test_words_that_are_none_are_left_to_the_judge() -> None:
    body = f'<setAuthorization xmlns="{DMP_AUTHORISATIONS}"><action> X </action><other/><role><a/></role></setAuthorization>'
    assert services.read_set_authorization(parse(body.encode())) == SetAuthorization(word="X")
    empty = f'<listAuthorizationByPatient xmlns="{DMP_AUTHORISATIONS}"/>'
    assert services.read_list_authorizations(parse(empty.encode())) == ListAuthorizations("TOUTE")
    assert services.read_list_patients(parse(f'<patientList xmlns="{DMP_PATIENTS}"/>'.encode())) == ListPatients()


XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def test_body_that_is_nil_asks_for_nothing_and_a_type_that_it_claims_is_not_looked_at() -> None:
    nil = f'<setAuthorization xmlns="{DMP_AUTHORISATIONS}" {XSI} xsi:nil="true"/>'
    for body in (nil, nil.replace('nil="true"', 'type="a:b"'), nil.replace('nil="true"', 'type="xs:string"')):
        assert services.read_set_authorization(parse(body.encode())) == SetAuthorization(word="")


def test_body_of_another_kind_is_refused() -> None:
    other = parse(f'<patientList xmlns="{DMP_AUTHORISATIONS}"/>'.encode())
    for read in (services.read_set_authorization, services.read_list_authorizations, services.read_list_patients):
        with pytest.raises(WrongBody):
            read(other)


def test_bodies_and_answers_are_those_of_the_table_of_transactions() -> None:
    told = {"setAuthorization": transactions.TD_0_3, "listAuthorizationByPatient": transactions.TD_1_6}
    written = {
        name: b"".join(ANSWERS[key][1])
        for name, key in (("setAuthorization", "set"), ("listAuthorizationByPatient", "none"))
    }
    for name, row in told.items():
        assert row.request_element == qname(DMP_AUTHORISATIONS, name)
        assert etree.fromstring(written[name]).tag == row.response_element


def test_zeep_loads_the_operations_on_records() -> None:
    """[DMP: TD0.2, TD0.5, TD1.1]"""
    client = zeep.Client(str(WSDL / "patients.wsdl"))
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    assert set(port.binding._operations) >= {
        *("PatientGetDemographics_PRPA_IN201307UV02", "findCandidatesQuery", "patientList"),
        *("PatientAdd_PRPA_IN201311UV02", "PatientRevise_PRPA_IN201314UV02"),
    }


def test_service_that_serves_none_of_this_never_loads_spyne() -> None:
    """[decision 3]"""
    program = (
        "import sys, record.actor, record.wire.services, record.wire.registration, record.store.standing;"
        "sys.exit(any(name.partition('.')[0] == 'spyne' for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)
