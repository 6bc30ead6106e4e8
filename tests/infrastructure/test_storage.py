"""What would hurt to lose: customer data, and who could read it."""

from typing import Any

from tests.infrastructure.assembly import Assembly

TABLE = "AWS::DynamoDB::Table"
BUCKET = "AWS::S3::Bucket"
STATEFUL = (TABLE, BUCKET, "AWS::KMS::Key", "AWS::SecretsManager::Secret", "AWS::Cognito::UserPool")


def test_tables_are_on_demand_encrypted_and_restorable(assembly: Assembly) -> None:
    tables = assembly.properties(TABLE)
    assert len(tables) == 3
    for table in tables.values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["SSESpecification"]["SSEType"] == "KMS"
        assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_tables_have_the_keys_and_indexes_the_adapters_use(assembly: Assembly) -> None:
    portfolio, messages, exchange = (
        next(table for name, table in assembly.properties(TABLE).items() if name.startswith(prefix))
        for prefix in ("Portfolio", "Messages", "Exchange")
    )
    assert _indexes(portfolio) == {
        "due": (("due_shard", "due_at"), "KEYS_ONLY", ()),
        "open": (("open_key", "pk"), "KEYS_ONLY", ()),
        "listed": (("list_key", "list_sort"), "KEYS_ONLY", ()),
    }
    assert _indexes(exchange) == {"waiting": (("wait_key", "wait_until"), "KEYS_ONLY", ())}
    assert _indexes(messages) == {
        "by_day": (
            ("day_key", "dispatch_id"),
            "INCLUDE",
            ("channel", "cost", "reason", "resent_in_doubt", "state", "step_id"),
        ),
        "by_account": (("account_key", "decided_at"), "ALL", ()),
    }
    for table in (portfolio, messages, exchange):
        assert _key_names(table["KeySchema"]) == ("pk", "sk")
        assert {each["AttributeType"] for each in table["AttributeDefinitions"]} == {"S"}


def _indexes(table: dict[str, Any]) -> dict[str, object]:
    return {
        index["IndexName"]: (
            _key_names(index["KeySchema"]),
            index["Projection"]["ProjectionType"],
            tuple(sorted(index["Projection"].get("NonKeyAttributes", ()))),
        )
        for index in table["GlobalSecondaryIndexes"]
    }


def _key_names(schema: list[dict[str, str]]) -> tuple[str, ...]:
    ordered = sorted(schema, key=lambda part: part["KeyType"])  # HASH before RANGE
    return tuple(part["AttributeName"] for part in ordered)


def test_data_survives_its_stack_on_aws(aws: Assembly) -> None:
    for type_ in STATEFUL:
        resources = aws.resources(type_)
        assert resources
        for name, resource in resources.items():
            assert resource["DeletionPolicy"] == "Retain", name
            assert resource["UpdateReplacePolicy"] == "Retain", name
    for table in aws.properties(TABLE).values():
        assert table["DeletionProtectionEnabled"] is True
    (pool,) = aws.properties("AWS::Cognito::UserPool").values()
    assert pool["DeletionProtection"] == "ACTIVE"


def test_data_goes_with_its_stack_locally(local: Assembly) -> None:
    for type_ in STATEFUL:
        for name, resource in local.resources(type_).items():
            assert resource["DeletionPolicy"] == "Delete", name
    for table in local.properties(TABLE).values():
        assert table["DeletionProtectionEnabled"] is False


def test_the_buckets_are_private_encrypted_and_versioned(assembly: Assembly) -> None:
    buckets = assembly.properties(BUCKET).values()
    assert len(buckets) == 3
    for bucket in buckets:
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        assert bucket["LifecycleConfiguration"]["Rules"]
    assert _denies_plain_http(assembly, "AWS::S3::BucketPolicy")


def test_nobody_deletes_evidence_before_its_time(assembly: Assembly) -> None:
    (lock,) = (
        bucket["ObjectLockConfiguration"]
        for bucket in assembly.properties(BUCKET).values()
        if bucket.get("ObjectLockEnabled")
    )
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "COMPLIANCE", "Days": 1_830}


def test_evidence_is_written_once_by_the_buckets_own_policy(aws: Assembly) -> None:
    denied = [
        (each["Action"], each.get("Condition"))
        for policy in aws.properties("AWS::S3::BucketPolicy").values()
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Deny" and each["Action"] != "s3:*"
    ]
    assert denied == [
        ("s3:PutObject", {"Null": {"s3:if-none-match": "true"}}),
        (["s3:DeleteObject", "s3:DeleteObjectVersion"], None),
    ]


def test_queues_and_topics_refuse_plain_http(assembly: Assembly) -> None:
    assert _denies_plain_http(assembly, "AWS::SQS::QueuePolicy")
    assert _denies_plain_http(assembly, "AWS::SNS::TopicPolicy")


def _denies_plain_http(assembly: Assembly, type_: str) -> bool:
    refusal = {"Bool": {"aws:SecureTransport": "false"}}
    policies = assembly.properties(type_).values()
    return all(
        any(
            statement["Effect"] == "Deny" and statement.get("Condition") == refusal
            for statement in policy["PolicyDocument"]["Statement"]
        )
        for policy in policies
    )


def test_keys_that_encrypt_rotate_and_the_one_that_signs_does_not(assembly: Assembly) -> None:
    keys = assembly.properties("AWS::KMS::Key").values()
    rotating = [key for key in keys if key.get("EnableKeyRotation")]
    (signing,) = (key for key in keys if not key.get("EnableKeyRotation"))
    assert len(rotating) == 2
    assert (signing["KeySpec"], signing["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")


def test_topics_and_secrets_are_encrypted_with_our_key(assembly: Assembly) -> None:
    for topic in assembly.properties("AWS::SNS::Topic").values():
        assert "KmsMasterKeyId" in topic
    for secret in assembly.properties("AWS::SecretsManager::Secret").values():
        assert "KmsKeyId" in secret


def test_the_tracking_secret_starts_with_one_generated_key(assembly: Assembly) -> None:
    secrets = assembly.properties("AWS::SecretsManager::Secret").values()
    (generated,) = (
        secret["GenerateSecretString"] for secret in secrets if "GenerateSecretString" in secret
    )
    assert generated["SecretStringTemplate"] == '{"current": "k1"}'
    assert generated["GenerateStringKey"] == "k1"
    assert generated["PasswordLength"] >= 32


def test_what_an_operator_fills_in_starts_empty(assembly: Assembly) -> None:
    secrets = assembly.properties("AWS::SecretsManager::Secret").values()
    empty = [secret["SecretString"] for secret in secrets if "SecretString" in secret]
    assert empty == ["{}", "{}"]
