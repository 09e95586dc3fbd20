"""Who a role makes of its bearer: doctor, other professional, holder of an employee's card, patient, legal representative.

The first value of the VIHF's role says the profession, the second the specialty. What each may do is told in the matrix of the
domain; only the words are told here. [ANS: JDV_J65, TRE_G15, TRE_G16, TRE_R01, TRE_R85, TRE_R94, TRE_R95, TRE_R291, TRE_A00, JDV_J11]
"""

from __future__ import annotations

from enum import Enum, auto

from access.caller import Role

PROFESSIONS = "1.2.250.1.71.1.2.7"
"""TRE_G15: professions of health."""
IN_TRAINING = "1.2.250.1.71.1.2.8"
"""TRE_G16: those who study for one."""
USERS_OF_TITLE = "1.2.250.1.213.1.6.1.109"
"""TRE_R95: psychologists, osteopaths and others whose title is protected."""
SOCIAL = "1.2.250.1.213.1.6.1.4"
"""TRE_R94: professions of the social field."""
KNOWN_BY_ROLE = "1.2.250.1.213.1.6.1.140"
"""TRE_R291: those who take part by a role, which the second value tells."""
OTHERS = "1.2.250.1.213.1.1.4.6"
"""TRE_A00: secretariat, machines, the patient."""
RELATIONS = "2.16.840.1.113883.5.111"
"""HL7 RoleCode: how a representative is related to the patient."""
PROTECTORS = "1.2.250.1.213.1.1.4.327"
"""TRE_R327: those whom a judge has named."""

SPECIALTIES = "1.2.250.1.71.4.2.5"
"""TRE_R01: savoir-faire."""
CARE_ROLES = "1.2.250.1.213.1.6.1.107"
"""TRE_R85: roles in taking care of somebody."""

DOCTOR = Role("10", PROFESSIONS, "Médecin")
PATIENT = Role("EXP_PATIENT", OTHERS, "Expression personnelle du patient")
SECRETARIAT = Role("SECRETARIAT_MEDICAL", OTHERS, "Secrétariat médical")

SYSTEMS = (PROFESSIONS, IN_TRAINING, USERS_OF_TITLE, SOCIAL, KNOWN_BY_ROLE, OTHERS, RELATIONS, PROTECTORS)
"""Where a first role comes from."""

_OCCUPATIONAL = frozenset({"SM25", "SCH35", "C41", "CAPA11"})
"""Specialties of a médecin du travail. [ANS: TRE_R01]"""

_REPRESENTATIVES = {
    RELATIONS: frozenset(
        [
            "MTH",
            "FTH",
            "NMTH",
            "NFTH",
            "STPMTH",
            "STPFTH",
            "GRMTH",
            "GRFTH",
            "GGRMTH",
            "GGRFTH",
            "AUNT",
            "UNCLE",
            "BRO",
            "SIS",
            "HBRO",
            "HSIS",
            "RESPRSN",
        ]
    ),
    PROTECTORS: frozenset({"TUTEUR", "CURATEUR", "MSVG"}),
}
"""Who can stand for a patient before the law; a neighbour is related, and cannot. [DMP: personalRelationship; ANS: JDV_J11]"""

_SOCIAL_ROLES = frozenset(
    (
        *("300", "302", "304", "308", "309", "310", "311", "312", "318", "319", "320", "321", "322", "323", "324"),
        *("325", "326", "327", "328", "350", "351"),
    )
)
"""Of TRE_R85, the roles of the social field."""

_WITH_SPECIALTY = {("10", PROFESSIONS), ("21", PROFESSIONS), ("99", KNOWN_BY_ROLE)}
"""Doctors, pharmacists, and those known by a role must say which. [DMP: VIHF, role]"""


class Kind(Enum):
    """What a bearer is to a record."""

    PROFESSIONAL = auto()
    DOCTOR = auto()
    OCCUPATIONAL_DOCTOR = auto()
    NO_PROFESSIONAL = auto()
    """An employee with a card (CPE), or a machine."""
    PATIENT = auto()
    REPRESENTATIVE = auto()


def kind_of(profession: Role | None, specialty: Role | None = None) -> Kind | None:
    """What the role makes of its bearer; none where it is nobody's who comes to a record.

    A student is no doctor yet, whatever the code says: only what every professional may do is theirs.
    """
    if profession is None:
        return None
    if profession.system == PROFESSIONS and profession.code == DOCTOR.code:
        is_occupational = specialty is not None and specialty.code in _OCCUPATIONAL
        return Kind.OCCUPATIONAL_DOCTOR if is_occupational else Kind.DOCTOR
    if profession.system == OTHERS:
        return Kind.PATIENT if profession.code == PATIENT.code else Kind.NO_PROFESSIONAL
    if profession.system in _REPRESENTATIVES:
        return Kind.REPRESENTATIVE if profession.code in _REPRESENTATIVES[profession.system] else None
    return Kind.PROFESSIONAL if profession.system in SYSTEMS else None


def needs_specialty(profession: Role) -> bool:
    """Whether the profession says too little without a second value."""
    return (profession.code, profession.system) in _WITH_SPECIALTY


def is_social(profession: Role, specialty: Role | None) -> bool:
    """Whether the bearer is of the social field, from which MASQUE_PSOCIAL hides."""
    if profession.system == KNOWN_BY_ROLE:
        return specialty is not None and specialty.code in _SOCIAL_ROLES
    return profession.system == SOCIAL


def is_third_person(profession: Role) -> bool:
    """Whether the bearer neither practises a profession nor stands for the patient: from them MASQUE_PT hides."""
    return profession.system == KNOWN_BY_ROLE or (profession.system == OTHERS and profession.code != PATIENT.code)
