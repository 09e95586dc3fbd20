"""Messages about records on the wire: read as the DMP's clients write them, answered as HL7 v3 has it. [DMP: TD0, TD1]"""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from access.mandate import Action, Authorisation, RecordState
from record import rules
from record.facts import Closing, Record, Search
from record.messages import (
    OPPOSITION_CLOSING,
    OWN_CODES,
    CandidatesQuery,
    CandidatesResponse,
    DemographicsResponse,
    Observation,
    Reason,
    RegistrationResponse,
    Stamp,
)
from record.person import Address, Person, Representative, Telecom
from record.store import people
from record.wire import candidates, demographics, registration, writing
from record.wire.reading import read_person
from safexml.parser import parse
from tests.record import hl7
from tests.record.desk import NIA, a_matricule, a_person, a_representative
from tests.record.writing import a_question, a_registration, a_search
from tests.samples import INS_TEST_AUTHORITY
from tests.samples.strategies import texts
from tests.xds.shared import needs_schemas
from xds.messages import InstanceIdentifier
from xds.wire import WrongBody

PATIENT = (a_matricule(), INS_TEST_AUTHORITY)
STAMP = Stamp("urn:uuid:52c2786e-cb61-48cc-a621-24113888b3e6", 20260301083000, "2.25.7")
SEARCH = (
    '<livingSubjectAdministrativeGender><value code="F"/><semanticsText>x</semanticsText></livingSubjectAdministrativeGender>'
    '<livingSubjectBirthTime><value value="19840517"/></livingSubjectBirthTime>'
    "<livingSubjectName><value><family>PETIT</family><given>Anne</given></value></livingSubjectName>"
    "<patientAddress><value><city>Clermont &amp; fils</city></value></patientAddress>"
)


def a_record(**changes: object) -> Record:
    """A record, all told."""
    record = Record(
        identities=(PATIENT, (a_matricule(), NIA)),
        state=RecordState.ACTIVE,
        created_at=20260101000000,
        updated_at=20260101000000,
        person=a_person(representatives=(a_representative(),)),
    )
    return dataclasses.replace(record, **changes)  # type: ignore[arg-type]


def body(pieces: Iterable[bytes]) -> bytes:
    return b"".join(pieces)


def value(answer: bytes, path: str) -> list[str]:
    """What an XPath finds in an answer, ``h:`` standing for HL7."""
    found = etree.fromstring(answer).xpath(path, namespaces={"h": "urn:hl7-org:v3", "d": "asip:ci-sis:gdp:2010"})
    return [str(each) for each in found]


def the_demographics(reason: str = "TEST_EXST", **changes: object) -> bytes:
    response = DemographicsResponse(
        query=demographics.read_demographics_query(parse(a_question(PATIENT, reason))),
        stamp=STAMP,
        record=a_record(),
        state=RecordState.ACTIVE,
        authorisation=Authorisation.VALID,
        is_treating=True,
    )
    return body(demographics.write_demographics_response(dataclasses.replace(response, **changes)))  # type: ignore[arg-type]


def the_candidates(**changes: object) -> bytes:
    response = CandidatesResponse(
        query=candidates.read_candidates_query(parse(a_search(SEARCH))), stamp=STAMP, records=(a_record(),)
    )
    return body(candidates.write_candidates_response(dataclasses.replace(response, **changes)))  # type: ignore[arg-type]


def the_registration(reason: str, **changes: object) -> bytes:
    response = RegistrationResponse(
        request=registration.read_registration(parse(a_registration(PATIENT, reason))), stamp=STAMP, record=a_record()
    )
    return body(registration.write_registration_response(dataclasses.replace(response, **changes)))  # type: ignore[arg-type]


PROBLEMS = (rules.CONSENT, rules.TRAITS)
CLOSED = a_record(state=RecordState.CLOSED, closed_at=20260201000000, closing=Closing("X", "1.2.3", "a < b"))
ANSWERS = {
    "existence": the_demographics(),
    "no record": the_demographics(record=None, authorisation=Authorisation.NONE, is_treating=False),
    "closed": the_demographics(record=CLOSED, state=RecordState.CLOSED),
    "refused question": the_demographics(record=None, problems=PROBLEMS),
    "administrative data": the_demographics("CNSLT_DATA"),
    "nobody known": the_demographics("CNSLT_DATA", record=a_record(person=Person(), identities=(PATIENT,))),
    "opposed": the_demographics(state=RecordState.OPPOSED, tells_opposition=True, record=a_record(created_at=None)),
    "candidates": the_candidates(),
    "two candidates": the_candidates(records=(a_record(), a_record(person=Person(birth_family="X")))),
    "no candidate": the_candidates(records=()),
    "refused search": the_candidates(records=(), problems=(rules.TOO_MANY,)),
    "created": the_registration("CREA_RD"),
    "not created": the_registration("CREA_RD", record=None, problems=PROBLEMS),
    "changed": the_registration("MODIF_DATA"),
    "reopened": the_registration("REAC"),
    "closed now": the_registration("FERM", record=CLOSED),
    "not closed": the_registration("FERM", record=None, problems=(rules.CLOSING,)),
    "opposition withdrawn": the_registration("MODIF_DATA", record=None),
}


