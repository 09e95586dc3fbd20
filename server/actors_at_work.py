"""The verbs of registry, repository and gateway, each in a unit of work of its own behind the guard. [ITI TF-1: 10.1]

Returning commits, refusing rolls back; what a caller may and what the journal keeps is the guard's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from access.mandate import Action, Deny, Mandate
from access.sight import EVERYTHING, Sight
from cda.header import Header
from registry import rights
from registry.actor import DocumentRegistry
from registry.store.seen import find_seen
from registry.store.work import SQLRegistryWork
from repository.actor import DocumentRepository
from repository.link import NO_HEADERS, RegistryLink
from repository.store import index
from repository.store.index import Holding
from server import errands, incidents, troubles
from server.content_reports import ContentReporter
from server.guard import Guard
from server.registry_link import codes_of
from server.visit import NOBODY, Errand, Visit
from sql.database import Busy, Database, Unavailable, Work
from xds.domain import Bite
from xds.errors import ErrorList
from xds.hl7v2 import DTM
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    FeedAcknowledgement,
    FeedOutcome,
    FeedResponse,
    PatientFeed,
    ProvideAndRegisterDocumentSet,
    RegisterDocumentSet,
    RegistryResponse,
    RemoveDocuments,
    RemoveDocumentsResponse,
    RemoveMetadata,
    RestrictedUpdateDocumentSet,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
    UpdateDocumentSet,
)
from xds.metadata import Submission


class RegistryAtWork:
    """The registry's verbs, each in a unit of work of its own: returning commits, refusing rolls back."""

    def __init__(self, registry: DocumentRegistry, guard: Guard) -> None:
        self._registry = registry
        self._guard = guard

    def register(self, request: RegisterDocumentSet, visit: Visit = NOBODY) -> RegistryResponse:
        """[ITI-42] *Raises* AssertionRefused, Busy, Unavailable, StorageFailure."""
        errand = errands.of_submission(request.submission, "ITI-42")
        act = self._unless_sealed(partial(self._registry.register, request))
        return self._change(visit, errand, act, may_be_single=True)

    def register_on_demand(self, request: RegisterDocumentSet, visit: Visit = NOBODY) -> RegistryResponse:
        """[ITI-61] *Raises* as ``register`` does."""
        errand = errands.of_submission(request.submission, "ITI-61")
        return self._change(visit, errand, self._unless_sealed(partial(self._registry.register_on_demand, request)))

    def update(self, request: UpdateDocumentSet, visit: Visit = NOBODY) -> RegistryResponse:
        """[ITI-57] *Raises* as ``register`` does."""
        errand = errands.of_update(request.submission, "ITI-57")
        return self._change(visit, errand, partial(self._registry.update, request))

    def update_restricted(self, request: RestrictedUpdateDocumentSet, visit: Visit = NOBODY) -> RegistryResponse:
        """[ITI-92] *Raises* as ``register`` does."""
        errand = errands.of_update(request.submission, "ITI-92")
        return self._change(visit, errand, partial(self._registry.update_restricted, request))

    def remove(self, request: RemoveMetadata, visit: Visit = NOBODY) -> RegistryResponse:
        """[ITI-62] *Raises* as ``register`` does."""
        errand = Errand(transaction="ITI-62", actions=(Action.DELETE,), objects=request.entry_uuids[:100])
        return self._change(visit, errand, lambda work, _mandate: self._registry.remove(request, work))

    def query(self, request: AdhocQueryRequest, visit: Visit = NOBODY) -> AdhocQueryResponse:
        """[ITI-18] *Raises* AssertionRefused, Busy, Unavailable."""
        registry = self._registry
        return self._guard.look(
            visit,
            errands.of_query(request, "ITI-18"),
            lambda work, _mandate, permit: registry.query(
                request, SQLRegistryWork(work, registry.domain), permit.sight
            ),
            _refuse_query,
            codes_of,
        )

    def query_multiple_patients(self, request: AdhocQueryRequest, visit: Visit = NOBODY) -> AdhocQueryResponse:
        """[ITI-51] An assertion vouches for one patient: with one, nobody asks about several. *Raises* as ``query`` does."""
        registry = self._registry
        return self._guard.look(
            visit,
            errands.of_query(request, "ITI-51"),
            lambda work, mandate, _permit: (
                _refuse_query(_ONE_PATIENT)
                if mandate.caller is not None
                else registry.query_multiple_patients(request, SQLRegistryWork(work, registry.domain))
            ),
            _refuse_query,
            codes_of,
        )

    def feed(self, request: PatientFeed, visit: Visit = NOBODY) -> FeedAcknowledgement:
        """[ITI-8], [ITI-44] What became of a message; one that the database does not take is refused. *Raises* StorageFailure."""
        registry = self._registry
        try:
            response = self._guard.change(
                visit,
                errands.of_feed(request, "ITI-44"),
                lambda work, _mandate: registry.feed(request, SQLRegistryWork(work, registry.domain)),
                lambda deny: FeedResponse(FeedOutcome.ERROR, f"{deny.reason} [{deny.rule}]"),
                lambda answer: (answer.reason or answer.outcome.name) if answer.is_refusal else "",
            )
        except (Busy, Unavailable) as error:
            number = incidents.new_incident(error, "a patient feed")
            told = troubles.explain(error, None).sentence.format(number=number)
            response = FeedResponse(FeedOutcome.REFUSED, told)
        return FeedAcknowledgement(request, response, registry.new_uuid(), DTM.at(registry.clock()))

    def _unless_sealed(
        self, act: Callable[[SQLRegistryWork, Mandate], RegistryResponse]
    ) -> Callable[[SQLRegistryWork, Mandate], RegistryResponse]:
        """Where lots must be signed nobody goes around the repository, which holds the signature against the bytes."""
        is_sealed = self._registry.domain.seals.lot is Bite.ERROR

        def judged(work: SQLRegistryWork, mandate: Mandate) -> RegistryResponse:
            return _refuse(_SEALED_LOTS) if is_sealed and mandate.caller is not None else act(work, mandate)

        return judged

    def _change(
        self,
        visit: Visit,
        errand: Errand,
        act: Callable[[SQLRegistryWork, Mandate], RegistryResponse],
        *,
        may_be_single: bool = False,
    ) -> RegistryResponse:
        domain = self._registry.domain
        return self._guard.change(
            visit,
            errand,
            lambda work, mandate: act(SQLRegistryWork(work, domain), mandate),
            _refuse,
            codes_of,
            may_be_single=may_be_single,
        )


