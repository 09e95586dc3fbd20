"""The one table of error codes, and errors as values. Nothing else in the tree spells a code. [ITI TF-3: 4.2.4.1]

The table's rows are the names below the line; a row's code is its name. What may not live here: when an error is found
(rules, actors) and how it is written (wire).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from xds.vocabulary import Severity

_SHOWN_MAX = 80  # characters of a faulty value echoed in codeContext: enough to find it, too few to carry a document


class Row(NamedTuple):
    """A row of the table; ``code`` is the name under which the row stands in this module."""

    severity: Severity
    actors: tuple[str, ...]
    transactions: tuple[str, ...]
    meaning: str
    meaning_fr: str
    cause: str
    cure: str
    clause: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class RegistryError:
    """An error or warning of a response: a row of the table, and the case at hand.

    ``code_context`` is a sentence a stranger can act on: attribute, what was seen, what was expected.
    ``location`` is where: an entry's id, an attribute, a path.
    """

    row: Row
    code_context: str
    location: str = ""
    severity: Severity = field(default=Severity.ERROR)


class ErrorList(tuple[RegistryError, ...]):
    """All errors and warnings of one response, in the order found. [ITI TF-3: 4.2.4.1]"""

    __slots__ = ()

    @property
    def has_errors(self) -> bool:
        """Whether one is more than a warning."""
        return any(error.severity is Severity.ERROR for error in self)

    @property
    def highest_severity(self) -> Severity:
        """Error if one is an error, else Warning."""
        return Severity.ERROR if self.has_errors else Severity.WARNING

    @property
    def warnings(self) -> ErrorList:
        """Those that are no more than warnings."""
        return ErrorList(error for error in self if error.severity is Severity.WARNING)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, in the order found."""
        return tuple(error.row.code for error in self)

    def located(self, location: str) -> ErrorList:
        """The same, all at that place: a gateway says which community erred. [ITI TF-3: 4.2.4.1]"""
        return ErrorList(replace(error, location=location) for error in self)

    def __add__(self, others: Iterable[RegistryError]) -> ErrorList:  # type: ignore[override]
        return ErrorList((*self, *others))


NO_ERRORS = ErrorList()


def error(row: Row, code_context: str, location: str = "") -> RegistryError:
    """That row as an error: the request is refused."""
    return RegistryError(row, code_context, location, Severity.ERROR)


def warning(row: Row, code_context: str, location: str = "") -> RegistryError:
    """That row as a warning: the request is done all the same."""
    return RegistryError(row, code_context, location, Severity.WARNING)


def flaw(location: str, problem: str, expected: str, clause: str = "", row: Row | None = None) -> RegistryError:
    """An attribute that is not as it should be: where it stands, what is the matter (``seen``), what is expected.

    [ITI TF-3: 4.2.4.1]
    """
    told = f"{location} {problem}; expected {expected}" + (f" [{clause}]" if clause else "")
    return error(XDSRegistryMetadataError if row is None else row, told, location)


def seen(text: str | None) -> str:
    """What is the matter with an attribute, told by what was seen: its value, cut where it is long, or nothing."""
    return "is missing" if text is None else f"is {shown(text)}"


def shape(text: str) -> str:
    """A value that may name a person, by its shape alone: its letters as ``a``, its digits as ``9``, cut where it is long."""
    return shown("".join("9" if sign.isdigit() else "a" if sign.isalpha() else sign for sign in text))


def shown(text: str) -> str:
    """A faulty value as a code_context echoes it: quoted, and cut where it is long."""
    return f"'{text}'" if len(text) <= _SHOWN_MAX else f"'{text[:_SHOWN_MAX]}…'"


def table() -> Iterator[Row]:
    """Every row, in the table's order."""
    return iter(_TABLE.values())


def find(code: str) -> Row | None:
    """The row of that code, if IHE has such a code."""
    return _TABLE.get(code)


def foreign(code: str) -> Row:
    """A row for a code that another system has answered with and IHE does not list."""
    return Row(
        Severity.ERROR,
        (),
        (),
        "A code of that system alone; IHE lists no such code.",
        "Un code propre à ce système, absent des listes IHE.",
        "The other system follows rules of its own.",
        "Read its context, or ask whoever runs that system.",
        "",
        code,
    )


