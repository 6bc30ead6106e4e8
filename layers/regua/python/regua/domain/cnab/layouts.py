"""Where each bank writes what, in return files of 400 and of 240 columns.

Data only. CNAB 400 is a family: one skeleton that every bank bends, most of all for its own title
number (nosso número) and the credit date. CNAB 240 is FEBRABAN's: segment T says which title,
segment U what was paid; a few banks moved columns there as well. Each bank below states only
where it departs from the skeleton. A bank that is not here is refused, not guessed.

What a trailer's totals count was taken from manuals and checked against untouched public files
where there are any: such a total is ``enforced``, a difference refuses the file. The others are
compared and reported. Many trailers speak of the bank's whole portfolio and are not compared.

Source: kivanio/brcobranca `lib/brcobranca/retorno` and eduardokum/laravel-boleto
`src/Cnab/Retorno` (columns by bank; the files that both publish agree);
andersondanilo/CnabPHP `cnab_yaml` (Caixa, trailers of Itaú); marcodpt/cnab (Bradesco's trailer);
BoletoNetCore (records with Pix of Santander and Bradesco); Santander H7815 v8.3 as in a public
type list (segment Y-03). Read November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from regua.domain.cnab.fields import Field, Kind
from regua.domain.rules import Rule

COLUMNS_400 = 400
COLUMNS_240 = 240
COLUMNS_444 = 444
"""Itaú's CNAB 400 with the access key of the invoice (NF-e) after the last column."""


def _text(first: int, last: int) -> Field:
    return Field(first, last)


def _code(first: int, last: int) -> Field:
    return Field(first, last, Kind.CODE)


def _number(first: int, last: int) -> Field:
    return Field(first, last, Kind.NUMBER)


def _money(first: int, last: int) -> Field:
    return Field(first, last, Kind.CENTAVOS)


def _short_day(first: int) -> Field:
    return Field(first, first + 5, Kind.DDMMAA)


def _long_day(first: int) -> Field:
    return Field(first, first + 7, Kind.DDMMAAAA)


def _reversed_day(first: int) -> Field:
    return Field(first, first + 7, Kind.AAAAMMDD)


def _in_u(spot: Field) -> Field:
    return replace(spot, part=1)


@dataclass(frozen=True, slots=True)
class HeaderFields:
    """The file's first record."""

    beneficiary_name: Field
    file_date: Field
    convenio: Field | None = None
    agency: Field | None = None
    account: Field | None = None
    beneficiary_document: Field | None = None
    file_sequence: Field | None = None
    credit_date: Field | None = None


@dataclass(frozen=True, slots=True)
class TitleFields:
    """What the records of one title say; None where the bank's layout has no such field."""

    nosso_numero: Field
    occurrence: Field
    occurrence_date: Field
    due_date: Field
    amount: Field
    paid: Field
    document_number: Field | None = None
    control_number: Field | None = None
    wallet: Field | None = None
    agency: Field | None = None
    account: Field | None = None
    beneficiary_document: Field | None = None
    reasons: Field | None = None
    reason_columns: int = 2
    credit_date: Field | None = None
    collecting_bank: Field | None = None
    credited: Field | None = None
    late_charges: Field | None = None
    late_fine: Field | None = None
    """Where the fine has columns of its own, beside the interest in ``late_charges``."""
    rebate: Field | None = None
    discount: Field | None = None
    tariff: Field | None = None
    other_expenses: Field | None = None
    other_credits: Field | None = None
    iof: Field | None = None


@dataclass(frozen=True, slots=True)
class PixFields:
    """The record that carries a title's Pix: a key, or where its QR code lives, and the txid."""

    key: Field | None = None
    key_type: Field | None = None
    txid: Field | None = None
    location: Field | None = None
    br_code: Field | None = None


class Sums(StrEnum):
    """What a trailer's total adds up."""

    TITLES = "titles"
    AMOUNTS = "amounts"


