"""The rules by which an assertion is refused, and the refusal. When each is broken is for ``claims`` and ``assertion``.

A refusal tells what was seen and what is expected, in English and in French; never a matricule, never a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from signing.report import SignatureRefused, SubIndication
from signing.rules import Rule

INVALID_CERTIFICATE = "soap:DMPInvalidCertificate"
"""The DMP's own word for a certificate that is the wrong one. [DMP: errors]"""

_INVALID_SECURITY = "wsse:InvalidSecurity"
_INVALID = "wsse:InvalidSecurityToken"
_FAILED_AUTHENTICATION = "wsse:FailedAuthentication"
_FAILED_CHECK = "wsse:FailedCheck"
_EXPIRED = "wsse:MessageExpired"

_SHOWN_MAX = 60  # characters of a faulty value that a refusal repeats


class AssertionRefused(Exception):
    """An assertion that is not believed: the rule, the subcode of the SOAP Fault, and why, for a person.

    ``rule`` is a row of ``access.rules.RULES`` or, where the signature does not hold, of ``signing.rules.RULES``.
    """

    def __init__(self, rule: str, subcode: str, reason: str, reason_fr: str) -> None:
        super().__init__(reason)
        self.rule = rule
        self.subcode = subcode
        self.reason = reason
        self.reason_fr = reason_fr


class _Row(NamedTuple):
    subcode: str
    sentence: str
    sentence_fr: str
    clause: str
    cause: str
    cure: str


_ROWS: Mapping[str, _Row] = {
    "VIHF-COUNT": _Row(
        _INVALID_SECURITY,
        "The wsse:Security header holds exactly one saml:Assertion.",
        "L'en-tête wsse:Security contient exactement une saml:Assertion.",
        "ITI TF-2: 3.40.4.1; DMP: VIHF",
        "A client that knows no VIHF, or one that sends an old assertion along.",
        "Put one signed VIHF into wsse:Security of every request.",
    ),
    "VIHF-FORM": _Row(
        _INVALID,
        "The assertion is a SAML 2.0 one, with an ID, an IssueInstant, one Issuer and one Subject with its NameID.",
        "L'assertion est en SAML 2.0, avec un ID, un IssueInstant, un seul Issuer et un seul Subject avec son NameID.",
        "SAML 2.0 Core: 2.3.3; DMP: VIHF",
        "SAML 1.1, a missing element, or a time that is not xs:dateTime.",
        "Write the assertion as the VIHF's table has it.",
    ),
    "VIHF-ISSUER": _Row(
        _FAILED_AUTHENTICATION,
        "Issuer is the distinguished name of the signing certificate, in the X509SubjectName format.",
        "Issuer est le nom distinctif du certificat signataire, au format X509SubjectName.",
        "DMP: VIHF, Issuer",
        "The name of the TLS certificate, or of a former card, was written.",
        "Copy the subject of the certificate whose key signs.",
    ),
    "VIHF-EXPIRED": _Row(
        _EXPIRED,
        "The assertion is fresh: IssueInstant is recent, and NotOnOrAfter is not reached.",
        "L'assertion est récente : IssueInstant est proche, et NotOnOrAfter n'est pas atteint.",
        "ITI TF-2: 3.40.4.1.3; DMP: VIHF",
        "One assertion was kept for a whole session, or the client's clock is behind.",
        "Make an assertion for each request; set the clock by NTP.",
    ),
    "VIHF-NOT-YET": _Row(
        _EXPIRED,
        "The assertion's time has come: neither IssueInstant nor NotBefore lie ahead.",
        "Le temps de l'assertion est venu : ni IssueInstant ni NotBefore ne sont à venir.",
        "ITI TF-2: 3.40.4.1.3; SAML 2.0 Core: 2.5.1",
        "The client's clock is ahead.",
        "Set the clock by NTP, and write times in UTC.",
    ),
    "VIHF-AUDIENCE": _Row(
        _INVALID,
        "An AudienceRestriction, where there is one, names urn:dmp.",
        "Une AudienceRestriction, s'il y en a une, nomme urn:dmp.",
        "SAML 2.0 Core: 2.5.1.4; DMP: VIHF, Conditions",
        "The assertion was made for another service.",
        "Leave AudienceRestriction out, as the VIHF does.",
    ),
    "VIHF-VERSION": _Row(
        _INVALID,
        "VIHF_Version is one that the domain reads.",
        "VIHF_Version est l'une de celles que le domaine lit.",
        "DMP: VIHF_Version",
        "A client of another generation.",
        "Write 3.0 or 4.0, or allow the version in the domain file ([assertion] versions).",
    ),
    "VIHF-MISSING": _Row(
        _INVALID,
        "Every attribute that the caller must give is given.",
        "Chaque attribut que l'appelant doit fournir est fourni.",
        "DMP: VIHF",
        "The client leaves out what it has no value for.",
        "Add the attribute that the refusal names.",
    ),
    "VIHF-REPEATED": _Row(
        _INVALID,
        "An attribute is given once, with one value; subject:role with two at most.",
        "Un attribut est donné une fois, avec une valeur ; subject:role avec deux au plus.",
        "DMP: VIHF",
        "Both spellings of Authentification_mode at once, or a list where one value is expected.",
        "Give each attribute once.",
    ),
    "VIHF-VALUE": _Row(
        _INVALID,
        "The value of each attribute is of its kind.",
        "La valeur de chaque attribut est du type attendu.",
        "DMP: VIHF",
        "A code of another table, or a patient that is not written as CX.",
        "Write the value as the refusal says it is expected.",
    ),
    "VIHF-ROLE": _Row(
        _INVALID,
        "The role is of JDV_J65, and doctors, pharmacists and those known by a role have a second value.",
        "Le rôle est du JDV_J65, et médecins, pharmaciens et acteurs caractérisés par rôle ont une seconde valeur.",
        "DMP: VIHF, role; ANS: JDV_J65",
        "The code system is that of the value set and not that of the code, or the specialty is missing.",
        "Take code and code system from the rows of JDV_J65.",
    ),
    "VIHF-PERSON": _Row(
        _FAILED_AUTHENTICATION,
        "A card vouches for its holder alone, in DIRECTE: NameID is the CN of its certificate.",
        "Une carte ne garantit que son porteur, en DIRECTE : NameID est le CN de son certificat.",
        "DMP: VIHF, NameID, DIRECTE",
        "Another person's card is in the reader, or NameID is not the PS_IdNat of the card.",
        "Take NameID from the card that signs.",
    ),
    "VIHF-STRUCTURE": _Row(
        _FAILED_AUTHENTICATION,
        "Identifiant_Structure is the structure that the signing certificate names (OU).",
        "Identifiant_Structure est la structure que nomme le certificat signataire (OU).",
        "DMP: VIHF, Identifiant_Structure, INDIRECTE",
        "One certificate serves several establishments, or the identifier lacks its first character.",
        "Sign with the seal of the structure that the person works for.",
    ),
    "VIHF-TLS": _Row(
        INVALID_CERTIFICATE,
        "Who opened TLS is whom the assertion tells of: the same person, or the same structure.",
        "Qui a ouvert TLS est celui dont parle l'assertion : la même personne, ou la même structure.",
        "DMP: TD0.1; CI-SIS transport",
        "A connection is shared between persons, or a proxy opens it with a certificate of its own.",
        "Open TLS with the authentication certificate of the card or structure that signs the assertion.",
    ),
    "VIHF-PORTAL": _Row(
        _FAILED_AUTHENTICATION,
        "A patient or a legal representative, and nobody else, is vouched for by a portal that the domain names, in normal access.",
        "Un patient ou un représentant légal, et nul autre, est garanti par un portail nommé par le domaine, en accès normal.",
        "Coffre: patients and legal representatives",
        "A certificate that vouches for professionals was used, or the portal is not in [assertion] patient_portals.",
        "Add the OU of the portal's certificate to patient_portals in the domain file.",
    ),
    "VIHF-PATIENT": _Row(
        _INVALID,
        "NameID of a patient is the matricule of the patient that resource-id names.",
        "NameID d'un patient est le matricule du patient que nomme resource-id.",
        "Coffre: patients and legal representatives",
        "A patient asks for somebody else's record with the role of a patient.",
        "Whoever acts for a child comes with a role of JDV_J11.",
    ),
    "VIHF-REPLAYED": _Row(
        _FAILED_CHECK,
        "An assertion is good for one request.",
        "Une assertion vaut pour une seule requête.",
        "ITI TF-2: 3.40.4.1.3; DMP: VIHF",
        "A request was sent again as it was, by the client or by somebody who had overheard it.",
        "Make an assertion, with an ID of its own, for each request and each repetition.",
    ),
}

