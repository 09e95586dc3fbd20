"""A unit of work of the SQL registry store: RegistryWork on SQLite and PostgreSQL."""

from __future__ import annotations

from registry.facts import Effects, Facts, Kind, PatientFact, PatientIdentity, Question
from registry.selection import AssociationSelection, Found, FoundAssociation, Selection
from registry.store import coding, fragments, reading, select, writing
from sql.database import Work
from xds import ebrim
from xds.domain import AffinityDomain


class SQLRegistryWork:
    """Reads and writes registry objects within one sql.Work. ``home`` is written on answers where one is asked for (gateways)."""

    __slots__ = ("_home", "_keys", "_type_code", "_work")

    def __init__(self, work: Work, domain: AffinityDomain, home: str | None = None) -> None:
        self._work = work
        self._type_code = f"^{domain.cx_type_code}" if domain.cx_type_code else ""
        self._home = home
        self._keys: dict[PatientIdentity, int] = {}

    def fetch_facts(self, question: Question) -> Facts:
        """The facts asked for; references and what hangs on replaced entries are locked until the work ends."""
        facts, self._keys = reading.fetch_facts(self._work, question)
        return facts

    def apply(self, effects: Effects) -> None:
        """Writes the effects. Raises sql.database.Conflict."""
        key = self._keys.get(effects.patient)
        if key is None:
            key = writing.fetch_patient_key(self._work, effects.patient)
        writing.apply(self._work, effects, key)

    def find_objects(self, selection: Selection) -> list[Found]:
        """The objects that the selection describes, each once."""
        given = selection.patients[0] if selection.patients is not None and len(selection.patients) == 1 else None
        statement, parameters = select.objects(selection, self._work.dialect)
        rows = self._work.fetch(statement, parameters)
        if not selection.with_ebrim:
            return [
                Found(
                    Kind(row[0]), "urn:uuid:" + row[1], given or PatientIdentity(row[3], row[4]), coding.STATUS[row[2]]
                )
                for row in rows
            ]
        found = []
        for row in rows:
            patient = given or PatientIdentity(row[6], row[7])
            status = coding.STATUS[row[2]]
            written = ebrim.fill(
                fragments.unfold(row[5], row[4]), status, self._home, self._write_patient_id(patient), str(row[3] or "")
            )
            found.append(Found(Kind(row[0]), "urn:uuid:" + row[1], patient, status, written))
        return found

    def find_associations(self, selection: AssociationSelection) -> list[FoundAssociation]:
        """The Associations that the selection describes, each once."""
        statement, parameters = select.associations(selection, self._work.dialect)
        found = []
        for row in self._work.fetch(statement, parameters):
            status = coding.STATUS[row[4]]
            written = (
                ebrim.fill(fragments.unfold(row[6], row[5]), status, self._home, "", "")
                if selection.with_ebrim
                else b""
            )
            ids = "urn:uuid:" + row[0], coding.ASSOCIATION_TYPE[row[1]], "urn:uuid:" + row[2], "urn:uuid:" + row[3]
            found.append(FoundAssociation(*ids, status, written))
        return found

    def find_patient(self, identity: PatientIdentity) -> PatientFact | None:
        """The patient, if it is known."""
        facts, _ = reading.fetch_facts(self._work, Question(frozenset({identity}), frozenset(), frozenset()))
        return facts.patients.get(identity)

    def add_patient(self, identity: PatientIdentity) -> None:
        """Makes the patient known; no change if it is."""
        writing.add_patient(self._work, identity)

    def merge_patients(self, subsumed: PatientIdentity, survivor: PatientIdentity) -> None:
        """What belongs to the first, and to those it has subsumed, is the survivor's from now on."""
        writing.merge_patients(self._work, subsumed, survivor)

    def remove(self, entry_uuids: tuple[str, ...]) -> None:
        """Takes objects and Associations out for good. Raises sql.database.Conflict."""
        writing.remove(self._work, entry_uuids)

    def _write_patient_id(self, patient: PatientIdentity) -> str:
        return f"{patient.id_number}^^^&{patient.authority}&ISO{self._type_code}"
