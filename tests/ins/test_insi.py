"""The client of INSi over real HTTP: against the simulator, and against answers that other makers have met. [INSi: WS_INS2]"""

from __future__ import annotations

import logging
import socket
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from lxml import etree

from ins import insi_messages, insi_simulator, oids
from ins.insi import INSiClient, Sender
from ins.insi_messages import Answer, INSiFailure, Outcome
from ins.traits import StrictTraits, Trait
from safexml.namespaces import SAML, SOAP, WSSE
from tests.ins.people import some_traits

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
SENDER = Sender(emitter="10B0000001", software="coffre", version="1.0", instance="desk-1", authorisation="TEST-IDAM")
SECRETS = ("MARTIN", "Martin", "1979", "27903352380")
UNSEEN = StrictTraits(birth_family="Martin-Leroux", birth_given="Alix", sex="F", birth_date="1979-03-21")


def a_client(url: str, **more: Any) -> INSiClient:
    return INSiClient(url, SENDER, clock=lambda: NOW, new_uuid=lambda: uuid.uuid4().urn, **more)


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    """A simulator with the people that are built in."""
    with insi_simulator.running() as url:
        yield url


@pytest.fixture
def client(simulator: str) -> INSiClient:
    """A client of the simulator."""
    return a_client(simulator)


