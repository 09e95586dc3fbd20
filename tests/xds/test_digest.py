"""What a submission's digest stands for: all that it says, however it is written and wrapped. [contract 5]"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings

from safexml.namespaces import LCM
from safexml.parser import parse
from tests.samples import a_document_entry, a_folder, a_submission, fresh_uuid
from tests.samples.strategies import valid_submissions
from xds.metadata import Submission
from xds.wire import submission as wire


def written(value: Submission) -> bytes:
    return b"".join(wire.write_submission(value))


def digest_of(body: bytes) -> str:
    return wire.read_submission(parse(body)).digest


def digest_of_provided(value: Submission, *hrefs: tuple[str, str]) -> str:
    request = parse(b"".join(wire.write_provide(value, hrefs)))
    return wire.read_provide(request, lambda _: None, tuple).submission.digest


@settings(max_examples=50, deadline=None)
@given(valid_submissions())
def test_same_submission_written_twice_has_one_digest(value: Submission) -> None:
    assert digest_of(written(value)) == digest_of(written(value)) != ""


def test_digest_is_the_same_in_either_transaction_and_with_any_parts() -> None:
    """A source that sends again gives its parts other Content-IDs. [ITI TF-2: 3.41.4.1.2]"""
    value = a_submission()
    first = digest_of_provided(value, ("Document01", "a@b"))
    assert first == digest_of_provided(value, ("Document01", "c@d")) == digest_of(written(value))


def test_ids_of_nested_elements_and_the_way_of_writing_do_not_count() -> None:
    """Many a source draws new ids for Classifications and ExternalIdentifiers each time it writes. [ITI TF-3: 4.2.1]"""
    body = written(a_submission(folders=[a_folder()]))
    redrawn = re.sub(rb'id="n[0-9]+\.[A-Za-z0-9]+"', lambda _: b'id="%s"' % fresh_uuid().encode(), body)
    assert redrawn != body
    assert digest_of(redrawn) == digest_of(body)
    spaced = body.replace(b"<rim:Slot", b"\n  <rim:Slot").replace(b"<rim:", b"<x:").replace(b"</rim:", b"</x:")
    assert digest_of(spaced.replace(b"xmlns:rim", b"xmlns:x")) == digest_of(body)


@pytest.mark.parametrize(
    "change",
    [
        (b"MARTIN^Alix", b"MARTIN^Alex"),
        (b"<rim:Value>1274", b"<rim:Value>1275"),
        (b'"Compte rendu de consultation"', b'"Compte rendu"'),
        (b"Document01", b"Document02"),
        (b'xml:lang="fr"', b'xml:lang="en"'),
        (b">Original<", b">Reference<"),
    ],
)
def test_anything_that_it_says_otherwise_gives_another_digest(change: tuple[bytes, bytes]) -> None:
    body = written(a_submission())
    changed = body.replace(*change)
    assert changed != body
    assert digest_of(changed) != digest_of(body)


def test_digest_is_the_same_in_every_process() -> None:
    """What one worker has stored another must know again."""
    value = a_submission()
    script = (
        "import sys; from safexml.parser import parse; from xds.wire import submission;"
        "print(submission.read_submission(parse(sys.stdin.buffer.read())).digest)"
    )
    told = subprocess.run([sys.executable, "-c", script], input=written(value), capture_output=True, check=True)
    assert told.stdout.decode().strip() == digest_of(written(value))


def test_request_without_objects_has_none() -> None:
    assert digest_of(f'<SubmitObjectsRequest xmlns="{LCM}"/>'.encode()) == ""


def test_entries_completed_by_the_repository_keep_the_digest_of_what_the_source_sent() -> None:
    value = wire.read_submission(parse(written(a_submission(document_entries=[a_document_entry(hash=None)]))))
    completed = replace(value, document_entries=tuple(replace(one, hash="0" * 40) for one in value.document_entries))
    assert completed.digest == value.digest
    assert completed != value
