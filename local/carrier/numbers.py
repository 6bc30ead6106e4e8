"""Telephone numbers: their E.164 form, and the reserved ones that always behave the same way.

Reserved are the mobiles `+55 DD 90000-01NN` of every area code: nobody has them, and `NN` says what
happens. Where the outcome means nothing to a channel (busy, to an SMS) the message is delivered.
"""

from __future__ import annotations

import re

from local.carrier.behaviours import Behaviour, Outcome, can_happen

RESERVED = {
    "00": Outcome.DELIVER,
    "01": Outcome.UNDELIVERABLE,
    "02": Outcome.INVALID_NUMBER,
    "03": Outcome.NOT_ON_WHATSAPP,
    "04": Outcome.BUSY,
    "05": Outcome.NO_ANSWER,
    "06": Outcome.ANSWERED,
    "07": Outcome.READ,
    "08": Outcome.LATE_RECEIPT,
    "09": Outcome.DUPLICATE_RECEIPT,
    "10": Outcome.OUT_OF_ORDER,
    "11": Outcome.NO_RECEIPT,
    "12": Outcome.THROTTLE,
    "13": Outcome.REJECT,
    "14": Outcome.NUMBER_CHANGED,
}
_RESERVED_NUMBER = re.compile(r"\+55[1-9][1-9]9000001(\d\d)")


def e164(number: str) -> str:
    """Return a provider's spelling of a number with its plus sign.

    >>> e164("5511987654321"), e164("+55 (11) 98765-4321")
    ('+5511987654321', '+5511987654321')
    """
    return "+" + re.sub(r"\D", "", number)


def account_of(number: str) -> str:
    """Return what both spellings of a Brazilian WhatsApp account share: no ninth digit.

    >>> account_of("+5531987654321"), account_of("+553187654321"), account_of("+12065550100")
    ('+553187654321', '+553187654321', '+12065550100')
    """
    return re.sub(r"^(\+55\d\d)9(\d{8})$", r"\1\2", number)


def default_behaviour(channel: str, number: str) -> Behaviour:
    """Return what happens without a rule: delivery, except for the reserved numbers.

    >>> default_behaviour("voice", "+5511900000104").outcome.value
    'busy'
    >>> default_behaviour("sms", "+5511900000104").outcome.value
    'deliver'
    """
    reserved = _RESERVED_NUMBER.fullmatch(number)
    outcome = RESERVED.get(reserved[1], Outcome.DELIVER) if reserved else Outcome.DELIVER
    return Behaviour(outcome) if can_happen(outcome, channel) else Behaviour()
