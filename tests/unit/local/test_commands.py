"""What the operator's commands do to queues, the quarantine and the tracking secret."""

# ruff: noqa: ANN401 - the fakes take the keyword arguments of the SDK clients

import io
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from local.cli import COMMANDS, main
from local.commands import redrive, rejected, rotate_tracking_key
from local.commands.evaluate import instant
from local.place import LocalError
from local.ruler_words import asked
from local.stack import Stack
from regua.domain.conditions import Conditions
from tests.unit.local.stacks import any_stack


class FakeQueues:
    """Two queues in memory, in the words of the SQS client."""

    def __init__(self, held: Mapping[str, list[str]], fail_sending_at: int | None = None) -> None:
        self.held = {url: list(bodies) for url, bodies in held.items()}
        self._fail_at = fail_sending_at

    def receive_message(self, **request: Any) -> dict[str, Any]:
        bodies = self.held[request["QueueUrl"]][: request["MaxNumberOfMessages"]]
        return {"Messages": [{"Body": body, "ReceiptHandle": body} for body in bodies]}

    def send_message(self, **request: Any) -> None:
        if self._fail_at == len(self.held[request["QueueUrl"]]):
            raise ConnectionError
        self.held[request["QueueUrl"]].append(request["MessageBody"])

    def delete_message(self, **request: Any) -> None:
        self.held[request["QueueUrl"]].remove(request["ReceiptHandle"])


def stack_with_dead_letters(
    monkeypatch: pytest.MonkeyPatch, count: int, fail_sending_at: int | None = None
) -> tuple[Stack, FakeQueues]:
    stack = any_stack()
    source = [str(number) for number in range(count)]
    queues = FakeQueues(
        {stack.queues["email_dlq"]: source, stack.queues["email"]: []}, fail_sending_at
    )
    monkeypatch.setattr(Stack, "sqs", queues)
    return stack, queues


def test_redrive_moves_every_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    stack, queues = stack_with_dead_letters(monkeypatch, 23)
    assert redrive.redrive(stack, "email") == 23
    assert len(queues.held[stack.queues["email"]]) == 23
    assert queues.held[stack.queues["email_dlq"]] == []


def test_an_interrupted_redrive_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stack, queues = stack_with_dead_letters(monkeypatch, 5, fail_sending_at=3)
    with pytest.raises(ConnectionError):
        redrive.redrive(stack, "email")
    everywhere = {body for bodies in queues.held.values() for body in bodies}
    assert everywhere == {"0", "1", "2", "3", "4"}


@pytest.mark.parametrize("name", ["nada", "undelivered", "email_dlq"])
def test_only_a_workers_queue_can_be_redriven(name: str) -> None:
    with pytest.raises(LocalError, match="there are: email"):
        redrive.redrive(any_stack(), name)


class FakeQuarantine:
    """A bucket in memory, in the words of the S3 client."""

    def __init__(self, *kept: Mapping[str, Any]) -> None:
        self.objects = {f"rejected/{document['id']}.json": document for document in kept}

    def get_paginator(self, _operation: str) -> "FakeQuarantine":
        return self

    def paginate(self, **_request: Any) -> list[dict[str, Any]]:
        dates = enumerate(self.objects)
        return [{"Contents": [{"Key": key, "LastModified": order} for order, key in dates]}]

    def get_object(self, **request: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO(json.dumps(self.objects[request["Key"]]).encode())}

    def delete_object(self, **request: Any) -> None:
        del self.objects[request["Key"]]


def kept(event_id: str) -> dict[str, Any]:
    event = {"detail-type": "InvoiceIssued", "source": "erp", "detail": {"id": event_id}}
    return {
        "id": event_id,
        "received_at": "2026-03-10T12:00:00.000Z",
        "reasons": [{"path": "data.amount_centavos", "reason": "must be positive"}],
        "event": json.dumps(event),
    }


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    """What is put on the bus: source, detail type and detail."""
    seen: list[tuple[str, str, Any]] = []

    def put(_stack: Stack, entries: list[tuple[str, Any]], source: str) -> int:
        seen.extend((source, detail_type, detail) for detail_type, detail in entries)
        return len(entries)

    monkeypatch.setattr(Stack, "put_events", put)
    return seen


