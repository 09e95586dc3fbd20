"""The rules of a body of level 1. One row a rule; rows alone. [CI-SIS SM: level 1]"""

from __future__ import annotations

from cda.findings import Rule

MEDIA_TYPE = Rule(
    "CDA-N1-MEDIA-TYPE",
    "The body is application/pdf, text/plain, text/rtf, image/jpeg or image/tiff.",
    "Le corps est de type application/pdf, text/plain, text/rtf, image/jpeg ou image/tiff.",
    "CI-SIS SM: level 1",
    "A word processor's file, or an image of another kind, was put into the document.",
    "Turn the file into a PDF/A-1.",
)
REPRESENTATION = Rule(
    "CDA-N1-REPRESENTATION",
    "A file stands in the body as base64 (representation B64), not compressed; plain text may stand there as it is.",
    "Un fichier figure dans le corps en base64 (representation B64), sans compression ; le texte peut y figurer tel quel.",
    "CI-SIS SM: level 1",
    "The attribute was left out: without it the body counts as text.",
    'Write representation="B64" beside mediaType, and no compression.',
)
BASE64 = Rule(
    "CDA-N1-BASE64",
    "The body is base64 from its first character to its last.",
    "Le corps est du base64 du premier au dernier caractère.",
    "CI-SIS SM: level 1; RFC 4648: 4",
    "The text was cut off, or encoded with another alphabet.",
    "Encode the file anew, whole.",
)
EMPTY = Rule(
    "CDA-N1-EMPTY",
    "The body holds something, inside the document.",
    "Le corps contient quelque chose, à l'intérieur du document.",
    "CI-SIS SM: level 1",
    "The file was empty, or is referred to elsewhere instead of being there.",
    "Put the file itself into the text element.",
)
CONTENT = Rule(
    "CDA-N1-CONTENT",
    "The body is what its media type says: it begins and ends as such a file does.",
    "Le corps est ce que dit son type : il commence et finit comme un tel fichier.",
    "CI-SIS SM: level 1",
    "The file is of another kind, or was cut off on its way.",
    "Tell the media type of the file that is there, and send it whole.",
)
TEMPLATE_N1 = Rule(
    "CDA-N1-TEMPLATE",
    "A document of level 1 has the templateId 1.3.6.1.4.1.19376.1.2.20 (XDS-SD).",
    "Un document de niveau 1 porte le templateId 1.3.6.1.4.1.19376.1.2.20 (XDS-SD).",
    "CI-SIS SM 3.5.5.3",
    "The templateId of a structured volet was kept when the body became a file.",
    "Replace the templateId of the volet by that of XDS-SD.",
)
TEMPLATE_N3 = Rule(
    "CDA-N1-STRUCTURED",
    "A document with the templateId of level 1 (1.3.6.1.4.1.19376.1.2.20) has a nonXMLBody.",
    "Un document qui porte le templateId du niveau 1 (1.3.6.1.4.1.19376.1.2.20) a un nonXMLBody.",
    "CI-SIS SM 3.5.5.3",
    "The templateId of level 1 was kept when the body was structured.",
    "Declare the templateId of the volet that the sections follow.",
)