@needs_schemas
@pytest.mark.parametrize("name", ANSWERS)
def test_answer_is_valid_under_the_published_schemas(name: str) -> None:
    """[HL7 v3: NE2008]"""
    assert hl7.flaws(ANSWERS[name]) == []


@needs_schemas
def test_schema_of_the_answers_bites() -> None:
    """A child out of place, a status that is missing, an id that is none."""
    good = ANSWERS["administrative data"]
    for old, new in (
        (b'<statusCode code="completed"/>', b""),
        (b'root="1.2.250.1.213.1.4.10"', b'root="1..2"'),
        (b"</birthPlace>", b"</birthPlace><birthPlace/>"),
        (b'value="false"', b'value="faux"'),
    ):
        assert old in good
        assert hl7.flaws(good.replace(old, new)) != [], old


def test_question_is_read_as_clients_write_it() -> None:
    """[DMP: TD0.2, TD1.3a]"""
    query = demographics.read_demographics_query(parse(a_question(PATIENT)))
    assert (query.reason, query.action, query.patient) == (Reason.EXISTENCE, Action.SEE_RECORD, PATIENT)
    assert (query.query_id, query.header.message_id) == (("2.25.6", "q"), ("1.3.6.1.4.1.48364.1.1", "m-1"))
    other = demographics.read_demographics_query(parse(a_question(PATIENT, "CNSLT_DATA")))
    assert (other.reason, other.action) == (Reason.READ, Action.READ_RECORD)


def test_existence_is_answered_with_authorisation_and_observations() -> None:
    """[DMP: TD0.2]"""
    answer = ANSWERS["existence"]
    assert value(answer, "//h:attentionLine/h:value/@code | //h:attentionLine/h:value/@value") == ["VALIDE", "true"]
    assert value(answer, "//h:acknowledgement/@typeCode") == ["AA"]
    assert value(answer, "//h:targetMessage/h:id/@extension") == ["m-1"]
    assert value(answer, "//h:patient/h:id/@root") == [INS_TEST_AUTHORITY, NIA]
    assert value(answer, "//h:administrativeObservation/h:code/@code") == ["COMPTE_INTERNET_OUVERT", "RATTACHEMENT_ENS"]
    assert value(answer, "//h:telecom | //h:addr") == []
    assert value(answer, "//h:receiver//h:id/@root") == ["2.25.5"]
    assert value(answer, "//h:queryAck/h:queryResponseCode/@code") == ["OK"]


def test_record_that_is_not_there_and_one_that_is_closed_are_told_apart() -> None:
    """[DMP: TD0.2]"""
    missing, closed = ANSWERS["no record"], ANSWERS["closed"]
    assert value(missing, "//h:queryResponseCode/@code") == ["NF"]
    assert value(missing, "//h:attentionLine[1]/h:value/@code") == ["NON_EXISTE"]
    assert value(missing, "//h:patient") == []
    assert value(closed, "//h:patient/h:statusCode/@code") == ["terminated"]
    assert value(closed, "//h:effectiveTime/h:high/@value") == ["20260201000000"]
    assert value(closed, "//h:detectedIssueEvent/h:code/@code") == ["X"]
    assert value(closed, "//h:detectedIssueEvent/h:text/text()") == ["a < b"]


def test_administrative_data_are_told_whole() -> None:
    """[DMP: TD1.3a]"""
    answer = ANSWERS["administrative data"]
    assert value(answer, "//h:attentionLine") == []
    person = next(etree.fromstring(answer).iter("{urn:hl7-org:v3}patientPerson"))
    assert read_person(person) == (a_record().person, True)
    assert "OPPOSITION_BRIS_DE_GLACE" in value(answer, "//h:administrativeObservation/h:code/@code")


