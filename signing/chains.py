"""The chain from a certificate up to a trusted authority, built and validated by pyHanko's path validator. [RFC 5280: 6.1]

The one module that knows that library's words; it is imported when there is somebody to trust. Revocation is not its business here,
see ``revocation``.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from signing.certificates import UNREADABLE, is_strong, serial, unreadable
from signing.report import SignatureRefused, SubIndication

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from datetime import datetime

    from pyhanko_certvalidator.path import ValidationPath

T = TypeVar("T")

for _name in ("pyhanko", "pyhanko_certvalidator"):
    # They log the names of certificates and what else stands in a stranger's file. What they find is in our verdict.
    logging.getLogger(_name).setLevel(logging.CRITICAL)

Chain = tuple[x509.Certificate, ...]
"""The certificate, the authorities above it, the trusted one last."""


class Chains:
    """Trusted and intermediate authorities. Not for several threads at once: the library reads certificates piece by piece."""

    def __init__(self, anchors: Iterable[x509.Certificate], intermediates: Iterable[x509.Certificate]) -> None:
        from asn1crypto.x509 import Certificate
        from pyhanko_certvalidator import authority, registry

        self._load = Certificate.load
        roots = [(anchor, self._load(anchor.public_bytes(Encoding.DER))) for anchor in anchors]
        between = [(one, self._load(one.public_bytes(Encoding.DER))) for one in intermediates]
        # By what the library holds, so that it hands back what we were given.
        self._given = {loaded.sha256: given for given, loaded in (*roots, *between)}
        # A name nobody here bears is refused before the library sees it: it keeps each name that it is asked for.
        self._names = frozenset(loaded.subject.hashable for _, loaded in (*roots, *between))
        self._trusted = registry.SimpleTrustManager.build(
            trust_roots=[
                authority.CertTrustAnchor(
                    loaded,
                    authority.TrustQualifiers(
                        max_path_length=loaded.max_path_length,
                        valid_from=anchor.not_valid_before_utc,
                        valid_until=anchor.not_valid_after_utc,
                    ),
                )
                for anchor, loaded in roots
            ]
        )
        self._registry = registry.CertificateRegistry.build([loaded for _, loaded in between])
        self._builder = registry.PathBuilder(self._trusted, self._registry)

    def find(self, certificate: x509.Certificate, at: datetime) -> tuple[Chain, ...]:
        """Every chain that holds at that moment, at least one. *Raises* SignatureRefused when none does."""
        chains: list[Chain] = []
        refusals: list[SignatureRefused] = []
        for path in self._build(certificate):
            chain = (certificate, *(self._given[one.sha256] for one in reversed(list(path.iter_certs(True))[:-1])))
            try:
                self._validate(path, chain, at)
            except SignatureRefused as refusal:
                refusals.append(refusal)
            else:
                chains.append(chain)
        if chains:
            return tuple(chains)
        # Of a chain that is broken and one that is out of date, the second tells more.
        raise next(
            (one for one in refusals if one.sub_indication is not SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
            no_chain(certificate),
        )

    def _build(self, certificate: x509.Certificate) -> list[ValidationPath]:
        from pyhanko_certvalidator.errors import PathBuildingError

        try:
            leaf = self._load(certificate.public_bytes(Encoding.DER), strict=True)
            if leaf.issuer.hashable not in self._names:
                return []
            # A path without length says that the certificate bears an authority's name and key: nobody issued that one.
            return [path for path in complete(self._builder.async_build_paths(leaf)) if path.pkix_len]
        except PathBuildingError:
            return []
        except Exception as error:
            # A foreign library reads a stranger's bytes: whatever it stumbles over, nothing has been proven.
            raise unreadable() from error

    def _validate(self, path: ValidationPath, chain: Chain, at: datetime) -> None:
        from pyhanko_certvalidator import ValidationContext, errors
        from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy
        from pyhanko_certvalidator.validate import async_validate_path

        leaf = chain[0]
        if not all(is_strong(one.public_key()) for one in chain):
            raise _constraint(
                leaf, "is weakly signed", "est faiblement signé", SubIndication.CRYPTO_CONSTRAINTS_FAILURE
            )
        context = ValidationContext(
            moment=at,
            time_tolerance=timedelta(0),
            revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
            trust_manager=self._trusted,
            certificate_registry=self._registry,
        )
        try:
            complete(async_validate_path(context, path))
        except errors.DisallowedAlgorithmError as error:
            raise _constraint(
                leaf, "is weakly signed", "est faiblement signé", SubIndication.CRYPTO_CONSTRAINTS_FAILURE
            ) from error
        except errors.ExpiredError as error:
            raise (_expired(leaf) if error.is_ee_cert else _constraint(leaf, *_AUTHORITY_OUT_OF_DATE)) from error
        except errors.NotYetValidError as error:
            raise (_not_yet_valid(leaf) if error.is_ee_cert else _constraint(leaf, *_AUTHORITY_OUT_OF_DATE)) from error
        except Exception as error:
            # As above; and a signature that does not fit the issuer's kind of key is an assertion that fails there.
            if not _is_signed_through(chain):
                raise no_chain(leaf) from error
            if not isinstance(error, errors.ValidationError):
                raise unreadable() from error
            raise _constraint(leaf, "breaks a constraint", "enfreint une contrainte") from error


_AUTHORITY_OUT_OF_DATE = ("is out of date", "n'est pas dans sa période de validité")


def complete(steps: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives that waits for nothing: no fetcher is there to wait for."""
    try:
        steps.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    steps.close()
    raise RuntimeError("the path validator waits for something, although there is nothing to fetch")


def _is_signed_through(chain: Chain) -> bool:
    """Whether each certificate bears the signature of the next: a foreign authority can bear the same name."""
    try:
        for issued, issuer in pairwise(chain):
            issued.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def no_chain(certificate: x509.Certificate) -> SignatureRefused:
    """Nobody trusted issued the certificate."""
    return SignatureRefused(
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
        "SIG-CERT-CHAIN",
        f"The certificate {serial(certificate)} was not issued by an authority that is trusted here.",
        f"Le certificat {serial(certificate)} n'est pas émis par une autorité reconnue ici.",
    )


def _expired(certificate: x509.Certificate) -> SignatureRefused:
    end = f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    return SignatureRefused(
        SubIndication.EXPIRED,
        "SIG-CERT-EXPIRED",
        f"The certificate {serial(certificate)} ran out on {end}.",
        f"Le certificat {serial(certificate)} a expiré le {end}.",
    )


def _not_yet_valid(certificate: x509.Certificate) -> SignatureRefused:
    start = f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}"
    return SignatureRefused(
        SubIndication.NOT_YET_VALID,
        "SIG-CERT-NOT-YET-VALID",
        f"The certificate {serial(certificate)} is valid from {start} on only.",
        f"Le certificat {serial(certificate)} n'est valide qu'à partir du {start}.",
    )


def _constraint(
    certificate: x509.Certificate,
    seen: str,
    seen_fr: str,
    sub_indication: SubIndication = SubIndication.CHAIN_CONSTRAINTS_FAILURE,
) -> SignatureRefused:
    return SignatureRefused(
        sub_indication,
        "SIG-CERT-CONSTRAINTS",
        f"In the chain of the certificate {serial(certificate)}, a certificate {seen}.",
        f"Dans la chaîne du certificat {serial(certificate)}, un certificat {seen_fr}.",
    )
