"""What a file is, and who judges it: one table from the first bytes, one from the root element. Sends nothing anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from lxml.etree import _Element

from cda import document
from cda.conformance import Conformance
from cda.document import NotCDA
from safexml import namespaces, parser
from safexml.namespaces import HL7, LCM, SAML, SOAP, XDSB, XSL, qname
from server.validation import Check, Note, Text, Verdict
from server.validation_assertion import judge_assertions
from server.validation_clinical import Clinical
from server.validation_message import Messages, find_request
from server.validation_metadata import Metadata
from server.validation_seals import Companion, Seals
from server.validation_xdm import Archives
from signing import dsg, gate
from signing.trust import Trust
from soap.mtom import Package
from xds.domain import AffinityDomain

CLINICAL = Text("clinical document (CDA R2)", "document clinique (CDA R2)")
PRESENTED = Text("clinical document (CDA R2), self-presenting", "document clinique (CDA R2), auto-présentable")
ENVELOPED = Text("clinical document (CDA R2) in its signature", "document clinique (CDA R2) dans sa signature")
SIGNED = Text("signed XML document", "document XML signé")
LOT = Text("signature of a lot", "signature de lot")
REQUEST = Text("SOAP request", "requête SOAP")
PACKED = Text("SOAP request with its packaging", "requête SOAP avec son emballage")
EBRIM = Text("ebRIM request", "requête ebRIM")
ASSERTION = Text("SAML assertion (VIHF)", "assertion SAML (VIHF)")
ARCHIVE = Text("archive of documents (XDM)", "archive de documents (XDM)")
PDF = Text("PDF document", "document PDF")
BROKEN = Text("XML that is not read", "XML non recevable")
UNKNOWN = Text("unknown kind of file", "fichier de nature inconnue")

_RECOGNISED = Text("Kind of file", "Nature du fichier")
_WANTED = Text(
    "Expected a CDA document, a SOAP request, ebRIM, a SAML assertion, an XDM archive, a PDF, or a signed document.",
    "Attendu : un document CDA, une requête SOAP, de l'ebRIM, une assertion SAML, une archive XDM, un PDF ou un document signé.",
)
_ZIP = b"PK\x03\x04"
_PDF = b"%PDF-"
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Found(NamedTuple):
    """What a file is, and the checks that follow from that."""

    kind: Text
    checks: Iterator[Check]


class Validator:
    """Judges files by one domain; ``conformance`` where a pack was given, ``trust`` where somebody was named."""

    def __init__(
        self, domain: AffinityDomain, trust: Trust | None, now: datetime, conformance: Conformance | None = None
    ) -> None:
        self._domain = domain
        self._seals = Seals(domain.seals, trust, now)
        self._clinical = Clinical(domain.documents, self._seals, conformance)
        self._metadata = Metadata(domain, self._seals, self._clinical)
        self._messages = Messages(domain, self._seals, self._metadata)
        self._archives = Archives(self._metadata)
        self._companions: dict[str, Companion] = {}
        self._by_root: Mapping[str, Callable[[_Element, bytes], Found]] = {
            qname(HL7, "ClinicalDocument"): self._of(CLINICAL, self._judge_clinical),
            qname(XSL, "stylesheet"): self._of(PRESENTED, self._judge_clinical),
            gate.SIGNATURE: self._find_signature,
            qname(SOAP, "Envelope"): self._of(REQUEST, lambda _, content: self._messages.judge_envelope(content)),
            qname(LCM, "SubmitObjectsRequest"): self._of(EBRIM, lambda _, content: self._judge_body(content)),
            qname(XDSB, "ProvideAndRegisterDocumentSetRequest"): self._of(
                EBRIM, lambda _, content: self._judge_body(content)
            ),
            qname(SAML, "Assertion"): self._of(ASSERTION, lambda root, _: iter((self._judge_assertion(root),))),
        }

    def acquaint(self, content: bytes) -> None:
        """Makes a file known as a document that a lot's signature among the other files may cover."""
        try:
            opened = document.open_document(content, keeps_comments=True)
            header = document.read(content).header
        except (parser.HostileXML, NotCDA):
            return
        if header.id is not None:
            self._companions[header.id.text] = Companion(content, opened.root)

    def validate(self, name: str, content: bytes) -> Verdict:
        """Everything that can be said of a file."""
        found = self._recognise(content)
        return Verdict(file=name, kind=found.kind, checks=tuple(found.checks))

    def _recognise(self, content: bytes) -> Found:
        if content.startswith(_ZIP):
            return Found(ARCHIVE, self._archives.judge(content))
        if content.startswith(_PDF):
            return Found(PDF, iter((self._seals.judge_pdf(content),)))
        start = content[:4096].lstrip()
        if start.startswith((b"<", *_MARKS)):
            return self._recognise_xml(content if content.startswith(_MARKS) else content.lstrip())
        request = find_request(content)
        if request is not None:
            return Found(PACKED, self._messages.judge(request))
        return _unknown(
            "The file begins like nothing that is known here.", "Le début du fichier ne correspond à rien de connu ici."
        )

    def _recognise_xml(self, content: bytes) -> Found:
        try:
            # A seal may cover comments.
            root = parser.parse(content, document.BOUNDS, keeps_comments=True)
        except parser.HostileXML as hostile:
            told = Text(f"{hostile.reason}.", f"Le XML n'est pas recevable : {hostile.reason}.")
            return Found(BROKEN, iter((Check(name=_RECOGNISED, notes=(Note(rule="XML", sentence=told),)),)))
        judge = self._by_root.get(str(root.tag))
        if judge is not None:
            return judge(root, content)
        if next(root.iter(gate.SIGNATURE), None) is not None:
            return Found(SIGNED, iter((self._seals.judge_document(root),)))
        name = namespaces.readable(str(root.tag))
        return _unknown(f"The root element is {name}.", f"L'élément racine est {name}.")

    def _find_signature(self, root: _Element, content: bytes) -> Found:
        if dsg.is_lot_signature(root):
            return Found(LOT, iter((self._seals.judge_lone_lot(root, self._companions),)))
        if next(root.iter(qname(HL7, "ClinicalDocument")), None) is not None:
            return Found(ENVELOPED, self._judge_clinical(root, content))
        return Found(SIGNED, iter((self._seals.judge_document(root),)))

    def _of(
        self, kind: Text, judge: Callable[[_Element, bytes], Iterator[Check]]
    ) -> Callable[[_Element, bytes], Found]:
        return lambda root, content: Found(kind, judge(root, content))

    def _judge_clinical(self, root: _Element, content: bytes) -> Iterator[Check]:
        return self._clinical.judge_tree(root, content)

    def _judge_body(self, content: bytes) -> Iterator[Check]:
        # Comments are kept for seals; in metadata they would cut texts in two.
        return self._messages.judge_body(parser.parse(content), Package(memoryview(content), {}, False))

    def _judge_assertion(self, root: _Element) -> Check:
        return judge_assertions([root], self._domain.assertion, self._seals)


def _unknown(reason: str, reason_fr: str) -> Found:
    told = Text(f"{reason} {_WANTED.english}", f"{reason_fr} {_WANTED.french}")
    return Found(UNKNOWN, iter((Check(name=_RECOGNISED, notes=(Note(rule="FILE", sentence=told),)),)))
