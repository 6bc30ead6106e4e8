"""The facts of a chain in Portuguese: every name that our code or a provider's report writes.

What a provider's code means is said in words with the code behind it; a value that is none of the
known codes is shown as it is.

Source: Amazon SES developer guide, "Contents of notifications for Amazon SES"; AWS End User
Messaging SMS user guide, "Event types for SMS, MMS, and voice"; Meta, messages webhook reference
(statuses and pricing); read 2026-11.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from regua.adapters.pt_br import brl, full_date
from regua.adapters.report_text import shown
from regua.adapters.report_words import CHANNELS, EVENTS, LABELS, reason_words
from regua.domain.ruler import Channel
from regua.domain.tokens import HONEYPOT

FACTS: Mapping[str, str] = {
    "smtp_response": "Resposta SMTP do servidor (literal)",
    "smtp_code": "Código SMTP",
    "status_code": "Código de status (RFC 3463)",
    "diagnostic_code": "Diagnóstico do servidor (literal)",
    "reporting_mta": "Servidor que relatou (reporting MTA)",
    "remote_mta_ip": "IP do servidor de destino",
    "processing_time_millis": "Tempo de processamento (ms)",
    "bounce_type": "Tipo de devolução",
    "bounce_sub_type": "Subtipo de devolução",
    "complaint_feedback_type": "Tipo de reclamação",
    "delay_type": "Tipo de adiamento",
    "provider_event": "Evento do provedor",
    "provider_status": "Situação no provedor",
    "status": "Situação informada",
    "is_final": "Último evento esperado",
    "provider_reason": "Motivo dado pelo provedor",
    "error_code": "Código de erro",
    "error_title": "Erro informado",
    "error_details": "Detalhe do erro",
    "provider_message_id": "Identificador no provedor",
    "aws_message_id": "Identificador na AWS",
    "wamid": "Identificador na Meta (wamid)",
    "request_id": "Identificador da requisição",
    "http_date": "Data da resposta do provedor",
    "http_status": "Situação HTTP da resposta",
    "recipients": "Destinatário relatado",
    "recipient": "Destinatário",
    "sender": "Remetente",
    "carrier": "Operadora",
    "encoding": "Codificação",
    "parts": "Partes",
    "price_usd": "Preço informado (US$)",
    "pricing_category": "Categoria de cobrança do provedor",
    "pricing_model": "Modelo de cobrança do provedor",
    "pricing_type": "Tipo de cobrança do provedor",
    "pricing_billable": "Cobrada pelo provedor",
    "template": "Modelo de mensagem",
    "step": "Passo da régua",
    "purpose": "Finalidade da mensagem",
    "channel": "Canal",
    "dkim_name": "Nome do registro DNS da chave DKIM",
    "dkim_record": "Registro de chave pública DKIM",
    "label": "Classificação",
    "score": "Pontuação (0 = programa, 100 = pessoa)",
    "reasons": "Motivos da classificação",
    "ruleset": "Conjunto de regras",
    "method": "Método HTTP",
    "link": "Link acessado",
    "of_event_id": "Evento reclassificado",
    "of_kind": "Tipo do evento reclassificado",
    "text": "Texto (literal)",
    "from_number": "Número de origem",
    "intent": "Assunto identificado",
    "confidence": "Confiança da identificação",
    "matched": "Mensagem respondida",
    "dwell_seconds": "Permanência na página (s)",
    "content_sha256": "SHA-256 da mensagem confirmada",
    "document": "Documento perguntado",
    "document_digits": "Dígitos do documento",
    "act": "O que foi feito",
    "protocol": "Protocolo",
    "part": "O que este registro guarda",
    "external_id": "Fatura",
    "on": "Data informada",
    "paid_by": "Meio de pagamento informado",
    "until": "Contato suspenso até",
    "amount_centavos": "Valor",
    "pauses": "Promessa suspende o contato",
    "proof": "Comprovante enviado",
    "needs_person": "Encaminhado para conferência",
    "reason": "Motivo informado",
    "words": "Explicação (literal)",
    "file_name": "Nome do arquivo enviado",
    "stopped": "O que deixa de ser usado",
    "stop": "Canais recusados",
    "hour": "Horário preferido",
    "agreement_id": "Acordo",
    "agreement_status": "Situação do acordo ao ser aceito",
    "instalments": "Pagamentos do acordo",
    "total_centavos": "Total do acordo",
    "discount_centavos": "Desconto do acordo",
    "quoted_on": "Valores atualizados em",
    "terms_sha256": "SHA-256 dos termos aceitos",
    "ip": "Endereço IP",
    "port": "Porta de origem",
    "user_agent": "Programa (user agent)",
    "envelope": "Assinatura do envelope do provedor",
    "signing_cert_sha256": "SHA-256 do certificado do envelope",
}
"""Names, in the order in which a report shows them."""

_YES_NO: Mapping[str, str] = {"true": "sim", "false": "não"}
_SAID: Mapping[str, str] = {"yes": "sim", "no": "não"}
_OURS: Mapping[str, Mapping[str, str]] = {
    "channel": {channel.value: words for channel, words in CHANNELS.items()},
    "label": LABELS,
    "of_kind": {kind.value: words for kind, words in EVENTS.items()},
    "envelope": {
        "verified": "conferida com o certificado do provedor",
        "unavailable": "não conferida no recebimento (certificado indisponível)",
        "unsigned_emulator": "sem assinatura (ambiente de demonstração)",
    },
    "document_digits": {
        "matched": "informados e iguais aos do cadastro",
        "not_given": "não informados",
        "not_on_file": "não havia cadastro para comparar",
    },
    "matched": {
        "named": "indicada na própria resposta",
        "latest": "a última enviada antes da resposta",
    },
    "confidence": {"exact": "exata", "clear": "clara", "doubtful": "duvidosa"},
    "intent": {
        "stop": "pedido para não receber mais",
        "not_me": "engano de destinatário",
        "paid": "informa pagamento",
        "negotiate": "quer negociar",
        "human": "pede atendimento",
        "second_copy": "pede segunda via",
        "other": "outro assunto",
    },
    "purpose": {"receipt": "recibo de pagamento"},
    "act": {
        "confirm_reading": "confirmou a leitura",
        "say_paid": "informou pagamento já feito",
        "promise": "prometeu pagar em uma data",
        "dispute": "contestou a fatura",
        "not_me": "informou que não é o destinatário",
        "prefer": "escolheu como quer receber mensagens",
        "send_again": "pediu segunda via por e-mail",
        "settle": "aceitou um acordo",
    },
    "part": {"terms": "os termos apresentados", "proof": "o comprovante enviado"},
    "document": {"cpf": "CPF", "cnpj": "CNPJ"},
    "paid_by": {
        "pix": "Pix",
        "boleto": "boleto",
        "card": "cartão",
        "debit": "débito em conta",
        "cash": "dinheiro",
        "transfer": "transferência",
        "other": "outro",
    },
    "reason": {
        "unknown_purchase": "não reconhece a compra",
        "wrong_amount": "valor incorreto",
        "not_delivered": "produto ou serviço não recebido",
        "already_paid": "já foi pago",
        "cancelled": "foi cancelado",
        "other": "outro motivo",
    },
    "stopped": {"address": "o endereço da mensagem", "channel": "o canal da mensagem"},
    "agreement_status": {"proposed": "aguarda aprovação do credor", "active": "em vigor"},
    "pauses": _SAID,
    "proof": _SAID,
    "needs_person": _SAID,
    "is_final": _YES_NO,
    "pricing_billable": _YES_NO,
}
"""Codes of our own, by the fact's name: the words stand in their place."""

