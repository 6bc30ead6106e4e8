"""What `regua simulate` shows: the numbers of one ruler, or of two side by side, as tables."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from local.open_invoices import OpenInvoices
from regua.adapters.calendar_svg import CHANNEL_NAMES, cost_text, whole
from regua.adapters.pt_br import full_date, short_date
from regua.application.simulate import Comparison, Simulation
from regua.domain.prices import LIST_PRICES, REAIS_PER_DOLLAR
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel

_BUSIEST_STEPS = 30
_REASONS = {
    Reason.OUTSIDE_WINDOW: "fora do horário de contato",
    Reason.HOLIDAY: "domingo ou feriado",
    Reason.DAILY_CAP: "limite de contatos por dia",
    Reason.WEEKLY_CAP: "limite de contatos em 7 dias",
    Reason.HELD: "cobrança suspensa",
    Reason.DISPUTED: "contestação em aberto",
    Reason.PROMISED: "promessa de pagamento",
    Reason.PAYMENT_IN_TRANSIT: "pagamento a caminho",
    Reason.OPTED_OUT: "canal recusado pelo cliente",
    Reason.NO_ADDRESS: "sem endereço no canal",
    Reason.ADDRESS_SUPPRESSED: "endereço que não se usa mais",
    Reason.PRESCRIBED: "dívida prescrita",
    Reason.BELOW_THRESHOLD: "abaixo do valor mínimo",
    Reason.SUPERSEDED: "passo ultrapassado por outro",
    Reason.POLICY_DENIED: "nenhum canal permitido",
    Reason.CREDITOR_PAUSED: "credor em pausa",
    Reason.CONDITION_NOT_MET: "não cumpre as condições do passo",
    Reason.EXCLUDED: "segmento excluído",
    Reason.HELD_OUT: "grupo de controle do experimento",
}


def said(reason: Reason | None) -> str:
    """Say a reason in Portuguese; None is that nothing comes up."""
    if reason is None:
        return "nenhum passo no período"
    return _REASONS.get(reason, reason.value)


def report_reading(opened: OpenInvoices, screen: Console) -> None:
    """Say what was read of the file: every row is in one of the numbers."""
    counts = opened.counts
    screen.print(
        f"{whole(counts.rows)} linhas lidas ({opened.dialect}; colunas: {opened.mapping.name}):"
        f" {whole(counts.open)} em aberto, {whole(counts.closed)} já pagas ou baixadas,"
        f" {whole(counts.totals)} de totais, {whole(counts.rejected)} rejeitadas."
    )
    if opened.first_due is not None and opened.last_due is not None:
        screen.print(
            f"Vencimentos em aberto de {full_date(opened.first_due)}"
            f" a {full_date(opened.last_due)}."
        )


def report(simulation: Simulation, name: str, screen: Console) -> None:
    """Show one ruler's numbers."""
    table = Table("", name, title=_period(simulation))
    table.columns[1].justify = "right"
    channels = [c for c in Channel if c in simulation.by_channel]
    for label, value in _figures(simulation, channels).items():
        table.add_row(label, value)
    screen.print(table)
    _details(simulation, name, screen)


def report_comparison(
    comparison: Comparison, current_name: str, candidate_name: str, screen: Console
) -> None:
    """Show two rulers side by side, and what the candidate would change."""
    current, candidate = comparison.current, comparison.candidate
    table = Table("", f"atual: {current_name}", f"candidata: {candidate_name}", "diferença")
    table.title = _period(current)
    for column in table.columns[1:]:
        column.justify = "right"
    channels = tuple(comparison.by_channel)
    before, after = _figures(current, channels), _figures(candidate, channels)
    changes = _changes(comparison)
    for label in before:
        table.add_row(label, before[label], after[label], changes.get(label, ""))
    screen.print(table)
    _details(candidate, candidate_name, screen)


