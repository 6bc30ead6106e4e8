"""`regua events`: a replay goes to the rules that are named, on a bus of AWS as moto knows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from local import cli

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

BUS = "regua-bus"
SPAN = ("--from", "2026-11-09T12:00:00Z", "--to", "2026-11-09T15:00:00-03:00")
NAMES = ("Regua-Facts1A2B3C4D-x", "Regua-DoorsFactsOut5E6F-y", "Regua-EmailDue9-z")


@dataclass(frozen=True)
class Aws:
    """A bus with rules, and its archive."""

    client: "EventBridgeClient"
    arn: str

    def archived(self) -> None:
        self.client.create_archive(ArchiveName="tudo", EventSourceArn=self.arn)


@pytest.fixture
def aws() -> Iterator[Aws]:
    with mock_aws():
        client = boto3.client("events")
        arn = client.create_event_bus(Name=BUS)["EventBusArn"]
        for name in NAMES:
            client.put_rule(
                Name=name, EventBusName=BUS, EventPattern='{"source":["a"]}', Description="Conta"
            )
        yield Aws(client, arn)


def test_a_replay_goes_to_the_rules_that_are_named(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.archived()
    words = ["events", "replay", "--bus", BUS, *SPAN, "--rule", "FactsOut", "--rule", NAMES[0]]
    assert cli.main(words) == 0
    (name,) = [each["ReplayName"] for each in aws.client.list_replays()["Replays"]]
    replay = aws.client.describe_replay(ReplayName=name)
    assert replay["Destination"]["Arn"] == aws.arn
    assert [arn.rpartition("/")[2] for arn in replay["Destination"]["FilterArns"]] == [
        NAMES[1],
        NAMES[0],
    ]
    assert replay["EventStartTime"].isoformat() == "2026-11-09T12:00:00+00:00"
    assert replay["EventEndTime"].isoformat() == "2026-11-09T18:00:00+00:00"
    assert name in capsys.readouterr().out
    assert cli.main(["events", "replays", "--bus", BUS]) == 0
    assert name in capsys.readouterr().out


def test_the_same_span_can_be_replayed_again(aws: Aws) -> None:
    aws.archived()
    for _ in range(2):
        assert cli.main(["events", "replay", "--bus", BUS, *SPAN, "--rule", "EmailDue"]) == 0
    assert len(aws.client.list_replays()["Replays"]) == 2


def test_rules_are_listed_but_for_the_archives_own(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.archived()
    assert cli.main(["events", "rules", "--bus", BUS]) == 0
    out = capsys.readouterr().out
    assert all(f"{name}  Conta" in out for name in NAMES)
    assert "Events-Archive" not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rule", "Facts"), "Facts names several rules"),
        (("--rule", "Nada"), "Nada names no rule"),
    ],
)
def test_a_rule_that_is_not_one_is_refused(
    aws: Aws, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.archived()
    assert cli.main(["events", "replay", "--bus", BUS, *SPAN, *words]) == 1
    assert said in capsys.readouterr().err
    assert aws.client.list_replays()["Replays"] == []


def test_a_span_that_ends_before_it_begins_is_refused(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.archived()
    span = ("--from", "2026-11-09T12:00:00Z", "--to", "2026-11-09T12:00:00Z")
    assert cli.main(["events", "replay", "--bus", BUS, *span, "--rule", "EmailDue"]) == 1
    assert "--to is not after --from" in capsys.readouterr().err


@pytest.mark.usefixtures("aws")
def test_a_bus_without_an_archive_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["events", "replay", "--bus", BUS, *SPAN, "--rule", "EmailDue"]) == 1
    assert "has no archive" in capsys.readouterr().err


def test_the_local_cloud_says_what_to_do_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["events", "replay", *SPAN, "--rule", "Facts"]) == 1
    said = capsys.readouterr().err
    assert "keeps no archive" in said
    assert "/replay" in said


@pytest.mark.parametrize("text", ["ontem", "2026-11-09", "2026-11-09T12:00:00"])
def test_an_instant_has_its_offset(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["events", "replay", "--bus", BUS, "--from", text, "--to", text, "--rule", "x"]
    with pytest.raises(SystemExit):
        cli.main(words)
    assert "is not an instant" in capsys.readouterr().err
