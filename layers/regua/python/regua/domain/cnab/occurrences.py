"""What a bank says happened to a title: occurrence codes and what each means for the debt.

The codes of CNAB 400 are each bank's own: 06 is a payment nearly everywhere and a changed field at
Caixa; 17 is a payment after write-off at Bradesco, a rejection at Itaú and a notary's payment at
Santander. Those of CNAB 240 are FEBRABAN's, and still Itaú and Caixa keep lists of their own. So
every bank has a table, and a code that its table lacks is `Effect.UNKNOWN`: never guessed from
another bank's.

Meanings are the banks' words, shortened; they are shown to people. Where public sources differ on
what a code means, the comment at its table says so and the reading that moves no money was taken.

Source: CNAB 400 by bank: eduardokum/laravel-boleto `src/Cnab/Retorno/Cnab400/Banco`; BoletoNetCore
(Santander, CrediSIS); the Inter manual V9 through a public test. CNAB 240: FEBRABAN's field C044
and the banks' own lists, laravel-boleto `src/Cnab/Retorno/Cnab240/Banco` (read November 2026).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from regua.domain.rules import Rule


class Effect(StrEnum):
    """What an occurrence does to the debt."""

    ENTERED = "entered"
    """The title is registered and can be paid."""
    SETTLED = "settled"
    SETTLED_UNREGISTERED = "settled_unregistered"
    """Paid though the bank had no open title: written off before, or never registered."""
    PARTIALLY_SETTLED = "partially_settled"
    PAYMENT_PENDING = "payment_pending"
    """Somebody paid, by cheque or at another bank; the money is not final."""
    REVERSED = "reversed"
    """A payment, announced or made, is undone."""
    WRITTEN_OFF = "written_off"
    """The title can no longer be paid; the debt stays."""
    SENT_TO_NOTARY = "sent_to_notary"
    PROTESTED = "protested"
    PROTEST_SUSPENDED = "protest_suspended"
    """Taken back from the notary, by the creditor or by a judge."""
    REJECTED = "rejected"
    """The bank refused an entry or an instruction."""
    CHANGED = "changed"
    """The title's data are others now."""
    INFORMATIVE = "informative"
    """A tariff, a confirmation that an instruction arrived, a title still open …"""
    UNKNOWN = "unknown"
    """The code is in no list of this bank's."""

    @property
    def is_payment(self) -> bool:
        """Whether the occurrence brings money that is final."""
        return self in _PAYMENTS

    @property
    def moves_money(self) -> bool:
        """Whether an amount paid belongs to it: a payment, one under way, or one undone."""
        return self in _MOVES_MONEY


_PAYMENTS = frozenset({Effect.SETTLED, Effect.SETTLED_UNREGISTERED, Effect.PARTIALLY_SETTLED})
_MOVES_MONEY = _PAYMENTS | {Effect.PAYMENT_PENDING, Effect.REVERSED}


class Occurrence(NamedTuple):
    """A code, what it does, and the bank's words for it (empty when unknown)."""

    code: str
    effect: Effect
    meaning: str


_Table = Mapping[str, Occurrence]


def occurrence_400(bank: str, code: str) -> Occurrence:
    """Look a CNAB 400 code up in the bank's own list.

    >>> occurrence_400("237", "17").effect, occurrence_400("341", "17").effect
    (<Effect.SETTLED_UNREGISTERED: 'settled_unregistered'>, <Effect.REJECTED: 'rejected'>)
    """
    return _look_up(_BY_BANK_400, bank, code)


def occurrence_240(bank: str, code: str) -> Occurrence:
    """Look a CNAB 240 movement code up in what the bank uses of FEBRABAN's list, or its own.

    >>> occurrence_240("001", "44").effect, occurrence_240("756", "99").effect
    (<Effect.REVERSED: 'reversed'>, <Effect.UNKNOWN: 'unknown'>)
    """
    return _look_up(_BY_BANK_240, bank, code)


def _look_up(tables: Mapping[str, _Table], bank: str, code: str) -> Occurrence:
    known = tables.get(bank, {}).get(code)
    return known or Occurrence(code, Effect.UNKNOWN, "")


def _table(by_effect: Mapping[Effect, Mapping[str, str]]) -> dict[str, Occurrence]:
    return {
        code: Occurrence(code, effect, meaning)
        for effect, meanings in by_effect.items()
        for code, meaning in meanings.items()
    }


def _only(table: _Table, codes: str) -> dict[str, Occurrence]:
    return {code: table[code] for code in codes.split()}


# CNAB 400 ------------------------------------------------------------------------------------

