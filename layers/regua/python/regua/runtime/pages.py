"""Public pages in Brazilian Portuguese: one frame, one look, light or dark.

They load nothing, run nothing and tell nobody about the visit. A function adds templates and what
only its own pages look like.
"""

from collections.abc import Mapping
from http import HTTPStatus

from jinja2 import DictLoader, Environment, StrictUndefined

from regua.runtime.public_http import Response, html_headers, response

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:38rem;margin:5vh auto;"
    "padding:0 1.25rem 3rem;color:#17231f;background:#fff;overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;line-height:1.3}"
    "label{display:block;font-weight:600}"
    "input{font:inherit;padding:.6rem .75rem;margin:.4rem 0 .25rem;border:1px solid #51605b;"
    "border-radius:.4rem;color:inherit;background:transparent}"
    "button{font:inherit;font-weight:600;margin-top:1rem;padding:.8rem 1.4rem;border:0;"
    "border-radius:.4rem;color:#fff;background:#0b5a4c;cursor:pointer}"
    "a{color:#0b5a4c}"
    "input:focus-visible,button:focus-visible,a:focus-visible,summary:focus-visible"
    "{outline:3px solid #b26a00;outline-offset:2px}"
    ".hint,dt{font-size:.9rem;color:#51605b}.hint{margin:0}"
    "code,pre{font:.875rem/1.6 ui-monospace,monospace}"
    ".notice{padding:.75rem 1rem;border-left:4px solid #b26a00;background:#fbf0dc;color:#17231f}"
    "@media (prefers-color-scheme:dark){body{color:#e9f0ed;background:#0f1513}"
    ".hint,dt{color:#a9b8b2}input{border-color:#a9b8b2}"
    "button{color:#06251d;background:#84d6c0}a{color:#84d6c0}"
    ".notice{background:#3b2d12;color:#f2e3c4}"
    "input:focus-visible,button:focus-visible,a:focus-visible,summary:focus-visible"
    "{outline-color:#f2cb85}}"
)
_TEMPLATES = {
    "page": """<!doctype html>
<html lang="pt-BR"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>{{ title }}</title><style>{{ style|safe }}</style></head>
<body><main><h1>{{ title }}</h1>
{% block content %}{% endblock %}
</main></body></html>
""",
    "words": """{% extends "page" %}{% block content %}
{% for each in words %}<p>{{ each }}</p>
{% endfor %}
{% endblock %}""",
}


class Pages:
    """A function's pages.

    Args:
        templates: by name; each extends ``page``, which shows ``title`` as its heading. ``words``
            (a list of paragraphs) is there unless it is given.
        style: what only these pages look like, after the common style.
        headers: beside those of every page.
    """

    def __init__(
        self,
        templates: Mapping[str, str],
        *,
        style: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._style = _STYLE + style
        self._headers = {**html_headers(self._style), **(headers or {})}
        self._environment = Environment(
            loader=DictLoader({**_TEMPLATES, **templates}),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )

    def answer(self, status: HTTPStatus, template: str, title: str, **values: object) -> Response:
        """Answer with a page; whatever the values hold is shown as text."""
        page = self._environment.get_template(template)
        body = page.render(title=title, style=self._style, **values)
        return response(status, self._headers, body)
