"""Least privilege, in words: each function here is one thing a Lambda may be allowed to do.

A grant names exact actions and exact resources. Table grants do not imply the key: `decrypt`
and `encrypt` say through which services a function may use it, and how far.
"""

from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from infra.constructs.email_channel import EmailChannel
from infra.constructs.messaging_channel import MessagingChannel
from infra.constructs.python_function import PythonFunction
from infra.stacks.storage import StorageStack


def get_items(who: PythonFunction, table: dynamodb.Table) -> None:
    """Read items by key only."""
    who.allow("dynamodb:GetItem", on=[table.table_arn])


def read_items(who: PythonFunction, table: dynamodb.Table) -> None:
    """Read items by key and by partition."""
    who.allow("dynamodb:GetItem", "dynamodb:Query", on=[table.table_arn])


def get_reports(who: PythonFunction, table: dynamodb.Table) -> None:
    """Read reports' records; no other item of the table."""
    who.allow(
        "dynamodb:GetItem",
        on=[table.table_arn],
        conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["REPORT#*"]}},
    )


def batch_get_items(who: PythonFunction, table: dynamodb.Table) -> None:
    """Read many items by key in one request."""
    who.allow("dynamodb:BatchGetItem", on=[table.table_arn])


def query_index(who: PythonFunction, table: dynamodb.Table, *indexes: str) -> None:
    """Query the named indexes."""
    who.allow("dynamodb:Query", on=[f"{table.table_arn}/index/{index}" for index in indexes])


def put_items(who: PythonFunction, table: dynamodb.Table) -> None:
    """Write whole items, alone or in a transaction."""
    who.allow("dynamodb:PutItem", on=[table.table_arn])


def update_items(who: PythonFunction, table: dynamodb.Table) -> None:
    """Change attributes of items, alone or in a transaction."""
    who.allow("dynamodb:UpdateItem", on=[table.table_arn])


def delete_items(who: PythonFunction, table: dynamodb.Table) -> None:
    """Remove items, alone or in a transaction."""
    who.allow("dynamodb:DeleteItem", on=[table.table_arn])


def append_items(who: PythonFunction, table: dynamodb.Table) -> None:
    """Add many items in one request."""
    who.allow("dynamodb:BatchWriteItem", on=[table.table_arn])


def publish(who: PythonFunction, bus: events.IEventBus) -> None:
    """Put events on the bus."""
    who.allow("events:PutEvents", on=[bus.event_bus_arn])


def send(who: PythonFunction, queue: sqs.IQueue) -> None:
    """Send messages to a queue."""
    who.allow("sqs:SendMessage", on=[queue.queue_arn])


def write_invoices(who: PythonFunction, portfolio: dynamodb.Table, bus: events.IEventBus) -> None:
    """Do what the use cases behind every door need: accounts, pointers, and announcing facts."""
    read_items(who, portfolio)
    put_items(who, portfolio)
    update_items(who, portfolio)
    delete_items(who, portfolio)
    publish(who, bus)


def prove(who: PythonFunction, storage: StorageStack, *, emulated: bool) -> None:
    """Add facts with what they bind: chains, customers' keys, the vault."""
    batch_get_items(who, storage.portfolio)
    batch_get_items(who, storage.messages)
    update_items(who, storage.portfolio)
    put_items(who, storage.messages)
    add_objects(who, storage.evidence, "raw/*")
    use_master_keys(who, storage.evidence_master_key, emulated=emulated)
    encrypt(who, storage.key, "dynamodb", "s3")


def use_exchange(who: PythonFunction, exchange: dynamodb.Table) -> None:
    """Read and write what passes the doors, item by item or in transactions."""
    read_items(who, exchange)
    put_items(who, exchange)
    update_items(who, exchange)
    delete_items(who, exchange)


def send_mail(who: PythonFunction, channel: EmailChannel) -> None:
    """Send mail from our domain and from creditors' own, through our configuration set."""
    who.allow("ses:SendEmail", "ses:SendRawEmail", on=_identities(channel))


def manage_identities(who: PythonFunction, channel: EmailChannel) -> None:
    """Make creditors' domains known to SES, and ask how they stand."""
    who.allow(
        "ses:CreateEmailIdentity",
        "ses:GetEmailIdentity",
        "ses:PutEmailIdentityDkimSigningAttributes",
        "ses:PutEmailIdentityFeedbackAttributes",
        "ses:PutEmailIdentityMailFromAttributes",
        on=_identities(channel),
    )


def _identities(channel: EmailChannel) -> list[str]:
    """Return what mail is checked against: any identity, for creditors bring theirs, one set."""
    account = f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    name = channel.configuration_set.configuration_set_name
    return [f"{account}:identity/*", f"{account}:configuration-set/{name}"]


def send_texts(who: PythonFunction, channel: MessagingChannel) -> None:
    """Send texts from this account's numbers, pools and sender ids, through our configuration."""
    who.allow(
        "sms-voice:SendTextMessage", on=_through(channel, "phone-number", "pool", "sender-id")
    )


def make_calls(who: PythonFunction, channel: MessagingChannel) -> None:
    """Make calls from this account's numbers and pools, through our configuration set."""
    who.allow("sms-voice:SendVoiceMessage", on=_through(channel, "phone-number", "pool"))


def _through(channel: MessagingChannel, *origins: str) -> list[str]:
    """Return what a send is checked against: any origin, for creditors bring theirs, one set."""
    account = f"arn:{Aws.PARTITION}:sms-voice:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    ours = f"{account}:configuration-set/{channel.configuration_set_name}"
    return [*(f"{account}:{origin}/*" for origin in origins), ours]


