"""Our WhatsApp templates at the carrier: all are taken, and give messages words and a link."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.place import CARRIER_PORT_OFFSET, Place
from local.templates import register_templates
from regua.adapters.whatsapp_templates import PARAMETERS, our_templates

if TYPE_CHECKING:
    from tests.integration.carrier.harness import RunningCarrier

TOKEN = "k1YwAAAAAAAAAAAAAAAAAAAAAAA2lXCoBhC9QeX93SIg1ESe0V_G1I"


def place_of(carrier: RunningCarrier) -> Place:
    port = urlsplit(carrier.url).port or 0
    return Place(Path("unused"), port - CARRIER_PORT_OFFSET)


def test_registering_again_changes_nothing(carrier: RunningCarrier) -> None:
    place = place_of(carrier)
    names = sorted(template.name for template in our_templates(f"{place.api_url}/c/"))
    for _ in range(2):
        assert register_templates(place) == len(names)
        listed = carrier.call("GET", "/v1/whatsapp/template/list")["templates"]
        assert sorted(t["templateName"] for t in listed) == names


def test_a_message_has_the_words_and_the_tracked_link_of_this_cloud(
    carrier: RunningCarrier,
) -> None:
    place = place_of(carrier)
    register_templates(place)
    values = [f"valor {n}" for n in range(PARAMETERS)]
    carrier.send_whatsapp(
        template={
            "name": "vencida_uma_v2",
            "language": {"code": "pt_BR"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": v} for v in values]},
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": TOKEN}],
                },
            ],
        }
    )
    (message,) = carrier.call("GET", "/messages?channel=whatsapp&fields=text,links")
    assert message["links"] == [f"{place.api_url}/c/{TOKEN}"]
    assert "Ainda não identificamos o pagamento da sua fatura valor 2" in message["text"]
