"""No fact of a chain is shown to a court under the name, or the code, that it has in software."""

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import regua
from regua.adapters import ses_receipts, sms_voice_receipts, whatsapp_receipts
from regua.adapters.answers import accepted
from regua.adapters.dkim import DkimKey
from regua.adapters.dkim_keys import DkimSigner
from regua.adapters.provider_reports import read_reports
from regua.adapters.report_facts import FACTS, fact_name, fact_value
from regua.adapters.sns_signature import Envelope, emulated
from regua.application import confirm_reading, receive_reply, record_hit, send_contact
from regua.application.confirm_reading import ConfirmationRequest, ConfirmReading
from regua.application.customer_page.acts import ActKind, DisputeReason
from regua.application.inbound import InboundText
from regua.application.messages import Hit
from regua.application.ports import Dkim, OutgoingMessage
from regua.application.record_receipt import Receipt
from regua.domain.delivery import EventKind
from regua.domain.dispatch import Purpose
from regua.domain.errors import InvalidInput, RecipientRejected
from regua.domain.hit_classifier import FOLLOWED_HONEYPOT, Label
from regua.domain.hit_windows import LabelledHit
from regua.domain.invoice import PaymentMethod
from regua.domain.reply_intents import Confidence, Intent, Reading
from regua.domain.ruler import Channel
from regua.domain.shown_at import sign_shown_at
from regua.domain.tokens import TrackingKeys
from tests.evidence_bundles import EMAIL, dkim_key, record
from tests.shared_data import REPO_ROOT, shared_data_path
from tests.unit.application.customer_page.desk import ACTING, Desk, every_act
from tests.unit.application.customer_page.desk import NOW as PAGE_NOW

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
EXAMPLES = ("ses_events.json", "wa_sms_events.json")
CODED = (
    *("bounce_type", "bounce_sub_type", "complaint_feedback_type", "delay_type", "status"),
    *("provider_event", "provider_status", "encoding", "is_final"),
    *("pricing_category", "pricing_model", "pricing_billable"),
)
Facts = Mapping[str, str]


def unnamed(facts: Facts) -> set[str]:
    """Return the facts without a Portuguese name; headers stand together under one."""
    return {name for name in facts if name not in FACTS and not name.startswith("header_")}


def receipts(payload: object) -> Iterator[Receipt]:
    """Read what a provider's example tells, in an envelope unless it comes in one."""
    stamp = "2026-11-10T12:00:05.000Z"
    has_envelope = isinstance(payload, dict) and "Message" in payload
    message = json.dumps(payload)
    enveloped = json.dumps({"Type": "Notification", "Message": message, "Timestamp": stamp})
    try:
        told = read_reports(message if has_envelope else enveloped)
    except InvalidInput:  # it is no report, as other tests tell
        return
    yield from (report for report in told if isinstance(report, Receipt))


@pytest.mark.shared_data
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_fact_of_the_providers_examples_is_said_in_portuguese(name: str) -> None:
    examples = json.loads(shared_data_path(name).read_text(encoding="utf-8"))
    found = [r for e in examples if "payload" in e for r in receipts(e["payload"])]
    assert len(found) > 5
    for receipt in found:
        facts = {**receipt.facts, **receipt.private}
        assert not unnamed(facts)
        codes = {n: v for n, v in receipt.facts.items() if n in CODED}
        assert not {(n, v) for n, v in codes.items() if fact_value(n, v) == v}


@pytest.mark.parametrize("path", sorted((REPO_ROOT / "tests" / "events").glob("receipt_*.json")))
def test_every_fact_of_our_recorded_reports_has_a_name(path: Path) -> None:
    found = list(receipts(json.loads(path.read_text(encoding="utf-8"))))
    assert found or path.stem == "receipt_open"
    for receipt in found:
        assert not unnamed({**receipt.facts, **receipt.private})


@pytest.mark.parametrize("reader", [ses_receipts, sms_voice_receipts])
def test_every_fact_that_a_report_may_hold_has_a_name(reader: Any) -> None:  # noqa: ANN401 - a module
    assert not unnamed(dict.fromkeys([*reader._FACTS.values(), *reader._PRIVATE.values()], ""))


