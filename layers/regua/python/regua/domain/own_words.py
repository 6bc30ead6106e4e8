"""Which words of an e-mail a creditor may put its own in the place of, and what they may name.

The amounts, who asks, the legal notes, how to check before paying and how to stop are never among
them: they stand in every message as we write them.
"""

from collections.abc import Mapping

PARTS: Mapping[str, int] = {"subject": 80, "title": 100, "lead": 500, "closing": 400}
"""The parts of an e-mail that may be replaced, each with its greatest length in characters."""
PAGE_CHARACTERS = 500
"""The greatest length of a text of the page."""
SUBJECT_CHARACTERS = 90
"""The greatest length of a subject once its placeholders are filled; phones show about forty."""
BEFORE_DUE = frozenset({"lembrete", "vencimento"})
"""Templates that speak of invoices that are not late; the others of late ones."""
FIRM = frozenset({"atraso_prolongado", "pre_negativacao"})
"""Templates written in a firm or formal tone."""
RECEIPTS = frozenset({"recibo"})
"""Templates that thank for a payment and ask for nothing."""

_DISCREET = frozenset({"credor", "fatura"})
_DISCREET_BEFORE_DUE = _DISCREET | {"vencimento"}
_INSIDE = frozenset({"credor", "cliente", "fatura", "vencimento", "total", "valido_ate"})
_INSIDE_A_RECEIPT = frozenset({"credor", "cliente", "fatura", "total"})
MEANINGS: Mapping[str, str] = {
    "credor": "the creditor's name",
    "cliente": "how the customer is greeted: a person by first name, a company by its name",
    "fatura": "the number of the invoice",
    "vencimento": "its due date, as 03/11/2026",
    "total": "what is to be paid, late charges included; on a receipt, what was received",
    "valido_ate": "the last day on which that total is right",
}
"""What each placeholder stands for."""


def placeholders_for(template: str, part: str) -> frozenset[str]:
    """Return what the words of a part may name.

    A subject or a title may be read over a shoulder, so it names no amount and no customer; a
    title that opens the message may tell when an invoice fell due, a subject only before it did.
    """
    if template in RECEIPTS:
        return _DISCREET if part in ("subject", "title") else _INSIDE_A_RECEIPT
    if part == "subject":
        return _DISCREET_BEFORE_DUE if template in BEFORE_DUE else _DISCREET
    return _DISCREET_BEFORE_DUE if part == "title" else _INSIDE


def email_key(template: str, part: str) -> str:
    """Return the key of an e-mail's words among a creditor's texts.

    >>> email_key("vencida", "lead")
    'email.vencida.lead'
    """
    return f"email.{template}.{part}"


def page_key(language: str, key: str) -> str:
    """Return the key of a text of the page among a creditor's texts.

    >>> page_key("pt", "welcome")
    'page.pt.welcome'
    """
    return f"page.{language}.{key}"
