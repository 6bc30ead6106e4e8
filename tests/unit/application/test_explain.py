"""What is told of an invoice or a customer at any instant, from lives that were really decided."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.explain_words import as_document, in_words
from regua.application.explain import reasons_for
from regua.application.explanation import (
    Explanation,
    NextWhy,
    Outcome,
    RulerWhy,
    Silence,
    StepLine,
    rule_of,
)
from regua.application.ruler_document import read_ruler
from regua.domain.circumstances import Circumstances
from regua.domain.conditions import Conditions, Facts
from regua.domain.contact_results import ResultCode
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch, DispatchRecord, DispatchState
from regua.domain.holds import HoldKind
from regua.domain.ids import PaymentId
from regua.domain.invoice import Invoice, Place
from regua.domain.money import Money
from regua.domain.notes import NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import (
    DEFAULT_RULER,
    Anchor,
    Caps,
    Channel,
    Escalation,
    Fallback,
    Repeat,
    Ruler,
    Seen,
    Step,
    Thresholds,
)
from regua.domain.rulers import (
    Activation,
    Assignment,
    Backfill,
    InFlight,
    Line,
    Rulers,
    Segment,
)
from regua.domain.wishes import Wishes
from tests.builders import DUE, any_account, any_customer, any_invoice
from tests.lives import Life, day, on

RULER = read_ruler(DEFAULT_RULER)
RULERS = Rulers.only(RULER)
STEPS = [step.id for step in RULER.steps]
MIDNIGHT = timedelta(hours=-9)
"""From nine o'clock back to the day's start in São Paulo."""


def life(rulers: Rulers = RULERS, *invoices: Invoice, start: int = -20, **changes: object) -> Life:
    """Return an account with one invoice, unless told otherwise, that has not been looked at."""
    fields = {k: v for k, v in changes.items() if k in {"given", "carrier"}}
    others = {k: v for k, v in changes.items() if k not in fields}
    account = any_account(*(invoices or (any_invoice(),)), **others)
    return Life(account, rulers, on(start), **fields)  # type: ignore[arg-type]


def with_ruler(**changes: object) -> Rulers:
    return Rulers.only(replace(RULER, **changes))  # type: ignore[arg-type]


def with_segment(segment: Segment, *rulers: Ruler) -> Rulers:
    lines = {r.name: Line(r) for r in (RULER, *rulers)}
    return Rulers(lines, Assignment("padrao", (segment,)))


def outcomes(explanation: Explanation) -> Mapping[str, tuple[Outcome, Reason | None]]:
    return {line.step_id: (line.outcome, line.reason) for line in explanation.steps}


def line_of(explanation: Explanation, step_id: str) -> StepLine:
    return next(line for line in explanation.steps if line.step_id == step_id)


def step(name: str, offset: int, *channels: Channel, **changes: object) -> Step:
    return Step(name, offset, channels or (Channel.EMAIL,), "vencida", **changes)  # type: ignore[arg-type]


def email_bounces(dispatch: Dispatch) -> Sequence[EventKind]:
    return (
        (EventKind.HARD_BOUNCED,) if dispatch.channel is Channel.EMAIL else (EventKind.DELIVERED,)
    )


def says_nothing(_: Dispatch) -> Sequence[EventKind]:
    return ()


TWO_CHANNELS = Rulers.only(
    Ruler(
        "dois",
        (
            step(
                "vencida-7",
                7,
                Channel.EMAIL,
                Channel.SMS,
                fallback=Fallback(24, Seen.DELIVERED),
            ),
        ),
        caps=Caps(per_day=2),
    )
)
BOTH = Circumstances(senders=frozenset({Channel.EMAIL, Channel.SMS}))
WITH_PHONE = any_customer(phones=("+5511987654321",))

MADE, LEFT, HELD = Outcome.MADE, Outcome.LEFT_OUT, Outcome.HELD
UPCOMING, NOT_MEANT, DEFERRED = Outcome.UPCOMING, Outcome.NOT_MEANT, Outcome.DEFERRED


@dataclass(frozen=True)
class Case:
    """A life, what is told of its last instant (or ``at``), and a sentence that says so."""

    name: str
    lived: Callable[[], Life]
    steps: Mapping[str, tuple[Outcome, Reason | None]]
    comes: tuple[str, datetime, NextWhy] | Silence
    sentence: str
    at: datetime | None = None


def all_steps(*told: tuple[Outcome, Reason | None]) -> dict[str, tuple[Outcome, Reason | None]]:
    return dict(zip(STEPS, told, strict=True))


DONE: tuple[Outcome, None] = (MADE, None)
TO_COME: tuple[Outcome, None] = (UPCOMING, None)
REPLACED = (LEFT, Reason.SUPERSEDED)


def nobody_is_meant(reason: Reason) -> dict[str, tuple[Outcome, Reason | None]]:
    return dict.fromkeys(STEPS, (NOT_MEANT, reason))


def promised(until: datetime) -> Life:
    return life().to(on(5)).hold(HoldKind.PROMISED, until, promised=Money(14990))


CASES = [
    Case(
        "nothing has come up yet",
        lambda: life().to(on(-10)),
        all_steps(*[TO_COME] * 6),
        ("lembrete", on(-1), NextWhy.PLANNED),
        "Próximo contato: 09/11/2026 às 9:00, por e-mail (passo lembrete).",
    ),
    Case(
        "sent and delivered",
        lambda: life().to(on(4)),
        all_steps(DONE, DONE, DONE, TO_COME, TO_COME, TO_COME),
        ("vencida-7", on(7), NextWhy.PLANNED),
        "Em 13/11/2026 às 9:00 enviamos o e-mail do passo vencida-3; foi entregue.",
    ),
    Case(
        "sent and nothing heard",
        lambda: life(carrier=says_nothing).to(on(4)),
        all_steps(DONE, DONE, DONE, TO_COME, TO_COME, TO_COME),
        ("vencida-7", on(7), NextWhy.PLANNED),
        "Em 13/11/2026 às 9:00 enviamos o e-mail do passo vencida-3; "
        "a entrega ainda não foi confirmada.",
    ),
    Case(
        "at its very hour, before the look that makes it",
        lambda: replace(life().to(on(2)), now=on(3)),
        all_steps(DONE, DONE, (Outcome.WAITING, None), TO_COME, TO_COME, TO_COME),
        ("vencida-3", on(3), NextWhy.PLANNED),
        "O passo vencida-3 já chegou à sua data e será feito em 13/11/2026 às 9:00, por e-mail.",
    ),
    Case(
        "late for its hour: a run was missed",
        lambda: replace(life().to(on(2)), now=on(3) + timedelta(hours=2)),
        all_steps(DONE, DONE, (Outcome.WAITING, None), TO_COME, TO_COME, TO_COME),
        ("vencida-3", on(3) + timedelta(hours=2), NextWhy.NOW),
        "O passo já chegou à sua data e será feito na próxima avaliação.",
    ),
    Case(
        "deferred by the weekly cap",
        lambda: life(with_ruler(caps=Caps(per_day=1, per_week=2))).to(on(4)),
        all_steps(DONE, DONE, (DEFERRED, Reason.WEEKLY_CAP), TO_COME, TO_COME, TO_COME),
        ("vencida-3", on(6) - timedelta(hours=1), NextWhy.DEFERRAL),
        "O passo vencida-3 foi adiado em 13/11/2026 às 9:00 porque o cliente já tinha recebido o "
        "máximo de contatos em sete dias (regra contact.weekly_cap); volta em 16/11/2026 às 8:00.",
    ),
    Case(
        "made after a deferral",
        lambda: life(with_ruler(caps=Caps(per_day=1, per_week=2))).to(on(6)),
        all_steps(DONE, DONE, DONE, (UPCOMING, None), TO_COME, TO_COME),
        ("vencida-7", on(7), NextWhy.PLANNED),
        "Em 16/11/2026 às 8:00 enviamos o e-mail do passo vencida-3; foi entregue; antes foi "
        "adiado porque o cliente já tinha recebido o máximo de contatos em sete dias.",
    ),
    Case(
        "deferred by the window: a promise ended at midnight",
        lambda: promised(on(9) + MIDNIGHT).to(on(9) + MIDNIGHT + timedelta(minutes=30)),
        all_steps(DONE, DONE, DONE, (DEFERRED, Reason.OUTSIDE_WINDOW), TO_COME, TO_COME),
        ("vencida-7", on(9) - timedelta(hours=1), NextWhy.WINDOW),
        "Antes disso não é permitido contatar o cliente, porque estava fora do horário permitido "
        "para contato.",
    ),
    Case(
        "the hour asked for is before the channel opens",
        lambda: life(customer=any_customer(preferred_hour=6)).to(on(4)),
        all_steps(DONE, DONE, DONE, TO_COME, TO_COME, TO_COME),
        ("vencida-7", on(7) - timedelta(hours=1), NextWhy.WINDOW),
        "Próximo contato: 17/11/2026 às 8:00, por e-mail (passo vencida-7).",
    ),
    Case(
        "the hour the creditor's system says that the customer prefers",
        lambda: life(customer=any_customer(preferred_hour=18)).to(on(4)),
        all_steps(DONE, DONE, DONE, TO_COME, TO_COME, TO_COME),
        ("vencida-7", on(7) + timedelta(hours=9), NextWhy.WISHED),
        "É o dia do passo, no horário que o cliente prefere.",
    ),
    Case(
        "the hour that the customer wished for themselves goes before it",
        lambda: life(customer=any_customer(preferred_hour=18), wishes=Wishes(on(-30), hour=10)).to(
            on(4)
        ),
        all_steps(DONE, DONE, DONE, TO_COME, TO_COME, TO_COME),
        ("vencida-7", on(7) + timedelta(hours=1), NextWhy.WISHED),
        "Próximo contato: 17/11/2026 às 10:00, por e-mail (passo vencida-7).",
    ),
    Case(
        "an hour wished for before the channel opens is within its hours all the same",
        lambda: life(wishes=Wishes(on(-30), hour=6)).to(on(4)),
        all_steps(DONE, DONE, DONE, TO_COME, TO_COME, TO_COME),
        ("vencida-7", on(7) - timedelta(hours=1), NextWhy.WINDOW),
        "Antes disso não é permitido contatar o cliente, porque estava fora do horário permitido "
        "para contato.",
    ),
    Case(
        "the channel that the customer wished for",
        lambda: life(
            TWO_CHANNELS,
            customer=WITH_PHONE,
            wishes=Wishes(on(-30), channel=Channel.SMS),
            given=BOTH,
        ).to(on(4)),
        {"vencida-7": TO_COME},
        ("vencida-7", on(7), NextWhy.PLANNED),
        "É o canal que o cliente prefere.",
    ),
    Case(
        "superseded after a gap",
        lambda: life(start=8).to(on(9)),
        all_steps(REPLACED, REPLACED, REPLACED, DONE, TO_COME, TO_COME),
        ("vencida-15", on(15), NextWhy.PLANNED),
        "O passo vencida-3 não foi feito porque o passo vencida-7 tomou o seu lugar.",
    ),
    Case(
        "held until a day",
        lambda: life().to(on(5)).hold(HoldKind.HELD, on(9) + MIDNIGHT).to(on(8)),
        all_steps(DONE, DONE, DONE, (HELD, Reason.HELD), TO_COME, TO_COME),
        ("vencida-7", on(9) - timedelta(hours=1), NextWhy.WINDOW),
        "O passo vencida-7 não foi feito porque o contato está suspenso desde 15/11/2026; está "
        "previsto para 19/11/2026 às 8:00.",
    ),
    Case(
        "held until an hour of work",
        lambda: life().to(on(5)).hold(HoldKind.HELD, on(9)).to(on(8)),
        all_steps(DONE, DONE, DONE, (HELD, Reason.HELD), TO_COME, TO_COME),
        ("vencida-7", on(9), NextWhy.HOLD_END),
        "Até 19/11/2026 às 9:00 o contato espera porque o contato está suspenso.",
    ),
    Case(
        "deferred to a day on which it is out of place",
        lambda: life(with_ruler(caps=Caps(per_day=1, per_week=1))).to(on(0)),
        all_steps(DONE, (DEFERRED, Reason.WEEKLY_CAP), *[TO_COME] * 4),
        ("vencida-3", on(6) - timedelta(hours=1), NextWhy.DEFERRAL),
        "O passo vencimento foi adiado em 10/11/2026 às 9:00 porque o cliente já tinha recebido o "
        "máximo de contatos em sete dias (regra contact.weekly_cap); depois não será feito porque "
        "outro passo já tomou o seu lugar ou a sua data já passou.",
    ),
    Case(
        "held, then released by itself",
        lambda: life().to(on(5)).hold(HoldKind.HELD, on(16)).to(on(17)),
        all_steps(DONE, DONE, DONE, REPLACED, DONE, TO_COME),
        ("vencida-30", on(30), NextWhy.PLANNED),
        "O passo vencida-7 não foi feito porque o contato estava suspenso de 15/11/2026 a "
        "26/11/2026; depois valeu o passo vencida-15.",
    ),
    Case(
        "disputed",
        lambda: life().to(on(5)).hold(HoldKind.DISPUTED).to(on(8)),
        all_steps(DONE, DONE, DONE, *[(HELD, Reason.DISPUTED)] * 3),
        Silence.DISPUTED,
        "O passo vencida-7 não foi feito porque a fatura está contestada desde 15/11/2026.",
    ),
    Case(
        "a dispute seen again after it was resolved",
        lambda: life().to(on(5)).hold(HoldKind.DISPUTED).to(on(16)).release().to(on(40)),
        all_steps(DONE, DONE, DONE, *[(HELD, Reason.DISPUTED)] * 3),
        Silence.DISPUTED,
        "O passo vencida-7 não foi feito porque a fatura está contestada desde 15/11/2026.",
        at=on(8),
    ),
    Case(
        "held past the day of the next step",
        lambda: life().to(on(5)).hold(HoldKind.HELD, on(16)).to(on(8)),
        all_steps(DONE, DONE, DONE, (HELD, Reason.HELD), TO_COME, TO_COME),
        ("vencida-15", on(16), NextWhy.HOLD_END),
        "O passo vencida-7 não foi feito porque o contato está suspenso desde 15/11/2026; depois "
        "o passo vencida-15 tomará o seu lugar.",
    ),
    Case(
        "a promise stands",
        lambda: promised(on(9)).to(on(8)),
        all_steps(DONE, DONE, DONE, (HELD, Reason.PROMISED), TO_COME, TO_COME),
        ("vencida-7", on(9), NextWhy.HOLD_END),
        "O contato espera desde 15/11/2026 porque o cliente prometeu pagar, até 19/11/2026 às "
        "9:00.",
    ),
    Case(
        "a promise broken",
        lambda: promised(on(9)).to(on(9)),
        all_steps(DONE, DONE, DONE, DONE, TO_COME, TO_COME),
        ("vencida-15", on(15), NextWhy.PLANNED),
        "Em 19/11/2026 às 9:00 a promessa de pagamento foi dada como não cumprida.",
    ),
    Case(
        "a promise kept",
        lambda: promised(on(9)).to(on(6)).pay().release().to(on(9)),
        all_steps(DONE, DONE, DONE, *[(NOT_MEANT, Reason.SETTLED)] * 3),
        Silence.SETTLED,
        "Em 16/11/2026 às 9:00 a promessa de pagamento foi dada como cumprida.",
    ),
    Case(
        "payment in transit",
        lambda: life().to(on(5)).hold(HoldKind.PAYMENT_IN_TRANSIT, on(9)).to(on(8)),
        all_steps(DONE, DONE, DONE, (HELD, Reason.PAYMENT_IN_TRANSIT), TO_COME, TO_COME),
        ("vencida-7", on(9), NextWhy.HOLD_END),
        "O passo vencida-7 não foi feito porque há um pagamento em trânsito desde 15/11/2026; "
        "está previsto para 19/11/2026 às 9:00.",
    ),
    Case(
        "an excluded segment",
        lambda: life(with_segment(Segment("vip", excluded=True))).to(on(4)),
        nobody_is_meant(Reason.EXCLUDED),
        Silence.EXCLUDED,
        "O passo vencida-3, previsto para 13/11/2026, não será feito porque o cliente está em um "
        "segmento que não é contatado.",
    ),
    Case(
        "below the threshold, before anything has come up",
        lambda: life(with_ruler(thresholds=Thresholds(invoice=Money(50000)))).to(on(-10)),
        nobody_is_meant(Reason.BELOW_THRESHOLD),
        Silence.NONE_MEANT,
        "Não há próximo contato: nenhum passo restante será feito, porque o valor em aberto está "
        "abaixo do mínimo para contato.",
    ),
    Case(
        "below the threshold, afterwards",
        lambda: life(with_ruler(thresholds=Thresholds(invoice=Money(50000)))).to(on(40)),
        dict.fromkeys(STEPS, (LEFT, Reason.BELOW_THRESHOLD)),
        Silence.RULER_ENDED,
        "Em 11/12/2026 às 0:00 a fatura, ainda em aberto, chegou ao fim da régua padrao@0.",
    ),
    Case(
        "opted out midway",
        lambda: life().to(on(4)).opt_out().to(on(8)),
        all_steps(
            DONE,
            DONE,
            DONE,
            (Outcome.SUPPRESSED, Reason.OPTED_OUT),
            *[(NOT_MEANT, Reason.OPTED_OUT)] * 2,
        ),
        Silence.NONE_MEANT,
        "O passo vencida-7 não foi enviado em 17/11/2026 às 9:00 porque o cliente pediu para não "
        "ser contatado por este canal (regra contact.opt_out).",
    ),
    Case(
        "before somebody opted out",
        lambda: life().to(on(4)).opt_out().to(on(8)),
        all_steps(DONE, DONE, DONE, TO_COME, TO_COME, TO_COME),
        ("vencida-7", on(7), NextWhy.PLANNED),
        "O passo vencida-7 está previsto para 17/11/2026 às 9:00, por e-mail.",
        at=on(4) - timedelta(minutes=1),
    ),
    Case(
        "the creditor paused its collection",
        lambda: life(given=Circumstances(creditor_paused=True)).to(on(-10)),
        nobody_is_meant(Reason.CREDITOR_PAUSED),
        Silence.NONE_MEANT,
        "O passo lembrete, previsto para 09/11/2026, não será feito porque o credor pausou toda a "
        "cobrança (regra contact.creditor_paused).",
    ),
    Case(
        "another channel follows unless it is delivered",
        lambda: life(TWO_CHANNELS, customer=WITH_PHONE, given=BOTH, carrier=says_nothing).to(on(7)),
        {"vencida-7": DONE},
        ("vencida-7", on(8), NextWhy.NEXT_CHANNEL),
        "Próximo contato: 18/11/2026 às 9:00, por SMS (passo vencida-7).",
    ),
    Case(
        "delivered, so that no other channel is needed",
        lambda: life(TWO_CHANNELS, customer=WITH_PHONE, given=BOTH).to(on(7) + timedelta(hours=1)),
        {"vencida-7": DONE},
        Silence.RULER_ENDED,
        "Não há próximo contato: a régua chegou ao fim.",
    ),
    Case(
        "the next channel was used after a bounce",
        lambda: life(TWO_CHANNELS, customer=WITH_PHONE, given=BOTH, carrier=email_bounces).to(
            on(8)
        ),
        {"vencida-7": DONE},
        Silence.RULER_ENDED,
        "Em 17/11/2026 às 9:01 enviamos o SMS do passo vencida-7; foi entregue.",
    ),
    Case(
        "before the bounce was reported",
        lambda: life(TWO_CHANNELS, customer=WITH_PHONE, given=BOTH, carrier=email_bounces).to(
            on(8)
        ),
        {"vencida-7": DONE},
        Silence.RULER_ENDED,
        "Em 17/11/2026 às 9:00 enviamos o e-mail do passo vencida-7; a entrega ainda não foi "
        "confirmada.",
        at=on(7),
    ),
    Case(
        "bounced, with no other channel",
        lambda: life(carrier=email_bounces).to(on(-1) + timedelta(hours=1)),
        all_steps((Outcome.FAILED, Reason.HARD_BOUNCE), *[TO_COME] * 5),
        ("vencimento", on(0), NextWhy.PLANNED),
        "O e-mail do passo lembrete, de 09/11/2026 às 9:00, falhou porque o endereço não existe "
        "ou não recebe mensagens.",
        at=on(-1) + timedelta(minutes=5),
    ),
    Case(
        "the provider asked to wait",
        lambda: life().to(on(3)).throttle(on(3) + timedelta(hours=3)),
        all_steps(DONE, DONE, (DEFERRED, Reason.PROVIDER_THROTTLED), TO_COME, TO_COME, TO_COME),
        ("vencida-3", on(3) + timedelta(hours=3), NextWhy.DEFERRAL),
        "O contato foi adiado até lá porque o provedor de envio pediu para aguardar.",
    ),
    Case(
        "settled",
        lambda: life().to(on(4)).pay().to(on(8)),
        all_steps(DONE, DONE, DONE, *[(NOT_MEANT, Reason.SETTLED)] * 3),
        Silence.SETTLED,
        "Não haverá mais contato: a fatura está paga.",
    ),
    Case(
        "before it was settled",
        lambda: life().to(on(4)).pay().to(on(8)),
        all_steps(DONE, DONE, DONE, TO_COME, TO_COME, TO_COME),
        ("vencida-7", on(7), NextWhy.PLANNED),
        "Em 14/11/2026 às 8:59 a fatura fat-1 está em aberto, com 4 dias de atraso.",
        at=on(4) - timedelta(minutes=1),
    ),
    Case(
        "cancelled",
        lambda: life().to(on(4)).cancel().to(on(8)),
        all_steps(DONE, DONE, DONE, *[(NOT_MEANT, Reason.CANCELLED)] * 3),
        Silence.CANCELLED,
        "O passo vencida-7, previsto para 17/11/2026, não será feito porque a fatura foi "
        "cancelada.",
    ),
    Case(
        "prescribed",
        lambda: life(RULERS, any_invoice(due_date=DUE.replace(year=2020))).to(on(4)),
        dict.fromkeys(STEPS, (LEFT, Reason.PRESCRIBED)),
        Silence.PRESCRIBED,
        "Não haverá mais contato: a dívida prescreveu e não pode mais ser cobrada.",
    ),
    Case(
        "the ruler is at its end",
        lambda: life().to(on(60)),
        all_steps(*[DONE] * 6),
        Silence.RULER_ENDED,
        "Em 10/12/2026 às 9:00 enviamos o e-mail do passo vencida-30; foi entregue.",
    ),
    Case(
        "not known yet",
        lambda: life().to(on(4)),
        all_steps(*[TO_COME] * 6),
        Silence.NOT_YET_KNOWN,
        "Não há próximo contato: neste instante a fatura ainda não era conhecida.",
        at=on(-60),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_what_happened_at_every_step_and_what_comes_next_is_told(case: Case) -> None:
    explanation = case.lived().explain(case.at)
    assert outcomes(explanation) == case.steps
    if isinstance(case.comes, Silence):
        assert (explanation.next, explanation.silence) == (None, case.comes)
    else:
        assert explanation.next is not None
        following = explanation.next
        assert (following.step_id, following.at, following.why) == case.comes
        assert explanation.silence is None
    assert case.sentence in in_words(explanation, "pt-BR")


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if not isinstance(c.comes, Silence) and c.at is None],
    ids=lambda c: c.name,
)
def test_the_next_contact_that_is_told_is_the_one_that_is_made(case: Case) -> None:
    lived = case.lived()
    following = lived.explain().next
    assert following is not None
    known = len(lived.records)
    lived.to(following.at)
    made = [r for r in lived.records[known:] if r.state is DispatchState.SENT]
    assert [(r.dispatch.step_id, r.dispatch.channel, r.dispatch.decided_at) for r in made] == [
        (following.step_id, following.channel, following.at)
    ]


# ── rulers, versions, segments ──────────────────────────────────────────────────────────────────

NEW = replace(RULER, steps=(*RULER.steps[:3], step("vencida-10", 10), RULER.steps[5]), version=1)


def published(in_flight: InFlight, backfill: Backfill = Backfill.DESERVED_LEVEL) -> Rulers:
    line = Line(NEW, (Activation(1, on(5), day(5), in_flight, backfill),))
    return Rulers({"padrao": line}, Assignment("padrao"), {"padrao@0": RULER})


def test_an_invoice_that_keeps_its_version_is_explained_by_it() -> None:
    told = life().to(on(5)).publish(published(InFlight.KEEP)).to(on(8)).explain()
    assert (told.follows.version, told.follows.why) == (0, RulerWhy.DEFAULT)
    assert [s.step_id for s in told.steps] == STEPS
    assert line_of(told, "vencida-7").outcome is MADE


def test_a_migrated_invoice_is_explained_by_the_new_version_at_the_place_it_had_reached() -> None:
    lived = life().to(on(5)).publish(published(InFlight.MIGRATE)).to(on(8))
    told = lived.explain()
    assert told.follows.version == 1
    assert outcomes(told) == {
        "lembrete": DONE,
        "vencimento": DONE,
        "vencida-3": DONE,
        "vencida-10": TO_COME,
        "vencida-30": TO_COME,
    }
    assert told.next is not None
    assert told.next.step_id == "vencida-10"


def test_before_the_new_version_an_invoice_is_explained_by_the_old_one() -> None:
    lived = life().to(on(5)).publish(published(InFlight.MIGRATE)).to(on(20))
    told = lived.explain(on(4))
    assert told.follows.version == 0
    assert [s.step_id for s in told.steps] == STEPS
    assert told.next is not None
    assert (told.next.step_id, told.next.at) == ("vencida-7", on(7))


def test_a_restarted_invoice_tells_earlier_contacts_apart_from_those_to_come() -> None:
    lived = life().to(on(5)).publish(published(InFlight.RESTART)).to(on(5))
    told = lived.explain()
    assert [line.step_id for line in told.earlier] == ["lembrete", "vencimento", "vencida-3"]
    assert line_of(told, "vencida-3").outcome is Outcome.WAITING
    assert told.next is not None
    assert told.next.step_id == "vencida-3"


def test_steps_of_days_before_activation_are_told_as_such() -> None:
    lived = life(start=4)
    lived.account = any_account(any_invoice(place=Place(ruler="padrao@0", from_on=day(4))))
    lived.publish(RULERS)
    told = lived.explain()
    assert outcomes(told) == all_steps(
        *[(Outcome.BEFORE_ACTIVATION, None)] * 3, TO_COME, TO_COME, TO_COME
    )
    assert (
        "O passo vencida-3 não foi feito porque a sua data (13/11/2026) é anterior à entrada da "
        "fatura nesta versão da régua." in in_words(told)
    )


OTHER = replace(RULER, name="outra")
LATE_ONES = Segment("atrasados", Conditions(min_overdue_invoices=1), "outra")


@pytest.mark.parametrize(
    ("invoice", "customer", "segment", "name", "why"),
    [
        ("outra", None, Segment("todos"), "outra", RulerWhy.INVOICE),
        (None, "outra", Segment("todos"), "outra", RulerWhy.CUSTOMER),
        (None, None, LATE_ONES, "outra", RulerWhy.SEGMENT),
        (None, None, Segment("todos"), "padrao", RulerWhy.DEFAULT),
        ("padrao", "outra", LATE_ONES, "padrao", RulerWhy.INVOICE),
        ("nenhuma", None, Segment("todos"), "padrao", RulerWhy.DEFAULT),
    ],
)
def test_why_an_invoice_follows_its_ruler_is_told(
    invoice: str | None, customer: str | None, segment: Segment, name: str, why: RulerWhy
) -> None:
    lived = life(
        with_segment(segment, OTHER),
        any_invoice(ruler=invoice),
        customer=any_customer(ruler=customer),
        start=2,
    )
    told = lived.explain()
    assert (told.follows.name, told.follows.why) == (name, why)


def test_what_put_a_customer_into_a_segment_is_told_with_what_was_found() -> None:
    told = life(with_segment(LATE_ONES, OTHER), start=2).explain()
    assert [(b.condition, b.asked, b.found) for b in told.follows.because] == [
        ("min_overdue_invoices", "1", "1")
    ]
    assert (
        "Ela segue a régua outra, versão 0, porque o cliente está no segmento atrasados (faturas "
        "vencidas: 1 (mínimo 1))." in in_words(told)
    )


def test_an_invoice_that_moved_to_another_ruler_is_explained_by_each_at_its_time() -> None:
    lived = life(with_segment(LATE_ONES, OTHER)).to(on(4))
    assert lived.explain().follows.name == "outra"
    assert lived.explain(on(0)).follows.name == "padrao"
    assert (
        "Em 11/11/2026 às 0:00 a fatura passou da régua padrao@0 para a régua outra@0."
        in in_words(lived.explain())
    )


def test_a_settled_invoice_is_explained_by_the_ruler_that_it_was_on() -> None:
    lived = life().to(on(4)).pay().publish(with_segment(Segment("todos", ruler="outra"), OTHER))
    told = lived.explain()
    assert (told.follows.name, told.follows.why) == ("padrao", RulerWhy.EARLIER)


def test_a_deferred_step_that_a_new_version_leaves_behind_is_told_as_before_it() -> None:
    lived = life(with_ruler(caps=Caps(per_day=1, per_week=2))).to(on(4))
    lived.publish(_published_at(lived, InFlight.MIGRATE, Backfill.FROM_NOW)).to(on(6))
    line = line_of(lived.explain(), "vencida-3")
    assert line.outcome is Outcome.BEFORE_ACTIVATION
    assert [c.state for c in line.contacts] == [DispatchState.DEFERRED]


def test_a_payment_taken_back_is_told_with_its_payment() -> None:
    lived = life().to(on(4)).pay().to(on(5))
    lived.change(lived.find().with_reversal(PaymentId("pag-1"), lived.now, "estorno"))
    told = lived.to(on(6)).explain()
    assert [h.code for h in told.happenings] == ["payment", "payment_reversed"]
    assert told.status.value == "open"
    assert lived.explain(on(4)).status.value == "settled"


def test_a_contact_by_a_person_counts_for_the_caps_of_its_time() -> None:
    lived = life(with_ruler(caps=Caps(per_day=1, per_week=3))).to(on(2))
    lived.report(ResultCode.VOICEMAIL).to(on(40))
    following = lived.explain(on(2) + timedelta(hours=1)).next
    assert following is not None
    assert (following.step_id, following.why) == ("vencida-3", NextWhy.DEFERRAL)


def test_a_next_channel_is_told_at_an_earlier_instant_as_well() -> None:
    [first] = TWO_CHANNELS.default.steps
    ruler = replace(TWO_CHANNELS.default, steps=(first, step("vencida-20", 20)))
    lived = life(Rulers.only(ruler), customer=WITH_PHONE, given=BOTH, carrier=email_bounces).to(
        on(40)
    )
    told = lived.explain(on(9))
    line = line_of(told, "vencida-7")
    assert [(c.channel, c.state) for c in line.contacts] == [
        (Channel.EMAIL, DispatchState.FAILED),
        (Channel.SMS, DispatchState.SENT),
    ]
    assert (line.outcome, line.channel) == (MADE, Channel.SMS)
    assert told.next is not None
    assert told.next.step_id == "vencida-20"


def test_every_condition_that_is_asked_is_told() -> None:
    asked = Conditions(min_open_amount=Money(100), tags_any=frozenset({"b", "a"}), max_times_late=3)
    facts = Facts("person", tags=frozenset({"a"}), open_amount=Money(500), times_late=2)
    assert [(b.condition, b.asked, b.found) for b in reasons_for(asked, facts)] == [
        ("tags_any", "a,b", "a"),
        ("min_open_amount", "100", "500"),
        ("max_times_late", "3", "2"),
    ]


def test_a_stepwise_ruler_tells_that_a_step_counts_from_the_contact_before() -> None:
    lived = life(with_ruler(escalation=Escalation.STEPWISE), start=5).to(on(6))
    told = lived.explain()
    assert told.next is not None
    assert (told.next.step_id, told.next.why) == ("vencida-7", NextWhy.GAP)
    assert line_of(told, "vencida-7").planned_on > day(7)


def test_every_repetition_of_a_step_has_a_line_of_its_own() -> None:
    ruler = Ruler("repete", (step("cobra", 3, repeat=Repeat(5, 3)),))
    told = life(Rulers.only(ruler)).to(on(8)).explain()
    assert outcomes(told) == {"cobra": DONE, "cobra.2": DONE, "cobra.3": TO_COME}


def test_a_step_that_counts_from_one_made_late_is_told_for_its_moved_day() -> None:
    ruler = Ruler("anda", (step("um", 3), step("dois", 4, anchor=Anchor.PREVIOUS_STEP)))
    told = life(Rulers.only(ruler), start=6).to(on(6)).explain()
    assert told.next is not None
    assert (told.next.step_id, told.next.at) == ("dois", on(13))


def test_a_due_date_moved_later_leaves_what_was_said_about_the_old_one_as_earlier() -> None:
    lived = life().to(on(4))
    moved = replace(lived.find(), due_date=day(20), issued_at=on(4))
    lived.change(lived.find().updated(moved))
    told = lived.to(on(5)).explain()
    assert {line.outcome for line in told.steps} == {UPCOMING}
    assert [line.step_id for line in told.earlier] == ["lembrete", "vencimento", "vencida-3"]
    assert in_words(told)[2].startswith(
        "Antes do ponto atual da régua: em 09/11/2026 às 9:00 enviamos"
    )


# ── rules, records under way, what is not on record ─────────────────────────────────────────────


def test_what_stood_in_the_way_names_its_rule_with_sentence_and_source() -> None:
    told = life().to(on(4)).opt_out().to(on(8)).explain()
    rule = line_of(told, "vencida-7").rule
    assert rule is not None
    assert rule.code == "contact.opt_out"
    assert "RFC 8058" in rule.source


def test_what_rests_names_the_rule_of_its_kind() -> None:
    told = life().to(on(5)).hold(HoldKind.DISPUTED).to(on(8)).explain()
    rule = line_of(told, "vencida-7").rule
    assert rule == rule_of("hold.dispute")
    assert rule is not None
    assert "CDC" in rule.source


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            DispatchState.PLANNED,
            "O e-mail do passo vencida-3 foi decidido em 13/11/2026 às 9:00 e aguarda o envio.",
        ),
        (
            DispatchState.CLAIMED,
            "O e-mail do passo vencida-3 foi iniciado em 13/11/2026 às 9:00 e aguarda confirmação.",
        ),
    ],
)
def test_a_contact_under_way_is_waiting(state: DispatchState, sentence: str) -> None:
    lived = life().to(on(3))
    last = lived.records[-1]
    lived.records[-1] = DispatchRecord(last.dispatch, state)
    told = lived.explain()
    assert line_of(told, "vencida-3").outcome is Outcome.WAITING
    assert sentence in in_words(told)


@pytest.mark.parametrize(
    ("claimed_after", "state"), [(0, DispatchState.CLAIMED), (10, DispatchState.PLANNED)]
)
def test_a_contact_that_was_sent_after_the_instant_was_still_under_way(
    claimed_after: int, state: DispatchState
) -> None:
    lived = life().to(on(3))
    lived.records[-1] = replace(
        lived.records[-1],
        claimed_at=on(3) + timedelta(minutes=claimed_after),
        sent_at=on(3) + timedelta(minutes=10),
    )
    lived.to(on(5))
    line = line_of(lived.explain(on(3) + timedelta(minutes=1)), "vencida-3")
    assert (line.outcome, line.at) == (Outcome.WAITING, on(3))
    assert line.told is not None
    assert line.told.state is state


def test_a_contact_published_by_an_evaluation_that_never_advanced_is_told_all_the_same() -> None:
    lived = life().to(on(2))
    before = copy(lived)
    sent = lived.to(on(3)).records[-1]
    before.now, before.records = on(3), [*lived.records[:-1], sent]
    told = before.explain()
    assert line_of(told, "vencida-3").dispatch_id == sent.dispatch.dispatch_id


def test_a_contact_stopped_by_a_hold_when_it_was_to_be_sent_leaves_its_step_held() -> None:
    lived = life().to(on(3)).throttle(on(3))
    lived.records[-1] = replace(
        lived.records[-1], state=DispatchState.SUPPRESSED, reason=Reason.HELD, until=None
    )
    told = lived.hold(HoldKind.HELD, on(5)).explain()
    assert outcomes(told)["vencida-3"] == (HELD, Reason.HELD)


def test_a_step_that_nothing_is_on_record_about_says_so() -> None:
    lived = life(RULERS, any_invoice(place=Place("vencimento", day(0), ruler="padrao@0")), start=1)
    told = lived.explain()
    assert outcomes(told)["vencimento"] == (LEFT, None)
    assert "O passo vencimento não foi feito porque o motivo não está registrado." in in_words(told)


def test_an_open_of_a_machine_is_not_told_as_read() -> None:
    lived = life().to(on(4))
    last = lived.records[-1].dispatch.dispatch_id
    scanned = MessageEvent(last, EventKind.OPENED, on(4), "x", {"label": "security_scanner"})
    lived.facts[last].append(scanned)
    assert line_of(lived.explain(), "vencida-3").told.seen == {Seen.DELIVERED}  # type: ignore[union-attr]


def test_a_moment_to_come_is_answered_for_now() -> None:
    lived = life().to(on(4))
    assert lived.explain(on(99)) == lived.explain()


# ── a customer ──────────────────────────────────────────────────────────────────────────────────


def test_a_customer_is_told_invoice_by_invoice_with_the_next_contact_over_all() -> None:
    later = any_invoice("fat-2", due_date=day(6))
    told = life(RULERS, any_invoice(), later).to(on(4)).explain_customer()
    assert [e.invoice_id for e in told.invoices] == ["fat-1", "fat-2"]
    assert told.next is not None
    assert (told.next.step_id, told.next.invoices) == ("vencimento", ["fat-2"])


def test_one_contact_about_several_invoices_is_told_with_their_number() -> None:
    same = any_invoice("fat-2")
    told = life(RULERS, any_invoice(), same).to(on(4)).explain_customer()
    assert told.next is not None
    assert told.next.invoices == ["fat-1", "fat-2"]
    assert (
        "Próximo contato: 17/11/2026 às 9:00, por e-mail (passo vencida-7), sobre 2 faturas."
        in in_words(told)
    )


def test_a_customer_who_owes_nothing_is_told_so_and_what_was_settled_is_kept() -> None:
    told = life().to(on(4)).pay().explain_customer()
    assert (told.next, told.silence) == (None, Silence.NOTHING_OPEN)
    assert [e.status.value for e in told.invoices] == ["settled"]


def test_a_hold_over_all_and_an_opt_out_are_told_of_the_customer() -> None:
    lived = life().to(on(4)).opt_out().hold(HoldKind.HELD, on(20), invoice_id=None)
    told = lived.explain_customer()
    assert [r.kind for r in told.resting] == [HoldKind.HELD]
    assert [h.code for h in told.happenings] == [NoteKind.HOLD_PLACED.value]
    assert "O cliente pediu para não ser contatado por e-mail." in in_words(told)


def test_a_disputed_customer_is_silent_for_that_reason() -> None:
    told = life().to(on(5)).hold(HoldKind.DISPUTED, invoice_id=None).explain_customer()
    assert told.silence is Silence.DISPUTED


def test_an_invoice_settled_since_was_open_then() -> None:
    lived = life().to(on(4)).pay().to(on(30))
    told = lived.explain_customer(on(3))
    assert [e.status.value for e in told.invoices] == ["open"]
    assert told.next is not None
    assert told.next.at == on(7)


def test_nothing_that_names_a_person_is_told() -> None:
    lived = life().to(on(5)).hold(HoldKind.HELD, on(9)).to(on(8))
    for told in (lived.explain(), lived.explain_customer()):
        text = repr((told, as_document(told), in_words(told)))
        assert "Maria" not in text
        assert "example.com.br" not in text


# ── properties ──────────────────────────────────────────────────────────────────────────────────

Act = Callable[[Life], object]
ACTS: Mapping[str, Act] = {
    "nothing": lambda lived: lived,
    "hold": lambda lived: lived.hold(HoldKind.HELD, lived.now + timedelta(days=4)),
    "dispute": lambda lived: lived.hold(HoldKind.DISPUTED),
    "release": lambda lived: lived.release(),
    "part": lambda lived: lived.pay(100, f"pag-{lived.now.isoformat()}"),
    "pay": lambda lived: lived.pay(),
    "cancel": lambda lived: lived.cancel(),
    "opt out": lambda lived: lived.opt_out(),
    "call": lambda lived: lived.report(ResultCode.VOICEMAIL),
    "call in vain": lambda lived: lived.report(ResultCode.BUSY),
    "migrate": lambda lived: lived.publish(
        _published_at(lived, InFlight.MIGRATE, Backfill.DESERVED_LEVEL)
    ),
    "migrate from now": lambda lived: lived.publish(
        _published_at(lived, InFlight.MIGRATE, Backfill.FROM_NOW)
    ),
    "restart": lambda lived: lived.publish(
        _published_at(lived, InFlight.RESTART, Backfill.STEPWISE)
    ),
}


def _published_at(lived: Life, in_flight: InFlight, backfill: Backfill) -> Rulers:
    """Publish another version of the ruler, once."""
    rulers, at = lived.rulers, lived.now
    if rulers.earlier:
        return rulers
    made = Activation(1, at, at.date(), in_flight, backfill)
    new = replace(rulers.default, steps=NEW.steps, version=1)
    return Rulers(
        {**rulers.lines, "padrao": Line(new, (made,))},
        rulers.assignment,
        {"padrao@0": rulers.default},
    )


lives = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(sorted(ACTS))), min_size=1, max_size=6
)
TRIED = {
    "usual": RULERS,
    "one a week": with_ruler(caps=Caps(per_day=1, per_week=1)),
    "threshold": with_ruler(thresholds=Thresholds(invoice=Money(14950))),
    "stepwise": with_ruler(escalation=Escalation.STEPWISE),
    "late ones apart": with_segment(LATE_ONES, OTHER),
    "counted on": with_ruler(
        steps=(
            *RULER.steps[:3],
            step("quarta", 4, anchor=Anchor.PREVIOUS_STEP),
            step("cobra", 5, anchor=Anchor.PREVIOUS_STEP, repeat=Repeat(6, 2)),
            RULER.steps[5],
        )
    ),
}
names = st.sampled_from(sorted(TRIED))


def lived_through(name: str, acts: Sequence[tuple[int, str]], start: int) -> list[Life]:
    """Return copies of one life, as it stood after each of its acts."""
    lived = life(TRIED[name], any_invoice(), any_invoice("fat-2", due_date=day(3)), start=start)
    stages = []
    for days, act in acts:
        lived.to(lived.now + timedelta(days=days, minutes=30))
        ACTS[act](lived)
        lived.to(lived.now + timedelta(minutes=1))
        stages.append(
            replace(
                lived,
                records=list(lived.records),
                facts={k: list(v) for k, v in lived.facts.items()},
                notes=list(lived.notes),
                closed=dict(lived.closed),
                account=lived.account,
            )
        )
    return stages


@given(name=names, acts=lives, start=st.integers(-12, 20))
def test_every_step_of_the_ruler_is_told_exactly_once(
    name: str, acts: Sequence[tuple[int, str]], start: int
) -> None:
    for lived in lived_through(name, acts, start):
        for invoice_id in ("fat-1", "fat-2"):
            told = lived.explain(invoice_id=invoice_id)
            ruler = lived.rulers.at(f"{told.follows.name}@{told.follows.version}")
            assert ruler is not None
            assert sorted(s.step_id for s in told.steps) == sorted(s.id for s in ruler.all_steps)
            assert (told.next is None) is (told.silence is not None)


@given(name=names, acts=lives, start=st.integers(-12, 20))
def test_what_is_told_of_an_instant_never_changes_afterwards(
    name: str, acts: Sequence[tuple[int, str]], start: int
) -> None:
    stages = lived_through(name, acts, start)
    last = stages[-1]
    for lived in stages:
        for invoice_id in ("fat-1", "fat-2"):
            then, later = lived.explain(invoice_id=invoice_id), last.explain(lived.now, invoice_id)
            assert _known_for_sure(later) == _known_for_sure(then)


def _known_for_sure(told: Explanation) -> Explanation:
    """Leave out what depends on when the account was to be looked at next, which nothing keeps.

    It may drop a step that is out of place by itself, or together with the one made instead.
    """
    waiting = {Outcome.DEFERRED, Outcome.HELD, Outcome.NOT_MEANT}
    steps = [
        replace(line, overtaken_by=None, dropped=None) if line.outcome in waiting else line
        for line in told.steps
    ]
    following = told.next
    if following is not None and following.why in {NextWhy.WINDOW, NextWhy.DEFERRAL}:
        following = replace(following, why=NextWhy.PLANNED, reason=None, rule_code=None)
    return replace(told, steps=steps, next=following)


@given(name=names, acts=lives, start=st.integers(-12, 20), back=st.integers(0, 40 * 24))
def test_nothing_later_than_the_instant_is_mentioned(
    name: str, acts: Sequence[tuple[int, str]], start: int, back: int
) -> None:
    lived = lived_through(name, acts, start)[-1]
    at = lived.now - timedelta(hours=back)
    told = lived.explain(at)
    happened = [c.at for line in (*told.steps, *told.earlier) for c in line.contacts]
    happened += [h.at for h in told.happenings]
    assert all(moment <= at for moment in happened)
    past = {Outcome.MADE, Outcome.SUPPRESSED, Outcome.FAILED, Outcome.LEFT_OUT}
    for line in told.steps:
        if line.outcome in past:
            assert line.at is None or line.at <= at
        elif line.outcome in {Outcome.UPCOMING, Outcome.NOT_MEANT} and line.at is not None:
            assert line.at >= at
    known = {r.dispatch.dispatch_id for r in lived.records if r.dispatch.decided_at > at}
    told_ids = {c.dispatch_id for line in (*told.steps, *told.earlier) for c in line.contacts}
    assert not known & told_ids


@given(name=names, acts=lives, start=st.integers(-12, 20))
def test_the_next_contact_told_is_the_next_one_made(
    name: str, acts: Sequence[tuple[int, str]], start: int
) -> None:
    lived = lived_through(name, acts, start)[-1]
    following, known = lived.explain().next, len(lived.records)
    lived.to(lived.now + timedelta(days=90))
    made = [
        r.dispatch.decided_at
        for r in lived.records[known:]
        if r.state is DispatchState.SENT
        and any(i.external_id == "fat-1" for i in r.dispatch.invoices)
    ]
    assert (following.at if following else None) == next(iter(made), None)