_REGISTRY = ("Document Registry",)
_REPOSITORY = ("Document Repository",)
_BOTH = (*_REGISTRY, *_REPOSITORY)
_GATEWAY = ("Responding Gateway",)
_RECIPIENT = ("Document Recipient",)

_PROVIDE = ("ITI-41",)
_WRITE = ("ITI-41", "ITI-42", "ITI-61")
_UPDATE = ("ITI-57",)
_RESTRICTED_UPDATE = ("ITI-92",)
_SUBMIT = (*_WRITE, *_UPDATE, *_RESTRICTED_UPDATE)
_REMOVE_METADATA = ("ITI-62",)
_REMOVE_DOCUMENTS = ("ITI-86",)
_QUERY = ("ITI-18", "ITI-38", "ITI-51")
_RETRIEVE = ("ITI-43", "ITI-39")
_FETCH = ("ITI-63",)
_FHIR = ("ITI-65",)
_REGISTRY_ANY = (*_QUERY, *_WRITE, *_UPDATE, *_RESTRICTED_UPDATE, *_REMOVE_METADATA)
_REPOSITORY_ANY = (*_PROVIDE, *_RETRIEVE, *_REMOVE_DOCUMENTS)

# Submissions
DocumentQueued = Row(
    Severity.WARNING,
    _RECIPIENT,
    _PROVIDE,
    "The documents wait until a person has matched the patient.",
    "Les documents attendent qu'une personne ait rapproché le patient.",
    "The recipient does not know the patient id and matches by hand.",
    "Nothing to do; look for the documents later.",
    "ITI TF-3: 4.2.4.1",
)
InvalidDocumentContent = Row(
    Severity.ERROR,
    _REPOSITORY,
    _PROVIDE,
    "A document is not what its formatCode or mimeType says.",
    "Un document n'est pas conforme à son formatCode ou à son mimeType.",
    "The wrong file was attached, or the metadata was copied from another document.",
    "Send the right file, or correct formatCode and mimeType.",
    "ITI TF-3: 4.2.4.1",
)
PartialAppendContentNotProcessed = Row(
    Severity.WARNING,
    _RECIPIENT,
    _PROVIDE,
    "The recipient ignored an addendum relation.",
    "Le destinataire a ignoré une relation d'ajout.",
    "The recipient supports no APND association.",
    "Send the addendum as a document of its own if it must be seen.",
    "ITI TF-3: 4.2.4.1",
)
PartialFolderContentNotProcessed = Row(
    Severity.WARNING,
    _RECIPIENT,
    _PROVIDE,
    "The recipient ignored a Folder.",
    "Le destinataire a ignoré un classeur.",
    "The recipient supports no folders.",
    "Nothing to do unless the Folder matters to the reader.",
    "ITI TF-3: 4.2.4.1",
)
PartialRelationshipContentNotProcessed = Row(
    Severity.WARNING,
    _RECIPIENT,
    _PROVIDE,
    "The recipient ignored a relation between documents.",
    "Le destinataire a ignoré une relation entre documents.",
    "The recipient supports no relationship associations.",
    "Nothing to do unless the relation matters to the reader.",
    "ITI TF-3: 4.2.4.1",
)
PartialReplaceContentNotProcessed = Row(
    Severity.WARNING,
    _RECIPIENT,
    _PROVIDE,
    "The recipient did not replace the earlier document.",
    "Le destinataire n'a pas remplacé le document antérieur.",
    "The recipient supports no RPLC association.",
    "Tell the recipient that the earlier document is no longer valid.",
    "ITI TF-3: 4.2.4.1",
)
PartialTransformNotProcessed = Row(
    Severity.WARNING,
    _RECIPIENT,
    _PROVIDE,
    "The recipient ignored a transformation relation.",
    "Le destinataire a ignoré une relation de transformation.",
    "The recipient supports no XFRM association.",
    "Nothing to do unless the relation matters to the reader.",
    "ITI TF-3: 4.2.4.1",
)
PartialTransformReplaceNotProcessed = Row(
    Severity.WARNING,
    _RECIPIENT,
    _PROVIDE,
    "The recipient ignored a relation that transforms and replaces.",
    "Le destinataire a ignoré une relation de transformation avec remplacement.",
    "The recipient supports no XFRM_RPLC association.",
    "Tell the recipient that the earlier document is no longer valid.",
    "ITI TF-3: 4.2.4.1",
)
UnresolvedReferenceException = Row(
    Severity.ERROR,
    _BOTH,
    _SUBMIT + _REMOVE_METADATA,
    "An id is referred to that neither the request nor the registry holds.",
    "Un identifiant cité n'existe ni dans la demande ni dans le registre.",
    "A symbolic id is misspelled, or the document to be replaced was never registered here.",
    "Correct the id, or look up the entryUUID with a stored query first.",
    "ITI TF-3: 4.2.4.1",
)
XDSDuplicateUniqueIdInRegistry = Row(
    Severity.ERROR,
    _REGISTRY,
    _SUBMIT,
    "A uniqueId is taken already by an object that may not share it.",
    "Un uniqueId est déjà pris par un objet qui ne peut pas le partager.",
    "A SubmissionSet or Folder was sent again with its old uniqueId.",
    "Give a fresh uniqueId to every SubmissionSet and Folder.",
    "ITI TF-3: 4.2.4.1",
)
XDSExtraMetadataNotSaved = Row(
    Severity.WARNING,
    _BOTH,
    _SUBMIT,
    "Metadata beyond the standard was left out; the rest is stored.",
    "Des métadonnées hors norme n'ont pas été conservées ; le reste l'est.",
    "The request carries metadata in a place that this registry keeps no record of.",
    "Nothing to do unless that metadata matters to the reader.",
    "ITI TF-3: 4.2.4.1",
)
XDSMissingDocument = Row(
    Severity.ERROR,
    _REPOSITORY,
    _PROVIDE,
    "A DocumentEntry came without its document.",
    "Une fiche (DocumentEntry) est arrivée sans son document.",
    "No Document element has the id of the DocumentEntry, or it points at a part that is not in the message.",
    "Send one Document whose id equals the id of the DocumentEntry.",
    "ITI TF-3: 4.2.4.1",
)
XDSMissingDocumentMetadata = Row(
    Severity.ERROR,
    _REPOSITORY,
    _PROVIDE,
    "A document came without its DocumentEntry.",
    "Un document est arrivé sans sa fiche (DocumentEntry).",
    "No DocumentEntry has the id of the Document element.",
    "Send one DocumentEntry for each Document, both with one id.",
    "ITI TF-3: 4.2.4.1",
)
XDSNonIdenticalHash = Row(
    Severity.ERROR,
    _REGISTRY,
    _WRITE,
    "The uniqueId is known, and its document has another hash.",
    "Le uniqueId est connu et son document a une autre empreinte.",
    "A changed document was sent under the uniqueId of the earlier one.",
    "Give the changed document a fresh uniqueId and replace the earlier one by RPLC.",
    "ITI TF-3: 4.2.4.1",
)
XDSNonIdenticalSize = Row(
    Severity.ERROR,
    _REGISTRY,
    _WRITE,
    "The uniqueId is known, and its document has another size.",
    "Le uniqueId est connu et son document a une autre taille.",
    "A changed document was sent under the uniqueId of the earlier one.",
    "Give the changed document a fresh uniqueId and replace the earlier one by RPLC.",
    "ITI TF-3: 4.2.4.1",
)
XDSPatientIdDoesNotMatch = Row(
    Severity.ERROR,
    _REGISTRY,
    _WRITE + _UPDATE,
    "Objects that must belong to one patient do not.",
    "Des objets qui doivent concerner un même patient ne le font pas.",
    "The patientId of the SubmissionSet, a DocumentEntry, a Folder or a related document differs.",
    "Send one patientId in all objects; relate only documents of one patient.",
    "ITI TF-3: 4.2.4.1",
)
XDSRegistryDeprecatedDocumentError = Row(
    Severity.ERROR,
    _REGISTRY,
    _WRITE + _UPDATE,
    "The request relates to an object that is not Approved any more.",
    "La demande se rapporte à un objet qui n'est plus en vigueur (Approved).",
    "The document was replaced meanwhile.",
    "Look up the current version with a stored query and relate to it.",
    "ITI TF-3: 4.2.4.1",
)
XDSRegistryDuplicateUniqueIdInMessage = Row(
    Severity.ERROR,
    _REGISTRY,
    _SUBMIT,
    "One uniqueId stands twice in the request.",
    "Un même uniqueId figure deux fois dans la demande.",
    "Two objects were made from one template.",
    "Give each object its own uniqueId.",
    "ITI TF-3: 4.2.4.1",
)
XDSRepositoryDuplicateUniqueIdInMessage = Row(
    Severity.ERROR,
    _REPOSITORY,
    _PROVIDE,
    "One uniqueId stands twice in the request.",
    "Un même uniqueId figure deux fois dans la demande.",
    "Two objects were made from one template.",
    "Give each object its own uniqueId.",
    "ITI TF-3: 4.2.4.1",
)
XDSRegistryMetadataError = Row(
    Severity.ERROR,
    _REGISTRY,
    _SUBMIT,
    "The metadata is not as the standard or the community wants it; the context says what and where.",
    "Les métadonnées ne sont pas conformes à la norme ou au domaine ; le contexte dit quoi et où.",
    "An attribute is missing, given twice, malformed, or has a code that the affinity domain does not know.",
    "Correct the attribute named in the context.",
    "ITI TF-3: 4.2.4.1",
)
XDSRepositoryMetadataError = Row(
    Severity.ERROR,
    _REPOSITORY,
    _PROVIDE,
    "The metadata does not agree with the documents; the context says what and where.",
    "Les métadonnées ne concordent pas avec les documents ; le contexte dit quoi et où.",
    "hash or size is not that of the bytes received, or the request cannot be read as metadata.",
    "Compute hash (SHA-1) and size over the very bytes that are sent, or leave both out.",
    "ITI TF-3: 4.2.4.1",
)
XDSRegistryNotAvailable = Row(
    Severity.ERROR,
    _REPOSITORY,
    _PROVIDE,
    "The repository cannot reach the registry; nothing was stored.",
    "L'entrepôt ne peut pas joindre le registre ; rien n'a été conservé.",
    "The registry is down, or the network between both is.",
    "Send the same request again later.",
    "ITI TF-3: 4.2.4.1",
)
XDSReplaceFailed = Row(
    Severity.ERROR,
    _REGISTRY,
    (),
    "Retired: was said of a failed replacement.",
    "Retiré : signalait l'échec d'un remplacement.",
    "Only old software says it.",
    "Read it as a refusal; the context may tell more.",
    "ITI TF-3: 4.2.4.1",
)
XDSUnknownPatientId = Row(
    Severity.ERROR,
    _REGISTRY + _GATEWAY,
    _SUBMIT + _QUERY,
    "The patient is not known here, or the id was merged into another.",
    "Le patient n'est pas connu ici, ou son identifiant a été fusionné dans un autre.",
    "The patient was never fed to the registry, or the assigning authority is not one of this community.",
    "Feed the patient first, or use the surviving id.",
    "ITI TF-3: 4.2.4.1",
)
UnknownRecipient = Row(
    Severity.ERROR,
    _RECIPIENT,
    _PROVIDE,
    "The intended recipient is not known.",
    "Le destinataire prévu n'est pas connu.",
    "intendedRecipient names nobody in the directory.",
    "Correct intendedRecipient.",
    "ITI TF-3: 4.2.4.1",
)
UnavailableRecipient = Row(
    Severity.ERROR,
    _RECIPIENT,
    _PROVIDE,
    "The intended recipient cannot be reached.",
    "Le destinataire prévu est injoignable.",
    "The recipient's system is down.",
    "Send again later.",
    "ITI TF-3: 4.2.4.1",
)
FHIRDocumentNotSupported = Row(
    Severity.ERROR,
    _RECIPIENT,
    _FHIR,
    "A FHIR document is not accepted.",
    "Un document FHIR n'est pas accepté.",
    "The recipient takes no FHIR documents.",
    "Send the document as CDA or PDF.",
    "ITI TF-3: 4.2.4.1",
)

