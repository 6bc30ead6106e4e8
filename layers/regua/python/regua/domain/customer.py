"""Who owes: the customer as the creditor describes them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from regua.domain.consent import Consent
from regua.domain.ids import CustomerId
from regua.domain.time_zones import ZONE_OF_UF, uf_of_phone


class CustomerKind(StrEnum):
    """A natural person or a company."""

    PERSON = "person"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of one creditor.

    ``phones`` are E.164; ``changed_at`` is when the creditor's system last said so, and an older
    description never replaces a newer one.
    """

    external_id: CustomerId
    name: str
    document: str
    changed_at: datetime
    kind: CustomerKind = CustomerKind.PERSON
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    uf: str | None = None
    preferred_channel: str | None = None
    preferred_hour: int | None = None
    tags: tuple[str, ...] = field(default=())
    ruler: str | None = None
    """The ruler the customer's invoices follow, unless they name their own."""
    risk: str | None = None
    """The creditor's own rating, in its own words; segments may ask for it."""
    consents: tuple[Consent, ...] = ()
    """What the customer said about channels, as the creditor tells it; the account keeps it."""

    @property
    def ufs(self) -> frozenset[str]:
        """Every state the customer may be in, by address and by telephone; empty when unknown.

        An area code is no proof of where a person is, so contact must be right in all of them.
        """
        return _ufs(self.uf, self.phones)


@lru_cache(maxsize=4096)
def _ufs(uf: str | None, phones: tuple[str, ...]) -> frozenset[str]:
    found = {uf, *(uf_of_phone(phone) for phone in phones)}
    return frozenset(uf for uf in found if uf in ZONE_OF_UF)
