"""Signatures of files: whole, and by somebody trusted. Where nobody was said to be trusted, that they are whole is all that is said.

[ETSI EN 319 102-1: 5; ITI TF-3: 5.5; DMP: signature; CI-SIS SM 4.1]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from cryptography import x509
from lxml.etree import _Element

from repository.checks import revocation_of
from safexml import parser
from safexml.namespaces import DS, qname
from server.validation import Check, Note, Severity, Text, same
from signing import certificates, dsg, gate, pades, qualifying, rules, validation, xades
from signing.dsg import LotDocument
from signing.policy import SignaturePolicy
from signing.report import Indication, SignatureRefused, SignatureReport, Signer
from signing.trust import NOBODY_TRUSTED, Purpose, Trust
from xds.domain import SealPolicy

_DOCUMENT = Text("Signature of the document", "Signature du document")
_LOT = Text("Signature of the lot", "Signature du lot")
_PDF = Text("Signatures of the PDF", "Signatures du PDF")
_REFERENCE = qname(DS, "Reference")
_DIGEST_VALUE = qname(DS, "DigestValue")
_DUMMIES = ("AA==", "MA==")
"""Digests of the set itself, which has no bytes. [ITI TF-3: 5.5; DMP: signature]"""

_UNJUDGED = Note(
    rule="SIG-CERT-CHAIN",
    severity=Severity.INFO,
    sentence=Text(
        "Format and digests hold; whether the signer is trusted was not asked: give --trust DIR.",
        "Le format et les empreintes sont bons ; la confiance dans le signataire n'a pas été examinée : donnez --trust DIR.",
    ),
)
_INCOMPLETE = Text(
    "Format, value and manifest hold; {count} of the documents that it covers are not among the files, and their digests were "
    "not asked: give them along.",
    "Le format, la valeur et le manifeste sont bons ; {count} des documents couverts ne sont pas parmi les fichiers, et leurs "
    "empreintes n'ont pas été examinées : donnez-les aussi.",
)


class Unjudged(Trust):
    """Asks of a certificate what it tells itself, and nobody of who issued it. For files on a desk, never for a service."""

    def __init__(self) -> None:
        super().__init__(())

    def judge(self, certificate: bytes, at: datetime, purpose: Purpose) -> Signer:  # noqa: ARG002 - as every trust is asked
        """The signer, if the certificate is one for signing. *Raises* SignatureRefused."""
        parsed = certificates.read(certificate)
        certificates.judge_alone(parsed)
        return certificates.signer_of(parsed)


class Companion(NamedTuple):
    """A document that a lot's signature may cover. ``root``: of its tree with comments, where it is XML."""

    content: bytes | memoryview
    root: _Element | None = None


