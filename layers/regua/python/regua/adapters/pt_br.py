"""How amounts, dates, documents and names are written for a Brazilian reader.

Presentation only: nothing here validates or computes, and a value of unknown shape is shown as it
came. Used by the templates of every channel.
"""

import re
import unicodedata
from datetime import date

_WEEKDAYS = (
    "na segunda-feira",
    "na terça-feira",
    "na quarta-feira",
    "na quinta-feira",
    "na sexta-feira",
    "no sábado",
    "no domingo",
)
_PARTICLES = frozenset({"da", "das", "de", "do", "dos", "e"})
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
_BOLETO = re.compile(r"(\d{5})(\d{5})(\d{5})(\d{6})(\d{5})(\d{6})(\d)(\d{14})", re.ASCII)
_UTILITY_BOLETO = re.compile(r"(\d{11})(\d)(\d{11})(\d)(\d{11})(\d)(\d{11})(\d)", re.ASCII)
_CNPJ = re.compile(r"([0-9A-Z]{2})([0-9A-Z]{3})([0-9A-Z]{3})([0-9A-Z]{4})(\d{2})", re.ASCII)
_CPF = re.compile(r"(\d{3})(\d{3})(\d{3})(\d{2})", re.ASCII)
_PHONE = re.compile(r"\+55(\d{2})(\d{4,5})(\d{4})", re.ASCII)


def one_line(text: str) -> str:
    r"""Make text safe to stand inside a line: one space for any gap, no invisible characters.

    Direction overrides, zero-width characters and lone surrogates go as well, so a name can
    neither reorder the words around it nor add a line to the message or to its headers.

    >>> one_line(" Maria \r\n Bcc:\tx@example.com.br\u202e ")
    'Maria Bcc: x@example.com.br'
    """
    spaced = " ".join(text.split())
    if spaced.isprintable():
        return spaced
    visible = "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE)
    return " ".join(visible.split())


def brl(centavos: int) -> str:
    """Write an amount in reais.

    >>> brl(123456), brl(0), brl(-5), brl(100_000_000_00)
    ('R$ 1.234,56', 'R$ 0,00', '-R$ 0,05', 'R$ 100.000.000,00')
    """
    reais, rest = divmod(abs(centavos), 100)
    grouped = f"{reais:,}".replace(",", ".")
    return f"{'-' if centavos < 0 else ''}R$ {grouped},{rest:02d}"


def full_date(day: date) -> str:
    """Write a date with its year.

    >>> full_date(date(2026, 3, 9))
    '09/03/2026'
    """
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def short_date(day: date) -> str:
    """Write a near date without its year.

    >>> short_date(date(2026, 3, 9))
    '09/03'
    """
    return f"{day.day:02d}/{day.month:02d}"


def due_day(day: date, on: date) -> str:
    """Complete the sentence "vence …", readable on any later day as well.

    >>> due_day(date(2026, 11, 13), date(2026, 11, 10)), due_day(date(2026, 11, 13),
    ...         date(2026, 11, 13))
    ('na sexta-feira (13/11)', 'hoje (13/11)')
    """
    return f"{'hoje' if day == on else _WEEKDAYS[day.weekday()]} ({short_date(day)})"


def tax_id(document: str) -> str:
    """Write a CPF or a CNPJ, letters included, with its label.

    >>> tax_id("12ABC34501DE35"), tax_id("529.982.247-25"), tax_id("X1")
    ('CNPJ 12.ABC.345/01DE-35', 'CPF 529.982.247-25', 'CPF/CNPJ X1')
    """
    bare = re.sub(r"[\s./-]", "", document).upper()
    if match := _CNPJ.fullmatch(bare):
        return "CNPJ {}.{}.{}/{}-{}".format(*match.groups())
    if match := _CPF.fullmatch(bare):
        return "CPF {}.{}.{}-{}".format(*match.groups())
    return f"CPF/CNPJ {document}"


def phone(number: str) -> str:
    """Write a Brazilian E.164 number the way it is read at home; leave any other as it is.

    >>> phone("+5511987654321"), phone("+551140001234"), phone("0800 000 0000")
    ('(11) 98765-4321', '(11) 4000-1234', '0800 000 0000')
    """
    match = _PHONE.fullmatch(number)
    return "({}) {}-{}".format(*match.groups()) if match else number


def boleto_line(line: str) -> str:
    """Group the digits of a linha digitável as banks print them.

    >>> boleto_line("00190500954014481606906809350314337370000000100")
    '00190.50095 40144.816069 06809.350314 3 37370000000100'
    >>> boleto_line("846700000017435900240209024050002435842210108119")
    '84670000001-7 43590024020-9 02405000243-5 84221010811-9'
    """
    digits = re.sub(r"[\s.-]", "", line)
    if match := _BOLETO.fullmatch(digits):
        return "{}.{} {}.{} {}.{} {} {}".format(*match.groups())
    if match := _UTILITY_BOLETO.fullmatch(digits):
        return "{}-{} {}-{} {}-{} {}-{}".format(*match.groups())
    return line


_PAID_BY = {
    "pix": " por Pix",
    "boleto": " por boleto",
    "card": " por cartão",
    "debit": " por débito em conta",
    "cash": " em dinheiro",
    "transfer": " por transferência",
}


def paid_by(method: str) -> str:
    """Say how money came in, to go on after when; nothing when it is not known.

    >>> paid_by("pix"), paid_by("other")
    (' por Pix', '')
    """
    return _PAID_BY.get(method, "")


def person_name(name: str) -> str:
    """Give a name typed in one case its capitals back; leave any other alone.

    >>> person_name("MARIA APARECIDA DE SOUZA"), person_name("Ana McKenzie")
    ('Maria Aparecida de Souza', 'Ana McKenzie')
    """
    if not (name.isupper() or name.islower()):
        return name
    words = [w if w in _PARTICLES else w.capitalize() for w in name.lower().split()]
    return " ".join(words)


def greeting_name(name: str, kind: str | None) -> str:
    """Return how a customer is greeted: a person by first name, anybody else by the whole name.

    >>> greeting_name("DR. JOSÉ DA SILVA", "person"), greeting_name("Padaria Sol", "company")
    ('José', 'Padaria Sol')
    """
    if kind != "person":
        return name
    words = person_name(name).split()
    given = [word for word in words if not word.endswith(".")]
    return (given or words or [""])[0]


def shortened(text: str, length: int) -> str:
    """Cut text that would not fit where it stands, visibly.

    >>> shortened("Comércio", 4), shortened("Sol", 4)
    ('Com…', 'Sol')
    """
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
