"""The body of a demonstration laboratory report: one chapter of coded results, and its copy in PDF. [CI-SIS CR-BIO]"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5
from xml.sax.saxutils import escape, quoteattr

MODELS = ('root="1.3.6.1.4.1.19376.1.3.3"', 'root="1.2.250.1.213.1.1.1.55" extension="2024.01"')
"""Templates of a laboratory report, IHE's and the French one."""

_LOINC = 'codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"'
CHAPTER = f'code="18719-5" displayName="Biochimie" {_LOINC}'
"""What the results are about: the chapter, and the act of the header."""


class Result(NamedTuple):
    """One result: LOINC code and label, value and UCUM unit, N, L or H."""

    code: str
    label: str
    value: str
    unit: str
    interpretation: str = "N"

    @property
    def line(self) -> str:
        """The result as people read it."""
        return f"{self.label} : {self.value} {self.unit}"


GLUCOSE = Result("14749-6", "Glucose", "5.1", "mmol/L")
POTASSIUM = Result("2823-3", "Potassium", "4.2", "mmol/L")
CREATININE = Result("14682-9", "Créatinine", "71", "umol/L")
RESULTS = (GLUCOSE, POTASSIUM, CREATININE)

_INTERPRETATIONS = {"N": "Normal", "L": "Bas", "H": "Haut"}


def laboratory_body(results: Sequence[Result], measured_at: datetime, family: str) -> str:
    """The structuredBody with these results."""
    moment = measured_at.strftime("%Y%m%d%H%M%S%z")
    copy = b64encode(a_pdf([f"Examens biologiques - {family}", *(result.line for result in results)])).decode()
    return f"""<structuredBody>
    <component>{_chapter(results, moment)}</component>
    <component>{_pdf_copy(copy, moment)}</component>
  </structuredBody>"""


def _chapter(results: Sequence[Result], moment: str) -> str:
    rows = "".join(
        f'<tr><td><content ID="R{number}">{escape(result.label)}</content></td>'
        f"<td>{result.value} {escape(result.unit)}</td><td>{_INTERPRETATIONS[result.interpretation]}</td></tr>"
        for number, result in enumerate(results, start=1)
    )
    observations = "".join(_observation(number, result, moment) for number, result in enumerate(results, start=1))
    return f"""<section>
      <templateId root="1.3.6.1.4.1.19376.1.3.3.2.1"/><templateId root="1.2.250.1.213.1.1.2.70"/>
      <code {CHAPTER}/><title>Biochimie</title>
      <component><section>
        <templateId root="1.3.6.1.4.1.19376.1.3.3.2.2"/><templateId root="1.2.250.1.213.1.1.2.71"/>
        <code {CHAPTER}/><title>Biochimie générale</title>
        <text><table>
          <thead><tr><th>Examen</th><th>Résultat</th><th>Interprétation</th></tr></thead>
          <tbody>{rows}</tbody>
        </table></text>
        <entry typeCode="DRIV">
          <templateId root="1.3.6.1.4.1.19376.1.3.1"/><templateId root="1.2.250.1.213.1.1.3.21"/>
          <act classCode="ACT" moodCode="EVN">
            <code {CHAPTER}/><statusCode code="completed"/>{observations}
          </act>
        </entry>
      </section></component>
    </section>"""


def _observation(number: int, result: Result, moment: str) -> str:
    label = quoteattr(_INTERPRETATIONS[result.interpretation])
    return f"""
            <entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">
              <templateId root="1.3.6.1.4.1.19376.1.3.1.6"/><templateId root="1.2.250.1.213.1.1.3.80"/>
              <code code="{result.code}" displayName={quoteattr(result.label)} {_LOINC}>
                <originalText><reference value="#R{number}"/></originalText>
              </code>
              <statusCode code="completed"/><effectiveTime value="{moment}"/>
              <value xsi:type="PQ" value="{result.value}" unit={quoteattr(result.unit)}/>
              <interpretationCode code="{result.interpretation}" displayName={label} codeSystem="2.16.840.1.113883.5.83"/>
            </observation></entryRelationship>"""


def _pdf_copy(content: str, moment: str) -> str:
    section, organizer, kind = (str(uuid5(NAMESPACE_OID, f"{moment}/{part}")).upper() for part in "sok")
    return f"""<section>
      <templateId root="1.2.250.1.213.1.1.2.243"/>
      <id root="{section}"/>
      <code code="55108-5" displayName="Copie du document" {_LOINC}/><title>Copie du document</title>
      <text><table><tbody>
        <tr><td><content ID="copy-title">Copie en PDF</content></td></tr>
        <tr><td><renderMultiMedia referencedObject="copy"/></td></tr>
      </tbody></table></text>
      <entry><organizer classCode="CLUSTER" moodCode="EVN">
        <templateId root="1.2.250.1.213.1.1.3.18"/>
        <id root="{organizer}"/>
        <code code="55107-7" displayName="Document attaché" {_LOINC}/><statusCode code="completed"/>
        <component><observation classCode="OBS" moodCode="EVN">
          <templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13"/><templateId root="1.2.250.1.213.1.1.3.48"/>
          <templateId root="1.2.250.1.213.1.1.3.48.18"/>
          <id root="{kind}"/>
          <code code="69764-9" displayName="Type de document" {_LOINC}/>
          <text><reference value="#copy-title"/></text>
          <statusCode code="completed"/><effectiveTime nullFlavor="NA"/>
          <value xsi:type="CD" code="55108-5" displayName="Copie du document" {_LOINC}/>
        </observation></component>
        <component><observationMedia classCode="OBS" moodCode="EVN" ID="copy">
          <value mediaType="application/pdf" representation="B64">{content}</value>
        </observationMedia></component>
      </organizer></entry>
    </section>"""


def a_pdf(lines: Sequence[str]) -> bytes:
    """One page of text as PDF. [ISO 32000-1: 7]"""
    shown = " ".join(f"({_pdf_text(line)}) Tj T*" for line in lines)
    stream = f"BT /F1 12 Tf 16 TL 60 780 Td {shown} ET".encode("cp1252")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    document, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(document))
        document += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        document
        + b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            entries,
            len(objects) + 1,
            len(document),
        )
    )


def _pdf_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
