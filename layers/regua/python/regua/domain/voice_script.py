"""A call as a small state machine: what is said, which keys count, and what follows.

Nothing of the debt is said before the person who answered has pressed 1, "I am <name>"; a voicemail
and whoever is not that person hear only who called and how to call back. `VoiceScript` holds the
texts, `Call` walks through them; both are values, so any provider with a keypad can play them.

::

    GREETING ─▶ RIGHT_PARTY ─1─▶ DEBT ─▶ OPTIONS ─1─▶ DATA_COMES ──┐
                  │  │  └──2──▶ WRONG_PARTY ──────┐  ├─2─▶ CHECKS_PAYMENT ─┤
                  │  └─────9──▶ STOPPED ──────────┤  └─9─▶ STOPPED ────────┤
                  └─ nothing, twice ──────────────┴────────────────────────┴─▶ GOODBYE
    a machine answers ─▶ VOICEMAIL                nobody answers ─▶ NO_ANSWER

Texts are SSML 1.1 in Brazilian Portuguese. Numbers stand in ``<sub alias="…">``: the text shows
"R$ 1.234,56", the voice says the words. Whatever comes from outside is escaped.

Source: W3C SSML 1.1 §3.1.11 (sub); CDC (Lei 8.078/1990) art. 42 (no exposure to third parties);
Lei PE 16.559/2019 art. 26-A (by telephone too, original amount, fine, interest and total apart).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from html import unescape
from types import MappingProxyType
from xml.sax.saxutils import escape, quoteattr

from regua.domain.errors import InvalidInput
from regua.domain.money import ZERO, Money
from regua.domain.ruler import Channel
from regua.domain.spoken import cardinal, day, money, telephone
from regua.domain.wording import MessageText, is_refused, lint

KEY_TIMEOUT_SECONDS = 8
"""How long a key is waited for after a question."""
MAX_MISSES = 2
"""How often a question may go unanswered, or be answered with a key that means nothing."""
WORDS_PER_MINUTE = 130
"""How fast a synthetic voice speaks Portuguese, pauses included: our estimate, on the slow side."""
_NOT_SAID = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_TAG = re.compile(r"<[^>]*>")
_SUB = re.compile(r'<sub alias="([^"]*)">[^<]*</sub>')


class Node(StrEnum):
    """The places of a call."""

    GREETING = "greeting"
    RIGHT_PARTY = "right_party"
    DEBT = "debt"
    OPTIONS = "options"
    DATA_COMES = "data_comes"
    CHECKS_PAYMENT = "checks_payment"
    STOPPED = "stopped"
    WRONG_PARTY = "wrong_party"
    GOODBYE = "goodbye"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"


class CallResult(StrEnum):
    """What came of a call; a later one takes the place of an earlier one."""

    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    UNCONFIRMED = "unconfirmed"
    """Somebody answered and did not say who they are: nothing was told."""
    WRONG_PARTY = "wrong_party"
    """Somebody else answered; the number may still be the customer's."""
    TOLD = "told"
    """The customer heard about the debt."""
    WANTS_DATA = "wants_data"
    SAYS_PAID = "says_paid"
    STOPPED = "stopped"
    """No more calls are wanted, by whoever answered."""


