"""The one function that decides what a caller may do with a record, and what they see of it. [DMP: droits fonctionnels, visibility]

Query, retrieval, update, submission and the life of the record all ask here. Pure: everything is in the mandate.

What is asked, in this order, and the first no is told: the matrix (``rights``), the person's own no (blocked, opposed to an emergency),
the state of the record, the authorisation. Then what is seen: all, save what is hidden from this caller; and only the caller's own
where they may not consult.
"""

from __future__ import annotations

from collections.abc import Iterator

from access import roles
from access.caller import AccessMode, Caller
from access.mandate import Action, Authorisation, Decision, Deny, Mandate, Permit, RecordState
from access.rights import ON_BEHALF_OF_PATIENT, Actor, Column, Grant, column_of, granted
from access.sight import PATIENT_KEY, Sight, Visibility, person_key, structure_key

ABOUT_NO_RECORD = frozenset({Action.LIST_RECORDS, Action.FIND_BY_TRAITS})
CONSULTATION = frozenset({Action.FIND, Action.RETRIEVE, Action.RETRIEVE_MASKED})
FEEDING = frozenset({Action.SUBMIT, Action.REPLACE})
REVISION = frozenset(
    {Action.MASK, Action.UNMASK, Action.SHOW_PATIENT, Action.DELETE, Action.ARCHIVE},
)
ANSWERED_TO_ALL = frozenset({Action.SEE_RECORD, *ABOUT_NO_RECORD})
"""Does it exist, am I authorised: whoever is blocked learns it here. [DMP: TD0.2, AUTORISATION INTERDIT]"""

_OF_NO_RECORD = frozenset({*ANSWERED_TO_ALL, *CONSULTATION, *FEEDING, *REVISION, Action.REFER, Action.CREATE_RECORD})
"""What can be asked where there is no record: nothing is found, and the first document may open it."""

_OF_ENDED_RECORD = frozenset(
    {
        *ANSWERED_TO_ALL,
        *(
            Action.READ_RECORD,
            Action.READ_JOURNAL,
            Action.LIST_AUTHORISATIONS,
            Action.CREATE_RECORD,
            Action.REOPEN_RECORD,
        ),
    }
)
"""What can be asked of a closed record, and of one that its person does not want."""

_OPPOSABLE = frozenset({*CONSULTATION, Action.READ_RECORD})
"""What an objection to an emergency's access stops; what was found there can still be told, unseen the rest."""

_SPARED = frozenset({Action.ARCHIVE, Action.DELETE})
"""Done to a patient's own document by the patient and the médecin traitant alone. [DMP: TD3.3c, TD3.3d]"""

_ON_BEHALF_OF_AUTHOR = frozenset({Action.REFER, Action.REPLACE})
"""What a structure does in the name of an author whom it names. [DMP: TD3.1b; author or same structure replaces]"""

_PATIENTS = frozenset({PATIENT_KEY})


def decide(mandate: Mandate, action: Action) -> Decision:
    """Whether the caller may do it; what they see then, and whose documents it reaches."""
    caller = mandate.caller
    if caller is None:
        return Permit()
    column = column_of(mandate)
    if column is None:
        return _deny_actor(caller)
    grant = granted(mandate.domain.rights, action, column)
    if grant is Grant.NO:
        return _deny_cell(action, column)
    patient = mandate.standing.patient or caller.patient
    if patient is None and action not in ABOUT_NO_RECORD:
        return Deny(
            "RGT-PATIENT",
            f"{action} is asked about no patient; expected resource-id in the assertion.",
            f"{action} ne porte sur aucun patient ; attendu : resource-id dans l'assertion.",
        )
    denial = next(_denials(mandate, caller, action, column), None)
    if denial is not None:
        return denial
    if grant is Grant.AGREED:
        grant = Grant.YES if mandate.standing.shows_masked_in_emergency else Grant.OWN
    own = _own(caller, column, grant, action)
    if grant is not Grant.YES and not own:
        return Deny(
            "RGT-OWNER",
            f"{action} is granted for own documents only, and the caller has neither person nor structure.",
            f"{action} n'est ouvert que pour ses propres documents, et l'appelant n'a ni personne ni structure.",
        )
    sight = Sight(
        patient=patient,
        hidden=_hidden(mandate, caller, column),
        own=own,
        own_only=not _may_consult(mandate, action if action in CONSULTATION else Action.FIND, column),
        types_denied=_types_denied(mandate, caller),
    )
    reach = None if grant is Grant.YES else own
    if action not in _SPARED or column.actor is Actor.PATIENT:
        return Permit(sight, reach)
    if column.actor is Actor.TREATING_DOCTOR:
        return Permit(sight, reach if reach is None else reach | _PATIENTS)
    return Permit(sight, reach, _PATIENTS)


