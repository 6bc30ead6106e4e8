"""Read the documents that people write: YAML, of which JSON is a part."""

from pathlib import Path
from typing import Any

from local.place import LocalError


def read_document(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds; checked by others
    """Return what a YAML or JSON file holds.

    Raises:
        LocalError: It cannot be read.
    """
    import yaml  # noqa: PLC0415 - few commands need it

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise LocalError(f"{path} cannot be read: {exc}") from exc