@dataclass(frozen=True, slots=True)
class Total:
    """A total of a trailer: over the titles with ``codes``, or over all when there are none."""

    what: str
    field: Field
    sums: Sums
    codes: frozenset[str] = frozenset()
    enforced: bool = True


class LotTotals(StrEnum):
    """What the counts and sums of titles in a lot's trailer are good for."""

    ENFORCED = "enforced"
    REPORTED = "reported"
    """As FEBRABAN defines them, but no file of this bank shows it."""
    NOT_OF_THE_LOT = "not_of_the_lot"


@dataclass(frozen=True, slots=True)
class Layout400:
    """One bank's CNAB 400."""

    bank: str
    name: str
    header: HeaderFields
    title: TitleFields
    title_type: bytes = b"1"
    pix: Mapping[bytes, PixFields] = field(default_factory=dict)
    ignored_types: frozenset[bytes] = frozenset()
    """Records known to say nothing about a payment: credit sharing, messages."""
    totals: tuple[Total, ...] = ()
    file_sequence_again: Field | None = None
    """Where the trailer repeats the header's file sequence."""
    paid_is_credited: bool = False
    """What the layout calls paid is what reached the account, tariff taken off."""
    nfe_key: Field | None = None


@dataclass(frozen=True, slots=True)
class Layout240:
    """One bank's CNAB 240."""

    bank: str
    name: str
    header: HeaderFields
    title: TitleFields
    pix: PixFields | None = None
    """Segment Y, register 03."""
    lot_counts: frozenset[int] = frozenset({2})
    """Records that a lot's count may have beyond its details: its own header and trailer."""
    counts_enforced: bool = True
    lot_totals: LotTotals = LotTotals.REPORTED
    lot_header_is_numbered: bool = True


# CNAB 400 ------------------------------------------------------------------------------------

BANK_400 = _code(77, 79)
RECORD_SEQUENCE_400 = _number(395, 400)
TRAILER_BANK_400 = _text(5, 7)

_HEADER = HeaderFields(beneficiary_name=_text(47, 76), file_date=_short_day(95))
_TITLE = TitleFields(
    nosso_numero=_text(63, 73),
    occurrence=_code(109, 110),
    occurrence_date=_short_day(111),
    due_date=_short_day(147),
    amount=_money(153, 165),
    paid=_money(254, 266),
    document_number=_text(117, 126),
    control_number=_text(38, 62),
    beneficiary_document=_code(4, 17),
    collecting_bank=_code(166, 168),
    credit_date=_short_day(296),
    late_charges=_money(267, 279),
    rebate=_money(228, 240),
    discount=_money(241, 253),
    tariff=_money(176, 188),
    other_credits=_money(280, 292),
)
_KEY_AND_TXID = PixFields(key_type=_code(2, 2), key=_text(3, 79), txid=_text(80, 114))
"""Santander, type 2: columns 3-79 hold a key or, in newer files, the address of the QR code."""

