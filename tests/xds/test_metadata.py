"""Values of the metadata: what is changed in one, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from tests.samples import a_document_entry
from tests.samples.strategies import valid_submissions
from xds.metadata import Code, LocalizedString, Submission, changed


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


def test_code_tells_itself_as_a_dataclass_does_and_what_is_kept_of_it_does_not_count() -> None:
    """The digest of a submission is taken of it: what was sent before an upgrade must be known after it. [contract 5]"""
    code = Code("10", "1.2.3", (LocalizedString("Compte rendu d'examens", "fr"),))
    expected = (
        "Code(code='10', coding_scheme='1.2.3', "
        """display_name=(LocalizedString(value="Compte rendu d'examens", lang='fr'),))"""
    )
    assert [repr(code), repr(code)] == [expected, expected]
    assert repr(replace(code, code="11")) == expected.replace("'10'", "'11'")
    fresh = Code(code.code, code.coding_scheme, code.display_name)
    assert (fresh, hash(fresh)) == (code, hash(code))
