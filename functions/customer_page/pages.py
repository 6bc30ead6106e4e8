"""The pages: what was decided elsewhere, put into words; every amount comes from the views."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from types import MappingProxyType

from regua.adapters.page_texts import Texts
from regua.application.customer_page.acts import ActKind, DisputeReason
from regua.application.customer_page.doing import MOST_WORDS
from regua.application.customer_page.identify import Refused, RefusedKind
from regua.application.customer_page.proofs import MAX_PROOF_BYTES
from regua.application.customer_page.views import (
    DealView,
    InvoiceState,
    InvoiceView,
    Landing,
    PageView,
    Receipt,
)
from regua.application.message_content import InvoiceLine
from regua.domain.invoice import PaymentMethod
from regua.domain.negotiation.deal import Choice
from regua.runtime.public_http import RETRY_AFTER_SECONDS, Response

from . import simulator
from .frame import Frame, amount, invoice_title
from .qr import qr_svg
from .receipts import receipt_facts, receipt_words

_MEGABYTE = 1024 * 1024
_OPEN_AT_ONCE = 2
"""So many invoices show their means to pay at once; the others' are behind a summary."""
_OWED = frozenset(
    {
        InvoiceState.TO_PAY,
        InvoiceState.PROMISED,
        InvoiceState.HELD,
        InvoiceState.IN_TRANSIT,
        InvoiceState.DEBIT_SCHEDULED,
    }
)
_LOCKED = frozenset({RefusedKind.NO_MORE, RefusedKind.NO_MORE_TODAY})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a form came back. ``typed`` is what was in it, for whoever goes on from there."""

    act: ActKind | None = None
    """Whose form it is: it is shown open."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """The reason by the name of the field, as keys of texts."""
    general: str = ""
    """What is not about one field, as the key of a text."""
    typed: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)


NO_TROUBLE = Trouble()


@dataclass(frozen=True, slots=True)
class Shown:
    """One invoice as it is put on the page."""

    view: InvoiceView
    title: str
    status: str
    words: str
    pay: str
    """``open``, ``closed`` behind a summary, or empty."""
    pay_title: str
    """What that summary says."""

    @property
    def asks(self) -> bool:
        """Whether today's amount is shown."""
        return self.view.state.is_asked_for


# Before the question ----------------------------------------------------------------------------


