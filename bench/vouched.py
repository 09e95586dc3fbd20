"""The bench's requests with an assertion each, made before the clock starts: a VIHF is good once, and signing is not measured.

An establishment submits, a physician whom it has authenticated consults; the same certificate's holder opens TLS. [DMP: VIHF]
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench import clinical, material, requests
from bench.checks import Check
from client import voucher
from client.voucher import Voucher
from signing.keys import SigningKey
from soap import mtom
from xds import transactions
from xds.metadata import Submission
from xds.wire import submission as submission_wire

SECURITY_MARK = "<security-mark/>"
_DOCUMENT_PART, _SIGNATURE_PART = b"<document-mark/>", b"<signature-mark/>"
_NUMBERS = 10**36


class KeysMissing(Exception):
    """The folder of keys has none for the establishment."""


class VouchedRequests:
    """Requests of one check, each good once; a call makes the next one, which must be sent within minutes."""

    def __init__(self, host: str, repository_unique_id: str, check: Check, keys: Path) -> None:
        key, structure, professional = (
            voucher.load_seal(keys),
            voucher.of_structure(keys),
            voucher.of_professional(keys),
        )
        if key is None or structure is None or professional is None:
            raise KeysMissing(f"{keys} holds no {voucher.ESTABLISHMENT}-seal.key.pem and its certificate")
        self.host = host
        self._key: SigningKey = key
        self._structure, self._professional = structure, professional
        self._is_sealed = check in (Check.SEAL, Check.FULL)
        self._make = clinical.make_signed if check is Check.SIGNED else clinical.make_lot
        self._lot = clinical.template(key)
        mark = SECURITY_MARK.encode()
        alone = self._lot.signed if check is Check.SIGNED else self._lot.alone
        self._provide = _provide_message(self._lot.sealed if self._is_sealed else alone, mark)
        self._query = requests.query_message(mark)
        self._retrieve = requests.retrieve_message(repository_unique_id, mark)

    def provide(self, patient: str) -> bytes:
        """[ITI-41] One CDA of 30 KB that nobody has sent before, with the signature of its lot or its own where that is checked."""
        lot = self._make(self._lot, uuid.uuid4().int % _NUMBERS, patient, self._key, datetime.now(UTC))
        content_type, body = self._provide
        for mark, text in lot.replacements.items():
            body = body.replace(mark.encode(), text.encode())
        body = body.replace(_DOCUMENT_PART, lot.document).replace(_SIGNATURE_PART, lot.signature)
        return self._send("repository", content_type, body, self._structure, patient)

    def query(self, patient: str) -> bytes:
        """[ITI-18] FindDocuments of a patient, Approved, LeafClass."""
        content_type, body = self._query
        body = body.replace(requests.PATIENT_MARK.encode(), patient.encode())
        return self._send("registry", content_type, body, self._professional, patient)

    def retrieve(self, number: int) -> bytes:
        """[ITI-43] The document of that entry of the population."""
        content_type, body = self._retrieve
        body = body.replace(requests.DOCUMENT_MARK.encode(), material.document_unique_id(number).encode())
        patient = material.patient_of(number).id_number
        return self._send("repository", content_type, body, self._professional, patient)

    def _send(self, endpoint: str, content_type: str, body: bytes, who: Voucher, patient: str) -> bytes:
        body = body.replace(SECURITY_MARK.encode(), who.header((patient, material.AUTHORITY)))
        return requests.http(self.host, endpoint, content_type, body)


def makers(made: VouchedRequests, draw: random.Random, entries: int) -> Mapping[str, Callable[[], bytes]]:
    """Kind of request → what makes the next one, for a patient or a document drawn."""
    patients = max(1, entries // material.ENTRIES_PER_PATIENT)
    fed = material.fed_patients(entries)
    return {
        "ITI-41": lambda: made.provide(material.matricule(draw.randrange(fed))),
        "ITI-18": lambda: made.query(material.matricule(draw.randrange(patients))),
        "ITI-43": lambda: made.retrieve(draw.randrange(entries)),
    }


def ahead(make: Callable[[], bytes], count: int) -> Iterator[bytes]:
    """So many requests, made before this returns and given one by one; each is let go once it is given."""
    made = [make() for _ in range(count)]
    return (made.pop() for _ in range(count))


def _provide_message(one: Submission, security: bytes) -> tuple[str, bytes]:
    parts = (_DOCUMENT_PART, _SIGNATURE_PART)
    attachments = [
        mtom.Attachment(f"{entry.entry_uuid}@bench.invalid", entry.mime_type, mtom.Bytes(part))
        for entry, part in zip(one.document_entries, parts, strict=False)
    ]
    hrefs = [
        (entry.entry_uuid, attachment.content_id)
        for entry, attachment in zip(one.document_entries, attachments, strict=True)
    ]
    return requests.packed(transactions.ITI_41, submission_wire.write_provide(one, hrefs), attachments, security)
