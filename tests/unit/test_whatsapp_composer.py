"""What a WhatsApp message says and which bytes say it."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.whatsapp_composer import WhatsAppComposer, parameters
from regua.adapters.whatsapp_templates import (
    OCCASIONS,
    PARAMETERS,
    RECEIPT_VERSION,
    STOP_TEXT,
    VERSION,
    creation_document,
    our_templates,
    receipt_name,
    template_name,
)
from regua.application.message_content import MessageContent
from regua.application.ports import ChannelSetup, Composer, OutgoingMessage
from regua.application.wire import instant_text
from regua.domain.decision import decide
from regua.domain.dispatch import Dispatch
from regua.domain.errors import RecipientRejected, TemplateError
from regua.domain.evidence import canonical
from regua.domain.identification import StatedFacts, check_identification
from regua.domain.ids import DispatchId
from regua.domain.money import Money
from regua.domain.reply_intents import Intent, read_reply
from regua.domain.ruler import Channel
from regua.domain.whatsapp_templates import (
    MAX_BODY,
    Approval,
    ApprovalState,
    ReplyButton,
    UrlButton,
    WhatsAppTemplate,
    check_parameters,
    lint_registry,
    read_join_key,
    read_reply_payload,
)
from regua.domain.wording import MessageText, lint
from tests.builders import CREDITOR, DUE, any_account, any_creditor, any_invoice, nine_o_clock
from tests.unit.email.builders import DUE as DUE_ON
from tests.unit.email.builders import TEMPLATES, any_content, any_line, any_sender

CLICK_URL = "https://c.example.com.br/c/"
ORIGIN = "phone-number-id-976c72a700aac43eaf573ae050example"
PHONE = "+5511987654321"
AT = nine_o_clock(DUE)
OURS = our_templates(CLICK_URL, approval=Approval(ApprovalState.APPROVED))
AURORA = replace(
    any_creditor(), channels={Channel.WHATSAPP: ChannelSetup(ORIGIN, {"opt_in": "contrato"})}
)
BEFORE_DUE = ("lembrete", "vencimento")
LATE = sorted(set(TEMPLATES) - set(BEFORE_DUE))


def any_dispatch() -> Dispatch:
    decided = decide(any_account(any_invoice()), AURORA.rulers, AT).to_publish
    assert decided is not None
    return replace(decided, channel=Channel.WHATSAPP, dispatch_id=DispatchId("d" * 32))


DISPATCH = any_dispatch()


def composed(content: MessageContent, recipient: str = PHONE) -> OutgoingMessage:
    composer: Composer = WhatsAppComposer(OURS)
    return composer(content, creditor=AURORA, recipient=recipient, dispatch=DISPATCH, at=AT)


def sent(content: MessageContent) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(composed(content).raw)
    return message


def template_of(content: MessageContent) -> WhatsAppTemplate:
    """Find the template by the name in the bytes, as a recipient's telephone would."""
    name = sent(content)["template"]["name"]
    return next(template for template in OURS if template.name == name)


def values_of(content: MessageContent) -> list[str]:
    (body,) = (c for c in sent(content)["template"]["components"] if c["type"] == "body")
    return [parameter["text"] for parameter in body["parameters"]]


def text_of(content: MessageContent) -> str:
    return template_of(content).read_as(values_of(content))


def stated(content: MessageContent) -> StatedFacts:
    return StatedFacts(
        name=content.sender.name,
        document=content.sender.document,
        address_line=content.sender.address_line,
        original=Money(content.original_centavos),
        late_fine=Money(content.late_fine_centavos),
        late_interest=Money(content.late_interest_centavos),
        total=Money(content.total_centavos),
        valid_until=content.valid_until,
        rebate=Money(content.rebate_centavos),
        discount=Money(content.discount_centavos),
        paid=Money(content.paid_centavos),
        opt_out=STOP_TEXT,
    )


def test_our_own_templates_pass_the_linter_and_are_called_what_they_are() -> None:
    assert lint_registry(OURS) == ()
    assert len(OURS) == 12 + 2
    asking = [t for t in OURS if t.parameters == PARAMETERS]
    assert len(asking) == 12
    names = {template_name(occasion, invoices) for occasion in TEMPLATES for invoices in (1, 2, 7)}
    assert names == {t.name for t in asking}
    assert set(TEMPLATES) == OCCASIONS
    thanking = {receipt_name("recibo", invoices) for invoices in (1, 2, 7)}
    assert thanking == {t.name for t in OURS} - names


