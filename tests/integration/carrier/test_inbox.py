"""The inbox as tools and people read it."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

from tests.unit.carrier.mail import any_mail

if TYPE_CHECKING:
    import pytest

    from tests.integration.carrier.harness import RunningCarrier

SCRIPT = "<script>alert(1)</script>"


def page(carrier: RunningCarrier, path: str) -> str:
    status, body = carrier.exchange("GET", path)
    assert status == 200
    return body.decode()


def test_messages_are_listed_newest_last_and_selected_by_query(carrier: RunningCarrier) -> None:
    for day in (1, 2, 3):
        mail = any_mail(dated=f"Sun, 0{day} Mar 2026 12:00:00 +0000", subject=f"dia {day}")
        carrier.send("ana+1@a.example.com.br" if day < 3 else "bia@a.example.com.br", raw=mail)

    def subjects(query: str) -> list[str]:
        return [m["subject"] for m in carrier.call("GET", f"/messages?fields=subject&{query}")]

    assert subjects("") == ["dia 1", "dia 2", "dia 3"]
    assert subjects("to=ana%2B1@a.example.com.br") == ["dia 1", "dia 2"]
    assert subjects("to=ana+1@a.example.com.br") == ["dia 1", "dia 2"]
    assert subjects("since=2026-03-02T00:00:00Z") == ["dia 2", "dia 3"]
    assert subjects("channel=email&limit=1") == ["dia 3"]
    assert subjects("after=2") == ["dia 3"]
    assert subjects("channel=sms") == []


def test_a_wrong_query_is_a_problem_with_its_path(carrier: RunningCarrier) -> None:
    for query, path in (("since=ontem", "since"), ("limit=-1", "limit"), ("fields=x", "fields")):
        problem = carrier.call("GET", f"/messages?{query}")
        assert (problem["status"], problem["errors"][0]["path"]) == (400, path)


def test_a_cleared_inbox_is_empty(carrier: RunningCarrier) -> None:
    message_id = carrier.send()
    assert carrier.call("DELETE", "/messages") == {"cleared": 1}
    assert carrier.call("GET", "/messages") == []
    assert carrier.exchange("GET", f"/messages/{message_id}")[0] == 404
    assert "Nenhuma mensagem ainda" in page(carrier, "/")
    assert "Mensagem não encontrada" in page(carrier, f"/?m={message_id}")


def test_an_unusable_topic_and_an_unusable_behaviour_are_refused(carrier: RunningCarrier) -> None:
    problem = carrier.call("POST", "/admin/topic", {"topic_arn": "receipts"})
    assert (problem["status"], problem["errors"][0]["path"]) == (400, "topic_arn")
    problem = carrier.call("POST", "/behaviours", {"outcome": "vanish"})
    assert (problem["status"], problem["errors"][0]["path"]) == (400, "outcome")


def test_behaviours_are_listed_and_forgotten(carrier: RunningCarrier) -> None:
    carrier.behave("bounce", to="*@a.example.com.br", times=1)
    assert "*@a.example.com.br: devolver (mais 1 vez)" in page(carrier, "/")
    assert carrier.exchange("DELETE", "/behaviours")[0] == 204
    assert carrier.call("GET", "/behaviours") == []


def test_nothing_a_message_says_becomes_markup_of_the_page(carrier: RunningCarrier) -> None:
    mail = any_mail(subject=f'"{SCRIPT}', text=SCRIPT, html=f"<p>{SCRIPT}</p>")
    message_id = carrier.send(raw=mail)
    carrier.settle()
    for tab in ("mensagem", "texto", "fonte", "recibos"):
        html = page(carrier, f"/?m={message_id}&aba={tab}&para=ana")
        assert "&lt;script&gt;" in html
        assert "<script" not in html
    assert "<script" not in page(carrier, "/?para=%22%3E%3Cscript%3E")


def test_the_page_and_the_message_are_fenced_in(carrier: RunningCarrier) -> None:
    message_id = carrier.send()

    def policy(path: str) -> str:
        with urllib.request.urlopen(carrier.url + path, timeout=10) as answer:
            return str(answer.headers["Content-Security-Policy"])

    assert "default-src 'none'" in policy("/")
    assert "script-src" not in policy("/")
    closed = policy(f"/messages/{message_id}/html")
    assert closed.startswith("sandbox allow-popups")
    assert "img-src data:;" in closed
    assert "img-src http: https: data:;" in policy(f"/messages/{message_id}/html?images=1")


def test_a_message_without_html_opens_as_text(carrier: RunningCarrier) -> None:
    message_id = carrier.send(raw=b"From: c@credor.example.com.br\r\nSubject: oi\r\n\r\nsem html")
    html = page(carrier, f"/?m={message_id}")
    assert '<pre class="text" tabindex="0">sem html' in html
    assert "<iframe" not in html
    assert carrier.exchange("GET", f"/messages/{message_id}/html")[0] == 404


def test_a_long_list_has_pages(carrier: RunningCarrier) -> None:
    for number in range(51):
        carrier.send(raw=any_mail(subject=f"fatura {number}"))
    first, second = page(carrier, "/"), page(carrier, "/?pagina=2")
    assert first.count('class="item"') == 50
    assert second.count('class="item"') == 1
    assert "fatura 0<" in second
    assert "Mais antigas" in first
    assert "Mais novas" in second


def test_a_failure_inside_answers_500_and_the_carrier_lives_on(
    carrier: RunningCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.carrier.inbox.pages.PAGE_MESSAGES", 0.5)
    carrier.send()
    assert carrier.exchange("GET", "/")[0] == 500
    assert carrier.call("GET", "/health")["status"] == "ok"
