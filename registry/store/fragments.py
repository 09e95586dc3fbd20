"""An object's ebRIM as it lies in a row: compressed with a dictionary that is named beside it and never dropped.

[measured: 9.2 KB become some 500 bytes; 5 µs in, 2.5 µs out]
"""

from __future__ import annotations

import threading
from pathlib import Path

import zstandard

PRESENT_DICTIONARY = 1
"""The dictionary that new fragments are written with. Older numbers stay readable for ever; 0 is none."""


class _Codecs(threading.local):
    """zstandard's objects serve one thread at a time."""

    def __init__(self) -> None:
        dictionaries = {0: None} | {
            int(path.stem.removeprefix("fragments-")): zstandard.ZstdCompressionDict(path.read_bytes())
            for path in Path(__file__).parent.glob("fragments-*.dict")
        }
        present = dictionaries[PRESENT_DICTIONARY]
        self.compress = zstandard.ZstdCompressor(level=1, dict_data=present, write_checksum=False).compress
        self.decompress = {
            number: zstandard.ZstdDecompressor(dict_data=dictionary).decompress
            for number, dictionary in dictionaries.items()
        }


_codecs = _Codecs()


def fold(ebrim: bytes) -> bytes:
    """Compresses with the present dictionary."""
    return _codecs.compress(ebrim)


def unfold(fragment: bytes, dictionary: int) -> bytes:
    """Decompresses with the dictionary named beside the fragment."""
    return _codecs.decompress[dictionary](fragment)
