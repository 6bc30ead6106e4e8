"""Our own WhatsApp templates: six occasions, for one invoice and for several, with a link each.

And one more for each number of invoices that thanks for a payment, without any link.

Static text that Meta approves once for each WhatsApp account; who writes, about what and how much
are parameters. A name ends in its version: other words need a new one, because Meta keeps the old
text under the old name until it has reviewed the new one.

Parameters of every body but a receipt's, in order: who is greeted, who writes, the invoices, their
due date or dates, how the total is made up, the total, the last day on which it is right, and the
creditor's document and address. Those of a receipt: who is greeted, who writes, the invoices, what
was received, when, and the creditor's document and address.
"""

from collections.abc import Mapping
from typing import Any

from regua.domain.errors import TemplateError
from regua.domain.whatsapp_templates import (
    Approval,
    Button,
    QuickReply,
    UrlButton,
    WhatsAppTemplate,
)

VERSION = "v2"
RECEIPT_VERSION = "v1"
TIME_TO_LIVE = 4 * 3600
"""For how long Meta tries to deliver (seconds), instead of 30 days.

The limit belongs to the template: what is taken shortly before the hours end may still arrive
after them, by so much. A limit of its own for each message is not in the API that we use.

Source: WhatsApp Business Platform, "Configure message time-to-live": utility templates, 30 to
43 200 seconds (developers.facebook.com, page of 2026-05-21).
"""
PARAMETERS = 8
PAID_TEXT = "Já paguei"
HUMAN_TEXT = "Falar com atendente"
STOP_TEXT = "Parar"
"""The quick replies, in this order; after the link where a message has one."""

_DRAFT = Approval()
_TOKEN_SAMPLE = "k1YwAAAAAAAAAAAAAAAAAAAAAAA2lXCoBhC9QeX93SIg1ESe0V_G1I"  # noqa: S105 - an example
_FOOTER = f"Para não receber mais avisos aqui, toque em {STOP_TEXT}."
_HELLO = "Olá, {{1}}. "

