"""What every message about a debt must carry: who asks, for what, until when, and how to stop it.

The facts are compared with the text as printed: amounts as "R$ 1.234,56", a CPF or CNPJ with or
without its punctuation, names and addresses without regard to accents, capitals or line breaks, so
the transliterated text of an SMS passes. An SMS has no room for everything: it names the supplier
and links to the page that carries the rest. A voicemail is no charge and must not become one; it
is not checked here.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

from regua.domain.errors import InvalidInput
from regua.domain.money import ZERO, Money
from regua.domain.phrases import contains, words_of
from regua.domain.ruler import Channel
from regua.domain.rules import Rule
from regua.domain.tax_ids import is_tax_id, normalise
from regua.domain.wording import MAX_CHARACTERS, Finding, Severity

SMS_CHARACTERS = 160
"""One SMS in GSM-7. Brazilian routes do not join several."""
_BEFORE_DATE = 40
"""How many characters before a date "até" may stand."""

_AMOUNT = re.compile(r"R\$\s{0,3}([0-9]{1,3}(?:\.[0-9]{3}){1,5}|[0-9]{1,15}),([0-9]{2})(?![0-9])")
_MONTHS = (
    *("janeiro", "fevereiro", "marco", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)
_IN_FIGURES = re.compile(r"(?<![\d/])(\d\d)/(\d\d)(?:/(\d{4}|\d\d))?(?![\d/])", re.ASCII)
_IN_WORDS = re.compile(rf"\b(\d{{1,2}})o? de ({'|'.join(_MONTHS)})(?: de (\d{{4}}))?\b", re.ASCII)
_UNTIL = frozenset({"ate", "valido", "valida", "validade"})

NAME = Rule(
    "identification.name",
    "Every message names the supplier.",
    "CDC (Lei 8.078/1990) art. 42-A",
)
DOCUMENT = Rule(
    "identification.document",
    "Every message carries the supplier's CPF or CNPJ; an SMS where it fits, else on its page.",
    "CDC art. 42-A (charging documents; a call is none); our convention for SMS",
    f"an SMS holds {SMS_CHARACTERS} characters",
)
ADDRESS = Rule(
    "identification.address",
    "Every message carries the supplier's address; an SMS links to a page that does.",
    "CDC art. 42-A (charging documents; a call is none)",
)
LINK = Rule(
    "identification.link",
    "An SMS carries the link to the page with everything it has no room for.",
    "our convention, to satisfy CDC art. 42-A in 160 characters",
)
BREAKDOWN = Rule(
    "identification.breakdown",
    "Every charge, by telephone and in electronic form as well, shows the original amount, the "
    "fine, the interest, the costs and the total.",
    "Lei PE 16.559/2019 art. 26-A (added in 2020), done for everyone",
)
ADDS_UP = Rule(
    "identification.adds_up",
    "The parts add up to the total: original + fine + interest + costs − rebate − discount − paid.",
    "CDC art. 42 (no charge beyond what is owed); Lei PE 16.559/2019 art. 26-A",
)
VALID_UNTIL = Rule(
    "identification.valid_until",
    "Every total says until which day it is right.",
    "our convention: the amount grows by the day, so a total without its day is wrong tomorrow",
)
OPT_OUT = Rule(
    "identification.opt_out",
    "Every written message says how to stop the channel, by a word or a link.",
    "our convention; RFC 8058 for e-mail, SAIR by custom of SMS, Meta's opt-in policy for WhatsApp",
)
RULES = (NAME, DOCUMENT, ADDRESS, LINK, BREAKDOWN, ADDS_UP, VALID_UNTIL, OPT_OUT)


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """What a message must state. Amounts are those of the whole message, none of them negative.

    ``paid`` is what was received and still counts. ``link`` is the page an SMS points to.
    ``opt_out`` is the word or the link that stops the channel; None when the message has none.
    """

    name: str
    document: str
    address_line: str
    original: Money
    late_fine: Money
    late_interest: Money
    total: Money
    valid_until: date
    costs: Money = ZERO
    rebate: Money = ZERO
    discount: Money = ZERO
    paid: Money = ZERO
    link: str | None = None
    opt_out: str | None = None

    def __post_init__(self) -> None:
        for name in ("name", "address_line"):
            if not words_of(getattr(self, name)):
                raise InvalidInput.at(name, "has no letters or digits")
        if not is_tax_id(normalise(self.document)):
            raise InvalidInput.at("document", "not a CPF or CNPJ")
        for entry in fields(self):
            amount = getattr(self, entry.name)
            if isinstance(amount, Money) and amount < ZERO:
                raise InvalidInput.at(entry.name, "negative")

    @property
    def adds_up(self) -> bool:
        """Whether the parts make the total."""
        asked = self.original + self.late_fine + self.late_interest + self.costs
        return asked == self.total + self.rebate + self.discount + self.paid


def check_identification(channel: Channel, text: str, facts: StatedFacts) -> tuple[Finding, ...]:
    """Find what a message about a debt does not state; nothing found, everything is there.

    Give the plain text as it is sent, links written out. Errors refuse the message.

    Raises:
        InvalidInput: the text is longer than any message of ours.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput.at("body", f"longer than {MAX_CHARACTERS} characters")
    printed = _Printed(text, words_of(text), Counter(_amounts(text)))
    findings = [
        Finding(rule, _severity(channel, rule, text, facts), "body")
        for rule, states in _REQUIRED[channel]
        if not states(printed, facts)
    ]
    if not facts.adds_up:
        findings.append(Finding(ADDS_UP, Severity.ERROR, "body"))
    return tuple(findings)


