"""Creditors' looks and words, and drafts of them: written whole, read where they are needed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_looks import DynamoDrafts, DynamoLooks
from regua.adapters.dynamodb_rulers import DynamoRulers
from regua.adapters.memory import MemoryDirectory
from regua.adapters.memory_looks import MemoryDrafts, MemoryLooks
from regua.application.page_ports import DRAFT_LIFE, Draft, DraftStore, LookStore, WrittenPage
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId
from tests.builders import CREDITOR, creditor_document
from tests.integration.contract.conftest import SHARDS
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BOREAL = CreditorId("boreal")
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
STYLE = {"colours": {"accent": "#7a1fa2"}, "logo": {"media_type": "image/png", "base64": "cG5n"}}
TEXTS = {"page.pt.show.lead": "Olá, você.", "email.vencida.subject": "{credor}: {fatura}"}
FIRST = WrittenPage(STYLE, TEXTS, "t1")
SECOND = WrittenPage({"colours": {"accent": "#0b5a4c"}}, {}, "t2")


@dataclass(frozen=True)
class Kept:
    """The stores of one kind, and the directory that shares their table."""

    looks: LookStore
    drafts: DraftStore
    directory: MemoryDirectory | DynamoCreditors


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Kept:
    if request.param == "memory":
        directory = MemoryDirectory()
        found = Kept(MemoryLooks(directory), MemoryDrafts(), directory)
    else:
        request.getfixturevalue("aws")
        create_tables(dynamodb)
        found = Kept(
            DynamoLooks(dynamodb, "portfolio"),
            DynamoDrafts(dynamodb, "exchange"),
            DynamoCreditors(dynamodb, "portfolio"),
        )
    found.directory.put(creditor_document())
    found.directory.put(creditor_document(creditor_id=BOREAL))
    return found


def texts(kept: Kept, creditor_id: CreditorId = CREDITOR) -> dict[str, str]:
    kept.directory.forget()
    return dict(kept.directory.get(creditor_id).texts)


def test_before_anything_is_written_there_is_nothing(kept: Kept) -> None:
    assert kept.looks.find(CREDITOR) is None
    assert kept.looks.style(CREDITOR) is None
    assert texts(kept) == {}


def test_what_is_written_is_read_back_whole_and_its_words_come_with_the_creditor(
    kept: Kept,
) -> None:
    kept.looks.put(CREDITOR, FIRST, before=None)
    assert kept.looks.find(CREDITOR) == FIRST
    assert kept.looks.style(CREDITOR) == STYLE
    assert texts(kept) == TEXTS
    assert texts(kept, BOREAL) == {}
    assert kept.looks.find(BOREAL) is None


def test_the_next_takes_the_place_of_the_one_that_was_read(kept: Kept) -> None:
    kept.looks.put(CREDITOR, FIRST, before=None)
    kept.looks.put(CREDITOR, SECOND, before="t1")
    assert kept.looks.find(CREDITOR) == SECOND
    assert texts(kept) == {}


@pytest.mark.parametrize("before", [None, "t0"])
def test_a_writer_who_read_something_else_is_told_and_writes_nothing(
    kept: Kept, before: str | None
) -> None:
    kept.looks.put(CREDITOR, FIRST, before=None)
    with pytest.raises(VersionConflict):
        kept.looks.put(CREDITOR, SECOND, before=before)
    assert kept.looks.find(CREDITOR) == FIRST
    assert texts(kept) == TEXTS


def test_a_writer_who_read_what_was_never_there_is_told(kept: Kept) -> None:
    with pytest.raises(VersionConflict):
        kept.looks.put(CREDITOR, FIRST, before="t0")
    assert kept.looks.find(CREDITOR) is None


def test_a_creditor_registered_anew_keeps_its_look_and_words(kept: Kept) -> None:
    kept.looks.put(CREDITOR, FIRST, before=None)
    kept.directory.put(creditor_document(paused=True))
    assert texts(kept) == TEXTS
    assert kept.directory.get(CREDITOR).paused


DRAFT = Draft("0f" * 16, CREDITOR, {"colours": {"accent": "#7a1fa2"}}, NOW + DRAFT_LIFE)


def test_a_draft_is_found_for_a_day_and_then_no_longer(kept: Kept) -> None:
    kept.drafts.put(DRAFT)
    assert kept.drafts.find(DRAFT.draft_id, NOW) == DRAFT
    assert kept.drafts.find(DRAFT.draft_id, NOW + DRAFT_LIFE - timedelta(seconds=1)) == DRAFT
    assert kept.drafts.find(DRAFT.draft_id, NOW + DRAFT_LIFE) is None
    assert kept.drafts.find("00" * 16, NOW) is None


def test_a_draft_kept_again_lives_from_then(kept: Kept) -> None:
    later = replace(DRAFT, expires_at=DRAFT.expires_at + timedelta(hours=5))
    kept.drafts.put(DRAFT)
    kept.drafts.put(later)
    assert kept.drafts.find(DRAFT.draft_id, DRAFT.expires_at) == later


# ── on DynamoDB ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tables(aws: None, dynamodb: "DynamoDBClient") -> "DynamoDBClient":
    del aws
    create_tables(dynamodb)
    return dynamodb


def test_the_table_forgets_a_draft_by_itself(tables: "DynamoDBClient") -> None:
    DynamoDrafts(tables, "exchange").put(DRAFT)
    (item,) = tables.scan(TableName="exchange")["Items"]
    assert int(item["ttl"]["N"]) == int(DRAFT.expires_at.timestamp())


def test_words_cost_a_sender_no_request_and_the_logo_is_not_read_with_them(
    tables: "DynamoDBClient",
) -> None:
    directory = DynamoCreditors(tables, "portfolio")
    directory.put(creditor_document())
    DynamoLooks(tables, "portfolio").put(CREDITOR, FIRST, before=None)
    directory.forget()
    asked: list[str] = []
    read: list[int] = []

    def count(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        asked.append(model.name)

    def measure(parsed: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        read.append(len(parsed.get("Items", ())))

    tables.meta.events.register("before-call.dynamodb", count, unique_id="looks-count")
    tables.meta.events.register("after-call.dynamodb", measure, unique_id="looks-measure")
    try:
        assert directory.get(CREDITOR).texts == TEXTS
    finally:
        tables.meta.events.unregister("before-call.dynamodb", unique_id="looks-count")
        tables.meta.events.unregister("after-call.dynamodb", unique_id="looks-measure")
    assert asked == ["Query"]
    assert read == [2], "the creditor's document and its words"


def test_rulers_and_words_come_together(tables: "DynamoDBClient") -> None:
    directory = DynamoCreditors(tables, "portfolio")
    directory.put(creditor_document())
    DynamoRulers(tables, "portfolio", SHARDS).put_assignment(CREDITOR, {"default_ruler": "padrao"})
    DynamoLooks(tables, "portfolio").put(CREDITOR, FIRST, before=None)
    directory.forget()
    creditor = directory.get(CREDITOR)
    assert (creditor.texts, creditor.ruler.ref) == (TEXTS, "padrao@0")


def test_halves_of_two_writings_are_never_put_together(tables: "DynamoDBClient") -> None:
    looks = DynamoLooks(tables, "portfolio")
    looks.put(CREDITOR, FIRST, before=None)
    tables.update_item(
        TableName="portfolio",
        Key={"pk": {"S": f"C#{CREDITOR}"}, "sk": {"S": "STYLE"}},
        UpdateExpression="SET look_tag = :other",
        ExpressionAttributeValues={":other": {"S": "t9"}},
    )
    with pytest.raises(VersionConflict):
        looks.find(CREDITOR)


@pytest.mark.parametrize(
    ("code", "is_race"),
    [
        ("ConditionalCheckFailed", True),
        ("TransactionConflict", True),
        ("ValidationError", False),
        ("ThrottlingError", False),
    ],
)
def test_only_a_lost_race_is_told_as_one(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, code: str, *, is_race: bool
) -> None:
    cancelled = dynamodb.exceptions.TransactionCanceledException
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": "None"}, {"Code": code}],
    }

    def refuse(**_: object) -> None:
        raise cancelled(answer, "TransactWriteItems")

    monkeypatch.setattr(dynamodb, "transact_write_items", refuse)
    with pytest.raises(VersionConflict if is_race else cancelled):
        DynamoLooks(dynamodb, "portfolio").put(CREDITOR, FIRST, before=None)
