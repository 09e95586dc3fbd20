"""The signature of a lot: every document of a submission set, and the set, under one signature. [ITI TF-3: 5.5; DMP: signature]

Two shapes are read. *Manifest*: SignedInfo signs a ds:Manifest, which has the references (the DMP). *Direct*: SignedInfo has them itself.
In both, a reference is the URN of a uniqueId of the lot; the set's own has a digest that stands for no content, as a set has no bytes.
The Manifest is the one that is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from safexml.namespaces import DS, qname
from signing import canonical, qualifying, writing, xmldsig
from signing.algorithms import SHA256
from signing.canonical import INCLUSIVE_WITH_COMMENTS
from signing.gate import OBJECT, REFERENCE, SIGNATURE, ZERO, check_count, check_plain, read_reference, shapeless
from signing.refusals import malformed, refused, shown
from signing.report import SignatureRefused, SubIndication
from signing.validation import OWN_PARTS, check_content, own_parts, read_root, report_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from lxml.etree import _Element

    from signing.gate import Reference, Signature
    from signing.keys import SigningKey
    from signing.policy import SignaturePolicy
    from signing.report import SignatureReport
    from signing.trust import Trust
    from signing.xmldsig import Part

MANIFEST_ID = "IHEManifest"
PURPOSE = "1.2.840.10065.1.12.1.14"
"""ASTM E1762: source signature, the purpose of a lot's signature. [DMP: signature]"""

_DUMMIES = frozenset({b"\0", ZERO})
"""Digests that stand for no content: AA== in the DMP, the digit of IHE. [ITI TF-3: 5.5]"""

_MANIFEST = qname(DS, "Manifest")
_MANIFEST_TYPES = frozenset({DS + "Manifest"})
_PROPERTIES = frozenset({qname(DS, "SignatureProperties"), "SignatureProperties"})
"""The DMP's own example has them in no namespace."""

_FURTHER_PARTS = OWN_PARTS + 2
"""References of SignedInfo beside those to the lot: its own parts, the manifest, the signature properties."""


STRAYS_MAX = 16
"""References beyond what is in the lot that are read all the same: so that a refusal can name what is not there."""


class LotDocument(NamedTuple):
    """A document of a lot. ``root``: of its tree with comments, where it is XML and was parsed before.

    What is signed of a document with a root is its canonical form; of one without, its bytes.
    """

    unique_id: str
    content: bytes | memoryview
    root: _Element | None = None


def sign_lot(set_unique_id: str, documents: Sequence[LotDocument], key: SigningKey, at: datetime) -> bytes:
    """The signature of a lot, as a document of its own: the DMP's manifest, with SHA-256 and XAdES 1.3.2."""
    method = INCLUSIVE_WITH_COMMENTS
    dummy = writing.write_reference(f"urn:oid:{set_unique_id}", b"\0")
    references = "".join((dummy, *(_write_reference(document) for document in documents)))
    manifest = f'<ds:Manifest xmlns:ds="{DS}" Id="{MANIFEST_ID}">{references}</ds:Manifest>'
    name = writing.name_of(manifest.encode(), key, at)
    properties = writing.write_properties(key, at, f"p-{name}")
    purpose = (
        f'<ds:SignatureProperties><ds:SignatureProperty Id="purposeOfSignature" Target="#s-{name}">{PURPOSE}'
        "</ds:SignatureProperty></ds:SignatureProperties>"
    )
    objects = (
        f"<ds:Object>{manifest}</ds:Object><ds:Object>{purpose}</ds:Object>"
        f"{writing.write_properties_object(properties, f's-{name}')}"
    )
    signed = (
        writing.write_reference(
            f"#{MANIFEST_ID}",
            SHA256.digest(writing.form_of(manifest, method)),
            type_=f"{DS}Manifest",
            transforms=(method.uri,),
        ),
        writing.reference_properties(properties, f"p-{name}", method),
    )
    signature = writing.write_signature(key, signed, method, identifier=f"s-{name}", objects=objects.encode())
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + signature


def verify_lot(
    root: _Element,
    set_unique_id: str,
    documents: Sequence[LotDocument],
    trust: Trust,
    policy: SignaturePolicy,
    now: datetime,
) -> SignatureReport:
    """Who signed the lot; ``covers`` has the uniqueIds of its documents. *Raises* SignatureRefused.

    ``documents``: all of the lot but the signature itself. 1. Signature and manifest within the profile. 2. The value; the properties.
    3. Its own parts, the manifest among them. 4. The set, each document once, and nothing else, by URN. 5. Each digest. 6. The signer.
    """
    references_max = len(documents) + 1 + STRAYS_MAX
    signature = read_root(root, policy, references_max + _FURTHER_PARTS)
    manifest, parts = _read_objects(signature, references_max)
    xmldsig.check_value(signature)
    properties = qualifying.read_properties(signature, policy, now)
    xmldsig.check_own_ids(root.iter("*"))
    references = xmldsig.check_parts(signature, {**own_parts(signature, properties), **parts})
    if manifest is not None:
        if references:
            raise xmldsig.unmatched(references[0], "is beside the manifest", "figure à côté du manifeste")
        references = _read_manifest(manifest, policy)
    covered = _match(references, set_unique_id, documents, signature)
    for reference, document in covered:
        if reference.value in _DUMMIES:
            raise refused(
                "SIG-LOT-DUMMY",
                SubIndication.HASH_FAILURE,
                f"{shown(reference.uri)} has the dummy digest",
                f"{shown(reference.uri)} porte l'empreinte fictive",
                reference.element,
            )
        check_content(reference, document.content, document.root)
    covers = tuple(document.unique_id for _, document in covered)
    return report_of(signature, properties, covers, trust, now, references)


