"""The verbs behind the guard: what is refused where is all the same to the journal. [DMP: traces]"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from access import roles
from access.assertion import AssertionRefused
from access.caller import AuthenticationMode, Caller
from audit.line import Ending
from audit.store import journal
from server import prepare, wiring
from server.settings import Settings
from server.visit import Use, Visit
from server.wiring import House, Role
from tests.server import messages
from xds.hl7v2 import CX
from xds.messages import ProvideAndRegisterDocumentSet
from xds.transactions import ITI_41

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
    prepare.prepare(chosen, Role.ALL)
    built = wiring.build(chosen, Role.ALL)
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
