"""What an update's Associations ask for: their Slots, read. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]

Reads what is well written and tells nothing of what is not: that is asked by ``trigger_rules``.
"""

from __future__ import annotations

from xds.metadata import Association
from xds.vocabulary import AvailabilityStatus, UpdateSlot

YES, NO = "yes", "no"
"""Values of AssociationPropagation; without it they propagate."""

_STATUSES = {str(status): status for status in AvailabilityStatus}


def values_of(association: Association, slot: UpdateSlot) -> tuple[str, ...] | None:
    """The values of a Slot, if the Association has it."""
    return next((values for name, values in association.extra if name == slot), None)


def value_of(association: Association, slot: UpdateSlot) -> str | None:
    """The value of a Slot that has exactly one."""
    values = values_of(association, slot)
    return values[0] if values is not None and len(values) == 1 else None


def previous_version(announcement: Association) -> int | None:
    """PreviousVersion of the HasMember that announces a new version."""
    text = value_of(announcement, UpdateSlot.PREVIOUS_VERSION) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else None


def propagates(announcement: Association) -> bool:
    """Whether what is joined to the previous version is to be joined to the new one."""
    return value_of(announcement, UpdateSlot.ASSOCIATION_PROPAGATION) != NO


def status_of(association: Association, slot: UpdateSlot) -> AvailabilityStatus | None:
    """OriginalStatus or NewStatus of an UpdateAvailabilityStatus."""
    return _STATUSES.get(value_of(association, slot) or "")


_DIGITS_MAX = 9  # more versions than that no object lives to see, and the store's number holds them
