"""A customer's WhatsApp moved to another number: the old one may be somebody else's by now."""

from collections.abc import Sequence
from dataclasses import dataclass

from regua.application.inbound import ReplyIndex
from regua.application.ports import Portfolio
from regua.application.retrying import change_account
from regua.domain.account import Account
from regua.domain.phones import same_whatsapp
from regua.domain.ruler import Channel


@dataclass(frozen=True, slots=True)
class LeaveNumber:
    """Stop using a number that WhatsApp says is given up.

    The new one is not used either: it is for the creditor to say what a customer's numbers are.
    """

    portfolio: Portfolio
    index: ReplyIndex

    def __call__(self, old_number: str) -> int:
        """Suppress a number on WhatsApp for everybody it was used for; return how many."""

        def left(account: Account) -> Account:
            for address in spellings(account, old_number, Channel.WHATSAPP):
                account = account.with_suppressed(address, Channel.WHATSAPP)
            return account

        owners = self.index.customers_of(old_number, Channel.WHATSAPP)
        for creditor_id, customer_id in owners:
            change_account(self.portfolio, creditor_id, customer_id, left)
        return len(owners)


def spellings(account: Account, number: str, channel: Channel) -> Sequence[str]:
    """Return the customer's addresses that are a number, or the number as it was told to us.

    WhatsApp's id of an old account lacks the ninth digit that the customer's number has.
    """
    number = f"+{number.lstrip('+')}"
    known = account.addresses(channel)
    return [a for a in known if a == number or same_whatsapp(a, number)] or [number]
