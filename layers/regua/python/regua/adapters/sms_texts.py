"""What text messages say, as data: sentences by template, and the pieces they are made of.

Each list goes from the fullest sentence to the shortest; `regua.adapters.sms_composer` takes the
first that fits. The recipient is never named: a number may have a new owner, and others read a
lock screen. An amount stands only in sentences about what is not late (``{amount}``). Accents are
taken off on the way, so no sentence may rest on one ("é", "está", "há").

Fields: ``name`` of the creditor, ``hello`` and ``ask`` by tone, ``count``, ``number``, ``amount``,
``falls_due`` and ``due`` (when it falls due, fully and briefly), ``since`` (the oldest due date).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said of one invoice, and of several."""

    one: str
    many: str


HELLOS: Mapping[str, str] = {"friendly": "Olá! ", "neutral": "Olá. ", "firm": "", "formal": ""}
"""By tone; a firm or formal message begins with who writes."""

ASKS_IN_TIME: Mapping[str, str] = {
    "friendly": "Veja como pagar:",
    "neutral": "Dados para pagamento:",
    "firm": "Dados para pagamento:",
    "formal": "Dados para pagamento:",
}
ASKS_LATE: Mapping[str, str] = {
    "friendly": "Veja como pagar:",
    "neutral": "Valor atualizado:",
    "firm": "Pedimos que regularize:",
    "formal": "Solicitamos a regularização:",
}

IN_TIME = (
    Sentence(
        "{hello}{name}: sua fatura {number}, de {amount}, {falls_due}. {ask}",
        "{hello}{name}: suas {count} faturas, no total de {amount}, {falls_due}. {ask}",
    ),
    Sentence(
        "{name}: sua fatura de {amount} {falls_due}. {ask}",
        "{name}: suas {count} faturas, total de {amount}, {falls_due}. {ask}",
    ),
    Sentence(
        "{name}: sua fatura {falls_due}. {ask}",
        "{name}: suas {count} faturas {falls_due}. {ask}",
    ),
    Sentence("{name}: sua fatura {due}. {ask}", "{name}: suas {count} faturas {due}. {ask}"),
    Sentence("{name}: sua fatura {due}:", "{name}: suas {count} faturas {due}:"),
    Sentence("{name}: fatura {due}:", "{name}: {count} faturas {due}:"),
)
"""About invoices that can still be paid without charges, whatever the template."""

_REMINDER = Sentence(
    "{hello}{name} lembra: sua fatura {number}, de {amount}, {falls_due}. {ask}",
    "{hello}{name} lembra: suas {count} faturas, no total de {amount}, {falls_due}. {ask}",
)
_SHORT_LATE = (
    Sentence(
        "{name}: sua fatura vencida em {since} segue em aberto. {ask}",
        "{name}: suas {count} faturas vencidas desde {since} seguem em aberto. {ask}",
    ),
    Sentence(
        "{name}: sua fatura vencida em {since} segue em aberto:",
        "{name}: {count} faturas vencidas desde {since} seguem em aberto:",
    ),
    Sentence("{name}: fatura de {since} em aberto:", "{name}: {count} faturas em aberto:"),
    Sentence("{name}: fatura de {since}:", "{name}: {count} faturas:"),
)
_FORGOTTEN = (
    Sentence(
        "{hello}{name}: ainda não identificamos o pagamento da sua fatura {number}, vencida em"
        " {since}. Se já pagou, desconsidere. {ask}",
        "{hello}{name}: ainda não identificamos o pagamento das suas {count} faturas vencidas"
        " desde {since}. Se já pagou, desconsidere. {ask}",
    ),
    Sentence(
        "{name}: sua fatura de {since} aguarda pagamento. Se já pagou, desconsidere. {ask}",
        "{name}: suas {count} faturas aguardam pagamento. Se já pagou, desconsidere. {ask}",
    ),
    Sentence(
        "{name}: sua fatura de {since} aguarda pagamento. {ask}",
        "{name}: suas {count} faturas aguardam pagamento. {ask}",
    ),
    Sentence(
        "{name}: sua fatura de {since} aguarda pagamento:",
        "{name}: suas {count} faturas aguardam pagamento:",
    ),
    *_SHORT_LATE[2:],
)

TEMPLATES: Mapping[str, tuple[tuple[Sentence, ...], tuple[Sentence, ...]]] = {
    "lembrete": ((_REMINDER, *IN_TIME), _FORGOTTEN),
    "vencimento": (IN_TIME, _FORGOTTEN),
    "vencida": (IN_TIME, _FORGOTTEN),
    "em_atraso": (
        IN_TIME,
        (
            Sentence(
                "{hello}{name}: até o momento, não identificamos o pagamento da sua fatura"
                " {number}, vencida em {since}. Se precisar, fale conosco. {ask}",
                "{hello}{name}: até o momento, não identificamos o pagamento das suas {count}"
                " faturas vencidas desde {since}. Se precisar, fale conosco. {ask}",
            ),
            *_SHORT_LATE,
        ),
    ),
    "atraso_prolongado": (
        IN_TIME,
        (
            Sentence(
                "{name}: sua fatura {number}, vencida em {since}, continua sem confirmação de"
                " pagamento. Em caso de dificuldade, fale conosco. {ask}",
                "{name}: suas {count} faturas vencidas desde {since} continuam sem confirmação de"
                " pagamento. Em caso de dificuldade, fale conosco. {ask}",
            ),
            *_SHORT_LATE,
        ),
    ),
    "pre_negativacao": (
        IN_TIME,
        (
            Sentence(
                "{name}: não identificamos o pagamento da sua fatura {number}, vencida em {since}."
                " Se não concorda com o valor, fale conosco. {ask}",
                "{name}: não identificamos o pagamento das suas {count} faturas vencidas desde"
                " {since}. Se não concorda com os valores, fale conosco. {ask}",
            ),
            *_SHORT_LATE,
        ),
    ),
}
"""By template: what is said in time, and what once it is late. Nothing here speaks of a listing: no
SMS may name a bureau where others read it, and the notice itself is the bureau's, in writing."""

RECEIPTS: Mapping[str, tuple[Sentence, ...]] = {
    "recibo": (
        Sentence(
            "{name}: recebemos o pagamento de {amount} da sua fatura {number}. Obrigado!",
            "{name}: recebemos o pagamento de {amount} das suas {count} faturas. Obrigado!",
        ),
        Sentence(
            "{name}: recebemos o pagamento da sua fatura {number}. Obrigado!",
            "{name}: recebemos o pagamento das suas {count} faturas. Obrigado!",
        ),
        Sentence(
            "{name}: recebemos o seu pagamento. Obrigado!",
            "{name}: recebemos o seu pagamento. Obrigado!",
        ),
        Sentence("{name}: pagamento recebido.", "{name}: pagamento recebido."),
    )
}
"""By template: thanks for a payment. They ask for nothing, and so carry no link."""

OPT_OUTS = (
    "Para não receber mais, responda {word}",
    "Responda {word} p/ parar",
    "{word} p/ parar",
)
DEFAULT_OPT_OUT_WORD = "SAIR"
