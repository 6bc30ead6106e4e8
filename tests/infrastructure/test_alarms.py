"""Alarms reach people and say what to do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.outputs import pascal
from infra.settings import REPO_ROOT
from infra.stacks.observability import DOORS
from regua.adapters.sns_signature import Envelope
from regua.application.accept_event import Accepted
from regua.application.record_receipt import Recorded
from regua.application.send_contact import Outcome
from regua.application.settle_pix import Settled
from regua.domain.ruler import Channel
from tests.infrastructure.assembly import Assembly

ALARM = "AWS::CloudWatch::Alarm"
RUNBOOKS = REPO_ROOT / "docs" / "runbooks"
SECTIONS = (
    "## Symptom",
    "## Impact on customers",
    "## First query",
    "## Safe actions",
    "## Unsafe actions",
    "## Escalation",
)


CHANNELS = ("email", "sms", "whatsapp", "voice")
WORKERS = {
    "evaluate_ruler": "Shards",
    "send_email": "Email",
    "send_sms": "Sms",
    "send_whatsapp": "Whatsapp",
    "send_voice": "Voice",
    "record_hits": "Hits",
    "track_delivery": "Receipts",
    "ingest": "Ingest",
    "feed_events": "Feed",
    "deliver_webhooks": "Webhooks",
    "run_import": "Imports",
    "process_webhook": "Inbound",
    "make_charges": "Charges",
    "issue_recurring": "Recurring",
    "thank_payer": "Thanks",
}
"""The functions behind queues, with how their alarms are named."""

PROCEDURES = {"rotate-tracking-key.md"}
"""Things that are done on purpose, not in answer to an alarm."""


def _named_runbooks(assembly: Assembly) -> set[str]:
    found = set()
    for name, alarm in assembly.properties(ALARM).items():
        match = re.search(r"Runbook: docs/runbooks/([a-z0-9-]+\.md)$", alarm["AlarmDescription"])
        assert match, name
        found.add(match[1])
    return found


def test_every_alarm_names_a_runbook_that_exists(assembly: Assembly) -> None:
    missing = {name for name in _named_runbooks(assembly) if not (RUNBOOKS / name).is_file()}
    assert missing == set()


def test_every_runbook_answers_an_alarm(aws: Assembly) -> None:
    assert {path.name for path in RUNBOOKS.glob("*.md")} - PROCEDURES == _named_runbooks(aws)


@pytest.mark.parametrize("name", sorted({path.name for path in RUNBOOKS.glob("*.md")} - PROCEDURES))
def test_a_runbook_has_every_section(name: str) -> None:
    text = (RUNBOOKS / name).read_text(encoding="utf-8")
    positions = [text.find(section) for section in SECTIONS]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_every_alarm_speaks_when_it_starts_and_when_it_ends(assembly: Assembly) -> None:
    for alarm in assembly.properties(ALARM).values():
        assert alarm["AlarmActions"] == alarm["OKActions"]
        assert alarm["AlarmActions"]


def test_every_dead_letter_queue_has_an_alarm(assembly: Assembly) -> None:
    watched = str([each.get("Dimensions") for each in assembly.properties(ALARM).values()])
    dead_letters = [
        name
        for name in assembly.properties("AWS::SQS::Queue")
        if "DeadLetters" in name or name.startswith("Undelivered")
    ]
    assert len(dead_letters) == len(WORKERS) + 2, "those of the clock and of the bus and topics"
    for name in dead_letters:
        assert name in watched


def test_a_silent_ruler_is_noticed_even_when_no_metric_arrives(assembly: Assembly) -> None:
    alarms = assembly.properties(ALARM)
    alarm = next(each for name, each in alarms.items() if "RulerSilent" in name)
    assert alarm["TreatMissingData"] == "breaching"


COUNTED = {
    *((str(outcome), "ingest") for outcome in Accepted),
    *((f"{channel}_{outcome}", f"send_{channel}") for channel in CHANNELS for outcome in Outcome),
    *((str(outcome), "track_delivery") for outcome in Recorded),
    *((f"{channel}_{Recorded.REJECTED}", "track_delivery") for channel in CHANNELS),
    *(("records_failed", worker) for worker in WORKERS),
    *((f"envelope_{found}", "track_delivery") for found in Envelope),
    *((f"seal_{what}", "seal_evidence") for what in ("heads", "failed", "age_seconds")),
    *((f"report_{what}", "issue_report") for what in ("issued", "failed")),
    ("issued_report_invalid", "verify_evidence"),
    *((f"webhook_{what}", "deliver_webhooks") for what in ("dead", "disabled")),
    (str(Settled.UNMATCHED), "process_webhook"),
    ("inbound_not_kept", "receive_webhook"),
    ("plans_failed", "issue_recurring"),
    ("page_digits_wrong", "customer_page"),
}
"""What the functions count, from the names their use cases return."""


def _own_metrics(alarm: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield our own metrics behind an alarm, plain or inside arithmetic, with their function."""
    single = [alarm] if "MetricName" in alarm else []
    parts = [
        each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each
    ]
    for metric in single + parts:
        if metric["Namespace"] == "Regua":
            (dimension,) = metric["Dimensions"]
            assert dimension["Name"] == "service"
            yield metric["MetricName"], dimension["Value"]


