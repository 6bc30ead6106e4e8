"""`regua rejected list|replay`: events that were refused, kept whole in the quarantine bucket.

Replaying puts an event on the bus again, corrected first if a file is given, and then removes it
from the quarantine. If it is refused again, it is kept again, under a new name.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.console import say
from local.place import LocalError
from local.stack import Stack, load_stack


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="show what was refused, and why")
    replay = actions.add_parser("replay", help="put refused events on the bus again")
    replay.add_argument("id", help="the id that `list` shows, or `all`")
    replay.add_argument(
        "--file", type=Path, metavar="JSON", help="the corrected detail to send instead"
    )


def run(options: argparse.Namespace) -> int:
    """List or replay."""
    stack = load_stack()
    if options.action == "list":
        return show(stack)
    return replay(stack, options.id, options.file)


def show(stack: Stack) -> int:
    """Print every refused event with its reasons."""
    count = 0
    for _, kept in quarantined(stack):
        count += 1
        kind = envelope(kept).get("detail-type", "not an event")
        say(f"{kept['id']}  {kept['received_at']}  {kind}")
        for reason in kept["reasons"]:
            say(f"    {worded(reason)}")
    say("No event is waiting." if not count else f"{count} in all.")
    return 0


def worded(reason: Any) -> str:  # noqa: ANN401 - text, or an object with a path and a reason
    """Return a reason as one line."""
    if isinstance(reason, dict):
        return f"{reason.get('path', '')}: {reason.get('reason', '')}".lstrip(": ")
    return str(reason)


def replay(stack: Stack, wanted: str, file: Path | None) -> int:
    """Put one refused event, or all, on the bus again.

    Raises:
        LocalError: There is no such event, or a correction was given for several.
    """
    if wanted == "all" and file:
        raise LocalError("--file corrects one event; name its id instead of `all`")
    correction = read_detail(file) if file else None
    chosen = [(key, kept) for key, kept in quarantined(stack) if wanted in {"all", kept["id"]}]
    if not chosen and wanted != "all":
        raise LocalError(f"no refused event has the id {wanted}; see: regua rejected list")
    for key, kept in chosen:
        event = envelope(kept)
        if "detail-type" not in event:
            raise LocalError(f"{kept['id']} is not an event of the bus and cannot be replayed")
        detail = event["detail"] if correction is None else correction
        stack.put_events([(event["detail-type"], detail)], source=event["source"])
        stack.s3.delete_object(Bucket=stack.buckets["quarantine"], Key=key)
    say(f"{len(chosen)} put on the bus again.")
    return 0


def envelope(kept: dict[str, Any]) -> dict[str, Any]:
    """Return the event as the bus delivered it; empty when what was kept is none."""
    try:
        event = json.loads(kept["event"])
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def read_detail(path: Path) -> dict[str, Any]:
    """Read a corrected detail.

    Raises:
        LocalError: It is not a JSON object.
    """
    try:
        detail = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise LocalError(f"{path} cannot be read: {exc}") from exc
    if not isinstance(detail, dict):
        raise LocalError(f"{path} must hold a JSON object, the event's detail")
    return detail


def quarantined(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each refused event with its key, oldest first."""
    bucket = stack.buckets["quarantine"]
    pages = stack.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    found = [entry for page in pages for entry in page.get("Contents", [])]
    for entry in sorted(found, key=lambda each: each["LastModified"]):
        body = stack.s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
        yield entry["Key"], json.loads(body)
