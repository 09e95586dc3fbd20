"""Affinity domains as TOML files: read into a value, written back whole. [ITI TF-1: 10.4.1]

Knows the form of the file; what a domain's parts mean is told in ``xds.domain``. An unknown key is refused.

A value set lists its codes by coding scheme; for mimeType the scheme is the empty text::

    [value_sets.class_code]
    name = "class codes of the region"
    unknown_code = "warning"
    codes = { "1.2.250.1.213.1.1.4.1" = ["10", "11"] }
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from server.domain_policies import POLICIES, Unfit, format_policies, read_policies
from xds.domain import RESULTS_MAX, STANDARD_STATUSES, AffinityDomain, AssigningAuthority, Bite, ValueSet
from xds.vocabulary import AvailabilityStatus

_BUILT_IN = Path(__file__).with_name("domains")

CODED_ATTRIBUTES = (
    "class_code",
    "confidentiality_code",
    "content_type_code",
    "event_code_list",
    "code_list",
    "format_code",
    "healthcare_facility_type_code",
    "mime_type",
    "practice_setting_code",
    "type_code",
    "association_documentation",
)
"""Attributes a value set can be given for. [ITI TF-3: 4.2.3.1.2]"""


class DomainError(Exception):
    """A domain file that cannot be used; the text is one sentence that says what to do."""


def built_in_names() -> tuple[str, ...]:
    """The domains that come with the service."""
    return tuple(sorted(path.stem for path in _BUILT_IN.glob("*.toml")))


def load_domain(name_or_path: str) -> AffinityDomain:
    """A built-in domain by its name, or the domain of a file. Raises DomainError."""
    path = _BUILT_IN / f"{name_or_path}.toml" if name_or_path in built_in_names() else Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DomainError(
            f"{name_or_path} is neither a built-in domain ({', '.join(built_in_names())}) nor a readable file; "
            "set COFFRE_DOMAIN to one of them."
        ) from error
    except UnicodeDecodeError as error:
        raise DomainError(f"{path} is not UTF-8; save it again as UTF-8.") from error
    return parse_domain(text, str(path))


def parse_domain(text: str, where: str) -> AffinityDomain:
    """The domain a TOML text describes. Raises DomainError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DomainError(f"{where} is not TOML: {error}.") from error
    reader = _Reader(where)
    reader.check_keys(table, _names(AffinityDomain), "")
    domain = AffinityDomain(
        name=reader.text(table, "name"),
        title=reader.text(table, "title"),
        repository_unique_id=reader.text(table, "repository_unique_id"),
        home_community_id=reader.text(table, "home_community_id"),
        authorities=tuple(reader.authority(row) for row in reader.tables(table, "authorities")),
        patients_known_beforehand=reader.truth(table, "patients_known_beforehand"),
        cx_type_code=reader.text(table, "cx_type_code", ""),
        removal_allowed=reader.truth(table, "removal_allowed", True),
        results_max=reader.number(table, "results_max", RESULTS_MAX),
        availability_statuses=reader.statuses(table, "availability_statuses"),
        metadata_level=reader.level(table, "metadata_level"),
        value_sets={
            attribute: reader.value_set(attribute, row) for attribute, row in reader.table(table, "value_sets").items()
        },
        **reader.policies(table),
    )
    if not domain.authorities:
        raise DomainError(f"{where}: no [[authorities]]; declare at least one, without it no patientId is acceptable.")
    return domain


def format_domain(domain: AffinityDomain) -> str:
    """The domain as the TOML text that ``parse_domain`` reads back to the same value."""
    lines = [
        f"{name} = {_literal(getattr(domain, name))}"
        for name in _names(AffinityDomain)
        if name not in ("authorities", "value_sets", *POLICIES)
    ]
    for authority in domain.authorities:
        lines += ["", "[[authorities]]"]
        lines += [f"{name} = {_literal(getattr(authority, name))}" for name in _names(AssigningAuthority)]
    lines += format_policies(domain)
    for attribute, value_set in sorted(domain.value_sets.items()):
        lines += ["", f"[value_sets.{attribute}]", f"name = {_literal(value_set.name)}"]
        lines += [f"unknown_code = {_literal(value_set.unknown_code)}", f"[value_sets.{attribute}.codes]"]
        lines += [
            f"{_literal(scheme)} = [{', '.join(_literal(code) for code in codes)}]"
            for scheme, codes in codes_by_scheme(value_set.codes).items()
        ]
    return "\n".join(lines) + "\n"


