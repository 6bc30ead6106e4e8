import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.pix.keys import MAX_KEY, PixKeyKind, canonical_key, kind_of
from tests.unit.domain.pix.strategies import cnpjs, cpfs, emails, keys, phones, random_keys


@pytest.mark.parametrize(
    ("key", "kind", "why"),
    [
        ("123e4567-e12b-12d1-a456-426655440000", "evp", "the BCB's own example"),
        ("123E4567-E12B-12D1-A456-426655440000", None, "the directory holds lower case"),
        ("123e4567e12b12d1a456426655440000", None, "the hyphens belong to it"),
        ("52998224725", "cpf", ""),
        ("52998224726", None, "wrong check digit"),
        ("11111111111", None, "a repeated digit is nobody"),
        ("529.982.247-25", None, "punctuation"),
        ("11222333000181", "cnpj", ""),
        ("12ABC34501DE35", "cnpj", "letters, IN RFB 2.229/2024"),
        ("12abc34501de35", None, "letters of a CNPJ are capitals"),
        ("+5561912345678", "phone", ""),
        ("+556132345678", "phone", "eight digits are a telephone too"),
        ("+5501912345678", None, "no area code has a zero"),
        ("+1212555012345", None, "not Brazilian"),
        ("61912345678", None, "without +55 it could be a CPF"),
        ("+55\uff16\uff11912345678", None, "full-width digits"),
        ("cobranca@example.com.br", "email", ""),
        ("Cobranca@example.com.br", None, "the directory holds lower case"),
        ("cobranca@example", None, "no domain"),
        ("cobrança@example.com.br", None, "not ASCII"),
        ("a@-x.com", None, "a label cannot begin with a hyphen"),
        ("a@b@example.com", None, "two at signs"),
        (f"{'a' * 65}@example.com", "email", "77 characters"),
        (f"{'a' * 66}@example.com", None, "78 characters"),
        ("", None, "nothing"),
        (" ", None, "blank"),
        ("52998224725\n", None, "a line break is no part of it"),
    ],
)
def test_only_the_canonical_spelling_is_a_key(key: str, kind: str | None, why: str) -> None:
    assert kind_of(key) == kind, why


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (" 529.982.247-25 ", "52998224725"),
        ("11.222.333/0001-81", "11222333000181"),
        ("12.abc.345/01de-35", "12ABC34501DE35"),
        ("+55 (61) 91234-5678", "+5561912345678"),
        ("Cobranca@Example.com.br", "cobranca@example.com.br"),
        ("123E4567-E12B-12D1-A456-426655440000", "123e4567-e12b-12d1-a456-426655440000"),
    ],
)
def test_the_usual_spellings_have_one_canonical_form(written: str, canonical: str) -> None:
    assert canonical_key(written) == canonical


@pytest.mark.parametrize(
    "written", ["(61) 91234-5678", "529.982.247-26", "", "x" * 10_000, "fulano arroba example.com"]
)
def test_what_no_spelling_makes_a_key_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        canonical_key(written)
    assert not written or written not in str(caught.value)


@given(
    st.one_of(
        cpfs.map(lambda k: (k, PixKeyKind.CPF)),
        cnpjs.map(lambda k: (k, PixKeyKind.CNPJ)),
        random_keys.map(lambda k: (k, PixKeyKind.EVP)),
        phones.map(lambda k: (k, PixKeyKind.PHONE)),
        emails.map(lambda k: (k, PixKeyKind.EMAIL)),
    )
)
def test_every_key_has_one_kind_and_is_its_own_canonical_form(
    made: tuple[str, PixKeyKind],
) -> None:
    key, kind = made
    assert kind_of(key) is kind
    assert canonical_key(key) == key


@given(st.text(max_size=200) | keys.map(lambda key: key[:-1]))
def test_any_text_is_a_key_or_refused_and_never_an_accident(text: str) -> None:
    try:
        key = canonical_key(text)
    except InvalidInput:
        assert kind_of(text) is None
    else:
        assert kind_of(key) is not None
        assert len(key) <= MAX_KEY
        assert key.isascii()
