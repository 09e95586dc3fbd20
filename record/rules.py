"""The rules that a record is refused by: a stable id, the word told in ``status``, the sentences, where from, how one breaks it, the cure.

The DMP's own list of words is not public: where none is known for a rule, the closest code of IHE stands in its place. [DMP: §14]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from xds import errors

OK = "DMPOk"
"""The word for what was done. [DMP: TD0.3]"""


class Rule(NamedTuple):
    """A row: ``explain`` prints it. Sentences name nobody."""

    rule: str
    status: str
    sentence: str
    sentence_fr: str
    clause: str
    cause: str
    cure: str

    @property
    def text(self) -> str:
        """What is told of it on the wire."""
        return f"{self.rule}: {self.sentence} / {self.sentence_fr}"


Problems = tuple[Rule, ...]

_UNKNOWN, _OTHER = errors.XDSUnknownPatientId.code, errors.XDSPatientIdDoesNotMatch.code
_METADATA, _ERROR = errors.XDSRegistryMetadataError.code, errors.XDSRegistryError.code
_TOO_MANY = errors.XDSTooManyResults.code
_DENIED = errors.DMPAccessDeniedByRightsService.code
_CLOSED = "DMPClosed"

PATIENT_MISSING = Rule(
    "REC-PATIENT-MISSING",
    _UNKNOWN,
    "The request names the patient: by an INS with its authority, in the message or in the assertion.",
    "La requête nomme le patient : un INS et son autorité, dans le message ou dans le jeton.",
    "DMP: TD0.2, TD1.1",
    "No id of an authority that the affinity domain declares is in the message, and none in the assertion.",
    "Send the matricule INS with the OID of its authority.",
)
PATIENT_OTHER = Rule(
    "REC-PATIENT-OTHER",
    _OTHER,
    "The patient of the message is the one of the assertion, authority included.",
    "Le patient du message est celui du jeton, autorité comprise.",
    "DMP: RG_3010",
    "The assertion was made for another patient.",
    "Make an assertion whose resource-id is the patient of the message.",
)
MATRICULE = Rule(
    "REC-MATRICULE",
    _METADATA,
    "The patient's id is a matricule INS: its 15 characters have the shape, and its key is that of its number.",
    "L'identifiant du patient est un matricule INS : ses 15 caractères ont la forme voulue, et sa clé est celle du numéro.",
    "CI-SIS SM 3.5.5.12",
    "Thirteen digits were sent without the key, or a digit was mistyped.",
    "Send the 15 characters that the INSi service gave.",
)
NOT_ANNOUNCED = Rule(
    "REC-NOT-ANNOUNCED",
    _UNKNOWN,
    "The patient was announced to this community beforehand.",
    "Le patient a été annoncé au préalable à cette communauté.",
    "ITI TF-2: 3.44",
    "The affinity domain knows patients through a feed, and none told of this one.",
    "Send the patient identity feed, then the request again.",
)
NOT_FOUND = Rule(
    "REC-NOT-FOUND",
    _UNKNOWN,
    "The patient has a record.",
    "Le patient a un DMP.",
    "DMP: TD0.2",
    "It was never created, or was closed so long ago that it has been erased.",
    "Look it up by TD0.2; where there is none, it can be created by TD1.1.",
)
EXISTS = Rule(
    "REC-EXISTS",
    _ERROR,
    "A record is created once.",
    "Un DMP n'est créé qu'une fois.",
    "DMP: TD1.1",
    "Somebody else has created it, or its first document has.",
    "Ask TD0.2 first; a record that is there is changed by TD1.3b.",
)
IS_ACTIVE = Rule(
    "REC-ACTIVE",
    _ERROR,
    "What is reopened is closed.",
    "Seul un DMP fermé est réactivé.",
    "DMP: TD1.2",
    "The record is active already.",
    "Nothing needs to be done.",
)
IS_CLOSED = Rule(
    "REC-CLOSED",
    _CLOSED,
    "The record is active.",
    "Le DMP est actif.",
    "DMP: TD1.2, TD1.4",
    "It was closed.",
    "With the patient's consent, reopen it by TD1.2.",
)
OPPOSED = Rule(
    "REC-OPPOSED",
    _DENIED,
    "The person does not oppose having a record.",
    "La personne ne s'oppose pas à l'ouverture d'un DMP.",
    "CSP L1111-14",
    "The person has told that they want none.",
    "Only the person, or their legal representative, can take that back.",
)
CONSENT = Rule(
    "REC-CONSENT",
    _METADATA,
    "The message carries the patient's consent: CONSENTEMENT_OUVERTURE_DMP or CONSENTEMENT_REACTIVATION_DMP, true.",
    "Le message porte le consentement du patient : CONSENTEMENT_OUVERTURE_DMP ou CONSENTEMENT_REACTIVATION_DMP, à vrai.",
    "DMP: TD1.1, TD1.2",
    "The observation is missing, false, or of another code system than 1.2.250.1.213.4.1.2.3.",
    "Ask the patient, and say so in the message.",
)
TRAITS = Rule(
    "REC-TRAITS",
    _METADATA,
    "A new record tells family name, given name, sex and date of birth.",
    "Un nouveau DMP porte nom, prénom, sexe et date de naissance.",
    "CI-SIS SM 3.5.5.12; RNIV",
    "One of them is missing.",
    "Send the traits that the INSi service gave with the matricule.",
)
BIRTH_DATE = Rule(
    "REC-BIRTH-DATE",
    _METADATA,
    "A date of birth is a day of the calendar, YYYYMMDD, that has come; 00 stands for a month or day that nobody knows.",
    "Une date de naissance est un jour du calendrier, AAAAMMJJ, déjà venu ; 00 pour un mois ou un jour inconnu.",
    "RNIV",
    "Other digits, or a day to come.",
    "Send birthTime with eight digits.",
)
SEX = Rule(
    "REC-SEX",
    _METADATA,
    "Sex is M, F or UN.",
    "Le sexe est M, F ou UN.",
    "ANS: JDV_J143",
    "Another code was sent.",
    "Use the codes of JDV_J143.",
)
TOO_LONG = Rule(
    "REC-TOO-LONG",
    _METADATA,
    "Names and lines have 256 characters at most, the reason of a closing 1000, and there are ten representatives at most.",
    "Noms et lignes ont 256 caractères au plus, le motif d'une fermeture 1000, et il y a dix représentants légaux au plus.",
    "our own bound",
    "More was sent.",
    "Shorten it.",
)
RELATIONSHIP = Rule(
    "REC-RELATIONSHIP",
    _METADATA,
    "A legal representative is named, and related by a code of JDV_J11 or of the DMP.",
    "Un représentant légal est nommé, et lié par un code du JDV_J11 ou du DMP.",
    "ANS: JDV_J11; DMP: TD1.1",
    "The relationship has another code, or nobody is named.",
    "Send personalRelationship/code and relationshipHolder1/name.",
)
CODES = Rule(
    "REC-CODES",
    _METADATA,
    "A code has no blanks and 256 characters at most, and its code system is an OID.",
    "Un code n'a pas de blanc et 256 caractères au plus, et son système de codage est un OID.",
    "HL7 v3: CE",
    "A label was sent in the place of the code, or the name of the system in the place of its OID.",
    "Send code and codeSystem as the value set has them.",
)
CLOSING = Rule(
    "REC-CLOSING",
    _METADATA,
    "A closing says statusCode terminated, and why: reasonOf/detectedIssueEvent with a code.",
    "Une fermeture porte statusCode terminated et son motif : reasonOf/detectedIssueEvent avec un code.",
    "DMP: TD1.4",
    "The status is another one, or no code tells why.",
    "Send FERMETURE_DEMANDE_PATIENT of the code system 1.2.250.1.213.4.1.2.4, or what is the case.",
)
ATTACHED = Rule(
    "REC-ATTACHED",
    _DENIED,
    "A record attached to Mon espace santé is changed and closed by the person alone.",
    "Un DMP rattaché à Mon espace santé n'est modifié ou fermé que par la personne.",
    "DMP: TD1.3b, TD1.4",
    "A professional asked for it.",
    "Let the person do it in Mon espace santé.",
)
PATIENT_ACT = Rule(
    "REC-PATIENT-ACT",
    _DENIED,
    "Only the person, or a legal representative, opposes a record, attaches it, or lets masked documents be shown in an emergency.",
    "Seuls la personne ou un représentant légal s'opposent à un DMP, le rattachent, ou laissent voir les documents masqués en urgence.",
    "CSP L1111-14; DMP: TD1.3b",
    "Somebody else sent that observation.",
    "Leave it out, or let the person send it.",
)
SEARCH = Rule(
    "REC-SEARCH",
    _METADATA,
    "A search by traits tells a family name of two letters at least.",
    "Une recherche par traits porte un nom d'au moins deux lettres.",
    "DMP: TD0.5",
    "livingSubjectName has no family, or a shorter one.",
    "Send the family name.",
)
TOO_MANY = Rule(
    "REC-TOO-MANY",
    _TOO_MANY,
    "A search by traits finds fifty people at most.",
    "Une recherche par traits trouve cinquante personnes au plus.",
    "DMP: TD0.5",
    "The name is frequent.",
    "Add the given name, the date of birth, the town or the sex.",
)
AUTH_CALLER = Rule(
    "REC-AUTH-CALLER",
    _DENIED,
    "An authorisation is that of the caller, whom an assertion names.",
    "Une autorisation est celle de l'appelant, que nomme un jeton.",
    "DMP: TD0.3, TD0.4",
    "The request came without an assertion, or with one that names neither a person nor a structure.",
    "Send the VIHF.",
)
AUTH_ACTION = Rule(
    "REC-AUTH-ACTION",
    _METADATA,
    "action is AJOUT or SUPPRESSION; role is absent or MEDECIN_TRAITANT.",
    "action vaut AJOUT ou SUPPRESSION ; role est absent ou vaut MEDECIN_TRAITANT.",
    "DMP: TD0.3",
    "Another word was sent, or none.",
    "Send one of these words.",
)
AUTH_FORBIDDEN = Rule(
    "REC-AUTH-FORBIDDEN",
    _DENIED,
    "The person has not blocked this professional or structure.",
    "La personne n'a pas bloqué ce professionnel ou cette structure.",
    "DMP: TD0.2, AUTORISATION INTERDIT",
    "The person blocked them.",
    "Only the person can take that back.",
)
AUTH_DOCTOR = Rule(
    "REC-AUTH-DOCTOR",
    _DENIED,
    "Only a doctor is médecin traitant of a record.",
    "Seul un médecin est médecin traitant d'un DMP.",
    "DMP: TD0.3",
    "The profession in the assertion is another one, or a structure asked.",
    "Leave the role out.",
)
AUTH_NAMED = Rule(
    "REC-AUTH-NAMED",
    _METADATA,
    "The person names whom they allow or block: nationalId, with the nationalIdType of professionals or of structures.",
    "La personne nomme qui elle autorise ou bloque : nationalId, et le nationalIdType des professionnels ou des structures.",
    "our own form of TD0.3",
    "One of the two is missing, or the type is neither 1.2.250.1.71.4.2.1 nor 1.2.250.1.71.4.2.2.",
    "Send both, as listAuthorizationByPatient shows them.",
)
AUTH_OTHERS = Rule(
    "REC-AUTH-OTHERS",
    _DENIED,
    "A professional or structure declares an authorisation for themselves alone.",
    "Un professionnel ou une structure ne déclare d'autorisation que pour soi.",
    "DMP: TD0.3",
    "The request names somebody by nationalId, which is for the patient.",
    "Leave nationalId and nationalIdType out.",
)
AUTH_TREATING = Rule(
    "REC-AUTH-TREATING",
    _DENIED,
    "Whom the person designated as médecin traitant is not blocked.",
    "Le médecin traitant que la personne a désigné n'est pas bloqué.",
    "DMP: blocage des professionnels",
    "The person designated this doctor and has not taken that back.",
    "First send SUPPRESSION with the role MEDECIN_TRAITANT, then SUPPRESSION.",
)
LIST_MODE = Rule(
    "REC-LIST-MODE",
    _METADATA,
    "mode is ACTIVE, INTERDITE or TOUTE.",
    "mode vaut ACTIVE, INTERDITE ou TOUTE.",
    "DMP: TD1.6",
    "Another word was sent.",
    "Send one of these words.",
)
LIST_DATE = Rule(
    "REC-LIST-DATE",
    _METADATA,
    "startDate has 4 to 14 digits (YYYYMMDDhhmmss), and dateType is LASTAUTORIZATION or LASTDOC.",
    "startDate a 4 à 14 chiffres (AAAAMMJJhhmmss), et dateType vaut LASTAUTORIZATION ou LASTDOC.",
    "DMP: TD0.4",
    "Another form or word was sent.",
    "Send one of these.",
)
LIST_OWNER = Rule(
    "REC-LIST-OWNER",
    _DENIED,
    "psOwnerId is the caller.",
    "psOwnerId est l'appelant.",
    "DMP: TD0.4",
    "The list of somebody else was asked for.",
    "Leave psOwnerId out.",
)

RULES: Mapping[str, Rule] = {row.rule: row for row in tuple(globals().values()) if isinstance(row, Rule)}
"""Rule id → row."""
