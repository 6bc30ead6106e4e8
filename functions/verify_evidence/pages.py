"""The pages, in Brazilian Portuguese: what was recomputed and what came of it, for people.

They show hashes, times, events and checks: no address, no message, no fact of anybody's. They load
nothing, run nothing and tell nobody about the visit. The same findings are there as JSON.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from regua.adapters.report_words import EVENTS, LEVELS, SOURCES
from regua.application.bundle import Bundle, BundledMessage
from regua.application.how_to_verify import signature_command, stamp_command
from regua.application.verdict import Check, CheckCode, Outcome, Verdict
from regua.application.verify_file import VerifiedFile
from regua.application.verify_report import IssuedHere, Presented
from regua.domain.delivery import EventKind
from regua.domain.errors import InvalidInput
from regua.domain.evidence import Level, spelled
from regua.runtime.pages import Pages
from regua.runtime.public_http import NOT_STORED, RETRY_AFTER_SECONDS, Response, response

MAX_SHOWN = 500
"""Facts and checks that a page lists; beyond it says how many there are."""

_STYLE = (
    "body{max-width:52rem}h2{font-size:1.2rem;margin:2.25rem 0 .5rem}"
    "section.ask{margin:1.5rem 0;padding:1rem 1.25rem 1.25rem;border:1px solid #c9d4d0;"
    "border-radius:.5rem}section.ask h2{margin:.25rem 0 .5rem}"
    "label{margin-top:.75rem}input{box-sizing:border-box;width:100%;max-width:26rem}"
    "dl{margin:1rem 0}dd{margin:0 0 .6rem}"
    "pre{overflow-x:auto;padding:.75rem 1rem;border:1px solid #c9d4d0;border-radius:.4rem;"
    "overflow-wrap:normal}"
    ".headline{padding:1rem 1.25rem;border-radius:.5rem;font-weight:600;border:2px solid}"
    ".proven{border-color:#0b5a4c}.partly_proven,.consistent{border-color:#b26a00}"
    ".invalid{border-color:#a3262a}"
    "ul.checks,ol.facts{list-style:none;padding:0;margin:.25rem 0}"
    "ul.checks li,ol.facts li{padding:.45rem 0;border-bottom:1px solid #dde5e2}"
    ".mark{display:block;font-weight:600}"
    "@media (min-width:34rem){ul.checks li,ol.facts li{padding-left:7.5rem;text-indent:-7.5rem}"
    ".mark{display:inline-block;width:7.25rem;text-indent:0}}"
    ".ok{color:#0b5a4c}.failed{color:#a3262a}.absent{color:#8a5200}"
    "@media (prefers-color-scheme:dark){section.ask,pre{border-color:#33403b}"
    "ul.checks li,ol.facts li{border-color:#28332f}"
    ".ok{color:#84d6c0}.failed{color:#ff9a94}.absent{color:#f2cb85}"
    ".proven{border-color:#84d6c0}.partly_proven,.consistent{border-color:#f2cb85}"
    ".invalid{border-color:#ff9a94}}"
)
_BY_ACCEPT = {"vary": "accept"}
_JSON_HEADERS = {
    **NOT_STORED,
    **_BY_ACCEPT,
    "content-type": "application/json; charset=utf-8",
}
_MARKS = {"ok": "confere", "failed": "não confere", "absent": "atenção"}

_TEMPLATES = {
    "form": """{% extends "page" %}{% block content %}
{% if problem %}<p class="notice" role="alert">{{ problem }}</p>{% endif %}
<p>Aqui você confere, de forma independente de quem o apresentou, se um laudo de evidências é \
autêntico e se nada nele foi alterado. Tudo é recalculado a partir do próprio arquivo.</p>
<section class="ask" aria-labelledby="pelo-numero"><h2 id="pelo-numero">Pelo número do laudo</h2>
<form method="post" action="/verify">
<label for="numero">Número do laudo</label>
<input id="numero" name="number" type="text" value="{{ number }}" required maxlength="40" \
autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="ajuda-numero">
<p class="hint" id="ajuda-numero">Por exemplo: LD-2026-ABCDEFGH.</p>
<label for="codigo">Código de verificação</label>
<input id="codigo" name="code" type="text" required maxlength="60" autocomplete="off" \
autocapitalize="characters" spellcheck="false" aria-describedby="ajuda-codigo">
<p class="hint" id="ajuda-codigo">Está impresso no laudo, junto do número.</p>
<button type="submit">Verificar pelo número</button>
</form></section>
<section class="ask" aria-labelledby="pelo-arquivo"><h2 id="pelo-arquivo">Pelo próprio arquivo</h2>
<form method="post" action="/verify" enctype="multipart/form-data">
<label for="arquivo">Laudo (PDF) ou pacote de evidências (zip)</label>
<input id="arquivo" name="file" type="file" required accept=".pdf,.zip,application/pdf,\
application/zip" aria-describedby="ajuda-arquivo">
<p class="hint" id="ajuda-arquivo">Até 4,5 MB. O arquivo é conferido e descartado: nada fica \
guardado.</p>
<button type="submit">Verificar o arquivo</button>
</form></section>
<p>Prefere não enviar nada? O anexo evidencias.zip do laudo traz o roteiro COMO-VERIFICAR.txt, com \
os comandos para conferir tudo no seu próprio computador, sem internet.</p>
{% endblock %}""",
    "checks": """<ul class="checks">
{% for check in checks %}
<li><span class="mark {{ check.outcome }}">{{ marks[check.outcome] }}</span> \
{{ check.sentence }}</li>
{% endfor %}
</ul>
""",
    "result": """{% extends "page" %}{% block content %}