class _NotingLink:
    """A link to the registry that knows whether it was used."""

    def __init__(self, link: RegistryLink) -> None:
        self._link = link
        self.was_asked = False

    def register(
        self, submission: Submission, holdings: tuple[Holding, ...], headers: Mapping[str, Header] = NO_HEADERS
    ) -> RegistryResponse:
        """As the link does."""
        self.was_asked = True
        return self._link.register(submission, holdings, headers)


class RepositoryAtWork:
    """The repository's verbs. ``provide`` opens its units of work where bytes and metadata meet: in its link."""

    def __init__(
        self,
        repository: DocumentRepository,
        database: Database,
        guard: Guard,
        link: Callable[[Visit], RegistryLink],
        reporter: ContentReporter | None = None,
    ) -> None:
        self._repository = repository
        self._database = database
        self._guard = guard
        self._link = link
        self._reporter = reporter

    def provide(self, request: ProvideAndRegisterDocumentSet, visit: Visit = NOBODY) -> RegistryResponse:
        """[ITI-41] *Raises* AssertionRefused, StorageFailure, and what the link raises.

        What is refused here, before the registry is asked, is refused under the guard all the same: an assertion serves once, whoever
        may not submit is told nothing else, and the journal has a line.
        """
        link = _NotingLink(self._link(visit))
        response = refused = self._repository.provide(request, link)
        if visit.caller is not None and response.errors.has_errors and not link.was_asked:
            errand = errands.of_submission(request.submission, "ITI-41")
            response = self._guard.change(visit, errand, lambda _work, _mandate: refused, _refuse, codes_of)
        if self._reporter is not None and not response.errors.has_errors:
            self._reporter.take(request)
        return response

    def retrieve(self, request: RetrieveDocumentSet, visit: Visit = NOBODY) -> RetrieveDocumentSetResponse:
        """[ITI-43] *Raises* AssertionRefused, Busy, Unavailable."""
        return self._guard.look(
            visit,
            errands.of_retrieval(request, "ITI-43"),
            lambda work, _mandate, permit: self._repository.retrieve(
                request, work, find_hidden(request, work, permit.sight)
            ),
            lambda deny: RetrieveDocumentSetResponse(errors=ErrorList([rights.denied(deny)])),
            codes_of,
            _given_by,
        )

    def remove(self, request: RemoveDocuments, visit: Visit = NOBODY) -> RemoveDocumentsResponse:  # noqa: ARG002
        """[ITI-86] *Raises* Busy, Unavailable, StorageFailure."""
        return self._repository.remove(request, index.removing(self._database.settle))


