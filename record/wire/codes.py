"""Codes and code systems that messages about records carry, each once. [DMP: TD0.2, TD1.x; HL7 v3]"""

from __future__ import annotations

from collections.abc import Mapping

from record.messages import OWN_CODES, Observation, Reason

INTERACTIONS = "2.16.840.1.113883.1.6"
TRIGGERS = "2.16.840.1.113883.1.18"
GENDERS = "2.16.840.1.113883.5.1"
REASONS = "1.2.250.1.213.1.1.4.11"
KEYWORD_AUTHORISATION = "1.2.250.1.213.4.1.2.6.1"
AUTHORISATIONS = "1.2.250.1.213.4.1.2.6.2"
KEYWORD_TREATING = "1.2.250.1.213.4.1.2.6.3"
_CONSENTS = "1.2.250.1.213.4.1.2.3"

OBSERVATIONS: Mapping[Observation, tuple[str, str]] = {
    Observation.CONSENTS_TO_OPENING: (_CONSENTS, "consentement à l'ouverture du DMP"),
    Observation.CONSENTS_TO_REOPENING: (_CONSENTS, "consentement à la réactivation du DMP"),
    Observation.OPPOSES_BREAK_GLASS: (_CONSENTS, "opposition au mode bris de glace"),
    Observation.OPPOSES_REGULATION: (_CONSENTS, "opposition à l'accès au mode urgence"),
    Observation.HAS_ACCOUNT: ("1.2.250.1.213.4.1.2.9", "compte internet ouvert"),
    Observation.IS_ATTACHED: (_CONSENTS, "rattachement du DMP à un espace numérique de santé"),
    Observation.OPPOSES_RECORD: (OWN_CODES, "opposition au DMP"),
    Observation.SHOWS_MASKED: (OWN_CODES, "accord pour les documents masqués en urgence"),
}
"""Code system, and what people read."""

REASON_NAMES: Mapping[Reason, str] = {
    Reason.EXISTENCE: "Test d'existence de dossier",
    Reason.READ: "Consultation des données de gestion de dossier",
    Reason.CREATE: "Création de dossier",
    Reason.REOPEN: "Réactivation de dossier",
    Reason.CHANGE: "Modification des données de gestion du dossier",
    Reason.CLOSE: "Fermeture de dossier",
}

TELECOM_USES = frozenset(
    {"H", "HP", "HV", "WP", "DIR", "PUB", "BAD", "TMP", "AS", "EC", "MC", "PG"},
)
"""What a way to reach somebody may be used for. [HL7 v3: TelecommunicationAddressUse]"""
