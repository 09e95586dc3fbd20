"""Every cell of the DMP's matrix of functional rights, tried by the wire: what is granted works, what is not is refused. [DMP: 5]"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from interop_tests.conftest import Launch
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import names, records, wire
from interop_tests.witness.clinic import KINDS, Clinic, verdict, works
from interop_tests.witness.matrix import TABLE, Callers, cells
from interop_tests.witness.metadata import HIDDEN, MASKED, Entry, Lot, new_oid, professional_author
from interop_tests.witness.partner import listed
from interop_tests.witness.shelf import FORMAT

DENIED = "DMPAccessDeniedByRightsService"
NOT_THERE = ("XDSDocumentUniqueIdError", "")

Probe = Callable[[Clinic, str, str], None]


@pytest.fixture(scope="module")
def callers() -> Callers:
    """Who stands in the columns."""
    return Callers()


@pytest.fixture(scope="module")
def service(launch: Launch, callers: Callers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service for the whole table."""
    anchors = tmp_path_factory.mktemp("anchors")
    (anchors / "ca.cert.pem").write_bytes(callers.authority.pem)
    running = launch(domain="dmp", COFFRE_TRUST_ANCHORS=anchors, COFFRE_WORKERS=1)
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.fixture(scope="module")
def clinic(service: Running, callers: Callers) -> Clinic:
    """Patients, authorisations and documents."""
    return Clinic.open(service, callers)


@pytest.mark.parametrize(("action", "column", "cell"), tuple(cells()))
def test_cell_of_the_matrix_is_as_the_dmp_publishes_it(clinic: Clinic, action: str, column: str, cell: str) -> None:
    """[DMP: 5, AIR]"""
    PROBES[action](clinic, column, cell)


def test_what_was_granted_was_done_and_nothing_else(clinic: Clinic) -> None:
    """Every document stands as those who were let left it, whatever the others tried."""
    for shelf in (clinic.agreed, clinic.refused):
        assert shelf.look(clinic.at("Tn", shelf.patient)) == shelf.expected


def test_table_has_every_cell() -> None:
    """Twenty-two columns in each row."""
    assert len(list(cells())) == 22 * len(TABLE)


def tells(make: Callable[[Clinic, str], tuple[str, str]]) -> Probe:
    """A message about a record, or about none: patient and message."""

    def probe(clinic: Clinic, column: str, cell: str) -> None:
        patient, message = make(clinic, column)
        judge(clinic.at(column, patient).tell(message), cell)

    return probe


def _takes_back(role: str) -> Probe:
    """An authorisation, or the role of médecin traitant, that was declared before."""

    def probe(clinic: Clinic, column: str, cell: str) -> None:
        if cell != "-":
            is_treating = column.removeprefix("A") == "Tn"
            works(clinic.at(column, clinic.third).authorise("MEDECIN_TRAITANT" if is_treating else ""))
        judge(clinic.at(column, clinic.third).tell(records.set_authorization("SUPPRESSION", role)), cell)

    return probe


def judge(answer: wire.Answer, cell: str) -> None:
    """Granted, and it worked; or refused by the matrix."""
    if cell == "-":
        assert verdict(answer) == (DENIED, "RGT-MATRIX"), wire.etree.tostring(answer.body)
    else:
        works(answer)


def _submit(clinic: Clinic, column: str, cell: str) -> None:
    patient = clinic.agreed.patient
    author = professional_author(clinic.callers.of(column).person_id, "AUTEUR", "CAMILLE")
    entry = Entry(patient_id=patient, content=new_oid().encode(), format_code=FORMAT, author=author)
    answer = clinic.at(column, patient).provide(Lot(patient_id=patient, entries=(entry,), author=author))
    judge(answer, cell)
    shown = clinic.at("Tn", patient).get_documents(entry.unique_id).unique_ids
    assert shown == ([] if cell == "-" else [entry.unique_id])


def _find(clinic: Clinic, column: str, cell: str) -> None:
    shelf = clinic.agreed
    answer = clinic.at(column, shelf.patient).find_documents(shelf.patient)
    judge(answer, cell)
    assert (shelf.unique_id("plain") in answer.unique_ids) is (cell == "●")


def _refer(clinic: Clinic, column: str, cell: str) -> None:
    """One's own is found; another's only by who may consult. [DMP: TD3.1b]"""
    shelf = clinic.agreed
    for name, is_found in ((f"TD3.1b {column}", True), ("plain", _cell("TD3.1", column) == "●")):
        parameters = {"$XDSDocumentEntryUniqueId": listed((shelf.unique_id(name),))}
        answer = clinic.at(column, shelf.patient).query(names.GET_DOCUMENTS, parameters, return_type="ObjectRef")
        judge(answer, cell)
        refs = [element.get("id") for element in answer.objects("ObjectRef")]
        assert refs == ([shelf.shown[name].entry_uuid] if is_found else [])


def _retrieve(clinic: Clinic, column: str, cell: str) -> None:
    shelf = clinic.agreed
    answer = clinic.at(column, shelf.patient).retrieve(REPOSITORY, *map(shelf.unique_id, KINDS))
    judge(answer, cell)
    assert answer.documents == ({} if cell == "-" else {shelf.unique_id(one): shelf.content(one) for one in KINDS})