AFTER_CONFIRMATION = frozenset({Node.DEBT, Node.OPTIONS, Node.DATA_COMES, Node.CHECKS_PAYMENT})
"""The only places whose words may be about a debt."""
_RESULTS: Mapping[Node, CallResult] = {
    Node.GREETING: CallResult.UNCONFIRMED,
    Node.WRONG_PARTY: CallResult.WRONG_PARTY,
    Node.DEBT: CallResult.TOLD,
    Node.DATA_COMES: CallResult.WANTS_DATA,
    Node.CHECKS_PAYMENT: CallResult.SAYS_PAID,
    Node.STOPPED: CallResult.STOPPED,
    Node.VOICEMAIL: CallResult.VOICEMAIL,
    Node.NO_ANSWER: CallResult.NO_ANSWER,
}


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a call speaks of. Amounts are those of all its invoices, none of them negative.

    ``full_name`` is asked for by keypad; ``greeting_name`` is all that a voicemail hears.
    ``due_date`` is the earliest one, ``is_late`` whether any invoice is. ``callback`` is the
    creditor's telephone number, where it has one.

    Raises:
        InvalidInput: a name has nothing to say, there is no invoice, an amount is negative, or
            the parts do not make the total.
    """

    creditor_name: str
    full_name: str
    greeting_name: str
    invoices: int
    due_date: date
    is_late: bool
    original: Money
    late_fine: Money
    late_interest: Money
    total: Money
    valid_until: date
    paid: Money = ZERO
    rebate: Money = ZERO
    discount: Money = ZERO
    callback: str | None = None

    def __post_init__(self) -> None:
        for name in ("creditor_name", "full_name", "greeting_name"):
            if not any(character.isalnum() for character in getattr(self, name)):
                raise InvalidInput.at(name, "has no letters or digits")
        if self.invoices < 1:
            raise InvalidInput.at("invoices", "a call is about at least one invoice")
        amounts = (self.original, self.late_fine, self.late_interest, self.total)
        taken_off = (self.paid, self.rebate, self.discount)
        if min(*amounts, *taken_off) < ZERO:
            raise InvalidInput.at("total", "an amount is negative")
        asked = self.original + self.late_fine + self.late_interest
        if asked != self.total + self.paid + self.rebate + self.discount:
            raise InvalidInput.at("total", "is not the sum of its parts")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One place of a call: what is said, and where each key leads.

    Without keys the call goes straight on to ``then``; without that either, it ends.
    """

    node: Node
    ssml: str
    keys: Mapping[str, Node] = field(default_factory=dict)
    timeout_seconds: int = 0
    """How long a key is waited for; zero where none is asked for."""
    then: Node | None = None
    """Where it goes on when nothing more is asked, or nobody answered."""

    @property
    def is_question(self) -> bool:
        """Whether a key is waited for."""
        return bool(self.keys)


@dataclass(frozen=True, slots=True)
class VoiceScript:
    """Every place of one call, with its words."""

    prompts: Mapping[Node, Prompt]

    def __getitem__(self, node: Node) -> Prompt:
        return self.prompts[node]


@dataclass(frozen=True, slots=True)
class Call:
    """How far a call has come.

    >>> Call.answered().said().press("1").node
    <Node.DEBT: 'debt'>
    """

    node: Node
    result: CallResult
    misses: int = 0

    @classmethod
    def answered(cls) -> "Call":
        """Begin: somebody, or something, picked up."""
        return cls._at(Node.GREETING)

    @classmethod
    def by_machine(cls) -> "Call":
        """Begin: a voicemail picked up. Known at any time, it takes the place of the call."""
        return cls._at(Node.VOICEMAIL)

    @classmethod
    def unanswered(cls) -> "Call":
        """Begin and end: nobody picked up."""
        return cls._at(Node.NO_ANSWER)

    @classmethod
    def _at(cls, node: Node) -> "Call":
        return cls(node, _RESULTS[node])

    @property
    def is_over(self) -> bool:
        """Whether nothing follows what is being said."""
        return _THEN[self.node] is None and not _KEYS[self.node]

    def said(self) -> "Call":
        """Go on once a text without a question was said; a question waits."""
        then = _THEN[self.node]
        return self if _KEYS[self.node] or then is None else self._go(then)

    def press(self, key: str) -> "Call":
        """Take a key; one that means nothing here is as good as none."""
        keys = _KEYS[self.node]
        if not keys:
            return self
        return self._go(keys[key]) if key in keys else self.silence()

    def silence(self) -> "Call":
        """Ask once more after the timeout, then take leave."""
        then = _THEN[self.node]
        if not _KEYS[self.node] or then is None:
            return self
        misses = self.misses + 1
        return self._go(then) if misses >= MAX_MISSES else replace(self, misses=misses)

    def _go(self, node: Node) -> "Call":
        return Call(node, _RESULTS.get(node, self.result))


