"""``coffre submit``: CDA files → one submission by ITI-41, replacing what their headers or --replace name. [ITI TF-2: 3.41]"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cda.document import NotCDA
from cda.entry import UnfitHeader
from cda.people import PERSONS
from client import consumer, options, printing, sealing, source
from client.call import Service
from client.options import vouching
from client.printing import Failed, Misused
from client.sealing import Document
from client.source import Choices, PatientDisagrees, Prepared
from client.voucher import DOCTOR, Professional, Voucher, load_seal, of_structure
from ins import oids
from safexml.parser import HostileXML
from signing.keys import SigningKey, load_signing_key
from xds.wire.query import QueryAnswer


def submit(arguments: Any) -> int:
    """Submits the files as one lot."""
    if arguments.replace and len(arguments.files) > 1:
        raise Misused("--replace takes one FILE: it says what that one replaces.")
    choices = Choices(title=arguments.title, type_code=arguments.type_code, class_code=arguments.class_code)
    documents = [
        _prepared(name, number, arguments.ins, choices) for number, name in enumerate(arguments.files, start=1)
    ]
    folder = options.pki_folder()
    key = _signing_key(arguments, documents, folder)
    with options.service(arguments, voucher=voucher_for(documents, folder)) as service:
        replaced = replacements(service, documents, arguments.replace)
        content_type = arguments.content_type_code or source.CONTENT_TYPE
        now = datetime.now(UTC)
        submission = source.build(documents, replaced, now, content_type=content_type)
        lot: list[Document] = [*documents]
        if key is not None:
            submission, seal = sealing.seal(submission, documents, key, now, source.fresh_oid())
            lot.append(seal)
        response = source.provide(service, submission, lot)
    signature = lot[-1].entry if key is not None else None
    unique_id = submission.submission_set.unique_id
    if arguments.json:
        told = [_as_data(name, prepared, replaced) for name, prepared in zip(arguments.files, documents, strict=True)]
        errors = printing.errors_as_data(response.errors)
        status = response.status.rpartition(":")[2]
        printing.print_json(
            {
                "status": status,
                "submissionSet": unique_id,
                "documents": told,
                "signature": signature.unique_id if signature else None,
                "errors": errors,
            }
        )
    else:
        printing.tell_errors(response.errors)
    if response.errors.has_errors:
        raise Failed("the lot was refused; nothing of it was kept.")
    if not arguments.json:
        for name, prepared in zip(arguments.files, documents, strict=True):
            print(f"{prepared.entry.unique_id}  {prepared.entry.size} bytes  {name}")
        if signature is not None:
            print(f"{signature.unique_id}  {signature.size} bytes  signature of the lot")
        print(f"Submitted {len(documents)} in SubmissionSet {unique_id}")
    return 0


def voucher_for(documents: Sequence[Prepared], folder: Path) -> Voucher | None:
    """The establishment's, in the name of the author who answers for the documents. *Raises* Failed."""
    author = author_of(documents[0])
    return vouching(lambda: of_structure(folder, author or DOCTOR))


def author_of(document: Prepared) -> Professional | None:
    """The first professional among the authors of a document."""
    persons = (author.author_person for author in document.entry.author)
    found = (person for person in persons if person and person.authority == PERSONS and person.id_number)
    return next((Professional(person.id_number, person.family_name, person.given_name) for person in found), None)


def _signing_key(arguments: Any, documents: Sequence[Prepared], folder: Path) -> SigningKey | None:
    """The key of --sign; else, for a patient with an INS, the seal of the PKI folder; none with --unsigned. *Raises* Failed.

    Lots of the DMP are signed, and its patients are known by their INS; plain XDS would be surprised by one document more.
    """
    if arguments.sign:
        key, certificate = (Path(name).read_bytes() for name in arguments.sign)
        return vouching(lambda: load_signing_key(key, certificate))
    if arguments.unsigned or not _has_ins(documents[0]):
        return None
    return vouching(lambda: load_seal(folder))


def _has_ins(document: Prepared) -> bool:
    patient = document.entry.patient_id
    authority = oids.find_authority(patient.authority) if patient is not None else None
    return authority is not None and authority.kind.is_matricule


def replacements(service: Service, documents: Sequence[Prepared], replaced: str | None) -> dict[str, str]:
    """Entry of the submission → entryUUID of what it replaces, by --replace or by its header. *Raises* Failed, ServiceError.

    A document that --replace names must be there and Approved; one that a header names and that is not is only warned of: it may
    have been given to another community. Asked for by reference, as whoever feeds a record may. [ITI TF-2: 3.42.4.1.3.5; DMP: TD3.1b]
    """
    if replaced:
        named = documents[0].replaces
        if named and replaced not in named:
            printing.say(f"the header says that it replaces {', '.join(named)}, not {replaced}; --replace is followed.")
        found = _approved(service, documents[0], [replaced]).get(replaced)
        if found is None:
            raise Failed(
                f"the registry holds no Approved document {replaced}; `coffre search --status all` lists what is there."
            )
        return {documents[0].entry.entry_uuid: found}
    wanted = list(dict.fromkeys(unique_id for prepared in documents for unique_id in prepared.replaces))
    approved = _approved(service, documents[0], wanted) if wanted else {}
    for unique_id in wanted:
        if unique_id not in approved:
            printing.say(
                f"the header replaces {unique_id}, of which the registry holds nothing Approved: no RPLC is sent."
            )
    return {
        prepared.entry.entry_uuid: approved[unique_id]
        for prepared in documents
        for unique_id in prepared.replaces
        if unique_id in approved
    }


def _approved(service: Service, first: Prepared, unique_ids: list[str]) -> dict[str, str]:
    """uniqueId → entryUUID of the Approved entry of that patient. *Raises* Failed."""
    patient = first.entry.patient_id
    assert patient is not None
    approved = set(_told(consumer.refer_approved(service, patient)))
    found = {
        unique_id: [ref for ref in _told(consumer.refer_documents(service, [unique_id], patient)) if ref in approved]
        for unique_id in unique_ids
    }
    return {unique_id: refs[0] for unique_id, refs in found.items() if refs}


def _told(answer: QueryAnswer) -> tuple[str, ...]:
    if answer.errors.has_errors:
        printing.tell_errors(answer.errors)
        raise Failed("the registry refused the query for what is replaced.")
    return answer.object_refs


def _prepared(name: str, number: int, patient: source.Patient, choices: Choices) -> Prepared:
    try:
        return source.prepare(Path(name).read_bytes(), patient, number, choices)
    except (HostileXML, NotCDA, UnfitHeader, PatientDisagrees) as error:
        raise printing.of_file(name, error) from error


def _as_data(name: str, prepared: Prepared, replaced: dict[str, str]) -> dict[str, object]:
    return {
        "file": name,
        "uniqueId": prepared.entry.unique_id,
        "size": len(prepared.content),
        "hash": prepared.entry.hash,
        "replaces": replaced.get(prepared.entry.entry_uuid),
    }
