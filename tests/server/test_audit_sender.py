"""ITI-20 from the outbox to a receiver that comes and goes. [ITI TF-2: 3.20]"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audit.circumstances import Circumstances
from audit.line import Ending
from audit.message import Source
from audit.store import journal, outbox
from audit.syslog import Target
from server import audit_sender, tls
from server.audit_sender import AuditSender
from server.metrics import Metrics, new_block
from server.settings import Settings
from server.wiring import House
from sql import schema
from sql.database import Database
from tests.audit.lines import INS, a_line
from tests.audit.receiver import Receiver, wait_until
from tests.server.conftest import running

PATIENT = ("260058815400233", INS)


@pytest.fixture
def own(fresh_url: str) -> Iterator[Database]:
    """A database in which nothing waits."""
    database = Database(fresh_url)
    schema.upgrade(database)
    yield database
    database.close()


def variables(port: int, keys: Path) -> dict[str, str]:
    """Settings that name an audit repository at that port."""
    return {
        "COFFRE_AUDIT_REPOSITORY": f"localhost:{port}",
        "COFFRE_AUDIT_CA": str(keys / "ca.cert.pem"),
        "COFFRE_AUDIT_CERT": str(keys / "establishment-tls.cert.pem"),
        "COFFRE_AUDIT_KEY": str(keys / "establishment-tls.key.pem"),
    }


@pytest.fixture
def audited(make_settings: Callable[..., Settings], keys: Path) -> Callable[[int], Settings]:
    """Settings with an audit repository at that port."""
    return lambda port: make_settings(**variables(port, keys))


def append(database: Database, first: int, last: int) -> None:
    """Lines with these numbers, all for the audit repository."""
    for number in range(first, last):
        line = a_line(PATIENT, number, query_id=f"query {number}")
        database.settle(lambda work, line=line: journal.append(work, line, audit=True), lambda _: False)  # type: ignore[misc]


def numbers(*receivers: Receiver) -> list[int]:
    """The numbers of the lines, as they came."""
    found = [
        each.get("ParticipantObjectID", "")
        for receiver in receivers
        for one in tuple(receiver.received)
        for each in one.root.iter("ParticipantObjectIdentification")
    ]
    return [int(text.removeprefix("query ")) for text in found if text.startswith("query ")]


def waiting(database: Database) -> int:
    with database.read() as work:
        return len(outbox.fetch_audits(work, 10**6))


def a_sender(database: Database, settings: Settings) -> tuple[AuditSender, Metrics]:
    metrics = Metrics(new_block(1))
    assert settings.audit_repository is not None
    target, context = Target(*settings.audit_repository), tls.audit_context(settings)
    return AuditSender(database, target, context, Source("1.2.3"), metrics), metrics


def test_receiver_that_goes_away_and_comes_back_gets_everything_in_order(
    own: Database, audited: Callable[[int], Settings], keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_sender, "ROUND_SECONDS", 0.05)
    monkeypatch.setattr(audit_sender, "RETRY_SECONDS_MAX", 0.1)
    first = Receiver(keys)
    sender, metrics = a_sender(own, audited(first.port))
    sender.start()
    append(own, 0, 20)
    wait_until(lambda: waiting(own) == 0)
    wait_until(lambda: len(numbers(first)) == 20)
    first.stop()
    append(own, 20, 150)
    wait_until(lambda: "coffre_audit_failures_total 0" not in metrics.text())
    assert waiting(own) > 0
    # Comes back, and breaks the connection in the middle of a batch.
    second = Receiver(keys, first.port, rude_after=50)
    append(own, 150, 180)
    wait_until(lambda: waiting(own) == 0)
    sender.stop()
    second.stop()
    came = numbers(first, second)
    assert set(came) == set(range(180))
    # In order, but for a batch that was begun and is then sent again as a whole.
    assert list(dict.fromkeys(came)) == list(range(180))
    assert waiting(own) == 0


def test_start_and_stop_of_the_service_are_told(own: Database, audited: Callable[[int], Settings], keys: Path) -> None:
    receiver = Receiver(keys)
    sender, metrics = a_sender(own, audited(receiver.port))
    sender.start()
    append(own, 0, 1)
    wait_until(lambda: len(receiver.received) == 2)
    sender.stop()
    receiver.stop()
    told = [
        (one.root.find(".//EventID").get("csd-code"), one.root.find(".//EventTypeCode").get("csd-code"))  # type: ignore[union-attr]
        for one in receiver.received
    ]
    assert sorted(told[:2]) == [("110100", "110120"), ("110112", "ITI-18")]
    assert told[2:] == [("110100", "110121")]
    assert {(one.application, one.message_id, one.priority) for one in receiver.received} == {
        ("coffre", "IHE+RFC-3881", 85)
    }
    assert "coffre_audit_messages_total 3" in metrics.text()
    with own.read() as work:
        assert [line.transaction for line in journal.find_lines(work, None, limit=3)][:1] == ["Application Stop"]


def test_failure_is_a_warning_and_two_events_of_a_line_are_two_messages(
    own: Database, audited: Callable[[int], Settings], keys: Path
) -> None:
    receiver = Receiver(keys)
    sender, _ = a_sender(own, audited(receiver.port))
    line = a_line(PATIENT, ending=Ending.REFUSED, rule="DMP-MASKED")
    parts = replace(line, ending=Ending.DONE, transaction="ITI-43")
    for added, told in ((line, Circumstances()), (parts, Circumstances(failed=("2.25.9",)))):
        own.settle(lambda work, added=added, told=told: journal.append(work, added, audit=told), lambda _: False)  # type: ignore[misc]
    assert sender.do() == 2
    wait_until(lambda: len(receiver.received) == 3)
    sender.stop()
    receiver.stop()
    assert [one.priority for one in receiver.received] == [84, 85, 84]


def test_one_of_two_services_over_a_database_sends(
    own: Database, audited: Callable[[int], Settings], keys: Path
) -> None:
    if own.dialect == "sqlite":
        pytest.skip("an embedded database has one service")
    receiver = Receiver(keys)
    other = Database(own.url)
    settings = audited(receiver.port)
    mine, theirs = a_sender(own, settings)[0], a_sender(other, settings)[0]
    append(own, 0, 2)
    assert (mine.do(), theirs.do()) == (2, 0)
    append(own, 2, 4)
    assert theirs.do() == 0
    own.leave()  # the first ends, and its lock with it
    wait_until(lambda: theirs.do() == 2)
    mine.stop()
    theirs.stop()
    other.close()
    receiver.stop()


def test_nothing_is_built_where_no_audit_repository_is_named(
    make_settings: Callable[..., Settings], house: House, audited: Callable[[int], Settings]
) -> None:
    metrics = Metrics(new_block(1))
    assert audit_sender.build(make_settings(), house.domain, house.database, metrics) is None
    assert audit_sender.build(audited(1), house.domain, house.database, metrics) is not None


@pytest.mark.parametrize("workers", ["1", "2"])
def test_running_service_tells_its_start_and_its_stop(tmp_path: Path, keys: Path, workers: str) -> None:
    receiver = Receiver(keys)
    with running(tmp_path, "--workers", workers, **variables(receiver.port, keys)) as service:
        wait_until(lambda: len(receiver.received) == 1)
        assert service.stop() == 0
    receiver.stop()
    types = [one.root.find(".//EventTypeCode").get("csd-code") for one in receiver.received]  # type: ignore[union-attr]
    assert types == ["110120", "110121"]