_BANCO_DO_BRASIL = _table(
    {
        Effect.ENTERED: {"02": "Confirmação de entrada de título"},
        Effect.SETTLED: {
            "06": "Liquidação normal",
            "08": "Liquidação por saldo",
            "15": "Liquidação em cartório",
        },
        Effect.SETTLED_UNREGISTERED: {"05": "Liquidado sem registro"},
        Effect.PARTIALLY_SETTLED: {"07": "Liquidação por conta"},
        Effect.PAYMENT_PENDING: {"46": "Título pago com cheque, aguardando compensação"},
        Effect.REVERSED: {"44": "Título pago com cheque devolvido"},
        Effect.WRITTEN_OFF: {"09": "Baixa de título", "10": "Baixa solicitada"},
        Effect.SENT_TO_NOTARY: {"23": "Indicação de encaminhamento a cartório"},
        Effect.PROTEST_SUSPENDED: {"24": "Sustar protesto"},
        Effect.REJECTED: {"03": "Comando recusado"},
        Effect.CHANGED: {
            "12": "Abatimento concedido",
            "13": "Abatimento cancelado",
            "14": "Alteração de vencimento do título",
            "16": "Confirmação de alteração de juros de mora",
            "21": "Alteração do nome do sacado",
            "22": "Alteração do endereço do sacado",
            "25": "Dispensar juros de mora",
            "26": "Alteração do número do título dado pelo cedente",
            "31": "Conceder desconto",
            "32": "Não conceder desconto",
            "33": "Retificar desconto",
            "34": "Alterar data para desconto",
            "35": "Cobrar multa",
            "36": "Dispensar multa",
            "37": "Dispensar indexador",
            "38": "Dispensar prazo limite para recebimento",
            "39": "Alterar prazo limite para recebimento",
            "41": "Alteração do número do controle do participante",
            "42": "Alteração do número do documento do sacado",
            "72": "Alteração de tipo de cobrança",
        },
        Effect.INFORMATIVE: {
            "11": "Títulos em ser",
            "19": "Confirmação de recebimento de instruções para protesto",
            "20": "Débito em conta",
            "28": "Manutenção de título vencido",
            "96": "Despesas de protesto",
            "97": "Despesas de sustação de protesto",
            "98": "Débito de custas antecipadas",
        },
    }
)

_BANCO_DO_NORDESTE = _table(
    {
        Effect.ENTERED: {"02": "Entrada confirmada"},
        Effect.SETTLED: {"06": "Liquidação normal", "08": "Pagamento por cartório"},
        Effect.PARTIALLY_SETTLED: {"07": "Pagamento por conta"},
        Effect.WRITTEN_OFF: {"09": "Baixa simples", "15": "Baixa automática"},
        Effect.PROTESTED: {"10": "Devolvido, protestado"},
        Effect.CHANGED: {
            "04": "Alteração",
            "12": "Abatimento concedido",
            "13": "Abatimento cancelado",
            "14": "Vencimento alterado",
            "18": "Alteração depositária",
            "21": "Alteração de informações de controle da empresa",
            "22": "Alteração do seu número",
        },
        Effect.INFORMATIVE: {
            "11": "Em ser",
            "19": "Confirma recebimento de instrução de protesto",
            "20": "Confirma recebimento de instrução de sustação de protesto",
        },
        Effect.REJECTED: {"51": "Entrada rejeitada"}
        | {
            f"{refused + 50}": f"Erro na ocorrência {refused:02d}"
            for refused in (2, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22)
        },
    }
)

