"""What outlives every deployment: the key, the tables, the quarantine and the tracking secret."""

import json

from aws_cdk import Aws, Duration, IStackSynthesizer, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra.constructs.ledger_table import Index, LedgerTable
from infra.constructs.messaging_channel import TEXT_AND_CALLS, WHATSAPP
from infra.outputs import emit
from infra.settings import StackSettings

DUE = "due"
OPEN = "open"
BY_DAY = "by_day"
BY_ACCOUNT = "by_account"

FIRST_TRACKING_KEY = "k1"

PUBLISHERS = ("ses.amazonaws.com", TEXT_AND_CALLS, WHATSAPP, "cloudwatch.amazonaws.com")
"""The services that publish to encrypted topics of this account."""


class StorageStack(Stack):
    """Stateful resources only; nothing here changes when the code does."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: StackSettings,
        synthesizer: IStackSynthesizer | None,
    ) -> None:
        super().__init__(scope, id_, synthesizer=synthesizer)
        self.key = self._key(settings)
        self.portfolio = self._table(
            settings,
            "Portfolio",
            [
                Index(DUE, "due_shard", "due_at", dynamodb.ProjectionType.KEYS_ONLY),
                Index(OPEN, "open_key", "pk", dynamodb.ProjectionType.KEYS_ONLY),
            ],
        )
        self.messages = self._table(
            settings,
            "Messages",
            [
                Index(
                    BY_DAY,
                    "day_key",
                    "dispatch_id",
                    dynamodb.ProjectionType.INCLUDE,
                    ["state", "reason", "channel", "step_id", "resent_in_doubt", "cost"],
                ),
                Index(BY_ACCOUNT, "account_key", "decided_at", dynamodb.ProjectionType.ALL),
            ],
        )
        self.quarantine = s3.Bucket(
            self,
            "Quarantine",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            versioned=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(settings.quarantine_days),
                    noncurrent_version_expiration=Duration.days(30),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            removal_policy=settings.removal_policy,
        )
        self.tracking_secret = secrets.Secret(
            self,
            "TrackingSecret",
            description="Keys that sign tracking links; add a key and move `current` to rotate",
            encryption_key=self.key,
            generate_secret_string=secrets.SecretStringGenerator(
                secret_string_template=json.dumps({"current": FIRST_TRACKING_KEY}),
                generate_string_key=FIRST_TRACKING_KEY,
                password_length=64,
                exclude_punctuation=True,
            ),
            removal_policy=settings.removal_policy,
        )
        self.tracking_secret_arn = _arn(self.tracking_secret)
        emit(self, "table", "portfolio", self.portfolio.table_name)
        emit(self, "table", "messages", self.messages.table_name)
        emit(self, "bucket", "quarantine", self.quarantine.bucket_name)
        emit(self, "regua", "tracking_secret_arn", self.tracking_secret_arn)

    def _key(self, settings: StackSettings) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description="Customer data at rest",
            enable_key_rotation=True,
            removal_policy=settings.removal_policy,
            pending_window=Duration.days(7 if settings.ephemeral else 30),
        )
        for service in PUBLISHERS:
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal(service)],
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=["*"],
                    conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
                )
            )
        return key

    def _table(self, settings: StackSettings, id_: str, indexes: list[Index]) -> dynamodb.Table:
        return LedgerTable(
            self,
            id_,
            key=self.key,
            indexes=indexes,
            removal_policy=settings.removal_policy,
            deletion_protection=not settings.ephemeral,
        ).table


def _arn(secret: secrets.Secret) -> str:
    """Return the ARN by attribute: `Ref` is the ARN on AWS but the name on the emulator."""
    resource = secret.node.default_child
    if not isinstance(resource, secrets.CfnSecret):  # pragma: no cover - what the library promises
        raise TypeError(resource)
    return resource.attr_id
