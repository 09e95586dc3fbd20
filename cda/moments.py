"""Whether two times mean one moment: a time of the metadata, in UTC, and one of a header, with its offset, or without any.

[ITI TF-3: Table 4.2.3.1.7-2, DTM; HL7 v3 Datatypes R1: TS]
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from cda.datatypes import RECURRING_MAX, TimeStamp, read_ts, utc
from xds.hl7v2 import DTM, Malformed

_DATE = 8  # digits
_ZONES = tuple(timedelta(minutes=minutes) for minutes in range(-12 * 60, 14 * 60 + 1, 30))
"""What a local time of no told zone may be ahead of UTC."""


def same_moment(found: DTM, expected: str) -> bool:
    """Whether a time in UTC can be the TS, both taken at the precision of the less precise.

    A date may be that of the place or of UTC. A TS without offset may be a time of any zone. What is no time at all is for others to
    say, and agrees. The times of a document are mostly one and the same: what two short texts come to is kept in mind.
    """
    if len(found) > RECURRING_MAX or len(expected) > RECURRING_MAX:
        return _is_same(found, expected)
    return _is_known_to_be_same(found, expected)


def _is_same(found: DTM, expected: str) -> bool:
    stamp = read_ts(expected)
    if stamp is None or DTM.check(found) is not None:
        return True
    digits = min(len(found), len(stamp.digits))
    if len(found) <= _DATE and found[:digits] == stamp.digits[:digits]:
        return True
    if stamp.offset and len(stamp.digits) > _DATE:
        return _in_utc(stamp)[:digits] == found[:digits]
    if found[:digits] == stamp.digits[:digits]:
        return True
    return len(found) > _DATE and stamp.digits[:digits] in {local[:digits] for local in _local_times(found)}


_is_known_to_be_same = lru_cache(maxsize=1024)(_is_same)


def _in_utc(stamp: TimeStamp) -> str:
    try:
        return utc(stamp.digits + stamp.offset)
    except Malformed:
        return ""  # before the year 1 or after 9999 in UTC


def _local_times(found: DTM) -> Iterator[str]:
    try:
        moment = datetime.strptime(f"{found.start:014d}", "%Y%m%d%H%M%S")
        for zone in _ZONES:
            yield (moment + zone).strftime("%Y%m%d%H%M%S").rjust(14, "0")
    except (ValueError, OverflowError):
        return  # before the year 1 or after 9999 in some zone
