"""The words of explanations, in Brazilian Portuguese and in English: a phrase for every code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from regua.application.customer_page.acts import ActKind
from regua.application.explanation import NextWhy, Outcome, RulerWhy, Silence
from regua.domain.contact_results import ResultCode
from regua.domain.delivery import EventKind
from regua.domain.holds import DisputeOutcome, HoldKind
from regua.domain.invoice import InvoiceStatus
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Seen

Language = Literal["pt-BR", "en"]
LANGUAGES: Sequence[Language] = ("pt-BR", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """One language: a phrase for every code, and the sentences they stand in.

    Phrases of reasons complete "because …"; ``{channel}`` is a message with its article,
    ``{by}`` the way it goes.
    """

    reasons: Mapping[Reason, str]
    holds: Mapping[HoldKind, str]
    """Complete "because …" while it stands."""
    past_holds: Mapping[HoldKind, str]
    holds_named: Mapping[HoldKind, str]
    deliveries: Mapping[EventKind, str]
    """Complete "we sent …;"."""
    not_reported: str
    seen: Mapping[Seen, str]
    channels: Mapping[Channel, str]
    made_by: Mapping[Channel, str]
    """A message of the channel, with what was done to it: ``enviamos o e-mail``."""
    by_channel: Mapping[Channel, str]
    statuses: Mapping[InvoiceStatus, str]
    outcomes: Mapping[Outcome, str]
    outcome_names: Mapping[Outcome, str]
    whys: Mapping[NextWhy, str]
    silences: Mapping[Silence, str]
    rulers: Mapping[RulerWhy, str]
    conditions: Mapping[str, str]
    happenings: Mapping[str, str]
    results: Mapping[ResultCode, str]
    """What came of a contact made by a person."""
    dispute_outcomes: Mapping[DisputeOutcome, str]
    acts: Mapping[ActKind, str]
    """Complete "the customer …": what was done on the customer's page."""
    phrases: Mapping[str, str]
    """The remaining sentences and joints, by what they are for."""