# 10: laravel-boleto counts it as paid. Its words are a write-off's, and the payment before it has a
# code of its own; to count both would book the money twice.
# 04 and 05, as 04 and 05 of FEBRABAN's list, are the two halves of one change.
# 24 lumps "rejeitada, sustada, pendente" together: nothing follows from it.
_ITAU = _table(
    {
        Effect.ENTERED: {
            "02": "Entrada confirmada",
            "64": "Entrada confirmada com rateio de crédito",
            "71": "Entrada registrada, aguardando avaliação",
            "73": "Confirmação de entrada na cobrança simples",
        },
        Effect.SETTLED: {
            "06": "Liquidação normal",
            "08": "Liquidação em cartório",
            "59": "Baixa por crédito em conta através do SISPAG",
            "76": "Cheque compensado",
        },
        Effect.SETTLED_UNREGISTERED: {
            "72": "Baixa por crédito em conta através do SISPAG, sem título correspondente",
        },
        Effect.PARTIALLY_SETTLED: {"07": "Liquidação parcial, cobrança inteligente"},
        Effect.PAYMENT_PENDING: {"65": "Pagamento com cheque, aguardando compensação"},
        Effect.REVERSED: {"69": "Cheque devolvido"},
        Effect.WRITTEN_OFF: {"09": "Baixa simples", "10": "Baixa por ter sido liquidado"},
        Effect.SENT_TO_NOTARY: {"23": "Título enviado a cartório"},
        Effect.PROTESTED: {"32": "Baixa por ter sido protestado"},
        Effect.PROTEST_SUSPENDED: {"63": "Título sustado judicialmente"},
        Effect.REJECTED: {
            "03": "Entrada rejeitada",
            "15": "Baixas rejeitadas",
            "16": "Instruções rejeitadas",
            "17": "Alteração de dados rejeitados",
            "18": "Cobrança contratual: instruções ou alterações rejeitadas ou pendentes",
            "60": "Entrada rejeitada de carnê",
            "74": "Instrução de negativação expressa rejeitada",
        },
        Effect.CHANGED: {
            "04": "Alteração de dados: nova entrada",
            "05": "Alteração de dados: baixa",
            "12": "Abatimento concedido",
            "13": "Abatimento cancelado",
            "14": "Vencimento alterado",
            "47": "Baixa com transferência para desconto",
        },
        Effect.INFORMATIVE: {
            "11": "Em ser",
            "19": "Confirma recebimento de instrução de protesto",
            "20": "Confirma recebimento de instrução de sustação de protesto",
            "21": "Confirma recebimento de instrução de não protestar",
            "24": "Instrução de protesto rejeitada, sustada ou pendente",
            "25": "Alegações do pagador",
            "26": "Tarifa de aviso de cobrança",
            "27": "Tarifa de extrato posição",
            "28": "Tarifa de relação das liquidações",
            "29": "Tarifa de manutenção de títulos vencidos",
            "30": "Débito mensal de tarifas",
            "33": "Custas de protesto",
            "34": "Custas de sustação",
            "35": "Custas de cartório distribuidor",
            "36": "Custas de edital",
            "37": "Tarifa de emissão de boleto",
            "38": "Tarifa de instrução",
            "39": "Tarifa de ocorrências",
            "40": "Tarifa mensal de emissão de boleto",
            "41": "Débito mensal de tarifas: extrato de posição",
            "42": "Débito mensal de tarifas: outras instruções",
            "43": "Débito mensal de tarifas: manutenção de títulos vencidos",
            "44": "Débito mensal de tarifas: outras ocorrências",
            "45": "Débito mensal de tarifas: protesto",
            "46": "Débito mensal de tarifas: sustação de protesto",
            "48": "Custas de sustação judicial",
            "51": "Tarifa mensal de entradas em bancos correspondentes",
            "52": "Tarifa mensal de baixas na carteira",
            "53": "Tarifa mensal de baixas em bancos correspondentes",
            "54": "Tarifa mensal de liquidações na carteira",
            "55": "Tarifa mensal de liquidações em bancos correspondentes",
            "56": "Custas de irregularidade",
            "57": "Instrução cancelada",
            "61": "Tarifa de aviso de movimentação de títulos",
            "62": "Débito mensal de tarifa de aviso de movimentação de títulos",
            "75": "Confirma instrução de entrada em negativação expressa",
            "77": "Confirma instrução de exclusão de negativação expressa",
            "78": "Confirma instrução de cancelamento de negativação expressa",
            "79": "Negativação expressa informacional",
            "80": "Entrada em negativação expressa: tarifa",
            "82": "Cancelamento de negativação expressa: tarifa",
            "83": "Exclusão de negativação expressa por liquidação: tarifa",
            "85": "Tarifa por boleto, cobrança ativa eletrônica",
            "86": "Tarifa de e-mail, cobrança ativa eletrônica",
            "87": "Tarifa de SMS, cobrança ativa eletrônica",
            "88": "Tarifa mensal por boleto, cobrança ativa eletrônica",
            "89": "Tarifa mensal de e-mail, cobrança ativa eletrônica",
            "90": "Tarifa mensal de SMS, cobrança ativa eletrônica",
            "91": "Tarifa mensal de exclusão de entrada em negativação expressa",
            "92": "Tarifa mensal de cancelamento de negativação expressa",
            "93": "Tarifa mensal de exclusão de negativação expressa por liquidação",
        },
    }
)

_BRADESCO = _table(
    {
        Effect.ENTERED: {"02": "Entrada confirmada"},
        Effect.SETTLED: {"06": "Liquidação normal", "15": "Liquidação em cartório"},
        Effect.SETTLED_UNREGISTERED: {"17": "Liquidação após baixa ou título não registrado"},
        Effect.PAYMENT_PENDING: {"16": "Título pago em cheque, vinculado"},
        Effect.REVERSED: {"22": "Título com pagamento cancelado", "40": "Estorno de pagamento"},
        Effect.WRITTEN_OFF: {
            "09": "Baixado automaticamente via arquivo",
            "10": "Baixado conforme instruções da agência",
        },
        Effect.SENT_TO_NOTARY: {"23": "Entrada do título em cartório"},
        Effect.PROTEST_SUSPENDED: {
            "34": "Retirado de cartório e manutenção em carteira",
            "55": "Sustado judicial",
        },
        Effect.REJECTED: {
            "03": "Entrada rejeitada",
            "24": "Entrada rejeitada por CEP irregular",
            "27": "Baixa rejeitada",
            "30": "Alteração de outros dados rejeitada",
            "32": "Instrução rejeitada",
        },
        Effect.CHANGED: {
            "12": "Abatimento concedido",
            "13": "Abatimento cancelado",
            "14": "Vencimento alterado",
            "21": "Acerto do controle do participante",
            "33": "Confirmação de pedido de alteração de outros dados",
        },
        Effect.INFORMATIVE: {
            "11": "Em ser",
            "18": "Acerto de depositária",
            "19": "Confirmação de recebimento de instrução de protesto",
            "20": "Confirmação de recebimento de instrução de sustação de protesto",
            "28": "Débito de tarifas e custas",
            "35": "Desagendamento do débito automático",
            "68": "Acerto dos dados do rateio de crédito",
            "69": "Cancelamento dos dados do rateio",
        },
    }
)