@dataclass(frozen=True, slots=True)
class _Printed:
    """A text, its words, and how often each amount stands in it."""

    text: str
    words: Sequence[str]
    amounts: Counter[Money]


def _amounts(text: str) -> Iterator[Money]:
    for reais, cents in _AMOUNT.findall(text):
        yield Money(int(reais.replace(".", "") + cents))


def _severity(channel: Channel, rule: Rule, text: str, facts: StatedFacts) -> Severity:
    """Return how bad it is: a document that no longer fits an SMS is on its page."""
    if channel is Channel.SMS and rule is DOCUMENT:
        needed = len(text) + len(" CNPJ ") + len(normalise(facts.document))
        return Severity.ERROR if needed <= SMS_CHARACTERS else Severity.WARNING
    return Severity.ERROR


def _states_name(printed: _Printed, facts: StatedFacts) -> bool:
    return contains(printed.words, words_of(facts.name))


def _states_address(printed: _Printed, facts: StatedFacts) -> bool:
    return contains(printed.words, words_of(facts.address_line))


def _states_document(printed: _Printed, facts: StatedFacts) -> bool:
    """Tell whether words side by side spell the document, wherever its punctuation cuts them."""
    document = normalise(facts.document).lower()
    for first, word in enumerate(printed.words):
        if not document.startswith(word):
            continue
        spelt = ""
        for piece in printed.words[first : first + len(document)]:
            spelt += piece
            if spelt == document:
                return True
            if not document.startswith(spelt):
                break
    return False


def _states_breakdown(printed: _Printed, facts: StatedFacts) -> bool:
    """Tell whether every part that is not zero is printed as often as it occurs, and named."""
    charges = (facts.late_fine, facts.late_interest, facts.costs)
    parts = filter(None, (*charges, facts.rebate, facts.discount, facts.paid))
    needed = Counter(parts) + Counter({facts.original, facts.total})
    names_fine = not facts.late_fine or "multa" in printed.words
    names_interest = not facts.late_interest or "juros" in printed.words
    return names_fine and names_interest and needed <= printed.amounts


def _states_validity(printed: _Printed, facts: StatedFacts) -> bool:
    """Tell whether the day stands close behind "até" or "válido", in figures or in words."""
    day = facts.valid_until
    for pattern, text in ((_IN_FIGURES, printed.text), (_IN_WORDS, " ".join(printed.words))):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - _BEFORE_DATE) : match.start()]
            if _is_day(match, day) and not _UNTIL.isdisjoint(words_of(before)):
                return True
    return False


def _is_day(match: re.Match[str], day: date) -> bool:
    """Tell whether a printed date is this day; a year that is left out is the right one."""
    number, month, year = match.groups()
    months = (f"{day.month:02d}", _MONTHS[day.month - 1])
    is_year = year is None or f"{day.year:04d}".endswith(year)
    return int(number) == day.day and month in months and is_year


def _states_link(printed: _Printed, facts: StatedFacts) -> bool:
    return facts.link is not None and facts.link in printed.text


def _states_opt_out(printed: _Printed, facts: StatedFacts) -> bool:
    if facts.opt_out is None:
        return False
    if "://" in facts.opt_out:
        return facts.opt_out in printed.text
    return contains(printed.words, words_of(facts.opt_out))


_Check = tuple[Rule, Callable[[_Printed, StatedFacts], bool]]
_WHO: tuple[_Check, ...] = ((NAME, _states_name), (DOCUMENT, _states_document))
_WHAT: tuple[_Check, ...] = ((BREAKDOWN, _states_breakdown), (VALID_UNTIL, _states_validity))
_WRITTEN: tuple[_Check, ...] = (
    *_WHO,
    (ADDRESS, _states_address),
    *_WHAT,
    (OPT_OUT, _states_opt_out),
)
_REQUIRED: dict[Channel, tuple[_Check, ...]] = {
    Channel.EMAIL: _WRITTEN,
    Channel.WHATSAPP: _WRITTEN,
    Channel.SMS: (*_WHO, (LINK, _states_link), (OPT_OUT, _states_opt_out)),
    Channel.VOICE: ((NAME, _states_name), *_WHAT),
}
