"""Does what the system says agree with what was seen from outside?

Three sources that know nothing of each other are compared: the system's own counts, the carrier's
inbox, and the demo's books with the independent bank calendar. Every check must hold.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from local.demo import oracle
from local.demo.ledger import Ledger, Standing
from local.demo.life import Life
from local.demo.mail import Mail
from local.demo.model import SAO_PAULO, Invoice, Portfolio
from local.demo.system import DispatchRow, InvoiceView

ENDS = ("sent", "deferred", "suppressed", "failed", "pending")
_TAKEN_BY_PROVIDER = {"hard_bounce", "undeliverable"}
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One statement about the whole life, and whether it held."""

    statement: str
    holds: bool
    detail: str


@dataclass(slots=True)
class Evidence:
    """Everything the report is made of."""

    life: Life
    reconciliation: Mapping[str, int]
    dispatches: Sequence[DispatchRow]
    views: Mapping[str, InvoiceView]
    recorded_hits: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def rows(self) -> Mapping[str, DispatchRow]:
        """Return the dispatches by id."""
        return {row.dispatch_id: row for row in self.dispatches}


def all_checks(evidence: Evidence) -> list[Check]:
    """Return every check, in the order a person would ask."""
    life = evidence.life
    mentions = list(mentioned(life.mails, life.portfolio))
    return [
        conservation(evidence.reconciliation),
        nothing_stuck(evidence.reconciliation, life.dead_letters),
        inbox_agrees(life.mails, evidence.dispatches),
        no_duplicates(life.mails, evidence.dispatches),
        nobody_after_payment(mentions, life.ledger),
        nobody_called_late_early(mentions),
        wishes_kept(life),
        books_agree(life.ledger, evidence.views),
        lateness_agrees(life.ledger, evidence.views),
        hits_arrived(life, evidence.recorded_hits),
    ]


def conservation(counts: Mapping[str, int]) -> Check:
    """Every planned contact ended in exactly one way."""
    planned = counts.get("planned", 0)
    ends = {end: counts.get(end, 0) for end in ENDS}
    return Check(
        "planejado = enviado + adiado + suprimido + falho + pendente",
        planned == sum(ends.values()),
        f"{planned} = {' + '.join(map(str, ends.values()))}",
    )


def nothing_stuck(counts: Mapping[str, int], dead_letters: Mapping[str, int]) -> Check:
    """No contact is still pending and no queue of dead letters holds anything."""
    held = ", ".join(f"{name}: {count}" for name, count in sorted(dead_letters.items()))
    pending = counts.get("pending", 0)
    return Check(
        "nada ficou pendente nem em fila de mensagens mortas",
        not pending and not dead_letters,
        f"{pending} pendentes; {held or 'filas mortas vazias'}",
    )


def inbox_agrees(mails: Sequence[Mail], dispatches: Iterable[DispatchRow]) -> Check:
    """What the carrier received is what the system says it sent, contact by contact."""
    received = {mail.dispatch_id for mail in mails}
    claimed = {
        row.dispatch_id
        for row in dispatches
        if row.state == "sent" or (row.state == "failed" and row.reason in _TAKEN_BY_PROVIDER)
    }
    detail = f"{len(received)} na caixa, {len(claimed)} no sistema (enviados ou devolvidos)"
    if received != claimed:
        detail += f"; diferem {_few(received ^ claimed)}"
    return Check("o que a operadora recebeu é o que o sistema enviou", received == claimed, detail)


def no_duplicates(mails: Sequence[Mail], dispatches: Iterable[DispatchRow]) -> Check:
    """No contact arrived twice, except the counted resends after a doubt."""
    copies = Counter(mail.dispatch_id for mail in mails)
    repeated = {key: count - 1 for key, count in copies.items() if count > 1}
    allowed = {row.dispatch_id for row in dispatches if row.resent_in_doubt}
    wrong = {key for key, extra in repeated.items() if extra > 1 or key not in allowed}
    return Check(
        "ninguém recebeu a mesma mensagem duas vezes",
        not wrong,
        f"{sum(repeated.values())} repetidas, {len(allowed)} reenvios por dúvida registrados",
    )


@dataclass(frozen=True, slots=True)
class Mention:
    """One invoice in one message."""

    mail: Mail
    invoice: Invoice
    said_late: bool


def mentioned(mails: Iterable[Mail], portfolio: Portfolio) -> Iterator[Mention]:
    """Return what each message says about each invoice, read from its own text."""
    owner_of = {
        address.lower(): customer.external_id
        for customer in portfolio.customers.values()
        for address in customer.emails
    }
    invoice_of = {(i.customer_id, i.number): i for i in portfolio.invoices}
    for mail in mails:
        owner = owner_of.get(mail.to, "")
        for line in mail.lines:
            invoice = invoice_of.get((owner, line.number))
            if invoice:
                yield Mention(mail, invoice, line.said_late)


