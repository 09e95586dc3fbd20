"""A client of a registry elsewhere: ITI-42 and ITI-18 over one kept connection. [ITI TF-2: 3.42, 3.18]

Tells apart what a writer must know: whether a request may have reached the registry (``OutcomeUnknown``) or cannot have
(``NotSent``). Nothing is ever sent twice.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TypeVar
from urllib.parse import urlsplit

from lxml import etree

from soap import envelope, mtom
from soap.faults import NotSOAP, ReceivedFault, SOAPFault
from xds import identifiers
from xds.messages import AdhocQueryRequest, RegisterDocumentSet, RegistryResponse
from xds.transactions import ITI_18, ITI_42, Transaction
from xds.wire import WrongBody
from xds.wire.query import QueryAnswer, read_query_response, write_query
from xds.wire.response import read_response
from xds.wire.submission import write_submission

T = TypeVar("T")

CONNECT_SECONDS = 10
ANSWER_SECONDS = 60
"""Registering takes milliseconds; a registry that needs a minute is in trouble, and our own client is waiting."""

ANSWER_BYTES_MAX = 64 * 1024 * 1024


class NotSent(Exception):
    """The registry was not reached, or refused the message unread: it has done nothing."""


class OutcomeUnknown(Exception):
    """The request was sent and no answer came that says what was done."""


class RegistryClient:
    """A registry by the URL of its endpoint. One exchange at a time."""

    def __init__(self, url: str, context: ssl.SSLContext | None) -> None:
        parts = urlsplit(url)
        self._url = url
        self._path = parts.path or "/"
        host = parts.hostname or ""
        self._connection = (
            HTTPSConnection(host, parts.port, timeout=CONNECT_SECONDS, context=context)
            if parts.scheme == "https"
            else HTTPConnection(host, parts.port, timeout=CONNECT_SECONDS)
        )
        self._lock = threading.Lock()

    def register(self, request: RegisterDocumentSet) -> RegistryResponse:
        """[ITI-42] *Raises* NotSent, OutcomeUnknown."""
        return self._call(ITI_42, write_submission(request.submission), read_response)

    def query(self, request: AdhocQueryRequest) -> QueryAnswer:
        """[ITI-18] *Raises* NotSent, OutcomeUnknown."""
        return self._call(ITI_18, write_query(request), read_query_response)

    def close(self) -> None:
        """Closes the connection; the next call opens another."""
        self._connection.close()

    def _call(self, transaction: Transaction, body: Sequence[bytes], read: Callable[[etree._Element], T]) -> T:
        message_id = identifiers.fresh_uuid()
        message = b"".join(envelope.write_request(transaction.request_action, message_id, self._url, body))
        with self._lock:
            status, content_type, answer = self._exchange(message)
        if 400 <= status < 500 and "xml" not in content_type:
            raise NotSent(f"HTTP {status}")
        try:
            found = envelope.read_answer(mtom.unpack(content_type, answer))
            if found.addressing.relates_to not in (None, message_id):
                raise OutcomeUnknown("the answer is to another message")
            return read(found.body)
        except ReceivedFault as fault:
            # A Receiver fault may come after the work was done; any other says that the message was not taken up.
            raise (OutcomeUnknown if fault.code == "Receiver" else NotSent)(f"SOAP fault {fault.code}") from fault
        except (NotSOAP, SOAPFault, WrongBody) as error:
            raise OutcomeUnknown(f"HTTP {status} without an answer of {transaction.name}") from error

    def _exchange(self, message: bytes) -> tuple[int, str, bytes]:
        connection = self._connection
        self._connect()
        try:
            connection.request("POST", self._path, message, {"Content-Type": mtom.SIMPLE})
            with connection.getresponse() as response:
                answer = response.read(ANSWER_BYTES_MAX + 1)
                if len(answer) > ANSWER_BYTES_MAX:
                    raise HTTPException("the answer is too large")
                return response.status, response.headers.get("Content-Type", ""), answer
        except (OSError, HTTPException) as error:
            connection.close()
            raise OutcomeUnknown(type(error).__name__) from error

    def _connect(self) -> None:
        """A connection that is open, as far as can be known. *Raises* NotSent."""
        connection = self._connection
        if connection.sock is not None:
            if not select.select([connection.sock], [], [], 0)[0]:
                return
            connection.close()  # readable while nothing is awaited: the other side has closed it
        try:
            connection.timeout = CONNECT_SECONDS
            connection.connect()
            sock: socket.socket = connection.sock
            sock.settimeout(ANSWER_SECONDS)
        except OSError as error:
            connection.close()
            raise NotSent(type(error).__name__) from error
