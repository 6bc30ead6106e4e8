"""The public verification: GET shows the form, POST recomputes; nothing that is sent is kept.

There is one page and two addresses. `/verify` is the page; people type it and forms post to it.
`/verificar/{number}`, which the code printed on a laudo leads to, is the same page with the number
filled in, in the language of whoever reads the address on paper. It opens nothing by itself.

Decisions live in `regua.application.verify_report`.
"""

from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.evidence_checks import checkers
from regua.adapters.kms_signer import KmsSigner
from regua.adapters.report_archive import DynamoReportArchive
from regua.adapters.signed_report import open_report
from regua.adapters.time_stamps import NoTimeStamp, configured_tsa
from regua.application.verify_bundle import Anchors
from regua.application.verify_file import VerifiedFile, VerifyFile
from regua.application.verify_report import VerifyReport
from regua.domain.errors import InvalidInput, NotFound, ReguaError
from regua.runtime import clients
from regua.runtime.bodies import TooLarge, Unreadable
from regua.runtime.public_http import Response
from regua.runtime.settings import VerifyEvidenceSettings

from . import pages
from .request import Request, read, wants_json

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> VerifyReport:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = VerifyEvidenceSettings.from_environment()
    archive = DynamoReportArchive(
        clients.dynamodb(), settings.messages_table, clients.s3(), settings.evidence_bucket
    )
    verify = VerifyFile(checkers(), open_report)
    return VerifyReport(archive, verify, partial(known_anchors, settings))


def known_anchors(settings: VerifyEvidenceSettings) -> Anchors:
    """Ask the deployment itself which key seals and signs, and who stamps, if anybody does yet."""
    secrets = clients.secretsmanager()
    try:
        tsa_ca_pem = configured_tsa(secrets, settings.tsa_secret_arn).ca_pem
    except NoTimeStamp:
        tsa_ca_pem = None
    seal_key_pem = KmsSigner(clients.kms(), settings.signing_key_arn).public_key_pem()
    return Anchors(seal_key_pem, tsa_ca_pem)


def answer(event: dict[str, Any]) -> tuple[str, Response]:
    """Answer one request; also return what became of it, as its metric is named."""
    try:
        request = read(event)
    except TooLarge:
        return "verification_refused", pages.too_large(as_json=wants_json(event))
    except Unreadable:
        return "verification_refused", pages.not_understood(as_json=wants_json(event))
    if request.method == "GET":
        return "verification_page_shown", pages.form(request.number)
    if request.method != "POST":
        return "verification_refused", pages.not_allowed()
    if request.file:
        return _of_file(request)
    return _by_code(request)


def _by_code(request: Request) -> tuple[str, Response]:
    try:
        issued = wire().by_code(request.number, request.code, clock.now())
    except NotFound:
        return "verification_refused", pages.no_match(request.number, as_json=request.wants_json)
    if not (issued.is_as_issued and issued.found.verdict.valid):
        metrics.add_metric("issued_report_invalid", MetricUnit.Count, 1)
        logger.error("issued report does not verify", report=issued.record.number)
    return _outcome(issued.found), pages.issued(issued, as_json=request.wants_json)


def _of_file(request: Request) -> tuple[str, Response]:
    try:
        presented = wire().of_file(request.file, clock.now())
    except InvalidInput as exc:
        return "verification_refused", pages.no_evidence(exc, as_json=request.wants_json)
    return _outcome(presented.found), pages.presented(presented, as_json=request.wants_json)


def _outcome(found: VerifiedFile) -> str:
    return "verification_valid" if found.verdict.valid else "verification_invalid"


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer one request and log one line about it; a defect is never shown to a visitor."""
    del context
    try:
        outcome, response = answer(event)
    except ReguaError as exc:
        outcome, response = "verification_failed", pages.unavailable(as_json=wants_json(event))
        logger.warning("verification failed", error=type(exc).__name__)
    except Exception:
        outcome, response = "verification_failed", pages.unavailable(as_json=wants_json(event))
        logger.exception("verification failed")
    metrics.add_metric(outcome, MetricUnit.Count, 1)
    logger.info("verification answered", outcome=outcome, status=response["statusCode"])
    return response