_KEYS: Mapping[Node, Mapping[str, Node]] = {
    **{node: MappingProxyType({}) for node in Node},
    Node.RIGHT_PARTY: {"1": Node.DEBT, "2": Node.WRONG_PARTY, "9": Node.STOPPED},
    Node.OPTIONS: {"1": Node.DATA_COMES, "2": Node.CHECKS_PAYMENT, "9": Node.STOPPED},
}
_THEN: Mapping[Node, Node | None] = {
    **dict.fromkeys(Node, Node.GOODBYE),
    Node.GREETING: Node.RIGHT_PARTY,
    Node.DEBT: Node.OPTIONS,
    Node.GOODBYE: None,
    Node.VOICEMAIL: None,
    Node.NO_ANSWER: None,
}


def voice_script(facts: CallFacts) -> VoiceScript:
    """Write the whole call.

    Raises:
        InvalidInput: a name would give the debt away before anybody has confirmed who they are.
    """
    texts: Mapping[Node, Iterator[str]] = {
        Node.GREETING: _greeting(facts),
        Node.RIGHT_PARTY: _right_party(facts),
        Node.DEBT: _debt(facts),
        Node.OPTIONS: _options(),
        Node.DATA_COMES: _sentence("Os dados de pagamento seguirão por mensagem ou por e-mail."),
        Node.CHECKS_PAYMENT: _checks_payment(),
        Node.STOPPED: _sentence("Seu pedido foi registrado. Não ligaremos mais para este número."),
        Node.WRONG_PARTY: _wrong_party(),
        Node.GOODBYE: _goodbye(facts),
        Node.VOICEMAIL: _message_for_anybody(facts),
        Node.NO_ANSWER: iter(()),
    }
    prompts = {node: _prompt(node, text) for node, text in texts.items()}
    for node, prompt in prompts.items():
        if node not in AFTER_CONFIRMATION:
            _refuse_debt_words(prompt.ssml)
    return VoiceScript(MappingProxyType(prompts))


def message_for_anybody(facts: CallFacts) -> str:
    """Return the SSML of a message that anybody may hear, and a voicemail may keep.

    Raises:
        InvalidInput: a name would give the debt away.
    """
    ssml = _speak(_message_for_anybody(facts))
    _refuse_debt_words(ssml)
    return ssml


def shown_text(ssml: str) -> str:
    """Return the words of an SSML text as they are printed.

    >>> shown_text('<speak>São <sub alias="dois reais">R$ 2,00</sub> &amp; só.</speak>')
    'São R$ 2,00 & só.'
    """
    return " ".join(unescape(_TAG.sub("", ssml)).split())


def heard_text(ssml: str) -> str:
    """Return the words of an SSML text as they are said.

    >>> heard_text('<speak>São <sub alias="dois reais">R$ 2,00</sub> &amp; só.</speak>')
    'São dois reais & só.'
    """
    return " ".join(unescape(_TAG.sub("", _SUB.sub(r"\1", ssml))).split())