def wanted_restrictions(mandate: Mandate) -> Visibility:
    """What every document submitted by this caller must bear, whatever its confidentialityCode says.

    A secret connection hides from legal representatives. The patient's age is not asked: on an adult's document the code hides nothing,
    and a birth date that is not known must not undo the secret. [DMP: connexion secrète]
    """
    is_hidden = mandate.caller is not None and mandate.caller.is_secret and mandate.domain.records.minors_managed
    return Visibility.INVISIBLE_REPRESENTANTS_LEGAUX if is_hidden else Visibility.NONE


def _denials(mandate: Mandate, caller: Caller, action: Action, column: Column) -> Iterator[Deny]:
    """What the person, the record and the missing authorisation say against it, the weightiest first."""
    standing, records = mandate.standing, mandate.domain.records
    if (
        standing.authorisation is Authorisation.FORBIDDEN
        and column.actor not in ON_BEHALF_OF_PATIENT
        and action not in ANSWERED_TO_ALL
    ):
        yield Deny(
            "RGT-BLOCKED",
            "The person has blocked this professional or this structure; no mode of access opens the record.",
            "La personne a bloqué ce professionnel ou cette structure ; aucun mode d'accès n'ouvre le dossier.",
        )
    if action in _OPPOSABLE and _is_opposed(mandate, caller):
        yield _OPPOSITIONS[caller.access_mode]
    if records.managed and action not in ABOUT_NO_RECORD:
        yield from _denials_by_state(mandate, action)
    if (
        action in CONSULTATION
        and standing.state is not RecordState.NONE
        and not _is_authorised(mandate, caller, column)
    ):
        yield _deny_authorisation(standing.authorisation)
    if action in FEEDING and caller.is_secret and not records.minors_managed:
        yield Deny(
            "REC-SECRECY",
            "The connection is secret, and this domain hides nothing from legal representatives; expected a connection without secrecy.",
            "La connexion est secrète, et ce domaine ne cache rien aux représentants légaux ; attendu : une connexion non secrète.",
        )


def _denials_by_state(mandate: Mandate, action: Action) -> Iterator[Deny]:
    """A record that is not there shows nothing, and one that was ended refuses to show and to take. [DMP: TD1.2, TD1.4]"""
    state = mandate.standing.state
    is_opened = mandate.domain.records.opened_by_first_document
    if state is RecordState.NONE and (action not in _OF_NO_RECORD or (action in FEEDING and not is_opened)):
        yield Deny(
            "REC-UNKNOWN",
            "The patient has no record here; expected one that was created before (TD1.1).",
            "Le patient n'a pas de dossier ici ; attendu : un dossier créé auparavant (TD1.1).",
        )
    elif state in _ENDED and action not in _OF_ENDED_RECORD:
        yield _ENDED[state]


def _may_consult(mandate: Mandate, action: Action, column: Column) -> bool:
    """Whether more than the caller's own documents is seen at all."""
    caller, standing, records = mandate.caller, mandate.standing, mandate.domain.records
    if caller is None or (records.managed and standing.state is not RecordState.ACTIVE):
        return False
    grant = granted(mandate.domain.rights, action, column)
    is_granted = grant is Grant.YES or (grant is Grant.AGREED and standing.shows_masked_in_emergency)
    return is_granted and not _is_opposed(mandate, caller) and _is_authorised(mandate, caller, column)


def _is_opposed(mandate: Mandate, caller: Caller) -> bool:
    if caller.access_mode is AccessMode.BREAK_GLASS:
        return mandate.standing.opposes_break_glass
    return caller.access_mode is AccessMode.REGULATION and mandate.standing.opposes_regulation


def _is_authorised(mandate: Mandate, caller: Caller, column: Column) -> bool:
    """An emergency asks for no authorisation, nor do the patient and those who stand for them. [DMP: TD0.3, bris de glace]"""
    records = mandate.domain.records
    return (
        not (records.managed and records.authorisation_demanded)
        or column.actor in ON_BEHALF_OF_PATIENT
        or caller.access_mode is not AccessMode.NORMAL
        or mandate.standing.authorisation is Authorisation.VALID
    )


