"""What the workers of Pix share: the PSP, what its money is counted with, and automatic debits."""

from dataclasses import dataclass

from regua.adapters.bcb_automatic_pix import BcbAutomaticPix
from regua.adapters.bcb_http import BcbHttp
from regua.adapters.bcb_pix import BcbPixProvider
from regua.adapters.dynamodb_debits import DynamoDebits
from regua.adapters.dynamodb_pix import DynamoPixRecords
from regua.adapters.dynamodb_plans import DynamoPlans
from regua.adapters.pix_queues import SqsChargeQueue
from regua.adapters.psp_access import PspSecrets
from regua.application.attend import Attend
from regua.application.automatic_pix import AutomaticDebits
from regua.application.ingest import Ingest
from regua.application.settle_pix import CountPix, SettlePix
from regua.runtime import clients
from regua.runtime.settings import PixSettings
from regua.runtime.stores import Stores


@dataclass(frozen=True, slots=True)
class PixDesk:
    """The PSP, and the use cases that settle what it tells."""

    provider: BcbPixProvider
    records: DynamoPixRecords
    charges: SqsChargeQueue
    ingest: Ingest
    counting: CountPix
    settle: SettlePix
    plans: DynamoPlans
    automatic: AutomaticDebits


def connect_pix(settings: PixSettings, stores: Stores) -> PixDesk:
    """Connect to the PSPs of all creditors, each by its own secret."""
    dynamodb = clients.dynamodb()
    psp = BcbHttp(PspSecrets(clients.secretsmanager, settings.psp_prefix))
    provider = BcbPixProvider(psp)
    records = DynamoPixRecords(dynamodb, settings.portfolio_table)
    charges = SqsChargeQueue(
        clients.sqs(), settings.charge_queue_url, with_as_of=settings.allow_as_of
    )
    ingest = Ingest(stores.portfolio, stores.publisher, charges)
    counting = CountPix(records, ingest, stores.portfolio, stores.publisher)
    settle = SettlePix(provider, counting)
    plans = DynamoPlans(dynamodb, settings.exchange_table, settings.shards)
    automatic = AutomaticDebits(
        provider=BcbAutomaticPix(psp),
        debits=DynamoDebits(dynamodb, settings.exchange_table),
        plans=plans,
        index=records,
        settle=settle,
        attend=Attend(stores.portfolio, stores.ledger, stores.publisher),
        portfolio=stores.portfolio,
        publisher=stores.publisher,
        charges=charges,
    )
    return PixDesk(provider, records, charges, ingest, counting, settle, plans, automatic)
