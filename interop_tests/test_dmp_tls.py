"""Whoever opens the connection is whoever signs the assertion: one structure passes, two do not. [DMP: TLS, VIHF; contract 3]"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from zeep.exceptions import Fault

from interop_tests.conftest import Launch
from interop_tests.running import REPOSITORY, Running
from interop_tests.test_tls import new_pki
from interop_tests.witness import names, records, vihf, wire
from interop_tests.witness.holders import Holder, certify
from interop_tests.witness.invented import Report
from interop_tests.witness.metadata import new_ins_patient
from interop_tests.witness.partner import Partner
from interop_tests.witness.vihf import Voucher
from interop_tests.witness.zeep_person import Person, status_of

DOCTOR = "899700000001"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PKI of the service and of its partners, with a second structure in it: its seal and its TLS certificate."""
    folder = new_pki(tmp_path_factory.mktemp("pki") / "ours")
    authority = Holder.read(folder, "ca")
    certify(authority, unit="10B0000002", name="AUTRE CLINIQUE").write(folder, "other-seal")
    tls = certify(
        authority,
        unit="10B0000002",
        name="AUTRE CLINIQUE",
        uses=("digital_signature", "key_encipherment"),
        opens_tls=True,
    )
    tls.write(folder, "other-tls")
    return folder


@pytest.fixture(scope="module")
def service(launch: Launch, database: str, pki: Path) -> Iterator[Running]:
    """A service in the French domain that demands client certificates, and trusts that PKI."""
    running = launch(
        database,
        domain="dmp",
        COFFRE_HOST="localhost",
        COFFRE_TLS_CERT=pki / "server.cert.pem",
        COFFRE_TLS_KEY=pki / "server.key.pem",
        COFFRE_TLS_CLIENT_CA=pki / "ca.cert.pem",
        COFFRE_TRUST_ANCHORS=pki,
    )
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


def opens(pki: Path, name: str) -> ssl.SSLContext:
    """A client that shows the certificate of a holder."""
    context = ssl.create_default_context(cafile=str(pki / "ca.cert.pem"))
    context.load_cert_chain(pki / f"{name}.cert.pem", pki / f"{name}.key.pem")
    return context


def doctor_of(pki: Path, seal: str) -> Voucher:
    """A doctor whom a structure vouches for."""
    return Voucher(holder=Holder.read(pki, seal), person_id=DOCTOR, person_name="ESSAI DOMINIQUE")


def refusal(answer: wire.Answer) -> wire.Fault:
    """The fault of a request whose sender is not believed."""
    assert answer.fault is not None, "answered"
    return answer.fault


@pytest.mark.parametrize(("seal", "tls"), [("establishment-seal", "establishment-tls"), ("other-seal", "other-tls")])
def test_structure_that_opens_the_connection_and_signs_lives_a_record_s_life(
    service: Running, pki: Path, seal: str, tls: str
) -> None:
    """TD1.1, TD0.3, ITI-41, ITI-18, ITI-43 over mutual TLS, by zeep. [DMP: authentification indirecte]"""
    assert service.url.startswith("https://")
    patient = new_ins_patient()
    doctor = Person(service.url, doctor_of(pki, seal).for_(patient), opens(pki, tls))
    doctor.tell(records.create(patient))
    assert doctor.authorise() == "DMPOk"
    report = Report(patient_id=patient)
    assert status_of(doctor.provide(report.lot())) == "Success"
    assert doctor.find(patient).entries[report.unique_id].status == names.APPROVED
    assert doctor.retrieve(REPOSITORY, [report.unique_id]) == {report.unique_id: report.cda()}
    reading = Person(service.url, vihf.patient(pki, patient), opens(pki, "portal-tls"))
    assert {"TD1.1", "ITI-41", "ITI-43"} <= {row.transaction for row in reading.journal(patient)}


