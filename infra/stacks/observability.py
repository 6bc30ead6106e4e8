"""What wakes a person, and the one page they look at first."""

from aws_cdk import Duration, IStackSynthesizer, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarms import Alarms, Threshold
from infra.constructs.python_function import METRICS_NAMESPACE
from infra.constructs.worker import Worker
from infra.outputs import emit, pascal
from infra.settings import StackSettings
from infra.stacks.functions import CHANNELS, FunctionsStack
from infra.stacks.storage import StorageStack

FIVE_MINUTES = Duration.minutes(5)
BACKLOG_SECONDS = 900
"""A contact decided a quarter of an hour ago and still not sent is late for its window."""

HARD_BOUNCE_PERCENT = 4
"""SES reviews an account at 5 % and pauses it at 10 %."""

UNSEALED_SECONDS = 1_800
"""Seals are made every five minutes; six missed ones are no accident."""

FAILED_PER_HOUR = 20
"""Single refusals are a customer's data; this many in one channel are ours or the provider's."""

_DEAD_LETTERS = {
    "inbound": "psp-unavailable",
    "charges": "psp-unavailable",
    "imports": "import-stuck",
}
"""Queues whose dead letters nearly always have one cause, and a runbook of its own."""

DOORS = (
    (
        "webhook_dead",
        "deliver_webhooks",
        1,
        1,
        "Events were not taken by a creditor's endpoint for three days.",
        "webhooks-dead",
    ),
    (
        "webhook_disabled",
        "deliver_webhooks",
        1,
        1,
        "A creditor's endpoint says that it is gone; nothing is delivered to it.",
        "webhooks-dead",
    ),
    (
        "pix_unmatched",
        "process_webhook",
        1,
        1,
        "Money came in by Pix that belongs to no invoice.",
        "payments-unmatched",
    ),
    (
        "inbound_not_kept",
        "receive_webhook",
        1,
        1,
        "What another system posted could not be kept; it was asked to post again.",
        "inbound-not-kept",
    ),
    (
        "plans_failed",
        "issue_recurring",
        3,
        1,
        "The invoices of some plans cannot be issued.",
        "plans-failed",
    ),
    (
        "page_digits_wrong",
        "customer_page",
        1,
        100,
        "Somebody guesses the digits that the customer's page asks for.",
        "page-guessed",
    ),
)
"""What wakes a person at the doors: a metric, who counts it, hours in a row, how many, and why."""

ENDINGS = ("sent", "resent_in_doubt", "deferred", "shut", "suppressed", "failed")
"""How a contact ends at its sender, as the dashboard shows it."""

RECEIPTS = (
    "receipt_delivered",
    "receipt_read",
    "receipt_answered",
    "receipt_undelivered",
    "receipt_hard_bounced",
    "receipt_rejected",
    "receipt_complained",
    "receipt_unknown",
)
"""What providers report, all channels together, as the dashboard shows it."""


