"""The service that INSi's messages are spoken with, by spyne: whoever can answer a question of traits answers like INSi.

Decides nothing about people. Nothing it meets is logged (see ``spyne_compat``). [INSi: WS_INS2]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import request_uri

from ins import insi_messages
from ins.insi_messages import NONE, ONE, SEVERAL, CertifiedIdentity
from ins.matricule import NUMBER_LENGTH
from ins.traits import StrictTraits

LABELS: Mapping[str, str] = MappingProxyType(
    {ONE: "OK", NONE: "Aucune identité trouvée", SEVERAL: "Plusieurs identités trouvées"}
)
_ANYWHERE = b"http://localhost/insi"
"""The address that the description names."""


class Reply(NamedTuple):
    """What is answered: a code, and the person where it is one."""

    code: str
    identity: CertifiedIdentity | None = None


class OutOfOrder(Exception):
    """The service cannot answer now; ``code`` is that of siram:Erreur."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def application(answer: Callable[[StrictTraits], Reply]) -> WSGIApplication:
    """The WSGI application: POST asks, GET describes. ``answer`` may raise OutOfOrder."""
    # spyne is imported by those who serve, not by all who import this room.
    from ins import spyne_compat as spyne

    make = _Types(spyne)

    def search(context: Any, traits: Any) -> Any:
        if None in (context.in_header or [None]):
            raise spyne.Fault("Client.siram_10", "ContexteBAM et ContexteLPS sont attendus.")
        try:
            return make.result(answer(_read_traits(traits)))
        except OutOfOrder as trouble:
            error = {f"{{{insi_messages.SIRAM}}}Erreur": trouble.code}
            raise spyne.Fault("Server.siram_40", "Le service est momentanément indisponible.", detail=error) from None

    operation = spyne.rpc(
        make.traits,
        _body_style="bare",
        _returns=make.RESULTAT,
        _in_message_name=f"{{{insi_messages.QUESTION}}}RECSANSVITALE",
        _out_message_name=f"{{{insi_messages.ANSWER}}}RESULTAT",
        _in_header=(make.ContexteBAM, make.ContexteLPS),
    )
    # spyne finds an operation by the name of its function, which must be that of the body's element.
    search.__name__ = "RECSANSVITALE"
    service = type("INSi", (spyne.Service,), {"RECSANSVITALE": operation(search)})
    served = spyne.Application(
        [service],
        tns=insi_messages.QUESTION,
        name="INSi",
        in_protocol=spyne.Soap12(validator="soft"),
        out_protocol=spyne.Soap12(),
    )
    served.event_manager.add_listener("method_exception_document", _finish_fault)
    return _Door(spyne.WsgiApplication(served))


class _Types:
    """INSi's elements as spyne wants them."""

    def __init__(self, spyne: Any) -> None:
        text, many = spyne.Unicode, "unbounded"
        needed = text(min_occurs=1)

        def made(namespace: str, name: str, **members: Any) -> Any:
            return spyne.ComplexModel.produce(namespace, name, list(members.items()))

        self.traits = made(
            insi_messages.QUESTION,
            "Traits",
            NomNaissance=needed,
            Prenom=text(min_occurs=1, max_occurs=many),
            Sexe=text(min_occurs=1, values=["M", "F"]),
            DateNaissance=text(min_occurs=1, pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}"),
            LieuNaissance=text(pattern="[0-9][0-9AB][0-9]{3}"),
        )
        contexts = {"Id": needed, "Temps": needed, "Emetteur": needed}
        self.ContexteBAM = made(insi_messages.CONTEXT_BAM, "ContexteBAM", **contexts)
        self.ContexteLPS = made(insi_messages.CONTEXT_LPS, "ContexteLPS", **contexts)
        answer = insi_messages.ANSWER
        self.CR = made(answer, "Report", CodeCR=text, LibelleCR=text)
        self.IdIndividu = made(answer, "Number", NumIdentifiant=text, Cle=text)
        self.INS = made(answer, "INS", IdIndividu=self.IdIndividu, OID=text, DateDeb=text, DateFin=text)
        names = ("NomNaissance", "Prenom", "ListePrenom", "Sexe", "DateNaissance", "LieuNaissance")
        self.TIQ = made(answer, "TIQ", **dict.fromkeys(names, text))
        self.INDIVIDU = made(
            answer, "Individual", INSACTIF=self.INS, INSHISTO=self.INS.customize(max_occurs=many), TIQ=self.TIQ
        )
        self.RESULTAT = made(answer, "Result", CR=self.CR, INDIVIDU=self.INDIVIDU)

    def result(self, reply: Reply) -> Any:
        """RESULTAT of an answer."""
        report = self.CR(CodeCR=reply.code, LibelleCR=LABELS.get(reply.code, reply.code))
        return self.RESULTAT(CR=report, INDIVIDU=reply.identity and self._individual(reply.identity))

    def _individual(self, identity: CertifiedIdentity) -> Any:
        traits = identity.traits
        return self.INDIVIDU(
            INSACTIF=self._ins(identity.matricule, identity.authority.oid),
            INSHISTO=[
                self._ins(former.matricule, former.authority, former.valid_from, former.valid_until)
                for former in identity.history
            ],
            TIQ=self.TIQ(
                NomNaissance=traits.birth_family,
                Prenom=traits.birth_given or None,
                ListePrenom=traits.birth_given_list,
                Sexe=traits.sex,
                DateNaissance=traits.birth_date,
                LieuNaissance=traits.birthplace,
            ),
        )

    def _ins(self, matricule: str, oid: str, valid_from: str = "", valid_until: str = "") -> Any:
        number = self.IdIndividu(NumIdentifiant=matricule[:NUMBER_LENGTH], Cle=matricule[NUMBER_LENGTH:])
        return self.INS(IdIndividu=number, OID=oid, DateDeb=valid_from or None, DateFin=valid_until or None)


def _read_traits(traits: Any) -> StrictTraits:
    """RECSANSVITALE. INSi takes several given names; the first is the one that is asked for."""
    return StrictTraits(
        birth_family=traits.NomNaissance,
        birth_given=traits.Prenom[0],
        sex=traits.Sexe,
        birth_date=traits.DateNaissance,
        birthplace=traits.LieuNaissance or "",
    )


def _finish_fault(context: Any) -> None:
    """spyne gives a detail its text and no attribute: INSi has the code in both."""
    for error in context.out_document.iter(f"{{{insi_messages.SIRAM}}}Erreur"):
        error.set("severite", "fatal")
        error.set("code", error.text)


class _Door:
    """Describes itself, and stands in where spyne lets what is no SOAP run through to the server."""

    def __init__(self, served: WSGIApplication) -> None:
        self._served = served
        self._description = (resources.files("ins") / "insi.wsdl").read_bytes()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI. [PEP 3333]"""
        if environ["REQUEST_METHOD"] == "GET":
            here = request_uri(environ, include_query=False).encode()
            start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8")])
            return [self._description.replace(_ANYWHERE, here)]
        try:
            return self._served(environ, start_response)
        except (AttributeError, StopIteration, TypeError, ValueError):
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"a SOAP 1.2 envelope is expected, with RECSANSVITALE in its body\n"]
