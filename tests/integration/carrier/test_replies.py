"""What customers write back, in the providers' shapes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from tests.integration.carrier.harness import ListeningPublisher, running_carrier
from tests.shared_data import shared_data_path
from tests.unit.carrier.phone_messages import ANA_PHONE, DEFINITION

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.carrier.harness import RunningCarrier


def reply(carrier: RunningCarrier, **document: object) -> dict[str, Any]:
    """Send a reply and return the payload that was published."""
    answer = carrier.call("POST", "/replies", {"from": ANA_PHONE, **document})
    carrier.settle()
    published = json.loads(carrier.publisher.published[-1].payload)
    assert answer["payload"] == published
    return dict(published)


def inbound(payload: dict[str, Any]) -> dict[str, Any]:
    value = json.loads(payload["whatsAppWebhookEntry"])["changes"][0]["value"]
    (message,) = value["messages"]
    return dict(message)


def test_an_sms_answers_the_last_text_to_that_number(carrier: RunningCarrier) -> None:
    carrier.send_text()
    message_id = carrier.send_text()
    carrier.send_text("+5521912345678")
    payload = reply(carrier, channel="sms", text="SAIR")
    assert payload.pop("inboundMessageId")
    assert payload == {
        "originationNumber": ANA_PHONE,
        "destinationNumber": "+551140040001",
        "messageKeyword": "KEYWORD_551140040001",
        "messageBody": "SAIR",
        "previousPublishedMessageId": message_id,
    }
    shown = carrier.call("GET", f"/messages/{message_id}")
    assert [receipt["event"] for receipt in shown["receipts"]][-1] == "reply"
    assert shown["state"] == "delivered"


def test_an_sms_out_of_the_blue_names_no_earlier_message(carrier: RunningCarrier) -> None:
    payload = reply(carrier, channel="sms", text="Quem é?")
    assert "previousPublishedMessageId" not in payload
    assert payload["destinationNumber"] == "+551140040100"


def test_a_named_message_is_the_one_that_is_answered(carrier: RunningCarrier) -> None:
    first = carrier.send_text()
    carrier.send_text()
    payload = reply(carrier, channel="sms", text="Paguei", in_reply_to=first)
    assert payload["previousPublishedMessageId"] == first


def test_a_whatsapp_text_comes_in_metas_shape_and_the_messages_time(
    carrier: RunningCarrier,
) -> None:
    carrier.send_whatsapp()
    payload = reply(carrier, channel="whatsapp", text="Já paguei")
    message = inbound(payload)
    assert (message["from"], message["type"]) == ("5511987654321", "text")
    assert message["text"] == {"body": "Já paguei"}
    assert message["id"].startswith("wamid.")
    assert "context" not in message
    assert int(message["timestamp"]) == 1_772_366_460
    (number,) = payload["context"]["MetaPhoneNumberIds"]
    assert number["arn"].endswith(":phone-number-id/0a1b2c")


def test_a_reply_may_name_its_instant_and_the_message_it_quotes(carrier: RunningCarrier) -> None:
    message_id = carrier.send_whatsapp()
    carrier.settle()
    sent = json.loads(carrier.publisher.documents()[0]["whatsAppWebhookEntry"])
    wamid = sent["changes"][0]["value"]["statuses"][0]["id"]
    at = "2026-03-01T15:00:00-03:00"
    payload = reply(carrier, channel="whatsapp", text="Sim", in_reply_to=message_id, at=at)
    assert inbound(payload)["context"] == {"from": "551140040100", "id": wamid}
    assert inbound(payload)["timestamp"] == "1772388000"


def test_a_number_without_its_ninth_digit_may_answer_a_named_message(
    carrier: RunningCarrier,
) -> None:
    message_id = carrier.send_whatsapp("+5531987654321")
    payload = reply(
        carrier,
        channel="whatsapp",
        text="Oi",
        in_reply_to=message_id,
        **{"from": "553187654321"},
    )
    assert inbound(payload)["from"] == "553187654321"


@pytest.mark.parametrize("button", ["Já paguei", "paid:1"])
def test_a_pressed_button_brings_its_payload_and_the_message_it_is_on(
    carrier: RunningCarrier, button: str
) -> None:
    carrier.client("socialmessaging").create_whatsapp_message_template(
        id="waba-1", templateDefinition=json.dumps(DEFINITION).encode()
    )
    carrier.send_whatsapp()
    message = inbound(reply(carrier, channel="whatsapp", button=button))
    assert (message["type"], message["button"]) == (
        "button",
        {"payload": "paid:1", "text": "Já paguei"},
    )
    assert message["context"]["id"].startswith("wamid.")


def test_a_pressed_button_of_an_interactive_message_has_its_own_shape(
    carrier: RunningCarrier,
) -> None:
    buttons = [{"type": "reply", "reply": {"id": "sim", "title": "Sim"}}]
    interactive = {"type": "button", "body": {"text": "?"}, "action": {"buttons": buttons}}
    carrier.send_whatsapp(type="interactive", interactive=interactive, template=None)
    message = inbound(reply(carrier, channel="whatsapp", button="Sim"))
    assert message["interactive"] == {
        "type": "button_reply",
        "button_reply": {"id": "sim", "title": "Sim"},
    }


def test_the_same_id_is_the_same_message_and_none_is_a_new_one(carrier: RunningCarrier) -> None:
    def send(**named: str) -> str:
        return str(reply(carrier, channel="sms", text="oi", **named)["inboundMessageId"])

    assert send(id="1") == send(id="1")
    assert len({send(), send(), send(id="1"), send(id="2")}) == 4


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"channel": "voice", "text": "oi"}, "channel"),
        ({"channel": "sms"}, "text"),
        ({"channel": "sms", "text": ""}, "text"),
        ({"channel": "sms", "text": "a", "button": "b"}, "text"),
        ({"channel": "sms", "button": "b"}, "button"),
        ({"channel": "sms", "text": 3}, "text"),
        ({"channel": "sms", "text": "a", "from": "Ana"}, "from"),
        ({"channel": "sms", "text": "a", "at": "ontem"}, "at"),
        ({"channel": "sms", "text": "a", "at": 3}, "at"),
        ({"channel": "sms", "text": "a", "in_reply_to": 3}, "in_reply_to"),
        ({"channel": "sms", "text": "a", "in_reply_to": "nothing"}, "in_reply_to"),
        ({"channel": "sms", "text": "a", "para": "x"}, "para"),
        ({"channel": "whatsapp", "button": "Parar"}, "button"),
    ],
)
def test_a_wrong_reply_is_a_problem_with_its_path(
    carrier: RunningCarrier, document: dict[str, object], path: str
) -> None:
    carrier.send_whatsapp()
    problem = carrier.call("POST", "/replies", {"from": ANA_PHONE, **document})
    assert (problem["status"], problem["errors"][0]["path"]) == (400, path)
    assert "reply" not in carrier.settle()


def test_a_reply_to_a_message_of_another_channel_is_refused(carrier: RunningCarrier) -> None:
    message_id = carrier.send_text()
    document = {"channel": "whatsapp", "from": ANA_PHONE, "text": "a", "in_reply_to": message_id}
    assert carrier.call("POST", "/replies", document)["errors"][0]["path"] == "in_reply_to"


@pytest.mark.enable_socket
def test_without_a_topic_nobody_can_write(tmp_path: Path) -> None:
    deaf = ListeningPublisher()
    deaf.is_listening = False
    with running_carrier(tmp_path, deaf) as carrier:
        problem = carrier.call(
            "POST", "/replies", {"channel": "sms", "from": ANA_PHONE, "text": "oi"}
        )
        assert (problem["status"], problem["detail"]) == (409, "sms has no topic to publish to")


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def test_a_form_of_the_page_leads_back_to_the_message(carrier: RunningCarrier) -> None:
    message_id = carrier.send_text()
    form = {"channel": "sms", "from": ANA_PHONE, "in_reply_to": message_id, "text": "é isso"}
    request = Request(carrier.url + "/replies", data=urlencode(form).encode())
    with pytest.raises(HTTPError) as answer:
        build_opener(_Stay).open(request, timeout=10)
    answer.value.close()
    location = answer.value.headers["Location"]
    assert (answer.value.code, location) == (303, f"/?m={message_id}#m-{message_id}")
    carrier.settle()
    assert carrier.publisher.documents()[-1]["messageBody"] == "é isso"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("wa.sns.inbound.text", {"text": "oi"}),
        ("wa.sns.inbound.template_button", {"button": "paid:1"}),
    ],
)
def test_a_reply_has_the_documented_shape(
    carrier: RunningCarrier, name: str, document: dict[str, str]
) -> None:
    examples = json.loads(shared_data_path("wa_sms_events.json").read_text(encoding="utf-8"))
    (documented,) = (e["payload"] for e in examples if e.get("name") == name)
    carrier.send_whatsapp()
    ours = reply(carrier, channel="whatsapp", **document)
    assert ours.keys() == documented.keys()
    entries = [json.loads(each["whatsAppWebhookEntry"]) for each in (ours, documented)]
    values = [entry["changes"][0]["value"] for entry in entries]
    assert values[0].keys() == values[1].keys()
    assert values[0]["messages"][0].keys() == values[1]["messages"][0].keys()
