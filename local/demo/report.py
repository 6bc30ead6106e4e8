"""The end of the demo, as tables a finance person understands; the numbers are `summary`'s."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.demo import oracle, summary
from local.demo.checks import ENDS, Check, Evidence
from local.demo.ledger import Standing
from local.demo.model import Portfolio
from local.demo.progress import Stopwatch
from local.demo.summary import Amount, ChannelRow, StepRow
from local.demo.system import Spent

_STANDING = {
    Standing.SETTLED: "pagas",
    Standing.PARTIALLY_PAID: "pagas em parte",
    Standing.CANCELLED: "baixadas sem pagamento",
    Standing.OPEN: "em aberto",
}
_CHANNEL = {"email": "e-mail", "sms": "SMS", "whatsapp": "WhatsApp", "voice": "ligação"}
_STATE = {
    "planned": "planejadas",
    "sent": "enviadas",
    "failed": "devolvidas ou recusadas",
    "deferred": "adiadas",
    "suppressed": "suprimidas",
    "pending": "pendentes",
}
_REASON = {
    "outside_window": "fora do horário de contato",
    "holiday": "domingo ou feriado",
    "daily_cap": "limite diário de contatos",
    "weekly_cap": "limite semanal de contatos",
    "provider_throttled": "operadora pediu para esperar",
    "settled": "pagamento chegou antes",
    "cancelled": "título baixado",
    "opted_out": "descadastrado",
    "no_address": "sem endereço para o canal",
    "address_suppressed": "endereço que já devolveu ou reclamou",
    "superseded": "passo já ultrapassado",
    "hard_bounce": "endereço não existe no canal",
    "undeliverable": "não entregue: fora de alcance, ocupado ou sem resposta",
    "rejected_by_provider": "recusada pela operadora",
}


def brl(centavos: int) -> str:
    """Write an amount as Brazilians do.

    >>> brl(123456)
    'R$ 1.234,56'
    """
    text = f"{centavos / 100:,.2f}"
    return "R$ " + text.replace(",", " ").replace(".", ",").replace(" ", ".")


def cost(centavos: Decimal) -> str:
    """Write what messages cost: an e-mail costs hundredths of a centavo.

    >>> cost(Decimal("5.5")), cost(Decimal("1234567"))
    ('R$ 0,055', 'R$ 12.345,670')
    """
    text = f"{centavos / 100:,.3f}"
    return "R$ " + text.replace(",", " ").replace(".", ",").replace(" ", ".")


def whole(number: int) -> str:
    """Write a count with thousands as Brazilians do.

    >>> whole(2609)
    '2.609'
    """
    return f"{number:,}".replace(",", ".")


def show(evidence: Evidence, checks: Sequence[Check], screen: Console) -> None:
    """Print the whole report."""
    rows, before_any = summary.by_step(evidence)
    screen.print()
    screen.print(_portfolio_table(evidence))
    screen.print(_payment_table(rows, before_any))
    channels = summary.by_channel(evidence)
    screen.print(_channel_table(channels))
    screen.print(_cost_table(channels))
    screen.print(_message_table(rows))
    screen.print(f"  {_troubles(evidence)}\n")
    screen.print(_reason_table(summary.reasons(evidence)))
    screen.print(_attention_table(evidence))
    screen.print(_reconciliation_table(evidence.reconciliation))
    if not evidence.life.portfolio.payments_are_simulated:
        _show_file(evidence, screen)
    screen.print(_time_table(evidence.life.watch))
    screen.print(f"  {_slowest(evidence.life.watch)}\n")
    screen.print(_check_table(checks))


def _table(title: str, *columns: str, left: int = 1) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < left else "right", overflow="fold")
    return table


def _portfolio_table(evidence: Evidence) -> Table:
    life = evidence.life
    period = f"{life.portfolio.first_day:%d/%m/%Y} a {life.last_day:%d/%m/%Y}"
    table = _table(f"Carteira: {life.portfolio.name}, {period}", "situação", "faturas", "valor")
    standings = summary.standings(life.ledger)
    total = sum(standings.values(), Amount())
    table.add_row("emitidas", whole(total.count), brl(total.centavos), end_section=True)
    for standing, label in _STANDING.items():
        amount = standings[standing]
        table.add_row(label, whole(amount.count), brl(amount.centavos))
    return table


def _payment_table(rows: Sequence[StepRow], before_any: Amount) -> Table:
    table = _table(
        "Quando o dinheiro entrou (faturas quitadas, pela última mensagem antes do pagamento)",
        "depois de",
        "quitadas",
        "recebido",
        "das quais em atraso",
        "recuperado em atraso",
    )
    table.add_row(summary.BEFORE_ANY, whole(before_any.count), brl(before_any.centavos), "", "")
    for row in rows:
        table.add_row(
            row.step_id,
            whole(row.paid_after.count),
            brl(row.paid_after.centavos),
            whole(row.recovered.count),
            brl(row.recovered.centavos),
        )
    paid = sum((row.paid_after for row in rows), before_any)
    recovered = sum((row.recovered for row in rows), Amount())
    table.add_section()
    table.add_row(
        "total",
        whole(paid.count),
        brl(paid.centavos),
        whole(recovered.count),
        brl(recovered.centavos),
    )
    return table


def _message_table(rows: Sequence[StepRow]) -> Table:
    states = ("sent", "failed", "deferred", "suppressed")
    title = "Mensagens por passo da régua e desfecho"
    table = _table(title, "passo", *(_STATE[s] for s in states), "faturas citadas")
    for row in rows:
        counts = [whole(row.states.get(state, 0)) for state in states]
        table.add_row(row.step_id, *counts, whole(row.mentions))
    table.add_section()
    sums = [whole(sum(row.states.get(state, 0) for row in rows)) for state in states]
    table.add_row("total", *sums, whole(sum(row.mentions for row in rows)))
    return table


def _channel_table(rows: Sequence[ChannelRow]) -> Table:
    columns = {
        "planned": "planejadas",
        "sent": "enviadas",
        "delivered": "entregues",
        "seen": "abertas, lidas ou atendidas",
        "failed": "falharam",
        "fallbacks": "no lugar de outro canal",
        "clicks": "cliques de pessoas",
    }
    table = _table("Canais: o que aconteceu com as mensagens", "canal", *columns.values())
    for row in rows:
        counts = (getattr(row, name) for name in columns)
        cells = ("não se sabe" if count is None else whole(count) for count in counts)
        table.add_row(_CHANNEL[row.channel], *cells)
    table.add_section()
    sums = (sum(getattr(row, name) or 0 for row in rows) for name in columns)
    table.add_row("total", *map(whole, sums))
    return table


def _cost_table(rows: Sequence[ChannelRow]) -> Table:
    title = "Canais: custo e o que entrou depois (pela última mensagem antes do pagamento)"
    table = _table(
        title,
        "canal",
        "cobradas",
        "custo",
        "quitadas depois",
        "recebido depois",
        "das quais em atraso",
        "recuperado em atraso",
    )
    for row in rows:
        cells = _cost_cells(row.spent, row.paid_after, row.recovered)
        table.add_row(_CHANNEL[row.channel], *cells)
    table.add_section()
    spent = sum((row.spent for row in rows), Spent())
    paid_after = sum((row.paid_after for row in rows), Amount())
    recovered = sum((row.recovered for row in rows), Amount())
    table.add_row("total", *_cost_cells(spent, paid_after, recovered))
    return table


def _cost_cells(spent: Spent, paid_after: Amount, recovered: Amount) -> tuple[str, ...]:
    return (
        whole(spent.messages),
        cost(spent.centavos),
        whole(paid_after.count),
        brl(paid_after.centavos),
        whole(recovered.count),
        brl(recovered.centavos),
    )


def _troubles(evidence: Evidence) -> str:
    life = evidence.life
    returned = sum(message.failed for message in life.messages)
    complained = sum(message.complained for message in life.messages)
    asked = sum(hit.kind == "unsubscribe" for hit in life.hits)
    replied = sum(hit.kind == "reply" for hit in life.hits)
    return (
        f"devoluções e ligações não atendidas: {returned} · reclamações: {complained} · "
        f"descadastros: {asked} · respostas para parar: {replied}"
    )


def _reason_table(reasons: Mapping[tuple[str, str, str], int]) -> Table:
    title = "Por que não foi enviada na hora, ou não chegou"
    table = _table(title, "canal", "desfecho", "motivo", "contatos", left=3)
    for (channel, state, reason), count in reasons.items():
        words = (_CHANNEL[channel], _STATE.get(state, state), _REASON.get(reason, reason))
        table.add_row(*words, whole(count))
    return table


def _attention_table(evidence: Evidence) -> Table:
    table = _table(
        "Aberturas e cliques: o que aconteceu e o que o sistema rotulou",
        "",
        "feitas por pessoas",
        "por máquinas",
        "rotuladas pessoas",
        "máquinas",
        "em dúvida",
    )
    for kind, label in (("open", "aberturas"), ("click", "cliques")):
        a = summary.attention(kind, evidence.life.hits, evidence.recorded_hits)
        counts = (
            a.made_by_people,
            a.made_by_machines,
            a.recorded_as_people,
            a.recorded_as_machines,
            a.recorded_as_unknown,
        )
        table.add_row(label, *map(whole, counts))
    return table


def _reconciliation_table(counts: Mapping[str, int]) -> Table:
    names = ("planned", *ENDS)
    table = _table("Reconciliação (soma dos dias)", *(_STATE[name] for name in names), left=0)
    table.add_row(*(whole(counts.get(name, 0)) for name in names))
    return table


def _show_file(evidence: Evidence, screen: Console) -> None:
    portfolio = evidence.life.portfolio
    own, moved = summary.file_figures(portfolio)
    system = summary.system_figures(evidence.life.ledger, evidence.views)
    table = _table(
        f"O arquivo e o sistema: {portfolio.name}",
        "faturas",
        "arquivo, datas originais",
        "arquivo, datas movidas",
        "sistema",
    )
    lines = (
        ("no arquivo", "issued"),
        ("pagas", "paid"),
        ("baixadas sem pagamento", "withdrawn"),
        ("em aberto", "still_open"),
        ("pagas com atraso pelo calendário", "late_by_calendar"),
        ("pagas com atraso pela regra do dia útil bancário", "late_by_bank_rule"),
    )
    for label, name in lines:
        table.add_row(label, *(whole(getattr(f, name)) for f in (own, moved, system)))
    screen.print(table)
    for note in file_notes(portfolio, evidence.life.events_after_last_day):
        screen.print(f"  · {note}")
    screen.print()


def file_notes(portfolio: Portfolio, events_after_last_day: int) -> list[str]:
    """Explain what stands between the file's own figures and those of the moved dates."""
    days = portfolio.shift_days
    notes = list(portfolio.notes)
    notes.append(f"datas movidas {days // 7} semanas inteiras: os dias da semana são os mesmos")
    own, moved = (_closed_weekdays(portfolio, shift) for shift in (days, 0))
    gone = sorted(day for day in own if day + timedelta(days=days) not in moved)
    new = sorted(day for day in moved if day - timedelta(days=days) not in own)
    if gone:
        notes.append(f"feriados que só existem nas datas originais: {_days(gone)}")
    if new:
        notes.append(f"feriados que só existem nas datas movidas: {_days(new)}")
    if not (gone or new):
        notes.append("os vencimentos encontram os mesmos feriados bancários: o atraso é comparável")
    else:
        notes.append("por isso o atraso pela regra bancária muda entre as duas colunas do arquivo")
    if events_after_last_day:
        notes.append(
            f"{whole(events_after_last_day)} eventos do arquivo são posteriores ao último dia "
            "vivido e foram publicados no fim, com suas próprias datas e sem novas mensagens"
        )
    return notes