def minutes_of(ssml: str) -> int:
    """Estimate how many minutes a provider bills: those begun."""
    words = len(heard_text(ssml).split())
    return max(1, -(-words // WORDS_PER_MINUTE))


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def _greeting(facts: CallFacts) -> Iterator[str]:
    yield f"Olá. Esta é uma ligação automática da empresa {_said(facts.creditor_name)}."


def _right_party(facts: CallFacts) -> Iterator[str]:
    name = _said(facts.full_name)
    yield f"Gostaríamos de falar com {name}."
    yield f"Se você é {name}, pressione {_number(1)}."
    yield f"Se não é, pressione {_number(2)}."
    yield f"Para não receber mais ligações, pressione {_number(9)}."


def _debt(facts: CallFacts) -> Iterator[str]:
    yield "Agradecemos a confirmação."
    verb = "venceu" if facts.is_late else "vence"
    due = f"{verb} em {_date(facts.due_date)}"
    if facts.invoices == 1:
        yield f"Sua fatura da empresa {_said(facts.creditor_name)} {due}."
    else:
        count = _sub(str(facts.invoices), cardinal(facts.invoices, feminine=True))
        yield f"Você tem {count} faturas da empresa {_said(facts.creditor_name)}."
        yield f"A mais antiga {due}."
    yield from _breakdown(facts)
    yield f"O total é de {_money(facts.total)}, valor válido até {_date(facts.valid_until)}."
    yield "Se o pagamento já foi feito, por favor desconsidere."


def _breakdown(facts: CallFacts) -> Iterator[str]:
    parts = [f"O valor original é de {_money(facts.original)}"]
    if facts.late_fine or facts.late_interest:
        parts.append(f"a multa, de {_money(facts.late_fine)}")
        parts.append(f"os juros, de {_money(facts.late_interest)}")
    yield f"{'; '.join(parts)}."
    taken_off = (
        ("abatimento", facts.rebate),
        ("desconto", facts.discount),
        ("valor já recebido", facts.paid),
    )
    for name, amount in taken_off:
        if amount:
            yield f"Menos {name} de {_money(amount)}."


def _options() -> Iterator[str]:
    yield f"Para receber os dados de pagamento por mensagem ou por e-mail, pressione {_number(1)}."
    yield f"Se você já pagou, pressione {_number(2)}."
    yield f"Para não receber mais ligações, pressione {_number(9)}."


def _checks_payment() -> Iterator[str]:
    yield "Agradecemos o aviso."
    yield "Vamos conferir o pagamento, que pode levar até três dias úteis para ser identificado."


def _wrong_party() -> Iterator[str]:
    yield "Agradecemos a informação. Desculpe o incômodo."


def _goodbye(facts: CallFacts) -> Iterator[str]:
    if facts.callback:
        yield f"Para falar conosco, ligue para {_telephone(facts.callback)}."
    yield f"A empresa {_said(facts.creditor_name)} agradece a atenção. Até logo."


def _message_for_anybody(facts: CallFacts) -> Iterator[str]:
    yield f"Olá. Esta é uma mensagem automática da empresa {_said(facts.creditor_name)}"
    yield f"para {_said(facts.greeting_name)}."
    if facts.callback:
        number = _telephone(facts.callback)
        yield f"Por favor, ligue para nós no número {number}. Repetindo: {number}."
        yield "Se preferir, confira o seu e-mail e as suas mensagens de texto."
        yield "Para não receber mais ligações, avise nesse mesmo número."
    else:
        yield "Por favor, confira o seu e-mail e as suas mensagens de texto:"
        yield "por ali você pode falar conosco, e pedir que não liguemos mais."
    yield "Agradecemos a atenção. Até logo."


def _sentence(text: str) -> Iterator[str]:
    yield text


# ── SSML ────────────────────────────────────────────────────────────────────────────────────────


def _prompt(node: Node, text: Iterator[str]) -> Prompt:
    keys = MappingProxyType(dict(_KEYS[node]))
    ssml = "" if node is Node.NO_ANSWER else _speak(text)
    return Prompt(node, ssml, keys, KEY_TIMEOUT_SECONDS if keys else 0, _THEN[node])


def _refuse_debt_words(ssml: str) -> None:
    """Refuse words that anybody may hear and that speak of a debt; they can only be a name's."""
    if is_refused(lint(MessageText(Channel.VOICE, shown_text(ssml), is_voicemail=True))):
        reason = "holds words that no voicemail may keep (CDC art. 42)"
        raise InvalidInput.at("creditor_name", reason)


def _speak(text: Iterator[str]) -> str:
    return f'<speak xml:lang="pt-BR">{" ".join(text)}</speak>'


def _said(text: str) -> str:
    """Return a text from outside as it may stand in SSML: one line, nothing unseen, escaped."""
    seen = "".join(
        " " if c.isspace() else "" if unicodedata.category(c) in _NOT_SAID else c for c in text
    )
    return escape(" ".join(seen.split()))


def _sub(shown: str, said: str) -> str:
    return f"<sub alias={quoteattr(said)}>{_said(shown)}</sub>"


def _number(number: int) -> str:
    return _sub(str(number), cardinal(number))


def _money(amount: Money) -> str:
    reais, centavos = divmod(amount.centavos, 100)
    return _sub(f"R$ {f'{reais:,}'.replace(',', '.')},{centavos:02d}", money(amount))


def _date(on: date) -> str:
    return _sub(f"{on:%d/%m/%Y}", day(on))


def _telephone(number: str) -> str:
    return _sub(number, telephone(number))
