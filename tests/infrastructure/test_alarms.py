"""Alarms reach people and say what to do."""

import re

import pytest

from infra.settings import REPO_ROOT
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
    assert {path.name for path in RUNBOOKS.glob("*.md")} == _named_runbooks(aws)


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_runbook_has_every_section(path: object) -> None:
    text = RUNBOOKS.joinpath(str(path)).read_text(encoding="utf-8")
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


def test_business_alarms_read_what_the_functions_count(assembly: Assembly) -> None:
    ours = {
        (each["MetricName"], each["Dimensions"][0]["Value"])
        for each in assembly.properties(ALARM).values()
        if each.get("Namespace") == "Regua"
    }
    workers = {"evaluate_ruler", "send_email", "record_hits", "track_delivery", "ingest"}
    assert ours == {
        ("ingest_rejected", "ingest"),
        ("resent_in_doubt", "send_email"),
        *(("records_failed", worker) for worker in workers),
    }


def test_people_are_told_by_mail_when_an_address_is_given(tailored: Assembly) -> None:
    subscriptions = tailored.properties("AWS::SNS::Subscription").values()
    (mail,) = [each for each in subscriptions if each["Protocol"] == "email"]
    assert mail["Endpoint"] == "plantao@example.com.br"
