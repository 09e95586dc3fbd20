"""Lots that somebody must refuse: how each is broken, and the rules that its answer names. [DMP: signature; CI-SIS SM; ITI TF-3: 5.5]"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from interop_tests.witness import cda_seal, lot
from interop_tests.witness.authority import imitate, new_authority
from interop_tests.witness.cda_seal import enveloped, enveloping, self_presenting, wrapped
from interop_tests.witness.dsig import XPATH, XSLT
from interop_tests.witness.holders import Holder, certify
from interop_tests.witness.invented import Report
from interop_tests.witness.lot import Seal, signed
from interop_tests.witness.metadata import Code, Entry, Lot, new_ins_patient, new_oid

LOINC = "2.16.840.1.113883.6.1"
XSLT_TYPE = "application/xslt+xml"
_PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


class Scene(NamedTuple):
    """Who seals, who opens TLS, and of whom the documents are."""

    holder: Holder
    tls: Holder
    patient: str

    def report(self, **told: object) -> Report:
        """A document of its own."""
        return Report(patient_id=self.patient, **told)  # type: ignore[arg-type]


class Broken(NamedTuple):
    """``rules``: those that the errors name, no more and no less."""

    make: Callable[[Scene], Lot]
    rules: frozenset[str]


def _broken(make: Callable[[Scene], Lot], *rules: str) -> Broken:
    return Broken(make, frozenset(rules))


def seal(make: Callable[[Scene], Seal]) -> Callable[[Scene], Lot]:
    """Two documents under another seal."""

    def made(scene: Scene) -> Lot:
        entries = (scene.report().entry("Document01"), scene.report().entry("Document02"))
        return signed(Lot(patient_id=scene.patient, entries=entries, author=entries[0].author), make(scene))

    return made


def knobs(**changes: object) -> Callable[[Scene], Lot]:
    """The right holder's seal, broken."""
    return seal(lambda scene: Seal(holder=scene.holder, **changes))  # type: ignore[arg-type]


def document(edit: Callable[[bytes], bytes], *, seals_good: bool = False, **changes: object) -> Callable[[Scene], Lot]:
    """A document that was changed before the lot was sealed. ``seals_good``: the seal is over what it was before."""

    def made(scene: Scene) -> Lot:
        sent = scene.report().lot()
        content = bytes(sent.entries[0].content)
        changed = replace(sent.entries[0], content=edit(content), **changes)  # type: ignore[arg-type]
        covers: Callable[[object], tuple[Entry, ...]] = lambda _: (replace(changed, content=content),)  # noqa: E731
        told = Seal(holder=scene.holder, covers=covers) if seals_good else Seal(holder=scene.holder)
        return signed(replace(sent, entries=(changed,)), told)

    return made


def text(old: str, new: str) -> Callable[[bytes], bytes]:
    """One text of a document for another."""

    def edit(content: bytes) -> bytes:
        assert old.encode() in content, old
        return content.replace(old.encode(), new.encode(), 1)

    return edit


def body(kind: str, content: str) -> Callable[[bytes], bytes]:
    """Another body."""
    held = f'<text mediaType="{kind}" representation="B64">{content}</text>'.encode()
    return lambda document: re.sub(rb"<text mediaType=.*?</text>", held, document)


def sealed(make: Callable[[bytes, Holder], bytes], *, presents_itself: bool = False) -> Callable[[Scene], Lot]:
    """A document that bears a signature of its own."""

    def made(scene: Scene) -> Lot:
        sent = scene.report().lot()
        content = bytes(sent.entries[0].content)
        content = make(self_presenting(content) if presents_itself else content, scene.holder)
        mime_type = XSLT_TYPE if b"<xsl:stylesheet" in content else "text/xml"
        changed = replace(sent.entries[0], content=content, mime_type=mime_type)
        return signed(replace(sent, entries=(changed,)), Seal(holder=scene.holder))

    return made


def _stranger(scene: Scene) -> Seal:
    return Seal(holder=certify(new_authority(), unit=scene.holder.unit, name=scene.holder.common_name))


def _two(scene: Scene) -> Lot:
    once = signed(scene.report().lot(), Seal(holder=scene.holder))
    again = replace(once.entries[-1], id="Signature02", unique_id=new_oid())
    return replace(once, entries=(*once.entries, again))


def _not_associated(scene: Scene) -> Lot:
    whole = signed(scene.report().lot(), Seal(holder=scene.holder))
    return replace(whole, relationships=())


def _anything(scene: Scene) -> Lot:
    whole = signed(scene.report().lot(), Seal(holder=scene.holder))
    forged = replace(whole.entries[-1], content=b"signed by me", mime_type="text/plain")
    return replace(whole, entries=(*whole.entries[:-1], forged))


def _other_patients_document(scene: Scene) -> Lot:
    report = Report(patient_id=new_ins_patient())
    told = replace(report.entry(), patient_id=scene.patient, source_patient_id=scene.patient)
    return signed(Lot(patient_id=scene.patient, entries=(told,), author=told.author), Seal(holder=scene.holder))