def _closed_weekdays(portfolio: Portfolio, shift: int) -> set[date]:
    """Return the weekday holidays among the due dates, in dates moved back by ``shift``."""
    due = {i.due_date - timedelta(days=shift) for i in portfolio.invoices}
    friday = 4
    return {day for day in due if day.weekday() <= friday and not oracle.is_banking_day(day)}


def _days(days: Sequence[date]) -> str:
    return ", ".join(f"{day:%d/%m/%Y}" for day in days)


def _time_table(watch: Stopwatch) -> Table:
    table = _table("Tempo", "etapa", "duração")
    for work, seconds in sorted(watch.seconds.items(), key=lambda kind: -kind[1]):
        table.add_row(work, _seconds(seconds))
    table.add_section()
    table.add_row("total", _seconds(watch.total))
    return table


def _slowest(watch: Stopwatch) -> str:
    (work, seconds), (day_seconds, day) = watch.slowest, watch.slowest_day
    return (
        f"a etapa mais lenta: {work} ({_seconds(seconds)}); "
        f"o dia mais lento: {day} ({_seconds(day_seconds)})"
    )


def _seconds(number: float) -> str:
    return f"{number:.1f} s".replace(".", ",")


def _check_table(checks: Sequence[Check]) -> Table:
    table = _table("Conferências (fontes independentes)", "", "afirmação", "prova", left=3)
    for check in checks:
        mark = Text("ok", style="green") if check.holds else Text("FALHA", style="bold red")
        table.add_row(mark, check.statement, check.detail)
    return table