def _retrieve_masked(clinic: Clinic, column: str, cell: str) -> None:
    own = f"own masked {column.removeprefix('A')[0]}"
    for shelf, is_agreed in ((clinic.agreed, True), (clinic.refused, False)):
        partner = clinic.at(column, shelf.patient)
        for name, is_seen in (("masked", cell == "●" or (cell == "a" and is_agreed)), (own, cell != "-")):
            answer = partner.retrieve(REPOSITORY, shelf.unique_id(name))
            expected = ("", "") if is_seen else (DENIED, "RGT-MATRIX") if cell == "-" else NOT_THERE
            code, rule = verdict(answer)
            assert (code, rule if code == DENIED else "") == expected
            assert answer.documents == ({shelf.unique_id(name): shelf.content(name)} if is_seen else {})
            shown = partner.get_documents(shelf.unique_id(name)).unique_ids
            assert (shown == [shelf.unique_id(name)]) is (is_seen or (column.removeprefix("A") == "W" and name == own))


def _revise(action: str, *, before: str, after: tuple[str, ...]) -> Probe:
    """A new version for another audience; a masked one of another's is not even there for who may unmask their own."""
    restrictions = tuple(code for code in (MASKED, HIDDEN) if code[0] in after)

    def probe(clinic: Clinic, column: str, cell: str) -> None:
        shelf = clinic.agreed
        partner = clinic.at(column, shelf.patient)
        if cell == "-":
            # A structure knows of its own alone.
            known = f"{before}, colleague's" if column.removeprefix("A")[0] in "CI" else before
            judge(partner.update(shelf.restricted(known, *restrictions)), cell)
            return
        name = f"{action} {column}"
        works(partner.update(shelf.restricted(name, *restrictions)))
        shelf.expect(name, restrictions=restrictions)
        if cell == "o":
            assert verdict(partner.update(shelf.restricted(before, *restrictions)))[0] not in ("", DENIED)

    return probe


def _archive(clinic: Clinic, column: str, cell: str) -> None:
    shelf = clinic.agreed
    partner = clinic.at(column, shelf.patient)
    if cell == "-":
        judge(partner.update(shelf.changed("plain", names.APPROVED, names.ARCHIVED)), cell)
        judge(partner.update(shelf.changed("archived", names.ARCHIVED, names.APPROVED)), cell)
        return
    name = f"TD3.3d {column}"
    works(partner.update(shelf.changed(name, names.APPROVED, names.ARCHIVED)))
    works(partner.update(shelf.changed(name, names.ARCHIVED, names.APPROVED)))
    if cell == "o":
        _check_author_only(partner.update(shelf.changed("plain", names.APPROVED, names.ARCHIVED)))
        _check_author_only(partner.update(shelf.changed("archived", names.ARCHIVED, names.APPROVED)))


def _delete(clinic: Clinic, column: str, cell: str) -> None:
    """Of a structure, what it knows nothing of is not there; of a person, a colleague's is another's."""
    shelf = clinic.agreed
    partner = clinic.at(column, shelf.patient)
    name = f"TD3.3c {column}"
    works(partner.update(shelf.changed(name, names.APPROVED, names.DELETED)))
    shelf.expect(name, names.DELETED)
    refused = partner.update(shelf.changed("plain", names.APPROVED, names.DELETED))
    if cell == "s":
        assert verdict(refused)[0] not in ("", DENIED)
        return
    _check_author_only(refused)
    _check_author_only(partner.update(shelf.changed("plain, colleague's", names.APPROVED, names.DELETED)))


def _check_author_only(answer: wire.Answer) -> None:
    assert verdict(answer) == (DENIED, "DMP-AUTHOR-ONLY"), wire.etree.tostring(answer.body)


def _cell(action: str, column: str) -> str:
    return next(cell for one, other, cell in cells() if (one, other) == (action, column))


PROBES: Mapping[str, Probe] = {
    "TD0.2": tells(lambda c, _: (c.third, records.demographics(c.third))),
    "TD1.3a": tells(lambda c, _: (c.third, records.demographics(c.third, records.READ))),
    "TD0.3 add": tells(lambda c, _: (c.third, records.set_authorization("AJOUT"))),
    "TD0.3 remove": _takes_back(""),
    "TD0.3 stop MT": _takes_back("MEDECIN_TRAITANT"),
    "TD0.4": tells(lambda c, _: ("", records.patient_list())),
    "TD0.5": tells(lambda c, _: ("", records.candidates("EXEMPLE"))),
    "TD1.6": tells(lambda c, _: (c.third, records.list_authorizations())),
    "TD2.1": _submit,
    "TD3.1": _find,
    "TD3.1b": _refer,
    "TD3.2": _retrieve,
    "TD3.2 masked": _retrieve_masked,
    "TD3.3a mask": _revise("TD3.3a mask", before="plain", after=("MASQUE_PS",)),
    "TD3.3a unmask": _revise("TD3.3a unmask", before="masked", after=()),
    "TD3.3b": _revise("TD3.3b", before="hidden", after=()),
    "TD3.3d": _archive,
    "TD3.3c": _delete,
}