def test_assertion_of_another_structure_than_the_one_of_the_connection_gets_DMPInvalidCertificate(
    service: Running, pki: Path
) -> None:
    """At every endpoint, whichever of the two is the stranger. [DMP: DMPInvalidCertificate]"""
    patient = new_ins_patient()
    report = Report(patient_id=patient)
    for seal, tls in (("other-seal", "establishment-tls"), ("establishment-seal", "other-tls")):
        partner = service.partner(opens(pki, tls)).as_(doctor_of(pki, seal), patient)
        answers = (
            partner.tell(records.create(patient)),
            partner.tell(records.demographics(patient)),
            partner.authorise(),
            partner.provide(report.lot()),
            partner.find_documents(patient),
            partner.retrieve(REPOSITORY, report.unique_id),
            partner.tell(records.journal(patient)),
        )
        assert {refusal(answer)[:2] for answer in answers} == {("Sender", "DMPInvalidCertificate")}
        assert answers[3].is_multipart, "a fault has the packaging of its transaction"
    honest = service.partner(opens(pki, "establishment-tls")).as_(doctor_of(pki, "establishment-seal"), patient)
    assert query_code(honest.tell(records.demographics(patient))) == "NF"


def query_code(answer: wire.Answer) -> str:
    return next(str(one.get("code")) for one in answer.body.iter(names.tag("hl7:queryResponseCode")))


def test_zeep_reads_the_refusal_as_a_fault_of_the_sender(service: Running, pki: Path) -> None:
    """Code, subcode, and a reason in both languages. [SOAP 1.2: 5.4]"""
    patient = new_ins_patient()
    person = Person(service.url, doctor_of(pki, "other-seal").for_(patient), opens(pki, "establishment-tls"))
    with pytest.raises(Fault) as refused:
        person.find(patient)
    assert [code.localname for code in refused.value.subcodes] == ["DMPInvalidCertificate"]
    reasons = person.registry.transport.answers[-1].body.findall("soap:Reason/soap:Text", names.NS)
    languages = {reason.get("{http://www.w3.org/XML/1998/namespace}lang") for reason in reasons}
    assert languages == {"en", "fr"}


def test_professional_opens_and_signs_with_the_two_keys_of_their_card(service: Running, pki: Path) -> None:
    """The one for authentication, the other for signature; the wrong one is refused. [DMP: CPS, DIRECTE]"""
    patient = new_ins_patient()
    own = vihf.card(pki).for_(patient)
    partner = service.partner(opens(pki, "professional-authentication")).as_(own)
    assert query_code(partner.tell(records.demographics(patient))) == "NF"
    wrong = Voucher(
        holder=Holder.read(pki, "professional-authentication"),
        person_id=own.person_id,
        structure_id=own.structure_id,
        mode=vihf.DIRECT,
        patient=patient,
    )
    assert refusal(partner.as_(wrong).tell(records.demographics(patient))).subcode == "DMPInvalidCertificate"


def test_somebody_else_s_card_does_not_vouch_over_a_structure_s_connection(service: Running, pki: Path) -> None:
    """DIRECTE is the person's own connection. [DMP: DIRECTE]"""
    patient = new_ins_patient()
    partner = service.partner(opens(pki, "other-tls")).as_(vihf.card(pki), patient)
    assert refusal(partner.tell(records.demographics(patient))).subcode == "DMPInvalidCertificate"


def test_assertion_captured_from_one_connection_is_of_no_use_on_another(service: Running, pki: Path) -> None:
    """Not of another structure; and on its own it was good once. [DMP: VIHF]"""
    patient = new_ins_patient()
    voucher = doctor_of(pki, "establishment-seal").for_(patient)
    captured = vihf.security(voucher.assertion(f"urn:hl7-org:v3:{records.DEMOGRAPHICS}"))

    def send(tls: str) -> wire.Answer:
        partner: Partner = service.partner(opens(pki, tls))
        message = records.demographics(patient)
        url = partner.url("patients")
        written = wire.envelope(records.action_of(message), message, url, more_headers=captured)
        return wire.post(url, wire.SIMPLE, written, partner.tls)

    assert refusal(send("other-tls")).subcode == "DMPInvalidCertificate"
    assert send("establishment-tls").fault is None
    assert refusal(send("establishment-tls")).subcode == "FailedCheck"
