"""The verbs that talk to a running service, each with its options; what a verb does stands in a module of its own.

``add_commands`` is what the command line calls; every command sets ``run``: arguments → exit status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.wire import LIMIT, LIMIT_MAX
from client import demo, options, verb_journal, verb_patient, verb_record, verb_retrieval, verb_submit, verb_update
from client.printing import telling

if TYPE_CHECKING:
    from client.options import Subparsers


def add_commands(subparsers: Subparsers) -> None:
    """Adds patient, submit, search, get, update, journal and demo."""
    _add_patient(subparsers)
    _add_submit(subparsers)
    _add_search(subparsers)
    _add_get(subparsers)
    _add_update(subparsers)
    _add_journal(subparsers)
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
    options.add_caller(show)
    options.add_service(show)
    show.set_defaults(run=telling(verb_patient.show))
    close = options.add_verb(
        acts,
        "close",
        "closes the record of a patient (TD1.4)",
        "coffre patient close --ins 280073523800332 --authority test --reason 'at the wish of the patient'",
    )
    reopen = options.add_verb(
        acts,
        "reopen",
        "reopens a closed record (TD1.2)",
        "coffre patient reopen --ins 280073523800332 --authority test",
    )
    close.add_argument("--reason", default="", metavar="TEXT", help="why, in words")
    for verb, run in ((close, verb_record.close), (reopen, verb_record.reopen)):
        options.add_patient(verb)
        verb.add_argument(
            "--authority", choices=authorities, default="nir", help="who gave a bare matricule (default: nir)"
        )
        options.add_service(verb)
        verb.set_defaults(run=telling(run))


def _add_submit(subparsers: Subparsers) -> None:
    verb = options.add_verb(
        subparsers,
        "submit",
        "submits CDA documents in one lot (ITI-41), metadata from their headers",
        "coffre submit report.xml --ins 280073523800332 --sign seal.key.pem seal.cert.pem",
    )
    verb.add_argument("files", nargs="+", metavar="FILE", help="a CDA document")
    options.add_patient(verb)
    verb.add_argument("--replace", metavar="UNIQUE_ID", help="uniqueId of the document that the one FILE replaces")
    seal = verb.add_mutually_exclusive_group()
    seal.add_argument(
        "--sign",
        nargs=2,
        metavar=("KEY.pem", "CERT.pem"),
        help="what signs the lot (default: for a patient with an INS the establishment's seal of the PKI folder, where there "
        "is one; else nothing)",
    )
    seal.add_argument("--unsigned", action="store_true", help="send the lot without a signature")
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
    options.add_caller(verb)
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
    options.add_patient(verb, is_required=False)
    options.add_caller(verb)
    options.add_service(verb)
    verb.set_defaults(run=telling(verb_retrieval.get))


def _add_update(subparsers: Subparsers) -> None:
    verb = options.add_verb(
        subparsers,
        "update",
        "masks, shows, archives or deletes a document (ITI-57)",
        "coffre update 1.2.250.1.999.1.42 --ins 280073523800332 --mask",
    )
    verb.add_argument("unique_id", metavar="UNIQUE_ID")
    changes = verb.add_mutually_exclusive_group(required=True)
    for name, change in verb_update.CHANGES.items():
        changes.add_argument(f"--{name}", dest="change", action="store_const", const=name, help=change.help)
    options.add_patient(verb, is_required=False)
    options.add_caller(verb)
    options.add_service(verb)
    verb.set_defaults(run=telling(verb_update.update))


def _add_journal(subparsers: Subparsers) -> None:
    verb = options.add_verb(
        subparsers,
        "journal",
        "shows who did what with a record, refusals too, as the patient sees it",
        "coffre journal --ins 280073523800332 --limit 20",
    )
    options.add_patient(verb)
    verb.add_argument(
        "--limit",
        type=options.count(LIMIT_MAX),
        default=LIMIT,
        metavar="N",
        help=f"lines at most, the newest (default: {LIMIT}, at most {LIMIT_MAX})",
    )
    verb.add_argument(
        "--as",
        dest="person",
        type=options.professional,
        metavar="PS_ID",
        help="as a professional sees it, in place of the patient",
    )
    options.add_service(verb)
    verb.set_defaults(run=telling(verb_journal.journal))


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