# Queries and retrieval
XDSDocumentUniqueIdError = Row(
    Severity.ERROR,
    _REPOSITORY + _GATEWAY,
    _RETRIEVE + _REMOVE_DOCUMENTS,
    "This repository holds no such document.",
    "Cet entrepôt ne détient pas ce document.",
    "The uniqueId is wrong, an entryUUID was sent in its place, or the document was removed.",
    "Send the uniqueId and the repositoryUniqueId that a stored query shows.",
    "ITI TF-3: 4.2.4.1",
)
XDSMissingHomeCommunityId = Row(
    Severity.ERROR,
    _REGISTRY + _REPOSITORY + _GATEWAY,
    _QUERY + _RETRIEVE,
    "homeCommunityId is needed and absent.",
    "Le homeCommunityId est nécessaire et absent.",
    "A request to a gateway does not say which community it is for.",
    "Send the homeCommunityId that came with the object.",
    "ITI TF-3: 4.2.4.1",
)
XDSResultNotSinglePatient = Row(
    Severity.ERROR,
    _REGISTRY + _REPOSITORY + _GATEWAY,
    _QUERY + _RETRIEVE,
    "The answer would show whole objects of more than one patient.",
    "La réponse montrerait des objets complets de plusieurs patients.",
    "Ids of several patients' objects were asked for in one query.",
    "Ask for one patient at a time, or for ObjectRef.",
    "ITI TF-3: 4.2.4.1",
)
XDSStoredQueryMissingParam = Row(
    Severity.ERROR,
    _REGISTRY + _GATEWAY,
    _QUERY,
    "A parameter that the stored query requires is missing.",
    "Un paramètre obligatoire de la requête est absent.",
    "The parameter is misspelled, empty, or one of a choice was not given.",
    "Add the parameter named in the context.",
    "ITI TF-3: 4.2.4.1",
)
XDSStoredQueryParamNumber = Row(
    Severity.ERROR,
    _REGISTRY + _GATEWAY,
    _QUERY,
    "A parameter of one value came with several, or two that exclude each other.",
    "Un paramètre à valeur unique en a reçu plusieurs, ou deux paramètres s'excluent.",
    "A list was sent, a Slot was repeated, or entryUUID and uniqueId were both given.",
    "Send one value, or one of the two parameters.",
    "ITI TF-3: 4.2.4.1",
)
XDSTooManyResults = Row(
    Severity.ERROR,
    _REGISTRY + _REPOSITORY + _GATEWAY,
    _QUERY + _RETRIEVE,
    "The answer would be too large.",
    "La réponse serait trop volumineuse.",
    "The filters are too wide.",
    "Narrow the query by date or code, or ask for ObjectRef first.",
    "ITI TF-3: 4.2.4.1",
)
XDSUnavailableCommunity = Row(
    Severity.ERROR,
    _REGISTRY + _REPOSITORY + _GATEWAY,
    _QUERY + _RETRIEVE + _PROVIDE,
    "A community could not be reached.",
    "Une communauté n'a pas pu être jointe.",
    "Its gateway is down.",
    "Ask again later; the other communities have answered.",
    "ITI TF-3: 4.2.4.1",
)
XDSUnknownCommunity = Row(
    Severity.ERROR,
    _REGISTRY + _REPOSITORY + _GATEWAY,
    _QUERY + _RETRIEVE + _PROVIDE,
    "The homeCommunityId is not known.",
    "Le homeCommunityId n'est pas connu.",
    "The id is misspelled or belongs to a community without a gateway here.",
    "Send the homeCommunityId that came with the object.",
    "ITI TF-3: 4.2.4.1",
)
XDSUnknownRepositoryId = Row(
    Severity.ERROR,
    _REPOSITORY + _GATEWAY,
    _RETRIEVE + _REMOVE_DOCUMENTS,
    "The repositoryUniqueId is not that of this repository.",
    "Le repositoryUniqueId n'est pas celui de cet entrepôt.",
    "The request was sent to another repository than the one that the metadata names.",
    "Send the request to the repository named in the DocumentEntry.",
    "ITI TF-3: 4.2.4.1",
)
XDSUnknownStoredQuery = Row(
    Severity.ERROR,
    _REGISTRY + _GATEWAY,
    _QUERY,
    "The stored query is not known, or not in this transaction.",
    "La requête enregistrée n'est pas connue, ou pas dans cette transaction.",
    "The query UUID is misspelled or of another profile.",
    "Send one of the queries listed for this endpoint.",
    "ITI TF-3: 4.2.4.1",
)
TranscodingError = Row(
    Severity.ERROR,
    _GATEWAY,
    _FETCH,
    "Content could not be turned into the form asked for.",
    "Le contenu n'a pas pu être converti dans la forme demandée.",
    "The responder lacks the conversion.",
    "Ask for another form.",
    "ITI TF-3: 4.2.4.1",
)