def as_document(evidence: Evidence, checks: Sequence[Check]) -> dict[str, object]:
    """Return the report's numbers for programs."""
    rows, before_any = summary.by_step(evidence)
    life = evidence.life
    document: dict[str, object] = {
        "portfolio": life.portfolio.name,
        "first_day": life.portfolio.first_day.isoformat(),
        "last_day": life.last_day.isoformat(),
        "standings": {k.value: asdict(v) for k, v in summary.standings(life.ledger).items()},
        "paid_before_any_message": asdict(before_any),
        "steps": [asdict(row) for row in rows],
        "channels": [_channel_document(row) for row in summary.by_channel(evidence)],
        "reconciliation": dict(evidence.reconciliation),
        "seconds": {**life.watch.seconds, "total": life.watch.total},
        "checks": [asdict(check) for check in checks],
        "system": asdict(summary.system_figures(life.ledger, evidence.views)),
    }
    if not life.portfolio.payments_are_simulated:
        own, moved = summary.file_figures(life.portfolio)
        document["file"] = {"own_dates": asdict(own), "moved_dates": asdict(moved)}
    return document


def _channel_document(row: ChannelRow) -> dict[str, object]:
    spent = {"messages": row.spent.messages, "centavos": f"{row.spent.centavos.normalize():f}"}
    return {**asdict(row), "spent": spent}


def save(document: Mapping[str, object], path: Path) -> None:
    """Write the numbers where other programs find them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
