"""The repository's way to its registry: the next room, or ITI-42 to another house. [ITI TF-2: 3.41.4.1.3, 3.42]

Next door, metadata and index commit together. Elsewhere they cannot, so the documents are *offered* first (committed), then the
registry is asked, then the offer is held or withdrawn; where no answer came, it stays until ``settle_offered`` has asked the
registry what it knows. Both are a ``repository.link.RegistryLink``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Protocol

from access.mandate import Deny, Mandate
from cda.header import Header
from record import traits
from registry import rights
from registry.actor import DocumentRegistry
from registry.store.work import SQLRegistryWork
from repository import checks
from repository.link import NO_HEADERS
from repository.store import index
from repository.store.content import ContentStore
from repository.store.index import Holding
from server import errands, incidents, past
from server.guard import Guard
from server.registry_client import NotSent, OutcomeUnknown, RegistryClient
from server.visit import NOBODY, Visit
from sql.database import Busy, Database, NeedsTransaction, Unavailable, Work
from xds import errors
from xds.errors import ErrorList
from xds.messages import AdhocQueryRequest, RegisterDocumentSet, RegistryResponse
from xds.metadata import Submission
from xds.vocabulary import ReturnType
from xds.wire.query import QueryAnswer

_log = logging.getLogger("coffre.link")

GET_DOCUMENTS = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
"""[ITI TF-2: 3.18.4.1.2.3.7.5]"""

SETTLE_AFTER_SECONDS = 600
"""How old an offer must be before the registry is asked of it: longer than it can still be working on the submission."""

ASK_MAX = 50
"""Documents asked for in one query."""


class LocalRegistryLink:
    """Registry and repository in one process and one database: one transaction for both. ``visit``: on whose behalf."""

    def __init__(self, registry: DocumentRegistry, guard: Guard, visit: Visit = NOBODY) -> None:
        self._registry = registry
        self._guard = guard
        self._visit = visit

    def register(
        self, submission: Submission, holdings: tuple[Holding, ...], headers: Mapping[str, Header] = NO_HEADERS
    ) -> RegistryResponse:
        """Metadata and index, both or neither. *Raises* StorageFailure: what the disk holds is unknown."""
        request = RegisterDocumentSet(submission)

        def act(work: Work, mandate: Mandate) -> RegistryResponse:
            disagreements = past.judge_headers(submission, headers, work, mandate)
            if mandate.caller is not None and not traits.speaks_for_patient(mandate.caller):
                # Their own documents patients send unsigned, and nobody else does. [CI-SIS SM 4.1]
                disagreements += tuple(checks.judge_unsigned(submission, self._registry.domain.seals.lot))
            if work.is_single:
                if disagreements.has_errors:
                    return RegistryResponse(disagreements)  # judged again, with all that is wrong
                index.join_holdings(work, holdings)
            answer = self._registry.register(request, SQLRegistryWork(work, self._registry.domain), mandate)
            answer = RegistryResponse(answer.errors + disagreements)
            if answer.errors.has_errors or work.is_concluded:
                return answer
            if work.is_single:
                raise NeedsTransaction  # a repetition: nothing to register, and perhaps bytes to hold again
            clashes = index.add_holdings(work, holdings)
            return RegistryResponse(answer.errors + _non_identical(clashes)) if clashes else answer

        try:
            errand = errands.of_submission(submission, "ITI-41")
            return self._guard.change(self._visit, errand, act, _refuse, codes_of, may_be_single=True)
        except Busy as error:
            number = incidents.new_incident(error, "ITI-41")
            busy = f"too many requests met on the same data; nothing was changed, send it again. Incident {number}"
            return RegistryResponse(ErrorList([errors.error(errors.XDSRegistryBusy, busy)]))
        except Unavailable as error:
            number = incidents.new_incident(error, "ITI-41")
            gone = (
                f"the registry's database refuses its work; nothing was changed, send it again later. Incident {number}"
            )
            return RegistryResponse(ErrorList([errors.error(errors.XDSRegistryNotAvailable, gone)]))


class RemoteRegistryLink:
    """The registry is another service. ``database`` holds the repository's index alone."""

    def __init__(
        self, client: RegistryClient, database: Database, content: ContentStore, repository_unique_id: str
    ) -> None:
        self._client = client
        self._database = database
        self._content = content
        self._repository_unique_id = repository_unique_id
        self._settling = threading.Lock()

    def register(
        self,
        submission: Submission,
        holdings: tuple[Holding, ...],
        headers: Mapping[str, Header] = NO_HEADERS,  # noqa: ARG002
    ) -> RegistryResponse:
        """Offers, asks, then holds or withdraws. *Raises* OutcomeUnknown: the offer stays until it is settled."""
        flaws = ErrorList(submission.findings)
        if flaws.has_errors:
            return RegistryResponse(flaws)
        offer = self._database.settle(lambda work: index.offer(work, holdings), lambda offer: bool(offer.clashes))
        if offer.clashes:
            return RegistryResponse(_non_identical(offer.clashes))
        try:
            answer = self._client.register(RegisterDocumentSet(submission))
        except NotSent as error:
            number = incidents.new_incident(error, "ITI-42")
            answer = RegistryResponse(ErrorList([_not_available(number)]))
        if answer.errors.has_errors:
            self._database.settle(lambda work: index.withdraw(work, offer.fresh), lambda _: False)
        else:
            self._hold(holdings)
        return RegistryResponse(answer.errors + flaws)

    def _hold(self, holdings: tuple[Holding, ...]) -> None:
        """Records what the registry has accepted; where that fails, the offer tells of it and is settled later."""
        try:
            self._database.settle(lambda work: index.add_holdings(work, holdings), lambda _: False)
        except (Busy, Unavailable) as error:
            raise OutcomeUnknown("registered, and not recorded yet") from error

    def close(self) -> None:
        """Closes the connection to the registry."""
        self._client.close()

    def settle_offered(self, now: float) -> int:
        """Asks the registry what became of old offers and holds or withdraws each; tells how many.

        *Raises* NotSent or OutcomeUnknown when the registry does not answer: what is left is settled another time.
        """
        settled = 0
        with self._settling, self._database.read() as work:
            waiting = index.find_offers(work, int(now) - SETTLE_AFTER_SECONDS)
        for some in _batches(waiting):
            known = self._find_registered(holding.unique_id for holding in some)
            accepted = [holding for holding in some if holding.unique_id in known]
            refused = [holding for holding in some if holding.unique_id not in known]
            self._database.settle(lambda work, held=accepted: index.add_holdings(work, held), lambda _: False)  # type: ignore[misc]
            self._database.settle(lambda work, lost=refused: index.withdraw(work, lost), lambda _: False)  # type: ignore[misc]
            for digest in {holding.digest for holding in refused}:
                self._content.remove_unheld(digest, index.asking(self._database.read))
            settled += len(some)
            _log.info("settled %d offers: %d held, %d withdrawn", len(some), len(accepted), len(refused))
        return settled

    def _find_registered(self, unique_ids: Iterable[str]) -> set[str]:
        """Of these documents those that the registry knows as ours.

        They may be of several patients, and one of them of two: references may be asked for together, whole entries may not.
        """
        refs = self._get_documents(ReturnType.OBJECT_REF, "$XDSDocumentEntryUniqueId", unique_ids).object_refs
        return {
            entry.unique_id
            for ref in refs
            for entry in self._get_documents(
                ReturnType.LEAF_CLASS, "$XDSDocumentEntryEntryUUID", [ref]
            ).objects.document_entries
            if entry.unique_id and entry.repository_unique_id == self._repository_unique_id
        }

    def _get_documents(self, return_type: ReturnType, parameter: str, ids: Iterable[str]) -> QueryAnswer:
        # One value an id: a list of them would soon exceed the 256 characters of a Value.
        values = tuple("('{}')".format(one.replace("'", "''")) for one in ids)
        answer = self._client.query(AdhocQueryRequest(GET_DOCUMENTS, return_type, {parameter: (values,)}))
        if answer.errors.has_errors:
            raise OutcomeUnknown(f"the registry answered GetDocuments with {', '.join(answer.errors.codes)}")
        return answer


def _refuse(deny: Deny) -> RegistryResponse:
    return RegistryResponse(ErrorList([rights.denied(deny)]))


class _Told(Protocol):
    @property
    def errors(self) -> ErrorList: ...


def codes_of(answer: _Told) -> str:
    """The codes of an answer that refuses, for the journal; empty where nothing was refused."""
    return " ".join(dict.fromkeys(answer.errors.codes)) if answer.errors.has_errors else ""


def _non_identical(unique_ids: Sequence[str]) -> ErrorList:
    return ErrorList(
        errors.error(
            errors.XDSNonIdenticalHash,
            f"document {errors.shown(unique_id)} is held here with other bytes; expected a new uniqueId for them",
            unique_id,
        )
        for unique_id in unique_ids
    )


def _not_available(number: str) -> errors.RegistryError:
    told = f"the registry cannot be reached; nothing was changed, send the same request again later. Incident {number}"
    return errors.error(errors.XDSRegistryNotAvailable, told)


def _batches(holdings: Sequence[Holding]) -> Iterable[list[Holding]]:
    rest = iter(holdings)
    while some := list(islice(rest, ASK_MAX)):
        yield some
