"""The canonical form of an element where it stands is what libxmlsec1 digests. [W3C XML-C14N; XML-C14N11; XML-EXC-C14N]"""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from safexml.namespaces import DS
from signing import canonical
from tests.signing.oracles import xmlsec_sign
from tests.signing.throwaway import key, refusal_of, tree

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


def digest_of_libxmlsec1(document: bytes, method: str, prefixes: tuple[str, ...] = ()) -> bytes:
    """The digest that libxmlsec1 makes of the element with the Id ``x``."""
    listed = (
        f'<e:InclusiveNamespaces xmlns:e="{canonical.EXCLUSIVE.uri}" PrefixList="{" ".join(prefixes)}"/>'
        if prefixes
        else ""
    )
    signature = (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{canonical.EXCLUSIVE.uri}"/>'
        f'<ds:SignatureMethod Algorithm="{key().algorithm.uri}"/><ds:Reference URI="#x"><ds:Transforms>'
        f'<ds:Transform Algorithm="{method}">{listed}</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/>'
        "<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"
    ).encode()
    end = document.rindex(b"</")
    signed = tree(xmlsec_sign(tree(document[:end] + signature + document[end:]), key()))
    return b64decode(signed.findtext(f".//{{{DS}}}DigestValue") or "")


def form(document: bytes, method: str, prefixes: tuple[str, ...] = ()) -> bytes:
    found = tree(document).xpath("//*[@Id = 'x']")
    return canonical.of_element(found[0], canonical.METHODS[method], prefixes)


NAMES = st.sampled_from(["a", "p:a", "q:a"])
DECLARED = st.lists(
    st.sampled_from(
        [
            ' xmlns="urn:d"',
            ' xmlns=""',
            ' xmlns:p="urn:p2"',
            ' xmlns:r="urn:r"',
            ' xml:lang="fr"',
            ' xml:space="preserve"',
            ' xml:base="b/"',
            ' q:at="1"',
            ' at="&#10;2"',
        ]
    ),
    max_size=3,
    unique_by=lambda text: text.split("=")[0],
)
PIECES = st.sampled_from(["", "text", "&#13;", "<!-- c -->", "<?pi d?>", "é&amp;"])


@st.composite
def inner(draw: st.DrawFn, depth: int) -> str:
    name = draw(NAMES)
    children = [draw(inner(depth + 1)) for _ in range(draw(st.integers(0, 2 if depth < 3 else 0)))]
    pieces = "".join(piece for child in ["", *children] for piece in (child, draw(PIECES)))
    return f"<{name}{''.join(draw(DECLARED))}>{pieces}</{name}>"


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """An element with the Id ``x``, two elements deep, among declarations of every kind."""
    target = f"<{draw(NAMES)}{''.join(draw(DECLARED))}"
    name = target[1:].split()[0]
    within = f'{target} Id="x">{draw(inner(0))}{draw(PIECES)}{draw(inner(0))}</{name}> tail'
    above = f"<q:above{''.join(draw(DECLARED))}>{within}</q:above>"
    return f'<r xmlns:p="urn:p" xmlns:q="urn:q"><p:r{"".join(draw(DECLARED))}>{above}</p:r></r>'.encode()


@settings(max_examples=150, deadline=None)
@given(documents(), st.sampled_from([uri for uri in canonical.METHODS if "c14n11" not in uri]))
def test_canonical_form_is_that_of_libxmlsec1(document: bytes, method: str) -> None:
    assert sha256(form(document, method)).digest() == digest_of_libxmlsec1(document, method)


@settings(max_examples=60, deadline=None)
@given(documents(), st.sampled_from([uri for uri in canonical.METHODS if "c14n11" in uri]))
def test_canonical_form_in_version_1_1_is_that_of_libxmlsec1(document: bytes, method: str) -> None:
    """Where xml:base stands above, the form is refused: it has a test of its own."""
    if any(b"xml:base" in piece for piece in document.split(b'Id="x"')[:1]):
        document = document.replace(b' xml:base="b/"', b"")
    assert sha256(form(document, method)).digest() == digest_of_libxmlsec1(document, method)