_PT = Words(
    reasons={
        Reason.OUTSIDE_WINDOW: "estava fora do horário permitido para contato",
        Reason.HOLIDAY: "era feriado",
        Reason.DAILY_CAP: "o cliente já tinha recebido o máximo de contatos do dia",
        Reason.WEEKLY_CAP: "o cliente já tinha recebido o máximo de contatos em sete dias",
        Reason.PROVIDER_THROTTLED: "o provedor de envio pediu para aguardar",
        Reason.SETTLED: "a fatura está paga",
        Reason.CANCELLED: "a fatura foi cancelada",
        Reason.HELD: "o contato está suspenso",
        Reason.DISPUTED: "a fatura está contestada",
        Reason.PROMISED: "o cliente prometeu pagar",
        Reason.IN_AGREEMENT: "a fatura faz parte de um acordo",
        Reason.OPTED_OUT: "o cliente pediu para não ser contatado por este canal",
        Reason.NO_ADDRESS: "o cliente não tem endereço neste canal",
        Reason.ADDRESS_SUPPRESSED: "o endereço do cliente não pode mais ser usado",
        Reason.PRESCRIBED: "a dívida prescreveu e não pode mais ser cobrada",
        Reason.BELOW_THRESHOLD: "o valor em aberto está abaixo do mínimo para contato",
        Reason.PAYMENT_IN_TRANSIT: "o pagamento foi feito e ainda não foi creditado",
        Reason.SUPERSEDED: "outro passo já tomou o seu lugar ou a sua data já passou",
        Reason.DUPLICATE: "este contato já tinha sido feito",
        Reason.CREDITOR_PAUSED: "o credor pausou toda a cobrança",
        Reason.POLICY_DENIED: "as regras de contato não permitem usar este canal",
        Reason.CONDITION_NOT_MET: "a fatura ou o cliente não atende às condições do passo",
        Reason.EXCLUDED: "o cliente está em um segmento que não é contatado",
        Reason.HELD_OUT: "o cliente está no grupo do experimento que não recebe este contato",
        Reason.REJECTED_BY_PROVIDER: "o provedor de envio recusou a mensagem",
        Reason.HARD_BOUNCE: "o endereço não existe ou não recebe mensagens",
        Reason.UNDELIVERABLE: "não foi possível confirmar o envio nem a entrega",
        Reason.TEMPLATE_ERROR: "o modelo da mensagem tem um erro",
    },
    holds={
        HoldKind.HELD: "o contato está suspenso",
        HoldKind.DISPUTED: "a fatura está contestada",
        HoldKind.PROMISED: "há uma promessa de pagamento",
        HoldKind.PAYMENT_IN_TRANSIT: "há um pagamento em trânsito",
        HoldKind.IN_AGREEMENT: "a fatura faz parte de um acordo",
    },
    past_holds={
        HoldKind.HELD: "o contato estava suspenso",
        HoldKind.DISPUTED: "a fatura estava contestada",
        HoldKind.PROMISED: "havia uma promessa de pagamento",
        HoldKind.PAYMENT_IN_TRANSIT: "havia um pagamento em trânsito",
        HoldKind.IN_AGREEMENT: "a fatura fazia parte de um acordo",
    },
    holds_named={
        HoldKind.HELD: "a suspensão",
        HoldKind.DISPUTED: "a contestação",
        HoldKind.PROMISED: "a promessa de pagamento",
        HoldKind.PAYMENT_IN_TRANSIT: "a espera pelo pagamento em trânsito",
        HoldKind.IN_AGREEMENT: "a suspensão por acordo",
    },
    deliveries={
        EventKind.COMPOSED: "a mensagem foi preparada",
        EventKind.ACCEPTED: "a entrega ainda não foi confirmada",
        EventKind.SENT: "a entrega ainda não foi confirmada",
        EventKind.DELAYED: "a entrega está demorando e o provedor continua tentando",
        EventKind.DELIVERED: "a entrega foi confirmada",
        EventKind.READ: "a mensagem foi lida",
        EventKind.ANSWERED: "a ligação foi atendida",
        EventKind.UNDELIVERED: "o cliente não foi alcançado",
        EventKind.UNKNOWN: "a operadora não informou o resultado",
        EventKind.SOFT_BOUNCED: "a entrega falhou por um motivo passageiro",
        EventKind.HARD_BOUNCED: "a mensagem voltou porque o endereço não existe",
        EventKind.REJECTED: "o provedor recusou a mensagem",
        EventKind.COMPLAINED: "a mensagem foi entregue e marcada como spam",
        EventKind.OPENED: "a mensagem foi aberta",
        EventKind.CLICKED: "a mensagem foi aberta e o link foi clicado",
        EventKind.UNSUBSCRIBED: "o cliente pediu para não receber mais mensagens",
        EventKind.RELABELLED: "um acesso à mensagem foi reclassificado",
        EventKind.CONFIRMED: "o cliente confirmou a leitura",
        EventKind.REPLIED: "o cliente respondeu",
        EventKind.IDENTIFIED: "o cliente abriu a página e confirmou o documento",
        EventKind.ACTED: "o cliente fez um pedido na página",
    },
    not_reported="a entrega ainda não foi confirmada",
    seen={
        Seen.DELIVERED: "foi entregue",
        Seen.OPENED: "foi entregue e aberto",
        Seen.CLICKED: "foi entregue e aberto, e o link foi clicado",
    },
    channels={
        Channel.EMAIL: "o e-mail",
        Channel.SMS: "o SMS",
        Channel.WHATSAPP: "o WhatsApp",
        Channel.VOICE: "o telefonema",
    },
    made_by={
        Channel.EMAIL: "enviamos o e-mail",
        Channel.SMS: "enviamos o SMS",
        Channel.WHATSAPP: "enviamos o WhatsApp",
        Channel.VOICE: "fizemos o telefonema",
    },
    by_channel={
        Channel.EMAIL: "por e-mail",
        Channel.SMS: "por SMS",
        Channel.WHATSAPP: "por WhatsApp",
        Channel.VOICE: "por telefone",
    },
    statuses={
        InvoiceStatus.OPEN: "em aberto",
        InvoiceStatus.PARTIALLY_PAID: "paga em parte",
        InvoiceStatus.SETTLED: "paga",
        InvoiceStatus.CANCELLED: "cancelada",
    },
    outcomes={
        Outcome.MADE: "Em {at} {made} do passo {step}; {delivery}{before}.",
        Outcome.DEFERRED: "O passo {step} foi adiado em {at} porque {why}{until}.",
        Outcome.SUPPRESSED: "O passo {step} não foi enviado em {at} porque {why}.",
        Outcome.FAILED: "{Channel} do passo {step}, de {at}, falhou porque {why}.",
        Outcome.LEFT_OUT: "O passo {step} não foi feito porque {why}.",
        Outcome.WAITING: "O passo {step} já chegou à sua data e será feito{when}{by}.",
        Outcome.UPCOMING: "O passo {step} está previsto para {when}{by}.",
        Outcome.NOT_MEANT: "O passo {step}, previsto para {day}, não será feito porque {why}.",
        Outcome.BEFORE_ACTIVATION: (
            "O passo {step} não foi feito porque a sua data ({day}) é anterior à entrada da fatura "
            "nesta versão da régua."
        ),
        Outcome.HELD: "O passo {step} não foi feito porque {why}{until}.",
    },
    outcome_names={
        Outcome.MADE: "feito",
        Outcome.DEFERRED: "adiado",
        Outcome.SUPPRESSED: "não enviado",
        Outcome.FAILED: "falhou",
        Outcome.LEFT_OUT: "deixado de lado",
        Outcome.WAITING: "na vez",
        Outcome.UPCOMING: "previsto",
        Outcome.NOT_MEANT: "não será feito",
        Outcome.BEFORE_ACTIVATION: "anterior à régua",
        Outcome.HELD: "suspenso",
    },
    whys={
        NextWhy.PLANNED: "É o dia e o horário do passo.",
        NextWhy.WISHED: "É o dia do passo, no horário que o cliente prefere.",
        NextWhy.NOW: "O passo já chegou à sua data e será feito na próxima avaliação.",
        NextWhy.WINDOW: "Antes disso não é permitido contatar o cliente, porque {why}.",
        NextWhy.DEFERRAL: "O contato foi adiado até lá porque {why}.",
        NextWhy.HOLD_END: "Até {until} o contato espera porque {hold}.",
        NextWhy.GAP: (
            "O prazo conta a partir do contato anterior, que foi feito depois da data prevista."
        ),
        NextWhy.NEXT_CHANNEL: (
            "É o próximo canal, usado se o contato anterior não tiver chegado ao cliente até lá."
        ),
    },
    silences={
        Silence.NOT_YET_KNOWN: (
            "Não há próximo contato: neste instante a fatura ainda não era conhecida."
        ),
        Silence.SETTLED: "Não haverá mais contato: a fatura está paga.",
        Silence.CANCELLED: "Não haverá mais contato: a fatura foi cancelada.",
        Silence.PRESCRIBED: (
            "Não haverá mais contato: a dívida prescreveu e não pode mais ser cobrada."
        ),
        Silence.EXCLUDED: (
            "Não haverá contato: o cliente está em um segmento que não é contatado."
        ),
        Silence.RULER_ENDED: "Não há próximo contato: a régua chegou ao fim.",
        Silence.DISPUTED: "Não há próximo contato até que a contestação seja resolvida.",
        Silence.IN_AGREEMENT: "Não há próximo contato sobre esta fatura enquanto o acordo durar.",
        Silence.NONE_MEANT: "Não há próximo contato: nenhum passo restante será feito{why}.",
        Silence.NOTHING_OPEN: "Não há próximo contato: o cliente não tem faturas em aberto.",
    },
    rulers={
        RulerWhy.INVOICE: "porque a própria fatura a indica",
        RulerWhy.CUSTOMER: "porque o cadastro do cliente a indica",
        RulerWhy.SEGMENT: "porque o cliente está no segmento {segment}{because}",
        RulerWhy.DEFAULT: "porque é a régua padrão do credor",
        RulerWhy.EARLIER: "em que já estava",
    },
    conditions={
        "min_amount": "valor da fatura de ao menos {asked}",
        "max_amount": "valor da fatura de no máximo {asked}",
        "min_days_late": "maior atraso em aberto de {found} dias (mínimo {asked})",
        "max_days_late": "maior atraso em aberto de {found} dias (máximo {asked})",
        "segments": "segmento {found} (um de: {asked})",
        "tags_any": "marcas {found} (ao menos uma de: {asked})",
        "tags_none": "nenhuma das marcas {asked}",
        "kinds": "tipo de cliente {found} (aceitos: {asked})",
        "risks": "risco {found} (aceitos: {asked})",
        "reachable_by": "contato possível por {found} (ao menos um de: {asked})",
        "not_reachable_by": "contato impossível por {asked}",
        "min_open_amount": "total em aberto de {found} (mínimo {asked})",
        "max_open_amount": "total em aberto de {found} (máximo {asked})",
        "min_overdue_invoices": "faturas vencidas: {found} (mínimo {asked})",
        "max_overdue_invoices": "faturas vencidas: {found} (máximo {asked})",
        "min_times_late": "atrasos até hoje: {found} (mínimo {asked})",
        "max_times_late": "atrasos até hoje: {found} (máximo {asked})",
        "min_late_share_percent": "{found}% das últimas faturas pagas com atraso (mínimo {asked}%)",
        "max_late_share_percent": "{found}% das últimas faturas pagas com atraso (máximo {asked}%)",
        "min_worst_days_late": "pior atraso de {found} dias (mínimo {asked})",
        "max_worst_days_late": "pior atraso de {found} dias (máximo {asked})",
        "min_broken_promises": "promessas quebradas: {found} (mínimo {asked})",
        "max_broken_promises": "promessas quebradas: {found} (máximo {asked})",
    },
    happenings={
        "hold_placed": "Em {at} começou {hold}{until}.",
        "hold_ended": "Em {at} terminou {hold}{outcome}.",
        "promise_not_pausing": (
            "Em {at} o cliente prometeu pagar em {promised_on}; a régua não foi pausada."
        ),
        "promise_kept": "Em {at} a promessa de pagamento foi dada como cumprida.",
        "promise_broken": "Em {at} a promessa de pagamento foi dada como não cumprida.",
        "ruler_changed": "Em {at} a fatura passou da régua {from} para a régua {to}.",
        "ruler_ended": "Em {at} a fatura, ainda em aberto, chegou ao fim da régua {ruler}.",
        "contact_result": "Em {at} foi registrado o resultado de um contato{by}: {code}.",
        "reply": "Em {at} o cliente respondeu a uma mensagem{by}.",
        "evidence_erased": "Em {at} os dados pessoais das evidências foram eliminados{by}.",
        "customer_acted": "Em {at}, na página da cobrança, o cliente {act}.",
        "agreement_proposed": (
            "Em {at} foi proposto um acordo de {total}, que aguarda a aprovação do credor."
        ),
        "agreement_accepted": "Em {at} passou a valer um acordo de {total}.",
        "agreement_fulfilled": "Em {at} o acordo de {total} foi dado como cumprido.",
        "agreement_breached": "Em {at} o acordo de {total} foi dado como descumprido.",
        "agreement_refused": "Em {at} o credor não aprovou o acordo proposto de {total}.",
        "agreement_lapsed": "Em {at} venceu o prazo para aprovar o acordo proposto de {total}.",
        "agreement_cancelled": "Em {at} o acordo de {total} foi cancelado.",
        "payment": "Em {at} foi recebido um pagamento de {amount}.",
        "payment_carried": (
            "Do que foi pago no acordo em {at}, {amount} passaram a contar para esta fatura."
        ),
        "payment_reversed": "Em {at} um pagamento de {amount} foi estornado.",
        "cancelled": "Em {at} a fatura foi cancelada.",
    },
    results={
        ResultCode.VOICEMAIL: "deixou-se recado na caixa postal",
        ResultCode.NO_ANSWER: "ninguém atendeu",
        ResultCode.BUSY: "a linha estava ocupada",
        ResultCode.UNREACHABLE: "o número estava fora de alcance",
        ResultCode.WRONG_NUMBER: "o número não é do cliente",
        ResultCode.INVOICE_NOT_RECEIVED: "o cliente disse que não recebeu a fatura",
        ResultCode.WAITING_APPROVAL: "o cliente aguarda uma aprovação interna",
        ResultCode.DISPUTE: "o cliente contestou a fatura",
        ResultCode.IN_PAYMENT_PIPE: "o pagamento está programado pelo cliente",
        ResultCode.PAYMENT_SENT: "o cliente disse que já pagou",
        ResultCode.PROMISE: "o cliente prometeu pagar",
        ResultCode.REFUSED: "o cliente se recusou a pagar",
        ResultCode.CALL_BACK: "o cliente pediu para ser contatado mais tarde",
        ResultCode.PAID_ELSEWHERE: "o cliente disse que pagou por outro meio",
    },
    acts={
        ActKind.CONFIRM_READING: "confirmou a leitura",
        ActKind.SAY_PAID: "informou que já pagou",
        ActKind.PROMISE: "prometeu pagar",
        ActKind.DISPUTE: "não reconheceu uma cobrança",
        ActKind.NOT_ME: "informou que não é quem o credor procura",
        ActKind.PREFER: "mudou as preferências de contato",
        ActKind.SEND_AGAIN: "pediu a segunda via por e-mail",
        ActKind.SETTLE: "aceitou um acordo",
    },
    dispute_outcomes={
        DisputeOutcome.UPHELD: " com razão para o cliente",
        DisputeOutcome.REJECTED: " sem razão para o cliente",
    },
    phrases={
        "invoice": "Em {at} a fatura {invoice} está {status}{late}.",
        "day_late": ", com 1 dia de atraso",
        "days_late": ", com {days} dias de atraso",
        "follows": "Ela segue a régua {name}, versão {version}, {why}.",
        "segment_because": " ({because})",
        "resting": "O contato espera desde {since} porque {hold}{until}.",
        "customer": "Em {at} o cliente {customer} está no segmento {segment}.",
        "opted_out": "O cliente pediu para não ser contatado {by}.",
        "until": ", até {until}",
        "returns": "; está previsto para {until}",
        "comes_back": "; volta em {until}",
        "instead": "; depois o passo {step} tomará o seu lugar",
        "dropped": "; depois não será feito porque {why}",
        "since": "{hold} desde {since}",
        "rested": "{hold} de {since} a {until}",
        "then_step": "{rested}; depois valeu o passo {step}",
        "overtaken": "o passo {step} tomou o seu lugar",
        "will_overtake": "o passo {step} tomará o seu lugar",
        "unrecorded": "o motivo não está registrado",
        "held_later": "O passo {step}, previsto para {day}, espera porque {why}{until}.",
        "under_way": "{Channel} do passo {step} foi decidido em {at} e aguarda o envio.",
        "in_doubt": "{Channel} do passo {step} foi iniciado em {at} e aguarda confirmação.",
        "deferred_before": "; antes foi adiado porque {why}",
        "deferred_often": "; antes foi adiado {times} vezes, a última porque {why}",
        "earlier": "Antes do ponto atual da régua: {sentence}",
        "at_instant": " em {at}",
        "by": ", {by}",
        "made_by": " {by}",
        "rule": " (regra {rule})",
        "next": "Próximo contato: {at}, {by} (passo {step}).",
        "next_about": "Próximo contato: {at}, {by} (passo {step}), sobre {count} faturas.",
        "preferred_channel": "É o canal que o cliente prefere.",
        "none_because": ", porque {why}",
        "moment": "{day} às {time}",
    },
)

