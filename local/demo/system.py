"""The way into the running system: the bus, the clock, the inbox and the two HTTP fronts.

Only what a creditor's ERP, a recipient's mail program and an operator can do. `life` and `report`
know the `System` protocol; `LocalSystem` is the real one, on the local cloud.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import urllib3

from local.demo.crowd import Hit
from local.demo.message import EMAIL, Message
from local.demo.model import SAO_PAULO
from local.demo.proofs import Laudo, Proof, read_proofs, verify_report
from local.place import LocalError
from local.stack import Stack

SOURCE = "demo"
_WORKERS = 8
_TOUCHES = 3
_BUSY = frozenset({429, 502, 503, 504})
"""What a gateway says for a function that it did not get an answer from."""
_EVENTS_AT_ONCE = 1_000
_PATIENCE_SECONDS = 300.0
_MESSAGE_FIELDS = (
    "seq,channel,dispatch_id,provider_message_id,to,received_at,text,links,images,"
    "unsubscribe_url,behaviour,raw_sha256"
)
_OK, _CREATED, _ACCEPTED, _UNAUTHORISED, _NOT_FOUND = 200, 201, 202, 401, 404
_REDIRECTS = range(300, 400)
_COST_DAYS = 92
_HEAD, _KEYS_AT_ONCE = "HEAD", 100


@dataclass(frozen=True, slots=True)
class DispatchRow:
    """How one planned contact ended, as an operator reads it from the index by day."""

    dispatch_id: str
    step_id: str
    state: str
    reason: str | None
    resent_in_doubt: bool = False
    channel: str = EMAIL
    invoices: tuple[str, ...] = ()
    is_fallback: bool = False
    was_taken: bool = True
    """Whether the provider took the message, whatever became of it."""


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """What the system says about an invoice over HTTP."""

    external_id: str
    status: str
    settled_on: date | None
    was_late: bool
    paid_centavos: int
    balance_centavos: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a channel cost by the system's own account, in centavos."""

    messages: int = 0
    centavos: Decimal = Decimal(0)

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.messages + other.messages, self.centavos + other.centavos)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.messages - other.messages, self.centavos - other.centavos)


