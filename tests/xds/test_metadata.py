"""Values of the metadata: what is changed in one, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from tests.samples import a_document_entry
from tests.samples.strategies import valid_submissions
from xds.metadata import Submission, changed


@settings(max_examples=50, deadline=None)
@given(valid_submissions())
def test_value_with_fields_changed_is_the_one_that_replace_gives(value: Submission) -> None:
    for each in value.objects():
        assert changed(each, entry_uuid="urn:uuid:other", version="2") == replace(
            each, entry_uuid="urn:uuid:other", version="2"
        )
    assert changed(value, digest="d", folders=()) == replace(value, digest="d", folders=())
    assert changed(value, digest="d").digest == "d"


def test_value_that_was_changed_is_itself_the_same_as_before() -> None:
    entry = a_document_entry()
    before = entry.entry_uuid
    assert changed(entry, entry_uuid="another") is not entry
    assert entry.entry_uuid == before


def test_field_that_the_value_does_not_have_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        changed(a_document_entry(), source_object="another")
