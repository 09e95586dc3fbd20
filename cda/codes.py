"""The code tables that turn a CDA header into metadata: class from type, format from template or media type.

Facts of the ANS nomenclatures ASS_X16, ASS_A11 and ASS_A12, restated as tables that are read once. They change with the
nomenclatures, so nothing here is a rule: what an affinity domain accepts is said by the domain. [CI-SIS SM 3.5]
"""

from __future__ import annotations

from typing import NamedTuple

from xds.metadata import Code, LocalizedString

LOINC = "2.16.840.1.113883.6.1"
COMPLEMENTARY_TYPES = "1.2.250.1.213.1.1.4.12"
"""TRE_A05: document types that LOINC lacks."""

CLASSES = "1.2.250.1.213.1.1.4.1"
"""TRE_A03: document classes."""

CONFIDENTIALITY = "2.16.840.1.113883.5.25"
COMPLEMENTARY_FORMATS = "1.2.250.1.213.1.1.4.2.282"
"""TRE_A06: formats of the French content models."""

IHE_FORMATS = "1.3.6.1.4.1.19376.1.2.3"
UNREGISTERED_FORMAT = "urn:asipSante:modelesHorsProfils:2011"
"""Format of a structured document whose model nobody registered. [CI-SIS TRE_A06]"""

_FRENCH_MODELS = "1.2.250.1.213.1.1.1."


class DocumentClass(NamedTuple):
    """A class of documents with the types that belong to it, blanks between. [CI-SIS ASS_X16]"""

    code: str
    display_name: str
    types: str


# fmt: off
_DOCUMENT_CLASSES = (
    DocumentClass("10", "Compte rendu", """
        BIL_AUTO DOCPAT03 DOCPAT05 DOCPAT06
        11488-4 11490-0 11502-2 11505-5 11506-3 11526-1 15507-7 15508-5 28617-9 28653-4 29274-8 34112-3
        34120-6 34749-2 34794-8 34874-8 34875-5 47420-5 51969-4 59283-2 60568-3 67851-6 70004-7 75482-0
        75492-9 75496-0 77436-4 78513-9 78601-2 83981-1 85208-7 89233-1 93024-8 96349-6
    """),
    DocumentClass("11", "Synthèse", """
        DOCPAT01 DOCPAT08 SYNTH
        18761-7 34133-9 34842-5 56445-0 57055-6 57057-2 57075-4 60280-5 60591-5 68599-0 68817-6 74207-2
        78341-5 78489-2 80820-4 83836-7 83901-9 88348-8 89235-6
    """),
    DocumentClass("31", "Imagerie médicale", """
        DOCPAT04 IMG-KOS
        18748-4 52040-3
    """),
    DocumentClass("42", "Prescription", """
        DOCPAT02 PRESC-AAT PRESC-BIO PRESC-INF PRESC-KINE PRESC-ORTHOPHO PRESC-ORTHOPTIE PRESC-PEDI
        55115-0 57828-6 57832-8 57833-6 61357-0 75468-9
    """),
    DocumentClass("43", "Dispensation", """
        DISP_AUT
        60593-1
    """),
    DocumentClass("44", "Plan de soins, protocole de soins", """
        PROT_ALD
        18776-5 77604-7 80771-9 80788-3 83869-8
    """),
    DocumentClass("45", "Traitement administré", """
        80565-5
    """),
    DocumentClass("52", "Certificat, déclaration", """
        CERT_DECL DOCPAT07
        101881-1 11369-6 87273-9 89601-9 96173-0 96874-3
    """),
    DocumentClass("60", "Données de remboursement", """
        REMB
    """),
    DocumentClass("90", "Autres documents déposés par le patient", """
        EXPPAT_1 EXPPAT_2 EXPPAT_3
        74465-6
    """),
    DocumentClass("95", "Document de gestion", """
        ATTEST-ASS-COMPL ATTEST-DROITS-AM ATTEST-HEBGT ATTEST-RESID AUTORIS-SOINS DOCPAT09
        59284-0 86531-1
    """),
)
# fmt: on

