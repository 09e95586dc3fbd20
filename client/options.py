"""What the verbs are told on the command line: the service, the patient, codes and times. Arguments become values here.

A matricule is never repeated in a message: what is wrong with it is told by position. [Référentiel INS]
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cda import codes
from client.call import Service, ServiceUnreachable, TLSFiles, parse_address
from client.source import Patient
from ins import oids
from ins.matricule import InvalidMatricule, Matricule
from xds import hl7v2
from xds.hl7v2 import CX
from xds.metadata import Code

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

DEFAULT_URL = "http://127.0.0.1:8080"
DEFAULT_PKI = Path("coffre-data") / "pki"
_AUTHORITY_FILE = "ca.cert.pem"
_CERTIFICATE_FILE = "establishment-tls.cert.pem"
_KEY_FILE = "establishment-tls.key.pem"

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


def add_patient(verb: argparse.ArgumentParser) -> None:
    """--ins."""
    verb.add_argument(
        "--ins",
        type=patient,
        required=True,
        metavar="INS",
        help="the patient: matricule INS of 15 characters, or whole with its authority, 'ID^^^&OID&ISO'",
    )


def service(arguments: Any, environment: Mapping[str, str] = os.environ) -> Service:
    """The service that --url, COFFRE_URL or the default names. *Raises* ServiceUnreachable."""
    return Service(address(arguments.url, environment), tls_files(environment))


def address(given: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The address of the service."""
    return given or environment.get("COFFRE_URL") or DEFAULT_URL


def tls_files(environment: Mapping[str, str] = os.environ) -> TLSFiles:
    """The establishment's certificate for TLS, from COFFRE_PKI or the embedded data folder; nothing if there is none."""
    folder = Path(environment.get("COFFRE_PKI") or DEFAULT_PKI)
    authority, certificate, key = (folder / name for name in (_AUTHORITY_FILE, _CERTIFICATE_FILE, _KEY_FILE))
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
