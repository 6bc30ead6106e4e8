"""A file that shows a payment: what is taken, decided by its bytes and not by its name."""

from regua.application.customer_page.acts import Proof
from regua.domain.errors import InvalidInput

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
MAX_PROOF_BYTES = 3 * 1024 * 1024
"""Of the file alone."""
_LONGEST_NAME = 120


def read_proof(content: bytes, file_name: str) -> Proof | None:
    """Return what was uploaded; None when nothing was chosen.

    The name is only kept with the evidence: without a path, without what no name has.

    Raises:
        InvalidInput: at ``proof``: too large, or neither PDF, PNG nor JPEG.
    """
    if not content:
        return None
    if len(content) > MAX_PROOF_BYTES:
        raise InvalidInput.at("proof", f"is larger than {MAX_PROOF_BYTES} bytes")
    media_type = next((kind for start, kind in _MAGIC if content.startswith(start)), None)
    if media_type is None:
        raise InvalidInput.at("proof", "is no PDF, PNG or JPEG file")
    return Proof(content, media_type, _plain(file_name))


def _plain(file_name: str) -> str:
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[:_LONGEST_NAME]
