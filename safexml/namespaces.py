"""Every XML namespace we meet, once, and how a qualified name is spelled. [ITI TF-2: Appendix V.3, V.4; ITI TF-3: 4.2]

A namespace is a fact of the paper that defines it; which elements stand in it is known by the rooms that read them.
"""

from __future__ import annotations

from functools import cache

# The envelope.
SOAP = "http://www.w3.org/2003/05/soap-envelope"
SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
XOP = "http://www.w3.org/2004/08/xop/include"
XMIME = "http://www.w3.org/2005/05/xmlmime"

# Notification. [ITI TF-2: 3.52]
WSNT = "http://docs.oasis-open.org/wsn/b-2"

# ebXML RegRep 3.0.
RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
LCM = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
QUERY = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"

# Document sharing.
XDSB = "urn:ihe:iti:xds-b:2007"
RMD = "urn:ihe:iti:rmd:2017"

# HL7 version 3: messages and clinical documents.
HL7 = "urn:hl7-org:v3"
SDTC = "urn:hl7-org:sdtc"

# The DMP's own services, and what it wraps answers of HL7 version 3 in. [DMP: TD0.3, TD0.4, TD1.1]
DMP_RECORDS = "asip:ci-sis:gdp:2010"
DMP_AUTHORISATIONS = "urn:si-dmp-habilitations"
DMP_PATIENTS = "urn:si-dmp-patients"

# Seals and assertions.
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"

# Description of services and schemas.
WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP = "http://schemas.xmlsoap.org/wsdl/soap12/"
WSAM = "http://www.w3.org/2007/05/addressing/metadata"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
XSL = "http://www.w3.org/1999/XSL/Transform"

# Rules that a schema cannot say.
SCHEMATRON = "http://purl.oclc.org/dsdl/schematron"

PREFIXES: dict[str, str] = {
    "soap": SOAP,
    "wsa": WSA,
    "wsse": WSSE,
    "wsu": WSU,
    "xop": XOP,
    "wsnt": WSNT,
    "rim": RIM,
    "rs": RS,
    "lcm": LCM,
    "query": QUERY,
    "xdsb": XDSB,
    "rmd": RMD,
    "hl7": HL7,
    "ds": DS,
    "saml": SAML,
    "xsi": XSI,
}
"""The prefixes that we write, and that people read in our messages."""

_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}


@cache
def qname(namespace: str, local: str) -> str:
    """The name of an element or attribute as the parsed tree spells it: ``{namespace}local``."""
    return f"{{{namespace}}}{local}" if namespace else local


def split(name: str) -> tuple[str, str]:
    """Namespace (empty when there is none) and local part of a name of the parsed tree."""
    if name.startswith("{"):
        namespace, _, local = name[1:].rpartition("}")
        return namespace, local
    return "", name


def readable(name: str) -> str:
    """A name of the parsed tree for people: ``rim:Slot`` where the namespace is known, else as it stands."""
    namespace, local = split(name)
    prefix = _PREFIX_OF.get(namespace)
    return f"{prefix}:{local}" if prefix else name
