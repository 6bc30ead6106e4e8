"""Does what the system says agree with what was seen from outside?

Three sources that know nothing of each other are compared: the system's own counts, the carrier's
inbox, and the demo's books with the independent bank calendar. Every check must hold.

What an e-mail speaks of is read from its text. An SMS, a WhatsApp message or a call does not name
every invoice, so there the plan behind it is taken at its word, and the words that are there are
held against the plan (`words_agree`). What each check proves is in docs/demo.md.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from local.demo import oracle
from local.demo.ledger import Ledger, Standing
from local.demo.life import Life
from local.demo.message import EMAIL, SMS, VOICE, WHATSAPP, Message
from local.demo.model import SAO_PAULO, Customer, Invoice
from local.demo.proofs import Laudo, Proof
from local.demo.system import DispatchRow, InvoiceView, Spent
from local.demo.terms import Terms

ENDS = ("sent", "deferred", "suppressed", "failed", "pending")
_SHOWN = 3
_WEEK = timedelta(days=7)
_SHORTEST_NUMBER = 4
"""A shorter invoice number may be read into a date, an address or an amount."""
_WORDS = re.compile(r"[\w./-]*\w")
_RECORDED_AS = {
    "sent": {"sent"},
    "delayed": {"delayed", "sent"},
    "delivered": {"delivered", "answered"},
    "read": {"read"},
    "unknown": {"unknown"},
    "undelivered": {"undelivered", "hard_bounced"},
    "bounced": {"hard_bounced", "soft_bounced"},
    "complained": {"complained"},
    "rejected": {"rejected"},
}
"""What the carrier's most final state may stand in a timeline as."""
_UNREPORTED = frozenset({"no_receipt", "late_receipt"})
"""Behaviours that keep receipts back."""


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
    reported: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By dispatch: what stands in the system's timelines."""
    carrier_states: Mapping[str, str] = field(default_factory=dict)
    stopped: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By customer: the channels they stopped, as the system tells."""
    costs: Mapping[str, Spent] = field(default_factory=dict)
    proofs: Sequence[Proof] = ()
    laudo: Laudo | None = None
    terms: Terms = field(default_factory=Terms)

    @property
    def rows(self) -> Mapping[str, DispatchRow]:
        """Return the dispatches by id."""
        return {row.dispatch_id: row for row in self.dispatches}


def all_checks(evidence: Evidence) -> list[Check]:
    """Return every check, in the order a person would ask."""
    life = evidence.life
    mentions = list(mentioned(life))
    return [
        conservation(evidence.reconciliation),
        nothing_stuck(evidence.reconciliation, life.dead_letters),
        inbox_agrees(life.messages, evidence.dispatches),
        receipts_agree(life.messages, evidence.carrier_states, evidence.reported),
        no_duplicates(life.messages, evidence.dispatches),
        own_addresses(mentions, life.portfolio.customers),
        nobody_after_payment(mentions, life.ledger),
        words_agree(life, mentions),
        nobody_called_late_early(mentions),
        calls_are_discreet(life.messages),
        caps_kept(mentions, evidence.terms),
        hours_kept(mentions, life.portfolio.customers, evidence.terms),
        wishes_kept(life),
        replies_heard(life, evidence.stopped),
        books_agree(life.ledger, evidence.views),
        lateness_agrees(life.ledger, evidence.views),
        hits_arrived(life, evidence.recorded_hits),
        evidence_proves(life.messages, evidence.proofs),
        laudo_verifies(evidence.laudo, life.messages),
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


def inbox_agrees(messages: Sequence[Message], dispatches: Sequence[DispatchRow]) -> Check:
    """What the carrier received is what the system says it sent; the rest has a reason."""
    received = {(message.dispatch_id, message.channel) for message in messages}
    claimed = {
        (row.dispatch_id, row.channel)
        for row in dispatches
        if row.state == "sent" or (row.state == "failed" and row.was_taken)
    }
    unexplained = [r.dispatch_id for r in dispatches if r.state != "sent" and not r.reason]
    detail = (
        f"{len(received)} na caixa, {len(claimed)} no sistema (enviados ou devolvidos), "
        f"{len(unexplained)} sem envio e sem motivo"
    )
    if received != claimed:
        detail += f"; diferem {_few(key for key, _ in received ^ claimed)}"
    return Check(
        "o que a operadora recebeu é o que o sistema enviou, e o resto tem motivo",
        received == claimed and not unexplained,
        detail,
    )


def receipts_agree(
    messages: Iterable[Message],
    carrier_states: Mapping[str, str],
    reported: Mapping[str, frozenset[str]],
) -> Check:
    """Where each message stands by the carrier's own receipts, its timeline says too."""
    outcome_of = {message.dispatch_id: message.outcome for message in messages}
    states = {k: carrier_states.get(k, "accepted") for k in outcome_of}
    wrong = [
        key
        for key, state in states.items()
        if outcome_of[key] not in _UNREPORTED
        and not _RECORDED_AS.get(state, set()) & reported.get(key, frozenset())
    ]
    told = ", ".join(f"{n} {state}" for state, n in Counter(states.values()).most_common())
    return Check(
        "todo desfecho informado pela operadora está no histórico",
        not wrong,
        f"{told}; {len(wrong)} diferentes" + (f": {_few(wrong)}" if wrong else ""),
    )


