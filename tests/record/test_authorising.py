"""[TD0.3] Authorisations declared, removed, forbidden; médecins traitants. [DMP: TD0.3]"""

from __future__ import annotations

from datetime import timedelta

import pytest

from access.caller import AuthenticationMode
from access.mandate import Authorisation
from record.authorising import PROFESSIONAL_TYPE, STRUCTURE_TYPE, holder_named, own_holder
from record.messages import AuthorizationSet, Named
from tests.record.desk import NIA, Desk, a_domain, a_matricule

ROLE = "MEDECIN_TRAITANT"


def told(answer: AuthorizationSet) -> set[str]:
    """The ids of the rules that stand against a request."""
    return {rule.rule for rule in answer.problems}


def test_professional_who_declares_an_authorisation_has_it(desk: Desk) -> None:
    """[DMP: TD0.3]"""
    desk.create()
    doctor = desk.doctor()
    assert desk.standing(doctor).authorisation is Authorisation.NONE
    assert desk.authorise(doctor).context.startswith("authorisation added")
    assert desk.standing(doctor).authorisation is Authorisation.VALID
    assert desk.standing(desk.doctor()).authorisation is Authorisation.NONE
    assert desk.authorise(doctor).context.endswith("aucune action effectuée")


def test_four_meanings_of_the_request(desk: Desk) -> None:
    """Access; access and médecin traitant; no access; no longer médecin traitant, access kept. [DMP: TD0.3]"""
    desk.create()
    doctor = desk.doctor()
    desk.authorise(doctor, "AJOUT", ROLE)
    standing = desk.standing(doctor)
    assert (standing.authorisation, standing.is_treating) == (Authorisation.VALID, True)
    desk.authorise(doctor, "SUPPRESSION", ROLE)
    standing = desk.standing(doctor)
    assert (standing.authorisation, standing.is_treating) == (Authorisation.VALID, False)
    desk.authorise(doctor, "AJOUT", ROLE)
    desk.authorise(doctor, "SUPPRESSION")
    standing = desk.standing(doctor)
    assert (standing.authorisation, standing.is_treating) == (Authorisation.NONE, False)
    assert "absent" in desk.authorise(doctor, "SUPPRESSION").context
    assert "absent" in desk.authorise(doctor, "SUPPRESSION", ROLE).context


def test_several_doctors_may_be_treating_and_nobody_else(desk: Desk) -> None:
    """[DMP: TD0.3]"""
    desk.create()
    doctors = [desk.doctor() for _ in range(2)]
    for doctor in doctors:
        assert desk.authorise(doctor, "AJOUT", ROLE).problems == ()
    assert all(desk.standing(doctor).is_treating for doctor in doctors)
    assert told(desk.authorise(desk.nurse(), "AJOUT", ROLE)) == {"REC-AUTH-DOCTOR"}
    assert told(desk.authorise(desk.secretary("10B0127189"), "AJOUT", ROLE)) == {"REC-AUTH-DOCTOR"}


def test_secretary_declares_the_structure(desk: Desk) -> None:
    """[DMP: droits fonctionnels, CPE]"""
    desk.create()
    desk.authorise(desk.secretary("10B0127189"))
    assert desk.standing(desk.doctor(structure_id="10B0127189")).authorisation is Authorisation.VALID
    assert desk.standing(desk.doctor(structure_id="10B0127188")).authorisation is Authorisation.NONE
    indirect = desk.doctor(structure_id="X", authentication=AuthenticationMode.INDIRECT)
    assert own_holder(indirect) == "s:X"
    assert own_holder(desk._caller("801", None)) == ""
    assert own_holder(desk.doctor("801", structure_id="X", authentication=AuthenticationMode.REINFORCED)) == "p:801"


def test_patient_blocks_a_professional_who_can_do_nothing_about_it(desk: Desk) -> None:
    """[DMP: blocage]"""
    desk.create()
    doctor = desk.doctor()
    desk.authorise(doctor)
    named = Named(doctor.person_id, PROFESSIONAL_TYPE)
    assert desk.authorise(desk.himself(), "SUPPRESSION", holder=named).context.startswith("blocked")
    assert desk.standing(doctor).authorisation is Authorisation.FORBIDDEN
    for word in ("AJOUT", "SUPPRESSION"):
        assert told(desk.authorise(doctor, word)) == {"REC-AUTH-FORBIDDEN"}
    assert desk.authorise(desk.mother(), "AJOUT", holder=named).problems == ()
    assert desk.standing(doctor).authorisation is Authorisation.VALID


