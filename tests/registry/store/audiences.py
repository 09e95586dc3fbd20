"""Random records whose documents have audiences, and random callers: what the laws of sight are asked of. [DMP: visibility]"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from access import roles
from access.caller import AuthenticationMode, Identity, Role
from access.mandate import Action, Authorisation, Mandate, Permit, RecordState, Standing
from access.sight import RESTRICTIONS, Sight, Traits, Visibility
from tests.access.people import MOTHER, a_caller, the_dmp
from tests.registry.store import amendments, submissions
from tests.registry.store.steps import VERBS, Deed
from tests.registry.store.world import AUTHORITY, ENTRIES, PEOPLE, SCHEME, World
from xds.domain import AffinityDomain
from xds.hl7v2 import XCN, XON
from xds.metadata import Association, Author, Code, DocumentEntry, LocalizedString, Slot, Submission
from xds.transactions import ITI_42, ITI_44, ITI_57, ITI_61, ITI_62, ITI_92, Transaction
from xds.vocabulary import AssociationType, SubmissionSetStatus

RESTRICTING = ("MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX", "MASQUE_PSOCIAL", "MASQUE_PT")
PROFESSIONALS, STRUCTURES = ("801", "802"), ("STR-1", "STR-2")
DENIED = ("type_code0", SCHEME)
"""A type of documents that an optician is not shown."""

_OPTICIAN = Role("28", roles.PROFESSIONS)
_ROLES: Mapping[str, tuple[dict[str, Any], ...]] = {
    "P": (
        {"profession": _OPTICIAN},
        {"profession": Role("60", roles.PROFESSIONS)},
        {"profession": Role("41", roles.SOCIAL)},
        {"profession": Role("99", roles.KNOWN_BY_ROLE), "specialty": Role("300", roles.CARE_ROLES)},
    ),
    "REP": ({"profession": MOTHER}, {"profession": Role("TUTEUR", roles.PROTECTORS)}),
}
_LETTERS = ("P", "P", "M", "M", "W", "T", "C", "I", "PAT", "REP")
_ACTIONS: tuple[Action, ...] = (Action.FIND, Action.FIND, Action.FIND, Action.RETRIEVE, Action.REFER, *Action)


class Guarded(World):
    """A world whose documents have authors, structures, restrictions, and titles that nothing else bears."""

    def document_entry(self, entry_uuid: str) -> DocumentEntry:
        entry = super().document_entry(entry_uuid)
        digest = hashlib.sha1(f"{self.draw.getrandbits(64)}".encode(), usedforsecurity=False).hexdigest()
        known = self.registry.unique_ids.get(entry.unique_id or "")
        return replace(
            entry,
            author=self.authors(),
            confidentiality_code=self.restrictions(),
            hash=known.hash if known is not None and known.hash else digest,
            title=(LocalizedString(f"titre {self.draw.getrandbits(64):016x}"),),
        )

    def authors(self) -> tuple[Author, ...]:
        """A professional of a structure, two, or the patient."""
        if self.chance(0.15):
            return (Author(XCN(f"{self.patient}^PETIT^Anne^^^^^^&{AUTHORITY}&ISO^D^^^NH")),)
        people = self.some(PROFESSIONALS, least=1)
        return tuple(
            Author(
                XCN(f"{person}^DUVAL^Alix^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"),
                (XON(f"Clinique^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{self.choice(STRUCTURES)}"),),
            )
            for person in people
        )

    def restrictions(self) -> tuple[Code, ...]:
        """N, and often a restriction or two."""
        found = self.some(RESTRICTING) if self.chance(0.6) else ()
        normal = Code("N", "2.16.840.1.113883.5.25", (LocalizedString("normal"),))
        return normal, *(Code(each, RESTRICTIONS, (LocalizedString(each),)) for each in found)


def _signed(world: World) -> Submission:
    """A lot and its signature, a document more, which signs the SubmissionSet. [DMP: signature]"""
    lot = submissions.submission(world)
    signature = world.document_entry(world.uuid())
    arrows = [
        Association(
            entry_uuid=world.uuid(),
            association_type=AssociationType.HAS_MEMBER,
            source_object=lot.submission_set.entry_uuid,
            target_object=signature.entry_uuid,
            submission_set_status=SubmissionSetStatus.ORIGINAL,
        )
    ] + [
        Association(
            entry_uuid=world.uuid(),
            association_type=AssociationType.SIGNS,
            source_object=signature.entry_uuid,
            target_object=target,
        )
        for target in (lot.submission_set.entry_uuid, *(each.entry_uuid for each in lot.document_entries))
    ]
    entries = (*lot.document_entries, signature)
    return replace(lot, document_entries=entries, associations=(*lot.associations, *arrows))


def _other_audience(world: World) -> Submission:
    """[ITI-57] A document is masked, shown, given another author or another type, in a new version. [DMP: TD3.3a, TD3.3b]"""
    kept = world.pick(*ENTRIES)
    if kept is None or not isinstance(world, Guarded):
        return submissions.submission(world)
    assert isinstance(kept.value, DocumentEntry)
    changes: dict[str, Any] = {"confidentiality_code": world.restrictions()}
    if world.chance(0.2):
        changes["author"] = world.authors()
    if world.chance(0.4):
        changes["type_code"] = world.code("type_code", 2)
    patient_id = world.patient_id(kept.patient.id_number)
    value = replace(kept.value, entry_uuid=world.uuid(), patient_id=patient_id, **changes)
    the_set = replace(world.submission_set(world.uuid()), patient_id=patient_id)
    slots = [("PreviousVersion", kept.value.version or "1")]
    if world.chance(0.3):
        slots.append(("AssociationPropagation", "no"))
    member = Association(
        entry_uuid=world.uuid(),
        association_type=AssociationType.HAS_MEMBER,
        source_object=the_set.entry_uuid,
        target_object=value.entry_uuid,
        submission_set_status=SubmissionSetStatus.ORIGINAL,
        extra=tuple(Slot(name, (text,)) for name, text in slots),
    )
    return Submission((the_set,), (value,), (), (member,))


def _sent(transaction: Transaction, make: Callable[[World], Submission]) -> Callable[[World], Deed]:
    verb, request_of = VERBS[transaction.name]
    return lambda world: Deed(transaction, verb, request_of(make(world)))


CHANGES: Mapping[str, Callable[[World], Deed]] = {
    "submit": _sent(ITI_42, submissions.submission),
    "submit signed": _sent(ITI_42, _signed),
    "submit on demand": _sent(ITI_61, submissions.on_demand),
    "other audience": _sent(ITI_57, _other_audience),
    "new versions": _sent(ITI_57, amendments.new_versions),
    "statuses": _sent(ITI_57, amendments.changed_statuses),
    "associations": _sent(ITI_57, amendments.later_associations),
    "restricted versions": _sent(ITI_92, amendments.restricted_versions),
}
"""What is judged by what the caller may do."""

DEEDS: Mapping[str, Callable[[World], Deed]] = {
    **CHANGES,
    "remove": lambda world: Deed(ITI_62, "remove", amendments.removal(world)),
    "merge": lambda world: Deed(ITI_44, "feed", amendments.merge(world)),
}
"""All that can become of a record."""

OFTEN = (*DEEDS, "submit", "other audience", "other audience", "other audience", "associations")
"""Deeds by their names, those on which sight depends several times."""


@cache
def the_domain() -> AffinityDomain:
    """The French profile, with a type that opticians do not see."""
    return replace(the_dmp(), types_denied={_OPTICIAN.code: (DENIED,)})


def a_mandate_of(world: World) -> Mandate:
    """Somebody comes to somebody's record: most of the time a good caller of an active record."""
    letter, mode = world.choice(_LETTERS), world.choice("nnnrb")
    patient: Identity = (world.survivor(_somebody(world)), AUTHORITY)
    people = {"PAT": (patient[0],), "REP": ("T9",)}.get(letter, (*PROFESSIONALS, "899"))
    changes: dict[str, Any] = {
        "person_id": world.choice(people),
        "patient": patient,
        "is_secret": world.chance(0.1),
        **world.choice(_ROLES.get(letter, ({},))),
    }
    if letter not in ("PAT", "REP"):
        changes["structure_id"] = world.choice((*STRUCTURES, "STR-3"))
    if letter in ("P", "M", "W", "T") and world.chance(0.2):
        changes["authentication"] = AuthenticationMode.REINFORCED
    standing = Standing(
        patient=patient,
        state=RecordState.ACTIVE if world.chance(0.9) else world.choice(tuple(RecordState)),
        authorisation=Authorisation.VALID if world.chance(0.85) else world.choice(tuple(Authorisation)),
        is_treating=letter == "T",
        opposes_break_glass=world.chance(0.2),
        opposes_regulation=world.chance(0.2),
        shows_masked_in_emergency=world.chance(0.5),
        is_minor=world.chance(0.5),
    )
    return Mandate(a_caller(letter, mode, **changes), standing, the_domain())


def _somebody(world: World) -> str:
    """Whose record it is; sometimes another's."""
    return world.patient if world.chance(0.85) else world.choice(PEOPLE)


def an_action(world: World) -> Action:
    """What they want to do: to consult, most of the time."""
    return world.choice(_ACTIONS)


def sight_of(decided: object) -> Sight:
    """What is seen where that was decided; nothing, where it was denied."""
    return decided.sight if isinstance(decided, Permit) else Sight(own_only=True)


def a_sight(world: World) -> Sight:
    """Any sight, whether somebody can come by it or not; it has to do with some document of the record."""
    entries = [kept for kept in world.registry.objects.values() if kept.kind in ENTRIES]
    traits = world.choice(entries).traits if entries else Traits()
    own = world.some((*sorted(traits.owners), *(f"p:{each}" for each in PROFESSIONALS)))
    return Sight(
        patient=(_somebody(world), AUTHORITY) if world.chance(0.8) else None,
        hidden=traits.visibility if world.chance(0.6) else Visibility(world.draw.randrange(32)),
        own=frozenset(own) if world.chance(0.5) else frozenset(),
        own_only=world.chance(0.1),
        types_denied=frozenset((DENIED,)) if world.chance(0.4) else frozenset(),
    )