def report_assumptions(simulation: Simulation, seen_percent: int, screen: Console) -> None:
    """Say what the numbers rest on."""
    screen.print(
        "Ninguém paga durante a simulação: o volume é um teto."
        f" De cada 100 contatos, {seen_percent} são vistos; os demais passam ao canal seguinte,"
        " onde a régua prevê um."
    )
    used = [c for c in Channel if c in simulation.by_channel]
    listed = [c for c in used if simulation.costs[c] == LIST_PRICES[c].centavos]
    if listed:
        screen.print(
            f"Preços de tabela a R$ {f'{REAIS_PER_DOLLAR:f}'.replace('.', ',')} por dólar, sem"
            " impostos; informe os seus com --prices."
        )
    assumed = [CHANNEL_NAMES[c] for c in listed if LIST_PRICES[c].is_assumed]
    if assumed:
        screen.print(f"Preço suposto, sem tabela de origem: {', '.join(assumed)}.")


def _period(simulation: Simulation) -> str:
    return f"De {full_date(simulation.start)} a {full_date(simulation.last_day)}"


def _figures(simulation: Simulation, channels: Iterable[Channel]) -> dict[str, str]:
    peak, by_channel = simulation.peak, simulation.by_channel
    return {
        "Contatos": whole(simulation.contacts),
        **{f"  {CHANNEL_NAMES[c]}": whole(by_channel.get(c, 0)) for c in channels},
        "Custo": cost_text(simulation.cost),
        "Clientes contatados": (
            f"{whole(simulation.accounts_contacted)} de {whole(simulation.accounts)}"
        ),
        "Máximo por cliente": whole(simulation.most_contacts),
        "Dia mais cheio": f"{whole(peak[1])} em {short_date(peak[0])}" if peak else "nenhum",
        "Adiamentos": whole(simulation.deferrals.total()),
        "Pelo canal seguinte": whole(simulation.next_channels),
        "Faturas ao fim da régua": whole(simulation.rulers_ended),
    }


def _changes(comparison: Comparison) -> dict[str, str]:
    channels = {f"  {CHANNEL_NAMES[c]}": _signed(n) for c, n in comparison.by_channel.items()}
    return {
        "Contatos": _signed(comparison.contacts),
        **channels,
        "Custo": f"{'+' if comparison.cost > 0 else ''}{cost_text(comparison.cost)}",
        "Clientes contatados": _signed(comparison.accounts_contacted),
        "Faturas ao fim da régua": _signed(comparison.rulers_ended),
    }


def _signed(number: int) -> str:
    return f"{'+' if number > 0 else ''}{whole(number)}"


def _details(simulation: Simulation, name: str, screen: Console) -> None:
    steps = Table("régua", "passo", "canal", "contatos", "custo", title=f"Passos de {name}")
    for column in steps.columns[3:]:
        column.justify = "right"
    for (step, channel), contacts in simulation.steps.most_common(_BUSIEST_STEPS):
        cost = contacts * simulation.costs[channel]
        channel_name = CHANNEL_NAMES[channel]
        steps.add_row(step.ruler, step.step_id, channel_name, whole(contacts), cost_text(cost))
    screen.print(steps)
    for title, counts in (
        ("Por que foi adiado", simulation.deferrals),
        ("Por que não foi enviado", simulation.suppressions),
        ("Passos que não se fazem", simulation.left_out),
        ("Clientes sem nenhum contato", simulation.not_contacted),
    ):
        _counted(title, {said(reason): n for reason, n in counts.most_common()}, screen)
    hours = {f"{hour} h": n for hour, n in sorted(simulation.hours.items())}
    _counted("Horas do dia", hours, screen)
    distribution = {
        ("nenhum contato" if n == 0 else f"{n} contato{'' if n == 1 else 's'}"): customers
        for n, customers in sorted(simulation.contacts_per_customer.items())
        if customers
    }
    _counted("Contatos por cliente", distribution, screen)


def _counted(title: str, counts: Mapping[str, int], screen: Console) -> None:
    """Show counts with a bar each, as long as its share of the largest."""
    if not counts:
        return
    table = Table("", "", "", title=title, show_header=False)
    table.columns[1].justify = "right"
    most = max(counts.values())
    for label, n in counts.items():
        table.add_row(label, whole(n), "█" * int(Decimal(20 * n) / most))
    screen.print(table)