def test_patient_blocks_whoever_never_had_an_authorisation_and_whole_structures(desk: Desk) -> None:
    desk.create()
    desk.authorise(desk.himself(), "SUPPRESSION", holder=Named("10B0127189", STRUCTURE_TYPE))
    doctor = desk.doctor(structure_id="10B0127189")
    desk.authorise(doctor)
    assert desk.standing(doctor).authorisation is Authorisation.FORBIDDEN


def test_treating_doctor_whom_the_patient_designated_is_not_blocked(desk: Desk) -> None:
    """Who only declared themselves may be."""
    desk.create()
    doctor, declared = desk.doctor(), desk.doctor()
    named, other = Named(doctor.person_id, PROFESSIONAL_TYPE), Named(declared.person_id, PROFESSIONAL_TYPE)
    desk.authorise(desk.himself(), "AJOUT", ROLE, named)
    assert desk.standing(doctor).is_treating
    assert told(desk.authorise(desk.himself(), "SUPPRESSION", holder=named)) == {"REC-AUTH-TREATING"}
    desk.authorise(desk.himself(), "SUPPRESSION", ROLE, named)
    assert desk.authorise(desk.himself(), "SUPPRESSION", holder=named).problems == ()
    desk.authorise(declared, "AJOUT", ROLE)
    assert desk.authorise(desk.himself(), "SUPPRESSION", holder=other).problems == ()
    structure = Named("10B0127189", STRUCTURE_TYPE)
    assert told(desk.authorise(desk.himself(), "AJOUT", ROLE, structure)) == {"REC-AUTH-DOCTOR"}


def test_whom_a_request_is_about_is_named_by_the_patient_alone(desk: Desk) -> None:
    desk.create()
    assert told(desk.authorise(desk.himself())) == {"REC-AUTH-NAMED"}
    assert told(desk.authorise(desk.himself(), holder=Named("8", "1.2.3"))) == {"REC-AUTH-NAMED"}
    assert told(desk.authorise(desk.doctor(), holder=Named("8", PROFESSIONAL_TYPE))) == {"REC-AUTH-OTHERS"}
    assert told(desk.authorise(None)) >= {"REC-AUTH-CALLER"}
    assert told(desk.authorise(desk.doctor(patient=None))) >= {"REC-PATIENT-MISSING"}
    assert holder_named(Named("", PROFESSIONAL_TYPE)) == ""
    assert holder_named(Named("8" * 257, PROFESSIONAL_TYPE)) == ""


@pytest.mark.parametrize(("word", "role"), [("", ""), ("MODIFICATION", ""), ("AJOUT", "PHARMACIEN")])
def test_words_that_are_none_are_refused(desk: Desk, word: str, role: str) -> None:
    desk.create()
    assert "REC-AUTH-ACTION" in told(desk.authorise(desk.doctor(), word, role))


def test_authorisation_wants_an_active_record(desk: Desk) -> None:
    """[DMP: statut actif]"""
    assert told(desk.authorise(desk.doctor())) == {"REC-NOT-FOUND"}
    desk.create()
    desk.close()
    assert told(desk.authorise(desk.doctor())) == {"REC-CLOSED"}


def test_authorisation_runs_out_where_the_domain_says_so(desk: Desk) -> None:
    """[DMP: AUTORISATION EXPIRE]"""
    desk.domain = a_domain(authorisation_days=30)
    desk.create()
    doctor = desk.doctor()
    desk.authorise(doctor, "AJOUT", ROLE)
    desk.now += timedelta(days=29)
    assert desk.standing(doctor).authorisation is Authorisation.VALID
    desk.now += timedelta(days=1)
    standing = desk.standing(doctor)
    assert (standing.authorisation, standing.is_treating) == (Authorisation.EXPIRED, False)
    assert desk.authorise(doctor).context.startswith("authorisation added")
    assert desk.standing(doctor).authorisation is Authorisation.VALID


def test_block_outlives_a_merge_and_is_lifted_after_it(desk: Desk) -> None:
    """[ITI TF-2: 3.44.4.2.4]"""
    old = desk.other(patient=(a_matricule(), NIA))
    old.create()
    doctor = old.doctor()
    named = Named(doctor.person_id, PROFESSIONAL_TYPE)
    old.authorise(old.himself(), "SUPPRESSION", holder=named)
    desk.create()
    asking = desk.doctor(doctor.person_id)
    desk.authorise(asking)
    desk.merge(old.patient, desk.patient)
    assert desk.standing(asking).authorisation is Authorisation.FORBIDDEN
    assert told(desk.authorise(asking)) == {"REC-AUTH-FORBIDDEN"}
    desk.authorise(desk.himself(), "AJOUT", holder=named)
    assert desk.standing(asking).authorisation is Authorisation.VALID
    assert len(desk.authorised(asking).grants) == 1
