"""Who may sign: a certificate is judged by its key, its usage, its chain, its dates and the revocation lists. Nothing is fetched.

Trust anchors, intermediate authorities, lists and the moment are given from outside; what a signature brings along of a chain is never
trusted. Who the signer is in the domain, and what the signature covers, are for others. [ETSI EN 319 102-1: 5.2.6; RFC 5280: 6]
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from signing import certificates
from signing.chains import Chains, no_chain
from signing.policy import Revocation
from signing.report import SignatureRefused, Signer, SubIndication
from signing.revocation import RevocationLists, Standing
from signing.trust_files import TrustError, TrustFiles, read_trust_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cryptography import x509

    from signing.chains import Chain

__all__ = ["NOBODY_TRUSTED", "Purpose", "Trust", "TrustError", "load_trust"]

VERDICT_SECONDS = 60
"""How long a verdict may be used again: a list that is replaced meanwhile is asked by the next judgement."""

VERDICTS_MAX = 4096
"""Certificates whose verdicts are kept; the oldest goes first."""


class Purpose(StrEnum):
    """What was signed: a document or a lot; the assertion of a request."""

    SEAL = "seal"
    ASSERTION = "assertion"


class _Verdict(NamedTuple):
    """A certificate that passed, and from when to when that may be said again."""

    since: datetime
    until: datetime
    signer: Signer


class Trust:
    """Whom we trust, and what their lists say. Shared by threads."""

    def __init__(
        self,
        anchors: Iterable[x509.Certificate],
        intermediates: Iterable[x509.Certificate] = (),
        revocation_lists: Iterable[x509.CertificateRevocationList] = (),
        revocation: Revocation = Revocation.KNOWN,
    ) -> None:
        self.revocation: Final = revocation
        self._judging = Lock()
        self.adopt(TrustFiles(tuple(anchors), tuple(intermediates), tuple(revocation_lists)))

    def adopt(self, files: TrustFiles) -> None:
        """Trusts these authorities and lists from now on, instead of those before; forgets every verdict."""
        chains = Chains(files.anchors, files.intermediates) if files.anchors else None
        lists = RevocationLists(files.revocation_lists)
        with self._judging:
            self.files = files
            self._chains = chains
            self._lists = lists
            self._passed: dict[tuple[bytes, Purpose], _Verdict] = {}

    def judge(self, certificate: bytes, at: datetime, purpose: Purpose) -> Signer:
        """The signer, if its certificate (DER) may sign for that purpose at that moment. *Raises* SignatureRefused.

        Only what passed is kept, for ``VERDICT_SECONDS`` at most and never beyond the end of a certificate of the chain or of a list
        that told of it. A refusal is judged anew each time: so strangers' certificates push nobody's verdict out.
        """
        key = (sha256(certificate).digest(), purpose)
        kept = self._passed.get(key)
        if kept is not None and kept.since <= at < kept.until:
            return kept.signer
        parsed = certificates.read(certificate)
        certificates.judge_alone(parsed)
        with self._judging:
            verdict = self._judge(parsed, at)
            if len(self._passed) >= VERDICTS_MAX and key not in self._passed:
                del self._passed[next(iter(self._passed))]
            self._passed[key] = verdict
        return verdict.signer

    def _judge(self, certificate: x509.Certificate, at: datetime) -> _Verdict:
        if self._chains is None:
            raise no_chain(certificate)
        refusals: list[SignatureRefused] = []
        for chain in self._chains.find(certificate, at):
            try:
                until, warnings = self._ask_lists(chain, at)
            except SignatureRefused as refusal:
                refusals.append(refusal)
                continue
            until = min(until, at + timedelta(seconds=VERDICT_SECONDS), *(one.not_valid_after_utc for one in chain))
            return _Verdict(at, until, certificates.signer_of(certificate, warnings))
        raise refusals[0]

    def _ask_lists(self, chain: Chain, at: datetime) -> tuple[datetime, tuple[str, ...]]:
        """Until when the lists say that the chain holds, and what they do not say. *Raises* SignatureRefused."""
        until = at + timedelta(seconds=VERDICT_SECONDS)
        warnings: list[str] = []
        if self.revocation is Revocation.OFF:
            return until, ()
        all_told = [(one, self._lists.ask(one, issuer, at)) for one, issuer in pairwise(chain)]
        for one, told in all_told:
            if told.standing is Standing.REVOKED:
                raise _revoked(one, told.since)
        for one, told in all_told:
            until = min(until, told.until or until)
            if told.standing is Standing.GOOD:
                continue
            if self.revocation is Revocation.REQUIRED:
                raise _untold(one, told.standing)
            warnings.append(f"The certificate {certificates.serial(one)} {_UNTOLD[told.standing][0]}.")
        return until, tuple(warnings)


NOBODY_TRUSTED: Final = Trust(())
"""Where no anchor was given: every certificate is refused."""


def load_trust(paths: Iterable[Path], revocation: Revocation = Revocation.KNOWN) -> Trust:
    """Trust in the authorities of files and folders: self-signed ones are anchors, others intermediate. *Raises* TrustError.

    Certificates that are no authority's, and keys, are passed over.
    """
    return Trust(*read_trust_files(paths), revocation)


_UNTOLD = {
    Standing.UNKNOWN: ("is told of by no revocation list", "n'est couvert par aucune liste de révocation"),
    Standing.STALE: (
        "is told of by a revocation list that has run out only",
        "n'est couvert que par une liste de révocation périmée",
    ),
}


def _revoked(certificate: x509.Certificate, since: datetime | None) -> SignatureRefused:
    return SignatureRefused(
        SubIndication.REVOKED,
        "SIG-CERT-REVOKED",
        f"The certificate {certificates.serial(certificate)} was revoked on {since:%Y-%m-%dT%H:%M:%SZ}.",
        f"Le certificat {certificates.serial(certificate)} a été révoqué le {since:%Y-%m-%dT%H:%M:%SZ}.",
    )


def _untold(certificate: x509.Certificate, standing: Standing) -> SignatureRefused:
    told, told_fr = _UNTOLD[standing]
    return SignatureRefused(
        SubIndication.TRY_LATER,
        "SIG-CERT-REVOCATION-UNKNOWN",
        f"The certificate {certificates.serial(certificate)} {told}.",
        f"Le certificat {certificates.serial(certificate)} {told_fr}.",
    )
