"""The rules that ``coffre validate`` and the operator's CDA pack add to those of the rooms: what ``coffre explain`` prints of them."""

from __future__ import annotations

from collections.abc import Mapping

from cda.content_report import Cause
from signing.rules import Rule

_XDM = "ITI TF-2: 3.32.4.1.2"

_ROWS = (
    Rule(
        "XDM-ARCHIVE",
        "The archive is a zip that can be read whole, in whose names nothing leads out of it.",
        "L'archive est un zip lisible en entier, dont aucun nom ne mène ailleurs.",
        _XDM,
        "A transfer that was cut off, an encrypted archive, or one that was made to attack whoever unpacks it.",
        "Make the archive anew with deflate, in clear, with relative names.",
    ),
    Rule(
        "XDM-README",
        "README.TXT stands at the top of the archive.",
        "README.TXT figure à la racine de l'archive.",
        _XDM,
        "The content of a folder was packed one level too deep.",
        "Pack README.TXT, INDEX.HTM and IHE_XDM themselves, not the folder around them.",
    ),
    Rule(
        "XDM-INDEX",
        "INDEX.HTM stands at the top of the archive.",
        "INDEX.HTM figure à la racine de l'archive.",
        _XDM,
        "The content of a folder was packed one level too deep, or the page for people was left out.",
        "Add the page by which a person finds the documents.",
    ),
    Rule(
        "XDM-METADATA",
        "Each folder of IHE_XDM holds METADATA.XML, an lcm:SubmitObjectsRequest.",
        "Chaque dossier de IHE_XDM contient METADATA.XML, un lcm:SubmitObjectsRequest.",
        _XDM,
        "Metadata under another name, in another folder, or inside an envelope.",
        "Write the bare request to IHE_XDM/SUBSET01/METADATA.XML.",
    ),
    Rule(
        "XDM-URI",
        "Each DocumentEntry has a URI, relative to METADATA.XML.",
        "Chaque fiche porte un URI, relatif à METADATA.XML.",
        _XDM,
        "Metadata made for a repository, where documents have no path.",
        "Add the Slot URI.",
    ),
    Rule(
        "XDM-DOCUMENT",
        "The URI of each DocumentEntry leads to a file of the archive.",
        "L'URI de chaque fiche mène à un fichier de l'archive.",
        _XDM,
        "A name in another case, or an absolute path.",
        "Give the name as it stands in the archive, relative to METADATA.XML.",
    ),
    Rule(
        "XDM-HASH",
        "Each DocumentEntry has the SHA-1 of its document.",
        "Chaque fiche porte le SHA-1 de son document.",
        _XDM,
        "Metadata made for a repository, which computes it itself.",
        "Add the Slot hash.",
    ),
    Rule(
        "XDM-SIZE",
        "Each DocumentEntry has the size of its document.",
        "Chaque fiche porte la taille de son document.",
        _XDM,
        "Metadata made for a repository, which computes it itself.",
        "Add the Slot size.",
    ),
    Rule(
        Cause.HOSTILE_XML.value,
        "A clinical document is well-formed XML without a DTD, within the bounds of what is read.",
        "Un document clinique est un XML bien formé, sans DTD, dans les limites de ce qui est lu.",
        "HL7 CDA R2: 4.1",
        "A file cut off, a wrong encoding, or a DOCTYPE.",
        "Send the document as it was made, in UTF-8, without DOCTYPE.",
    ),
    Rule(
        Cause.NOT_CDA.value,
        "The XML is one ClinicalDocument: bare, in its stylesheet, or in its signature.",
        "Le XML est un seul ClinicalDocument : nu, dans sa feuille de style, ou dans sa signature.",
        "CI-SIS SM 3.3",
        "Another document, or several.",
        "Send one clinical document, with its own mimeType.",
    ),
    Rule(
        "CDA-PACK-INCLUDES",
        "A schematron of the pack is run with all of its files.",
        "Un schématron du paquet est appliqué avec tous ses fichiers.",
        "CI-SIS: Modèles de contenus CDA",
        "The publisher left files out, or the pack was copied in part.",
        "Complete the pack; until then what the missing rules would find is not known.",
    ),
    Rule(
        Cause.UNFIT_PACK.value,
        "The operator's CDA pack can be used.",
        "Le paquet CDA de l'exploitant est utilisable.",
        "CI-SIS: Modèles de contenus CDA",
        "A pack of another layout, or a schematron that does not compile.",
        "Put the pack as the ANS publishes it where COFFRE_CDA_PACK says.",
    ),
    Rule(
        Cause.TIMED_OUT.value,
        "A document is examined against the pack within a minute.",
        "Un document est examiné selon le paquet en moins d'une minute.",
        "CI-SIS: Modèles de contenus CDA",
        "A document of extraordinary size, or a machine that is overloaded.",
        "Send it again at a quieter hour; examine it with coffre validate.",
    ),
    Rule(
        Cause.WORKER_DIED.value,
        "The process that examines a document survives it.",
        "Le processus qui examine un document y survit.",
        "CI-SIS: Modèles de contenus CDA",
        "Memory ran out, or the XSLT processor failed on this document.",
        "Tell the operator; the other documents are examined by a new process.",
    ),
    Rule(
        Cause.BUSY.value,
        "No more documents wait for their examination than memory holds.",
        "Il n'attend pas plus de documents à examiner que la mémoire n'en contient.",
        "CI-SIS: Modèles de contenus CDA",
        "More documents come in than are examined.",
        "Send the document again later, or have the operator give the examination more processes.",
    ),
    Rule(
        Cause.STOPPED.value,
        "The service examines what it has taken before it stops.",
        "Le service examine ce qu'il a reçu avant de s'arrêter.",
        "CI-SIS: Modèles de contenus CDA",
        "The service was stopped while documents waited.",
        "Send the document again.",
    ),
)

RULES: Mapping[str, Rule] = {row.rule: row for row in _ROWS}
"""Id → rule."""