# 16: "título já baixado/liquidado" is among laravel-boleto's payments. Should it bring money, that
# money belongs to a closed title; without any it moves nothing.
# 15 is "confirmação de protesto" in one source and "enviado para cartório" in another; 21 is the
# one that both call sent. 25 and 26 follow the newer list (BoletoNetCore): protested, suspended.
_SANTANDER = _table(
    {
        Effect.ENTERED: {"02": "Entrada de título confirmada"},
        Effect.SETTLED: {
            "06": "Liquidação",
            "08": "Liquidação por saldo",
            "17": "Liquidado em cartório",
        },
        Effect.SETTLED_UNREGISTERED: {"16": "Título já baixado ou liquidado"},
        Effect.PARTIALLY_SETTLED: {"07": "Liquidação por conta"},
        Effect.PAYMENT_PENDING: {"93": "Baixa operacional enviada pela CIP"},
        Effect.REVERSED: {"94": "Cancelamento da baixa operacional enviado pela CIP"},
        Effect.WRITTEN_OFF: {"09": "Baixa automática", "10": "Título baixado conforme instrução"},
        Effect.SENT_TO_NOTARY: {"21": "Título enviado a cartório"},
        Effect.PROTESTED: {"25": "Título protestado"},
        Effect.PROTEST_SUSPENDED: {"22": "Título retirado do cartório", "26": "Sustar protesto"},
        Effect.REJECTED: {
            "01": "Título não existe",
            "03": "Entrada de título rejeitada",
            "39": "Espécie de título não permite a instrução",
        },
        Effect.CHANGED: {
            "04": "Transferência para carteira simples",
            "05": "Transferência para carteira penhor, desconto ou cessão",
            "12": "Abatimento concedido",
            "13": "Abatimento cancelado",
            "14": "Alteração de vencimento",
            "61": "Confirmação de alteração do valor nominal",
            "62": "Confirmação de alteração do valor ou percentual mínimo",
            "63": "Confirmação de alteração do valor ou percentual máximo",
        },
        Effect.INFORMATIVE: {
            "11": "Títulos em carteira",
            "15": "Confirmação de protesto",
            "24": "Custas de cartório",
            "27": "Cancelar título protestado",
            "35": "Título DDA reconhecido pelo pagador",
            "36": "Título DDA não reconhecido pelo pagador",
            "37": "Título DDA recusado pela CIP",
            "38": "Não protestar",
        },
    }
)

# 25 and 04 say that the title had been paid: they close it, the money came (or comes) under another
# code.
_BANRISUL = _table(
    {
        Effect.ENTERED: {
            "02": "Confirmação de entrada",
            "47": "Confirmação de entrada, pagador DDA",
        },
        Effect.SETTLED: {
            "06": "Liquidação normal",
            "08": "Baixa por pagamento, liquidação pelo saldo",
            "15": "Pagamento em cartório",
        },
        Effect.PARTIALLY_SETTLED: {"07": "Liquidação parcial"},
        Effect.PAYMENT_PENDING: {
            "30": "Cobrança a creditar, liquidação em trânsito",
            "31": "Título em trânsito, pago em cartório",
        },
        Effect.WRITTEN_OFF: {
            "04": "Baixa de título liquidado por edital",
            "09": "Devolução automática",
            "10": "Baixado conforme instruções",
            "25": "Devolução, liquidado anteriormente",
        },
        Effect.SENT_TO_NOTARY: {"23": "Confirmação da entrada em cartório"},
        Effect.PROTESTED: {"40": "Baixa de títulos protestados"},
        Effect.PROTEST_SUSPENDED: {
            "22": "Protesto sustado por alteração de vencimento e prazo de cartório",
        },
        Effect.REJECTED: {"03": "Entrada rejeitada"},
        Effect.CHANGED: {
            "12": "Concessão de abatimento",
            "13": "Cancelamento de abatimento",
            "14": "Vencimento alterado",
            "16": "Alteração de dados",
            "18": "Alteração de instruções",
            "42": "Alteração de título",
        },
        Effect.INFORMATIVE: {
            "11": "Arquivo levantamento",
            "19": "Confirmação de instrução de protesto",
            "20": "Confirmação de instrução para sustar protesto",
            "21": "Aguardando autorização para protesto por edital",
            "26": "Devolvido pelo cartório, erro de informação",
            "32": "Reembolso e transferência, desconto e vendor ou carteira em garantia",
            "33": "Reembolso e devolução, desconto e vendor",
            "34": "Reembolso não efetuado por falta de saldo",
            "41": "Despesa de aponte",
            "43": "Relação de títulos",
            "44": "Manutenção mensal",
            "45": "Sustação de cartório e envio de título a cartório",
            "46": "Fornecimento de formulário pré-impresso",
            "68": "Acerto dos dados do rateio de crédito",
            "69": "Cancelamento dos dados do rateio",
        },
    }
)

