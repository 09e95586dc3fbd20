"""The client of INSi: strict traits in, the certified identity out. zeep over our own description of the service. [INSi: WS_INS2]

Neither log nor exception says anything of the person: libraries that would are silenced, and what they raise is told anew.
The service wants mutual TLS and an assertion that the caller signs: both are given, neither is made here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from ins import insi_messages, matching
from ins.insi_messages import MEANINGS, Answer, INSiFailure, Outcome
from ins.traits import Sex, StrictTraits, Trait, birth_day, judge_traits, normalised
from safexml import parser
from safexml.namespaces import WSSE, qname

if TYPE_CHECKING:
    import requests

TIMEOUT_SECONDS = 20
"""A person waits at a desk; past this, they are told to go on without."""

_ASKED = (Trait.BIRTH_FAMILY, Trait.BIRTH_GIVEN, Trait.SEX, Trait.BIRTH_DATE, Trait.BIRTHPLACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who asks: the establishment or professional, and the software with its authorisation number (IDAM). [INSi: ContexteLPS]"""

    emitter: str
    software: str
    version: str
    instance: str
    authorisation: str


class INSiClient:
    """Asks one address of INSi. May be shared by threads as far as the session may."""

    def __init__(
        self,
        url: str,
        sender: Sender,
        *,
        clock: Callable[[], datetime],
        new_uuid: Callable[[], str],
        session: requests.Session | None = None,
        timeout_seconds: int = TIMEOUT_SECONDS,
        meanings: Mapping[str, Outcome] = MEANINGS,
    ) -> None:
        """``clock`` gives UTC. ``session`` carries the client certificate; ``meanings`` those of CodeCR."""
        # zeep is imported by those who ask, not by all who import this room: it takes a tenth of a second.
        import zeep
        from zeep.transports import Transport

        # It would log whole messages. [decision 13]
        logging.getLogger("zeep").setLevel(logging.CRITICAL + 1)
        description = str(resources.files("ins") / "insi.wsdl")
        new_transport: Any = Transport
        new_client: Any = zeep.Client
        transport = new_transport(session=session, timeout=timeout_seconds, operation_timeout=timeout_seconds)
        self._client = new_client(description, transport=transport, settings=zeep.Settings(forbid_dtd=True))
        self._service = self._client.create_service("{http://www.cnamts.fr/webservice}INSiSoap12", url)
        self._sender = sender
        self._clock = clock
        self._new_uuid = new_uuid
        self._meanings = meanings

    def search(self, traits: StrictTraits, *, given: str = "", assertion: bytes = b"") -> Answer:
        """The INS of the person with these traits. *Raises* INSiFailure. [INSi: rechercherInsAvecTraitsIdentite]

        ``given`` is any of the birth given names, the first where none is named. ``assertion``: a SAML assertion, sent as it is.
        Whether the identity may be asked about at all is ``HealthIdentity.may_be_asked_of_insi``'s to say.
        """
        given = given or traits.birth_given or traits.birth_given_list.partition(" ")[0]
        question = _question(traits, given)
        return self._read(self._ask(question, self._headers(assertion)), traits, given)

    def _ask(self, question: Mapping[str, Any], headers: list[Any]) -> Any:
        """RESULTAT, or a refusal as an Answer. What the libraries raise may quote the message: nothing of it is kept."""
        import requests
        from lxml import etree
        from zeep import exceptions

        try:
            return self._service.rechercherInsAvecTraitsIdentite(**question, _soapheaders=headers)
        except exceptions.Fault as fault:
            if fault.code is not None:
                return Answer(outcome=Outcome.REFUSED, code=_code_of(fault))
            kind = "HTTP error without a SOAP fault"  # zeep calls so what has no Fault in it
        except requests.RequestException as error:
            raise INSiFailure(
                f"INSi cannot be reached ({type(error).__name__})", f"INSi est injoignable ({type(error).__name__})"
            ) from None
        except (exceptions.Error, etree.XMLSyntaxError, ValueError, LookupError, AttributeError, TypeError) as error:
            kind = type(error).__name__  # zeep meets what is no answer at all with any of these
        raise _not_understood(kind)

    def _read(self, result: Any, traits: StrictTraits, given: str) -> Answer:
        if isinstance(result, Answer):
            return result
        if getattr(result, "CR", None) is None:
            raise _not_understood("no CR in RESULTAT")
        code = str(result.CR.CodeCR or "").strip()
        outcome = self._meanings.get(code, Outcome.REFUSED)
        if outcome is not Outcome.ONE:
            return Answer(outcome=outcome, code=insi_messages.harmless_code(code))
        if result.INDIVIDU is None:
            raise INSiFailure(
                "INSi has found one person and tells no INDIVIDU", "INSi annonce une identité sans INDIVIDU"
            )
        identity = insi_messages.read_identity(result.INDIVIDU, given)
        return Answer(
            outcome=outcome,
            code=insi_messages.harmless_code(code),
            identity=identity,
            differences=matching.contradictions(traits, identity.traits),
        )

    def _headers(self, assertion: bytes) -> list[Any]:
        """ContexteBAM, ContexteLPS and, where there is one, the assertion in wsse:Security."""
        now = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        shared = {"Temps": now, "Emetteur": self._sender.emitter}
        make = self._client.get_element
        headers = [
            make(f"{{{insi_messages.CONTEXT_BAM}}}ContexteBAM")(
                Id=self._fresh_id(), COUVERTURE="", Version=insi_messages.VERSION_BAM, **shared
            ),
            make(f"{{{insi_messages.CONTEXT_LPS}}}ContexteLPS")(
                Id=self._fresh_id(), LPS=self._software(), Nature="CTXLPS", Version=insi_messages.VERSION_LPS, **shared
            ),
        ]
        return [*headers, _security(assertion)] if assertion else headers

    def _software(self) -> dict[str, Any]:
        return {
            "IDAM": {"_value_1": self._sender.authorisation, "R": "4"},
            "Version": self._sender.version,
            "Instance": self._sender.instance,
            "Nom": f"urn:lps:{self._sender.software}:{self._sender.version}",
        }

    def _fresh_id(self) -> str:
        return self._new_uuid().removeprefix("urn:uuid:")


