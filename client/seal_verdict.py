"""The seal of the lot that brought a document: found by stored queries, and verified on the bytes that the repository gives.

A lot's signature is shown to its author; for everybody else there is none. [ITI TF-3: 5.5; DMP: signature]
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from client import consumer, printing
from client.call import Service
from client.printing import Failed
from client.sealing import FORMAT
from client.verb_retrieval import fetch
from safexml import parser
from safexml.parser import HostileXML
from signing import dsg
from signing.policy import Revocation, SignaturePolicy
from signing.report import SignatureRefused, SignatureReport
from signing.trust import Trust, TrustError, load_trust
from xds.metadata import DocumentEntry
from xds.wire.query import QueryAnswer


@dataclass(frozen=True, slots=True)
class SealedLot:
    """A lot as the registry tells it: the SubmissionSet's uniqueId, its documents, its signature."""

    unique_id: str
    documents: tuple[DocumentEntry, ...]
    signature: DocumentEntry


def find_lot(service: Service, entry: DocumentEntry) -> SealedLot:
    """The sealed lot that brought a document. *Raises* Failed where none is seen, ServiceError."""
    first_version = entry.logical_id or entry.entry_uuid
    sets = _told(consumer.get_submission_sets(service, [first_version], entry.patient_id))
    for submission_set in sets.objects.submission_sets:
        unique_id = submission_set.unique_id or ""
        entries = _told(consumer.get_contents(service, unique_id, entry.patient_id)).objects.document_entries
        signature = next((one for one in entries if _is_signature(one)), None)
        if signature is not None:
            return SealedLot(unique_id, tuple(one for one in entries if not _is_signature(one)), signature)
    raise Failed(f"no signature is seen of the lot that brought {entry.unique_id}; ask as its author, with --as.")


def judge_lot(service: Service, lot: SealedLot, trust: Trust, now: datetime) -> SignatureReport:
    """Who sealed a lot and what exactly, on bytes retrieved for it. *Raises* Failed, ServiceError."""
    signature = fetch(service, lot.signature)
    documents = [dsg.LotDocument(one.unique_id or "", fetch(service, one)) for one in lot.documents]
    try:
        root = parser.parse(signature)
        return dsg.verify_lot(root, lot.unique_id, documents, trust, SignaturePolicy(), now)
    except (HostileXML, SignatureRefused) as error:
        rule = f" [{error.rule}]" if isinstance(error, SignatureRefused) else ""
        raise Failed(f"the seal of the lot {lot.unique_id} does not hold: {error}{rule}") from error


def trust_in(folder: Path) -> Trust:
    """Trust in the authority of a PKI folder. *Raises* Failed."""
    try:
        return load_trust([folder], Revocation.KNOWN)
    except TrustError as error:
        raise Failed(str(error)) from error


def _told(answer: QueryAnswer) -> QueryAnswer:
    if answer.errors.has_errors:
        printing.tell_errors(answer.errors)
        raise Failed("the registry refused the query for the lot.")
    return answer


def _is_signature(entry: DocumentEntry) -> bool:
    code = entry.format_code
    return code is not None and (code.code, code.coding_scheme) == (FORMAT.code, FORMAT.coding_scheme)
