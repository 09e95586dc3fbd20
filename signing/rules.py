"""The rules that a signature is refused by: a stable id, what it says in English and French, where from, how one breaks it, the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rule(NamedTuple):
    """A row: ``explain`` prints it. ``rule`` is the id that ``SignatureRefused`` carries."""

    rule: str
    sentence: str
    sentence_fr: str
    clause: str
    cause: str
    cure: str


_CERTIFICATES = (
    Rule(
        "SIG-CERT-UNREADABLE",
        "The signing certificate is an X.509 version 3 certificate.",
        "Le certificat signataire est un certificat X.509 version 3.",
        "RFC 5280: 4.1",
        "What stands in ds:X509Certificate is cut off, is not DER, or is another thing than a certificate.",
        "Put the base64 of the certificate's DER there, whole, without the PEM lines.",
    ),
    Rule(
        "SIG-CERT-KEY",
        "The key of the certificate is RSA of 2048 to 8192 bits, or on the curve P-256, P-384 or P-521.",
        "La clé du certificat est RSA de 2048 à 8192 bits, ou sur la courbe P-256, P-384 ou P-521.",
        "ANSSI: RGS B1; ETSI TS 119 312",
        "An old certificate, or one made with another kind of key.",
        "Have a certificate made for a key of one of these kinds.",
    ),
    Rule(
        "SIG-CERT-USAGE",
        "The certificate is one for signing: digital signature or non repudiation, no authority, not for TLS alone.",
        "Le certificat sert à signer : signature ou non-répudiation, pas une autorité, pas pour le seul TLS.",
        "DMP: DMPInvalidCertificate; RFC 5280: 4.2.1.3, 4.2.1.12",
        "A card and an establishment hold two pairs of keys; the one for authentication signed.",
        "Sign with the signature key of the card, or with the seal (cachet) of the establishment.",
    ),
    Rule(
        "SIG-CERT-CHAIN",
        "The certificate was issued, perhaps through others, by an authority that is trusted here.",
        "Le certificat est émis, au besoin par l'intermédiaire d'autres, par une autorité reconnue ici.",
        "ETSI EN 319 102-1: 5.2.6; RFC 5280: 6.1",
        "Another PKI, a test certificate on a production service, or an intermediate authority that is missing.",
        "Put the certificates of the root and of the authorities below it into the folder of trust anchors.",
    ),
    Rule(
        "SIG-CERT-CONSTRAINTS",
        "Every authority between the certificate and the trusted one may issue, and was valid at the moment.",
        "Chaque autorité entre le certificat et celle qui est reconnue a le droit d'émettre, et était valide alors.",
        "ETSI EN 319 102-1: 5.2.6; RFC 5280: 6.1.3, 6.1.4",
        "An authority's certificate has run out, signs with SHA-1, or issues beyond its own constraints.",
        "Replace the authority's certificate in the folder of trust anchors, or sign with a newer certificate.",
    ),
    Rule(
        "SIG-CERT-EXPIRED",
        "The certificate has not run out at the moment that is judged.",
        "Le certificat n'est pas expiré au moment jugé.",
        "ETSI EN 319 102-1: 5.2.6; RFC 5280: 4.1.2.5",
        "The certificate was not renewed, or the clock of this machine is ahead.",
        "Renew the certificate; compare the clocks.",
    ),
    Rule(
        "SIG-CERT-NOT-YET-VALID",
        "The certificate's validity has begun at the moment that is judged.",
        "La validité du certificat a commencé au moment jugé.",
        "ETSI EN 319 102-1: 5.2.6; RFC 5280: 4.1.2.5",
        "A certificate for later, or the clock of this machine is behind.",
        "Wait until it begins; compare the clocks.",
    ),
    Rule(
        "SIG-CERT-REVOKED",
        "No revocation list of its issuer names the certificate, nor that of an authority above it.",
        "Aucune liste de révocation de son émetteur ne nomme le certificat, ni celui d'une autorité au-dessus.",
        "ETSI EN 319 102-1: 5.2.6; RFC 5280: 6.3",
        "The card was lost, or the establishment asked for revocation.",
        "Sign with a certificate that is in force.",
    ),
    Rule(
        "SIG-CERT-REVOCATION-UNKNOWN",
        "A revocation list in force tells of the certificate and of every authority above it.",
        "Une liste de révocation en vigueur porte sur le certificat et sur chaque autorité au-dessus.",
        "ETSI EN 319 102-1: 5.2.6 (TRY_LATER); RFC 5280: 6.3",
        "The list is not in the folder of trust anchors, or its nextUpdate has passed.",
        "Fetch the newest lists of the issuers into the folder of trust anchors.",
    ),
)

_SIGNATURES = (
    Rule(
        "SIG-DTD",
        "A signed document has no document type declaration.",
        "Un document signé ne porte pas de déclaration de type (DOCTYPE).",
        "W3C XMLDSIG: 7.1; OWASP: XXE",
        "A DTD can give other content than what was signed, and never ends.",
        "Take the DOCTYPE out, then sign.",
    ),
    Rule(
        "SIG-PLACE",
        "Exactly one ds:Signature stands in the document: its root, or the last child of its root.",
        "Une seule ds:Signature figure dans le document : sa racine, ou le dernier fils de sa racine.",
        "CI-SIS SM 3.3, 4.1; SAML 2.0 core: 5.4",
        "A signature was wrapped, moved, copied or countersigned.",
        "Send the document as its signer made it.",
    ),
    Rule(
        "SIG-SHAPE",
        "A signature has SignedInfo, SignatureValue, KeyInfo and Objects in this order, and in each what XML Signature puts there.",
        "Une signature contient SignedInfo, SignatureValue, KeyInfo et Object, dans cet ordre, avec ce que XML Signature y prévoit.",
        "W3C XMLDSIG: 4",
        "Something is missing, is twice there, or stands where it is not expected; or a base64 is broken.",
        "Make the signature with a library of XML Signature, and leave it as it is.",
    ),
    Rule(
        "SIG-COMMENT",
        "Neither comment nor processing instruction stands in a signature or an assertion.",
        "Ni commentaire ni instruction de traitement ne figure dans une signature ou une assertion.",
        "SAML 2.0 core: 5.4.4",
        "A comment cuts a text in two: a reader may see the first half only, and the signature still holds.",
        "Write the assertion without comments.",
    ),
    Rule(
        "SIG-ALGORITHM",
        "Algorithms are RSA (PKCS #1 v1.5) or ECDSA with SHA-256, SHA-384 or SHA-512; SHA-1 only where the domain still lets it through.",
        "Les algorithmes sont RSA (PKCS #1 v1.5) ou ECDSA avec SHA-256, SHA-384 ou SHA-512 ; SHA-1 seulement si le domaine l'admet encore.",
        "ANSSI: RGS B1; ETSI TS 119 312",
        "Old software signs with SHA-1; or the key that is meant to verify is a shared secret (HMAC).",
        "Sign with rsa-sha256 or ecdsa-sha256, and digest with SHA-256.",
    ),
    Rule(
        "SIG-KEY-KIND",
        "The certificate's key is of the kind that the signature algorithm names.",
        "La clé du certificat est du type que nomme l'algorithme de signature.",
        "W3C XMLDSIG: 6.4",
        "An RSA algorithm is named beside a certificate on a curve, or the other way round.",
        "Name the algorithm of the key that signs.",
    ),
    Rule(
        "SIG-CANONICALIZATION",
        "Canonicalisation is Canonical XML 1.0 or 1.1, or Exclusive XML Canonicalization 1.0, of XML that they define.",
        "La canonicalisation est Canonical XML 1.0 ou 1.1, ou Exclusive XML Canonicalization 1.0, d'un XML qu'elles définissent.",
        "W3C XML-C14N: 2; XML-C14N11: 2.4; XML-EXC-C14N: 3",
        "Another algorithm is named; a namespace is relative; xml:base stands above what Canonical XML 1.1 is asked for.",
        "Use exclusive canonicalisation: http://www.w3.org/2001/10/xml-exc-c14n#.",
    ),
    Rule(
        "SIG-TRANSFORM",
        "Transforms are enveloped-signature for the whole that holds the signature, then at most one canonicalisation.",
        "Les transformations sont enveloped-signature pour le tout qui porte la signature, puis une canonicalisation au plus.",
        "W3C XMLDSIG: 6.6, 8.1",
        "XPath, XSLT or base64 transforms sign another thing than what people see.",
        "Name enveloped-signature and one canonicalisation, nothing else.",
    ),
    Rule(
        "SIG-REFERENCE-COUNT",
        "A signature has no more references than its profile has parts.",
        "Une signature n'a pas plus de références que son profil n'a de parties.",
        "W3C XMLDSIG: 8.3",
        "Thousands of references make a verifier work for minutes.",
        "Sign each part once.",
    ),
    Rule(
        "SIG-REFERENCE",
        "References are to the parts of the profile, each exactly once, and every part that has to be signed is.",
        "Les références portent sur les parties du profil, une fois chacune, et toute partie qui doit être signée l'est.",
        "W3C XMLDSIG: 4.4.3; ETSI EN 319 132-1: 4.4.2, 5.2",
        "The signature is one over another part of the message, or does not cover its own signed properties.",
        "Sign the whole document (or the Object, or the assertion) and the SignedProperties.",
    ),
    Rule(
        "SIG-ID",
        "The Id of what is signed is an XML name that nothing else in the document has.",
        "L'Id de ce qui est signé est un nom XML que rien d'autre ne porte dans le document.",
        "W3C XMLDSIG: 4.4.3.3; SAML 2.0 core: 5.4.2",
        "Two elements with one Id: a verifier finds the one and a reader the other.",
        "Give every Id once.",
    ),
    Rule(
        "SIG-KEYINFO",
        "KeyInfo is X509Data with the signer's certificate first; the certificates of its authorities may follow.",
        "KeyInfo est un X509Data avec d'abord le certificat du signataire ; ceux de ses autorités peuvent suivre.",
        "W3C XMLDSIG: 4.5; ETSI EN 319 132-1: 6.3",
        "A bare key, a name, or a place to fetch the key from stands there: it says nothing of who signed.",
        "Put the certificate into ds:X509Data/ds:X509Certificate and nothing beside X509Data.",
    ),
    Rule(
        "SIG-DIGEST",
        "Every digest of the signature is that of what it stands for.",
        "Chaque empreinte de la signature est celle de ce qu'elle désigne.",
        "W3C XMLDSIG: 3.2.1; ETSI EN 319 102-1: 5.2.7",
        "The content was changed after it was signed: re-indented, transcoded, or tampered with.",
        "Send the very bytes that were signed; sign again what was changed.",
    ),
    Rule(
        "SIG-VALUE",
        "The signature value is that of SignedInfo under the key of the certificate.",
        "La valeur de signature est celle de SignedInfo sous la clé du certificat.",
        "W3C XMLDSIG: 3.2.2; ETSI EN 319 102-1: 5.2.7",
        "SignedInfo was changed, or the certificate is not that of the key that signed.",
        "Sign again, with the certificate of the key that signs.",
    ),
    Rule(
        "SIG-PROPERTIES",
        "One QualifyingProperties targets the signature and holds SignedProperties with SigningTime and SigningCertificate.",
        "Un QualifyingProperties désigne la signature et contient SignedProperties avec SigningTime et SigningCertificate.",
        "ETSI EN 319 132-1: 4.3, 5.2; XAdES 1.1.1: 7.2",
        "A plain XML signature, or XAdES of a kind that is not read here.",
        "Sign in XAdES baseline B.",
    ),
    Rule(
        "SIG-SIGNING-CERTIFICATE",
        "The signed SigningCertificate names the certificate that stands in KeyInfo.",
        "Le SigningCertificate signé désigne le certificat qui figure dans KeyInfo.",
        "ETSI EN 319 132-1: 5.2.2; ETSI EN 319 102-1: 5.2.3",
        "The certificate was replaced after signing.",
        "Send the signature with the certificate of its signer.",
    ),
    Rule(
        "SIG-TIME",
        "SigningTime is a date and time of XML Schema, and not in the future.",
        "SigningTime est une date et heure au sens de XML Schema, et n'est pas dans le futur.",
        "ETSI EN 319 132-1: 5.2.1",
        "The signer's clock is ahead.",
        "Set the clock (NTP) and sign again.",
    ),
    Rule(
        "SIG-CONTENT",
        "An enveloping signature has one Object that holds exactly one element, which is what was signed.",
        "Une signature enveloppante a un Object qui contient exactement un élément, celui qui est signé.",
        "CI-SIS SM 3.3, 4.1; W3C XMLDSIG: 4.6",
        "A second content stands beside the signed one, or none does.",
        "Put the ClinicalDocument alone into one ds:Object and sign that Object.",
    ),
    Rule(
        "SIG-ASSERTION",
        "A SAML 2.0 assertion has its Issuer first, then its signature, and no other assertion in it.",
        "Une assertion SAML 2.0 porte d'abord son Issuer, puis sa signature, et ne contient pas d'autre assertion.",
        "SAML 2.0 core: 2.3.3, 5.4",
        "An assertion that is not signed, or one wrapped in another.",
        "Send the assertion as its issuer signed it.",
    ),
)

_LOTS = (
    Rule(
        "SIG-MANIFEST",
        "The signature of a lot has its references in one ds:Manifest, which SignedInfo signs, or in SignedInfo itself.",
        "La signature d'un lot porte ses références dans un ds:Manifest, signé par SignedInfo, ou dans SignedInfo même.",
        "ITI TF-3: 5.5; DMP: signature of the lot",
        "Two manifests, one that nothing signs, or an Object of another kind.",
        "Put one ds:Manifest into an Object and reference it from SignedInfo.",
    ),
    Rule(
        "SIG-LOT-SET",
        "The lot's signature names the SubmissionSet by its uniqueId, with the digest that stands for no content (AA==).",
        "La signature du lot désigne le lot (SubmissionSet) par son uniqueId, avec l'empreinte qui ne désigne aucun contenu (AA==).",
        "ITI TF-3: 5.5; DMP: signature of the lot",
        "The signature was made for another lot, or the set was left out.",
        "Reference urn:oid: and the uniqueId of the SubmissionSet, with DigestValue AA==.",
    ),
    Rule(
        "SIG-LOT-OMITTED",
        "The lot's signature covers every document of the lot.",
        "La signature du lot couvre chaque document du lot.",
        "ITI TF-3: 5.5; DMP: signature of the lot",
        "A document was added to the lot after it was signed.",
        "Sign the lot once it is complete.",
    ),
    Rule(
        "SIG-LOT-FOREIGN",
        "The lot's signature covers what is in the lot, and each document once.",
        "La signature du lot ne couvre que ce qui est dans le lot, chaque document une fois.",
        "ITI TF-3: 5.5; DMP: signature of the lot",
        "A document was taken out of the lot after it was signed, or the signature is that of another lot.",
        "Sign the lot as it is sent; write references as urn:oid: and the uniqueId.",
    ),
    Rule(
        "SIG-LOT-DUMMY",
        "Every document of the lot has its real digest: the dummy digest is for the SubmissionSet alone.",
        "Chaque document du lot porte sa vraie empreinte : l'empreinte fictive est réservée au lot lui-même.",
        "DMP: signature of the lot",
        "The dummy digest of the SubmissionSet was written for a document.",
        "Digest the document's canonical form, or its bytes where no transform is named.",
    ),
)

RULES: Mapping[str, Rule] = {rule.rule: rule for rule in (*_CERTIFICATES, *_SIGNATURES, *_LOTS)}
"""Rule id → row."""