# Any transaction
XDSRegistryBusy = Row(
    Severity.ERROR,
    _REGISTRY,
    _REGISTRY_ANY,
    "The registry has too much to do.",
    "Le registre est surchargé.",
    "Too many requests at once.",
    "Send the same request again later.",
    "ITI TF-3: 4.2.4.1",
)
XDSRepositoryBusy = Row(
    Severity.ERROR,
    _REPOSITORY,
    _REPOSITORY_ANY,
    "The repository has too much to do.",
    "L'entrepôt est surchargé.",
    "Too many requests at once.",
    "Send the same request again later.",
    "ITI TF-3: 4.2.4.1",
)
XDSRegistryError = Row(
    Severity.ERROR,
    _REGISTRY,
    _REGISTRY_ANY,
    "The registry failed, or no other code fits; nothing was changed.",
    "Le registre a échoué, ou aucun autre code ne convient ; rien n'a été modifié.",
    "A fault inside, or a request of a form that the standard names no code for.",
    "Correct the request if the context says how; else give the incident number to the operator.",
    "ITI TF-3: 4.2.4.1",
)
XDSRepositoryError = Row(
    Severity.ERROR,
    _REPOSITORY,
    _REPOSITORY_ANY,
    "The repository failed, or no other code fits; nothing was changed.",
    "L'entrepôt a échoué, ou aucun autre code ne convient ; rien n'a été modifié.",
    "A fault inside, or a request of a form that the standard names no code for.",
    "Correct the request if the context says how; else give the incident number to the operator.",
    "ITI TF-3: 4.2.4.1",
)
XDSRegistryOutOfResources = Row(
    Severity.ERROR,
    _REGISTRY,
    _REGISTRY_ANY,
    "The registry has no memory or storage left.",
    "Le registre n'a plus de mémoire ou de stockage.",
    "A disk is full.",
    "Tell the operator; send the same request again later.",
    "ITI TF-3: 4.2.4.1",
)
XDSRepositoryOutOfResources = Row(
    Severity.ERROR,
    _REPOSITORY,
    _REPOSITORY_ANY,
    "The repository has no memory or storage left.",
    "L'entrepôt n'a plus de mémoire ou de stockage.",
    "A disk is full, or the document is larger than the repository takes.",
    "Tell the operator; send the same request again later.",
    "ITI TF-3: 4.2.4.1",
)