def is_lot_signature(root: _Element) -> bool:
    """Whether a document is a signature over other documents: one that envelops nothing."""
    return root.tag == SIGNATURE and all(
        qualifying.is_holder(holder) or all(child.tag == _MANIFEST or child.tag in _PROPERTIES for child in holder)
        for holder in root.iterchildren(OBJECT)
    )


def _write_reference(document: LotDocument) -> str:
    uri = _urns(document.unique_id)[0]
    if document.root is None:
        return writing.write_reference(uri, SHA256.digest(document.content))
    method = INCLUSIVE_WITH_COMMENTS
    form = canonical.of_document(document.root.getroottree(), method, keeps_comments=True)
    return writing.write_reference(uri, SHA256.digest(form), transforms=(method.uri,))


def _urns(unique_id: str) -> tuple[str, ...]:
    """How references may spell a uniqueId. One with an extension keeps its ``^``, escaped or not; a URN is itself."""
    return (unique_id,) if unique_id.startswith("urn:") else (f"urn:oid:{unique_id}", unique_id)


def _read_objects(signature: Signature, references_max: int) -> tuple[_Element | None, dict[str, Part]]:
    """The manifest, if there is one, and what may be signed among the Objects."""
    manifests: list[_Element] = []
    parts: dict[str, Part] = {}
    for holder in signature.objects:
        if qualifying.is_holder(holder):
            continue
        if len(holder) != 1 or (holder[0].tag != _MANIFEST and holder[0].tag not in _PROPERTIES):
            raise malformed(
                "SIG-MANIFEST", "An Object of another kind is there", "Un Object d'un autre type est là", holder
            )
        child = holder[0]
        check_plain(child)
        if child.tag == _MANIFEST:
            check_count(len(child), references_max, child)
            manifests.append(child)
            parts[xmldsig.uri_of(child)] = xmldsig.Part(child, _MANIFEST_TYPES)
        elif child.get("Id") is not None:
            parts[xmldsig.uri_of(child)] = xmldsig.Part(child, is_required=False)
    if len(manifests) > 1:
        raise malformed("SIG-MANIFEST", "There are several manifests", "Il y a plusieurs manifestes", manifests[1])
    return (manifests[0] if manifests else None), parts


def _read_manifest(manifest: _Element, policy: SignaturePolicy) -> tuple[Reference, ...]:
    if any(child.tag != REFERENCE for child in manifest):
        raise shapeless(manifest)
    return tuple([read_reference(child, policy) for child in manifest])


def _match(
    references: Sequence[Reference], set_unique_id: str, documents: Sequence[LotDocument], signature: Signature
) -> list[tuple[Reference, LotDocument]]:
    """Each reference with its document; all documents are there, and the set."""
    by_urn = {urn: document for document in documents for urn in _urns(document.unique_id)}
    missing = {document.unique_id: document for document in documents}
    if len(missing) != len(documents):
        raise _omitted("a document whose uniqueId another one has", "un document dont un autre a l'uniqueId", signature)
    is_set_named = False
    covered = []
    for reference in references:
        urn = unquote(reference.uri)
        document = by_urn.get(urn)
        if urn in _urns(set_unique_id) and not is_set_named:
            if reference.value not in _DUMMIES:
                raise _of_set("has a digest", "porte une empreinte", set_unique_id, reference.element)
            is_set_named = True
        elif document is not None and missing.pop(document.unique_id, None) is not None:
            covered.append((reference, document))
        else:
            raise refused(
                "SIG-LOT-FOREIGN",
                SubIndication.SIGNED_DATA_NOT_FOUND,
                f"{shown(reference.uri)} is not in the lot, or is covered twice",
                f"{shown(reference.uri)} n'est pas dans le lot, ou est couvert deux fois",
                reference.element,
            )
    if not is_set_named:
        raise _of_set("is not named", "n'est pas désigné", set_unique_id, signature.element)
    if missing:
        names = ", ".join(map(shown, missing))
        raise _omitted(names, names, signature)
    return covered


def _omitted(seen: str, seen_fr: str, signature: Signature) -> SignatureRefused:
    return refused(
        "SIG-LOT-OMITTED",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
        f"Not covered: {seen}",
        f"Non couvert : {seen_fr}",
        signature.element,
    )


def _of_set(seen: str, seen_fr: str, set_unique_id: str, element: _Element) -> SignatureRefused:
    return refused(
        "SIG-LOT-SET",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
        f"The SubmissionSet {shown(set_unique_id)} {seen}",
        f"Le lot {shown(set_unique_id)} {seen_fr}",
        element,
    )
