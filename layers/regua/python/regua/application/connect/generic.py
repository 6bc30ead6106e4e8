"""The generic connector: the whole mapping is in the hook's settings, no code is needed.

See docs/connect-your-erp.md for the settings, one by one.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from regua.application.connect.body import found_at, is_absent, records_of
from regua.application.connect.facts import FACT_NAMES
from regua.application.connect.mapping import Connector, FactMap, View, targets_of
from regua.application.connect.signature import Signature
from regua.application.validation import invalid_input
from regua.application.wire import Message
from regua.domain.errors import InvalidInput

FactNames = Annotated[tuple[str, ...], Field(max_length=len(FACT_NAMES))]


class Kinds(Message):
    """Which facts a record tells, by a word in it; a word that is not listed tells ``default``."""

    path: str = Field(max_length=200)
    values: dict[str, FactNames] = Field(default_factory=dict, max_length=100)
    default: FactNames = ()


class GenericSettings(Message):
    """A hook's settings."""

    facts: dict[str, FactMap]
    kinds: Kinds | None = Field(
        default=None, description="Without it, every record tells every fact that has a map"
    )
    records: str = Field(default="", max_length=200, description="Where the list of records is")
    ref: str = Field(default="id", max_length=200, description="Where a record's own id is")
    signature: Signature | None = None


def read_settings(settings: Mapping[str, Any]) -> GenericSettings:
    """Read a generic hook's settings, so that a mistake in them is told when they are written.

    Raises:
        InvalidInput: with every path in the settings and its reason.
    """
    try:
        read = GenericSettings.model_validate(settings)
    except ValidationError as exc:
        raise invalid_input(exc, under="settings") from exc
    named = set(read.facts)
    if read.kinds is not None:
        told = {n for names in (*read.kinds.values.values(), read.kinds.default) for n in names}
        for name in sorted(told - named):
            raise InvalidInput.at("settings.kinds", f"there is no map for {name!r}")
    for name, map_ in read.facts.items():
        if name not in FACT_NAMES:
            reason = f"must be one of: {', '.join(FACT_NAMES)}"
            raise InvalidInput.at(f"settings.facts.{name}", reason)
        for target in sorted(map_.fields.keys() - targets_of(name)):
            path = f"settings.facts.{name}.fields.{target}"
            raise InvalidInput.at(path, "there is no such field")
    return read


def generic(settings: GenericSettings) -> Connector:
    """Build the connector that a hook's settings describe."""

    def facts_of(record: View) -> Iterable[tuple[str, View]]:
        return [(name, record) for name in _names(settings, record)]

    return Connector(
        maps=settings.facts,
        facts_of=facts_of,
        records=lambda document: records_of(document, settings.records),
        ref=settings.ref,
    )


def _names(settings: GenericSettings, record: View) -> Iterable[str]:
    if settings.kinds is None:
        return settings.facts
    word = found_at(record, settings.kinds.path)
    written = str(word).lower() if isinstance(word, bool) else word
    if is_absent(word) or not isinstance(written, str):
        return settings.kinds.default
    return settings.kinds.values.get(written, settings.kinds.default)
