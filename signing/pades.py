"""Signatures inside a PDF: intact, by whom, trusted, over how much of the file. A report: it refuses nothing. [ETSI EN 319 102-1: 5]

pyHanko reads the file and the signatures; whom to trust is asked of ``trust``, as for every other signature. The library is slow to
import and slow on long files: this is no business of the hot path. Timestamps are counted, not judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from signing.chains import complete
from signing.report import Indication, SignatureRefused, Signer, SubIndication
from signing.trust import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pyhanko.sign.validation import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus

    from signing.trust import Trust

SIGNATURES_MAX = 32
"""Of one file that are judged: each costs some milliseconds."""

NAME_MAX = 80
"""Characters of a signature field's name that are told: its author is a stranger."""


class Sentence(NamedTuple):
    """What is told to people, in both languages."""

    english: str
    french: str


@dataclass(frozen=True, slots=True)
class PDFSignature:
    """One signature of the file, its parts apart. ``signed_at``: claimed. ``covers_whole_file``: nothing was added after it."""

    field: str
    indication: Indication
    sub_indication: SubIndication
    is_intact: bool = False
    is_valid: bool = False
    is_trusted: bool = False
    covers_whole_file: bool = False
    signer: Signer | None = None
    signed_at: datetime | None = None
    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class PDFReport:
    """What a PDF's signatures are worth, the worst one for all; ``indication`` is none where there is no signature."""

    signatures: tuple[PDFSignature, ...] = ()
    indication: Indication | None = None
    sub_indication: SubIndication = SubIndication.NONE
    sentences: tuple[Sentence, ...] = ()


UNREADABLE = Sentence(
    "The file cannot be read as a PDF; whether it is signed is not known.",
    "Le fichier n'est pas lisible comme PDF ; on ne sait s'il est signé.",
)
ENCRYPTED = Sentence(
    "The PDF is encrypted; whether it is signed is not known.",
    "Le PDF est chiffré ; on ne sait s'il est signé.",
)
NOT_SIGNED = Sentence("The PDF bears no signature.", "Le PDF ne porte aucune signature.")
TOO_MANY = Sentence(
    f"The PDF bears more than {SIGNATURES_MAX} signatures; the others are not judged.",
    f"Le PDF porte plus de {SIGNATURES_MAX} signatures ; les autres ne sont pas jugées.",
)
TIMESTAMPED = Sentence(
    "The PDF bears document timestamps, which are not judged.",
    "Le PDF porte des horodatages de document, qui ne sont pas jugés.",
)
NOT_UNDERSTOOD = Sentence(
    "The signature is broken, or of a kind that is not known.",
    "La signature est mal formée, ou d'un genre inconnu.",
)
WEAK = Sentence("The signature uses a weak algorithm.", "La signature emploie un algorithme faible.")
ALTERED = Sentence(
    "What was signed has been altered: its digest is another.",
    "Le contenu signé a été altéré : son empreinte est autre.",
)
FORGED = Sentence(
    "The signature was not made with the key of its certificate.",
    "La signature n'a pas été faite avec la clé de son certificat.",
)
GAPS = Sentence(
    "The signature leaves out parts of the state of the file that it belongs to.",
    "La signature laisse de côté des parties de l'état du fichier auquel elle appartient.",
)
CHANGED = Sentence(
    "The file was changed after this signature in a way that is not allowed; only its earlier state is signed.",
    "Le fichier a été modifié après cette signature d'une façon non permise ; seul son état antérieur est signé.",
)
ADDED = Sentence(
    "Something was added after this signature that may be: form fields, signatures or proofs.",
    "Des ajouts permis ont été faits après cette signature : champs, signatures ou preuves.",
)

_SEVERITY = (Indication.TOTAL_PASSED, Indication.INDETERMINATE, Indication.TOTAL_FAILED)


