"""A row of the server's table: four functions, and what is said when they break. [ITI TF-1: 10.2]"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from lxml import etree

from server.metrics import Outcome
from server.visit import Visit
from soap.mtom import Attachment, Package
from xds.errors import ErrorList
from xds.transactions import Transaction

Request = TypeVar("Request")
Response = TypeVar("Response")


class Written(NamedTuple):
    """The element of a response's Body in pieces, and the binary parts that it refers to."""

    body: Sequence[bytes]
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Route(Generic[Request, Response]):
    """A row. ``outcome`` tells how a response ended. ``refuse`` makes the transaction's own response of errors that no rule gave;
    without it a SOAP fault says them."""

    transaction: Transaction
    read: Callable[[etree._Element, Package], Request]
    act: Callable[[Request, Visit], Response]
    write: Callable[[Response], Written]
    outcome: Callable[[Response], Outcome]
    refuse: Callable[[ErrorList], Response] | None = None
