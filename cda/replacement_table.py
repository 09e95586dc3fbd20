"""The rules of a replacement; what is only presumed of the national service is a warning. One row a rule; rows alone. [DMP: TD2.1]"""

from __future__ import annotations

from cda.findings import Rule

OTHER = Rule(
    "CDA-RPLC-OTHER",
    "The document names as its predecessor the one that the association RPLC replaces.",
    "Le document désigne comme prédécesseur celui que l'association RPLC remplace.",
    "DMP: TD2.1; CI-SIS SM 3.5.5.23",
    "The association was made to the wrong entry, or the header kept the id of an older version.",
    "Find the entry by the uniqueId that relatedDocument names, and replace that one.",
)
SILENT = Rule(
    "CDA-RPLC-SILENT",
    "A document that an association RPLC puts in place of another names it by relatedDocument.",
    "Un document qu'une association RPLC met à la place d'un autre le désigne par relatedDocument.",
    "DMP: TD2.1; CI-SIS SM 3.5.5.23",
    "The sender replaces the document, and the software that wrote it does not know.",
    "Write relatedDocument with the id of the version before.",
    is_error=False,
)
UNTOLD = Rule(
    "CDA-RPLC-UNTOLD",
    "A document that names a predecessor is submitted with an association RPLC to it.",
    "Un document qui désigne un prédécesseur est soumis avec une association RPLC vers celui-ci.",
    "DMP: TD2.1",
    "The new version was sent as a document of its own: both versions are shown as current.",
    "Submit it with an association RPLC to the entry of the version before.",
    is_error=False,
)
UNKNOWN = Rule(
    "CDA-RPLC-UNKNOWN",
    "The predecessor that the document names is held here.",
    "Le prédécesseur que désigne le document est détenu ici.",
    "CI-SIS SM 3.5.5.23",
    "The version before was never shared, or is held elsewhere.",
    "Nothing needs doing if the version before was never shared.",
    is_error=False,
)
VERSION = Rule(
    "CDA-RPLC-VERSION",
    "A document that replaces another has a versionNumber above 1 and above that of the one it replaces.",
    "Un document qui en remplace un autre a un versionNumber supérieur à 1 et à celui du document remplacé.",
    "CI-SIS SM 3.5.5.11",
    "The version was not counted on.",
    "Count the version on: the version before and 1.",
    is_error=False,
)
SET = Rule(
    "CDA-RPLC-SETID",
    "A document that replaces another has the same setId.",
    "Un document qui en remplace un autre a le même setId.",
    "CI-SIS SM 3.5.5.10",
    "The software gave the new version a setId of its own.",
    "Keep the setId of the first version.",
    is_error=False,
)