# templateId(s), FR. standing for the arc of the French content models | formatCode | label
_STRUCTURED = """
FR.2.1.1 | urn:asip:ci-sis:avk:2009 | Fiche patient à risque en cardiologie - Traitement AVK
FR.2.1.2 | urn:asip:ci-sis:tap:2009 | Fiche patient à risque en cardiologie - Traitement antiagrégant plaquettaire, stent
FR.2.1.3 | urn:asip:ci-sis:dci:2009 | Fiche patient à risque en cardiologie - Défibrillateur cardiaque interne
FR.2.1.4 | urn:asip:ci-sis:psc:2009 | Fiche patient à risque en cardiologie - Porteur d'un stimulateur cardiaque
FR.2.1.5 | urn:asip:ci-sis:ppv:2009 | Fiche patient à risque en cardiologie - Porteur d'une prothèse valvulaire
FR.5.1 | urn:asip:ci-sis:cse-cs8:2017 | Certificat de santé du 8ème jour de l'enfant
FR.5.2 | urn:asip:ci-sis:cse-cs9:2017 | Certificat de santé du 9ème mois de l'enfant
FR.5.3 | urn:asip:ci-sis:cse-cs24:2017 | Certificat de santé du 24ème mois de l'enfant
FR.5.4 | urn:ans:ci-sis:cse-mde:2023 | Mesures de signes vitaux
FR.8 | urn:asip:ci-sis:frcp:2011 | Fiche de réunion de concertation pluridisciplinaire
FR.9 | urn:asip:ci-sis:idap:2011 | Information et directives anticipées du patient
FR.10 | urn:asip:ci-sis:cva:2017 | Carnet de vaccination
FR.12.1 | urn:asip:ci-sis:obp-sap:2023 | Synthèse antepartum
FR.12.2 | urn:asip:ci-sis:obp-snm:2023 | Synthèse Salle de Naissance Mère
FR.12.3 | urn:asip:ci-sis:obp-sne:2023 | Synthèse Salle de Naissance Enfant
FR.12.4 | urn:asip:ci-sis:obp-scm:2023 | Synthèse Suites de Couches Mère
FR.12.5 | urn:asip:ci-sis:obp-sem:2023 | Synthèse Enfant en Maternité
FR.13 | urn:asip:ci-sis:vsm:2012 | Synthèse médicale
FR.15 | urn:asip:ci-sis:aunv:2013 | Fiche d'admission en unité neuro-vasculaire
FR.16 | urn:asip:ci-sis:eunv:2013 | Fiche d'épisode de soin en unité neuro-vasculaire
FR.17 | urn:asip:ci-sis:sunv:2013 | Fiche de sortie d'unité neuro-vasculaire
FR.18 | urn:asip:ci-sis:crrtn:2013 | Compte-rendu de rétinographie
FR.20 | urn:asip:ci-sis:pps-paerpa:2017 | Plan Personnalisé de Santé - PAERPA
FR.21 | urn:asip:ci-sis:ldl-ees:2017 | Lettre de Liaison à l'entrée d'un établissement de santé
FR.22 | urn:asip:ci-sis:dlu:2015 | Document de liaison d'urgence
FR.23 | urn:asip:ci-sis:fludt:2017 | Fiche de liaison d'urgence - Transfert de l'EHPAD vers les urgences
FR.24 | urn:asip:ci-sis:fludr:2017 | Fiche de liaison d'urgence - Retour des urgences vers l'EHPAD
FR.25 | urn:asip:ci-sis:pavc:2016 | Compte-rendu de consultation d'évaluation pluri-professionnelle post AVC
FR.26 | urn:asip:ci-sis:pps-cancer:2017 | Programme Personnalisé de Soins - Cancer
FR.27 | urn:asip:ci-sis:d2lm-fin:2017 | Seconde lecture de mammographie - Fiche d'interprétation nationale
FR.28 | urn:asip:ci-sis:d2lm-fidd:2017 | Seconde lecture de mammographie - Fiche d'interprétation du bilan de diagnostic différé
FR.29 | urn:asip:ci-sis:ldl-ses:2017 | Lettre de Liaison à la sortie de l'établissement de santé
FR.30 | urn:asip:ci-sis:sdm-mr:2017 | Set de Données Minimum - Maladies Rares
FR.32 | urn:asip:ci-sis:crgm:2018 | Compte rendu de génétique moléculaire
FR.36 | urn:asip:ci-sis:hr:2019 | Données de remboursement
FR.37 | urn:asip:ci-sis:vac:2019 | Historique des vaccinations
FR.38 | urn:asip:ci-sis:tlm-da:2020 | Demande d'acte de télémédecine
FR.39 | urn:ihe:pharm:pre:2010 | Prescription de médicaments
FR.40 | urn:asip:ci-sis:cr-anest:2020 | Compte rendu d'anesthésie
FR.41 | urn:asip:ci-sis:cr-cpa:2020 | Compte rendu de consultation pré-anesthésique
FR.42 FR.43 FR.44 | urn:ihe:eyecare:geneyeevalcn:2014 | CR de consultation en ophtalmologie
FR.45 | urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013 | Compte-rendu d'imagerie médicale
FR.46 | urn:asip:ci-sis:vac-note:2021 | Note de vaccination
FR.47 | urn:ans:ci-sis:img-da:2022 | Demande d'actes d'imagerie
FR.48 | urn:asip:ci-sis:dlu-dlu-dom:2022 | Liaison d'urgence à domicile - dossier
FR.49 | urn:asip:ci-sis:dlu-fludt-dom:2022 | Liaison d'urgence à domicile - transfert vers les urgences
FR.50 | urn:asip:ci-sis:dlu-fludr-dom:2022 | Liaison d'urgence à domicile - retour des urgences
FR.51 | urn:ihe:pcc:ips:2020 | Synthèse médicale
FR.52 | urn:ans:ci-sis:bio-ep-bio:2022 | Prescription d'actes de biologie médicale
FR.54 | urn:ihe:pharm:dis:2010 | Dispensation médicamenteuse
FR.55 1.3.6.1.4.1.19376.1.3.3 | urn:ihe:lab:xd-lab:2008 | Compte rendu structuré d'examens de biologie médicale
FR.56 | urn:asip:ci-sis:ppp:2023 | Plan personnalisé de prévention
FR.57 | urn:ihe:palm:apsr:2016 | CR d'anatomie et de cytologie pathologiques
FR.58 | urn:asip:ci-sis:export-dui:2023 | Export d'un dossier usager informatisé
FR.59 | urn:ans:ci-sis:trod:2024 | Test rapide d'orientation diagnostique
1.2.250.1.213.1.11.1.19.1 | urn:ans:ci-sis:mso-rougeole:2026 | Déclaration de maladie à signalement obligatoire : Rougeole
1.2.250.1.213.1.11.1.19.2 | urn:ans:ci-sis:mso-dengue:2026 | Déclaration de maladie à signalement obligatoire : Dengue
1.2.250.1.213.1.11.1.19.3 | urn:ans:ci-sis:mso-chikungunya:2026 | Déclaration de maladie à signalement obligatoire : Chikungunya
1.2.250.1.213.1.11.1.19.4 | urn:ans:ci-sis:mso-zika:2026 | Déclaration de maladie à signalement obligatoire : Zika
1.2.250.1.213.1.11.1.19.5 | urn:ans:ci-sis:mso-westnile:2026 | Déclaration de maladie à signalement obligatoire : West Nile
1.3.6.1.4.1.19376.1.8.1.1.1 | urn:ihe:pat:apsr:all:2010 | Anatomie et cytologie pathologiques : tous organes
1.3.6.1.4.1.19376.1.8.1.1.2.1 | urn:ihe:pat:apsr:breast:2010 | Anatomie et cytologie pathologiques : sein
1.3.6.1.4.1.19376.1.8.1.1.2.2 | urn:ihe:pat:apsr:colon:2010 | Anatomie et cytologie pathologiques : côlon
1.3.6.1.4.1.19376.1.8.1.1.2.3 | urn:ihe:pat:apsr:prostate:2010 | Anatomie et cytologie pathologiques : prostate
1.3.6.1.4.1.19376.1.8.1.1.2.4 | urn:ihe:pat:apsr:thyroid:2010 | Anatomie et cytologie pathologiques : thyroïde
1.3.6.1.4.1.19376.1.8.1.1.2.5 | urn:ihe:pat:apsr:lung:2010 | Anatomie et cytologie pathologiques : poumon
1.3.6.1.4.1.19376.1.8.1.1.2.6 | urn:ihe:pat:apsr:skin:2010 | Anatomie et cytologie pathologiques : peau
1.3.6.1.4.1.19376.1.8.1.1.2.7 | urn:ihe:pat:apsr:kidney:2010 | Anatomie et cytologie pathologiques : rein
1.3.6.1.4.1.19376.1.8.1.1.2.8 | urn:ihe:pat:apsr:cervix:2010 | Anatomie et cytologie pathologiques : col de l'utérus
1.3.6.1.4.1.19376.1.8.1.1.2.9 | urn:ihe:pat:apsr:endometrium:2010 | Anatomie et cytologie pathologiques : endomètre
1.3.6.1.4.1.19376.1.8.1.1.2.10 | urn:ihe:pat:apsr:ovary:2010 | Anatomie et cytologie pathologiques : ovaire
1.3.6.1.4.1.19376.1.8.1.1.2.11 | urn:ihe:pat:apsr:esophagus:2010 | Anatomie et cytologie pathologiques : œsophage
1.3.6.1.4.1.19376.1.8.1.1.2.12 | urn:ihe:pat:apsr:stomach:2010 | Anatomie et cytologie pathologiques : estomac
1.3.6.1.4.1.19376.1.8.1.1.2.13 | urn:ihe:pat:apsr:liver:2010 | Anatomie et cytologie pathologiques : foie
1.3.6.1.4.1.19376.1.8.1.1.2.14 | urn:ihe:pat:apsr:pancreas:2010 | Anatomie et cytologie pathologiques : pancréas
1.3.6.1.4.1.19376.1.8.1.1.2.15 | urn:ihe:pat:apsr:testis:2010 | Anatomie et cytologie pathologiques : testicule
1.3.6.1.4.1.19376.1.8.1.1.2.16 | urn:ihe:pat:apsr:urinary_bladder:2010 | Anatomie et cytologie pathologiques : vessie
1.3.6.1.4.1.19376.1.8.1.1.2.17 | urn:ihe:pat:apsr:lip_oral_cavity:2010 | Anatomie et cytologie pathologiques : lèvre et cavité buccale
1.3.6.1.4.1.19376.1.8.1.1.2.18 | urn:ihe:pat:apsr:pharynx:2010 | Anatomie et cytologie pathologiques : pharynx
1.3.6.1.4.1.19376.1.8.1.1.2.19 | urn:ihe:pat:apsr:salivary_gland:2010 | Anatomie et cytologie pathologiques : glande salivaire
1.3.6.1.4.1.19376.1.8.1.1.2.20 | urn:ihe:pat:apsr:larynx:2010 | Anatomie et cytologie pathologiques : larynx
"""