class GatewayAtWork:
    """The verbs of the community's Responding Gateway: it stands where registry and repository are both in the house."""

    def __init__(self, registry: DocumentRegistry, repository: DocumentRepository, guard: Guard) -> None:
        self._registry = registry
        self._repository = repository
        self._guard = guard

    @property
    def home_community_id(self) -> str:
        """The community for which it answers."""
        return self._registry.domain.home_community_id

    def query(self, request: AdhocQueryRequest, visit: Visit = NOBODY) -> AdhocQueryResponse:
        """[ITI-38] *Raises* AssertionRefused, Busy, Unavailable."""
        registry, domain = self._registry, self._registry.domain
        return self._guard.look(
            visit,
            errands.of_query(request, "ITI-38"),
            lambda work, _mandate, permit: registry.cross_gateway_query(
                request, SQLRegistryWork(work, domain, domain.home_community_id), permit.sight
            ),
            _refuse_query,
            codes_of,
        )

    def retrieve(self, request: RetrieveDocumentSet, visit: Visit = NOBODY) -> RetrieveDocumentSetResponse:
        """[ITI-39] *Raises* AssertionRefused, Busy, Unavailable."""
        return self._guard.look(
            visit,
            errands.of_retrieval(request, "ITI-39"),
            lambda work, _mandate, permit: self._repository.cross_gateway_retrieve(
                request, work, self.home_community_id, find_hidden(request, work, permit.sight)
            ),
            lambda deny: RetrieveDocumentSetResponse(errors=ErrorList([rights.denied(deny)])),
            codes_of,
            _given_by,
        )


_SEALED_LOTS = Deny(
    "DMP-SEALED-LOTS",
    "Lots are signed here, and a registry has no bytes to hold a signature against; expected ITI-41, to the repository.",
    "Les lots sont signés ici, et un registre n'a pas d'octets à confronter à une signature ; attendu : ITI-41, à l'entrepôt.",
)
_ONE_PATIENT = Deny(
    "DMP-ONE-PATIENT",
    "ITI-51 asks about several patients and an assertion vouches for one; expected ITI-18 for each, with an assertion of its own.",
    "ITI-51 porte sur plusieurs patients et une assertion sur un seul ; attendu : ITI-18 pour chacun, avec sa propre assertion.",
)


def find_hidden(request: RetrieveDocumentSet, work: Work, sight: Sight) -> frozenset[str]:
    """Of the documents asked for those that the caller may not know of; all are seen where nobody asks."""
    if sight is EVERYTHING:
        return frozenset()
    asked = frozenset(one.document_unique_id for one in request.requests)
    return asked - find_seen(work, asked, sight)


def _given_by(answer: RetrieveDocumentSetResponse) -> tuple[str, ...]:
    return tuple(one.request.document_unique_id for one in answer.documents)


def _refuse(deny: Deny) -> RegistryResponse:
    return RegistryResponse(ErrorList([rights.denied(deny)]))


def _refuse_query(deny: Deny) -> AdhocQueryResponse:
    return AdhocQueryResponse(errors=ErrorList([rights.denied(deny)]))
