"""[TD0.2], [TD1.3a] PRPA_IN201307UV02 and PRPA_IN201308UV02: is there a record, and of whom. [DMP: TD0.2, TD1.3a]"""

from __future__ import annotations

from lxml.etree import _Element

from access.mandate import RecordState
from record.facts import Record
from record.messages import DemographicsQuery, DemographicsResponse, Observation, Reason
from record.wire import reading, writing
from record.wire.answers import write_acknowledgement, write_closing
from record.wire.codes import AUTHORISATIONS, KEYWORD_AUTHORISATION, KEYWORD_TREATING
from record.wire.reading import path
from safexml.namespaces import HL7, qname
from xds.markup import joined
from xds.wire import expect

QUERY, ANSWER = "PRPA_IN201307UV02", "PRPA_IN201308UV02"

_QUERY_ID = path("controlActProcess", "queryByParameter", "queryId")
_PATIENT = path("controlActProcess", "queryByParameter", "parameterList", "patientIdentifier", "value")


def read_demographics_query(element: _Element) -> DemographicsQuery:
    """A question about one record. Raises WrongBody."""
    expect(element, qname(HL7, QUERY))
    return DemographicsQuery(
        header=reading.read_header(element),
        reason=reading.read_reason(element, Reason.EXISTENCE, Reason.READ),
        patient=reading.read_identity(element.iterfind(_PATIENT)),
        query_id=reading.read_id(element.find(_QUERY_ID)),
    )


def write_demographics_response(response: DemographicsResponse) -> list[bytes]:
    """The answer; that there is no record is no error of TD0.2: its queryResponseCode is NF."""
    query, record = response.query, response.record
    code = "AE" if response.is_refusal else "OK" if record is not None else "NF"
    closing = write_closing(record.closing) if record is not None else ""
    return [
        joined(
            [
                writing.message_start(ANSWER, response.stamp, query.header),
                _attention_lines(response),
                write_acknowledgement(query.header.message_id, response.problems),
                '<controlActProcess classCode="CACT" moodCode="EVN">',
                writing.reason_code(query.reason),
                _subject(response, record) if record is not None else "",
                closing,
                f"<queryAck>{writing.write_id(query.query_id, 'queryId') if query.query_id.root else ''}"
                f'<queryResponseCode code="{code}"/></queryAck></controlActProcess></{ANSWER}>',
            ]
        )
    ]


def _attention_lines(response: DemographicsResponse) -> str:
    """What the caller is authorised to, said where existence is asked."""
    if response.is_refusal or response.query.reason is not Reason.EXISTENCE:
        return ""
    return (
        f'<attentionLine><keyWordText code="AUTORISATION" codeSystem="{KEYWORD_AUTHORISATION}"/>'
        f'<value xsi:type="CV" code="{response.authorisation}" codeSystem="{AUTHORISATIONS}"/></attentionLine>'
        f'<attentionLine><keyWordText code="STATUT_MT" codeSystem="{KEYWORD_TREATING}"/>'
        f'<value xsi:type="BL" value="{writing.boolean(response.is_treating)}"/></attentionLine>'
    )


def _subject(response: DemographicsResponse, record: Record) -> str:
    is_whole = response.query.reason is Reason.READ
    status = RecordState.ACTIVE if response.state is RecordState.ACTIVE else RecordState.CLOSED
    person = writing.write_person(record.person) if is_whole else writing.write_short_person(record.person)
    told = {Observation.HAS_ACCOUNT: record.has_account, Observation.IS_ATTACHED: record.is_attached}
    if is_whole:
        told = {
            Observation.OPPOSES_BREAK_GLASS: record.opposes_break_glass,
            Observation.OPPOSES_REGULATION: record.opposes_regulation,
            Observation.SHOWS_MASKED: record.shows_masked_in_emergency,
            **told,
        }
    if response.tells_opposition:
        told[Observation.OPPOSES_RECORD] = True
    return (
        '<subject typeCode="SUBJ" contextConductionInd="false"><registrationEvent classCode="REG" moodCode="EVN">'
        '<statusCode code="completed"/><subject1 typeCode="SBJ"><patient classCode="PAT">'
        f'{writing.write_identities(record.identities)}<statusCode code="{status}"/>{_period(record)}'
        f'<patientPerson classCode="PSN" determinerCode="INSTANCE">{person}</patientPerson>'
        + "".join(writing.write_observation(each, value) for each, value in told.items())
        + f"</patient></subject1>{writing.write_custodian(response.stamp)}</registrationEvent></subject>"
    )


def _period(record: Record) -> str:
    """Since when there is a record, and when it was closed."""
    if record.closed_at is None:
        return ""
    low = f'<low value="{record.created_at}"/>' if record.created_at is not None else ""
    return f'<effectiveTime>{low}<high value="{record.closed_at}"/></effectiveTime>'
