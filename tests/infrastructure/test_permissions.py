"""Each function may do what it does and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.infrastructure.assembly import Assembly

READ = {"dynamodb:GetItem", "dynamodb:Query"}
WRITE = {"dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
CONSUME = {
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
KEY = {
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}
ALWAYS = LOGS | TRACES | KEY

MAY = {
    "evaluate_ruler": READ
    | WRITE
    | CONSUME
    | {
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "events:PutEvents",
        "sqs:SendMessage",
    },
    "send_email": READ
    | WRITE
    | CONSUME
    | {
        "events:PutEvents",
        "secretsmanager:GetSecretValue",
        "ses:SendEmail",
        "ses:SendRawEmail",
    },
    "track_open": {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "secretsmanager:GetSecretValue",
        "sqs:SendMessage",
    },
    "record_hits": READ
    | WRITE
    | CONSUME
    | {"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "events:PutEvents"},
    "track_delivery": READ
    | WRITE
    | CONSUME
    | {"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "events:PutEvents"},
    "ingest": READ
    | WRITE
    | CONSUME
    | {
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "events:PutEvents",
        "s3:PutObject",
    },
    "api": READ | WRITE | {"dynamodb:BatchGetItem", "dynamodb:DeleteItem", "events:PutEvents"},
}


def _statements(assembly: Assembly) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every identity policy statement with the logical id of its role."""
    for policy in assembly.properties("AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            yield policy["Roles"][0]["Ref"], statement
    for name, role in assembly.properties("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role, name


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _role_of(assembly: Assembly, function: str) -> str:
    name = assembly.functions()[function]["Role"]["Fn::GetAtt"][0]
    assert isinstance(name, str)
    return name


@pytest.mark.parametrize("function", sorted(MAY))
def test_a_function_may_do_exactly_this(aws: Assembly, function: str) -> None:
    role = _role_of(aws, function)
    allowed = {
        action
        for owner, statement in _statements(aws)
        if owner == role
        for action in _listed(statement["Action"])
    }
    assert allowed == MAY[function] | ALWAYS


def test_every_function_is_in_the_table_above(aws: Assembly) -> None:
    assert set(aws.functions()) == set(MAY)


def test_no_statement_has_a_wildcard_action(assembly: Assembly) -> None:
    for _, statement in _statements(assembly):
        assert not [action for action in _listed(statement["Action"]) if "*" in action]


def test_only_tracing_names_no_resource(assembly: Assembly) -> None:
    for _, statement in _statements(assembly):
        if "*" in _listed(statement["Resource"]):
            assert set(statement["Action"]) == TRACES


def test_the_key_is_used_through_services_only(assembly: Assembly) -> None:
    for owner, statement in _statements(assembly):
        if any(action.startswith("kms:") for action in _listed(statement["Action"])):
            assert "kms:ViaService" in statement["Condition"]["StringEquals"], owner


def test_no_two_functions_share_a_role(assembly: Assembly) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in assembly.functions().values()]
    assert len(roles) == len(set(roles))


def test_mail_leaves_only_from_our_domain_through_our_configuration(aws: Assembly) -> None:
    (statement,) = [
        each for _, each in _statements(aws) if "ses:SendEmail" in _listed(each["Action"])
    ]
    configuration, identity = sorted(str(resource) for resource in statement["Resource"])
    assert ":identity/" in identity
    assert ":configuration-set/" in configuration
    assert "*" not in identity + configuration
