"""On the running cloud: boto3 and the AWS CLI put events, and the API tells what came of them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.emulator import ACCESS_KEY
from local.onboarding import Api
from local.stack import Stack
from regua.adapters.clock import SystemClock
from regua.application.wire import instant_text
from tests.builders import invoice_data

PATIENCE_SECONDS = 60.0


def by_boto3(stack: Stack, entry: Mapping[str, str], _: Path) -> None:
    """Put an event as a program of any company would."""
    session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=stack.region)
    events = session.client("events", endpoint_url=stack.aws_endpoint_url)
    assert events.put_events(Entries=[{**entry}])["FailedEntryCount"] == 0  # type: ignore[typeddict-item]


def by_the_cli(stack: Stack, entry: Mapping[str, str], folder: Path) -> None:
    """Put an event as a person at a terminal would."""
    file = folder / "entries.json"
    file.write_text(json.dumps([entry]))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "awscli", "events", "put-events"),
            *("--entries", f"file://{file}", "--endpoint-url", stack.aws_endpoint_url),
            *("--region", stack.region, "--output", "json"),
        ],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["FailedEntryCount"] == 0


def entry_of(stack: Stack, data: Mapping[str, Any]) -> dict[str, str]:
    """Return one entry of `PutEvents`: an invoice that was issued now."""
    detail = {
        "creditor_id": stack.creditor_id,
        "occurred_at": instant_text(SystemClock().now()),
        "data": data,
    }
    return {
        "EventBusName": stack.bus_name,
        "Source": stack.event_sources[0],
        "DetailType": "InvoiceIssued",
        "Detail": json.dumps(detail, ensure_ascii=False),
    }


def wait_for(look: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < until, "nothing came of it"
        time.sleep(0.3)


@pytest.mark.parametrize("put", [by_boto3, by_the_cli], ids=["boto3", "aws"])
def test_an_event_becomes_an_invoice_and_a_bad_one_is_told(
    stack: Stack, tmp_path: Path, put: Callable[[Stack, Mapping[str, str], Path], None]
) -> None:
    api = Api(stack.api_url, stack.token())
    key = f"posta-{put.__name__}"
    customer = {**invoice_data()["customer"], "external_id": f"cli-{key}"}
    good = invoice_data(key, customer=customer)
    put(stack, entry_of(stack, good), tmp_path)
    wait_for(lambda: api.call("GET", f"/v1/invoices/{key}").status == 200)
    assert api.call("GET", f"/v1/invoices/{key}").body["amount_centavos"] == 14990

    bad = {**good, "external_id": f"{key}-torta", "amount_centavos": -1}
    started = instant_text(SystemClock().now())
    put(stack, entry_of(stack, bad), tmp_path)
    wait_for(lambda: ["detail.data.amount_centavos"] in rejections(api, started))
    assert api.call("GET", f"/v1/invoices/{key}-torta").status == 404


def rejections(api: Api, since: str) -> list[list[str]]:
    """Return, from the feed, the paths of what was refused since an instant."""
    found: list[list[str]] = []
    cursor = ""
    while True:
        page = api.call("GET", f"/v1/events?types=IngestRejected&limit=100{cursor}").body
        found += [
            [reason["path"] for reason in event["data"]["reasons"]]
            for event in page["events"]
            if event["occurred_at"] >= since
        ]
        if not page["has_more"]:
            return found
        cursor = f"&after={page['next']}"
