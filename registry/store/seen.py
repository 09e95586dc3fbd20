"""Which documents are there, by uniqueId, and which a caller sees: what a repository asks of the registry beside it. [DMP: TD3.2]"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from access.sight import Sight, Visibility
from registry.facts import Kind
from registry.store import seeing, statements
from sql.database import Work
from xds.identifiers import normal_id

_DOCUMENTS = (Kind.STABLE, Kind.ON_DEMAND)
_SEEN = "select o.unique_id from registry_object o where o.kind in (1, 2) and o.latest = 1 and {0}"

_UNIQUE_IDS = "select cast(entry_uuid as text), unique_id from registry_object where kind in (1, 2) and {0}"
_PATIENTS = """
select cast(o.entry_uuid as text), o.unique_id, p.id_number, p.authority
from registry_object o join patient p on p.key = o.patient where {0} order by p.key"""
_VISIBILITIES = "select cast(entry_uuid as text), visibility from registry_object where kind in (1, 2) and {0}"
_NAMED = "select cast(o.entry_uuid as text), o.unique_id from registry_object o where o.kind in (1, 2) and {0}"
_REGISTERED = "select unique_id from unique_id where kind in (1, 2) and {0}"


def find_seen(work: Work, unique_ids: Iterable[str], sight: Sight) -> frozenset[str]:
    """Of these uniqueIds those of DocumentEntries that show."""
    named, parameters = statements.any_text("o.unique_id", sorted(set(unique_ids)), work.dialect)
    conditions = [named]
    for condition, values in seeing.objects("o", sight, work.dialect, _DOCUMENTS):
        conditions.append(condition)
        parameters += values
    return frozenset(row[0] for row in work.fetch(_SEEN.format(" and ".join(conditions)), parameters))


def find_unique_ids(work: Work, entry_uuids: Iterable[str]) -> dict[str, str]:
    """entryUUID → uniqueId, of those that are DocumentEntries."""
    named, parameters = statements.any_uuid("entry_uuid", sorted(set(entry_uuids)), work.dialect)
    rows = work.execute(_UNIQUE_IDS.format(named), parameters)
    return {"urn:uuid:" + entry_uuid: unique_id for entry_uuid, unique_id in rows}


def find_registered(work: Work, unique_ids: Iterable[str]) -> set[str]:
    """Of these uniqueIds those that documents have."""
    named, parameters = statements.any_text("unique_id", sorted(set(unique_ids)), work.dialect)
    return {row[0] for row in work.execute(_REGISTERED.format(named), parameters)}


def find_patient(work: Work, names: Iterable[str]) -> tuple[str, str] | None:
    """Whose the first of these objects is, by entryUUID or uniqueId; None where nothing of them is registered."""
    wanted = [normal_id(name) for name in dict.fromkeys(names)]
    by_uuid, uuids = statements.any_uuid("o.entry_uuid", wanted, work.dialect)
    by_name, texts = statements.any_text("o.unique_id", wanted, work.dialect)
    whose: dict[str, tuple[str, str]] = {}
    for entry_uuid, unique_id, *patient in work.fetch(_PATIENTS.format(f"{by_uuid} or {by_name}"), [*uuids, *texts]):
        for name in ("urn:uuid:" + entry_uuid, unique_id):
            whose.setdefault(name, (patient[0], patient[1]))
    return next((whose[name] for name in wanted if name in whose), None)


def find_visibilities(work: Work, names: Iterable[str]) -> dict[str, Visibility]:
    """entryUUID → restrictions of audience, of those that are DocumentEntries."""
    named, parameters = statements.any_uuid("entry_uuid", sorted(set(names)), work.dialect)
    rows = work.execute(_VISIBILITIES.format(named), parameters)
    return {"urn:uuid:" + entry_uuid: Visibility(visibility) for entry_uuid, visibility in rows}


def find_hidden_names(work: Work, names: Iterable[str], sight: Sight) -> frozenset[str]:
    """Of these entryUUIDs and uniqueIds those of documents that a sight does not show."""
    wanted = {name: normal_id(name) for name in names}
    if sight.is_clear or not wanted:
        return frozenset()
    by_uuid, uuids = statements.any_uuid("o.entry_uuid", sorted(wanted.values()), work.dialect)
    by_name, texts = statements.any_text("o.unique_id", sorted(wanted.values()), work.dialect)
    named = _NAMED.format(f"({by_uuid} or {by_name})")
    conditions = list(seeing.objects("o", replace(sight, patient=None), work.dialect, _DOCUMENTS))
    seen = " and ".join(condition for condition, _ in conditions)
    shown = work.execute(
        f"{named} and {seen}", [*uuids, *texts, *(value for _, values in conditions for value in values)]
    ).fetchall()
    there = work.execute(named, [*uuids, *texts]).fetchall()
    hidden = {name for uuid, unique_id in set(there) - set(shown) for name in ("urn:uuid:" + uuid, unique_id)}
    return frozenset(name for name, identifier in wanted.items() if identifier in hidden)
