"""Parts of the page by themselves: proofs, protocols, terms, and the address behind a message."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.customer_page.proofs import MAX_PROOF_BYTES, read_proof
from regua.application.customer_page.protocols import is_protocol, protocol_of
from regua.application.customer_page.terms import Parties, masked, terms_text
from regua.application.message_content import Sender
from regua.application.written_to import WrittenTo
from regua.domain.errors import InvalidInput
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.money import Money
from regua.domain.negotiation.agreement import CoveredDebt
from regua.domain.negotiation.deal import Choice, Deal, Part
from regua.domain.ruler import Channel
from regua.domain.wording import MessageText, is_refused, lint
from tests.unit.application.customer_page.desk import EMAIL, Desk

OURS = DispatchId("0a" * 16)
PNG, JPEG, PDF = b"\x89PNG\r\n\x1a\nrest", b"\xff\xd8\xff\xe0rest", b"%PDF-1.4 rest"


# ── proofs ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (PDF, "application/pdf")],
)
def test_a_proof_is_what_its_bytes_say(content: bytes, media_type: str) -> None:
    proof = read_proof(content, "qualquer.exe")
    assert proof is not None
    assert (proof.media_type, proof.content) == (media_type, content)


@pytest.mark.parametrize(
    "content",
    [b"<html>", b"MZ\x90", b"GIF89a", b" %PDF-1.4", b"PK\x03\x04", b"<svg onload=x>"],
)
def test_other_files_are_refused_whatever_their_name(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_proof(content, "comprovante.pdf")
    assert [p.path for p in refused.value.problems] == ["proof"]


def test_a_proof_has_a_largest_size_and_may_be_missing() -> None:
    most = MAX_PROOF_BYTES
    assert read_proof(PDF.ljust(most), "a.pdf") is not None
    with pytest.raises(InvalidInput):
        read_proof(PDF.ljust(most + 1), "a.pdf")
    assert read_proof(b"", "a.pdf") is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\fotos\\recibo.jpg", "recibo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nX: y\x00.pdf", "aX: y.pdf"),
        ("x" * 500, "x" * 120),
        ("", ""),
    ],
)
def test_a_file_s_name_is_kept_without_its_path(name: str, kept: str) -> None:
    proof = read_proof(PDF, name)
    assert proof is not None
    assert proof.file_name == kept


# ── protocols ───────────────────────────────────────────────────────────────────────────────────


@given(st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5), max_size=3))
def test_a_protocol_is_easy_to_read_out(said: dict[str, str | None]) -> None:
    protocol = protocol_of(OURS, "promise", said)
    assert is_protocol(protocol)
    assert not set(protocol) & set("01BGILOQSUZ")
    assert protocol == protocol_of(OURS, "promise", dict(reversed(said.items())))


def test_another_act_has_another_protocol() -> None:
    other = DispatchId("0b" * 16)
    protocols = {
        protocol_of(OURS, "promise", {"on": "2026-11-20"}),
        protocol_of(OURS, "promise", {"on": "2026-11-21"}),
        protocol_of(OURS, "dispute", {"on": "2026-11-20"}),
        protocol_of(other, "promise", {"on": "2026-11-20"}),
        protocol_of(OURS, "promise", {"on": None}),
    }
    assert len(protocols) == 5


# ── terms ───────────────────────────────────────────────────────────────────────────────────────

DEAL = Deal(
    rule="padrao",
    choice=Choice(2, Money(5000), date(2026, 11, 20)),
    on=date(2026, 11, 14),
    debts=(CoveredDebt(InvoiceId("fat-1"), Money(123456), Money(100000)),),
    parts=(
        Part(0, date(2026, 11, 20), Money(5000)),
        Part(1, date(2026, 12, 20), Money(47500)),
        Part(2, date(2027, 1, 20), Money(47500)),
    ),
    breach_after_days=10,
    needs_approval=False,
    approval_days=2,
)
PARTIES = Parties(
    Sender(
        "Aurora Energia Ltda",
        "11222333000181",
        "Rua das Laranjeiras, 100",
        "financeiro@aurora.example.com.br",
        phone="(11) 4000-1234",
    ),
    "Maria da Silva",
    "***.***.*47-25",
    {InvoiceId("fat-1"): ("NF-1", date(2026, 11, 10))},
)


@pytest.mark.parametrize(
    "words",
    [
        "Aurora Energia Ltda, CPF/CNPJ 11222333000181, com endereço em Rua das Laranjeiras, 100",
        "Maria da Silva, documento ***.***.*47-25",
        "Fatura NF-1, com vencimento em 10/11/2026: valor atualizado de R$ 1.234,56",
        "quitada no acordo por R$ 1.000,00",
        "Desconto concedido: R$ 234,56",
        "Entrada: R$ 50,00, com vencimento em 20/11/2026",
        "Parcela 2 de 2: R$ 475,00, com vencimento em 20/01/2027",
        "em até 10 dias corridos após o vencimento",
        "não é novação (Código Civil, arts. 360 e 361)",
        "Código de Defesa do Consumidor (Lei 8.078/1990)",
        "financeiro@aurora.example.com.br ou (11) 4000-1234",
    ],
)
def test_terms_say_everything_that_is_agreed(words: str) -> None:
    assert words in terms_text(DEAL, PARTIES)


def test_terms_say_whether_the_creditor_has_to_approve() -> None:
    assert "depende da aprovação" not in terms_text(DEAL, PARTIES)
    waits = terms_text(replace(DEAL, needs_approval=True), PARTIES)
    assert "depende da aprovação do credor, em até 2 dias corridos" in waits


def test_paying_everything_at_once_is_no_instalment() -> None:
    once = replace(DEAL, parts=(Part(1, date(2026, 11, 20), Money(100000)),))
    text = terms_text(once, PARTIES)
    assert "Pagamento único: R$ 1.000,00" in text
    assert "Parcela 1" not in text


def test_terms_neither_threaten_nor_press() -> None:
    text = terms_text(replace(DEAL, needs_approval=True), PARTIES)
    assert not is_refused(lint(MessageText(Channel.EMAIL, text)))
    threat = f"{text}\nPague já ou seu nome será exposto aos seus vizinhos."
    assert is_refused(lint(MessageText(Channel.EMAIL, threat)))


@pytest.mark.parametrize(
    ("document", "shown"),
    [("52998224725", "***.***.*47-25"), ("12ABC34501DE35", "**.**C.345/****-**")],
)
def test_terms_show_of_a_document_what_the_question_asked_for(document: str, shown: str) -> None:
    assert masked(document) == shown


# ── the address behind a message ────────────────────────────────────────────────────────────────


def test_the_address_of_a_message_is_read_from_its_evidence() -> None:
    desk = Desk()
    read = WrittenTo(desk.ledger, desk.keys, desk.vault)
    assert read(desk.dispatch_id) == EMAIL
    assert read(DispatchId("f" * 32)) is None
    desk.vault.objects.clear()
    assert read(desk.dispatch_id) is None
    desk.keys.keys.clear()
    assert read(desk.dispatch_id) is None
