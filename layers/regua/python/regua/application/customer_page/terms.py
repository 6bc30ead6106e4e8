"""The terms of a settlement in words, as they are shown, hashed and kept.

They are written from the deal alone: the same deal of the same parties has the same words.

Source: Código Civil (Lei 10.406/2002) arts. 360 and 361 (no novation without the intention), CDC
(Lei 8.078/1990) arts. 42-A (who collects), 52 §1 (the fine of a late payment) and §2 (paying
ahead), 54 §2 (whether it goes on is the customer's choice) and §3 (plain words).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from regua.application.message_content import Sender
from regua.domain.ids import InvoiceId
from regua.domain.money import Money
from regua.domain.negotiation.deal import Deal, Part

_CPF_LENGTH = 11


@dataclass(frozen=True, slots=True)
class Parties:
    """Who settles with whom, and what the debts are called. ``masked_document`` shows four digits.

    ``debts`` name each covered invoice: its number and its due date.
    """

    sender: Sender
    customer_name: str
    masked_document: str
    debts: Mapping[InvoiceId, tuple[str, date]]


def terms_text(deal: Deal, parties: Parties) -> str:
    """Write the terms in Portuguese, one paragraph a line."""
    return "\n".join(_lines(deal, parties))


def masked(document: str) -> str:
    """Return a normalised CPF or CNPJ with all but what the question asked for hidden.

    >>> masked("52998224725"), masked("11222333000181")
    ('***.***.*47-25', '**.**2.333/****-**')
    """
    if len(document) == _CPF_LENGTH:
        return f"***.***.*{document[7:9]}-{document[9:]}"
    return f"**.**{document[4]}.{document[5:8]}/****-**"


def sha256_of(text: str) -> str:
    """Return the hash of terms in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def _lines(deal: Deal, parties: Parties) -> Iterator[str]:
    sender = parties.sender
    yield "TERMO DE ACORDO PARA PAGAMENTO"
    yield (
        f"1. Partes. Credor: {sender.name}, CPF/CNPJ {sender.document}, com endereço em"
        f" {sender.address_line}. Cliente: {parties.customer_name}, documento"
        f" {parties.masked_document}."
    )
    yield f"2. Dívidas incluídas, com os valores atualizados em {_day(deal.on)}:"
    for debt in deal.debts:
        number, due_date = parties.debts[debt.invoice_id]
        yield (
            f"   - Fatura {number}, com vencimento em {_day(due_date)}: valor atualizado de"
            f" {_brl(debt.owed)}, quitada no acordo por {_brl(debt.agreed)}."
        )
    yield (
        f"3. Valores. Total atualizado: {_brl(deal.owed)}. Desconto concedido:"
        f" {_brl(deal.discount)}. Total do acordo: {_brl(deal.total)}. Nos pagamentos abaixo,"
        " feitos até o vencimento, não há juros nem tarifas."
    )
    yield "4. Pagamentos:"
    for part in deal.parts:
        name, due = _part(part, deal.parts), _day(part.due_date)
        yield f"   - {name}: {_brl(part.amount)}, com vencimento em {due}."
    yield (
        "   Se o vencimento cair em dia sem expediente bancário, o pagamento pode ser feito no"
        " primeiro dia útil seguinte, sem acréscimo."
    )
    if deal.needs_approval:
        yield (
            f"5. Aprovação. Este acordo depende da aprovação do credor, em até"
            f" {_days(deal.approval_days)}. Até lá, a cobrança das dívidas incluídas fica"
            " suspensa; sem a aprovação, o pedido perde o efeito e nada mais muda."
        )
    else:
        yield "5. Início. O acordo vale a partir da confirmação do cliente."
    yield (
        "6. Durante o acordo. Enquanto ele estiver em dia, a cobrança das dívidas incluídas fica"
        " suspensa. Pagas todas as parcelas, essas dívidas ficam quitadas. O cliente pode"
        " antecipar parcelas a qualquer momento."
    )
    yield (
        "7. Atraso. Pagamento feito depois do vencimento pode ter multa e juros de atraso, nos"
        " limites da lei, informados na cobrança. O cliente pode manter o acordo pagando o que"
        f" atrasou em até {_days(deal.breach_after_days)} após o vencimento. Se preferir não pagar"
        " nesse prazo, o acordo será desfeito: o desconto deixa de valer, as parcelas em aberto são"
        " canceladas e as dívidas voltam às condições originais, com os encargos do contrato,"
        " descontado tudo o que tiver sido pago. Valor devolvido ou estornado conta como não pago."
    )
    yield (
        "8. Natureza. Este acordo não é novação (Código Civil, arts. 360 e 361): as dívidas"
        " originais continuam a existir, suspensas, até o pagamento de todas as parcelas."
    )
    yield (
        "9. Direitos do cliente. Este acordo não afasta os direitos previstos no Código de Defesa"
        " do Consumidor (Lei 8.078/1990), entre eles o de contestar valores indevidos. Em caso de"
        f" dúvida, fale com o credor: {_contact(sender)}."
    )


def _part(part: Part, parts: Sequence[Part]) -> str:
    if part.number == 0:
        return "Entrada"
    count = sum(1 for each in parts if each.number > 0)
    return "Pagamento único" if len(parts) == 1 else f"Parcela {part.number} de {count}"


def _contact(sender: Sender) -> str:
    ways = (sender.contact_email, sender.phone)
    return " ou ".join(way for way in ways if way)


def _days(count: int) -> str:
    return "1 dia corrido" if count == 1 else f"{count} dias corridos"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _brl(amount: Money) -> str:
    """Write an amount in reais.

    >>> _brl(Money(123456))
    'R$ 1.234,56'
    """
    reais, centavos = divmod(amount.centavos, 100)
    return f"R$ {reais:,}".replace(",", ".") + f",{centavos:02d}"
