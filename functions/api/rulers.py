"""Routes about rulers: their versions, who follows which, what they would do, what they brought."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from regua.application.activate_ruler import Choice, unwritten_assignment
from regua.application.ports import Creditor, WrittenRuler
from regua.application.preconditions import tag_of
from regua.application.ruler_document import ruler_warnings
from regua.application.simulate_live import Question, SimulateLive, candidate
from regua.application.wire import instant_text
from regua.domain.errors import InvalidInput, NotFound, Problem
from regua.domain.prices import DEFAULT_COSTS
from regua.domain.rulers import Assignment, Backfill, InFlight, Line
from regua.domain.uplift import ArmResult, uplift
from regua.runtime.http import respond, under_body

from . import context
from .context import (
    RulerName,
    account_of,
    app,
    as_of,
    caller_now,
    existing,
    expected,
    present,
    seconds_left,
    tagged,
)
from .schemas import SimulationBody

InFlightQuery = Annotated[
    InFlight | None,
    Query(description="What the version means for invoices on an earlier one"),
]
BackfillQuery = Annotated[
    Backfill | None, Query(description="What becomes of steps that are past already")
]


@app.put("/v1/rulers/<name>", tags=["rulers"], summary="Write the next version of a ruler")
def put_ruler(
    name: RulerName,
    body: dict[str, Any],
    in_flight: InFlightQuery = None,
    backfill: BackfillQuery = None,
) -> Response[Any]:
    """Answer 201 with the new version, or 200 when it is the one in force already.

    A ruler that somebody may be on already needs both choices; `simulate` shows beforehand what
    they mean.
    """
    creditor, wired = caller_now(), context.wire()
    choice = _choice(creditor, name, in_flight, backfill, "query")
    in_force = _versions(creditor, name)[-1:] if name in creditor.rulers.lines else ()
    wanted = expected()
    wanted.check(lambda: tag_of(in_force[0]) if in_force else None)
    senders = creditor.circumstances.senders
    warnings = under_body(lambda: ruler_warnings(wired.activate.read(creditor, body), senders))
    told = [{"path": f"body.{p.path}", "reason": p.reason} for p in warnings]
    if in_force and in_force[0]["document"] == body:
        return tagged(respond({**in_force[0], "warnings": told}), tag_of(in_force[0]))
    after = (in_force[0]["version"] if in_force else 0) if wanted else None
    written = under_body(
        lambda: wired.activate(
            creditor, name, body, choice, now=present(), as_of=as_of(), after=after
        )
    )
    wired.stores.directory.forget()
    version = _version(written)
    answer = respond({**version, "warnings": told}, HTTPStatus.CREATED)
    return tagged(answer, tag_of(version))


@app.get("/v1/rulers/<name>", tags=["rulers"], summary="Read a ruler in force")
def get_ruler(name: RulerName) -> Response[Any]:
    """Answer the version in force, with its document."""
    version = _versions(caller_now(), name)[-1]
    return tagged(respond(version), tag_of(version))


@app.get("/v1/rulers/<name>/versions", tags=["rulers"], summary="Every version of a ruler")
def get_versions(name: RulerName) -> Response[Any]:
    """Answer every version, oldest first, with what was chosen and its document."""
    return respond({"name": name, "versions": _versions(caller_now(), name)})


@app.get("/v1/rulers/<name>/experiments", tags=["rulers"], summary="What experiments brought")
def get_experiments(name: RulerName) -> Response[Any]:
    """Answer the counts of every arm, and each arm's uplift over its control with its interval."""
    creditor = caller_now()
    ruler = _line_of(creditor, name).current
    results = context.wire().rulers.results(creditor.creditor_id, name)
    experiments = []
    for step in ruler.steps:
        if not step.variants:
            continue
        key = f"{name}/{step.id}/"
        arms = {arm.removeprefix(key): r for arm, r in results.items() if arm.startswith(key)}
        control = arms.get(step.variants[0].name, ArmResult())
        told = [_arm(arm, result, control) for arm, result in sorted(arms.items())]
        experiments.append({"step_id": step.id, "control": step.variants[0].name, "arms": told})
    return respond({"name": name, "experiments": experiments})


def _arm(name: str, result: ArmResult, control: ArmResult) -> Mapping[str, Any]:
    gain = None if result is control else uplift(control, result)
    return {
        "arm": name,
        "exposed": result.exposed,
        "settled": result.settled,
        "recovered_centavos": result.recovered_centavos,
        "uplift": None
        if gain is None
        else {"difference": gain.difference, "low": gain.low, "high": gain.high},
    }


