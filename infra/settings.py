"""What a deployment may choose, read from CDK context and checked before anything is synthesised.

Pass values with `-c name=value`. There is no default stage: an app that guesses where it is going
ends up in the wrong place. Everything the emulator cannot do hangs on one value, `emulated`.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Node
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from infra.targets import AWS, LOCAL, Target

REPO_ROOT = Path(__file__).resolve().parents[1]

EMULATED_API_ID = "c011ec75"
"""Eight hex digits: the only form of API id the emulator also serves by host name."""

SEND_TIMEOUT_SECONDS = 60
RECEIPTS_BATCH = 40
"""Reports and hits in one invocation: what one costs in requests is shared by all."""
MIN_DOUBT_SECONDS = 2 * SEND_TIMEOUT_SECONDS
"""A claim is in doubt only when its sender cannot be alive any more, by anybody's clock."""

_LOCAL_TIMEOUT_SECONDS = 10
_LOCAL_CONCURRENCY = 2
_LOCAL_SEAL_HEADS = 2_000


class SettingsError(Exception):
    """A context value is missing or unusable; the message names each one and how to pass it."""


class Stage(StrEnum):
    """Where the app goes."""

    AWS = "aws"
    LOCAL = "local"


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]


class StackSettings(BaseModel):
    """The values one deployment is made from.

    `emulated` leaves out what the emulator's CloudFormation refuses: the bus archive and alarms on
    metric arithmetic. It follows the stage, and can be set to false to deploy the local stage to a
    real account.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    sender_domain: str = Field(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$")
    emulated: bool
    alarm_email: str | None = None
    tracking_base_url: str | None = Field(default=None, pattern=r"^https?://[^\s]+[^/\s]$")
    custom_domain: str | None = None
    certificate_arn: str | None = None
    hooks_domain: str | None = None
    hooks_certificate_arn: str | None = None
    hooks_truststore_uri: str | None = Field(default=None, pattern=r"^s3://[^/]+/.+$")
    """Where payment providers post to us, and whose certificates are asked for there."""
    auth_domain_prefix: str | None = Field(default=None, pattern=r"^[a-z0-9-]{1,63}$")
    api_clients: Annotated[tuple[str, ...], BeforeValidator(_split), Field(min_length=1)] = ("erp",)
    console_urls: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    """Where people return to after they signed in; without any there is no client for people."""
    mfa_required: bool = True
    event_accounts: Annotated[tuple[AccountId, ...], BeforeValidator(_split)] = ()

    shards: int = Field(default=64, ge=1, le=100)
    doubt_seconds: int = Field(default=900, ge=1)
    clock_enabled: bool = True

    worker_timeout_seconds: int | None = Field(default=None, ge=1, le=900)
    worker_concurrency: int = Field(default=10, ge=2)
    send_concurrency: int = Field(default=2, ge=2)
    sms_concurrency: int = Field(default=2, ge=2)
    whatsapp_concurrency: int = Field(default=2, ge=2)
    voice_concurrency: int = Field(default=2, ge=2)
    public_reserved_concurrency: int | None = Field(default=None, ge=1)
    throttle_rate: int = Field(default=200, ge=1)
    throttle_burst: int = Field(default=400, ge=1)

    hits_delay_seconds: int = Field(default=30, ge=0, le=900)
    """How long a hit waits, so that the report of the delivery it may follow is recorded first."""
    thanks_delay_seconds: int = Field(default=30, ge=0, le=900)
    """How long a settlement waits, so that what is paid together is thanked for together."""
    log_retention_days: int = Field(default=90, ge=1)
    archive_days: int = Field(default=30, ge=1)
    quarantine_days: int = Field(default=180, ge=1)
    files_days: int = Field(default=90, ge=1)
    """How long files that came in, and what was found in them, are kept."""
    page_days: int = Field(default=180, ge=1)
    """How long the link in a message leads to the customer's page."""
    evidence_days: int = Field(default=1_830, ge=1)
    """How long nobody can delete evidence: five years (CC art. 206 §5 I), and its last day."""
    seal_heads: int = Field(default=100_000, ge=1)
    """So many chain heads one seal covers at the most."""
    log_level: str = "INFO"

    vendor_layer: Path
    documents_layer: Path
    evidence_layer: Path
    imports_layer: Path
    page_layer: Path

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.custom_domain is None) != (self.certificate_arn is None):
            raise ValueError("custom_domain and certificate_arn go together")
        hooks = (self.hooks_domain, self.hooks_certificate_arn, self.hooks_truststore_uri)
        if len({each is None for each in hooks}) != 1:
            raise ValueError(
                "hooks_domain, hooks_certificate_arn and hooks_truststore_uri go together"
            )
        if self.stage is Stage.AWS and self.emulated:
            raise ValueError("stage aws cannot be emulated")
        if self.stage is Stage.AWS and (self.tracking_base_url or "https:")[:6] != "https:":
            raise ValueError("tracking_base_url must be https on stage aws")
        if self.stage is Stage.AWS and self.doubt_seconds < MIN_DOUBT_SECONDS:
            raise ValueError(
                f"doubt_seconds must be at least {MIN_DOUBT_SECONDS} on stage aws: a sender may "
                f"run for {SEND_TIMEOUT_SECONDS} s, and clocks differ"
            )
        if self.emulated and self.tracking_base_url is None:
            raise ValueError(
                "tracking_base_url is needed: the emulator's address is not known here"
            )
        return self

    @classmethod
    def from_context(cls, node: Node) -> Self:
        """Read every field from CDK context.

        Raises:
            SettingsError: A value is missing or wrong; the message lists all of them.
        """
        values: dict[str, Any] = {}
        for name in cls.model_fields:
            value = node.try_get_context(name)
            if value is not None:
                values[name] = value
        return cls.from_values(values, examples=_examples(node, values.get("stage")))

    @classmethod
    def from_values(cls, values: dict[str, Any], *, examples: dict[str, Any] | None = None) -> Self:
        """Check values, after adding what follows from the stage.

        Raises:
            SettingsError: A value is missing or wrong; the message lists all of them.
        """
        stage = values.get("stage")
        derived: dict[str, Any] = {
            "emulated": stage == Stage.LOCAL,
            "vendor_layer": REPO_ROOT / "layers" / "vendor" / str(stage),
            "documents_layer": REPO_ROOT / "layers" / "vendor" / f"{stage}-documents",
            "evidence_layer": REPO_ROOT / "layers" / "vendor" / f"{stage}-evidence",
            "imports_layer": REPO_ROOT / "layers" / "vendor" / f"{stage}-imports",
            "page_layer": REPO_ROOT / "layers" / "vendor" / f"{stage}-page",
        }
        if stage == Stage.LOCAL:
            derived["worker_timeout_seconds"] = _LOCAL_TIMEOUT_SECONDS
            derived["worker_concurrency"] = _LOCAL_CONCURRENCY
            derived["log_retention_days"] = 1
            derived["hits_delay_seconds"] = 0
            derived["thanks_delay_seconds"] = 0
            derived["seal_heads"] = _LOCAL_SEAL_HEADS
        try:
            return cls.model_validate({**derived, **(examples or {}), **values})
        except ValidationError as exc:
            problems = "\n".join(
                f"  {'.'.join(str(part) for part in error['loc']) or 'context'}: {error['msg']}"
                for error in exc.errors()
            )
            raise SettingsError(
                f"The CDK context is incomplete; pass values with -c name=value:\n{problems}"
            ) from exc

    def concurrency_of(self, channel: str) -> int:
        """Say how many batches of a channel are sent at once: about its provider's rate by ten."""
        name = "send" if channel == "email" else channel
        limit: int = getattr(self, f"{name}_concurrency")
        return limit

    @property
    def ephemeral(self) -> bool:
        """Tell whether data may go with the stack."""
        return self.stage is Stage.LOCAL

    @property
    def allow_as_of(self) -> bool:
        """Tell whether a caller may say what time it is: never outside the local stage."""
        return self.stage is Stage.LOCAL

    @property
    def removal_policy(self) -> RemovalPolicy:
        """Say what becomes of data when its stack is deleted."""
        return RemovalPolicy.DESTROY if self.ephemeral else RemovalPolicy.RETAIN

    @property
    def runtime(self) -> lambda_.Runtime:
        """Give the functions' Python: the newest on AWS, this interpreter's on this machine."""
        return lambda_.Runtime(f"python{self._target.python}", lambda_.RuntimeFamily.PYTHON)

    @property
    def architecture(self) -> lambda_.Architecture:
        """Give the functions' processor: arm64 on AWS, this machine's on this machine."""
        if self._target.machine in {"arm64", "aarch64"}:
            return lambda_.Architecture.ARM_64
        return lambda_.Architecture.X86_64

    @property
    def _target(self) -> Target:
        return AWS if self.stage is Stage.AWS else LOCAL

    def timeout(self, seconds: int) -> Duration:
        """Return a function's time limit, shortened where the deployment asks for it.

        A queue's visibility is six times this, so it is also how long a crashed batch stays hidden.
        """
        return Duration.seconds(min(seconds, self.worker_timeout_seconds or seconds))


def _examples(node: Node, stage: object) -> dict[str, Any]:
    """Return the example values of cdk.json, only where no real mail can leave or when asked."""
    if stage == Stage.LOCAL or node.try_get_context("use_example_values") in {True, "true"}:
        return dict(node.try_get_context("example_values") or {})
    return {}
