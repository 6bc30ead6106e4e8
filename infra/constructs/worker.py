"""A queue with a function behind it, and what keeps one bad message from harming the others."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.python_function import FunctionProfile, PythonFunction

BATCH_SIZE = 10
"""The most that SQS gives at once without waiting for more."""
_WINDOW = Duration.seconds(1)
MAX_RECEIVES = 5
VISIBILITY_PER_TIMEOUT = 6


class Worker(Construct):
    """Queue, dead-letter queue, function and the mapping between them.

    Partial batch answers, the dead-letter queue, encryption and the visibility (six times the
    function's limit) are not choices.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        queue_name: str,
        profile: FunctionProfile,
        layers: list[lambda_.ILayerVersion],
        timeout: Duration,
        memory_mb: int,
        max_concurrency: int,
        environment: dict[str, str],
        batch_size: int = BATCH_SIZE,
        delay_seconds: int = 0,
    ) -> None:
        super().__init__(scope, id_)
        self.queue_name = queue_name
        self.dead_letters = dead_letter_queue(self, "DeadLetters")
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(VISIBILITY_PER_TIMEOUT * int(timeout.to_seconds())),
            retention_period=Duration.days(4),
            delivery_delay=Duration.seconds(delay_seconds) if delay_seconds else None,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MAX_RECEIVES
            ),
        )
        self.handler = PythonFunction(
            self,
            "Handler",
            name=name,
            profile=profile,
            layers=layers,
            timeout=timeout,
            memory_mb=memory_mb,
            environment=environment,
        )
        self.handler.function.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=batch_size,
                max_batching_window=_WINDOW if batch_size > BATCH_SIZE else None,
                report_batch_item_failures=True,
                max_concurrency=max_concurrency,
            )
        )


def dead_letter_queue(scope: Construct, id_: str) -> sqs.Queue:
    """Return a queue that keeps what nobody could handle for as long as SQS can."""
    return sqs.Queue(
        scope,
        id_,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
