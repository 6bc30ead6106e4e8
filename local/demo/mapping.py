"""Which column of a file is which field: a YAML document, or names we already know.

`local/portfolios/*.yaml` are tried in turn; a file whose header has all the columns of one of
them needs no option. `docs/demo.md` explains every key.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regua.application.imports.mapping import ColumnMapping, fitting
from regua.domain.imports.columns import FIELDS, require, usual_columns
from regua.domain.imports.dialect import UnreadableFileError

PORTFOLIOS = Path(__file__).resolve().parents[1] / "portfolios"


class Shift(BaseModel):
    """How the file's dates are moved to now: always by whole weeks, so weekdays hold.

    ``keep: bank_calendar`` looks for the next weeks in which the due dates also meet the same bank
    holidays; without it that is done when the file says who paid, so that lateness compares.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_due_to_day: int = Field(default=5, ge=1, le=365)
    keep: Literal["weekdays", "bank_calendar"] | None = None


class Mapping(ColumnMapping):
    """The mapping document, with what the demo invents where a file says nothing."""

    name: str
    description: str = ""
    generate_emails: bool = False
    generate_documents: bool = False
    shift: Shift = Shift()


def load_mapping(path: Path) -> Mapping:
    """Read and validate one mapping document.

    Raises:
        UnreadableFileError: naming every wrong key at once.
    """
    try:
        mapping = Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as exc:
        raise UnreadableFileError(f"não consegui ler o mapeamento {path}: {exc}") from exc
    except ValidationError as exc:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        raise UnreadableFileError(f"mapeamento {path.name} inválido: {wrong}") from exc
    if mapping.misspelt():
        raise UnreadableFileError(
            f"mapeamento {path.name}: campos desconhecidos {', '.join(mapping.misspelt())}; "
            f"os campos são {', '.join(FIELDS)}"
        )
    return mapping


def known_mappings(folder: Path = PORTFOLIOS) -> list[Mapping]:
    """Return the mappings that come with the project, sorted by file name."""
    return [load_mapping(path) for path in sorted(folder.glob("*.yaml"))]


def mapping_for(header: Iterable[str], known: Iterable[Mapping]) -> Mapping:
    """Return the mapping that fits a header: a known one, most columns first, or by usual names.

    Raises:
        UnreadableFileError: when a required field has no column.
    """
    names = tuple(header)
    found = fitting(names, known)
    if found is not None:
        return found
    columns = usual_columns(names)
    require(columns, names)
    return Mapping(name="nomes usuais", columns=columns)
