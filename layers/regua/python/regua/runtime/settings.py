"""What each function is told by its environment; one class per function, no defaults for names.

Read once, inside a handler's ``wire()``: a missing variable fails the first record before anything
was claimed, naming every missing field at once. pydantic-settings would do the same reading for
some 60 ms of every cold start.
"""

import os
from typing import Self

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


class EvaluateRulerSettings(TableSettings):
    """evaluate_ruler."""

    shard_queue_url: str
    allow_as_of: bool


class SenderSettings(TableSettings):
    """What the senders of all channels are told."""

    tracking_base_url: str
    tracking_secret_arn: str
    doubt_seconds: int
    allow_as_of: bool


class SendEmailSettings(SenderSettings):
    """send_email."""

    configuration_set: str


class SendSmsSettings(SenderSettings):
    """send_sms."""

    configuration_set: str


class SendVoiceSettings(SenderSettings):
    """send_voice."""

    configuration_set: str


class SendWhatsAppSettings(SenderSettings):
    """send_whatsapp."""


class RecordHitsSettings(TableSettings):
    """record_hits."""


class TrackDeliverySettings(TableSettings):
    """track_delivery."""

    doubt_seconds: int
    allow_as_of: bool


class IngestSettings(TableSettings):
    """ingest."""

    quarantine_bucket: str
    allow_as_of: bool


class RenderBoletoSettings(Settings):
    """render_boleto."""

    portfolio_table: str
    messages_table: str
    shards: int


class ApiSettings(TableSettings):
    """api."""

    shard_queue_url: str
    allow_as_of: bool
