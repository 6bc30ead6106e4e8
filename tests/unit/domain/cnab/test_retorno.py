from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256

import pytest

from regua.domain.cnab.audit import Audit, Mismatches, Notice
from regua.domain.cnab.fields import Field, Kind, Line
from regua.domain.cnab.layouts import LAYOUTS_240, LAYOUTS_400
from regua.domain.cnab.occurrences import Effect
from regua.domain.cnab.retorno import CnabFormat, FileKey, RetornoFile, parse_retorno
from regua.domain.cnab.titles import RetornoTitle, TitleKey
from regua.domain.errors import InvalidInput
from regua.domain.money import ZERO, Money
from tests.unit.domain.cnab.synthetic import (
    CNPJ,
    NAME,
    News,
    bradesco_400,
    itau_400,
    joined,
    put,
    santander_400,
    sicredi_240,
)

Writer = Callable[[Sequence[News]], list[bytes]]
WRITERS = (itau_400, bradesco_400, santander_400, sicredi_240)
ENTRY = News(101, "02", 14990, credit="000000")
PAYMENT = News(102, "06", 20000, paid=20350, tariff=210, late=350)
CHANGE = News(103, "14", 999, due="150227", credit="000000")
THREE = (ENTRY, PAYMENT, CHANGE)


def read(records: Sequence[bytes], *, mismatches: Mismatches = Mismatches.REFUSED) -> RetornoFile:
    return parse_retorno(joined(records), mismatches=mismatches)


def problem(records: Sequence[bytes]) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refused:
        read(records)
    (only,) = refused.value.problems
    return only


def with_columns(record: bytes, first: int, text: str) -> bytes:
    return record[: first - 1] + text.encode("latin-1") + record[first - 1 + len(text) :]


def notices(file: RetornoFile) -> list[tuple[int, Notice]]:
    return [(warning.line_number, warning.notice) for warning in file.warnings]


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_what_a_bank_writes_is_what_is_read(write: Writer) -> None:
    file = read(write(THREE))
    assert file.warnings == ()
    entry, payment, change = file.titles
    assert [title.occurrence.effect for title in (entry, payment, change)] == [
        Effect.ENTERED,
        Effect.SETTLED,
        Effect.CHANGED,
    ]
    assert [int(title.nosso_numero) for title in (entry, payment, change)] == [101, 102, 103]
    assert [title.document_number for title in (entry, payment, change)] == [
        "NF101",
        "NF102",
        "NF103",
    ]
    assert (payment.amount, payment.paid, payment.tariff) == (
        Money(20000),
        Money(20350),
        Money(210),
    )
    assert (payment.late_charges, payment.rebate, payment.discount) == (Money(350), ZERO, ZERO)
    assert payment.occurrence_date == date(2027, 1, 23)
    assert (payment.credit_date, entry.credit_date) == (date(2027, 1, 24), None)
    assert (entry.due_date, change.due_date) == (date(2027, 1, 20), date(2027, 2, 15))
    assert payment.occurrence.meaning.startswith("Liquidação")


def test_the_header_of_cnab_400_with_what_only_titles_say() -> None:
    header = read(bradesco_400(THREE)).header
    assert (header.bank, header.bank_name, header.format) == (
        "237",
        "Bradesco",
        CnabFormat.CNAB_400,
    )
    assert (header.convenio, header.agency, header.account) == (
        "00000000000000004321",
        "01234",
        "0567890P",
    )
    assert (header.beneficiary_name, header.beneficiary_document) == (NAME, CNPJ)
    assert (header.file_sequence, header.file_date) == (77, date(2027, 1, 23))
    assert header.credit_date == date(2027, 1, 24)


def test_the_header_of_cnab_240() -> None:
    header = read(sicredi_240(THREE)).header
    assert (header.bank, header.format, header.convenio) == ("748", CnabFormat.CNAB_240, "04346")
    assert (header.agency, header.account) == ("00390", "0000000414680")
    assert (header.file_sequence, header.beneficiary_document) == (5, CNPJ)