_BANCO_DO_BRASIL = Layout400(
    "001",
    "Banco do Brasil",
    replace(
        _HEADER,
        agency=_code(27, 30),
        account=_code(32, 40),
        convenio=_code(150, 156),
        file_sequence=_number(101, 107),
    ),
    replace(
        _TITLE,
        nosso_numero=_text(64, 80),
        control_number=_text(39, 63),
        wallet=_code(107, 108),
        agency=_code(18, 22),
        account=_code(23, 31),
        reasons=_text(87, 88),
        credit_date=_short_day(176),
        tariff=_money(182, 188),
        other_expenses=_money(189, 201),
        credited=_money(306, 318),
    ),
    title_type=b"7",  # agreements of seven digits; those of four and six write type 1, elsewhere
)
_BANCO_DO_NORDESTE = Layout400(
    "004",
    "Banco do Nordeste",
    replace(_HEADER, agency=_code(27, 30), account=_code(33, 40), file_sequence=_number(109, 113)),
    replace(
        _TITLE,
        nosso_numero=_text(63, 70),
        wallet=_code(108, 108),
        agency=_code(18, 21),
        account=_code(24, 31),
        credit_date=None,  # brcobranca takes the due date for it, laravel-boleto the occurrence's
        other_credits=None,
    ),
)
_SANTANDER = Layout400(
    "033",
    "Santander",
    replace(
        _HEADER,
        agency=_code(27, 30),
        account=_code(39, 46),
        convenio=_code(109, 117),
        file_sequence=_number(392, 394),
    ),
    replace(
        _TITLE,
        nosso_numero=_text(63, 70),
        wallet=_code(108, 108),
        agency=_code(18, 21),
        account=_code(22, 29),
        reasons=_text(137, 145),
        reason_columns=3,
        other_expenses=_money(189, 201),
        iof=_money(215, 227),
    ),
    pix={b"2": _KEY_AND_TXID},
)
_BANRISUL = Layout400(
    "041",
    "Banrisul",
    replace(_HEADER, agency=_code(27, 30), account=_code(31, 39)),
    replace(
        _TITLE,
        nosso_numero=_text(63, 72),
        wallet=_code(108, 108),
        agency=_code(18, 21),
        account=_code(22, 30),
        reasons=_text(383, 392),
        other_expenses=_money(189, 201),
    ),
)
_INTER = Layout400(
    "077",
    "Inter",
    _HEADER,
    TitleFields(
        nosso_numero=_text(71, 81),
        occurrence=_code(90, 91),
        occurrence_date=_short_day(92),
        due_date=_short_day(119),
        amount=_money(125, 137),
        paid=Field(160, 172, Kind.CENTAVOS, may_be_blank=True),
        document_number=_text(98, 107),
        control_number=_text(38, 62),
        wallet=_code(87, 89),
        agency=_code(24, 27),
        account=_code(28, 37),
        reasons=_text(241, 380),
        reason_columns=140,
        credit_date=_short_day(173),
    ),
    totals=(Total("count of titles", _number(18, 25), Sums.TITLES),),
)
_CREDISIS = Layout400(
    "097",
    "CrediSIS",
    replace(_HEADER, agency=_code(27, 30), account=_code(32, 40), file_sequence=_number(101, 107)),
    replace(
        _TITLE,
        agency=_code(18, 21),
        account=_code(23, 31),
        credit_date=_short_day(176),
        tariff=None,
    ),
)
_CAIXA = Layout400(
    "104",
    "Caixa",
    replace(_HEADER, agency=_code(27, 30), convenio=_code(31, 36), file_sequence=_number(390, 394)),
    replace(
        _TITLE,
        nosso_numero=_text(57, 73),
        control_number=_text(32, 56),
        wallet=_code(107, 108),
        reasons=_text(80, 82),
        reason_columns=3,
        credit_date=_short_day(294),
        late_fine=_money(280, 292),
        other_credits=None,
        iof=_money(215, 227),
    ),
)
_UNICRED = Layout400(
    "136",
    "Unicred",
    replace(_HEADER, agency=_code(27, 30), account=_code(32, 40), file_sequence=_number(101, 107)),
    replace(
        _TITLE,
        nosso_numero=_text(46, 62),
        control_number=None,
        document_number=_text(280, 305),
        agency=_code(18, 22),
        account=_code(23, 31),
        reasons=_text(319, 326),
        credit_date=_short_day(176),  # as in the published file; laravel-boleto reads no such date
        tariff=_money(182, 188),
        other_credits=None,
    ),
)
_FIBRA = Layout400(
    "224",
    "Fibra",
    replace(
        _HEADER,
        convenio=_code(27, 46),
        file_sequence=_number(109, 113),
        credit_date=_short_day(114),
    ),
    replace(
        _TITLE,
        wallet=_code(83, 85),
        reasons=_text(378, 385),
        credit_date=_short_day(386),
        iof=_money(215, 227),
    ),
    totals=(Total("count of titles", _number(213, 220), Sums.TITLES),),
)
_BRADESCO = Layout400(
    "237",
    "Bradesco",
    replace(
        _HEADER,
        convenio=_code(27, 46),
        file_sequence=_number(109, 113),
        credit_date=_short_day(380),
    ),
    replace(
        _TITLE,
        nosso_numero=_text(71, 82),
        wallet=_code(22, 24),
        agency=_code(25, 29),
        account=_code(30, 37),
        reasons=_text(319, 328),
        other_expenses=_money(189, 201),
        iof=_money(215, 227),
    ),
    pix={b"4": PixFields(location=_text(29, 105), txid=_text(106, 140))},
    ignored_types=frozenset({b"3"}),
    totals=tuple(
        Total(f"{what} of occurrence {' and '.join(codes)}", spot, sums, frozenset(codes), enforced)
        for what, sums, codes, spot, enforced in (
            ("count", Sums.TITLES, ("02",), _number(58, 62), True),
            ("count", Sums.TITLES, ("09", "10"), _number(104, 108), True),
            # No untouched file shows the others, and the sums of one had an amount replaced. The
            # two sums of 06 are left out: no source says in what they differ.
            ("count", Sums.TITLES, ("06",), _number(87, 91), False),
            ("count", Sums.TITLES, ("13",), _number(121, 125), False),
            ("count", Sums.TITLES, ("14",), _number(138, 142), False),
            ("count", Sums.TITLES, ("12",), _number(155, 159), False),
            ("count", Sums.TITLES, ("19",), _number(172, 176), False),
            ("sum", Sums.AMOUNTS, ("02",), _number(63, 74), False),
            ("sum", Sums.AMOUNTS, ("09", "10"), _number(109, 120), False),
        )
    ),
)
_ITAU = Layout400(
    "341",
    "Itaú",
    replace(
        _HEADER,
        agency=_code(27, 30),
        account=_code(33, 38),
        file_sequence=_number(109, 113),
        credit_date=_short_day(114),
    ),
    replace(
        _TITLE,
        nosso_numero=_text(86, 93),
        wallet=_code(83, 85),
        agency=_code(18, 21),
        account=_code(24, 29),
        reasons=_text(378, 385),
        iof=_money(215, 227),
    ),
    pix={b"3": PixFields(br_code=_text(2, 391))},
    ignored_types=frozenset({b"4"}),
    totals=(
        Total("count of titles", _number(213, 220), Sums.TITLES),
        Total("sum of the titles' amounts", _number(221, 234), Sums.AMOUNTS),
    ),
    file_sequence_again=_number(208, 212),
    paid_is_credited=True,
    nfe_key=_text(401, 444),
)
_HSBC = Layout400(
    "399",
    "HSBC",
    replace(_HEADER, agency=_code(28, 31), account=_code(38, 44)),
    replace(
        _TITLE,
        wallet=_code(108, 108),
        reasons=_text(302, 303),
        credit_date=None,
        other_credits=None,
    ),
)
_SICREDI = Layout400(
    "748",
    "Sicredi",
    replace(
        _HEADER,
        file_date=_reversed_day(95),
        convenio=_code(27, 31),
        beneficiary_document=_code(32, 45),
        file_sequence=_number(111, 117),
    ),
    replace(
        _TITLE,
        nosso_numero=_text(48, 62),
        control_number=None,
        beneficiary_document=None,
        reasons=_text(319, 328),
        credit_date=_reversed_day(329),
    ),
)
_SICOOB = Layout400(
    "756",
    "Sicoob",
    replace(_HEADER, agency=_code(27, 30), account=_code(32, 40), convenio=_code(41, 46)),
    replace(
        _TITLE,
        credit_date=_short_day(176),
        tariff=_money(182, 188),
        iof=_money(215, 227),
    ),
)
_BRB = Layout400(
    "070",
    "BRB",
    replace(
        _HEADER,
        file_date=_long_day(95),
        convenio=_code(27, 46),
        credit_date=_long_day(380),
    ),
    TitleFields(
        nosso_numero=_text(71, 82),
        occurrence=_code(109, 110),
        occurrence_date=_long_day(111),
        due_date=_long_day(149),
        amount=_money(157, 169),
        paid=_money(258, 270),
        control_number=_text(38, 62),
        account=_code(21, 37),
        credit_date=_long_day(300),
        collecting_bank=_code(170, 172),
        tariff=_money(180, 192),
        iof=_money(219, 231),
        rebate=_money(232, 244),
        discount=_money(245, 257),
        other_credits=_money(284, 296),
    ),
)
LAYOUTS_400: Mapping[str, Layout400] = {
    layout.bank: layout
    for layout in (
        _BANCO_DO_BRASIL,
        _BANCO_DO_NORDESTE,
        _SANTANDER,
        _BANRISUL,
        _BRB,
        _INTER,
        _CREDISIS,
        _CAIXA,
        _UNICRED,
        _FIBRA,
        _BRADESCO,
        _ITAU,
        _HSBC,
        replace(_FIBRA, bank="435", name="Delbank", totals=()),
        replace(_FIBRA, bank="643", name="Pine", totals=()),
        _SICREDI,
        _SICOOB,
    )
}

