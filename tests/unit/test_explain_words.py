"""Explanations in words: a phrase for every code in both languages, and whole sentences."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from enum import StrEnum

import pytest

from regua.adapters.explain_phrases import LANGUAGES, WORDS, Language, Words
from regua.adapters.explain_words import as_document, in_words
from regua.application.customer_page.acts import ActKind
from regua.application.explanation import (
    Because,
    Explanation,
    Followed,
    Happening,
    NextContact,
    NextWhy,
    Outcome,
    Resting,
    RulerWhy,
    Silence,
    StepLine,
    Told,
    rule_of,
)
from regua.domain.conditions import Conditions
from regua.domain.contact_results import ResultCode
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchState
from regua.domain.holds import DISPUTE, DisputeOutcome, HoldKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import InvoiceStatus
from regua.domain.notes import NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Seen
from tests.builders import DUE
from tests.lives import on

CLOSED_LISTS: Mapping[str, Iterable[StrEnum]] = {
    "reasons": Reason,
    "holds": HoldKind,
    "past_holds": HoldKind,
    "holds_named": HoldKind,
    "deliveries": EventKind,
    "seen": Seen,
    "channels": Channel,
    "made_by": Channel,
    "by_channel": Channel,
    "statuses": InvoiceStatus,
    "outcomes": Outcome,
    "outcome_names": Outcome,
    "whys": NextWhy,
    "acts": ActKind,
    "silences": Silence,
    "rulers": RulerWhy,
    "results": ResultCode,
    "dispute_outcomes": DisputeOutcome,
}
HAPPENINGS = {k.value for k in NoteKind} - {NoteKind.STEP_LEFT_OUT.value} | {
    "payment",
    "payment_carried",
    "payment_reversed",
    "cancelled",
}
RESTING = Resting("h-1", HoldKind.DISPUTED, on(5), on(9), DISPUTE)
TOLD = Told(DispatchId("d" * 32), Channel.EMAIL, DispatchState.SENT, on(3))
LINE = StepLine("vencida-3", date(2026, 11, 13), Outcome.MADE, on(3), Channel.EMAIL, told=TOLD)
NEXT = NextContact(
    "vencida-7", Channel.EMAIL, on(7), NextWhy.PLANNED, [InvoiceId("fat-1")], Reason.DAILY_CAP
)
FACTS = {
    "hold_id": "h-1",
    "kind": "promised",
    "until": "2026-11-19T12:00:00Z",
    "promised_on": "2026-11-17",
    "promised_centavos": "14990",
    "from": "padrao@0",
    "to": "padrao@1",
    "ruler": "padrao@1",
    "code": "no_answer",
    "channel": "voice",
    "outcome": "upheld",
    "centavos": "123456",
    "total_centavos": "654321",
    "act": "promise",
}


def any_explanation(**changes: object) -> Explanation:
    fields_: dict[str, object] = {
        "at": on(4),
        "timezone": "America/Sao_Paulo",
        "creditor_id": CreditorId("aurora"),
        "customer_id": CustomerId("cli-1"),
        "invoice_id": InvoiceId("fat-1"),
        "status": InvoiceStatus.OPEN,
        "days_late": 4,
        "follows": Followed("padrao", 2, RulerWhy.DEFAULT, "padrao"),
        "resting": None,
        "steps": [LINE],
        "earlier": [],
        "happenings": [],
        "next": NEXT,
    }
    return Explanation(**{**fields_, **changes})  # type: ignore[arg-type]


def is_sentence(text: str) -> bool:
    """Tell whether a text is one whole sentence, with nothing left to fill in."""
    return (
        text[:1].isupper()
        and text.endswith(".")
        and not re.search(r"[{}]|None|  | [,.;]|,,|\.\.|porque\.|because\.", text)
    )


# ── nothing is without words ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", CLOSED_LISTS)
def test_every_code_has_words(language: Language, part: str) -> None:
    phrases = getattr(WORDS[language], part)
    assert set(phrases) == set(CLOSED_LISTS[part])
    assert all(phrases.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_and_every_kind_of_note_has_words(language: Language) -> None:
    assert set(WORDS[language].conditions) == {f.name for f in fields(Conditions)}
    assert set(WORDS[language].happenings) == HAPPENINGS


def test_both_languages_say_the_same_things() -> None:
    portuguese, english = WORDS["pt-BR"], WORDS["en"]
    assert set(portuguese.phrases) == set(english.phrases)
    for name in (f.name for f in fields(Words)):
        ours, theirs = getattr(portuguese, name), getattr(english, name)
        if isinstance(ours, str):
            continue
        for key, phrase in ours.items():
            assert blanks(phrase) == blanks(theirs[key]), (name, key)


def blanks(phrase: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", phrase))


# ── every sentence is whole ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", [*Reason, None], ids=str)
@pytest.mark.parametrize("outcome", Outcome, ids=str)
def test_a_step_with_any_outcome_and_reason_is_a_sentence(
    language: Language, outcome: Outcome, reason: Reason | None
) -> None:
    for line in (
        replace(LINE, outcome=outcome, reason=reason, told=None),
        replace(LINE, outcome=outcome, reason=reason, until=on(9), rule_code="contact.daily_cap"),
        replace(LINE, outcome=outcome, reason=reason, overtaken_by="vencida-7"),
        replace(LINE, outcome=outcome, reason=reason, resting=RESTING, dropped=Reason.SUPERSEDED),
        replace(LINE, outcome=outcome, reason=reason, planned_on=DUE + timedelta(days=90)),
    ):
        told = any_explanation(steps=[line], earlier=[line])
        assert all(is_sentence(s) for s in in_words(told, language)), in_words(told, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", HoldKind)
def test_what_rests_is_a_sentence(language: Language, kind: HoldKind) -> None:
    for until in (None, on(9)):
        resting = replace(RESTING, kind=kind, until=until)
        held = replace(LINE, outcome=Outcome.HELD, resting=resting)
        over = replace(held, outcome=Outcome.LEFT_OUT, reason=Reason.SUPERSEDED)
        told = any_explanation(resting=resting, steps=[held, over])
        assert all(is_sentence(s) for s in in_words(told, language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("delivery", [*EventKind, None], ids=str)
@pytest.mark.parametrize("seen", [frozenset(), *[frozenset({s}) for s in Seen]], ids=str)
def test_what_became_of_a_message_is_a_sentence(
    language: Language, channel: Channel, delivery: EventKind | None, seen: frozenset[Seen]
) -> None:
    told = replace(TOLD, channel=channel, delivery=delivery, seen=seen)
    line = replace(LINE, channel=channel, told=told)
    assert all(is_sentence(s) for s in in_words(any_explanation(steps=[line]), language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(HAPPENINGS))
def test_what_happened_besides_is_a_sentence(language: Language, code: str) -> None:
    for facts in (FACTS, {k: v for k, v in FACTS.items() if k not in {"until", "channel"}}):
        told = any_explanation(happenings=[Happening(on(4), code, InvoiceId("fat-1"), facts)])
        assert all(is_sentence(s) for s in in_words(told, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_next_or_why_nothing_does_is_a_sentence(language: Language) -> None:
    for why in NextWhy:
        following = replace(
            NEXT,
            why=why,
            resting=RESTING,
            invoices=[InvoiceId("a")] * 2,
            is_preferred_channel=True,
        )
        told = in_words(any_explanation(next=following), language)
        assert all(is_sentence(s) for s in told)
    for silence in Silence:
        for reason in (None, Reason.OPTED_OUT):
            told = in_words(
                any_explanation(next=None, silence=silence, silence_reason=reason), language
            )
            assert all(is_sentence(s) for s in told)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", RulerWhy)
@pytest.mark.parametrize("condition", [f.name for f in fields(Conditions)])
def test_why_a_ruler_is_followed_is_a_sentence(
    language: Language, why: RulerWhy, condition: str
) -> None:
    because = [Because(condition, "1", "2")]
    told = any_explanation(follows=Followed("padrao", 1, why, "atrasados", because))
    assert all(is_sentence(s) for s in in_words(told, language))


# ── what they say ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "line", "sentence"),
    [
        (
            "pt-BR",
            replace(
                LINE,
                told=replace(
                    TOLD,
                    delivery=EventKind.DELIVERED,
                    seen=frozenset({Seen.DELIVERED, Seen.OPENED}),
                ),
            ),
            "Em 13/11/2026 às 9:00 enviamos o e-mail do passo vencida-3; foi entregue e aberto.",
        ),
        (
            "en",
            replace(LINE, told=replace(TOLD, delivery=EventKind.DELIVERED, seen=frozenset(Seen))),
            (
                "On 13 Nov 2026 at 9:00 we sent the e-mail of step vencida-3; it was delivered and "
                "opened, and its link was clicked."
            ),
        ),
        (
            "pt-BR",
            replace(LINE, told=replace(TOLD, delivery=EventKind.COMPLAINED, seen=frozenset(Seen))),
            (
                "Em 13/11/2026 às 9:00 enviamos o e-mail do passo vencida-3; a mensagem foi "
                "entregue e marcada como spam."
            ),
        ),
        (
            "en",
            replace(LINE, outcome=Outcome.HELD, at=None, channel=None, resting=RESTING),
            "Step vencida-3 was not made because the invoice has been disputed since 15 Nov 2026.",
        ),
        (
            "en",
            replace(
                LINE,
                contacts=[
                    replace(TOLD, state=DispatchState.DEFERRED, reason=Reason.HOLIDAY),
                    replace(TOLD, state=DispatchState.DEFERRED, reason=Reason.DAILY_CAP),
                    TOLD,
                ],
            ),
            (
                "On 13 Nov 2026 at 9:00 we sent the e-mail of step vencida-3; its delivery is not "
                "confirmed yet; it had been put off 2 times, the last because the customer had "
                "already had the most contacts allowed in a day."
            ),
        ),
        (
            "pt-BR",
            replace(LINE, outcome=Outcome.MADE, channel=Channel.VOICE),
            (
                "Em 13/11/2026 às 9:00 fizemos o telefonema do passo vencida-3; a entrega ainda "
                "não foi confirmada."
            ),
        ),
    ],
)
def test_a_step_is_said_plainly(language: Language, line: StepLine, sentence: str) -> None:
    assert in_words(any_explanation(steps=[line]), language)[2] == sentence


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (0, "Em 14/11/2026 às 9:00 a fatura fat-1 está em aberto."),
        (1, "Em 14/11/2026 às 9:00 a fatura fat-1 está em aberto, com 1 dia de atraso."),
        (2, "Em 14/11/2026 às 9:00 a fatura fat-1 está em aberto, com 2 dias de atraso."),
    ],
)
def test_how_late_an_invoice_is_agrees_in_number(days: int, sentence: str) -> None:
    assert in_words(any_explanation(days_late=days))[0] == sentence


def test_instants_are_said_by_the_rulers_clock() -> None:
    said = in_words(any_explanation(timezone="America/Manaus"))
    assert said[0].startswith("Em 14/11/2026 às 8:00 ")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("pt-BR", "Em 14/11/2026 às 9:00 foi recebido um pagamento de R$ 1.234,56."),
        ("en", "On 14 Nov 2026 at 9:00 a payment of R$ 1,234.56 came in."),
    ],
)
def test_amounts_are_written_as_each_language_writes_them(
    language: Language, sentence: str
) -> None:
    paid = Happening(on(4), "payment", InvoiceId("fat-1"), {"centavos": "123456"})
    assert sentence in in_words(any_explanation(happenings=[paid]), language)


@pytest.mark.parametrize(
    ("language", "code", "facts", "sentence"),
    [
        (
            "pt-BR",
            "contact_result",
            {"code": "payment_sent", "channel": "voice"},
            (
                "Em 14/11/2026 às 9:00 foi registrado o resultado de um contato por telefone: o "
                "cliente disse que já pagou."
            ),
        ),
        (
            "en",
            "contact_result",
            {"code": "an_old_code"},
            "On 14 Nov 2026 at 9:00 the result of a contact was noted: an_old_code.",
        ),
        (
            "pt-BR",
            "hold_ended",
            {"kind": "disputed", "outcome": "upheld"},
            "Em 14/11/2026 às 9:00 terminou a contestação com razão para o cliente.",
        ),
        (
            "en",
            "hold_ended",
            {"kind": "held", "outcome": "released"},
            "On 14 Nov 2026 at 9:00 the hold ended.",
        ),
    ],
)
def test_what_people_did_is_said_plainly(
    language: Language, code: str, facts: Mapping[str, str], sentence: str
) -> None:
    happened = Happening(on(4), code, InvoiceId("fat-1"), facts)
    assert sentence in in_words(any_explanation(happenings=[happened]), language)


def test_portuguese_is_not_mixed_with_english() -> None:
    """No rule's English sentence and no word of the other language's phrases comes through."""
    line = replace(
        LINE,
        outcome=Outcome.SUPPRESSED,
        reason=Reason.OPTED_OUT,
        resting=None,
        rule_code="contact.opt_out",
    )
    said = " ".join(in_words(any_explanation(steps=[line]), "pt-BR"))
    assert not re.search(r"\b(the|was|because|step|invoice|customer|is)\b", said)


# ── the document ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_is_plain_json_with_codes_and_words(language: Language) -> None:
    line = replace(
        LINE,
        outcome=Outcome.SUPPRESSED,
        reason=Reason.OPTED_OUT,
        rule_code="contact.opt_out",
        contacts=(TOLD,),
    )
    told = any_explanation(
        steps=[line],
        resting=RESTING,
        happenings=[Happening(on(4), "hold_placed", InvoiceId("fat-1"), FACTS)],
    )
    document = json.loads(json.dumps(as_document(told, language)))
    [step] = document["steps"]
    rule = rule_of("contact.opt_out")
    assert rule is not None
    assert (step["outcome"], step["reason"]) == ("suppressed", "opted_out")
    assert step["rule"]["says"] == rule.says
    assert step["rule"]["source"] == rule.source
    assert step["words"] in document["words"]
    assert step["reason_words"] == WORDS[language].reasons[Reason.OPTED_OUT]
    assert step["outcome_words"] == WORDS[language].outcome_names[Outcome.SUPPRESSED]
    assert step["contacts"][0]["dispatch_id"] == "d" * 32
    assert document["at"] == "2026-11-14T12:00:00.000Z"
    assert document["steps"][0]["planned_on"] == "2026-11-13"
    assert document["next"]["at"] == "2026-11-17T12:00:00.000Z"
    assert document["resting"]["rule"]["code"] == "hold.dispute"
    assert document["happenings"][0]["words"] in document["words"]
    assert document["language"] == language


def test_a_rule_that_is_not_in_the_rulebook_has_its_code_only() -> None:
    line = replace(LINE, outcome=Outcome.SUPPRESSED, rule_code="old.rule")
    document = as_document(any_explanation(steps=[line], next=None, silence=Silence.SETTLED))
    assert document["steps"][0]["rule"] == {"code": "old.rule", "says": None, "source": None}
    assert document["next"] is None
