"""What the verbs are told on the command line: the service, the patient, codes and times. Arguments become values here.

A matricule is never repeated in a message: what is wrong with it is told by position. [Référentiel INS]
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from access.caller import AccessMode
from cda import codes
from client.call import Service, ServiceUnreachable, TLSFiles, parse_address
from client.printing import Failed, Misused
from client.source import Patient
from client.voucher import DOCTOR, ESTABLISHMENT, Professional, Voucher, of_professional, of_structure
from ins import oids
from ins.matricule import InvalidMatricule, Matricule
from signing.keys import KeyUnfit
from xds import hl7v2
from xds.hl7v2 import CX
from xds.metadata import Code

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

Found = TypeVar("Found")

DEFAULT_URL = "http://127.0.0.1:8080"
DEFAULT_PKI = Path("coffre-data") / "pki"
_AUTHORITY_FILE = "ca.cert.pem"

INS_AUTHORITIES = tuple(authority.oid for authority in oids.AUTHORITIES if authority.kind.is_matricule)
"""Who may have given a matricule."""


def add_verb(subparsers: Subparsers, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """A verb with an example in its --help."""
    return subparsers.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_service(verb: argparse.ArgumentParser) -> None:
    """--url and --json."""
    verb.add_argument("--url", type=url, help=f"the service; else COFFRE_URL, else {DEFAULT_URL}")
    verb.add_argument("--json", action="store_true", help="print data as JSON")


def add_patient(verb: argparse.ArgumentParser, *, is_required: bool = True) -> None:
    """--ins."""
    verb.add_argument(
        "--ins",
        type=patient,
        required=is_required,
        metavar="INS",
        help="the patient: matricule INS of 15 characters, or whole with its authority, 'ID^^^&OID&ISO'",
    )


def service(arguments: Any, environment: Mapping[str, str] = os.environ, voucher: Voucher | None = None) -> Service:
    """The service that --url, COFFRE_URL or the default names. *Raises* ServiceUnreachable."""
    return service_at(address(arguments.url, environment), pki_folder(environment), voucher)


def service_at(url: str, folder: Path, voucher: Voucher | None = None) -> Service:
    """A service, with TLS opened by whoever vouches. *Raises* ServiceUnreachable. [DMP: VIHF]"""
    return Service(url, tls_files(folder, voucher.holder if voucher else ESTABLISHMENT), voucher=voucher)


def add_caller(verb: argparse.ArgumentParser) -> None:
    """--as, --mode and --reason: in whose name, and how, the record is opened."""
    verb.add_argument(
        "--as",
        dest="person",
        type=professional,
        default=DOCTOR,
        metavar="PS_ID",
        help="the professional for whom the establishment vouches, PS_ID or PS_ID^FAMILY^GIVEN "
        f"(default: {DOCTOR.person_id}, of the demonstration)",
    )
    verb.add_argument(
        "--mode",
        type=AccessMode,
        choices=list(AccessMode),
        default=AccessMode.NORMAL,
        metavar="MODE",
        help=f"how the record is opened: {', '.join(AccessMode)}",
    )
    verb.add_argument(
        "--reason", default="", metavar="TEXT", help=f"why, in words; wanted with {AccessMode.BREAK_GLASS}"
    )


def consulting(arguments: Any) -> Voucher | None:
    """The voucher of whom --as names; none where there are no keys. *Raises* Failed, Misused."""
    if arguments.mode is AccessMode.BREAK_GLASS and not arguments.reason.strip():
        raise Misused("whoever breaks the glass says why: give --reason, which the patient reads in the journal.")
    return vouching(lambda: of_professional(pki_folder(), arguments.person, arguments.mode, arguments.reason.strip()))


def structure() -> Voucher | None:
    """The voucher of the establishment, which feeds records and keeps identities. *Raises* Failed."""
    return vouching(lambda: of_structure(pki_folder()))


def vouching(load: Callable[[], Found]) -> Found:
    """What is made of keys on the disk. *Raises* Failed."""
    try:
        return load()
    except KeyUnfit as error:
        raise Failed(str(error)) from error


def pki_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where certificates and keys are: COFFRE_PKI, else the data folder of an embedded service."""
    if chosen := environment.get("COFFRE_PKI"):
        return Path(chosen)
    if data := environment.get("COFFRE_DATA_DIR"):
        return Path(data) / "pki"
    return DEFAULT_PKI


def address(given: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The address of the service."""
    return given or environment.get("COFFRE_URL") or DEFAULT_URL


def tls_files(folder: Path, holder: str = ESTABLISHMENT) -> TLSFiles:
    """A holder's certificate for TLS and who vouches for servers, from a PKI folder; nothing if there is none."""
    names = (_AUTHORITY_FILE, f"{holder}-tls.cert.pem", f"{holder}-tls.key.pem")
    authority, certificate, key = (folder / name for name in names)
    return TLSFiles(
        authority if authority.is_file() else None,
        certificate if certificate.is_file() and key.is_file() else None,
        key if key.is_file() else None,
    )


def url(text: str) -> str:
    """The address of a service."""
    try:
        parse_address(text)
    except ServiceUnreachable as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def patient(text: str) -> Patient:
    """An INS: a bare matricule, or a CX with its authority."""
    if "^" in text:
        try:
            identifier = CX.parse(text.strip())
        except hl7v2.Malformed as malformed:
            raise argparse.ArgumentTypeError(f"expected {malformed.expected}") from malformed
        return Patient(identifier.id_number, identifier.authority)
    try:
        return Patient(Matricule.parse(text.strip()))
    except InvalidMatricule as invalid:
        raise argparse.ArgumentTypeError(
            f"no matricule INS: {invalid.reason_en} (other identifiers whole, as ID^^^&OID&ISO)"
        ) from invalid


def professional(text: str) -> Professional:
    """A professional, PS_ID or PS_ID^FAMILY^GIVEN."""
    person_id, *names = (part.strip() for part in text.split("^"))
    if not person_id or len(names) > len(Professional._fields) - 1:
        raise argparse.ArgumentTypeError("expected PS_ID or PS_ID^FAMILY^GIVEN, e.g. 899700000000^EXEMPLE^CAMILLE")
    return Professional(person_id, *names)


def count(largest: int) -> Callable[[str], int]:
    """How a whole number from 1 to the largest is read."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= largest):
            raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {largest}")
        return int(text)

    return read


def identifiers(named: Patient) -> tuple[CX, ...]:
    """The identifiers to ask under: the one named, or the matricule under every INS authority."""
    authorities = (named.authority,) if named.authority else INS_AUTHORITIES
    return tuple(CX.build(named.id_number, authority) for authority in authorities)


def code(text: str) -> Code:
    """A coded value as stored queries write it, CODE^^SCHEME. [ITI TF-2: 3.18.4.1.2.3.4]"""
    value, separator, scheme = text.strip().partition("^^")
    if not (value and separator and scheme) or "^" in scheme:
        raise argparse.ArgumentTypeError("expected CODE^^SCHEME, e.g. 11502-2^^2.16.840.1.113883.6.1")
    return codes.a_code(value, scheme)


def code_filter(text: str) -> str:
    """A coded value as a query's filter."""
    found = code(text)
    return f"{found.code}^^{found.coding_scheme}"


def moment(text: str) -> str:
    """A moment in UTC, YYYY[MM[DD[hh[mm[ss]]]]]; ISO 8601's separators are taken out."""
    digits = text.strip().rstrip("Z").translate(str.maketrans("", "", "-:T "))
    if (expected := hl7v2.DTM.check(digits)) is not None:
        raise argparse.ArgumentTypeError(f"expected {expected}")
    return digits