@settings(max_examples=60, deadline=None)
@given(documents(), st.lists(st.sampled_from(["p", "q", "r", "unknown"]), min_size=1, max_size=3, unique=True))
def test_prefixes_treated_inclusively_are_those_of_libxmlsec1(document: bytes, prefixes: list[str]) -> None:
    method = canonical.EXCLUSIVE.uri
    assert sha256(form(document, method, tuple(prefixes))).digest() == digest_of_libxmlsec1(
        document, method, tuple(prefixes)
    )


def test_default_namespace_from_above_stays_in_the_inclusive_form() -> None:
    document = b'<a xmlns="urn:a"><b Id="x"><c><d/></c></b></a>'
    assert form(document, canonical.INCLUSIVE.uri) == b'<b xmlns="urn:a" Id="x"><c><d></d></c></b>'


def test_namespace_that_is_declared_again_is_written_once() -> None:
    document = b'<r xmlns:p="urn:p"><a Id="x"><p:a><a><a xmlns:p="urn:p"/></a></p:a></a></r>'
    assert form(document, canonical.INCLUSIVE.uri) == b'<a xmlns:p="urn:p" Id="x"><p:a><a><a></a></a></p:a></a>'


def test_Id_from_above_is_inherited_in_version_1_0_and_not_in_1_1() -> None:
    document = b'<a xml:id="above" xml:lang="fr"><b Id="x"/></a>'
    assert form(document, canonical.INCLUSIVE.uri) == b'<b Id="x" xml:id="above" xml:lang="fr"></b>'
    assert form(document, "http://www.w3.org/2006/12/xml-c14n11") == b'<b Id="x" xml:lang="fr"></b>'


def test_base_above_an_element_gets_SIG_CANONICALIZATION_in_version_1_1() -> None:
    document = b'<a xml:base="b/"><b Id="x"/></a>'
    refusal_of(lambda: form(document, "http://www.w3.org/2006/12/xml-c14n11"), "SIG-CANONICALIZATION")
    assert form(document, canonical.INCLUSIVE.uri) == b'<b Id="x" xml:base="b/"></b>'


def test_relative_namespace_gets_SIG_CANONICALIZATION() -> None:
    refusal_of(lambda: form(b'<a><b xmlns="relative" Id="x"/></a>', canonical.EXCLUSIVE.uri), "SIG-CANONICALIZATION")


def test_document_is_canonical_with_what_stands_around_its_root() -> None:
    document = tree(b'<?a b?><!--c--><r xmlns="urn:r"/><!--d-->').getroottree()
    method = canonical.INCLUSIVE_WITH_COMMENTS
    assert canonical.of_document(document, method, keeps_comments=True) == (
        b'<?a b?>\n<!--c-->\n<r xmlns="urn:r"></r>\n<!--d-->'
    )
    assert canonical.of_document(document, method, keeps_comments=False) == b'<?a b?>\n<r xmlns="urn:r"></r>'
    assert canonical.of_document(document, canonical.INCLUSIVE, keeps_comments=True) == (
        b'<?a b?>\n<r xmlns="urn:r"></r>'
    )


@pytest.mark.parametrize("uri", list(canonical.METHODS))
def test_every_method_is_found_by_its_URI(uri: str) -> None:
    assert canonical.find_method(etree.Element("m", Algorithm=uri)).uri == uri


@pytest.mark.parametrize(
    "uri", ["", "http://www.w3.org/TR/1999/REC-xpath-19991116", "http://www.w3.org/2010/xml-c14n2"]
)
def test_other_method_gets_SIG_CANONICALIZATION(uri: str) -> None:
    refusal_of(lambda: canonical.find_method(etree.Element("m", Algorithm=uri)), "SIG-CANONICALIZATION")
