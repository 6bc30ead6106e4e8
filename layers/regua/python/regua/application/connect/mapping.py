"""A connector: which records a body holds, which facts each record tells, and where the fields are.

Everything but that table is done here, once: finding values by path, converting them by name,
checking the result as our own messages do, and telling problems by the *source's* paths.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from regua.application.connect.body import found_at, is_absent, read_json, records_of
from regua.application.connect.conversions import Conversion, convert, text
from regua.application.connect.facts import MODELS, Fact, InvoiceOfKnown, Told, Unreadable
from regua.application.validation import invalid_input
from regua.application.wire import Instant, Message
from regua.domain.errors import InvalidInput, Problem

_INSTANT = TypeAdapter[datetime](Instant)
_LISTS = frozenset({Conversion.EMAILS, Conversion.PHONES})
_MAX_REF = 120
Scalar = str | int | bool


class Source(Message):
    """Where one of our fields comes from, and how it is read.

    ``path`` is one dotted path or several, of which the first that holds something counts (for
    e-mails and telephones: all of them). ``values`` translates the source's words into ours;
    ``default`` stands for what is absent or not among them, ``value`` for what is always so.
    """

    model_config = ConfigDict(populate_by_name=True)

    path: tuple[Annotated[str, Field(max_length=200)], ...] = Field(default=(), max_length=10)
    conversion: Conversion = Field(default=Conversion.TEXT, alias="as")
    values: dict[str, Scalar] = Field(default_factory=dict, max_length=100)
    default: Scalar | None = None
    value: Scalar | None = None


def _written_short(value: object) -> object:
    """Read the short forms: a path alone, and one path where several may stand."""
    if isinstance(value, str):
        return {"path": [value]}
    if isinstance(value, Mapping) and isinstance(value.get("path"), str):
        return {**value, "path": [value["path"]]}
    return value


From = Annotated[Source, BeforeValidator(_written_short)]


class FactMap(Message):
    """Where one kind of fact is found in a record."""

    at: From = Field(description="When it became so in the system that tells it")
    fields: dict[str, From] = Field(max_length=60)


Maps = Mapping[str, FactMap]
View = Mapping[str, Any]
"""A record, with what a connector worked out beside it."""


@dataclass(frozen=True, slots=True)
class Connector:
    """All that one system needs.

    ``records`` finds the records of a document, each with its path; ``facts_of`` says which facts
    a record tells (none is an answer), each with the view that its map is read from; ``ref`` is
    where a record's own id stands, for the acknowledgement of what could not be read.
    """

    maps: Maps
    facts_of: Callable[[View], Iterable[tuple[str, View]]]
    records: Callable[[object], Sequence[tuple[str, object]]] = field(
        default=lambda document: records_of(document, "")
    )
    ref: str = "id"

    def read(self, body: bytes) -> Sequence[Fact]:
        """Read every fact of a body.

        A record that cannot be read is told among the facts and stops no other; when none can be
        read, the body itself is refused.

        Raises:
            InvalidInput: with every path of the source's and its reason.
        """
        facts: list[Fact] = []
        for path, record in self.records(read_json(body)):
            try:
                facts.extend(self._of(path, record))
            except InvalidInput as exc:
                facts.append(Unreadable(path, exc.problems, self._ref(record)))
        unreadable = [f for f in facts if isinstance(f, Unreadable)]
        if unreadable and len(unreadable) == len(facts):
            raise InvalidInput(tuple(p for f in unreadable for p in f.problems))
        return facts

    def _of(self, path: str, record: object) -> list[Fact]:
        if not isinstance(record, Mapping):
            raise InvalidInput.at(path or "$", "is not an object")
        try:
            return [self._fact(name, view, path) for name, view in self.facts_of(record)]
        except InvalidInput as exc:
            under = f"{path}." if path else ""
            problems = (Problem(f"{under}{p.path}", p.reason) for p in exc.problems)
            raise InvalidInput(tuple(problems)) from exc

    def _fact(self, name: str, view: View, source: str) -> Told:
        map_ = self.maps.get(name)
        if map_ is None:
            raise InvalidInput.at("$", f"there is no map for {name}")
        reading = _Reading(view)
        at = reading.read(map_.at)
        raw: dict[str, Any] = {}
        for target, where in map_.fields.items():
            _put(raw, target, reading.read(where))
        reading.stop_if_wrong()
        model = MODELS[name]
        if name == "InvoiceIssued" and raw.get("customer", {}).keys() <= {"external_id", "ruler"}:
            model = InvoiceOfKnown
        try:
            return Told(name, model.model_validate(raw), _instant(at, map_.at), source)
        except ValidationError as exc:
            raise _at_sources(exc, map_) from exc

    def _ref(self, record: object) -> str:
        try:
            return text(found_at(record, self.ref))[:_MAX_REF]
        except ValueError:
            return ""


class _Reading:
    """Reads fields of one view and gathers what is wrong with them."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._problems: list[Problem] = []

    def read(self, where: Source) -> object:
        """Return a field's value in our form, None when there is none to tell."""
        if where.value is not None:
            return where.value
        path, found = self._found(where)
        if found is None:
            return where.default
        try:
            return self._converted(where, found)
        except ValueError as exc:
            self._problems.append(Problem(path, str(exc)))
            return None

    def _found(self, where: Source) -> tuple[str, object]:
        there = [(path, found_at(self._view, path)) for path in where.path]
        there = [(path, value) for path, value in there if not is_absent(value)]
        if not there:
            return "$", None
        if where.conversion in _LISTS:
            every = [
                v for _, value in there for v in (value if isinstance(value, list) else [value])
            ]
            return there[0][0], every
        scalars = [t for t in there if not isinstance(t[1], Mapping)]
        return (scalars or there)[0]

    @staticmethod
    def _converted(where: Source, found: object) -> object:
        if not where.values:
            return convert(where.conversion, found)
        word = (
            convert(Conversion.TEXT, found) if not isinstance(found, bool) else str(found).lower()
        )
        if word in where.values:
            return where.values[str(word)]
        if where.default is not None:
            return where.default
        msg = f"is none of: {', '.join(where.values)}"
        raise ValueError(msg)

    def stop_if_wrong(self) -> None:
        """Raise what was gathered, if anything."""
        if self._problems:
            raise InvalidInput(tuple(self._problems))


