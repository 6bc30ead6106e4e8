"""The route that takes many invoices at once: one result for each, none lost when one is bad."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field, SkipValidation, ValidationError

from regua.application.facts_in import InvoiceData
from regua.application.ingest import Ingested
from regua.application.issue_together import MOST_TOGETHER, Described, Issued
from regua.application.ports import Creditor
from regua.application.preconditions import invoice_tag
from regua.application.validation import invalid_input, told
from regua.application.wire import Instant
from regua.domain.errors import InvalidInput
from regua.domain.ids import InvoiceId
from regua.runtime.http import (
    RETRY_AFTER,
    RETRY_AFTER_SECONDS,
    Told,
    attempted,
    respond,
    told_of,
    under_body,
)

from . import context
from .context import app, caller, known_ruler, logger, metrics, occurred, present, seconds_left

MOST = 500
_NO_TIME = Told(
    HTTPStatus.SERVICE_UNAVAILABLE, "There was no time left for this one; send it again."
)
View = Mapping[str, Any]


class BatchInvoice(InvoiceData):
    """An invoice of a batch."""

    occurred_at: Instant | None = Field(
        default=None,
        description="When it happened in your system; orders updates. Defaults to now.",
    )


class BatchBody(BaseModel):
    """Invoices to create or update; each is checked by itself."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    invoices: Annotated[list[SkipValidation[BatchInvoice]], Field(min_length=1, max_length=MOST)]


class Taken(NamedTuple):
    """An invoice that was taken: 201 or 200, and its entity tag."""

    status: HTTPStatus
    etag: str


class Sent(NamedTuple):
    """An invoice of the batch that can be read: its number, and what it says."""

    number: int
    told: Described


@app.post("/v1/invoices/batch", tags=["invoices"], summary="Create or update many invoices")
def post_batch(body: BatchBody) -> Response[Any]:
    """Answer one result per invoice, in their order: 201, 200, or the problem that it has.

    One that is bad keeps no other from being taken. Those of one customer are taken together. An
    invoice for which the time of the call was not enough is answered 503: send it again, as you
    may send any again.
    """
    read = list(_read(body.invoices))
    creditor = caller(*{name for one in read for name in _rulers(one)})
    done: dict[int, Taken | Told] = {}
    sent: list[Sent] = []
    for number, one in enumerate(read):
        found = one if isinstance(one, Told) else _described(number, one, creditor)
        if isinstance(found, Told):
            done[number] = found
        else:
            sent.append(Sent(number, found))
    known = context.wire().together.known(
        creditor.creditor_id, [one.told.invoice.external_id for one in sent]
    )
    for some in _groups(sent):
        done |= _taken(some, creditor, known) if seconds_left() >= 0 else _put_off(some)
    results = [_result(n, one, done[n]) for n, one in enumerate(body.invoices)]
    answer = respond({**_counts(list(done.values())), "results": results})
    if any(_is_ours(one.status) for one in done.values()):
        answer.headers[RETRY_AFTER] = str(RETRY_AFTER_SECONDS)
    return answer


def _read(sent: Sequence[object]) -> Iterator[BatchInvoice | Told]:
    """Read every invoice, or tell what is wrong with it; an id that comes again is wrong."""
    first: dict[str, int] = {}
    for number, one in enumerate(sent):
        path = f"body.invoices.{number}"
        try:
            invoice = BatchInvoice.model_validate(one)
        except ValidationError as exc:
            yield told_of(InvalidInput(told(invalid_input(exc, under=path).problems)))
            continue
        known = first.setdefault(invoice.external_id, number)
        if known != number:
            reason = f"is also that of body.invoices.{known}"
            yield told_of(InvalidInput.at(f"{path}.external_id", reason))
        else:
            yield invoice


def _rulers(one: BatchInvoice | Told) -> Iterator[str | None]:
    if isinstance(one, BatchInvoice):
        yield one.ruler
        yield one.customer.ruler


def _described(number: int, one: BatchInvoice, creditor: Creditor) -> Described | Told:
    """Return an invoice as the domain knows it, or what is wrong with it."""
    name = f"invoices.{number}"

    def build() -> Described:
        known_ruler(creditor, one.ruler, f"{name}.ruler")
        known_ruler(creditor, one.customer.ruler, f"{name}.customer.ruler")
        at = occurred(one.occurred_at, f"{name}.occurred_at")
        customer_id = one.customer.external_id
        customer = under_body(
            lambda: one.customer.to_domain(customer_id, at), f"body.{name}.customer"
        )
        return Described(one.to_domain(one.external_id, at), customer)

    return attempted(build, logger=logger, metrics=metrics)


def _groups(sent: Sequence[Sent]) -> Iterator[Sequence[Sent]]:
    """Yield the invoices of each customer, as many at a time as are written together."""
    of_customer: dict[str, list[Sent]] = {}
    for one in sent:
        of_customer.setdefault(one.told.invoice.customer_id, []).append(one)
    for mine in of_customer.values():
        for start in range(0, len(mine), MOST_TOGETHER):
            yield mine[start : start + MOST_TOGETHER]


def _put_off(some: Sequence[Sent]) -> Mapping[int, Taken | Told]:
    return {one.number: _NO_TIME for one in some}


def _taken(
    some: Sequence[Sent], creditor: Creditor, known: Collection[InvoiceId]
) -> Mapping[int, Taken | Told]:
    """Take some invoices of one customer together, and each that cannot be so by itself."""
    told = [one.told for one in some]
    together = context.wire().together
    found = attempted(
        lambda: together(creditor, told, known, now=present()), logger=logger, metrics=metrics
    )
    issued: Sequence[Issued | None] = [None] * len(some) if isinstance(found, Told) else found
    return {
        one.number: _alone(one.told, creditor) if done is None else _said(done)
        for one, done in zip(some, issued, strict=True)
    }


def _alone(told: Described, creditor: Creditor) -> Taken | Told:
    if seconds_left() < 0:
        return _NO_TIME
    ingest = context.wire().ingest
    issue = partial(ingest.issue_invoice, creditor, *told, now=present())
    return attempted(lambda: _said(Issued(*issue())), logger=logger, metrics=metrics)


def _said(issued: Issued) -> Taken:
    status = HTTPStatus.CREATED if issued.done is Ingested.CREATED else HTTPStatus.OK
    return Taken(status, f'"{invoice_tag(issued.invoice)}"')


def _result(number: int, sent: object, done: Taken | Told) -> View:
    external_id = sent.get("external_id") if isinstance(sent, Mapping) else None
    result = {
        "index": number,
        "external_id": external_id if isinstance(external_id, str) else None,
        "status": done.status.value,
    }
    if isinstance(done, Told):
        return {**result, "etag": None, "problem": done.document(app.current_event.path)}
    return {**result, "etag": done.etag, "problem": None}


def _counts(done: Sequence[Taken | Told]) -> Mapping[str, int]:
    statuses = [one.status for one in done]
    to_send_again = sum(_is_ours(status) for status in statuses)
    created, updated = statuses.count(HTTPStatus.CREATED), statuses.count(HTTPStatus.OK)
    return {
        "created": created,
        "updated": updated,
        "refused": len(done) - created - updated - to_send_again,
        "to_send_again": to_send_again,
    }


def _is_ours(status: HTTPStatus) -> bool:
    """Tell whether the fault is not the sender's: the same invoice again may be taken."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR
