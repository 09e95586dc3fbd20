"""The names that the papers give: namespaces, actions, statuses, stored queries. [ITI TF-2: V, 3.18; ITI TF-3: 4.2]"""

from __future__ import annotations

from types import MappingProxyType

NS = MappingProxyType(
    {
        "soap": "http://www.w3.org/2003/05/soap-envelope",
        "wsa": "http://www.w3.org/2005/08/addressing",
        "xop": "http://www.w3.org/2004/08/xop/include",
        "rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0",
        "rs": "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0",
        "lcm": "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0",
        "query": "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0",
        "xdsb": "urn:ihe:iti:xds-b:2007",
        "hl7": "urn:hl7-org:v3",
        "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
        "ds": "http://www.w3.org/2000/09/xmldsig#",
    }
)
ANONYMOUS = NS["wsa"] + "/anonymous"

STORED_QUERY = "urn:ihe:iti:2007:RegistryStoredQuery"
PROVIDE = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
REGISTER = "urn:ihe:iti:2007:RegisterDocumentSet-b"
UPDATE = "urn:ihe:iti:2010:UpdateDocumentSet"
RETRIEVE = "urn:ihe:iti:2007:RetrieveDocumentSet"
FEED = "urn:hl7-org:v3:PRPA_IN201301UV02"
ACKNOWLEDGEMENT = "urn:hl7-org:v3:MCCI_IN000002UV01"

STATUSES = MappingProxyType(
    {
        "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success": "Success",
        "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure": "Failure",
        "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess": "PartialSuccess",
    }
)
ERROR = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"
ARCHIVED = "urn:asip:ci-sis:2010:StatusType:Archived"
DELETED = "urn:asip:ci-sis:2010:StatusType:Deleted"

HAS_MEMBER = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
SIGNS = "urn:ihe:iti:2007:AssociationType:signs"
CHANGES_STATUS = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"
REPLACES = "urn:ihe:iti:2007:AssociationType:RPLC"

FIND_SUBMISSION_SETS = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9"
GET_ASSOCIATIONS = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155"
GET_DOCUMENTS_AND_ASSOCIATIONS = "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a"
GET_SUBMISSION_SETS = "urn:uuid:51224314-5390-4169-9b91-b1980040715a"
GET_SUBMISSION_SET_AND_CONTENTS = "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83"
FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
GET_ALL = "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3"
GET_DOCUMENTS = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
GET_RELATED_DOCUMENTS = "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6"

DOCUMENT_UNIQUE_ID = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"


def tag(name: str) -> str:
    """``rim:Slot`` as ElementTree writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"
