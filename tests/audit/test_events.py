"""Which events a line stands for. [ITI TF-2: 3.18.5, 3.41.5, 3.42.5, 3.43.5, 3.44.5; DICOM PS3.15: A.5.3]"""

from __future__ import annotations

import pytest

from audit.circumstances import Circumstances, read_circumstances, write_circumstances
from audit.events import JOURNAL, START, STOP, events_of
from audit.line import Ending
from audit.message import AuditEvent, AuditObject, Coded, Detail, Outcome
from tests.audit.lines import INS, a_line

PATIENT = ("260058815400233", INS)
CX = f"260058815400233^^^&{INS}&ISO"
ENDPOINT = "https://dmp.example.org/services/registry"


def summary(event: AuditEvent) -> tuple[str, str, str]:
    return event.event.code, event.action, event.types[0].code


def ids(event: AuditEvent) -> list[tuple[int, int, str]]:
    return [(each.type, each.role, each.id) for each in event.objects]


def roles(event: AuditEvent) -> list[tuple[str, bool, str]]:
    return [(each.user_id, each.is_requestor, each.roles[0].code) for each in event.participants]


@pytest.mark.parametrize(
    ("transaction", "expected"),
    [
        ("ITI-18", ("110112", "E", "ITI-18")),
        ("ITI-51", ("110112", "E", "ITI-51")),
        ("ITI-38", ("110112", "E", "ITI-38")),
        ("ITI-41", ("110107", "C", "ITI-41")),
        ("ITI-42", ("110107", "C", "ITI-42")),
        ("ITI-61", ("110107", "C", "ITI-61")),
        ("ITI-57", ("110107", "U", "ITI-57")),
        ("ITI-92", ("110107", "U", "ITI-92")),
        ("ITI-43", ("110106", "R", "ITI-43")),
        ("ITI-39", ("110106", "R", "ITI-39")),
        ("ITI-62", ("110110", "D", "ITI-62")),
        ("ITI-86", ("110110", "D", "ITI-86")),
        ("ITI-44", ("110110", "U", "ITI-44")),
        ("ITI-8", ("110110", "U", "ITI-8")),
        ("TD0.2", ("110112", "E", "TD0.2")),
        ("TD1.1", ("110110", "C", "TD1.1")),
        (JOURNAL, ("110101", "R", "journal")),
        (START, ("110100", "E", "110120")),
        (STOP, ("110100", "E", "110121")),
        ("another", ("110110", "E", "another")),
    ],
)
def test_transaction_is_recorded_as_the_framework_says(transaction: str, expected: tuple[str, str, str]) -> None:
    (event,) = events_of(a_line(PATIENT, transaction=transaction), Circumstances())
    assert summary(event) == expected
    assert event.outcome is Outcome.SUCCESS


def test_transaction_has_its_title() -> None:
    titles = [
        events_of(a_line(transaction=name), Circumstances())[0].types[0] for name in ("ITI-43", "ITI-44", "TD9.9")
    ]
    assert titles == [
        Coded("ITI-43", "IHE Transactions", "Retrieve Document Set"),
        Coded("ITI-44", "IHE Transactions", "Patient Identity Feed HL7 v3"),
        Coded("TD9.9", "DMP transactions", "TD9.9"),
    ]


def test_query_tells_patient_and_query() -> None:
    """[ITI TF-2: 3.18.5.1.2]"""
    told = Circumstances(endpoint=ENDPOINT, process_id=42, query=b"<q/>", home_community_id="urn:oid:1.2.3")
    (event,) = events_of(a_line(PATIENT, network_address="192.0.2.1"), told, "dmp.example.org")
    assert ids(event) == [(1, 1, CX), (2, 24, "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d")]
    query = event.objects[1]
    assert (query.query, query.id_type.code) == (b"<q/>", "ITI-18")
    assert query.details == (
        Detail("QueryEncoding", b"UTF-8"),
        Detail("urn:ihe:iti:xca:2010:homeCommunityId", b"urn:oid:1.2.3"),
    )
    assert roles(event) == [
        ("http://www.w3.org/2005/08/addressing/anonymous", True, "110153"),
        ("899700000007", True, "10"),
        (ENDPOINT, False, "110152"),
    ]
    assert [each.network_address for each in event.participants] == ["192.0.2.1", "", "dmp.example.org"]
    assert event.participants[2].alternative_id == "42"


def test_person_is_told_with_the_issuer_of_the_assertion_and_the_purpose() -> None:
    """[ITI TF-2: 3.40.4.2]"""
    (event,) = events_of(a_line(PATIENT), Circumstances())
    person = event.participants[1]
    assert person.name == "<899700000007@CN=899700000007,O=EXEMPLE>"
    assert event.purposes == (Coded("normal", "1.2.250.1.213.1.1.4.248", "normal"),)
    (event,) = events_of(a_line(PATIENT, profession="10^1.2.250.1.71.1.2.7^Médecin"), Circumstances())
    assert event.participants[1].roles == (Coded("10", "1.2.250.1.71.1.2.7", "Médecin"),)
    (event,) = events_of(a_line(PATIENT, person_id="", access_mode=""), Circumstances())
    assert (len(event.participants), event.purposes) == (2, ())


