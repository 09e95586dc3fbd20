"""Every URN and UUID that the standard gives a meaning, once. [ITI TF-3: 4.2, 4.3]"""

from __future__ import annotations

from enum import StrEnum


class AvailabilityStatus(StrEnum):
    """availabilityStatus of a registry object. The last two are the DMP's. [ITI TF-3: 4.2.3.2.2]"""

    APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
    DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"
    ARCHIVED = "urn:asip:ci-sis:2010:StatusType:Archived"
    DELETED = "urn:asip:ci-sis:2010:StatusType:Deleted"


class ResponseStatus(StrEnum):
    """Status of a response; PartialSuccess is an IHE URN, the others are ebRS's. [ITI TF-3: 4.2.4.2]"""

    SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
    PARTIAL_SUCCESS = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
    FAILURE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"


class Severity(StrEnum):
    """Severity of a RegistryError. [ITI TF-3: 4.2.4.1]"""

    ERROR = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
    WARNING = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"


class DocumentEntryType(StrEnum):
    """objectType of a DocumentEntry. [ITI TF-3: 4.2.3.2.30]"""

    STABLE = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
    ON_DEMAND = "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248"


class DocumentAvailability(StrEnum):
    """documentAvailability. [ITI TF-3: 4.2.3.2.30]"""

    ONLINE = "urn:ihe:iti:2010:DocumentAvailability:Online"
    OFFLINE = "urn:ihe:iti:2010:DocumentAvailability:Offline"


class PackageType(StrEnum):
    """classificationNode that marks a RegistryPackage. [ITI TF-3: 4.2.1.1]"""

    SUBMISSION_SET = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
    FOLDER = "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2"


class AssociationType(StrEnum):
    """associationType. [ITI TF-3: 4.2.2]"""

    HAS_MEMBER = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
    RPLC = "urn:ihe:iti:2007:AssociationType:RPLC"
    XFRM = "urn:ihe:iti:2007:AssociationType:XFRM"
    APND = "urn:ihe:iti:2007:AssociationType:APND"
    XFRM_RPLC = "urn:ihe:iti:2007:AssociationType:XFRM_RPLC"
    SIGNS = "urn:ihe:iti:2007:AssociationType:signs"
    IS_SNAPSHOT_OF = "urn:ihe:iti:2010:AssociationType:IsSnapshotOf"
    UPDATE_AVAILABILITY_STATUS = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"
    SUBMIT_ASSOCIATION = "urn:ihe:iti:2010:AssociationType:SubmitAssociation"


RELATIONSHIPS = frozenset(
    {
        AssociationType.RPLC,
        AssociationType.XFRM,
        AssociationType.APND,
        AssociationType.XFRM_RPLC,
        AssociationType.SIGNS,
        AssociationType.IS_SNAPSHOT_OF,
    }
)
"""Associations between two DocumentEntries. [ITI TF-3: 4.2.2.2]"""

REPLACEMENTS = frozenset({AssociationType.RPLC, AssociationType.XFRM_RPLC})
"""Relationships whose target becomes Deprecated. [ITI TF-2: 3.42.4.1.3.5]"""


class SubmissionSetStatus(StrEnum):
    """Slot of a SS-DE HasMember: entry of this submission, or one already registered. [ITI TF-3: 4.2.1.4.1]"""

    ORIGINAL = "Original"
    REFERENCE = "Reference"


class UpdateSlot(StrEnum):
    """Slots of Associations that tell an update what to do. [ITI Supplement XDS Metadata Update: 3.57.4.1.3]"""

    PREVIOUS_VERSION = "PreviousVersion"
    ASSOCIATION_PROPAGATION = "AssociationPropagation"
    ORIGINAL_STATUS = "OriginalStatus"
    NEW_STATUS = "NewStatus"


class ReturnType(StrEnum):
    """ResponseOption/@returnType. [ITI TF-2: 3.18.4.1.2.6]"""

    LEAF_CLASS = "LeafClass"
    OBJECT_REF = "ObjectRef"
