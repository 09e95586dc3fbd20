"""INSi for those who build a client of it: answers over HTTP like the téléservice, about people who do not exist. [INSi: WS_INS2]

    python -m ins.insi_simulator --port 8090

The people may be one's own, in a TOML file. Whoever is called PANNE gets the fault that INSi sends when its own sources fail.
No assertion is verified and no certificate asked for: what is simulated is the conversation, not the door.
"""

from __future__ import annotations

import argparse
import sys
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import WSGIApplication

from ins import insi_service, matching
from ins.insi_messages import NONE, ONE, SEVERAL, CertifiedIdentity, FormerINS
from ins.insi_service import OutOfOrder, Reply
from ins.matricule import Matricule
from ins.oids import INS_NIR_TEST, INSAuthority, find_authority
from ins.traits import StrictTraits, comparable, judge_traits

OUT_OF_ORDER = "PANNE"
_TECHNICAL = "insi_102"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Person:
    """Somebody made up, with the INS that goes with them."""

    traits: StrictTraits
    matricule: Matricule
    authority: INSAuthority = INS_NIR_TEST
    history: tuple[FormerINS, ...] = ()

    def __repr__(self) -> str:
        # Made up or not: people of a test file may be real enough.
        return "Person(…)"


def _person(number: str, *traits: str, former: str = "") -> Person:
    family, given_list, sex, day, place = traits
    names = StrictTraits(
        birth_family=family,
        birth_given=given_list.partition(" ")[0],
        birth_given_list=given_list,
        sex=sex,
        birth_date=day,
        birthplace=place,
    )
    past = FormerINS(matricule=Matricule.of_number(former), authority=INS_NIR_TEST.oid) if former else None
    return Person(traits=names, matricule=Matricule.of_number(number), history=(past,) if past else ())


PEOPLE = (
    _person("2790335238018", "MARTIN-LEROUX", "ALIX MARIE", "F", "1979-03-21", "35238"),
    _person("185072A004017", "D'ORNANO", "PIERRE-ALAIN LUC", "M", "1985-07-09", "2A004"),
    _person("2921199338042", "OKONKWO", "ADAEZE", "F", "1992-11-30", "99338", former="7921199999042"),
    _person("1540963113005", "DUPRE", "JEAN", "M", "1954-09-02", "63113"),
    _person("1540969123011", "DUPRE", "JEAN PAUL", "M", "1954-09-02", "69123"),
)
"""Invented: one to be found with hyphens, one with an apostrophe, one who had an INS before, and two who are told apart by place."""


def find(people: Sequence[Person], asked: StrictTraits) -> tuple[Person, ...]:
    """Those with the traits asked for. Any of the birth given names finds a person, a birthplace only narrows. [INSi: WS_INS2]"""
    given = f" {comparable(asked.birth_given)} "
    others = replace(asked, birth_given="", birth_given_list="")
    return tuple(
        person
        for person in people
        if given in f" {comparable(person.traits.birth_given_list)} "
        and not matching.contradictions(others, person.traits)
    )


def load_people(path: Path) -> tuple[Person, ...]:
    """People of a TOML file: tables ``people`` with the strict traits and ``number``, 13 characters. *Raises* ValueError, OSError."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("people", [])
    return tuple(_read_person(row, position) for position, row in enumerate(rows, 1))


def _read_person(row: Mapping[str, Any], position: int) -> Person:
    told = {key: str(value) for key, value in row.items()}
    number, oid = told.pop("number", ""), told.pop("authority", INS_NIR_TEST.oid)
    authority = find_authority(oid)
    try:
        person = Person(
            traits=StrictTraits(**told), matricule=Matricule.of_number(number), authority=authority or INS_NIR_TEST
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"person {position}: {error}") from error
    flaws = [flaw.sentence for flaw in judge_traits(person.traits)]
    if authority is None:
        flaws.append("the authority is none of the INS")
    if flaws:
        raise ValueError(f"person {position}: " + "; ".join(flaws))
    return person


def application(people: Sequence[Person] = PEOPLE) -> WSGIApplication:
    """The WSGI application of the simulator: POST asks, GET ?wsdl describes."""

    def answer(asked: StrictTraits) -> Reply:
        if comparable(asked.birth_family) == OUT_OF_ORDER:
            raise OutOfOrder(_TECHNICAL)
        found = find(people, asked)
        if len(found) == 1:
            return Reply(ONE, _certified(found[0]))
        return Reply(SEVERAL if found else NONE)

    return insi_service.application(answer)


def _certified(person: Person) -> CertifiedIdentity:
    return CertifiedIdentity(
        matricule=person.matricule, authority=person.authority, traits=person.traits, history=person.history
    )


class _Quiet(WSGIRequestHandler):
    """Requests are not told of on standard error."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a simulator in a test has no log."""


@contextmanager
def running(people: Sequence[Person] = PEOPLE, port: int = 0) -> Iterator[str]:
    """The simulator in a thread of its own, on a port of its own if none is named: its URL."""
    server = make_server("127.0.0.1", port, application(people), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="insi-simulator", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/insi"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m ins.insi_simulator",
        description="Answers like INSi, about people who do not exist.",
        epilog="example: python -m ins.insi_simulator --port 8090 --people people.toml",
    )
    made.add_argument("--port", type=int, default=8090, help="port on 127.0.0.1 (default: %(default)s)")
    made.add_argument("--people", type=Path, help="TOML file of one's own people, in the place of those built in")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until Ctrl-C. 2 when it cannot be started."""
    given = parser().parse_args(arguments)
    try:
        people = load_people(given.people) if given.people else PEOPLE
        server = make_server("127.0.0.1", given.port, application(people))
    except (OSError, ValueError) as error:
        print(f"the simulator cannot be started: {error}", file=sys.stderr)
        return 2
    print(f"INSi simulator: {len(people)} people, on http://127.0.0.1:{server.server_port}/insi (?wsdl)", flush=True)
    with server, suppress(KeyboardInterrupt):
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
