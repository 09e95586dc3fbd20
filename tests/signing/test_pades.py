"""PDF signatures made by pyHanko's signer, and what became of them."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from io import BytesIO

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing import pades
from signing.pades import PDFReport, verify_pdf
from signing.report import Indication, SubIndication
from signing.trust import Trust
from tests.pki import authority
from tests.pki.authority import ETRANGERE, NOW, SANTE

TRUST = authority.trust()


def plain() -> bytes:
    """A PDF of one page."""
    writer = PdfFileWriter()
    text = generic.StreamObject(stream_data=b"BT /F1 12 Tf 72 720 Td (Compte rendu) Tj ET")
    font = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Font"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/Type1"),
            generic.pdf_name("/BaseFont"): generic.pdf_name("/Helvetica"),
        }
    )
    resources = generic.DictionaryObject(
        {generic.pdf_name("/Font"): generic.DictionaryObject({generic.pdf_name("/F1"): writer.add_object(font)})}
    )
    writer.insert_page(PageObject(contents=writer.add_object(text), media_box=(0, 0, 595, 842), resources=resources))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def signed(
    content: bytes, name: str = "seal", field: str = "Cachet", pki: str = SANTE, digest: str = "sha256"
) -> bytes:
    """The PDF, signed with the key of that name; earlier signatures stay."""
    key = authority.key(name, pki).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(authority.der(name, pki)),
        signing_key=asn1_keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore(),
    )
    meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm=digest, subfilter=fields.SigSeedSubFilter.PADES)
    out = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(content)), meta, signer=signer)
    return bytes(out.getvalue())


@pytest.fixture(scope="module")
def good() -> bytes:
    """A PDF with a good signature."""
    return signed(plain())


def judge(content: bytes, trust: Trust = TRUST) -> PDFReport:
    """The report at the moment of the tests."""
    return verify_pdf(content, trust, NOW)


@pytest.mark.parametrize("name", ["seal", "seal-p256", "professional-signature"])
def test_good_signature_passes_and_says_who_signed_the_whole_file(name: str) -> None:
    report = judge(signed(plain(), name))
    (signature,) = report.signatures
    assert (report.indication, report.sub_indication) == (Indication.TOTAL_PASSED, SubIndication.NONE)
    assert (signature.is_intact, signature.is_valid, signature.is_trusted) == (True, True, True)
    assert signature.covers_whole_file
    assert signature.signer is not None
    assert signature.signer.certificate == authority.der(name)
    assert signature.field == "Cachet"
    assert signature.signed_at is not None
    assert signature.sentences == report.sentences == ()


def test_byte_altered_after_signing_is_told(good: bytes) -> None:
    report = judge(good.replace(b"Compte rendu", b"Compte perdu"))
    (signature,) = report.signatures
    assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)
    assert (signature.is_intact, signature.is_trusted) == (False, True)
    assert signature.sentences == (pades.ALTERED,)


def test_page_changed_by_a_later_state_of_the_file_is_told(good: bytes) -> None:
    """The signed bytes are all there; what a reader shows is another thing."""
    writer = IncrementalPdfFileWriter(BytesIO(good))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 12 Tf (Autre) Tj ET"))
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    report = judge(out.getvalue())
    (signature,) = report.signatures
    assert (report.indication, report.sub_indication) == (
        Indication.INDETERMINATE,
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    )
    assert (signature.is_intact, signature.is_valid, signature.covers_whole_file) == (True, True, False)
    assert signature.sentences == (pades.CHANGED,)


def test_second_signature_leaves_the_first_one_good(good: bytes) -> None:
    report = judge(signed(good, "professional-signature", "Signature"))
    assert report.indication is Indication.TOTAL_PASSED
    assert [(one.field, one.covers_whole_file) for one in report.signatures] == [("Cachet", False), ("Signature", True)]
    assert report.signatures[0].sentences == (pades.ADDED,)


@pytest.mark.parametrize(
    ("name", "indication", "sub_indication"),
    [
        ("revoked", Indication.TOTAL_FAILED, SubIndication.REVOKED),
        ("expired", Indication.TOTAL_FAILED, SubIndication.EXPIRED),
        ("establishment-tls", Indication.INDETERMINATE, SubIndication.CHAIN_CONSTRAINTS_FAILURE),
        ("self-signed", Indication.INDETERMINATE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
    ],
)
def test_signer_who_is_not_trusted_is_told(name: str, indication: Indication, sub_indication: SubIndication) -> None:
    report = judge(signed(plain(), name))
    (signature,) = report.signatures
    assert (report.indication, report.sub_indication) == (indication, sub_indication)
    assert (signature.is_intact, signature.is_valid, signature.is_trusted) == (True, True, False)
    assert signature.signer is None
    assert len(signature.sentences) == 1


def test_forgers_chain_inside_the_signature_convinces_nobody() -> None:
    report = judge(signed(plain(), pki=ETRANGERE))
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_worst_signature_speaks_for_the_whole(good: bytes) -> None:
    report = judge(signed(good, "revoked", "Autre"))
    assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, SubIndication.REVOKED)
    assert [one.indication for one in report.signatures] == [Indication.TOTAL_PASSED, Indication.TOTAL_FAILED]


def test_nothing_of_a_certificate_is_logged(good: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """The libraries would log whose certificate it is. [decision 13]"""
    judge(good)
    judge(signed(plain(), "professional-signature", digest="sha1"))
    assert caplog.records == []


def test_time_is_given(good: bytes) -> None:
    later = authority.certificate("seal").not_valid_after_utc + timedelta(days=1)
    assert verify_pdf(good, TRUST, later).sub_indication is SubIndication.EXPIRED


def test_signature_with_SHA_1_is_weak() -> None:
    report = judge(signed(plain(), digest="sha1"))
    assert report.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    assert report.signatures[0].sentences == (pades.WEAK,)


def test_PDF_without_a_signature_has_no_verdict() -> None:
    report = judge(plain())
    assert report == PDFReport(sentences=(pades.NOT_SIGNED,))


@pytest.mark.parametrize("content", [b"", b"not a PDF", b"%PDF-1.7\n", plain()[:200]])
def test_file_that_is_no_PDF_is_told(content: bytes) -> None:
    report = judge(content)
    assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)
    assert report.sentences == (pades.UNREADABLE,)


def test_encrypted_PDF_is_told() -> None:
    copy = PdfFileWriter()
    copy.encrypt("owner", "user")
    out = BytesIO()
    copy.insert_page(
        PageObject(contents=copy.add_object(generic.StreamObject(stream_data=b"")), media_box=(0, 0, 9, 9))
    )
    copy.write(out)
    report = judge(out.getvalue())
    assert (report.indication, report.sentences) == (Indication.INDETERMINATE, (pades.ENCRYPTED,))


def test_bytes_behind_the_end_of_the_file_are_told(good: bytes) -> None:
    """They belong to no state of the file, but were not signed."""
    (signature,) = judge(good + b"\n% added behind\n").signatures
    assert not signature.covers_whole_file
    assert signature.sentences


def test_signature_over_less_than_the_file_is_told(good: bytes) -> None:
    """The byte range ends ten bytes early."""
    before, byte_range, after = re.split(rb"(/ByteRange ?\[[^\]]*\])", good)
    numbers = [int(number) for number in re.findall(rb"[0-9]+", byte_range)]
    shorter = byte_range.replace(str(numbers[3]).encode(), str(numbers[3] - 10).encode().rjust(len(str(numbers[3]))))
    (signature,) = judge(before + shorter + after).signatures
    assert signature.indication is Indication.TOTAL_FAILED
    assert pades.GAPS in signature.sentences


def test_document_timestamp_is_counted_and_not_judged(good: bytes) -> None:
    key = authority.key("seal").private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stamper = signers.PdfTimeStamper(
        timestamps.DummyTimeStamper(
            asn1_x509.Certificate.load(authority.der("seal")), asn1_keys.PrivateKeyInfo.load(key)
        )
    )
    stamped = stamper.timestamp_pdf(IncrementalPdfFileWriter(BytesIO(good)), "sha256")
    report = judge(stamped.getvalue())
    assert report.indication is Indication.TOTAL_PASSED
    assert report.sentences == (pades.TIMESTAMPED,)
    assert [one.sentences for one in report.signatures] == [(pades.ADDED,)]


def test_signatures_judged_are_bounded(good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pades, "SIGNATURES_MAX", 1)
    report = judge(signed(good, "revoked", "Autre"))
    assert len(report.signatures) == 1
    assert report.sentences == (pades.TOO_MANY,)


def test_broken_signature_hides_no_other(good: bytes) -> None:
    both = signed(good, "seal-p256", "Autre")
    broken = both.replace(b"/SubFilter/ETSI.CAdES.detached", b"/SubFilter/ETSI.CAdES.unheard!", 1)
    broken = broken.replace(b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /ETSI.CAdES.unheard!", 1)
    assert broken != both
    report = judge(broken)
    assert len(report.signatures) == 2
    assert report.indication is Indication.TOTAL_FAILED
    assert pades.NOT_UNDERSTOOD in report.signatures[0].sentences


def test_it_runs_where_an_event_loop_runs(good: bytes) -> None:
    async def inside() -> PDFReport:
        return judge(good)

    assert asyncio.run(inside()).indication is Indication.TOTAL_PASSED


GOOD = signed(plain())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=6))
def test_damaged_file_is_told_and_never_raises(position: int, garbage: bytes) -> None:
    damaged = GOOD[:position] + garbage + GOOD[position + len(garbage) :]
    report = judge(damaged)
    assert report.sentences or report.signatures
