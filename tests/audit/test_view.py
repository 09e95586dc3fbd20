"""The journal as the patient may see it. [DMP: visibility]"""

from __future__ import annotations

from audit.view import seen_by
from tests.audit.lines import INS, a_line

PATIENT = ("260058815400233", INS)


def hides(each: str) -> bool:
    return each == "2.25.2"


def test_hidden_objects_are_not_named_and_the_access_is() -> None:
    (line,) = seen_by([a_line(PATIENT, submission_unique_id="2.25.7")], hides)
    assert (line.objects, line.submission_unique_id, line.person_id) == (("2.25.1",), "", "899700000007")
    (line,) = seen_by([a_line(PATIENT, objects=("2.25.2",))], hides)
    assert line.objects == ()


def test_line_about_hidden_documents_only_is_not_there() -> None:
    for action in ("TD2.1", "TD2.1 replace", "TD3.3a mask", "TD3.3c"):
        assert seen_by([a_line(PATIENT, action=action, objects=("2.25.2",))], hides) == ()


def test_line_that_hides_nothing_is_as_it_is() -> None:
    lines = (a_line(PATIENT, objects=("2.25.1",)), a_line(PATIENT, action="TD1.4", objects=()))
    assert seen_by(lines, hides) == lines