@app.post("/v1/rulers/<name>/simulate", tags=["rulers"], summary="What a ruler would do")
def post_simulate(name: RulerName, body: SimulationBody) -> Response[Any]:
    """Answer what the ruler in force and the given document would send; nothing is sent.

    On the live portfolio, a part at a time (`cursor`), or on one invoice's customer.
    """
    creditor = caller_now()
    rulers = creditor.rulers
    if body.document is not None:
        choice = _choice(creditor, name, body.in_flight, body.backfill, "body")
        document = body.document
        ruler = under_body(
            lambda: context.wire().activate.read(creditor, document), "body.document"
        )
        if ruler.name != name:
            raise InvalidInput.at("body.document.name", f"is not {name}")
        rulers = candidate(rulers, ruler, choice.in_flight, choice.backfill, present())
    else:
        _line_of(creditor, name)
    if body.everybody:
        rulers = replace(rulers, assignment=Assignment(name))
    only = None
    if body.invoice_external_id is not None:
        invoice = existing(creditor, body.invoice_external_id)
        only = account_of(creditor, invoice.customer_id)
    wired = context.wire()
    question = Question(
        days=body.days,
        channels=frozenset(body.channels or creditor.circumstances.senders),
        costs={**DEFAULT_COSTS, **body.prices_centavos},
        seen_percent=body.seen_percent,
        cursor=body.cursor,
        accounts=body.accounts,
    )
    found = under_body(
        lambda: SimulateLive(wired.stores.portfolio, wired.settings.shards)(
            creditor, rulers, question, now=present(), seconds_left=seconds_left, only=only
        )
    )
    return respond(found)


@app.put("/v1/assignment", tags=["rulers"], summary="Write who follows which ruler")
def put_assignment(body: dict[str, Any]) -> Response[Any]:
    """Answer the assignment: the default ruler, and segments as rules over facts."""
    creditor = caller_now()
    wanted = expected()
    under_body(
        lambda: context.wire().activate.assign(creditor, body, as_of=as_of(), expected=wanted)
    )
    context.wire().stores.directory.forget()
    return tagged(respond(body), tag_of(body))


@app.get("/v1/assignment", tags=["rulers"], summary="Read who follows which ruler")
def get_assignment() -> Response[Any]:
    """Answer the assignment; before one was written, everybody follows the creditor's ruler."""
    creditor = caller_now()
    written = context.wire().rulers.find_assignment(creditor.creditor_id)
    assignment = written or unwritten_assignment(creditor)
    return tagged(respond(assignment), tag_of(assignment))


def _choice(
    creditor: Creditor,
    name: str,
    in_flight: InFlight | None,
    backfill: Backfill | None,
    where: str,
) -> Choice:
    """Return what was chosen; whoever writes a ruler that is followed must choose.

    ``where`` is the part of the request that a choice is in.
    """
    if name in creditor.rulers.lines:
        missing = [
            Problem(f"{where}.{path}", f"is needed: {name} exists; one of {', '.join(kind)}")
            for path, value, kind in (
                ("in_flight", in_flight, InFlight),
                ("backfill", backfill, Backfill),
            )
            if value is None
        ]
        if missing:
            raise InvalidInput(tuple(missing))
    return Choice(in_flight or InFlight.MIGRATE, backfill or Backfill.DESERVED_LEVEL)


def _line_of(creditor: Creditor, name: str) -> Line:
    line = creditor.rulers.lines.get(name)
    if line is None:
        raise NotFound(name)
    return line


def _versions(creditor: Creditor, name: str) -> Sequence[Mapping[str, Any]]:
    """Return a ruler's versions, oldest first; version 0 is the one that came with the creditor."""
    written = [_version(v) for v in context.wire().rulers.versions(creditor.creditor_id, name)]
    first = creditor.rulers.at(f"{name}@0")
    if first is not None:
        choice = {"at": None, "in_flight": None, "backfill": None}
        document = creditor.ruler_document
        written.insert(0, {"name": name, "version": 0, **choice, "document": document})
    if not written:
        raise NotFound(name)
    return written


def _version(written: WrittenRuler) -> Mapping[str, Any]:
    return {
        "name": written.name,
        "version": written.version,
        "at": instant_text(written.at),
        "in_flight": written.in_flight.value,
        "backfill": written.backfill.value,
        "document": written.document,
    }
