"""Asks what documents are, of those who know: the clinical document of ``cda``, the seals of ``signing``; and says it in IHE's codes.

The only place where their findings become errors of a submission. How hard each bites is the domain's to say. Each document is
parsed once, and whatever was signed is read from what was verified. [ITI TF-2: 3.41.4.1.3; ITI TF-3: 5.5; CI-SIS SM]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from lxml.etree import _Element

from cda import agreement, document, level1, rules
from cda.conformance import Conformance
from cda.content_report import ContentReport
from cda.document import NotCDA
from cda.findings import Finding
from cda.header import Header
from cda.outline import outline_of
from repository.kinds import find_undeclared, is_signature, says_xml
from safexml import parser
from safexml.parser import HostileXML
from signing import dsg, xades
from signing.policy import Revocation, SignaturePolicy
from signing.report import SignatureRefused
from signing.trust import Trust
from xds import errors
from xds.domain import AffinityDomain, Bite
from xds.errors import NO_ERRORS, ErrorList, RegistryError
from xds.metadata import DocumentEntry, Submission
from xds.vocabulary import AssociationType, DocumentEntryType


class Examined(NamedTuple):
    """What was found of the documents of a submission, and the headers of those that are clinical, by entryUUID."""

    errors: ErrorList = NO_ERRORS
    headers: Mapping[str, Header] = MappingProxyType({})


Examine = Callable[[Submission, Mapping[str, memoryview], datetime], Examined]
"""What documents are, by entryUUID, at that moment."""

FINDINGS_TOLD_MAX = 50
"""Findings of the pack that one answer tells."""

_REVOCATION = {Bite.ERROR: Revocation.REQUIRED, Bite.WARNING: Revocation.KNOWN, Bite.OFF: Revocation.OFF}


def examine_nothing(
    submission: Submission,  # noqa: ARG001
    documents: Mapping[str, memoryview],  # noqa: ARG001
    now: datetime,  # noqa: ARG001
) -> Examined:
    """Opens no document: plain XDS."""
    return Examined()


def revocation_of(bite: Bite) -> Revocation:
    """Whether revocation lists are asked, by how hard their absence bites."""
    return _REVOCATION[bite]


class _Opened(NamedTuple):
    """A document with its entry, parsed where it is XML."""

    entry: DocumentEntry
    content: memoryview
    root: _Element | None


@dataclass(frozen=True, slots=True)
class Examiner:
    """Examines the documents of a submission as one affinity domain wants it; ``conformance``: against the pack, where that is enforced."""

    domain: AffinityDomain
    trust: Trust
    conformance: Conformance | None = None

    def __call__(self, submission: Submission, documents: Mapping[str, memoryview], now: datetime) -> Examined:
        """Everything that is wrong with the documents, and warnings."""
        found: list[RegistryError] = []
        opened: list[_Opened] = []
        for entry in submission.document_entries:
            content = documents.get(entry.entry_uuid)
            if content is not None and entry.object_type is DocumentEntryType.STABLE:
                opened.append(_Opened(entry, content, self._parse(entry, content, found)))
        signatures = [each for each in opened if is_signature(each.entry)]
        clinical = [each for each in opened if not is_signature(each.entry)]
        found += self._judge_lot(submission, signatures, clinical, now)
        headers: dict[str, Header] = {}
        for each in clinical:
            if each.root is not None:
                found += self._judge_document(each, each.root, now, headers)
        return Examined(ErrorList(found), headers)

    def _parse(self, entry: DocumentEntry, content: memoryview, found: list[RegistryError]) -> _Element | None:
        """The tree of what says that it is XML, of a signature whatever it says, and of a clinical document that says it is none."""
        is_seal = is_signature(entry)
        if not (is_seal or says_xml(entry)):
            return find_undeclared(content)
        try:
            # A seal may cover comments; they are dropped before anybody reads.
            return parser.parse(content, document.BOUNDS, keeps_comments=True)
        except HostileXML as hostile:
            told = (
                f"the document of {entry.entry_uuid} is not the XML that mimeType {entry.mime_type} says: {hostile.reason}; "
                "expected well-formed XML without a DTD (le document n'est pas le XML annoncé)"
            )
            bite = self.domain.seals.invalid if is_seal else self.domain.documents.wellformed
            found += _bite(bite, told, entry, "CDA-XML")
            return None

    def _judge_lot(
        self, submission: Submission, signatures: list[_Opened], clinical: list[_Opened], now: datetime
    ) -> Iterator[RegistryError]:
        """The lot's signature: there, over the set and each of its documents, by somebody trusted. [DMP: signature]"""
        seals = self.domain.seals
        set_unique_id = next((one.unique_id or "" for one in submission.submission_sets), "")
        if seals.lot is not Bite.OFF and clinical and not _is_patients(clinical):
            yield from judge_unsigned(submission, seals.lot)
        if len(signatures) > 1:
            told = f"the submission has {len(signatures)} signatures; expected one"
            yield from _bite(seals.invalid, told, signatures[1].entry, "SIG-LOT-SEVERAL")
        for each in signatures[:1]:
            yield from _bite(seals.invalid, *_judge_association(submission, each.entry))
            if each.root is None:
                continue
            lot = [dsg.LotDocument(one.entry.unique_id or "", one.content, one.root) for one in clinical]
            try:
                report = dsg.verify_lot(each.root, set_unique_id, lot, self.trust, self._policy, now)
            except SignatureRefused as refusal:
                yield from self._refuse(refusal, each.entry)
            else:
                yield from _warnings(report.warnings, each.entry)

    def _judge_document(
        self, opened: _Opened, root: _Element, now: datetime, headers: dict[str, Header]
    ) -> Iterator[RegistryError]:
        """A clinical document: its own seal, what it is, its header, its body, its metadata."""
        entry, policy = opened.entry, self.domain.documents
        if xades.is_signed(root):
            try:
                verified = xades.verify(root, self.trust, self._policy, now, takes_over=True)
            except SignatureRefused as refusal:
                yield from self._refuse(refusal, entry)
            else:
                root = verified.root
                yield from _warnings(verified.report.warnings, entry)
        try:
            found = document.Opened(root, *document.find(root))
            if root is opened.root:  # of what was verified they are out already
                document.drop_comments(found)
            outline = outline_of(found.clinical_document)
            cda = document.read_outline(outline, found.wrapper)
        except NotCDA as other:
            told = f"the document of {entry.entry_uuid} is no clinical document: {other.reason}; expected one CDA R2 document"
            yield from _bite(policy.wellformed, told, entry, "CDA-DOCUMENT")
            return
        headers[entry.entry_uuid] = cda.header
        if policy.header is not Bite.OFF:
            yield from tell(rules.judge_header(outline), policy.header, entry)
        if policy.body is not Bite.OFF:
            yield from tell(level1.judge_body(outline), policy.body, entry)
        if policy.agreement is not Bite.OFF:
            yield from tell(agreement.judge_agreement(cda, entry), policy.agreement, entry)
        if self.conformance is not None:
            yield from _tell_report(self.conformance.check(opened.content), entry)

    @property
    def _policy(self) -> SignaturePolicy:
        seals = self.domain.seals
        return SignaturePolicy(seals.sha1_allowed, revocation_of(seals.revocation))

    def _refuse(self, refusal: SignatureRefused, entry: DocumentEntry) -> Iterator[RegistryError]:
        told = (
            f"signature of {entry.entry_uuid}: {refusal.reason} ({refusal.reason_fr}); "
            f"{refusal.indication} {refusal.sub_indication} {refusal.location}".rstrip()
        )
        yield from _bite(self.domain.seals.invalid, told, entry, refusal.rule)


