"""The verbs that talk to a running service, each with its options; what a verb does stands in a module of its own.

``add_commands`` is what the command line calls; every command sets ``run``: arguments → exit status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from client import demo, options, verb_patient, verb_retrieval, verb_submit
from client.printing import telling

if TYPE_CHECKING:
    from client.options import Subparsers


def add_commands(subparsers: Subparsers) -> None:
    """Adds patient, submit, search, get and demo."""
    _add_patient(subparsers)
    _add_submit(subparsers)
    _add_search(subparsers)
    _add_get(subparsers)
    _add_demo(subparsers)


def _add_patient(subparsers: Subparsers) -> None:
    verb = options.add_verb(
        subparsers,
        "patient",
        "the record of a patient, by INS",
        "coffre patient add --ins 280073523800332 --authority test",
    )
    acts = verb.add_subparsers(dest="act", metavar="ACT", required=True)
    add = options.add_verb(
        acts,
        "add",
        "makes a patient known to the service (ITI-44)",
        "coffre patient add --ins '280073523800332^^^&1.2.250.1.213.1.4.10&ISO' --family EXEMPLE --given CAMILLE",
    )
    options.add_patient(add)
    add.add_argument(
        "--authority",
        choices=sorted(verb_patient.AUTHORITIES),
        default="nir",
        help="who gave a bare matricule (default: nir); a whole INS says it itself",
    )
    add.add_argument("--family", default="", metavar="NAME", help="birth family name")
    add.add_argument("--given", default="", metavar="NAME", help="first birth given name")
    add.add_argument("--sex", default="", choices=("F", "M"))
    add.add_argument("--birth-date", type=options.moment, metavar="YYYY-MM-DD")
    options.add_service(add)
    add.set_defaults(run=telling(verb_patient.add))
    merge = options.add_verb(
        acts,
        "merge",
        "merges an identifier into the one that replaces it (ITI-44)",
        "coffre patient merge 280073523811913 --old-authority nia --into 280073523800332",
    )
    merge.add_argument("old", type=options.patient, metavar="OLD", help="the identifier that is no longer used")
    merge.add_argument("--into", type=options.patient, required=True, metavar="NEW", help="the identifier that stays")
    authorities = sorted(verb_patient.AUTHORITIES)
    merge.add_argument(
        "--authority", choices=authorities, default="nir", help="who gave a bare matricule (default: nir)"
    )
    merge.add_argument("--old-authority", choices=authorities, help="who gave OLD, if another")
    options.add_service(merge)
    merge.set_defaults(run=telling(verb_patient.merge))
    show = options.add_verb(
        acts,
        "show",
        "counts what the registry holds for a patient (ITI-18)",
        "coffre patient show --ins 280073523800332",
    )
    options.add_patient(show)
    options.add_service(show)
    show.set_defaults(run=telling(verb_patient.show))


def _add_submit(subparsers: Subparsers) -> None:
    verb = options.add_verb(
        subparsers,
        "submit",
        "submits CDA documents in one lot (ITI-41), metadata from their headers",
        "coffre submit report.xml --ins 280073523800332",
    )
    verb.add_argument("files", nargs="+", metavar="FILE", help="a CDA document")
    options.add_patient(verb)
    verb.add_argument("--replace", metavar="UNIQUE_ID", help="uniqueId of the document that the one FILE replaces")
    verb.add_argument("--title", default="", help="title in place of the header's")
    verb.add_argument(
        "--type-code", type=options.code, metavar="CODE^^SCHEME", help="typeCode in place of the header's"
    )
    verb.add_argument(
        "--class-code", type=options.code, metavar="CODE^^SCHEME", help="classCode in place of the type's"
    )
    verb.add_argument(
        "--content-type-code", type=options.code, metavar="CODE^^SCHEME", help="contentTypeCode of the lot"
    )
    options.add_service(verb)
    verb.set_defaults(run=telling(verb_submit.submit))


def _add_search(subparsers: Subparsers) -> None:
    verb = options.add_verb(
        subparsers,
        "search",
        "lists the documents of a patient (ITI-18)",
        "coffre search --ins 280073523800332 --status all --since 2026-01-01",
    )
    options.add_patient(verb)
    verb.add_argument("--status", choices=sorted(verb_retrieval.STATUSES), default="approved", help="default: approved")
    for name in ("type", "class", "format"):
        verb.add_argument(
            f"--{name}-code" if name != "format" else "--format",
            dest=f"{name}_code",
            type=options.code_filter,
            action="append",
            default=[],
            metavar="CODE^^SCHEME",
            help=f"only with this {name}Code; repeat for any of several",
        )
    verb.add_argument("--since", type=options.moment, metavar="TIME", help="created then (UTC) or later")
    verb.add_argument("--until", type=options.moment, metavar="TIME", help="created before (UTC)")
    verb.add_argument("--unique-id", metavar="UNIQUE_ID", help="only this document")
    options.add_service(verb)
    verb.set_defaults(run=telling(verb_retrieval.search))


def _add_get(subparsers: Subparsers) -> None:
    verb = options.add_verb(
        subparsers,
        "get",
        "retrieves a document (ITI-43) and checks its bytes against the metadata",
        "coffre get 1.2.250.1.999.1.42 -o report.xml",
    )
    verb.add_argument("unique_id", metavar="UNIQUE_ID")
    verb.add_argument("-o", "--output", required=True, metavar="FILE", help="where to write it; - is standard output")
    verb.add_argument("--force", action="store_true", help="write over a file that is there")
    options.add_service(verb)
    verb.set_defaults(run=telling(verb_retrieval.get))


def _add_demo(subparsers: Subparsers) -> None:
    verb = options.add_verb(
        subparsers,
        "demo",
        "runs the main job end to end with an invented patient",
        "coffre demo --exit",
    )
    verb.add_argument("--exit", action="store_true", help="stop the service after the last step (also: EXIT=1)")
    options.add_service(verb)
    verb.set_defaults(run=telling(demo.run))
