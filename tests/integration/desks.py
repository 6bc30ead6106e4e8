"""What the routes about the doors work with, in memory, for tests of the whole API."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pytest

from functions.api import (
    acknowledgements,
    agreements,
    doors,
    events,
    imports,
    page,
    plans,
    webhooks,
)
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.memory import FixedClock
from regua.adapters.memory_acknowledgements import MemoryAcknowledgements
from regua.adapters.memory_debits import MemoryDebits
from regua.adapters.memory_feed import MemoryFeed
from regua.adapters.memory_hooks import MemoryHooks
from regua.adapters.memory_imports import (
    MemoryImportFiles,
    MemoryImportQueue,
    MemoryImports,
)
from regua.adapters.memory_looks import MemoryDrafts, MemoryLooks
from regua.adapters.memory_pix import MemoryPixRecords
from regua.adapters.memory_plans import MemoryPlans
from regua.adapters.memory_webhooks import (
    MemoryDeliveries,
    MemoryEndpointQueue,
    MemoryEndpoints,
    MemoryTargets,
)
from regua.adapters.page_catalogue import our_page_words
from regua.adapters.tracking_links import SignedLinks
from regua.application.agreements import Agreements
from regua.application.hooks import Hooks
from regua.application.imports.manage_imports import ManageImports
from regua.application.manage_page import ManagePage
from regua.application.manage_plans import ManagePlans
from regua.application.manage_webhooks import ManageWebhooks
from regua.application.page_lint import PageLinter
from regua.application.read_events import ReadEvents
from regua.application.settle_pix import CountPix
from regua.domain.imports.job import JobId
from regua.domain.tokens import TrackingKeys
from tests.integration.api_client import NOW, SETTINGS
from tests.integration.conftest import World


@dataclass
class Doors:
    """Everything that the doors remember."""

    feed: MemoryFeed
    pix: MemoryPixRecords


def open_doors(world: World, patch: pytest.MonkeyPatch) -> Doors:
    """Put the doors on memory twins; what nobody can guess is made up alike every time."""
    feed, pix = MemoryFeed(), MemoryPixRecords()
    manage = ManageWebhooks(
        endpoints=MemoryEndpoints(),
        deliveries=MemoryDeliveries(),
        feed=feed,
        queue=MemoryEndpointQueue(),
        targets=MemoryTargets(),
        random_bytes=_counted_bytes(),
    )
    keys = count(1)
    hooks = Hooks(MemoryHooks(), new_key=lambda: f"chave-de-exemplo-{next(keys):027d}")
    counting = CountPix(pix, world.ingest, world.portfolio, world.publisher)
    desk = doors.Desk(hooks, pix, counting, SETTINGS.hooks_base_url)
    jobs, numbers = MemoryImports(), count(1)
    bringing = ManageImports(
        jobs=jobs,
        mappings=jobs,
        files=MemoryImportFiles(),
        queue=MemoryImportQueue(),
        new_id=lambda now: JobId(f"{int(now.timestamp()):012x}{next(numbers):012x}"),
    )
    patch.setattr(imports, "desk", lambda: bringing)
    patch.setattr(imports, "clock", FixedClock(NOW))
    patch.setattr(webhooks, "desk", lambda: manage)
    patch.setattr(webhooks, "clock", FixedClock(NOW))
    patch.setattr(events, "desk", lambda: ReadEvents(feed))
    patch.setattr(events, "clock", FixedClock(NOW))
    patch.setattr(doors, "desk", lambda: desk)
    planning = plans.Desk(ManagePlans(MemoryPlans(), world.portfolio), MemoryDebits())
    patch.setattr(plans, "desk", lambda: planning)
    settling = Agreements(world.portfolio, world.ledger, world.publisher)
    patch.setattr(agreements, "desk", lambda: settling)
    looks = page_desk(world)
    patch.setattr(page, "desk", lambda: looks)
    acknowledged = MemoryAcknowledgements()
    patch.setattr(acknowledgements, "desk", lambda: acknowledged)
    return Doors(feed, pix)


def page_desk(world: World) -> ManagePage:
    """Return what manages looks and words, in memory; links are signed with a key of the tests."""
    keys = TrackingKeys("k1", {"k1": bytes(range(32))})
    return ManagePage(
        looks=MemoryLooks(world.directory),
        drafts=MemoryDrafts(),
        lint=PageLinter(JinjaEmailRenderer(), our_page_words()),
        links=SignedLinks(keys, SETTINGS.tracking_base_url),
    )


def _counted_bytes() -> Callable[[int], bytes]:
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")
