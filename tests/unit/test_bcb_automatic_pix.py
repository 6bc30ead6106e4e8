"""What a provider answers about Pix Automático is read leniently or asked for again; never more."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.bcb_automatic_pix import BcbAutomaticPix
from regua.adapters.psp_access import PspAccess, ReceiverAccount
from regua.application.automatic_pix_ports import DebitAsked, MandateAsked
from regua.application.pix_ports import PspUnavailable
from regua.domain.automatic_debit import Attempt
from regua.domain.ids import CreditorId
from regua.domain.money import Money
from tests.builders import CREDITOR

REC_ID = "RR1234567820240115abcdefghijk"
E2E = "E12345678202406201221abcdef12345"
AT = datetime(2027, 3, 1, tzinfo=UTC)
ASKED = MandateAsked(
    "contrato-7", "Mensalidade", "52998224725", "Maria", date(2027, 3, 10), None, retries=False
)
DEBIT = DebitAsked(
    "t" * 32, REC_ID, date(2027, 3, 10), Money(5), "Mensalidade", "52998224725", "Maria"
)


class Http:
    """Answers everything with one document, and remembers what was asked."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []

    def ask(
        self,
        creditor_id: CreditorId,
        method: str,
        path: str,
        *,
        query: object = None,
        body: object = None,
    ) -> object:
        assert creditor_id == CREDITOR
        self.asked.append((method, path, body or query))
        return self.answer

    def access(self, creditor_id: CreditorId) -> PspAccess:
        assert creditor_id == CREDITOR
        return PspAccess(
            base_url="https://pix.example.com",
            token_url="https://pix.example.com/token",
            client_id="c",
            client_secret="s",
            pix_key="k",
            receiver=ReceiverAccount(account="0123456", kind="PAGAMENTO"),
        )


def provider(answer: object) -> tuple[BcbAutomaticPix, Http]:
    http = Http(answer)
    return BcbAutomaticPix(http), http  # type: ignore[arg-type]  # by shape


ACTS: list[Callable[[BcbAutomaticPix], Any]] = [
    lambda p: p.ask_mandate(CREDITOR, ASKED),
    lambda p: p.find_by_contract(CREDITOR, "52998224725", "contrato-7", AT, AT),
    lambda p: p.find_mandate(CREDITOR, REC_ID),
    lambda p: p.cancel_mandate(CREDITOR, REC_ID),
    lambda p: p.ask_debit(CREDITOR, DEBIT),
    lambda p: p.find_debit(CREDITOR, "t" * 32),
    lambda p: p.cancel_debit(CREDITOR, "t" * 32),
    lambda p: p.retry_debit(CREDITOR, "t" * 32, date(2027, 3, 12)),
]
NAMES = (
    "idRec status txid recs vinculo contrato dadosQR pixCopiaECola tentativas dataLiquidacao pix"
    " endToEndId encerramento rejeicao cancelamento codigo id"
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from([REC_ID, E2E, "t" * 32, "ATIVA", "2027-03-10", "contrato-7"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(st.sampled_from(ACTS), json_values)
def test_any_answer_is_read_or_asked_for_again(
    act: Callable[[BcbAutomaticPix], Any], answer: object
) -> None:
    try:
        act(provider(answer)[0])
    except PspUnavailable:
        return


@pytest.mark.parametrize(
    ("answer", "attempts"),
    [
        ({"tentativas": "x"}, ()),
        ({"tentativas": [{"dataLiquidacao": "amanhã", "status": "AGENDADA"}, {}, 5]}, ()),
        (
            {
                "tentativas": [
                    {
                        "dataLiquidacao": "2027-03-10",
                        "status": "REJEITADA",
                        "rejeicao": {"codigo": "AM02"},
                    }
                ]
            },
            (Attempt(date(2027, 3, 10), "REJEITADA", "AM02"),),
        ),
    ],
)
def test_an_attempt_that_cannot_be_read_hides_no_other(
    answer: dict[str, Any], attempts: tuple[Attempt, ...]
) -> None:
    told = provider({"txid": "t" * 32, "status": "ATIVA", **answer})[0].find_debit(
        CREDITOR, "t" * 32
    )
    assert told is not None
    assert told.attempts == attempts


def test_the_pix_that_paid_and_the_reason_of_an_end_are_read() -> None:
    answer = {
        "txid": "t" * 32,
        "status": "CONCLUIDA",
        "pix": [{"endToEndId": E2E}, {"endToEndId": "../x"}, {}],
        "encerramento": {"cancelamento": {"codigo": "SLCR"}},
    }
    told = provider(answer)[0].find_debit(CREDITOR, "t" * 32)
    assert told is not None
    assert (told.received, told.refusal) == ((E2E,), "SLCR")


def test_a_company_is_looked_for_by_its_cnpj_and_what_is_asked_names_the_account() -> None:
    port, http = provider({"recs": []})
    assert port.find_by_contract(CREDITOR, "11222333000181", "c", AT, AT) is None
    assert http.asked[0][2]["cnpj"] == "11222333000181"
    port, http = provider({"txid": "t" * 32, "status": "CRIADA"})
    port.ask_debit(CREDITOR, DEBIT)
    assert http.asked[0][2]["recebedor"] == {"conta": "0123456", "tipoConta": "PAGAMENTO"}
    assert http.asked[0][2]["valor"] == {"original": "0.05"}


def test_ids_of_others_are_quoted_in_a_path() -> None:
    port, http = provider({"txid": "t" * 32, "status": "ATIVA"})
    port.find_debit(CREDITOR, "../cob")
    assert http.asked[0][1] == "cobr/..%2Fcob"
