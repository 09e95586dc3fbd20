"""One document for each rule of the header and of the body, good but for that rule."""

from __future__ import annotations

from base64 import b64encode

from tests.cda.documents import ELEMENTS, INS, ORGANIZATION

Change = dict[str, str]


def replaced(element: str, old: str, new: str) -> Change:
    """An element with one of its parts changed."""
    assert old in ELEMENTS[element], (element, old)
    return {element: ELEMENTS[element].replace(old, new)}


def twice(element: str) -> Change:
    """An element that stands there twice."""
    return {element: ELEMENTS[element] * 2}


def a_body(
    media_type: str = "application/pdf", content: bytes = b"%PDF-1.7 ... %%EOF", text: str = "", more: str = ""
) -> Change:
    """A document of level 1: the file, or its text as it stands there."""
    shown = text or b64encode(content).decode()
    return {
        "templateId": ELEMENTS["templateId"].replace("1.3.6.1.4.1.19376.1.3.3", "1.3.6.1.4.1.19376.1.2.20"),
        "component": "<component><nonXMLBody>"
        f'<text mediaType="{media_type}" representation="B64"{more}>{shown}</text></nonXMLBody></component>',
    }


_RPLC = '<relatedDocument typeCode="{}"><parentDocument>{}</parentDocument></relatedDocument>'
_TIME = '<time value="20260302093000+0100"/>'
_PERSON = '<id root="1.2.250.1.71.4.2.1" extension="899900000017"/>'
_LOW = '<low value="20260302080000+0100"/>'

