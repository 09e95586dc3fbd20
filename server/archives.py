"""A zip archive of a stranger, read in memory: everything bounded, nothing written, no name that leads elsewhere. [PKWARE APPNOTE]"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType

_CHUNK = 1024 * 1024
_READ = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class UnfitArchive(Exception):
    """The archive is refused; the texts are one sentence each and name no content."""

    def __init__(self, reason: str, reason_fr: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reason_fr = reason_fr


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is read at most: files; bytes of one and of all, unpacked, whatever the archive says of itself."""

    files: int = 1_000
    size: int = 128 * 1024 * 1024
    total: int = 512 * 1024 * 1024


BOUNDS = Bounds()


def read_archive(content: bytes, bounds: Bounds = BOUNDS) -> Mapping[str, bytes]:
    """The files of an archive by their paths, folders left out. *Raises* UnfitArchive."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > bounds.files:
                raise UnfitArchive(
                    f"The archive holds {len(entries)} files; at most {bounds.files} are read.",
                    f"L'archive contient {len(entries)} fichiers ; {bounds.files} au plus sont lus.",
                )
            return MappingProxyType(_read_all(archive, entries, bounds))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise UnfitArchive(
            "The archive is broken or cut off, and cannot be read.", "L'archive est endommagée ou tronquée, illisible."
        ) from error


def _read_all(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], bounds: Bounds) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = bounds.total
    for place, entry in enumerate(entries, 1):
        _check(entry, place)
        if entry.is_dir():
            continue
        if entry.filename in files:
            raise UnfitArchive(
                f"File {place} of the archive has the name of another.",
                f"Le fichier {place} de l'archive porte le nom d'un autre.",
            )
        files[entry.filename] = _read(archive, entry, place, min(bounds.size, left))
        left -= len(files[entry.filename])
    return files


def _check(entry: zipfile.ZipInfo, place: int) -> None:
    name = entry.filename
    # ZipInfo has cut the name at a NUL; what stood behind it is nobody's business any more.
    if name != entry.orig_filename or "\\" in name or ":" in name or name.startswith("/") or ".." in name.split("/"):
        raise UnfitArchive(
            f"The name of file {place} of the archive leads out of it.",
            f"Le nom du fichier {place} de l'archive mène hors de celle-ci.",
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnfitArchive(f"File {place} of the archive is a link.", f"Le fichier {place} de l'archive est un lien.")
    if entry.flag_bits & 1:
        raise UnfitArchive(
            f"File {place} of the archive is encrypted; send it in clear inside an encrypted mail.",
            f"Le fichier {place} de l'archive est chiffré ; envoyez-le en clair dans un message chiffré.",
        )
    if entry.compress_type not in _READ:
        raise UnfitArchive(
            f"File {place} of the archive is packed in a way that is not read; use deflate.",
            f"Le fichier {place} de l'archive est comprimé d'une façon qui n'est pas lue ; utilisez deflate.",
        )


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: int, size_max: int) -> bytes:
    """The bytes of a file, counted while they are unpacked: what the archive says of their number may be a lie."""
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as file:
        while piece := file.read(_CHUNK):
            size += len(piece)
            if size > size_max:
                raise UnfitArchive(
                    f"File {place} of the archive has more than the {size_max} bytes that are read.",
                    f"Le fichier {place} de l'archive dépasse les {size_max} octets qui sont lus.",
                )
            pieces.append(piece)
    return b"".join(pieces)