def test_other_words_need_another_version() -> None:
    """Meta keeps the approved text under its name: change the words, change the version."""
    asking = {"v2": "5ce5bb7292f47849"}
    thanking = {"v1": "6893d106eb54cb06"}
    found = [
        json.dumps([[t.name, t.body, t.footer, [b.text for b in t.buttons]] for t in templates])
        for templates in (OURS[:12], OURS[12:])
    ]
    told = [hashlib.sha256(words.encode()).hexdigest()[:16] for words in found]
    assert told == [asking[VERSION], thanking[RECEIPT_VERSION]]


@pytest.mark.parametrize("invoices", [1, 2, 9])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_message_identifies_itself_and_says_nothing_that_is_refused(
    template: str, invoices: int
) -> None:
    content = any_content(template, invoices)
    text = text_of(content)
    assert check_identification(Channel.WHATSAPP, text, stated(content)) == ()
    assert lint(MessageText(Channel.WHATSAPP, text)) == ()
    assert len(template_of(content).filled(values_of(content))) <= MAX_BODY


@pytest.mark.parametrize(
    "changes",
    [
        {"paid_centavos": 10_000},
        {"rebate_centavos": 500},
        {"discount_centavos": 1_000},
        {"paid_centavos": 10_000, "rebate_centavos": 500, "discount_centavos": 1_000},
    ],
)
def test_what_was_taken_off_is_shown_with_its_name(changes: dict[str, int]) -> None:
    content = any_content("vencida", line=changes)
    assert check_identification(Channel.WHATSAPP, text_of(content), stated(content)) == ()
    names = {"paid_centavos": "já pago", "rebate_centavos": "abatimento"}
    breakdown = values_of(content)[4]
    for part in changes:
        assert names.get(part, "desconto") in breakdown


def test_the_values_of_a_message_to_a_person() -> None:
    assert values_of(any_content("vencida")) == [
        "Maria",
        "Escola Horizonte Azul",
        "2026-1101",
        "03/11/2026",
        "valor original R$ 1.499,01, multa R$ 29,98, juros R$ 1,50",
        "R$ 1.530,49",
        "06/11/2026",
        "CNPJ 12.ABC.345/01DE-35, Rua das Acácias, 120, São Paulo/SP, CEP 04000-000",
    ]


@pytest.mark.parametrize(
    ("changes", "greeted"),
    [
        ({"template": "vencida"}, "Maria"),
        ({"template": "pre_negativacao"}, "Maria Aparecida de Souza"),
        ({"customer_kind": "company", "customer_name": "Padaria  Sol"}, "Padaria Sol"),
        ({"customer_kind": None, "customer_name": "Ana Sol"}, "Ana Sol"),
        ({"customer_name": ""}, "cliente"),
        ({"customer_name": "Ana\n\tBcc: x\u202e"}, "Ana"),
    ],
)
def test_a_customer_is_greeted_as_in_an_e_mail(changes: dict[str, Any], greeted: str) -> None:
    assert values_of(any_content(**changes))[0] == greeted


@pytest.mark.parametrize(
    ("count", "numbers"),
    [
        (1, "2026-1101"),
        (2, "2026-1101 e 2026-1102"),
        (5, "2026-1101, 2026-1102, 2026-1103, 2026-1104 e 2026-1105"),
        (7, "2026-1101, 2026-1102, 2026-1103, 2026-1104, 2026-1105 e mais 2"),
    ],
)
def test_five_invoices_are_named_and_the_rest_counted(count: int, numbers: str) -> None:
    assert values_of(any_content("vencida", count))[2] == numbers


@pytest.mark.parametrize(
    ("weeks", "due"),
    [
        ((0,), "03/11/2026"),
        ((0, 0), "03/11/2026"),
        ((0, 1), "03/11/2026 e 10/11/2026"),
        ((0, 1, 2), "03/11/2026, 10/11/2026 e 17/11/2026"),
        ((0, 1, 2, 3), "datas de 03/11/2026 a 24/11/2026"),
    ],
)
def test_due_dates_are_listed_while_they_are_few(weeks: tuple[int, ...], due: str) -> None:
    lines = tuple(
        any_line(3, i, due_date=DUE_ON + timedelta(weeks=week)) for i, week in enumerate(weeks, 1)
    )
    assert values_of(any_content("vencida", lines=lines))[3] == due


def test_a_due_date_that_moved_says_so() -> None:
    line = {"effective_due_date": DUE_ON + timedelta(days=1)}
    due = values_of(any_content("lembrete", line=line))[3]
    assert due == "03/11/2026 (prorrogado para 04/11/2026, dia útil)"


@pytest.mark.parametrize("template", BEFORE_DUE)
@pytest.mark.parametrize("invoices", [1, 3])
def test_a_reminder_that_comes_too_late_is_no_reminder(template: str, invoices: int) -> None:
    lines = tuple(any_line(2, i) for i in range(1, invoices + 1))
    late = any_content(template, lines=lines, on=DUE_ON + timedelta(days=2))
    assert sent(late)["template"]["name"] == template_name("vencida", invoices)


