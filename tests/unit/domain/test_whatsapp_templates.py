"""What Meta refuses in a template. The sentences are ours; the refusals are those it documents."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.ruler import Channel
from regua.domain.whatsapp_templates import (
    MAX_PAYLOAD,
    RULES,
    Approval,
    ApprovalState,
    ButtonReply,
    QuickReply,
    ReplyButton,
    UrlButton,
    WhatsAppTemplate,
    check_parameters,
    join_key,
    lint_registry,
    lint_template,
    read_join_key,
    read_reply_payload,
    reply_payload,
)
from regua.domain.wording import (
    WHATSAPP_VARIABLES,
    MessageText,
    TemplateCategory,
    is_refused,
    lint,
)

BODY = (
    "Olá, {{1}}. Sua fatura de {{2}} tem vencimento em {{3}}.\n\nSe você já pagou, desconsidere"
    " esta mensagem. Dúvidas? Fale conosco por aqui."
)
LINK = UrlButton(
    "Ver fatura", "https://c.example.com.br/c/{{1}}", "https://c.example.com.br/c/k1abc"
)
CREDITOR, DISPATCH = CreditorId("aurora"), DispatchId("0123456789abcdef" * 2)


def template(**changes: Any) -> WhatsAppTemplate:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "name": "fatura_vencendo_v1",
        "body": BODY,
        "samples": ("Maria", "Escola Horizonte Azul", "13/11/2026"),
        "footer": "Para não receber mais, toque em Parar.",
        "buttons": (LINK, QuickReply("Já paguei"), QuickReply("Parar")),
    }
    return WhatsAppTemplate(**{**fields, **changes})


def codes(found: WhatsAppTemplate) -> set[str]:
    return {finding.rule.code for finding in lint_template(found)}


GOOD = (
    template(),
    template(header="Aviso de Escola Horizonte Azul"),
    template(header="Aviso de {{1}} para você", header_sample="Escola Horizonte Azul"),
    template(footer=None, buttons=(QuickReply("Falar com atendente"), QuickReply("Parar"))),
    template(buttons=(replace(LINK, url=LINK.sample), QuickReply("Sair"))),
    template(body=BODY.replace("{{2}}", "R$ 10,00 da {{2}}")),
    template(body=BODY.replace("{{2}}", "R$10 da {{2}}")),
)


@pytest.mark.parametrize("good", GOOD)
def test_a_plain_courteous_template_has_no_finding(good: WhatsAppTemplate) -> None:
    assert lint_template(good) == ()


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "capitals in the name": ("whatsapp.template.name", {"name": "Fatura_v1"}),
    "a hyphen in the name": ("whatsapp.template.name", {"name": "fatura-v1"}),
    "no name": ("whatsapp.template.name", {"name": ""}),
    "a name that never ends": ("whatsapp.template.name", {"name": "a" * 513}),
    "another language declared": ("whatsapp.template.language", {"language": "en_US"}),
    "Portugal's Portuguese declared": ("whatsapp.template.language", {"language": "pt_PT"}),
    "English words": (
        "whatsapp.template.language",
        {
            "body": "Hello {{1}}, this is to remind you of your invoice of {{2}}, due on {{3}}."
            " Please contact us with any questions."
        },
    ),
    "Spanish words": (
        "whatsapp.template.language",
        {
            "body": "Hola {{1}}, su factura de {{2}} vence el día {{3}}. Por favor, si usted ya"
            " pagó, no tenga en cuenta el aviso. Gracias por su atención."
        },
    ),
    "marketing's category": (
        "whatsapp.template.category",
        {"category": TemplateCategory.MARKETING},
    ),
    "an endless body": ("whatsapp.template.length", {"body": BODY + " Obrigado." * 100}),
    "a body too long once filled": (
        "whatsapp.template.length",
        {"samples": ("Maria", "Escola " * 150, "13/11/2026")},
    ),
    "an empty body": ("whatsapp.template.length", {"body": " ", "samples": ()}),
    "a long header": ("whatsapp.template.length", {"header": "Aviso " * 11}),
    "a long footer": ("whatsapp.template.length", {"footer": "Para parar, toque em Parar." * 3}),
    "a long button": (
        "whatsapp.template.length",
        {"buttons": (QuickReply("Quero falar com um atendente"),)},
    ),
    "a button without words": ("whatsapp.template.length", {"buttons": (QuickReply(""),)}),
    "a tab": ("whatsapp.template.gaps", {"body": BODY.replace("Olá", "Olá\t")}),
    "five spaces": ("whatsapp.template.gaps", {"body": BODY.replace("Olá, ", "Olá,     ")}),
    "three line breaks": ("whatsapp.template.gaps", {"body": BODY.replace("\n\n", "\n\n\n")}),
    "a footer of two lines": ("whatsapp.template.gaps", {"footer": "Para parar,\ntoque em Parar"}),
    "one brace": ("whatsapp.template.placeholder", {"body": BODY.replace("{{2}}", "{2}")}),
    "a brace that is missing": (
        "whatsapp.template.placeholder",
        {"body": BODY.replace("{{2}}", "{{2}")},
    ),
    "a brace too many": (
        "whatsapp.template.placeholder",
        {"body": BODY.replace("{{2}}", "{{{2}}}")},
    ),
    "a named parameter": (
        "whatsapp.template.placeholder",
        {"body": BODY.replace("{{2}}", "{{nome}}")},
    ),
    "spaces in a placeholder": (
        "whatsapp.template.placeholder",
        {"body": BODY.replace("{{2}}", "{{ 2 }}")},
    ),
    "signs in a placeholder": (
        "whatsapp.template.placeholder",
        {"body": BODY.replace("{{2}}", "{{#2}}")},
    ),
    "parameter zero": ("whatsapp.template.placeholder", {"body": BODY.replace("{{2}}", "{{0}}")}),
    "a percent placeholder": (
        "whatsapp.template.placeholder",
        {"body": BODY.replace("{{2}}", "%s, {{2}}")},
    ),
    "a shell's placeholder": (
        "whatsapp.template.placeholder",
        {"body": BODY.replace("{{2}}", "$nome, {{2}}")},
    ),
    "a parameter in the footer": (
        "whatsapp.template.placeholder",
        {"footer": "Para parar, {{1}}, toque em Parar."},
    ),
    "a parameter in a button's words": (
        "whatsapp.template.placeholder",
        {"buttons": (QuickReply("Pagar {{1}}"),)},
    ),
    "a number left out": (
        "whatsapp.template.sequence",
        {"body": BODY.replace("{{3}}", "{{4}}")},
    ),
    "numbers out of order": (
        "whatsapp.template.sequence",
        {
            "body": BODY.replace("{{1}}", "{{9}}")
            .replace("{{2}}", "{{1}}")
            .replace("{{9}}", "{{2}}")
        },
    ),
    "a number twice": ("whatsapp.template.sequence", {"body": BODY.replace("{{3}}", "{{2}}")}),
    "two parameters in the header": (
        "whatsapp.template.sequence",
        {"header": "Aviso de {{1}} para {{2}} hoje", "header_sample": "Escola"},
    ),
    "a parameter first": ("whatsapp.template.position", {"body": BODY.replace("Olá, ", "")}),
    "only a sign first": ("whatsapp.template.position", {"body": BODY.replace("Olá, ", "– ")}),
    "a parameter last": (
        "whatsapp.template.position",
        {"body": BODY.replace("{{3}}", "breve") + " Até {{3}}"},
    ),
    "only a full stop last": (
        "whatsapp.template.position",
        {"body": BODY.replace("{{3}}", "breve") + " Até {{3}}."},
    ),
    "parameters side by side": (
        "whatsapp.template.position",
        {"body": BODY.replace(" tem vencimento em ", "")},
    ),
    "only a space between": (
        "whatsapp.template.position",
        {"body": BODY.replace(" tem vencimento em ", " ")},
    ),
    "only a comma between": (
        "whatsapp.template.position",
        {"body": BODY.replace(" tem vencimento em ", ", ")},
    ),
    "a header of a parameter": (
        "whatsapp.template.position",
        {"header": "{{1}}", "header_sample": "Escola"},
    ),
    "more parameters than words": (
        "whatsapp.template.ratio",
        {"body": "Fatura {{1}}, vence {{2}}, pague {{3}}. Ajuda aqui ou PARAR."},
    ),
    "no samples": ("whatsapp.template.samples", {"samples": ()}),
    "a sample too few": ("whatsapp.template.samples", {"samples": ("Maria", "Escola")}),
    "no sample of the header": ("whatsapp.template.samples", {"header": "Aviso de {{1}} hoje"}),
    "no sample of the address": (
        "whatsapp.template.samples",
        {"buttons": (replace(LINK, sample=""),)},
    ),
    "another address's sample": (
        "whatsapp.template.samples",
        {"buttons": (replace(LINK, sample="https://example.com.br/x"),)},
    ),
    "a shortened link": (
        "whatsapp.template.shortener",
        {"body": BODY + " Veja em https://bit.ly/3xYz agora."},
    ),
    "a shortener without https": (
        "whatsapp.template.shortener",
        {"body": BODY + " Veja em www.TinyURL.com/abc agora."},
    ),
    "a shortener behind a button": (
        "whatsapp.template.shortener",
        {"buttons": (UrlButton("Ver", "https://cutt.ly/{{1}}", "https://cutt.ly/a"),)},
    ),
    "a chat's link behind a button": (
        "whatsapp.template.shortener",
        {"buttons": (UrlButton("Ver", "https://wa.me/{{1}}", "https://wa.me/a"),)},
    ),
    "a shortener in a sample": (
        "whatsapp.template.shortener",
        {"samples": ("Maria", "https://is.gd/x", "13/11/2026")},
    ),
    "an address without https": (
        "whatsapp.template.url",
        {"buttons": (UrlButton("Ver", "http://c.example.com.br/{{1}}", "x"),)},
    ),
    "a host that is a parameter": (
        "whatsapp.template.url",
        {"buttons": (UrlButton("Ver", "https://{{1}}", "https://example.com.br"),)},
    ),
    "a parameter inside the path": (
        "whatsapp.template.url",
        {"buttons": (UrlButton("Ver", "https://c.example.com.br/{{1}}/x", "x"),)},
    ),
    "two parameters in an address": (
        "whatsapp.template.url",
        {"buttons": (UrlButton("Ver", "https://c.example.com.br/{{1}}{{1}}", "x"),)},
    ),
    "equal buttons": (
        "whatsapp.template.buttons",
        {"buttons": (QuickReply("Parar"), QuickReply("parar"))},
    ),
    "a link between replies": (
        "whatsapp.template.buttons",
        {"buttons": (QuickReply("Sim"), LINK, QuickReply("Parar"))},
    ),
    "eleven buttons": (
        "whatsapp.template.buttons",
        {"buttons": tuple(QuickReply(f"Parar {n}") for n in range(11))},
    ),
    "three links": (
        "whatsapp.template.buttons",
        {"buttons": tuple(replace(LINK, text=f"Ver {n}") for n in range(3))},
    ),
    "a discount": (
        "wording.whatsapp.marketing",
        {"body": BODY + " Aproveite o desconto de hoje."},
    ),
    "a threat": ("wording.threat", {"body": BODY + " A polícia vai até a sua casa."}),
    "legal action": ("wording.whatsapp.legal_step", {"body": BODY + " Sob pena de ação judicial."}),
    "debt words on the lock screen": ("wording.disclosure", {"header": "Dívida em aberto"}),
    "no way to stop": (
        "wording.whatsapp.opt_out",
        {"footer": None, "buttons": (QuickReply("Já paguei"),)},
    ),
    "no help": (
        "wording.whatsapp.help",
        {"body": BODY.removesuffix(" Dúvidas? Fale conosco por aqui.")},
    ),
    "a hidden purpose": (
        "wording.whatsapp.purpose",
        {
            "body": "Olá, {{1}}. Temos novas sobre {{2}} desde o dia {{3}}, como você pediu."
            " Dúvidas? Fale conosco por aqui.",
            "buttons": (QuickReply("Parar"),),
        },
    ),
}


@pytest.mark.parametrize(("code", "changes"), REFUSED.values(), ids=REFUSED)
def test_what_meta_refuses_is_found_by_its_rule(code: str, changes: dict[str, Any]) -> None:
    refused = template(**changes)
    assert code in codes(refused)
    assert is_refused(lint_template(refused))


def test_every_rule_has_a_refused_wording_here() -> None:
    elsewhere = {"whatsapp.template.name.taken", "whatsapp.parameter.text"}
    shown = {code for code, _ in REFUSED.values()} | elsewhere
    assert {rule.code for rule in RULES} <= shown


@pytest.mark.parametrize("text", ["duas\nlinhas", "um\ttab", "cinco     vãos", "", "  ", "x\r"])
def test_a_parameter_that_whatsapp_refuses_is_found_as_sample_and_when_sent(text: str) -> None:
    found = lint_template(template(samples=("Maria", text, "13/11/2026")))
    assert {f.rule.code for f in found if f.path == "samples[1]"} == {"whatsapp.parameter.text"}
    assert [f.path for f in check_parameters(("Maria", text))] == ["parameters[1]"]


@pytest.mark.parametrize("text", ["Maria", "quatro    vãos", "R$ 1.234,56", "{{1}}"])
def test_a_parameter_of_one_line_passes(text: str) -> None:
    assert check_parameters((text,)) == ()


@pytest.mark.parametrize(
    "text", ["bit.lyra.example.com.br", "xbit.ly.example.com.br", "ensaio.t.co.br"]
)
def test_an_honest_host_that_looks_like_a_shortener_passes(text: str) -> None:
    assert "whatsapp.template.shortener" not in codes(template(body=f"{BODY} Veja {text} aqui."))


def test_a_finding_says_where_it_is() -> None:
    (found,) = lint_template(template(body=BODY.replace("{{2}}", "{nome} de {{2}}")))
    body = BODY.replace("{{2}}", "{nome} de {{2}}")
    assert (found.path, body[found.start : found.end]) == ("body", "{nome}")


def test_two_templates_of_one_name_are_found_and_of_another_language_are_not() -> None:
    one, other = template(), template(name="fatura_vencendo_v2")
    assert lint_registry((one, other)) == ()
    (found,) = lint_registry((one, other, one))
    assert (found.rule.code, found.path) == ("whatsapp.template.name.taken", "templates[2].name")
    english = lint_registry((one, template(language="en_US")))
    assert [(f.rule.code, f.path) for f in english] == [
        ("whatsapp.template.language", "templates[1].language")
    ]


pieces = st.lists(
    st.sampled_from(
        ["{{1}}", "{{2}}", "{{3}}", " ", "\n", ".", "fatura", " ou ", "Parar", "{", "}"]
    ),
    max_size=12,
).map("".join)


@given(pieces)
def test_the_linter_is_never_milder_about_parameters_than_the_wordings(body: str) -> None:
    """The wording's own rule, written apart from this one, is left out only because of that."""
    text = MessageText(Channel.WHATSAPP, body, category=TemplateCategory.UTILITY)
    milder = any(f.rule is WHATSAPP_VARIABLES for f in lint(text))
    ours = {"position", "ratio", "placeholder"}
    found = {code.rpartition(".")[2] for code in codes(template(body=body))}
    assert not milder or found & ours