# CNAB 240 ------------------------------------------------------------------------------------

BANK_240 = _code(1, 3)
LOT_240 = _text(4, 7)
RECORD_TYPE_240 = _text(8, 8)
OPERATION_240 = _text(9, 9)
SERVICE_240 = _text(10, 11)
RECORD_SEQUENCE_240 = _number(9, 13)
SEGMENT_240 = _text(14, 14)
MOVEMENT_240 = _code(16, 17)
OPTIONAL_REGISTER_240 = _text(18, 19)
FILE_CODE_240 = _text(143, 143)
LOT_RECORDS_240 = _number(18, 23)
FILE_LOTS_240 = _number(18, 23)
FILE_RECORDS_240 = _number(24, 29)

_HEADER_240 = HeaderFields(
    beneficiary_name=_text(73, 102),
    file_date=_long_day(144),
    convenio=_code(33, 52),
    agency=_code(53, 57),
    account=_code(59, 71),
    beneficiary_document=_code(19, 32),
    file_sequence=_number(158, 163),
)
_TITLE_240 = TitleFields(
    nosso_numero=_text(38, 57),
    occurrence=MOVEMENT_240,
    wallet=_code(58, 58),
    document_number=_text(59, 73),
    due_date=_long_day(74),
    amount=_money(82, 96),
    collecting_bank=_code(97, 99),
    control_number=_text(106, 130),
    agency=_code(18, 23),
    account=_code(24, 36),
    tariff=_money(199, 213),
    reasons=_text(214, 223),
    late_charges=_in_u(_money(18, 32)),
    discount=_in_u(_money(33, 47)),
    rebate=_in_u(_money(48, 62)),
    iof=_in_u(_money(63, 77)),
    paid=_in_u(_money(78, 92)),
    credited=_in_u(_money(93, 107)),
    other_expenses=_in_u(_money(108, 122)),
    other_credits=_in_u(_money(123, 137)),
    occurrence_date=_in_u(_long_day(138)),
    credit_date=_in_u(_long_day(146)),
)
LOT_WALLETS_240 = tuple(
    (_number(first, first + 5), _number(first + 6, first + 22)) for first in (24, 47, 70, 93)
)
"""FEBRABAN's C070 and C071, count and sum by wallet; files use one wallet, so they are added up."""
LOT_WALLETS_COLUMNS_240 = _text(24, 115)
_COMMON_240 = Layout240("", "", _HEADER_240, _TITLE_240)