_EN = Words(
    reasons={
        Reason.OUTSIDE_WINDOW: "it was outside the hours allowed for contact",
        Reason.HOLIDAY: "it was a holiday",
        Reason.DAILY_CAP: "the customer had already had the most contacts allowed in a day",
        Reason.WEEKLY_CAP: "the customer had already had the most contacts allowed in seven days",
        Reason.PROVIDER_THROTTLED: "the sending provider asked us to wait",
        Reason.SETTLED: "the invoice is paid",
        Reason.CANCELLED: "the invoice was cancelled",
        Reason.HELD: "contact is on hold",
        Reason.DISPUTED: "the invoice is disputed",
        Reason.PROMISED: "the customer promised to pay",
        Reason.IN_AGREEMENT: "the invoice is part of an agreement",
        Reason.OPTED_OUT: "the customer asked not to be contacted on this channel",
        Reason.NO_ADDRESS: "the customer has no address on this channel",
        Reason.ADDRESS_SUPPRESSED: "the customer's address must not be used any more",
        Reason.PRESCRIBED: "the debt is prescribed and must not be collected any more",
        Reason.BELOW_THRESHOLD: "the open amount is below the minimum for contact",
        Reason.PAYMENT_IN_TRANSIT: "the payment was made and is not credited yet",
        Reason.SUPERSEDED: "another step has taken its place or its date is over",
        Reason.DUPLICATE: "this contact had been made already",
        Reason.CREDITOR_PAUSED: "the creditor paused all collection",
        Reason.POLICY_DENIED: "the contact rules do not allow this channel",
        Reason.CONDITION_NOT_MET: "the invoice or the customer does not meet the step's conditions",
        Reason.EXCLUDED: "the customer is in a segment that is not contacted",
        Reason.HELD_OUT: "the customer is in the experiment's group that does not get this contact",
        Reason.REJECTED_BY_PROVIDER: "the sending provider refused the message",
        Reason.HARD_BOUNCE: "the address does not exist or takes no messages",
        Reason.UNDELIVERABLE: "neither sending nor delivery could be confirmed",
        Reason.TEMPLATE_ERROR: "the message's template has an error",
    },
    holds={
        HoldKind.HELD: "contact has been on hold",
        HoldKind.DISPUTED: "the invoice has been disputed",
        HoldKind.PROMISED: "a promise to pay has stood",
        HoldKind.PAYMENT_IN_TRANSIT: "a payment has been in transit",
        HoldKind.IN_AGREEMENT: "the invoice has been part of an agreement",
    },
    past_holds={
        HoldKind.HELD: "contact was on hold",
        HoldKind.DISPUTED: "the invoice was disputed",
        HoldKind.PROMISED: "a promise to pay stood",
        HoldKind.PAYMENT_IN_TRANSIT: "a payment was in transit",
        HoldKind.IN_AGREEMENT: "the invoice was part of an agreement",
    },
    holds_named={
        HoldKind.HELD: "the hold",
        HoldKind.DISPUTED: "the dispute",
        HoldKind.PROMISED: "the promise to pay",
        HoldKind.PAYMENT_IN_TRANSIT: "the wait for the payment in transit",
        HoldKind.IN_AGREEMENT: "the rest for the agreement",
    },
    deliveries={
        EventKind.COMPOSED: "the message was prepared",
        EventKind.ACCEPTED: "its delivery is not confirmed yet",
        EventKind.SENT: "its delivery is not confirmed yet",
        EventKind.DELAYED: "its delivery is taking long and the provider keeps trying",
        EventKind.DELIVERED: "its delivery was confirmed",
        EventKind.READ: "it was read",
        EventKind.ANSWERED: "the call was answered",
        EventKind.UNDELIVERED: "the customer was not reached",
        EventKind.UNKNOWN: "the carrier did not report the outcome",
        EventKind.SOFT_BOUNCED: "its delivery failed for a passing reason",
        EventKind.HARD_BOUNCED: "it came back because the address does not exist",
        EventKind.REJECTED: "the provider refused it",
        EventKind.COMPLAINED: "it was delivered and marked as spam",
        EventKind.OPENED: "it was opened",
        EventKind.CLICKED: "it was opened and its link was clicked",
        EventKind.UNSUBSCRIBED: "the customer asked for no further messages",
        EventKind.RELABELLED: "a hit on it was classified anew",
        EventKind.CONFIRMED: "the customer confirmed having read it",
        EventKind.REPLIED: "the customer answered",
        EventKind.IDENTIFIED: "the customer opened the page and gave digits of the document",
        EventKind.ACTED: "the customer did something on the page",
    },
    not_reported="its delivery is not confirmed yet",
    seen={
        Seen.DELIVERED: "it was delivered",
        Seen.OPENED: "it was delivered and opened",
        Seen.CLICKED: "it was delivered and opened, and its link was clicked",
    },
    channels={
        Channel.EMAIL: "the e-mail",
        Channel.SMS: "the SMS",
        Channel.WHATSAPP: "the WhatsApp message",
        Channel.VOICE: "the phone call",
    },
    made_by={
        Channel.EMAIL: "we sent the e-mail",
        Channel.SMS: "we sent the SMS",
        Channel.WHATSAPP: "we sent the WhatsApp message",
        Channel.VOICE: "we made the phone call",
    },
    by_channel={
        Channel.EMAIL: "by e-mail",
        Channel.SMS: "by SMS",
        Channel.WHATSAPP: "by WhatsApp",
        Channel.VOICE: "by phone",
    },
    statuses={
        InvoiceStatus.OPEN: "open",
        InvoiceStatus.PARTIALLY_PAID: "partly paid",
        InvoiceStatus.SETTLED: "paid",
        InvoiceStatus.CANCELLED: "cancelled",
    },
    outcomes={
        Outcome.MADE: "On {at} {made} of step {step}; {delivery}{before}.",
        Outcome.DEFERRED: "Step {step} was put off on {at} because {why}{until}.",
        Outcome.SUPPRESSED: "Step {step} was not sent on {at} because {why}.",
        Outcome.FAILED: "{Channel} of step {step}, of {at}, failed because {why}.",
        Outcome.LEFT_OUT: "Step {step} was not made because {why}.",
        Outcome.WAITING: "Step {step} has reached its day and will be made{when}{by}.",
        Outcome.UPCOMING: "Step {step} is planned for {when}{by}.",
        Outcome.NOT_MEANT: "Step {step}, planned for {day}, will not be made because {why}.",
        Outcome.BEFORE_ACTIVATION: (
            "Step {step} was not made because its day ({day}) was over before the invoice came to "
            "this version of the ruler."
        ),
        Outcome.HELD: "Step {step} was not made because {why}{until}.",
    },
    outcome_names={
        Outcome.MADE: "made",
        Outcome.DEFERRED: "put off",
        Outcome.SUPPRESSED: "not sent",
        Outcome.FAILED: "failed",
        Outcome.LEFT_OUT: "left out",
        Outcome.WAITING: "about to be made",
        Outcome.UPCOMING: "planned",
        Outcome.NOT_MEANT: "will not be made",
        Outcome.BEFORE_ACTIVATION: "before the ruler",
        Outcome.HELD: "on hold",
    },
    whys={
        NextWhy.PLANNED: "That is the step's day and hour.",
        NextWhy.WISHED: "That is the step's day, at the hour the customer prefers.",
        NextWhy.NOW: "The step has reached its day and is made at the next evaluation.",
        NextWhy.WINDOW: "Before that the customer must not be contacted, because {why}.",
        NextWhy.DEFERRAL: "The contact is put off until then because {why}.",
        NextWhy.HOLD_END: "Until {until} contact waits because {hold}.",
        NextWhy.GAP: "It counts from the contact before, which was made after its planned day.",
        NextWhy.NEXT_CHANNEL: (
            "It is the next channel, used unless the contact before has reached the customer by "
            "then."
        ),
    },
    silences={
        Silence.NOT_YET_KNOWN: (
            "There is no next contact: at this instant the invoice was not known yet."
        ),
        Silence.SETTLED: "There will be no further contact: the invoice is paid.",
        Silence.CANCELLED: "There will be no further contact: the invoice was cancelled.",
        Silence.PRESCRIBED: (
            "There will be no further contact: the debt is prescribed and must not be collected "
            "any more."
        ),
        Silence.EXCLUDED: (
            "There will be no contact: the customer is in a segment that is not contacted."
        ),
        Silence.RULER_ENDED: "There is no next contact: the ruler is at its end.",
        Silence.DISPUTED: "There is no next contact until the dispute is resolved.",
        Silence.IN_AGREEMENT: "There is no next contact about it while the agreement lasts.",
        Silence.NONE_MEANT: "There is no next contact: no remaining step will be made{why}.",
        Silence.NOTHING_OPEN: "There is no next contact: the customer has no open invoices.",
    },
    rulers={
        RulerWhy.INVOICE: "because the invoice itself names it",
        RulerWhy.CUSTOMER: "because the customer's record names it",
        RulerWhy.SEGMENT: "because the customer is in segment {segment}{because}",
        RulerWhy.DEFAULT: "because it is the creditor's default ruler",
        RulerWhy.EARLIER: "on which it has been",
    },
    conditions={
        "min_amount": "invoice of at least {asked}",
        "max_amount": "invoice of at most {asked}",
        "min_days_late": "longest open delay {found} days (at least {asked})",
        "max_days_late": "longest open delay {found} days (at most {asked})",
        "segments": "segment {found} (one of: {asked})",
        "tags_any": "tags {found} (at least one of: {asked})",
        "tags_none": "none of the tags {asked}",
        "kinds": "kind of customer {found} (accepted: {asked})",
        "risks": "risk {found} (accepted: {asked})",
        "reachable_by": "reachable by {found} (at least one of: {asked})",
        "not_reachable_by": "not reachable by {asked}",
        "min_open_amount": "open total {found} (at least {asked})",
        "max_open_amount": "open total {found} (at most {asked})",
        "min_overdue_invoices": "overdue invoices: {found} (at least {asked})",
        "max_overdue_invoices": "overdue invoices: {found} (at most {asked})",
        "min_times_late": "times late so far: {found} (at least {asked})",
        "max_times_late": "times late so far: {found} (at most {asked})",
        "min_late_share_percent": "{found}% of the latest invoices paid late (at least {asked}%)",
        "max_late_share_percent": "{found}% of the latest invoices paid late (at most {asked}%)",
        "min_worst_days_late": "worst delay {found} days (at least {asked})",
        "max_worst_days_late": "worst delay {found} days (at most {asked})",
        "min_broken_promises": "broken promises: {found} (at least {asked})",
        "max_broken_promises": "broken promises: {found} (at most {asked})",
    },
    happenings={
        "hold_placed": "On {at} {hold} began{until}.",
        "hold_ended": "On {at} {hold} ended{outcome}.",
        "promise_not_pausing": (
            "On {at} the customer promised to pay on {promised_on}; the ruler was not paused."
        ),
        "promise_kept": "On {at} the promise to pay was found to be kept.",
        "promise_broken": "On {at} the promise to pay was found to be broken.",
        "ruler_changed": "On {at} the invoice went from ruler {from} to ruler {to}.",
        "ruler_ended": "On {at} the invoice, still open, was at the end of ruler {ruler}.",
        "contact_result": "On {at} the result of a contact{by} was noted: {code}.",
        "reply": "On {at} the customer replied to a message{by}.",
        "evidence_erased": "On {at} what is personal in the evidence was erased{by}.",
        "customer_acted": "On {at}, on the page, the customer {act}.",
        "agreement_proposed": (
            "On {at} an agreement over {total} was proposed; the creditor has to approve it."
        ),
        "agreement_accepted": "On {at} an agreement over {total} came into force.",
        "agreement_fulfilled": "On {at} the agreement over {total} was found to be kept.",
        "agreement_breached": "On {at} the agreement over {total} was found to be broken.",
        "agreement_refused": "On {at} the creditor did not approve the agreement over {total}.",
        "agreement_lapsed": "On {at} the time to approve the agreement over {total} was over.",
        "agreement_cancelled": "On {at} the agreement over {total} was cancelled.",
        "payment": "On {at} a payment of {amount} came in.",
        "payment_carried": (
            "Of what was paid on {at} under the agreement, {amount} came to count for this invoice."
        ),
        "payment_reversed": "On {at} a payment of {amount} was reversed.",
        "cancelled": "On {at} the invoice was cancelled.",
    },
    results={
        ResultCode.VOICEMAIL: "a message was left on voicemail",
        ResultCode.NO_ANSWER: "nobody answered",
        ResultCode.BUSY: "the line was busy",
        ResultCode.UNREACHABLE: "the number could not be reached",
        ResultCode.WRONG_NUMBER: "the number is not the customer's",
        ResultCode.INVOICE_NOT_RECEIVED: "the customer said the invoice did not arrive",
        ResultCode.WAITING_APPROVAL: "the customer waits for an internal approval",
        ResultCode.DISPUTE: "the customer disputed the invoice",
        ResultCode.IN_PAYMENT_PIPE: "the customer has scheduled the payment",
        ResultCode.PAYMENT_SENT: "the customer said the payment was made",
        ResultCode.PROMISE: "the customer promised to pay",
        ResultCode.REFUSED: "the customer refused to pay",
        ResultCode.CALL_BACK: "the customer asked to be contacted later",
        ResultCode.PAID_ELSEWHERE: "the customer said it was paid by other means",
    },
    acts={
        ActKind.CONFIRM_READING: "confirmed having read the message",
        ActKind.SAY_PAID: "said that it was paid already",
        ActKind.PROMISE: "promised to pay",
        ActKind.DISPUTE: "did not recognise a charge",
        ActKind.NOT_ME: "said that somebody else is meant",
        ActKind.PREFER: "changed how they wish to be contacted",
        ActKind.SEND_AGAIN: "asked for another copy by e-mail",
        ActKind.SETTLE: "accepted an agreement",
    },
    dispute_outcomes={
        DisputeOutcome.UPHELD: " in the customer's favour",
        DisputeOutcome.REJECTED: " against the customer",
    },
    phrases={
        "invoice": "On {at} invoice {invoice} is {status}{late}.",
        "day_late": ", 1 day late",
        "days_late": ", {days} days late",
        "follows": "It follows ruler {name}, version {version}, {why}.",
        "segment_because": " ({because})",
        "resting": "Contact has waited since {since} because {hold}{until}.",
        "customer": "On {at} customer {customer} is in segment {segment}.",
        "opted_out": "The customer asked not to be contacted {by}.",
        "until": ", until {until}",
        "returns": "; it is planned for {until}",
        "comes_back": "; it comes back on {until}",
        "instead": "; afterwards step {step} will take its place",
        "dropped": "; it will not be made afterwards because {why}",
        "since": "{hold} since {since}",
        "rested": "{hold} from {since} to {until}",
        "then_step": "{rested}; afterwards step {step} was due instead",
        "overtaken": "step {step} took its place",
        "will_overtake": "step {step} will take its place",
        "unrecorded": "for a reason that is not on record",
        "held_later": "Step {step}, planned for {day}, waits because {why}{until}.",
        "under_way": "{Channel} of step {step} was decided on {at} and waits to be sent.",
        "in_doubt": "{Channel} of step {step} was begun on {at} and waits for confirmation.",
        "deferred_before": "; it had been put off because {why}",
        "deferred_often": "; it had been put off {times} times, the last because {why}",
        "earlier": "Before the present place on the ruler: {sentence}",
        "at_instant": " on {at}",
        "by": ", {by}",
        "made_by": " {by}",
        "rule": " (rule {rule})",
        "next": "Next contact: {at}, {by} (step {step}).",
        "next_about": "Next contact: {at}, {by} (step {step}), about {count} invoices.",
        "preferred_channel": "That is the channel the customer prefers.",
        "none_because": " because {why}",
        "moment": "{day} at {time}",
    },
)

WORDS: Mapping[Language, Words] = {"pt-BR": _PT, "en": _EN}
