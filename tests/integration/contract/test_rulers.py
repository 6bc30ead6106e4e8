"""Rulers in versions, who follows which, and what experiments brought: written once, read so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from regua.adapters import dynamodb_creditors
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.dynamodb_rulers import DynamoRulers
from regua.adapters.memory import MemoryDirectory, MemoryLedger, MemoryPortfolio
from regua.adapters.memory_rulers import MemoryRulers
from regua.application.offers_document import read_offers
from regua.application.ports import Change, Creditor, Portfolio, RulerStore, Tally, WrittenRuler
from regua.domain.account import Account
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId, CustomerId, shard_of
from regua.domain.negotiation.rules import NO_OFFERS
from regua.domain.ruler import DEFAULT_RULER
from regua.domain.rulers import Activation, Backfill, InFlight
from regua.domain.uplift import ArmResult
from tests.builders import CREDITOR, creditor_document
from tests.integration.contract.conftest import SHARDS
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BOREAL = CreditorId("boreal")
AT = datetime(2026, 11, 10, 2, 30, tzinfo=UTC)
"""Still the 9th in São Paulo."""


@dataclass(frozen=True)
class Tenancy:
    """The rulers' store, with the directory and the portfolio that share its table."""

    rulers: RulerStore
    directory: MemoryDirectory | DynamoCreditors
    portfolio: Portfolio

    def creditor(self, creditor_id: CreditorId = CREDITOR) -> Creditor:
        """Read a creditor as it is now."""
        self.directory.forget()
        return self.directory.get(creditor_id)


