"""The rules of header and metadata: one row for each attribute; rows alone. [CI-SIS SM: annex, header and XDS metadata]"""

from __future__ import annotations

from cda.findings import Rule

_ANNEX = "CI-SIS SM: annex, header and XDS metadata"
_SENDER = "The metadata were typed or computed apart from the document, or belong to another one."
_TAKE = "Take the metadata from the header of the document that is sent."

UNIQUE_ID = Rule(
    "CDA-XDS-UNIQUE-ID",
    "uniqueId is the document's own id.",
    "uniqueId est l'id du document lui-même.",
    _ANNEX,
    _SENDER,
    _TAKE,
)
PATIENT_ID = Rule(
    "CDA-XDS-PATIENT-ID",
    "patientId is an identifier of the document's patient, under the same authority.",
    "patientId est un identifiant du patient du document, sous la même autorité.",
    _ANNEX,
    "The document is about another person, or was written under another identifier of the same.",
    "Compare the persons; if they are one, write the document anew with the current matricule.",
)
TYPE_CODE = Rule(
    "CDA-XDS-TYPE-CODE",
    "typeCode is the document's code, of the same system.",
    "typeCode est le code du document, du même système.",
    _ANNEX,
    _SENDER,
    _TAKE,
)
CLASS_CODE = Rule(
    "CDA-XDS-CLASS-CODE",
    "classCode is the class that the table of types gives to typeCode.",
    "classCode est la classe que la table des types donne à typeCode.",
    "CI-SIS ASS_X16",
    "The class was chosen by hand.",
    "Look the class up by the type, in the table ASS_X16.",
)
CREATION_TIME = Rule(
    "CDA-XDS-CREATION-TIME",
    "creationTime is the document's effectiveTime, told in UTC.",
    "creationTime est l'effectiveTime du document, exprimé en UTC.",
    _ANNEX,
    "Local time was copied without being turned to UTC, or the time of sending was written.",
    "Subtract the offset: 093000+0100 becomes 083000.",
)
CONFIDENTIALITY = Rule(
    "CDA-XDS-CONFIDENTIALITY",
    "The document's confidentialityCode is among those of the metadata.",
    "Le confidentialityCode du document figure parmi ceux des métadonnées.",
    _ANNEX,
    "The restriction of audience was written in place of the document's own code.",
    "Write the document's code first, and restrictions of audience beside it.",
)
MIME_TYPE = Rule(
    "CDA-XDS-MIME-TYPE",
    "mimeType says XML: the document is XML, whatever stands in its body.",
    "mimeType annonce du XML : le document est du XML, quel que soit son corps.",
    _ANNEX,
    "The media type of the body was written.",
    "Write text/xml, or application/xslt+xml for a document inside its stylesheet.",
)
MIME_TYPE_WRAPPER = Rule(
    "CDA-XDS-MIME-TYPE-WRAPPER",
    "mimeType is application/xslt+xml for a document inside its stylesheet, else text/xml.",
    "mimeType vaut application/xslt+xml pour un document auto-présentable, sinon text/xml.",
    "CI-SIS SM 3.9",
    "The document was wrapped, or unwrapped, after its metadata had been made.",
    "Take the metadata from the document that is sent.",
    is_error=False,
)
FORMAT_CODE = Rule(
    "CDA-XDS-FORMAT-CODE",
    "formatCode goes with a templateId of the document or, at level 1, with the media type of its body.",
    "formatCode correspond à un templateId du document ou, au niveau 1, au type de son corps.",
    "CI-SIS ASS_A11, ASS_A12",
    "The format was chosen by hand, or is younger than the table here.",
    "Look the format up in the tables ASS_A11 and ASS_A12.",
    is_error=False,
)
TITLE = Rule(
    "CDA-XDS-TITLE",
    "The title of the metadata is the document's title, perhaps shortened.",
    "Le titre des métadonnées est celui du document, au besoin abrégé.",
    _ANNEX,
    "The label of the type was written instead.",
    _TAKE,
    is_error=False,
)
LANGUAGE = Rule(
    "CDA-XDS-LANGUAGE",
    "languageCode is that of the document.",
    "languageCode est celui du document.",
    _ANNEX,
    _SENDER,
    _TAKE,
    is_error=False,
)
SOURCE_PATIENT_ID = Rule(
    "CDA-XDS-SOURCE-PATIENT-ID",
    "sourcePatientId is an identifier of the document's patient.",
    "sourcePatientId est un identifiant du patient du document.",
    _ANNEX,
    "The sender has another local number for the patient than the document.",
    "Write the local number (IPP) of the document, or the INS if it has none.",
    is_error=False,
)
SOURCE_PATIENT_INFO = Rule(
    "CDA-XDS-SOURCE-PATIENT-INFO",
    "Names, sex and date of birth of sourcePatientInfo are those of the document's patient.",
    "Noms, sexe et date de naissance de sourcePatientInfo sont ceux du patient du document.",
    _ANNEX,
    "The traits were taken from the sender's own file, or are another person's.",
    "Compare the persons; then take the traits from the document.",
    is_error=False,
)
AUTHOR = Rule(
    "CDA-XDS-AUTHOR",
    "The authors of the metadata are those of the document.",
    "Les auteurs des métadonnées sont ceux du document.",
    _ANNEX,
    "The sender was written as author; it is the author of the submission set.",
    _TAKE,
    is_error=False,
)
LEGAL_AUTHENTICATOR = Rule(
    "CDA-XDS-LEGAL-AUTHENTICATOR",
    "legalAuthenticator is the document's.",
    "legalAuthenticator est celui du document.",
    _ANNEX,
    "Another signatory was written, or none.",
    _TAKE,
    is_error=False,
)
SERVICE_TIME = Rule(
    "CDA-XDS-SERVICE-TIME",
    "serviceStartTime and serviceStopTime are those of the document's main act, told in UTC.",
    "serviceStartTime et serviceStopTime sont ceux de l'acte principal du document, exprimés en UTC.",
    _ANNEX,
    "The times of the encounter were written, or local time.",
    "Take low and high of documentationOf/serviceEvent/effectiveTime, and subtract the offset.",
    is_error=False,
)
PRACTICE_SETTING = Rule(
    "CDA-XDS-PRACTICE-SETTING",
    "practiceSettingCode is the standardIndustryClassCode of the document's main act.",
    "practiceSettingCode est le standardIndustryClassCode de l'acte principal du document.",
    _ANNEX,
    _SENDER,
    _TAKE,
    is_error=False,
)
FACILITY = Rule(
    "CDA-XDS-FACILITY",
    "healthcareFacilityTypeCode is the code of the document's healthCareFacility.",
    "healthcareFacilityTypeCode est le code de healthCareFacility du document.",
    _ANNEX,
    _SENDER,
    _TAKE,
    is_error=False,
)
EVENT_CODE = Rule(
    "CDA-XDS-EVENT-CODE",
    "Each code of eventCodeList is one of the document's acts.",
    "Chaque code de eventCodeList est celui d'un acte du document.",
    _ANNEX,
    "The sender added codes that the document does not have.",
    _TAKE,
    is_error=False,
)
REFERENCE = Rule(
    "CDA-XDS-REFERENCE",
    "Orders and accession numbers of referenceIdList are those of the document's inFulfillmentOf.",
    "Demandes et numéros d'examen de referenceIdList sont ceux de inFulfillmentOf dans le document.",
    _ANNEX,
    _SENDER,
    _TAKE,
    is_error=False,
)