# 28 and 29 undo a protest and its suspension; what the title then is, the next occurrence says.
_CAIXA = _table(
    {
        Effect.ENTERED: {"01": "Entrada confirmada"},
        Effect.SETTLED: {"21": "Liquidação", "22": "Liquidação em cartório"},
        Effect.REVERSED: {"33": "Estorno de baixa ou liquidação"},
        Effect.WRITTEN_OFF: {
            "02": "Baixa confirmada",
            "23": "Baixa por devolução",
            "24": "Baixa por franco pagamento",
        },
        Effect.SENT_TO_NOTARY: {"26": "Título enviado para cartório"},
        Effect.PROTESTED: {"25": "Baixa por protesto"},
        Effect.PROTEST_SUSPENDED: {"27": "Sustação de protesto"},
        Effect.REJECTED: {"99": "Rejeição do título"},
        Effect.CHANGED: {
            "03": "Abatimento concedido",
            "04": "Abatimento cancelado",
            "05": "Vencimento alterado",
            "06": "Uso da empresa alterado",
            "07": "Prazo de protesto alterado",
            "08": "Prazo de devolução alterado",
            "09": "Alteração confirmada",
            "10": "Alteração com reemissão de boleto confirmada",
            "11": "Alteração da opção de protesto para devolução",
            "12": "Alteração da opção de devolução para protesto",
            "30": "Alteração de título",
            "34": "Transferência de carteira, entrada",
            "35": "Transferência de carteira, baixa",
        },
        Effect.INFORMATIVE: {
            "20": "Em ser",
            "28": "Estorno de protesto",
            "29": "Estorno de sustação de protesto",
            "31": "Tarifa sobre título vencido",
            "32": "Outras tarifas de alteração",
        },
    }
)

_SICREDI = _table(
    {
        Effect.ENTERED: {"02": "Entrada confirmada"},
        Effect.SETTLED: {"06": "Liquidação normal", "15": "Liquidação em cartório"},
        Effect.SETTLED_UNREGISTERED: {"17": "Liquidação após baixa"},
        Effect.WRITTEN_OFF: {
            "09": "Baixado automaticamente via arquivo",
            "10": "Baixado conforme instruções da cooperativa de crédito",
        },
        Effect.SENT_TO_NOTARY: {"23": "Entrada de título em cartório"},
        Effect.PROTEST_SUSPENDED: {"34": "Retirado de cartório e manutenção em carteira"},
        Effect.REJECTED: {
            "03": "Entrada rejeitada",
            "24": "Entrada rejeitada por CEP irregular",
            "27": "Baixa rejeitada",
            "30": "Alteração rejeitada",
            "32": "Instrução rejeitada",
        },
        Effect.CHANGED: {
            "12": "Abatimento concedido",
            "13": "Abatimento cancelado",
            "14": "Vencimento alterado",
            "33": "Confirmação de pedido de alteração de outros dados",
        },
        Effect.INFORMATIVE: {
            "19": "Confirmação de recebimento de instrução de protesto",
            "20": "Confirmação de recebimento de instrução de sustação de protesto",
            "28": "Tarifa",
            "29": "Rejeição do pagador",
            "35": "Aceite do pagador",
        },
    }
)

_SICOOB = _table(
    {
        Effect.ENTERED: {"02": "Confirmação de entrada de título"},
        Effect.SETTLED: {"06": "Liquidação normal", "15": "Liquidação em cartório"},
        Effect.SETTLED_UNREGISTERED: {"05": "Liquidação sem registro"},
        Effect.WRITTEN_OFF: {"09": "Baixa de título", "10": "Baixa solicitada"},
        Effect.SENT_TO_NOTARY: {"23": "Encaminhado a protesto"},
        Effect.CHANGED: {
            "14": "Alteração de vencimento",
            "27": "Confirmação de alteração de dados",
            "48": "Confirmação de transferência de carteira",
        },
        Effect.INFORMATIVE: {"11": "Títulos em ser"},
    }
)

_HSBC = _table(
    {
        Effect.ENTERED: {"02": "Entrada confirmada"},
        Effect.SETTLED: {
            "06": "Liquidação normal em dinheiro",
            "15": "Liquidação em cartório em dinheiro",
            "31": "Liquidação normal em cheque, compensação ou banco correspondente",
            "32": "Liquidação em cartório em cheque",
        },
        Effect.SETTLED_UNREGISTERED: {
            "16": "Liquidação de título baixado em data anterior, em dinheiro",
            "36": "Liquidação de título baixado em data anterior, em cheque",
            "38": "Liquidação de título não registrado, em dinheiro",
            "39": "Liquidação de título não registrado, em cheque",
        },
        Effect.PARTIALLY_SETTLED: {
            "07": "Liquidação por conta em dinheiro",
            "33": "Liquidação por conta em cheque",
        },
        Effect.WRITTEN_OFF: {"09": "Baixa automática", "10": "Baixado conforme instruções"},
        Effect.SENT_TO_NOTARY: {"17": "Entregue em cartório"},
        Effect.PROTESTED: {"37": "Baixa de título protestado"},
        Effect.PROTEST_SUSPENDED: {"23": "Cancelamento de protesto processado"},
        Effect.REJECTED: {
            "03": "Entrada ou instrução rejeitada",
            "71": "Ocorrência não permitida para título em garantia de operação",
        },
        Effect.CHANGED: {
            "12": "Abatimento concedido",
            "13": "Abatimento cancelado",
            "14": "Vencimento prorrogado",
            "21": "Instrução de alteração de mora",
            "27": "Número do cedente ou controle do participante alterado",
            "49": "Vencimento alterado",
            "72": "Concessão de desconto aceita",
            "73": "Cancelamento de desconto fixo aceito",
            "74": "Cancelamento de desconto diário aceito",
        },
        Effect.INFORMATIVE: {
            "11": "Títulos em ser",
            "18": "Instrução automática de protesto",
            "22": "Instrução de protesto processada",
            "51": "Título DDA aceito pelo sacado",
            "52": "Título DDA não reconhecido pelo sacado",
            "69": "Despesas e custas de cartório",
            "70": "Ressarcimento sobre títulos",
        },
    }
)