def test_refusal_names_every_rule_in_both_languages() -> None:
    """[DMP: §14]"""
    for name in ("refused question", "not created"):
        answer = ANSWERS[name]
        assert value(answer, "//h:acknowledgement/@typeCode") == ["AE"]
        texts_told = value(answer, "//h:acknowledgementDetail/h:text/text()")
        assert [text.split(":")[0] for text in texts_told] == ["REC-CONSENT", "REC-TRAITS"]
        assert all(" / " in text for text in texts_told)
    assert value(ANSWERS["refused question"], "//h:queryResponseCode/@code") == ["AE"]


def test_search_is_read_and_said_again() -> None:
    """[DMP: TD0.5; ITI TF-2: 3.47]"""
    query: CandidatesQuery = candidates.read_candidates_query(parse(a_search(SEARCH)))
    assert query.search == Search("PETIT", "Anne", "19840517", "F", "Clermont & fils")
    answer = ANSWERS["candidates"]
    assert value(answer, "//h:queryByParameter//h:family/text()") == ["PETIT"]
    assert value(answer, "//h:resultTotalQuantity/@value") == ["1"]
    assert value(answer, "//h:acknowledgement/h:typeCode/@code") == ["AA"]
    assert value(answer, "//h:patientPerson/h:addr/h:city/text()") == ["Clermont"]
    assert value(answer, "//h:patientPerson/h:telecom") == []
    assert candidates.read_candidates_query(parse(a_search(""))).search == Search()


def test_registration_is_read_as_clients_write_it() -> None:
    """[DMP: TD1.1]"""
    person = a_person(representatives=(a_representative(),))
    told = {Observation.CONSENTS_TO_OPENING: True, Observation.OPPOSES_BREAK_GLASS: False}
    request = registration.read_registration(parse(a_registration(PATIENT, Reason.CREATE, person, told)))
    assert (request.reason, request.action, request.patient) == (Reason.CREATE, Action.CREATE_RECORD, PATIENT)
    assert (request.person, request.has_representatives, request.observations) == (person, True, told)
    assert request.author == InstanceIdentifier("1.2.250.1.71.4.2.1", "801234567897")
    assert request.opposes is None


@pytest.mark.parametrize(
    ("reason", "action"),
    [("REAC", Action.REOPEN_RECORD), ("MODIF_DATA", Action.CHANGE_RECORD), ("FERM", Action.CLOSE_RECORD)],
)
def test_transactions_of_one_interaction_are_told_apart_by_reason(reason: str, action: Action) -> None:
    """[DMP: TD1.2, TD1.3b, TD1.4]"""
    closing = Closing("FERMETURE_DEMANDE_PATIENT", "1.2.250.1.213.4.1.2.4", "à sa demande")
    read = registration.read_registration(parse(a_registration(PATIENT, reason, closing=closing, status="terminated")))
    assert (read.action, read.closing, read.status_code) == (action, closing, "terminated")


def test_opposition_is_told_by_an_observation_or_by_a_closing_of_our_own() -> None:
    """[CSP L1111-14]"""
    for opposes in (True, False):
        told = {Observation.OPPOSES_RECORD: opposes}
        assert (
            registration.read_registration(parse(a_registration(PATIENT, "MODIF_DATA", None, told))).opposes is opposes
        )
    closing = Closing(OPPOSITION_CLOSING, OWN_CODES, "")
    assert registration.read_registration(parse(a_registration(PATIENT, "FERM", closing=closing))).opposes is True
    foreign = a_registration(PATIENT, "MODIF_DATA", None, {Observation.OPPOSES_RECORD: True})
    read = registration.read_registration(parse(foreign.replace(OWN_CODES.encode(), b"1.2.250.1.213.4.1.2.3")))
    assert read.opposes is None


def test_answers_are_wrapped_as_the_dmp_wraps_them() -> None:
    """[DMP: TD1.1, TD1.3b]"""
    wrapped = {
        "created": ("PRPA_IN201311UV02_Response", "PRPA_IN201312UV02"),
        "not created": ("PRPA_IN201311UV02_Response", "PRPA_IN201313UV02"),
        "changed": ("PRPA_IN201314UV02_Response", "PRPA_IN201315UV02"),
        "not closed": ("PRPA_IN201314UV02_Response", "PRPA_IN201316UV02"),
    }
    for name, (outer, inner) in wrapped.items():
        root = etree.fromstring(ANSWERS[name])
        assert root.tag == f"{{asip:ci-sis:gdp:2010}}{outer}"
        assert [child.tag for child in root] == [f"{{urn:hl7-org:v3}}{inner}"]
    assert value(ANSWERS["closed now"], "//h:patient/h:statusCode/@code") == ["terminated"]