def _febraban(bank: str, name: str) -> Layout240:
    return replace(_COMMON_240, bank=bank, name=name)


_SANTANDER_240 = Layout240(
    "033",
    "Santander",
    replace(
        _HEADER_240,
        agency=_code(33, 36),
        account=_code(38, 47),
        convenio=_code(53, 61),
    ),
    replace(
        _TITLE_240,
        agency=_code(18, 22),
        account=_code(23, 32),
        nosso_numero=_text(41, 53),
        wallet=_code(54, 54),
        document_number=_text(55, 69),
        due_date=_long_day(70),
        amount=_money(78, 92),
        collecting_bank=_code(93, 95),
        control_number=_text(101, 125),
        tariff=_money(194, 208),
        reasons=_text(209, 218),
    ),
    pix=PixFields(key_type=_code(82, 82), key=_text(83, 159), txid=_text(160, 194)),
    # The manual counts the lot's own header and trailer, the published file does not. Its totals
    # are those of the portfolio (65 titles in a file of two): not compared.
    lot_counts=frozenset({0, 2}),
    lot_totals=LotTotals.NOT_OF_THE_LOT,
)
_CAIXA_240 = replace(
    _febraban("104", "Caixa"),
    header=replace(_HEADER_240, convenio=_code(59, 64), account=None),
    title=replace(
        _TITLE_240, nosso_numero=_text(40, 56), document_number=_text(59, 69), account=None
    ),
)
_ITAU_240 = replace(
    _febraban("341", "Itaú"),
    header=replace(_HEADER_240, agency=_code(54, 57), account=_code(66, 72), convenio=None),
    title=replace(
        _TITLE_240,
        wallet=_code(38, 40),
        nosso_numero=_text(41, 48),
        document_number=_text(59, 68),
        reasons=_text(214, 221),
    ),
)
_SICOOB_240 = replace(
    _febraban("756", "Sicoob"), title=replace(_TITLE_240, nosso_numero=_text(38, 47))
)
# Writes the last amount of a group two columns short and gives a lot's header no number. What its
# totals count is not published: in the one public file they count the title that was paid.
_BTG_240 = Layout240(
    "208",
    "BTG Pactual",
    _HEADER_240,
    replace(_TITLE_240, tariff=_money(199, 211), other_credits=_in_u(_money(123, 135))),
    counts_enforced=False,
    lot_totals=LotTotals.NOT_OF_THE_LOT,
    lot_header_is_numbered=False,
)
_SICREDI_240 = replace(_febraban("748", "Sicredi"), lot_totals=LotTotals.ENFORCED)
LAYOUTS_240: Mapping[str, Layout240] = {
    layout.bank: layout
    for layout in (
        _febraban("001", "Banco do Brasil"),
        _SANTANDER_240,
        _febraban("041", "Banrisul"),
        _febraban("085", "Ailos"),
        _CAIXA_240,
        _BTG_240,
        _febraban("237", "Bradesco"),
        _ITAU_240,
        _SICREDI_240,
        _SICOOB_240,
    )
}

RULES = (
    Rule(
        "cnab.layout.bank_specific",
        "A retorno is read by its bank's layout; CNAB 400 of"
        f" {len(LAYOUTS_400)} banks and CNAB 240 of {len(LAYOUTS_240)} are known, others refused.",
        "the banks' manuals through the public libraries named in the module; our convention for"
        " the refusal",
    ),
    Rule(
        "cnab.layout.itau_paid",
        "Itaú's CNAB 400 states what reached the account; the tariff is added back where that"
        " makes the amount due exactly.",
        "brcobranca cnab400/itau.rb (valor lançado em conta corrente) and its file, in which it"
        " holds for all 51 payments; our convention otherwise",
    ),
    Rule(
        "cnab.layout.portfolio_totals",
        "A trailer's total that speaks of the bank's portfolio is no total of the file.",
        "Bradesco CNAB 400, trailer columns 18-39 (15,406 titles in a file of 1,200 lines)",
    ),
)
