"""Arguments of the command line become values. [Référentiel INS; ITI TF-2: 3.18.4.1.2.3]"""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from client import options
from client.call import TLSFiles
from client.source import Patient
from server import pki
from xds.metadata import Code


def test_bare_matricule_leaves_its_authority_open() -> None:
    named = options.patient(" 280073523800332 ")
    assert named == Patient("280073523800332")
    assert [identifier.authority for identifier in options.identifiers(named)] == [
        "1.2.250.1.213.1.4.8",
        "1.2.250.1.213.1.4.9",
        "1.2.250.1.213.1.4.10",
        "1.2.250.1.213.1.4.11",
    ]


def test_whole_identifier_is_asked_under_its_own_authority() -> None:
    named = options.patient("MARTIN-1^^^&1.3.6.1.4.1.21367.13.20.1000&ISO")
    assert options.identifiers(named) == ("MARTIN-1^^^&1.3.6.1.4.1.21367.13.20.1000&ISO",)


@pytest.mark.parametrize("text", ["", "28007352380033", "2800735238003XX", "MARTIN-1", "MARTIN^^^ANY", "^^^&1.2&ISO"])
def test_what_names_no_patient_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        options.patient(text)
    assert not text or text not in str(refused.value)


def test_code_needs_its_scheme() -> None:
    """[ITI TF-2: 3.18.4.1.2.3.4]"""
    found = options.code("11502-2^^2.16.840.1.113883.6.1")
    assert isinstance(found, Code)
    assert (found.code, found.coding_scheme) == ("11502-2", "2.16.840.1.113883.6.1")
    assert options.code_filter("a^^b") == "a^^b"
    for wrong in ("11502-2", "11502-2^^", "^^1.2", "a^^b^c"):
        with pytest.raises(argparse.ArgumentTypeError, match="CODE\\^\\^SCHEME"):
            options.code(wrong)


def test_moment_may_be_written_as_ISO_8601() -> None:
    assert options.moment("2026-03-02T09:30:00Z") == "20260302093000"
    assert options.moment("2026") == "2026"
    with pytest.raises(argparse.ArgumentTypeError):
        options.moment("hier")


def test_address_is_the_option_then_the_environment_then_this_machine() -> None:
    environment = {"COFFRE_URL": "http://there"}
    assert options.address("http://here", environment) == "http://here"
    assert options.address(None, environment) == "http://there"
    assert options.address(None, {}) == "http://127.0.0.1:8080"


def test_certificates_come_from_COFFRE_PKI_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert options.tls_files(options.pki_folder({})) == TLSFiles()
    pki.make(tmp_path / "coffre-data" / "pki")
    found = options.tls_files(options.pki_folder({}))
    assert found == options.tls_files(options.pki_folder({"COFFRE_PKI": str(Path("coffre-data") / "pki")}))
    assert found == options.tls_files(options.pki_folder({"COFFRE_DATA_DIR": "coffre-data"}))
    assert found.authority is not None
    assert found.certificate is not None
    assert found.context().verify_mode.name == "CERT_REQUIRED"
