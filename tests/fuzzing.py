"""Ask an API whatever its description allows, and whatever it does not, and hold the answers to it.

Schemathesis makes the requests and the checks; what is asked is the same in every run.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation, BaseSchema

HELD_TO = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
"""An answer to bad input must be a refusal. What fits the description may be refused as well: no
schema says when a CPF is one, or that an invoice is due after its issue."""
_COUNTING = Lock()
AnyCase = Case[Any]
AnyOperation = APIOperation[Any, Any, Any, Any]
Ask = Callable[[AnyCase], Response]


@dataclass
class Fuzzed:
    """What was asked and what went wrong."""

    asked: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)
    """One case of each kind."""
    unasked: set[str] = field(default_factory=set)
    """Operations for which there was no time."""
    seconds: float = 0.0

    @property
    def cases(self) -> int:
        """How many requests were made."""
        return self.asked.total()

    def __str__(self) -> str:
        """Say it in a line."""
        by_status = ", ".join(f"{n} × {status}" for status, n in sorted(self.statuses.items()))
        return (
            f"{self.cases} cases over {len(self.asked)} operations in {self.seconds:.0f} s: "
            f"{by_status}; {len(self.wrong)} kinds of failures"
        )


def fuzz(
    schema: BaseSchema,
    ask: Ask,
    *,
    cases: int,
    known: Mapping[str, Mapping[str, str]],
    workers: int = 1,
    seconds: float = float("inf"),
    without: frozenset[str] = frozenset(),
    lenient: frozenset[str] = frozenset(),
    reaches: Callable[[AnyCase], bool] = lambda _: True,
) -> Fuzzed:
    """Ask every operation, with ids that exist and with others, well and badly.

    Args:
        schema: the description.
        ask: sends a case.
        cases: how many there are of each of the four kinds for every operation, at the most.
        known: ids that exist, for the parameters of each operation's path, by its name.
        workers: how many cases are asked at a time.
        seconds: when no further kind of case is begun.
        without: operations that are left out, such as ``GET /v1/costs``.
        lenient: operations that answer bad input in part.
        reaches: tells whether a case can reach its route at all; others are not sent.
    """
    found = Fuzzed()
    schema.config.checks.negative_data_rejection.expected_statuses += ["412", "413"]
    began = monotonic()

    operations = [each for each in _operations(schema) if each.label not in without]
    with ThreadPoolExecutor(workers) as pool:
        for operation in operations:
            left_out = {"negative_data_rejection"} if operation.label in lenient else set()
            checks = CHECKS.get_by_names([name for name in HELD_TO if name not in left_out])
            for strategy in _kinds(operation, known.get(operation.label)):
                if monotonic() - began < seconds:
                    made = _made(strategy, cases, reaches)
                    list(pool.map(partial(_held, found, ask, checks), made))
    found.unasked = {each.label for each in operations} - set(found.asked)
    found.seconds = monotonic() - began
    return found


def _operations(schema: BaseSchema) -> Iterator[AnyOperation]:
    for result in schema.get_all_operations():
        if not isinstance(result, Ok):
            raise result.err()
        yield result.ok()


def _kinds(
    operation: AnyOperation, known: Mapping[str, str] | None
) -> Iterator[SearchStrategy[AnyCase]]:
    """Yield what is asked: well and badly, with any ids and with those that exist."""
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        yield operation.as_strategy(mode)
        if known:
            yield operation.as_strategy(mode, path_parameters=dict(known))


def _made(
    strategy: SearchStrategy[AnyCase], cases: int, reaches: Callable[[AnyCase], bool]
) -> Sequence[AnyCase]:
    """Make cases; they are asked afterwards, as Hypothesis runs in one thread alone."""
    made: list[AnyCase] = []

    @settings(
        max_examples=cases,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def one(case: AnyCase) -> None:
        assume(reaches(case))
        made.append(case)

    with suppress(Unsatisfiable):  # nothing about the operation can be asked badly
        one()
    return made


def _held(found: Fuzzed, ask: Ask, checks: Sequence[Any], case: AnyCase) -> None:
    """Ask, and hold the answer to the description."""
    label = case.operation.label
    response = ask(case)
    with _COUNTING:
        found.asked[label] += 1
        found.statuses[response.status_code] += 1
    try:
        case.validate_response(response, checks=list(checks))
    except FailureGroup as failures:
        for failure in failures.exceptions:
            key = f"{label}: {getattr(failure, 'title', failure)} ({response.status_code})"
            found.wrong.setdefault(key, f"{failure}\n{case.as_curl_command()}"[:2_000])
