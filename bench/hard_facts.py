"""What the hard facts cost on one core: quotes, policy checks, codes, lines of bank files."""

import json
import resource
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from timeit import repeat
from typing import Any

from regua.domain import contact_policy
from regua.domain.boleto import barcode
from regua.domain.cnab.retorno import parse_retorno
from regua.domain.contact_policy import Contact, ContactRequest
from regua.domain.ids import DispatchId
from regua.domain.late_charges import DiscountTier, LateChargeTerms
from regua.domain.money import Money
from regua.domain.payoff import Debt, Received, quote
from regua.domain.pix import br_code
from regua.domain.ruler import Caps, Channel
from regua.domain.time_zones import SAO_PAULO
from regua.domain.wording import MessageText, lint
from tests.unit.domain.cnab.synthetic import News, itau_400, joined, sicredi_240

_ROUNDS = 5
_PER_ROUND = 2_000
_TITLES = 20_000
_DUE = date(2026, 11, 10)
_ON = date(2026, 12, 18)
_NOW = datetime(2026, 11, 11, 13, tzinfo=UTC)
_TERMS = LateChargeTerms()
_PLAIN = Debt(Money(14_990), _DUE)
_PAID_IN_PARTS = Debt(
    Money(149_900),
    _DUE,
    discounts=[DiscountTier(date(2026, 11, 1), Decimal(5))],
    payments=[Received(date(2026, 11, 20), Money(50_000)), Received(_ON, Money(10_000))],
)
_CODE = br_code.BrCode(
    name="Aurora Energia", city="Sao Paulo", key="11222333000181", amount=Money(15_365), txid="F1"
)
_LINE_READ_ON = date(2017, 6, 1)
_LINE = "34191.09008 22335.021238 45678.900007 1 71950000060000"
_BODY = (
    "Olá, Maria. Ainda não identificamos o pagamento da fatura 123, que venceu em 10/11/2026. "
    "Veja o valor atualizado e as formas de pagamento. Se você já pagou, desconsidere. "
) * 8


def _request(channel: Channel) -> ContactRequest:
    made = [Contact(_NOW.replace(day=n), channel, DispatchId(f"{n:032x}")) for n in (4, 9)]
    return ContactRequest(
        channel=channel,
        ufs=frozenset({"SP", "AM"}),
        address="+5511987654321",
        has_any_address=True,
        opted_out=False,
        contacts=made,
        caps=Caps(),
        cap_zone=SAO_PAULO,
    )


def run() -> dict[str, Any]:
    """Return calls per second, the best of several rounds, and lines per second of bank files."""
    email, sms = _request(Channel.EMAIL), _request(Channel.SMS)
    written = br_code.encode(_CODE)
    message = MessageText(Channel.EMAIL, _BODY, subject="Sua fatura 123")
    calls = {
        "quote_unpaid": lambda: quote(_PLAIN, _ON, _TERMS),
        "quote_with_discount_and_two_payments": lambda: quote(_PAID_IN_PARTS, _ON, _TERMS),
        "policy_check_email": lambda: contact_policy.check(email, _NOW),
        "policy_check_sms_two_states": lambda: contact_policy.check(sms, _NOW),
        "br_code_encode": lambda: br_code.encode(_CODE),
        "br_code_decode": lambda: br_code.decode(written),
        "boleto_line_parse": lambda: barcode.parse(_LINE, today=_LINE_READ_ON),
        "wording_lint_email": lambda: lint(message),
    }
    return {
        "per_second": {name: _rate(call) for name, call in calls.items()},
        "cnab_lines_per_second": _cnab(),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _rate(call: Any) -> int:  # noqa: ANN401 - anything that can be called
    return round(_PER_ROUND / min(repeat(call, number=_PER_ROUND, repeat=_ROUNDS)))


def _cnab() -> dict[str, int]:
    """Read a file of each format to its last title, totals checked."""
    news = [News(n, "06", 10_000 + n, paid=10_000 + n) for n in range(1, _TITLES + 1)]
    rates = {}
    for name, records in (("cnab_400", itau_400(news)), ("cnab_240", sicredi_240(news))):
        data = joined(records)

        def read(data: bytes = data) -> None:
            if sum(1 for _ in parse_retorno(data).titles) != _TITLES:
                raise AssertionError("titles were lost")

        rates[name] = round(len(records) / min(repeat(read, number=1, repeat=3)))
    return rates


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
