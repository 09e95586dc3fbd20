"""A folder is a pack, or it is told why it is none."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from cda.pack import Pack, PackError
from tests.cda.small_pack import SCHEMATRON_OF, TEMPLATE, make_pack, write


def test_folder_that_is_no_pack_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"lacks xsd/CDA_extended\.xsd"):
        Pack(tmp_path)


@pytest.mark.parametrize(
    "table", ["no", "[1]", '[{"templateId": "1"}]', '[{"templateId": "1", "schematron": "gone.sch"}]']
)
def test_table_of_volets_that_is_none_is_refused(tmp_path: Path, table: str) -> None:
    make_pack(tmp_path)
    write(tmp_path, "volets.json", table)
    with pytest.raises(PackError, match=r"volets\.json"):
        Pack(tmp_path)


def test_pack_without_a_table_of_volets_has_none(tmp_path: Path) -> None:
    make_pack(tmp_path)
    (tmp_path / "volets.json").unlink()
    assert Pack(tmp_path).volets == ()


@pytest.mark.parametrize(
    ("template_ids", "is_known"),
    [
        ([(TEMPLATE, "2024.01")], True),
        ([("1.2.3", ""), (TEMPLATE, "2024.01")], True),
        ([(TEMPLATE, "2023.01")], False),
        ([], False),
    ],
)
def test_schematron_of_a_volet_follows_from_template_and_version(
    tmp_path: Path, template_ids: list[tuple[str, str]], is_known: bool
) -> None:
    found = make_pack(tmp_path).schematron_of("volet", template_ids)
    assert found == (SCHEMATRON_OF["volet"] if is_known else None)


def test_schematron_without_a_version_stands_in_for_all_versions(tmp_path: Path) -> None:
    make_pack(tmp_path)
    write(tmp_path, "volets.json", f'[{{"templateId": "{TEMPLATE}", "schematron": "{SCHEMATRON_OF["ihe"]}"}}]')
    assert Pack(tmp_path).schematron_of("volet", [(TEMPLATE, "2031.01")]) == SCHEMATRON_OF["ihe"]


def test_pack_goes_to_another_process_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_pack(tmp_path / "pack")
    monkeypatch.chdir(tmp_path)
    pack = Pack(Path("pack"))
    assert pack.folder == tmp_path / "pack"
    assert pickle.loads(pickle.dumps(pack)) == pack
