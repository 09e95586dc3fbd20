"""A large document passes through without filling the memory. [contract 4]"""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from interop_tests.conftest import Launch, fed
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness.metadata import Entry, Lot

SIZE = 100 * 1024 * 1024
GROWTH_MAX = 2 * SIZE


def peak_memory(service: Running) -> int:
    """The highest resident size that any of its processes has had, in bytes. [proc(5): VmHWM]"""
    statuses = [Path(f"/proc/{pid}/status").read_text() for pid in service.processes()]
    lines = [line.split() for status in statuses for line in status.splitlines() if line.startswith("VmHWM:")]
    return max(int(kibibytes) * 1024 for _, kibibytes, _ in lines)


def test_document_of_100_MB_goes_in_and_comes_out_in_less_than_twice_its_size_of_memory(launch: Launch) -> None:
    """ITI-41 by MTOM, ITI-43 streamed; one worker, so that it is this one which has done it."""
    service = launch(COFFRE_WORKERS=1)
    partner = service.partner()
    patient = fed(partner)
    small = Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=b"small"),))
    assert partner.provide(small).status == "Success"
    before = peak_memory(service)

    content = random.Random(7).randbytes(SIZE)
    large = Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=content, mime_type="application/pdf"),))
    answer = partner.provide(large)
    assert answer.status == "Success", answer.errors
    assert peak_memory(service) - before <= GROWTH_MAX
    after_submission = peak_memory(service)
    unique_id = large.entries[0].unique_id
    documents = partner.retrieve(REPOSITORY, unique_id).documents
    assert hashlib.sha256(documents[unique_id]).digest() == hashlib.sha256(content).digest()
    assert peak_memory(service) - after_submission < SIZE // 4, "a document is sent piece by piece"
