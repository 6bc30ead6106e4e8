"""The people of a creditor: invited by e-mail, with one role, by somebody who has no less."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from regua.application.admin_ports import IdentityProvider, Member, Page, TenantStore
from regua.domain.access import Role, not_to_give, scopes_of
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import CreditorId

MOST_MEMBERS = 200
_PAGE = 100


@dataclass(frozen=True, slots=True)
class People:
    """Invites people, changes their roles and sends them away."""

    store: TenantStore
    identity: IdentityProvider

    def put(
        self,
        creditor_id: CreditorId,
        email: str,
        role: Role,
        own_scopes: frozenset[str],
        now: datetime,
    ) -> tuple[Member, bool]:
        """Invite somebody, or change the role; also tell whether it is new.

        May be repeated: what an attempt that was cut short has not done, the next one does.

        Raises:
            InvalidInput: the role includes what its giver may not do.
            Conflict: the person may do more than who wants to change that, acts for another
                creditor, or is one too many.
        """
        refused = not_to_give(own_scopes, scopes_of(role))
        if refused:
            raise InvalidInput.at("role", f"includes what you may not do: {', '.join(refused)}")
        known = self._find(creditor_id, email)
        if known is None:
            self._check_room(creditor_id)
            member = Member(self.identity.invite(email), email, role, now)
        else:
            _check_above(known, own_scopes)
            member = replace(known, role=role)
        self.store.keep_member(creditor_id, member)
        self.identity.assign(email, role)
        return member, known is None

    def get(self, creditor_id: CreditorId, email: str) -> Member:
        """Return one of a creditor's people.

        Raises:
            NotFound: it is none of them.
        """
        found = self._find(creditor_id, email)
        if found is None:
            raise NotFound
        return found

    def of(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[Member]:
        """Return a creditor's people, by who they are in a token."""
        return self.store.members(creditor_id, after, limit)

    def remove(self, creditor_id: CreditorId, email: str, own_scopes: frozenset[str]) -> None:
        """Send somebody away; the record goes first, so that a token left over opens nothing.

        Raises:
            NotFound: it is none of this creditor's people.
            Conflict: the person may do more than who sends it away.
        """
        known = self.get(creditor_id, email)
        _check_above(known, own_scopes)
        self.store.remove_member(creditor_id, known.subject)
        self.identity.remove_user(email)

    def _find(self, creditor_id: CreditorId, email: str) -> Member | None:
        return next((m for m in self._all(creditor_id) if m.email == email), None)

    def _check_room(self, creditor_id: CreditorId) -> None:
        if sum(1 for _ in self._all(creditor_id)) >= MOST_MEMBERS:
            raise Conflict(f"a creditor has at most {MOST_MEMBERS} people")

    def _all(self, creditor_id: CreditorId) -> Iterator[Member]:
        page = self.store.members(creditor_id, None, _PAGE)
        yield from page.items
        while page.after is not None:
            page = self.store.members(creditor_id, page.after, _PAGE)
            yield from page.items


def _check_above(member: Member, own_scopes: frozenset[str]) -> None:
    if not_to_give(own_scopes, scopes_of(member.role)):
        raise Conflict("this person may do more than you")