def test_every_fact_of_meta_has_a_name() -> None:
    pricing = dict.fromkeys(whatsapp_receipts._PRICING, True)
    status = {"pricing": pricing, "recipient_id": "5511987654321"}
    errors = [{"code": 131026, "title": "t", "error_data": {"details": "d"}}]
    facts = {
        **whatsapp_receipts._pricing(status),
        **whatsapp_receipts._codes(errors),
        **whatsapp_receipts._private(status, errors),
    }
    assert len(facts) == 8
    assert not unnamed(facts)
    for name in whatsapp_receipts._KINDS:
        assert fact_value("status", name).endswith(f" ({name})")


@pytest.mark.parametrize("event", sorted(sms_voice_receipts.KINDS))
def test_every_event_about_a_text_or_a_call_is_said_in_words(event: str) -> None:
    assert fact_value("provider_event", event).endswith(f" ({event})")
    status = event.partition("_")[2]
    assert fact_value("provider_status", status).endswith(f" ({status})")


# What our own code writes ------------------------------------------------------------------------

KEYS = TrackingKeys("k1", {"k1": bytes(32)})


def sent() -> Iterator[Facts]:
    job: Any = SimpleNamespace(dispatch=record(EMAIL, Channel.EMAIL).dispatch, now=NOW)
    signer = DkimSigner(lambda: pytest.fail("asked"), "regua")
    dkim = Dkim("regua1", "aurora.example.com.br")
    signer._keys[dkim] = DkimKey(dkim_key(), "v=DKIM1; p=x")
    raw, evidence = signer(b"From: a@aurora.example.com.br\r\n\r\nb\r\n", dkim)
    message = OutgoingMessage(
        Channel.EMAIL, "a", "b", raw, EMAIL, job.dispatch.creditor_id, "s", evidence=evidence
    )
    answer = {"RequestId": "r", "HTTPHeaders": {"date": "d"}, "HTTPStatusCode": 200}
    thanks = replace(job.dispatch, purpose=Purpose.RECEIPT)
    for event in (
        send_contact._composed(job, message),
        send_contact._composed(SimpleNamespace(dispatch=thanks, now=NOW), message),  # type: ignore[arg-type]  # all that is read
        send_contact._accepted(job, accepted("id", {"ResponseMetadata": answer})),
        send_contact._refused(job, RecipientRejected("no")),
    ):
        yield {**event.facts, **event.private}


def hits() -> Iterator[Facts]:
    text = (REPO_ROOT / "tests" / "events" / "hit_open.json").read_text(encoding="utf-8")
    hit = Hit.model_validate_json(text)
    viewer = {"cloudfront-viewer-address": f"{hit.ip}:443"}
    hit = hit.model_copy(update={"link": 0, "headers": viewer})
    event = record_hit._fact(hit, FOLLOWED_HONEYPOT, "0" * 32)
    yield {**event.facts, **event.private}
    known = LabelledHit(EventKind.OPENED, "h", NOW, None, FOLLOWED_HONEYPOT)
    message = record_hit._Message(record(EMAIL, Channel.EMAIL), [])
    yield message.relabelling(known, FOLLOWED_HONEYPOT, known).facts


def confirmed() -> Iterator[Facts]:
    request = ConfirmationRequest(
        EMAIL, sign_shown_at(EMAIL, NOW, KEYS), "", "192.0.2.1", "Mozilla/5.0", {"a": "b"}, "443"
    )
    notice = SimpleNamespace(confirmed_at=None, content_sha256="0" * 64)
    told: list[Facts] = []
    reading: Any = SimpleNamespace(
        _find=lambda _: SimpleNamespace(notice=notice),
        _believe=lambda *_: "not_given",
        _record=lambda _request, _message, facts, _at: told.append(facts),
    )
    ConfirmReading.__call__(reading, request, KEYS, now=NOW + timedelta(seconds=30))
    for facts in told:
        yield {**facts, **confirm_reading._personal(request)}


