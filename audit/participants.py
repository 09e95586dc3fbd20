"""Who took part in an event: the person, the system that asked and we who answered. [ITI TF-2: 3.20.7.6, 3.18.5.1; DMP: VIHF]"""

from __future__ import annotations

from typing import Protocol

from audit.circumstances import Circumstances
from audit.line import Line
from audit.message import Coded, Participant

DCM = "DCM"
ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"
"""wsa:ReplyTo of nearly every request. [WS-Addressing 1.0: 2.1]"""

_ACCESS_MODES = "1.2.250.1.213.1.1.4.248"
"""TRE_R248. [ANS]"""


class Told(Protocol):
    """What is known of a request."""

    @property
    def line(self) -> Line: ...

    @property
    def circumstances(self) -> Circumstances: ...

    @property
    def server_address(self) -> str: ...


def dcm(code: str, text: str) -> Coded:
    """A code of DICOM's own list. [DICOM PS3.16: D]"""
    return Coded(code, DCM, text)


_SOURCE, _DESTINATION = dcm("110153", "Source Role ID"), dcm("110152", "Destination Role ID")
_APPLICATION = dcm("110150", "Application")


def requested(told: Told) -> tuple[Participant, ...]:
    """Of a request that brings something or asks something: it goes from them to us."""
    return (_requester(told, _SOURCE), *_person(told.line), _server(told, _DESTINATION))


def given(told: Told) -> tuple[Participant, ...]:
    """Of a retrieval: what it is about goes from us to them."""
    return (_server(told, _SOURCE), _requester(told, _DESTINATION), *_person(told.line))


def application(told: Told) -> Participant:
    """This service by itself."""
    return Participant(_process(told) or "coffre", False, (_APPLICATION,), network_address=told.server_address)


def purposes(line: Line) -> tuple[Coded, ...]:
    """PurposeOfUse, where an access mode is told. [ITI TF-2: 3.20.7.8]"""
    return (Coded(line.access_mode, _ACCESS_MODES, line.access_mode),) if line.access_mode else ()


def _requester(told: Told, role: Coded) -> Participant:
    address = told.line.network_address
    return Participant(told.circumstances.requester or ANONYMOUS, True, (role,), network_address=address)


def _server(told: Told, role: Coded) -> Participant:
    endpoint = told.circumstances.endpoint or "urn:coffre:service"
    return Participant(endpoint, False, (role,), _process(told), network_address=told.server_address)


def _person(line: Line) -> tuple[Participant, ...]:
    """The human requestor: alias (there is none in a VIHF), user and issuer. [ITI TF-2: 3.40.4.2]"""
    if not line.person_id:
        return ()
    code, _, rest = line.profession.partition("^")
    system, _, text = rest.partition("^")
    roles = (Coded(code, system or "ANS", text or code),) if code else ()
    return (Participant(line.person_id, True, roles, name=f"<{line.person_id}@{line.issuer}>"),)


def _process(told: Told) -> str:
    return str(told.circumstances.process_id or "")
