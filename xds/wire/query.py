"""[ITI-18] AdhocQueryRequest and AdhocQueryResponse. [ITI TF-2: 3.18.4.1]"""

from __future__ import annotations

from typing import NamedTuple

from lxml.etree import _Element

from safexml.namespaces import QUERY, RIM, RS, qname
from xds import ebrim
from xds.errors import ErrorList
from xds.markup import escaped, joined
from xds.messages import AdhocQueryRequest, AdhocQueryResponse
from xds.metadata import Submission
from xds.vocabulary import ResponseStatus, ReturnType
from xds.wire import expect
from xds.wire.response import error_list, read_errors
from xds.wire.submission import OBJECT_REF, REGISTRY_OBJECT_LIST, read_objects

ADHOC_QUERY_REQUEST = qname(QUERY, "AdhocQueryRequest")
ADHOC_QUERY_RESPONSE = qname(QUERY, "AdhocQueryResponse")
RESPONSE_OPTION = qname(QUERY, "ResponseOption")
ADHOC_QUERY = qname(RIM, "AdhocQuery")
SLOT = qname(RIM, "Slot")

_RETURN_TYPES = {str(kind): kind for kind in ReturnType}
_STATUSES = {str(status): status for status in ResponseStatus}
_RESPONSE_START = {
    status: f'<query:AdhocQueryResponse xmlns:query="{QUERY}" xmlns:rim="{RIM}" xmlns:rs="{RS}" status="{status}">'
    for status in ResponseStatus
}
_LIST_START = b"<rim:RegistryObjectList>"
_RESPONSE_END = b"</rim:RegistryObjectList></query:AdhocQueryResponse>"


class QueryAnswer(NamedTuple):
    """A stored query's answer as a consumer reads it: objects as values, or references to them."""

    status: ResponseStatus
    errors: ErrorList
    objects: Submission
    object_refs: tuple[str, ...]


def read_query(element: _Element) -> AdhocQueryRequest:
    """A stored query as it was asked; what is missing is empty. Raises WrongBody. [ITI TF-2: 3.18.4.1.2]"""
    expect(element, ADHOC_QUERY_REQUEST)
    option, query = element.find(RESPONSE_OPTION), element.find(ADHOC_QUERY)
    return_type = "" if option is None else option.get("returnType", "")
    parameters: dict[str, tuple[tuple[str, ...], ...]] = {}
    for slot in () if query is None else query.iterchildren(SLOT):
        name = slot.get("name", "")
        parameters[name] = (*parameters.get(name, ()), tuple(ebrim.read_values(slot)))
    return AdhocQueryRequest(
        query_id="" if query is None else query.get("id", ""),
        return_type=_RETURN_TYPES.get(return_type, return_type),
        parameters=parameters,
        home=None if query is None else query.get("home"),
    )


def write_query(request: AdhocQueryRequest) -> list[bytes]:
    """A stored query as a consumer asks it. [ITI TF-2: 3.18.4.1.2]"""
    home = ebrim.home_attribute(request.home) if request.home else ""
    pieces = [
        f'<query:AdhocQueryRequest xmlns:query="{QUERY}" xmlns:rim="{RIM}">'
        f'<query:ResponseOption returnComposedObjects="true" returnType="{escaped(request.return_type)}"/>'
        f'<rim:AdhocQuery id="{escaped(request.query_id)}"{home}>'
    ]
    for name, slots in request.parameters.items():
        for values in slots:
            told = "".join(f"<rim:Value>{escaped(value)}</rim:Value>" for value in values)
            pieces.append(f'<rim:Slot name="{escaped(name)}"><rim:ValueList>{told}</rim:ValueList></rim:Slot>')
    pieces.append("</rim:AdhocQuery></query:AdhocQueryRequest>")
    return [joined(pieces)]


def write_query_response(response: AdhocQueryResponse) -> list[bytes]:
    """The answer, spliced from objects written already; a failure shows none of them. [ITI TF-2: 3.18.4.1.2.7]"""
    status = response.status
    start = joined([_RESPONSE_START[status], *error_list(response.errors)])
    objects = () if status is ResponseStatus.FAILURE else response.objects
    return [start, _LIST_START, *objects, _RESPONSE_END]


def write_object_ref(entry_uuid: str, home: str | None = None) -> bytes:
    """A reference to an object, for answers of type ObjectRef. [ITI TF-2: 3.18.4.1.2.6]"""
    told = ebrim.home_attribute(home) if home else ""
    return f'<rim:ObjectRef id="{escaped(entry_uuid)}"{told}/>'.encode()


def read_query_response(element: _Element) -> QueryAnswer:
    """What a registry has answered, also without the list that the schema wants. Raises WrongBody."""
    expect(element, ADHOC_QUERY_RESPONSE)
    objects = element.find(REGISTRY_OBJECT_LIST)
    return QueryAnswer(
        status=_STATUSES.get(element.get("status", ""), ResponseStatus.FAILURE),
        errors=read_errors(element),
        objects=Submission() if objects is None else read_objects(objects),
        object_refs=() if objects is None else tuple(ref.get("id", "") for ref in objects.iterchildren(OBJECT_REF)),
    )
