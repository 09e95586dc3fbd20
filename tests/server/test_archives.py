"""Archives of strangers: read in memory, within bounds, with no name that leads elsewhere."""

from __future__ import annotations

import io
import zipfile

import pytest

from server.archives import Bounds, UnfitArchive, read_archive
from tests.server.papers import zipped


def with_entry(name: str, *, attributes: int = 0, flags: int = 0, compression: int = zipfile.ZIP_STORED) -> bytes:
    """An archive whose one file has been given something odd."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = attributes << 16
        entry.compress_type = compression
        archive.writestr(entry, b"content")
    data = bytearray(content.getvalue())
    if flags:
        data[6] |= flags
        data[data.index(b"PK\x01\x02") + 8] |= flags
    return bytes(data)


def test_files_are_read_by_their_paths_without_the_folders() -> None:
    content = zipped({"A.TXT": b"a", "IHE_XDM/": b"", "IHE_XDM/B.XML": b"b" * 100_000})
    assert read_archive(content) == {"A.TXT": b"a", "IHE_XDM/B.XML": b"b" * 100_000}


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/a", "C:/a", "a\\..\\b", "a:b"])
def test_name_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(UnfitArchive, match="leads out of it"):
        read_archive(with_entry(name))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (with_entry("a", attributes=0o120777), "is a link"),
        (with_entry("a", flags=1), "is encrypted"),
        (with_entry("a", compression=zipfile.ZIP_LZMA), "use deflate"),
        (b"PK\x03\x04 and no more", "broken or cut off"),
        (zipped({"a": b"a" * 5000})[:-30], "broken or cut off"),
        (zipped({"a": b"a" * 5000}).replace(b"PK\x03\x04", b"PK\x03\x05"), "broken or cut off"),
    ],
    ids=["link", "encrypted", "lzma", "nothing", "cut", "torn"],
)
def test_archive_that_is_not_read_is_refused_in_a_sentence(content: bytes, told: str) -> None:
    with pytest.raises(UnfitArchive, match=told) as caught:
        read_archive(content)
    assert caught.value.reason_fr.endswith(".")


def test_name_that_stands_twice_is_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", b"2")
    with pytest.raises(UnfitArchive, match="name of another"):
        read_archive(content.getvalue())


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        (Bounds(files=1), "at most 1 are read"),
        (Bounds(size=999), "more than the 999 bytes"),
        (Bounds(total=1500), "more than the 500 bytes"),
    ],
    ids=["files", "size", "total"],
)
def test_archive_beyond_a_bound_is_refused(bounds: Bounds, told: str) -> None:
    with pytest.raises(UnfitArchive, match=told):
        read_archive(zipped({"a": b"0" * 1000, "b": b"1" * 1000}), bounds)


def test_size_is_counted_whatever_the_archive_says_of_itself() -> None:
    honest = zipped({"bomb": b"0" * 50_000})
    lying = honest.replace((50_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(UnfitArchive):
        read_archive(lying, Bounds(size=20_000))