def judge_unsigned(submission: Submission, bite: Bite) -> Iterator[RegistryError]:
    """A lot has a signature. Who sends it without one, of a patient's own documents, is for whoever knows the caller to ask."""
    if not any(map(is_signature, submission.document_entries)):
        told = (
            "the submission has no signature; expected a DocumentEntry of formatCode http://www.w3.org/2000/09/xmldsig# "
            "that signs the SubmissionSet (le lot n'est pas signé)"
        )
        yield from _bite(bite, told, None, "SIG-LOT-MISSING")


def _is_patients(clinical: Iterable[_Opened]) -> bool:
    """A patient signs nothing. [CI-SIS SM 4.1]"""
    return all(
        any(
            author.author_person is not None and author.author_person.component(13) == "NH"
            for author in each.entry.author
        )
        for each in clinical
    )


def _judge_association(submission: Submission, entry: DocumentEntry) -> tuple[str, DocumentEntry | None, str]:
    """The signature's Association signs the SubmissionSet; an empty sentence where it does. [DMP: signature]"""
    targets = {one.entry_uuid for one in submission.submission_sets} | {
        one.entry_uuid for one in submission.document_entries
    }
    for association in submission.associations:
        is_its_own = (
            association.association_type == AssociationType.SIGNS and association.source_object == entry.entry_uuid
        )
        if is_its_own and association.target_object in targets:
            return "", entry, ""
    told = f"no signs Association leads from {entry.entry_uuid} to the SubmissionSet or a document of it; expected one"
    return told, entry, "SIG-LOT-ASSOCIATION"


def tell(findings: Iterable[Finding], bite: Bite, entry: DocumentEntry) -> Iterator[RegistryError]:
    """Findings about a clinical document, as hard as the domain lets them bite."""
    for finding in findings:
        line = f", line {finding.line}" if finding.line else ""
        told = (
            f"document of {entry.entry_uuid}{line}, {finding.location}: {finding.sentence} "
            f"({finding.sentence_fr}) [{finding.clause}]"
        )
        yield from _bite(bite if finding.is_error else Bite.WARNING, told, entry, finding.rule)


def _tell_report(report: ContentReport, entry: DocumentEntry) -> Iterator[RegistryError]:
    """What the pack finds: its errors refuse the document, and so does an examination that could not be made. [decision 9]"""
    for finding in report.findings[:FINDINGS_TOLD_MAX]:
        place = f", line {finding.line}, {finding.location}" if finding.location else ""
        told = f"document of {entry.entry_uuid}{place}: {finding.sentence} [{finding.profile}: {finding.rule}]"
        make = errors.error if finding.is_error else errors.warning
        yield make(errors.InvalidDocumentContent, told, entry.entry_uuid)


def _warnings(sentences: Iterable[str], entry: DocumentEntry) -> Iterator[RegistryError]:
    for sentence in sentences:
        yield errors.warning(
            errors.InvalidDocumentContent, f"signature of {entry.entry_uuid}: {sentence}", entry.entry_uuid
        )


def _bite(bite: Bite, told: str, entry: DocumentEntry | None, rule: str) -> Iterator[RegistryError]:
    if bite is Bite.OFF or not told:
        return
    make = errors.error if bite is Bite.ERROR else errors.warning
    yield make(errors.InvalidDocumentContent, f"{told} [{rule}]", entry.entry_uuid if entry else "")
