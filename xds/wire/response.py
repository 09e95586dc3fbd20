"""rs:RegistryResponse and its RegistryErrorList. [ITI TF-3: 4.2.4]"""

from __future__ import annotations

from lxml.etree import _Element

from safexml.namespaces import RS, qname
from xds import errors
from xds.errors import ErrorList, RegistryError
from xds.markup import escaped, joined
from xds.messages import RegistryResponse
from xds.vocabulary import ResponseStatus, Severity
from xds.wire import expect

REGISTRY_RESPONSE = qname(RS, "RegistryResponse")
REGISTRY_ERROR_LIST = qname(RS, "RegistryErrorList")
REGISTRY_ERROR = qname(RS, "RegistryError")


def write_response(response: RegistryResponse) -> list[bytes]:
    """The answer of a transaction that writes. [ITI TF-3: 4.2.4.2]"""
    return [write_status(response.status, response.errors)]


def write_status(status: ResponseStatus, found: ErrorList) -> bytes:
    """A RegistryResponse of that status with those errors. [ITI TF-3: 4.2.4.2]"""
    start = f'<rs:RegistryResponse xmlns:rs="{RS}" status="{status}"'
    return joined([start, ">", *error_list(found), "</rs:RegistryResponse>"] if found else [start, "/>"])


def error_list(found: ErrorList) -> list[str]:
    """The RegistryErrorList of errors and warnings, nothing if there are none. [ITI TF-3: 4.2.4.1]"""
    if not found:
        return []
    pieces = [f'<rs:RegistryErrorList highestSeverity="{found.highest_severity}">']
    for error in found:
        location = f' location="{escaped(error.location)}"' if error.location else ""
        pieces.append(
            f'<rs:RegistryError errorCode="{escaped(error.row.code)}" codeContext="{escaped(error.code_context)}"'
            f'{location} severity="{error.severity}"/>'
        )
    pieces.append("</rs:RegistryErrorList>")
    return pieces


def read_response(element: _Element) -> RegistryResponse:
    """What a registry or repository has answered. Raises WrongBody. [ITI TF-3: 4.2.4.2]

    A failure that tells no error is given one, so that it is not taken for success.
    """
    expect(element, REGISTRY_RESPONSE)
    return RegistryResponse(read_errors(element))


def read_errors(element: _Element) -> ErrorList:
    """Errors and warnings of a response of any kind; see ``read_response`` for a failure without error."""
    found = ErrorList(
        _read_error(error)
        for listed in element.iterchildren(REGISTRY_ERROR_LIST)
        for error in listed.iterchildren(REGISTRY_ERROR)
    )
    status = element.get("status", "")
    if status in (ResponseStatus.SUCCESS, ResponseStatus.PARTIAL_SUCCESS) or found.has_errors:
        return found
    context = f"the answer has status {errors.shown(status)} and tells no error"
    return ErrorList((*found, errors.error(errors.XDSRegistryError, context)))


def _read_error(element: _Element) -> RegistryError:
    code = element.get("errorCode", "").rpartition(":")[2]  # some servers write a namespace before it
    severity = Severity.WARNING if element.get("severity") == Severity.WARNING else Severity.ERROR
    row = errors.find(code) or errors.foreign(code)
    return RegistryError(row, element.get("codeContext", ""), element.get("location", ""), severity)