def no_duplicates(messages: Sequence[Message], dispatches: Iterable[DispatchRow]) -> Check:
    """No contact arrived twice, except the counted resends after a doubt."""
    copies = Counter(message.dispatch_id for message in messages)
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
    """One invoice in one message: named by its text, or by the plan behind it."""

    message: Message
    invoice: Invoice
    said_late: bool = False
    by_plan: bool = False


def mentioned(life: Life) -> Iterator[Mention]:
    """Return what each message is about: an e-mail by its own text, the others by their plan."""
    portfolio = life.portfolio
    owner_of = {
        address.lower(): customer.external_id
        for customer in portfolio.customers.values()
        for address in customer.emails
    }
    invoice_of = {(i.customer_id, i.number): i for i in portfolio.invoices}
    by_id = {i.external_id: i for i in portfolio.invoices}
    for message in life.messages:
        owner = owner_of.get(message.to, "")
        for line in message.lines:
            invoice = invoice_of.get((owner, line.number))
            if invoice:
                yield Mention(message, invoice, line.said_late)
        if message.channel != EMAIL:
            for key in life.planned.get(message.dispatch_id, ()):
                if key in by_id:
                    yield Mention(message, by_id[key], by_plan=True)


def own_addresses(mentions: Iterable[Mention], customers: Mapping[str, Customer]) -> Check:
    """Every message went to an address of whoever owes what it is about."""
    owners = {(m.message.to, m.invoice.customer_id) for m in mentions}
    wrong = [owner for to, owner in owners if to not in _addresses(customers[owner])]
    return Check(
        "cada mensagem foi para um endereço do próprio cliente",
        not wrong,
        f"{len(owners)} endereços usados, {len(wrong)} de outros"
        + (f": {_few(wrong)}" if wrong else ""),
    )


def _addresses(customer: Customer) -> set[str]:
    phones = {"+" + re.sub(r"\D", "", phone) for phone in customer.phones}
    return phones | {address.lower() for address in customer.emails}


def nobody_after_payment(mentions: Sequence[Mention], ledger: Ledger) -> Check:
    """No message speaks of an invoice that was known to be paid or withdrawn."""
    wrong = [
        m for m in mentions if ledger.pages[m.invoice.external_id].is_closed(m.message.received_at)
    ]
    by_plan = sum(m.by_plan for m in mentions)
    return Check(
        "ninguém foi cobrado depois de pagamento ou baixa registrados",
        not wrong and bool(mentions),
        f"{len(mentions) - by_plan} faturas lidas em e-mails e {by_plan} pelo plano das demais "
        f"mensagens, {len(wrong)} depois de encerradas"
        + (f": {_few(m.invoice.external_id for m in wrong)}" if wrong else ""),
    )


