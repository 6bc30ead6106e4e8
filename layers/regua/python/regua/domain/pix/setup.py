"""How a creditor is paid by Pix through its PSP."""

from dataclasses import dataclass, field

DEFAULT_VALID_DAYS = 365
"""For as long as a ruler usually speaks of an invoice; the PSP's own default would be 30."""


@dataclass(frozen=True, slots=True)
class PixSetup:
    """A creditor's key, and how long its charges can be paid."""

    key: str = field(repr=False)
    """The Pix key that charges are paid to, in canonical spelling."""
    valid_days_after: int = DEFAULT_VALID_DAYS
    """Days after the due date on which a charge can still be paid."""
    has_psp: bool = True
    """Whether its PSP makes charges for us and tells of what is paid; else the key is all."""
    city: str = "BRASIL"
    """Printed in a code that the PSP leaves to us to write."""
