"""The page that a message's links lead to: GET shows and changes nothing, POST is an act.

Decisions live in `regua.application.customer_page`; which page answers what, in `.routes`.
"""

from functools import cache
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.boleto_words import instructions
from regua.adapters.dynamodb_looks import DynamoDrafts, DynamoLooks
from regua.adapters.dynamodb_page_tries import DynamoPageTries
from regua.adapters.dynamodb_pix import DynamoPixRecords
from regua.adapters.pix_queues import SqsChargeQueue
from regua.adapters.tracking_links import TrackingKeyring, read_keys
from regua.application.agreements import Agreements
from regua.application.customer_page.page import CustomerPage
from regua.application.manage_page import ShowLook
from regua.application.written_to import WrittenTo
from regua.domain.errors import ReguaError
from regua.runtime import clients
from regua.runtime.public_http import Response
from regua.runtime.settings import CustomerPageSettings
from regua.runtime.stores import EvidenceStores, connect_with_evidence

from .frame import prepare
from .request import Visit
from .routes import Answer, Wired, answer, unavailable

__all__ = ["Wired", "answered", "lambda_handler", "wire"]

logger = Logger()
metrics = Metrics()
prepare()


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = CustomerPageSettings.from_environment()
    stores, secrets = connect_with_evidence(settings), clients.secretsmanager()
    return Wired(
        page=_page(settings, stores),
        looks=ShowLook(
            DynamoLooks(clients.dynamodb(), settings.portfolio_table),
            DynamoDrafts(clients.dynamodb(), settings.exchange_table),
            stores.directory,
        ),
        directory=stores.directory,
        keyring=TrackingKeyring(lambda: read_keys(secrets, settings.tracking_secret_arn)),
        page_days=settings.page_days,
        allow_as_of=settings.allow_as_of,
        base_path=urlsplit(settings.tracking_base_url).path,
    )


def _page(settings: CustomerPageSettings, stores: EvidenceStores) -> CustomerPage:
    charges = SqsChargeQueue(
        clients.sqs(), settings.charge_queue_url, with_as_of=settings.allow_as_of
    )
    return CustomerPage(
        portfolio=stores.portfolio,
        ledger=stores.ledger,
        directory=stores.directory,
        facts=stores.facts,
        publisher=stores.publisher,
        tries=DynamoPageTries(clients.dynamodb(), settings.messages_table),
        pix=DynamoPixRecords(clients.dynamodb(), settings.portfolio_table),
        agreements=Agreements(stores.portfolio, stores.ledger, stores.publisher, charges),
        instructions=instructions,
        address_of=WrittenTo(stores.ledger, stores.keys, stores.vault),
        nonce=lambda: token_hex(16),
    )


def answered(event: dict[str, Any]) -> Answer:
    """Answer one request; a defect is never shown to a customer."""
    visit = Visit.of(event, allow_as_of=False)
    try:
        wired = wire()
        visit = Visit.of(event, allow_as_of=wired.allow_as_of)
        return answer(wired, visit, lambda of: logger.append_keys(dispatch_id=of))
    except ReguaError as exc:
        logger.warning("customer page failed", error=type(exc).__name__)
    except Exception:
        logger.exception("customer page failed")
    return "page_failed", unavailable(visit)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer one request and log one line about it."""
    del context
    outcome, response = answered(event)
    if event["requestContext"]["http"].get("method") == "HEAD":
        response["body"] = ""
    metrics.add_metric(outcome, MetricUnit.Count, 1)
    logger.info("customer page answered", outcome=outcome, status=response["statusCode"])
    return response
