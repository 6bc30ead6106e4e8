"""The page where reading is confirmed: GET shows it and changes nothing, POST is the act.

Decisions live in `regua.application.confirm_reading`.
"""

from functools import cache
from secrets import token_hex
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.dynamodb_digit_tries import DynamoDigitTries
from regua.adapters.tracking_links import TrackingKeyring, read_keys
from regua.application.confirm_reading import ConfirmationRequest, ConfirmReading, Notice, Outcome
from regua.domain.errors import ReguaError
from regua.domain.ids import DispatchId
from regua.domain.shown_at import sign_shown_at
from regua.domain.source_port import source_port
from regua.domain.tokens import HitKind, TrackingKeys, verify
from regua.runtime import clients
from regua.runtime.public_http import Response
from regua.runtime.settings import ConfirmReadingSettings
from regua.runtime.stores import connect_with_evidence

from . import pages
from .request import Visit

logger = Logger()
metrics = Metrics()


class Wired(NamedTuple):
    """What the page works with."""

    confirm: ConfirmReading
    keyring: TrackingKeyring
    allow_as_of: bool


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = ConfirmReadingSettings.from_environment()
    stores = connect_with_evidence(settings)
    secrets = clients.secretsmanager()
    confirm = ConfirmReading(
        portfolio=stores.portfolio,
        ledger=stores.ledger,
        directory=stores.directory,
        facts=stores.facts,
        tries=DynamoDigitTries(clients.dynamodb(), settings.messages_table),
        publish=stores.publisher.publish,
        nonce=lambda: token_hex(16),
    )
    keyring = TrackingKeyring(lambda: read_keys(secrets, settings.tracking_secret_arn))
    return Wired(confirm, keyring, settings.allow_as_of)


def answer(event: dict[str, Any]) -> tuple[str, Response]:
    """Answer one request; also return what became of it, as its metric is named."""
    wired = wire()
    visit = Visit.of(event, allow_as_of=wired.allow_as_of)
    keys = wired.keyring.keys_for(visit.token)
    token = verify(visit.token, keys)
    if token is None or token.kind is not HitKind.CONFIRM:
        return "reading_token_invalid", pages.not_found()
    dispatch_id = DispatchId(token.dispatch_id)
    logger.append_keys(dispatch_id=dispatch_id)
    if visit.method == "GET":
        return _shown(wired.confirm.show(dispatch_id), visit, keys)
    if visit.method == "POST":
        done = wired.confirm(_asked(dispatch_id, visit), keys, now=visit.caller.at)
        return _done(done, visit, keys)
    return "reading_method_unknown", pages.not_allowed()


def _shown(notice: Notice | None, visit: Visit, keys: TrackingKeys) -> tuple[str, Response]:
    if notice is None:
        return "reading_unmatched", pages.not_found()
    if notice.confirmed_at is not None:
        return "reading_page_shown", pages.receipt(notice)
    shown_at = sign_shown_at(notice.dispatch_id, visit.caller.at, keys)
    return "reading_page_shown", pages.form(notice, shown_at)


def _done(
    done: tuple[Outcome, Notice] | None, visit: Visit, keys: TrackingKeys
) -> tuple[str, Response]:
    if done is None:
        return "reading_unmatched", pages.not_found()
    outcome, notice = done
    if outcome in {Outcome.CONFIRMED, Outcome.ALREADY}:
        return outcome.value, pages.receipt(notice)
    shown_at = sign_shown_at(notice.dispatch_id, visit.caller.at, keys)
    return outcome.value, pages.form_again(notice, shown_at, outcome)


def _asked(dispatch_id: DispatchId, visit: Visit) -> ConfirmationRequest:
    caller = visit.caller
    return ConfirmationRequest(
        dispatch_id=dispatch_id,
        shown_at=visit.form.get("shown_at", ""),
        digits=visit.form.get("digits", ""),
        ip=caller.ip,
        user_agent=caller.user_agent,
        headers=caller.headers,
        port=source_port(caller.ip, caller.headers),
        request_id=caller.request_id,
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer one request and log one line about it; a defect is never shown to a recipient."""
    del context
    try:
        outcome, response = answer(event)
    except ReguaError as exc:
        outcome, response = "reading_failed", pages.unavailable()
        logger.warning("reading page failed", error=type(exc).__name__)
    except Exception:
        outcome, response = "reading_failed", pages.unavailable()
        logger.exception("reading page failed")
    metrics.add_metric(outcome, MetricUnit.Count, 1)
    logger.info("reading page answered", outcome=outcome, status=response["statusCode"])
    return response
