"""Which clock a person lives by, from their state (UF) or their telephone area code (DDD).

Source: IANA time zones by UF; no daylight saving time since 2019 (Decreto 9.772/2019).
DDD → UF: Anatel's numbering plan, 67 national codes. Western Amazonas (UTC−5) and Fernando de
Noronha (UTC−2) cannot be told from a UF or a DDD.
"""

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