_INTER = _table(
    {
        Effect.ENTERED: {"02": "Em aberto"},
        Effect.SETTLED: {"06": "Pago"},
        Effect.WRITTEN_OFF: {"07": "Baixado"},
        Effect.REJECTED: {"03": "Erro"},
        Effect.CHANGED: {
            "14": "Vencimento alterado",
            "15": "Valor alterado",
            "16": "Vencimento e valor alterados",
        },
    }
)

# One system used by several banks. 10 as at Itaú.
_DELBANK_FIBRA_PINE = _table(
    {
        Effect.ENTERED: {"01": "Confirma entrada do título na CIP", "02": "Entrada confirmada"},
        Effect.SETTLED: {"06": "Liquidação normal", "08": "Liquidação em cartório"},
        Effect.WRITTEN_OFF: {"09": "Baixa automática", "10": "Baixa por ter sido liquidado"},
        Effect.SENT_TO_NOTARY: {"23": "Título enviado para cartório"},
        Effect.PROTESTED: {"43": "Baixado por ter sido protestado"},
        Effect.REJECTED: {
            "03": "Entrada rejeitada",
            "15": "Baixa rejeitada",
            "16": "Instrução rejeitada",
        },
        Effect.CHANGED: {
            "05": "Campo livre alterado",
            "12": "Confirma abatimento",
            "13": "Abatimento cancelado",
            "14": "Vencimento alterado",
            "22": "Seu número alterado",
        },
        Effect.INFORMATIVE: {
            "19": "Confirma recebimento de ordem de protesto",
            "20": "Confirma recebimento de ordem de sustação",
            "24": "Confirma recebimento de ordem de não protestar",
            "28": "Débito de tarifas e custas, correspondentes",
            "40": "Tarifa de entrada, debitada na liquidação",
            "96": "Tarifa sobre instruções, mês anterior",
            "97": "Tarifa sobre baixas, mês anterior",
            "98": "Tarifa sobre entradas, mês anterior",
            "99": "Tarifa sobre instruções de protesto e sustação, mês anterior",
        },
    }
)

# 02 confirms whatever instruction was sent, an entry or a write-off: by itself it says neither.
_UNICRED = _table(
    {
        Effect.SETTLED: {
            "01": "Pago, título protestado pago em cartório",
            "06": "Liquidação normal",
            "09": "Liquidação de título descontado",
        },
        Effect.PAYMENT_PENDING: {"07": "Liquidação em condicional, cheque do próprio devedor"},
        Effect.SENT_TO_NOTARY: {"11": "Protesto em cartório"},
        Effect.PROTEST_SUSPENDED: {"04": "Sustado judicial", "08": "Sustado definitivo"},
        Effect.REJECTED: {"03": "Instrução rejeitada"},
        Effect.INFORMATIVE: {
            "02": "Instrução confirmada",
            "10": "Protesto solicitado",
            "12": "Sustação solicitada",
            "13": "Título descontado",
            "14": "Título descontável",
        },
    }
)

_BY_BANK_400: Mapping[str, _Table] = {
    "001": _BANCO_DO_BRASIL,
    "004": _BANCO_DO_NORDESTE,
    "033": _SANTANDER,
    "041": _BANRISUL,
    "077": _INTER,
    "097": _BANRISUL,  # CrediSIS publishes Banrisul's list
    "104": _CAIXA,
    "136": _UNICRED,
    "224": _DELBANK_FIBRA_PINE,
    "237": _BRADESCO,
    "341": _ITAU,
    "399": _HSBC,
    "435": _DELBANK_FIBRA_PINE,
    "643": _DELBANK_FIBRA_PINE,
    "748": _SICREDI,
    "756": _SICOOB,
    # 070, BRB, has a layout and no list that could be found: its codes are unknown.
}

# CNAB 240 ------------------------------------------------------------------------------------

