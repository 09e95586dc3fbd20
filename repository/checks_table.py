"""The rules of a submission's documents that are neither a signature's own nor a header's: rows alone. [DMP: signature; CI-SIS SM]

When each is broken is told by ``repository.checks``; how hard it bites, by the domain.
"""

from __future__ import annotations

from collections.abc import Mapping

from signing.rules import Rule

_LOT = "ITI TF-3: 5.5; DMP: signature of the lot"

_ROWS = (
    Rule(
        "SIG-LOT-MISSING",
        "A submission has a signature of the lot; one that patients send of their own documents needs none.",
        "Une soumission porte la signature du lot ; celle que le patient fait de ses propres documents peut s'en passer.",
        _LOT,
        "The software sends unsigned lots, or gave the signature another formatCode.",
        "Sign the lot, and submit the signature with the formatCode http://www.w3.org/2000/09/xmldsig#.",
    ),
    Rule(
        "SIG-LOT-SEVERAL",
        "A submission has one signature of the lot.",
        "Une soumission porte une seule signature de lot.",
        _LOT,
        "Each document was signed apart, or the lot twice.",
        "Sign the whole lot once.",
    ),
    Rule(
        "SIG-LOT-ASSOCIATION",
        "An Association signs leads from the signature to the SubmissionSet, or to a document of it.",
        "Une Association signs mène de la signature au lot (SubmissionSet), ou à un document de celui-ci.",
        _LOT,
        "The signature was submitted as a document like the others.",
        "Add the Association urn:ihe:iti:2007:AssociationType:signs.",
    ),
    Rule(
        "CDA-RECORD-TRAITS",
        "The strict traits of the document's patient are those of the record (a warning).",
        "Les traits stricts du patient du document sont ceux du dossier (avertissement).",
        "CI-SIS SM 3.5.5.12; RNIV",
        "The document is about somebody else, or one of the two was typed by hand.",
        "Ask INSi for the traits; correct the document, or the record by TD1.3b.",
    ),
    Rule(
        "CDA-DOCUMENT",
        "A document whose mimeType is that of a CDA is one ClinicalDocument: bare, in its stylesheet, or in its signature.",
        "Un document dont le mimeType est celui d'un CDA est un seul ClinicalDocument : nu, dans sa feuille de style ou sa signature.",
        "CI-SIS SM 3.3",
        "XML of another kind was sent as text/xml, or several documents in one file.",
        "Send one clinical document in each Document.",
    ),
)

RULES: Mapping[str, Rule] = {row.rule: row for row in _ROWS}
"""Rule id → row, as ``explain`` prints it."""