def test_list_shows_each_reason_with_its_path(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Stack, "s3", FakeQuarantine(kept("a"), kept("b")))
    rejected.show(any_stack())
    printed = capsys.readouterr().out
    assert "data.amount_centavos: must be positive" in printed
    assert "2 in all" in printed


def test_a_replayed_event_leaves_the_quarantine(
    monkeypatch: pytest.MonkeyPatch, bus: list[tuple[str, str, Any]]
) -> None:
    quarantine = FakeQuarantine(kept("a"), kept("b"))
    monkeypatch.setattr(Stack, "s3", quarantine)
    rejected.replay(any_stack(), "b", None)
    assert bus == [("erp", "InvoiceIssued", {"id": "b"})]
    assert list(quarantine.objects) == ["rejected/a.json"]


def test_a_correction_is_sent_instead_of_what_was_refused(
    monkeypatch: pytest.MonkeyPatch, bus: list[tuple[str, str, Any]], tmp_path: Path
) -> None:
    monkeypatch.setattr(Stack, "s3", FakeQuarantine(kept("a")))
    correction = tmp_path / "detail.json"
    correction.write_text('{"id": "a", "corrected": true}')
    rejected.replay(any_stack(), "a", correction)
    assert bus == [("erp", "InvoiceIssued", {"id": "a", "corrected": True})]


def test_one_correction_is_not_sent_for_all_events(
    monkeypatch: pytest.MonkeyPatch, bus: list[tuple[str, str, Any]], tmp_path: Path
) -> None:
    monkeypatch.setattr(Stack, "s3", FakeQuarantine(kept("a"), kept("b")))
    with pytest.raises(LocalError, match="corrects one event"):
        rejected.replay(any_stack(), "all", tmp_path / "detail.json")
    assert bus == []


@pytest.mark.parametrize("raw", ["{broken", "[]", "{}"])
def test_what_is_no_event_is_shown_but_not_replayed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    bus: list[tuple[str, str, Any]],
    raw: str,
) -> None:
    quarantine = FakeQuarantine({**kept("a"), "event": raw})
    monkeypatch.setattr(Stack, "s3", quarantine)
    rejected.show(any_stack())
    assert "not an event" in capsys.readouterr().out
    with pytest.raises(LocalError, match="cannot be replayed"):
        rejected.replay(any_stack(), "all", None)
    assert bus == []
    assert len(quarantine.objects) == 1


def test_an_unknown_id_says_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "s3", FakeQuarantine(kept("a")))
    with pytest.raises(LocalError, match="regua rejected list"):
        rejected.replay(any_stack(), "z", None)


