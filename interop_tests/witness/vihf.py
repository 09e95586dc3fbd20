"""Vecteur d'Identification et d'Habilitation Formelles: a SAML 2.0 assertion written as text and signed by signxml. [DMP: VIHF]

A test that wants a broken one changes a claim, the tree before it is signed, or the tree after.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from interop_tests.witness import names
from interop_tests.witness.holders import Holder

Element = etree._Element

DIRECT, INDIRECT, REINFORCED = "DIRECTE", "INDIRECTE", "INDIRECTE_RENFORCEE"
NORMAL, BREAK_GLASS, CENTRE_15 = "normal", "bris_de_glace", "centre_15"
PROFESSIONS = "1.2.250.1.71.1.2.7"
KNOW_HOW = "1.2.250.1.71.4.2.5"
ACTORS = "1.2.250.1.213.1.1.4.6"
SECTOR = "SA07^1.2.250.1.71.4.2.4"
SECRET = "INVISIBLE_REPRESENTANTS_LEGAUX"

_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_CONTEXTS = {DIRECT: "SmartcardPKI", INDIRECT: "unspecified", REINFORCED: "MobileTwoFactorUnregistered"}
_FEEDS = frozenset({names.PROVIDE})


class Role(NamedTuple):
    """A code of a role, its system, its display name."""

    code: str
    system: str
    shown: str = ""


DOCTOR = (Role("10", PROFESSIONS, "Médecin"), Role("SM26", KNOW_HOW, "Qualifié en médecine générale"))
OCCUPATIONAL_DOCTOR = (Role("10", PROFESSIONS, "Médecin"), Role("SM25", KNOW_HOW, "Médecine du travail"))
NURSE = (Role("60", PROFESSIONS, "Infirmier"),)
PATIENT = (Role("EXP_PATIENT", ACTORS, "Expression du patient"),)

Change = Callable[[Element], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """What is claimed of a caller, who signs it, and how it is broken where a test wants it broken.

    `mode` empty: INDIRECTE where documents are sent, INDIRECTE_RENFORCEE elsewhere. [DMP: authentification indirecte]
    """

    holder: Holder
    person_id: str
    person_name: str = ""
    structure_id: str = ""
    sector: str = SECTOR
    roles: tuple[Role, ...] = DOCTOR
    mode: str = ""
    purpose: str = NORMAL
    reason: str = ""
    patient: str = ""
    """CX of the patient of whom the request is, with or without its type; none is said where it is empty."""

    is_secret: bool = False
    version: str = "3.0"
    mode_attribute: str = "Authentification_mode"
    software: tuple[str, str] = ("Temoin", "1.0")
    more: tuple[tuple[str, str], ...] = ()
    """Further attributes, by name."""

    issuer: str | None = None
    age: timedelta = field(default=timedelta())
    """How long ago it was issued; negative, and it comes from the future."""

    lasts: timedelta = field(default=timedelta(minutes=5))
    assertion_id: str | None = None
    sha1: bool = False
    before: Change | None = None
    """Done to the tree before it is signed."""

    after: Change | None = None
    """Done to the tree after it was signed."""

    def for_(self, patient: str) -> Voucher:
        """The same person, about another patient."""
        return replace(self, patient=patient)

    def header(self, action: str) -> str:
        """The wsse:Security header of a request."""
        return security(self.assertion(action))

    def assertion(self, action: str = "") -> bytes:
        """The signed assertion, under an ID of its own."""
        return sign(self, etree.fromstring(self.text(action)))

    def text(self, action: str = "") -> str:
        """The assertion before it is signed."""
        issued = datetime.now(UTC) - self.age
        mode = self.mode or (INDIRECT if action in _FEEDS else REINFORCED)
        now, end = instant(issued), instant(issued + self.lasts)
        name_format = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
        return (
            f'<saml:Assertion xmlns:saml="{_SAML}" ID={quoteattr(self.assertion_id or "_" + uuid.uuid4().hex)} '
            f'IssueInstant="{now}" Version="2.0"><saml:Issuer Format="{name_format}">'
            f"{escape(self.holder.subject if self.issuer is None else self.issuer)}</saml:Issuer>"
            f"<saml:Subject><saml:NameID>{escape(self.person_id)}</saml:NameID></saml:Subject>"
            f'<saml:Conditions NotBefore="{now}" NotOnOrAfter="{end}"/>'
            f'<saml:AuthnStatement AuthnInstant="{now}"><saml:AuthnContext><saml:AuthnContextClassRef>'
            f"urn:oasis:names:tc:SAML:2.0:ac:classes:{_CONTEXTS.get(mode, 'unspecified')}</saml:AuthnContextClassRef>"
            f"</saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{self._attributes(mode)}"
            "</saml:AttributeStatement></saml:Assertion>"
        )

    def _attributes(self, mode: str) -> str:
        xspa = "urn:oasis:names:tc:xspa:1.0:"
        patient = self.patient if not self.patient or self.patient.count("^") > 3 else f"{self.patient}^NH"
        told = (
            ("VIHF_Version", self.version),
            (self.mode_attribute, mode),
            ("Ressource_URN", "urn:dmp"),
            ("Identifiant_Structure", self.structure_id or self.holder.unit),
            ("Secteur_Activite", self.sector),
            (f"{xspa}subject:subject-id", self.person_name),
            ("urn:oasis:names:tc:xacml:2.0:resource:resource-id", patient),
            ("Mode_Acces_Raison", self.reason),
            (f"{xspa}resource:patient:hl7:confidentiality-code", SECRET if self.is_secret else ""),
            ("LPS_Nom", self.software[0]),
            ("LPS_Version", self.software[1]),
            *self.more,
        )
        texts = "".join(_attribute(name, escape(value)) for name, value in told if value)
        roles = "".join(_coded("Role", role) for role in self.roles)
        purpose = _coded("PurposeOfUse", Role(self.purpose, "1.2.250.1.213.1.1.4.248"))
        return (
            texts
            + (f'<saml:Attribute Name="urn:oasis:names:tc:xacml:2.0:subject:role">{roles}</saml:Attribute>')
            + (f'<saml:Attribute Name="{xspa}subject:purposeofuse">{purpose}</saml:Attribute>')
        )


def sign(voucher: Voucher, assertion: Element) -> bytes:
    """The assertion with an enveloped signature after its Issuer. [SAML 2.0 Core: 5.4]"""
    if voucher.before is not None:
        voucher.before(assertion)
    # Under the prefix that signxml uses: a tree that is moved into another one would be given one name for both.
    place = etree.Element(names.tag("ds:Signature"), nsmap={"ds": names.NS["ds"]}, Id="placeholder")
    assertion.insert(1, place)
    signer = _Permissive if voucher.sha1 else XMLSigner
    signed = signer(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA1 if voucher.sha1 else SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA1 if voucher.sha1 else DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    ).sign(
        assertion,
        key=voucher.holder.key,
        cert=[voucher.holder.certificate],
        reference_uri=assertion.get("ID"),
        id_attribute="ID",
    )
    if voucher.after is not None:
        voucher.after(signed)
    return etree.tostring(signed)


class _Permissive(XMLSigner):
    """Signs with SHA-1 too, which signxml does not do by itself."""

    def check_deprecated_methods(self) -> None:
        return


def security(*assertions: bytes | str) -> str:
    """A wsse:Security header with what is given in it."""
    held = "".join(one if isinstance(one, str) else one.decode() for one in assertions)
    return f'<wsse:Security xmlns:wsse="{names.NS["wsse"]}" xmlns:soap="{names.NS["soap"]}" soap:mustUnderstand="1">{held}</wsse:Security>'


def professional(pki: Path, person_id: str = "899700000001", person_name: str = "ESSAI DOMINIQUE") -> Voucher:
    """A doctor whom the establishment of a demonstration PKI vouches for."""
    return Voucher(holder=Holder.read(pki, "establishment-seal"), person_id=person_id, person_name=person_name)


def card(pki: Path, structure_id: str = "10B0000000") -> Voucher:
    """The doctor of the demonstration PKI, by their own card."""
    holder = Holder.read(pki, "professional-signature")
    return Voucher(holder=holder, person_id=holder.common_name, structure_id=structure_id, mode=DIRECT)


def patient(pki: Path, patient_id: str) -> Voucher:
    """A patient, by CX, for whom the portal of the demonstration PKI vouches."""
    holder = Holder.read(pki, "portal-seal")
    matricule = patient_id.partition("^")[0]
    return Voucher(
        holder=holder, person_id=matricule, person_name="PATIENT", roles=PATIENT, mode=INDIRECT, patient=patient_id
    )


def representative(pki: Path, patient_id: str, person_id: str, relation: str = "MTH") -> Voucher:
    """A legal representative of a child, for whom the portal vouches. [HL7 RoleCode]"""
    roles = (Role(relation, "2.16.840.1.113883.5.111", relation),)
    return replace(patient(pki, patient_id), person_id=person_id, roles=roles)


def instant(moment: datetime) -> str:
    """As SAML writes it. [SAML 2.0 Core: 1.3.3]"""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _attribute(name: str, value: str) -> str:
    return f"<saml:Attribute Name={quoteattr(name)}><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"


def _coded(element: str, role: Role) -> str:
    shown = f" displayName={quoteattr(role.shown)}" if role.shown else ""
    return (
        f'<saml:AttributeValue><{element} xmlns="{names.NS["hl7"]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:type="CE" code={quoteattr(role.code)} codeSystem={quoteattr(role.system)}{shown}/></saml:AttributeValue>'
    )