def test_submission_tells_patient_and_set() -> None:
    """[ITI TF-2: 3.41.5.1.2]"""
    line = a_line(PATIENT, transaction="ITI-41", submission_unique_id="2.25.77")
    (event,) = events_of(line, Circumstances())
    assert ids(event) == [(1, 1, CX), (2, 20, "2.25.77")]
    assert event.objects[1].id_type.code == "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"


def test_retrieval_goes_from_us_to_them() -> None:
    """[ITI TF-2: 3.43.5.1.2]"""
    told = Circumstances(endpoint=ENDPOINT, requester="https://lps.example.org/", repository_unique_id="1.2.3")
    (event,) = events_of(a_line(PATIENT, transaction="ITI-43"), told)
    assert roles(event) == [
        (ENDPOINT, False, "110153"),
        ("https://lps.example.org/", True, "110152"),
        ("899700000007", True, "10"),
    ]
    assert ids(event) == [(1, 1, CX), (2, 3, "2.25.1"), (2, 3, "2.25.2")]
    assert event.objects[1].details == (Detail("Repository Unique Id", b"1.2.3"),)


def test_documents_that_could_not_be_given_are_told_apart() -> None:
    line = a_line(PATIENT, transaction="ITI-43", objects=("2.25.1",), rule="XDSDocumentUniqueIdError")
    given, lost = events_of(line, Circumstances(failed=("2.25.9",)))
    assert (given.outcome, [each.id for each in given.objects]) == (Outcome.SUCCESS, [CX, "2.25.1"])
    assert (lost.outcome, [each.id for each in lost.objects]) == (Outcome.SERIOUS_FAILURE, [CX, "2.25.9"])
    assert lost.description == "XDSDocumentUniqueIdError"


def test_removal_tells_what_was_erased() -> None:
    """[ITI Supplement Remove Metadata and Documents: 3.62.5.1, 3.86.5.1]"""
    for transaction, id_type in (("ITI-62", "urn:ihe:iti:2017:ObjectRef"), ("ITI-86", "9")):
        (event,) = events_of(a_line(PATIENT, transaction=transaction), Circumstances(repository_unique_id="1.2.3"))
        erased = event.objects[1:]
        assert [(each.id, each.id_type.code, each.life_cycle) for each in erased] == [
            ("2.25.1", id_type, 15),
            ("2.25.2", id_type, 15),
        ]


def test_feed_tells_the_message_and_whether_the_patient_is_new() -> None:
    """[ITI TF-2: 3.8.5.1, 3.44.5.1]"""
    (event,) = events_of(a_line(PATIENT, transaction="ITI-8", message_id="MSG1"), Circumstances(is_new=True))
    assert (event.action, event.objects) == (
        "C",
        (AuditObject(CX, 1, 1, Coded("2", "RFC-3881", "Patient Number"), details=(Detail("MSH-10", b"MSG1"),)),),
    )


def test_merge_is_a_deletion_and_an_update() -> None:
    """[ITI TF-2: 3.44.5.1]"""
    events = events_of(a_line(PATIENT, transaction="ITI-44"), Circumstances(subsumed=("1", INS)))
    assert [(event.action, event.objects[0].id) for event in events] == [("D", f"1^^^&{INS}&ISO"), ("U", CX)]
    assert events[0].objects[0].details[0].type == "II"


def test_refusal_is_a_serious_failure_with_its_rule() -> None:
    (event,) = events_of(a_line(PATIENT, ending=Ending.REFUSED, rule="DMP-MASKED"), Circumstances())
    assert (event.outcome, event.description) == (Outcome.SERIOUS_FAILURE, "DMP-MASKED")


@pytest.mark.parametrize(
    ("action", "told"), [("TD0.1", Circumstances()), ("TD3.1", Circumstances(unauthenticated=True))]
)
def test_refused_assertion_is_a_failed_login(action: str, told: Circumstances) -> None:
    """[DICOM PS3.15: A.5.3.12]"""
    line = a_line(action=action, ending=Ending.REFUSED, rule="VIHF-EXPIRED", person_id="")
    (event,) = events_of(line, told)
    assert summary(event) == ("110114", "E", "110122")
    assert (event.outcome, event.description) == (Outcome.SERIOUS_FAILURE, "VIHF-EXPIRED")


@pytest.mark.parametrize("mode", ["bris_de_glace", "centre_15"])
def test_emergency_access_is_an_alert_as_well(mode: str) -> None:
    """[DICOM PS3.15: A.5.3.10]"""
    event, alert = events_of(a_line(PATIENT, access_mode=mode), Circumstances())
    assert summary(event) == ("110112", "E", "ITI-18")
    assert (summary(alert), ids(alert)) == (("110113", "E", "110127"), [(1, 1, CX)])
    assert len(events_of(a_line(PATIENT, access_mode=mode, ending=Ending.REFUSED), Circumstances())) == 1


def test_circumstances_are_read_as_they_were_written() -> None:
    for told in (
        Circumstances(),
        Circumstances(
            requester="r",
            endpoint="é",
            process_id=3,
            query=b"\x00<q/>",
            repository_unique_id="1",
            home_community_id="h",
            failed=("a", "b"),
            subsumed=("1", "2"),
            is_new=True,
            unauthenticated=True,
        ),
    ):
        assert read_circumstances(write_circumstances(told)) == told
