"""Pix keys, receivers and BR Codes as hypothesis builds them. Every person is invented."""

from hypothesis import strategies as st
from stdnum.br import cnpj, cpf

from regua.domain.money import Money
from regua.domain.pix.br_code import MAX_CITY, MAX_NAME, NO_TXID, BrCode

ASCII = "".join(map(chr, range(0x20, 0x7F)))
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _ascii(longest: int) -> st.SearchStrategy[str]:
    return st.text(ASCII, min_size=1, max_size=longest).map(str.strip).filter(bool)


def _complete_cpf(root: str) -> str:
    return str(root + cpf._calc_check_digits(root))


def _complete_cnpj(root: str) -> str:
    return str(root + cnpj.calc_check_digits(root))


_roots = st.text("0123456789", min_size=9, max_size=9).filter(lambda root: len(set(root)) > 1)
_cnpj_roots = st.text("0123456789ABCXYZ", min_size=12, max_size=12)
cpfs = _roots.map(_complete_cpf)
cnpjs = _cnpj_roots.filter(lambda root: len(set(root)) > 1).map(_complete_cnpj)
random_keys = st.uuids().map(str)
phones = st.from_regex(r"\+55[1-9]{2}9[0-9]{8}", fullmatch=True)
emails = st.from_regex(r"[a-z0-9._+-]{1,20}@[a-z0-9]{1,12}\.com\.br", fullmatch=True)
tax_ids = cpfs | cnpjs
keys = st.one_of(random_keys, phones, emails, tax_ids)

locations = st.from_regex(r"[a-z0-9]{1,20}\.example\.com/[a-zA-Z0-9/_-]{1,45}", fullmatch=True)
amounts = st.integers(min_value=1, max_value=999_999_999_999).map(Money)
txids = st.just(NO_TXID) | st.text(ALPHANUMERIC, min_size=1, max_size=25)
names = _ascii(MAX_NAME)
cities = _ascii(MAX_CITY)

static_codes = st.builds(
    BrCode,
    name=names,
    city=cities,
    key=keys,
    description=st.just("") | _ascii(20),
    amount=st.none() | amounts,
    txid=txids,
    single_use=st.booleans(),
    postal_code=st.just("") | st.text("0123456789", min_size=8, max_size=8),
    category=st.text("0123456789", min_size=4, max_size=4),
    recurrence=st.none() | locations,
)
dynamic_codes = st.builds(
    BrCode,
    name=names,
    city=cities,
    location=locations,
    amount=st.none() | amounts,
    txid=txids,
    single_use=st.booleans(),
    recurrence=st.none() | locations,
)
recurrence_codes = st.builds(BrCode, name=names, city=cities, recurrence=locations)
codes = st.one_of(static_codes, dynamic_codes, recurrence_codes)