_PROVIDERS: Mapping[str, Mapping[str, str]] = {
    "bounce_type": {
        "Permanent": "permanente",
        "Transient": "temporária",
        "Undetermined": "indeterminada",
    },
    "bounce_sub_type": {
        "General": "geral",
        "NoEmail": "endereço inexistente",
        "Suppressed": "endereço na lista de bloqueio do provedor",
        "OnAccountSuppressionList": "endereço na lista de bloqueio da conta",
        "UnsubscribedRecipient": "destinatário descadastrado",
        "MailboxFull": "caixa postal cheia",
        "MessageTooLarge": "mensagem grande demais",
        "ContentRejected": "conteúdo recusado",
        "AttachmentRejected": "anexo recusado",
        "CustomTimeoutExceeded": "prazo de entrega esgotado",
        "Undetermined": "indeterminado",
    },
    "complaint_feedback_type": {
        "abuse": "mensagem indesejada",
        "auth-failure": "falha de autenticação",
        "fraud": "fraude",
        "not-spam": "não é mensagem indesejada",
        "other": "outra",
        "virus": "vírus",
    },
    "delay_type": {
        "InternalFailure": "falha interna do provedor",
        "General": "geral",
        "MailboxFull": "caixa postal cheia",
        "SpamDetected": "destino suspeita de mensagem indesejada",
        "RecipientServerError": "falha do servidor de destino",
        "IPFailure": "endereço de envio bloqueado ou limitado",
        "TransientCommunicationFailure": "falha temporária de comunicação",
        "BYOIPHostNameLookupUnavailable": "nome do endereço de envio não encontrado",
        "SendingDeferral": "envio adiado pelo provedor",
        "Undetermined": "indeterminado",
    },
    "provider_event": {
        "TEXT_QUEUED": "na fila do provedor",
        "TEXT_PENDING": "em andamento",
        "TEXT_SENT": "enviada à operadora",
        "TEXT_SUCCESSFUL": "aceita pela operadora",
        "TEXT_DELIVERED": "entregue",
        "TEXT_INVALID": "número inválido",
        "TEXT_INVALID_MESSAGE": "mensagem inválida",
        "TEXT_BLOCKED": "bloqueada pelo aparelho ou pelo destinatário",
        "TEXT_CARRIER_BLOCKED": "bloqueada pela operadora",
        "TEXT_SPAM": "tida por indesejada pela operadora",
        "TEXT_PROTECT_BLOCKED": "bloqueada por proteção do provedor",
        "TEXT_UNREACHABLE": "aparelho fora de alcance",
        "TEXT_CARRIER_UNREACHABLE": "operadora fora de alcance",
        "TEXT_TTL_EXPIRED": "prazo de entrega esgotado",
        "TEXT_UNKNOWN": "sem informação",
        "VOICE_INITIATED": "ligação iniciada",
        "VOICE_RINGING": "chamando",
        "VOICE_ANSWERED": "atendida",
        "VOICE_COMPLETED": "mensagem reproduzida até o fim",
        "VOICE_BUSY": "ocupado",
        "VOICE_NO_ANSWER": "não atendida",
        "VOICE_FAILED": "falhou",
        "VOICE_TTL_EXPIRED": "prazo esgotado",
    },
    "provider_status": {
        "QUEUED": "na fila do provedor",
        "PENDING": "em andamento",
        "SENT": "enviada",
        "SUCCESSFUL": "aceita pela operadora",
        "DELIVERED": "entregue",
        "INVALID": "número inválido",
        "INVALID_MESSAGE": "mensagem inválida",
        "BLOCKED": "bloqueada",
        "CARRIER_BLOCKED": "bloqueada pela operadora",
        "SPAM": "tida por indesejada",
        "PROTECT_BLOCKED": "bloqueada por proteção do provedor",
        "UNREACHABLE": "fora de alcance",
        "CARRIER_UNREACHABLE": "operadora fora de alcance",
        "TTL_EXPIRED": "prazo de entrega esgotado",
        "UNKNOWN": "sem informação",
        "INITIATED": "iniciada",
        "RINGING": "chamando",
        "ANSWERED": "atendida",
        "COMPLETED": "concluída",
        "BUSY": "ocupado",
        "NO_ANSWER": "não atendida",
        "FAILED": "falhou",
    },
    "status": {
        "accepted": "aceita",
        "sent": "enviada",
        "delivered": "entregue",
        "read": "lida",
        "failed": "falhou",
    },
    "encoding": {"GSM": "alfabeto GSM de 7 bits", "UNICODE": "Unicode (UCS-2)"},
    "pricing_category": {
        "utility": "utilidade",
        "marketing": "marketing",
        "marketing_lite": "marketing",
        "authentication": "autenticação",
        "authentication_international": "autenticação internacional",
        "service": "atendimento",
        "referral_conversion": "conversa vinda de anúncio",
    },
    "pricing_model": {"CBP": "por conversa", "PMP": "por mensagem"},
    "pricing_type": {
        "regular": "normal",
        "free_customer_service": "gratuita, em janela de atendimento",
        "free_entry_point": "gratuita, vinda de anúncio ou página",
    },
}
"""Codes of the providers', by the fact's name: the code stands behind its words."""


