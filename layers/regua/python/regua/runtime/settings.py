"""What each function is told by its environment; one class per function, no defaults for names.

Read once, inside a handler's ``wire()``: a missing variable fails the first record before anything
was claimed, naming every missing field at once. pydantic-settings would do the same reading for
some 60 ms of every cold start.
"""

import os
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

PREFIX = "REGUA_"


class Settings(BaseModel):
    """Base: variables are ``REGUA_`` and the field's name."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="forbid")

    @classmethod
    def from_environment(cls) -> Self:
        """Read the fields from the process's environment.

        Raises:
            pydantic.ValidationError: naming every field that is missing or unreadable.
        """
        names = {name: f"{PREFIX}{name.upper()}" for name in cls.model_fields}
        return cls(**{n: os.environ[v] for n, v in names.items() if v in os.environ})


class TableSettings(Settings):
    """The two tables and the bus."""

    portfolio_table: str
    messages_table: str
    bus_name: str
    shards: int


class EvidenceSettings(TableSettings):
    """The stores, and where evidence is kept."""

    evidence_bucket: str
    evidence_key_arn: str
    """The KMS key that wraps the creditors' master keys."""


class EvaluateRulerSettings(TableSettings):
    """evaluate_ruler."""

    shard_queue_url: str
    charge_queue_url: str
    """Where invoices are named whose Pix charge may have to change: an agreement has ended."""
    allow_as_of: bool


class SenderSettings(EvidenceSettings):
    """What the senders of all channels are told."""

    tracking_base_url: str
    tracking_secret_arn: str
    doubt_seconds: int
    allow_as_of: bool


class SendEmailSettings(SenderSettings):
    """send_email."""

    configuration_set: str
    dkim_prefix: str


class SendSmsSettings(SenderSettings):
    """send_sms."""

    configuration_set: str


class SendVoiceSettings(SenderSettings):
    """send_voice."""

    configuration_set: str


class SendWhatsAppSettings(SenderSettings):
    """send_whatsapp."""


class RecordHitsSettings(EvidenceSettings):
    """record_hits."""

    tracking_secret_arn: str


class ConfirmReadingSettings(EvidenceSettings):
    """confirm_reading."""

    tracking_secret_arn: str
    allow_as_of: bool


class CustomerPageSettings(EvidenceSettings):
    """customer_page."""

    exchange_table: str
    tracking_base_url: str
    """What goes before ``/p/…`` in a link, without a slash at the end."""
    tracking_secret_arn: str
    page_days: int
    """How long the link in a message leads to the page, from when it was made."""
    charge_queue_url: str
    allow_as_of: bool


class TrackDeliverySettings(EvidenceSettings):
    """track_delivery."""

    doubt_seconds: int
    allow_as_of: bool
    sns_signatures: Literal["required", "emulated"]
    topic_arns: str
    """Comma-separated: the only topics whose reports are believed where Amazon signs."""

    @property
    def topics(self) -> frozenset[str]:
        """The topics, one by one."""
        return frozenset(self.topic_arns.split(","))


class IngestSettings(TableSettings):
    """ingest."""

    quarantine_bucket: str
    charge_queue_url: str
    allow_as_of: bool


class RenderBoletoSettings(Settings):
    """render_boleto."""

    portfolio_table: str
    messages_table: str
    exchange_table: str
    shards: int
    tracking_secret_arn: str
    page_days: int
    """How long the link in a message leads to the page, from when it was made."""
    allow_as_of: bool


class SealEvidenceSettings(Settings):
    """seal_evidence."""

    messages_table: str
    evidence_bucket: str
    signing_key_arn: str
    tsa_secret_arn: str
    seal_heads: int


class IssueReportSettings(Settings):
    """issue_report."""

    portfolio_table: str
    messages_table: str
    exchange_table: str
    shards: int
    evidence_bucket: str
    evidence_key_arn: str
    signing_key_arn: str
    tsa_secret_arn: str
    signer_secret_arn: str
    tracking_base_url: str
    """Where the public verifies reports, too."""


class VerifyEvidenceSettings(Settings):
    """verify_evidence."""

    messages_table: str
    evidence_bucket: str
    signing_key_arn: str
    tsa_secret_arn: str


class ApiSettings(TableSettings):
    """api."""

    shard_queue_url: str
    exchange_table: str
    files_bucket: str
    webhook_queue_url: str
    """Where an endpoint is named whose deliveries are to be made now."""
    import_queue_url: str
    charge_queue_url: str
    """Where an invoice is named whose Pix charge is to be made or changed."""
    hooks_base_url: str
    """Where others post to us, without a slash at the end."""
    tracking_base_url: str
    """Where the customer's page is, without a slash at the end."""
    tracking_secret_arn: str
    private_targets: bool
    """Whether webhooks may go to this machine, over plain HTTP: never but on the local stage."""
    allow_as_of: bool


class AdminSettings(Settings):
    """admin."""

    portfolio_table: str
    exchange_table: str
    user_pool_id: str
    api_id: str
    authorizer_id: str
    """What takes the tokens of the pool's clients at the API's gateway."""
    sender_domains: str
    """Comma-separated: domains of this deployment's own that anybody may send from."""
    configuration_set: str
    dkim_prefix: str
    secrets_key_arn: str
    """The KMS key that encrypts the keys that are made."""

    @property
    def domains(self) -> frozenset[str]:
        """The deployment's own domains, one by one."""
        return frozenset(self.sender_domains.split(","))


class FeedEventsSettings(Settings):
    """feed_events."""

    exchange_table: str
    webhook_queue_url: str


class DeliverWebhooksSettings(Settings):
    """deliver_webhooks."""

    exchange_table: str
    webhook_queue_url: str
    private_targets: bool
    """Whether endpoints may be on this machine, over plain HTTP: never but on the local stage."""


class RunImportSettings(TableSettings):
    """run_import."""

    exchange_table: str
    files_bucket: str
    import_queue_url: str
    charge_queue_url: str
    allow_as_of: bool


class ReceiveWebhookSettings(Settings):
    """receive_webhook."""

    exchange_table: str
    files_bucket: str
    inbound_queue_url: str


class PixSettings(TableSettings):
    """What the workers that settle Pix are told."""

    exchange_table: str
    charge_queue_url: str
    psp_prefix: str
    """What the names of payment providers' secrets begin with: ``{prefix}/psp/{creditor}``."""
    allow_as_of: bool


class ProcessWebhookSettings(PixSettings):
    """process_webhook: what others posted to us, and the sweeps that find what they did not."""

    files_bucket: str
    inbound_queue_url: str


class MakeChargesSettings(TableSettings):
    """make_charges."""

    psp_prefix: str
    allow_as_of: bool


class IssueRecurringSettings(PixSettings):
    """issue_recurring."""

    recurring_queue_url: str


class ThankPayerSettings(TableSettings):
    """thank_payer."""

    allow_as_of: bool
