"""What each function is told by its environment; one class per function, no defaults for names.

Read once, inside a handler's ``wire()``: a missing variable fails the first record before anything
was claimed, naming every missing field at once.
"""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Base: variables are ``REGUA_`` and the field's name."""

    model_config = SettingsConfigDict(
        env_prefix="REGUA_", frozen=True, hide_input_in_errors=True, extra="ignore"
    )


class TableSettings(Settings):
    """The two tables and the bus."""

    portfolio_table: str
    messages_table: str
    bus_name: str
    shards: int


class EvaluateRulerSettings(TableSettings):
    """evaluate_ruler."""

    shard_queue_url: str
    allow_as_of: bool


class SendEmailSettings(TableSettings):
    """send_email."""

    configuration_set: str
    tracking_base_url: str
    tracking_secret_arn: str
    doubt_seconds: int
    allow_as_of: bool


class RecordHitsSettings(TableSettings):
    """record_hits."""


class TrackDeliverySettings(TableSettings):
    """track_delivery."""


class IngestSettings(TableSettings):
    """ingest."""

    quarantine_bucket: str
    allow_as_of: bool


class ApiSettings(TableSettings):
    """api."""

    allow_as_of: bool
