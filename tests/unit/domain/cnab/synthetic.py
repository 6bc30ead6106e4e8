"""Return files of invented companies, written column by column from the banks' manuals.

The columns stand here a second time, on purpose: the writer knows nothing of the parser's tables.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CNPJ = "11222333000181"
NAME = "ACME COBRANCAS DE TESTE LTDA"


@dataclass(frozen=True)
class News:
    """What happened to one title, in centavos and DDMMAA."""

    number: int
    occurrence: str
    amount: int
    paid: int = 0
    tariff: int = 0
    late: int = 0
    discount: int = 0
    rebate: int = 0
    day: str = "230127"
    due: str = "200127"
    credit: str = "240127"
    reasons: str = ""


def put(width: int, *spots: tuple[int, int, str | int]) -> bytes:
    """Write texts and zero-filled numbers at columns counted from 1."""
    record = bytearray(b" " * width)
    for first, last, value in spots:
        room = last - first + 1
        written = f"{value:0{room}d}" if isinstance(value, int) else value.ljust(room)
        assert len(written) == room, (first, last, value)
        record[first - 1 : last] = written.encode("latin-1")
    return bytes(record)


def joined(records: Iterable[bytes], end: bytes = b"\r\n") -> bytes:
    return b"".join(record + end for record in records)


def _header_400(bank: str, bank_name: str, *spots: tuple[int, int, str | int]) -> bytes:
    return put(
        400,
        (1, 26, "02RETORNO01COBRANCA"),
        (47, 76, NAME),
        (77, 79, bank),
        (80, 94, bank_name),
        (95, 100, "230127"),
        *spots,
        (395, 400, 1),
    )


def _money_400(news: News) -> tuple[tuple[int, int, str | int], ...]:
    return (
        (147, 152, news.due),
        (153, 165, news.amount),
        (166, 168, "237"),
        (228, 240, news.rebate),
        (241, 253, news.discount),
        (254, 266, news.paid),
        (267, 279, news.late),
        (280, 292, 0),
    )


def itau_400(news: Sequence[News], *, file_sequence: int = 25) -> list[bytes]:
    """``paid`` is written as the bank does: what reached the account, tariff taken off."""
    header = _header_400(
        "341",
        "BANCO ITAU S.A.",
        (27, 30, "1234"),
        (33, 38, "567890"),
        (109, 113, file_sequence),
        (114, 119, "240127"),
    )
    titles = [
        put(
            400,
            (1, 3, "102"),
            (4, 17, CNPJ),
            (18, 21, "1234"),
            (24, 29, "567890"),
            (38, 62, f"CONTROLE {each.number}"),
            (63, 70, each.number),
            (83, 85, "109"),
            (86, 93, each.number),
            (94, 94, "7"),
            (108, 108, "I"),
            (109, 110, each.occurrence),
            (111, 116, each.day),
            (117, 126, f"NF{each.number}"),
            *_money_400(each),
            (176, 188, each.tariff),
            (215, 227, 0),
            (254, 266, each.paid - each.tariff if each.paid else 0),
            (296, 301, each.credit),
            (378, 385, each.reasons),
            (395, 400, place),
        )
        for place, each in enumerate(news, start=2)
    ]
    trailer = put(
        400,
        (1, 7, "9201341"),
        (208, 212, file_sequence),
        (213, 220, len(news)),
        (221, 234, sum(each.amount for each in news)),
        (395, 400, len(news) + 2),
    )
    return [header, *titles, trailer]


def bradesco_400(news: Sequence[News]) -> list[bytes]:
    header = _header_400("237", "BRADESCO", (27, 46, 4321), (109, 113, 77), (380, 385, "240127"))
    titles = [
        put(
            400,
            (1, 3, "102"),
            (4, 17, CNPJ),
            (21, 24, "0009"),
            (25, 29, 1234),
            (30, 37, "0567890P"),
            (71, 82, each.number),
            (108, 108, "9"),
            (109, 110, each.occurrence),
            (111, 116, each.day),
            (117, 126, f"NF{each.number}"),
            *_money_400(each),
            (176, 188, each.tariff),
            (189, 201, 0),
            (215, 227, 0),
            (296, 301, each.credit),
            (319, 328, each.reasons or "0000000000"),
            (395, 400, place),
        )
        for place, each in enumerate(news, start=2)
    ]
    spots: list[tuple[int, int, str | int]] = []
    for codes, count, amounts in (
        (("02",), (58, 62), (63, 74)),
        (("06",), (87, 91), (92, 103)),
        (("09", "10"), (104, 108), (109, 120)),
        (("13",), (121, 125), (126, 137)),
        (("14",), (138, 142), (143, 154)),
        (("12",), (155, 159), (160, 171)),
        (("19",), (172, 176), (177, 188)),
    ):
        told = [each.amount for each in news if each.occurrence in codes]
        spots += [(*count, len(told)), (*amounts, sum(told))]
    trailer = put(
        400,
        (1, 7, "9201237"),
        (18, 25, 4711),  # the portfolio, not the file
        (26, 39, 99999999),
        *spots,
        (395, 400, len(news) + 2),
    )
    return [header, *titles, trailer]


def santander_400(news: Sequence[News], *, with_pix: bool = True) -> list[bytes]:
    records = [
        _header_400(
            "033",
            "SANTANDER",
            (27, 30, "1234"),
            (39, 46, "05678901"),
            (109, 117, 163305),
            (392, 394, "153"),
        )
    ]
    for each in news:
        records.append(
            put(
                400,
                (1, 3, "102"),
                (4, 17, CNPJ),
                (18, 21, "1234"),
                (22, 29, "05678901"),
                (63, 70, each.number),
                (108, 108, "5"),
                (109, 110, each.occurrence),
                (111, 116, each.day),
                (117, 126, f"NF{each.number}"),
                (137, 145, each.reasons or "000000000"),
                *_money_400(each),
                (176, 188, each.tariff),
                (189, 201, 0),
                (215, 227, 0),
                (296, 301, each.credit),
                (395, 400, len(records) + 1),
            )
        )
        if with_pix:
            records.append(
                put(
                    400,
                    (1, 2, "23"),
                    (3, 79, "cobranca@example.com.br"),
                    (80, 114, f"TXID{each.number:031d}"),
                    (395, 400, len(records) + 1),
                )
            )
    records.append(put(400, (1, 7, "9201033"), (395, 400, len(records) + 1)))
    return records


def _long(day: str) -> str:
    return day[:4] + "20" + day[4:] if day.strip("0 ") else day.ljust(8, "0")


def sicredi_240(news: Sequence[News], *, bank: str = "748", with_y: bool = False) -> list[bytes]:
    """One lot with the totals of its titles; columns of the FEBRABAN layout."""
    header = put(
        240,
        (1, 8, f"{bank}00000"),
        (18, 18, "2"),
        (19, 32, CNPJ),
        (33, 52, "04346"),
        (53, 57, 390),
        (59, 70, 41468),
        (71, 71, "0"),
        (73, 102, NAME),
        (103, 132, "SICREDI"),
        (143, 143, "2"),
        (144, 151, "23012027"),
        (158, 163, 5),
        (164, 166, "081"),
    )
    lot = put(240, (1, 8, f"{bank}00011"), (9, 11, "T01"), (14, 16, "040"))
    details: list[bytes] = []
    for each in news:
        details.append(
            put(
                240,
                (1, 8, f"{bank}00013"),
                (9, 13, (len(details) + 1) % 100000),
                (14, 14, "T"),
                (16, 17, each.occurrence),
                (18, 23, "00390"),
                (24, 36, 41468),
                (38, 57, f"{each.number:09d}"),
                (58, 58, "1"),
                (59, 73, f"NF{each.number}"),
                (74, 81, _long(each.due)),
                (82, 96, each.amount),
                (97, 99, "341"),
                (106, 130, f"CONTROLE {each.number}"),
                (199, 213, each.tariff),
                (214, 223, each.reasons),
            )
        )
        details.append(
            put(
                240,
                (1, 8, f"{bank}00013"),
                (9, 13, (len(details) + 1) % 100000),
                (14, 14, "U"),
                (16, 17, each.occurrence),
                (18, 32, each.late),
                (33, 47, each.discount),
                (48, 62, each.rebate),
                (63, 77, 0),
                (78, 92, each.paid),
                (93, 107, each.paid - each.tariff if each.paid else 0),
                (108, 122, 0),
                (123, 137, 0),
                (138, 145, _long(each.day)),
                (146, 153, _long(each.credit)),
            )
        )
        if with_y:
            details.append(
                put(
                    240,
                    (1, 8, f"{bank}00013"),
                    (9, 13, (len(details) + 1) % 100000),
                    (14, 14, "Y"),
                    (16, 19, f"{each.occurrence}03"),
                )
            )
    lot_trailer = put(
        240,
        (1, 8, f"{bank}00015"),
        (18, 23, len(details) + 2),
        (24, 29, len(news)),
        (30, 46, sum(each.amount for each in news)),
        *((first, first + 22, 0) for first in (47, 70, 93)),
    )
    trailer = put(240, (1, 8, f"{bank}99999"), (18, 23, 1), (24, 29, len(details) + 4))
    return [header, lot, *details, lot_trailer, trailer]
