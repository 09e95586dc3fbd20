"""The command starts fast: what a verb does not need is not loaded. [contract 2]"""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = {
    *("pyhanko", "pyhanko_certvalidator", "asn1crypto", "spyne", "zeep", "requests", "saxonche"),
    *("sqlalchemy", "alembic", "psycopg", "uvicorn", "starlette", "hl7"),
}
"""Libraries that cost more than they are worth to somebody who wants a list of documents."""


def loaded_by(words: str) -> set[str]:
    """The top-level modules of a process that has run the command."""
    program = (
        "import sys\nfrom server import cli\n"
        f"try:\n    cli.main({words.split()!r})\nexcept SystemExit:\n    pass\n"
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}


@pytest.mark.parametrize(
    "words", ["--help", "search --help", "search --ins 280073523800332 --url http://127.0.0.1:1", "journal --help"]
)
def test_verb_of_the_client_loads_no_library_of_the_service(words: str) -> None:
    found = loaded_by(words)
    assert {"client", "lxml"} <= found
    assert found & SLOW == set()