class ObservabilityStack(Stack):
    """Alarms and dashboard over the other stacks; deleting it loses no data."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: StackSettings,
        storage: StorageStack,
        functions: FunctionsStack,
        synthesizer: IStackSynthesizer | None,
    ) -> None:
        super().__init__(scope, id_, synthesizer=synthesizer)
        self._functions = functions
        self.alarms = Alarms(self, "Alarms", key=storage.key, email=settings.alarm_email)
        for name, worker in functions.workers.items():
            self._watch_worker(name, worker)
        self._watch_functions()
        self._watch_clock()
        self._watch_seals()
        self._watch_reports()
        self._watch_edges()
        self._watch_doors()
        for channel in CHANNELS:
            self._watch_channel(channel)
        self._watch_business(emulated=settings.emulated)
        self._dashboard()
        emit(self, "regua", "alarm_topic_arn", self.alarms.topic.topic_arn)

    # Alarms ------------------------------------------------------------------------------------

    def _watch_worker(self, name: str, worker: Worker) -> None:
        self.alarms.add(
            f"{pascal(name)}DeadLetters",
            metric=_depth(worker.dead_letters),
            threshold=Threshold(1),
            says=f"Messages of queue {name} failed five times and wait for a person.",
            runbook=_DEAD_LETTERS.get(name, "worker-dead-letters"),
        )
        self.alarms.add(
            f"{pascal(name)}Backlog",
            metric=_age(worker.queue),
            threshold=Threshold(BACKLOG_SECONDS, periods=2),
            says=f"The oldest message of queue {name} waits longer than it may.",
            runbook="worker-backlog",
        )
        self.alarms.add(
            f"{pascal(name)}RecordsFailed",
            metric=_business("records_failed", worker.handler.name, period=Duration.minutes(15)),
            threshold=Threshold(20),
            says=f"Many messages of queue {name} fail and are tried again.",
            runbook="records-failed",
        )

    def _watch_functions(self) -> None:
        for function in self._functions.functions:
            self.alarms.add(
                f"{pascal(function.name)}Errors",
                metric=function.function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
                threshold=Threshold(1, periods=2),
                says=f"Function {function.name} crashes, times out or runs out of memory.",
                runbook="function-errors",
            )

    def _watch_clock(self) -> None:
        self.alarms.add(
            "ClockDeadLetters",
            metric=_depth(self._functions.clock.dead_letters),
            threshold=Threshold(1),
            says="The scheduler could not deliver ticks of the ruler or of the seals.",
            runbook="clock-dead-letters",
        )
        self.alarms.add(
            "RulerSilent",
            metric=self._functions.workers["shards"].handler.function.metric_invocations(
                period=FIVE_MINUTES, statistic="Sum"
            ),
            threshold=Threshold(
                1,
                periods=2,
                comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
                missing=cloudwatch.TreatMissingData.BREACHING,
            ),
            says="Nothing has evaluated the ruler for ten minutes.",
            runbook="ruler-silent",
        )

    def _watch_reports(self) -> None:
        self.alarms.add(
            "ReportFailed",
            metric=_business("report_failed", "issue_report", period=Duration.minutes(15)),
            threshold=Threshold(1),
            says="An evidence report was asked for and could not be issued.",
            runbook="report-failed",
        )
        self.alarms.add(
            "IssuedReportInvalid",
            metric=_business("issued_report_invalid", "verify_evidence"),
            threshold=Threshold(1),
            says="A report that was issued here does not verify any more.",
            runbook="issued-report-invalid",
        )

    def _watch_seals(self) -> None:
        """Watch how long evidence goes unsealed; a function that says nothing is late as well."""
        self.alarms.add(
            "SealDelayed",
            metric=_longest("seal_age_seconds", "seal_evidence"),
            threshold=Threshold(
                UNSEALED_SECONDS, periods=2, missing=cloudwatch.TreatMissingData.BREACHING
            ),
            says="Evidence has waited for its seal for more than half an hour.",
            runbook="seal-delayed",
        )
        self.alarms.add(
            "SealFailed",
            metric=_business("seal_failed", "seal_evidence", period=Duration.minutes(15)),
            threshold=Threshold(3),
            says="No seal can be made: the key or the time-stamping authority is away.",
            runbook="seal-delayed",
        )

    def _watch_edges(self) -> None:
        self.alarms.add(
            "Undelivered",
            metric=_depth(self._functions.undelivered),
            threshold=Threshold(1),
            says="The bus or a topic of receipts could not hand an event to its queue.",
            runbook="undelivered-events",
        )
        self.alarms.add(
            "Api5xx",
            metric=self._functions.http.api.metric_server_error(
                period=FIVE_MINUTES, statistic="Sum"
            ),
            threshold=Threshold(5, periods=2),
            says="The HTTP API answers with server errors.",
            runbook="api-5xx",
        )

    def _watch_doors(self) -> None:
        """Watch what others no longer take from us, and what we cannot make out of theirs."""
        for what, service, hours, count, says, runbook in DOORS:
            self.alarms.add(
                pascal(what),
                metric=_business(what, service, period=Duration.hours(1)),
                threshold=Threshold(count, periods=hours),
                says=says,
                runbook=runbook,
            )

    def _watch_channel(self, channel: str) -> None:
        """Watch how contacts end, each channel by itself: its provider and remedy are its own."""
        self.alarms.add(
            f"{pascal(channel)}Failed",
            metric=_ended(channel, "failed", period=Duration.hours(1)),
            threshold=Threshold(FAILED_PER_HOUR),
            says=f"Many contacts by {channel} were refused by the provider or given up.",
            runbook="contacts-failed",
        )
        self.alarms.add(
            f"{pascal(channel)}ResentInDoubt",
            metric=_ended(channel, "resent_in_doubt", period=Duration.hours(1)),
            threshold=Threshold(1),
            says=f"Messages by {channel} without a known result were sent a second time.",
            runbook="resent-in-doubt",
        )
        self.alarms.add(
            f"{pascal(channel)}Rejected",
            metric=_business(
                f"{channel}_receipt_rejected", "track_delivery", period=Duration.hours(1)
            ),
            threshold=Threshold(FAILED_PER_HOUR),
            says=f"Many messages by {channel} were taken, and refused afterwards.",
            runbook="contacts-failed",
        )
        self.alarms.add(
            f"{pascal(channel)}Shut",
            metric=_ended(channel, "shut", period=Duration.hours(1)),
            threshold=Threshold(1),
            says=f"The provider of {channel} takes nothing for a while; contacts are put off.",
            runbook="channel-shut",
        )

    def _watch_business(self, *, emulated: bool) -> None:
        self.alarms.add(
            "IngestRejected",
            metric=_business("ingest_rejected", "ingest"),
            threshold=Threshold(1),
            says="Events from the creditor's systems were refused and quarantined.",
            runbook="ingest-rejected",
        )
        self.alarms.add(
            "EnvelopeInvalid",
            metric=_business("envelope_invalid", "track_delivery"),
            threshold=Threshold(1),
            says="The receipts' queue was given something that Amazon SNS did not sign for us.",
            runbook="envelope-invalid",
        )
        self.alarms.add(
            "EnvelopeUnavailable",
            metric=_business("envelope_unavailable", "track_delivery"),
            threshold=Threshold(1, periods=2),
            says="Receipts wait: the certificate of Amazon SNS cannot be fetched.",
            runbook="envelope-invalid",
        )
        if not emulated:
            self.alarms.add(
                "HardBounceRate",
                metric=_hard_bounce_rate(),
                threshold=Threshold(
                    HARD_BOUNCE_PERCENT / 100, missing=cloudwatch.TreatMissingData.IGNORE
                ),
                says=f"More than {HARD_BOUNCE_PERCENT} % of the e-mails bounce for good.",
                runbook="hard-bounce-rate",
            )

    # Dashboard ---------------------------------------------------------------------------------

    def _dashboard(self) -> None:
        dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.days(1))
        self._show_contacts(dashboard)
        self._show_channels(dashboard)
        self._show_queues(dashboard)
        self._show_functions(dashboard)
        self._show_api(dashboard)

    def _show_contacts(self, dashboard: cloudwatch.Dashboard) -> None:
        workers = self._functions.workers
        dashboard.add_widgets(
            _graph(
                "Contacts",
                [
                    _business("contacts_planned", "evaluate_ruler"),
                    _business("contacts_deferred", "evaluate_ruler"),
                    _business("contacts_suppressed", "evaluate_ruler"),
                ],
            ),
            _graph("Receipts", [_business(each, "track_delivery") for each in RECEIPTS]),
            _graph(
                "Refused and failed",
                [
                    _business("ingest_rejected", "ingest"),
                    *(_business("records_failed", each.handler.name) for each in workers.values()),
                ],
            ),
        )

    def _show_channels(self, dashboard: cloudwatch.Dashboard) -> None:
        dashboard.add_widgets(
            *(
                _graph(f"By {channel}", [_ended(channel, each) for each in ENDINGS], width=6)
                for channel in CHANNELS
            )
        )

    def _show_queues(self, dashboard: cloudwatch.Dashboard) -> None:
        workers = self._functions.workers
        dashboard.add_widgets(
            _graph("Oldest message (s)", [_age(worker.queue) for worker in workers.values()]),
            _graph("Waiting messages", [_depth(worker.queue) for worker in workers.values()]),
            _graph("Dead letters", [_depth(worker.dead_letters) for worker in workers.values()]),
        )

    def _show_functions(self, dashboard: cloudwatch.Dashboard) -> None:
        functions = self._functions.functions
        dashboard.add_widgets(
            _graph("Invocations", [each.function.metric_invocations() for each in functions]),
            _graph("Errors", [each.function.metric_errors() for each in functions]),
            _graph(
                "Duration p99 (ms)",
                [each.function.metric_duration(statistic="p99") for each in functions],
            ),
        )

    def _show_api(self, dashboard: cloudwatch.Dashboard) -> None:
        api = self._functions.http.api
        dashboard.add_widgets(
            _graph("API requests", [api.metric_count(statistic="Sum")]),
            _graph(
                "API errors",
                [
                    api.metric_client_error(statistic="Sum"),
                    api.metric_server_error(statistic="Sum"),
                ],
            ),
            _graph("API latency p95 (ms)", [api.metric_latency(statistic="p95")]),
        )


def _depth(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(
        period=FIVE_MINUTES, statistic="Maximum"
    )


def _age(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES, statistic="Maximum")


def _business(name: str, service: str, *, period: Duration = FIVE_MINUTES) -> cloudwatch.Metric:
    """Return one of our own metrics: counted by the functions, written as EMF log lines."""
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": service},
        period=period,
        statistic="Sum",
    )


def _longest(name: str, service: str) -> cloudwatch.Metric:
    """Return the worst value of one of our own metrics in a quarter of an hour."""
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": service},
        period=Duration.minutes(15),
        statistic="Maximum",
    )


def _ended(channel: str, outcome: str, *, period: Duration = FIVE_MINUTES) -> cloudwatch.Metric:
    """Return how many contacts of a channel ended one way, counted by its sender."""
    return _business(f"{channel}_{outcome}", f"send_{channel}", period=period)


def _hard_bounce_rate() -> cloudwatch.Metric:
    """Return SES's own rate, from 0 to 1: the number by which it judges the account.

    Our receipts cannot stand for it: they count dead telephone numbers, too.
    """
    return cloudwatch.Metric(
        namespace="AWS/SES",
        metric_name="Reputation.BounceRate",
        period=Duration.hours(1),
        statistic="Maximum",
    )


def _graph(
    title: str, metrics: list[cloudwatch.Metric], *, width: int = 8
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=[*metrics], width=width, height=6)