@given(st.text(max_size=200), st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_linted_and_no_position_is_outside_it(body: str, name: str, url: str) -> None:
    hostile = template(name=name, body=body, buttons=(UrlButton(name, url, url),))
    for found in lint_template(hostile):
        assert 0 <= found.start <= found.end


def test_a_template_is_read_with_its_parameters_filled() -> None:
    read = template(header="Aviso").read_as(("{{2}}", "Escola", "13/11/2026"))
    assert read.startswith(
        "Aviso\n\nOlá, {{2}}. Sua fatura de Escola tem vencimento em 13/11/2026."
    )
    assert read.endswith("Ver fatura\n\nJá paguei\n\nParar")


@pytest.mark.parametrize("values", [(), ("a", "b"), ("a", "b", "c", "d")])
def test_a_template_takes_as_many_values_as_it_has_parameters(values: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        template().filled(values)


@pytest.mark.parametrize(
    ("status", "reason", "state", "said"),
    [
        ("PENDING", None, ApprovalState.SUBMITTED, None),
        ("APPROVED", "NONE", ApprovalState.APPROVED, None),
        ("approved", None, ApprovalState.APPROVED, None),
        ("REJECTED", "INCORRECT_CATEGORY", ApprovalState.REJECTED, "INCORRECT_CATEGORY"),
        ("REJECTED", "NONE", ApprovalState.REJECTED, "REJECTED"),
        ("DISABLED", None, ApprovalState.REJECTED, "DISABLED"),
        ("PAUSED", "FIRST_PAUSE", ApprovalState.PAUSED, "FIRST_PAUSE"),
        ("PAUSED", None, ApprovalState.PAUSED, None),
    ],
)
def test_metas_status_of_a_template_is_read(
    status: str, reason: str | None, state: ApprovalState, said: str | None
) -> None:
    approval = Approval.from_meta(status, reason)
    assert (approval.state, approval.reason) == (state, said)
    assert template().with_approval(approval).approval == approval
    assert approval.can_be_sent == (state is ApprovalState.APPROVED)


def test_a_new_template_is_a_draft_and_cannot_be_sent() -> None:
    assert template().approval == Approval(ApprovalState.DRAFT)
    assert not template().approval.can_be_sent


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (ApprovalState.REJECTED, None),
        (ApprovalState.REJECTED, " "),
        (ApprovalState.APPROVED, "porque sim"),
        (ApprovalState.DRAFT, "x"),
    ],
)
def test_only_a_refusal_has_a_reason_and_always(state: ApprovalState, reason: str | None) -> None:
    with pytest.raises(InvalidInput):
        Approval(state, reason)


