"""Files of trust that change while the service runs: authorities publish new revocation lists every few days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signing.policy import Revocation
from signing.trust import Trust
from signing.trust_files import read_trust_files, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class TrustKeeper:
    """A trust, and the files and folders that it was read from. ``trust`` stays the same object for as long as the service runs."""

    def __init__(self, paths: Iterable[Path], revocation: Revocation = Revocation.KNOWN) -> None:
        """Reads the files. *Raises* TrustError."""
        self._paths = tuple(paths)
        # Before the files: what changes while they are read is read again.
        self._stamp = stamp(self._paths)
        self.trust = Trust(*read_trust_files(self._paths), revocation)

    def look(self) -> bool:
        """Reads the files anew if one of them changed; says whether. *Raises* TrustError: then the trust stays as it was."""
        seen = stamp(self._paths)
        if seen == self._stamp:
            return False
        self.trust.adopt(read_trust_files(self._paths))
        self._stamp = seen
        return True
