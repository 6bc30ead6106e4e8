"""The documentation page: Swagger UI, served from here, so that no other site is asked anything.

The page, what starts it, its style and its program are four answers: none is near what a function
may answer with (6 MB), and nothing runs that stands in the page itself.
"""

from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi import swagger_ui

from .context import app

_HTML, _CSS, _JS = (f"text/{kind}; charset=utf-8" for kind in ("html", "css", "javascript"))
_KEPT = "public, max-age=86400"

PAGE = """<!DOCTYPE html>
<html lang="pt-BR">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Régua: documentação da API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<main id="api"></main>
<noscript>Esta página precisa de JavaScript. A descrição da API está em
<a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

START = """"use strict";
const root = new URL(".", window.location.href).href.replace(/[/]$/, "");
fetch(root + "/openapi.json").then((answer) => answer.json()).then((spec) => {
  spec.servers = [{ url: root }];
  SwaggerUIBundle({
    dom_id: "#api",
    spec: spec,
    deepLinking: true,
    docExpansion: "list",
    filter: true,
    persistAuthorization: false,
    validatorUrl: null,
    queryConfigEnabled: false,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
});
"""
"""The description is read from beside the page, whatever the API's address begins with."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing is loaded from elsewhere, and neither program nor style stands in the page."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


@app.get("/docs", include_in_schema=False)
def get_docs() -> Response[Any]:
    """Answer the page."""
    return _answer(_HTML, PAGE, "no-cache")


@app.get("/docs/start.js", include_in_schema=False)
def get_start() -> Response[Any]:
    """Answer what starts the page."""
    return _answer(_JS, START, "no-cache")


@app.get("/docs/swagger-ui.css", include_in_schema=False, compress=True)
def get_style() -> Response[Any]:
    """Answer the page's style."""
    return _answer(_CSS, bundled("swagger-ui.min.css"), _KEPT)


@app.get("/docs/swagger-ui.js", include_in_schema=False, compress=True)
def get_program() -> Response[Any]:
    """Answer the page's program."""
    return _answer(_JS, bundled("swagger-ui-bundle.min.js"), _KEPT)


@cache
def bundled(name: str) -> str:
    """Return a file of Swagger UI, as it comes with the framework."""
    return files(swagger_ui).joinpath(name).read_text(encoding="utf-8")


def _answer(content_type: str, body: str, kept: str) -> Response[Any]:
    headers = {**_HEADERS, "Cache-Control": kept}
    return Response(HTTPStatus.OK, content_type, body, headers=dict(headers))
