"""Leases on digests, between threads as between processes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from repository.store.leases import Leases

ONE = hashlib.sha256(b"one").digest()
OTHER = hashlib.sha256(b"other").digest()
ROOT = Path(__file__).resolve().parents[2]

HOLDER = """
import sys
from pathlib import Path
from repository.store.leases import Leases
with Leases(Path(sys.argv[1])).share([bytes.fromhex(sys.argv[2])]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "leases"
    file.touch()
    return file


def is_free(file: Path, digest: bytes) -> bool:
    with Leases(file).try_alone(digest) as is_alone:
        return is_alone


def test_two_submissions_share_one_digest(file: Path) -> None:
    with Leases(file).share([ONE]), Leases(file).share([ONE, OTHER]):
        assert not is_free(file, ONE)
    assert is_free(file, ONE)


def test_submission_that_ends_lets_go_of_no_other_submissions_lease(file: Path) -> None:
    """POSIX record locks would be gone once any descriptor of the file is closed."""
    leases = Leases(file)
    with leases.share([ONE]):
        with leases.share([ONE]):
            pass
        assert not is_free(file, ONE)


def test_lease_on_one_digest_leaves_others_free(file: Path) -> None:
    with Leases(file).share([ONE]):
        assert is_free(file, OTHER)


def test_removal_excludes_another_removal(file: Path) -> None:
    with Leases(file).try_alone(ONE) as is_alone:
        assert is_alone
        assert not is_free(file, ONE)


def test_lease_ends_when_the_work_fails(file: Path) -> None:
    with pytest.raises(ZeroDivisionError), Leases(file).share([ONE]):
        raise ZeroDivisionError
    assert is_free(file, ONE)


def test_submission_waits_while_the_bytes_are_being_removed(file: Path) -> None:
    taken = threading.Event()

    def submit() -> None:
        with Leases(file).share([ONE]):
            taken.set()

    thread = threading.Thread(target=submit)
    with Leases(file).try_alone(ONE) as is_alone:
        assert is_alone
        thread.start()
        assert not taken.wait(0.05)
    assert taken.wait(10)
    thread.join()


def test_lease_of_another_process_holds_and_ends_with_it_even_when_it_is_killed(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file), ONE.hex()],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert not is_free(file, ONE)
        holder.kill()
        holder.wait(10)
        assert is_free(file, ONE)


def test_lease_costs_microseconds(file: Path) -> None:
    leases, rounds = Leases(file), 500
    start = time.perf_counter()
    for _ in range(rounds):
        with leases.share([ONE]):
            pass
    assert (time.perf_counter() - start) / rounds < 0.000_5  # measured: 2.5 µs; far from it even on a busy machine
