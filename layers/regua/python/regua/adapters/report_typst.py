"""An evidence report as PDF/A-3, typeset by Typst from a template that reads its data as JSON.

Nothing that a creditor or a customer wrote is ever markup: data go in as one JSON text, files as
bytes, and the template only places them. The same content gives the same bytes.

Source: ISO 19005-3 (PDF/A-3: any file may be embedded, with its relationship to the document).
"""

import json
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import segno
import typst

from regua.adapters.report_document import report_document
from regua.application.report_content import ReportContent

_TEMPLATE = Path(__file__).parent / "templates" / "report" / "laudo.typ"
_STANDARDS: "list[typst.PDFStandard]" = ["a-3b"]


class TypstReportRenderer:
    """Renders reports; fonts are the typesetter's own, so that every machine draws the same."""

    def __call__(self, content: ReportContent) -> bytes:
        """Return the file, unsigned."""
        data = json.dumps(report_document(content), ensure_ascii=False)
        with TemporaryDirectory() as place:
            root = Path(place)
            (root / "laudo.typ").write_bytes(_TEMPLATE.read_bytes())
            (root / "verification.svg").write_bytes(_qr_code(content.verification_url))
            for index, attachment in enumerate(content.attachments):
                (root / f"attached-{index}").write_bytes(attachment.data)
            return typst.compile(
                str(root / "laudo.typ"),
                root=str(root),
                format="pdf",
                pdf_standards=_STANDARDS,
                ignore_system_fonts=True,
                sys_inputs={"data": data},
                timestamp=content.issued_at.replace(microsecond=0),
            )


def _qr_code(url: str) -> bytes:
    drawn = BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=1)
    return drawn.getvalue()
