"""``coffre demo``: the main job end to end with an invented patient, each step told as a person would want to read it.

A step holds or the demonstration stops there with exit status 1; what it checks it checks on what the service answered.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from client import options, printing
from client.demo_service import DATA_FOLDER, DemonstrationService, usual_port
from client.demo_steps import PATIENT, Cast, Demonstration
from client.demonstration import AUTHOR, CAMILLE, COLLEAGUE
from client.options import vouching
from client.printing import Failed
from client.voucher import Voucher, of_patient, of_professional, of_structure


def run(arguments: Any) -> int:
    """Runs every step; the service started for it stays until Ctrl-C unless told otherwise."""
    teller = Teller(is_silent=arguments.json)
    if arguments.url:
        _perform(arguments.url, options.pki_folder(), teller)
        teller.conclude()
        return 0
    is_last = arguments.exit or os.environ.get("EXIT") == "1"
    # Whoever ends us must not leave the service behind: SIGTERM is treated like Ctrl-C, which a shell's background job would pass over.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with DemonstrationService(DATA_FOLDER, usual_port()) as served:
        with teller.step(f"Start the service in the French domain, data in {DATA_FOLDER}") as details:
            url = served.wait_until_ready()
            details.append(f"ready on {url}; its keys are for demonstrations only")
        # The service that was started trusts the keys that it has made, unless it was told of other authorities.
        folder = options.pki_folder() if os.environ.get("COFFRE_TRUST_ANCHORS") else DATA_FOLDER / "pki"
        _perform(url, folder, teller)
        teller.conclude()
        if is_last:
            return 0
        elsewhere = "" if url == options.DEFAULT_URL else f" --url {url}"
        teller.say(f"The service is still running on {url}; Ctrl-C stops it.")
        teller.say(f"Try: coffre search --ins {PATIENT.id_number} --status all --as {AUTHOR.person_id}{elsewhere}")
        teller.say(f"     coffre journal --ins {PATIENT.id_number} --limit 20{elsewhere}")
        try:
            served.wait()
        except KeyboardInterrupt:
            return 0
        raise Failed(f"the service ended by itself; {served.log} says why.")


def _perform(url: str, folder: Path, teller: Teller) -> None:
    """All steps, with a connection for each who takes part. *Raises* Failed, ServiceError where one does not hold."""
    patient = (PATIENT.id_number, PATIENT.authority)
    vouchers = vouching(
        lambda: (
            of_structure(folder, AUTHOR),
            of_professional(folder, AUTHOR),
            of_professional(folder, COLLEAGUE),
            of_patient(folder, patient),
        )
    )
    with ExitStack() as connections:
        found = (connections.enter_context(options.service_at(url, folder, _known(each, folder))) for each in vouchers)
        teller.say(
            f"The patient: {CAMILLE.given} {CAMILLE.family}, invented, INS {CAMILLE.matricule} of the test authority."
        )
        Demonstration(Cast(*found), folder, teller).run()


def _known(voucher: Voucher | None, folder: Path) -> Voucher:
    if voucher is None:
        raise Failed(
            f"the demonstration signs and vouches with demonstration keys, and {folder} has not all of them; set COFFRE_PKI "
            "to the folder that the service trusts, or remove a data folder that an older release has made."
        )
    return voucher


@dataclass(slots=True)
class Teller:
    """Prints steps with their milliseconds, or keeps them for JSON."""

    is_silent: bool
    steps: list[dict[str, object]] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """One step: its title, then the details that its block gathered and how long it took."""
        details: list[str] = []
        start = time.perf_counter()
        self.say(f"{len(self.steps) + 1}. {title}")
        try:
            yield details
        except BaseException:
            self._tell(details)
            self.say("   did not hold")
            raise
        elapsed = (time.perf_counter() - start) * 1000
        self.steps.append({"step": title, "held": True, "milliseconds": round(elapsed, 1), "details": details})
        self._tell(details)
        self.say(f"   {elapsed:.0f} ms")

    def say(self, line: str) -> None:
        """A line for people."""
        if not self.is_silent:
            print(line, flush=True)

    def conclude(self) -> None:
        """The end: everything held."""
        if self.is_silent:
            printing.print_json({"held": True, "steps": self.steps})
        self.say("Every step held.")

    def _tell(self, details: list[str]) -> None:
        for detail in details:
            self.say(f"   {printing.printable(detail)}")
