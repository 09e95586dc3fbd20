"""The rules by which a submission, an update or a query is refused for who asks: rows alone. [DMP: droits fonctionnels, RG_3010]

When each is broken is told by ``registry.rights``; what a caller may do at all, by ``access.rules``.
"""

from __future__ import annotations

from collections.abc import Mapping

from signing.rules import Rule

_ROWS = (
    Rule(
        "DMP-PATIENT",
        "The patient of the request is that of the assertion, assigning authority included.",
        "Le patient de la requête est celui de l'assertion, autorité d'affectation comprise.",
        "DMP: RG_3010",
        "The assertion was made for another patient, or with the OID of another authority.",
        "Make an assertion whose resource-id is the patient of the request.",
    ),
    Rule(
        "DMP-SEALED-LOTS",
        "Where lots are signed, documents come by ITI-41, with the bytes that the signature covers.",
        "Là où les lots sont signés, les documents arrivent par ITI-41, avec les octets que couvre la signature.",
        "DMP: TD2.1, signature of the lot",
        "ITI-42 or ITI-61 was sent to the registry itself.",
        "Send the lot, signed, to the repository.",
    ),
    Rule(
        "DMP-AUTHOR-ONLY",
        "What only the author or the author's structure may do to a document is done by one of them.",
        "Ce qui est réservé à l'auteur d'un document, ou à sa structure, est fait par l'un d'eux.",
        "DMP: TD2.1, TD3.3",
        "Another professional's document is replaced, unmasked, archived or deleted.",
        "Ask its author, or the médecin traitant where the matrix of rights lets them.",
    ),
    Rule(
        "DMP-SECRET",
        "A document that comes by a secret connection bears INVISIBLE_REPRESENTANTS_LEGAUX.",
        "Un document envoyé en connexion secrète porte INVISIBLE_REPRESENTANTS_LEGAUX.",
        "DMP: connexion secrète; ANS: JDV_J64",
        "The assertion tells of secrecy and the metadata do not.",
        "Add the code to confidentialityCode, or leave it out of the assertion.",
    ),
    Rule(
        "DMP-ONE-PATIENT",
        "A request that comes with an assertion is about one patient.",
        "Une requête accompagnée d'une assertion porte sur un seul patient.",
        "DMP: VIHF, resource-id",
        "ITI-51 was asked, which is about several patients or all.",
        "Ask ITI-18 for each patient, each time with an assertion of its own.",
    ),
)

RULES: Mapping[str, Rule] = {row.rule: row for row in _ROWS}
"""Rule id → row, as ``explain`` prints it."""