@pytest.mark.parametrize("template", LATE)
def test_nothing_is_called_unpaid_or_sent_to_a_bureau_before_it_is_late(template: str) -> None:
    content = any_content(template, lines=(any_line(-3),), on=DUE_ON - timedelta(days=3))
    assert sent(content)["template"]["name"] == template_name("lembrete", 1)


@pytest.mark.parametrize("template", BEFORE_DUE)
def test_a_template_for_open_invoices_says_nothing_of_a_delay(template: str) -> None:
    for ours in OURS:
        if ours.name.startswith(template):
            assert not re.search(r"atras|vencida|não identificamos|cadastro", ours.body)


def test_only_the_notice_before_listing_speaks_of_a_bureau_and_says_what_it_is_not() -> None:
    for ours in OURS:
        assert ("cadastro" in ours.body) == ours.name.startswith("pre_negativacao")
        if "cadastro" in ours.body:
            assert "Esta mensagem não é essa comunicação" in ours.body


def test_the_button_leads_to_the_first_invoice_and_the_replies_name_the_message() -> None:
    content = any_content("vencida", 2)
    template, message = template_of(content), sent(content)["template"]
    buttons = [c for c in message["components"] if c["type"] == "button"]
    assert [(b["sub_type"], b["index"]) for b in buttons] == [
        ("url", "0"),
        ("quick_reply", "1"),
        ("quick_reply", "2"),
        ("quick_reply", "3"),
    ]
    link = template.buttons[0]
    assert isinstance(link, UrlButton)
    opened = link.url.replace("{{1}}", buttons[0]["parameters"][0]["text"])
    assert opened == content.lines[0].pay_url
    replies = [read_reply_payload(b["parameters"][0]["payload"]) for b in buttons[1:]]
    assert [r.button for r in replies if r] == list(ReplyButton)
    assert {(r.creditor_id, r.dispatch_id) for r in replies if r} == {(CREDITOR, "d" * 32)}
    texts = [button.text for button in template.buttons[1:]]
    assert texts == ["Já paguei", "Falar com atendente", "Parar"]


def test_every_button_of_ours_is_understood_by_its_payload_alone() -> None:
    buttons = sent(any_content())["template"]["components"][2:]
    read = [read_reply("", b["parameters"][0]["payload"]) for b in buttons]
    assert [r.intent for r in read] == [Intent.PAID, Intent.HUMAN, Intent.STOP]


@pytest.mark.parametrize(
    ("invoices", "label"), [(1, "Ver e pagar fatura"), (2, "Ver e pagar faturas")]
)
def test_the_button_says_that_the_page_shows_what_the_message_is_about(
    invoices: int, label: str
) -> None:
    content = any_content("vencida", invoices)
    assert template_of(content).buttons[0].text == label
    assert "toque no botão abaixo" in text_of(content)
    assert "responda a esta mensagem" not in text_of(content), "the page shows all of them"


def test_the_message_goes_from_the_creditors_number_with_the_key_that_settles_doubts() -> None:
    content = any_content("vencida")
    message = composed(content)
    assert (message.channel, message.sender, message.recipient) == (
        Channel.WHATSAPP,
        ORIGIN,
        PHONE,
    )
    assert (message.dispatch_id, message.creditor_id) == ("d" * 32, CREDITOR)
    assert (message.step_id, message.parts) == (DISPATCH.step_id, 1)
    body = sent(content)
    key, _, secret = body["biz_opaque_callback_data"].rpartition(":")
    assert key == f"{CREDITOR}:{'d' * 32}:{instant_text(AT)}"
    assert read_join_key(body["biz_opaque_callback_data"]) == (CREDITOR, "d" * 32)
    another = replace(content, unsubscribe_url=f"{content.unsubscribe_url}x")
    assert not sent(another)["biz_opaque_callback_data"].endswith(secret), "it cannot be guessed"
    assert (body["messaging_product"], body["type"], body["to"]) == ("whatsapp", "template", PHONE)
    assert body["template"]["language"] == {"policy": "deterministic", "code": "pt_BR"}


def test_the_same_content_gives_the_same_bytes_but_for_the_instant_it_was_made() -> None:
    content = any_content("em_atraso", 3)
    composer: Composer = WhatsAppComposer(OURS)
    at = AT + timedelta(hours=3)
    later = composer(content, creditor=AURORA, recipient=PHONE, dispatch=DISPATCH, at=at)
    then, now = instant_text(at).encode(), instant_text(AT).encode()
    assert later.raw.replace(then, now) == composed(content).raw


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6), json_values, max_size=5))
def test_bytes_are_canonical_whatever_the_order_of_the_keys(message: dict[str, Any]) -> None:
    turned = dict(reversed(list(message.items())))
    assert canonical(message) == canonical(turned)
    assert json.loads(canonical(message)) == message


