"""The carrier as a process: start, stop, and a port that is taken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

REPO_ROOT = Path(__file__).parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPO_ROOT)}

pytestmark = pytest.mark.enable_socket


TOPIC = "arn:aws:sns:us-east-1:000000000000:texts"


def start(state_dir: Path, port: str = "0", *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable, "-m", "local.carrier", "--port", port,
            "--aws-endpoint", "http://127.0.0.1:9", "--state-dir", str(state_dir), *options,
        ],
        cwd=REPO_ROOT, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def listening_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rpartition(" ")[2].strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path)
    with urllib.request.urlopen(listening_url(process) + "/health", timeout=10) as answer:
        assert json.load(answer) == {"status": "ok", "topics": {}}
    process.send_signal(number)
    _, errors = process.communicate(timeout=15)
    assert (process.returncode, errors) == (0, "")


def test_a_taken_port_is_a_clear_message(tmp_path: Path) -> None:
    first = start(tmp_path / "one")
    port = listening_url(first).rpartition(":")[2]
    second = start(tmp_path / "two", port)
    _, errors = second.communicate(timeout=15)
    first.terminate()
    first.communicate(timeout=15)
    assert second.returncode == 1
    assert errors.startswith(f"cannot listen on 127.0.0.1:{port}")


def test_topics_may_be_given_at_the_start(tmp_path: Path) -> None:
    process = start(tmp_path, "0", "--topic", f"sms={TOPIC}", "--topic", f"voice={TOPIC}")
    with urllib.request.urlopen(listening_url(process) + "/health", timeout=10) as answer:
        assert json.load(answer)["topics"] == {"sms": TOPIC, "voice": TOPIC}
    process.terminate()
    process.communicate(timeout=15)


@pytest.mark.parametrize("topic", ["sms", "fax=" + TOPIC, "sms=receipts"])
def test_an_unusable_topic_is_a_clear_message(tmp_path: Path, topic: str) -> None:
    process = start(tmp_path, "0", "--topic", topic)
    _, errors = process.communicate(timeout=15)
    assert process.returncode == 2
    assert "not CHANNEL=ARN of an SNS topic" in errors
