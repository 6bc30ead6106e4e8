"""`regua events rules|replay|replays`: what a bus on AWS remembers, put on it again.

The bus keeps an archive of everything published. A replay goes to the rules that are named and to
no others, so that what was sent to people is not asked for again. The local cloud has no archive.
"""

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3

from local.console import say
from local.place import LocalError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

NO_ARCHIVE = (
    "name the bus on AWS with --bus (output ReguaBusName). The local cloud keeps no archive: have "
    "an endpoint's events delivered again with POST /v1/webhooks/{id}/replay, or read the feed"
)
_ARCHIVING = "Events-Archive-"
"""What the names of the rules begin with by which the bus fills its archive."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    rules = actions.add_parser("rules", help="list the rules of a bus that a replay can go to")
    replay = actions.add_parser("replay", help="put a span of events on the bus again")
    replay.add_argument(
        "--from", dest="start", required=True, type=instant, metavar="INSTANT", help="the beginning"
    )
    replay.add_argument(
        "--to", dest="end", required=True, type=instant, metavar="INSTANT", help="the end"
    )
    replay.add_argument(
        "--rule",
        action="append",
        required=True,
        metavar="NAME",
        help="a rule that gets the events: its name, or a part that no other has; repeatable",
    )
    replays = actions.add_parser("replays", help="say how far replays are")
    for action in (rules, replay, replays):
        action.add_argument("--bus", metavar="NAME", help="the bus: the stack's ReguaBusName")
        action.add_argument("--region", metavar="NAME", help="its region, if not the usual one")


def instant(text: str) -> datetime:
    """Read an instant with its offset.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    msg = f"{text} is not an instant such as 2026-11-09T12:00:00Z"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(msg) from None
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError(msg)
    return found.astimezone(UTC)


def run(options: argparse.Namespace) -> int:
    """List rules, start a replay, or tell how far replays are."""
    if not options.bus:
        raise LocalError(NO_ARCHIVE)
    client = boto3.client("events", region_name=options.region)
    if options.action == "rules":
        return show_rules(client, options.bus)
    if options.action == "replays":
        return show_replays(client, options.bus)
    return replay(client, options.bus, (options.start, options.end), options.rule)


def show_rules(client: "EventBridgeClient", bus: str) -> int:
    """Print every rule that a replay can go to."""
    for rule in rules_of(client, bus):
        say(f"{rule['Name']}  {rule.get('Description', '')}")
    return 0


def replay(
    client: "EventBridgeClient",
    bus: str,
    span: tuple[datetime, datetime],
    wanted: Sequence[str],
) -> int:
    """Start a replay; it runs by itself.

    Raises:
        LocalError: The span is none, a rule is not to be found, or the bus has no archive.
    """
    start, end = span
    if end <= start:
        raise LocalError("--to is not after --from")
    arn = client.describe_event_bus(Name=bus)["Arn"]
    chosen = chosen_rules(rules_of(client, bus), wanted)
    name = f"regua-{start:%Y%m%dT%H%M%S}-{end:%Y%m%dT%H%M%S}-{len(replays_of(client, arn)) + 1}"
    client.start_replay(
        ReplayName=name,
        Description="Started with regua events replay",
        EventSourceArn=archive_of(client, arn),
        EventStartTime=start,
        EventEndTime=end,
        Destination={"Arn": arn, "FilterArns": [rule["Arn"] for rule in chosen]},
    )
    say(f"Replay {name} has started, to: {', '.join(rule['Name'] for rule in chosen)}.")
    say(f"How far it is: regua events replays --bus {bus}")
    return 0


def show_replays(client: "EventBridgeClient", bus: str) -> int:
    """Print every replay of the bus's archive, and how it stands."""
    found = replays_of(client, client.describe_event_bus(Name=bus)["Arn"])
    for each in found:
        reached = each.get("EventLastReplayedTime")
        until = f"  up to {reached:%Y-%m-%dT%H:%M:%S%z}" if reached else ""
        say(f"{each['ReplayName']}  {each['State']}{until}  {each.get('StateReason', '')}".rstrip())
    say(f"{len(found)} in all.")
    return 0


def rules_of(client: "EventBridgeClient", bus: str) -> list[Any]:
    """Return the rules of a bus, but for those by which it fills its archive."""
    pages = client.get_paginator("list_rules").paginate(EventBusName=bus)
    found = [rule for page in pages for rule in page["Rules"]]
    return [rule for rule in found if not rule["Name"].startswith(_ARCHIVING)]


def chosen_rules(rules: Sequence[Any], wanted: Sequence[str]) -> list[Any]:
    """Return the rules that are meant, each once.

    Raises:
        LocalError: A word names no rule, or several.
    """
    chosen: dict[str, Any] = {}
    for word in wanted:
        exact = [rule for rule in rules if rule["Name"] == word]
        found = exact or [rule for rule in rules if word in rule["Name"]]
        if len(found) != 1:
            names = ", ".join(rule["Name"] for rule in found or rules)
            what = "several rules" if found else "no rule"
            raise LocalError(f"{word} names {what}; there are: {names}")
        chosen[found[0]["Name"]] = found[0]
    return list(chosen.values())


def archive_of(client: "EventBridgeClient", bus_arn: str) -> str:
    """Return the archive of a bus.

    Raises:
        LocalError: It has none.
    """
    found = client.list_archives(EventSourceArn=bus_arn)["Archives"]
    if not found:
        raise LocalError("the bus has no archive; it was deployed without one")
    return client.describe_archive(ArchiveName=found[0]["ArchiveName"])["ArchiveArn"]


def replays_of(client: "EventBridgeClient", bus_arn: str) -> list[Any]:
    """Return every replay of a bus's archive."""
    return list(_pages(client, archive_of(client, bus_arn)))


def _pages(client: "EventBridgeClient", archive_arn: str) -> Iterator[Any]:
    more: dict[str, Any] = {}
    while True:
        page = client.list_replays(EventSourceArn=archive_arn, **more)
        yield from page["Replays"]
        if "NextToken" not in page:
            return
        more = {"NextToken": page["NextToken"]}