# 04/05 are the two halves of one transfer between wallets. 50, 45 and 44 are a cheque's life:
# pending, cleared, returned. 53 is refused by the registry without saying what follows.
_FEBRABAN = _table(
    {
        Effect.ENTERED: {"02": "Entrada confirmada"},
        Effect.SETTLED: {"06": "Liquidação", "45": "Título pago com cheque compensado"},
        Effect.SETTLED_UNREGISTERED: {
            "17": "Liquidação após baixa ou liquidação de título não registrado",
        },
        Effect.PAYMENT_PENDING: {"50": "Título pago com cheque pendente de liquidação"},
        Effect.REVERSED: {"44": "Título pago com cheque devolvido"},
        Effect.WRITTEN_OFF: {
            "09": "Baixa",
            "15": "Franco de pagamento",
            "54": "Confirmação de baixa de título negativado sem protesto",
        },
        Effect.SENT_TO_NOTARY: {"23": "Remessa a cartório"},
        Effect.PROTESTED: {"25": "Protestado e baixado"},
        Effect.PROTEST_SUSPENDED: {
            "24": "Retirada de cartório e manutenção em carteira",
            "63": "Título sustado judicialmente",
        },
        Effect.REJECTED: {
            "03": "Entrada rejeitada",
            "26": "Instrução rejeitada",
            "30": "Alteração de dados rejeitada",
        },
        Effect.CHANGED: {
            "04": "Transferência de carteira, entrada",
            "05": "Transferência de carteira, baixa",
            "07": "Confirmação de instrução de desconto",
            "08": "Confirmação do cancelamento do desconto",
            "12": "Confirmação de instrução de abatimento",
            "13": "Confirmação de cancelamento de abatimento",
            "14": "Confirmação de alteração de vencimento",
            "27": "Confirmação de alteração de outros dados",
            "33": "Confirmação da alteração dos dados do rateio de crédito",
            "34": "Confirmação do cancelamento dos dados do rateio de crédito",
            "38": "Confirmação de alteração do prazo limite de recebimento",
            "39": "Confirmação de dispensa de prazo limite de recebimento",
            "40": "Confirmação da alteração do número do título",
            "41": "Confirmação da alteração do número de controle do participante",
            "42": "Confirmação da alteração dos dados do pagador",
            "43": "Confirmação da alteração dos dados do sacador avalista",
            "48": "Confirmação de transferência de carteira ou modalidade",
            "49": "Alteração de contrato de cobrança",
            "55": "Confirmação de dispensa de multa",
            "56": "Confirmação de cobrança de multa",
            "57": "Confirmação de alteração de cobrança de juros",
            "58": "Confirmação de alteração do valor ou data de desconto",
            "59": "Confirmação de alteração do beneficiário do título",
            "60": "Confirmação de dispensa de juros de mora",
            "61": "Confirmação de alteração do valor nominal do título",
            "64": "Confirmação de alteração do valor ou percentual mínimo",
            "65": "Confirmação de alteração do valor ou percentual máximo",
        },
        Effect.INFORMATIVE: {
            "11": "Títulos em carteira",
            "19": "Confirmação de instrução de protesto",
            "20": "Confirmação de instrução de sustação ou cancelamento de protesto",
            "28": "Débito de tarifas e custas",
            "29": "Ocorrências do pagador",
            "35": "Confirmação do desagendamento do débito automático",
            "36": "Confirmação de envio de e-mail ou SMS",
            "37": "Envio de e-mail ou SMS rejeitado",
            "46": "Instrução para cancelar protesto confirmada",
            "47": "Instrução para protesto para fins falimentares confirmada",
            "51": "Título DDA reconhecido pelo pagador",
            "52": "Título DDA não reconhecido pelo pagador",
            "53": "Título DDA recusado pela CIP",
        },
    }
)

_AILOS_240 = _only(
    _FEBRABAN,
    "02 03 06 07 08 09 12 13 14 17 19 20 23 24 25 26 27 28 36 37 42 46 51 52",
) | _table(
    {
        Effect.SETTLED: {"76": "Liquidação, cooperativa emite e expede"},
        Effect.SETTLED_UNREGISTERED: {
            "77": "Liquidação após baixa ou de título não registrado, cooperativa emite e expede",
        },
        Effect.SENT_TO_NOTARY: {"22": "Título enviado ao cartório"},
        Effect.REJECTED: {"89": "Rejeição cartorária", "92": "Inconsistência na negativação"},
        Effect.INFORMATIVE: {
            "91": "Título em aberto não enviado ao pagador",
            "93": "Incluir na Serasa",
            "94": "Excluir da Serasa",
            "95": "Instrução de SMS",
            "96": "Cancelamento de instrução de SMS",
            "97": "Confirmação de instrução automática de protesto",
            "98": "Excluir protesto com carta de anuência",
        },
    }
)

# AA: paid before, at the bank itself; AB: under way.
_BANRISUL_240 = _only(
    _FEBRABAN,
    "02 03 06 09 11 12 13 14 17 19 20 23 25 26 27 28 30",
) | _table(
    {
        Effect.PAYMENT_PENDING: {"AB": "Cobrança a creditar, em trânsito"},
        Effect.WRITTEN_OFF: {"AA": "Devolução, liquidado anteriormente"},
        Effect.CHANGED: {
            "04": "Reembolso e transferência, ou transferência de carteira",
            "05": "Reembolso e devolução, desconto e vendor",
        },
        Effect.INFORMATIVE: {
            "15": "Confirmação de protesto imediato por falência",
            "24": "Reservado",
            "AC": "Situação do título, cartório",
        },
    }
)

