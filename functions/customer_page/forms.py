"""From the fields of a form to an act: what cannot be read names its field."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from regua.application.customer_page.acts import (
    Act,
    ActKind,
    ConfirmReading,
    Dispute,
    DisputeReason,
    NotMe,
    Prefer,
    Promise,
    SayPaid,
    SendAgain,
    Settle,
)
from regua.application.customer_page.doing import MOST_WORDS
from regua.application.customer_page.proofs import read_proof
from regua.domain.errors import InvalidInput
from regua.domain.invoice import PaymentMethod
from regua.domain.money import Money
from regua.domain.negotiation.deal import Choice
from regua.domain.ruler import Channel

from .request import Form

KINDS: Mapping[str, ActKind] = MappingProxyType(
    {
        "confirmar": ActKind.CONFIRM_READING,
        "ja-paguei": ActKind.SAY_PAID,
        "prometo": ActKind.PROMISE,
        "contestar": ActKind.DISPUTE,
        "nao-sou-eu": ActKind.NOT_ME,
        "preferencias": ActKind.PREFER,
        "segunda-via": ActKind.SEND_AGAIN,
        "acordo": ActKind.SETTLE,
    }
)
"""The acts by the last part of their form's address."""
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_BRAZILIAN = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
_REF = re.compile(r"[0-9a-f]{12}", re.ASCII)
_E = TypeVar("_E", bound=StrEnum)


def read_act(kind: ActKind, form: Form) -> Act:
    """Read an act.

    Raises:
        InvalidInput: at the name of the field that cannot be read.
    """
    return _READERS[kind](form)


def read_choice(fields: Mapping[str, str], fallback: Choice) -> Choice:
    """Read how somebody wants to settle; a field that is not sent is as in ``fallback``.

    Raises:
        InvalidInput: at ``instalments``, ``down_payment`` or ``first_due``.
    """
    instalments, down_payment = fields.get("parcelas", ""), fields.get("entrada", "")
    first_due = fields.get("primeiro", "")
    return Choice(
        _whole(instalments, "instalments") if instalments else fallback.instalments,
        Money(_whole(down_payment, "down_payment")) if down_payment else fallback.down_payment,
        _day(first_due, "first_due") if first_due else fallback.first_due,
    )


def _confirm_reading(_: Form) -> Act:
    return ConfirmReading()


def _say_paid(form: Form) -> Act:
    return SayPaid(
        ref=_ref(form),
        on=_day(form.get("on"), "on"),
        method=_one_of(PaymentMethod, form.get("method"), "method"),
        proof=read_proof(form.file.content, form.file.file_name or "") if form.file else None,
    )


def _promise(form: Form) -> Act:
    return Promise(_ref(form), _day(form.get("on"), "on"))


def _dispute(form: Form) -> Act:
    words = form.get("words").replace("\r\n", "\n")
    if len(words) > MOST_WORDS:
        raise InvalidInput.at("words", f"has more than {MOST_WORDS} characters")
    return Dispute(_ref(form), _one_of(DisputeReason, form.get("reason"), "reason"), words)


def _not_me(_: Form) -> Act:
    return NotMe()


def _prefer(form: Form) -> Act:
    channel, hour = form.get("channel"), form.get("hour")
    return Prefer(
        channel=_one_of(Channel, channel, "channel") if channel else None,
        hour=_whole(hour, "hour") if hour else None,
        stop=frozenset(_one_of(Channel, each, "stop") for each in form.fields.get("stop", ())),
    )


def _send_again(form: Form) -> Act:
    return SendAgain(_ref(form))


def _settle(form: Form) -> Act:
    if form.get("accept") != "yes":
        raise InvalidInput.at("accept", "the terms have to be accepted")
    chosen = Choice(
        _whole(form.get("parcelas"), "instalments"),
        Money(_whole(form.get("entrada"), "down_payment")),
        _day(form.get("primeiro"), "first_due"),
    )
    return Settle(chosen, form.get("key"))


_READERS: Mapping[ActKind, Callable[[Form], Act]] = {
    ActKind.CONFIRM_READING: _confirm_reading,
    ActKind.SAY_PAID: _say_paid,
    ActKind.PROMISE: _promise,
    ActKind.DISPUTE: _dispute,
    ActKind.NOT_ME: _not_me,
    ActKind.PREFER: _prefer,
    ActKind.SEND_AGAIN: _send_again,
    ActKind.SETTLE: _settle,
}


def _ref(form: Form) -> str:
    ref = form.get("ref")
    if not _REF.fullmatch(ref):
        raise InvalidInput.at("ref", "names no invoice")
    return ref


def _day(text: str, field: str) -> date:
    """Read a day as a date field sends it, or as a Brazilian writes it where there is none.

    >>> _day("2026-11-10", "on") == _day("10/11/2026", "on")
    True
    """
    iso, written = _ISO.fullmatch(text), _BRAZILIAN.fullmatch(text)
    parts = iso.groups() if iso else written.groups()[::-1] if written else ()
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError as exc:
        raise InvalidInput.at(field, "is no day") from exc


def _whole(text: str, field: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise InvalidInput.at(field, "is no whole number")
    return int(text)


def _one_of(kind: type[_E], text: str, field: str) -> _E:
    try:
        return kind(text)
    except ValueError as exc:
        raise InvalidInput.at(field, "is none of the choices") from exc