def words_agree(life: Life, mentions: Sequence[Mention]) -> Check:
    """Every message is about something, and what a text names is among what it was planned for.

    Of the recipient's own numbers; one of fewer than four letters may be read into something else.
    """
    numbers_of: dict[str, dict[str, str]] = defaultdict(dict)
    for invoice in life.portfolio.invoices:
        if len(invoice.number) >= _SHORTEST_NUMBER:
            numbers_of[invoice.customer_id][invoice.number] = invoice.external_id
    planned: dict[str, set[str]] = defaultdict(set)
    owner_of: dict[str, str] = {}
    for mention in mentions:
        planned[mention.message.dispatch_id].add(mention.invoice.external_id)
        owner_of[mention.message.dispatch_id] = mention.invoice.customer_id
    about_nothing = [m.dispatch_id for m in life.messages if m.dispatch_id not in planned]
    texts = [m for m in life.messages if m.channel in {SMS, WHATSAPP} and m.dispatch_id in planned]
    named, wrong = 0, []
    for text in texts:
        numbers = numbers_of[owner_of[text.dispatch_id]]
        found = {numbers[word] for word in _WORDS.findall(text.text) if word in numbers}
        named += bool(found)
        if not found <= planned[text.dispatch_id]:
            wrong.append(text.dispatch_id)
    return Check(
        "toda mensagem é sobre faturas do cliente; as citadas em SMS e WhatsApp são as do plano",
        not wrong and not about_nothing,
        f"{len(about_nothing)} mensagens sem fatura; de {len(texts)} SMS e WhatsApp, {named} citam "
        f"faturas, {len(wrong)} citam outras" + (f": {_few(wrong)}" if wrong else ""),
    )


def nobody_called_late_early(mentions: Sequence[Mention]) -> Check:
    """No message calls late what banks would still take as on time.

    An e-mail says it of each invoice; an SMS or a WhatsApp message of what it is about, so at
    least one of the planned invoices must be late.
    """
    late = [m for m in mentions if m.said_late]
    wrong = [m.invoice.external_id for m in late if not _is_late(m)]
    by_message: dict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        if mention.by_plan and mention.message.calls_late:
            by_message[mention.message.dispatch_id].append(mention)
    wrong += [key for key, of_it in by_message.items() if not any(map(_is_late, of_it))]
    return Check(
        "ninguém foi chamado de atrasado antes do fim do prazo bancário",
        not wrong,
        f"{len(late)} faturas em e-mails e {len(by_message)} mensagens de texto falam de atraso, "
        f"{len(wrong)} cedo demais" + (f": {_few(wrong)}" if wrong else ""),
    )


def _is_late(mention: Mention) -> bool:
    return oracle.is_late(mention.invoice.due_date, _day(mention.message.received_at))


def calls_are_discreet(messages: Iterable[Message]) -> Check:
    """No call, which anybody may pick up, says that something is owed."""
    calls = [m for m in messages if m.channel == VOICE]
    wrong = [m.dispatch_id for m in calls if m.speaks_of_debt]
    return Check(
        "nenhuma ligação revelou a dívida a quem atendeu",
        not wrong and all(call.text for call in calls),
        f"{len(calls)} ligações, {len(wrong)} falaram demais"
        + (f": {_few(wrong)}" if wrong else ""),
    )


def caps_kept(mentions: Iterable[Mention], terms: Terms) -> Check:
    """Nobody was reached more often than the ruler allows, over all channels and invoices.

    What the carrier gave back, or nobody answered, reached nobody and does not count.
    """
    contacts = {
        (m.invoice.customer_id, m.message.dispatch_id): _day(m.message.received_at)
        for m in mentions
        if not m.message.failed
    }
    days_of: dict[str, list[date]] = defaultdict(list)
    for (customer_id, _), day in contacts.items():
        days_of[customer_id].append(day)
    most_a_day = max((max(Counter(days).values()) for days in days_of.values()), default=0)
    in_a_week = {key: _most_in_a_week(days) for key, days in days_of.items()}
    most_a_week = max(in_a_week.values(), default=0)
    return Check(
        "ninguém foi contatado além dos limites por dia e por semana, somados os canais",
        most_a_day <= terms.per_day and most_a_week <= terms.per_week,
        f"no máximo {most_a_day} por dia (limite {terms.per_day}) e {most_a_week} em sete dias "
        f"(limite {terms.per_week}), {len(days_of)} clientes",
    )


def _most_in_a_week(days: Sequence[date]) -> int:
    return max(sum(day <= other < day + _WEEK for other in days) for day in days)


def hours_kept(
    mentions: Iterable[Mention], customers: Mapping[str, Customer], terms: Terms
) -> Check:
    """Every message came within its channel's hours, by the clock of the customer's state."""
    seen = {m.message.dispatch_id: (m.message, m.invoice.customer_id) for m in mentions}
    wrong = [
        message.dispatch_id
        for message, customer_id in seen.values()
        if not _in_hours(message, customers[customer_id].uf, terms)
    ]
    return Check(
        "cada canal só foi usado no seu horário, pelo relógio do estado do cliente",
        not wrong,
        f"{len(seen)} mensagens, {len(wrong)} fora de hora" + (f": {_few(wrong)}" if wrong else ""),
    )


