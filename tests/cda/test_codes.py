"""Our code tables say what the published ones say. [CI-SIS ASS_X16, ASS_A11, ASS_A12]"""

from __future__ import annotations

from cda import codes
from tests.cda.shared import needs_codes, rows


@needs_codes
def test_every_type_has_the_class_of_the_published_table() -> None:
    for type_code, type_scheme, class_code, class_scheme in rows("ass-x16-type-to-class-dmp.tsv"):
        found = codes.find_class(type_code, type_scheme)
        assert found is not None, type_code
        assert (found.code, found.coding_scheme) == (class_code, class_scheme)


@needs_codes
def test_every_template_and_media_type_has_the_format_of_the_published_tables() -> None:
    for key, format_code, scheme in rows("ass-a11-template-to-format.tsv") + rows("ass-a12-mediatype-to-format.tsv"):
        found = (codes.FORMAT_OF_TEMPLATE | codes.FORMAT_OF_MEDIA_TYPE)[key]
        assert (found.code, found.coding_scheme) == (format_code, scheme)


@needs_codes
def test_classes_bear_the_published_labels() -> None:
    for class_code, scheme, label in rows("jdv-j57-class-code-dmp.tsv"):
        found = [code for code in codes._CLASS_OF_TYPE.values() if code.code == class_code]
        assert found, class_code
        assert {(code.coding_scheme, code.display_name[0].value) for code in found} == {(scheme, label)}


def test_type_of_another_scheme_has_no_class() -> None:
    assert codes.find_class("11502-2", "1.2.3") is None


def test_code_without_label_is_its_own_label() -> None:
    assert codes.a_code("X", "1.2.3").display_name[0].value == "X"
