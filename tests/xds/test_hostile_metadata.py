"""Whatever a submission holds, it is read and judged: findings and errors, never an exception."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.samples import a_document_entry, a_domain, a_folder, a_submission, an_association
from tests.samples.strategies import texts
from xds import ebrim, rules
from xds.domain import ValueSet
from xds.metadata import Slot
from xds.transactions import ITI_41, ITI_42, ITI_57, ITI_61
from xds.vocabulary import AssociationType
from xds.wire import query, submission

ENTRY = a_document_entry(
    logical_id="Document01",
    version="1",
    home_community_id="urn:oid:1.2",
    reference_id_list=("7^^^&1.2&ISO^urn:t",),
    extra=(Slot("urn:x:y", ("1", "2")),),
)
BODY = b"".join(
    submission.write_submission(
        a_submission(
            document_entries=[ENTRY, replace(a_document_entry(), entry_uuid="Document02")],
            folders=[a_folder()],
            associations=[
                an_association(entry_uuid="F", source_object="Folder01"),
                an_association(entry_uuid="R", source_object="Document01", association_type=AssociationType.APND),
            ],
        )
    )
)
SIZE = len(list(etree.fromstring(BODY).iter()))
DOMAIN = a_domain(value_sets={"class_code": ValueSet("classes", frozenset({("A", "1.2")}))})

changes = st.lists(
    st.tuples(
        st.sampled_from(("drop", "double", "swap", "text", "attribute", "bare")), st.integers(1, SIZE - 1), texts
    ),
    min_size=1,
    max_size=6,
)


def changed(operations: list[tuple[str, int, str]]) -> etree._Element:
    """The request after some vandalism."""
    root = etree.fromstring(BODY)
    for operation, position, text in operations:
        elements = list(root.iter())
        element = elements[position % len(elements)]
        parent = element.getparent()
        if parent is None:
            continue
        match operation:
            case "drop":
                parent.remove(element)
            case "double":
                parent.append(etree.fromstring(etree.tostring(element)))
            case "swap":
                parent.insert(0, element)
            case "text":
                element.text = text
            case "attribute":
                for name in element.attrib:
                    element.set(name, text)
            case "bare":
                element.attrib.clear()
    return root


@settings(max_examples=400, deadline=None)
@given(changes)
def test_damaged_submission_is_read_and_judged(operations: list[tuple[str, int, str]]) -> None:
    read = submission.read_submission(changed(operations))
    for transaction in (ITI_41, ITI_42, ITI_57, ITI_61):
        found = rules.judge_submission(read, transaction, DOMAIN)
        assert all(error.code_context for error in found)
    for value in read.objects():
        assert ebrim.write(value)


@settings(max_examples=100, deadline=None)
@given(changes)
def test_damaged_objects_of_an_answer_are_read(operations: list[tuple[str, int, str]]) -> None:
    root = changed(operations)
    root.tag = query.ADHOC_QUERY_RESPONSE
    assert query.read_query_response(root).errors.has_errors