# Metadata update
XDSMetadataUpdateError = Row(
    Severity.ERROR,
    _REGISTRY,
    _UPDATE,
    "The update is refused, and nothing more specific can be said.",
    "La mise à jour est refusée, sans motif plus précis.",
    "The object is not Approved, or the update changes what may not change.",
    "Look up the latest version and update that one.",
    "ITI TF-3: 4.2.4.1 (XDS Metadata Update)",
)
XDSPatientIDReconciliationError = Row(
    Severity.ERROR,
    _REGISTRY,
    _UPDATE + _RESTRICTED_UPDATE,
    "After the update related objects would belong to different patients.",
    "Après la mise à jour, des objets liés concerneraient des patients différents.",
    "patientId was changed on an object that has relations.",
    "Remove the relations first, or keep patientId.",
    "ITI TF-3: 4.2.4.1 (XDS Metadata Update)",
)
XDSMetadataUpdateOperationError = Row(
    Severity.ERROR,
    _REGISTRY,
    _UPDATE + _RESTRICTED_UPDATE,
    "What the update asks for cannot be understood.",
    "L'opération de mise à jour demandée est incompréhensible.",
    "A trigger slot is missing, wrong, or of another operation.",
    "Send PreviousVersion, or OriginalStatus and NewStatus, as the operation wants.",
    "ITI TF-3: 4.2.4.1 (XDS Metadata Update)",
)
XDSMetadataVersionError = Row(
    Severity.ERROR,
    _REGISTRY,
    _UPDATE + _RESTRICTED_UPDATE,
    "PreviousVersion is not the current version, or the logicalID is not known.",
    "PreviousVersion n'est pas la version courante, ou le logicalID est inconnu.",
    "Somebody else updated the object meanwhile.",
    "Look up the latest version and repeat the update on it.",
    "ITI TF-3: 4.2.4.1 (XDS Metadata Update)",
)
XDSObjectTypeError = Row(
    Severity.ERROR,
    _REGISTRY,
    _RESTRICTED_UPDATE,
    "The objectType is not supported or was changed.",
    "Le objectType n'est pas pris en charge ou a été modifié.",
    "A Folder was sent, or another objectType than the registered one.",
    "Send the DocumentEntry with its registered objectType.",
    "ITI TF-3: 4.2.4.1 (Restricted Metadata Update)",
)
XDSMetadataIdentifierError = Row(
    Severity.ERROR,
    _REGISTRY,
    _RESTRICTED_UPDATE,
    "An identifier is not the registered one.",
    "Un identifiant n'est pas celui qui est enregistré.",
    "uniqueId was changed.",
    "Keep the identifiers as registered.",
    "ITI TF-3: 4.2.4.1 (Restricted Metadata Update)",
)
XDSInvalidRequestException = Row(
    Severity.ERROR,
    _REGISTRY,
    _RESTRICTED_UPDATE,
    "A first version has no place in an update.",
    "Une version initiale n'a pas sa place dans une mise à jour.",
    "logicalID is absent or equals the entryUUID.",
    "Register the document with ITI-41 or ITI-42.",
    "ITI TF-3: 4.2.4.1 (Restricted Metadata Update)",
)
UnmodifiableMetadataError = Row(
    Severity.ERROR,
    _REGISTRY,
    _RESTRICTED_UPDATE,
    "An attribute was changed that may not change.",
    "Un attribut non modifiable a été modifié.",
    "repositoryUniqueId, sourcePatientId or documentAvailability differs.",
    "Send that attribute as registered.",
    "ITI TF-3: 4.2.4.1 (Restricted Metadata Update)",
)
LocalPolicyRestrictionError = Row(
    Severity.ERROR,
    _REGISTRY,
    _RESTRICTED_UPDATE,
    "A rule of this community forbids the update.",
    "Une règle du domaine interdit la mise à jour.",
    "The caller may not change this attribute.",
    "Ask the community's administrator.",
    "ITI TF-3: 4.2.4.1 (Restricted Metadata Update)",
)
XDSMetadataAnnotationError = Row(
    Severity.ERROR,
    _REGISTRY,
    _RESTRICTED_UPDATE,
    "The HasMember that announces the update is missing or wrong.",
    "Le HasMember qui annonce la mise à jour manque ou est erroné.",
    "SubmissionSet and DocumentEntry are not joined, or a slot of the association is wrong.",
    "Join them by a HasMember with PreviousVersion.",
    "ITI TF-3: 4.2.4.1 (Restricted Metadata Update)",
)