def test_business_alarms_read_what_the_functions_count(aws: Assembly) -> None:
    watched = {metric for alarm in aws.properties(ALARM).values() for metric in _own_metrics(alarm)}
    assert watched <= COUNTED
    assert watched == {
        ("seal_failed", "seal_evidence"),
        ("seal_age_seconds", "seal_evidence"),
        ("report_failed", "issue_report"),
        ("issued_report_invalid", "verify_evidence"),
        ("ingest_rejected", "ingest"),
        ("envelope_invalid", "track_delivery"),
        ("envelope_unavailable", "track_delivery"),
        *((f"{channel}_resent_in_doubt", f"send_{channel}") for channel in CHANNELS),
        *((f"{channel}_failed", f"send_{channel}") for channel in CHANNELS),
        *((f"{channel}_shut", f"send_{channel}") for channel in CHANNELS),
        *((f"{channel}_receipt_rejected", "track_delivery") for channel in CHANNELS),
        *(("records_failed", worker) for worker in WORKERS),
        *((what, service) for what, service, *_ in DOORS),
    }


def test_silence_about_seals_is_a_delay(assembly: Assembly) -> None:
    alarms = assembly.properties(ALARM)
    (delayed,) = [each for name, each in alarms.items() if name.startswith("AlarmsSealDelayed")]
    assert (delayed["Statistic"], delayed["Threshold"]) == ("Maximum", 1_800)
    assert delayed["TreatMissingData"] == "breaching"


def test_every_channel_of_the_ruler_is_watched() -> None:
    assert {channel.value for channel in Channel} == set(CHANNELS)


@pytest.mark.parametrize("kind", ["DeadLetters", "Backlog", "RecordsFailed"])
def test_every_worker_queue_is_watched(assembly: Assembly, kind: str) -> None:
    alarms = [name for name in assembly.properties(ALARM) if kind in name]
    for queue in WORKERS.values():
        assert [name for name in alarms if name.startswith(f"Alarms{queue}{kind}")], queue


def test_a_backlog_alarm_reads_the_queue_it_is_named_after(assembly: Assembly) -> None:
    alarms = assembly.properties(ALARM)
    for function, queue in WORKERS.items():
        (alarm,) = [each for name, each in alarms.items() if name.startswith(f"Alarms{queue}Bac")]
        assert alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
        assert f"{pascal(function)}Queue" in str(alarm["Dimensions"])


def test_the_bounces_of_the_account_are_read_where_ses_judges_them(
    aws: Assembly, local: Assembly
) -> None:
    """Receipts of all channels share a counter: a dead telephone is no reason to fear for mail."""
    (alarm,) = [each for name, each in aws.properties(ALARM).items() if "HardBounceRate" in name]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SES", "Reputation.BounceRate")
    assert "Dimensions" not in alarm, "it is the account that is stopped"
    assert alarm["Threshold"] == 0.04
    assert alarm["TreatMissingData"] == "ignore"
    assert not [name for name in local.properties(ALARM) if "HardBounceRate" in name]


def test_the_dashboard_reads_what_the_functions_count(aws: Assembly) -> None:
    ((body,),) = [
        [each["DashboardBody"]] for each in aws.properties("AWS::CloudWatch::Dashboard").values()
    ]
    text = "".join(part for part in body["Fn::Join"][1] if isinstance(part, str))
    shown = set(re.findall(r'"Regua","([a-z_]+)","service","([a-z_]+)"', text))
    decided = {f"contacts_{what}" for what in ("planned", "deferred", "suppressed")}
    assert {each for each in shown if each[0] not in decided} <= COUNTED
    for channel in CHANNELS:
        for outcome in (
            Outcome.SENT,
            Outcome.DEFERRED,
            Outcome.SHUT,
            Outcome.FAILED,
            Outcome.RESENT_IN_DOUBT,
        ):
            assert (f"{channel}_{outcome}", f"send_{channel}") in shown


def test_people_are_told_by_mail_when_an_address_is_given(tailored: Assembly) -> None:
    subscriptions = tailored.properties("AWS::SNS::Subscription").values()
    (mail,) = [each for each in subscriptions if each["Protocol"] == "email"]
    assert mail["Endpoint"] == "plantao@example.com.br"
