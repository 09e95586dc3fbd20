"""spyne can be imported on every Python that is on the machine, without a warning, and is silent. [decision 3]"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ins import spyne_compat

ROOT = Path(__file__).resolve().parents[2]
BESIDE = "import sys; from importlib.util import find_spec as f; sys.exit(not all(map(f, ('spyne', 'six', 'lxml'))))"
PROBE = "import warnings; warnings.simplefilter('error'); from ins import spyne_compat as s; print(s.Soap12.__name__)"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_spyne_is_imported_without_a_warning(version: str) -> None:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}" == version
    python = sys.executable if here else shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    if not here and subprocess.run([python, "-c", BESIDE], capture_output=True, check=False).returncode:
        pytest.skip(f"Python {version} on this machine has no spyne beside it")
    done = subprocess.run([python, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("Soap12", "")


@pytest.mark.parametrize("module", ["spyne", "zeep"])
def test_room_is_imported_without_the_library(module: str) -> None:
    """So that no command waits for what it does not use."""
    probe = (
        "import sys; from ins import agreement, identity, insi, insi_messages, insi_service, insi_simulator, matching, "
        f"matricule, oids, pid3, traits; sys.exit('{module}' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("text/xml", ("text/xml", {})),
        (
            'application/soap+xml; charset="utf-8"; action=a',
            ("application/soap+xml", {"charset": "utf-8", "action": "a"}),
        ),
        ("", ("", {})),
    ],
)
def test_header_is_taken_apart_as_it_was_before(line: str, expected: tuple[str, dict[str, str]]) -> None:
    assert spyne_compat.parse_header(line) == expected


def test_message_that_cannot_be_read_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """spyne would log it whole. [decision 13]"""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("spyne.protocol.soap.soap11.invalid").error("MARTIN")
    assert caplog.records == []
