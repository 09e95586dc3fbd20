"""The operator's pack: schema, schematrons and value sets of the CI-SIS, in a folder laid out as their publisher lays them out.

Nothing of it is ours and nothing of it is fetched. Which schematron belongs to a document is said by its templateIds, in
``volets.json``. [CI-SIS: Modèles de contenus CDA]
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

PROFILES = ("header", "volet", "ihe", "modeles", "ans")
"""Sets of rules: the header, the document's own kind, IHE's templates, the ANS's content models, its newer ones."""

SCHEMA = "xsd/CDA_extended.xsd"

_GENERIC = {
    "header": "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch",
    "ihe": "schematrons/profils/IHE.sch",
    "modeles": "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch",
    "ans": "schematrons/profils/CI-SIS_Modeles_ANS.sch",
}
_VOLETS = "volets.json"

TemplateId = tuple[str, str]
"""root and extension; an absent extension is empty."""


class PackError(Exception):
    """The folder is not a pack; the text is one sentence that says what to do."""


class Volet(NamedTuple):
    """A kind of document and its schematron."""

    template_id: str
    extension: str
    schematron: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A folder in which everything named here exists, unless somebody takes it away."""

    folder: Path
    volets: tuple[Volet, ...] = field(init=False)

    def __post_init__(self) -> None:
        """*Raises* PackError: no schema or no generic schematron there, or a table that is none."""
        for name in (SCHEMA, *_GENERIC.values()):
            if not (self.folder / name).is_file():
                raise PackError(
                    f"{self.folder} is not a CDA pack: it lacks {name}; "
                    "give a folder with xsd/, schematrons/ and jeuxDeValeurs/ as the ANS publishes them."
                )
        table = self.folder / _VOLETS
        # Frozen once it is made: the folder is absolute, for it goes to processes of another working folder.
        object.__setattr__(self, "folder", self.folder.resolve())
        object.__setattr__(self, "volets", _read_volets(table) if table.is_file() else ())

    @property
    def schema(self) -> Path:
        """The file at which the schema of clinical documents begins."""
        return self.folder / SCHEMA

    def schematron_of(self, profile: str, template_ids: Collection[TemplateId]) -> str | None:
        """The schematron of a profile for a document of these templates, relative to the folder; none where none covers it."""
        if profile != "volet":
            return _GENERIC[profile]
        for volet in self.volets:
            if (volet.template_id, volet.extension) in template_ids:
                return volet.schematron
        # A document of a later version of its kind has rules of its own; where it says none, the kind's oldest stand in.
        roots = {root for root, _ in template_ids}
        return next((v.schematron for v in self.volets if not v.extension and v.template_id in roots), None)


def _read_volets(table: Path) -> tuple[Volet, ...]:
    try:
        rows: list[dict[str, Any]] = json.loads(table.read_text(encoding="utf-8"))
        volets = tuple(Volet(row["templateId"], row.get("extension") or "", row["schematron"]) for row in rows)
    except OSError as error:
        raise PackError(f"{table} cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PackError(
            f"{table} is not a table of volets: it is a JSON array of templateId, extension, schematron."
        ) from error
    for volet in volets:
        if not (table.parent / volet.schematron).is_file():
            raise PackError(f"{table} names {volet.schematron}, which is not in the pack.")
    return volets
