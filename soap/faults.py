"""SOAP faults: one table of causes, and the two ways in which a message can fail to be an envelope.

A cause fixes code, subcodes and words; the case at hand fills in the words. Words never quote what a message carries,
only its headers and its packaging. Nothing here knows what is done with a message.

[SOAP 1.2-1: 5.4] faults; [SOAP 1.2-2: 7.5.2] their HTTP status; [WS-Addressing SOAP Binding: 6] addressing faults.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml import etree

    from soap.addressing import Addressing


_SENTENCE = 300  # characters


class Code(StrEnum):
    """The fault codes of SOAP 1.2 that we say. [SOAP 1.2-1: 5.4.6]"""

    SENDER = "Sender"
    RECEIVER = "Receiver"
    MUST_UNDERSTAND = "MustUnderstand"
    VERSION_MISMATCH = "VersionMismatch"


class NotSOAP(Exception):
    """The request cannot be answered by an envelope: it is none. The answer is a bare HTTP status and a sentence."""

    def __init__(self, http_status: int, reason: str) -> None:
        super().__init__(reason)
        self.http_status = http_status
        self.reason = reason


class SOAPFault(Exception):
    """The envelope cannot be understood, or its sender is not served; told as a SOAP 1.2 Fault.

    ``subcode`` and ``subsubcode`` are qualified names with one of the prefixes that the written fault declares (``wsa``,
    ``soap``). ``detail`` and ``headers`` are XML ready to be spliced in. ``addressing`` is what was read of the faulty
    message, so that the fault can say which message it answers.
    """

    def __init__(
        self,
        code: Code,
        reason: str,
        *,
        subcode: str = "",
        subsubcode: str = "",
        reason_fr: str = "",
        detail: bytes = b"",
        headers: bytes = b"",
        addressing: Addressing | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.subcode = subcode
        self.subsubcode = subsubcode
        self.reason = reason
        self.reason_fr = reason_fr
        self.detail = detail
        self.headers = headers
        self.addressing = addressing

    @property
    def http_status(self) -> int:
        """400 where the sender is at fault, else 500. [SOAP 1.2-2: 7.5.2.2, Table 20]"""
        return 400 if self.code is Code.SENDER else 500

    @property
    def message_id(self) -> str | None:
        """The MessageID of the faulty message, where it could be read."""
        return self.addressing.message_id if self.addressing is not None else None


class ReceivedFault(Exception):
    """The partner answered with a Fault: what it says, its names in our prefixes where we know the namespace."""

    def __init__(
        self, code: str, subcodes: tuple[str, ...], reason: str, detail: etree._Element | None, addressing: Addressing
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.subcodes = subcodes
        self.reason = reason
        self.detail = detail
        self.addressing = addressing


class Cause(NamedTuple):
    """A row of the table: what is said when this is what went wrong; ``{seen}`` stands for the case at hand."""

    code: Code
    subcode: str
    subsubcode: str
    reason: str
    reason_fr: str
    clause: str

    def fault(self, seen: object = "", *, detail: bytes = b"", headers: bytes = b"") -> SOAPFault:
        """The fault to raise, its sentences filled in with what was seen, shortened where a stranger made it long."""
        seen = shortened(str(seen))
        return SOAPFault(
            self.code,
            self.reason.format(seen=seen),
            subcode=self.subcode,
            subsubcode=self.subsubcode,
            reason_fr=self.reason_fr.format(seen=seen),
            detail=detail,
            headers=headers,
        )


def shortened(text: str) -> str:
    """What a stranger sent, short enough for a sentence."""
    return text if len(text) <= _SENTENCE else text[:_SENTENCE] + "…"


def _sender(reason: str, reason_fr: str, clause: str) -> Cause:
    return Cause(Code.SENDER, "", "", reason, reason_fr, clause)


def _addressing(subcode: str, subsubcode: str, reason: str, reason_fr: str, clause: str) -> Cause:
    return Cause(Code.SENDER, subcode, subsubcode, reason, reason_fr, clause)


# The package.
NO_BOUNDARY = _sender(
    "multipart/related without a usable boundary parameter in its Content-Type",
    "multipart/related sans paramètre boundary utilisable dans son Content-Type",
    "RFC 2046: 5.1.1",
)
NO_PARTS = _sender(
    "the body of the message holds no MIME part: the boundary announced in Content-Type does not occur",
    "le corps du message ne contient aucune partie MIME : le boundary annoncé dans Content-Type n'y figure pas",
    "RFC 2046: 5.1.1",
)
TRUNCATED = _sender(
    "the multipart message ends before its closing boundary, in part {seen}: it was cut, send it again",
    "le message multipart s'arrête avant son boundary final, dans la partie {seen} : il a été coupé, renvoyez-le",
    "RFC 2046: 5.1.1",
)
MALFORMED_PART_HEADER = _sender(
    "the MIME headers of part {seen} cannot be read",
    "les en-têtes MIME de la partie {seen} sont illisibles",
    "RFC 2045: 3",
)
PART_HEADERS_TOO_LONG = _sender(
    "the MIME headers of part {seen} are longer than this service reads",
    "les en-têtes MIME de la partie {seen} dépassent ce que ce service lit",
    "RFC 2045: 3",
)
TOO_MANY_PARTS = _sender(
    "the multipart message has more than {seen} parts",
    "le message multipart a plus de {seen} parties",
    "RFC 2046: 5.1.1",
)
DUPLICATE_CONTENT_ID = _sender(
    "two MIME parts bear the Content-ID {seen}",
    "deux parties MIME portent le Content-ID {seen}",
    "RFC 2045: 7",
)
UNKNOWN_TRANSFER_ENCODING = _sender(
    "the Content-Transfer-Encoding of part {seen} is none of binary, 8bit, 7bit, base64, quoted-printable",
    "le Content-Transfer-Encoding de la partie {seen} n'est ni binary, ni 8bit, 7bit, base64 ou quoted-printable",
    "RFC 2045: 6.1",
)
BROKEN_BASE64_PART = _sender(
    "part {seen} says Content-Transfer-Encoding: base64 and is not valid base64",
    "la partie {seen} annonce Content-Transfer-Encoding: base64 et n'est pas du base64 valide",
    "RFC 2045: 6.8",
)
NO_ROOT_PART = _sender(
    "no MIME part bears the Content-ID {seen} that the start parameter names",
    "aucune partie MIME ne porte le Content-ID {seen} que nomme le paramètre start",
    "RFC 2387: 3.2",
)

# The envelope.
HOSTILE_XML = _sender(
    "the envelope cannot be read: {seen}",
    "l'enveloppe est illisible : {seen}",
    "SOAP 1.2-1: 5",
)
NOT_AN_ENVELOPE = Cause(
    Code.VERSION_MISMATCH,
    "",
    "",
    "the root element is {seen}, not the Envelope of SOAP 1.2 (http://www.w3.org/2003/05/soap-envelope)",
    "l'élément racine est {seen} et non l'Envelope de SOAP 1.2 (http://www.w3.org/2003/05/soap-envelope)",
    "SOAP 1.2-1: 5.4.7",
)
ENVELOPE_CHILDREN = _sender(
    "an Envelope holds at most one Header and then exactly one Body; found {seen}",
    "une Envelope contient au plus un Header puis exactement un Body ; trouvé : {seen}",
    "SOAP 1.2-1: 5.1",
)
EMPTY_BODY = _sender(
    "the Body is empty; it should hold the one element of the message",
    "le Body est vide ; il devrait contenir l'unique élément du message",
    "SOAP 1.2-1: 5.3",
)
CROWDED_BODY = _sender(
    "the Body holds {seen} elements; it should hold the one element of the message",
    "le Body contient {seen} éléments ; il devrait contenir l'unique élément du message",
    "SOAP 1.2-1: 5.3",
)
TOO_MANY_HEADERS = _sender(
    "the Header holds more than {seen} blocks",
    "le Header contient plus de {seen} blocs",
    "SOAP 1.2-1: 5.2",
)
BAD_MUST_UNDERSTAND = _sender(
    "mustUnderstand of the header {seen} is neither true, false, 1 nor 0",
    "mustUnderstand de l'en-tête {seen} ne vaut ni true, ni false, ni 1, ni 0",
    "SOAP 1.2-1: 5.2.3",
)
NOT_UNDERSTOOD = Cause(
    Code.MUST_UNDERSTAND,
    "",
    "",
    "a header that must be understood is not: {seen}",
    "un en-tête qui doit être compris ne l'est pas : {seen}",
    "SOAP 1.2-1: 5.4.8",
)
TWO_SECURITY_HEADERS = _sender(
    "two wsse:Security headers are meant for this service",
    "deux en-têtes wsse:Security sont destinés à ce service",
    "WS-Security SOAP Message Security 1.1: 5",
)
BODY_NOT_EXPECTED = _sender(
    "the element in the Body is not the one of the action: {seen}",
    "l'élément du Body n'est pas celui de l'action : {seen}",
    "SOAP 1.2-1: 5.4.6",
)

# Addressing.
HEADER_REQUIRED = _addressing(
    "wsa:MessageAddressingHeaderRequired",
    "",
    "the addressing header {seen} is missing or empty",
    "l'en-tête d'adressage {seen} est absent ou vide",
    "WS-Addressing SOAP Binding: 6.4.2",
)
HEADER_TWICE = _addressing(
    "wsa:InvalidAddressingHeader",
    "wsa:InvalidCardinality",
    "the addressing header {seen} occurs more than once",
    "l'en-tête d'adressage {seen} figure plus d'une fois",
    "WS-Addressing SOAP Binding: 6.4.1.3",
)
NO_ADDRESS = _addressing(
    "wsa:InvalidAddressingHeader",
    "wsa:MissingAddressInEPR",
    "the addressing header {seen} holds no wsa:Address",
    "l'en-tête d'adressage {seen} ne contient pas de wsa:Address",
    "WS-Addressing SOAP Binding: 6.4.1.4",
)
ONLY_ANONYMOUS = _addressing(
    "wsa:InvalidAddressingHeader",
    "wsa:OnlyAnonymousAddressSupported",
    "{seen} is not the anonymous address; this service answers on the connection of the request, and nowhere else",
    "{seen} n'est pas l'adresse anonyme ; ce service répond sur la connexion de la requête, et nulle part ailleurs",
    "WS-Addressing SOAP Binding: 6.4.1",
)
ACTION_NOT_SUPPORTED = _addressing(
    "wsa:ActionNotSupported",
    "",
    "the action {seen} is not served at this address",
    "l'action {seen} n'est pas servie à cette adresse",
    "WS-Addressing SOAP Binding: 6.4.4",
)
ACTION_MISMATCH = _addressing(
    "wsa:InvalidAddressingHeader",
    "wsa:ActionMismatch",
    "wsa:Action does not agree with the element in the Body: {seen}",
    "wsa:Action ne s'accorde pas avec l'élément du Body : {seen}",
    "WS-Addressing SOAP Binding: 6.4.1.6",
)

# Ourselves.
INTERNAL = Cause(
    Code.RECEIVER,
    "",
    "",
    "the service failed; nothing was changed. Incident {seen}",
    "le service a échoué ; rien n'a été modifié. Incident {seen}",
    "SOAP 1.2-1: 5.4.6",
)
UNDECIDED = Cause(
    Code.RECEIVER,
    "",
    "",
    "the service failed while keeping this request; look whether it was done before sending it again. Incident {seen}",
    "le service a échoué en enregistrant cette requête ; vérifiez si elle a abouti avant de la renvoyer. Incident {seen}",
    "SOAP 1.2-1: 5.4.6",
)
UNAVAILABLE = Cause(
    Code.RECEIVER,
    "wsa:EndpointUnavailable",
    "",
    "the service cannot take this request now; send it again later. {seen}",
    "le service ne peut pas prendre cette requête maintenant ; renvoyez-la plus tard. {seen}",
    "WS-Addressing SOAP Binding: 6.4.5",
)


def table() -> dict[str, Cause]:
    """Every cause by its name, in the order above."""
    return {name: value for name, value in globals().items() if isinstance(value, Cause)}
