"""Whatever comes in a header, a cursor or a queue is read or refused, and is never an accident.

The other parsers are fuzzed where they are tested; docs/fuzzing.md lists them all.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.deliver_webhooks import handler as deliver_webhooks
from functions.issue_recurring import handler as issue_recurring
from functions.make_charges import handler as make_charges
from functions.process_webhook import handler as process_webhook
from regua.adapters.memory import MemoryDirectory
from regua.adapters.memory_calls import MemoryAnswers, MemoryCalls
from regua.adapters.memory_imports import MemoryImportFiles, MemoryImportQueue, MemoryImports
from regua.application.imports.manage_imports import ManageImports
from regua.application.offers_document import read_offers
from regua.application.page_document import read_page_document
from regua.application.wire import Message
from regua.domain.cursors import cursor_to
from regua.domain.errors import InvalidInput
from regua.domain.imports.job import ImportJob, JobId
from regua.runtime.calls import Entrance
from regua.runtime.entity_tags import expectation_of
from tests.builders import CREDITOR, any_creditor
from tests.integration.lambdas import recorded

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
JOB = JobId(f"{1:024x}")
HEADER = st.text(max_size=300) | st.text('"W/*, \\', max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "creditor", "creditor_id", "as_of", "shard", "ref", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["if-match", "if-none-match"]), HEADER))
def test_any_entity_tag_is_an_expectation_or_refused(headers: dict[str, str]) -> None:
    with suppress(InvalidInput):
        found = expectation_of(headers)
        assert all('"' not in tag for tag in found.matches | found.differs)
        assert bool(found) or not headers


@given(
    st.none() | HEADER,
    st.none() | st.text(max_size=200) | JSON.map(json.dumps) | st.sampled_from(["NaN", "1e999"]),
    st.booleans(),
    st.sampled_from(["application/json", "text/xml", "", ";"]),
)
@settings(deadline=None)
def test_any_idempotency_key_and_body_pass_or_are_a_problem_document(
    key: str | None,
    body: str | None,
    is_base64: bool,  # noqa: FBT001 - drawn
    kind: str,
) -> None:
    passed: list[Mapping[str, Any]] = []

    def proceed(event: Mapping[str, Any]) -> dict[str, Any]:
        passed.append(event)
        return {"statusCode": 201, "headers": {}, "body": "{}"}

    entrance = Entrance(
        MemoryAnswers(), MemoryCalls(), MemoryDirectory(any_creditor()), lambda: NOW
    )
    event = recorded("http_request")
    event["requestContext"]["http"]["method"] = "POST"
    event |= {"body": body, "isBase64Encoded": is_base64}
    event["headers"] |= {"content-type": kind}
    if key is not None:
        event["headers"] |= {"idempotency-key": key}
    answer = entrance(event, proceed)
    if passed:
        assert answer["statusCode"] == 201
        assert key is None or 0 < len(key) <= 255
        return
    assert answer["statusCode"] in {415, 422}
    assert json.loads(answer["body"])["status"] == answer["statusCode"]


@given(
    st.text(max_size=60)
    | st.builds(
        cursor_to,
        st.sampled_from((f"imports#{CREDITOR}", f"import-results#{CREDITOR}#{JOB}")),
        st.from_regex(r"([0-9a-f]{24}|\d{1,8})?.{0,3}", fullmatch=True),
    ),
    st.booleans(),
)
def test_any_cursor_of_imports_is_ours_or_refused(cursor: str, is_list: bool) -> None:  # noqa: FBT001 - drawn
    imports = MemoryImports()
    imports.create(ImportJob(CREDITOR, JOB, "titulos.csv", NOW))
    desk = ManageImports(imports, imports, MemoryImportFiles(), MemoryImportQueue(), lambda _: JOB)
    with suppress(InvalidInput):
        page = desk.page(CREDITOR, cursor, 10) if is_list else desk.results(CREDITOR, JOB, cursor)
        assert len(page) == 2


READERS: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "deliver_webhooks": deliver_webhooks.read,
    "issue_recurring": issue_recurring.read,
    "make_charges": make_charges.read,
    "process_webhook": process_webhook.read,
}


@pytest.mark.parametrize("reader", READERS)
@given(body=st.text(max_size=60) | JSON.map(json.dumps))
@settings(deadline=None)
def test_any_queue_message_is_read_or_refused(reader: str, body: str) -> None:
    with suppress(InvalidInput, ValidationError):
        assert isinstance(READERS[reader]({"body": body}), Message)


OFFERS: Any = {
    "rules": [
        {
            "name": "atraso",
            "when": {"min_days_late": 30, "segments": ["vip"]},
            "options": [{"min_instalments": 2, "max_instalments": 6, "down_payment_percent": "10"}],
            "needs_approval": True,
            "ruler": "padrao",
        }
    ],
    "limits": {"max_breaches": 2},
}
LOOK: Any = {
    "colours": {"accent": "#7a1fa2"},
    "texts": {"pt": {"show.hello": "Oi, {cliente}!"}},
    "emails": {"lembrete": {"subject": "{credor}: a fatura {fatura}"}},
}
DOCUMENTS: Mapping[str, tuple[Any, Callable[[Any], object]]] = {
    "offers": (OFFERS, lambda document: read_offers(document, rulers=None)),
    "page": (LOOK, lambda document: read_page_document(document).look()),
}


def with_another(document: Any, turns: Sequence[int], value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a document with another value in one place, which the turns lead to."""
    if not turns or not document or not isinstance(document, dict | list):
        return value
    if isinstance(document, list):
        place = turns[0] % len(document)
        inner = with_another(document[place], turns[1:], value)
        return [*document[:place], inner, *document[place + 1 :]]
    key = sorted(document)[turns[0] % len(document)]
    return {**document, key: with_another(document[key], turns[1:], value)}


@pytest.mark.parametrize("kind", DOCUMENTS)
@given(turns=st.lists(st.integers(0, 5), max_size=6), value=JSON | st.text(max_size=30))
@settings(deadline=None)
def test_any_value_in_any_place_of_a_document_is_read_or_refused(
    kind: str, turns: list[int], value: object
) -> None:
    document, read = DOCUMENTS[kind]
    assert read(document) is not None
    with suppress(InvalidInput):
        assert read(with_another(document, turns, value)) is not None
