"""Affinity domains as files. [ITI TF-1: 10.4.1]"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ins import oids
from server import domain_files
from server.domain_files import CODED_ATTRIBUTES, DomainError
from xds import identifiers
from xds.domain import RESULTS_MAX, STANDARD_STATUSES, AffinityDomain, AssigningAuthority, Bite, ValueSet
from xds.vocabulary import AvailabilityStatus

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_BITES = st.sampled_from(Bite)
_DOMAINS = st.builds(
    AffinityDomain,
    name=_TEXTS,
    title=_TEXTS,
    repository_unique_id=_TEXTS,
    home_community_id=_TEXTS,
    authorities=st.lists(
        st.builds(
            AssigningAuthority,
            oid=_TEXTS,
            name=_TEXTS,
            is_ins=st.booleans(),
            is_test=st.booleans(),
            matricule_shape=_BITES,
            matricule_key=_BITES,
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    patients_known_beforehand=st.booleans(),
    cx_type_code=st.sampled_from(["", "NH"]),
    removal_allowed=st.booleans(),
    results_max=st.integers(1, 2**40),
    availability_statuses=st.sampled_from([STANDARD_STATUSES, frozenset(AvailabilityStatus)]),
    metadata_level=st.sampled_from([1, 2]),
    value_sets=st.dictionaries(
        st.sampled_from(CODED_ATTRIBUTES),
        st.builds(
            ValueSet,
            name=_TEXTS,
            codes=st.frozensets(st.tuples(_TEXTS, st.one_of(st.just(""), _TEXTS)), max_size=5),
            unknown_code=_BITES,
        ),
        max_size=3,
    ),
)
MINIMAL = """
name = "x"
title = "x"
repository_unique_id = "1.2"
home_community_id = "urn:oid:1.2"
patients_known_beforehand = true
[[authorities]]
oid = "1.2"
name = "x"
"""


@given(_DOMAINS)
def test_domain_written_and_read_back_is_the_same(domain: AffinityDomain) -> None:
    assert domain_files.parse_domain(domain_files.format_domain(domain), "x") == domain


@pytest.mark.parametrize("name", domain_files.built_in_names())
def test_built_in_domain_has_ids_that_can_be_registered(name: str) -> None:
    domain = domain_files.load_domain(name)
    assert domain.name == name
    assert identifiers.check_oid(domain.repository_unique_id) is None
    assert identifiers.check_home_community_id(domain.home_community_id) is None


def test_ihe_domain_is_plain_XDS() -> None:
    domain = domain_files.load_domain("ihe")
    assert [authority.oid for authority in domain.authorities] == [
        f"1.3.6.1.4.1.21367.13.20.{number}" for number in (1000, 2000, 3000)
    ]
    assert domain.patients_known_beforehand
    assert not domain.value_sets
    assert not domain.cx_type_code
    assert domain.removal_allowed
    assert domain.results_max == RESULTS_MAX
    assert domain.availability_statuses == STANDARD_STATUSES
    assert domain.metadata_level == 1


def test_dmp_domain_declares_every_matricule_authority_and_spares_the_key_of_test_ones() -> None:
    domain = domain_files.load_domain("dmp")
    declared = {authority.oid: authority for authority in domain.authorities}
    assert set(declared) == {authority.oid for authority in oids.AUTHORITIES if authority.kind.is_matricule}
    for authority in declared.values():
        assert authority.is_ins
        assert authority.matricule_shape is Bite.ERROR
        assert authority.matricule_key is (Bite.WARNING if authority.is_test else Bite.ERROR)
    assert domain.cx_type_code == "NH"
    assert not domain.patients_known_beforehand
    assert not domain.removal_allowed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("nme = 1", "nme is not a key of a domain file; the nearest is name"),
        ("[[authorities]]\noid='1'\nname='x'\nkey='off'", "authorities.key is not a key"),
        ("[value_sets.clas_code]\nname='x'", "value_sets.clas_code is not a key .*; the nearest is class_code"),
        ("[value_sets.class_code]\nname='x'\nunknown_code='maybe'", 'unknown_code must be "error", "warning" or "off"'),
        ("[value_sets.class_code]\nname='x'\n[value_sets.class_code.codes]\n'1.2'=[1]", "must be an array of texts"),
        ("[value_sets.class_code]\ncodes={}", "name must be given"),
        ("results_max = 0", "results_max must be a whole number from 1 on"),
        ("results_max = true", "results_max must be a whole number from 1 on"),
        ("results_max = '5'", "results_max must be a whole number from 1 on"),
        ("metadata_level = 3", "metadata_level must be 1 or 2"),
        ("metadata_level = true", "metadata_level must be 1 or 2"),
        ("availability_statuses = 'Archived'", "availability_statuses must be an array of urn:asip:ci-sis:2010"),
        ("availability_statuses = ['urn:asip:ci-sis:2010:StatusType:Archived']", "with the two of ebXML among them"),
        ("availability_statuses = [1, 2]", "availability_statuses must be an array"),
        ("removal_allowed = 1", "removal_allowed must be given, as true or false"),
    ],
)
def test_flawed_domain_is_refused_with_file_and_key(change: str, told: str) -> None:
    with pytest.raises(DomainError, match=f"region.toml: .*{told}"):
        domain_files.parse_domain(_with(change), "region.toml")


def test_domain_without_authority_is_refused() -> None:
    with pytest.raises(DomainError, match="declare at least one"):
        domain_files.parse_domain(MINIMAL.partition("[[")[0], "region.toml")


def test_domain_of_a_file_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "region.toml"
    file.write_text(MINIMAL + '[value_sets.mime_type]\nname="types"\ncodes={""=["text/xml"]}\n')
    domain = domain_files.load_domain(str(file))
    assert domain.value_sets["mime_type"].codes == {("text/xml", "")}


def test_name_that_is_no_domain_is_refused_and_the_built_in_ones_named() -> None:
    with pytest.raises(DomainError, match=r"neither a built-in domain \(dmp, ihe\)"):
        domain_files.load_domain("dpm")


def _with(change: str) -> str:
    return f"{change}\n{MINIMAL}" if not change.startswith("[") else f"{MINIMAL}\n{change}"
