"""What functions are told by their environment: every variable that several of them have."""

from dataclasses import dataclass

from aws_cdk import aws_events as events

from infra.settings import StackSettings
from infra.stacks.storage import StorageStack


@dataclass(frozen=True)
class Variables:
    """Names of what exists, and what was chosen for this deployment."""

    settings: StackSettings
    storage: StorageStack
    bus: events.IEventBus

    def tables(self) -> dict[str, str]:
        """Name the tables of accounts and of messages."""
        return {
            "REGUA_PORTFOLIO_TABLE": self.storage.portfolio.table_name,
            "REGUA_MESSAGES_TABLE": self.storage.messages.table_name,
        }

    def shards(self) -> dict[str, str]:
        """Say in how many parts the accounts are looked through."""
        return {"REGUA_SHARDS": str(self.settings.shards)}

    def stores(self) -> dict[str, str]:
        """Name what every function that decides or records something is connected to."""
        return self.tables() | self.shards() | {"REGUA_BUS_NAME": self.bus.event_bus_name}

    def exchange(self) -> dict[str, str]:
        """Name where calls are counted, and answers kept that may be asked for again."""
        return {"REGUA_EXCHANGE_TABLE": self.storage.exchange.table_name}

    def files(self) -> dict[str, str]:
        """Name where files are kept, and what others posted."""
        return {"REGUA_FILES_BUCKET": self.storage.files.bucket_name}

    def psp(self) -> dict[str, str]:
        """Name where creditors' access to their PSPs is kept."""
        return {"REGUA_PSP_PREFIX": self.storage.psp_prefix}

    def tracking(self) -> dict[str, str]:
        """Name what signs the links of messages."""
        return {"REGUA_TRACKING_SECRET_ARN": self.storage.tracking_secret_arn}

    def evidence(self) -> dict[str, str]:
        """Name where evidence is kept, and what wraps the keys it is kept under."""
        return {
            "REGUA_EVIDENCE_BUCKET": self.storage.evidence.bucket_name,
            "REGUA_EVIDENCE_KEY_ARN": self.storage.evidence_master_key.key_arn,
        }

    def seals(self) -> dict[str, str]:
        """Name what is needed to seal, or to check a seal."""
        return {
            "REGUA_MESSAGES_TABLE": self.storage.messages.table_name,
            "REGUA_EVIDENCE_BUCKET": self.storage.evidence.bucket_name,
            "REGUA_SIGNING_KEY_ARN": self.storage.signing_key.key_arn,
            "REGUA_TSA_SECRET_ARN": self.storage.tsa_secret_arn,
        }

    def doubt(self) -> dict[str, str]:
        """Say after how long a send without a result is made once more."""
        return {"REGUA_DOUBT_SECONDS": str(self.settings.doubt_seconds)}

    def time_travel(self) -> dict[str, str]:
        """Say whether a caller may say what time it is."""
        return {"REGUA_ALLOW_AS_OF": "true" if self.settings.allow_as_of else "false"}

    def private_targets(self) -> dict[str, str]:
        """Say whether webhooks may go to this machine: only where no other could be reached."""
        return {"REGUA_PRIVATE_TARGETS": "true" if self.settings.emulated else "false"}
