"""The rules of whom a document is about and who stands behind it, and of acts and encounter. One row a rule; rows alone.

[CI-SIS SM 3.5.5.12 - 3.5.5.25; Référentiel INS]
"""

from __future__ import annotations

from cda.findings import Rule

PATIENT = Rule(
    "CDA-SM-PATIENT",
    "One recordTarget tells of one patient, by patientRole and patient.",
    "Un seul recordTarget décrit un seul patient, par patientRole et patient.",
    "CI-SIS SM 3.5.5.12",
    "The document is about several patients, or the patient was left out.",
    "Make one document for each patient.",
)
PATIENT_ID = Rule(
    "CDA-SM-PATIENT-ID",
    "Each id of the patient has a root (the authority) and an extension (the identifier).",
    "Chaque id du patient a une racine (l'autorité) et une extension (l'identifiant).",
    "CI-SIS SM 3.5.5.12",
    "The authority or the identifier is missing.",
    "Write both, or leave the id out.",
)
INS = Rule(
    "CDA-SM-INS",
    "An id of the patient is an INS: its root is the OID of the INS-NIR or INS-NIA.",
    "Un id du patient est une INS : sa racine est l'OID de l'INS-NIR ou de l'INS-NIA.",
    "CI-SIS SM 3.5.5.12",
    "The identity is not qualified, or the matricule stands under another OID.",
    "Ask INSi for the identity, qualify it, and write its matricule with the OID that came with it.",
)
INS_SHAPE = Rule(
    "CDA-SM-INS-SHAPE",
    "A matricule INS has 15 characters: 13 of the number, 2 of the key.",
    "Un matricule INS a 15 caractères : 13 pour le numéro, 2 pour la clé.",
    "CI-SIS SM 3.5.5.12; Référentiel INS",
    "The key was left out, Corsica was turned into digits, or another identifier stands under the OID of the INS.",
    "Write the matricule as INSi answered it, number and key together.",
)
INS_KEY = Rule(
    "CDA-SM-INS-KEY",
    "The key of a matricule INS is 97 less the remainder of its number by 97.",
    "La clé d'un matricule INS est 97 moins le reste de son numéro par 97.",
    "Référentiel INS; INSEE: NIR",
    "The matricule was typed by hand, and a digit is wrong.",
    "Take the matricule from INSi; never type it.",
)
INS_KEY_TEST = Rule(
    "CDA-SM-INS-KEY-TEST",
    "The key of a matricule of the test authority is that of its number.",
    "La clé d'un matricule de l'autorité de test est celle de son numéro.",
    "Référentiel INS; INSEE: NIR",
    "Published test identities often have a wrong key.",
    "Nothing needs doing for a test; of a real person this would be refused.",
    is_error=False,
)
INS_ONE = Rule(
    "CDA-SM-INS-ONE",
    "The patient has one matricule under one authority of the INS.",
    "Le patient n'a qu'un matricule par autorité de l'INS.",
    "CI-SIS SM 3.5.5.12",
    "Two persons were mixed up, or an earlier matricule was kept beside the current one.",
    "Leave the current matricule alone in the document.",
)
BIRTH_FAMILY = Rule(
    "CDA-SM-TRAIT-BIRTH-NAME",
    "Beside an INS stands the birth family name: family with the qualifier BR.",
    "L'INS s'accompagne du nom de naissance : family de qualifier BR.",
    "CI-SIS SM 3.5.5.12",
    "The name in use alone was written, or the qualifier was left out.",
    'Write <family qualifier="BR"> with the name that INSi answered.',
)
BIRTH_GIVEN = Rule(
    "CDA-SM-TRAIT-FIRST-NAME",
    "Beside an INS stands the first given name of birth: given with the qualifier BR.",
    "L'INS s'accompagne du premier prénom de naissance : given de qualifier BR.",
    "CI-SIS SM 3.5.5.12",
    "The list of given names alone was written, or the qualifier was left out.",
    'Write <given qualifier="BR"> with the first name of the list.',
)
BIRTH_GIVEN_LIST = Rule(
    "CDA-SM-TRAIT-GIVEN-NAMES",
    "Beside an INS stands the list of given names of birth: given without qualifier.",
    "L'INS s'accompagne de la liste des prénoms de naissance : given sans qualifier.",
    "CI-SIS SM 3.5.5.12",
    "The first given name alone was written.",
    "Write <given> with all given names as INSi answered them.",
)
SEX = Rule(
    "CDA-SM-TRAIT-SEX",
    "administrativeGenderCode is M, F or UN.",
    "administrativeGenderCode vaut M, F ou UN.",
    "CI-SIS SM 3.5.5.12; JDV_J143",
    "The sex is missing, or written in another alphabet (U, 1, 2).",
    "Write M, F or UN of the code system 2.16.840.1.113883.5.1.",
)
BIRTH_TIME = Rule(
    "CDA-SM-TRAIT-BIRTH-DATE",
    "birthTime tells the date of birth in digits, YYYYMMDD.",
    "birthTime donne la date de naissance en chiffres, AAAAMMJJ.",
    "CI-SIS SM 3.5.5.12",
    "The date is missing, has separators, or is no date of the calendar.",
    "Write the date of birth as INSi answered it, digits alone.",
)
BIRTHPLACE = Rule(
    "CDA-SM-TRAIT-BIRTHPLACE",
    "Beside an INS stands the birthplace: birthplace/place/addr/county.",
    "L'INS s'accompagne du lieu de naissance : birthplace/place/addr/county.",
    "CI-SIS SM 3.5.5.12",
    "The place was written as a name (city) alone.",
    "Write the INSEE code of the commune into county; 99 and the country's code for a birth abroad.",
)
BIRTHPLACE_CODE = Rule(
    "CDA-SM-TRAIT-BIRTHPLACE-CODE",
    "The birthplace is an INSEE code (COG) of five characters.",
    "Le lieu de naissance est un code INSEE (COG) de cinq caractères.",
    "CI-SIS SM 3.5.5.12",
    "A name or a postal code of another length stands in county.",
    "Write the code of the commune at the date of birth, as INSi answered it.",
    is_error=False,
)
NAME_QUALIFIER = Rule(
    "CDA-SM-NAME-QUALIFIER",
    "Names of the patient are told as of birth (BR) or as used (CL); given may have no qualifier; SP is gone since version 1.13.",
    "Les noms du patient sont de naissance (BR) ou utilisés (CL) ; given peut être sans qualifier ; "
    "SP n'existe plus depuis la version 1.13.",
    "CI-SIS SM 3.5.5.12; RNIV",
    "The document follows an older version of the volet.",
    "Write the name in use as family with the qualifier CL.",
    is_error=False,
)
AUTHOR = Rule(
    "CDA-SM-AUTHOR",
    "At least one author is told by assignedAuthor.",
    "Au moins un auteur est décrit par assignedAuthor.",
    "CI-SIS SM 3.5.5.13",
    "The author was left out or is null.",
    "Name who wrote the document: a professional, the patient, or the system that made it.",
)
AUTHOR_ID = Rule(
    "CDA-SM-AUTHOR-ID",
    "An author has an id with root and extension.",
    "Un auteur a un id avec racine et extension.",
    "CI-SIS SM 3.5.5.13",
    "The national identifier of the professional is not known to the software.",
    "Write the PS_IdNat under 1.2.250.1.71.4.2.1, or the INS of a patient who writes.",
)
AUTHOR_NAME = Rule(
    "CDA-SM-AUTHOR-NAME",
    "An author is a person with a family name, or a device with manufacturerModelName and softwareName.",
    "Un auteur est une personne avec un nom de famille, ou un dispositif avec manufacturerModelName et softwareName.",
    "CI-SIS SM 3.5.5.13",
    "An identifier alone was written.",
    "Add assignedPerson/name/family, or the two names of the device.",
)
PERSON_TIME = Rule(
    "CDA-SM-PARTICIPATION-TIME",
    "An author and the legal authenticator tell when they acted: time with a value.",
    "Un auteur et le responsable disent quand ils ont agi : time avec une valeur.",
    "CI-SIS SM 3.5.5.13, 3.5.5.18",
    "The time was left out.",
    "Write the time of writing, and that of signing.",
)
PERSON_TIME_FORM = Rule(
    "CDA-SM-PARTICIPATION-TIME-FORM",
    "The time of an author or of the legal authenticator is digits, then an offset of four digits.",
    "L'heure d'un auteur ou du responsable est en chiffres, puis un décalage de quatre chiffres.",
    "CI-SIS SM 3.5.5.13, 3.5.5.18",
    "The offset lost a zero (+100), or the value has separators.",
    "Write it as in 20260302093000+0100.",
    is_error=False,
)
CUSTODIAN = Rule(
    "CDA-SM-CUSTODIAN",
    "One custodian is told by assignedCustodian/representedCustodianOrganization.",
    "Un seul custodian est décrit par assignedCustodian/representedCustodianOrganization.",
    "CI-SIS SM 3.5.5.16",
    "The organisation that keeps the document was left out.",
    "Name the structure that answers for the original; for documents of the patient, the DMP.",
)
CUSTODIAN_ID = Rule(
    "CDA-SM-CUSTODIAN-ID",
    "The custodian has one id: under 1.2.250.1.71.4.2.2 a Struct_IdNat, or the root 1.2.250.1.213.4.1 of the DMP.",
    "Le custodian a un seul id : sous 1.2.250.1.71.4.2.2 un Struct_IdNat, ou la racine 1.2.250.1.213.4.1 du DMP.",
    "CI-SIS SM 3.5.5.16",
    "A local number of the structure was written.",
    "Write the national identifier of the structure (1 and the FINESS, 3 and the SIRET …).",
)
SIGNATORY = Rule(
    "CDA-SM-SIGNATORY",
    "One legalAuthenticator answers for the document, by assignedEntity.",
    "Un seul legalAuthenticator répond du document, par assignedEntity.",
    "CI-SIS SM 3.5.5.18",
    "The document was not validated yet, or the software leaves its validator out.",
    "Share validated documents alone, and name who validated them.",
)
SIGNATURE_CODE = Rule(
    "CDA-SM-SIGNATURE-CODE",
    "The signatureCode of the legalAuthenticator is S.",
    "Le signatureCode du legalAuthenticator vaut S.",
    "CI-SIS SM 3.5.5.18",
    "The code is missing, or says that a signature is awaited.",
    'Write <signatureCode code="S"/> when the document is validated.',
)
SIGNATORY_ID = Rule(
    "CDA-SM-SIGNATORY-ID",
    "The legalAuthenticator has an id with root and extension.",
    "Le legalAuthenticator a un id avec racine et extension.",
    "CI-SIS SM 3.5.5.18",
    "The national identifier of the professional is not known to the software.",
    "Write the PS_IdNat under 1.2.250.1.71.4.2.1.",
)
ACT = Rule(
    "CDA-SM-ACT",
    "At least one documentationOf tells an act, by serviceEvent.",
    "Au moins un documentationOf décrit un acte, par serviceEvent.",
    "CI-SIS SM 3.5.5.22",
    "The act that the document is about was left out.",
    "Tell the act with its time and its performer.",
)
ACT_TIME = Rule(
    "CDA-SM-ACT-TIME",
    "The main act tells when it began: serviceEvent/effectiveTime/low with a value.",
    "L'acte principal dit quand il a commencé : serviceEvent/effectiveTime/low avec une valeur.",
    "CI-SIS SM 3.5.5.22",
    "The time of the act was left out, or given as one value without low.",
    "Write low; write high as well when the act has ended.",
)
ACT_SETTING = Rule(
    "CDA-SM-ACT-SETTING",
    "The main act has a performer, whose representedOrganization has a standardIndustryClassCode.",
    "L'acte principal a un performer, dont representedOrganization porte un standardIndustryClassCode.",
    "CI-SIS SM 3.5.5.22; JDV_J04",
    "The performer or the field of practice was left out.",
    "Write who performed the act and the practice setting of their structure.",
)
ENCOUNTER = Rule(
    "CDA-SM-ENCOUNTER",
    "One componentOf tells one encounter, with its effectiveTime.",
    "Un seul componentOf décrit une seule prise en charge, avec son effectiveTime.",
    "CI-SIS SM 3.5.5.25",
    "The encounter was left out.",
    "Tell the encounter; a time that is not known has a nullFlavor.",
)
FACILITY = Rule(
    "CDA-SM-FACILITY",
    "The encounter has a place whose healthCareFacility has a code with its codeSystem.",
    "La prise en charge a un lieu dont healthCareFacility porte un code avec son codeSystem.",
    "CI-SIS SM 3.5.5.25; JDV_J02",
    "The kind of the facility was left out.",
    "Write the code of the kind of facility (JDV_J02).",
)
