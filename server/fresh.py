"""Ids that nobody has had: random UUIDs as URNs. [RFC 9562: 5.4]"""

from __future__ import annotations

from os import urandom

_RANDOM = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_4 = 0x00000000_0000_4000_8000_000000000000
"""The bits that are drawn, and those that say so."""


def new_uuid() -> str:
    """``urn:uuid:`` and a UUID of version 4: written at once, several are drawn for each request."""
    digits = f"{int.from_bytes(urandom(16), 'big') & _RANDOM | _VERSION_4:032x}"
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
