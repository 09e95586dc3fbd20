"""Trains a dictionary for stored fragments from invented metadata: `python -m bench.dictionary fragments-2.dict`.

A dictionary once shipped is never changed or dropped, for rows name it; a better one gets the next number.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

import zstandard

from bench import material
from xds import ebrim
from xds.hl7v2 import CX
from xds.metadata import Association, Folder, LocalizedString
from xds.vocabulary import AssociationType, AvailabilityStatus

SIZE_BYTES = 16_384
SAMPLES = 3_000


def samples() -> list[bytes]:
    """Stored forms of entries, sets, folders and associations in the proportion in which submissions bring them."""
    digests = {number: (f"{number * 2654435761 % 2**160:040x}", 1000 + number) for number in range(1000)}
    stored: list[bytes] = []
    for number in range(SAMPLES):
        effects = material.stored(number * 37, "1.2.250.1.999.5.1", digests).effects
        stored.append(ebrim.write_stored(effects.submission_set))
        stored += map(ebrim.write_stored, effects.document_entries)
        stored += map(ebrim.write_stored, effects.associations)
        if number % 20 == 0:
            stored += map(ebrim.write_stored, _rarer(number))
    return stored


def _rarer(number: int) -> list[Folder | Association]:
    folder_id, entry_id = (
        f"urn:uuid:{uuid.UUID(int=(4 << 96) + number)}",
        f"urn:uuid:{uuid.UUID(int=(1 << 96) + number)}",
    )
    folder = Folder(
        entry_uuid=folder_id,
        logical_id=folder_id,
        version="1",
        code_list=(material.code("SUIVI", "1.2.250.1.999.8", "Suivi"),),
        patient_id=CX(f"{material.matricule(number)}^^^&{material.AUTHORITY}&ISO^NH"),
        title=(LocalizedString("Suivi", "fr-FR"),),
        unique_id=f"2.25.55{number:037}",
    )
    relations = [
        Association(
            entry_uuid=f"urn:uuid:{uuid.UUID(int=((5 + place) << 96) + number)}",
            association_type=kind,
            source_object=entry_id,
            target_object=folder_id,
            availability_status=AvailabilityStatus.APPROVED,
        )
        for place, kind in enumerate(AssociationType)
        if place < 7
    ]
    return [folder, *relations]


def main() -> int:
    """Writes the dictionary to the file named and says how well it does."""
    target = Path(sys.argv[1])
    material_: list[bytes | bytearray | memoryview] = list(samples())
    dictionary = zstandard.train_dictionary(SIZE_BYTES, list(material_), level=3)
    target.write_bytes(dictionary.as_bytes())
    compress = zstandard.ZstdCompressor(level=1, dict_data=dictionary).compress
    before, after = sum(map(len, material_)), sum(len(compress(one)) for one in material_)
    print(f"{len(material_)} samples, {before // len(material_)} bytes each become {after // len(material_)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
