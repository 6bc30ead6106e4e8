"""Which stored addresses a redirect may carry."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.addresses import safe_url


@pytest.mark.parametrize(
    ("stored", "carried"),
    [
        ("https://pagar.example.com.br/f/1", "https://pagar.example.com.br/f/1"),
        ("http://pagar.example.com.br:8080/?a=1&b=2#x", None),
        ("https://pagar.example.com.br", "https://pagar.example.com.br"),
        ("HTTPS://Pagar.Example.com.br/F", "https://pagar.example.com.br/F"),
        ("http://localhost:4570/pay/1", "http://localhost:4570/pay/1"),
        ("https://x.example/a%20b?q=%C3%A9", "https://x.example/a%20b?q=%C3%A9"),
        ("https://x.example/ação", "https://x.example/a%C3%A7%C3%A3o"),
        ("https://cobrança.example.com.br/", "https://xn--cobrana-zxa.example.com.br/"),
        ("https://127.0.0.1/pay", "https://127.0.0.1/pay"),
    ],
)
def test_a_web_address_is_carried(stored: str, carried: str | None) -> None:
    assert safe_url(stored) == (carried or stored)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        5,
        "",
        "pagar.example.com.br",
        "//pagar.example.com.br/",
        "/pay",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://x.example/",
        "https://",
        "https:///path",
        "https:/x.example",
        "https://user@x.example/",
        "https://x.example@attacker.example/",
        "https://x.example\\@attacker.example/",
        "https://x.example/\r\nSet-Cookie: a=1",
        "https://x.example/ a",
        "https://x..example/",
        "https://-x.example/",
        "https://x_y.example/",
        "https://x.example:port/",
        "https://x.example:99999/",
        "https://[::1/",
        "https://[::1]/",
        f"https://x.example/{'a' * 2048}",
        "\thttps://x.example/",
    ],
)
def test_anything_else_is_not(stored: object) -> None:
    assert safe_url(stored) is None


@given(st.text() | st.text().map(lambda rest: f"https://x.example{rest}"))
def test_what_is_carried_is_one_line_of_ascii_to_a_web_host(stored: str) -> None:
    carried = safe_url(stored)
    if carried is not None:
        assert carried.isascii()
        assert carried.isprintable()
        assert " " not in carried
        parts = urlsplit(carried)
        assert parts.scheme in {"http", "https"}
        assert parts.hostname
        assert safe_url(carried) == carried or len(carried) > 2048
