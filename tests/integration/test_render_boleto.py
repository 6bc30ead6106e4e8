"""GET …/boleto.pdf: the page of whoever still owes it, and of nobody else."""

import base64
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from functions.render_boleto import handler
from regua.adapters.boleto_pdf import render_boleto
from regua.adapters.boleto_words import instructions
from regua.adapters.memory import FixedClock
from regua.application.render_boleto import RenderBoleto
from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.boleto.barcode import barcode_of
from regua.domain.interest import DayCount, InterestAmount, InterestRate, LegalRate
from regua.domain.invoice import PaymentOptions
from regua.domain.late_charges import DiscountTier, LateChargeTerms
from regua.domain.money import Money
from regua.domain.pix import br_code
from tests.builders import DUE, any_customer, any_invoice, any_payment, nine_o_clock
from tests.integration.api_client import entrance
from tests.integration.conformity import assert_answer_as_described
from tests.integration.conftest import World
from tests.integration.lambdas import Context, Printed, recorded

NOW = nine_o_clock(DUE)
BOLETO = BankBoleto("341", Money(14990), DUE, "1090022335021234567890000")
PIX = br_code.encode(
    br_code.BrCode(name="Aurora Energia", city="Sao Paulo", location="pix.example.com.br/qr/v2/a1")
)
UTILITY_LINE = "846300000003299902962024004101360008002006441147"
PAYABLE = PaymentOptions(pix_copy_paste=PIX, boleto_line=BOLETO.line)


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    use_case = RenderBoleto(world.portfolio, render_boleto, instructions)
    wired = handler.Wired(world.directory, use_case, entrance(world.directory))
    monkeypatch.setattr(handler, "wire", lambda: wired)
    monkeypatch.setattr(handler, "clock", FixedClock(NOW))


def issue(world: World, external_id: str = "fat-1", **changes: Any) -> None:  # noqa: ANN401
    invoice = any_invoice(external_id, **{"payment": PAYABLE, **changes})
    creditor = world.directory.get(world.directory.of_client("cliente-aurora"))
    world.ingest.issue_invoice(creditor, invoice, any_customer(), now=NOW)


def get(external_id: str = "fat-1", client_id: str = "cliente-aurora") -> dict[str, Any]:
    event = recorded("http_request")
    template = "/v1/invoices/{external_id}/boleto.pdf"
    event["routeKey"] = event["requestContext"]["routeKey"] = f"GET {template}"
    path = template.replace("{external_id}", external_id)
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = "GET"
    event["requestContext"]["authorizer"]["jwt"]["claims"]["client_id"] = client_id
    event["pathParameters"] = {"external_id": external_id}
    answer: dict[str, Any] = handler.lambda_handler(event, Context())
    assert_answer_as_described("GET", "/v1/invoices/{external_id}/boleto.pdf", answer)
    return answer


def page_of(answer: dict[str, Any]) -> Any:  # noqa: ANN401 - a page of an untyped library
    assert answer["isBase64Encoded"] is True
    return pypdfium2.PdfDocument(io.BytesIO(base64.b64decode(answer["body"])))[0]


def test_what_is_printed_can_be_paid(world: World) -> None:
    issue(world)
    answer = get()
    assert answer["statusCode"] == 200
    headers = {k.lower(): v for k, v in answer["headers"].items()}
    headers |= {k.lower(): v[0] for k, v in answer.get("multiValueHeaders", {}).items()}
    assert headers["content-type"] == "application/pdf"
    assert headers["cache-control"] == "no-store"
    assert headers["content-disposition"] == 'inline; filename="boleto-FAT-1.pdf"'
    page = page_of(answer)
    read = {code.text for code in zxingcpp.read_barcodes(page.render(scale=4).to_pil())}
    assert {barcode_of(BOLETO.line), PIX} <= read
    text = page.get_textpage().get_text_range()
    for expected in ("Aurora Energia Ltda", "Maria da Silva", "149,90", "multa de 2%"):
        assert expected in text


