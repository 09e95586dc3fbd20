"""[ITI-38] Cross Gateway Query: the stored queries of ITI-18 as another community asks them. [ITI TF-2: 3.38]

Here is only what the gateway adds: whose objects are asked for. ITI-18 answers, with our home on everything it shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from access.sight import EVERYTHING, Sight
from registry import query
from registry.facts import RegistryWork
from xds import errors
from xds.domain import RESULTS_MAX
from xds.errors import ErrorList, RegistryError, shown
from xds.messages import AdhocQueryRequest, AdhocQueryResponse

_CLAUSE = "ITI TF-2: 3.38.4.1.2"


def cross_gateway_query(
    request: AdhocQueryRequest,
    work: RegistryWork,
    home: str,
    results_max: int = RESULTS_MAX,
    sight: Sight = EVERYTHING,
) -> AdhocQueryResponse:
    """Answers a stored query for another community; ``home`` is ours, and ``work`` writes it on the objects it finds.

    An error's location is our home: the asker merges the answers of many. [ITI TF-2: 3.38.4.1.3]
    """
    problems = ErrorList(_judge_home(request, home))
    answer = query.query(request, work, results_max=results_max, home=home, problems=problems, sight=sight)
    return replace(answer, errors=answer.errors.located(home))


def _judge_home(request: AdhocQueryRequest, home: str) -> Iterator[RegistryError]:
    """An id means something in its own community only; a patient's id says by its authority whose it is."""
    row = query.find_query(request)
    if request.home:
        if request.home != home:
            sentence = f"AdhocQuery/@home is {shown(request.home)}; expected {home}, for which this gateway answers [{_CLAUSE}]"
            yield errors.error(errors.XDSUnknownCommunity, sentence)
    elif row is not None and not row.is_by_patient:
        sentence = f"{row.name} names objects by id and AdhocQuery/@home is missing; expected {home} [{_CLAUSE}]"
        yield errors.error(errors.XDSMissingHomeCommunityId, sentence)