_CAIXA_240 = _only(
    _FEBRABAN,
    "02 03 04 05 06 07 08 09 12 13 14 19 20 23 24 25 26 27 28 30 51 52 53 61",
) | _table(
    {
        Effect.SETTLED: {"46": "Liquidação on-line"},
        Effect.REVERSED: {
            "44": "Estorno de baixa ou liquidação",
            "47": "Estorno de liquidação on-line",
        },
        Effect.REJECTED: {
            "39": "Manutenção de pagador rejeitada",
            "40": "Entrada de título via banco de pagador rejeitada",
            "41": "Manutenção de banco de pagador rejeitada",
        },
        Effect.CHANGED: {
            "45": "Alteração de dados",
            "62": "Confirmação de alteração do valor ou percentual mínimo ou máximo",
        },
        Effect.INFORMATIVE: {
            "01": "Solicitação de impressão de títulos confirmada",
            "35": "Confirmação de inclusão de banco de pagador",
            "36": "Confirmação de alteração de banco de pagador",
            "37": "Confirmação de exclusão de banco de pagador",
            "38": "Emissão de boletos de banco de pagador",
        },
    }
)

_ITAU_240 = _only(
    _ITAU,
    "02 03 04 05 06 08 09 10 11 12 13 14 15 16 17 18 19 20 21 23 24 25 26 27 28 29 30 32 33 34 35"
    " 36 37 38 39 40 41 42 43 44 45 46 47 48 51 52 53 54 55 56 57 60 61 62 63 74 75 77 78 79 80 82"
    " 83 85 86 87 88 89 90 91 92 93",
) | _table({Effect.INFORMATIVE: {"94": "Confirma recebimento de instrução de não negativar"}})

_SANTANDER_240 = _only(
    _FEBRABAN,
    "02 03 04 05 06 09 11 12 13 14 17 19 20 23 24 25 26 27 28 29 30 51 52 53",
) | _table(
    {
        Effect.REJECTED: {"32": "Código de IOF inválido"},
        Effect.INFORMATIVE: {"A4": "Pagador DDA"},
    }
)

_SICREDI_240 = _only(
    _FEBRABAN,
    "02 03 06 07 08 09 12 13 14 17 19 20 23 24 25 26 27 28 30 51 52",
) | _table({Effect.REJECTED: {"36": "Baixa rejeitada"}})

_TO_54 = (
    "02 03 04 05 06 07 08 09 11 12 13 14 15 17 19 20 23 24 25 26 27 28 29 30 33 34 35 36 37 38 39"
    " 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54"
)
_BY_BANK_240: Mapping[str, _Table] = {
    "001": _only(
        _FEBRABAN, "02 03 04 05 06 09 11 12 13 14 15 17 19 20 23 24 25 26 27 28 29 30 44 50"
    ),
    "033": _SANTANDER_240,
    "041": _BANRISUL_240,
    "085": _AILOS_240,
    "104": _CAIXA_240,
    "208": _FEBRABAN,
    "237": _only(_FEBRABAN, _TO_54)
    | _table({Effect.INFORMATIVE: {"73": "Confirmação de pedido de negativação"}}),
    "341": _ITAU_240,
    "748": _SICREDI_240,
    "756": _only(_FEBRABAN, f"{_TO_54} 55 56 57 58 59 60"),
}

RULES = (
    Rule(
        "cnab.occurrence.bank_specific",
        "An occurrence code is read by its bank's own list and format.",
        "the banks' CNAB 400 manuals; FEBRABAN CNAB 240, field C044",
    ),
    Rule(
        "cnab.occurrence.unknown",
        "A code that the bank's list lacks is unknown: it changes nothing, is reported, and is"
        " never read by another bank's list.",
        "our convention: a guess would move money",
    ),
    Rule(
        "cnab.occurrence.unregistered",
        "A payment after write-off, or of a title never registered, is a payment all the same.",
        "FEBRABAN CNAB 240, field C044, code 17; Bradesco CNAB 400, code 17",
    ),
    Rule(
        "cnab.occurrence.cheque",
        "A cheque waiting to clear is a payment under way; returned, it undoes the payment.",
        "FEBRABAN CNAB 240, field C044, codes 50, 45 and 44; Banco do Brasil CNAB 400, 46 and 44",
    ),
    Rule(
        "cnab.occurrence.confirmed_instruction",
        "That an instruction to protest, or to suspend a protest, was received is information; the"
        " title is at the notary, or back, only when the bank says so.",
        "FEBRABAN CNAB 240, field C044, codes 19 and 20 against 23 and 24",
    ),
    Rule(
        "cnab.occurrence.written_off_as_paid",
        "A title written off because it was settled is written off: the settlement has a code of"
        " its own, and counting both would book it twice.",
        "our convention, where sources differ (Itaú, Delbank, Fibra and Pine, code 10)",
    ),
)