def _all_at_once(scene: Scene) -> Lot:
    made = document(text('realmCode code="FR"', 'realmCode code="US"'), title="Autre")(scene).entries[0]
    told = replace(made, type_code=("34112-3", LOINC, "CR hospitalisation"), creation_time="20240131111500")
    told = replace(told, content=body("application/pdf", "TGUgdGV4dGU=")(bytes(told.content)))
    return signed(Lot(patient_id=scene.patient, entries=(told,), author=told.author), _stranger(scene))


def _manifest(pattern: str, new: str) -> Callable[[str], str]:
    return lambda manifest: re.sub(pattern, new, manifest, count=1)


_LAST_DIGEST = r"(?s)(.*<ds:DigestValue>)[^<]+"
_TRANSFORM = f'<ds:Transform Algorithm="{lot.CANONICAL}"></ds:Transform>'
_SECOND_MANIFEST = b'<ds:Object><ds:Manifest Id="IHEManifest"></ds:Manifest></ds:Object></ds:Signature>'
_FOREIGN = Entry(patient_id="x", content=b"x", mime_type="application/pdf")
_IMG: Code = ("31", "1.2.250.1.213.1.1.4.1", "Imagerie médicale")
_RESTRICTED: Code = ("R", "2.16.840.1.113883.5.25", "Restreint")

SEALS: Mapping[str, Broken] = {
    "wrong key": _broken(seal(lambda s: Seal(holder=Holder(imitate(s.holder).key, s.holder.certificate))), "SIG-VALUE"),
    "stranger's key": _broken(seal(_stranger), "SIG-CERT-CHAIN"),
    "self-made certificate": _broken(seal(lambda s: Seal(holder=imitate(s.holder))), "SIG-CERT-CHAIN"),
    "key for authentication": _broken(seal(lambda s: Seal(holder=s.tls)), "SIG-CERT-USAGE"),
    "omits a document": _broken(knobs(covers=lambda entries: entries[1:]), "SIG-LOT-OMITTED"),
    "covers a foreign one": _broken(knobs(covers=lambda entries: (*entries, _FOREIGN)), "SIG-LOT-FOREIGN"),
    "covers one twice": _broken(knobs(covers=lambda entries: (*entries, entries[0])), "SIG-LOT-FOREIGN"),
    "other digest": _broken(knobs(before=_manifest(_LAST_DIGEST, r"\1" + "A" * 43 + "=")), "SIG-DIGEST"),
    "digest of another": _broken(
        knobs(covers=lambda entries: (replace(entries[0], content=entries[1].content), entries[1])), "SIG-DIGEST"
    ),
    "other set": _broken(knobs(set_unique_id="1.2.3"), "SIG-LOT-FOREIGN"),
    "set left out": _broken(knobs(before=_manifest(r"<ds:Reference .*?</ds:Reference>", "")), "SIG-LOT-SET"),
    "set with a digest": _broken(knobs(before=_manifest("AA==", "A" * 43 + "=")), "SIG-LOT-SET"),
    "AA== for a document": _broken(knobs(before=_manifest(_LAST_DIGEST, r"\1AA==")), "SIG-LOT-DUMMY"),
    "no signature": _broken(lambda s: s.report().lot(), "SIG-LOT-MISSING"),
    "two signatures": _broken(_two, "SIG-LOT-SEVERAL"),
    "signs nothing": _broken(_not_associated, "SIG-LOT-ASSOCIATION"),
    "anything as a signature": _broken(_anything, "CDA-XML"),
    "rsa-sha1": _broken(knobs(sha1=True), "SIG-ALGORITHM"),
    "XPath": _broken(knobs(before=_manifest(_TRANSFORM, f'<ds:Transform Algorithm="{XPATH}"/>')), "SIG-TRANSFORM"),
    "XSLT": _broken(knobs(before=_manifest(_TRANSFORM, f'<ds:Transform Algorithm="{XSLT}"/>')), "SIG-TRANSFORM"),
    "2,000 references": _broken(
        knobs(before=_manifest("(<ds:Reference .*?</ds:Reference>)", r"\1" * 2000)),
        "SIG-REFERENCE-COUNT",
    ),
    "manifest changed afterwards": _broken(knobs(after=text("urn:oid:", "urn:oid:1.")), "SIG-DIGEST"),
    "second manifest": _broken(knobs(after=lambda s: s.replace(b"</ds:Signature>", _SECOND_MANIFEST)), "SIG-MANIFEST"),
    "signature in something": _broken(knobs(after=lambda s: b"<x>" + s.partition(b"?>\n")[2] + b"</x>"), "SIG-PLACE"),
    "signed tomorrow": _broken(knobs(at=datetime.now(UTC) + timedelta(days=1)), "SIG-TIME"),
}
"""Of the lot's signature."""