class System(Protocol):
    """What the demo needs of the system under observation."""

    @property
    def creditor_id(self) -> str:
        """Return whose portfolio it is."""
        ...

    def put(self, events: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
        """Put (detail type, detail) pairs on the bus; return how many."""
        ...

    def tick(self, as_of: datetime) -> None:
        """Evaluate what is due as of an instant."""
        ...

    def drain(self) -> Mapping[str, int]:
        """Wait until nothing is in flight; return dead letters by queue."""
        ...

    def last_message(self) -> int:
        """Return the position of the newest message of the inbox, 0 when it is empty."""
        ...

    def messages_after(self, position: int) -> Sequence[Message]:
        """Return the messages accepted after a position, oldest first."""
        ...

    def reported_after(self, position: int) -> Mapping[str, str]:
        """Return, by dispatch, the most final state that the carrier reported."""
        ...

    def touch(self, hits: Sequence[Hit]) -> int:
        """Make the requests that people and machines make; return how many went wrong."""
        ...

    def reconciliation(self, day: date) -> Mapping[str, int]:
        """Return the counts of one day."""
        ...

    def dispatches(self, day: date) -> Sequence[DispatchRow]:
        """Return the contacts planned on a day."""
        ...

    def rows(self, dispatch_ids: Sequence[str]) -> Sequence[DispatchRow]:
        """Return these contacts, in no order."""
        ...

    def invoices(self, external_ids: Sequence[str]) -> Mapping[str, InvoiceView]:
        """Return what the system says about invoices; an unknown one is left out."""
        ...

    def timelines(self, external_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Return the timeline of each invoice, in the order asked for."""
        ...

    def stopped(self, customer_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the channels that each customer stopped."""
        ...

    def costs(self, first: date, last: date) -> Mapping[str, Spent]:
        """Return what each channel cost on the days from first to last."""
        ...

    def seal(self) -> None:
        """Seal the evidence until nothing is left unsealed."""
        ...

    def proofs(self, dispatch_ids: Sequence[str]) -> Sequence[Proof]:
        """Return what the evidence of these messages says."""
        ...

    def laudo(self, external_id: str, folder: Path) -> Laudo | None:
        """Have a report about an invoice issued, keep it in a folder and verify it there."""
        ...


@dataclass(slots=True)
class LocalSystem:
    """The stacks on the local cloud."""

    stack: Stack
    _http: urllib3.PoolManager = field(init=False)
    _token: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self._http = urllib3.PoolManager(maxsize=_WORKERS, retries=False, timeout=30.0)

    @property
    def creditor_id(self) -> str:
        """Return the creditor that the local cloud comes with."""
        return self.stack.creditor_id

    def put(self, events: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
        """Put (detail type, detail) pairs on the bus, no more at once than queues take well."""
        told, remaining = 0, iter(events)
        while portion := list(islice(remaining, _EVENTS_AT_ONCE)):
            if told:
                self.drain()
            told += self.stack.put_events(portion, SOURCE)
        return told

    def tick(self, as_of: datetime) -> None:
        """Evaluate what is due as of an instant."""
        self.stack.tick(as_of.isoformat())

    def drain(self) -> Mapping[str, int]:
        """Wait until nothing is in flight; return dead letters by queue."""
        return self.stack.drain(_PATIENCE_SECONDS).dead_letters

    def last_message(self) -> int:
        """Return the position of the newest message of the inbox, 0 when it is empty."""
        newest = self._inbox("limit=1&fields=seq")
        return int(newest[0]["seq"]) if newest else 0

    def messages_after(self, position: int) -> Sequence[Message]:
        """Return the messages accepted after a position, oldest first."""
        found = self._inbox(f"after={position}&fields={_MESSAGE_FIELDS}")
        return [Message.from_inbox(document) for document in found]

    def reported_after(self, position: int) -> Mapping[str, str]:
        """Return, by dispatch, the most final state that the carrier reported."""
        found = self._inbox(f"after={position}&fields=dispatch_id,state")
        return {d["dispatch_id"]: d["state"] for d in found if d["dispatch_id"]}

    def _inbox(self, query: str) -> list[dict[str, Any]]:
        url = f"{self.stack.inbox_url}/messages?{query}"
        answer = self._http.request("GET", url)
        if answer.status != _OK:
            raise LocalError(f"the inbox answered {answer.status}: {url}")
        documents: list[dict[str, Any]] = json.loads(answer.data)
        return documents

    def touch(self, hits: Sequence[Hit]) -> int:
        """Make the requests that people and machines make; return how many went wrong."""
        with ThreadPoolExecutor(_WORKERS) as pool:
            return sum(pool.map(self._touch_failed, hits))

    def _touch_failed(self, hit: Hit) -> bool:
        headers = {**hit.headers, "user-agent": hit.user_agent, "x-regua-as-of": _wire(hit.at)}
        url = f"{self.stack.inbox_url}{hit.url}" if hit.url.startswith("/") else hit.url
        status = 0
        for _ in range(_TOUCHES):
            status = self._http.request(
                hit.method, url, headers=headers, body=hit.body, redirect=False
            ).status
            if status not in _BUSY:  # who sees that the site is busy presses once more
                break
        return status not in {_OK, _ACCEPTED, *_REDIRECTS}

    def reconciliation(self, day: date) -> Mapping[str, int]:
        """Return the counts of one day."""
        document = self._get(f"/v1/reconciliation?day={day.isoformat()}") or {}
        return {key: value for key, value in document.items() if type(value) is int}

    def dispatches(self, day: date) -> Sequence[DispatchRow]:
        """Return the contacts planned on a day."""
        pages = self.stack.dynamodb.get_paginator("query").paginate(
            TableName=self.stack.tables["messages"],
            IndexName="by_day",
            KeyConditionExpression="day_key = :day",
            ExpressionAttributeValues={":day": {"S": f"{self.creditor_id}#{day.isoformat()}"}},
        )
        return self.rows([item["pk"]["S"] for page in pages for item in page["Items"]])

    def rows(self, dispatch_ids: Sequence[str]) -> Sequence[DispatchRow]:
        """Return these contacts, in no order."""
        with ThreadPoolExecutor(_WORKERS) as pool:
            found = pool.map(self._items, batched(dispatch_ids))
            return [_row(item) for items in found for item in items]

    def _items(self, dispatch_ids: Sequence[str]) -> list[Mapping[str, Any]]:
        table = self.stack.tables["messages"]
        found: list[Mapping[str, Any]] = []
        keys: Any = [{"pk": {"S": key}, "sk": {"S": _HEAD}} for key in dict.fromkeys(dispatch_ids)]
        while keys:
            answer = self.stack.dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})
            found += answer["Responses"].get(table, ())
            left = answer.get("UnprocessedKeys", {})
            keys = left[table]["Keys"] if table in left else []
        return found

    def invoices(self, external_ids: Sequence[str]) -> Mapping[str, InvoiceView]:
        """Return what the system says about invoices; an unknown one is left out."""
        paths = [f"/v1/invoices/{quote(key, safe='')}" for key in external_ids]
        found = zip(external_ids, self._get_all(paths), strict=True)
        return {key: _view(document) for key, document in found if document}

    def timelines(self, external_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Return the timeline of each invoice, in the order asked for."""
        paths = [f"/v1/invoices/{quote(key, safe='')}/timeline" for key in external_ids]
        return (document or {} for document in self._get_all(paths))

    def stopped(self, customer_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the channels that each customer stopped."""
        paths = [f"/v1/customers/{quote(key, safe='')}" for key in customer_ids]
        found = zip(customer_ids, self._get_all(paths), strict=True)
        return {key: frozenset((document or {}).get("opt_outs", ())) for key, document in found}

    def costs(self, first: date, last: date) -> Mapping[str, Spent]:
        """Return what each channel cost on the days from first to last."""
        spent: dict[str, Spent] = {}
        while first <= last:
            until = min(last, first + timedelta(days=_COST_DAYS - 1))
            path = f"/v1/costs?from={first.isoformat()}&to={until.isoformat()}"
            for channel, told in ((self._get(path) or {}).get("by_channel") or {}).items():
                more = Spent(
                    int(told["sent"]) + int(told["failed"]), Decimal(told["cost_centavos"])
                )
                spent[channel] = spent.get(channel, Spent()) + more
            first = until + timedelta(days=1)
        return spent

    def seal(self) -> None:
        """Seal the evidence until nothing is left unsealed."""
        while True:
            answer = self.stack.seal()
            if answer["failed"]:
                raise LocalError(f"the evidence was not sealed: {answer['failed']}")
            if answer["drained"]:
                return

    def proofs(self, dispatch_ids: Sequence[str]) -> Sequence[Proof]:
        """Return what the evidence of these messages says."""
        return read_proofs(self.stack, dispatch_ids)

    def laudo(self, external_id: str, folder: Path) -> Laudo | None:
        """Have a report about an invoice issued, keep it in a folder and verify it there."""
        path = f"/v1/invoices/{quote(external_id, safe='')}/report"
        answer = self._ask(path, "POST")
        if answer.status != _CREATED:
            raise LocalError(f"POST {path} answered {answer.status}: {answer.data[:300]!r}")
        issued = json.loads(answer.data)
        pdf = self._http.request("GET", issued["download_url"]).data
        folder.mkdir(parents=True, exist_ok=True)
        anchors = Path(self.stack.evidence_anchors or "")
        return verify_report(pdf, issued["number"], folder / "laudo.pdf", anchors)

    def _get_all(self, paths: Sequence[str]) -> list[dict[str, Any] | None]:
        with ThreadPoolExecutor(_WORKERS) as pool:
            return list(pool.map(self._get, paths))

    def _get(self, path: str) -> dict[str, Any] | None:
        """Return a document, or nothing for 404; a token that ran out is replaced once."""
        answer = self._ask(path)
        if answer.status == _UNAUTHORISED:
            self._token = ""
            answer = self._ask(path)
        if answer.status == _NOT_FOUND:
            return None
        if answer.status != _OK:
            raise LocalError(f"GET {path} answered {answer.status}: {answer.data[:300]!r}")
        document: dict[str, Any] = json.loads(answer.data)
        return document

    def _ask(self, path: str, method: str = "GET") -> urllib3.BaseHTTPResponse:
        self._token = self._token or self.stack.token()
        headers = {"authorization": f"Bearer {self._token}"}
        return self._http.request(method, f"{self.stack.api_url}{path}", headers=headers)


def batched(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Divide keys into as many as one request takes."""
    return (keys[n : n + _KEYS_AT_ONCE] for n in range(0, len(keys), _KEYS_AT_ONCE))


def _wire(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")


def _row(item: Mapping[str, Any]) -> DispatchRow:
    def text(name: str) -> str | None:
        value: str | None = item.get(name, {}).get("S")
        return value

    plan = json.loads(text("plan") or "{}")
    return DispatchRow(
        dispatch_id=text("dispatch_id") or text("pk") or "",
        step_id=text("step_id") or "",
        state=text("state") or "",
        reason=text("reason"),
        resent_in_doubt=bool(next(iter(item.get("resent_in_doubt", {}).values()), False)),
        channel=text("channel") or EMAIL,
        invoices=tuple(invoice_id for invoice_id, _ in plan.get("invoices", ())),
        is_fallback=bool(plan.get("fallback_of")),
        was_taken=text("sent_at") is not None,
    )


def _view(document: Mapping[str, Any]) -> InvoiceView:
    settled_at = document.get("settled_at")
    return InvoiceView(
        external_id=document["external_id"],
        status=document["status"],
        settled_on=_local_date(settled_at) if settled_at else None,
        was_late=bool(document.get("was_late")),
        paid_centavos=int(document.get("paid_centavos") or 0),
        balance_centavos=int(document.get("balance_centavos") or 0),
    )


def _local_date(instant: str) -> date:
    return datetime.fromisoformat(instant).astimezone(SAO_PAULO).date()
