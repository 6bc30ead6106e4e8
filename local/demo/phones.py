"""Invented telephones: nobody has one of them, and some end as the carrier's reserved ones do.

No operator gives out mobiles that begin with 90000. Among them the carrier keeps `90000-01NN` of
every area code, whose end says what happens (`local.carrier.numbers`): there is one of a kind in
each area code, and who comes too late for it gets a number that simply works.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

from local.demo.message import SMS, WHATSAPP
from local.demo.model import Customer
from local.demo.seeds import rng
from regua.domain.time_zones import UF_OF_DDD

_DDDS = sorted(UF_OF_DDD)
_WITHOUT, _LANDLINE = "without", "landline"
_WORKS, _READS = "works", "07"
_KINDS = {
    _WITHOUT: 4,
    _LANDLINE: 7,
    _READS: 50,
    "03": 7,  # not on WhatsApp
    "02": 4,  # no such number
    "01": 3,  # out of reach
    "04": 5,  # busy
    "05": 5,  # no answer
    "09": 1,  # receipts come twice
    "10": 1,  # and in any order
    _WORKS: 13,
}
_PREFERENCES: dict[str | None, int] = {SMS: 16, WHATSAPP: 12, None: 72}


def with_phones(people: Iterable[Customer], seed: int) -> Iterator[Customer]:
    """Give each customer a telephone of their state, or none, and perhaps a channel they prefer."""
    taken: set[str] = set()
    for serial, customer in enumerate(people):
        dice = rng(seed, "phone", serial)
        ddd = _ddd(customer.uf, dice)
        phone = _phone(ddd, serial, dice.choices(list(_KINDS), list(_KINDS.values()))[0], taken)
        wished = dice.choices(list(_PREFERENCES), list(_PREFERENCES.values()))[0]
        if phone is None or is_landline(phone):
            wished = None
        phones = () if phone is None else (phone,)
        yield replace(customer, phones=phones, preferred_channel=wished)


def is_landline(phone: str) -> bool:
    """Tell whether a number in E.164 is an invented fixed line.

    >>> is_landline("+551120001000"), is_landline("+5511900001000")
    (True, False)
    """
    return len(phone) == len("+551120001000")


def _ddd(uf: str | None, dice: random.Random) -> str:
    return dice.choice([ddd for ddd in _DDDS if uf in {None, UF_OF_DDD[ddd]}])


def _phone(ddd: str, serial: int, kind: str, taken: set[str]) -> str | None:
    if kind == _WITHOUT:
        return None
    if kind == _LANDLINE:
        return f"+55{ddd}2000{1000 + serial:04d}"
    reserved = f"+55{ddd}9000001{kind}"
    if kind == _WORKS or reserved in taken:
        return f"+55{ddd}90000{1000 + serial:04d}"
    taken.add(reserved)
    return reserved
