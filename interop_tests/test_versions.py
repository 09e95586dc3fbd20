"""The distribution, installed as an operator would, serves on every Python it promises. [decision 1; contract 1]"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from interop_tests.conftest import Launch, fed
from interop_tests.running import REPOSITORY
from interop_tests.witness import records, vihf
from interop_tests.witness.invented import Report
from interop_tests.witness.metadata import Entry, Lot, new_ins_patient

CHECKOUT = Path(__file__).resolve().parents[1]
VERSIONS = ("3.11", "3.12", "3.13")
INSTALL_SECONDS_MAX = 120
NOT_SHIPPED = shutil.ignore_patterns(
    ".*", "build", "*.egg-info", "tests", "interop_tests", "docs", "__pycache__", "coffre-data"
)
NO_NETWORK = re.compile(
    r"Retrying \(Retry|NewConnectionError|Temporary failure in name resolution|Network is unreachable"
)


def find_interpreter(version: str) -> str | None:
    """A Python of that version that can make environments: the one of these tests, on the path, or where pyenv keeps them."""
    kept = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python")
    own = Path(sys.base_prefix) / "bin" / f"python{version}"
    for candidate in (own, shutil.which(f"python{version}"), *sorted(kept)):
        # A shim may be on the path and lead nowhere.
        if candidate is not None and Path(candidate).exists():
            tried = subprocess.run([candidate, "-c", "import venv, ensurepip"], capture_output=True, check=False)
            if tried.returncode == 0:
                return str(candidate)
    return None


def run(*command: str, folder: Path) -> None:
    """Runs a step of the installation. Skips the test where the network is what fails."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "PYENV_VERSION")
    }
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{INSTALL_SECONDS_MAX} s were not enough to install the dependencies")
    if done.returncode and NO_NETWORK.search(done.stdout + done.stderr):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.fixture(params=VERSIONS)
def python(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh environment of that version with the pinned dependencies and the distribution, built and not linked."""
    interpreter = find_interpreter(request.param)
    if interpreter is None:
        pytest.skip(f"no Python {request.param} on this machine")
    source, environment = tmp_path / "source", tmp_path / "environment"
    shutil.copytree(CHECKOUT, source, ignore=NOT_SHIPPED)
    run(interpreter, "-m", "venv", str(environment), folder=tmp_path)
    inside = str(environment / "bin" / "python")
    pip = (inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    # Nothing is compiled here; spyne alone is published as source, and is Python throughout.
    wheels = ("--only-binary", ":all:", "--no-binary", "spyne")
    run(*pip, "--require-hashes", *wheels, "-r", str(source / "requirements.lock"), folder=tmp_path)
    run(*pip, "--no-deps", "--no-build-isolation", str(source), folder=tmp_path)
    shutil.rmtree(source)
    return inside


def test_installed_distribution_stores_finds_and_retrieves(launch: Launch, python: str) -> None:
    """ITI-44, ITI-41, ITI-18, ITI-43; in the French domain signed and vouched for, on a record that was created and authorised. Where
    Python itself would complain, warnings are errors."""
    command = [python, "-W", "error::SyntaxWarning", "-m", "server.cli", "serve"]
    service = launch(command=command)
    partner = service.partner()
    patient = fed(partner)
    entry = Entry(patient_id=patient, content=b"the same on every Python")
    assert partner.provide(Lot(patient_id=patient, entries=(entry,))).status == "Success"
    assert partner.find_documents(patient).unique_ids == [entry.unique_id]
    assert partner.retrieve(REPOSITORY, entry.unique_id).documents == {entry.unique_id: entry.content}
    assert service.stop() == 0
    assert service.troubles() == []

    french = launch(domain="dmp", command=command)
    patient = new_ins_patient()
    doctor = french.partner().as_(vihf.professional(french.pki), patient)
    assert doctor.tell(records.create(patient)).fault is None
    assert "DMPOk" in "".join(map(str, doctor.authorise().body.itertext()))
    report = Report(patient_id=patient)
    assert doctor.provide(report.lot()).status == "Success"
    assert report.unique_id in doctor.find_documents(patient).unique_ids
    assert doctor.retrieve(REPOSITORY, report.unique_id).documents == {report.unique_id: report.cda()}
    assert french.stop() == 0
    assert french.troubles() == []