class FakeSecrets:
    """One secret in memory, in the words of the Secrets Manager client."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self.keys = dict(keys)

    def get_secret_value(self, **_request: Any) -> dict[str, str]:
        return {"SecretString": json.dumps(self.keys)}

    def put_secret_value(self, **request: Any) -> None:
        self.keys = json.loads(request["SecretString"])


def test_rotation_adds_a_key_and_keeps_the_old_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = FakeSecrets({"current": "k1", "k1": "first"})
    monkeypatch.setattr(Stack, "secrets", secrets)
    assert rotate_tracking_key.rotate(any_stack()) == "k2"
    assert secrets.keys["current"] == "k2"
    assert secrets.keys["k1"] == "first"
    assert secrets.keys["k2"] not in {"", "first"}


def test_rotation_stops_when_no_key_id_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    full = {"current": "k9", **{f"k{number}": "kept" for number in range(1, 10)}}
    secrets = FakeSecrets(full)
    monkeypatch.setattr(Stack, "secrets", secrets)
    with pytest.raises(LocalError, match="remove old ones"):
        rotate_tracking_key.rotate(any_stack())
    assert secrets.keys == full


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-03-10", "2026-03-10T12:00:00Z"),
        ("2026-03-10T09:30Z", "2026-03-10T09:30Z"),
        ("2026-03-10T09:30:00-03:00", "2026-03-10T09:30:00-03:00"),
    ],
)
def test_a_day_means_its_noon_and_an_instant_itself(said: str, meant: str) -> None:
    assert instant(said) == meant


@pytest.mark.parametrize("said", ["amanhã", "10/03/2026", "2026-03-10T09:30", "2026-03-10 09:30Z"])
def test_an_instant_without_a_zone_is_refused(said: str) -> None:
    with pytest.raises(LocalError, match="is not an instant"):
        instant(said)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    assert f"regua {name}" in capsys.readouterr().out


def test_a_problem_is_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGUA_STATE_DIR", str(tmp_path / "none"))
    assert main(["drain"]) == 1
    assert capsys.readouterr().err == (
        "regua drain: the local cloud is not running; start it with: make up\n"
    )


@pytest.mark.parametrize(("template", "code"), [("vencida", 0), ("sumiu", 1)])
def test_a_ruler_is_checked_against_the_templates_that_exist(
    template: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "ruler.yaml"
    document.write_text(
        "name: curta\nsteps:\n- {id: a, offset_days: 1, channels: [email], "
        f"template: {template}}}\n"
    )
    assert main(["ruler", "check", str(document)]) == code
    assert ("steps.0.template" in capsys.readouterr().err) == bool(code)


def test_a_ruler_with_problems_shows_all_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "ruler.yaml"
    document.write_text("name: padrao\nsteps: []\nsurprise: 1\n")
    assert main(["ruler", "check", str(document)]) == 1
    printed = capsys.readouterr().err
    assert "steps" in printed
    assert "surprise" in printed


def test_a_good_ruler_is_shown_with_its_dates_and_repetitions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "ruler.json"
    document.write_text(
        json.dumps(
            {
                "name": "curta",
                "steps": [
                    {
                        "id": "aviso",
                        "offset_days": 3,
                        "channels": ["email", "whatsapp"],
                        "fallback": {"after_hours": 24, "unless": "opened"},
                        "template": "vencida",
                        "repeat": {"every_days": 7, "at_most": 2},
                        "when": {"min_amount_centavos": 5000, "kinds": ["person"]},
                    }
                ],
            }
        )
    )
    arguments = ["ruler", "check", str(document), "--due", "2026-11-07", "--issued", "2026-10-20"]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "emitida em 20/10/2026" in "".join(lines)
    steps = [line.split("  ") for line in lines if "aviso" in line]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in steps]
    assert [row[:3] for row in cells] == [
        ["qui 12/11/2026", "3 dias de atraso", "aviso"],  # due on a Saturday: late from Tuesday
        ["qui 19/11/2026", "10 dias de atraso", "aviso.2"],
    ]
    assert cells[0][3:] == [
        "e-mail → WhatsApp (24 h sem abertura)",
        "vencida",
        "neutro",
        "saldo a partir de R$ 50,00; pessoas físicas",
    ]
    assert "warning, steps.0.channels" in "".join(lines)


def test_a_refused_ruler_names_the_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "ruler.yaml"
    document.write_text(
        "name: dura\nsteps:\n- {id: a, offset_days: 1, channels: [email], template: vencida}\n"
        "late_charges: {fine_percent: '3'}\n"
    )
    assert main(["ruler", "check", str(document)]) == 1
    printed = capsys.readouterr().err
    assert "late_charges.fine_percent: " in printed
    assert "CDC (Lei 8.078/1990) art. 52 §1" in printed


def test_every_condition_of_the_engine_has_words() -> None:
    some: dict[str, Any] = {
        f.name: 1 if f.default is None else frozenset({"x"}) for f in fields(Conditions)
    }
    everything = replace(Conditions(), **some)
    assert len(list(asked(everything))) == len(fields(Conditions))
    assert list(asked(Conditions())) == []