# media type of a nonXMLBody | formatCode | label
_UNSTRUCTURED = """
application/pdf | urn:ihe:iti:xds-sd:pdf:2008 | Document à corps non structuré en Pdf/A-1
text/plain | urn:ihe:iti:xds-sd:text:2008 | Document à corps non structuré en texte brut
text/rtf | urn:ihe:iti-fr:xds-sd:rtf:2010 | Document à corps non structuré en format rtf
image/jpeg | urn:ihe:iti-fr:xds-sd:jpeg:2010 | Document à corps non structuré en format jpeg
image/tiff | urn:ihe:iti-fr:xds-sd:tiff:2010 | Document à corps non structuré en format tiff
"""


def a_code(code: str, coding_scheme: str, display_name: str = "") -> Code:
    """A coded value whose label is French; without a label the code stands for it."""
    return Code(code, coding_scheme, (LocalizedString(display_name or code, "fr-FR"),))


def _type_scheme(code: str) -> str:
    return LOINC if code[0].isdigit() else COMPLEMENTARY_TYPES


def _format(format_code: str, label: str) -> Code:
    return a_code(format_code, IHE_FORMATS if format_code.startswith("urn:ihe:") else COMPLEMENTARY_FORMATS, label)


def _formats(rows: str) -> dict[str, Code]:
    cells = [[cell.strip() for cell in row.split("|")] for row in rows.strip().splitlines()]
    return {
        key.replace("FR.", _FRENCH_MODELS): _format(format_code, label)
        for keys, format_code, label in cells
        for key in keys.split()
    }


_CLASS_OF_TYPE = {
    (type_code, _type_scheme(type_code)): a_code(row.code, CLASSES, row.display_name)
    for row in _DOCUMENT_CLASSES
    for type_code in row.types.split()
} | {("E1762", "ASTM"): a_code("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN", "Digital Signature")}

FORMAT_OF_TEMPLATE = _formats(_STRUCTURED)
"""ASS_A11: root of a templateId → formatCode."""

FORMAT_OF_MEDIA_TYPE = _formats(_UNSTRUCTURED)
"""ASS_A12: media type of a nonXMLBody → formatCode."""


def find_class(type_code: str, coding_scheme: str) -> Code | None:
    """The classCode that goes with a typeCode; none if the table does not know the type. [CI-SIS ASS_X16]"""
    return _CLASS_OF_TYPE.get((type_code, coding_scheme))


def unregistered_format() -> Code:
    """The formatCode of a document that follows no registered model. [CI-SIS TRE_A06]"""
    return _format(UNREGISTERED_FORMAT, "Document non référencé IHE ou CI-SIS")
