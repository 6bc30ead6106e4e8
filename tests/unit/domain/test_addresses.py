"""One rule for taking an address in and for using it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.addresses import domain_name, email_address, safe_url


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ana@x.com", "ana@x.com"),
        (" ana@x.com ", "ana@x.com"),
        ("Ana.Souza+boletos@X.com", "Ana.Souza+boletos@X.com"),
        ("o'hara@x-y.example.com.br", "o'hara@x-y.example.com.br"),
        ("ana@café.example.com.br", "ana@xn--caf-dma.example.com.br"),
        ("ana@3m.com", "ana@3m.com"),
    ],
)
def test_a_bare_address_is_returned_with_its_domain_in_ascii(written: str, expected: str) -> None:
    assert email_address(written) == expected


@pytest.mark.parametrize(
    "written",
    ["a..b@x.com", ".a@x.com", "ana@-x.com", "ana@x.com.", "ana@x", "ana@x.com\n", '"a b"@x.com'],
)
def test_what_no_mailbox_can_have_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        email_address(written)


@given(st.text())
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    for rule in (email_address, domain_name):
        try:
            found = rule(text)
        except ValueError:
            continue
        assert found.isascii()
        assert rule(found) == found


@given(st.text(st.characters(), max_size=20).map(lambda rest: f"https://x.example/{rest}"))
def test_any_text_is_a_web_address_or_none(text: str) -> None:
    assert safe_url(text) is None or safe_url(text)


def test_a_lone_surrogate_is_no_part_of_a_web_address() -> None:
    assert safe_url("https://x.example/\ud800") is None
