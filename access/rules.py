"""Every rule of this room: those that an assertion is refused by, and those that a decision is denied by. ``explain`` prints them."""

from __future__ import annotations

from collections.abc import Mapping

from access.assertion_rules import ASSERTION_RULES
from signing.rules import Rule

_DECISIONS = (
    Rule(
        "RGT-ACTOR",
        "The caller is somebody to whom the matrix of rights gives a column.",
        "L'appelant a une colonne dans la matrice des droits.",
        "DMP: droits fonctionnels",
        "A role that is neither a profession, nor a patient's, nor a legal representative's.",
        "Send the role under which the person acts.",
    ),
    Rule(
        "RGT-MATRIX",
        "The matrix of rights grants the action to the caller, as authenticated, in this mode of access.",
        "La matrice des droits accorde l'action à l'appelant, ainsi authentifié, dans ce mode d'accès.",
        "DMP: droits fonctionnels",
        "A structure's certificate does not open consultation; an emergency does not open what belongs to every day's care.",
        "Authenticate more strongly (card, or INDIRECTE_RENFORCEE), or act in another mode; the matrix is [rights] of the domain file.",
    ),
    Rule(
        "RGT-PATIENT",
        "What is asked about a record is asked about one patient.",
        "Ce qui est demandé sur un dossier l'est pour un seul patient.",
        "DMP: VIHF, resource-id",
        "The assertion has no resource-id and the request names no patient.",
        "Give resource-id.",
    ),
    Rule(
        "RGT-OWNER",
        "Where only one's own documents are granted, the caller says who they are, or which structure they act for.",
        "Là où seuls les documents de l'appelant sont ouverts, il dit qui il est, ou pour quelle structure il agit.",
        "DMP: droits fonctionnels",
        "Identifiant_Structure is empty.",
        "Give Identifiant_Structure and NameID.",
    ),
    Rule(
        "RGT-BLOCKED",
        "The person has not blocked the professional or the structure.",
        "La personne n'a pas bloqué le professionnel ou la structure.",
        "DMP: TD0.2, AUTORISATION INTERDIT",
        "The person blocked the caller in their space.",
        "Ask the person; no mode of access goes around it.",
    ),
    Rule(
        "RGT-OPPOSED-BREAK-GLASS",
        "The person does not object to access by bris de glace.",
        "La personne ne s'oppose pas à l'accès en bris de glace.",
        "DMP: TD1.3b, OPPOSITION_BRIS_DE_GLACE",
        "The person made the objection known.",
        "Consult in normal access, with an authorisation.",
    ),
    Rule(
        "RGT-OPPOSED-REGULATION",
        "The person does not object to access by a regulation centre.",
        "La personne ne s'oppose pas à l'accès par un centre de régulation.",
        "DMP: TD1.3b, OPPOSITION_ACCES_URGENCE",
        "The person made the objection known.",
        "Consult in normal access, with an authorisation.",
    ),
    Rule(
        "RGT-AUTHORISATION",
        "Whoever consults in normal access has an authorisation on the record that has not run out.",
        "Qui consulte en accès normal a sur le dossier une autorisation qui n'est pas expirée.",
        "DMP: TD0.2, TD0.3; CSP R1111-46",
        "The authorisation was never declared, was removed, or has expired.",
        "Declare it with the person's agreement (TD0.3), then ask again.",
    ),
    Rule(
        "REC-UNKNOWN",
        "The patient has a record.",
        "Le patient a un dossier.",
        "DMP: TD0.2, TD1.x",
        "The record was never created, or the matricule is another person's.",
        "Ask whether it exists (TD0.2); create it (TD1.1).",
    ),
    Rule(
        "REC-CLOSED",
        "The record is active.",
        "Le dossier est actif.",
        "DMP: TD1.2, TD1.4",
        "The record was closed: it takes no document and shows none.",
        "Reopen it with the person's agreement (TD1.2).",
    ),
    Rule(
        "REC-OPPOSED",
        "The person has not objected to having a record.",
        "La personne ne s'est pas opposée à la création d'un dossier.",
        "CSP L1111-14",
        "The person made use of the right to have none.",
        "Create it (TD1.1) if the person has changed their mind.",
    ),
    Rule(
        "REC-SECRECY",
        "A secret connection asks for a domain in which documents can be hidden from legal representatives.",
        "Une connexion secrète demande un domaine où des documents peuvent être cachés aux représentants légaux.",
        "DMP: connexion secrète",
        "Minors' management is off in this domain, so a document sent in secrecy would be shown.",
        "Set minors_managed in [records] of the domain file, or submit it later, or without secrecy.",
    ),
)

RULES: Mapping[str, Rule] = {**ASSERTION_RULES, **{rule.rule: rule for rule in _DECISIONS}}
"""Rule id → row."""