def land(
    frame: Frame, landing: Landing, *, general: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """Show who wrote, and ask the question; ``general`` is the key of what is to be said first."""
    words = frame.texts(general) if general else ""
    return _land(frame, landing, status, {}, words)


def refused(frame: Frame, landing: Landing, refusal: Refused) -> Response:
    """Ask once more, or say why the question is asked no more."""
    t, kind = frame.texts, refusal.kind
    if kind in _LOCKED or refusal.tries_left == 0:
        key = "land.locked_link" if kind is RefusedKind.NO_MORE else "land.locked"
        words = t(key, credor=landing.sender.name)
        return _land(frame, landing, HTTPStatus.TOO_MANY_REQUESTS, {}, words, is_locked=True)
    question = landing.question
    if question is None:
        return _land(frame, landing, HTTPStatus.OK, {}, "")
    if kind is RefusedKind.UNREADABLE:
        reason = t("error.digits", quantos=question.length)
    else:
        reason = t("land.wrong_cnpj" if question.document == "cnpj" else "land.wrong")
    if refusal.tries_left:
        reason = f"{reason} {t.count('land.left', refusal.tries_left)}"
    return _land(frame, landing, HTTPStatus.UNPROCESSABLE_ENTITY, {"digitos": reason}, "")


def _land(
    frame: Frame,
    landing: Landing,
    status: HTTPStatus,
    problems: Mapping[str, str],
    general: str,
    *,
    is_locked: bool = False,
) -> Response:
    return frame.answer(
        status, "land", landing=landing, problems=problems, general=general, is_locked=is_locked
    )


# What is owed -----------------------------------------------------------------------------------


def show(
    frame: Frame,
    view: PageView,
    trouble: Trouble = NO_TROUBLE,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Show everything: amounts, means to pay, and what else can be done."""
    t = frame.texts
    concerned = [i for i in view.invoices if i.is_concerned]
    asked = [i for i in concerned if i.state.is_asked_for]
    promisable = [i for i in view.invoices if i.can_promise_until is not None]
    return frame.answer(
        status,
        "show",
        view=view,
        asked=asked,
        concerned=list(_shown(concerned, frame, view.on)),
        also=list(_shown([i for i in view.invoices if not i.is_concerned], frame, view.on)),
        is_all_paid=bool(concerned) and all(i.state is InvoiceState.PAID for i in concerned),
        valid_until=min((i.line.valid_until(view.on) for i in asked), default=view.on),
        qr=lambda line, is_quick: _qr(t, line, is_quick=is_quick),
        problems=_problems(trouble, t),
        general=_general(trouble, t),
        opened=trouble.act.value if trouble.act else "",
        typed={name: values[-1] for name, values in trouble.typed.items() if values},
        stopping=frozenset(trouble.typed.get("stop", ())),
        for_paid=[i for i in view.invoices if i.state.is_asked_for],
        for_promise=promisable,
        promise_until=min(
            (i.can_promise_until for i in promisable if i.can_promise_until), default=view.on
        ),
        for_dispute=[i for i in view.invoices if i.state in _OWED],
        for_again=[i for i in asked if i.ref in view.can_be_sent_again],
        methods=[(m.value, t(f"method.{m.value}")) for m in PaymentMethod],
        reasons=[(r.value, t(f"reason.{r.value}")) for r in DisputeReason],
        channels=[
            ("", t("prefer.any_channel")),
            *((c.value, t(f"channel.{c.value}")) for c in view.channels if c not in view.stopped),
        ],
        hours=[("", t("prefer.any_hour")), *((h, _hours(h)) for h in view.hours)],
        most_words=MOST_WORDS,
        proof_megabytes=MAX_PROOF_BYTES // _MEGABYTE,
    )


def _shown(views: Sequence[InvoiceView], frame: Frame, on: date) -> Iterator[Shown]:
    opened = 0
    for view in views:
        asks = view.state.is_asked_for
        pay = "closed" if view.state.is_payable else ""
        if asks and view.is_concerned and opened < _OPEN_AT_ONCE:
            pay = "open"
            opened += 1
        pay_title = frame.texts("pay.title" if asks else "pay.title_in_transit")
        status, words = _standing(view, frame, on)
        yield Shown(view, invoice_title(view, frame.texts), status, words, pay, pay_title)


def _standing(view: InvoiceView, frame: Frame, on: date) -> tuple[str, str]:
    """Return an invoice's status, and what there is to say about it."""
    t, state = frame.texts, view.state
    if state is InvoiceState.TO_PAY:
        return _lateness(view.line, t, on), ""
    day = view.paid_on if state is InvoiceState.PAID else view.until
    name = frame.sender.name if frame.sender else ""
    if state in (InvoiceState.PAID, InvoiceState.HELD) and day is None:
        return t(f"state.{state.value}"), t(f"state.{state.value}_undated")
    shown_day = "" if day is None else t.day(day)
    return t(f"state.{state.value}"), t(f"state.{state.value}_text", dia=shown_day, credor=name)


def _lateness(line: InvoiceLine, t: Texts, on: date) -> str:
    if line.is_late:
        return t.count("status.late", line.days_late)
    if on == line.due_date:
        return t("status.today")
    if on == line.effective_due_date:
        return t("status.last_day")
    return t("status.ahead" if on < line.due_date else "status.in_time")


def _qr(t: Texts, line: InvoiceLine, *, is_quick: bool) -> str:
    title = t("pay.qr", fatura=line.number)
    total = f"{t('show.today')}: {amount(line.total_centavos)}"
    return qr_svg(line.pix_copy_paste or "", title, total, is_quick=is_quick)


def _hours(hour: int) -> str:
    """Write an hour that may be wished for.

    >>> _hours(9)
    '9h–10h'
    """
    return f"{hour}h–{hour + 1}h"


# Settling ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Simulation:
    """What the simulator shows: a choice, and what it comes to."""

    choice: Choice
    deal: DealView
    is_adjusted: bool = False


def settle(
    frame: Frame,
    view: PageView,
    simulation: Simulation | None,
    trouble: Trouble = NO_TROUBLE,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Show the simulator with its result; without one, that nothing is offered."""
    t, offer = frame.texts, view.offer if simulation else None
    values: dict[str, object] = {
        "offer": offer,
        "problems": _problems(trouble, t),
        "general": _general(trouble, t),
    }
    if offer is None or simulation is None:
        return frame.answer(status, "deal", **values)
    choice = simulation.choice
    return frame.answer(
        status,
        "deal",
        **values,
        deal=simulation.deal,
        chosen=choice,
        is_adjusted=simulation.is_adjusted,
        fewest=offer.plans[0].instalments,
        step=simulator.step(offer.max_down_payment),
        most_down_payment=simulator.last_stop(offer.max_down_payment),
        down_payment_hint=_down_payment_hint(frame, view, choice),
        first_dues=[(day.isoformat(), t.day(day)) for day in offer.first_due_dates],
        suggestions=[
            {"option": option, "url": frame.href("acordo", _in_address(usual))}
            for option, usual in zip(offer.options, simulator.usual_choices(offer), strict=True)
        ],
    )


def _in_address(choice: Choice) -> Mapping[str, object]:
    return {
        "parcelas": choice.instalments,
        "entrada": choice.down_payment.centavos,
        "primeiro": choice.first_due.isoformat(),
    }


def _down_payment_hint(frame: Frame, view: PageView, choice: Choice) -> str:
    if view.offer is None:
        return ""
    plan, t = simulator.plan_of(view.offer, choice), frame.texts
    if not plan.greatest:
        return t("deal.down_payment_none")
    key = "deal.down_payment_required" if plan.is_required else "deal.down_payment_optional"
    return t(key, de=amount(plan.least.centavos), ate=amount(plan.greatest.centavos))


# Receipts ---------------------------------------------------------------------------------------


def receipt(frame: Frame, done: Receipt, *, is_identified: bool) -> Response:
    """Show what became of an act; who was not identified is led nowhere from it."""
    t = frame.texts
    heading, words = receipt_words(done, t)
    return frame.answer(
        HTTPStatus.OK,
        "receipt",
        receipt=done,
        heading=heading,
        words=words,
        facts=list(receipt_facts(done, t)),
        back=frame.href() if is_identified and done.act != ActKind.NOT_ME else "",
    )


# What is wrong with a form ----------------------------------------------------------------------

_FIELDS: Mapping[str, str] = MappingProxyType({"accept": "aceito", "digits": "digitos"})
"""Fields whose id is not made of the act and their name."""
_REASONS: Mapping[tuple[str, str], str] = MappingProxyType({("promise", "on"): "error.promise_on"})
_KNOWN = frozenset(
    {"ref", "on", "method", "proof", "reason", "words", "channel", "hour", "stop", "accept"}
)


def _problems(trouble: Trouble, t: Texts) -> Mapping[str, str]:
    """Return what is wrong by the id of its field."""
    act = trouble.act.value if trouble.act else ""
    return {
        _FIELDS.get(name, f"{act}-{name}"): t(_REASONS.get((act, name), f"error.{name}"))
        for name in trouble.problems
        if name in _KNOWN
    }


def _general(trouble: Trouble, t: Texts) -> str:
    """Return what is not about a field; a field that is not on the page spoils the whole form."""
    unknown = [name for name in trouble.problems if name not in _KNOWN]
    key = trouble.general or ("error.form" if unknown else "")
    return t(key) if key else ""


# Pages without a message ------------------------------------------------------------------------


def words(
    frame: Frame, status: HTTPStatus, key: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Say one thing: ``key`` is that of its heading, ``{key}_text`` of what is said."""
    heading = frame.texts(key)
    response = frame.answer(
        status,
        "words",
        heading=heading,
        title=frame.title or heading,
        words=[frame.texts(f"{key}_text")],
        back=frame.href() if frame.token else "",
        logs=False,
        runs=False,
    )
    response["headers"].update(headers or {})
    return response


def not_allowed(frame: Frame) -> Response:
    """Answer a method that a page does not know."""
    allow = {"allow": "GET, HEAD, POST"}
    return words(frame, HTTPStatus.METHOD_NOT_ALLOWED, "none.not_allowed", allow)


def unavailable(frame: Frame) -> Response:
    """Ask for another try in a moment."""
    later = {"retry-after": str(RETRY_AFTER_SECONDS)}
    return words(frame, HTTPStatus.SERVICE_UNAVAILABLE, "none.unavailable", later)
