"""Files as they lie on somebody's desk, each good: what ``coffre validate`` is shown. All people are invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from client import source
from client.sealing import seal
from client.source import Prepared
from soap import envelope, mtom, security
from tests.access import vihf
from tests.cda.documents import a_clinical_document
from tests.pki import authority
from tests.samples import INS_TEST_AUTHORITY
from xds.metadata import Submission
from xds.transactions import ITI_41
from xds.wire import submission as wire

MATRICULE = "280073523800332"
NAMES = ("EXEMPLE", "MODELE", "CAMILLE", "Ondine")
PATIENT = source.Patient(MATRICULE, INS_TEST_AUTHORITY)
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Lot:
    """A signed lot: its submission, its documents, the signature last."""

    submission: Submission
    documents: tuple[tuple[str, bytes], ...]

    @property
    def signature(self) -> bytes:
        """The signature of the lot."""
        return self.documents[-1][1]


def a_document(**changed: str) -> bytes:
    """A clinical document with its declaration, elements replaced by name."""
    return (PROLOGUE + a_clinical_document(**changed).replace("><", ">\n<")).encode()


def a_lot(*contents: bytes, signed: bool = True) -> Lot:
    """The documents as the command submits them."""
    documents: Sequence[Prepared] = [
        source.prepare(content, PATIENT, number) for number, content in enumerate(contents or (a_document(),), 1)
    ]
    submission = source.build(documents, {}, authority.NOW)
    told = [(each.entry.entry_uuid, each.content) for each in documents]
    if signed:
        submission, signature = seal(submission, documents, vihf.a_key("seal"), authority.NOW, "1.2.250.1.999.44")
        told.append((signature.entry.entry_uuid, signature.content))
    return Lot(submission, tuple(told))


def an_assertion() -> bytes:
    """What the card of a doctor says of its holder, about the patient of the documents."""
    return vihf.written(vihf.a_claim(patient=(MATRICULE, INS_TEST_AUTHORITY)))


def a_request(lot: Lot | None = None, assertion: bytes | None = None) -> tuple[str, bytes]:
    """[ITI-41] Content-Type and body."""
    lot = lot or a_lot()
    attachments = [mtom.Attachment(f"{name}@desk", "text/xml", mtom.Bytes(content)) for name, content in lot.documents]
    body = wire.write_provide(lot.submission, [(name, f"{name}@desk") for name, _ in lot.documents])
    header = security.write(an_assertion() if assertion is None else assertion)
    message = envelope.write_request(ITI_41.request_action, vihf.uuid4().urn, "http://localhost/", body, header)
    content_type, pieces = mtom.pack(message, attachments, lambda: vihf.uuid4().urn)
    return content_type, b"".join(mtom.chunks_of(pieces))


def the_ebrim(lot: Lot | None = None) -> bytes:
    """The SubmitObjectsRequest of a lot."""
    return b"".join(wire.write_submission((lot or a_lot()).submission))


def an_archive(lot: Lot | None = None, **more: bytes) -> bytes:
    """[ITI-32] The lot in an archive, each document beside its METADATA.XML."""
    lot = lot or a_lot()
    names = {name: f"DOC{number:05}.XML" for number, (name, _) in enumerate(lot.documents, 1)}
    entries = tuple(replace(entry, uri=(names[entry.entry_uuid],)) for entry in lot.submission.document_entries)
    metadata = b"".join(wire.write_submission(replace(lot.submission, document_entries=entries)))
    files = {
        "README.TXT": b"Made by a test.",
        "INDEX.HTM": b"<html/>",
        "IHE_XDM/SUBSET01/METADATA.XML": metadata,
        **{f"IHE_XDM/SUBSET01/{names[name]}": content for name, content in lot.documents},
        **more,
    }
    return zipped({name: content for name, content in files.items() if content})


def zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def trust_folder(folder: Path) -> Path:
    """A folder with the authorities of the tests."""
    folder.mkdir(exist_ok=True)
    for name in ("root", "issuing"):
        (folder / f"{name}.pem").write_bytes(authority.certificate(name).public_bytes(Encoding.PEM))
    return folder
