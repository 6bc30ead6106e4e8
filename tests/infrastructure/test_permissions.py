"""Each function may do what it does and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.infrastructure.assembly import Assembly

READ = {"dynamodb:GetItem", "dynamodb:Query"}
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

RECORD = READ | {
    "dynamodb:BatchWriteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "events:PutEvents",
}
REGISTER = READ | {
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "events:PutEvents",
}
SEND = {"secretsmanager:GetSecretValue", "ses:SendEmail", "ses:SendRawEmail"}

MAY = {
    "evaluate_ruler": READ
    | CONSUME
    | {"dynamodb:PutItem", "dynamodb:UpdateItem", "events:PutEvents", "sqs:SendMessage"},
    "send_email": RECORD | CONSUME | SEND,
    "track_open": {"dynamodb:GetItem", "secretsmanager:GetSecretValue", "sqs:SendMessage"},
    "record_hits": RECORD | CONSUME,
    "track_delivery": RECORD | CONSUME,
    "ingest": REGISTER | CONSUME | {"s3:PutObject"},
    "api": REGISTER,
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


@pytest.mark.parametrize(
    ("function", "table"), [("track_open", ""), ("ingest", "Messages"), ("api", "Messages")]
)
def test_who_may_not_write_where(aws: Assembly, function: str, table: str) -> None:
    """A link that anybody may follow writes nothing; the API does not rewrite what was sent."""
    role = _role_of(aws, function)
    writes = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}
    for owner, statement in _statements(aws):
        if owner == role and table in str(statement["Resource"]):
            assert (
                not {action.partition(":")[2] for action in _listed(statement["Action"])} & writes
            )


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
