"""What users of other systems asked for or complained about, one test each.

The numbers and the sources are those of the survey that this engine was designed from. Days count
from the due date, Tuesday, 10 November 2026; the calendar is in `cases`.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from regua.adapters import pt_br
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.explain_phrases import LANGUAGES, WORDS
from regua.domain.circumstances import USUAL
from regua.domain.conditions import Conditions
from regua.domain.decision import Decision, decide
from regua.domain.dispatch import DispatchState
from regua.domain.errors import InvalidInput
from regua.domain.holds import (
    MAX_HOLD_DAYS,
    HoldKind,
    PromiseLimits,
    check_promise,
    check_until,
)
from regua.domain.ids import InvoiceId
from regua.domain.invoice import PaymentOptions
from regua.domain.late_charges import CONSUMER_TERMS
from regua.domain.money import ZERO, Money
from regua.domain.notes import NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Caps, Escalation, Hours
from regua.domain.rulers import Backfill, InFlight, Rulers, Segment
from regua.domain.schedule import scheduled
from regua.domain.second_look import why_not_any_more
from regua.domain.steps import Look
from regua.domain.time_zones import ZONE_OF_UF, possible_zones
from tests.builders import any_account, any_customer, any_invoice, any_payment
from tests.unit.domain.engine.cases import (
    EMAIL,
    EVERYTHING,
    PADRAO,
    SMS,
    Case,
    Course,
    Owed,
    at,
    day,
    hold,
    ladder,
    lived,
    made_in,
    nothing,
    paid,
    rewritten,
    ruler,
    rulers,
    step,
    ticked,
)
from tests.unit.email.builders import any_content, any_line

FAT = InvoiceId("fat")
ONLY = Rulers.only(PADRAO)
WHOLE_PLAN = ["lembrete", "vencimento", "vencida-3", "vencida-7", "vencida-15", "vencida-30"]
MIXED = ruler(*ladder(-15, -7, -2, 0, 1, 5, 9, 16, 27, 35, 60), caps=Caps(per_day=1, per_week=7))


def decided(
    *owes: Owed,
    when: int = 3,
    hour: int = 9,
    of: Rulers = ONLY,
    **fields: Any,  # noqa: ANN401 - any field
) -> Decision:
    """Decide an account that owes this."""
    return Case("", nothing(), (when, hour), owes, of, **fields).decide()


def about(decision: Decision) -> dict[str, str]:
    """Return the invoices a contact is made about, each with its step."""
    dispatch = decision.to_publish
    return {} if dispatch is None else {i.external_id: i.step_id for i in dispatch.invoices}


def left_out(decision: Decision) -> dict[str, Reason]:
    assert decision.dispatch is not None
    return {x.step_id: x.reason for x in decision.dispatch.left_out}


# ── stop, pause, dispute ────────────────────────────────────────────────────────────────────────


def test_complaint_01_a_pause_has_an_end_a_reason_a_history_and_releases_itself() -> None:
    """1. Temporary dunning block with end date, reason, history, auto-release.

    Source: OCA/credit-control#208 (closed unmerged).
    """
    pause = hold(until=(8, 12), about="fat")
    waits: dict[str, Any] = {"account": {"holds": (pause,)}}
    assert (pause.until, pause.reason, pause.by) == (
        at(8, 12),
        "combinado por telefone",
        "atendimento",
    )
    during = decided(Owed(last="vencida-3"), when=7, **waits)
    assert during.dispatch is None
    assert during.account.next_evaluation_at == at(8, 12)
    after = decided(Owed(last="vencida-3"), when=8, hour=12, **waits)
    assert about(after) == {"fat": "vencida-7"}
    assert after.account.holds == ()
    (note,) = after.notes
    assert (note.kind, note.at, note.invoice_id, note.facts["hold_id"]) == (
        NoteKind.HOLD_ENDED,
        at(8, 12),
        "fat",
        pause.hold_id,
    )


def test_complaint_02_the_level_is_the_one_the_delay_deserves_and_it_shows_why() -> None:
    """2. Jump to the level the delay deserves, not the next one.

    Source: OCA/credit-control#35 (closed as hard to explain), `apply_max_policy_level` in #518.
    """
    catch_up = decided(Owed(last="vencimento"), when=16)
    assert about(catch_up) == {"fat": "vencida-15"}
    assert left_out(catch_up) == dict.fromkeys(("vencida-3", "vencida-7"), Reason.SUPERSEDED)
    one_by_one = Rulers.only(replace(PADRAO, escalation=Escalation.STEPWISE))
    stepwise = decided(Owed(last="vencimento"), when=16, of=one_by_one)
    assert about(stepwise) == {"fat": "vencida-3"}
    assert left_out(stepwise) == {}


def test_complaint_03_there_are_levels_before_the_due_date() -> None:
    """3. Preventive (before due) levels.

    Source: OCA/credit-control#79 (merged to 12.0, lost in 13.0-16.0).
    """
    course = Course("", (), ruler=ruler(*ladder(-5, -1)), first=(-12, 0))
    assert course.lived() == ((-5, 9, "d-5"), (-1, 9, "d-1"))


def test_complaint_04_an_address_that_is_blocked_ends_the_contact_instead_of_queueing_it() -> None:
    """4. Blacklisted address left "queued" forever; wrong line states.

    Source: OCA/credit-control#447, #542.
    """
    bounced = frozenset({"maria@cliente.example.com.br"})
    decision = decided(Owed(last="vencimento"), account={"suppressed_addresses": bounced})
    assert decision.to_publish is None
    assert decision.dispatch is not None
    assert decision.dispatch.ending is not None
    assert decision.dispatch.ending.state is DispatchState.SUPPRESSED
    assert decision.dispatch.ending.reason is Reason.ADDRESS_SUPPRESSED
    account = decision.account
    assert account.invoices[FAT].place.step_id == "vencida-3", "dealt with, not waiting"
    assert account.next_evaluation_at == at(7, 9), "and the ruler goes on"


def test_complaint_05_speaking_of_one_invoice_hides_none_of_the_others() -> None:
    """5. Reminding one invoice silently hides the customer's others.

    Source: OCA/credit-control#460.
    """
    first = decided(Owed("a", last="vencimento"), Owed("b", due=2, last="lembrete"), when=3)
    assert about(first) == {"a": "vencida-3"}
    _, later = lived(first.account, ONLY, at(3, 10), at(40))
    spoken_of = [about(d) for d in later if d.to_publish]
    assert [s["b"] for s in spoken_of if "b" in s] == WHOLE_PLAN[2:]
    assert [s["a"] for s in spoken_of if "a" in s] == WHOLE_PLAN[3:]


def test_complaint_06_a_disputed_invoice_is_taken_out_of_the_shared_reminder() -> None:
    """6. Take a disputed or late-sent invoice out of a consolidated reminder.

    Source: OCA/credit-control#170.
    """
    three = tuple(Owed(n, last="vencimento") for n in ("certa", "contestada", "tardia"))
    rests = (
        hold(HoldKind.DISPUTED, None, "contestada"),
        hold(HoldKind.HELD, (20, 0), "tardia"),
    )
    assert about(decided(*three, account={"holds": rests})) == {"certa": "vencida-3"}


def test_complaint_07_an_invoice_that_is_too_recent_is_not_swept_in() -> None:
    """7. Too recent invoices swept into the reminder.

    Source: OCA/credit-control#139.
    """
    decision = decided(
        Owed("velha", last="vencida-15"), Owed("nova", due=29, last="vencimento"), when=30
    )
    assert about(decision) == {"velha": "vencida-30"}
    assert decision.account.invoices[InvoiceId("nova")].place.step_id == "vencimento"


def test_complaint_08_after_a_reminder_nothing_asks_for_another() -> None:
    """8. Screen says "overdue, remind" although a reminder just went.

    Source: OCA/credit-control#328.
    """
    made = decided(Owed(last="vencimento"))
    assert about(made) == {"fat": "vencida-3"}
    assert made.account.next_evaluation_at == at(7, 9), "what comes next, and when"
    assert decide(made.account, ONLY, at(3, 9, 1)).dispatch is None


def test_complaint_09_every_reminder_is_found_from_its_invoice() -> None:
    """9. Every reminder must show in the invoice's history.

    Source: OCA/credit-control#505.
    """
    account = any_account(*(any_invoice(n) for n in ("a", "b")))
    _, decisions = lived(account, ONLY, at(-10), at(40))
    for name in ("a", "b"):
        history = [about(d)[name] for d in decisions if name in about(d)]
        assert history == WHOLE_PLAN


def test_complaint_10_what_was_cancelled_warns_nobody() -> None:
    """10. Cancelled credit notes trigger false "unreconciled" warnings.

    Source: OCA/credit-control#568.
    """
    cancelled = any_invoice().cancelled(at(-5), "nota de crédito")
    account = scheduled(any_account(any_invoice()).with_invoice(cancelled), ONLY, at(-5))
    assert account.next_evaluation_at is None
    later = decide(account, ONLY, at(30))
    assert (later.dispatch, later.newly_overdue, later.notes) == (None, (), ())


def test_complaint_11_every_pause_says_in_words_what_it_is() -> None:
    """11. Flags nobody understands ("manually overridden" vs "manual follow-up").

    Source: OCA/account-financial-tools#688. Answered by the words of explanations.
    """
    reasons = [kind.reason for kind in HoldKind]
    assert len(set(reasons)) == len(HoldKind), "one reason code for each"
    for language in LANGUAGES:
        words = [WORDS[language].reasons[reason] for reason in reasons]
        assert len(set(words)) == len(words)
        assert all(len(w.split()) >= 3 for w in words), "a sentence, not a flag"


def test_complaint_12_a_customer_has_collection_addresses_and_a_ruler_of_its_own() -> None:
    """12. Separate collection contact e-mail, default policy, notes.

    Source: OCA/account-financial-tools#819.
    """
    emails = ("cobranca@cliente.example.com.br", "geral@cliente.example.com.br")
    theirs = ruler(step("do-cliente", 3), name="especial")
    decision = decided(
        Owed(new=True),
        of=rulers(PADRAO, theirs),
        customer={"emails": emails, "ruler": "especial"},
        account={"holds": (hold(until=(3, 1)),)},
    )
    assert decision.account.usable_address(EMAIL) == "cobranca@cliente.example.com.br"
    assert about(decision) == {"fat": "do-cliente"}
    assert [n.kind for n in decision.notes] == [NoteKind.HOLD_ENDED], "what was agreed is noted"


def test_complaint_13_the_message_has_a_table_of_the_debts() -> None:
    """13. Table of the debts inside the mail.

    Source: OCA/credit-control#262. Answered by the e-mail's templates.
    """
    lines = tuple(any_line(15, n, original_centavos=10000 * n) for n in (1, 2, 3))
    content = replace(any_content("atraso_prolongado"), lines=lines)
    rendered = JinjaEmailRenderer().render(content)
    for part in (rendered.html, rendered.text):
        squeezed = " ".join(part.replace("\xa0", " ").split())
        for line in lines:
            assert line.number in squeezed
            assert pt_br.brl(line.total_centavos).replace("\xa0", " ") in squeezed
        assert pt_br.brl(content.total_centavos).replace("\xa0", " ") in squeezed


def test_complaint_14_one_invoice_can_be_paused_and_one_client_never_contacted() -> None:
    """14. Pause per invoice / never for this client.

    Source: invoiceninja#4293, #1578.
    """
    two = Owed("a", last="vencimento"), Owed("b", last="vencimento")
    paused = decided(*two, account={"holds": (hold(about="a"),)})
    assert about(paused) == {"b": "vencida-3"}
    never = Segment("nunca", Conditions(tags_any=frozenset({"nunca-cobrar"})), excluded=True)
    of = rulers(PADRAO, segments=(never,))
    left_alone = Course("", (), ruler=of, customer={"tags": ("nunca-cobrar",)}, last=(60, 0))
    assert left_alone.lived() == ()
    assert Course("", (), ruler=of, last=(5, 0)).lived() != ()


# ── correct timing, no duplicates ───────────────────────────────────────────────────────────────


def test_complaint_15_running_every_hour_charges_and_says_nothing_twice() -> None:
    """15. Late fee added every hour because cron ran hourly.

    Source: invoiceninja#2330.
    """
    account = any_account(Owed("fat", last="vencimento").invoice(ONLY))
    owed = account.invoices[FAT].payoff(day(3), CONSUMER_TERMS)
    after, decisions = lived(account, ONLY, at(3), at(3, 23))
    assert made_in(decisions) == ["vencida-3"]
    assert after.invoices[FAT].payoff(day(3), CONSUMER_TERMS) == owed
    assert owed.late_fine == Money(300), "2 % of R$ 149,90, once"


@pytest.mark.parametrize("missed", range(3, 15))
def test_complaint_16_a_missed_day_is_caught_up(missed: int) -> None:
    """16. Missed day never caught up.

    Source: invoiceninja#637, #2311.
    """
    course = Course("", (), runs=lambda days: days != missed)
    steps = [name for _, _, name in course.lived()]
    assert steps == WHOLE_PLAN


@pytest.mark.parametrize("uf", sorted(ZONE_OF_UF))
def test_complaint_17_no_time_zone_stops_or_shifts_a_reminder(uf: str) -> None:
    """17. Time-zone offset stopped all reminders; due date off by one.

    Source: invoiceninja#8665, fix #8672; #792.
    """
    account = any_account(any_invoice(), customer=any_customer(uf=uf))
    _, decisions = lived(account, ONLY, at(-10), at(40))
    assert made_in(decisions) == WHOLE_PLAN
    days = [d.dispatch.decided_on for d in decisions if d.dispatch and d.to_publish]
    assert days == [day(d) for d in (-1, 0, 3, 7, 15, 30)]
    for decision in decisions:
        if decision.to_publish:
            for zone in possible_zones(uf):
                local = decision.to_publish.decided_at.astimezone(ZoneInfo(zone))
                assert 8 <= local.hour < 20


def test_complaint_18_no_past_due_mail_the_morning_after_the_first_send() -> None:
    """18. "Past due" mail the morning after the first send.

    Source: invoiceninja#9312.
    """
    made = decided(Owed(last="lembrete", announced=False), when=0)
    assert about(made) == {"fat": "vencimento"}
    account, next_days = lived(made.account, ONLY, at(0, 10), at(2, 23))
    assert made_in(next_days) == []
    assert account.next_evaluation_at == at(3, 9)


def test_complaint_19_however_often_it_runs_each_mail_goes_once() -> None:
    """19. Same "invoice due" mail every cron run / four copies.

    Source: FOSSBilling#4024, #3726.
    """
    account, now = scheduled(any_account(any_invoice()), ONLY, at(-10)), at(-10)
    said: list[str] = []
    while now < at(40):
        account, decisions = ticked(account, ONLY, now)
        said += made_in(decisions)
        again = decide(account, ONLY, now)  # another run at the very same instant
        assert again.to_publish is None
        now += timedelta(minutes=20)
    assert said == WHOLE_PLAN


def test_complaint_20_nobody_is_reminded_of_what_was_paid_or_cancelled() -> None:
    """20. Reminder although paid; to people who cancelled.

    Source: akaunting#259, fossasia/open-event-server#8158; superset-sh/superset#7217.
    """
    open_one = Owed(last="vencida-3").invoice(ONLY)
    for gone in (paid(open_one, 5), open_one.cancelled(at(5), "desistência")):
        account = scheduled(any_account(open_one).with_invoice(gone), ONLY, at(5))
        _, decisions = lived(account, ONLY, at(5), at(60))
        assert decisions == []
    # and what is already on its way is looked at again before it is sent
    planned = decided(Owed(last="vencida-3"), when=7)
    assert planned.dispatch is not None
    begun = hold(HoldKind.PAYMENT_IN_TRANSIT, (12, 0), "fat", since=7)
    rests = replace(planned.account, holds=(begun,))
    look = Look(rests, ONLY, at(7, 10), USUAL)
    why = why_not_any_more(rests.invoices[FAT], "vencida-7", planned.dispatch, look)
    assert why is Reason.PAYMENT_IN_TRANSIT


@pytest.mark.parametrize("in_flight", InFlight)
@pytest.mark.parametrize("backfill", Backfill)
def test_complaint_21_a_new_ruler_forgets_no_invoice_that_is_already_open(
    in_flight: InFlight, backfill: Backfill
) -> None:
    """21. Turning on the new workflow silently dropped already-open invoices.

    Source: PicPeak#750 (backfill!).
    """
    old, new = ruler(*ladder(3, 30), name="r"), ruler(*ladder(4, 9, 14, 31), name="r")
    of = rewritten(old, new, in_flight, backfill, since=10)
    account = any_account(*(Owed(f"f{d}", due=d, on="r@1").invoice(of) for d in (-20, -1, 5, 20)))
    _, decisions = lived(account, of, at(13), at(110))
    spoken_of = {name for d in decisions for name in about(d)}
    assert spoken_of == {"f-20", "f-1", "f5", "f20"}
    days = [d.to_publish.decided_on for d in decisions if d.to_publish]
    assert len(days) == len(set(days)), "and nobody gets five at once"


def test_complaint_22_lateness_counts_from_the_due_date_and_due_today_is_not_late() -> None:
    """22. Overdue filter on invoice date; due *today* treated as overdue.

    Source: NangoHQ/nango#7168; frappe/erpnext#45685.
    """
    old_but_in_time = Owed(issued=-120, last="vencimento", announced=False)
    today = decided(old_but_in_time, when=0, hour=23)
    assert (today.newly_overdue, today.dispatch) == ((), None)
    assert decided(old_but_in_time, when=1, hour=0).newly_overdue == ("fat",)
    on_time = any_invoice().payoff(day(0), CONSUMER_TERMS)
    assert (on_time.late_fine, on_time.late_interest, on_time.days_late) == (ZERO, ZERO, 0)


def test_complaint_23_after_a_late_check_no_state_is_skipped_and_all_is_deterministic() -> None:
    """23. Next check not re-anchored: a state skipped, straight to cancellation.

    Source: killbill#2297; non-deterministic overdue, killbill#1819.
    """
    stepwise = ruler(*ladder(3, 7, 15), escalation=Escalation.STEPWISE)
    late = Course(
        "",
        ((20, 8, "d3"), (24, 9, "d7"), (34, 9, "d15")),  # + 4 days; + 8 is Saturday: Monday
        ruler=stepwise,
        runs=lambda days: days >= 20,
        last=(60, 0),
    )
    assert late.lived() == late.made == late.lived()


def test_complaint_24_when_it_was_drafted_or_described_does_not_matter() -> None:
    """24. Overdue counted from draft date.

    Source: killbill-docs#31.
    """
    drafts = [
        any_invoice(issue_date=day(issued), issued_at=at(told))
        for issued, told in ((-40, -40), (-200, -3), (-5, -5))
    ]
    lives = [lived(any_account(i), ONLY, at(-2), at(40))[1] for i in drafts]
    assert [made_in(life) for life in lives] == [WHOLE_PLAN] * 3
    assert len({d.decided_at for life in lives for x in life if (d := x.to_publish)}) == 6


def test_complaint_25_a_hand_made_invoice_gets_its_reminder_before_it_is_due() -> None:
    """25. Reminder *before* due for hand-made invoices without a catalog.

    Source: killbill#1978.
    """
    bare = any_invoice(description=None, payment=PaymentOptions(), metadata={})
    _, decisions = lived(any_account(bare), ONLY, at(-10), at(-1, 23))
    assert made_in(decisions) == ["lembrete"]


# ── money, documents, channels, engine ──────────────────────────────────────────────────────────


def test_complaint_26_late_charges_are_shown_line_by_line_in_the_reminder() -> None:
    """26. Fee shown nowhere in a manual reminder/PDF.

    Source: invoiceninja#11380. Answered by the e-mail's templates.
    """
    content = any_content("em_atraso")
    (line,) = content.lines
    rendered = JinjaEmailRenderer().render(content)
    for part in (rendered.html, rendered.text):
        squeezed = " ".join(part.replace("\xa0", " ").split())
        for centavos in (line.late_fine_centavos, line.late_interest_centavos):
            assert pt_br.brl(centavos).replace("\xa0", " ") in squeezed
        assert "Multa" in squeezed
        assert "Juros" in squeezed


def test_complaint_28_interest_goes_on_from_the_payment_on_what_is_still_open() -> None:
    """28. Interest from last payment date on what is still open; automatic monthly interest.

    Source: erpnext#49621, #9998.
    """
    whole = any_invoice()
    partly = whole.with_payment(any_payment(amount=Money(10000), paid_at=at(9, 12)))
    interest = [
        [i.payoff(day(d), CONSUMER_TERMS).late_interest for d in (9, 30)] for i in (whole, partly)
    ]
    (before, unpaid), (same, part_paid) = interest
    assert before == same, "until the payment nothing differs"
    assert before < part_paid < unpaid, "then it goes on, on less"


def test_complaint_30_the_end_is_announced_and_what_was_written_off_is_silent() -> None:
    """30. Written-off invoice still "overdue"; what happens at the end (write-off, VIP).

    Source: erpnext#8058; killbill#708.
    """
    end = decided(Owed(last="vencida-30"), when=31, hour=0)
    assert [n.kind for n in end.notes] == [NoteKind.RULER_ENDED]
    written_off = end.account.invoices[FAT].cancelled(at(40), "baixada como perda")
    account = scheduled(end.account.with_invoice(written_off), ONLY, at(40))
    assert (account.next_evaluation_at, dict(account.invoices)) == (None, {})


def test_complaint_34_any_number_of_steps_before_and_after_and_one_ruler_for_one_client() -> None:
    """34. More than three steps, mix of pre and post; one-off reminder per client.

    Source: invoiceninja#2865, #1730, #11160; #7320.
    """
    course = Course("", (), ruler=MIXED, first=(-20, 0), last=(70, 0))
    assert [name for _, _, name in course.lived()] == [s.id for s in MIXED.steps]
    once = ruler(step("so-uma-vez", 2), name="avulsa")
    own = Course("", (), Owed(new=True, ruler="avulsa"), rulers(PADRAO, once))
    assert [name for _, _, name in own.lived()] == ["so-uma-vez"]


def test_complaint_36_one_mail_per_customer_with_all_that_is_overdue() -> None:
    """36. One mail per customer with all overdue invoices.

    Source: erpnext#12429.
    """
    five = [Owed(f"f{n}", last="vencimento") for n in range(5)]
    decision = decided(*five)
    assert about(decision) == {f"f{n}": "vencida-3" for n in range(5)}
    assert len(decision.account.contacts) == 1


def test_complaint_38_there_is_grace_before_anything_is_said() -> None:
    """38. Grace period before action.

    Source: cleitonme/Whazing-SaaS#398.
    """
    graceful = Course("", (), ruler=ruler(*ladder(5, 10)), first=(-30, 0), last=(4, 23))
    assert graceful.lived() == ()
    assert replace(graceful, last=(6, 23)).lived() == ((6, 9, "d5"),)  # Sunday 15: Monday


def test_complaint_40_what_is_on_hold_is_neither_spoken_of_nor_forgotten() -> None:
    """40. On-hold entries mishandled in reminders.

    Source: microsoft/BCApps#324.
    """
    two = Owed("a", last="vencimento"), Owed("b", last="vencimento")
    first = decided(*two, account={"holds": (hold(until=(8, 9), about="a"),)})
    assert about(first) == {"b": "vencida-3"}
    _, later = lived(first.account, ONLY, at(3, 10), at(8, 23))
    assert [about(d) for d in later if d.to_publish] == [{"b": "vencida-7"}, {"a": "vencida-7"}]


def test_complaint_41_a_preferred_hour_delays_and_each_channel_has_its_hours() -> None:
    """41. Per-subscriber preferred hours that *delay*, with per-channel override; quiet hours.

    Source: novuhq/novu#11965; rapidpro#1570, nyaruka/rapidpro#5492.
    """
    evening = {"preferred_hour": 18}
    waits = decided(Owed(last="vencimento"), customer=evening)
    assert waits.dispatch is None
    assert waits.account.next_evaluation_at == at(3, 18)
    assert about(decided(Owed(last="vencimento"), hour=18, customer=evening))
    ten_to_noon = Hours((at(0, 10).time(), at(0, 12).time()))
    of = Rulers.only(
        ruler(step("d3", 3, EMAIL), step("d7", 7, SMS), contact_hours={SMS: ten_to_noon})
    )
    phone = {"phones": ("+5511987654321",)}
    assert about(decided(Owed(), of=of, customer=phone, given=EVERYTHING)) == {"fat": "d3"}
    by_sms = decided(Owed(last="d3"), when=7, of=of, customer=phone, given=EVERYTHING)
    assert by_sms.dispatch is not None
    assert by_sms.dispatch.ending is not None
    assert (by_sms.dispatch.ending.reason, by_sms.dispatch.ending.until) == (
        Reason.OUTSIDE_WINDOW,
        at(7, 10),
    )


def test_complaint_42_where_a_channel_fails_the_next_one_is_tried() -> None:
    """42. Provider fails: other provider or own endpoint; retry failed step.

    Source: novu#6092; #2405.
    """
    of = Rulers.only(ruler(step("d3", 3, EMAIL, SMS), *ladder(15)))
    phone = {"phones": ("+5511987654321",)}
    first = decided(Owed(), of=of, customer=phone, given=EVERYTHING)
    assert first.to_publish is not None
    failed = first.account.with_failed_attempt(first.to_publish.dispatch_id, at(3, 10))
    after = decide(failed, of, at(3, 10), EVERYTHING)
    assert after.to_publish is not None
    assert (after.to_publish.channel, after.to_publish.fallback_of) == (
        SMS,
        first.to_publish.dispatch_id,
    )
    assert about(after) == {"fat": "d3"}


def test_complaint_43_a_channel_the_customer_does_not_have_is_passed_over_in_silence() -> None:
    """43. Missing channel counted as failure noise.

    Source: novu#4960.
    """
    of = Rulers.only(ruler(step("d3", 3, SMS, EMAIL)))
    decision = decided(Owed(), of=of, given=EVERYTHING)
    assert decision.to_publish is not None
    assert decision.to_publish.channel is EMAIL
    assert decision.to_publish.left_out == ()
    assert decision.notes == ()


def test_complaint_45_each_instalment_becomes_overdue_on_its_own_day() -> None:
    """45. Multi-instalment invoice: when is it overdue?

    Source: odoo/odoo#210974.
    """
    parts = [any_invoice(f"fat/{n}", due_date=day(30 * n)) for n in range(3)]
    account = scheduled(any_account(*parts), ONLY, at(-10))
    overdue: dict[str, int] = {}
    for days in range(-10, 75):
        account, decisions = ticked(account, ONLY, at(days, 9))
        overdue |= {name: days for d in decisions for name in d.newly_overdue}
    assert overdue == {"fat/0": 1, "fat/1": 31, "fat/2": 63}  # day 60 is Saturday, 9 January


def test_complaint_46_a_pause_and_a_promise_have_a_limit() -> None:
    """46. Pause must have a fixed limit (48 h, once).

    Source: PostHog/posthog.com#20228.
    """
    now = at(3)
    with pytest.raises(InvalidInput):
        check_until("until", now + timedelta(days=MAX_HOLD_DAYS, seconds=1), now)
    limits = PromiseLimits(max_days=2, max_broken=1)
    check_promise("promised_on", day(5), day(3), limits)
    with pytest.raises(InvalidInput):
        check_promise("promised_on", day(6), day(3), limits)
    _, later = lived(
        any_account(
            Owed(last="vencimento").invoice(ONLY), holds=(hold(HoldKind.PROMISED, (6, 0)),)
        ),
        ONLY,
        at(3),
        at(7, 23),
    )
    assert made_in(later) == ["vencida-3", "vencida-7"], "and ends by itself"
