"""Removes bytes that nobody registered: what refused submissions and processes that died have left behind."""

from __future__ import annotations

from dataclasses import dataclass

from repository.store.content import ContentStore, IsHeld

GRACE_SECONDS_MIN = 3600
"""How old bytes must be before a sweep looks at them; far longer than any request takes."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep has removed."""

    documents: int
    size: int
    temporaries: int


def sweep(content: ContentStore, is_held: IsHeld, before: float) -> SweepReport:
    """Removes documents that no row of the index holds, and files begun and never finished, written before that moment (Unix seconds).

    Each document is removed under a lease of its own and only if the index, asked again under it, still does not hold it: a submission
    of the same bytes that is under way keeps them. *Raises* what ``is_held`` raises; what was removed by then stays removed.
    """
    documents = size = 0
    for file in content.files():
        if file.modified_at < before and not is_held(file.digest) and content.remove_unheld(file.digest, is_held):
            documents += 1
            size += file.size
    return SweepReport(documents, size, content.remove_temporaries(before))
