"""A sealed lot as a laboratory sends it: one CDA of 30 KB with a French header, its DocumentEntry, and the lot's signature.

Written once, with marks of fixed length where each lot differs: the uniqueIds, the matricule, the digests. The two digests and the
signature are made anew for each lot, as its sender has to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from bench import material
from client import demonstration, sealing, source
from client.demonstration_laboratory import Result
from safexml import parser
from signing import dsg, xades
from signing.keys import SigningKey
from xds.metadata import Submission

# As long as the ids that take their place: a document keeps its length.
DOCUMENT_MARK = f"2.25.77{1:037}"
SET_MARK = f"2.25.66{2:037}"
SIGNATURE_MARK = f"2.25.55{3:037}"
VERSIONS_MARK = f"2.25.44{4:037}"
PATIENT_MARK = "299999999999999"
_WRITTEN_AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)

_ANALYSES = (
    ("2951-2", "Sodium", "140", "mmol/L"),
    ("2823-3", "Potassium", "4.2", "mmol/L"),
    ("2075-0", "Chlorure", "103", "mmol/L"),
    ("14749-6", "Glucose", "5.1", "mmol/L"),
    ("14682-9", "Créatinine", "71", "umol/L"),
    ("22664-7", "Urée", "5.4", "mmol/L"),
    ("14933-6", "Urate", "290", "umol/L"),
    ("2000-8", "Calcium", "2.38", "mmol/L"),
    ("14879-1", "Phosphate", "1.12", "mmol/L"),
    ("2601-3", "Magnésium", "0.84", "mmol/L"),
    ("2885-2", "Protéines", "72", "g/L"),
    ("1751-7", "Albumine", "43", "g/L"),
    ("1988-5", "Protéine C réactive", "3", "mg/L"),
    ("1920-8", "Aspartate aminotransférase", "24", "U/L"),
    ("1742-6", "Alanine aminotransférase", "22", "U/L"),
    ("2324-2", "Gamma-glutamyltransférase", "31", "U/L"),
    ("6768-6", "Phosphatases alcalines", "68", "U/L"),
    ("14631-6", "Bilirubine totale", "11", "umol/L"),
    ("2532-0", "Lactate déshydrogénase", "180", "U/L"),
    ("2157-6", "Créatine kinase", "96", "U/L"),
    ("14647-2", "Cholestérol", "4.9", "mmol/L"),
    ("14646-4", "Cholestérol HDL", "1.4", "mmol/L"),
    ("14927-8", "Triglycérides", "1.1", "mmol/L"),
    ("2276-4", "Ferritine", "88", "ug/L"),
)
"""LOINC code, label, value and UCUM unit of what a laboratory measures every day."""


@dataclass(frozen=True, slots=True)
class Template:
    """The lot with marks: metadata without signature, with it, and of a document that is signed itself; document, digests, sizes."""

    alone: Submission
    sealed: Submission
    signed: Submission
    signed_size: int
    document: bytes
    document_digest: str
    signature_digest: str
    signature_size: int


class Lot(NamedTuple):
    """What differs from one lot to the next: mark → what takes its place in the metadata; the two documents."""

    replacements: dict[str, str]
    document: bytes
    signature: bytes


def report(size: int = material.CDA_BYTES) -> bytes:
    """The laboratory report with its marks: as many results as make that size."""
    patient = demonstration.Person(
        matricule=PATIENT_MARK,
        authority=material.AUTHORITY,
        family="DESESSAIS",
        given="CAMILLE",
        given_list="CAMILLE INES",
        sex="F",
        birth_date="19790327",
        birthplace="75056",
    )
    facts = demonstration.Facts(
        unique_id=DOCUMENT_MARK, set_id=VERSIONS_MARK, written_at=_WRITTEN_AT, patient=patient, local_id="IPP0000042"
    )
    results: list[Result] = []
    written = b""
    while len(written) < size:
        results.append(Result(*_ANALYSES[len(results) % len(_ANALYSES)]))
        written = demonstration.laboratory_report(facts, results)
    return written


def template(key: SigningKey) -> Template:
    """The lot with its marks, sealed once so that the size of its signature is known."""
    document = report()
    prepared = source.prepare(document, source.Patient(PATIENT_MARK, material.AUTHORITY))
    alone = source.build([prepared], {}, _WRITTEN_AT)
    alone = replace(alone, submission_sets=(replace(alone.submission_set, unique_id=SET_MARK),))
    sealed, seal = sealing.seal(alone, [prepared], key, _WRITTEN_AT, SIGNATURE_MARK)
    genuine = _sign(document, SET_MARK, DOCUMENT_MARK, key, _WRITTEN_AT)
    sealed = _resized(sealed, len(genuine))
    signed_size = len(xades.sign_enveloping(document, key, _WRITTEN_AT))
    digests = prepared.entry.hash or "", seal.entry.hash or ""
    return Template(alone, sealed, _resized(alone, signed_size), signed_size, document, *digests, len(genuine))


def make_signed(made: Template, number: int, patient: str, key: SigningKey, now: datetime) -> Lot:
    """A document that bears its own seal; ``number`` tells it from every other."""
    ids = {DOCUMENT_MARK: f"2.25.77{number:037}", SET_MARK: f"2.25.66{number:037}", PATIENT_MARK: patient}
    document = xades.sign_enveloping(_marked(made, ids, number), key, now)
    if len(document) != made.signed_size:
        raise ValueError(f"a signed document has {len(document)} bytes, not {made.signed_size}")
    return Lot({**ids, made.document_digest: _sha1(document)}, document, b"")


def make_lot(made: Template, number: int, patient: str, key: SigningKey, now: datetime) -> Lot:
    """A lot of its own: ``number`` tells it from every other."""
    unique_id, set_unique_id = f"2.25.77{number:037}", f"2.25.66{number:037}"
    ids = {
        DOCUMENT_MARK: unique_id,
        SET_MARK: set_unique_id,
        SIGNATURE_MARK: f"2.25.55{number:037}",
        PATIENT_MARK: patient,
    }
    document = _marked(made, ids, number)
    signature = _sign(document, set_unique_id, unique_id, key, now)
    if len(signature) != made.signature_size:
        raise ValueError(f"a signature has {len(signature)} bytes, not {made.signature_size}")
    return Lot(
        {**ids, made.document_digest: _sha1(document), made.signature_digest: _sha1(signature)}, document, signature
    )


def _marked(made: Template, ids: dict[str, str], number: int) -> bytes:
    document = made.document
    for mark, text in {**ids, VERSIONS_MARK: f"2.25.44{number:037}"}.items():
        document = document.replace(mark.encode(), text.encode())
    return document


def _sign(document: bytes, set_unique_id: str, unique_id: str, key: SigningKey, now: datetime) -> bytes:
    """Over the canonical form of the document, as the DMP has it. [DMP: signature]"""
    root = parser.parse(document, keeps_comments=True)
    return dsg.sign_lot(set_unique_id, [dsg.LotDocument(unique_id, document, root)], key, now)


def _resized(submission: Submission, size: int) -> Submission:
    *others, signature = submission.document_entries
    return replace(submission, document_entries=(*others, replace(signature, size=str(size))))


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
