"""The pages, in Brazilian Portuguese: who sent a message, when, and its hash; never what it says.

They load nothing, run nothing and tell nobody about the visit.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from regua.adapters.pt_br import full_date, tax_id
from regua.application.confirm_reading import DIGITS, Notice, Outcome
from regua.domain.ruler import Channel
from regua.domain.time_zones import SAO_PAULO
from regua.runtime.pages import Pages
from regua.runtime.public_http import RETRY_AFTER_SECONDS, Response

_STYLE = (
    "dl{margin:1.5rem 0;padding:1rem 1.25rem;border:1px solid #c9d4d0;border-radius:.5rem}"
    "dd{margin:0 0 .75rem}dd:last-child{margin-bottom:0}"
    "input{width:8rem}form{margin:0 0 1rem}"
    "@media (prefers-color-scheme:dark){dl{border-color:#33403b}}"
)
_TEMPLATES = {
    "facts": """<dl>
<dt>Quem enviou</dt><dd>{{ sender.name }}<br>{{ tax_id }}<br>{{ sender.address_line }}</dd>
<dt>Quando foi enviada</dt><dd>{{ sent_at }} (horário de Brasília), {{ channel }}</dd>
<dt>Código da mensagem (SHA-256)</dt><dd><code>{{ notice.content_sha256 }}</code></dd>
{% if confirmed_at %}
<dt>Leitura confirmada</dt><dd>{{ confirmed_at }} (horário de Brasília)</dd>
{% endif %}
</dl>
""",
    "form": """{% extends "page" %}{% block content %}
{% if problem %}<p class="notice" role="alert">{{ problem }}</p>{% endif %}
<p>A empresa abaixo enviou uma mensagem a você e pede a confirmação de que ela foi recebida e \
lida.</p>
{% include "facts" %}
<p>Confirmar a leitura apenas registra que você leu a mensagem. Não significa concordar com o \
conteúdo dela.</p>
<form method="post">
<input type="hidden" name="shown_at" value="{{ shown_at }}">
{% if notice.asks_digits %}
<label for="digitos">3 últimos dígitos do CPF (opcional)</label>
<input id="digitos" name="digits" type="text" inputmode="numeric" maxlength="{{ digits }}" \
autocomplete="off" aria-describedby="ajuda">
<p class="hint" id="ajuda">Ajudam a mostrar que foi você quem leu. Você pode deixar em branco.</p>
{% endif %}
<button type="submit">Confirmo que li</button>
</form>
<p class="hint">Ao confirmar, registramos a data, a hora, o endereço IP e o programa usado.</p>
{% endblock %}""",
    "receipt": """{% extends "page" %}{% block content %}
<p>Obrigado. A confirmação de leitura está registrada. Você já pode fechar esta página.</p>
{% include "facts" %}
<p class="hint">A confirmação apenas registra que a mensagem foi lida. Não significa concordar \
com o conteúdo dela.</p>
{% endblock %}""",
}
_PAGES = Pages(_TEMPLATES, style=_STYLE)


_PROBLEMS = {
    Outcome.EXPIRED: """Esta página ficou aberta por mais de uma hora ou não foi enviada por \
completo. Por favor, confirme novamente.""",
    Outcome.TOO_SOON: """A confirmação chegou rápido demais. Por favor, confira os dados abaixo e \
confirme novamente.""",
    Outcome.WRONG_DIGITS: """Os dígitos informados não conferem com o cadastro. Confira e tente \
novamente, ou deixe o campo em branco.""",
    Outcome.NO_MORE_TRIES: """Os dígitos foram informados muitas vezes e não podem mais ser \
conferidos. Você ainda pode confirmar a leitura deixando o campo em branco.""",
    Outcome.MACHINE: """Não foi possível reconhecer o seu navegador. Por favor, abra o link em \
outro navegador.""",
}
"""Why an act was none, in words."""
_STATUS = {Outcome.EXPIRED: HTTPStatus.BAD_REQUEST, Outcome.TOO_SOON: HTTPStatus.BAD_REQUEST}


def form(notice: Notice, shown_at: str) -> Response:
    """Ask for the confirmation."""
    return _form(notice, shown_at, "", HTTPStatus.OK)


def form_again(notice: Notice, shown_at: str, outcome: Outcome) -> Response:
    """Ask once more, and say why the last try was no confirmation."""
    status = _STATUS.get(outcome, HTTPStatus.UNPROCESSABLE_ENTITY)
    problem = _PROBLEMS[outcome]
    if outcome is Outcome.MACHINE and notice.asks_digits:
        problem = f"{problem} Se preferir, informe os 3 últimos dígitos do CPF."
    return _form(notice, shown_at, problem, status)


def _form(notice: Notice, shown_at: str, problem: str, status: HTTPStatus) -> Response:
    return _PAGES.answer(
        status,
        "form",
        "Confirmação de leitura",
        problem=problem,
        shown_at=shown_at,
        digits=DIGITS,
        **_facts(notice),
    )


def receipt(notice: Notice) -> Response:
    """Say that the reading is confirmed, and since when."""
    return _PAGES.answer(HTTPStatus.OK, "receipt", "Leitura confirmada", **_facts(notice))


def not_found() -> Response:
    """Answer a link that is not ours, or not whole."""
    return _plain(
        HTTPStatus.NOT_FOUND,
        "Link não encontrado",
        "Não reconhecemos este link. Por favor, abra novamente a mensagem que você recebeu e "
        "confira se o endereço está completo.",
    )


def not_allowed() -> Response:
    """Answer a method that the page does not know."""
    response = _plain(
        HTTPStatus.METHOD_NOT_ALLOWED, "Pedido não reconhecido", "Abra o link no seu navegador."
    )
    response["headers"]["allow"] = "GET, POST"
    return response


def unavailable() -> Response:
    """Ask for another try in a moment."""
    response = _plain(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Tente novamente em instantes",
        "Não foi possível concluir o seu pedido agora. Por favor, tente novamente em alguns "
        "instantes: repetir o pedido não registra a leitura mais de uma vez.",
    )
    response["headers"]["retry-after"] = str(RETRY_AFTER_SECONDS)
    return response


def _plain(status: HTTPStatus, title: str, words: str) -> Response:
    return _PAGES.answer(status, "words", title, words=[words])


def _facts(notice: Notice) -> dict[str, Any]:
    confirmed_at = notice.confirmed_at
    return {
        "notice": notice,
        "sender": notice.sender,
        "tax_id": tax_id(notice.sender.document),
        "sent_at": _moment(notice.sent_at),
        "confirmed_at": _moment(confirmed_at) if confirmed_at else None,
        "channel": "por e-mail" if notice.channel is Channel.EMAIL else "por mensagem",
    }


def _moment(at: datetime) -> str:
    """Write an instant as a clock on a Brazilian wall shows it.

    >>> from datetime import UTC
    >>> _moment(datetime(2026, 11, 10, 12, 5, 9, tzinfo=UTC))
    '10/11/2026 às 09:05:09'
    """
    local = at.astimezone(ZoneInfo(SAO_PAULO))
    return f"{full_date(local.date())} às {local:%H:%M:%S}"
