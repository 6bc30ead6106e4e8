"""Why: the reason codes that accompany an occurrence in CNAB 240.

One code has other meanings under other occurrences: 03 is a wrong segment when an entry is
rejected and the teller's window when a title is paid. In CNAB 400 reasons are each bank's own,
by the hundred; there the code is kept and its meaning left to the bank's manual.

Source: FEBRABAN CNAB 240, field C047, as in eduardokum/laravel-boleto
`src/Cnab/Retorno/Cnab240/Banco/Btg.php` and, for Caixa's channels, `Caixa.php`.
"""

from collections.abc import Mapping

_WITH_REJECTION = frozenset({"02", "03", "26", "30"})
_WITH_TARIFF = frozenset({"28"})
_WITH_SETTLEMENT = frozenset({"06", "09", "17"})
_OWN_LISTS = frozenset({"341"})
"""Itaú has its own reasons, one list per occurrence."""
_CAIXA = "104"

_REJECTION = {
    "01": "Código do banco inválido",
    "02": "Código do registro detalhe inválido",
    "03": "Código do segmento inválido",
    "04": "Código de movimento não permitido para a carteira",
    "05": "Código de movimento inválido",
    "06": "Tipo ou número de inscrição do beneficiário inválidos",
    "07": "Agência, conta ou DV inválido",
    "08": "Nosso número inválido",
    "09": "Nosso número duplicado",
    "10": "Carteira inválida",
    "11": "Forma de cadastramento do título inválida",
    "12": "Tipo de documento inválido",
    "13": "Identificação da emissão do boleto inválida",
    "14": "Identificação da distribuição do boleto inválida",
    "15": "Características da cobrança incompatíveis",
    "16": "Data de vencimento inválida",
    "17": "Data de vencimento anterior à data de emissão",
    "18": "Vencimento fora do prazo de operação",
    "19": "Título a cargo de bancos correspondentes com vencimento próximo demais",
    "20": "Valor do título inválido",
    "21": "Espécie do título inválida",
    "22": "Espécie do título não permitida para a carteira",
    "23": "Aceite inválido",
    "24": "Data da emissão inválida",
    "25": "Data da emissão posterior à data de entrada",
    "26": "Código de juros de mora inválido",
    "27": "Valor ou taxa de juros de mora inválido",
    "28": "Código do desconto inválido",
    "29": "Valor do desconto maior ou igual ao valor do título",
    "30": "Desconto a conceder não confere",
    "31": "Concessão de desconto: já existe desconto anterior",
    "32": "Valor do IOF inválido",
    "33": "Valor do abatimento inválido",
    "34": "Valor do abatimento maior ou igual ao valor do título",
    "35": "Valor a conceder não confere",
    "36": "Concessão de abatimento: já existe abatimento anterior",
    "37": "Código para protesto inválido",
    "38": "Prazo para protesto inválido",
    "39": "Pedido de protesto não permitido para o título",
    "40": "Título com ordem de protesto emitida",
    "41": "Pedido de cancelamento ou sustação sem instrução de protesto",
    "42": "Código para baixa ou devolução inválido",
    "43": "Prazo para baixa ou devolução inválido",
    "44": "Código da moeda inválido",
    "45": "Nome do pagador não informado",
    "46": "Tipo ou número de inscrição do pagador inválidos",
    "47": "Endereço do pagador não informado",
    "48": "CEP inválido",
    "49": "CEP sem praça de cobrança",
    "50": "CEP referente a um banco correspondente",
    "51": "CEP incompatível com a unidade da federação",
    "52": "Unidade da federação inválida",
    "53": "Tipo ou número de inscrição do sacador avalista inválidos",
    "54": "Sacador avalista não informado",
    "55": "Nosso número no banco correspondente não informado",
    "56": "Código do banco correspondente não informado",
    "57": "Código da multa inválido",
    "58": "Data da multa inválida",
    "59": "Valor ou percentual da multa inválido",
    "60": "Movimento para título não cadastrado",
    "61": "Alteração da agência cobradora ou DV inválida",
    "62": "Tipo de impressão inválido",
    "63": "Entrada para título já cadastrado",
    "64": "Número da linha inválido",
    "79": "Data de juros de mora inválida",
    "80": "Data do desconto inválida",
    "86": "Seu número inválido",
    "A4": "Pagador DDA",
    "A5": "Registro rejeitado: título já liquidado",
    "A6": "Código do convenente inválido ou encerrado",
    "A7": "Título já se encontra na situação pretendida",
    "A8": "Valor do abatimento inválido para cancelamento",
    "A9": "Não autoriza pagamento parcial",
    "B1": "Autoriza recebimento parcial",
    "B2": "Valor nominal do título conflitante",
    "B3": "Tipo de pagamento inválido",
    "B4": "Valor máximo ou percentual inválido",
    "B5": "Valor mínimo ou percentual inválido",
}
_TARIFF = {
    "01": "Tarifa de extrato de posição",
    "02": "Tarifa de manutenção de título vencido",
    "03": "Tarifa de sustação",
    "04": "Tarifa de protesto",
    "05": "Tarifa de outras instruções",
    "06": "Tarifa de outras ocorrências",
    "07": "Tarifa de envio de duplicata ao pagador",
    "08": "Custas de protesto",
    "09": "Custas de sustação de protesto",
    "10": "Custas de cartório distribuidor",
    "11": "Custas de edital",
    "12": "Tarifa sobre devolução de título vencido",
    "13": "Tarifa sobre registro cobrada na baixa ou liquidação",
    "14": "Tarifa sobre reapresentação automática",
    "15": "Tarifa sobre rateio de crédito",
    "16": "Tarifa sobre informações via fax",
    "17": "Tarifa sobre prorrogação de vencimento",
    "18": "Tarifa sobre alteração de abatimento ou desconto",
    "19": "Tarifa sobre arquivo mensal",
    "20": "Tarifa sobre emissão de boleto pelo banco",
}
_WRITE_OFF = {
    "09": "Comandada pelo banco",
    "10": "Comandada pelo cliente via arquivo",
    "11": "Comandada pelo cliente on-line",
    "12": "Decurso de prazo, cliente",
    "13": "Decurso de prazo, banco",
    "14": "Protestado",
    "15": "Título excluído",
}
_SETTLEMENT = {
    "01": "Por saldo",
    "02": "Por conta",
    "03": "No guichê de caixa em dinheiro",
    "04": "Compensação eletrônica",
    "05": "Compensação convencional",
    "06": "Por meio eletrônico",
    "07": "Após feriado local",
    "08": "Em cartório",
    "30": "No guichê de caixa em cheque",
    "31": "Em banco correspondente",
    "32": "Em terminal de autoatendimento",
    "33": "Na internet",
    "34": "Por office banking",
    "35": "Em correspondente, em dinheiro",
    "36": "Em correspondente, em cheque",
    "37": "Por central de atendimento",
} | _WRITE_OFF
_SETTLEMENT_CAIXA = {
    "02": "Casa lotérica",
    "03": "Agências da Caixa",
    "04": "Compensação eletrônica",
    "05": "Compensação convencional",
    "06": "Internet banking",
    "07": "Correspondente bancário",
    "08": "Em cartório",
} | {code: meaning for code, meaning in _WRITE_OFF.items() if code != "15"}


def reason_meaning(bank: str, occurrence: str, reason: str) -> str:
    """Tell what a reason of CNAB 240 says under an occurrence; empty where no list says.

    >>> reason_meaning("756", "06", "07"), reason_meaning("756", "03", "07")
    ('Após feriado local', 'Agência, conta ou DV inválido')
    """
    return _list_of(bank, occurrence).get(reason, "")


def _list_of(bank: str, occurrence: str) -> Mapping[str, str]:
    if bank in _OWN_LISTS:
        return {}
    if occurrence in _WITH_SETTLEMENT:
        return _SETTLEMENT_CAIXA if bank == _CAIXA else _SETTLEMENT
    if occurrence in _WITH_TARIFF:
        return _TARIFF
    return _REJECTION if occurrence in _WITH_REJECTION else {}
