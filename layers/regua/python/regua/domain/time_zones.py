"""Which clock a person lives by, from their state (UF) or their telephone area code (DDD).

``ZONE_OF_UF`` is the clock of a state's capital. Two states keep a second one: western Amazonas
(UTC−5) and Fernando de Noronha (UTC−2), which neither a UF nor a DDD can tell apart. Hours of
contact are a limit set by law, so they should hold in all `possible_zones`; that costs Amazonas
and Pernambuco one hour a day. Dates of money need none of this: they are Brasília's.

Source: IANA time zones by UF; Decreto 2.784/1913 as amended by Lei 12.876/2013; no daylight
saving time since 2019 (Decreto 9.772/2019). DDD → UF: Anatel's numbering plan, 67 national codes.
"""

import re

from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule

SAO_PAULO = "America/Sao_Paulo"

ZONE_OF_UF = {
    "AC": "America/Rio_Branco",
    "AL": "America/Maceio",
    "AM": "America/Manaus",
    "AP": "America/Belem",
    "BA": "America/Bahia",
    "CE": "America/Fortaleza",
    "DF": SAO_PAULO,
    "ES": SAO_PAULO,
    "GO": SAO_PAULO,
    "MA": "America/Fortaleza",
    "MG": SAO_PAULO,
    "MS": "America/Campo_Grande",
    "MT": "America/Cuiaba",
    "PA": "America/Belem",
    "PB": "America/Fortaleza",
    "PE": "America/Recife",
    "PI": "America/Fortaleza",
    "PR": SAO_PAULO,
    "RJ": SAO_PAULO,
    "RN": "America/Fortaleza",
    "RO": "America/Porto_Velho",
    "RR": "America/Boa_Vista",
    "RS": SAO_PAULO,
    "SC": SAO_PAULO,
    "SE": "America/Maceio",
    "SP": SAO_PAULO,
    "TO": "America/Araguaina",
}

_DDDS_OF_UF = {
    "SP": "11 12 13 14 15 16 17 18 19",
    "RJ": "21 22 24",
    "ES": "27 28",
    "MG": "31 32 33 34 35 37 38",
    "PR": "41 42 43 44 45 46",
    "SC": "47 48 49",
    "RS": "51 53 54 55",
    "DF": "61",
    "GO": "62 64",
    "TO": "63",
    "MT": "65 66",
    "MS": "67",
    "AC": "68",
    "RO": "69",
    "BA": "71 73 74 75 77",
    "SE": "79",
    "PE": "81 87",
    "AL": "82",
    "PB": "83",
    "RN": "84",
    "CE": "85 88",
    "PI": "86 89",
    "PA": "91 93 94",
    "AM": "92 97",
    "RR": "95",
    "AP": "96",
    "MA": "98 99",
}
UF_OF_DDD = {ddd: uf for uf, ddds in _DDDS_OF_UF.items() for ddd in ddds.split()}

_SECOND_ZONE_OF_UF = {"AM": "America/Eirunepe", "PE": "America/Noronha"}
_WITH_AREA_CODE = re.compile(r"\+55(\d{2})\d{8,9}", re.ASCII)


def possible_zones(uf: str) -> frozenset[str]:
    """Return every zone in use in a state: what must be right in all of them is right in it.

    >>> sorted(possible_zones("AM")), sorted(possible_zones("SP"))
    (['America/Eirunepe', 'America/Manaus'], ['America/Sao_Paulo'])

    Raises:
        InvalidInput: when there is no such state.
    """
    if uf not in ZONE_OF_UF:
        raise InvalidInput.at("uf", "not a Brazilian state (UF)")
    return frozenset({ZONE_OF_UF[uf], _SECOND_ZONE_OF_UF.get(uf, ZONE_OF_UF[uf])})


def uf_of_phone(e164: str) -> str | None:
    """Return the state an E.164 number's area code belongs to, or None when it has none.

    An area code is where a line was opened, no proof of where a person is. 61 is counted as DF,
    although it also serves towns of Goiás around it.

    >>> uf_of_phone("+5592987654321"), uf_of_phone("+5543701234"), uf_of_phone("+351912345678")
    ('AM', None, None)
    """
    found = _WITH_AREA_CODE.fullmatch(e164)
    return UF_OF_DDD.get(found[1]) if found else None


RULES = (
    Rule(
        "time_zone.uf",
        "A person lives by the clock of the capital of their state.",
        "IANA time zone database; Decreto 2.784/1913 as amended by Lei 12.876/2013",
        SAO_PAULO,
    ),
    Rule(
        "time_zone.second",
        "States with a second zone: "
        + ", ".join(f"{uf} ({zone})" for uf, zone in _SECOND_ZONE_OF_UF.items())
        + "; hours of contact hold in both.",
        "Lei 12.876/2013 (west of the line from Tabatinga to Porto Acre); Decreto 2.784/1913"
        " (Fernando de Noronha); that both apply is our convention, the stricter reading",
    ),
    Rule(
        "time_zone.area_code",
        f"Each of the {len(UF_OF_DDD)} area codes stands for one state; 61 for DF.",
        "Anatel's numbering plan; telephone libraries give 81 the clock of Noronha, which is wrong"
        " for Recife",
    ),
    Rule(
        "time_zone.money",
        "Due dates and payment dates are dates in Brasília, wherever the customer lives.",
        "our convention: banks and Pix date by Brasília",
        SAO_PAULO,
    ),
    Rule(
        "time_zone.daylight_saving",
        "There is no daylight saving time; offsets still come from the time zone database.",
        "Decreto 9.772/2019",
    ),
)
"""What this module holds to be right, for docs/rules.md."""
