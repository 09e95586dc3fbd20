"""Body elements ⇄ messages, one module a family of transactions. [ITI TF-2: 3.18, 3.41, 3.42, 3.43, 3.44]

Reading refuses only a body of another kind; what is wrong inside comes back as findings of the message. Writing gives
pieces of bytes, valid under the published schemas, with every namespace they use declared.
"""

from __future__ import annotations

from lxml.etree import _Element

from safexml.namespaces import readable


class WrongBody(Exception):
    """The body is not the element that the transaction wants: a SOAP fault, not a response. [ITI TF-2: V.3.2]"""

    def __init__(self, seen: str, expected: str) -> None:
        super().__init__(f"the body is {readable(seen)}; expected {readable(expected)}")
        self.seen = seen
        self.expected = expected


def expect(element: _Element, *names: str) -> None:
    """Makes sure that a body is one of those elements. Raises WrongBody."""
    if element.tag not in names:
        raise WrongBody(str(element.tag), " or ".join(names))
