"""The one door to spyne: lets spyne 2.14.0 be imported, on every Python we run on, and keeps it from printing what it reads.

Its release carries a copy of six that Python 3.12 cannot import, and imports cgi, which Python 3.13 no longer has. Whoever wants
spyne imports it from here, so that nobody imports it before this has run:

    from ins import spyne_compat as spyne
    spyne.Application(...)

Importing this module takes a good tenth of a second: rooms do it inside the function that builds a service.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import types
import warnings
from email.message import Message
from typing import Any

__all__ = [
    "Application",
    "Array",
    "Boolean",
    "ComplexModel",
    "Date",
    "DateTime",
    "Fault",
    "Integer",
    "Service",
    "Soap11",
    "Soap12",
    "Unicode",
    "WsgiApplication",
    "XmlAttribute",
    "XmlData",
    "rpc",
]

_MOVES = (
    *("builtins", "collections_abc", "configparser", "cPickle", "http_client", "http_cookies", "queue"),
    *("urllib", "urllib.error", "urllib.parse", "urllib.request"),
)
"""The modules of six.moves that spyne names."""


def parse_header(line: str) -> tuple[str, dict[str, str]]:
    """A header's value and its parameters, as cgi had it: all that spyne asks of cgi."""
    message = Message()
    message["content-type"] = line
    (value, _), *parameters = message.get_params([(line, "")])
    return value, dict(parameters)


def _stand_in_for_six() -> None:
    """The released six under the name of the copy. The copy asks for one function that six has given another name."""
    six: Any = importlib.import_module("six")
    if not hasattr(six, "get_function_name"):
        six.get_function_name = lambda function: function.__name__
    sys.modules.setdefault("spyne.util.six", six)
    sys.modules.setdefault("spyne.util.six.moves", six.moves)
    for name in _MOVES:
        sys.modules.setdefault(f"spyne.util.six.moves.{name}", importlib.import_module(f"six.moves.{name}"))


def _stand_in_for_cgi() -> None:
    """Where there is a cgi, it is imported here, and what it says of its future is not repeated for every user of spyne."""
    if "cgi" in sys.modules:
        return
    if importlib.util.find_spec("cgi") is not None:
        importlib.import_module("cgi")
        return
    module = types.ModuleType("cgi", "What spyne asks of a module that Python no longer has.")
    module.parse_header = parse_header  # type: ignore[attr-defined]
    sys.modules["cgi"] = module


def _silence() -> None:
    """A message that cannot be read is logged whole, that is with the patient in it. [decision 13]"""
    log = logging.getLogger("spyne")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    log.setLevel(logging.CRITICAL + 1)


_silence()
with warnings.catch_warnings():
    # Escapes and modules that later Pythons will not have: nothing that a user of ours could mend.
    warnings.simplefilter("ignore")
    _stand_in_for_six()
    _stand_in_for_cgi()
    from spyne import Application, Array, Boolean, ComplexModel, Date, DateTime, Fault, Integer, Service, Unicode, rpc
    from spyne.model.complex import XmlAttribute, XmlData
    from spyne.protocol.soap import Soap11, Soap12
    from spyne.server.wsgi import WsgiApplication
