"""A small system that behaves, or misbehaves on request, so that the demo can be judged itself."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from local.carrier.behaviours import Outcome
from local.carrier.numbers import default_behaviour
from local.demo.crowd import Hit
from local.demo.message import EMAIL, SMS, VOICE, WHATSAPP, InvoiceLine, Message
from local.demo.model import SAO_PAULO
from local.demo.oracle import clock_of, is_late, kind_of_day, last_punctual_day
from local.demo.phones import is_landline
from local.demo.proofs import Laudo, Proof
from local.demo.system import DispatchRow, InvoiceView, Spent

STEPS = (("lembrete", -3), ("vencimento", 0), ("vencida-1", 1), ("vencida-7", 7), ("ligar", 14))
CHANNELS_OF = {
    "lembrete": (EMAIL, SMS),
    "vencimento": (SMS, EMAIL),
    "vencida-1": (WHATSAPP, SMS, EMAIL),
    "vencida-7": (EMAIL,),
    "ligar": (VOICE, EMAIL),
}
PRICES = {EMAIL: Decimal("0.05"), SMS: Decimal(11), WHATSAPP: Decimal("6.5"), VOICE: Decimal(16)}
REPORTED = {
    Outcome.DELIVER: "delivered",
    Outcome.READ: "read",
    Outcome.INVALID_NUMBER: "bounced",
    Outcome.UNDELIVERABLE: "undelivered",
    Outcome.NOT_ON_WHATSAPP: "undelivered",
    Outcome.BUSY: "undelivered",
    Outcome.NO_ANSWER: "undelivered",
    "bounce": "bounced",
    "complaint": "complained",
}
RECORDED = {"bounced": "hard_bounced"}
PER_DAY, PER_WEEK, WEEK = 1, 3, timedelta(days=7)


@dataclass(slots=True)
class Paper:
    data: Mapping[str, Any]
    payments: dict[str, tuple[int, date]] = field(default_factory=dict)
    cancelled: bool = False
    step: int = -1

    @property
    def due(self) -> date:
        return date.fromisoformat(self.data["due_date"])

    @property
    def paid(self) -> int:
        return sum(amount for amount, _ in self.payments.values())

    @property
    def status(self) -> str:
        if self.cancelled:
            return "cancelled"
        if self.paid >= self.data["amount_centavos"]:
            return "settled"
        return "partially_paid" if self.paid else "open"

    def reached(self, today: date, *, by_calendar: bool) -> int:
        """Return the last step that has come up."""
        late_from = self.due if by_calendar else last_punctual_day(self.due)
        anchors = [self.due if n <= 0 else late_from for _, n in STEPS]
        days = [a + timedelta(days=n) for a, (_, n) in zip(anchors, STEPS, strict=True)]
        return max((i for i, day in enumerate(days) if day <= today), default=-1)


@dataclass(slots=True)
class FakeSystem:
    """Keeps the law unless told to break it in one way."""

    fault: str = ""
    creditor_id: str = "credor"
    papers: dict[str, Paper] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    planned: list[tuple[date, DispatchRow]] = field(default_factory=list)
    silent: set[tuple[str, str]] = field(default_factory=set)
    opt_outs: dict[str, set[str]] = field(default_factory=dict)
    contacts: dict[str, list[date]] = field(default_factory=dict)
    touched: list[Hit] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    dispatched: int = 0

    def put(self, events: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
        told = list(events)
        self.calls.append("put:" + ",".join(sorted({kind for kind, _ in told})))
        for kind, detail in told:
            self._take(kind, detail["data"])
        return len(told)

    def _take(self, kind: str, data: Mapping[str, Any]) -> None:
        match kind:
            case "InvoiceIssued":
                known = self.papers.setdefault(data["external_id"], Paper(data))
                known.data = data
            case "PaymentReceived":
                on = datetime.fromisoformat(data["paid_at"]).astimezone(SAO_PAULO).date()
                paper = self.papers[data["invoice_external_id"]]
                paper.payments[data["payment_id"]] = (data["amount_centavos"], on)
            case "PaymentReversed":
                for paper in self.papers.values():
                    paper.payments.pop(data["payment_id"], None)
            case _:
                self.papers[data["external_id"]].cancelled = True

    def tick(self, as_of: datetime) -> None:
        self.calls.append("tick")
        today = as_of.astimezone(SAO_PAULO).date()
        due: dict[str, list[Paper]] = {}
        by_calendar = self.fault == "calls_late_by_calendar"
        for paper in self.papers.values():
            closed = paper.status in {"settled", "cancelled"} and self.fault != "chases_paid"
            if not closed and paper.reached(today, by_calendar=by_calendar) > paper.step:
                due.setdefault(paper.data["customer"]["external_id"], []).append(paper)
        for customer_id, papers in due.items():
            if self._may_contact(customer_id, papers[0].data["customer"].get("uf"), as_of, today):
                for paper in papers:
                    paper.step = paper.reached(today, by_calendar=by_calendar)
                self._contact(customer_id, papers, as_of, today)

    def _may_contact(self, customer_id: str, uf: str | None, as_of: datetime, today: date) -> bool:
        if self.fault == "at_night":
            return True
        made = self.contacts.get(customer_id, [])
        week = [day for day in made if day > today - WEEK]
        is_capped = made.count(today) >= PER_DAY or len(week) >= PER_WEEK
        is_open = kind_of_day(today) == "weekday" and as_of.astimezone(clock_of(uf)).hour >= 9
        return is_open and (not is_capped or self.fault == "too_often")

    def _contact(self, customer_id: str, papers: list[Paper], as_of: datetime, today: date) -> None:
        step = STEPS[max(p.step for p in papers)][0]
        keys = tuple(p.data["external_id"] for p in papers)
        customer = papers[0].data["customer"]
        is_fallback = False
        for channel in CHANNELS_OF[step]:
            to = self._address(customer, channel)
            if to is None:
                continue
            self.dispatched += 1
            row = DispatchRow(
                f"{self.dispatched:032x}",
                step,
                "sent",
                None,
                channel=channel,
                invoices=keys,
                is_fallback=is_fallback,
            )
            message = self._message(row, to, papers, as_of, today)
            self._send(message, row, today)
            if not message.failed:
                self.contacts.setdefault(customer_id, []).append(today)
                if self.fault != "too_often":
                    return
            is_fallback = True
        if not is_fallback:
            reason = None if self.fault == "gives_no_reason" else "no_address"
            self.dispatched += 1
            key = f"{self.dispatched:032x}"
            self.planned.append((today, DispatchRow(key, step, "suppressed", reason)))

    def _address(self, customer: Mapping[str, Any], channel: str) -> str | None:
        phones = [p for p in customer["phones"] if channel == VOICE or not is_landline(p)]
        found = customer["emails"] if channel == EMAIL else phones
        if not found or ((channel, found[0]) in self.silent and self.fault != "ignores_wishes"):
            return None
        return str(found[0])

    def _message(
        self, row: DispatchRow, to: str, papers: list[Paper], as_of: datetime, today: date
    ) -> Message:
        key, channel = row.dispatch_id, row.channel
        is_mail = channel == EMAIL
        simulated = to.split("+", maxsplit=1)[0] if "simulator" in to else "deliver"
        outcome = simulated if is_mail else default_behaviour(channel, to).outcome.value
        lines = tuple(InvoiceLine(p.data["number"], self._says_late(p, today)) for p in papers)
        late = any(line.said_late for line in lines)
        at = as_of + timedelta(seconds=2)
        if self.fault == "at_night":
            at += timedelta(hours=10)
        return Message(
            seq=len(self.messages) + 1,
            dispatch_id=key,
            to="outra@example.com.br" if self.fault == "tells_others" and not is_mail else to,
            received_at=at,
            channel=channel,
            text="" if is_mail else self._text(channel, papers[0], late=late),
            lines=lines if is_mail else (),
            pixels=(f"http://t/o/{key}.gif",) if is_mail else (),
            clicks=() if channel == VOICE else (f"http://t/c/{key}",),
            unsubscribe_url=f"http://t/u/{key}" if is_mail else None,
            outcome=outcome,
            provider_message_id=f"m-{key}",
        )

    def _text(self, channel: str, paper: Paper, *, late: bool) -> str:
        if channel == VOICE:
            owed = " Sua fatura está vencida." if self.fault == "tells_who_picks_up" else ""
            return f"Olá. Por favor, ligue para nós.{owed}"
        number = paper.data["number"]
        if self.fault == "names_another":
            customer_id = paper.data["customer"]["external_id"]
            others = (
                p.data["number"]
                for p in self.papers.values()
                if p.data["customer"]["external_id"] == customer_id and p is not paper
            )
            number = next(others, number)
        return f"Fatura {number} {'vencida' if late else 'vence hoje'}. SAIR p/ parar"

    def _says_late(self, paper: Paper, today: date) -> bool:
        by_calendar = self.fault == "calls_late_by_calendar"
        return today > paper.due if by_calendar else is_late(paper.due, today)

    def _send(self, message: Message, row: DispatchRow, today: date) -> None:
        self.messages.append(message)
        if message.ends_address or message.complained:
            self.silent.add((message.channel, message.to))
        if self.fault == "sends_twice" and message.seq == 1:
            self.messages.append(message)
        if self.fault == "forgets_a_send" and message.seq == 1:
            return
        if message.failed:
            reason = "hard_bounce" if message.ends_address else "undeliverable"
            row = replace(row, state="failed", reason=reason)
        self.planned.append((today, row))

    def drain(self) -> Mapping[str, int]:
        self.calls.append("drain")
        return {"email_dlq": 1} if self.fault == "dead_letter" else {}

    def last_message(self) -> int:
        return self.messages[-1].seq if self.messages else 0

    def messages_after(self, position: int) -> Sequence[Message]:
        return [message for message in self.messages if message.seq > position]

    def reported_after(self, position: int) -> Mapping[str, str]:
        return {
            m.dispatch_id: REPORTED.get(m.outcome, "delivered")
            for m in self.messages
            if m.seq > position and m.dispatch_id
        }

    def touch(self, hits: Sequence[Hit]) -> int:
        for hit in hits:
            self.touched.append(hit)
            if hit.kind in {"unsubscribe", "reply"} and self.fault != "is_deaf":
                self._stop(hit)
        return 0

    def _stop(self, hit: Hit) -> None:
        message = next(m for m in self.messages if m.dispatch_id == hit.dispatch_id)
        self.silent.add((message.channel, message.to))
        for paper in self.papers.values():
            customer = paper.data["customer"]
            if message.to in {*customer["emails"], *customer["phones"]}:
                self.opt_outs.setdefault(customer["external_id"], set()).add(message.channel)
        if message.channel == WHATSAPP:
            assert json.loads(hit.body or "")["button"] == "Parar"
            seq = len(self.messages) + 1
            self.messages.append(Message(seq, "", message.to, hit.at, WHATSAPP, "Recebemos."))

    def reconciliation(self, day: date) -> Mapping[str, int]:
        states = Counter(row.state for on, row in self.planned if on == day)
        planned = sum(states.values()) + (self.fault == "loses_a_contact" and bool(states))
        return {"planned": planned, "pending": 0, **states}

    def dispatches(self, day: date) -> Sequence[DispatchRow]:
        return [row for on, row in self.planned if on == day]

    def rows(self, dispatch_ids: Sequence[str]) -> Sequence[DispatchRow]:
        found = [row for _, row in self.planned if row.dispatch_id in set(dispatch_ids)]
        is_blank = self.fault == "plans_nothing"
        return [replace(row, invoices=()) for row in found] if is_blank else found

    def stopped(self, customer_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        return {key: frozenset(self.opt_outs.get(key, ())) for key in customer_ids}

    def costs(self, first: date, last: date) -> Mapping[str, Spent]:
        spent: dict[str, Spent] = {}
        for on, row in self.planned:
            if first <= on <= last and row.state in {"sent", "failed"}:
                one = Spent(1, PRICES[row.channel])
                spent[row.channel] = spent.get(row.channel, Spent()) + one
        return spent

    def seal(self) -> None:
        self.calls.append("seal")

    def proofs(self, dispatch_ids: Sequence[str]) -> Sequence[Proof]:
        first, *_ = sorted(dispatch_ids)
        return [
            Proof(
                each,
                frozenset({"" if self.fault != "proves_other_bytes" or each != first else "x"}),
                3,
                is_whole=self.fault != "breaks_a_chain" or each != first,
                is_sealed=self.fault != "forgets_a_seal" or each != first,
            )
            for each in dispatch_ids
        ]

    def laudo(self, external_id: str, folder: Path) -> Laudo | None:
        del external_id
        if self.fault == "issues_no_laudo":
            return None
        failed = int(self.fault == "forges_a_laudo")
        return Laudo("LD-1", folder / "laudo.pdf", "invalid" if failed else "proven", 9, failed)

    def invoices(self, external_ids: Sequence[str]) -> Mapping[str, InvoiceView]:
        return {k: self._view(k, self.papers[k]) for k in external_ids if k in self.papers}

    def _view(self, key: str, paper: Paper) -> InvoiceView:
        settled = max((on for _, on in paper.payments.values()), default=None)
        on = settled if paper.status == "settled" else None
        by_calendar = self.fault == "late_by_calendar"
        late = on is not None and (on > paper.due if by_calendar else is_late(paper.due, on))
        left = max(0, paper.data["amount_centavos"] - paper.paid)
        return InvoiceView(key, paper.status, on, late, paper.paid, left)

    def timelines(self, external_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        past = {"open": "opened", "click": "clicked", "unsubscribe": "unsubscribed"}
        lines = [
            {
                "type": past[hit.kind],
                "dispatch_id": hit.dispatch_id,
                "at": hit.at.isoformat(),
                "label": hit.by.value,
            }
            for n, hit in enumerate(hit for hit in self.touched if hit.kind in past)
            if not (self.fault == "drops_a_hit" and n == 0)
        ]
        lines += [
            {"type": RECORDED.get(state, state), "dispatch_id": key, "at": "t"}
            for key, state in self.reported_after(0).items()
            if not (self.fault == "drops_a_receipt" and key.endswith("1"))
        ]
        return ({"timeline": lines} for _ in external_ids)