@pytest.fixture(params=["memory", "dynamodb"])
def tenancy(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Tenancy:
    if request.param == "memory":
        directory, portfolio = MemoryDirectory(), MemoryPortfolio(MemoryLedger(), SHARDS)
        found = Tenancy(MemoryRulers(directory, portfolio), directory, portfolio)
    else:
        request.getfixturevalue("aws")
        create_tables(dynamodb)
        found = Tenancy(
            DynamoRulers(dynamodb, "portfolio", SHARDS),
            DynamoCreditors(dynamodb, "portfolio"),
            DynamoPortfolio(dynamodb, table="portfolio", messages_table="messages", shards=SHARDS),
        )
    found.directory.put(creditor_document())
    found.directory.put(creditor_document(creditor_id=BOREAL))
    return found


def document(name: str = "padrao", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {**DEFAULT_RULER, "name": name, **changes}


def a_version(number: int, name: str = "padrao", **changes: Any) -> WrittenRuler:  # noqa: ANN401
    fields: dict[str, Any] = {
        "name": name,
        "version": number,
        "document": document(name, contact_hour=8 + number),
        "at": AT + timedelta(days=number),
        "in_flight": InFlight.MIGRATE,
        "backfill": Backfill.DESERVED_LEVEL,
    }
    return WrittenRuler(**{**fields, **changes})


def write(tenancy: Tenancy, *versions: WrittenRuler, creditor_id: CreditorId = CREDITOR) -> None:
    for version in versions:
        tenancy.rulers.put_version(creditor_id, version)


# ── versions ────────────────────────────────────────────────────────────────────────────────────


def test_versions_are_read_back_whole_and_oldest_first(tenancy: Tenancy) -> None:
    written = [
        a_version(1, in_flight=InFlight.KEEP, backfill=Backfill.FROM_NOW),
        a_version(2, in_flight=InFlight.MIGRATE, backfill=Backfill.STEPWISE),
        a_version(3, in_flight=InFlight.RESTART),
    ]
    write(tenancy, *written)
    assert list(tenancy.rulers.versions(CREDITOR, "padrao")) == written


def test_a_dozen_versions_keep_their_order(tenancy: Tenancy) -> None:
    write(tenancy, *(a_version(n, document=document(contact_hour=9)) for n in range(1, 13)))
    assert [v.version for v in tenancy.rulers.versions(CREDITOR, "padrao")] == [*range(1, 13)]
    assert tenancy.creditor().ruler.ref == "padrao@12"


def test_rulers_and_creditors_have_versions_of_their_own(tenancy: Tenancy) -> None:
    write(tenancy, a_version(1), a_version(1, "padrao-2"), a_version(2))
    write(tenancy, a_version(1), creditor_id=BOREAL)
    assert [v.version for v in tenancy.rulers.versions(CREDITOR, "padrao")] == [1, 2]
    assert [v.version for v in tenancy.rulers.versions(CREDITOR, "padrao-2")] == [1]
    assert [v.version for v in tenancy.rulers.versions(BOREAL, "padrao")] == [1]
    assert list(tenancy.rulers.versions(BOREAL, "padrao-2")) == []
    assert list(tenancy.rulers.versions(CREDITOR, "pad")) == []


@pytest.mark.parametrize(
    ("known", "number"), [(0, 2), (0, 0), (1, 1), (1, 3), (3, 1), (3, 2), (3, 3), (3, 5)]
)
def test_only_the_next_version_is_taken_and_no_other_is_changed(
    tenancy: Tenancy, known: int, number: int
) -> None:
    written = [a_version(n) for n in range(1, known + 1)]
    write(tenancy, *written)
    with pytest.raises(VersionConflict):
        write(tenancy, a_version(number, document=document(contact_hour=20), at=AT))
    assert list(tenancy.rulers.versions(CREDITOR, "padrao")) == written
    assert tenancy.creditor().ruler.version == known


# ── what the directory tells ────────────────────────────────────────────────────────────────────


def test_before_anything_is_written_everybody_follows_version_0(tenancy: Tenancy) -> None:
    creditor = tenancy.creditor()
    assert creditor.ruler.ref == "padrao@0"
    assert creditor.rulers.at("padrao@0") == creditor.ruler
    assert tenancy.rulers.find_assignment(CREDITOR) is None


def test_the_directory_tells_the_version_in_force_and_every_choice(tenancy: Tenancy) -> None:
    before = tenancy.creditor()
    write(
        tenancy,
        a_version(1, in_flight=InFlight.KEEP, backfill=Backfill.FROM_NOW),
        a_version(2, in_flight=InFlight.RESTART),
    )
    creditor = tenancy.creditor()
    line = creditor.rulers.lines["padrao"]
    assert (line.current.ref, line.current.contact_hour) == ("padrao@2", 10)
    assert line.activations == (
        Activation(1, AT + timedelta(days=1), date(2026, 11, 10), InFlight.KEEP, Backfill.FROM_NOW),
        Activation(
            2, AT + timedelta(days=2), date(2026, 11, 11), InFlight.RESTART, Backfill.DESERVED_LEVEL
        ),
    )
    assert replace(creditor, rulers=before.rulers) == before, "nothing else has changed"
    assert tenancy.creditor(BOREAL).ruler.ref == "padrao@0"


def test_every_earlier_version_stays_reachable(tenancy: Tenancy) -> None:
    write(tenancy, a_version(1), a_version(2), a_version(3), a_version(1, "outra"))
    rulers = tenancy.creditor().rulers
    refs = ["padrao@0", "padrao@1", "padrao@2", "padrao@3", "outra@1"]
    found = {ref: rulers.at(ref) for ref in refs}
    hours = {ref: ruler.contact_hour for ref, ruler in found.items() if ruler is not None}
    assert hours == {"padrao@0": 9, "padrao@1": 9, "padrao@2": 10, "padrao@3": 11, "outra@1": 9}
    assert [ruler.ref for ruler in found.values() if ruler is not None] == refs
    for missing in ("padrao@4", "outra@0", "outra@2", "sumiu@1", "padrao", "padrao@um", ""):
        assert rulers.at(missing) is None, missing


FIRST = {"default_ruler": "padrao"}
SECOND = {"default_ruler": "padrao", "hold_out_percent": "5"}


@pytest.mark.parametrize("before", [None, FIRST])
def test_an_assignment_takes_the_place_of_the_one_that_was_read(
    tenancy: Tenancy, before: Mapping[str, Any] | None
) -> None:
    if before is not None:
        tenancy.rulers.put_assignment(CREDITOR, before)
    tenancy.rulers.replace_assignment(CREDITOR, before, SECOND)
    assert tenancy.rulers.find_assignment(CREDITOR) == SECOND


@pytest.mark.parametrize(("there", "read"), [(FIRST, None), (None, FIRST), (SECOND, FIRST)])
def test_an_assignment_never_takes_the_place_of_one_that_nobody_read(
    tenancy: Tenancy, there: Mapping[str, Any] | None, read: Mapping[str, Any] | None
) -> None:
    if there is not None:
        tenancy.rulers.put_assignment(CREDITOR, there)
    with pytest.raises(VersionConflict):
        tenancy.rulers.replace_assignment(CREDITOR, read, {"default_ruler": "outra"})
    assert tenancy.rulers.find_assignment(CREDITOR) == there


# ── what is offered ─────────────────────────────────────────────────────────────────────────────

ONE = {"rules": [{"name": "a-vista", "options": [{"max_instalments": 1}]}]}
TWO = {
    "rules": [
        {
            "name": "parcelado",
            "when": {"tags_any": ["negociação"]},
            "options": [{"max_instalments": 6, "principal_discount_percent": "12.50"}],
        }
    ],
    "limits": {"wait_days": 30},
}


def test_before_offers_are_written_nothing_is_offered(tenancy: Tenancy) -> None:
    assert tenancy.rulers.find_offers(CREDITOR) is None
    assert tenancy.creditor().offers == NO_OFFERS


def test_the_directory_tells_what_is_offered_and_by_whom(tenancy: Tenancy) -> None:
    before = tenancy.creditor()
    tenancy.rulers.put_offers(CREDITOR, ONE)
    tenancy.rulers.put_offers(CREDITOR, TWO)
    creditor = tenancy.creditor()
    assert tenancy.rulers.find_offers(CREDITOR) == TWO
    assert creditor.offers == read_offers(TWO, rulers=None)
    assert replace(creditor, offers=NO_OFFERS) == before, "nothing else has changed"
    assert tenancy.creditor(BOREAL).offers == NO_OFFERS


def test_offers_rulers_and_assignment_are_told_together(tenancy: Tenancy) -> None:
    write(tenancy, a_version(1, "outra"))
    tenancy.rulers.put_assignment(CREDITOR, {"default_ruler": "outra"})
    tenancy.rulers.put_offers(CREDITOR, ONE)
    creditor = tenancy.creditor()
    assert creditor.ruler.ref == "outra@1"
    assert creditor.offers == read_offers(ONE, rulers=None)
    assert tenancy.rulers.find_assignment(CREDITOR) == {"default_ruler": "outra"}


def test_a_creditor_registered_anew_keeps_its_offers(tenancy: Tenancy) -> None:
    tenancy.rulers.put_offers(CREDITOR, ONE)
    tenancy.directory.put(creditor_document(name="Aurora Energia S.A."))
    creditor = tenancy.creditor()
    assert creditor.sender.name == "Aurora Energia S.A."
    assert creditor.offers == read_offers(ONE, rulers=None)


@pytest.mark.parametrize("before", [None, ONE, TWO])
def test_offers_take_the_place_of_those_that_were_read(
    tenancy: Tenancy, before: Mapping[str, Any] | None
) -> None:
    if before is not None:
        tenancy.rulers.put_offers(CREDITOR, before)
    read = tenancy.rulers.find_offers(CREDITOR)
    tenancy.rulers.replace_offers(CREDITOR, read, {"rules": []})
    assert tenancy.rulers.find_offers(CREDITOR) == {"rules": []}


@pytest.mark.parametrize(("there", "read"), [(ONE, None), (None, ONE), (TWO, ONE)])
def test_offers_never_take_the_place_of_those_that_nobody_read(
    tenancy: Tenancy, there: Mapping[str, Any] | None, read: Mapping[str, Any] | None
) -> None:
    if there is not None:
        tenancy.rulers.put_offers(CREDITOR, there)
    with pytest.raises(VersionConflict):
        tenancy.rulers.replace_offers(CREDITOR, read, {"rules": []})
    assert tenancy.rulers.find_offers(CREDITOR) == there


def test_a_creditor_registered_anew_keeps_what_was_written_since(tenancy: Tenancy) -> None:
    write(tenancy, a_version(1))
    tenancy.rulers.put_assignment(CREDITOR, {"default_ruler": "padrao", "hold_out_percent": "5"})
    tenancy.directory.put(creditor_document(paused=True))
    creditor = tenancy.creditor()
    assert (creditor.paused, creditor.ruler.ref) == (True, "padrao@1")
    assert creditor.rulers.assignment.hold_out_percent == Decimal(5)


def test_a_creditor_registered_anew_with_another_ruler_is_still_read(tenancy: Tenancy) -> None:
    """Its assignment names a ruler that is gone; everybody follows the new one."""
    segment = {"name": "vip", "when": {"tags_any": ["vip"]}, "ruler": "padrao"}
    tenancy.rulers.put_assignment(CREDITOR, {"default_ruler": "padrao", "segments": [segment]})
    tenancy.directory.put(creditor_document(ruler=document("nova")))
    creditor = tenancy.creditor()
    assert creditor.ruler.ref == "nova@0"
    assert [s.name for s in creditor.rulers.assignment.segments] == ["vip"]


# ── who follows which ───────────────────────────────────────────────────────────────────────────


def test_an_assignment_is_read_back_as_it_was_written_and_followed(tenancy: Tenancy) -> None:
    write(tenancy, a_version(1, "firme"))
    assignment = {
        "default_ruler": "firme",
        "segments": [{"name": "vip", "when": {"tags_any": ["vip"]}, "excluded": True}],
        "hold_out_percent": "2.5",
        "backfill": "stepwise",
    }
    tenancy.rulers.put_assignment(CREDITOR, assignment)
    assert tenancy.rulers.find_assignment(CREDITOR) == assignment
    assert tenancy.rulers.find_assignment(BOREAL) is None
    rulers = tenancy.creditor().rulers
    assert rulers.default.ref == "firme@1"
    assert [(s.name, s.excluded) for s in rulers.assignment.segments] == [("vip", True)]
    assert rulers.assignment.hold_out_percent == Decimal("2.5")
    assert rulers.assignment.backfill is Backfill.STEPWISE
    tenancy.rulers.put_assignment(CREDITOR, {"default_ruler": "padrao"})
    assert tenancy.rulers.find_assignment(CREDITOR) == {"default_ruler": "padrao"}
    assert tenancy.creditor().ruler.ref == "padrao@0"


# ── what experiments brought ────────────────────────────────────────────────────────────────────


def count(
    tenancy: Tenancy,
    tallies: Mapping[str, Tally],
    *customers: str,
    creditor_id: CreditorId = CREDITOR,
) -> None:
    for name in customers:
        account = tenancy.portfolio.load_account(creditor_id, CustomerId(name))
        tenancy.portfolio.commit(Change(account, tallies=tallies))


def one_customer_per_shard(creditor_id: CreditorId = CREDITOR) -> Iterator[str]:
    wanted = {f"{n:02d}" for n in range(SHARDS)}
    for n in range(1000):
        shard = shard_of(creditor_id, CustomerId(f"cli-{n}"), SHARDS)
        if shard in wanted:
            wanted.remove(shard)
            yield f"cli-{n}"


def test_results_are_summed_over_all_shards(tenancy: Tenancy) -> None:
    customers = [*one_customer_per_shard()]
    assert len(customers) == SHARDS
    control, kind = "padrao/vencida-3/controle", "padrao/vencida-3/cordial"
    count(tenancy, {control: Tally(exposed=1), kind: Tally(exposed=1)}, *customers)
    count(tenancy, {kind: Tally(settled=1, recovered_centavos=14990)}, *customers[:3])
    count(tenancy, {kind: Tally(settled=-1, recovered_centavos=-14990)}, customers[0])
    assert tenancy.rulers.results(CREDITOR, "padrao") == {
        control: ArmResult(exposed=SHARDS),
        kind: ArmResult(exposed=SHARDS, settled=2, recovered_centavos=29980),
    }


def test_results_are_of_one_creditor_and_one_ruler(tenancy: Tenancy) -> None:
    count(tenancy, {"padrao/a/x": Tally(exposed=1), "padrao-2/a/x": Tally(exposed=2)}, "cli-1")
    count(tenancy, {"padrao/a/x": Tally(exposed=5)}, "cli-1", creditor_id=BOREAL)
    assert tenancy.rulers.results(CREDITOR, "padrao") == {"padrao/a/x": ArmResult(exposed=1)}
    assert tenancy.rulers.results(CREDITOR, "padrao-2") == {"padrao-2/a/x": ArmResult(exposed=2)}
    assert tenancy.rulers.results(BOREAL, "padrao") == {"padrao/a/x": ArmResult(exposed=5)}
    assert tenancy.rulers.results(CREDITOR, "sumiu") == {}


def test_a_lost_race_counts_nothing(tenancy: Tenancy) -> None:
    stale = Account(CREDITOR, CustomerId("cli-1"))
    tenancy.portfolio.commit(Change(stale))
    with pytest.raises(VersionConflict):
        tenancy.portfolio.commit(Change(stale, tallies={"padrao/a/x": Tally(exposed=1)}))
    assert tenancy.rulers.results(CREDITOR, "padrao") == {}


# ── on DynamoDB ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("aws")
def test_of_two_writers_of_the_same_version_one_is_told(dynamodb: "DynamoDBClient") -> None:
    create_tables(dynamodb)
    mine, theirs = (DynamoRulers(dynamodb, "portfolio", SHARDS) for _ in range(2))
    mine.put_version(CREDITOR, a_version(1))
    with pytest.raises(VersionConflict):
        theirs.put_version(CREDITOR, a_version(1, at=AT))
    theirs.put_version(CREDITOR, a_version(2))
    assert [v.at for v in mine.versions(CREDITOR, "padrao")] == [
        AT + timedelta(days=1),
        AT + timedelta(days=2),
    ]


@pytest.mark.usefixtures("aws")
def test_a_version_written_elsewhere_is_followed_once_the_cache_is_old(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    create_tables(dynamodb)
    directory = DynamoCreditors(dynamodb, "portfolio")
    directory.put(creditor_document())
    assert directory.get(CREDITOR).ruler.ref == "padrao@0"
    DynamoRulers(dynamodb, "portfolio", SHARDS).put_version(CREDITOR, a_version(1))
    assert directory.get(CREDITOR).ruler.ref == "padrao@0", "still the remembered one"
    monkeypatch.setattr(dynamodb_creditors, "CACHE_SECONDS", 0.0)
    assert directory.get(CREDITOR).ruler.ref == "padrao@1"


@pytest.mark.usefixtures("aws")
def test_an_earlier_version_is_fetched_once_for_ever(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    create_tables(dynamodb)
    directory = DynamoCreditors(dynamodb, "portfolio")
    directory.put(creditor_document())
    store = DynamoRulers(dynamodb, "portfolio", SHARDS)
    store.put_version(CREDITOR, a_version(1))
    store.put_version(CREDITOR, a_version(2))
    rulers = directory.get(CREDITOR).rulers
    asked: list[object] = []
    get_item = dynamodb.get_item

    def counted(**query: Any) -> Any:  # noqa: ANN401 - boto3's own
        asked.append(query["Key"])
        return get_item(**query)

    monkeypatch.setattr(dynamodb, "get_item", counted)
    assert rulers.at("padrao@2") is rulers.at("padrao@2")
    assert asked == [], "the version in force came with the creditor"
    first = rulers.at("padrao@1")
    directory.forget()
    assert directory.get(CREDITOR).rulers.at("padrao@1") is first
    assert len(asked) == 1


@pytest.mark.usefixtures("aws")
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
    """Anything else would be tried again for ever, and nobody would see why."""
    cancelled = dynamodb.exceptions.TransactionCanceledException
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": "None"}, {"Code": code}],
    }

    def refuse(**_: object) -> None:
        raise cancelled(answer, "TransactWriteItems")

    monkeypatch.setattr(dynamodb, "transact_write_items", refuse)
    with pytest.raises(VersionConflict if is_race else cancelled):
        DynamoRulers(dynamodb, "portfolio", SHARDS).put_version(CREDITOR, a_version(1))