def send_whatsapp(who: PythonFunction) -> None:
    """Send WhatsApp messages from this account's linked numbers."""
    account = f"arn:{Aws.PARTITION}:social-messaging:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    who.allow("social-messaging:SendWhatsAppMessage", on=[f"{account}:phone-number-id/*"])


def read_secret(who: PythonFunction, secret_arn: str) -> None:
    """Read a secret's current value."""
    who.allow("secretsmanager:GetSecretValue", on=[secret_arn])


def read_dkim_keys(who: PythonFunction, prefix: str) -> None:
    """Read the DKIM keys of this deployment's domains."""
    account = f"arn:{Aws.PARTITION}:secretsmanager:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    who.allow("secretsmanager:GetSecretValue", on=[f"{account}:secret:{prefix}/dkim/*"])


def make_dkim_keys(who: PythonFunction, prefix: str) -> None:
    """Make and read the DKIM keys of this deployment's domains."""
    account = f"arn:{Aws.PARTITION}:secretsmanager:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    who.allow(
        "secretsmanager:CreateSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:UpdateSecret",
        on=[f"{account}:secret:{prefix}/dkim/*"],
    )


def read_psp_secrets(who: PythonFunction, prefix: str) -> None:
    """Read what this deployment's creditors call their payment providers with."""
    account = f"arn:{Aws.PARTITION}:secretsmanager:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    who.allow("secretsmanager:GetSecretValue", on=[f"{account}:secret:{prefix}/psp/*"])


def manage_pool(who: PythonFunction, pool: cognito.IUserPool) -> None:
    """Make and remove API clients, invite people and give them a role."""
    who.allow(
        "cognito-idp:AdminAddUserToGroup",
        "cognito-idp:AdminCreateUser",
        "cognito-idp:AdminDeleteUser",
        "cognito-idp:AdminGetUser",
        "cognito-idp:AdminListGroupsForUser",
        "cognito-idp:AdminRemoveUserFromGroup",
        "cognito-idp:CreateUserPoolClient",
        "cognito-idp:DeleteUserPoolClient",
        "cognito-idp:ListUserPoolClients",
        on=[pool.user_pool_arn],
    )


def admit_clients(who: PythonFunction, api_id: str, authorizer_id: str) -> None:
    """Change whose tokens the API's gateway takes."""
    apis = f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}::/apis"
    who.allow(
        "apigateway:GET", "apigateway:PATCH", on=[f"{apis}/{api_id}/authorizers/{authorizer_id}"]
    )


def add_objects(who: PythonFunction, bucket: s3.IBucket, under: str = "*") -> None:
    """Add objects to a bucket; reading and deleting stay with others."""
    who.allow("s3:PutObject", on=[bucket.arn_for_objects(under)])


def keep_objects(who: PythonFunction, bucket: s3.IBucket, prefix: str) -> None:
    """Add and read objects under a prefix."""
    who.allow("s3:GetObject", "s3:PutObject", on=[bucket.arn_for_objects(f"{prefix}*")])
    list_objects(who, bucket)


def list_objects(who: PythonFunction, bucket: s3.IBucket) -> None:
    """Tell that an object is missing: to whom may not list, it looks forbidden."""
    who.allow("s3:ListBucket", on=[bucket.bucket_arn])


def end_uploads(who: PythonFunction, bucket: s3.IBucket, prefix: str) -> None:
    """Give up an object that is written part by part."""
    who.allow("s3:AbortMultipartUpload", on=[bucket.arn_for_objects(f"{prefix}*")])


def read_objects(who: PythonFunction, bucket: s3.IBucket, *prefixes: str) -> None:
    """Read objects under prefixes."""
    who.allow("s3:GetObject", on=[bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes])


def read_public_key(who: PythonFunction, key: kms.IKey) -> None:
    """Ask which key verifies."""
    who.allow("kms:GetPublicKey", on=[key.key_arn])


def sign(who: PythonFunction, key: kms.IKey) -> None:
    """Sign with a key, and say which key verifies."""
    who.allow("kms:GetPublicKey", "kms:Sign", on=[key.key_arn])


def unwrap_master_keys(who: PythonFunction, key: kms.IKey, *, emulated: bool) -> None:
    """Unwrap creditors' master keys for evidence: read what is kept, and keep nothing new."""
    who.allow("kms:Decrypt", on=[key.key_arn], conditions=_for_evidence(emulated=emulated))


def use_master_keys(who: PythonFunction, key: kms.IKey, *, emulated: bool) -> None:
    """Wrap and unwrap creditors' master keys for evidence, and nothing else."""
    who.allow(
        "kms:Decrypt",
        "kms:GenerateDataKeyWithoutPlaintext",
        on=[key.key_arn],
        conditions=_for_evidence(emulated=emulated),
    )


def _for_evidence(*, emulated: bool) -> dict[str, Any] | None:
    """Return the condition that a key is wrapped for evidence.

    The emulator knows no encryption context: a condition on it would refuse everything there.
    """
    context = {"kms:EncryptionContext:purpose": "regua-evidence"}
    return None if emulated else {"StringEquals": context}


def decrypt(who: PythonFunction, key: kms.IKey, *services: str) -> None:
    """Read what the key encrypts through the named services, never directly."""
    _use_key(who, key, services, "kms:Decrypt", "kms:DescribeKey")


def encrypt(who: PythonFunction, key: kms.IKey, *services: str) -> None:
    """Read and write what the key encrypts through the named services, never directly."""
    _use_key(
        who,
        key,
        services,
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    )


def _use_key(who: PythonFunction, key: kms.IKey, services: tuple[str, ...], *actions: str) -> None:
    who.allow(
        *actions,
        on=[key.key_arn],
        conditions={
            "StringEquals": {
                "kms:ViaService": [f"{service}.{Aws.REGION}.amazonaws.com" for service in services]
            }
        },
    )