_FROM = "Esta é uma mensagem de {{2}}"
_BUREAU = (
    "registro em cadastro de proteção ao crédito, sempre com comunicação prévia do próprio"
    " cadastro (CDC, art. 43, § 2º). Esta mensagem não é essa comunicação."
)
_LEADS: Mapping[str, tuple[str, str]] = {
    "lembrete": (
        "Este é um lembrete de {{2}}: sua fatura {{3}} tem vencimento em {{4}}.",
        "Este é um lembrete de {{2}}: suas faturas {{3}} têm vencimento em {{4}}.",
    ),
    "vencimento": (
        (
            _FROM + " sobre a sua fatura {{3}}, com vencimento em {{4}}."
            " Este aviso é só para ajudar na sua organização."
        ),
        (
            _FROM + " sobre as suas faturas {{3}}, com vencimento em {{4}}."
            " Este aviso é só para ajudar na sua organização."
        ),
    ),
    "vencida": (
        (
            _FROM + ". Ainda não identificamos o pagamento da sua fatura {{3}}, com"
            " vencimento em {{4}}. Pode ter sido um esquecimento."
        ),
        (
            _FROM + ". Ainda não identificamos o pagamento das suas faturas {{3}}, com"
            " vencimento em {{4}}. Pode ter sido um esquecimento."
        ),
    ),
    "em_atraso": (
        (
            _FROM + ". Até o momento, não identificamos o pagamento da sua fatura {{3}}, com"
            " vencimento em {{4}}. O valor abaixo já está atualizado."
        ),
        (
            _FROM + ". Até o momento, não identificamos o pagamento das suas faturas {{3}}, com"
            " vencimento em {{4}}. Os valores abaixo já estão atualizados."
        ),
    ),
    "atraso_prolongado": (
        (
            _FROM + ". Sua fatura {{3}}, com vencimento em {{4}}, segue sem confirmação de"
            " pagamento. Pedimos que o pagamento seja regularizado. Se houver alguma dificuldade,"
            " queremos encontrar uma solução com você."
        ),
        (
            _FROM + ". Suas faturas {{3}}, com vencimento em {{4}}, seguem sem confirmação de"
            " pagamento. Pedimos que o pagamento seja regularizado. Se houver alguma dificuldade,"
            " queremos encontrar uma solução com você."
        ),
    ),
    "pre_negativacao": (
        (
            "Este é um comunicado de {{2}}. Não identificamos o pagamento da sua fatura {{3}},"
            " com vencimento em {{4}}. Se ela permanecer em aberto, poderá ser encaminhada para "
            + _BUREAU
        ),
        (
            "Este é um comunicado de {{2}}. Não identificamos o pagamento das suas faturas"
            " {{3}}, com vencimento em {{4}}. As já vencidas, se permanecerem em aberto, poderão"
            " ser encaminhadas para " + _BUREAU
        ),
    ),
}
"""What each occasion says first, about one invoice and about several.

Source: CDC art. 42 and 71 (no threat), art. 43 §2 (the bureau itself gives prior written notice).
"""
_AMOUNTS = "Composição: {{5}}.\nTotal: {{6}}, válido para pagamento até {{7}}."
_HOW_TO_PAY = (
    "Para ver os detalhes e pagar, toque no botão abaixo.",
    "Para ver os detalhes de todas e pagar, toque no botão abaixo.",
)
_ALREADY_PAID = "Se você já pagou, desconsidere: a confirmação pode levar alguns dias úteis."
_WHO = (
    "Documento e endereço de quem envia: {{8}}. Dúvidas, ou não reconhece esta mensagem? Fale"
    " conosco por aqui."
)
_BUTTON_TEXT = ("Ver e pagar fatura", "Ver e pagar faturas")
_SAMPLES = (
    "Maria",
    "Escola Horizonte Azul",
    "2026-1101",
    "03/11/2026",
    "valor original R$ 1.499,00, multa R$ 29,98, juros R$ 7,50",
    "R$ 1.536,48",
    "18/11/2026",
    "CNPJ 11.222.333/0001-81, Rua das Acácias, 120, São Paulo/SP, CEP 04000-000",
)
_SAMPLES_OF_SEVERAL = (
    *_SAMPLES[:2],
    "2026-1101, 2026-1102 e mais 2",
    "03/11/2026 e 03/12/2026",
    *_SAMPLES[4:],
)

OCCASIONS = frozenset(_LEADS)
RECEIPTS: Mapping[str, tuple[str, str]] = {
    "recibo": (
        (
            _FROM + ". Confirmamos o recebimento do pagamento da sua fatura {{3}}, no valor de"
            " {{4}}, em {{5}}. Obrigado!"
        ),
        (
            _FROM + ". Confirmamos o recebimento do pagamento das suas faturas {{3}}, no valor"
            " total de {{4}}, em {{5}}. Obrigado!"
        ),
    )
}
"""What a receipt of payment says, about one invoice and about several. It asks for nothing."""
_WHO_THANKS = _WHO.replace("{{8}}", "{{6}}")
_SAMPLES_OF_RECEIPTS = (
    (*_SAMPLES[:3], "R$ 1.536,48", "18/11/2026", _SAMPLES[7]),
    (*_SAMPLES_OF_SEVERAL[:3], "R$ 4.609,44", "17/11/2026 e 18/11/2026", _SAMPLES[7]),
)


def template_name(occasion: str, invoices: int) -> str:
    """Return the name of the template for an occasion.

    >>> template_name("lembrete", 1), template_name("vencida", 3)
    ('lembrete_uma_v2', 'vencida_varias_v2')

    Raises:
        TemplateError: there is no template for that occasion.
    """
    if occasion not in OCCASIONS:
        raise TemplateError(f"no WhatsApp template for {occasion}")
    return f"{occasion}_{'uma' if invoices == 1 else 'varias'}_{VERSION}"


