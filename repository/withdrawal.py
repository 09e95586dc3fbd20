"""Bytes whose rows are gone, or never came, taken out of the store. [ITI TF-2: 3.41.4.1.3]"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from repository.store.content import ContentStore, IsHeld
from sql.database import Busy, Unavailable

_LOG = logging.getLogger(__name__)


def withdraw(content: ContentStore, digests: Iterable[bytes], is_held: IsHeld) -> None:
    """Removes what no document of the index is any more and nobody is submitting.

    The answer to the request stands without it, for no row names these bytes: what cannot be removed now is left to the sweep.
    """
    for digest in digests:
        try:
            content.remove_unheld(digest, is_held)
        except (OSError, Busy, Unavailable) as error:
            _LOG.warning("%s is left to the sweep: %s", digest.hex(), type(error).__name__)