@pytest.mark.parametrize(
    ("write", "matched"),
    [
        (
            itau_400,
            {
                "sequence of records",
                "count of titles",
                "sum of the titles' amounts",
                "file sequence",
            },
        ),
        (santander_400, {"sequence of records"}),
        (
            sicredi_240,
            {
                "count of the lot's records",
                "count and sum of the lot's titles",
                "count of lots",
                "count of records",
                "sequence of details",
            },
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_was_checked_is_said(write: Writer, matched: set[str]) -> None:
    assert set(read(write(THREE)).matched) == matched


def test_titles_are_read_anew_each_time_and_cost_nothing_between() -> None:
    file = read(itau_400(THREE))
    assert len(file.titles) == 3
    assert list(file.titles) == list(file.titles)


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_a_file_of_no_titles_is_a_file(write: Writer) -> None:
    file = read(write(()))
    assert list(file.titles) == []
    assert file.warnings == ()


def test_the_key_of_a_file_and_of_a_titles_news() -> None:
    data = joined(itau_400(THREE))
    file = parse_retorno(data)
    assert file.key == FileKey("341", "", 25, date(2027, 1, 23), sha256(data).hexdigest())
    assert [title.key for title in file.titles][1] == TitleKey(
        "341", "00000102", "06", date(2027, 1, 23), Money(20350)
    )


def test_news_without_the_banks_number_go_by_the_creditors() -> None:
    """A refused entry has no number; two of them in a file are two things all the same."""
    refused = [News(0, "03", 100), News(0, "03", 200)]
    records = itau_400(refused)
    records[2] = with_columns(records[2], 117, "NF9 ")
    file = read(records)
    assert [title.key.title for title in file.titles] == ["NF0", "NF9"]
    assert notices(file) == [(2, Notice.TITLE_WITHOUT_NUMBER), (3, Notice.TITLE_WITHOUT_NUMBER)]


def test_names_and_documents_of_payers_stay_in_the_raw_line() -> None:
    records = itau_400(THREE)
    records[1] = with_columns(records[1], 325, "FULANO DE TAL")
    (title, *_) = read(records).titles
    assert b"FULANO DE TAL" in title.raw_lines[0]
    assert "FULANO" not in repr(title)
    assert "FULANO" not in repr(read(records))


@pytest.mark.parametrize(
    ("news", "paid", "credited", "why"),
    [
        (News(1, "06", 4000, paid=4000, tariff=210), 4000, 3790, "tariff taken off"),
        (News(1, "06", 4400, paid=4498, tariff=210, late=98), 4498, 4288, "with late charges"),
        (News(1, "06", 4000, paid=3900, tariff=210, discount=100), 3900, 3690, "with a discount"),
        (News(1, "06", 4000, paid=4000), 4000, 4000, "no tariff"),
        (
            News(1, "07", 4000, paid=1210, tariff=210),
            1000,
            1000,
            "a part: the tariff is not guessed",
        ),
        (News(1, "02", 4000, tariff=210), 0, 0, "nothing paid"),
    ],
)
def test_itau_tells_what_was_credited_and_the_payer_paid_the_tariff_too(
    news: News, paid: int, credited: int, why: str
) -> None:
    (title,) = read(itau_400([news])).titles
    assert (title.paid, title.credited) == (Money(paid), Money(credited)), why


def test_an_unknown_code_changes_nothing_and_is_reported() -> None:
    file = read(itau_400([News(1, "Z9", 100, paid=100)]))
    (title,) = file.titles
    assert (title.occurrence.effect, title.occurrence.meaning) == (Effect.UNKNOWN, "")
    assert notices(file) == [(2, Notice.UNKNOWN_OCCURRENCE)]


@pytest.mark.parametrize(
    ("news", "notice"),
    [
        (News(1, "02", 100, paid=100), Notice.PAID_WITHOUT_PAYMENT),
        (News(1, "09", 100, paid=100), Notice.PAID_WITHOUT_PAYMENT),
        (News(1, "06", 100), Notice.PAYMENT_WITHOUT_PAID),
    ],
)
def test_money_and_code_that_contradict_each_other_are_reported(news: News, notice: Notice) -> None:
    assert notices(read(itau_400([news]))) == [(2, notice)]


def test_a_returned_cheque_may_name_its_amount() -> None:
    file = read(sicredi_240([News(1, "44", 100, paid=100)], bank="001"))
    (title,) = file.titles
    assert title.occurrence.effect is Effect.REVERSED
    assert file.warnings == ()


def test_the_same_news_twice_in_a_file_are_reported() -> None:
    file = read(itau_400([PAYMENT, ENTRY, PAYMENT]))
    assert notices(file) == [(4, Notice.SAME_NEWS_TWICE)]


def test_reasons_keep_their_places_and_lose_their_zeros() -> None:
    (rejected,) = read(bradesco_400([News(1, "03", 100, reasons="0010000008")])).titles
    assert rejected.reasons == ("10", "08")
    (other,) = read(santander_400([News(1, "03", 100, reasons="016000058")])).titles
    assert other.reasons == ("016", "058")
    (dda,) = read(sicredi_240([News(1, "02", 100, reasons="A4  08")])).titles
    assert dda.reasons == ("A4", "08")


def test_a_pix_record_belongs_to_the_title_before_it() -> None:
    file = read(santander_400([ENTRY, PAYMENT]))
    assert [title.pix.txid if title.pix else None for title in file.titles] == [
        f"TXID{number:031d}" for number in (101, 102)
    ]
    first, _ = file.titles
    assert first.pix is not None
    assert (first.pix.key_type, first.pix.key) == ("3", "cobranca@example.com.br")
    assert [line[:1] for line in first.raw_lines] == [b"1", b"2"]
    assert all(t.pix is None for t in read(santander_400([ENTRY], with_pix=False)).titles)


def test_other_banks_pix_records() -> None:
    records = bradesco_400([ENTRY])
    location, txid = "qr.example.com.br/v2/cobv/0a1b", "20270123237093595554460000000011184"
    records[-1] = with_columns(records[-1], 395, "000004")
    records.insert(2, put(400, (1, 1, "4"), (29, 105, location), (106, 140, txid), (395, 400, 3)))
    (title,) = read(records).titles
    assert title.pix is not None
    assert (title.pix.location, title.pix.txid) == (location, txid)
    records = itau_400([ENTRY])
    records[-1] = with_columns(records[-1], 395, "000004")
    records.insert(
        2, put(400, (1, 1, "3"), (2, 391, "00020126…6304ABCD".replace("…", "")), (395, 400, 3))
    )
    (title,) = read(records).titles
    assert title.pix is not None
    assert title.pix.br_code == "000201266304ABCD"


def test_segment_y_with_a_pix_key_at_santander() -> None:
    records = sicredi_240([ENTRY], bank="033", with_y=True)
    records[4] = with_columns(with_columns(records[4], 82, "4"), 83, "cobranca@example.com.br")
    records[4] = with_columns(records[4], 160, "TXID1".ljust(35))
    # The T of Santander lies elsewhere.
    records[2] = put(
        240,
        (1, 13, "0330001300001"),
        (14, 17, "T 02"),
        (41, 53, 101),
        (54, 54, "1"),
        (70, 77, "20012027"),
        (78, 92, 14990),
        (93, 95, "033"),
        (194, 208, 0),
    )
    (title,) = read(records).titles
    assert title.pix is not None
    assert (title.pix.key_type, title.pix.key, title.pix.txid) == (
        "4",
        "cobranca@example.com.br",
        "TXID1",
    )


def test_a_segment_y_that_says_nothing_is_kept_and_reported() -> None:
    file = read(sicredi_240([ENTRY], with_y=True))
    (title,) = file.titles
    assert len(title.raw_lines) == 3
    assert notices(file) == [(5, Notice.RECORD_NOT_READ)]


def test_itaus_444_columns_bring_the_key_of_the_invoice() -> None:
    records = itau_400(THREE)
    key = "3527011122233300018155001000001011000001010" + "7"
    records[1] += key.encode()
    entry, payment, _ = read(records).titles
    assert (entry.nfe_key, payment.nfe_key) == (key, "")


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: data + b"\x1a",
        lambda data: data + b"\r\n\r\n \r\n",
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b"\n".join(line.rstrip() for line in data.split(b"\r\n")),
    ],
    ids=["LF", "end-of-file mark", "blank lines", "byte-order mark", "cut blanks"],
)
@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_the_envelope_changes_nothing(write: Writer, change: Callable[[bytes], bytes]) -> None:
    data = joined(write(THREE))
    before, after = parse_retorno(data), parse_retorno(change(data))
    assert after.header == before.header
    assert [_without_raw(t) for t in after.titles] == [_without_raw(t) for t in before.titles]


def _without_raw(title: RetornoTitle) -> tuple[object, ...]:
    return title.key, title.amount, title.due_date, title.line_number, title.document_number


def test_an_editor_that_saved_utf_8_is_undone_and_reported() -> None:
    records = itau_400(THREE)
    records[0] = with_columns(records[0], 47, "COBRANÇAS AÇÃO LTDA")
    records[1] = with_columns(records[1], 325, "JOÃO DE TAL")
    data = joined(records)
    saved = data.decode("latin-1").encode()
    file = parse_retorno(saved)
    assert file.header.beneficiary_name.startswith("COBRANÇAS AÇÃO LTDA")
    assert notices(file) == [(1, Notice.UTF8)]
    assert file.header == parse_retorno(data).header
    assert next(iter(file.titles)).raw_lines[0] == saved.split(b"\r\n")[1]


def _lines(*changes: Callable[[list[bytes]], None]) -> list[bytes]:
    records = itau_400(THREE)
    for change in changes:
        change(records)
    return records


def _cut(index: int) -> Callable[[list[bytes]], None]:
    return lambda records: records.__delitem__(index)


def _set(index: int, first: int, text: str) -> Callable[[list[bytes]], None]:
    return lambda records: records.__setitem__(index, with_columns(records[index], first, text))


@pytest.mark.parametrize(
    ("records", "where", "reason"),
    [
        (_lines(_set(0, 1, "01REMESSA")), "line 1, columns 1-9", "this is a remessa"),
        (_lines(_set(0, 1, "02PAGAMEN")), "line 1, columns 1-9", "begin neither"),
        (_lines(_set(0, 77, "999")), "line 1, columns 77-79", "not known here"),
        (_lines(_set(0, 77, "   ")), "line 1, columns 77-79", "not known here"),
        (_lines(_set(0, 95, "310227")), "line 1, columns 95-100", "is no date written DDMMAA"),
        (_lines(_set(1, 1, "8")), "line 2, column 1", "is no record type read for Itaú"),
        (_lines(_set(1, 1, "3")), "line 2, column 1", "there is none before it"),
        (_lines(_set(2, 109, "  ")), "line 3, columns 109-110", "hold no occurrence"),
        (_lines(_set(2, 153, "00000000200O0")), "line 3, columns 153-165", "amount of 13 digits"),
        (_lines(_set(2, 254, " " * 13)), "line 3, columns 254-266", "amount of 13 digits"),
        (_lines(_set(2, 147, "301327")), "line 3, columns 147-152", "no date"),
        (_lines(_cut(2)), "line 3, columns 395-400", "is not number 3"),
        (_lines(_cut(0)), "line 1, column 8", "the file has no header"),
        (_lines(_cut(-1)), "line 4, column 1", "the file ends too early"),
        (_lines()[:1], "line 1, column 1", "the file ends too early"),
        (_lines(_set(4, 213, "00000004")), "line 5, columns 213-220", "the file has 3"),
        (_lines(_set(4, 221, "00000000035988")), "line 5, columns 221-234", "is not the sum"),
        (_lines(_set(4, 208, "00026")), "line 5, columns 208-212", "the file has 25"),
        (_lines(_set(4, 5, "237")), "line 5, columns 5-7", "another bank"),
        ([*_lines(), itau_400(THREE)[0]], "line 6, columns 395-400", "is not number 6"),
        (
            [*_lines(), with_columns(itau_400(THREE)[1], 395, "000006")],
            "line 6, column 1",
            "stands after the trailer",
        ),
    ],
)
def test_what_cannot_be_read_in_cnab_400_is_refused_where_it_stands(
    records: list[bytes], where: str, reason: str
) -> None:
    path, said = problem(records)
    assert path == where
    assert reason in said


def _240(*changes: Callable[[list[bytes]], None]) -> list[bytes]:
    records = sicredi_240(THREE)
    for change in changes:
        change(records)
    return records


@pytest.mark.parametrize(
    ("records", "where", "reason"),
    [
        (_240(_set(0, 143, "1")), "line 1, column 143", "this is a remessa"),
        (_240(_set(0, 143, " ")), "line 1, column 143", "neither 1 (remessa) nor 2"),
        (_240(_cut(0)), "line 1, column 8", "the file has no header"),
        (_240(_cut(0), _set(0, 9, "R")), "line 1, column 9", "this is a remessa"),
        (_240(*(_set(i, 1, "999") for i in range(10))), "line 1, columns 1-3", "not known here"),
        (_240(_set(3, 1, "001")), "line 4, columns 1-3", "another bank"),
        (_240(_set(1, 9, "C")), "line 2, column 9", "is not T"),
        (_240(_set(1, 10, "20")), "line 2, columns 10-11", "not of collection"),
        (_240(_set(1, 8, "3")), "line 2, column 8", "neither a lot's header nor a trailer"),
        (_240(_set(3, 4, "0002")), "line 4, columns 4-7", "another lot"),
        (_240(_set(3, 8, "1")), "line 4, column 8", "neither a detail nor the lot's trailer"),
        (_240(_set(3, 9, "00003")), "line 4, columns 9-13", "is not number 2"),
        (_240(_set(3, 14, "Y")), "line 4, column 14", "may follow here (U)"),
        (_240(_set(2, 14, "U")), "line 3, column 14", "may follow here (T)"),
        (_240(_set(3, 14, "T")), "line 3, column 14", "is a T without a U after it"),
        (_240(_set(4, 14, "A")), "line 5, column 14", "may follow here (Y)"),
        (_240(_set(3, 16, "06")), "line 4, columns 16-17", "not the movement of the T"),
        (_240(_set(2, 16, "  "), _set(3, 16, "  ")), "line 3, columns 16-17", "no movement code"),
        (_240(_set(5, 78, "0000000020 5000")), "line 6, columns 78-92", "amount of 15 digits"),
        (_240(_set(5, 138, "31022027")), "line 6, columns 138-145", "no date written DDMMAAAA"),
        (
            _240(_set(8, 18, "000009")),
            "line 9, columns 18-23",
            "the count of the lot's records: the file has 8",
        ),
        (_240(_set(8, 24, "000002")), "line 9, columns 24-115", "are not the count and sum"),
        (_240(_set(8, 46, "1")), "line 9, columns 24-115", "are not the count and sum"),
        (_240(_set(9, 18, "000002")), "line 10, columns 18-23", "count of lots: the file has 1"),
        (_240(_set(9, 24, "000011")), "line 10, columns 24-29", "the file has 10"),
        (_240(_cut(-1)), "line 9, column 8", "the file ends too early"),
        (_240()[:1], "line 1, column 8", "the file ends too early"),
        (_240(_cut(-1), _cut(-1)), "line 8, column 8", "the file ends too early"),
        ([*_240(), sicredi_240(THREE)[2]], "line 11, column 8", "after the file's trailer"),
    ],
)
def test_what_cannot_be_read_in_cnab_240_is_refused_where_it_stands(
    records: list[bytes], where: str, reason: str
) -> None:
    path, said = problem(records)
    assert path == where
    assert reason in said


def test_a_payment_line_cut_short_is_no_payment_of_less() -> None:
    """Blanks at the right may be missing, digits may not."""
    records = _240()
    records[5] = records[5][:88]
    assert problem(records)[0] == "line 6, columns 78-92"


def test_two_lots_are_counted_apart() -> None:
    records = sicredi_240(THREE)
    second = [record[:3] + b"0002" + record[7:] for record in records[1:-1]]
    trailer = with_columns(with_columns(records[-1], 18, "000002"), 24, f"{len(second) + 10:06d}")
    both = [*records[:-1], *second, trailer]
    file = read(both)
    assert [int(title.nosso_numero) for title in file.titles] == [101, 102, 103] * 2
    assert {w.notice for w in file.warnings} == {Notice.SAME_NEWS_TWICE}


def test_a_bank_whose_totals_no_file_shows_is_compared_and_not_refused() -> None:
    records = sicredi_240(THREE, bank="001")
    assert read(records).warnings == ()
    records[-2] = with_columns(records[-2], 24, "000099")
    assert notices(read(records)) == [(9, Notice.MISMATCH)]
    records[-2] = with_columns(with_columns(records[-2], 24, "000000"), 30, "0" * 17)
    assert notices(read(records)) == [(9, Notice.TOTALS_NOT_STATED)]


def test_bradescos_totals_refuse_where_a_file_shows_what_they_count_and_warn_elsewhere() -> None:
    records = bradesco_400([ENTRY, PAYMENT, News(3, "09", 500), News(4, "10", 700)])
    assert read(records).warnings == ()
    wrong_sum = [*records[:-1], with_columns(records[-1], 109, f"{1300:012d}")]
    assert notices(read(wrong_sum)) == [(6, Notice.MISMATCH)]
    for first in (58, 104):
        wrong = with_columns(records[-1], first, "99999")
        assert problem([*records[:-1], wrong])[0] == f"line 6, columns {first}-{first + 4}"
    for first in (87, 121, 138, 155, 172):
        wrong = with_columns(records[-1], first, "99999")
        assert notices(read([*records[:-1], wrong])) == [(6, Notice.MISMATCH)]


def test_records_known_to_tell_nothing_of_payments_are_kept_and_reported() -> None:
    records = itau_400([ENTRY])
    records[-1] = with_columns(records[-1], 395, "000004")
    records.insert(2, put(400, (1, 1, "4"), (395, 400, 3)))
    file = read(records)
    (title,) = file.titles
    assert [line[:1] for line in title.raw_lines] == [b"1", b"4"]
    assert notices(file) == [(3, Notice.RECORD_NOT_READ)]


def test_a_quarantined_file_can_be_looked_into() -> None:
    records = _lines(_cut(2))
    file = read(records, mismatches=Mismatches.REPORTED)
    assert [int(title.nosso_numero) for title in file.titles] == [101, 103]
    mismatches = [w for w in file.warnings if w.notice is Notice.MISMATCH]
    assert [w.line_number for w in mismatches] == [3, 4, 4], "sequence, count, sum"
    assert "line 3, columns 395-400" in mismatches[0].text
    assert "sequence of records" not in file.matched


def test_a_quarantined_file_that_cannot_be_read_stays_refused() -> None:
    with pytest.raises(InvalidInput, match="amount of 13 digits"):
        read(_lines(_set(2, 254, "x")), mismatches=Mismatches.REPORTED)


def test_a_file_too_long_is_refused_unread() -> None:
    data = joined(itau_400(THREE))
    assert parse_retorno(data, max_bytes=len(data)).record_count == 5
    with pytest.raises(InvalidInput, match=f"^file: is longer than {len(data) - 1} bytes$"):
        parse_retorno(data, max_bytes=len(data) - 1)


def test_a_sequence_longer_than_its_digits_begins_again() -> None:
    audit, spot = Audit(Mismatches.REFUSED), Field(1, 2, Kind.NUMBER)
    for expected, digits in ((99, b"99"), (100, b"00"), (101, b"01")):
        audit.sequence(Line(expected, digits, digits), spot, expected)
    with pytest.raises(InvalidInput, match="is not number 102"):
        audit.sequence(Line(102, b"01", b"01"), spot, 102)


@pytest.mark.parametrize("bank", sorted(LAYOUTS_400))
def test_every_layout_of_400_reads_its_own_empty_file(bank: str) -> None:
    day = "20270123" if bank == "748" else "23012027" if bank == "070" else "230127"
    header = put(400, (1, 9, "02RETORNO"), (77, 79, bank), (95, 102, day), (395, 400, 1))
    file = read([header, put(400, (1, 4, "9201"), (5, 7, bank), (395, 400, 2))])
    assert file.header.bank_name == LAYOUTS_400[bank].name
    assert file.header.file_date == date(2027, 1, 23)


@pytest.mark.parametrize("bank", sorted(LAYOUTS_240))
def test_every_layout_of_240_reads_its_own_empty_lot(bank: str) -> None:
    assert read(sicredi_240((), bank=bank)).header.bank_name == LAYOUTS_240[bank].name