def _question(traits: StrictTraits, given: str) -> dict[str, Any]:
    """RECSANSVITALE, in the spelling that INSi wants. *Raises* INSiFailure for traits that it could not be asked with."""
    flawed = {flaw.trait: flaw for flaw in judge_traits(traits)}
    if given:
        flawed.pop(Trait.BIRTH_GIVEN, None)
    if not traits.birthplace:
        flawed.pop(Trait.BIRTHPLACE, None)
    wrong = [flawed[trait] for trait in _ASKED if trait in flawed]
    if wrong:
        raise INSiFailure(
            "INSi cannot be asked: " + "; ".join(flaw.sentence for flaw in wrong),
            "INSi ne peut être interrogé : " + " ; ".join(flaw.sentence_fr for flaw in wrong),
        )
    if traits.known_sex is Sex.UNKNOWN:
        raise INSiFailure("INSi cannot be asked: it knows M and F only", "INSi ne connaît que M et F")
    day = birth_day(traits.birth_date).ljust(8, "0")
    question: dict[str, Any] = {
        "NomNaissance": normalised(traits.birth_family),
        "Prenom": [normalised(given)],
        "Sexe": str(traits.known_sex),
        "DateNaissance": f"{day[:4]}-{day[4:6]}-{day[6:]}",
    }
    return {**question, "LieuNaissance": traits.birthplace.strip().upper()} if traits.birthplace else question


def _not_understood(kind: str) -> INSiFailure:
    return INSiFailure(f"the answer of INSi cannot be understood ({kind})", f"réponse d'INSi incompréhensible ({kind})")


def _security(assertion: bytes) -> Any:
    """wsse:Security around an assertion, whose signature stays good: it is moved, not written anew. *Raises* INSiFailure."""
    try:
        element = parser.parse(assertion)
    except parser.HostileXML as hostile:
        raise INSiFailure(f"the assertion cannot be sent: {hostile.reason}", "assertion illisible") from None
    security = element.makeelement(qname(WSSE, "Security"), nsmap={"wsse": WSSE})
    security.append(element)
    return security


def _code_of(fault: Any) -> str:
    """The code of a refusal: that of siram:Erreur, else the innermost subcode, else the fault's."""
    detail = fault.detail
    error = None if detail is None else detail.find(f".//{{{insi_messages.SIRAM}}}Erreur")
    if error is not None and error.get("code"):
        return insi_messages.harmless_code(error.get("code"))
    subcodes = [getattr(code, "localname", code) for code in fault.subcodes or ()]
    return insi_messages.harmless_code(subcodes[-1] if subcodes else fault.code)
