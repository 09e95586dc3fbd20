"""ITI-57 and ITI-92 through the whole house: from bytes to bytes. [ITI Supplement XDS Metadata Update: 3.57]"""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from server.exchange import Exchange
from tests.samples import a_code, a_document_entry, a_submission
from tests.server import messages
from xds.metadata import DocumentEntry, Slot, Submission
from xds.transactions import ITI_42, ITI_57, ITI_92, Transaction
from xds.wire import response, submission


def sent(exchange: Exchange, transaction: Transaction, lot: Submission) -> tuple[str, tuple[str, ...]]:
    """wsa:Action of the answer, and the codes of its errors."""
    answer = exchange.answer(
        messages.asked("registry", messages.a_message(transaction, submission.write_submission(lot)))
    )
    assert answer.http_status == 200
    read = messages.read_answer(answer)
    return read.addressing.action, response.read_response(read.body).errors.codes


def registered(exchange: Exchange) -> DocumentEntry:
    """A document that the house's registry knows, as it is found again."""
    lot = a_submission(document_entries=[a_document_entry()])
    assert sent(exchange, ITI_42, lot)[1] == ()
    unique_id = messages.unique_id_of(lot)
    answer = exchange.answer(messages.asked("registry", messages.a_query(unique_id)))
    (found,) = messages.read_answer(answer).body.iter("{*}ExtrinsicObject")
    return replace(lot.document_entries[0], entry_uuid=str(found.get("id")))


def an_update(entry: DocumentEntry) -> Submission:
    """The document gets another confidentialityCode."""
    masked = (*entry.confidentiality_code, a_code("MASQUE_PS", "1.2.250.1.213.1.1.4.13", "masked"))
    new = replace(entry, entry_uuid="Document01", logical_id=entry.entry_uuid, confidentiality_code=masked)
    lot = a_submission(document_entries=[new])
    (member,) = lot.associations
    return replace(lot, associations=(replace(member, extra=(Slot("PreviousVersion", ("1",)),)),))


@pytest.mark.parametrize("transaction", [ITI_57, ITI_92], ids=lambda each: each.name)
def test_update_is_done_and_answered_with_the_action_of_IHE(exchange: Exchange, transaction: Transaction) -> None:
    """The registered entry is shown in its new version. [ITI TF-2: Appendix V]"""
    entry = registered(exchange)
    assert sent(exchange, transaction, an_update(entry)) == (f"{transaction.request_action}Response", ())
    answer = exchange.answer(messages.asked("registry", messages.a_query(str(entry.unique_id))))
    (found,) = messages.read_answer(answer).body.iter("{*}ExtrinsicObject")
    assert found.get("lid") == entry.entry_uuid
    assert [each.get("versionName") for each in found.iter("{*}VersionInfo")] == ["2"]
    assert b"MASQUE_PS" in etree.tostring(found)


@pytest.mark.parametrize("transaction", [ITI_57, ITI_92], ids=lambda each: each.name)
def test_same_update_sent_again_is_answered_again(exchange: Exchange, transaction: Transaction) -> None:
    """[contract 5]"""
    lot = an_update(registered(exchange))
    assert [sent(exchange, transaction, lot)[1] for _ in range(2)] == [(), ()]


@pytest.mark.parametrize("transaction", [ITI_57, ITI_92], ids=lambda each: each.name)
def test_second_update_of_one_version_gets_XDSMetadataVersionError(
    exchange: Exchange, transaction: Transaction
) -> None:
    entry = registered(exchange)
    assert sent(exchange, transaction, an_update(entry))[1] == ()
    assert sent(exchange, transaction, an_update(entry))[1] == ("XDSMetadataVersionError",)


def test_update_sent_as_a_registration_is_refused(exchange: Exchange) -> None:
    """[ITI Supplement XDS Metadata Update: 3.42.4.1.3]"""
    assert "XDSRegistryMetadataError" in sent(exchange, ITI_42, an_update(registered(exchange)))[1]
