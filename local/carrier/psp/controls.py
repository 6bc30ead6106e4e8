"""How to make the provider act: open an account, pay, send money back, go down."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from local.carrier.instants import from_wire, utc_now
from local.carrier.psp.amount_due import due_on
from local.carrier.psp.asked import object_of
from local.carrier.psp.book import Account
from local.carrier.psp.money import add_refund, amount_of, new_pix
from local.carrier.web import HttpProblem, Request, Response, Route, json_response
from regua.domain.errors import InvalidInput
from regua.domain.payoff import business_date
from regua.domain.pix import br_code

if TYPE_CHECKING:
    from datetime import datetime

    from local.carrier.psp.book import Book, Json
    from local.carrier.psp.gate import Gate
    from local.carrier.psp.notifier import Notifier

SHAPES = ("object", "list", "single")
"""How a notification is written: ``{"pix": […]}``, a bare list, or the Pix itself."""
_ACCOUNT = ("client_id", "client_secret", "key", "name", "document")
_MAX_TIMES = 10


@dataclass(slots=True)
class Controls:
    """The routes that steer the provider."""

    book: Book
    gate: Gate
    notifier: Notifier

    def routes(self) -> list[Route]:
        """Return what it answers."""
        one = re.compile(r"/psp/admin/accounts/(?P<client_id>[^/]+)")
        return [
            Route("POST", re.compile("/psp/admin/accounts"), self.open_account),
            Route("GET", one, self.show_account),
            Route("POST", re.compile("/psp/admin/pay"), self.pay),
            Route("POST", re.compile("/psp/admin/refund"), self.refund),
            Route("POST", re.compile("/psp/admin/notify"), self.notify),
            Route("POST", re.compile("/psp/admin/behave"), self.behave),
        ]

    def open_account(self, request: Request) -> Response:
        """Open a receiver's account, or change what it is known by; its money stays."""
        said = object_of(request)
        headers = said.get("hook_headers", {})
        if not all(isinstance(said.get(n), str) for n in _ACCOUNT) or not isinstance(headers, dict):
            raise HttpProblem(HTTPStatus.BAD_REQUEST, f"send {', '.join(_ACCOUNT)} as text")
        fields = {name: said[name] for name in _ACCOUNT}
        with self.book.changing():
            account = self.book.accounts.setdefault(said["client_id"], Account(**fields))
            for name, value in fields.items():
                setattr(account, name, value)
            account.hook_headers = {str(k): str(v) for k, v in headers.items()}
        return json_response({"client_id": account.client_id}, status=HTTPStatus.CREATED)

    def show_account(self, request: Request, client_id: str) -> Response:  # noqa: ARG002 - the signature of a handler
        """Answer what an account holds, its secret aside."""
        account = self._account(client_id)
        return json_response(
            {
                "client_id": account.client_id,
                "key": account.key,
                "webhook": account.webhook,
                "charges": list(account.charges.values()),
                "pix": list(account.received.values()),
            }
        )

    def pay(self, request: Request) -> Response:
        """Pay a charge or a static code, and tell the receiver as asked.

        ``txid`` or ``brcode`` says what is paid (with ``client_id`` and ``amount``, money for
        nothing that is known); ``amount`` pays something else than is due, ``at`` on another day.
        ``notify`` is ``{"shape", "times", "after_seconds"}``, or false for a webhook that is lost.
        """
        said = object_of(request)
        at = _at(said)
        with self.book.changing():
            account, txid = self._asked(said)
            charge = None if txid is None else account.charges.get(txid)
            amount = amount_of(said.get("amount"))
            if amount is None and charge is not None:
                amount = due_on(charge, business_date(at))
            if amount is None:
                raise HttpProblem(HTTPStatus.BAD_REQUEST, "say which amount, such as 10.00")
            pix = new_pix(account, amount, at, txid)
        self._tell(account, pix, said.get("notify", {}))
        return json_response(pix, status=HTTPStatus.CREATED)

    def refund(self, request: Request) -> Response:
        """Send ``amount`` of a Pix (``end_to_end_id``) back, all of it unless told."""
        said = object_of(request)
        with self.book.changing():
            account, pix = self._pix(said)
            amount = amount_of(said.get("amount", pix["valor"]))
            if amount is None:
                raise HttpProblem(HTTPStatus.BAD_REQUEST, "the amount is none, such as 10.00")
            id_ = str(said.get("id", secrets.token_hex(8)))
            entry = add_refund(pix, id_, amount, str(said.get("nature", "ORIGINAL")))
        self._tell(account, pix, said.get("notify", {}))
        return json_response(entry, status=HTTPStatus.CREATED)

    def notify(self, request: Request) -> Response:
        """Tell the receiver of a Pix once more, as asked."""
        said = object_of(request)
        account, pix = self._pix(said)
        self._tell(account, pix, said)
        return Response(HTTPStatus.NO_CONTENT)

    def behave(self, request: Request) -> Response:
        """Go down or come back, or let no token count any more."""
        said = object_of(request)
        is_down = said.get("is_down", self.gate.is_down)
        if not isinstance(is_down, bool):
            raise HttpProblem(HTTPStatus.BAD_REQUEST, 'send {"is_down": true} or false')
        self.gate.is_down = is_down
        if said.get("withdraw_tokens") is True:
            self.gate.withdraw()
        return json_response({"is_down": is_down})

    # ── what is meant ──────────────────────────────────────────────────────────────────────────

    def _account(self, client_id: object) -> Account:
        account = self.book.accounts.get(str(client_id))
        if account is None:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "there is no such account")
        return account

    def _asked(self, said: Json) -> tuple[Account, str | None]:
        """Return who is paid, and the txid that the payment carries."""
        if "brcode" in said:
            return self._of_code(str(said["brcode"]))
        txid = said.get("txid")
        holders = [a for a in self.book.accounts.values() if txid in a.charges]
        if holders and isinstance(txid, str):
            return holders[0], txid
        return self._account(said.get("client_id")), txid if isinstance(txid, str) else None

    def _of_code(self, text: str) -> tuple[Account, str | None]:
        try:
            code = br_code.decode(text)
        except InvalidInput as exc:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, str(exc)) from exc
        for account in self.book.accounts.values():
            if code.key is not None and code.key == account.key:
                return account, None if code.txid == br_code.NO_TXID else code.txid
            for txid, charge in account.charges.items():
                if code.location is not None and charge["location"] == code.location:
                    return account, txid
        raise HttpProblem(HTTPStatus.NOT_FOUND, "nobody here is paid by this code")

    def _pix(self, said: Json) -> tuple[Account, Json]:
        e2eid = said.get("end_to_end_id")
        for account in self.book.accounts.values():
            if e2eid in account.received:
                return account, account.received[str(e2eid)]
        raise HttpProblem(HTTPStatus.NOT_FOUND, "there is no such Pix")

    def _tell(self, account: Account, pix: Json, how: object) -> None:
        """Post a notification of a Pix that has a txid, as many times and as late as asked."""
        if how is False or account.webhook is None or "txid" not in pix:
            return
        asked: dict[str, Any] = how if isinstance(how, dict) else {}
        shape = asked.get("shape", SHAPES[0])
        if shape not in SHAPES:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, f"a shape is one of {', '.join(SHAPES)}")
        body = {"object": {"pix": [pix]}, "list": [pix], "single": pix}[shape]
        url = f"{account.webhook['webhookUrl'].rstrip('/')}/pix"
        for _ in range(min(int(asked.get("times", 1)), _MAX_TIMES)):
            after = float(asked.get("after_seconds", 0))
            self.notifier.tell(url, body, account.hook_headers, after_seconds=after)


def _at(said: Json) -> datetime:
    try:
        return from_wire(str(said["at"])) if "at" in said else utc_now()
    except ValueError:
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "at is no instant") from None