def test_a_status_that_meta_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Approval.from_meta("TALVEZ")


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True), st.sampled_from(ReplyButton))
def test_what_a_button_or_a_status_sends_back_names_the_message(
    creditor: str, button: ReplyButton
) -> None:
    creditor_id = CreditorId(creditor)
    payload = reply_payload(button, creditor_id, DISPATCH)
    assert len(payload) <= MAX_PAYLOAD
    assert read_reply_payload(payload) == ButtonReply(button, creditor_id, DISPATCH)
    for at in (None, "2026-11-22T12:00:00.000Z"):
        assert read_join_key(join_key(creditor_id, DISPATCH, at)) == (creditor_id, DISPATCH)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "NEGOCIAR:01J9ZK3",
        f"pay:{CREDITOR}:{DISPATCH}",
        f"stop:{DISPATCH}",
        "stop:a:b",
        "stop::",
    ],
)
def test_a_payload_of_another_make_is_no_button_of_ours(payload: str) -> None:
    assert read_reply_payload(payload) is None


@pytest.mark.parametrize("key", ["", "msg_01J9ZK3", f":{DISPATCH}", f"a:{DISPATCH.upper()}", "a:b"])
def test_another_senders_key_is_not_ours(key: str) -> None:
    assert read_join_key(key) is None


def test_a_key_that_whatsapp_would_not_echo_is_refused() -> None:
    with pytest.raises(InvalidInput):
        join_key(CreditorId("a" * 480), DISPATCH)
    with pytest.raises(InvalidInput):
        reply_payload(ReplyButton.STOP, CreditorId("a" * 91), DISPATCH)
