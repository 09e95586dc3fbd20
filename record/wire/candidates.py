"""[TD0.5] PRPA_IN201305UV02 and PRPA_IN201306UV02: who has these traits. [DMP: TD0.5; ITI TF-2: 3.47]"""

from __future__ import annotations

from lxml.etree import _Element

from record.facts import Record, Search
from record.messages import CandidatesQuery, CandidatesResponse, Observation
from record.person import Person
from record.wire import reading, writing
from record.wire.answers import write_acknowledgement
from record.wire.codes import GENDERS, INTERACTIONS
from record.wire.reading import path
from safexml.namespaces import HL7, qname
from xds.markup import escaped, joined
from xds.messages import InstanceIdentifier
from xds.wire import expect

QUERY, ANSWER = "PRPA_IN201305UV02", "PRPA_IN201306UV02"

_BY = path("controlActProcess", "queryByParameter")
_NAME = path("parameterList", "livingSubjectName", "value")
_BIRTH = path("parameterList", "livingSubjectBirthTime", "value")
_SEX = path("parameterList", "livingSubjectAdministrativeGender", "value")
_CITIES = (
    path("parameterList", "patientAddress", "value", "city"),
    path("parameterList", "livingSubjectBirthPlaceAddress", "value", "city"),
)
_FAMILY, _GIVEN = path("family"), path("given")


def read_candidates_query(element: _Element) -> CandidatesQuery:
    """A search by traits. Raises WrongBody."""
    expect(element, qname(HL7, QUERY))
    asked = element.find(_BY)
    search = Search()
    if asked is not None:
        search = Search(
            family=_text(asked.find(f"{_NAME}/{_FAMILY}")),
            given=_text(asked.find(f"{_NAME}/{_GIVEN}")),
            birth_date=_attribute(asked.find(_BIRTH), "value")[:8],
            sex=_attribute(asked.find(_SEX), "code"),
            city=next(filter(None, (_text(asked.find(place)) for place in _CITIES)), ""),
        )
    return CandidatesQuery(
        header=reading.read_header(element),
        search=search,
        query_id=reading.read_id(asked.find(path("queryId")) if asked is not None else None),
    )


def write_candidates_response(response: CandidatesResponse) -> list[bytes]:
    """The people found, and the question again, as PDQ wants it. [ITI TF-2: 3.47.4.2]"""
    query, count = response.query, len(response.records)
    code = "AE" if response.is_refusal else "OK" if count else "NF"
    quantities = (
        ""
        if response.is_refusal
        else (
            f'<resultTotalQuantity value="{count}"/><resultCurrentQuantity value="{count}"/><resultRemainingQuantity value="0"/>'
        )
    )
    return [
        joined(
            [
                writing.message_start(ANSWER, response.stamp, query.header),
                write_acknowledgement(query.header.message_id, response.problems, is_2008=True),
                '<controlActProcess classCode="CACT" moodCode="EVN">'
                f'<code code="PRPA_TE201306UV02" codeSystem="{INTERACTIONS}"/>',
                *(_subject(record, writing.write_custodian(response.stamp)) for record in response.records),
                f'<queryAck>{_query_id(query)}<queryResponseCode code="{code}"/>{quantities}</queryAck>'
                f"{_write_question(query)}</controlActProcess></{ANSWER}>",
            ]
        )
    ]


def _subject(record: Record, custodian: str) -> str:
    person = record.person
    return (
        '<subject typeCode="SUBJ" contextConductionInd="false"><registrationEvent classCode="REG" moodCode="EVN">'
        '<statusCode code="active"/><subject1 typeCode="SBJ"><patient classCode="PAT">'
        f'{writing.write_identities(record.identities)}<statusCode code="active"/>'
        '<patientPerson classCode="PSN" determinerCode="INSTANCE">'
        f"{writing.write_short_person(person)}{_write_town(person)}{writing.write_birthplace(person)}</patientPerson>"
        '<subjectOf1 typeCode="SBJ"><queryMatchObservation classCode="COND" moodCode="EVN"><code code="POURCENTAGE"/>'
        '<value xsi:type="INT" value="100"/></queryMatchObservation></subjectOf1>'
        f"{writing.write_observation(Observation.OPPOSES_REGULATION, record.opposes_regulation, 'subjectOf2')}"
        f"</patient></subject1>{custodian}</registrationEvent></subject>"
    )


def _write_town(person: Person) -> str:
    """Where somebody lives, as far as it takes to tell two people apart."""
    if person.address is None or not (person.address.city or person.address.postal_code):
        return ""
    return writing.write_address(person.address._replace(lines=(), additional="", country=""))


def _write_question(query: CandidatesQuery) -> str:
    """The traits asked for; parameters in the order of the schema. [HL7 v3: PRPA_MT201306UV02]"""
    search = query.search
    family, given = (
        f"<{name}>{escaped(text)}</{name}>" if text else ""
        for name, text in (("family", search.family), ("given", search.given))
    )
    parameters = (
        (
            "livingSubjectAdministrativeGender",
            f'<value code="{escaped(search.sex)}" codeSystem="{GENDERS}"/>' if search.sex else "",
        ),
        ("livingSubjectBirthTime", f'<value value="{escaped(search.birth_date)}"/>' if search.birth_date else ""),
        ("livingSubjectName", f"<value>{family}{given}</value>" if family or given else ""),
        ("patientAddress", f"<value><city>{escaped(search.city)}</city></value>" if search.city else ""),
    )
    written = "".join(
        f"<{name}>{value}<semanticsText>{_SEMANTICS[name]}</semanticsText></{name}>"
        for name, value in parameters
        if value
    )
    return (
        f'<queryByParameter>{_query_id(query)}<statusCode code="new"/>'
        f"<parameterList>{written}</parameterList></queryByParameter>"
    )


_SEMANTICS = {
    "livingSubjectAdministrativeGender": "LivingSubject.administrativeGender",
    "livingSubjectBirthTime": "LivingSubject.birthTime",
    "livingSubjectName": "LivingSubject.name",
    "patientAddress": "Patient.addr",
}


def _query_id(query: CandidatesQuery) -> str:
    identifier: InstanceIdentifier = query.query_id
    return writing.write_id(identifier, "queryId") if identifier.root else ""


def _text(element: _Element | None) -> str:
    return "".join(map(str, element.itertext())).strip() if element is not None else ""


def _attribute(element: _Element | None, name: str) -> str:
    return element.get(name, "") if element is not None else ""