HEADER: dict[str, Change] = {
    "CDA-SM-REALM": {"realmCode": '<realmCode code="UV"/>'},
    "CDA-SM-TYPEID": replaced("typeId", "POCD_HD000040", "POCD_HD000041"),
    "CDA-SM-TEMPLATE-FRANCE": replaced("templateId", '<templateId root="2.16.840.1.113883.2.8.2.1"/>', ""),
    "CDA-SM-TEMPLATE-CISIS": replaced("templateId", '<templateId root="1.2.250.1.213.1.1.1.1"/>', ""),
    "CDA-SM-TEMPLATE-VOLET": replaced("templateId", '<templateId root="1.3.6.1.4.1.19376.1.3.3"/>', ""),
    "CDA-SM-ID": {"id": '<id extension="7"/>'},
    "CDA-SM-ID-OID": {"id": '<id root="1.2.250.01"/>'},
    "CDA-SM-ID-UUID": {"id": '<id root="90E1C8EC-F951-4B26-A305-A34848818DD6"/>'},
    "CDA-SM-ID-EXTENSION": {"id": '<id root="1.2.250.1.999.1" extension="7"/>'},
    "CDA-SM-CODE": {"code": '<code displayName="CR"/>'},
    "CDA-SM-CODE-UNKNOWN": replaced("code", "11502-2", "27899-4"),
    "CDA-SM-TITLE": {"title": "<title> </title>"},
    "CDA-SM-TITLE-LENGTH": {"title": f"<title>{'a' * 129}</title>"},
    "CDA-SM-TIME": {"effectiveTime": '<effectiveTime value="2026-03-02"/>'},
    "CDA-SM-TIME-PRECISION": {"effectiveTime": '<effectiveTime value="202603020930+0100"/>'},
    "CDA-SM-TIME-OFFSET": {"effectiveTime": '<effectiveTime value="20260302093000"/>'},
    "CDA-SM-CONFIDENTIALITY": replaced("confidentialityCode", 'code="R"', 'code="MASQUE_PS"'),
    "CDA-SM-LANGUAGE": {"languageCode": '<languageCode code="français"/>'},
    "CDA-SM-LANGUAGE-FR": {"languageCode": '<languageCode code="br-FR"/>'},
    "CDA-SM-SETID": {"setId": ""},
    "CDA-SM-VERSION": {"versionNumber": '<versionNumber value="1.1"/>'},
    "CDA-SM-OID": {"setId": '<setId root="urn:oid:1.2.3"/>'},
    "CDA-SM-NULLFLAVOR": {"title": '<title nullFlavor="UNK"/>'},
    "CDA-SM-CODED": replaced("author", ' codeSystem="1.2.250.1.213.1.1.4.5"', ""),
    "CDA-SM-RELATED": {"relatedDocument": _RPLC.format("RPLC", "")},
    "CDA-SM-RELATED-TYPE": {"relatedDocument": _RPLC.format("APND", '<id root="1.2.3"/>')},
    "CDA-SM-BODY": twice("component"),
    "CDA-SM-PATIENT": twice("recordTarget"),
    "CDA-SM-PATIENT-ID": replaced("recordTarget", ' extension="IPP-1"', ""),
    "CDA-SM-INS": replaced("recordTarget", INS, ""),
    "CDA-SM-INS-SHAPE": replaced("recordTarget", "280073523800332", "2800735238003"),
    "CDA-SM-INS-KEY": replaced("recordTarget", INS, '<id root="1.2.250.1.213.1.4.8" extension="280073523800333"/>'),
    "CDA-SM-INS-KEY-TEST": replaced("recordTarget", "280073523800332", "280073523800333"),
    "CDA-SM-INS-ONE": replaced("recordTarget", INS, INS + INS.replace("280073523800332", "280073523800431")),
    "CDA-SM-TRAIT-BIRTH-NAME": replaced("recordTarget", '<family qualifier="BR">EXEMPLE</family>', ""),
    "CDA-SM-TRAIT-FIRST-NAME": replaced("recordTarget", '<given qualifier="BR">CAMILLE</given>', ""),
    "CDA-SM-TRAIT-GIVEN-NAMES": replaced("recordTarget", "<given>CAMILLE INES</given>", ""),
    "CDA-SM-TRAIT-SEX": replaced("recordTarget", 'code="F"', 'code="2"'),
    "CDA-SM-TRAIT-BIRTH-DATE": replaced("recordTarget", "19800714", "14/07/1980"),
    "CDA-SM-TRAIT-BIRTHPLACE": replaced("recordTarget", "<county>35238</county>", "<city>RENNES</city>"),
    "CDA-SM-TRAIT-BIRTHPLACE-CODE": replaced("recordTarget", "<county>35238</county>", "<county>RENNES</county>"),
    "CDA-SM-NAME-QUALIFIER": replaced("recordTarget", '<family qualifier="CL">', '<family qualifier="SP">'),
    "CDA-SM-AUTHOR": {"author": ""},
    "CDA-SM-AUTHOR-ID": replaced("author", _PERSON, '<id root="1.2.250.1.71.4.2.1"/>'),
    "CDA-SM-AUTHOR-NAME": replaced("author", "<family>MODELE</family>", ""),
    "CDA-SM-PARTICIPATION-TIME": replaced("author", _TIME, ""),
    "CDA-SM-PARTICIPATION-TIME-FORM": replaced("legalAuthenticator", "093000+0100", "093000+100"),
    "CDA-SM-CUSTODIAN": {"custodian": ""},
    "CDA-SM-CUSTODIAN-ID": replaced("custodian", "1.2.250.1.71.4.2.2", "1.2.250.1.999.3"),
    "CDA-SM-SIGNATORY": {"legalAuthenticator": ""},
    "CDA-SM-SIGNATURE-CODE": replaced("legalAuthenticator", '"S"', '"X"'),
    "CDA-SM-SIGNATORY-ID": replaced("legalAuthenticator", _PERSON, '<id nullFlavor="UNK"/>'),
    "CDA-SM-ACT": {"documentationOf": "<documentationOf/>"},
    "CDA-SM-ACT-TIME": replaced("documentationOf", _LOW, ""),
    "CDA-SM-ACT-SETTING": replaced("documentationOf", ORGANIZATION, ""),
    "CDA-SM-ENCOUNTER": replaced("componentOf", "<effectiveTime/>", ""),
    "CDA-SM-FACILITY": replaced("componentOf", ' codeSystem="1.2.250.1.71.4.2.4"', ""),
}
"""Rule of the header → the one document that breaks it, and it alone."""

BODY: dict[str, Change] = {
    "CDA-N1-MEDIA-TYPE": a_body("application/msword"),
    "CDA-N1-REPRESENTATION": a_body(more=' compression="DF"'),
    "CDA-N1-BASE64": a_body(text="JVBERi0xLjcg%%%"),
    "CDA-N1-EMPTY": a_body(text=" "),
    "CDA-N1-CONTENT": a_body("image/jpeg"),
    "CDA-N1-TEMPLATE": {"component": a_body()["component"]},
    "CDA-N1-STRUCTURED": {"templateId": a_body()["templateId"]},
}
"""Rule of the body → the one document that breaks it, and it alone."""
