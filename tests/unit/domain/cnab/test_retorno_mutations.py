"""Files damaged on the way: noticed where the layout can tell, and never anything but refused."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.domain.cnab.audit import Mismatches
from regua.domain.cnab.retorno import parse_retorno
from regua.domain.errors import InvalidInput
from tests.unit.domain.cnab.synthetic import (
    News,
    bradesco_400,
    itau_400,
    joined,
    santander_400,
    sicredi_240,
)

Writer = Callable[[Sequence[News]], list[bytes]]
WRITERS: tuple[Writer, ...] = (itau_400, bradesco_400, santander_400, sicredi_240)
writers = st.sampled_from(WRITERS)
with_sums: st.SearchStrategy[Writer] = st.sampled_from((itau_400, sicredi_240))
news = st.builds(
    News,
    number=st.integers(1, 99_999_999),
    occurrence=st.sampled_from(["02", "03", "06", "09", "14", "17"]),
    amount=st.integers(1, 10**11),
    paid=st.integers(0, 10**11),
    tariff=st.just(0),
)
files = st.lists(news, min_size=1, max_size=6)


def _other_digit(data: bytes, place: int, step: int) -> bytes:
    digit = (data[place] - ord("0") + step) % 10
    return data[:place] + b"%d" % digit + data[place + 1 :]


def _is_refused(data: bytes) -> bool:
    try:
        parse_retorno(data)
    except InvalidInput:
        return True
    return False


@given(writers, files)
@settings(max_examples=60)
def test_an_undamaged_file_is_read_with_every_title(write: Writer, titles: list[News]) -> None:
    file = parse_retorno(joined(write(titles)))
    read = [(int(t.nosso_numero), t.amount.centavos, t.paid.centavos) for t in file.titles]
    assert read == [(each.number, each.amount, each.paid) for each in titles]


@given(writers, files, st.data())
@settings(max_examples=80)
def test_a_missing_line_is_noticed(write: Writer, titles: list[News], data: st.DataObject) -> None:
    records = write(titles)
    del records[data.draw(st.integers(0, len(records) - 1))]
    assert _is_refused(joined(records))


@given(writers, files, st.data())
@settings(max_examples=80)
def test_a_repeated_line_is_noticed(write: Writer, titles: list[News], data: st.DataObject) -> None:
    records = write(titles)
    place = data.draw(st.integers(0, len(records) - 1))
    records.insert(place, records[place])
    assert _is_refused(joined(records))


@given(writers, files, st.data())
@settings(max_examples=80)
def test_two_titles_swapped_are_noticed(
    write: Writer, titles: list[News], data: st.DataObject
) -> None:
    records = write(titles)
    first = data.draw(st.integers(1, len(records) - 2))
    second = data.draw(st.integers(1, len(records) - 2).filter(lambda place: place != first))
    if len(records) > 3:
        records[first], records[second] = records[second], records[first]
        assert _is_refused(joined(records))


@given(writers, files, st.data())
@settings(max_examples=100)
def test_a_file_cut_off_anywhere_is_noticed(
    write: Writer, titles: list[News], data: st.DataObject
) -> None:
    whole = joined(write(titles))
    # What may go unnoticed is filling: the last line's end and the blanks before it.
    last_told = len(whole.rstrip(b"\r\n "))
    assert _is_refused(whole[: data.draw(st.integers(0, last_told - 1))])


@given(with_sums, files, st.data())
@settings(max_examples=150)
def test_one_wrong_digit_in_an_amount_is_noticed(
    write: Writer, titles: list[News], data: st.DataObject
) -> None:
    records = write(titles)
    if write is itau_400:
        line, columns = data.draw(st.integers(1, len(titles))), range(152, 165)
    else:
        line, columns = 2 + 2 * data.draw(st.integers(0, len(titles) - 1)), range(81, 96)
    place = data.draw(st.sampled_from(columns))
    records[line] = _other_digit(records[line], place, data.draw(st.integers(1, 9)))
    assert _is_refused(joined(records))


@given(with_sums, files, st.data())
@settings(max_examples=150)
def test_one_wrong_digit_in_a_count_a_sum_or_a_sequence_is_noticed(
    write: Writer, titles: list[News], data: st.DataObject
) -> None:
    records = write(titles)
    if write is itau_400:
        spots = [(-1, range(207, 234)), *((line, range(394, 400)) for line in range(len(records)))]
    else:
        details = range(2, 2 + 2 * len(titles))
        spots = [(-1, range(17, 29)), (-2, range(17, 46)), *((d, range(8, 13)) for d in details)]
    line, columns = data.draw(st.sampled_from(spots))
    place = data.draw(st.sampled_from(columns))
    records[line] = _other_digit(records[line], place, data.draw(st.integers(1, 9)))
    assert _is_refused(joined(records))


def _accepts_or_refuses(data: bytes) -> None:
    """Whatever comes, a file is read or `InvalidInput` says why; nothing else escapes."""
    for mismatches in Mismatches:
        try:
            file = parse_retorno(data, mismatches=mismatches)
        except InvalidInput:
            continue
        assert len(list(file.titles)) == len(file.titles)


@given(st.binary(max_size=900))
@settings(max_examples=200)
def test_random_bytes_are_refused(data: bytes) -> None:
    _accepts_or_refuses(data)


HEADS = [records[0] for records in (write(()) for write in WRITERS)]


@given(st.sampled_from(HEADS), st.binary(max_size=900))
@settings(max_examples=150)
def test_random_bytes_after_a_good_header_are_refused(head: bytes, rest: bytes) -> None:
    _accepts_or_refuses(head + b"\n" + rest)


@given(writers, files, st.data())
@settings(max_examples=250)
def test_files_with_bytes_changed_put_in_or_taken_out(
    write: Writer, titles: list[News], data: st.DataObject
) -> None:
    damaged = bytearray(joined(write(titles)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        other = data.draw(st.binary(max_size=3))
        damaged[place : place + data.draw(st.integers(0, 3))] = other
        if not damaged:
            break
    _accepts_or_refuses(bytes(damaged))


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_every_column_of_a_title_may_hold_anything(write: Writer) -> None:
    """Each column in turn made a letter: read or refused, and never more than that."""
    records = write([News(7, "06", 1000, paid=1000)])
    for line in range(len(records)):
        for place in range(0, len(records[line]), 3):
            damaged = list(records)
            damaged[line] = records[line][:place] + b"\xe7" + records[line][place + 1 :]
            _accepts_or_refuses(joined(damaged))
