"""What is hidden, told a second time from the definition: a record as it would be if what a caller may not know of did not exist.

A document is hidden as its last version says, whichever of its versions is asked for. What holds documents of its patient shows if it
holds none, or one that shows; what joins two things shows with both. [DMP: visibility]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from access.sight import RESTRICTIONS, Sight, Visibility
from tests.registry.store.world import TYPE_CODE
from tests.simulators.registry import Kept, MemoryRegistry
from xds.metadata import Association, DocumentEntry


@dataclass
class Said:
    """What was said last of each document, by logicalID; a later version that is taken out has still been said."""

    last: dict[str, DocumentEntry] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def listen(self, registry: MemoryRegistry) -> None:
        """Takes in what has been registered since."""
        new = [kept.value for name, kept in registry.objects.items() if name not in self.known]
        for value in sorted(new, key=lambda each: int(each.version or 1)):
            self.known.add(value.entry_uuid)
            if isinstance(value, DocumentEntry):
                self.last[value.logical_id or ""] = value


def shown_documents(registry: MemoryRegistry, sight: Sight, said: Said) -> set[str]:
    """entryUUIDs of the versions of documents that are seen."""
    return {
        name
        for name, kept in registry.objects.items()
        if isinstance(kept.value, DocumentEntry)
        and _is_of(kept, sight)
        and _is_shown(said.last[kept.value.logical_id or ""], _type_of(kept.value, registry), sight)
    }


def _type_of(entry: DocumentEntry, registry: MemoryRegistry) -> tuple[str, str]:
    """That of the latest version which is registered."""
    versions = [each.value for each in registry.objects.values() if each.value.logical_id == entry.logical_id]
    latest = max(versions, key=lambda each: int(each.version or 1))
    assert isinstance(latest, DocumentEntry) and latest.type_code is not None
    return latest.type_code.code, latest.type_code.coding_scheme


def _is_shown(entry: DocumentEntry, type_code: tuple[str, str], sight: Sight) -> bool:
    if sight.own & set(_authors_of(entry)):
        return True
    if sight.own_only:
        return False
    hiding = {each.name for each in Visibility if each in sight.hidden}
    restrictions = {code.code for code in entry.confidentiality_code if code.coding_scheme == RESTRICTIONS}
    return not hiding & restrictions and type_code not in sight.types_denied


def _authors_of(entry: DocumentEntry) -> Iterator[str]:
    for author in entry.author:
        components = (author.author_person or "").split("^")
        yield f"p:{components[0]}"
        if components[12:] == ["NH"]:
            yield "patient"
        yield from (f"s:{institution.split('^')[9]}" for institution in author.author_institution)


def _is_of(kept: Kept, sight: Sight) -> bool:
    return sight.patient is None or tuple(kept.patient) == sight.patient


def without_hidden(registry: MemoryRegistry, sight: Sight, said: Said) -> MemoryRegistry:
    """The same registry, of which nothing that is hidden was ever registered; the uniqueIds stay taken."""
    shown = shown_documents(registry, sight, said)
    arrows = [kept.value for kept in registry.objects.values() if isinstance(kept.value, Association)]
    for name, kept in registry.objects.items():
        if isinstance(kept.value, Association | DocumentEntry) or not _is_of(kept, sight):
            continue
        held = {each.target_object for each in arrows if each.source_object == name}
        own = {each for each in held if each in registry.objects and registry.objects[each].patient == kept.patient}
        documents = {each for each in own if isinstance(registry.objects[each].value, DocumentEntry)}
        if not documents or documents & shown:
            shown.add(name)
    while more := {each.entry_uuid for each in arrows if {each.source_object, each.target_object} <= shown} - shown:
        shown |= more
    rest = MemoryRegistry(TYPE_CODE, registry.home)
    rest.patients, rest.unique_ids = dict(registry.patients), dict(registry.unique_ids)
    rest.objects = {name: kept for name, kept in registry.objects.items() if name in shown and _is_of(kept, sight)}
    return rest


def secrets_of(registry: MemoryRegistry, rest: MemoryRegistry) -> set[bytes]:
    """Texts by which a hidden document, or an Association of one, would be recognised, that nothing which shows has too."""
    told = {text for name in rest.objects for text in _marks(registry.objects[name])}
    hidden = registry.objects.keys() - rest.objects.keys()
    return {text for name in hidden for text in _marks(registry.objects[name])} - told


def _marks(kept: Kept) -> Iterator[bytes]:
    """Its ids without prefix, and of a document the uniqueId, hash and title; all so long that chance does not make them."""
    value = kept.value
    texts = [each.removeprefix("urn:uuid:") for each in (value.entry_uuid, value.logical_id or "")]
    if isinstance(value, DocumentEntry):
        texts += [value.unique_id or "", value.hash or "", value.title[0].value]
    yield from (text.encode() for text in texts if len(text) > 8)
