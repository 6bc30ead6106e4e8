"""The API clients of a creditor: made with scopes that their maker has, shown their secret once."""

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime

from regua.application.admin_ports import ApiClient, IdentityProvider, Page, TenantStore
from regua.domain.access import not_to_give
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import CreditorId

MOST_CLIENTS = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client is to be: its name among its creditor's, and what it may do."""

    name: str
    scopes: frozenset[str]
    requests_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Machines:
    """Makes, lists and deletes the clients of a creditor."""

    store: TenantStore
    identity: IdentityProvider

    def create(
        self, creditor_id: CreditorId, wish: Wish, own_scopes: frozenset[str], now: datetime
    ) -> tuple[ApiClient, str]:
        """Make a client; also return its secret, which nobody can ask for again.

        Nothing is left behind when it cannot be made whole.

        Args:
            creditor_id: whom it acts for.
            wish: what it is to be.
            own_scopes: what its maker may do: nobody gives more than it has.
            now: when.

        Raises:
            InvalidInput: a scope that its maker has not.
            Conflict: the creditor, or the deployment, has as many as it can have.
        """
        refused = not_to_give(own_scopes, wish.scopes)
        if refused:
            raise InvalidInput.at("scopes", f"not yours to give: {', '.join(refused)}")
        if len(self.store.clients(creditor_id, None, MOST_CLIENTS).items) == MOST_CLIENTS:
            raise Conflict(f"a creditor has at most {MOST_CLIENTS} API clients")
        made = self.identity.create_client(f"{creditor_id} {wish.name}", wish.scopes)
        client = ApiClient(made.client_id, wish.name, wish.scopes, now, wish.requests_per_minute)
        with ExitStack() as undoing:
            undoing.callback(self._undo, creditor_id, client.client_id)
            self.store.add_client(creditor_id, client)
            self.identity.admit_clients()
            undoing.pop_all()
        return client, made.client_secret

    def _undo(self, creditor_id: CreditorId, client_id: str) -> None:
        with suppress(NotFound):
            self.store.remove_client(creditor_id, client_id)
        self.identity.delete_client(client_id)

    def of(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[ApiClient]:
        """Return a creditor's clients, by their ids."""
        return self.store.clients(creditor_id, after, limit)

    def delete(self, creditor_id: CreditorId, client_id: str) -> None:
        """Delete a client: it acts for nobody at once, wherever its creditor is not remembered.

        Raises:
            NotFound: it is none of this creditor's.
        """
        self.store.remove_client(creditor_id, client_id)
        self.identity.delete_client(client_id)
        self.identity.admit_clients()
