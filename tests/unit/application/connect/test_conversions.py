"""Values as other systems write them become ours, exactly, or are refused unrepeated."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.connect.body import MAX_RECORDS, found_at, is_absent, read_json, records_of
from regua.application.connect.conversions import Conversion, convert
from regua.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("conversion", "value", "expected"),
    [
        ("text", "  FAT-1 ", "FAT-1"),
        ("text", 42, "42"),
        ("long_text", "x" * 700, "x" * 500),
        ("reais", Decimal("149.9"), 14990),
        ("reais", "149.90", 14990),
        ("reais", 149, 14900),
        ("reais", Decimal("1.499E+2"), 14990),
        ("reais", Decimal("-5.00"), -500),
        ("float_reais", Decimal("149.89999999999998"), 14990),
        ("float_reais", Decimal("0.30000000000000004"), 30),
        ("float_reais", "149.9", 14990),
        ("reais_br", "1.234,56", 123456),
        ("reais_br", "R$ 149,9", 14990),
        ("reais_br", "1234,56", 123456),
        ("reais_br", "1.234", 123400),
        ("reais_br", "-12,00", -1200),
        ("centavos", 14990, 14990),
        ("centavos", "14990", 14990),
        ("date", "2026-11-10", "2026-11-10"),
        ("date", "2026-11-10T08:00:00Z", "2026-11-10"),
        ("date_br", "10/11/2026", "2026-11-10"),
        ("instant_utc", "2026-11-10 12:31:05", datetime(2026, 11, 10, 12, 31, 5, tzinfo=UTC)),
        ("instant_brasilia", "2026-11-10 09:31", datetime(2026, 11, 10, 12, 31, tzinfo=UTC)),
        ("day", "2026-11-10", datetime(2026, 11, 10, 15, tzinfo=UTC)),
        ("day_br", "10/11/2026", datetime(2026, 11, 10, 15, tzinfo=UTC)),
        ("document", "529.982.247-25", "52998224725"),
        ("document", 191, "00000000191"),
        ("document", 1_222_333_000_181, "01222333000181"),
        ("kind", "11.222.333/0001-81", "company"),
        ("kind", "52998224725", "person"),
        ("emails", "a@cliente.example.com.br; nada", ["a@cliente.example.com.br"]),
        ("emails", "nenhum", None),
        ("phones", ["(11) 98765-4321", "11987654321"], ["+5511987654321"]),
        ("phones", "(11) 3333-4444 / 0800 123 4567", ["+551133334444"]),
        ("phones", 11987654321, ["+5511987654321"]),
        ("uf", "sp", "SP"),
        ("uf", "São Paulo", None),
        ("uf", 35, None),
        ("raw", [1], [1]),
    ],
)
def test_every_conversion_reads_what_its_name_says(
    conversion: str, value: object, expected: object
) -> None:
    assert convert(Conversion(conversion), value) == expected


@pytest.mark.parametrize(
    ("conversion", "value"),
    [
        ("text", True),
        ("text", ["x"]),
        ("text", 10**40),
        ("text", "x" * 10_001),
        ("reais", Decimal("149.905")),
        ("reais", "149,90"),
        ("reais", "1E5"),
        ("reais", Decimal("1E+400")),
        ("reais", Decimal("NaN")),
        ("reais", True),
        ("reais", None),
        ("reais", 10**13),
        ("float_reais", Decimal("149.905")),
        ("reais_br", "149.90"),
        ("reais_br", "1,234.56"),
        ("reais_br", 149),
        ("centavos", "1499,0"),
        ("centavos", Decimal(14990)),
        ("centavos", True),
        ("date", "10/11/2026"),
        ("date", "2026-02-30"),
        ("date", 20261110),
        ("date_br", "31/02/2026"),
        ("date_br", "2026-11-10"),
        ("instant_utc", "2026-12-24"),
        ("instant_utc", "2026-11-10 25:00:00"),
        ("instant_utc", "2026-11-10 12:31:05Z"),
        ("day", "ontem"),
        ("document", Decimal("1.5")),
    ],
)
def test_what_cannot_be_read_is_refused_without_being_repeated(
    conversion: str, value: object
) -> None:
    with pytest.raises(ValueError, match=r"^(is|has) ") as refused:
        convert(Conversion(conversion), value)
    assert str(value)[:12] not in str(refused.value)


@given(st.integers(0, 10**12))
def test_centavos_survive_every_way_of_writing_reais(centavos: int) -> None:
    whole, part = divmod(centavos, 100)
    grouped = f"{whole:,}".replace(",", ".")
    assert convert(Conversion.REAIS, f"{whole}.{part:02}") == centavos
    assert convert(Conversion.REAIS, read_json(f"{whole}.{part:02}".encode())) == centavos
    assert convert(Conversion.REAIS_BR, f"R$ {grouped},{part:02}") == centavos


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=30))
def test_a_sum_of_floats_becomes_the_sum_of_centavos(parts: list[int]) -> None:
    as_floats = sum(centavos / 100 for centavos in parts)
    posted = read_json(repr(as_floats).encode())
    assert convert(Conversion.FLOAT_REAIS, posted) == sum(parts)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.sampled_from(Conversion), anything)
def test_any_value_is_converted_or_refused(conversion: Conversion, value: object) -> None:
    with suppress(ValueError):
        convert(conversion, value)


# ── bodies ─────────────────────────────────────────────────────────────────────────────────────


def test_numbers_with_a_point_are_exact() -> None:
    assert read_json(b'{"v": 149.90, "n": 7}') == {"v": Decimal("149.90"), "n": 7}
    assert isinstance(read_json(b"1e2"), Decimal)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe\x00", b"NaN", b"[-Infinity]", b"[" * 100_000, b"9" * 5_000]
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_json(body)
    assert refused.value.problems[0].path == "$"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", {"a": [{"b": 1}, None]}),
        ("a.0.b", 1),
        ("a.1", None),
        ("a.2", None),
        ("a.-1", None),
        ("a.²", None),
        ("a.99999", None),
        ("a.0.b.c", None),
        ("x.y", None),
    ],
)
def test_a_path_finds_what_is_there_and_nothing_else(path: str, expected: object) -> None:
    assert found_at({"a": [{"b": 1}, None]}, path) == expected


@pytest.mark.parametrize(
    ("value", "absent"), [(None, True), (False, True), ("", True), ([], True), (0, False)]
)
def test_odoo_s_false_is_an_empty_field_and_zero_is_none(value: object, absent: bool) -> None:  # noqa: FBT001 - a table
    assert is_absent(value) is absent


def test_records_are_an_object_or_a_list_of_limited_length() -> None:
    assert records_of({"d": [{"a": 1}]}, "d") == [("d.0", {"a": 1})]
    assert records_of([1], "") == [("0", 1)]
    assert records_of({"a": 1}, "") == [("", {"a": 1})]
    for document in (None, "x", [0] * (MAX_RECORDS + 1)):
        with pytest.raises(InvalidInput):
            records_of(document, "")