# Removal
ReferencesExistException = Row(
    Severity.ERROR,
    _REGISTRY,
    _REMOVE_METADATA,
    "An association that stays still points at an object to be removed.",
    "Une association conservée pointe encore vers un objet à supprimer.",
    "Associations of the object are not in the list.",
    "Put every association of the object into the list.",
    "ITI TF-3: 4.2.4.1 (Remove Metadata and Documents)",
)
XDSUnreferencedObjectException = Row(
    Severity.ERROR,
    _REGISTRY,
    _REMOVE_METADATA,
    "After the removal an object would be left without any association.",
    "Après la suppression, un objet resterait sans aucune association.",
    "Only part of a submission is removed.",
    "Put the object left over into the list too.",
    "ITI TF-3: 4.2.4.1 (Remove Metadata and Documents)",
)
XDSRemoveDocumentsError = Row(
    Severity.ERROR,
    _REPOSITORY,
    _REMOVE_DOCUMENTS,
    "The document is here and could not be removed.",
    "Le document est présent et n'a pas pu être supprimé.",
    "A rule keeps it, or storage failed.",
    "Ask the operator of the repository.",
    "ITI TF-3: 4.2.4.1 (Remove Metadata and Documents)",
)

# The DMP's own
DMPAccessDeniedByRightsService = Row(
    Severity.ERROR,
    _BOTH,
    (*_PROVIDE, *_REGISTRY_ANY, *_RETRIEVE),
    "The caller may not do this with this record, or with this document.",
    "L'appelant n'a pas le droit de faire cela sur ce dossier, ou sur ce document.",
    "No authorisation on the record, a mode of access that does not allow it, or a document of another author.",
    "The context names the rule: declare the authorisation (TD0.3), use the right mode, or ask the author.",
    "DMP: matrix of functional rights",
)

_TABLE = {name: row._replace(code=name) for name, row in globals().items() if isinstance(row, Row)}
globals().update(_TABLE)  # a row learns its code from its name: each is spelled once