@pytest.mark.parametrize(
    ("written", "to"),
    [
        ("(11) 98765-4321", "+5511987654321"),
        ("5511987654321", "+5511987654321"),
        ("+351 912 345 678", "+351912345678"),
    ],
)
def test_a_number_goes_out_as_e164(written: str, to: str) -> None:
    assert composed(any_content(), written).recipient == to


@pytest.mark.parametrize(
    "number", ["(11) 8765-4321", "(11) 3456-7890", "0800 123 4567", "ramal 12", ""]
)
def test_a_number_that_cannot_be_on_whatsapp_is_refused_and_not_quoted(number: str) -> None:
    with pytest.raises(RecipientRejected) as caught:
        composed(any_content(), number)
    assert not number or number not in str(caught.value)


@pytest.mark.parametrize(
    "approval",
    [
        Approval(),
        Approval(ApprovalState.SUBMITTED),
        Approval(ApprovalState.REJECTED, "INCORRECT_CATEGORY"),
        Approval(ApprovalState.PAUSED),
    ],
)
def test_what_meta_has_not_approved_is_not_sent(approval: Approval) -> None:
    composer = WhatsAppComposer(our_templates(CLICK_URL, approval=approval))
    with pytest.raises(TemplateError, match=approval.state):
        composer(any_content(), creditor=AURORA, recipient=PHONE, dispatch=DISPATCH, at=AT)


def test_without_a_registry_our_own_templates_are_taken_for_approved() -> None:
    composer: Composer = WhatsAppComposer()
    content = any_content()
    message = composer(content, creditor=AURORA, recipient=PHONE, dispatch=DISPATCH, at=AT)
    assert message == composed(content)


@pytest.mark.parametrize(
    "content",
    [
        any_content(line={"pay_url": None}),
        any_content(line={"pay_url": "https://loja.example.com.br/fatura/1"}),
        any_content(line={"pay_url": "https://c.example.com.br/c/"}),
        any_content(sender=any_sender(address_line="Rua " + "das Acácias " * 60)),
        replace(any_content(), template="promocao"),
    ],
    ids=["no link", "not tracked", "no token", "does not fit", "unknown occasion"],
)
def test_what_a_template_cannot_carry_is_no_message(content: MessageContent) -> None:
    with pytest.raises(TemplateError):
        composed(content)


def test_a_creditor_without_whatsapp_sends_none() -> None:
    composer: Composer = WhatsAppComposer(OURS)
    with pytest.raises(TemplateError):
        composer(any_content(), creditor=any_creditor(), recipient=PHONE, dispatch=DISPATCH, at=AT)


def test_a_company_whose_name_ends_in_a_full_stop_ends_no_sentence_twice() -> None:
    content = any_content()
    content = replace(content, sender=replace(content.sender, name="Papelaria Ipê Ltda."))
    assert parameters(content)[1] == "Papelaria Ipê Ltda"


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_name_of_a_customer_or_an_invoice_breaks_a_parameter(name: str, number: str) -> None:
    content = any_content(customer_name=name, line={"number": number or "1"})
    assert check_parameters(parameters(content)[:2]) == ()
    assert len(values_or_none(content) or parameters(content)) == PARAMETERS


def values_or_none(content: MessageContent) -> list[str] | None:
    """Compose, or accept that a number of nothing but invisible characters is refused."""
    try:
        return values_of(content)
    except TemplateError:
        assert not parameters(content)[2]
        return None


def test_a_template_is_submitted_as_utility_that_stays_utility() -> None:
    document = creation_document(OURS[0])
    assert (document["name"], document["language"]) == ("lembrete_uma_v2", "pt_BR")
    assert (document["category"], document["allow_category_change"]) == ("UTILITY", False)
    assert document["message_send_ttl_seconds"] == 4 * 3600
    body, footer, buttons = document["components"]
    assert (body["type"], body["text"]) == ("BODY", OURS[0].body)
    assert body["example"] == {"body_text": [list(OURS[0].samples)]}
    assert footer == {"type": "FOOTER", "text": OURS[0].footer}
    assert [b["type"] for b in buttons["buttons"]] == ["URL", *["QUICK_REPLY"] * 3]
    assert buttons["buttons"][0]["url"] == CLICK_URL + "{{1}}"
    with_header = replace(OURS[0], header="Aviso de {{1}} hoje", header_sample="Escola")
    assert creation_document(with_header)["components"][0] == {
        "type": "HEADER",
        "format": "TEXT",
        "text": "Aviso de {{1}} hoje",
        "example": {"header_text": ["Escola"]},
    }