def _put(raw: dict[str, Any], target: str, value: object) -> None:
    if value is None:
        return
    *outer, name = target.split(".")
    for part in outer:
        raw = raw.setdefault(part, {})
    raw[name] = value


def _instant(at: object, where: Source) -> datetime:
    try:
        return _INSTANT.validate_python(at)
    except ValidationError as exc:
        reason = exc.errors(include_url=False, include_input=False)[0]["msg"]
        raise InvalidInput.at(_source_path(where), reason) from None


def _at_sources(error: ValidationError, map_: FactMap) -> InvalidInput:
    """Tell what our own checks found by the paths of the source."""
    problems = []
    for problem in invalid_input(error).problems:
        target = next((t for t in _outward(problem.path) if t in map_.fields), None)
        path = _source_path(map_.fields[target]) if target else problem.path or "$"
        problems.append(Problem(path, problem.reason))
    return InvalidInput(tuple(problems))


def _outward(path: str) -> Iterator[str]:
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        yield ".".join(parts[:length])


def _source_path(where: Source) -> str:
    return "|".join(where.path) or "$"


def targets_of(name: str) -> frozenset[str]:
    """Return every field that a map for a kind of fact may name."""
    return frozenset(_targets(MODELS[name], ""))


def _targets(model: type[Message], prefix: str) -> Iterator[str]:
    for name, described in model.model_fields.items():
        yield prefix + name
        for inner in (described.annotation, *get_args(described.annotation)):
            if isinstance(inner, type) and issubclass(inner, Message):
                yield from _targets(inner, f"{prefix}{name}.")
