"""Set up a tenant through the API of any deployment: domain, document, first admin, client.

Everything but the client may be repeated: a run that was cut short, or that waits for DNS, is
simply run again with the same file.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from local.place import LocalError
from local.stack import fetch_token

ADMIT_SECONDS = 60.0
"""How long a gateway may take to know a new client."""
_PAUSE_SECONDS = 1.0
_TIMEOUT_SECONDS = 30

SCOPES = (
    "agreements.read",
    "agreements.write",
    "customers.read",
    "customers.write",
    "creditor.read",
    "events.read",
    "evidence.read",
    "evidence.write",
    "hooks.read",
    "hooks.write",
    "imports.read",
    "imports.write",
    "invoices.read",
    "invoices.write",
    "plans.read",
    "plans.write",
    "reconciliation.read",
    "rulers.read",
    "rulers.write",
    "webhooks.read",
    "webhooks.write",
)
"""What a client gets unless it is told otherwise: what an ERP needs.

It makes no clients, invites nobody, does not change who the creditor is and erases no evidence.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the API, read."""

    status: int
    body: Any

    @property
    def reasons(self) -> str:
        """Say in lines what a problem document says."""
        body = self.body if isinstance(self.body, dict) else {}
        listed = [f"{p['path']}: {p['reason']}" for p in body.get("errors", ())]
        detail = body.get("detail") or body.get("message") or ""
        return "".join(f"\n  {line}" for line in listed or [f"{self.status} {detail}".strip()])


@dataclass(frozen=True, slots=True)
class Api:
    """The API of a deployment, and one caller of it."""

    url: str
    token: str

    @classmethod
    def of(cls, url: str, token_url: str, client_id: str, client_secret: str) -> "Api":
        """Sign in.

        Raises:
            LocalError: The id and the secret were refused, or nobody answers.
        """
        try:
            return cls(url.rstrip("/"), fetch_token(token_url, client_id, client_secret))
        except OSError as exc:
            raise LocalError(f"{token_url} does not answer: {exc}") from exc

    def call(
        self, method: str, path: str, body: object = None, *, as_of: str | None = None
    ) -> Answer:
        """Make one call, now or, where time travels, as of an instant.

        Raises:
            LocalError: Nobody answers.
        """
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if as_of is not None:
            headers["X-Regua-As-Of"] = as_of
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
                return Answer(answer.status, _read(answer.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _read(error.read()))
        except (OSError, http.client.HTTPException) as exc:
            raise LocalError(f"{self.url} does not answer: {exc}") from exc


@dataclass(frozen=True, slots=True)
class Wish:
    """What a tenant is to have besides its document."""

    client_name: str = "ERP"
    scopes: Sequence[str] = SCOPES
    admin_email: str | None = None
    with_client: bool = False
    """Whether a creditor that there is already gets another client."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, and what is left to do.

    ``client`` is the answer that tells the secret; None when no client was made.
    """

    creditor_id: str
    is_registered: bool
    is_new: bool = False
    records: Sequence[Mapping[str, str]] = ()
    """DNS records that were not seen yet."""
    client: Mapping[str, Any] | None = None


def onboard(api: Api, document: Mapping[str, Any], wish: Wish) -> Done:
    """Set a tenant up as far as its DNS allows.

    Raises:
        LocalError: Something is refused; the message has a line for each problem.
    """
    creditor_id = str(document.get("creditor_id", ""))
    tenant = f"/v1/creditors/{quote(creditor_id, safe='')}"
    identity = _claim(api, tenant, str(document.get("email", "")))
    records: Sequence[Mapping[str, str]] = ()
    if identity is not None:
        records = () if identity["verified"] else identity["records"]
        document = {"dkim": identity["dkim"], **document}
    if records:
        return Done(creditor_id, is_registered=False, records=records)
    registered = _expect(api.call("PUT", tenant, document), "the creditor was not registered")
    is_new = registered.status == HTTPStatus.CREATED
    if wish.admin_email is not None:
        path = f"{tenant}/users/{quote(wish.admin_email, safe='')}"
        _expect(api.call("PUT", path, {"role": "admin"}), "the admin was not invited")
    client = None
    if is_new or wish.with_client:  # last, for its secret is told once, and only when all is well
        body = {"name": wish.client_name, "scopes": list(wish.scopes)}
        made = _expect(api.call("POST", f"{tenant}/clients", body), "no client was made")
        client = made.body
    return Done(creditor_id, is_registered=True, is_new=is_new, client=client)


def _claim(api: Api, tenant: str, email: str) -> Mapping[str, Any] | None:
    """Claim the domain of an address; None when it is the deployment's own."""
    domain = email.rpartition("@")[2].lower()
    answer = api.call("PUT", f"{tenant}/sender-identities/{quote(domain, safe='')}")
    if answer.status == HTTPStatus.CONFLICT and "deployment's own" in answer.reasons:
        return None
    claimed: Mapping[str, Any] = _expect(answer, f"the domain {domain} was not claimed").body
    return claimed


def admitted(api_url: str, token_url: str, client: Mapping[str, Any]) -> Api:
    """Sign in as a new client, and wait until the gateway knows it.

    Raises:
        LocalError: It did not in a minute.
    """
    api = Api.of(api_url, token_url, client["client_id"], client["client_secret"])
    deadline = time.monotonic() + ADMIT_SECONDS
    while api.call("GET", "/v1/creditor").status == HTTPStatus.UNAUTHORIZED:
        if time.monotonic() > deadline:
            raise LocalError("the API does not take the new client's token")
        time.sleep(_PAUSE_SECONDS)
    return api


def _expect(answer: Answer, otherwise: str) -> Answer:
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise LocalError(f"{otherwise}:{answer.reasons}")
    return answer


def _read(data: bytes) -> Any:  # noqa: ANN401 - whatever the API says
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None