def test_refusal_tells_nothing_of_the_person() -> None:
    """What was refused is not said again."""
    person = a_person()
    request = registration.read_registration(parse(a_registration(PATIENT, "CREA_RD", person)))
    answer = body(
        registration.write_registration_response(RegistrationResponse(request=request, stamp=STAMP, problems=PROBLEMS))
    )
    assert person.birth_family.encode() not in answer


@pytest.mark.parametrize(
    "message",
    [
        a_question(PATIENT, "CREA_RD"),
        a_question(PATIENT, ""),
        a_registration(PATIENT, "TEST_EXST"),
        a_registration(PATIENT, "FERM").replace(b"201314", b"201302"),
        a_search("").replace(b"201305", b"201306"),
    ],
    ids=["question that creates", "no reason", "revision that asks", "another message", "an answer"],
)
def test_message_of_another_kind_is_refused(message: bytes) -> None:
    readers = (
        demographics.read_demographics_query,
        registration.read_registration,
        candidates.read_candidates_query,
    )
    for read in readers:
        with pytest.raises(WrongBody):
            read(parse(message))


def test_message_with_nothing_inside_is_read_and_left_to_the_judges() -> None:
    whole = '<{0} xmlns="urn:hl7-org:v3"><controlActProcess><reasonCode code="{1}"/></controlActProcess></{0}>'
    empty = whole.format("PRPA_IN201314UV02", "FERM").encode()
    assert registration.read_registration(parse(empty)).patient is None
    question = whole.format("PRPA_IN201307UV02", "TEST_EXST").encode()
    assert demographics.read_demographics_query(parse(question)).patient is None
    search = b'<PRPA_IN201305UV02 xmlns="urn:hl7-org:v3"/>'
    assert candidates.read_candidates_query(parse(search)).search == Search()


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("<family>A</family><given>B</given>", Person(birth_family="A", given="B")),
        ('<family qualifier="SP">A</family><given>B</given>', Person(used_family="A", given="B")),
        (
            '<family qualifier="BR">A</family><family qualifier="CL">C</family><given qualifier="BR">B</given>'
            '<given>B D</given><given qualifier="CL">D</given>',
            Person(birth_family="A", used_family="C", given="B", given_names="B D", used_given="D"),
        ),
        ("", Person()),
    ],
)
def test_names_are_told_apart_by_their_qualifiers(name: str, person: Person) -> None:
    """[RNIV; CI-SIS SM 3.5.5.12]"""
    element = parse(f'<patientPerson xmlns="urn:hl7-org:v3"><name>{name}</name></patientPerson>'.encode())
    assert read_person(element) == (person, False)


def test_representatives_are_taken_out_by_a_negated_relationship() -> None:
    """[HL7 v3: PersonalRelationship]"""
    negated = b'<personalRelationship negationInd="true"><code code="MTH"/></personalRelationship>'
    nil = b'<personalRelationship xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
    for inside, lists in ((negated, True), (nil, False)):
        element = parse(b'<patientPerson xmlns="urn:hl7-org:v3"><name/>' + inside + b"</patientPerson>")
        assert read_person(element) == (Person(), lists)


words = texts.map(str.strip)
some = words.filter(bool)
addresses = st.builds(Address, st.lists(some, max_size=3).map(tuple), words, words, words, words).map(
    lambda address: address if any(address) else None
)
telecoms = st.lists(st.builds(Telecom, some, st.sampled_from(("", "HP", "MC"))), max_size=3).map(tuple)
representatives = st.builds(
    Representative,
    relationship=st.sampled_from(("MTH", "FTH", "TUTEUR")),
    system=st.sampled_from(("", "2.16.840.1.113883.5.111")),
    family=some,
    given=words,
    civility=words,
    address=addresses,
    telecoms=telecoms,
)
persons = st.builds(
    Person,
    birth_family=words,
    used_family=words,
    given=some,
    given_names=words,
    used_given=words,
    civility=words,
    sex=st.sampled_from(("", "M", "F", "UN")),
    birth_date=st.text(string.digits, min_size=8, max_size=8),
    birthplace=words,
    birth_town=words,
    address=addresses,
    telecoms=telecoms,
    representatives=st.lists(representatives, max_size=2).map(tuple),
)


@given(person=persons)
def test_person_written_reads_as_the_same(person: Person) -> None:
    """On the wire, and in a column."""
    written = f'<patientPerson xmlns="urn:hl7-org:v3">{writing.write_person(person)}</patientPerson>'
    assert read_person(parse(written.encode())) == (person, bool(person.representatives))
    assert people.read_person(people.write_person(person)) == person
