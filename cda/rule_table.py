"""Every rule by which a clinical document is judged, by its id: what ``coffre explain`` prints. [CI-SIS SM]"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cda import agreement_table, header_table, level1_table, people_table, replacement_table
from cda.findings import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        found.rule: found
        for table in (header_table, people_table, level1_table, agreement_table, replacement_table)
        for found in vars(table).values()
        if isinstance(found, Rule)
    }
)
"""Id → rule, in the order of the tables."""
