"""What is personal never reaches the ledger, and what is kept comes back whole."""

from dataclasses import dataclass, field
from itertools import count
from threading import Barrier

import pytest

from regua.adapters.memory import MemoryLedger
from regua.adapters.memory_evidence import MemoryKeys, MemoryVault
from regua.adapters.memory_seals import MemorySealIndex, MemorySeals
from regua.application.dossier import MessageDossier
from regua.application.keep_facts import KeepFacts
from regua.application.ports import AccountKey, DataKey
from regua.application.read_dossier import ReadDossier
from regua.application.seal_evidence import InclusionReader
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.errors import TemporaryError
from regua.domain.evidence import commitment
from regua.domain.ids import DispatchId
from tests.builders import CREDITOR, CUSTOMER
from tests.integration.contract.facts import NOW, any_dispatch, any_event

SEALS = InclusionReader(MemorySealIndex(), MemorySeals())
ACCOUNT = AccountKey(CREDITOR, CUSTOMER)
RAW = b'{"Message":"..."}\n\x00\xff binary too'
PRIVATE = {"ip": "203.0.113.7", "user_agent": "Navegador"}


@dataclass
class System:
    """Keeper and reader over the same twins; nonces count up, so that tests can predict them."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    keys: MemoryKeys = field(default_factory=MemoryKeys)
    vault: MemoryVault = field(default_factory=MemoryVault)

    def __post_init__(self) -> None:
        numbers = count(1)
        self.keeper = KeepFacts(
            self.ledger, self.keys, self.vault, lambda: next(numbers).to_bytes(32)
        )
        self.dispatch = any_dispatch()
        self.ledger.claim(self.dispatch, [], NOW)
        self.id: DispatchId = self.dispatch.dispatch_id
        self.keys.make(ACCOUNT)

    def append(self, *events: MessageEvent) -> None:
        self.keeper.append(events)

    def dossier(self) -> MessageDossier:
        dossier = ReadDossier(self.ledger, self.keys, self.vault, SEALS).read(self.id)
        assert dossier is not None
        return dossier


@pytest.fixture
def system() -> System:
    return System()


def test_personal_facts_and_bytes_come_back_and_are_not_in_the_ledger(system: System) -> None:
    system.append(any_event(system.dispatch, private=PRIVATE, raw=RAW))
    (entry,) = system.dossier().entries
    assert (entry.private, entry.raw, entry.erased) == (PRIVATE, RAW, False)
    assert entry.nonce is not None
    assert entry.entry.private == commitment(entry.nonce, PRIVATE)
    assert entry.entry.raw is not None
    assert entry.entry.raw.size == len(RAW)
    ledger = repr(system.ledger.events) + repr(system.ledger.chains)
    assert "203.0.113.7" not in ledger
    assert b"203.0.113.7" not in b"".join(system.vault.objects.values())


@pytest.mark.parametrize(
    ("private", "raw"), [({}, RAW), (PRIVATE, None), ({}, b"")], ids=["bytes", "facts", "empty"]
)
def test_either_may_be_missing(system: System, private: dict[str, str], raw: bytes | None) -> None:
    system.append(any_event(system.dispatch, private=private, raw=raw))
    (entry,) = system.dossier().entries
    assert (entry.private, entry.raw) == (private or None, raw)


def test_a_fact_that_binds_nothing_needs_no_vault(system: System) -> None:
    system.append(any_event(system.dispatch))
    (entry,) = system.dossier().entries
    assert (entry.private, entry.raw, entry.erased) == (None, None, False)
    assert system.vault.objects == {}


def test_a_batch_is_one_object(system: System) -> None:
    system.append(
        *(any_event(system.dispatch, event_id=f"e{n}", raw=RAW, private=PRIVATE) for n in range(5))
    )
    assert len(system.vault.objects) == 1
    assert [e.raw for e in system.dossier().entries] == [RAW] * 5


def test_after_erasure_the_chain_stands_and_nothing_personal_can_be_read(system: System) -> None:
    system.append(any_event(system.dispatch, private=PRIVATE, raw=RAW))
    before = system.ledger.chain(system.id)
    system.keys.destroy(ACCOUNT)
    (entry,) = system.dossier().entries
    assert (entry.private, entry.nonce, entry.raw, entry.erased) == (None, None, None, True)
    assert system.ledger.chain(system.id) == before
    assert entry.entry.hash == entry.recorded_hash


def test_a_report_after_erasure_leaves_its_hash_alone(system: System) -> None:
    system.keys.destroy(ACCOUNT)
    system.append(any_event(system.dispatch, private=PRIVATE, raw=RAW))
    (entry,) = system.dossier().entries
    assert entry.erased
    assert entry.entry.private is None
    assert entry.entry.raw is not None
    assert system.vault.objects == {}


def test_a_new_contact_after_erasure_has_a_new_key(system: System) -> None:
    system.keys.destroy(ACCOUNT)
    (secured,) = system.keeper.secure([(ACCOUNT, any_event(system.dispatch, raw=RAW))])
    system.append(secured)
    (entry,) = system.dossier().entries
    assert (entry.raw, entry.erased) == (RAW, False)


def test_what_is_secured_already_is_not_kept_again(system: System) -> None:
    (secured,) = system.keeper.secure([(ACCOUNT, any_event(system.dispatch, raw=RAW))])
    system.append(secured, secured)
    assert len(system.vault.objects) == 1
    assert len(system.dossier().entries) == 1


def test_when_the_vault_is_away_nothing_is_added(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise TemporaryError("away")

    monkeypatch.setattr(system.vault, "keep", away)
    with pytest.raises(TemporaryError):
        system.append(any_event(system.dispatch, raw=RAW))
    assert system.ledger.chain(system.id) == []


def test_what_is_told_about_strangers_is_not_kept(system: System) -> None:
    stranger = any_dispatch(9)
    system.append(any_event(stranger, EventKind.SENT, private=PRIVATE, raw=RAW))
    assert system.vault.objects == {}


def test_blobs_are_read_side_by_side_and_come_in_the_order_of_the_chain(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(20):
        system.append(any_event(system.dispatch, event_id=f"e{n}", raw=b"%d" % n))
    together, read = Barrier(2), system.vault.read

    def slow(ref: str, key: DataKey, bound_to: str) -> bytes:
        together.wait(timeout=10)  # breaks, unless two are read at once
        return read(ref, key, bound_to)

    monkeypatch.setattr(system.vault, "read", slow)
    assert [entry.raw for entry in system.dossier().entries] == [b"%d" % n for n in range(20)]


def test_an_unknown_message_has_no_dossier(system: System) -> None:
    reader = ReadDossier(system.ledger, system.keys, system.vault, SEALS)
    assert reader.read(DispatchId("f" * 32)) is None
