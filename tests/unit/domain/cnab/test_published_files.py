"""Every published file, and what becomes of it: read, or refused at a line for a reason."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from regua.domain.cnab.audit import Mismatches, Notice
from regua.domain.cnab.occurrences import Effect
from regua.domain.cnab.retorno import CnabFormat, RetornoFile, parse_retorno
from regua.domain.cnab.titles import RetornoTitle
from regua.domain.errors import InvalidInput
from regua.domain.money import Money
from tests.shared_data import shared_data_path

pytestmark = pytest.mark.shared_data

REMESSA = "this is a remessa"


@dataclass(frozen=True)
class Read:
    """Titles and centavos paid by effect, taken from the file by hand, and odd things in it."""

    bank: str
    by_effect: dict[Effect, tuple[int, int]]
    odd: frozenset[Notice] = frozenset()


@dataclass(frozen=True)
class Refused:
    where: str
    reason: str
    why: str = ""


_PAID_ON_ENTRY = frozenset({Notice.PAID_WITHOUT_PAYMENT})
_ITAU = Read(
    # 2,546.22 reached the account in 51 payments, each with a tariff of 2.10 taken off.
    "341",
    {Effect.SETTLED: (51, 254622 + 51 * 210), Effect.WRITTEN_OFF: (1, 210)},
    _PAID_ON_ENTRY,
)
_INVENTED_100_ON_ENTRY = {Effect.ENTERED: (1, 10000)}
VERDICTS: dict[str, Read | Refused] = {
    "brcobranca-CBR64310.RET": Read("001", {Effect.SETTLED: (26, 1005183)}),
    "brcobranca-CNAB240.RET": Read(
        "001",
        {Effect.SETTLED_UNREGISTERED: (35, 2188094)},
        frozenset({Notice.TOTALS_NOT_STATED}),
    ),
    "brcobranca-CNAB240AILOS.RET": Refused(
        "line 1, column 143",
        "neither 1",
        "the company's name was replaced by a shorter one: what follows moved to the left",
    ),
    "brcobranca-CNAB240SANTANDER.RET": Read(
        "033", {Effect.ENTERED: (1, 1000), Effect.SETTLED: (1, 1000)}, _PAID_ON_ENTRY
    ),
    "brcobranca-CNAB240SICOOB.RET": Refused(
        "line 1, column 143", "neither 1", "as Ailos: the same file with another bank's number"
    ),
    "brcobranca-CNAB240SICREDI.CRT": Read(
        "748", {Effect.ENTERED: (1, 0), Effect.INFORMATIVE: (1, 0)}
    ),
    "brcobranca-CNAB400.RET": _ITAU,
    "brcobranca-CNAB400BANCOBRASILIA.RET": Refused(
        "line 3, columns 395-400", "not number 3", "cut from a file of 30 lines"
    ),
    "brcobranca-CNAB400BANCONORDESTE.RET": Read("004", {Effect.SETTLED: (1, 17500)}),
    "brcobranca-CNAB400BANRISUL.RET": Refused(
        "line 3, columns 5-7", "another bank", "the trailer is Bradesco's"
    ),
    "brcobranca-CNAB400BRADESCO.RET": Read(
        "237",
        {Effect.ENTERED: (5, 145000), Effect.WRITTEN_OFF: (1, 0)},
        # Five entries as the trailer says, but of 1,578.00 where it says 2,020.00: an amount was
        # replaced.
        frozenset({Notice.PAID_WITHOUT_PAYMENT, Notice.MISMATCH}),
    ),
    "brcobranca-CNAB400CREDISIS.RET": Refused(
        "line 2, columns 109-110", "no occurrence", "columns were lost when it was anonymised"
    ),
    "brcobranca-CNAB400ITAU.RET": _ITAU,
    "brcobranca-CNAB400SANTANDER.RET": Refused(
        "line 55, columns 5-7", "another bank", "Itaú's file with another number in the header"
    ),
    "brcobranca-CNAB400UNICRED.RET": Refused(
        "line 2, column 1",
        "no record type",
        "Unicred through Banco do Brasil: a title of type 1, and 16 lines of which 3 are left",
    ),
    "laravelboleto-banrisul.ret": Read("041", _INVENTED_100_ON_ENTRY, _PAID_ON_ENTRY),
    "laravelboleto-bb.ret": Read("001", _INVENTED_100_ON_ENTRY, _PAID_ON_ENTRY),
    "laravelboleto-bnb.ret": Read("004", {Effect.SETTLED: (7, 1655516), Effect.ENTERED: (3, 0)}),
    "laravelboleto-bradesco.ret": Read(
        "237", _INVENTED_100_ON_ENTRY, _PAID_ON_ENTRY | {Notice.TOTALS_NOT_STATED}
    ),
    "laravelboleto-btg.ret": Read(
        "208",
        {Effect.ENTERED: (1, 0), Effect.SETTLED: (1, 80000)},
        frozenset({Notice.MISMATCH}),  # counts of 1 for 6 and 8 records: not what they count
    ),
    "laravelboleto-cef.ret": Read("104", {Effect.WRITTEN_OFF: (1, 10000)}, _PAID_ON_ENTRY),
    "laravelboleto-delbank.ret": Read("435", {Effect.ENTERED: (1, 0)}),
    "laravelboleto-fibra.ret": Read("224", {Effect.SETTLED: (5, 9543439), Effect.ENTERED: (6, 0)}),
    "laravelboleto-hsbc.ret": Read("399", _INVENTED_100_ON_ENTRY, _PAID_ON_ENTRY),
    "laravelboleto-inter.ret": Read(
        "077", {Effect.ENTERED: (1, 0)}, frozenset({Notice.TITLE_WITHOUT_NUMBER})
    ),
    "laravelboleto-itau.ret": Read(
        "341",
        _INVENTED_100_ON_ENTRY,
        # Its only digit of a number stands where the check digit does.
        _PAID_ON_ENTRY | {Notice.TOTALS_NOT_STATED, Notice.TITLE_WITHOUT_NUMBER},
    ),
    "laravelboleto-pine.ret": Read("643", {Effect.SETTLED: (5, 11581582)}),
    "laravelboleto-santander.ret": Read("033", _INVENTED_100_ON_ENTRY, _PAID_ON_ENTRY),
    "laravelboleto-santander_pix.ret": Read("033", _INVENTED_100_ON_ENTRY, _PAID_ON_ENTRY),
    "laravelboleto-sicredi.ret": Refused(
        "line 1, columns 95-102", "no date", "DDMMAA where Sicredi writes AAAAMMDD"
    ),
    "brcobranca-remessa-ailos-cnab240.rem": Refused("line 1, column 143", REMESSA),
    "brcobranca-remessa-banco-brasil-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-banco-brasilia-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-banco-nordeste-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-banco_brasil-cnab240.rem": Refused("line 1, column 143", REMESSA),
    "brcobranca-remessa-bancoob-cnab240.rem": Refused("line 1, column 143", REMESSA),
    "brcobranca-remessa-banrisul-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-bradesco-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-caixa-cnab240.rem": Refused("line 1, column 143", REMESSA),
    "brcobranca-remessa-citibank-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-credisis-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-itau-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-itau-cnab444.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-santander-cnab240.rem": Refused("line 1, column 143", REMESSA),
    "brcobranca-remessa-santander-cnab400-pix.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-santander-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-sicoob-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
    "brcobranca-remessa-sicoob-correspondente-bb-cnab240.rem": Refused(
        "line 1, column 9", REMESSA, "begins with the lot: R, to the bank"
    ),
    "brcobranca-remessa-sicredi-cnab240.rem": Refused("line 1, column 143", REMESSA),
    "brcobranca-remessa-unicred-cnab240.rem": Refused("line 1, column 143", REMESSA),
    "brcobranca-remessa-unicred-cnab400.rem": Refused("line 1, columns 1-9", REMESSA),
}
READ = {name: verdict for name, verdict in VERDICTS.items() if isinstance(verdict, Read)}
REFUSED = {name: verdict for name, verdict in VERDICTS.items() if isinstance(verdict, Refused)}


def _bytes(name: str) -> bytes:
    return shared_data_path(f"cnab/{name}").read_bytes()


def test_no_published_file_is_left_out() -> None:
    assert {path.name for path in shared_data_path("cnab").iterdir()} == set(VERDICTS)
    assert sum(REMESSA in verdict.reason for verdict in REFUSED.values()) == 21


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_file_says_where_and_why(name: str) -> None:
    expected = REFUSED[name]
    with pytest.raises(InvalidInput) as refused:
        parse_retorno(_bytes(name))
    (problem,) = refused.value.problems
    assert problem.path == expected.where
    assert expected.reason in problem.reason


@pytest.mark.parametrize("name", READ)
def test_titles_and_money_of_a_file_by_effect(name: str) -> None:
    expected = READ[name]
    file = parse_retorno(_bytes(name))
    titles: Counter[Effect] = Counter()
    paid: Counter[Effect] = Counter()
    for title in file.titles:
        titles[title.occurrence.effect] += 1
        paid[title.occurrence.effect] += title.paid.centavos
    assert {effect: (titles[effect], paid[effect]) for effect in titles} == expected.by_effect
    assert file.header.bank == expected.bank
    assert {warning.notice for warning in file.warnings} == expected.odd


def _by_hand(data: bytes) -> list[tuple[str, int, int]]:
    """Read occurrence, amount and what the bank calls paid, knowing only where columns are."""
    lines = [line.rstrip("\r").ljust(400) for line in data.decode("latin-1").split("\n")]
    if not lines[0].startswith("02RETORNO"):
        return _by_hand_240(lines)
    cuts = {
        "070": ((108, 110), (156, 169), (257, 270)),
        "077": ((89, 91), (124, 137), (159, 172)),
    }
    occurrence, amount, paid = cuts.get(lines[0][76:79], ((108, 110), (152, 165), (253, 266)))
    return [
        (line[slice(*occurrence)], int(line[slice(*amount)]), int(line[slice(*paid)].strip() or 0))
        for line in lines
        if line[0] in ("7" if lines[0][76:79] == "001" else "1")
    ]


def _by_hand_240(lines: list[str]) -> list[tuple[str, int, int]]:
    amount = slice(77, 92) if lines[0][:3] == "033" else slice(81, 96)
    firsts = [line for line in lines if line[7] == "3" and line[13] == "T"]
    seconds = [line for line in lines if line[7] == "3" and line[13] == "U"]
    return [(t[15:17], int(t[amount]), int(u[77:92])) for t, u in zip(firsts, seconds, strict=True)]


@pytest.mark.parametrize("name", READ)
def test_every_title_agrees_with_a_reading_by_hand(name: str) -> None:
    data = _bytes(name)
    assert [_as_the_bank_wrote(title) for title in parse_retorno(data).titles] == _by_hand(data)


def _as_the_bank_wrote(title: RetornoTitle) -> tuple[str, int, int]:
    written = title.credited if title.bank == "341" and title.credited else title.paid
    return title.occurrence.code, title.amount.centavos, written.centavos


@pytest.mark.parametrize("name", READ)
def test_the_lines_are_kept_as_they_came(name: str) -> None:
    data = _bytes(name)
    lines = data.split(b"\n")
    for title in parse_retorno(data).titles:
        for offset, raw in enumerate(title.raw_lines):
            assert raw == lines[title.line_number - 1 + offset].rstrip(b"\r")


def _expected() -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads(shared_data_path("cnab_retorno.json").read_text())[
        "vectors"
    ]
    return vectors


def _ddmmaa(title_date: date | None, *, long: bool) -> str:
    if title_date is None:
        return "00000000" if long else "000000"
    return title_date.strftime("%d%m%Y" if long else "%d%m%y")


def _digits(amount: Money, width: int) -> str:
    return f"{amount.centavos:0{width}d}"


_FIELDS: dict[str, Callable[[RetornoTitle, int], str]] = {
    "agencia_com_dv": lambda title, _: title.agency,
    "agencia_sem_dv": lambda title, _: title.agency,
    "cedente_com_dv": lambda title, _: title.account,
    "nosso_numero": lambda title, _: title.nosso_numero,
    "carteira_variacao": lambda title, _: title.wallet,
    "carteira": lambda title, _: title.wallet,
    "banco_recebedor": lambda title, _: title.collecting_bank,
    "codigo_ocorrencia": lambda title, _: title.occurrence.code,
    "valor_titulo": lambda title, width: _digits(title.amount, width),
    "valor_tarifa": lambda title, width: _digits(title.tariff, width),
    "juros_mora": lambda title, width: _digits(title.late_charges, width),
    "valor_recebido": lambda title, width: f"{_as_the_bank_wrote(title)[2]:0{width}d}",
    "data_ocorrencia": lambda title, width: _ddmmaa(title.occurrence_date, long=width == 8),
    "data_vencimento": lambda title, width: _ddmmaa(title.due_date, long=width == 8),
    "data_credito": lambda title, width: _ddmmaa(title.credit_date, long=width == 8),
    "sequencial": lambda title, width: f"{title.line_number - (2 if width == 5 else 0):0{width}d}",
}


def test_the_five_expected_parses() -> None:
    """Santander's CNAB 400 is a doctored file of Itaú's, refused; it is read for its columns."""
    vectors = _expected()
    assert len(vectors) == 5
    for vector in vectors:
        file = parse_retorno(
            shared_data_path(vector["file"]).read_bytes(), mismatches=Mismatches.REPORTED
        )
        first = next(iter(file.titles))
        expected = {
            name: value
            for key in ("first_detail_expected", "first_T_expected", "first_U_expected")
            for name, value in vector.get(key, {}).items()
        }
        if vector["bank"] == "itau":
            del expected["carteira"]  # "I": the letter of wallet 109, which is read
        got = {name: _FIELDS[name](first, len(value)) for name, value in expected.items()}
        assert got == expected, vector["file"]
        _compare_counts(file, vector)


def _compare_counts(file: RetornoFile, vector: dict[str, Any]) -> None:
    if file.header.format is CnabFormat.CNAB_240:
        assert len(file.titles) == vector["titles"]
        return
    assert file.record_count == vector["lines_after_header_expected_by_spec"] + 1
    codes = Counter(title.occurrence.code for title in file.titles)
    assert codes == vector["occurrence_counts"]
    assert len(file.titles) == vector["record_type_counts"]["1"]


def test_the_pix_of_a_title_comes_with_it() -> None:
    (title,) = parse_retorno(_bytes("laravelboleto-santander_pix.ret")).titles
    assert title.pix is not None
    assert (title.pix.key_type, title.pix.key, title.pix.txid) == (
        "5",
        "39a1178e-db6b-4407-bc7b-b674390acf5f",
        "id-da-transcao-pix",
    )
    assert len(title.raw_lines) == 2