def nobody_after_payment(mentions: Sequence[Mention], ledger: Ledger) -> Check:
    """No message speaks of an invoice that was known to be paid or withdrawn."""
    wrong = [
        m for m in mentions if ledger.pages[m.invoice.external_id].is_closed(m.mail.received_at)
    ]
    return Check(
        "ninguém foi cobrado depois de pagamento ou baixa registrados",
        not wrong and bool(mentions),
        f"{len(mentions)} faturas em mensagens, {len(wrong)} depois de encerradas"
        + (f": {_few(m.invoice.external_id for m in wrong)}" if wrong else ""),
    )


def nobody_called_late_early(mentions: Sequence[Mention]) -> Check:
    """No message calls late what banks would still take as on time."""
    late = [m for m in mentions if m.said_late]
    wrong = [m for m in late if not oracle.is_late(m.invoice.due_date, _day(m.mail.received_at))]
    return Check(
        "ninguém foi chamado de atrasado antes do fim do prazo bancário",
        not wrong,
        f"{len(late)} faturas chamadas de atrasadas, {len(wrong)} cedo demais"
        + (f": {_few(m.invoice.external_id for m in wrong)}" if wrong else ""),
    )


def wishes_kept(life: Life) -> Check:
    """No message follows an unsubscription, nor a bounce or a complaint of the same address."""
    silent_since: dict[str, datetime] = {}
    sent_to = {mail.dispatch_id: mail.to for mail in life.mails}
    for hit in life.hits:
        if hit.kind == "unsubscribe":
            silent_since.setdefault(sent_to[hit.dispatch_id], hit.at)
    asked = len(silent_since)
    for mail in life.mails:
        if mail.bounced or mail.complained:
            silent_since.setdefault(mail.to, mail.received_at)
    wrong = [m for m in life.mails if m.to in silent_since and m.received_at > silent_since[m.to]]
    return Check(
        "quem se descadastrou, devolveu ou reclamou não recebeu mais nada",
        not wrong,
        f"{asked} descadastros, {len(silent_since) - asked} devoluções ou reclamações, "
        f"{len(wrong)} mensagens depois",
    )


def books_agree(ledger: Ledger, views: Mapping[str, InvoiceView]) -> Check:
    """The system has every invoice, standing where the books say, with the same money paid."""
    wrong = []
    for key, page in ledger.pages.items():
        view = views.get(key)
        standing = page.standing()
        same = view and view.status == standing and view.paid_centavos == page.paid()
        if not same or (standing is Standing.SETTLED and view and view.balance_centavos):
            wrong.append(key)
    return Check(
        "situação e valor pago de cada fatura iguais aos do arquivo",
        not wrong and len(views) >= len(ledger.pages),
        f"{len(views)} faturas conferidas, {len(ledger.pages.keys() - views.keys())} "
        f"desconhecidas do sistema, {len(wrong)} diferentes"
        + (f": {_few(wrong)}" if wrong else ""),
    )


def lateness_agrees(ledger: Ledger, views: Mapping[str, InvoiceView]) -> Check:
    """The system calls late exactly what the independent bank calendar calls late."""
    settled = {
        key: on
        for key, page in ledger.pages.items()
        if page.standing() is Standing.SETTLED and (on := page.settled_on())
    }
    wrong = [
        key
        for key, on in settled.items()
        if key not in views
        or views[key].settled_on != on
        or views[key].was_late != oracle.is_late(ledger.pages[key].invoice.due_date, on)
    ]
    return Check(
        "data de quitação e atraso iguais aos do calendário bancário independente",
        not wrong,
        f"{len(settled)} quitadas conferidas, {len(wrong)} diferentes"
        + (f": {_few(wrong)}" if wrong else ""),
    )


def hits_arrived(life: Life, recorded: Mapping[tuple[str, str], int]) -> Check:
    """Every open and click was answered and is in the timelines, each once."""
    made = Counter(hit.kind for hit in life.hits if hit.kind != "unsubscribe")
    kept: Counter[str] = Counter()
    for (kind, _), count in recorded.items():
        kept[kind] += count
    same = all(made[kind] == kept[kind] for kind in ("open", "click"))
    return Check(
        "toda abertura e todo clique foram registrados, uma vez cada",
        same and not life.failed_hits,
        f"aberturas {made['open']} feitas e {kept['open']} registradas; "
        f"cliques {made['click']} e {kept['click']}; {life.failed_hits} sem resposta",
    )


def _day(instant: datetime) -> date:
    return instant.astimezone(SAO_PAULO).date()


def _few(keys: Iterable[str]) -> str:
    ordered = sorted(set(keys))
    more = len(ordered) - _SHOWN
    return ", ".join(ordered[:_SHOWN]) + (f" e mais {more}" if more > 0 else "")