def verify_pdf(content: bytes, trust: Trust, now: datetime) -> PDFReport:
    """The verdict on each signature of a PDF at that moment, and on the whole. Bad files are told of, never raised."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.validation import EmbeddedPdfSignature

    try:
        reader = PdfFileReader(BytesIO(content), strict=False)
        if reader.encrypted:
            return _unjudged(SubIndication.SIGNED_DATA_NOT_FOUND, ENCRYPTED)
        fields = list(islice(enumerate_sig_fields(reader, filled_status=True), SIGNATURES_MAX + 1))
    except Exception:
        # A stranger's file: whatever the library stumbles over, there is no PDF to judge.
        return _unjudged(SubIndication.FORMAT_FAILURE, UNREADABLE)
    signatures: list[PDFSignature] = []
    sentences = [TOO_MANY] if len(fields) > SIGNATURES_MAX else []
    for name, _, field in fields[:SIGNATURES_MAX]:
        try:
            embedded = EmbeddedPdfSignature(reader, field, name)
            if embedded.sig_object_type == "/DocTimeStamp":
                sentences.append(TIMESTAMPED)
            else:
                signatures.append(_judge(embedded, name[:NAME_MAX], trust, now))
        except Exception:
            # The same; but one broken signature hides none of the others.
            signatures.append(_verdict(name[:NAME_MAX], SubIndication.FORMAT_FAILURE, NOT_UNDERSTOOD))
    if not signatures:
        return PDFReport(sentences=(NOT_SIGNED, *dict.fromkeys(sentences)))
    worst = max(signatures, key=lambda one: _severity(one.sub_indication))
    return PDFReport(tuple(signatures), worst.indication, worst.sub_indication, tuple(dict.fromkeys(sentences)))


def _judge(embedded: EmbeddedPdfSignature, name: str, trust: Trust, now: datetime) -> PDFSignature:
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    # Nobody is trusted by the library: the certificate is judged by ours, with its own usages and lists.
    nobody = ValidationContext(trust_roots=[], moment=now)
    status = complete(async_validate_pdf_signature(embedded, signer_validation_context=nobody))
    signer: Signer | None = None
    found = list(_flaws(status))
    try:
        signer = trust.judge(status.signing_cert.dump(), now, Purpose.SEAL)
    except SignatureRefused as refusal:
        found.append((refusal.sub_indication, Sentence(refusal.reason, refusal.reason_fr)))
    flaws = [sub_indication for sub_indication, _ in found]
    sub_indication = max(flaws, key=_severity, default=SubIndication.NONE)
    covers_whole_file = _covers(status, "ENTIRE_FILE")
    sentences = [sentence for _, sentence in found]
    if not covers_whole_file and not {GAPS, CHANGED}.intersection(sentences):
        sentences.append(ADDED)
    return PDFSignature(
        name,
        _indication(sub_indication),
        sub_indication,
        is_intact=status.intact,
        is_valid=status.valid,
        is_trusted=signer is not None,
        covers_whole_file=covers_whole_file,
        signer=signer,
        signed_at=status.signer_reported_dt,
        sentences=tuple(sentences),
    )


def _flaws(status: PdfSignatureStatus) -> Iterator[tuple[SubIndication, Sentence]]:
    """What is wrong with the signature, whoever signed; the worst first."""
    if not status.intact:
        yield SubIndication.HASH_FAILURE, ALTERED
    if not status.valid:
        yield SubIndication.SIG_CRYPTO_FAILURE, FORGED
    problem = status.trust_problem_indic
    if problem is not None and problem.standard_name.startswith("CRYPTO_CONSTRAINTS_FAILURE"):
        yield SubIndication.CRYPTO_CONSTRAINTS_FAILURE, WEAK
    if not _covers(status, "ENTIRE_FILE", "ENTIRE_REVISION"):
        yield SubIndication.FORMAT_FAILURE, GAPS
    elif not status.docmdp_ok:
        yield SubIndication.SIG_CONSTRAINTS_FAILURE, CHANGED


def _covers(status: PdfSignatureStatus, *levels: str) -> bool:
    return status.coverage is not None and status.coverage.name in levels


def _severity(sub_indication: SubIndication) -> int:
    return _SEVERITY.index(_indication(sub_indication))


def _verdict(name: str, sub_indication: SubIndication, sentence: Sentence) -> PDFSignature:
    return PDFSignature(name, _indication(sub_indication), sub_indication, sentences=(sentence,))


def _unjudged(sub_indication: SubIndication, sentence: Sentence) -> PDFReport:
    return PDFReport((), _indication(sub_indication), sub_indication, (sentence,))


def _indication(sub_indication: SubIndication) -> Indication:
    if sub_indication is SubIndication.NONE:
        return Indication.TOTAL_PASSED
    return SignatureRefused(sub_indication, "", "", "").indication
