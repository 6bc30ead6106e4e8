"""Public do-not-contact lists, as data: whom they protect, from what, and from when.

A list protects telephone lines, so it never stops an e-mail. Which numbers are on it is somebody
else's to look up; this module says what an entry means for one contact.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from regua.domain.errors import InvalidInput
from regua.domain.ruler import Channel
from regua.domain.rules import Rule
from regua.domain.time_zones import UF_OF_DDD, ZONE_OF_UF

_BY_TELEPHONE = frozenset({Channel.VOICE, Channel.SMS, Channel.WHATSAPP})
_DAYS_TO_TAKE_EFFECT = 30


class BlockList(StrEnum):
    """A public list on which people ask not to be contacted."""

    NAO_ME_LIGUE_SP = "nao_me_ligue_sp"
    BLOQUEIO_PA = "bloqueio_pa"
    NAO_ME_PERTURBE = "nao_me_perturbe"


@dataclass(frozen=True, slots=True)
class BlockListTerms:
    """What one list says. ``uf`` is the state whose lines it protects; None for the country."""

    rule: Rule
    channels: frozenset[Channel]
    uf: str | None
    days_to_take_effect: int


@dataclass(frozen=True, slots=True)
class BlockListEntry:
    """The customer's line stands on a list since a day."""

    block_list: BlockList
    registered_on: date


TERMS = {
    BlockList.NAO_ME_LIGUE_SP: BlockListTerms(
        Rule(
            "block_list.nao_me_ligue_sp",
            "No call, SMS or WhatsApp message, collections included, to a line of São Paulo (DDD "
            f"11 to 19) from {_DAYS_TO_TAKE_EFFECT} days after its registration with Procon-SP.",
            "Lei SP 13.226/2008, Lei SP 17.334/2021 (collections: press reports, text not read)",
        ),
        _BY_TELEPHONE,
        "SP",
        _DAYS_TO_TAKE_EFFECT,
    ),
    BlockList.BLOQUEIO_PA: BlockListTerms(
        Rule(
            "block_list.bloqueio_pa",
            "No call or message, collections included, to a line of Pará from "
            f"{_DAYS_TO_TAKE_EFFECT} days after its registration with Procon-PA.",
            "Lei PA 9.263/2021 (press reports name collection companies; text not read). The law "
            "speaks of calls and messages: SMS and WhatsApp are both kept",
        ),
        _BY_TELEPHONE,
        "PA",
        _DAYS_TO_TAKE_EFFECT,
    ),
    BlockList.NAO_ME_PERTURBE: BlockListTerms(
        Rule(
            "block_list.nao_me_perturbe",
            "The national list of telephone companies and banks does not stop collections.",
            "Anatel, quoted by UOL on 3 September 2025",
        ),
        frozenset(),
        None,
        _DAYS_TO_TAKE_EFFECT,
    ),
}
RULES = tuple(terms.rule for terms in TERMS.values())


def blocking(
    entries: Iterable[BlockListEntry], channel: Channel, uf_or_ddd: str, on: date
) -> Rule | None:
    """Return the rule of the first list that forbids a contact, or None.

    Args:
        entries: The lists on which the line stands.
        channel: How the customer would be contacted.
        uf_or_ddd: The state or the area code of the line.
        on: The day of the contact.

    >>> entry = BlockListEntry(BlockList.NAO_ME_LIGUE_SP, date(2026, 10, 1))
    >>> blocking([entry], Channel.SMS, "11", date(2026, 10, 31)).code
    'block_list.nao_me_ligue_sp'

    Raises:
        InvalidInput: there is no such state or area code.
    """
    uf = UF_OF_DDD.get(uf_or_ddd, uf_or_ddd)
    if uf not in ZONE_OF_UF:
        raise InvalidInput.at("uf_or_ddd", "no such state or area code")
    for entry in entries:
        terms = TERMS[entry.block_list]
        days = timedelta(days=terms.days_to_take_effect)
        is_in_force = on - entry.registered_on >= days
        if channel in terms.channels and terms.uf in (None, uf) and is_in_force:
            return terms.rule
    return None
