"""The answers: one pixel, one redirect, a few courteous pages in Brazilian Portuguese.

Pages say nothing about anybody's debt and show nothing of the request.
"""

from regua.runtime.public_http import (
    NOT_STORED,
    RETRY_AFTER_SECONDS,
    Response,
    html_headers,
    response,
)

_GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""A transparent pixel, 42 bytes, in base64."""
_STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;"
    "color:#1c2733;background:#fff}h1{font-size:1.4rem;line-height:1.3}"
    "button{font:inherit;padding:.7rem 1.2rem;border:0;border-radius:.4rem;color:#fff;"
    "background:#1b4f8f;cursor:pointer}button:focus{outline:3px solid #f0b429}"
)
_HEADERS = html_headers(_STYLE)
_NOT_A_SETTLEMENT = (
    "<p>A saída da lista vale para e-mails. Ela não quita nem altera valores em aberto, e a "
    "empresa pode falar com você por outros meios permitidos.</p>"
)
_FORM = (
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    '<button type="submit">Parar de receber e-mails</button></form>'
)


def pixel() -> Response:
    """Answer every pixel request: the same bytes and headers, whatever happened."""
    return {
        "statusCode": 200,
        "headers": {"content-type": "image/gif", **NOT_STORED},
        "body": _GIF,
        "isBase64Encoded": True,
    }


def to_page(page_token: str) -> Response:
    """Send the recipient on to the customer's page.

    The place is a path beside the click's own (RFC 3986, 4.2), so it stays on the same host and
    below the same stage, and nothing of the request's query goes along.
    """
    return response(302, {"location": f"../p/{page_token}", **NOT_STORED}, "")


def not_found() -> Response:
    """Answer a link that is not ours, or not whole."""
    return _page(
        404,
        "Link não encontrado",
        "<p>Não reconhecemos este link. Por favor, abra novamente a mensagem que você recebeu "
        "e confira se o endereço está completo.</p>",
    )


def unavailable() -> Response:
    """Ask for another try in a moment."""
    page = _page(
        503,
        "Tente novamente em instantes",
        "<p>Não foi possível atender ao seu pedido agora. Por favor, tente novamente em alguns "
        "instantes.</p>",
    )
    page["headers"]["retry-after"] = str(RETRY_AFTER_SECONDS)
    return page


def confirm_unsubscribe() -> Response:
    """Ask before doing anything: programs follow links, people press buttons."""
    return _page(
        200,
        "Deseja parar de receber estes e-mails?",
        f"<p>Confirme abaixo para não receber mais avisos deste remetente por e-mail.</p>"
        f"{_FORM}{_NOT_A_SETTLEMENT}",
    )


def unsubscribed() -> Response:
    """Confirm that the request is kept."""
    return _page(
        200,
        "Pedido registrado",
        "<p>Você não receberá mais avisos deste remetente por e-mail. Uma mensagem já em envio "
        f"ainda pode chegar.</p>{_NOT_A_SETTLEMENT}",
    )


def _page(status: int, title: str, content: str) -> Response:
    page = (
        '<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{content}</main></body></html>"
    )
    return response(status, _HEADERS, page)
