"""A signed lot is judged as the DMP judges it: what is broken is told by the rule it breaks, and nothing of it stays. [DMP: signature]"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest

from interop_tests.conftest import Launch
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import names, vihf, wire
from interop_tests.witness.broken_lots import BROKEN, XSLT_TYPE, Broken, Scene
from interop_tests.witness.cda_seal import enveloped, enveloping, self_presenting
from interop_tests.witness.holders import Holder
from interop_tests.witness.lot import Seal, signed
from interop_tests.witness.metadata import Lot, new_ins_patient, new_oid
from interop_tests.witness.partner import Partner

_RULE = re.compile(r"\[([^\[\]]+)\]$")


@pytest.fixture(scope="module")
def service(launch: Launch) -> Iterator[Running]:
    """A service in the French profile, on the embedded database."""
    running = launch(domain="dmp", COFFRE_WORKERS=1)
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.fixture(scope="module")
def scene(service: Running) -> Scene:
    """The establishment of the demonstration PKI, and a patient."""
    return new_scene(service)


def new_scene(service: Running) -> Scene:
    """A patient of whom nothing is known yet."""
    pki = service.data / "pki"
    return Scene(Holder.read(pki, "establishment-seal"), Holder.read(pki, "establishment-tls"), new_ins_patient())


def source(service: Running, scene: Scene) -> Partner:
    """The doctor who wrote, at a system that sends lots as they are."""
    return service.partner().as_(vihf.professional(service.data / "pki"), scene.patient).unsealed()


def rules(answer: wire.Answer, severity: str = names.ERROR) -> dict[str, str]:
    """The rules that the errors name at the end of their codeContext, with their codes."""
    found = ((_RULE.search(error.context), error) for error in answer.errors if error.severity == severity)
    return {named[1]: error.code for named, error in found if named is not None}


def warnings(answer: wire.Answer) -> list[str]:
    """What warnings name: a rule, or the clause."""
    return sorted(
        named[1]
        for error in answer.errors
        if error.severity != names.ERROR and (named := _RULE.search(error.context)) is not None
    )


def check_refused(service: Running, scene: Scene, broken: Broken) -> wire.Answer:
    """By its rules and no others; the registry, the repository and the folder of bytes know nothing of it."""
    partner, before, sent = source(service, scene), service.content_files(), broken.make(scene)
    answer = partner.provide(sent)
    assert (answer.fault, answer.status) == (None, "Failure")
    told = rules(answer)
    assert told.keys() == broken.rules, answer.errors
    assert set(told.values()) == {"InvalidDocumentContent"}
    assert all(error.location for error in answer.errors if "SIG-LOT-MISSING" not in error.context)
    number = scene.patient.partition("^")[0]
    assert not any(number in error.context for error in answer.errors)
    assert service.content_files() == before
    unique_ids = [entry.unique_id for entry in sent.entries]
    for shown in (partner.get_documents(*unique_ids), partner.find_documents(scene.patient)):
        assert not set(shown.unique_ids) & set(unique_ids)
    retrieved = partner.retrieve(REPOSITORY, *unique_ids)
    assert (retrieved.documents, set(retrieved.codes)) == ({}, {"XDSDocumentUniqueIdError"})
    return answer


@pytest.mark.parametrize("what", BROKEN)
def test_broken_lot_is_refused_by_its_rule_and_leaves_nothing(service: Running, scene: Scene, what: str) -> None:
    """Everything that is wrong is told at once, in codeContext. [ITI TF-3: 4.2.4.1]"""
    assert check_refused(service, scene, BROKEN[what]).is_multipart