def fact_name(name: str) -> str:
    """Return a fact's name for people; one that is new here is shown as it is."""
    return FACTS.get(name, shown(name))


def fact_value(name: str, value: str) -> str:
    """Return a fact's value for people.

    >>> fact_value("status", "read"), fact_value("is_final", "true"), fact_value("link", "0")
    ('lida (read)', 'sim', '1')
    """
    if name == "reasons":
        return "; ".join(shown(reason_words(reason)) for reason in value.split(",") if reason)
    write = _WRITTEN.get(name)
    if write is not None and write[0].fullmatch(value):
        return write[1](value)
    words = _OURS.get(name, {}).get(value)
    if words is not None:
        return words
    meaning = _PROVIDERS.get(name, {}).get(value) or _PROVIDERS.get(name, {}).get(value.lower())
    return f"{meaning} ({shown(value)})" if meaning else shown(value)


def _amount(text: str) -> str:
    return brl(int(text))


def _day(text: str) -> str:
    try:
        return full_date(date.fromisoformat(text))
    except ValueError:  # no day of any month
        return shown(text)


def _channels(text: str) -> str:
    return ", ".join(CHANNELS[Channel(name)] for name in text.split())


def link_name(index: str) -> str:
    """Say which link of a message it was; people count from 1.

    >>> link_name("0"), link_name("65535")
    ('1', 'invisível')
    """
    return "invisível" if index == str(HONEYPOT) else str(int(index) + 1)


_NUMBER = re.compile(r"\d{1,15}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_A_CHANNEL = "|".join(channel.value for channel in Channel)
_WRITTEN: Mapping[str, tuple[re.Pattern[str], Callable[[str], str]]] = {
    "link": (_NUMBER, link_name),
    "on": (_DATE, _day),
    "until": (_DATE, _day),
    "quoted_on": (_DATE, _day),
    "amount_centavos": (_NUMBER, _amount),
    "total_centavos": (_NUMBER, _amount),
    "discount_centavos": (_NUMBER, _amount),
    "stop": (re.compile(rf"(?:{_A_CHANNEL})(?: (?:{_A_CHANNEL}))*"), _channels),
}
"""Values of ours that are written in another way for people, where they have the form they must."""