def codes_by_scheme(codes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Codes under their coding schemes, both sorted."""
    schemes: dict[str, list[str]] = {}
    for code, scheme in sorted(codes, key=lambda pair: (pair[1], pair[0])):
        schemes.setdefault(scheme, []).append(code)
    return schemes


def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _literal(value: object) -> str:
    if isinstance(value, frozenset):
        return f"[{', '.join(_literal(each) for each in sorted(value))}]"
    # A JSON string is a TOML basic string, but for U+007F, which TOML wants escaped.
    return (
        str(value).lower()
        if isinstance(value, bool | int)
        else json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")
    )


class _Reader:
    """Takes typed values out of a TOML table, or says which file and key is at fault."""

    def __init__(self, where: str) -> None:
        self.where = where

    def check_keys(self, table: Mapping[str, Any], known: Iterable[str], inside: str) -> None:
        known = tuple(known)
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
                raise DomainError(f"{self.where}: {inside}{key} is not a key of a domain file; the nearest is {near}.")

    def text(self, table: Mapping[str, Any], key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (value == "" and default is None):
            raise DomainError(f"{self.where}: {key} must be given, as a text.")
        return value

    def truth(self, table: Mapping[str, Any], key: str, default: bool | None = None) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            raise DomainError(f"{self.where}: {key} must be given, as true or false.")
        return value

    def number(self, table: Mapping[str, Any], key: str, default: int) -> int:
        value = table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise DomainError(f"{self.where}: {key} must be a whole number from 1 on.")
        return value

    def level(self, table: Mapping[str, Any], key: str) -> int:
        value = table.get(key, 1)
        if value not in (1, 2) or isinstance(value, bool):
            raise DomainError(f"{self.where}: {key} must be 1 or 2.")
        return int(value)

    def statuses(self, table: Mapping[str, Any], key: str) -> frozenset[AvailabilityStatus]:
        values = table.get(key, [str(status) for status in STANDARD_STATUSES])
        known = set(map(str, AvailabilityStatus))
        if not isinstance(values, list) or not set(STANDARD_STATUSES) <= {str(value) for value in values} <= known:
            raise DomainError(
                f"{self.where}: {key} must be an array of {', '.join(sorted(known))}, with the two of ebXML among them."
            )
        return frozenset(map(AvailabilityStatus, values))

    def bite(self, table: Mapping[str, Any], key: str, default: Bite) -> Bite:
        try:
            return Bite(table.get(key, default))
        except ValueError as error:
            raise DomainError(f'{self.where}: {key} must be "error", "warning" or "off".') from error

    def table(self, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            raise DomainError(f"{self.where}: {key} must be a table.")
        return value

    def tables(self, table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise DomainError(f"{self.where}: {key} must be an array of tables, each begun by [[{key}]].")
        return value

    def policies(self, table: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return read_policies(table)
        except Unfit as error:
            raise DomainError(f"{self.where}: {error}") from error

    def authority(self, row: Mapping[str, Any]) -> AssigningAuthority:
        self.check_keys(row, _names(AssigningAuthority), "authorities.")
        return AssigningAuthority(
            oid=self.text(row, "oid"),
            name=self.text(row, "name"),
            is_ins=self.truth(row, "is_ins", False),
            is_test=self.truth(row, "is_test", False),
            matricule_shape=self.bite(row, "matricule_shape", Bite.OFF),
            matricule_key=self.bite(row, "matricule_key", Bite.OFF),
        )

    def value_set(self, attribute: str, row: Any) -> ValueSet:
        if not isinstance(row, dict):
            raise DomainError(f"{self.where}: value_sets.{attribute} must be a table.")
        self.check_keys({attribute: row}, CODED_ATTRIBUTES, "value_sets.")
        self.check_keys(row, _names(ValueSet), f"value_sets.{attribute}.")
        schemes = self.table(row, "codes")
        for scheme, codes in schemes.items():
            if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
                raise DomainError(f'{self.where}: value_sets.{attribute}.codes."{scheme}" must be an array of texts.')
        return ValueSet(
            name=self.text(row, "name"),
            codes=frozenset((code, scheme) for scheme, codes in schemes.items() for code in codes),
            unknown_code=self.bite(row, "unknown_code", Bite.ERROR),
        )