def test_an_id_with_a_slash_names_its_own_invoice_and_a_harmless_file(world: World) -> None:
    issue(world, "2026/11 nº1")
    answer = get("2026%2F11%20n%C2%BA1")
    assert answer["statusCode"] == 200
    assert 'filename="boleto-2026-11-N-1.pdf"' in str(answer)


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"payment": PaymentOptions()}, 404, "no boleto"),
        ({"payments": (any_payment(),)}, 409, "settled"),
        ({"cancelled_at": NOW, "cancel_reason": "erro"}, 409, "withdrawn"),
        (
            {"payments": (any_payment(amount=Money(1)),)},
            422,
            "the line asks for that centavo again",
        ),
        ({"payment": PaymentOptions(boleto_line=UTILITY_LINE)}, 422, "no bank's line"),
        ({"payment": PaymentOptions(boleto_line="3419")}, 422, "no line at all"),
        ({"amount": Money(1)}, 422, "another amount than the line's"),
        ({"due_date": date(2026, 11, 11)}, 422, "another due date than the line's"),
    ],
)
def test_what_should_not_be_paid_is_not_printed(
    world: World, changes: dict[str, Any], status: int, why: str
) -> None:
    plain = {k: v for k, v in changes.items() if k in ("payment", "amount", "due_date")}
    issue(world, **plain)
    creditor = world.directory.get(world.directory.of_client("cliente-aurora"))
    for payment in changes.get("payments", ()):
        world.ingest.receive_payment(creditor, any_invoice().external_id, payment, now=NOW)
    if "cancelled_at" in changes:
        world.ingest.cancel_invoice(creditor, any_invoice().external_id, NOW, "erro", now=NOW)
    answer = get()
    assert answer["statusCode"] == status, why
    assert "application/problem+json" in str(answer)
    errors = json.loads(answer["body"]).get("errors", [])
    assert all(error["path"] and error["reason"] for error in errors)
    assert bool(errors) is (status == 422)


def test_a_line_for_what_is_left_is_printed_after_a_payment_in_part(world: World) -> None:
    left = BankBoleto("341", Money(9990), DUE, "1090022335021234567890000")
    issue(world, payment=PaymentOptions(boleto_line=left.line))
    creditor = world.directory.get(world.directory.of_client("cliente-aurora"))
    paid = any_payment(amount=Money(5000))
    world.ingest.receive_payment(creditor, any_invoice().external_id, paid, now=NOW)
    assert "99,90" in page_of(get()).get_textpage().get_text_range()


def test_what_happened_is_counted_and_nobody_is_named(
    world: World, printed: Callable[[], Printed]
) -> None:
    issue(world)
    get()
    get("fat-9")
    seen = printed()
    counts = {k: v for k, v in seen.metrics.items() if k != "ColdStart"}
    assert counts == {"boleto_rendered": 1, "http_2xx": 1, "http_4xx": 1}
    seen.assert_no_personal_data(BOLETO.line, PIX)


def test_another_creditors_invoice_is_no_different_from_none(world: World) -> None:
    issue(world)
    unknown = get("fat-9")
    assert unknown["statusCode"] == 404
    assert get("%23")["statusCode"] == 404
    others = get(client_id="cliente-boreal")
    assert others["statusCode"] == 404
    assert others["body"].replace("fat-1", "fat-9") == unknown["body"]
    assert get(client_id="ninguem")["statusCode"] == 403


@pytest.mark.parametrize(
    ("terms", "discounts", "first", "why"),
    [
        (
            LateChargeTerms(),
            [],
            "Após o vencimento: multa de 2% e juros de mora de 1% ao mês.",
            "the common contract",
        ),
        (
            LateChargeTerms(interest=InterestRate(Decimal("0.50"), days=DayCount.BUSINESS)),
            [],
            "Após o vencimento: multa de 2% e juros de mora de 0,5% ao mês, em dias úteis.",
            "business days",
        ),
        (
            LateChargeTerms(grace_days=5),
            [],
            "Passados 5 dias do vencimento: multa de 2% e juros de mora de 1% ao mês.",
            "days of grace",
        ),
        (
            LateChargeTerms(Decimal(0), InterestAmount(Money(50))),
            [],
            "Após o vencimento: juros de mora de R$ 0,50 por dia.",
            "no fine",
        ),
        (
            LateChargeTerms(fine_amount=Money(500), interest=LegalRate({})),
            [],
            (
                "Após o vencimento: multa de R$ 5,00 e juros de mora pela taxa legal"
                " (art. 406 do Código Civil)."
            ),
            "the legal rate",
        ),
        (
            LateChargeTerms(Decimal(0), InterestRate(Decimal(0))),
            [DiscountTier(date(2026, 11, 5), amount=Money(990))],
            "Desconto de R$ 9,90 até 05/11/2026.",
            "a discount and no charges",
        ),
        (
            LateChargeTerms(Decimal(0), InterestAmount(Money(0))),
            [DiscountTier(date(2026, 11, 5), Decimal("7.5"))],
            "Desconto de 7,5% até 05/11/2026.",
            "a rate",
        ),
    ],
)
def test_instructions_say_what_the_contract_does(
    terms: LateChargeTerms, discounts: list[DiscountTier], first: str, why: str
) -> None:
    assert instructions(terms, discounts)[0] == first, why


def test_copies_are_counted_among_the_calls_of_the_minute(world: World) -> None:
    issue(world)
    world.directory.limits["cliente-aurora"] = 1
    assert [get()["statusCode"] for _ in range(2)] == [200, 429]
