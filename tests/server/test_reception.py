"""The reception: whom a request comes from, and what it will not read over. [ITI TF-2: 3.40; SAML 2.0 Core: 5.4.4]"""

from __future__ import annotations

from pathlib import Path

import pytest

from access.assertion import AssertionRefused
from server.domain_files import load_domain
from server.door import Asked
from server.guard import Guard
from server.reception import Reception
from server.visit import Visit
from soap import envelope, mtom, security
from sql.database import Database
from tests.access.vihf import NOW, PERSON_ID, POLICY, a_claim, the_trust, written

BEFORE, AFTER = b"<saml:NameID>", b"</saml:NameID>"


@pytest.fixture
def reception(tmp_path: Path) -> Reception:
    guard = Guard(load_domain("dmp"), Database(f"sqlite:///{tmp_path}/coffre.db"), lambda: NOW)
    return Reception(POLICY, the_trust(), guard, lambda: NOW)


def received(reception: Reception, message: bytes) -> Visit:
    package = mtom.unpack(mtom.SIMPLE, message)
    return reception.receive(envelope.read(package), Asked("registry", mtom.SIMPLE, bytearray(message), None), "ITI-18")


def a_message(body: bytes = b"<d/>", beside: bytes = b"") -> bytes:
    header = security.write(written(a_claim())) + beside
    return b"".join(envelope.write_request("urn:x", "urn:uuid:1", "urn:to", [body], header))


def with_inserted(message: bytes, text: bytes) -> bytes:
    """The message with something in the middle of the NameID."""
    name = PERSON_ID.encode()
    assert message.count(b">" + name + b"<") == 1
    return message.replace(b">" + name + b"<", b">" + name[:5] + text + name[5:] + b"<")


def test_caller_is_the_one_of_whom_the_assertion_tells(reception: Reception) -> None:
    caller = received(reception, a_message()).caller
    assert caller is not None and caller.person_id == PERSON_ID


@pytest.mark.parametrize("text", [b"<!---->", b"<!-- x -->", b"<?x y?>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_name_with_a_comment_is_refused(reception: Reception, text: bytes, encoding: str) -> None:
    """The signature holds all the same, and another reader would stop at the comment."""
    message = with_inserted(a_message(), text).decode().encode(encoding)
    with pytest.raises(AssertionRefused) as caught:
        received(reception, message)
    assert (caught.value.rule, caught.value.subcode) == ("SIG-COMMENT", "wsse:InvalidSecurity")


def test_comments_elsewhere_are_passed_over(reception: Reception) -> None:
    message = b'<?xml version="1.0" encoding="UTF-8"?>\n' + a_message(b"<d><!-- x --></d>")
    assert received(reception, message).caller is not None
