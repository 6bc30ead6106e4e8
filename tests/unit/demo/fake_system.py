"""A small system that behaves, or misbehaves on request, so that the demo can be judged itself."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from local.demo.crowd import Hit
from local.demo.mail import InvoiceLine, Mail
from local.demo.model import SAO_PAULO
from local.demo.oracle import is_late, last_punctual_day
from local.demo.system import DispatchRow, InvoiceView

STEPS = (("lembrete", -3), ("vencimento", 0), ("vencida-1", 1), ("vencida-7", 7))


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
    mails: list[Mail] = field(default_factory=list)
    rows: list[tuple[date, DispatchRow]] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
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
            reached = paper.reached(today, by_calendar=by_calendar)
            if not closed and reached > paper.step:
                paper.step = reached
                due.setdefault(paper.data["customer"]["external_id"], []).append(paper)
        for papers in due.values():
            self._contact(papers, as_of, today)

    def _contact(self, papers: list[Paper], as_of: datetime, today: date) -> None:
        self.dispatched += 1
        key, step = f"{self.dispatched:032x}", STEPS[max(p.step for p in papers)][0]
        emails = papers[0].data["customer"]["emails"]
        if not emails or (emails[0] in self.silent and self.fault != "ignores_wishes"):
            self.rows.append((today, DispatchRow(key, step, "suppressed", "no_address")))
            return
        outcome = emails[0].split("+")[0] if "simulator" in emails[0] else "deliver"
        if outcome != "deliver":
            self.silent.add(emails[0])
        mail = Mail(
            seq=len(self.mails) + 1,
            dispatch_id=key,
            to=emails[0],
            received_at=as_of + timedelta(seconds=2),
            lines=tuple(InvoiceLine(p.data["number"], self._says_late(p, today)) for p in papers),
            pixels=(f"http://t/o/{key}.gif",),
            clicks=(f"http://t/c/{key}",),
            unsubscribe_url=f"http://t/u/{key}",
            outcome=outcome,
        )
        self._send(mail, today, step)

    def _says_late(self, paper: Paper, today: date) -> bool:
        by_calendar = self.fault == "calls_late_by_calendar"
        return today > paper.due if by_calendar else is_late(paper.due, today)

    def _send(self, mail: Mail, today: date, step: str) -> None:
        self.mails.append(mail)
        if self.fault == "sends_twice" and mail.seq == 1:
            self.mails.append(mail)
        if self.fault == "forgets_a_send" and mail.seq == 1:
            return
        state, reason = ("failed", "hard_bounce") if mail.bounced else ("sent", None)
        self.rows.append((today, DispatchRow(mail.dispatch_id, step, state, reason)))

    def drain(self) -> Mapping[str, int]:
        self.calls.append("drain")
        return {"email_dlq": 1} if self.fault == "dead_letter" else {}

    def last_mail(self) -> int:
        return self.mails[-1].seq if self.mails else 0

    def mails_after(self, position: int) -> Sequence[Mail]:
        return [mail for mail in self.mails if mail.seq > position]

    def touch(self, hits: Sequence[Hit]) -> int:
        for hit in hits:
            self.touched.append(hit)
            if hit.kind == "unsubscribe":
                sent_to = next(m.to for m in self.mails if m.dispatch_id == hit.dispatch_id)
                self.silent.add(sent_to)
        return 0

    def reconciliation(self, day: date) -> Mapping[str, int]:
        states = Counter(row.state for on, row in self.rows if on == day)
        planned = sum(states.values()) + (self.fault == "loses_a_contact" and bool(states))
        return {"planned": planned, "pending": 0, **states}

    def dispatches(self, day: date) -> Sequence[DispatchRow]:
        return [row for on, row in self.rows if on == day]

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
            for n, hit in enumerate(self.touched)
            if not (self.fault == "drops_a_hit" and n == 0)
        ]
        return ({"timeline": lines} for _ in external_ids)
