"""Takes out all that is registered about a patient: what the law wants once a closed record has been kept long enough. [CSP L1111-18]"""

from __future__ import annotations

from access.caller import Identity
from sql.database import Work

_KEYS = """
select f.key from patient g
join patient p on p.key = coalesce(g.subsumed_by, g.key)
join patient f on f.key = p.key or f.subsumed_by = p.key
where g.authority = ? and g.id_number = ?
order by f.key"""
_LOCK = " for update of f"
_UNIQUE_IDS = "select distinct unique_id, kind from registry_object where unique_id <> '' and patient in ({0})"
_ERASE = ("delete from association where patient in ({0})", "delete from registry_object where patient in ({0})")
_FREE = """
delete from unique_id where unique_id = ?
    and not exists (select 1 from registry_object o where o.unique_id = unique_id.unique_id)"""
_DOCUMENTS = (1, 2)


def erase(work: Work, patient: Identity) -> frozenset[str]:
    """Takes out every object and Association of a patient, under each identity they have had.

    Gives the uniqueIds of documents that nobody has any longer. Submissions and merges of the patient wait until the work ends.
    """
    id_number, authority = patient
    lock = _LOCK if work.dialect == "postgresql" else ""
    keys = [int(row[0]) for row in work.execute(_KEYS + lock, (authority, id_number)).fetchall()]
    if not keys:
        return frozenset()
    marks = ", ".join("?" * len(keys))
    named = work.execute(_UNIQUE_IDS.format(marks), keys).fetchall()
    for statement in _ERASE:
        work.execute(statement.format(marks), keys)
    freed = [(unique_id, kind) for unique_id, kind in sorted(named) if work.execute(_FREE, (unique_id,)).rowcount]
    return frozenset(unique_id for unique_id, kind in freed if kind in _DOCUMENTS)
