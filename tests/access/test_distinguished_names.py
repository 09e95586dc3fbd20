"""Distinguished names: one name in many spellings is one, another is not."""

from __future__ import annotations

import contextlib

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from access.distinguished_names import holder_of, is_same, parse
from tests.pki import authority

NAME = parse("CN=899700000000, SN=EXEMPLE, O=AUTORITE DES EXEMPLES, C=FR")


@pytest.mark.parametrize(
    "text",
    [
        "C=FR,O=AUTORITE DES EXEMPLES,SN=EXEMPLE,CN=899700000000",
        "cn=899700000000;surname=EXEMPLE;o=AUTORITE DES EXEMPLES;c=FR",
        ' CommonName = "899700000000" , OID.2.5.4.4 = EXEMPLE ,O = AUTORITE DES EXEMPLES , countryName=FR ',
        "2.5.4.3=899700000000,2.5.4.4=#13074558454d504c45,O=AUTORITE\\20DES EXEMPLES,C=#0C024652",
        "CN=8997\\30\\30000000,SN=\\EXEMPLE,O=AUTORITE DES EXEMPLES,C=FR",
    ],
)
def test_name_in_another_legal_spelling_is_the_same(text: str) -> None:
    """[RFC 4514: 2, 4; RFC 2253: 4; RFC 1779: 2.3]"""
    assert is_same(parse(text), NAME)


@pytest.mark.parametrize(
    "text",
    [
        "CN=899700000000, SN=Exemple, O=AUTORITE DES EXEMPLES, C=FR",
        "CN=899700000000, SN=EXEMPLE, O=AUTORITE  DES EXEMPLES, C=FR",
        "CN=899700000000, SN=EXEMPLE, O=AUTORITE DES EXEMPLES",
        "CN=899700000000, GN=EXEMPLE, O=AUTORITE DES EXEMPLES, C=FR",
        "SN=EXEMPLE, CN=899700000000, O=AUTORITE DES EXEMPLES, C=FR",
        "CN=899700000000 + SN=EXEMPLE, O=AUTORITE DES EXEMPLES, C=FR",
        'CN="899700000000, SN=EXEMPLE", O=AUTORITE DES EXEMPLES, C=FR',
    ],
)
def test_name_that_says_something_else_is_another(text: str) -> None:
    assert not is_same(parse(text), NAME)


def test_relative_name_of_several_parts_has_no_order() -> None:
    assert is_same(parse("CN=A+SN=B,C=FR"), parse("C=FR,SN=B+CN=A"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "X", "CN", "=A", "CN=A,", "CN=A,,C=FR", "FOO=A", 'CN="A', 'CN=A"B', "CN=#0G"),
        *("CN=#0C0541", "CN=#0C8141", "CN=\\FF", 'CN="A" B', "CN=" + "A" * 5000),
    ],
)
def test_text_that_spells_no_name_is_told_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse(text)
    assert len(text) < 3 or text not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse(text)


KINDS = [NameOID.COMMON_NAME, NameOID.SURNAME, NameOID.GIVEN_NAME, NameOID.ORGANIZATION_NAME, NameOID.TITLE]
VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\0"), min_size=1, max_size=12
)
NAMES = st.lists(st.tuples(st.sampled_from(KINDS), VALUES), min_size=1, max_size=5)


@given(NAMES)
def test_subject_written_as_rfc_4514_is_read_back(parts: list[tuple[x509.ObjectIdentifier, str]]) -> None:
    """[RFC 4514]"""
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
    told = tuple(frozenset({(oid.dotted_string, value)}) for oid, value in parts)
    assert is_same(parse(name.rfc4514_string()), told)


def test_value_that_is_no_string_is_compared_by_its_octets() -> None:
    assert is_same(parse("2.5.4.45=#03020141,C=FR"), parse("C=FR,2.5.4.45=#03020141"))
    assert not is_same(parse("2.5.4.45=#03020141,C=FR"), parse("C=FR,2.5.4.45=#03020142"))


def test_holder_of_a_certificate_is_told_by_its_subject() -> None:
    card, seal = holder_of(authority.der("professional-signature")), holder_of(authority.der("seal"))
    assert (card.common_names, card.surname, card.given_name) == (("899700000000",), "EXEMPLE", "CAMILLE")
    assert seal.units == {"10B0000000"}
    assert is_same(parse(authority.certificate("seal").subject.rfc4514_string()), seal.name)


def test_bytes_that_are_no_certificate_have_no_holder() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        holder_of(b"\x30\x00")
