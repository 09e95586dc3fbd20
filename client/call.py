"""One SOAP exchange over HTTP or HTTPS, from values to values. Knows no verb and no transaction's content.

A connection is kept and used again. A request is sent once and never again by itself: whether it may be repeated is known to
whoever made it. [ITI TF-2: Appendix V; ITI TF-2: 3.19]
"""

from __future__ import annotations

import select
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, RemoteDisconnected
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit
from uuid import uuid4

from client.voucher import Voucher
from soap import envelope, mtom
from soap.envelope import Envelope
from soap.faults import NotSOAP, ReceivedFault, SOAPFault
from soap.limits import LIMITS
from xds.hl7v2 import CX
from xds.transactions import Packaging, Transaction

ASSERTION_FAULTS = frozenset(
    {
        *("wsse:InvalidSecurityToken", "wsse:FailedAuthentication", "wsse:FailedCheck", "wsse:InvalidSecurity"),
        *("wsse:MessageExpired", "soap:DMPInvalidCertificate"),
    }
)
"""Faults by which an assertion is refused. [WS-Security 1.1: 12; DMP: TD0.1]"""

TIMEOUT = 120.0
"""Seconds of silence after which a service counts as unreachable: a large lot on a slow disk takes some ten."""


class ServiceError(Exception):
    """The exchange failed; the text is a sentence that says what to do."""


class ServiceUnreachable(ServiceError):
    """Nothing answers at that address, or not in time, or TLS is refused."""


class ServiceFault(ServiceError):
    """The service answered with a SOAP Fault; one about the assertion says whether we had sent any."""

    def __init__(self, fault: ReceivedFault, *, is_vouched: bool) -> None:
        kind = fault.subcodes[-1] if fault.subcodes else fault.code
        if kind not in ASSERTION_FAULTS:
            sentence = f"the service refused the message ({kind}): {fault.reason}"
        elif is_vouched:
            sentence = f"the service does not believe the assertion ({kind}): {fault.reason}"
        else:
            sentence = (
                "the service wants to know who asks, and no key was found that vouches for anybody; set COFFRE_PKI to the folder "
                f"of keys, as `coffre pki init` makes one ({kind}: {fault.reason})"
            )
        super().__init__(sentence)
        self.code = fault.code
        self.subcodes = fault.subcodes
        self.reason = fault.reason


class UnexpectedAnswer(ServiceError):
    """What answered is no such service, or speaks another dialect."""