ASSERTION_RULES: Mapping[str, Rule] = {rule: Rule(rule, *row[1:]) for rule, row in _ROWS.items()}
"""Rule id → row, as ``explain`` prints it."""


def refusal(rule: str, reason: str, reason_fr: str) -> AssertionRefused:
    """The refusal by a rule of the table."""
    return AssertionRefused(rule, _ROWS[rule].subcode, reason, reason_fr)


def refusal_by_seal(refused: SignatureRefused) -> AssertionRefused:
    """The refusal of an assertion whose signature does not hold: a wrong certificate, or a wrong signature."""
    is_of_certificate = refused.rule.startswith("SIG-CERT-")
    subcode = INVALID_CERTIFICATE if is_of_certificate else _SUBCODES.get(refused.sub_indication, _FAILED_CHECK)
    return AssertionRefused(refused.rule, subcode, refused.reason, refused.reason_fr)


def shown(value: str) -> str:
    """A value that is nobody's name, as a refusal repeats it."""
    return repr(value[:_SHOWN_MAX] + "…" if len(value) > _SHOWN_MAX else value)


_SUBCODES: Mapping[SubIndication, str] = {
    SubIndication.FORMAT_FAILURE: _INVALID_SECURITY,
    SubIndication.REVOKED: INVALID_CERTIFICATE,
    SubIndication.EXPIRED: INVALID_CERTIFICATE,
    SubIndication.NOT_YET_VALID: INVALID_CERTIFICATE,
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: INVALID_CERTIFICATE,
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: INVALID_CERTIFICATE,
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: INVALID_CERTIFICATE,
    SubIndication.TRY_LATER: INVALID_CERTIFICATE,
}