<p class="headline {{ conclusion }}" role="status">{{ headline }}</p>
{% for each in remarks %}<p>{{ each }}</p>
{% endfor %}
<dl>
<dt>Laudo</dt><dd>{{ bundle.report or "sem número" }}</dd>
<dt>Emissão</dt><dd>{{ issued_at }}</dd>
<dt>Credor</dt><dd>{{ bundle.creditor_name }}</dd>
{% if sha256 %}<dt>SHA-256 do arquivo</dt><dd><code>{{ sha256 }}</code></dd>{% endif %}
</dl>
<h2>Arquivo como um todo</h2>
{% with checks = whole %}{% include "checks" %}{% endwith %}
{% for seal in seals %}
<h2>Selo nº {{ seal.number }}</h2>
{% with checks = seal.checks %}{% include "checks" %}{% endwith %}
<dl>
<dt>Raiz assinada (Merkle)</dt><dd><code>{{ seal.root }}</code></dd>
{% if seal.stamped_at %}<dt>Carimbo do tempo</dt><dd>{{ seal.stamped_at }}</dd>{% endif %}
</dl>
{% endfor %}
{% for message in messages %}
<h2>Mensagem {{ message.id }}</h2>
{% with checks = message.checks %}{% include "checks" %}{% endwith %}
<details><summary>Sequência de fatos ({{ message.count }})</summary>
<ol class="facts">
{% for fact in message.facts %}
<li><span class="mark {{ fact.outcome }}">{{ marks[fact.outcome] }}</span> {{ fact.place }}. \
{{ fact.what }}, {{ fact.level }}. {{ fact.at }}, segundo {{ fact.source }}; \
registrado em {{ fact.observed_at }}.<br><code>{{ fact.hash }}</code></li>
{% endfor %}
</ol>
{% if message.left_out %}<p>Há mais {{ message.left_out }} fatos, conferidos e não listados.</p>\
{% endif %}
</details>
{% for proof in message.proofs %}
<details><summary>Prova de que o selo nº {{ proof.seal }} abrange os fatos 1 a {{ proof.seq }}\
</summary>
<p>Folha na posição {{ proof.index }}; caminho até a raiz:</p>
<pre>{{ proof.path }}</pre></details>
{% endfor %}
{% endfor %}
<h2>Confira você mesmo</h2>
<p>Salve o anexo evidencias.zip do laudo (no Adobe Reader, pelo painel de anexos), extraia-o em \
uma pasta vazia e execute nela, com o OpenSSL:</p>
<pre>{{ commands }}</pre>
<p>O arquivo COMO-VERIFICAR.txt, no mesmo pacote, traz o roteiro completo.</p>
<p><a href="/verify">Verificar outro laudo</a></p>
{% endblock %}""",
    "words": """{% extends "page" %}{% block content %}
{% for each in words %}<p>{{ each }}</p>
{% endfor %}
<p><a href="/verify">Voltar à verificação</a></p>
{% endblock %}""",
}
_PAGES = Pages(_TEMPLATES, style=_STYLE, headers=_BY_ACCEPT)


# What was found -----------------------------------------------------------------------------------


def form(number: str) -> Response:
    """Ask what to verify; ``number`` is what the link that led here names."""
    return _form(HTTPStatus.OK, number, "")


def issued(report: IssuedHere, *, as_json: bool) -> Response:
    """Show what a report of ours is found to be."""
    remarks = ["Este laudo foi emitido aqui e está arquivado sob este número."]
    if not report.is_as_issued:
        remarks = ["O arquivo guardado sob este número não é o que foi emitido."]
    known = {"issued_here": report.is_as_issued, "sha256": report.record.pdf_sha256}
    return _result(report.found, remarks, known, as_json=as_json)


def presented(file: Presented, *, as_json: bool) -> Response:
    """Show what a file is found to be, and whether it is a report of ours."""
    remark = (
        "Um laudo com exatamente este conteúdo foi emitido aqui."
        if file.is_issued_here
        else "Nenhum laudo com exatamente este conteúdo foi emitido aqui. O resultado acima diz "
        "respeito apenas ao que o próprio arquivo comprova."
    )
    known = {"issued_here": file.is_issued_here, "sha256": file.sha256}
    return _result(file.found, [remark], known, as_json=as_json)


def _result(
    found: VerifiedFile, remarks: list[str], known: Mapping[str, Any], *, as_json: bool
) -> Response:
    bundle, verdict = found.bundle, found.verdict
    if as_json:
        return _json(HTTPStatus.OK, {**_document(bundle, verdict), **known})
    return _PAGES.answer(
        HTTPStatus.OK,
        "result",
        "Resultado da verificação",
        conclusion=verdict.conclusion.value,
        headline=verdict.headline,
        remarks=remarks,
        bundle=bundle,
        issued_at=_moment(bundle.issued_at),
        sha256=known["sha256"],
        whole=[check for check in _listed(verdict) if _is_of_whole(check)],
        seals=list(_seals(bundle, verdict)),
        messages=[_message(message, verdict) for message in bundle.messages[:MAX_SHOWN]],
        commands=_commands(bundle),
        marks=_MARKS,
    )


def _document(bundle: Bundle, verdict: Verdict) -> dict[str, Any]:
    return {
        "valid": verdict.valid,
        "conclusion": verdict.conclusion.value,
        "headline": verdict.headline,
        "report": bundle.report,
        "issued_at": spelled(bundle.issued_at),
        "creditor_id": bundle.creditor_id,
        "checks": [check.document() for check in _listed(verdict)],
        "time_stamps": {str(n): spelled(at) for n, at in sorted(verdict.stamped_at.items())},
        "messages": {
            message.dispatch_id: {
                "facts": len(message.entries),
                "head": message.entries[-1].recorded_hash if message.entries else None,
                "seals": [inclusion.seal for inclusion in message.inclusions],
            }
            for message in bundle.messages[:MAX_SHOWN]
        },
    }


def _listed(verdict: Verdict) -> list[Check]:
    """Return the checks to list: all, or the first of each outcome when they are too many."""
    if len(verdict.checks) <= MAX_SHOWN:
        return list(verdict.checks)
    return [check for outcome in Outcome for check in verdict.of(outcome)[:MAX_SHOWN]]


def _is_of_whole(check: Check) -> bool:
    return not check.subject or check.code is CheckCode.FILES


def _seals(bundle: Bundle, verdict: Verdict) -> Iterator[dict[str, Any]]:
    checks = _listed(verdict)
    for number in sorted(bundle.seals)[:MAX_SHOWN]:
        subject = f"seals/{number:012d}"
        at = verdict.stamped_at.get(number)
        yield {
            "number": number,
            "checks": [c for c in checks if c.subject == subject and not _is_of_whole(c)],
            "root": _root(bundle.seals[number].statement),
            "stamped_at": _moment(at) if at else None,
        }


def _root(statement: bytes) -> str:
    try:
        root = json.loads(statement)["root"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "?"
    return _short(root)


def _message(message: BundledMessage, verdict: Verdict) -> dict[str, Any]:
    checks = [check for check in _listed(verdict) if check.subject == message.dispatch_id]
    broken = [c.facts["place"] for c in checks if _breaks(c)]
    first_broken = min((place for place in broken if isinstance(place, int)), default=None)
    return {
        "id": message.dispatch_id,
        "checks": checks,
        "count": len(message.entries),
        "left_out": max(0, len(message.entries) - MAX_SHOWN),
        "facts": [
            _fact(place, entry.document, entry.recorded_hash, first_broken)
            for place, entry in enumerate(message.entries[:MAX_SHOWN], start=1)
        ],
        "proofs": [
            {
                "seal": inclusion.seal,
                "seq": inclusion.seq,
                "index": inclusion.index,
                "path": "\n".join(step.hex() for step in inclusion.path) or "(só uma folha)",
            }
            for inclusion in message.inclusions[:MAX_SHOWN]
        ],
    }


def _breaks(check: Check) -> bool:
    return check.code is CheckCode.CHAIN and check.outcome is Outcome.FAILED


def _fact(
    place: int, document: Mapping[str, Any], recorded_hash: str, broken: int | None
) -> dict[str, Any]:
    """Say a fact in words; of a forged one, as much as can be read."""
    is_whole = broken is None or place < broken
    return {
        "place": place,
        "outcome": (Outcome.OK if is_whole else Outcome.FAILED).value,
        "what": _named(EventKind, EVENTS, document.get("kind")),
        "level": _named(Level, LEVELS, document.get("level")),
        "source": _source(document.get("source")),
        "at": _instant(document.get("at")),
        "observed_at": _instant(document.get("observed_at")),
        "hash": recorded_hash,
    }


def _named(kind: type[EventKind | Level], words: Mapping[Any, str], code: object) -> str:
    try:
        return words[kind(str(code))]
    except (ValueError, KeyError):
        return _short(code)


def _source(code: object) -> str:
    return SOURCES.get(code, _short(code)) if isinstance(code, str) else _short(code)


def _short(value: object) -> str:
    return str(value)[:80]


def _instant(text: object) -> str:
    try:
        return _moment(datetime.fromisoformat(str(text)))
    except (ValueError, OverflowError):
        return _short(text)


def _moment(at: datetime) -> str:
    """Write an instant.

    >>> _moment(datetime(2026, 11, 10, 12, 5, 9, tzinfo=UTC))
    '10/11/2026 às 12:05:09 (UTC)'
    """
    return f"{at.astimezone(UTC):%d/%m/%Y às %H:%M:%S} (UTC)"


def _commands(bundle: Bundle) -> str:
    lines = ["sha256sum messages/*/entries.jsonl messages/*/raw/*"]
    for number in sorted(bundle.seals)[:3]:
        folder = f"seals/{number:012d}"
        lines += [signature_command(folder), stamp_command(folder)]
    return "\n".join(lines)


# What cannot be verified --------------------------------------------------------------------------


def no_match(number: str, *, as_json: bool) -> Response:
    """Answer a number and code that open nothing, whatever the reason."""
    words = "Não encontramos um laudo com este número e este código. Confira os dois no laudo."
    if as_json:
        return _problem(HTTPStatus.NOT_FOUND, words)
    return _form(HTTPStatus.NOT_FOUND, number, words)


def no_evidence(error: InvalidInput, *, as_json: bool) -> Response:
    """Answer a file that is neither a laudo nor a bundle."""
    words = (
        "O arquivo não é um laudo nem um pacote de evidências que se possa ler: está incompleto, "
        "danificado ou é de outro tipo. Envie o PDF do laudo como foi emitido, sem imprimir nem "
        "salvar por outro programa."
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if as_json:
        errors = [{"path": p.path, "reason": p.reason} for p in error.problems]
        return _problem(status, words, errors=errors)
    return _form(status, "", words)


def too_large(*, as_json: bool) -> Response:
    """Answer a file that is too large to be taken here."""
    return _plain(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "Arquivo grande demais",
        "Esta página recebe arquivos de até 4,5 MB. Laudos maiores podem ser verificados pelo "
        "número e código, ou no seu computador, com o roteiro COMO-VERIFICAR.txt do anexo.",
        as_json=as_json,
    )


def not_understood(*, as_json: bool) -> Response:
    """Answer a request that is none of the forms."""
    return _plain(
        HTTPStatus.BAD_REQUEST,
        "Pedido não reconhecido",
        "Não entendemos o que foi enviado. Por favor, use o formulário desta página.",
        as_json=as_json,
    )


def not_allowed() -> Response:
    """Answer a method that the page does not know."""
    answer = _plain(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "Pedido não reconhecido",
        "Abra o endereço no seu navegador.",
        as_json=False,
    )
    answer["headers"]["allow"] = "GET, POST"
    return answer


def unavailable(*, as_json: bool) -> Response:
    """Ask for another try in a moment."""
    answer = _plain(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Tente novamente em instantes",
        "Não foi possível concluir a verificação agora. Por favor, tente novamente em alguns "
        "instantes.",
        as_json=as_json,
    )
    answer["headers"]["retry-after"] = str(RETRY_AFTER_SECONDS)
    return answer


def _form(status: HTTPStatus, number: str, problem: str) -> Response:
    title = "Verificação de laudo de evidências"
    return _PAGES.answer(status, "form", title, number=number, problem=problem)


def _plain(status: HTTPStatus, title: str, *words: str, as_json: bool) -> Response:
    if as_json:
        return _problem(status, " ".join(words))
    return _PAGES.answer(status, "words", title, words=words)


def _problem(status: HTTPStatus, detail: str, **more: Any) -> Response:  # noqa: ANN401 - JSON
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        **more,
    }
    answer = _json(status, document)
    answer["headers"]["content-type"] = "application/problem+json"
    return answer


def _json(status: HTTPStatus, document: Mapping[str, Any]) -> Response:
    return response(status, _JSON_HEADERS, json.dumps(document, ensure_ascii=False))
