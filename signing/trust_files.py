"""Files of certificates and revocation lists as an operator has them, read and sorted: trusted, intermediate, revoked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from signing.certificates import UNREADABLE, is_authority

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SUFFIXES = frozenset({".pem", ".crt", ".cer", ".crl"})
"""Of the files that are read in a folder; PEM or DER."""

_BLOCK = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL)-----.+?-----END \1-----\s*", re.DOTALL)


class TrustError(Exception):
    """Files that make no trust; the text is one sentence that says what to do."""


class TrustFiles(NamedTuple):
    """Certificates of authorities, and lists. Certificates of others, and keys, were passed over."""

    anchors: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...]
    revocation_lists: tuple[x509.CertificateRevocationList, ...]


def read_trust_files(paths: Iterable[Path]) -> TrustFiles:
    """Reads files, and the files of folders. *Raises* TrustError, also when there is nobody to trust in them."""
    anchors: dict[x509.Certificate, None] = {}
    intermediates: dict[x509.Certificate, None] = {}
    lists: list[x509.CertificateRevocationList] = []
    named = tuple(paths)
    for path in _files(named):
        for one in _read(path):
            if isinstance(one, x509.CertificateRevocationList):
                lists.append(one)
            elif is_authority(one):
                (anchors if _is_self_signed(one) else intermediates)[one] = None
    if named and not anchors:
        raise TrustError(
            f"{named[0]} holds no self-signed certificate of an authority; put the root certificate there."
        )
    return TrustFiles(tuple(anchors), tuple(intermediates), tuple(lists))


def stamp(paths: Iterable[Path]) -> frozenset[tuple[Path, int, int]]:
    """What changes when a file does, comes or goes: names, moments and sizes. *Raises* TrustError."""
    seen = set()
    for path in _files(paths):
        try:
            state = path.stat()
        except OSError as error:
            raise _unreadable(path, error) from error
        seen.add((path, state.st_mtime_ns, state.st_size))
    return frozenset(seen)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            found = sorted(path.iterdir()) if path.is_dir() else [path]
        except OSError as error:
            raise _unreadable(path, error) from error
        yield from (one for one in found if one == path or _is_candidate(one))


def _is_candidate(path: Path) -> bool:
    # Keys lie in the same folder sometimes; who judges others' signatures has no business with them.
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return bool(suffixes) and suffixes[-1] in SUFFIXES and ".key" not in suffixes and path.is_file()


def _read(path: Path) -> Iterator[x509.Certificate | x509.CertificateRevocationList]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        if b"-----BEGIN " not in content:
            is_list = path.suffix.lower() == ".crl"
            yield x509.load_der_x509_crl(content) if is_list else _certificate(x509.load_der_x509_certificate(content))
            return
        for block in _BLOCK.finditer(content):
            if block[1] == b"CERTIFICATE":
                yield _certificate(x509.load_pem_x509_certificate(block[0]))
            else:
                yield x509.load_pem_x509_crl(block[0])
    except UNREADABLE as error:
        raise TrustError(
            f"{path} holds a certificate or list that cannot be read; replace it or take it away."
        ) from error


def _certificate(certificate: x509.Certificate) -> x509.Certificate:
    # Pieces are parsed when they are asked for: better at start than at the first signature.
    certificate.public_key()
    _ = certificate.extensions
    return certificate


def _is_self_signed(certificate: x509.Certificate) -> bool:
    if certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def _unreadable(path: Path, error: OSError) -> TrustError:
    return TrustError(f"{path} cannot be read ({error.strerror}); name a folder or file of certificates that is there.")
