"""The dispatch ledger on DynamoDB: one HEAD item per dispatch, one item per fact about it.

The conditions in the expressions are the ledger's promises; the in-memory twin states them in
plain code and one contract suite runs on both.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_batches import get_all
from regua.adapters.dynamodb_chain import (
    DynamoChain,
    kept_attributes,
    read_entry,
    read_event,
    read_kept,
    unchained_item,
)
from regua.adapters.records import dispatch_document, instant, read_dispatch
from regua.application.ports import AccountKey, ChainLink, DayEntry
from regua.application.wire import instant_text
from regua.domain.delivery import MessageEvent
from regua.domain.dispatch import Claim, Dispatch, DispatchRecord, DispatchState, Ending
from regua.domain.exact import Kept
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
_SAME_PLAN = "(attribute_not_exists(#plan_key) OR #plan_key = :plan_key)"
_UNCLAIMED = f"(attribute_not_exists(#state) OR #state = :planned) AND {_SAME_PLAN}"
_NAMES = {"#state": "state"}
_PAUSES = (0.01, 0.03, 0.1, 0.3)
"""Seconds between tries while a transaction holds an item; they take some ten milliseconds."""
_PRESENT = SystemClock().now


def head_key(dispatch_id: DispatchId) -> dict[str, Any]:
    """Return the key of a dispatch's HEAD item."""
    return {"pk": {"S": dispatch_id}, "sk": {"S": keys.HEAD}}


def plan_attributes(dispatch: Dispatch) -> dict[str, Any]:
    """Return the attributes that describe what was planned."""
    return {
        "plan": {"S": dispatch_document(dispatch)},
        "plan_key": {"S": dispatch.plan_key},
        "dispatch_id": {"S": dispatch.dispatch_id},
        "creditor_id": {"S": dispatch.creditor_id},
        "customer_id": {"S": dispatch.customer_id},
        "channel": {"S": dispatch.channel.value},
        "step_id": {"S": dispatch.step_id},
        "decided_at": {"S": instant_text(dispatch.decided_at)},
        "day_key": {"S": keys.day(dispatch.creditor_id, dispatch.decided_on)},
        "account_key": {"S": keys.account(dispatch.creditor_id, dispatch.customer_id)},
    }


def ending_attributes(ending: Ending) -> dict[str, Any]:
    """Return the attributes that say how a dispatch ended."""
    attributes = {"state": {"S": ending.state.value}}
    if ending.reason is not None:
        attributes["reason"] = {"S": ending.reason.value}
    if ending.until is not None:
        attributes["until"] = {"S": instant_text(ending.until)}
    if ending.rule is not None:
        attributes["rule_code"] = {"S": ending.rule}
    return attributes


def head_update(dispatch: Dispatch, changes: Mapping[str, Any], *, over: bool) -> dict[str, Any]:
    """Return an update that writes ``changes`` and, where still missing, the plan.

    With ``over`` the changes are written over what is there, on condition that nobody has claimed
    the dispatch; without it, what is there stands. Another plan is never mixed with this one.
    """
    plan = plan_attributes(dispatch)
    names = {f"#{name}": name for name in {*plan, *changes, "state"}}
    values: dict[str, Any] = {f":{name}": value for name, value in {**plan, **changes}.items()}
    sets = [f"#{name} = if_not_exists(#{name}, :{name})" for name in plan]
    if over:
        sets += [f"#{name} = :{name}" for name in changes]
        values[":planned"] = {"S": DispatchState.PLANNED.value}
    else:
        sets += [f"#{name} = if_not_exists(#{name}, :{name})" for name in changes]
    return {
        "Key": head_key(dispatch.dispatch_id),
        "UpdateExpression": "SET " + ", ".join(sets),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ConditionExpression": _UNCLAIMED if over else _SAME_PLAN,
    }


def planned_update(dispatch: Dispatch) -> dict[str, Any]:
    """Return the write that records a plan; whatever a faster sender of it wrote stands."""
    planned = {"state": {"S": DispatchState.PLANNED.value}}
    return head_update(dispatch, planned, over=False)