def answered() -> Iterator[Facts]:
    told: list[Any] = []
    world: Any = SimpleNamespace(facts=SimpleNamespace(append=told.extend))
    owner: Any = SimpleNamespace(answered=record(EMAIL, Channel.EMAIL).dispatch)
    text = InboundText(
        Channel.WHATSAPP, "+55", "x", "oi", NOW, "e", envelope=emulated("").facts, raw=b"{}"
    )
    reading = Reading(Intent.OTHER, Confidence.CLEAR)
    receive_reply.ReceiveReply._prove(world, owner, text, reading)
    for event in told:
        yield {**event.facts, **event.private}


def acted() -> Iterator[Facts]:
    for kind in ActKind:
        desk = Desk()
        desk.page.identify(desk.dispatch_id, "4725", ACTING, now=PAGE_NOW)
        desk.do(every_act(desk)[kind])
        for of in (EventKind.IDENTIFIED, EventKind.ACTED, EventKind.CONFIRMED):
            for event in desk.chain(of):
                yield {**event.facts, **desk.private(event)[0]}


@pytest.mark.parametrize("written", [sent, hits, confirmed, answered, acted])
def test_every_fact_that_we_write_has_a_name(written: Any) -> None:  # noqa: ANN401 - a function here
    found = list(written())
    assert found
    for facts in found:
        assert facts
        assert not unnamed(facts)


def test_no_other_module_writes_facts() -> None:
    """One that does is to be added to the test above."""
    root = Path(regua.__file__).parent
    writers = {
        path.stem
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "MessageEvent"
    }
    reads_back = {"dynamodb_chain"}
    of_providers = {"record_receipt"}
    assert writers - reads_back - of_providers == {
        *("send_contact", "record_hit", "confirm_reading", "receive_reply"),
        "evidence",  # of the customer's page
    }


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("envelope", [e.value for e in Envelope if e is not Envelope.INVALID]),
        ("label", [label.value for label in Label]),
        ("of_kind", [kind.value for kind in EventKind]),
        ("channel", [channel.value for channel in Channel if channel is not Channel.WHATSAPP]),
        ("intent", [intent.value for intent in Intent]),
        ("confidence", [confidence.value for confidence in Confidence]),
        ("document_digits", ["matched", "not_given", "not_on_file"]),
        ("matched", ["named", "latest"]),
        ("purpose", [p.value for p in Purpose if p is not Purpose.COLLECTION]),
        ("act", [kind.value for kind in ActKind]),
        ("reason", [reason.value for reason in DisputeReason]),
        ("paid_by", [m.value for m in PaymentMethod if m is not PaymentMethod.BOLETO]),
        ("agreement_status", ["proposed", "active"]),
        ("document", ["cpf", "cnpj"]),
        ("part", ["terms", "proof"]),
        ("stopped", ["address", "channel"]),
        ("pauses", ["yes", "no"]),
    ],
)
def test_every_code_of_ours_is_said_in_words(name: str, codes: list[str]) -> None:
    for code in codes:
        assert fact_value(name, code) != code


def test_an_envelope_that_was_not_checked_promises_no_later_check() -> None:
    said = fact_value("envelope", "unavailable")
    assert said == "não conferida no recebimento (certificado indisponível)"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("link", "0", "1"),
        ("link", "65535", "invisível"),
        ("link", "x", "x"),
        ("is_final", "false", "não"),
        ("pricing_category", "UTILITY", "utilidade (UTILITY)"),
        ("bounce_type", "Permanent", "permanente (Permanent)"),
        ("bounce_type", "New\u202e", "New[U+202E]"),
        ("smtp_code", "250 2.0.0", "250 2.0.0"),
        ("reasons", "honeypot,newer", "seguiu o link invisível; newer"),
        ("reasons", "", ""),
        ("amount_centavos", "123456", "R$ 1.234,56"),
        ("amount_centavos", "-1", "-1"),
        ("on", "2026-11-30", "30/11/2026"),
        ("on", "2026-11-31", "2026-11-31"),
        ("stop", "email whatsapp", "E-mail, WhatsApp"),
        ("stop", "email pigeon", "email pigeon"),
    ],
)
def test_a_value_is_said_in_words_and_a_new_one_as_it_is(name: str, value: str, said: str) -> None:
    assert fact_value(name, value) == said


def test_a_fact_that_is_new_is_shown_as_it_is() -> None:
    assert fact_name("newer_\u202efact") == "newer_[U+202E]fact"
