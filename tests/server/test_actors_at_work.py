"""The verbs behind the guard: what is refused where is all the same to the journal. [DMP: traces]"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from access import roles
from access.assertion import AssertionRefused
from access.caller import AccessMode, AuthenticationMode, Caller, Role
from audit.line import Ending
from audit.store import journal
from record.facts import Search
from record.messages import CandidatesQuery, Header, ListPatients
from server import prepare, wiring
from server.settings import Settings
from server.visit import Use, Visit
from server.wiring import House
from tests.server import messages
from xds.hl7v2 import CX, XCN
from xds.messages import ProvideAndRegisterDocumentSet, RegisterDocumentSet
from xds.metadata import Author
from xds.transactions import ITI_41, ITI_42, TD_0_4, TD_0_5, Transaction

PATIENT = ("279035121518989", "1.2.250.1.213.1.4.10")
CALLER = Caller(
    assertion_id="_1",
    issuer="CN=x",
    person_id="899700000001",
    structure_id="10B0000000",
    profession=roles.DOCTOR,
    authentication=AuthenticationMode.INDIRECT,
    patient=PATIENT,
)


@pytest.fixture
def french_house(make_settings: Callable[..., Settings]) -> Iterator[House]:
    """Registry and repository in the French profile."""
    chosen = make_settings(COFFRE_DOMAIN="dmp")
    prepare.prepare(chosen, wiring.Role.ALL)
    built = wiring.build(chosen, wiring.Role.ALL)
    yield built
    built.close()


def test_lot_that_the_repository_refuses_is_in_the_journal_and_uses_the_assertion_up(french_house: House) -> None:
    lot = messages.a_lot_of(CX(f"{PATIENT[0]}^^^&{PATIENT[1]}&ISO^NH"))
    request = ProvideAndRegisterDocumentSet(lot, ((lot.document_entries[0].entry_uuid, memoryview(b"<x/>")),))
    act = french_house.routes.find("repository", ITI_41.request_action).act
    visit = Visit(CALLER, Use(b"\x01" * 32, 4_000_000_000), "urn:uuid:1")
    answer = act(request, visit)
    assert "InvalidDocumentContent" in answer.errors.codes
    with french_house.database.read() as work:
        (line,) = journal.find_lines(work, None, limit=9)
    assert (line.transaction, line.ending) == ("ITI-41", Ending.REFUSED)
    assert "InvalidDocumentContent" in line.rule
    with pytest.raises(AssertionRefused):
        act(request, visit)


def test_registry_takes_no_lot_without_the_bytes_that_its_signature_covers(french_house: House) -> None:
    """Nobody goes around the repository. [DMP: TD2.1, signature]"""
    lot = messages.a_lot_of(CX(f"{PATIENT[0]}^^^&{PATIENT[1]}&ISO^NH"))
    act = french_house.routes.find("registry", ITI_42.request_action).act
    answer = act(RegisterDocumentSet(lot), Visit(CALLER, Use(b"\x03" * 32, 4_000_000_000), "urn:uuid:3"))
    (error,) = answer.errors
    assert error.row.code == "DMPAccessDeniedByRightsService"
    assert error.code_context.endswith("[DMP-SEALED-LOTS]")


@pytest.mark.parametrize(("profession", "rules"), [(roles.DOCTOR, ["SIG-LOT-MISSING"]), (roles.PATIENT, [])])
def test_documents_of_a_patient_come_unsigned_from_the_patient_alone(
    french_house: House, profession: Role, rules: list[str]
) -> None:
    """[CI-SIS SM 4.1]"""
    patient = CX(f"{PATIENT[0]}^^^&{PATIENT[1]}&ISO^NH")
    lot = messages.a_lot_of(patient)
    person = XCN(f"{PATIENT[0]}^EXEMPLE^CAMILLE^^^^^^&{PATIENT[1]}&ISO^L^^^NH")
    entries = tuple(
        replace(entry, mime_type="text/plain", author=(Author(author_person=person),)) for entry in lot.document_entries
    )
    lot = replace(lot, document_entries=entries)
    request = ProvideAndRegisterDocumentSet(lot, ((entries[0].entry_uuid, memoryview(b"mine")),))
    act = french_house.routes.find("repository", ITI_41.request_action).act
    caller = replace(CALLER, profession=profession, person_id=PATIENT[0])
    answer = act(request, Visit(caller, Use(b"\x04" * 32, 4_000_000_000), "urn:uuid:4"))
    told = [error.code_context for error in answer.errors if error.severity.endswith("Error")]
    assert [context.rpartition("[")[2].rstrip("]") for context in told] == rules


@pytest.mark.parametrize(
    ("transaction", "request_", "access_mode"),
    [
        (TD_0_5, CandidatesQuery(header=Header(), search=Search(family="EXEMPLE")), AccessMode.NORMAL),
        (TD_0_4, ListPatients(), AccessMode.REGULATION),
    ],
    ids=["TD0.5", "TD0.4"],
)
def test_what_is_asked_about_no_record_is_refused_where_the_matrix_does_not_grant_it(
    french_house: House, transaction: Transaction, request_: object, access_mode: AccessMode
) -> None:
    """No patient is named, and that opens nothing. [DMP: TD0.4, TD0.5]"""
    caller = replace(CALLER, patient=None, access_mode=access_mode)
    act = french_house.routes.find(transaction.actor.value, transaction.request_action).act
    answer = act(request_, Visit(caller, Use(b"\x02" * 32, 4_000_000_000), "urn:uuid:2"))
    assert [problem.rule for problem in answer.problems] == ["RGT-MATRIX"]
