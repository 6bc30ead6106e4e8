"""Alarms reach people and say what to do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.settings import REPO_ROOT
from regua.application.accept_event import Accepted
from regua.application.record_receipt import Recorded
from regua.application.send_email import Outcome
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
    assert len(dead_letters) == 7
    for name in dead_letters:
        assert name in watched


def test_a_silent_ruler_is_noticed_even_when_no_metric_arrives(assembly: Assembly) -> None:
    alarms = assembly.properties(ALARM)
    alarm = next(each for name, each in alarms.items() if "RulerSilent" in name)
    assert alarm["TreatMissingData"] == "breaching"


COUNTED = {
    *((str(outcome), "ingest") for outcome in Accepted),
    *((f"email_{outcome}", "send_email") for outcome in Outcome),
    *((str(outcome), "track_delivery") for outcome in Recorded),
    *(
        ("records_failed", worker)
        for worker in ("evaluate_ruler", "send_email", "record_hits", "track_delivery", "ingest")
    ),
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
    assert watched >= {
        ("ingest_rejected", "ingest"),
        ("email_resent_in_doubt", "send_email"),
        ("email_sent", "send_email"),
        ("receipt_hard_bounced", "track_delivery"),
    }
    assert {service for name, service in watched if name == "records_failed"} == {
        service for name, service in COUNTED if name == "records_failed"
    }


def test_people_are_told_by_mail_when_an_address_is_given(tailored: Assembly) -> None:
    subscriptions = tailored.properties("AWS::SNS::Subscription").values()
    (mail,) = [each for each in subscriptions if each["Protocol"] == "email"]
    assert mail["Endpoint"] == "plantao@example.com.br"
