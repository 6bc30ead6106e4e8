"""The codes of a report in Portuguese: channels, events, levels, labels, reasons.

Facts, whose names and values are the providers' as well, are in `regua.adapters.report_facts`.
"""

from collections.abc import Mapping

from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchState
from regua.domain.evidence import Level
from regua.domain.ruler import Channel

CHANNELS: Mapping[Channel, str] = {
    Channel.EMAIL: "E-mail",
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.VOICE: "Ligação automática",
}
EVENTS: Mapping[EventKind, str] = {
    EventKind.COMPOSED: "Mensagem composta (bytes exatos)",
    EventKind.ACCEPTED: "Aceita pelo provedor",
    EventKind.SENT: "Enviada pelo provedor",
    EventKind.DELAYED: "Entrega adiada pelo destino",
    EventKind.DELIVERED: "Entregue no destino",
    EventKind.SOFT_BOUNCED: "Devolvida (falha temporária)",
    EventKind.HARD_BOUNCED: "Devolvida (falha permanente)",
    EventKind.UNDELIVERED: "Não entregue",
    EventKind.REJECTED: "Recusada pelo provedor",
    EventKind.COMPLAINED: "Reclamação do destinatário",
    EventKind.READ: "Leitura informada pelo aplicativo",
    EventKind.ANSWERED: "Ligação atendida",
    EventKind.UNKNOWN: "Sem informação do provedor",
    EventKind.OPENED: "Abertura",
    EventKind.CLICKED: "Clique em link",
    EventKind.UNSUBSCRIBED: "Pedido de não receber mais",
    EventKind.RELABELLED: "Reclassificação de acesso",
    EventKind.CONFIRMED: "Leitura confirmada",
    EventKind.REPLIED: "Resposta do destinatário",
    EventKind.IDENTIFIED: "Identificação na página do cliente",
    EventKind.ACTED: "Ato na página do cliente",
}
LEVELS: Mapping[Level, str] = {
    Level.COMPOSED: "conteúdo fixado",
    Level.ACCEPTED: "envio",
    Level.FAILED: "tentativa sem entrega",
    Level.DELIVERED: "entrega",
    Level.FETCHED: "acesso automatizado ou não identificado",
    Level.OPENED: "abertura (indício)",
    Level.CLICKED: "acesso ao conteúdo (indício forte)",
    Level.CONFIRMED: "leitura confirmada",
    Level.ANSWERED: "resposta",
}
SOURCES: Mapping[str, str] = {
    "regua": "Régua (remetente)",
    "aws.ses": "Amazon SES",
    "aws.sms-voice": "AWS (SMS e voz)",
    "aws.social-messaging": "WhatsApp (Meta), via AWS",
}
LABELS: Mapping[str, str] = {
    "person": "pessoa (provável)",
    "image_proxy": "intermediário de imagens do provedor de e-mail",
    "privacy_prefetch": "pré-carregamento por privacidade",
    "security_scanner": "verificador automático de segurança",
    "unknown": "não identificado",
}
REASONS: Mapping[str, str] = {
    "unsubscribe_post": "pedido por formulário",
    "prefetch_header": "o programa declarou pré-carregamento",
    "head_request": "requisição sem conteúdo (HEAD)",
    "apple_privacy_agent": "identificação do Apple Mail Privacy Protection",
    "prefetch_agent": "identificação de pré-carregamento do provedor",
    "image_proxy_agent": "identificação de intermediário de imagens",
    "relays_follow_no_links": "intermediários de imagem não seguem links",
    "unrecognised_agent": "programa não reconhecido",
    "apple_mail_agent": "identificação ambígua do Apple Mail",
    "known_client": "programa de uso pessoal conhecido",
    "empty_agent": "programa sem identificação",
    "bare_agent": "identificação incompleta",
    "http_library": "biblioteca de automação",
    "machine_agent": "programa automático declarado",
    "compatible_agent": "identificação típica de robô",
    "long_after_delivery": "muito depois da entrega",
    "seconds_after_delivery": "segundos após a entrega",
    "fetch_metadata": "navegador declarou ação da pessoa",
    "no_browser_headers": "sem cabeçalhos de navegador",
    "accept_language": "idioma declarado pelo navegador",
    "gateway_rewrite_referer": "veio de verificador de links",
    "honeypot": "seguiu o link invisível",
    "near_honeypot": "junto de quem seguiu o link invisível",
    "sweep": "seguiu vários links em sequência",
    "ip_burst": "o mesmo endereço acessou mensagens de muitos destinatários",
    "second_hit": "novo acesso, de navegador, depois de um programa",
    "click_followed": "seguida de clique",
    "unexplained": "sem motivo registrado",
}
PREFIXED_REASONS: Mapping[str, str] = {
    "network": "rede conhecida",
    "probable_network": "rede provável",
    "asn": "sistema autônomo",
}
STATES: Mapping[DispatchState, str] = {
    DispatchState.PLANNED: "planejado",
    DispatchState.CLAIMED: "em andamento",
    DispatchState.SENT: "enviado",
    DispatchState.DEFERRED: "adiado",
    DispatchState.SUPPRESSED: "não realizado",
    DispatchState.FAILED: "falhou",
}
SUPPRESSIONS: Mapping[str, str] = {
    "outside_window": "fora do horário de contato",
    "holiday": "feriado",
    "daily_cap": "limite diário de contatos",
    "weekly_cap": "limite semanal de contatos",
    "provider_throttled": "provedor indisponível",
    "settled": "fatura já paga",
    "cancelled": "fatura cancelada",
    "held": "cobrança suspensa",
    "disputed": "débito contestado",
    "promised": "promessa de pagamento",
    "in_agreement": "acordo em andamento",
    "opted_out": "cliente pediu para não receber",
    "no_address": "sem endereço para o canal",
    "address_suppressed": "endereço bloqueado por devolução",
    "prescribed": "débito prescrito",
    "below_threshold": "valor abaixo do mínimo",
    "payment_in_transit": "pagamento em processamento",
    "superseded": "substituído por outro passo",
    "duplicate": "repetido",
    "creditor_paused": "cobrança pausada pelo credor",
    "policy_denied": "vedado pela política de contato",
    "rejected_by_provider": "recusado pelo provedor",
    "hard_bounce": "devolvido em definitivo",
    "undeliverable": "sem resultado conhecido",
    "template_error": "mensagem não pôde ser composta",
}


def reason_words(code: str) -> str:
    """Return a classifier's reason in words; one that is new here is shown as its code.

    >>> reason_words("network:proofpoint"), reason_words("newer_reason")
    ('rede conhecida: proofpoint', 'newer_reason')
    """
    name, colon, rest = code.partition(":")
    if colon and name in PREFIXED_REASONS:
        return f"{PREFIXED_REASONS[name]}: {rest}"
    return REASONS.get(code, code)