def _own(caller: Caller, column: Column, grant: Grant, action: Action) -> frozenset[str]:
    """Whose documents are the caller's: the person's; the structure's, if it is the structure that acts; the patient's, if it is they.

    A structure that feeds a record speaks for the person whom it names: it finds and replaces what that author wrote before.
    """
    keys: set[str] = set()
    if caller.person_id and (column.actor is not Actor.STRUCTURE or action in _ON_BEHALF_OF_AUTHOR):
        keys.add(person_key(caller.person_id))
    if caller.structure_id and (column.actor in (Actor.STRUCTURE, Actor.CARD) or grant is Grant.STRUCTURE):
        keys.add(structure_key(caller.structure_id))
    if column.actor is Actor.PATIENT:
        keys.add(PATIENT_KEY)
    return frozenset(keys)


def _hidden(mandate: Mandate, caller: Caller, column: Column) -> Visibility:
    """Restrictions that count for this caller. [DMP: visibility; ANS: TRE_A07]

    Whoever comes as a parent is hidden what a minor hides, even where the record does not know that its person is one.
    """
    standing = mandate.standing
    if column.actor is Actor.PATIENT:
        return Visibility.INVISIBLE_PATIENT
    profession = caller.profession
    assert profession is not None  # without one there is no column
    if column.actor is Actor.REPRESENTATIVE:
        is_of_minor = standing.is_minor or profession.system == roles.RELATIONS
        is_hidden = mandate.domain.records.minors_managed and is_of_minor
        return Visibility.INVISIBLE_PATIENT | (_OF_MINORS if is_hidden else Visibility.NONE)
    grant = granted(mandate.domain.rights, Action.RETRIEVE_MASKED, column)
    sees_masked = grant is Grant.YES or (grant is Grant.AGREED and standing.shows_masked_in_emergency)
    hidden = Visibility.NONE if sees_masked else Visibility.MASQUE_PS
    if roles.is_social(profession, caller.specialty):
        hidden |= Visibility.MASQUE_PSOCIAL
    if roles.is_third_person(profession):
        hidden |= Visibility.MASQUE_PT
    return hidden


def _types_denied(mandate: Mandate, caller: Caller) -> frozenset[tuple[str, str]]:
    code = caller.profession.code if caller.profession is not None else ""
    return frozenset(mandate.domain.types_denied.get(code, ()))


def _deny_actor(caller: Caller) -> Deny:
    seen = f"{caller.profession.code}^{caller.profession.system}" if caller.profession is not None else ""
    return Deny(
        "RGT-ACTOR",
        f"The role {seen!r} has no column in the matrix of rights; expected a role of JDV_J65.",
        f"Le rôle {seen!r} n'a pas de colonne dans la matrice des droits ; attendu : un rôle du JDV_J65.",
    )


def _deny_cell(action: Action, column: Column) -> Deny:
    return Deny(
        "RGT-MATRIX",
        f"{action} is not granted in column {column} of the matrix of rights (actor and mode of access).",
        f"{action} n'est pas accordé dans la colonne {column} de la matrice des droits (acteur et mode d'accès).",
    )


def _deny_authorisation(authorisation: Authorisation) -> Deny:
    return Deny(
        "RGT-AUTHORISATION",
        f"The authorisation on the record is {authorisation}; expected {Authorisation.VALID} to consult in normal access (TD0.3).",
        f"L'autorisation sur le dossier est {authorisation} ; attendu : {Authorisation.VALID} pour consulter en accès normal (TD0.3).",
    )


_OF_MINORS = Visibility.INVISIBLE_REPRESENTANTS_LEGAUX
_OPPOSITIONS = {
    AccessMode.BREAK_GLASS: Deny(
        "RGT-OPPOSED-BREAK-GLASS",
        "The person objects to access by bris de glace; expected normal access with an authorisation.",
        "La personne s'oppose à l'accès en bris de glace ; attendu : un accès normal avec autorisation.",
    ),
    AccessMode.REGULATION: Deny(
        "RGT-OPPOSED-REGULATION",
        "The person objects to access by a regulation centre; expected normal access with an authorisation.",
        "La personne s'oppose à l'accès par un centre de régulation ; attendu : un accès normal avec autorisation.",
    ),
}
_ENDED = {
    RecordState.CLOSED: Deny(
        "REC-CLOSED",
        "The record is closed: it shows nothing and takes nothing; expected an active one (TD1.2 reopens it).",
        "Le dossier est fermé : il ne montre rien et ne reçoit rien ; attendu : un dossier actif (TD1.2 le rouvre).",
    ),
    RecordState.OPPOSED: Deny(
        "REC-OPPOSED",
        "The person does not want a record: nothing is shown and nothing is taken; expected an active one.",
        "La personne ne veut pas de dossier : rien n'est montré ni reçu ; attendu : un dossier actif.",
    ),
}
