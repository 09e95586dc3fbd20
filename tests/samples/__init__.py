"""Test data of our own making: valid by default, a test changes the one thing it is about. All people are invented."""

from tests.samples.metadata import (
    IHE_TEST_AUTHORITY,
    INS_TEST_AUTHORITY,
    a_code,
    a_document_entry,
    a_domain,
    a_folder,
    a_patient_id,
    a_submission,
    a_submission_set,
    an_association,
    an_author,
    fresh_oid,
    fresh_uuid,
)

__all__ = [
    "IHE_TEST_AUTHORITY",
    "INS_TEST_AUTHORITY",
    "a_code",
    "a_document_entry",
    "a_domain",
    "a_folder",
    "a_patient_id",
    "a_submission",
    "a_submission_set",
    "an_association",
    "an_author",
    "fresh_oid",
    "fresh_uuid",
]
