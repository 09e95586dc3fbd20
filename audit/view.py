"""The journal as somebody may see it: what is hidden from them is not told by the way of the journal either. [DMP: visibility]"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from audit.line import Line
from audit.notices import KINDS, NoticeKind

_ABOUT_DOCUMENTS = frozenset(action for action, kind in KINDS.items() if kind is not NoticeKind.FIRST_ACCESS)


def seen_by(lines: Iterable[Line], hides: Callable[[str], bool]) -> tuple[Line, ...]:
    """The lines without the objects that are hidden; a line that brought or changed nothing but hidden ones is not there.

    Who consulted is told always: the person has a right to know. [CSP R1111-40; DMP: accès]
    """
    seen = []
    for line in lines:
        shown = tuple(each for each in line.objects if not hides(each))
        if line.objects and not shown and line.action in _ABOUT_DOCUMENTS:
            continue
        if len(shown) == len(line.objects):
            seen.append(line)
        else:
            # The SubmissionSet would lead to what it holds.
            seen.append(replace(line, objects=shown, submission_unique_id=""))
    return tuple(seen)
