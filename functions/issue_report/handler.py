"""Evidence reports over HTTP; the only function with what typesets and signs documents."""

import re
import secrets
from collections.abc import Callable, Mapping
from functools import cache, partial
from http import HTTPStatus
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from regua.adapters.clock import SystemClock
from regua.adapters.customer_keys import KmsCustomerKeys
from regua.adapters.dynamodb_certificates import DynamoCertificates
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.dynamodb_seals import DynamoSealIndex
from regua.adapters.kms_signer import KmsSigner
from regua.adapters.pades import PadesSigner
from regua.adapters.report_store import DynamoReports
from regua.adapters.report_typst import TypstReportRenderer
from regua.adapters.s3_seals import S3Seals
from regua.adapters.s3_vault import S3Vault
from regua.adapters.signer_secret import configured_signer, trusted_certificates
from regua.adapters.time_stamps import HttpTimeStamper, configured_tsa
from regua.application.bundle import write_bundle
from regua.application.dossier import EvidenceReader
from regua.application.evidence_view import evidence_view
from regua.application.issue_report import IssuedReport, IssueReport
from regua.application.ports import Creditor, CreditorDirectory
from regua.application.read_dossier import ReadDossier
from regua.application.report_ports import SignerMissing
from regua.application.seal_evidence import InclusionReader
from regua.application.wire import instant_text
from regua.domain.errors import FinalError, NotFound
from regua.domain.ids import DispatchId, InvoiceId
from regua.runtime import clients
from regua.runtime.calls import Entrance, entrance_on
from regua.runtime.http import (
    Answer,
    Event,
    answered,
    creditor_of,
    decoded_id,
    failure_of,
    respond,
)
from regua.runtime.settings import IssueReportSettings

logger = Logger()
metrics = Metrics()
clock = SystemClock()
app = APIGatewayHttpResolver()

_DISPATCH_ID = re.compile(r"[0-9a-f]{32}")


class Wired(NamedTuple):
    """What the routes work with."""

    directory: CreditorDirectory
    reader: EvidenceReader
    issue: IssueReport
    entrance: Entrance


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = IssueReportSettings.from_environment()
    dynamodb, kms, s3 = clients.dynamodb(), clients.kms(), clients.s3()
    table, bucket = settings.messages_table, settings.evidence_bucket
    tsa = partial(configured_tsa, clients.secretsmanager(), settings.tsa_secret_arn)
    signer = partial(configured_signer, clients.secretsmanager(), settings.signer_secret_arn)
    ledger = DynamoLedger(dynamodb, table)
    reader = ReadDossier(
        ledger,
        KmsCustomerKeys(dynamodb, settings.portfolio_table, clients.kms, settings.evidence_key_arn),
        S3Vault(s3, bucket),
        InclusionReader(DynamoSealIndex(dynamodb, table), S3Seals(s3, bucket)),
    )
    issue = IssueReport(
        reader=reader,
        ledger=ledger,
        portfolio=DynamoPortfolio(
            dynamodb,
            table=settings.portfolio_table,
            messages_table=table,
            shards=settings.shards,
        ),
        write_bundle=write_bundle,
        render=TypstReportRenderer(),
        signer=PadesSigner(KmsSigner(kms, settings.signing_key_arn), HttpTimeStamper(tsa), signer),
        store=DynamoReports(dynamodb, table, clients.s3_presigning(), bucket),
        random=secrets.token_bytes,
        certificates=partial(trusted_certificates, tsa, signer),
        provider_certificates=DynamoCertificates(dynamodb, table),
        verification_base_url=settings.tracking_base_url,
    )
    directory = DynamoCreditors(dynamodb, settings.portfolio_table)
    entrance = entrance_on(dynamodb, settings.exchange_table, directory, clock.now)
    return Wired(directory, reader, issue, entrance)


@app.post("/v1/messages/<dispatch_id>/report")
def post_message_report(dispatch_id: str) -> Response[Any]:
    """Issue the report of one message."""
    issue, creditor = wire().issue, _caller()
    return _issued(issue.of_message(creditor, _dispatch_id(dispatch_id), clock.now()))


@app.post("/v1/invoices/<external_id>/report")
def post_invoice_report(external_id: str) -> Response[Any]:
    """Issue the report of every message about an invoice."""
    issue, creditor = wire().issue, _caller()
    try:
        invoice_id = InvoiceId(decoded_id(external_id))
    except ValidationError:
        raise NotFound from None
    return _issued(issue.of_invoice(creditor, invoice_id, clock.now()))


@app.get("/v1/reports/<number>")
def get_report(number: str) -> Response[Any]:
    """Answer what is remembered of a report, and where its file can be fetched."""
    issue = wire().issue
    record, url = issue.find(_caller(), number)
    return _private(
        {
            "number": record.number,
            "issued_at": instant_text(record.issued_at),
            "sha256": record.pdf_sha256,
            "dispatch_ids": list(record.dispatch_ids),
            "verification_url": issue.verification_url(record.number),
            "download_url": url,
        }
    )


@app.get("/v1/messages/<dispatch_id>/evidence")
def get_evidence(dispatch_id: str) -> Response[Any]:
    """Answer a message's chain with its seals; another creditor's is no different from none."""
    creditor = _caller()
    dossier = wire().reader.read(_dispatch_id(dispatch_id))
    if dossier is None or dossier.record.dispatch.creditor_id != creditor.creditor_id:
        raise NotFound(dispatch_id)
    return _private(evidence_view(dossier))


def _caller() -> Creditor:
    return creditor_of(app.current_event, wire().directory)


def _dispatch_id(text: str) -> DispatchId:
    if not _DISPATCH_ID.fullmatch(text):
        raise NotFound(text)
    return DispatchId(text)


def _issued(report: IssuedReport) -> Response[Any]:
    metrics.add_metric("report_issued", MetricUnit.Count, 1)
    body = {
        "number": report.number,
        "code": report.code,
        "sha256": report.sha256,
        "size": report.size,
        "verification_url": report.verification_url,
        "download_url": report.download_url,
    }
    return _private(body, HTTPStatus.CREATED)


def _private(body: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response[Any]:
    """Answer with what nobody on the way may keep."""
    answer = respond(body, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # Powertools'
def _failed(error: Exception) -> Response[str]:
    is_ours = isinstance(error, SignerMissing) or not isinstance(error, FinalError)
    if is_ours and app.current_event.http_method == "POST":
        logger.warning("report failed", reason=type(error).__name__)
        metrics.add_metric("report_failed", MetricUnit.Count, 1)
    return failure_of(error, app, logger=logger, metrics=metrics)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request and log one line about it."""
    return answered(app, event, context, logger=logger, metrics=metrics, gate=_gate)


def _gate(event: Event, proceed: Callable[[Event], Answer]) -> Answer:
    return wire().entrance(event, proceed)