def receipt_name(template: str, invoices: int) -> str:
    """Return the name of the template that thanks for a payment.

    >>> receipt_name("recibo", 1), receipt_name("recibo", 3)
    ('recibo_uma_v1', 'recibo_varias_v1')

    Raises:
        TemplateError: there is no such receipt.
    """
    if template not in RECEIPTS:
        raise TemplateError(f"no WhatsApp template for {template}")
    return f"{template}_{'uma' if invoices == 1 else 'varias'}_{RECEIPT_VERSION}"


def our_templates(click_url: str, *, approval: Approval = _DRAFT) -> tuple[WhatsAppTemplate, ...]:
    """Return every template, in one order and one state.

    Args:
        click_url: where tracked links begin, up to the token: ``https://c.example.com.br/c/``.
        approval: their state with Meta.
    """
    return tuple(
        _template(occasion, invoices, click_url, approval)
        for occasion in _LEADS
        for invoices in (1, 2)
    ) + tuple(_receipt(name, invoices, approval) for name in RECEIPTS for invoices in (1, 2))


def creation_document(template: WhatsAppTemplate) -> dict[str, Any]:
    """Write a template as Meta takes it for review (``templateDefinition`` of the AWS API).

    ``allow_category_change`` is off: a template that Meta holds to be marketing is refused, and
    not approved at nine times the price.
    """
    body = {
        "type": "BODY",
        "text": template.body,
        "example": {"body_text": [list(template.samples)]},
    }
    components = [*_header(template), body, *_footer(template)]
    if template.buttons:
        buttons = [_button(button) for button in template.buttons]
        components.append({"type": "BUTTONS", "buttons": buttons})
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category.upper(),
        "allow_category_change": False,
        "message_send_ttl_seconds": TIME_TO_LIVE,
        "components": components,
    }


def _template(occasion: str, invoices: int, click_url: str, approval: Approval) -> WhatsAppTemplate:
    which = 0 if invoices == 1 else 1
    paragraphs = (
        _HELLO + _LEADS[occasion][which],
        _AMOUNTS,
        f"{_HOW_TO_PAY[which]} {_ALREADY_PAID}",
        _WHO,
    )
    return WhatsAppTemplate(
        name=template_name(occasion, invoices),
        body="\n\n".join(paragraphs),
        samples=_SAMPLES if which == 0 else _SAMPLES_OF_SEVERAL,
        footer=_FOOTER,
        buttons=_our_buttons(which, click_url),
        approval=approval,
    )


def _receipt(name: str, invoices: int, approval: Approval) -> WhatsAppTemplate:
    which = 0 if invoices == 1 else 1
    return WhatsAppTemplate(
        name=receipt_name(name, invoices),
        body=f"{_HELLO}{RECEIPTS[name][which]}\n\n{_WHO_THANKS}",
        samples=_SAMPLES_OF_RECEIPTS[which],
        footer=_FOOTER,
        buttons=(QuickReply(HUMAN_TEXT), QuickReply(STOP_TEXT)),
        approval=approval,
    )


def _our_buttons(which: int, click_url: str) -> tuple[Button, ...]:
    return (
        UrlButton(_BUTTON_TEXT[which], f"{click_url}{{{{1}}}}", f"{click_url}{_TOKEN_SAMPLE}"),
        QuickReply(PAID_TEXT),
        QuickReply(HUMAN_TEXT),
        QuickReply(STOP_TEXT),
    )


def _header(template: WhatsAppTemplate) -> list[dict[str, Any]]:
    if template.header is None:
        return []
    header: dict[str, Any] = {"type": "HEADER", "format": "TEXT", "text": template.header}
    if template.header_sample:
        header["example"] = {"header_text": [template.header_sample]}
    return [header]


def _footer(template: WhatsAppTemplate) -> list[dict[str, Any]]:
    return [] if template.footer is None else [{"type": "FOOTER", "text": template.footer}]


def _button(button: Button) -> dict[str, Any]:
    if isinstance(button, UrlButton):
        return {
            "type": "URL",
            "text": button.text,
            "url": button.url,
            "example": [button.sample],
        }
    return {"type": "QUICK_REPLY", "text": button.text}
