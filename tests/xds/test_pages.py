"""The pages made from the tables say everything that the tables hold."""

from __future__ import annotations

from xds import attributes, errors, pages, rules


def test_page_of_errors_has_a_section_for_each_code() -> None:
    page = pages.errors_page()
    for row in errors.table():
        assert f"\n## {row.code}\n" in page
        assert row.meaning in page
        assert row.meaning_fr in page


def test_page_of_attributes_has_a_row_for_each_attribute_and_rule() -> None:
    page = pages.attributes_page()
    for table in (*attributes.OBJECT_TABLES, attributes.AUTHOR_SLOTS):
        assert f"\n## {table.name}\n" in page
        assert all(f"\n| {row.name} | {row.place} |" in page for row in table)
    assert all(f"\n| {rule.id} | {rule.name} |" in page for rule in rules.RULES)


def test_pages_are_the_same_each_time() -> None:
    assert pages.attributes_page() == pages.attributes_page()
    assert pages.errors_page() == pages.errors_page()
