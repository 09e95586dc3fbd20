"""Settings: one table reads, checks and documents them."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import settings
from server.settings import KEYS, SettingsError


def test_defaults_are_those_of_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = settings.load(None, {})
    assert chosen.data_dir == tmp_path / "coffre-data"
    assert chosen.database_url == f"sqlite:///{tmp_path}/coffre-data/coffre.db"
    assert chosen.content_url == f"file://{tmp_path}/coffre-data/content"
    assert (chosen.domain, chosen.host, chosen.port) == ("dmp", "127.0.0.1", 8080)
    assert chosen.workers >= 1
    assert chosen.is_embedded
    assert not chosen.has_tls


def test_environment_wins_over_file_and_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / "coffre.toml"
    file.write_text('COFFRE_PORT = 1\nCOFFRE_HOST = "file"\ndomain = "ihe"\n')
    chosen = settings.load(
        file, {"COFFRE_PORT": "2", "COFFRE_WORKERS": "3"}, {"workers": "4", "host": None, "port": None}
    )
    assert (chosen.port, chosen.host, chosen.domain, chosen.workers) == (2, "file", "ihe", 4)


def test_data_dir_moves_both_embedded_stores(tmp_path: Path) -> None:
    chosen = settings.load(None, {"COFFRE_DATA_DIR": str(tmp_path / "élan vital")})
    assert chosen.database_url.endswith("élan vital/coffre.db")
    assert chosen.content_url.endswith("%C3%A9lan%20vital/content")


@pytest.mark.parametrize("variable", ["COFFRE_URL", "COFFRE_PKI", "COFFRE_TEST_DATABASE_URL", "PATH"])
def test_variable_of_others_is_passed_over(variable: str) -> None:
    settings.load(None, {variable: "x"})


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [("COFFRE_PROT", "COFFRE_PORT"), ("COFFRE_DATABASE", "COFFRE_DATABASE_URL"), ("COFFRE_port", "COFFRE_PORT")],
)
def test_unknown_variable_is_refused_and_the_nearest_key_named(variable: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable} .* nearest is {nearest}"):
        settings.load(None, {variable: "1"})


def test_unknown_key_of_the_file_is_refused_and_the_nearest_key_named(tmp_path: Path) -> None:
    file = tmp_path / "coffre.toml"
    file.write_text("worker = 2\n")
    with pytest.raises(SettingsError, match="worker is not a setting; the nearest is COFFRE_WORKERS"):
        settings.load(file, {})


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"COFFRE_PORT": "http"}, "COFFRE_PORT must be a whole number from 0 to 65535"),
        ({"COFFRE_PORT": "70000"}, "COFFRE_PORT must be a whole number"),
        ({"COFFRE_PORT": "-1"}, "COFFRE_PORT must be a whole number"),
        ({"COFFRE_WORKERS": "0"}, "COFFRE_WORKERS must be a whole number from 1"),
        ({"COFFRE_DATABASE_URL": "mysql://x"}, "COFFRE_DATABASE_URL must be a URL that begins with sqlite:"),
        ({"COFFRE_DOMAIN": " "}, "COFFRE_DOMAIN must be a text that is not empty"),
        ({"COFFRE_TLS_CERT": "x"}, "go together; set COFFRE_TLS_KEY as well"),
        ({"COFFRE_TLS_KEY": "x"}, "go together; set COFFRE_TLS_CERT as well"),
        ({"COFFRE_TLS_CLIENT_CA": "x"}, "COFFRE_TLS_CLIENT_CA demands TLS"),
        (
            {"COFFRE_TLS_CERT": "/nowhere", "COFFRE_TLS_KEY": "/nowhere"},
            "COFFRE_TLS_CERT names /nowhere, which is not a file",
        ),
        ({"COFFRE_AUDIT_REPOSITORY": "audit.example.org"}, "COFFRE_AUDIT_REPOSITORY must be a host and a port"),
        ({"COFFRE_AUDIT_REPOSITORY": "audit.example.org:0"}, "COFFRE_AUDIT_REPOSITORY must be a host and a port"),
        ({"COFFRE_AUDIT_KEY": "/nowhere"}, "go together; set COFFRE_AUDIT_CERT as well"),
        ({"COFFRE_AUDIT_CA": "/nowhere"}, "of no use without a receiver; set COFFRE_AUDIT_REPOSITORY as well"),
        (
            {"COFFRE_AUDIT_CA": "/nowhere", "COFFRE_AUDIT_REPOSITORY": "[::1]:6514"},
            "COFFRE_AUDIT_CA names /nowhere, which is not a file",
        ),
        ({"COFFRE_CDA_PACK": "/nowhere"}, "COFFRE_CDA_PACK names /nowhere, which is not a folder"),
    ],
)
def test_value_that_cannot_be_used_is_refused_with_what_is_wanted(variables: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        settings.load(None, variables)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("COFFRE_PORT = 1\nport = 2\n", "given twice"),
        ("port = true\n", "port must be a number"),
        ("host = 1.5\n", "host must be an address"),
        ("port =\n", "is not TOML"),
    ],
)
def test_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "coffre.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=told):
        settings.load(file, {})


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load(tmp_path / "none.toml", {})


def test_page_tells_every_key_and_its_example_file_loads(tmp_path: Path) -> None:
    page = settings.settings_page()
    for key in KEYS:
        assert f"| `{key.variable}` |" in page
    example = page.partition("```toml\n")[2].partition("```")[0]
    of_files = ("TLS", "ANCHORS", "PACK", "AUDIT_CA", "AUDIT_CERT", "AUDIT_KEY")
    kept = [line for line in example.splitlines() if not any(part in line for part in of_files)]
    file = tmp_path / "coffre.toml"
    file.write_text("\n".join(kept))
    assert settings.load(file, {}).port == 8443