def _in_hours(message: Message, uf: str | None, terms: Terms) -> bool:
    local = message.received_at.astimezone(oracle.clock_of(uf))
    span = terms.week(message.channel)[oracle.kind_of_day(local.date())]
    return span is not None and span[0] <= local.time() < span[1]


def wishes_kept(life: Life) -> Check:
    """No message follows, on its channel, a request to stop, a dead address or a complaint."""
    silent_since: dict[tuple[str, str], datetime] = {}
    sent = {m.dispatch_id: (m.channel, m.to) for m in life.messages}
    for hit in life.hits:
        if hit.kind in {"unsubscribe", "reply"}:
            silent_since.setdefault(sent[hit.dispatch_id], hit.at)
    asked = len(silent_since)
    for message in life.messages:
        if message.ends_address or message.complained:
            silent_since.setdefault((message.channel, message.to), message.received_at)
    never = datetime.max.replace(tzinfo=SAO_PAULO)
    wrong = [m for m in life.messages if m.received_at > silent_since.get((m.channel, m.to), never)]
    return Check(
        "no canal em que pediu para parar, devolveu ou reclamou, ninguém recebeu mais nada",
        not wrong,
        f"{asked} pedidos, {len(silent_since) - asked} endereços mortos ou reclamações, "
        f"{len(wrong)} mensagens depois",
    )


def replies_heard(life: Life, stopped: Mapping[str, frozenset[str]]) -> Check:
    """Whoever asked to stop is known to have stopped; on WhatsApp they were answered, once."""
    by_id = {i.external_id: i for i in life.portfolio.invoices}
    message_of = {m.dispatch_id: m for m in life.messages}
    replies = [message_of[hit.dispatch_id] for hit in life.hits if hit.kind == "reply"]
    unheard = [
        message.dispatch_id
        for message in replies
        for key in life.planned.get(message.dispatch_id, ())[:1]
        if message.channel not in stopped.get(by_id[key].customer_id, ())
    ]
    chats = Counter(message.to for message in replies if message.channel == WHATSAPP)
    answers = Counter(message.to for message in life.answers)
    return Check(
        "quem respondeu para parar foi ouvido e, no WhatsApp, recebeu uma única confirmação",
        not unheard and chats == answers,
        f"{len(replies)} respostas, {len(unheard)} sem efeito, "
        f"{answers.total()} de {chats.total()} confirmadas",
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
    made = Counter(hit.kind for hit in life.hits)
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


def evidence_proves(messages: Sequence[Message], proofs: Sequence[Proof]) -> Check:
    """What the carrier took is, byte for byte, what the evidence binds; all of it is sealed."""
    proof_of = {proof.dispatch_id: proof for proof in proofs}
    unproven, broken, unsealed = [], [], []
    for message in messages:
        proof = proof_of.get(message.dispatch_id)
        if proof is None or message.raw_sha256 not in proof.composed:
            unproven.append(message.dispatch_id)
        elif not proof.is_whole:
            broken.append(message.dispatch_id)
        elif not proof.is_sealed:
            unsealed.append(message.dispatch_id)
    wrong = [*unproven, *broken, *unsealed]
    return Check(
        "os bytes que a operadora recebeu são os guardados como prova, encadeados e selados",
        not wrong and bool(messages),
        f"{len(messages)} mensagens, {sum(p.entries for p in proofs)} fatos encadeados; "
        f"{len(unproven)} sem prova, {len(broken)} rompidas, {len(unsealed)} sem selo"
        + (f": {_few(wrong)}" if wrong else ""),
    )


def laudo_verifies(laudo: Laudo | None, messages: Sequence[Message]) -> Check:
    """A report is issued, and holds when it is verified offline."""
    if laudo is None:
        detail = "nenhum laudo emitido"
    else:
        detail = f"{laudo.number}: {laudo.checks} conferências, {laudo.failed} falhas; {laudo.path}"
    return Check(
        "o laudo de uma fatura, conferido sem o sistema, comprova tudo o que diz",
        laudo.is_proven if laudo else not messages,
        detail,
    )
