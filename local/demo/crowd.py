"""The customers: what they do with a message, and when they pay if the file does not say.

Everything is drawn from the seed and the identity of the invoice or of the message, never from
the order of events, so a faster or slower machine lives the same life.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from local.demo.message import EMAIL, SMS, VOICE, WHATSAPP, Message
from local.demo.model import (
    SAO_PAULO,
    Customer,
    Invoice,
    Movement,
    Payer,
    Payment,
    Portfolio,
    Reader,
    Reversal,
    local,
)
from local.demo.oracle import is_banking_day
from local.demo.people import SIMULATOR
from local.demo.seeds import rng, share

_PERSON_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Thunderbird/143.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0",
)
_TELEPHONE_AGENT = _PERSON_AGENTS[2]
_GOOGLE_PROXY = (
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
)
_APPLE_PREFETCH = "Mozilla/5.0"
_SCANNER = "Mozilla/5.0 (compatible; Proofpoint/2.0)"

_AS_IMAGE = {"accept": "image/avif,image/webp,*/*;q=0.8", "sec-fetch-dest": "image"}
_AS_PAGE = {
    "accept": "text/html,application/xhtml+xml",
    "sec-fetch-mode": "navigate",
    "sec-fetch-user": "?1",
}
_PORTUGUESE = {"accept-language": "pt-BR,pt;q=0.9"}
_ONE_CLICK = "List-Unsubscribe=One-Click"
REPLIES_PATH = "/replies"
_STOP_BUTTON = "Parar"
_STOP_TEXTS = ("SAIR", "Parar", "PARAR por favor", "não quero mais receber mensagens")

_OPENS, _CLICKS_AFTER_OPENING, _PERSON_AFTER_SCANNER = 0.75, 0.6, 0.5
_REVERSED_SHARE, _OVERPAID_SHARE = 0.012, 0.3
_UNREACHABLE_PAYS = 0.7
_BOLETO_KNOWN_AT = time(6, 30)


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that a message causes; ``by`` is who really made it.

    A ``url`` that is only a path is one of the carrier's: what a customer writes back goes there.
    """

    dispatch_id: str
    kind: str
    url: str
    at: datetime
    by: Reader
    user_agent: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None

    @property
    def by_person(self) -> bool:
        """Tell whether a person looked: an image proxy fetches because somebody opened."""
        return self.by in {Reader.PERSON, Reader.IMAGE_PROXY}


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one message sets off."""

    hits: tuple[Hit, ...] = ()
    movements: tuple[Movement, ...] = ()


class Crowd:
    """All customers of a portfolio, with what each has already decided to pay."""

    def __init__(self, portfolio: Portfolio, seed: int) -> None:
        self._seed = seed
        self._simulated = portfolio.payments_are_simulated
        self._customers = portfolio.customers
        self._invoices = portfolio.invoices
        self._by_address = {
            address.lower(): customer
            for customer in portfolio.customers.values()
            for address in customer.emails
        }
        self._by_id = {i.external_id: i for i in portfolio.invoices}
        self._by_number = {(i.customer_id, i.number): i for i in portfolio.invoices}
        self._decided: set[str] = set()
        self._messages: dict[str, int] = {}

    def _recipient(self, message: Message, planned: Sequence[str]) -> Customer | None:
        """Return who got a message: by the address of an e-mail, else by whose invoices it is."""
        if message.channel == EMAIL:
            return self._by_address.get(message.to)
        owners = (self._by_id[key].customer_id for key in planned if key in self._by_id)
        owner = next(owners, None)
        return None if owner is None else self._customers[owner]

    def _spoken_of(
        self, message: Message, planned: Sequence[str], customer: Customer
    ) -> list[Invoice]:
        """Return the invoices a message speaks of: by its text, or by the plan behind it."""
        if message.channel != EMAIL:
            return [self._by_id[key] for key in planned if key in self._by_id]
        numbers = ((customer.external_id, line.number) for line in message.lines)
        return [self._by_number[key] for key in numbers if key in self._by_number]

    def unprompted(self) -> Iterator[Movement]:
        """Return what is paid whatever the system does."""
        if not self._simulated:
            return
        for invoice in self._invoices:
            paid_on = self._unprompted_day(invoice)
            if paid_on:
                yield from self._pays(invoice, paid_on)

    def _unprompted_day(self, invoice: Invoice) -> date | None:
        customer = self._customers[invoice.customer_id]
        habit, dice = customer.behaviour.payer, rng(self._seed, "unprompted", invoice.external_id)
        if habit is Payer.EARLY:
            early = invoice.due_date - timedelta(days=dice.randint(1, 6))
            return max(early, invoice.issue_date + timedelta(days=1))
        if habit is Payer.ON_DUE_DATE:
            return _next_banking_day(invoice.due_date)
        reachable = _has_mailbox(customer) or bool(customer.phones)
        waits_in_vain = habit in {Payer.ON_REMINDER, Payer.AFTER_MESSAGES} and not reachable
        if waits_in_vain and dice.random() < _UNREACHABLE_PAYS:
            return _next_banking_day(invoice.due_date + timedelta(days=dice.randint(0, 12)))
        return None

    def react(self, message: Message, planned: Sequence[str] = ()) -> Reaction:
        """Return what the recipient, their programs and their money do.

        Args:
            message: what arrived.
            planned: ids of the invoices it was planned for, where its text does not say.
        """
        customer = self._recipient(message, planned)
        if customer is None or message.failed:
            return Reaction()
        minute = message.received_at.replace(second=0, microsecond=0).isoformat()
        dice = rng(self._seed, "message", message.channel, message.to, minute)
        hits = tuple(_HITS[message.channel](message, customer, dice))
        if not self._simulated or message.to.endswith(SIMULATOR):
            return Reaction(hits)
        invoices = self._spoken_of(message, planned, customer)
        return Reaction(hits, tuple(self._prompted(message, customer, invoices)))

    def _prompted(
        self, message: Message, customer: Customer, invoices: Sequence[Invoice]
    ) -> Iterator[Movement]:
        for invoice in invoices:
            key = invoice.external_id
            self._messages[key] = self._messages.get(key, 0) + 1
            if key in self._decided:
                continue
            yield from self._answer(invoice, customer, message.received_at)

    def _answer(
        self, invoice: Invoice, customer: Customer, read_at: datetime
    ) -> Iterator[Movement]:
        habit, today = customer.behaviour.payer, read_at.astimezone(SAO_PAULO).date()
        heard = self._messages[invoice.external_id]
        dice = rng(self._seed, "answer", invoice.external_id, heard)
        if habit is Payer.ON_REMINDER:
            day = today + timedelta(days=dice.randint(0, 2))
            yield from self._pays(invoice, day, after=read_at)
        elif habit is Payer.AFTER_MESSAGES and heard >= customer.behaviour.after_messages:
            day = _next_banking_day(today + timedelta(days=dice.randint(0, 3)))
            yield from self._pays(invoice, day, after=read_at)
        elif habit is Payer.PARTIALLY and heard > 1:
            yield from self._pays(invoice, today, dice.uniform(0.3, 0.6), after=read_at)

    def _pays(
        self, invoice: Invoice, on: date, part: float = 1.0, *, after: datetime | None = None
    ) -> Iterator[Movement]:
        self._decided.add(invoice.external_id)
        dice = rng(self._seed, "payment", invoice.external_id)
        method = self._customers[invoice.customer_id].behaviour.pays_by
        paid_at = local(on, time(dice.randint(10, 20), dice.randint(0, 59)))
        if after and paid_at <= after:
            paid_at = after + timedelta(minutes=dice.randint(10, 240))
        known_at = paid_at
        if method == "boleto":
            known_at = local(_next_banking_day(on + timedelta(days=1)), _BOLETO_KNOWN_AT)
        payment = Payment(
            payment_id=f"PG-{invoice.external_id}",
            invoice_id=invoice.external_id,
            amount_centavos=_amount_paid(invoice, on, part),
            paid_at=paid_at,
            known_at=known_at,
            method=method,
        )
        yield payment
        if share(f"{self._seed}:reversal:{invoice.external_id}") < _REVERSED_SHARE:
            yield Reversal(
                payment_id=payment.payment_id,
                invoice_id=invoice.external_id,
                amount_centavos=payment.amount_centavos,
                known_at=known_at + timedelta(days=2),
                reason="devolução pelo banco do pagador",
            )


def _next_banking_day(day: date) -> date:
    while not is_banking_day(day):
        day += timedelta(days=1)
    return day


def _amount_paid(invoice: Invoice, on: date, part: float) -> int:
    if part < 1.0:
        return max(1, int(invoice.amount_centavos * part))
    with_fine = on > invoice.due_date and share(invoice.external_id) < _OVERPAID_SHARE
    return invoice.amount_centavos + (invoice.amount_centavos // 50 if with_fine else 0)


def _has_mailbox(customer: Customer) -> bool:
    return any(not address.endswith(SIMULATOR) for address in customer.emails)


def _hits_of_mail(mail: Message, customer: Customer, dice: random.Random) -> Iterator[Hit]:
    habits = customer.behaviour
    yield from _machine_hits(mail, habits.reader, dice)
    looks = dice.random() < _OPENS
    if habits.reader is Reader.CORPORATE_SCANNER:
        looks = looks and dice.random() < _PERSON_AFTER_SCANNER
    if habits.reader is Reader.NOBODY or not looks:
        return
    opened_at = mail.received_at + timedelta(minutes=dice.randint(4, 240))
    agent = dice.choice(_PERSON_AGENTS)
    if habits.reader is not Reader.PRIVACY_PREFETCH:
        by_proxy = habits.reader is Reader.IMAGE_PROXY
        by = Reader.IMAGE_PROXY if by_proxy else Reader.PERSON
        headers = _AS_IMAGE if by_proxy else {**_AS_IMAGE, **_PORTUGUESE}
        for url in mail.pixels[:1]:
            seen_as = _GOOGLE_PROXY if by_proxy else agent
            yield Hit(mail.dispatch_id, "open", url, opened_at, by, seen_as, headers=headers)
    if habits.clicks and mail.clicks and dice.random() < _CLICKS_AFTER_OPENING:
        clicked_at = opened_at + timedelta(seconds=dice.randint(20, 300))
        yield _click(mail, clicked_at, agent)
    if habits.unsubscribes and mail.unsubscribe_url:
        yield Hit(
            mail.dispatch_id,
            "unsubscribe",
            mail.unsubscribe_url,
            opened_at + timedelta(minutes=6),
            Reader.PERSON,
            agent,
            method="POST",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=_ONE_CLICK,
        )


def _hits_of_text(text: Message, customer: Customer, dice: random.Random) -> Iterator[Hit]:
    """Yield what somebody does with an SMS or a WhatsApp message: tap the link, or want no more."""
    habits = customer.behaviour
    if habits.reader is Reader.NOBODY or dice.random() >= _OPENS:
        return
    seen_at = text.received_at + timedelta(minutes=dice.randint(1, 120))
    if habits.clicks and text.clicks and dice.random() < _CLICKS_AFTER_OPENING:
        yield _click(text, seen_at, _TELEPHONE_AGENT)
    if habits.stops:
        yield _stop(text, seen_at + timedelta(minutes=2), dice)


def _hits_of_call(*_: object) -> Iterator[Hit]:
    """Yield nothing: a one-way call is only listened to."""
    return iter(())


_HITS: Mapping[str, Callable[[Message, Customer, random.Random], Iterator[Hit]]] = {
    EMAIL: _hits_of_mail,
    SMS: _hits_of_text,
    WHATSAPP: _hits_of_text,
    VOICE: _hits_of_call,
}


def _click(message: Message, at: datetime, agent: str) -> Hit:
    return Hit(
        message.dispatch_id,
        "click",
        message.clicks[0],
        at,
        Reader.PERSON,
        agent,
        headers={**_AS_PAGE, **_PORTUGUESE},
    )


def _stop(text: Message, at: datetime, dice: random.Random) -> Hit:
    """Return the answer of somebody who wants no more: the button on WhatsApp, words by SMS."""
    words = (
        {"button": _STOP_BUTTON} if text.channel == WHATSAPP else {"text": dice.choice(_STOP_TEXTS)}
    )
    reply = {
        "channel": text.channel,
        "from": text.to,
        "in_reply_to": text.provider_message_id,
        "at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "id": f"reply-{text.dispatch_id}",
        **words,
    }
    return Hit(
        text.dispatch_id,
        "reply",
        REPLIES_PATH,
        at,
        Reader.PERSON,
        _TELEPHONE_AGENT,
        method="POST",
        headers={"content-type": "application/json"},
        body=json.dumps(reply),
    )


def _machine_hits(mail: Message, reader: Reader, dice: random.Random) -> Iterator[Hit]:
    if reader is Reader.PRIVACY_PREFETCH:
        at = mail.received_at + timedelta(seconds=dice.randint(3, 90))
        for url in mail.pixels[:1]:
            yield Hit(mail.dispatch_id, "open", url, at, reader, _APPLE_PREFETCH)
    elif reader is Reader.CORPORATE_SCANNER:
        at = mail.received_at + timedelta(seconds=1)
        for url in mail.pixels[:1]:
            yield Hit(mail.dispatch_id, "open", url, at, reader, _SCANNER)
        for place, url in enumerate(mail.clicks[:10]):
            touched = at + timedelta(milliseconds=300 * (place + 1))
            yield Hit(mail.dispatch_id, "click", url, touched, reader, _SCANNER)
