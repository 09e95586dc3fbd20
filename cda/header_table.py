"""The rules of what identifies a document: realm, templates, id, code, times, versions. One row a rule; rows alone. [CI-SIS SM 3.5.5]

Numbers of clauses follow the order of the header's elements in the volet. A rule that published samples of the ANS break is a
warning: they are accepted by the national service all the same.
"""

from __future__ import annotations

from cda.findings import Rule

REALM = Rule(
    "CDA-SM-REALM",
    "One realmCode says FR.",
    "Un seul realmCode, de valeur FR.",
    "CI-SIS SM 3.5.5.1",
    "The software makes documents for another country, or leaves the realm out.",
    'Write <realmCode code="FR"/> as first element of the document.',
)
TYPE_ID = Rule(
    "CDA-SM-TYPEID",
    "One typeId has the root 2.16.840.1.113883.1.3 and the extension POCD_HD000040.",
    "Un seul typeId, de racine 2.16.840.1.113883.1.3 et d'extension POCD_HD000040.",
    "CI-SIS SM 3.5.5.2",
    "The element was left out, or copied from a message of another kind.",
    "Write the two constants: they are the same in every CDA R2 document.",
)
TEMPLATE_FRANCE = Rule(
    "CDA-SM-TEMPLATE-FRANCE",
    "A templateId has the root 2.16.840.1.113883.2.8.2.1 (HL7 France).",
    "Un templateId a pour racine 2.16.840.1.113883.2.8.2.1 (HL7 France).",
    "CI-SIS SM 3.5.5.3",
    "The document follows IHE or HL7 alone, not the French header.",
    "Declare conformance to the header of HL7 France, and conform.",
)
TEMPLATE_CISIS = Rule(
    "CDA-SM-TEMPLATE-CISIS",
    "A templateId has the root 1.2.250.1.213.1.1.1.1 (CI-SIS, Structuration minimale).",
    "Un templateId a pour racine 1.2.250.1.213.1.1.1.1 (CI-SIS, Structuration minimale).",
    "CI-SIS SM 3.5.5.3",
    "The document was made before the CI-SIS, or for another community.",
    "Declare conformance to the volet Structuration minimale, and conform.",
)
TEMPLATE_VOLET = Rule(
    "CDA-SM-TEMPLATE-VOLET",
    "Beside HL7 France and the CI-SIS, a templateId names the content model of the document.",
    "Outre HL7 France et le CI-SIS, un templateId désigne le modèle de contenu du document.",
    "CI-SIS SM 3.5.5.3",
    "The templateId of the volet was forgotten, or that of XDS-SD in a document of level 1.",
    "Add the templateId of the volet; at level 1 it is 1.3.6.1.4.1.19376.1.2.20.",
)
ID = Rule(
    "CDA-SM-ID",
    "One id identifies the document, in its root.",
    "Un seul id identifie le document, par sa racine.",
    "CI-SIS SM 3.5.5.4",
    "The id is missing, is given twice, or has an extension alone.",
    "Give each document an OID of its own, under an arc that your organisation owns.",
)
ID_OID = Rule(
    "CDA-SM-ID-OID",
    "The root of the id is an OID: digits and dots, at most 64 characters, no number beginning with 0.",
    "La racine de l'id est un OID : chiffres et points, 64 caractères au plus, aucun nombre commençant par 0.",
    "CI-SIS SM 3.5.5.4",
    "The OID was composed from texts such as dates or numbers with leading zeros, or grew too long.",
    "Compose the OID from numbers without leading zeros, and keep the arc short.",
)
ID_UUID = Rule(
    "CDA-SM-ID-UUID",
    "The root of the id is an OID rather than a UUID.",
    "La racine de l'id est un OID plutôt qu'un UUID.",
    "CI-SIS SM 3.5.5.4",
    "CDA allows a UUID, and older French documents have one.",
    "Turn the UUID into an OID: 2.25. followed by the UUID as a decimal number.",
    is_error=False,
)
ID_EXTENSION = Rule(
    "CDA-SM-ID-EXTENSION",
    "The id has a root alone, without extension.",
    "L'id n'a qu'une racine, sans extension.",
    "CI-SIS SM 3.5.5.4",
    "CDA allows an extension, and the DMP wants the OID alone.",
    "Put the number of the document at the end of the OID.",
    is_error=False,
)
CODE = Rule(
    "CDA-SM-CODE",
    "One code tells the type of the document, with its codeSystem.",
    "Un seul code donne le type du document, avec son codeSystem.",
    "CI-SIS SM 3.5.5.5",
    "The type is told by its label alone, or by a code without its system.",
    "Write code, codeSystem and displayName as the value set JDV_J07 has them.",
)
CODE_UNKNOWN = Rule(
    "CDA-SM-CODE-UNKNOWN",
    "The code is a type of document of the value set JDV_J07.",
    "Le code est un type de document du jeu de valeurs JDV_J07.",
    "CI-SIS SM 3.5.5.5",
    "A local code, a code that was retired, or one younger than the table here.",
    "Take the type from the current value set; a class must then be given with it in the metadata.",
    is_error=False,
)
TITLE = Rule(
    "CDA-SM-TITLE",
    "One title says something.",
    "Un seul titre, non vide.",
    "CI-SIS SM 3.5.5.6",
    "The title is missing or empty.",
    "Give the title that a reader would look for, or else the label of the type.",
)
TITLE_LENGTH = Rule(
    "CDA-SM-TITLE-LENGTH",
    "The title has at most 128 characters.",
    "Le titre a 128 caractères au plus.",
    "CI-SIS SM 3.5.5.6",
    "A text of the report was put into the title.",
    "Shorten the title; the whole text belongs in the body.",
)
TIME = Rule(
    "CDA-SM-TIME",
    "One effectiveTime tells when the document was made, as a time YYYYMMDDhhmmss±hhmm.",
    "Un seul effectiveTime dit quand le document a été produit, sous la forme AAAAMMJJhhmmss±hhmm.",
    "CI-SIS SM 3.5.5.7",
    "The value is missing, has separators, or is no date of the calendar.",
    "Write digits alone, then the offset from UTC, as in 20260302093000+0100.",
)
TIME_PRECISION = Rule(
    "CDA-SM-TIME-PRECISION",
    "effectiveTime is told to the second.",
    "effectiveTime est précis à la seconde.",
    "CI-SIS SM 3.5.5.7",
    "The software knows the date alone, or the minute.",
    "Write the moment at which the document was made, with its seconds.",
)
TIME_OFFSET = Rule(
    "CDA-SM-TIME-OFFSET",
    "effectiveTime tells its offset from UTC.",
    "effectiveTime indique le décalage par rapport à UTC.",
    "CI-SIS SM 3.5.5.7",
    "Local time was written as it is; whoever reads it elsewhere takes it for another moment.",
    "Add the offset, +0100 or +0200 in mainland France.",
    is_error=False,
)
CONFIDENTIALITY = Rule(
    "CDA-SM-CONFIDENTIALITY",
    "One confidentialityCode has a code of HL7's confidentiality (2.16.840.1.113883.5.25): N, R, V, L, M or U.",
    "Un seul confidentialityCode porte un code de confidentialité HL7 (2.16.840.1.113883.5.25) : N, R, V, L, M ou U.",
    "CI-SIS SM 3.5.5.8",
    "A restriction of audience (MASQUE_PS, INVISIBLE_PATIENT …) was put into the document.",
    "Write N in the document; who may see it is told by the metadata.",
)
LANGUAGE = Rule(
    "CDA-SM-LANGUAGE",
    "One languageCode has a language and a country, as in fr-FR.",
    "Un seul languageCode donne langue et pays, comme fr-FR.",
    "CI-SIS SM 3.5.5.9",
    "The language was written alone, in capitals, or by its name.",
    'Write <languageCode code="fr-FR"/>.',
)
LANGUAGE_FRENCH = Rule(
    "CDA-SM-LANGUAGE-FR",
    "The document is in French: its languageCode is fr-FR.",
    "Le document est en français : son languageCode est fr-FR.",
    "CI-SIS SM 3.5.5.9",
    "The document is in another language, or the software left a default in place.",
    "Correct the code if the document is in French.",
    is_error=False,
)
SET_ID = Rule(
    "CDA-SM-SETID",
    "One setId, with a root, is the same for all versions of the document.",
    "Un seul setId, avec une racine, est commun à toutes les versions du document.",
    "CI-SIS SM 3.5.5.10",
    "Older documents have none; without it a reader cannot tell versions from other documents.",
    "Give the first version a setId, and keep it in every later one.",
    is_error=False,
)
VERSION = Rule(
    "CDA-SM-VERSION",
    "One versionNumber is a whole number from 1 on.",
    "Un seul versionNumber, nombre entier à partir de 1.",
    "CI-SIS SM 3.5.5.11",
    "The version is missing, or has a dot or letters.",
    "Count the versions of a document: 1, 2, 3 …",
)
OID_FORM = Rule(
    "CDA-SM-OID",
    "A root is an OID of digits and dots (at most 64 characters, no leading zeros) or a UUID; a codeSystem is an OID.",
    "Une racine est un OID (chiffres et points, 64 caractères au plus, sans zéro en tête) ou un UUID ; "
    "un codeSystem est un OID.",
    "CI-SIS SM 3.5",
    "A name or a URN stands where the OID of an authority or of a code system belongs.",
    "Ask whoever gives out the identifiers or codes for their OID.",
)
NULL_FLAVOR = Rule(
    "CDA-SM-NULLFLAVOR",
    "This element of the header has a value, never a nullFlavor.",
    "Cet élément de l'en-tête porte une valeur, jamais un nullFlavor.",
    "CI-SIS SM 3.5",
    "The software had nothing to say, and said so where the volet wants a value.",
    "Fill the element in.",
)
CODED = Rule(
    "CDA-SM-CODED",
    "A coded element of the header has both code and codeSystem, or else a nullFlavor.",
    "Un élément codé de l'en-tête porte code et codeSystem, ou sinon un nullFlavor.",
    "CI-SIS SM 3.5",
    "A code was written without the system it is from, or a label without a code.",
    "Complete the pair from the value set of the element.",
)
RELATED = Rule(
    "CDA-SM-RELATED",
    "A relatedDocument names the earlier document by parentDocument/id; at most one is replaced.",
    "Un relatedDocument désigne le document antérieur par parentDocument/id ; un seul au plus est remplacé.",
    "CI-SIS SM 3.5.5.23",
    "The identifier of the earlier document is missing, or several documents are replaced by one.",
    "Name the id of the version before this one.",
)
RELATED_TYPE = Rule(
    "CDA-SM-RELATED-TYPE",
    "A relatedDocument replaces (RPLC) or transforms (XFRM) the earlier document.",
    "Un relatedDocument remplace (RPLC) ou transforme (XFRM) le document antérieur.",
    "CI-SIS SM 3.5.5.23",
    "An addendum (APND) was made; the CI-SIS has none.",
    "Replace the earlier document by a whole new version.",
)
BODY = Rule(
    "CDA-SM-BODY",
    "One component holds the body.",
    "Un seul component contient le corps.",
    "CI-SIS SM 3.5",
    "The body was left out, or two bodies were put into one document.",
    "Put each body into a document of its own.",
)
