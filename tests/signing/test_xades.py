"""XAdES over documents: what is signed is verified, and nothing else. [ETSI EN 319 132-1; CI-SIS SM 3.3, 4.1]"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safexml import parser
from safexml.namespaces import DS, HL7, XSL
from safexml.parser import HostileXML
from signing import xades
from signing.report import Indication, SignatureRefused, SubIndication
from signing.writing import CannotSign
from tests.signing.throwaway import CDA, KINDS, NOW, POLICY, changed, form, key, refusal_of, stranger, tree, trust

SELF_PRESENTING = (
    b'<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"/>\n'
    + CDA[CDA.index(b"<ClinicalDocument") : CDA.index(b"</ClinicalDocument>")]
    + b"</ClinicalDocument>\n</xsl:stylesheet>"
)


def verify(document: bytes, now: datetime = NOW) -> xades.Verified:
    return xades.verify(tree(document), trust(), POLICY, now)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("document", [CDA, SELF_PRESENTING], ids=["CDA", "self-presenting"])
def test_enveloped_signature_is_verified_with_what_stands_before_the_root(kind: str, document: bytes) -> None:
    signed = xades.sign_enveloped(document, key(kind), NOW)
    root, report = verify(signed)
    assert form(root) == form(tree(document))
    assert root.getparent() is None and not xades.is_signed(root)
    assert report.covers == ("",)
    assert report.signed_at == NOW
    assert report.signer.common_name == f"signer {kind}"
    assert report.warnings == ()


@pytest.mark.parametrize("kind", KINDS)
def test_enveloping_signature_gives_the_content_of_its_object(kind: str) -> None:
    signed = xades.sign_enveloping(CDA, key(kind), NOW)
    assert tree(signed).tag == f"{{{DS}}}Signature"
    root, report = verify(signed)
    assert form(root) == form(tree(CDA))
    assert root.getroottree().getroot() is root
    assert report.covers[0].startswith("#o-")


def test_signing_leaves_every_other_byte_as_it_was() -> None:
    signed = xades.sign_enveloped(CDA, key(), NOW)
    end = CDA.index(b"</ClinicalDocument>")
    assert signed.startswith(CDA[:end]) and signed.endswith(CDA[end:])
    enveloping = xades.sign_enveloping(CDA, key(), NOW)
    assert CDA[CDA.index(b"<ClinicalDocument") : end] in enveloping


def test_comments_are_out_of_the_tree_that_is_read() -> None:
    """The canonical form without comments does not cover them, so they must not cut a text in two."""
    signed = changed(xades.sign_enveloped(CDA, key(), NOW), b"Lettre de liaison", b"Lettre<!-- x --> de liaison")
    root, _ = verify(signed)
    assert root.findtext(f"{{{HL7}}}title") == "Lettre de liaison à la sortie"


def test_the_tree_given_stays_as_it_was() -> None:
    for sign in (xades.sign_enveloped, xades.sign_enveloping):
        root = tree(sign(CDA, key(), NOW))
        before = form(root)
        xades.verify(root, trust(), POLICY, NOW)
        assert form(root) == before


def test_same_document_key_and_moment_give_the_same_Ids() -> None:
    first, second = (tree(xades.sign_enveloped(CDA, key(), NOW)) for _ in range(2))
    assert [each.get("Id") for each in first.iter("*")] == [each.get("Id") for each in second.iter("*")]


def test_signing_time_is_written_in_UTC() -> None:
    local = NOW.astimezone(timezone(timedelta(hours=2)))
    assert verify(xades.sign_enveloped(CDA, key(), local)).report.signed_at == NOW


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"<a/>", "empty"),
        ("\ufeff<a>b</a>".encode("utf-16-le"), "UTF-16"),
        (b'<a>b<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></a>', "signed already"),
    ],
)
def test_what_cannot_be_signed_is_told(document: bytes, told: str) -> None:
    with pytest.raises(CannotSign, match=told):
        xades.sign_enveloped(document, key(), NOW)


@pytest.mark.parametrize("tail", [b"", b"\n", b"<!-- </a> -->", b"<?pi </a> <? ?>\n<!--x-->", b"<!--a--><?b c?>"])
@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf", b"<?xml version='1.0'?>", b"<!-- <a> --><?p <a>?>\n"])
def test_root_is_found_whatever_stands_around_it(head: bytes, tail: bytes) -> None:
    document = head + b"<a xmlns='urn:a'>text</a >" + tail
    for sign in (xades.sign_enveloped, xades.sign_enveloping):
        assert form(verify(sign(document, key(), NOW)).root) == b'<a xmlns="urn:a">text</a>'


def test_document_in_Latin_1_keeps_its_encoding() -> None:
    document = "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1")
    for sign in (xades.sign_enveloped, xades.sign_enveloping):
        signed = sign(document, key(), NOW)
        assert b"\xe9" in signed
        assert verify(signed).root.text == "é"


ENVELOPED = xades.sign_enveloped(CDA, key(), NOW)
ENVELOPING = xades.sign_enveloping(CDA, key(), NOW)


@pytest.mark.parametrize("signed", [ENVELOPED, ENVELOPING], ids=["enveloped", "enveloping"])
@pytest.mark.parametrize(
    ("old", "new", "rule", "sub_indication"),
    [
        (b"Qm9uam91cg", b"Qm9uam91cH", "SIG-DIGEST", SubIndication.HASH_FAILURE),
        (b'Type="http://uri.etsi.org/01903#', b'Type="http://uri.etsi.org/01904#', "SIG-VALUE", None),
        (b"2026-03-02T12:30:00Z", b"2026-03-02T12:30:01Z", "SIG-DIGEST", SubIndication.HASH_FAILURE),
        (b"text/xml</xades", b"text/xmm</xades", "SIG-DIGEST", SubIndication.HASH_FAILURE),
    ],
    ids=["content", "reference", "signing time", "signed property"],
)
def test_one_byte_changed_gets_refused(
    signed: bytes, old: bytes, new: bytes, rule: str, sub_indication: SubIndication | None
) -> None:
    refusal = refusal_of(lambda: verify(changed(signed, old, new)), rule, sub_indication)
    assert refusal.indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize("signed", [ENVELOPED, ENVELOPING], ids=["enveloped", "enveloping"])
@pytest.mark.parametrize(
    "name", ["DigestValue", "SignatureValue", "X509Certificate"], ids=["digest", "value", "certificate"]
)
def test_one_character_of_base64_changed_gets_refused(signed: bytes, name: str) -> None:
    start = signed.index(f"<ds:{name}".encode())
    place = signed.index(b">", start) + 41
    other = b"A" if signed[place : place + 1] != b"A" else b"B"
    with pytest.raises(SignatureRefused):
        verify(signed[:place] + other + signed[place + 1 :])


def test_certificate_of_another_signer_gets_SIG_VALUE_and_not_a_verdict_on_him() -> None:
    own, other = (xades.sign_enveloped(CDA, one, NOW) for one in (key(), key("P-384")))
    piece = [one[one.index(b"<ds:X509Data>") : one.index(b"</ds:X509Data>")] for one in (own, other)]
    refusal_of(lambda: verify(changed(own, *piece)), "SIG-VALUE")


def test_signer_whom_nobody_vouches_for_gets_NO_CERTIFICATE_CHAIN_FOUND() -> None:
    signed = xades.sign_enveloped(CDA, stranger(), NOW)
    refusal = refusal_of(lambda: verify(signed), "SIG-CERT-CHAIN", SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert refusal.indication is Indication.INDETERMINATE


def test_changed_content_of_a_stranger_is_told_as_changed() -> None:
    signed = changed(xades.sign_enveloped(CDA, stranger(), NOW), b"Lettre", b"lettre")
    refusal_of(lambda: verify(signed), "SIG-DIGEST", SubIndication.HASH_FAILURE)


def test_signing_time_to_come_gets_SIG_TIME() -> None:
    signed = xades.sign_enveloped(CDA, key(), NOW + timedelta(minutes=6))
    refusal_of(lambda: verify(signed), "SIG-TIME", SubIndication.SIG_CONSTRAINTS_FAILURE)
    assert verify(xades.sign_enveloped(CDA, key(), NOW + timedelta(minutes=4))).report.signed_at is not None


def test_signing_time_outside_the_certificate_is_warned_of() -> None:
    signed = xades.sign_enveloped(CDA, key(), NOW - timedelta(days=31))
    assert "outside the validity" in verify(signed).report.warnings[0]


def test_DTD_gets_refused() -> None:
    with pytest.raises(HostileXML):
        tree(b"<!DOCTYPE ClinicalDocument>" + xades.sign_enveloped(b"<a>b</a>", key(), NOW))


def test_processing_instruction_before_the_root_is_covered() -> None:
    refusal_of(lambda: verify(changed(ENVELOPED, b"cda.xsl", b"cdb.xsl")), "SIG-DIGEST", SubIndication.HASH_FAILURE)


def test_what_stands_around_an_enveloping_signature_is_not_content() -> None:
    signed = changed(ENVELOPING, b"<ds:Signature ", b"<?xml-stylesheet href='evil.xsl'?><ds:Signature ")
    assert form(verify(signed).root) == form(tree(CDA))


def test_detached_signature_covers_what_its_URIs_stand_for() -> None:
    files = {"urn:oid:1.2.3": b"%PDF-1.7", "report.xml": CDA}
    signed = xades.sign_detached(tuple(files.items()), key("RSA"), NOW)
    report = xades.verify_detached(tree(signed), files.get, trust(), POLICY, NOW)
    assert report.covers == tuple(files)
    for name in files:
        altered = {**files, name: files[name] + b" "}
        refusal_of(
            lambda altered=altered: xades.verify_detached(tree(signed), altered.get, trust(), POLICY, NOW), "SIG-DIGEST"
        )
        fewer = {one: content for one, content in files.items() if one != name}
        refusal_of(
            lambda fewer=fewer: xades.verify_detached(tree(signed), fewer.get, trust(), POLICY, NOW),
            "SIG-REFERENCE",
            SubIndication.SIGNED_DATA_NOT_FOUND,
        )


def test_detached_signature_over_nothing_gets_refused() -> None:
    signed = xades.sign_detached((), key(), NOW)
    refusal_of(lambda: xades.verify_detached(tree(signed), {}.get, trust(), POLICY, NOW), "SIG-REFERENCE")


# Text without what XML cannot hold, and a document of random shape around it.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), include_characters="\t\n\r"), max_size=8
)
NAMES = st.sampled_from(["a", "b", "p:a", "q:b"])


def escaped(text: str) -> str:
    for character, reference in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\r", "&#13;")):
        text = text.replace(character, reference)
    return text


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> str:
    name = draw(NAMES)
    declared = draw(st.sampled_from(["", ' xmlns="urn:d"', ' xmlns=""', ' xmlns:p="urn:other"', ' xml:lang="fr"']))
    value = escaped(draw(TEXTS)).replace("\n", "&#10;").replace("\t", "&#9;")
    inside = [escaped(draw(TEXTS))]
    for _ in range(draw(st.integers(0, 2 if depth < 3 else 0))):
        inside.append(draw(elements(depth + 1)))
        inside.append(draw(st.sampled_from(["", "<!-- c -->", "<?pi d?>", "<![CDATA[<&]]>", "\n  "])))
    return f'<{name}{declared} q:at="{value}">{"".join(inside)}</{name}>'


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    prolog = draw(st.sampled_from(["", '<?xml version="1.0"?>', "<?xml-stylesheet href='a'?>\n<!-- c -->"]))
    return f'{prolog}<r xmlns:p="urn:p" xmlns:q="urn:q">{draw(elements())}</r>\n'.encode()


@settings(max_examples=60, deadline=None)
@given(documents(), st.sampled_from([xades.sign_enveloped, xades.sign_enveloping]))
def test_whatever_is_signed_is_verified(document: bytes, sign: object) -> None:
    assert form(verify(sign(document, key(), NOW)).root) == form(parser.parse(document))  # type: ignore[operator]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([ENVELOPED, ENVELOPING]), st.data())
def test_any_byte_changed_is_refused_or_changes_nothing_that_was_signed(signed: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(signed) - 1))
    byte = data.draw(st.integers(0, 255))
    try:
        root, report = verify(signed[:place] + bytes([byte]) + signed[place + 1 :])
    except (SignatureRefused, HostileXML):
        return
    assert form(root) == form(tree(CDA))
    assert report.signed_at == NOW


def test_stylesheet_around_a_document_is_content_too() -> None:
    signed = xades.sign_enveloped(SELF_PRESENTING, key(), NOW)
    assert verify(signed).root.tag == f"{{{XSL}}}stylesheet"
    refusal_of(lambda: verify(changed(signed, b'match="/"', b'match="x"')), "SIG-DIGEST")


@pytest.mark.parametrize("sign", [xades.sign_enveloping, xades.sign_enveloped])
def test_content_that_is_taken_over_is_the_copy_word_for_word(sign: Callable[..., bytes]) -> None:
    signed = sign(CDA, key(), NOW)
    copied = xades.verify(tree(signed), trust(), POLICY, NOW).root
    taken = xades.verify(tree(signed), trust(), POLICY, NOW, takes_over=True).root
    assert taken.getparent() is None
    assert form(taken) == form(copied)


def test_content_of_a_stranger_is_not_taken_out() -> None:
    """What is refused can still be judged for the rest."""
    root = tree(xades.sign_enveloping(CDA, stranger(), NOW))
    before = form(root)
    with pytest.raises(SignatureRefused):
        xades.verify(root, trust(), POLICY, NOW, takes_over=True)
    assert form(root) == before
