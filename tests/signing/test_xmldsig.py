"""Core validation: the value, the digests, the Ids. [W3C XMLDSIG: 3.2]"""

from __future__ import annotations

import pytest
from lxml import etree

from safexml.namespaces import DS
from signing import gate, xades, xmldsig
from signing.algorithms import ECDSA_SHA384, RSA_SHA256
from signing.report import Indication, SubIndication
from tests.signing.forging import forged, part, reference, repeat
from tests.signing.throwaway import CDA, NOW, POLICY, form, key, refusal_of, tree, trust

SIGNED = xades.sign_enveloped(CDA, key(), NOW)


def test_algorithm_of_another_kind_of_key_gets_SIG_KEY_KIND() -> None:
    altered = forged(SIGNED, lambda root: part(root, "SignatureMethod").set("Algorithm", RSA_SHA256.uri))
    refusal_of(
        lambda: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-KEY-KIND", SubIndication.SIG_CRYPTO_FAILURE
    )


def test_other_hash_under_the_same_key_gets_SIG_VALUE() -> None:
    altered = forged(SIGNED, lambda root: part(root, "SignatureMethod").set("Algorithm", ECDSA_SHA384.uri))
    refusal = refusal_of(lambda: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-VALUE")
    assert refusal.indication is Indication.TOTAL_FAILED


def test_reference_that_is_there_twice_gets_SIG_REFERENCE() -> None:
    def alter(root: etree._Element) -> None:
        info = part(root, "SignedInfo")
        info.remove(reference(root, 2))
        repeat(reference(root, 1))

    altered = forged(SIGNED, alter)
    refusal_of(lambda: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-REFERENCE")


def test_document_type_gets_SIG_DTD_even_if_the_tree_was_made_elsewhere() -> None:
    root = etree.fromstring(b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>")
    refusal_of(lambda: gate.find_signature(root), "SIG-DTD", SubIndication.FORMAT_FAILURE)


def test_part_of_a_tree_is_no_document() -> None:
    root = tree(b"<above>" + SIGNED[SIGNED.index(b"<ClinicalDocument") : SIGNED.index(b"<?after")] + b"</above>")
    refusal_of(lambda: xades.verify(root[0], trust(), POLICY, NOW), "SIG-PLACE")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"<a>1<b/>2<s/>3</a>", b"<a>1<b></b>23</a>"),
        (b"<a><s/>3</a>", b"<a>3</a>"),
        (b"<a>1<s/>3<b/></a>", b"<a>13<b></b></a>"),
        (b"<a>1<!--c--><s/>3</a>", b"<a>13</a>"),
        (b"<a><s/></a>", b"<a></a>"),
    ],
)
def test_text_behind_what_is_taken_out_stays(document: bytes, expected: bytes) -> None:
    root = tree(document)
    found = root.find("s")
    assert found is not None
    xmldsig.detach(found)
    assert form(root) == expected


def test_location_of_a_refusal_is_an_XPath() -> None:
    altered = SIGNED.replace(b"Lettre", b"lettre")
    refusal = refusal_of(lambda: xades.verify(tree(altered), trust(), POLICY, NOW), "SIG-DIGEST")
    found = tree(altered).xpath(refusal.location, namespaces={"ds": DS})
    assert found[0].get("URI") == ""
