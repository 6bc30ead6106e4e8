import pytest

from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.email_templates import TEMPLATES
from regua.application.creditor_document import read_creditor
from regua.application.ports import Dkim, EventSource
from regua.domain.errors import InvalidInput
from regua.domain.reply_intents import Intent, read_reply
from regua.domain.ruler import Channel
from tests.builders import creditor_document
from tests.unit.email.builders import any_content


def problems(**changes: object) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read_creditor(creditor_document(**changes))
    return [p.path for p in caught.value.problems]


@pytest.mark.parametrize(
    ("email", "domain", "known"),
    [
        ("cobranca@aurora.example.com.br", "aurora.example.com.br", "aurora.example.com.br"),
        ("cobranca@mail.aurora.example.com.br", "Aurora.example.com.br", "aurora.example.com.br"),
    ],
)
def test_a_key_of_the_sender_s_domain_or_one_above_it_signs(
    email: str, domain: str, known: str
) -> None:
    creditor = read_creditor(
        creditor_document(email=email, dkim={"selector": "regua1", "domain": domain})
    )
    assert creditor.dkim == Dkim("regua1", known)


@pytest.mark.parametrize(("said", "has_psp"), [({}, True), ({"psp": False}, False)])
def test_a_pix_key_comes_with_a_psp_unless_it_says_otherwise(
    said: dict[str, bool], *, has_psp: bool
) -> None:
    creditor = read_creditor(creditor_document(pix={"key": "+5511987654321", **said}))
    assert creditor.pix is not None
    assert creditor.has_psp is creditor.pix.has_psp is has_psp
    assert creditor.pix.city == "BRASIL"
    assert not read_creditor(creditor_document()).has_psp


def test_without_a_key_only_the_provider_signs() -> None:
    assert read_creditor(creditor_document()).dkim is None


@pytest.mark.parametrize(
    ("dkim", "path"),
    [
        ({"selector": "regua1", "domain": "boreal.example.com.br"}, "dkim.domain"),
        ({"selector": "regua1", "domain": "rora.example.com.br"}, "dkim.domain"),
        ({"selector": "regua1", "domain": "mail.aurora.example.com.br"}, "dkim.domain"),
        ({"selector": "regua1", "domain": "x; d=y.example.com.br"}, "dkim.domain"),
        ({"selector": "regua1", "domain": "br"}, "dkim.domain"),
        ({"selector": "Regua 1", "domain": "aurora.example.com.br"}, "dkim.selector"),
        ({"selector": "a.b", "domain": "aurora.example.com.br"}, "dkim.selector"),
        ({"selector": "", "domain": "aurora.example.com.br"}, "dkim.selector"),
        ({"selector": "regua1"}, "dkim.domain"),
    ],
)
def test_a_key_that_cannot_sign_for_the_sender_is_refused(dkim: dict[str, str], path: str) -> None:
    document = creditor_document(email="cobranca@aurora.example.com.br", dkim=dkim)
    with pytest.raises(InvalidInput) as caught:
        read_creditor(document)
    assert [p.path for p in caught.value.problems] == [path]


def test_a_creditor_without_a_ruler_follows_the_default_one() -> None:
    creditor = read_creditor(creditor_document())
    assert creditor.ruler.steps[0].id == "lembrete"
    assert creditor.event_sources == {EventSource("000000000000", "demo.erp")}
    assert creditor.sender.document == "11222333000181"
    assert creditor.sender.contact_email == "financeiro@aurora.example.com.br"


def test_the_default_ruler_gives_only_templates_that_exist() -> None:
    assert read_creditor(creditor_document(), templates=TEMPLATES).ruler.steps


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_template_that_is_said_to_exist_can_be_rendered(template: str) -> None:
    assert JinjaEmailRenderer().render(any_content(template=template)).subject


def test_a_creditors_own_ruler_is_read() -> None:
    step = {"id": "a", "offset_days": 5, "channels": ["email"], "template": "vencida"}
    creditor = read_creditor(creditor_document(ruler={"name": "propria", "steps": [step]}))
    assert (creditor.ruler.name, len(creditor.ruler.steps)) == ("propria", 1)


@pytest.mark.parametrize(
    ("changes", "path", "why"),
    [
        ({"document": "11222333000182"}, "document", "a wrong check digit"),
        ({"creditor_id": "a b"}, "creditor_id", "an id that is no SES tag"),
        ({"creditor_id": "x" * 65}, "creditor_id", "too long"),
        ({"email": "aurora"}, "email", "no address"),
        ({"name": " "}, "name", "nobody to be identified as"),
        ({"address_line": ""}, "address_line", "CDC art. 42-A asks for the address"),
        ({"cor": "azul"}, "cor", "an unknown field"),
        ({"ruler": {"name": "x", "steps": []}}, "ruler.steps", "a bad ruler, under its path"),
        (
            {"event_sources": [{"account": "1", "source": "erp"}]},
            "event_sources.0.account",
            "no AWS account",
        ),
        (
            {"event_sources": [{"account": "000000000000", "source": "regua"}]},
            "event_sources.0.source",
            "our own name",
        ),
        (
            {"event_sources": [{"account": "000000000000", "source": "aws.ses"}]},
            "event_sources.0.source",
            "AWS's own name",
        ),
    ],
)
def test_each_impossible_value_is_refused_at_its_path(
    changes: dict[str, object], path: str, why: str
) -> None:
    assert problems(**changes) == [path], why


def with_opt_out_word(**said: str) -> dict[str, object]:
    return creditor_document(channels={"sms": {"origin": "28149", **said}})


@pytest.mark.parametrize("word", ["SAIR", "PARAR", "STOP", "CANCELAR", "DESCADASTRAR"])
def test_an_opt_out_word_that_we_read_as_a_request_to_stop_is_taken(word: str) -> None:
    creditor = read_creditor(with_opt_out_word(opt_out_word=word))
    assert creditor.channels[Channel.SMS].options["opt_out_word"] == word


@pytest.mark.parametrize("word", ["RECUSAR", "PAGO", "NAO", "BOLETO", "PARTIR"])
def test_an_opt_out_word_that_we_would_not_understand_is_refused(word: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_creditor(with_opt_out_word(opt_out_word=word))
    (problem,) = caught.value.problems
    assert problem.path == "channels.sms.opt_out_word"
    assert "must be a word that is read as a request to stop" in problem.reason
    assert word not in problem.reason


def test_the_opt_out_word_of_a_creditor_that_names_none_is_understood() -> None:
    options = read_creditor(with_opt_out_word()).channels[Channel.SMS].options
    assert read_reply(options["opt_out_word"]).intent is Intent.STOP


def test_a_creditor_that_cannot_be_identified_is_refused_whole() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_creditor({})
    assert {p.path for p in caught.value.problems} == {
        "creditor_id",
        "name",
        "document",
        "address_line",
        "email",
    }