HEADERS: Mapping[str, Broken] = {
    "uniqueId": _broken(document(bytes, unique_id=new_oid()), "CDA-XDS-UNIQUE-ID"),
    "patientId": _broken(_other_patients_document, "CDA-XDS-PATIENT-ID"),
    "typeCode": _broken(document(bytes, type_code=("34112-3", LOINC, "CR hospitalisation")), "CDA-XDS-TYPE-CODE"),
    "classCode": _broken(document(bytes, class_code=_IMG), "CDA-XDS-CLASS-CODE"),
    "creationTime": _broken(document(bytes, creation_time="20240131111500"), "CDA-XDS-CREATION-TIME"),
    "confidentialityCode": _broken(document(bytes, confidentiality_code=_RESTRICTED), "CDA-XDS-CONFIDENTIALITY"),
    "mimeType": _broken(document(bytes, mime_type="application/pdf"), "CDA-XDS-MIME-TYPE"),
}
"""Of what the metadata say of a document: each attribute by which it is known."""

DOCUMENTS: Mapping[str, Broken] = {
    "wrong realm": _broken(document(text('realmCode code="FR"', 'realmCode code="US"')), "CDA-SM-REALM"),
    "no PDF": _broken(document(body("application/pdf", "TGUgdGV4dGU=")), "CDA-N1-CONTENT"),
    "PDF that is text": _broken(document(body("text/plain", lot.base64.b64encode(_PDF).decode())), "CDA-N1-CONTENT"),
    "PDF cut off": _broken(
        document(body("application/pdf", lot.base64.b64encode(_PDF[:-7]).decode())), "CDA-N1-CONTENT"
    ),
    "no base64": _broken(document(body("text/plain", "ceci n'est pas du base64")), "CDA-N1-BASE64"),
    "word processor's file": _broken(document(body("application/msword", "AAAA")), "CDA-N1-MEDIA-TYPE"),
    "empty": _broken(document(body("text/plain", "")), "CDA-N1-EMPTY"),
    "DTD": _broken(
        document(text("?>\n", "?>\n<!DOCTYPE ClinicalDocument>\n"), seals_good=True), "CDA-XML", "SIG-CANONICALIZATION"
    ),
    "truncated": _broken(document(lambda c: c[:-40], seals_good=True), "CDA-XML", "SIG-CANONICALIZATION"),
    "wrong root": _broken(document(lambda _: b"<Document xmlns='urn:hl7-org:v3'/>"), "CDA-DOCUMENT"),
    "two documents": _broken(
        document(lambda c: self_presenting(c).replace(b"</xsl:s", cda_seal.bare(c).encode() + b"</xsl:s")),
        "CDA-DOCUMENT",
    ),
    "authority unknown": _broken(
        document(text("1.2.250.1.213.1.4.10", "1.2.250.1.999.1")), "CDA-SM-INS", "CDA-XDS-PATIENT-ID"
    ),
    "one byte changed in a signed one": _broken(
        sealed(lambda c, h: enveloping(c, h).replace(b"consultation</t", b"consultatioN</t")),
        "SIG-DIGEST",
    ),
    "one byte changed in a signed stylesheet": _broken(
        sealed(
            lambda c, h: enveloped(c, h).replace(b"consultation</t", b"consultatioN</t"),
            presents_itself=True,
        ),
        "SIG-DIGEST",
    ),
    "signed by a stranger": _broken(sealed(lambda c, h: enveloping(c, imitate(h))), "SIG-CERT-CHAIN"),
}
"""Of a document itself."""


_CONTENT, _DIGEST, _SHAPE, _PLACE, _NO_CDA = "SIG-CONTENT", "SIG-DIGEST", "SIG-SHAPE", "SIG-PLACE", "CDA-DOCUMENT"
_RULES_OF_WRAPPED = {
    "enveloping": (
        *({_CONTENT, _NO_CDA}, {_CONTENT, _NO_CDA}, {"SIG-REFERENCE"}, {_DIGEST}),
        *({_SHAPE}, {_CONTENT, _NO_CDA}, {_SHAPE}, {_SHAPE, _NO_CDA}),
    ),
    "enveloped": (
        *({_DIGEST}, {_DIGEST, _NO_CDA}, {_PLACE, _NO_CDA}, {_SHAPE, _NO_CDA}),
        *({_DIGEST, _NO_CDA}, {_PLACE}, {_PLACE}, {_SHAPE}),
    ),
}


def wrapping() -> Mapping[str, Broken]:
    """Of signed documents, wrapped."""
    return {
        f"{form}, {name}": Broken(
            sealed(lambda c, h, w=wrap, s=sign: wrapped(s(c, h), w), presents_itself=shows), frozenset(rules)
        )
        for form, sign, kinds, shows in (
            ("enveloping", enveloping, cda_seal.ENVELOPING, False),
            ("enveloped", enveloped, cda_seal.ENVELOPED_KINDS, True),
        )
        for (name, wrap), rules in zip(kinds.items(), _RULES_OF_WRAPPED[form], strict=True)
    }


ALL_AT_ONCE = Broken(
    _all_at_once,
    frozenset({"SIG-CERT-CHAIN", "CDA-SM-REALM", "CDA-N1-CONTENT", "CDA-XDS-TYPE-CODE", "CDA-XDS-CREATION-TIME"}),
)
BROKEN: Mapping[str, Broken] = {**SEALS, **HEADERS, **DOCUMENTS, "everything": ALL_AT_ONCE, **wrapping()}
