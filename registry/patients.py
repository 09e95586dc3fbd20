"""[ITI-44] Patient identity feed: who is known here. [ITI TF-2: 3.44]

Only identifiers are kept; names, dates and addresses of the message are nobody's business here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.facts import PatientIdentity, RegistryWork
from xds.domain import AffinityDomain

if TYPE_CHECKING:
    from xds.wire.patient_feed import PatientFeed


def feed(message: PatientFeed, work: RegistryWork, *, domain: AffinityDomain) -> tuple[PatientIdentity, ...]:
    """Makes the patients of a record added known, and tells which; ids of foreign authorities are ignored. [ITI TF-2: 3.44.4.1.3]

    None of ours is no error: the message is acknowledged all the same.
    """
    ours = tuple(
        PatientIdentity(extension, root)
        for root, extension in dict.fromkeys(message.ids)
        if extension and domain.find_authority(root) is not None
    )
    for identity in ours:
        work.add_patient(identity)
    return ours
