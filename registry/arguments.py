"""Slots of a stored query ⇄ typed arguments: syntax, required, choice, how many. [ITI TF-2: 3.18.4.1.2.3.5, 3.18.4.1.2.3.6]

All that is wrong with a query is told at once. What the arguments select is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from registry import parameters
from registry.parameter_values import Unreadable, read_literals
from registry.parameters import Parameter
from registry.stored_queries import Count, Need, StoredQuery, Use
from xds import errors
from xds.errors import ErrorList, RegistryError

T = TypeVar("T")

SlotValues = tuple[tuple[str, ...], ...]
"""The raw values of all Slots of one name, a tuple a Slot."""

_LEVEL_2_ONLY = (parameters.ENTRY_LOGICAL_ID.name, parameters.FOLDER_LOGICAL_ID.name)
"""Without effect at level 1, as if they were unknown. [ITI Supplement XDS Metadata Update: 3.18.4.1.2.3.5.3]"""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was given to a stored query, by parameter. A parameter that was not given has no values."""

    slots: Mapping[str, tuple[tuple[object, ...], ...]] = field(default_factory=dict)

    def slots_of(self, parameter: Parameter[T]) -> tuple[tuple[T, ...], ...]:
        """The values of each Slot: OR within, AND between."""
        return cast("tuple[tuple[T, ...], ...]", self.slots.get(parameter.name, ()))

    def values_of(self, parameter: Parameter[T]) -> tuple[T, ...]:
        """The values of a parameter that has one Slot at most."""
        return next(iter(self.slots_of(parameter)), ())

    def value_of(self, parameter: Parameter[T]) -> T | None:
        """The value of a parameter that has one at most."""
        return next(iter(self.values_of(parameter)), None)


def read_arguments(query: StoredQuery, given: Mapping[str, SlotValues]) -> tuple[Arguments, ErrorList]:
    """The arguments of a query; they are complete only if there is no error. Unknown parameters are ignored."""
    problems: list[RegistryError] = []
    slots: dict[str, tuple[tuple[object, ...], ...]] = {}
    unreadable: set[str] = set()
    for use in query.uses:
        name = use.parameter.name
        if name not in given:
            continue
        found: list[tuple[object, ...]] = []
        for raw_values in given[name]:
            try:
                found.append(_read_slot(use.parameter, raw_values))
            except Unreadable as reason:
                unreadable.add(name)
                problems.append(_syntax_error(query, name, raw_values, reason))
        if usable := tuple(values for values in found if values):
            slots[name] = usable
    arguments = Arguments(slots)
    if arguments.value_of(parameters.METADATA_LEVEL) != 2:
        for name in _LEVEL_2_ONLY:
            slots.pop(name, None)
    problems.extend(_count_errors(query, slots))
    problems.extend(_missing_errors(query, slots.keys() | unreadable))
    return arguments, ErrorList(problems)


def _read_slot(parameter: Parameter[T], raw_values: tuple[str, ...]) -> tuple[T, ...]:
    read = parameter.kind.read
    literals = (literal for raw in raw_values for literal in read_literals(raw))
    return tuple(value for literal in literals if (value := read(literal)) is not None)


def _syntax_error(query: StoredQuery, name: str, raw_values: tuple[str, ...], reason: Unreadable) -> RegistryError:
    """No code is laid down for the syntax of a value. [ITI TF-3: Table 4.2.4.1-2, XDSRegistryError]"""
    text = " ".join(raw_values)
    # What stands where a patient's identifier should is told by its shape: an answer repeats no matricule.
    seen = errors.shape(text) if name.lower().endswith("patientid") else text[:80]
    return errors.error(errors.XDSRegistryError, f"{query.name}: {name} is {seen!r}, expected {reason}", name)


def _count_errors(query: StoredQuery, slots: Mapping[str, tuple[tuple[object, ...], ...]]) -> Iterator[RegistryError]:
    """[ITI TF-2: 3.18.4.1.2.3.5]"""
    for use in query.uses:
        name = use.parameter.name
        found = slots.get(name, ())
        if use.takes is not Count.MANY_SLOTS and len(found) > 1:
            sentence = f"{query.name}: {name} stands in {len(found)} Slots, expected one Slot"
            yield errors.error(errors.XDSStoredQueryParamNumber, sentence, name)
        elif use.takes is Count.ONE and found and len(found[0]) > 1:
            sentence = f"{query.name}: {name} has {len(found[0])} values, expected one"
            yield errors.error(errors.XDSStoredQueryParamNumber, sentence, name)
    choice = [use.parameter.name for use in query.uses if use.need is Need.CHOICE and use.parameter.name in slots]
    if len(choice) > 1:
        sentence = f"{query.name}: {' and '.join(choice)} were given, expected one of them only"
        yield errors.error(errors.XDSStoredQueryParamNumber, sentence, choice[1])


def _missing_errors(query: StoredQuery, given: set[str]) -> Iterator[RegistryError]:
    """[ITI TF-2: 3.18.4.1.2.3.7, 3.51.4.1.2]"""
    for use in query.uses:
        if use.need is Need.REQUIRED and use.parameter.name not in given:
            sentence = (
                f"{query.name}: {use.parameter.name} is required ({use.parameter.kind.name}), no usable value given"
            )
            yield errors.error(errors.XDSStoredQueryMissingParam, sentence, use.parameter.name)
    for need in (Need.CHOICE, Need.SELECTIVE):
        choice = [use for use in query.uses if use.need is need]
        if choice and not any(use.parameter.name in given for use in choice):
            wanted = ", ".join(_describe(use) for use in choice)
            sentence = f"{query.name}: {need.value.replace('these', wanted)} is required, none was given"
            yield errors.error(errors.XDSStoredQueryMissingParam, sentence, choice[0].parameter.name)


def _describe(use: Use) -> str:
    name = use.parameter.name
    return f"{name} (with {parameters.METADATA_LEVEL.name} 2)" if name in _LEVEL_2_ONLY else name
