"""Registry objects ⇄ ebRIM elements, driven by the attribute table. [ITI TF-3: 4.2.1, 4.2.3] [ebRIM 3.0]

Reading takes parsed elements and never refuses: what is wrong comes back as findings beside the value. Writing gives
bytes with the prefix ``rim:``, which the document around them declares.

An object is stored as it is answered, with holes where the answer depends on the moment: one byte each that XML cannot
hold, so that no text of the object can be taken for one. ``fill`` closes them.
"""

from __future__ import annotations

from xds.ebrim_read import find_marks, read_object, read_values
from xds.ebrim_write import HOME, PATIENT, STATUS, UPDATED, fill, home_attribute, write, write_stored

__all__ = [
    "HOME",
    "PATIENT",
    "STATUS",
    "UPDATED",
    "fill",
    "find_marks",
    "home_attribute",
    "read_object",
    "read_values",
    "write",
    "write_stored",
]
