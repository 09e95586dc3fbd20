"""What no service could do without, measured in the same run: parsing, digests, signatures, a file and a commit made durable."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from lxml import etree

from bench import material, verification
from bench.clock import microseconds
from bench.requests import Requests
from sql.database import Database


def measure(url: str, folder: Path, keys: Path) -> dict[str, float]:
    """Each floor in microseconds. ``folder`` lies on the disk of the content store, ``url`` names the database of the run, ``keys`` are
    those that sign the requests.
    """
    request = Requests("localhost", "1.2.3").provide(material.matricule(1))
    begin = request.index(b"<soap" if b"<soap" in request else b"<s:Envelope")
    envelope = request[begin : request.index(b"\r\n--", begin)]
    document = material.content(1, material.CDA_BYTES)
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return {
        "parse of an ITI-41 envelope": microseconds(lambda: etree.fromstring(envelope, parser)),
        "SHA-1 and SHA-256 of 30 KB": microseconds(
            lambda: (hashlib.sha1(document).digest(), hashlib.sha256(document).digest())
        ),
        "file of 30 KB made durable": _durable_file(folder, document),
        "commit made durable": _durable_commit(url),
        "read of a file of 50 KB": _read_file(folder),
        "statement that reads one row": _read_row(url),
        **verification.floors(keys),
    }


def _durable_file(folder: Path, document: bytes) -> float:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        directory = os.open(name, os.O_RDONLY)
        count = 0

        def act() -> None:
            nonlocal count
            count += 1
            path = f"{name}/{count}"
            file = os.open(path + ".new", os.O_WRONLY | os.O_CREAT)
            os.write(file, document)
            os.fdatasync(file)
            os.close(file)
            os.rename(path + ".new", path)
            os.fsync(directory)

        try:
            return microseconds(act)
        finally:
            os.close(directory)


def _read_file(folder: Path) -> float:
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(material.content(1))
        file.flush()
        return microseconds(lambda: Path(file.name).read_bytes())


def _durable_commit(url: str) -> float:
    database = Database(url)
    count = 0

    def act() -> None:
        nonlocal count
        count += 1
        with database.write() as work:
            work.execute("insert into unique_id values (?, 0, '', '')", (f"floor-{os.getpid()}-{count}",))

    try:
        return microseconds(act)
    finally:
        with database.write() as work:
            work.execute("delete from unique_id where kind = 0")
        database.close()


def _read_row(url: str) -> float:
    database = Database(url)
    try:
        with database.read() as work:
            return microseconds(lambda: work.execute("select 1").fetchall())
    finally:
        database.close()
