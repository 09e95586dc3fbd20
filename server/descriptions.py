"""The WSDL of each endpoint and the schemas it imports, as they are asked for by ``GET …?wsdl`` and ``…?xsd=NAME``.

The files in ``wsdl/`` are complete as they lie there; served, their addresses become those of the URL that was asked.
Nothing here is built from a table: a description is read by people, and is held against the code by tests.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

_FOLDER = Path(__file__).with_name("wsdl")
_ADDRESS = 'location="http://127.0.0.1:8080/services/{endpoint}"'
_IMPORT = 'schemaLocation="'


class Descriptions:
    """Every description, read once, without the operations of the actions that are withheld here."""

    def __init__(self, folder: Path = _FOLDER, withheld: Collection[str] = ()) -> None:
        self._wsdl = {path.stem: _without(path.read_text(encoding="utf-8"), withheld) for path in folder.glob("*.wsdl")}
        self._xsd = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.xsd")}

    def find(self, endpoint: str, query: str, url: str) -> bytes | None:
        """The description that a query string asks an endpoint for; None when there is none such.

        ``url`` is the endpoint as the asker wrote it; it becomes the address in the description.
        """
        asked = {name.lower(): values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
        if "wsdl" in asked:
            return self._serve(self._wsdl.get(endpoint), endpoint, url)
        if "xsd" in asked:
            return self._serve(self._xsd.get(asked["xsd"]), endpoint, url)
        return None

    def _serve(self, text: str | None, endpoint: str, url: str) -> bytes | None:
        if text is None:
            return None
        address = escape(url, {'"': "&quot;"})
        served = text.replace(_ADDRESS.format(endpoint=endpoint), f'location="{address}"')
        return served.replace(_IMPORT, f"{_IMPORT}{address}?xsd=").encode()


def _without(text: str, withheld: Collection[str]) -> str:
    """Takes an operation out of port type and binding: a description promises nothing that is then refused as unknown."""
    for name, operation in re.findall(r'(?s)<wsdl:operation name="([^"]+)">(.*?)</wsdl:operation>', text):
        if any(f'wsam:Action="{action}"' in operation for action in withheld):
            text = re.sub(rf'(?s)\s*<wsdl:operation name="{re.escape(name)}">.*?</wsdl:operation>', "", text)
    return text
