"""Render a sample report and its pages: ``python -m tests.render_report DIRECTORY``."""

import sys
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]

from tests.report_worlds import ReportWorld

SCALE = 1.6


def main(directory: Path) -> None:
    """Write the signed reports and an image of every page."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, pdf in samples().items():
        (directory / f"{name}.pdf").write_bytes(pdf)
        for page, drawn in enumerate(pypdfium2.PdfDocument(pdf), start=1):
            drawn.render(scale=SCALE).to_pil().save(directory / f"{name}-{page}.png")


def samples() -> dict[str, bytes]:
    """Return signed reports by name."""
    world = ReportWorld()
    return {"mensagem": world.message(), "fatura": world.invoice(), "eliminado": world.erased()}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