@dataclass(frozen=True, slots=True)
class TLSFiles:
    """PEM files of a client: who vouches for servers, and its own certificate with its key."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or 1.3 that checks the server, and shows our certificate if there is one. [ITI TF-2: 3.19.6]"""
        context = ssl.create_default_context(cafile=str(self.authority) if self.authority else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


class Address(NamedTuple):
    """Where a service is; its endpoints stand under ``path``."""

    is_secure: bool
    host: str
    port: int | None
    path: str


def parse_address(url: str) -> Address:
    """The base URL of a service. *Raises* ServiceUnreachable."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ServiceUnreachable(f"{url!r} is not the address of a service; give one like http://127.0.0.1:8080.")
    return Address(parts.scheme == "https", parts.hostname, port, parts.path.rstrip("/"))


class Service:
    """The endpoints of one service under one base URL, over one connection; a context manager that closes it."""

    def __init__(
        self, url: str, tls: TLSFiles | None = None, timeout: float = TIMEOUT, voucher: Voucher | None = None
    ) -> None:
        address = parse_address(url)
        self.url = url.rstrip("/")
        self._path = address.path
        self.voucher = voucher
        self._connection = self._open(address, tls or TLSFiles(), timeout)

    def _open(self, address: Address, tls: TLSFiles, timeout: float) -> HTTPConnection:
        if not address.is_secure:
            return HTTPConnection(address.host, address.port, timeout=timeout)
        try:
            return HTTPSConnection(address.host, address.port, timeout=timeout, context=tls.context())
        except (OSError, ssl.SSLError) as error:
            raise ServiceUnreachable(
                f"the certificates for {self.url} cannot be used ({error}); COFFRE_PKI names their folder."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; the next call opens another."""
        self._connection.close()

    def endpoint(self, transaction: Transaction) -> str:
        """The address that answers a transaction."""
        return f"{self.url}/services/{transaction.actor}"

    def call(
        self,
        transaction: Transaction,
        body: Sequence[bytes],
        attachments: Sequence[mtom.Attachment] = (),
        *,
        patient: CX | None = None,
    ) -> Envelope:
        """Sends one request and reads its answer; ``patient``: whom its assertion is about.

        *Raises* ServiceUnreachable, ServiceFault, UnexpectedAnswer.
        """
        message_id = f"urn:uuid:{uuid4()}"
        address = self.endpoint(transaction)
        about = (patient.id_number, patient.authority) if patient else None
        vouched = self.voucher.header(about) if self.voucher else b""
        message = envelope.write_request(transaction.request_action, message_id, address, body, vouched)
        pieces: list[bytes | mtom.Streamed] = list(message)
        content_type = mtom.SIMPLE
        if transaction.packaging is Packaging.MTOM:
            content_type, pieces = mtom.pack(message, attachments, lambda: str(uuid4()))
        status, answer_type, answer = self._exchange(f"{self._path}/services/{transaction.actor}", content_type, pieces)
        try:
            found = envelope.read_answer(mtom.unpack(answer_type, answer))
        except ReceivedFault as fault:
            raise ServiceFault(fault, is_vouched=self.voucher is not None) from fault
        except (NotSOAP, SOAPFault) as error:
            raise UnexpectedAnswer(
                f"{address} answered HTTP {status} and no SOAP 1.2; is the address right?"
            ) from error
        if found.addressing.relates_to not in (None, message_id):
            raise UnexpectedAnswer(f"{address} answered another message than the one it was sent.")
        return found

    def _exchange(self, path: str, content_type: str, pieces: list[bytes | mtom.Streamed]) -> tuple[int, str, bytes]:
        headers = {"Content-Type": content_type, "Content-Length": str(mtom.size_of(pieces))}
        try:
            self._forget_if_closed()
            self._connection.request("POST", path, mtom.chunks_of(pieces), headers)
            with self._connection.getresponse() as response:
                return response.status, response.headers.get("Content-Type", ""), self._read(response)
        except (OSError, HTTPException) as error:
            self.close()
            raise ServiceUnreachable(self._told(error)) from error

    def _forget_if_closed(self) -> None:
        """A kept connection that the server has closed meanwhile is readable at once; a new one takes its place."""
        sock = self._connection.sock
        if sock is None:
            return
        with suppress(OSError, ValueError):
            if not select.select([sock], [], [], 0)[0]:
                return
        self.close()

    def _read(self, response: HTTPResponse) -> bytes:
        content = response.read(LIMITS.body_size + 1)
        if len(content) > LIMITS.body_size:
            raise UnexpectedAnswer(f"the answer of {self.url} has more than {LIMITS.body_size} bytes.")
        return content

    def _told(self, error: Exception) -> str:
        if isinstance(error, ssl.SSLError):
            return f"{self.url} and we cannot agree on TLS ({error}); COFFRE_PKI names the folder of certificates."
        if isinstance(error, RemoteDisconnected | ConnectionResetError):
            hint = (
                "it may demand a client certificate, COFFRE_PKI names the folder"
                if self.url.startswith("https:")
                else "if it speaks HTTPS, give an https:// URL"
            )
            return f"{self.url} closed the connection without an answer; {hint}."
        if isinstance(error, TimeoutError):
            return f"{self.url} did not answer in time; look at its log, or try again."
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        return f"{self.url} cannot be reached ({why}); start it with `coffre serve`, or give another --url."
