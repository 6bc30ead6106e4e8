"""The clock's tick seals what is new. Decisions live in `regua.application.seal_evidence`."""

from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_seals import DynamoSealIndex
from regua.adapters.kms_signer import KmsSigner
from regua.adapters.s3_seals import S3Seals
from regua.adapters.time_stamps import HttpTimeStamper, configured_tsa
from regua.application.seal_evidence import SealEvidence
from regua.runtime import clients
from regua.runtime.settings import SealEvidenceSettings

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> SealEvidence:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = SealEvidenceSettings.from_environment()
    configured = partial(configured_tsa, clients.secretsmanager(), settings.tsa_secret_arn)
    return SealEvidence(
        index=DynamoSealIndex(clients.dynamodb(), settings.messages_table),
        seals=S3Seals(clients.s3(), settings.evidence_bucket),
        signer=KmsSigner(clients.kms(), settings.signing_key_arn),
        stamper=HttpTimeStamper(configured),
        max_heads=settings.seal_heads,
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - a tick says nothing else
    """Seal until nothing is left or half of the time is up; say why when a seal has to wait."""
    now = clock.now()
    run = wire()(now=now, seconds_left=lambda: context.get_remaining_time_in_millis() / 1000)
    age = run.age_seconds(now)
    metrics.add_metric("seal_heads", MetricUnit.Count, run.heads)
    metrics.add_metric("seal_failed", MetricUnit.Count, int(run.failed is not None))
    metrics.add_metric("seal_age_seconds", MetricUnit.Seconds, age)
    answer: dict[str, Any] = {
        "seals": run.seals,
        "heads": run.heads,
        "age_seconds": age,
        "drained": run.drained,
        "failed": str(run.failed) if run.failed else None,
    }
    log = logger.warning if run.failed else logger.info
    log("sealing finished", **answer)
    return answer