@dataclass(frozen=True, slots=True)
class Seals:
    """Judges signatures for one domain at one moment. ``trust`` is none where the operator named nobody."""

    policy: SealPolicy
    trust: Trust | None
    now: datetime

    @property
    def asked(self) -> Trust:
        """Whom a certificate is asked of."""
        return self.trust or Unjudged()

    def judge_document(self, root: _Element) -> Check:
        """A signature in or around a document, its tree parsed with its comments."""
        return self._judge(_DOCUMENT, lambda: xades.verify(root, self.asked, self._signature_policy, self.now).report)

    def judge_lot(self, root: _Element, set_unique_id: str, documents: Sequence[LotDocument]) -> Check:
        """The signature of a lot that is here whole."""
        return self._judge(
            _LOT,
            lambda: dsg.verify_lot(root, set_unique_id, documents, self.asked, self._signature_policy, self.now),
        )

    def judge_lone_lot(self, root: _Element, companions: Mapping[str, Companion]) -> Check:
        """The signature of a lot as a file of its own; what it covers is sought by uniqueId among the other files."""
        set_unique_id, covered = _read_covered(root)
        missing = [unique_id for unique_id in covered if unique_id not in companions]
        stand_in = Companion(b"", parser.parse(b"<absent/>"))
        documents = [LotDocument(name, *companions.get(name, stand_in)) for name in covered]
        check = self.judge_lot(root, set_unique_id, documents)
        if not missing or not check.errors or not _is_of(check.notes[0], missing):
            return check
        here = {name: companions[name] for name in covered if name in companions}
        rest = self._judge(_LOT, lambda: self._judge_what_is_here(root, here))
        if rest.errors:
            return rest
        told = Text(*(text.format(count=len(missing)) for text in _INCOMPLETE))
        note = Note(
            rule="SIG-DIGEST", severity=Severity.WARNING, sentence=told, clause=rules.RULES["SIG-DIGEST"].clause
        )
        return Check(name=_LOT, rules=rest.rules, notes=(note, *rest.notes))

    def judge_pdf(self, content: bytes) -> Check:
        """The signatures inside a PDF; one without any is as good as one."""
        report = pades.verify_pdf(content, self.trust or NOBODY_TRUSTED, self.now)
        notes = [_of_pdf("", Severity.INFO if report.indication is None else Severity.ERROR, *report.sentences)]
        for signature in report.signatures:
            is_untold = self.trust is None and signature.is_intact and signature.is_valid and not signature.is_trusted
            is_good = is_untold or signature.indication is Indication.TOTAL_PASSED
            severity = Severity.INFO if is_good else Severity.ERROR
            notes.append(_of_pdf(signature.field, severity, *signature.sentences))
            if is_untold:
                notes.append((_UNJUDGED,))
        return Check(name=_PDF, asked=len(report.signatures), notes=tuple(note for each in notes for note in each))

    @property
    def _signature_policy(self) -> SignaturePolicy:
        return SignaturePolicy(self.policy.sha1_allowed, revocation_of(self.policy.revocation))

    def _judge_what_is_here(self, root: _Element, here: Mapping[str, Companion]) -> SignatureReport:
        """The digests of the documents that are here, and the signer. *Raises* SignatureRefused."""
        for element, unique_id, _ in _references(root):
            if unique_id in here:
                validation.check_content(gate.read_reference(element, self._signature_policy), *here[unique_id])
        signature = validation.read_root(root, self._signature_policy, xades.DETACHED_MAX)
        properties = qualifying.read_properties(signature, self._signature_policy, self.now)
        return validation.report_of(signature, properties, (), self.asked, self.now)

    def _judge(self, name: Text, verify: Callable[[], SignatureReport]) -> Check:
        asked = tuple(rules.RULES)
        try:
            report = verify()
        except SignatureRefused as refusal:
            return Check(name=name, rules=asked, notes=(of_refusal(refusal),))
        notes = [
            Note(
                rule="SIG-CERT-REVOCATION-UNKNOWN" if warning in report.signer.warnings else "SIG-ALGORITHM",
                severity=Severity.WARNING,
                sentence=same(warning),
            )
            for warning in report.warnings
        ]
        notes.append(_of_signer(report.signer))
        if self.trust is None:
            notes.append(_UNJUDGED)
        return Check(name=name, rules=asked, notes=tuple(notes))


def of_refusal(refusal: SignatureRefused) -> Note:
    """A signature that does not hold."""
    indication = f"{refusal.indication} {refusal.sub_indication}"
    return Note(
        rule=refusal.rule,
        sentence=Text(f"{refusal.reason} [{indication}]", f"{refusal.reason_fr} [{indication}]"),
        location=refusal.location,
        clause=rules.RULES[refusal.rule].clause,
    )


def _of_signer(signer: Signer) -> Note:
    """By its serial number and its issuer: the holder of a card's certificate is a person."""
    serial = certificates.serial(x509.load_der_x509_certificate(signer.certificate))
    return Note(
        rule="SIG-VALUE",
        severity=Severity.INFO,
        sentence=Text(
            f"Signed with the certificate {serial} that {signer.issuer} issued.",
            f"Signé avec le certificat {serial} émis par {signer.issuer}.",
        ),
    )


def _of_pdf(field: str, severity: Severity, *sentences: pades.Sentence) -> tuple[Note, ...]:
    return tuple(
        Note(rule="SIG-PDF", severity=severity, sentence=Text(*sentence), location=field, clause="ETSI EN 319 102-1: 5")
        for sentence in sentences
    )


def _read_covered(root: _Element) -> tuple[str, list[str]]:
    """The uniqueId of the set and those of the documents that a signature says it covers."""
    set_unique_id, covered = "", []
    for _, unique_id, digest in _references(root):
        if digest in _DUMMIES:
            set_unique_id = unique_id
        elif unique_id not in covered:
            covered.append(unique_id)
    return set_unique_id, covered


def _references(root: _Element) -> Iterator[tuple[_Element, str, str]]:
    """References to documents, each with the uniqueId and the digest."""
    for reference in root.iter(_REFERENCE):
        uri = reference.get("URI", "")
        if uri and not uri.startswith("#"):
            yield reference, unquote(uri.removeprefix("urn:oid:")), (reference.findtext(_DIGEST_VALUE) or "").strip()


def _is_of(note: Note, unique_ids: Iterable[str]) -> bool:
    """Whether a note is about the digest of one of these documents."""
    return note.rule == "SIG-DIGEST" and any(unique_id in note.sentence.english for unique_id in unique_ids)
