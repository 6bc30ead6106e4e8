"""Which e-mail templates exist, told without loading the engine that renders them."""

from pathlib import Path

_COPY = Path(__file__).parent / "templates" / "email" / "copy"
"""Beside it, ``receipt`` has the words of receipts, which no step may use."""

TEMPLATES = frozenset(path.stem for path in _COPY.glob("*.j2"))
"""The names a ruler's step may give as its ``template``."""