class Recorder:
    """An INSi that says what it is told to say, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.content_type = "200 OK", b"", "application/soap+xml"
        self.asked: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.asked.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response(self.status, [("Content-Type", self.content_type)])
        return [self.body]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def served(recorder: Recorder) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, recorder, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def recorded(recorder: Recorder) -> Iterator[INSiClient]:
    """A client of the recorder."""
    with served(recorder) as url:
        yield a_client(url)


def a_result(inside: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="{SOAP}"><S:Body xmlns:S="{SOAP}">'
        f'<RESULTAT xmlns="{insi_messages.ANSWER}" xmlns:ns3="{insi_messages.QUESTION}">{inside}</RESULTAT>'
        "</S:Body></soap:Envelope>"
    ).encode()


def a_number(number: str = "2790335238018", key: str = "02", oid: str = "1.2.250.1.213.1.4.8") -> str:
    told = f"<Cle>{key}</Cle>" if key else ""
    return f"<IdIndividu><NumIdentifiant>{number}</NumIdentifiant>{told}</IdIndividu><OID>{oid}</OID>"


TIQ = (
    "<TIQ><NomNaissance>MARTIN-LEROUX</NomNaissance><ListePrenom>ALIX MARIE</ListePrenom><Sexe>F</Sexe>"
    "<DateNaissance>1979-03-21</DateNaissance><LieuNaissance>35238</LieuNaissance></TIQ>"
)


def one(number: str = "", history: str = "", traits: str = TIQ) -> bytes:
    active = f"<INSACTIF>{number or a_number()}</INSACTIF>"
    report = "<CR><CodeCR>00</CodeCR><LibelleCR>OK</LibelleCR></CR>"
    return a_result(f"{report}<INDIVIDU>{active}{history}{traits}</INDIVIDU>")


def failure(client: INSiClient, traits: StrictTraits = UNSEEN) -> INSiFailure:
    """Why it did not work; nothing of the person in it, nor in what a traceback would print."""
    with pytest.raises(INSiFailure) as caught:
        client.search(traits)
    printed = "".join(traceback.format_exception(caught.value)) + caught.value.reason_fr
    assert not any(secret in printed for secret in SECRETS)
    assert caught.value.reason_fr
    return caught.value


# Against the simulator.


def test_one_person_is_found_with_number_authority_and_traits(client: INSiClient) -> None:
    answer = client.search(UNSEEN)
    assert (answer.outcome, answer.code, answer.differences) == (Outcome.ONE, "00", ())
    assert answer.identity is not None
    assert answer.identity.matricule == "279033523801802"
    assert answer.identity.authority is oids.INS_NIR_TEST
    assert answer.identity.traits == some_traits()


def test_former_INS_comes_with_the_one_in_force(client: INSiClient) -> None:
    answer = client.search(some_traits(birth_family="Okonkwo", birth_given="Adaeze", birth_given_list="Adaeze",
                                       birth_date="1992-11-30", birthplace=""))  # fmt: skip
    assert answer.identity is not None
    assert [len(former.matricule) for former in answer.identity.history] == [15]


def test_person_is_found_by_any_of_the_given_names_and_the_difference_is_named(client: INSiClient) -> None:
    answer = client.search(some_traits(birth_given="Marie", birth_given_list="Marie", birthplace=""))
    assert answer.outcome is Outcome.ONE
    assert [found.trait for found in answer.differences] == [Trait.BIRTH_GIVEN, Trait.BIRTH_GIVEN_LIST]


def test_several_people_are_told_apart_by_their_birthplace(client: INSiClient) -> None:
    jean = StrictTraits(birth_family="Dupré", birth_given="Jean", sex="M", birth_date="19540902")
    several = client.search(jean)
    assert (several.outcome, several.code, several.identity) == (Outcome.SEVERAL, "02", None)
    placed = StrictTraits(birth_family="Dupré", birth_given="Jean", sex="M", birth_date="19540902", birthplace="69123")
    assert client.search(placed).outcome is Outcome.ONE


def test_nobody_is_found_by_traits_of_nobody(client: INSiClient) -> None:
    answer = client.search(some_traits(birth_family="Personne", birthplace=""))
    assert (answer.outcome, answer.code, answer.identity) == (Outcome.NOBODY, "01", None)


def test_apostrophe_and_accents_do_not_stand_in_the_way(client: INSiClient) -> None:
    answer = client.search(
        StrictTraits(birth_family="d’Ornano", birth_given="Pierre-Alain", sex="m", birth_date="1985-07-09")
    )
    assert answer.outcome is Outcome.ONE


def test_fault_of_the_service_is_a_refusal_with_its_code(client: INSiClient) -> None:
    answer = client.search(some_traits(birth_family=insi_simulator.OUT_OF_ORDER, birthplace=""))
    assert answer == Answer(outcome=Outcome.REFUSED, code="insi_102")


def test_log_says_nothing_of_the_person(client: INSiClient, caplog: pytest.LogCaptureFixture) -> None:
    """[decision 13]"""
    caplog.set_level(logging.DEBUG)
    client.search(UNSEEN)
    assert not any(secret in record.getMessage() for record in caplog.records for secret in SECRETS)


# What is sent.


def test_question_goes_out_as_INSi_spells_it(recorder: Recorder, recorded: INSiClient) -> None:
    recorder.body = one()
    recorded.search(
        StrictTraits(birth_family="d’Ornano", birth_given="Élise", sex="F", birth_date="19790300", birthplace="2a004")
    )
    body = etree.fromstring(recorder.asked[0]).find(f"{{{SOAP}}}Body")
    assert body is not None
    question = body[0]
    assert question.tag == f"{{{insi_messages.QUESTION}}}RECSANSVITALE"
    assert [(etree.QName(child).localname, child.text) for child in question] == [
        ("NomNaissance", "D'ORNANO"),
        ("Prenom", "ELISE"),
        ("Sexe", "F"),
        ("DateNaissance", "1979-03-00"),
        ("LieuNaissance", "2A004"),
    ]


def test_contexts_tell_who_asks_and_with_which_software(recorder: Recorder, recorded: INSiClient) -> None:
    recorder.body = one()
    recorded.search(UNSEEN)
    header = etree.fromstring(recorder.asked[0]).find(f"{{{SOAP}}}Header")
    assert header is not None
    told = {etree.QName(child).localname: child for child in header}
    bam, lps = told["ContexteBAM"], told["ContexteLPS"]
    assert (bam.get("Version"), lps.get("Version"), lps.get("Nature")) == ("01_02", "01_00", "CTXLPS")
    assert bam.findtext(f"{{{insi_messages.CONTEXT_BAM}}}Temps") == "2026-03-01T08:30:00Z"
    software = lps.find(f"{{{insi_messages.CONTEXT_LPS}}}LPS")
    assert software is not None
    assert [child.text for child in software] == ["TEST-IDAM", "1.0", "desk-1", "urn:lps:coffre:1.0"]
    assert told["Action"].text == insi_messages.ACTION
    assert "Security" not in told


def test_assertion_is_sent_in_the_security_header_as_it_was_given(recorder: Recorder, recorded: INSiClient) -> None:
    """A signature over it stays good."""
    assertion = (
        f'<saml:Assertion xmlns:saml="{SAML}" ID="_1"><saml:Issuer>CN=é</saml:Issuer>\n</saml:Assertion>'.encode()
    )
    recorder.body = one()
    recorded.search(UNSEEN, assertion=assertion)
    sent = etree.fromstring(recorder.asked[0]).find(f"{{{SOAP}}}Header/{{{WSSE}}}Security/{{{SAML}}}Assertion")
    assert sent is not None
    assert etree.tostring(sent, method="c14n", exclusive=True) == etree.tostring(
        etree.fromstring(assertion), method="c14n", exclusive=True
    )


def test_assertion_that_is_no_harmless_XML_is_not_sent(recorder: Recorder, recorded: INSiClient) -> None:
    with pytest.raises(INSiFailure, match="assertion"):
        recorded.search(UNSEEN, assertion=b"<!DOCTYPE a><a/>")
    assert recorder.asked == []


@pytest.mark.parametrize(
    ("traits", "told"),
    [
        (some_traits(birth_family=""), "birth family name"),
        (some_traits(birth_given="", birth_given_list=""), "first birth given name"),
        (some_traits(sex="U"), "M and F"),
        (some_traits(birth_date="soon"), "date of birth"),
        (some_traits(birthplace="Rennes"), "birthplace"),
    ],
)
def test_traits_that_INSi_cannot_be_asked_with_are_named_before_anything_is_sent(
    recorder: Recorder, recorded: INSiClient, traits: StrictTraits, told: str
) -> None:
    assert told in str(failure(recorded, traits))
    assert recorder.asked == []


# What comes back.


def test_answer_with_its_validity_before_the_number_is_read(recorder: Recorder, recorded: INSiClient) -> None:
    """Seen elsewhere: INSHISTO opens with DateDeb and DateFin."""
    dated = f"<INSHISTO><DateDeb>1979-03-21</DateDeb><DateFin>1999-01-01</DateFin>{a_number('7790399238018', '')}</INSHISTO>"
    recorder.body = one(history=dated + f"<INSHISTO>{a_number('7790399238017', '11')}</INSHISTO>")
    answer = recorded.search(UNSEEN)
    assert answer.identity is not None
    first, second = answer.identity.history
    assert (first.matricule, first.valid_from, first.valid_until) == ("7790399238018", "1979-03-21", "1999-01-01")
    assert second.matricule == "779039923801711"


def test_number_without_its_key_gets_it(recorder: Recorder, recorded: INSiClient) -> None:
    recorder.body = one(a_number(key=""))
    answer = recorded.search(UNSEEN)
    assert answer.identity is not None
    assert answer.identity.matricule.has_valid_key


def test_first_given_name_of_several_words_is_the_one_asked_for(recorder: Recorder, recorded: INSiClient) -> None:
    recorder.body = one()
    both = recorded.search(some_traits(birth_given="Alix Marie", birth_given_list="Alix Marie"))
    other = recorded.search(some_traits(birth_given="Marie", birth_given_list=""))
    assert both.identity is not None and other.identity is not None
    assert both.identity.traits.birth_given == "Alix Marie"
    assert other.identity.traits.birth_given == "ALIX"


@pytest.mark.parametrize("code", ["03", "99", ""])
def test_code_that_is_not_known_is_a_refusal(recorder: Recorder, recorded: INSiClient, code: str) -> None:
    recorder.body = a_result(f"<CR><CodeCR>{code}</CodeCR><LibelleCR>MARTIN ALIX 1979</LibelleCR></CR>")
    answer = recorded.search(UNSEEN)
    assert answer == Answer(outcome=Outcome.REFUSED, code=code or "unreadable")


def test_code_that_does_not_look_like_one_is_not_repeated(recorder: Recorder, recorded: INSiClient) -> None:
    recorder.body = a_result("<CR><CodeCR>MARTIN née en 1979</CodeCR></CR>")
    assert recorded.search(UNSEEN).code == "unreadable"


def test_meaning_of_a_code_can_be_given(recorder: Recorder) -> None:
    """Only 00 is established publicly."""
    recorder.body = a_result("<CR><CodeCR>07</CodeCR></CR>")
    with served(recorder) as url:
        client = a_client(url, meanings={**insi_messages.MEANINGS, "07": Outcome.NOBODY})
        assert client.search(UNSEEN).outcome is Outcome.NOBODY


@pytest.mark.parametrize(
    ("subcode", "detail", "code"),
    [
        ("siram_40", '<e:Erreur xmlns:e="urn:siram" severite="fatal" code="insi_102">MARTIN</e:Erreur>', "insi_102"),
        ("siram_40", "", "siram_40"),
        ("siram_40", '<e:Erreur xmlns:e="urn:siram" code="MARTIN ALIX 1979"/>', "unreadable"),
    ],
)
def test_SOAP_fault_is_a_refusal_with_its_innermost_code(
    recorder: Recorder, recorded: INSiClient, subcode: str, detail: str, code: str
) -> None:
    recorder.status = "500 Internal Server Error"
    told = f"<S:Detail>{detail}</S:Detail>" if detail else ""
    recorder.body = (
        f'<S:Envelope xmlns:S="{SOAP}"><S:Body><S:Fault><S:Code><S:Value>S:Receiver</S:Value><S:Subcode>'
        f"<S:Value>S:{subcode}</S:Value></S:Subcode></S:Code><S:Reason><S:Text xml:lang='fr'>MARTIN ALIX</S:Text>"
        f"</S:Reason>{told}</S:Fault></S:Body></S:Envelope>"
    ).encode()
    assert recorded.search(UNSEEN) == Answer(outcome=Outcome.REFUSED, code=code)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "understood"),
        (b"<html>MARTIN 1979</html>", "understood"),
        (b"MARTIN 1979", "understood"),
        (b'<!DOCTYPE a [<!ENTITY b "MARTIN">]><a>&b;</a>', "Forbidden"),
        (b"<!DOCTYPE a>" + one().partition(b"?>")[2], "Forbidden"),
        (a_result(""), "understood"),
        (a_result("<MARTIN/>"), "understood"),
        (a_result("<CR><CodeCR>00</CodeCR></CR>"), "INDIVIDU"),
        (one(a_number(number="279033523801")), "15 characters"),
        (one(a_number(number="2791335238018", key="")), "month of birth"),
        (one(a_number(key="99")), "Cle is not the key"),
        (one(a_number(oid="1.2.3")), "OID"),
        (one(a_number(oid="1.2.250.1.213.1.4.2")), "OID"),
    ],
)
def test_answer_that_cannot_be_used_is_told_without_its_content(
    recorder: Recorder, recorded: INSiClient, body: bytes, told: str
) -> None:
    recorder.body = body
    assert told in str(failure(recorded))


def test_page_of_a_proxy_is_told_as_no_answer(recorder: Recorder, recorded: INSiClient) -> None:
    recorder.status, recorder.body, recorder.content_type = "503 Service Unavailable", b"<h1>MARTIN</h1>", "text/html"
    assert "understood" in str(failure(recorded))


def test_service_that_is_not_there_cannot_be_reached() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert "cannot be reached" in str(failure(a_client(f"http://127.0.0.1:{port}/")))


def test_service_that_does_not_answer_in_time_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "ReadTimeout" in str(failure(a_client(f"http://127.0.0.1:{port}/", timeout_seconds=1)))


def test_answer_does_not_print_the_person(client: INSiClient) -> None:
    printed = repr(client.search(some_traits(birth_family="Okonkwo", birth_given="Adaeze", birth_given_list="",
                                             birth_date="1992-11-30", birthplace="")))  # fmt: skip
    assert "OKONKWO" not in printed
    assert "29211" not in printed
