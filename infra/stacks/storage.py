"""What outlives every deployment: keys, tables, the quarantine, the evidence, the secrets."""

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
LISTED = "listed"
BY_DAY = "by_day"
BY_ACCOUNT = "by_account"
WAITING = "waiting"

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
                Index(LISTED, "list_key", "list_sort", dynamodb.ProjectionType.KEYS_ONLY),
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
        self.exchange = self._table(
            settings,
            "Exchange",
            [Index(WAITING, "wait_key", "wait_until", dynamodb.ProjectionType.KEYS_ONLY)],
        )
        self.quarantine = self._bucket(settings, "Quarantine", settings.quarantine_days)
        self.files = self._bucket(settings, "Files", settings.files_days)
        _tell_of_uploads(self.files)
        self.evidence = self._evidence(settings)
        self.signing_key = kms.Key(
            self,
            "SigningKey",
            description="Signs seals and reports; not rotated: what it signed must verify",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=settings.removal_policy,
            pending_window=Duration.days(7 if settings.ephemeral else 30),
        )
        self.evidence_master_key = kms.Key(
            self,
            "EvidenceMasterKey",
            description="Wraps each creditor's master key, from which its customers' keys come",
            enable_key_rotation=True,
            removal_policy=settings.removal_policy,
            pending_window=Duration.days(7 if settings.ephemeral else 30),
        )
        self.tsa_secret_arn = self._configured(
            settings, "TsaSecret", "Where evidence is time-stamped: url, ca_pem, authorization"
        )
        self.signer_secret_arn = self._configured(
            settings, "SignerSecret", "Certificate of the signing key: certificate_pem, chain_pem"
        )
        self.dkim_prefix = self.stack_name
        """What the names of DKIM keys begin with: ``{prefix}/dkim/{domain}``, made per domain."""
        self.psp_prefix = self.stack_name
        """What the names of providers' secrets begin with: ``{prefix}/psp/{creditor}``."""
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
        emit(self, "table", "exchange", self.exchange.table_name)
        emit(self, "bucket", "quarantine", self.quarantine.bucket_name)
        emit(self, "bucket", "evidence", self.evidence.bucket_name)
        emit(self, "bucket", "files", self.files.bucket_name)
        emit(self, "regua", "key_arn", self.key.key_arn)
        emit(self, "regua", "signing_key_arn", self.signing_key.key_arn)
        emit(self, "regua", "tsa_secret_arn", self.tsa_secret_arn)
        emit(self, "regua", "signer_secret_arn", self.signer_secret_arn)
        emit(self, "regua", "tracking_secret_arn", self.tracking_secret_arn)
        emit(self, "regua", "dkim_prefix", self.dkim_prefix)
        emit(self, "regua", "psp_prefix", self.psp_prefix)

    def _bucket(self, settings: StackSettings, id_: str, days: int) -> s3.Bucket:
        """Build a bucket that keeps what came in for so many days."""
        return s3.Bucket(
            self,
            id_,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            versioned=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(days),
                    noncurrent_version_expiration=Duration.days(30),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            removal_policy=settings.removal_policy,
        )

    def _evidence(self, settings: StackSettings) -> s3.Bucket:
        """Build the bucket whose objects nobody can change or delete before their time."""
        bucket = s3.Bucket(
            self,
            "Evidence",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            versioned=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_lock_enabled=True,
            object_lock_default_retention=s3.ObjectLockRetention.compliance(
                Duration.days(settings.evidence_days)
            ),
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(settings.evidence_days + 1),
                    noncurrent_version_expiration=Duration.days(30),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            removal_policy=settings.removal_policy,
        )
        if not settings.emulated:  # the emulator knows no such condition, and would refuse all
            self._write_once(bucket)
        return bucket

    def _write_once(self, bucket: s3.Bucket) -> None:
        """Let nobody put a newer version over evidence, or hide it behind a delete marker."""
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects("*")],
                conditions={"Null": {"s3:if-none-match": "true"}},
            )
        )
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
                resources=[bucket.arn_for_objects("*")],
            )
        )

    def _configured(self, settings: StackSettings, id_: str, description: str) -> str:
        """Build a secret that an operator fills in, and return its ARN."""
        secret = secrets.Secret(
            self,
            id_,
            description=description,
            encryption_key=self.key,
            secret_object_value={},
            removal_policy=settings.removal_policy,
        )
        return _arn(secret)

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


def _tell_of_uploads(bucket: s3.Bucket) -> None:
    """Let the bucket tell of new objects, by its own property: no function must be made for it."""
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):  # pragma: no cover - what the library promises
        raise TypeError(resource)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
            event_bridge_enabled=True
        )
    )


def _arn(secret: secrets.Secret) -> str:
    """Return the ARN by attribute: `Ref` is the ARN on AWS but the name on the emulator."""
    resource = secret.node.default_child
    if not isinstance(resource, secrets.CfnSecret):  # pragma: no cover - what the library promises
        raise TypeError(resource)
    return resource.attr_id