def ended_update(dispatch: Dispatch, ending: Ending) -> dict[str, Any]:
    """Return the write that ends a dispatch, on condition that nobody has claimed it."""
    return head_update(dispatch, ending_attributes(ending), over=True)


class DynamoLedger:
    """The dispatch ledger on the ``messages`` table."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        clock: Callable[[], datetime] = _PRESENT,
    ) -> None:
        self._client = client
        self._table = table
        self._chain = DynamoChain(client, table, clock)

    def claim(
        self,
        dispatch: Dispatch,
        links: Sequence[InvoiceId],
        at: datetime,
        content: Kept | None = None,
    ) -> tuple[Claim, DispatchRecord]:
        """Ask to send: granted at most once until released."""
        changes = {
            "state": {"S": DispatchState.CLAIMED.value},
            "claimed_at": {"S": instant_text(at)},
            "links": {"L": [{"S": link} for link in links]},
            **kept_attributes(content),
        }
        update = head_update(dispatch, changes, over=True)
        try:
            answer = self._update(
                ReturnValues="ALL_NEW", ReturnValuesOnConditionCheckFailure="ALL_OLD", **update
            )
        except self._client.exceptions.ConditionalCheckFailedException as exc:
            found: Item = exc.response.get("Item") or self._head(dispatch.dispatch_id)  # type: ignore[assignment]  # untyped in botocore
            known = read_record(found)
            return (Claim.DONE if known.ended else Claim.IN_DOUBT), known
        return Claim.GRANTED, read_record(answer["Attributes"])

    def take_over(self, record: DispatchRecord, at: datetime, content: Kept | None = None) -> bool:
        """Claim a dispatch in doubt for its one recorded resend."""
        if record.claimed_at is None:
            return False
        kept = kept_attributes(content)
        sets = "".join(f", #{name} = :{name}" for name in kept)
        return self._change(
            record.dispatch.dispatch_id,
            f"SET claimed_at = :at, resent_in_doubt = :yes{sets}",
            "#state = :claimed AND claimed_at = :seen AND attribute_not_exists(resent_in_doubt)",
            {
                ":at": {"S": instant_text(at)},
                ":seen": {"S": instant_text(record.claimed_at)},
                ":claimed": {"S": DispatchState.CLAIMED.value},
                ":yes": {"BOOL": True},
                **{f":{name}": value for name, value in kept.items()},
            },
            names={**_NAMES, **{f"#{name}": name for name in kept}},
        )

    def release(self, dispatch_id: DispatchId, *, in_doubt_since: datetime | None = None) -> None:
        """Give a claim back; one that took over a doubt leaves the doubt as it was."""
        claimed = {":claimed": {"S": DispatchState.CLAIMED.value}}
        if in_doubt_since is None:
            update = "SET #state = :planned REMOVE claimed_at"
            values = {":planned": {"S": DispatchState.PLANNED.value}}
        else:
            update = "SET claimed_at = :since REMOVE resent_in_doubt"
            values = {":since": {"S": instant_text(in_doubt_since)}}
        self._change(dispatch_id, update, "#state = :claimed", claimed | values)

    def end_unclaimed(self, dispatch: Dispatch, ending: Ending) -> bool:
        """End a dispatch that was never claimed."""
        try:
            self._update(**ended_update(dispatch, ending))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def mark_sent(
        self,
        dispatch: Dispatch,
        *,
        provider_message_id: str,
        at: datetime,
        cost: Decimal = Decimal(0),
        facts: Sequence[MessageEvent] = (),
    ) -> None:
        """Record that the provider took the message; a failure already recorded stands."""
        values = {
            ":at": {"S": instant_text(at)},
            ":id": {"S": provider_message_id},
            ":cost": {"N": f"{cost:f}"},
        }
        told = "sent_at = :at, provider_message_id = :id, cost = if_not_exists(cost, :cost)"
        sent = {":sent": {"S": DispatchState.SENT.value}}
        failed = {":failed": {"S": DispatchState.FAILED.value}}
        if not self._change_with(
            dispatch,
            facts,
            f"SET #state = :sent, {told}",
            "#state <> :failed",
            values | sent | failed,
        ):
            self._change_with(dispatch, facts, f"SET {told}", "#state = :failed", values | failed)

    def _change_with(
        self,
        dispatch: Dispatch,
        facts: Sequence[MessageEvent],
        update: str,
        condition: str,
        values: Mapping[str, Any],
    ) -> bool:
        """Change a HEAD item and add facts, both or neither."""
        if not facts:
            return self._change(dispatch.dispatch_id, update, condition, values)
        change = {
            "TableName": self._table,
            "Key": head_key(dispatch.dispatch_id),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": values,
        }
        return self._chain.add_with(dispatch.creditor_id, facts, change)

    def correct_cost(self, dispatch_id: DispatchId, cost: Decimal) -> None:
        """Put the provider's own price in the place of the estimate."""
        self._change(
            dispatch_id,
            "SET cost = :cost",
            "attribute_exists(#state)",
            {":cost": {"N": f"{cost:f}"}},
        )

    def end_claimed(self, dispatch_id: DispatchId, ending: Ending) -> None:
        """End a claimed dispatch; unknown ones are left alone."""
        changes = ending_attributes(ending)
        sets = ", ".join("#state = :state" if n == "state" else f"#{n} = :{n}" for n in changes)
        self._change(
            dispatch_id,
            f"SET {sets}",
            "attribute_exists(pk)",
            {f":{name}": value for name, value in changes.items()},
            names={f"#{name}": name for name in changes},
        )

    def _change(
        self,
        dispatch_id: DispatchId,
        update: str,
        condition: str,
        values: Mapping[str, Any],
        *,
        names: Mapping[str, str] | None = None,
    ) -> bool:
        try:
            self._update(
                Key=head_key(dispatch_id),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names or _NAMES,
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _update(self, **update: Any) -> Item:  # noqa: ANN401 - boto3's own keywords
        """Update an item, waiting while the evaluator's transaction holds it.

        The SDK does not repeat this refusal, and a send that cannot be recorded is a doubt.
        """
        for pause_seconds in _PAUSES:
            try:
                return self._client.update_item(TableName=self._table, **update)
            except self._client.exceptions.TransactionConflictException:
                time.sleep(pause_seconds)
        return self._client.update_item(TableName=self._table, **update)

    def confirm_sent(
        self,
        dispatch_id: DispatchId,
        *,
        provider_message_id: str,
        at: datetime,
        has_arrived: bool = False,
        cost: Decimal = Decimal(0),
    ) -> None:
        """Correct a doubt that was given up: a receipt proves that the message went out."""
        unrecorded = "attribute_not_exists(sent_at)"
        wrong = f"{unrecorded} AND (#state = :suppressed OR #reason = :undeliverable)"
        if has_arrived:
            wrong = f"#reason = :undeliverable OR ({unrecorded} AND #state = :suppressed)"
        self._change(
            dispatch_id,
            "SET #state = :sent, sent_at = if_not_exists(sent_at, :at),"
            " provider_message_id = if_not_exists(provider_message_id, :id),"
            " cost = if_not_exists(cost, :cost) REMOVE #reason, rule_code",
            f"attribute_exists(claimed_at) AND ({wrong})",
            {
                ":sent": {"S": DispatchState.SENT.value},
                ":suppressed": {"S": DispatchState.SUPPRESSED.value},
                ":undeliverable": {"S": Reason.UNDELIVERABLE.value},
                ":at": {"S": instant_text(at)},
                ":id": {"S": provider_message_id},
                ":cost": {"N": f"{cost:f}"},
            },
            names={**_NAMES, "#reason": "reason"},
        )

    def append(self, events: Sequence[MessageEvent]) -> None:
        """Add facts to their messages' chains; a second copy of one changes nothing.

        What is told about a dispatch that the table does not know is kept too, outside of any chain
        and without the bytes behind it.
        """
        for event in self._chain.add(events):
            with suppress(self._client.exceptions.ConditionalCheckFailedException):
                self._client.put_item(
                    TableName=self._table,
                    Item=unchained_item(event),
                    ConditionExpression="attribute_not_exists(pk)",
                )

    def find(self, dispatch_id: DispatchId) -> tuple[DispatchRecord, Sequence[MessageEvent]] | None:
        """Read a dispatch and its facts, oldest first."""
        items = list(
            self._query(
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": dispatch_id}},
                ConsistentRead=True,
            )
        )
        head = next((i for i in items if i["sk"]["S"] == keys.HEAD and "plan" in i), None)
        if head is None:
            return None
        events = [read_event(i) for i in items if i["sk"]["S"].startswith(keys.EVENT)]
        return read_record(head), sorted(events, key=lambda e: (e.at, e.kind))

    def chain(self, dispatch_id: DispatchId) -> Sequence[ChainLink]:
        """Read a message's chain, from its first entry."""
        items = self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :event)",
            ExpressionAttributeValues={":pk": {"S": dispatch_id}, ":event": {"S": keys.EVENT}},
            ConsistentRead=True,
        )
        entries = (read_entry(item) for item in items)
        links = [ChainLink(*entry) for entry in entries if entry is not None]
        return sorted(links, key=lambda link: link.entry.seq)

    def accounts_of(self, dispatch_ids: Collection[DispatchId]) -> Mapping[DispatchId, AccountKey]:
        """Tell whose dispatches these are; unknown ones are left out."""
        items = get_all(
            self._client,
            self._table,
            [head_key(each) for each in sorted(dispatch_ids)],
            ConsistentRead=True,
            ProjectionExpression="pk, creditor_id, customer_id",
        )
        return {
            DispatchId(item["pk"]["S"]): AccountKey(
                CreditorId(item["creditor_id"]["S"]), CustomerId(item["customer_id"]["S"])
            )
            for item in items
            if "customer_id" in item
        }

    def of_account(
        self, creditor_id: CreditorId, customer_id: CustomerId
    ) -> Sequence[DispatchRecord]:
        """Return an account's dispatches, oldest first."""
        items = self._query(
            IndexName=keys.ACCOUNT_INDEX,
            KeyConditionExpression="account_key = :key",
            ExpressionAttributeValues={":key": {"S": keys.account(creditor_id, customer_id)}},
        )
        return [read_record(item) for item in items]

    def of_day(self, creditor_id: CreditorId, day: date) -> Iterable[DayEntry]:
        """Return how the dispatches planned on a day stand."""
        for item in self._query(
            IndexName=keys.DAY_INDEX,
            KeyConditionExpression="day_key = :key",
            ExpressionAttributeValues={":key": {"S": keys.day(creditor_id, day)}},
        ):
            yield DayEntry(
                DispatchId(item["dispatch_id"]["S"]),
                DispatchState(item["state"]["S"]),
                _reason(item),
                item.get("resent_in_doubt", {}).get("BOOL", False),
                Channel(item["channel"]["S"]),
                item["step_id"]["S"],
                _cost(item),
            )

    def _head(self, dispatch_id: DispatchId) -> Item:
        answer = self._client.get_item(
            TableName=self._table, Key=head_key(dispatch_id), ConsistentRead=True
        )
        return answer["Item"]

    def _query(self, **query: Any) -> Iterator[Item]:  # noqa: ANN401 - boto3's own keywords
        pages = self._client.get_paginator("query").paginate(TableName=self._table, **query)
        for page in pages:
            yield from page["Items"]


def read_record(item: Item) -> DispatchRecord:
    """Read a HEAD item."""
    plain = {name: value["S"] for name, value in item.items() if "S" in value}
    return DispatchRecord(
        dispatch=read_dispatch(plain, plain["plan"]),
        state=DispatchState(plain["state"]),
        reason=_reason(item),
        until=_at(plain, "until"),
        claimed_at=_at(plain, "claimed_at"),
        sent_at=_at(plain, "sent_at"),
        provider_message_id=plain.get("provider_message_id"),
        resent_in_doubt=item.get("resent_in_doubt", {}).get("BOOL", False),
        rule=plain.get("rule_code"),
        cost=_cost(item),
        content=read_kept(item),
    )


def _cost(item: Item) -> Decimal:
    return Decimal(item.get("cost", {}).get("N", "0"))


def _reason(item: Item) -> Reason | None:
    return Reason(item["reason"]["S"]) if "reason" in item else None


def _at(plain: Mapping[str, str], name: str) -> datetime | None:
    return instant(plain[name]) if name in plain else None
