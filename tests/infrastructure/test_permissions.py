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
DECRYPT = {"kms:Decrypt", "kms:DescribeKey"}
ENCRYPT = DECRYPT | {
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}
ALWAYS = LOGS | TRACES

PUT, UPDATE = {"dynamodb:PutItem"}, {"dynamodb:UpdateItem"}
APPEND, DELETE = {"dynamodb:BatchWriteItem"}, {"dynamodb:DeleteItem"}
CHANGE = READ | PUT | UPDATE | ENCRYPT | {"events:PutEvents"}
EXCHANGE = READ | PUT | UPDATE | DELETE
SEND_MESSAGE = {"sqs:SendMessage"}
SECRET = {"secretsmanager:GetSecretValue"}
BATCH_GET = {"dynamodb:BatchGetItem"}
KEEP = {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}
PROVE = CHANGE | BATCH_GET | {"s3:PutObject"}
"""What it takes to add facts to chains, and what they bind to the vault."""
SEND = PROVE | CONSUME | {"secretsmanager:GetSecretValue"}
TABLES = ("Portfolio", "Messages", "Exchange")
SIGNERS = ("seal_evidence", "issue_report")
SENDERS = ("send_email", "send_sms", "send_whatsapp", "send_voice")

MAY = {
    "evaluate_ruler": CHANGE | DELETE | CONSUME | SEND_MESSAGE,
    "send_email": SEND | {"ses:SendEmail", "ses:SendRawEmail"},
    "send_sms": SEND | {"sms-voice:SendTextMessage"},
    "send_whatsapp": SEND | {"social-messaging:SendWhatsAppMessage"},
    "send_voice": SEND | {"sms-voice:SendVoiceMessage"},
    "track_open": DECRYPT | SECRET | SEND_MESSAGE,
    "record_hits": PROVE | CONSUME | APPEND | {"secretsmanager:GetSecretValue"},
    "track_delivery": PROVE | CONSUME | APPEND | {"social-messaging:SendWhatsAppMessage"},
    "ingest": CHANGE | CONSUME | DELETE | SEND_MESSAGE | {"s3:PutObject"},
    "api": CHANGE | DELETE | SEND_MESSAGE | BATCH_GET | KEEP | SECRET,
    "feed_events": EXCHANGE | BATCH_GET | CONSUME | SEND_MESSAGE | ENCRYPT,
    "deliver_webhooks": EXCHANGE | BATCH_GET | CONSUME | SEND_MESSAGE | ENCRYPT,
    "run_import": CHANGE
    | DELETE
    | BATCH_GET
    | APPEND
    | CONSUME
    | SEND_MESSAGE
    | KEEP
    | {"s3:AbortMultipartUpload"},
    "receive_webhook": ENCRYPT | SEND_MESSAGE | {"dynamodb:GetItem", "s3:PutObject"},
    "process_webhook": CHANGE | DELETE | CONSUME | SEND_MESSAGE | SECRET | KEEP,
    "make_charges": CHANGE | DELETE | CONSUME | SECRET,
    "issue_recurring": CHANGE | DELETE | CONSUME | SEND_MESSAGE | SECRET,
    "thank_payer": CHANGE | DELETE | CONSUME,
    "admin": READ
    | PUT
    | UPDATE
    | DELETE
    | ENCRYPT
    | {
        "apigateway:GET",
        "apigateway:PATCH",
        "cognito-idp:AdminAddUserToGroup",
        "cognito-idp:AdminCreateUser",
        "cognito-idp:AdminDeleteUser",
        "cognito-idp:AdminGetUser",
        "cognito-idp:AdminListGroupsForUser",
        "cognito-idp:AdminRemoveUserFromGroup",
        "cognito-idp:CreateUserPoolClient",
        "cognito-idp:DeleteUserPoolClient",
        "cognito-idp:ListUserPoolClients",
        "secretsmanager:CreateSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:UpdateSecret",
        "ses:CreateEmailIdentity",
        "ses:GetEmailIdentity",
        "ses:PutEmailIdentityDkimSigningAttributes",
        "ses:PutEmailIdentityFeedbackAttributes",
        "ses:PutEmailIdentityMailFromAttributes",
    },
    "render_boleto": READ | UPDATE | ENCRYPT | SECRET,
    "confirm_reading": PROVE | SECRET,
    "customer_page": PROVE | DELETE | SEND_MESSAGE | SECRET | {"s3:GetObject"},
    "seal_evidence": READ
    | APPEND
    | ENCRYPT
    | {"s3:GetObject", "s3:PutObject", "s3:ListBucket", "secretsmanager:GetSecretValue"}
    | {"kms:GetPublicKey", "kms:Sign"},
    "issue_report": READ
    | PUT
    | UPDATE
    | DELETE
    | ENCRYPT
    | BATCH_GET
    | {"secretsmanager:GetSecretValue"}
    | {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}
    | {"kms:GetPublicKey", "kms:Sign"},
    "verify_evidence": DECRYPT
    | {"dynamodb:GetItem", "s3:GetObject", "secretsmanager:GetSecretValue", "kms:GetPublicKey"},
}

ON_TABLES: dict[str, tuple[set[str], set[str], set[str]]] = {
    "evaluate_ruler": (READ | PUT | UPDATE | DELETE, READ | UPDATE, set()),
    **dict.fromkeys(
        SENDERS, (READ | PUT | UPDATE | BATCH_GET, READ | PUT | UPDATE | BATCH_GET, set())
    ),
    "track_open": (set(), set(), set()),
    **dict.fromkeys(
        ("record_hits", "track_delivery"),
        (READ | PUT | UPDATE | BATCH_GET, READ | PUT | UPDATE | APPEND | BATCH_GET, set()),
    ),
    "ingest": (READ | PUT | UPDATE | DELETE, set(), set()),
    "api": (READ | PUT | UPDATE | DELETE | BATCH_GET, READ | UPDATE, EXCHANGE | BATCH_GET),
    "render_boleto": (READ, READ, UPDATE),
    "customer_page": (
        READ | PUT | UPDATE | DELETE | BATCH_GET,
        READ | PUT | UPDATE | BATCH_GET,
        {"dynamodb:GetItem"},
    ),
    "confirm_reading": (
        READ | UPDATE | BATCH_GET,
        READ | PUT | UPDATE | BATCH_GET,
        set(),
    ),
    "seal_evidence": (set(), READ | APPEND, set()),
    "issue_report": (READ | BATCH_GET, READ | PUT, EXCHANGE),
    "verify_evidence": (set(), {"dynamodb:GetItem"}, set()),
    **dict.fromkeys(("feed_events", "deliver_webhooks"), (set(), set(), EXCHANGE | BATCH_GET)),
    "run_import": (
        READ | PUT | UPDATE | DELETE | BATCH_GET,
        set(),
        EXCHANGE | BATCH_GET | APPEND,
    ),
    "receive_webhook": (set(), set(), {"dynamodb:GetItem"}),
    **dict.fromkeys(
        ("process_webhook", "issue_recurring"),
        (READ | PUT | UPDATE | DELETE, READ | UPDATE, EXCHANGE),
    ),
    "make_charges": (READ | PUT | UPDATE | DELETE, set(), set()),
    "thank_payer": (READ | PUT | DELETE, READ | UPDATE, set()),
    "admin": (READ | PUT | UPDATE | DELETE, set(), EXCHANGE),
}
"""On the portfolio, on the messages and on what passes the doors, indexes left out."""

ON_INDEXES = {
    ("evaluate_ruler", "Portfolio", "due"),
    ("evaluate_ruler", "Portfolio", "open"),
    ("track_delivery", "Messages", "by_account"),
    ("api", "Portfolio", "open"),
    ("api", "Messages", "by_day"),
    ("api", "Messages", "by_account"),
    ("issue_report", "Messages", "by_account"),
    ("api", "Portfolio", "listed"),
    ("deliver_webhooks", "Exchange", "waiting"),
    ("issue_recurring", "Exchange", "waiting"),
    ("process_webhook", "Portfolio", "open"),
    ("process_webhook", "Messages", "by_account"),
    ("issue_recurring", "Messages", "by_account"),
    ("thank_payer", "Messages", "by_account"),
}
"""Who queries which index, and does nothing else on it."""


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


def test_every_function_is_in_the_tables_above(aws: Assembly) -> None:
    assert set(aws.functions()) == set(MAY) == set(ON_TABLES)


@pytest.mark.parametrize("function", sorted(ON_TABLES))
def test_on_each_table_a_function_may_do_exactly_this(aws: Assembly, function: str) -> None:
    role = _role_of(aws, function)
    for table, expected in zip(TABLES, ON_TABLES[function], strict=True):
        allowed = {
            action
            for owner, statement in _statements(aws)
            if owner == role
            for resource in _listed(statement["Resource"])
            if f"GetAtt{table}" in str(resource) and "/index/" not in str(resource)
            for action in _listed(statement["Action"])
        }
        assert allowed == expected, table


def test_each_index_is_queried_by_exactly_these_functions(aws: Assembly) -> None:
    functions = {_role_of(aws, name): name for name in aws.functions()}
    found = set()
    for owner, statement in _statements(aws):
        for resource in map(str, _listed(statement["Resource"])):
            if "/index/" in resource:
                (table,) = [name for name in TABLES if name in resource]
                index = resource.partition("/index/")[2].partition("'")[0]
                assert statement["Action"] == "dynamodb:Query"
                found.add((functions[owner], table, index))
    assert found == ON_INDEXES


def test_who_only_reads_a_service_may_only_decrypt_through_it(aws: Assembly) -> None:
    """Nobody writes the tracking secret, and the public function writes nothing at all."""
    writers = {
        (owner, service.partition(".")[0])
        for owner, statement in _statements(aws)
        if "kms:Encrypt" in _listed(statement["Action"])
        for service in _services(statement)
    }
    secret_writers = [owner for owner, service in writers if service == "secretsmanager"]
    assert secret_writers == [_role_of(aws, "admin")], "it makes creditors' DKIM keys"
    assert not [owner for owner, _ in writers if owner == _role_of(aws, "track_open")]
    readers = {
        owner
        for owner, statement in _statements(aws)
        if "kms:Decrypt" in _listed(statement["Action"])
        for service in _services(statement)
        if service.startswith("secretsmanager.")
    }
    pages = ("track_open", "confirm_reading", "customer_page", "render_boleto", "verify_evidence")
    ours = (*pages, "record_hits", "api", "admin")
    pay = ("process_webhook", "make_charges", "issue_recurring")
    assert readers == {_role_of(aws, each) for each in (*SENDERS, *ours, *SIGNERS, *pay)}


def _services(statement: dict[str, Any]) -> list[str]:
    """Return the services through which a statement lets the key be used."""
    if "EvidenceMasterKey" in str(statement["Resource"]):
        return []
    named = _listed(statement["Condition"]["StringEquals"]["kms:ViaService"])
    return ["".join(map(str, each["Fn::Join"][1])) for each in named]


def test_no_statement_has_a_wildcard_action(assembly: Assembly) -> None:
    for _, statement in _statements(assembly):
        assert not [action for action in _listed(statement["Action"]) if "*" in action]


def test_only_tracing_names_no_resource(assembly: Assembly) -> None:
    for _, statement in _statements(assembly):
        if "*" in _listed(statement["Resource"]):
            assert set(statement["Action"]) == TRACES


_USED_DIRECTLY = ("SigningKey", "EvidenceMasterKey")


def test_the_key_is_used_through_services_only(assembly: Assembly) -> None:
    for owner, statement in _statements(assembly):
        actions = {each for each in _listed(statement["Action"]) if each.startswith("kms:")}
        if actions and not any(key in str(statement["Resource"]) for key in _USED_DIRECTLY):
            assert "kms:ViaService" in statement["Condition"]["StringEquals"], owner


def test_master_keys_are_unwrapped_for_evidence_and_for_nothing_else(aws: Assembly) -> None:
    """Nobody encrypts with it, and what it wraps says what it is for."""
    wraps = {"kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"}
    users = {}
    for owner, statement in _statements(aws):
        if "EvidenceMasterKey" in str(statement["Resource"]):
            context = statement["Condition"]["StringEquals"]
            assert context == {"kms:EncryptionContext:purpose": "regua-evidence"}
            users[owner] = set(_listed(statement["Action"]))
    provers = (*SENDERS, "record_hits", "track_delivery", "confirm_reading", "customer_page")
    assert users == {
        **{_role_of(aws, each): wraps for each in provers},
        _role_of(aws, "issue_report"): {"kms:Decrypt"},
    }


def test_only_these_may_sign_and_nothing_else_with_the_key_that_signs(aws: Assembly) -> None:
    signers = {}
    for owner, statement in _statements(aws):
        if "SigningKey" in str(statement["Resource"]):
            signers[owner] = set(_listed(statement["Action"]))
    assert signers == {
        **{_role_of(aws, each): {"kms:GetPublicKey", "kms:Sign"} for each in SIGNERS},
        _role_of(aws, "verify_evidence"): {"kms:GetPublicKey"},
    }


def test_the_public_verification_sees_reports_and_no_other_item(aws: Assembly) -> None:
    role = _role_of(aws, "verify_evidence")
    conditions = [
        statement["Condition"]
        for owner, statement in _statements(aws)
        if owner == role and "dynamodb:GetItem" in _listed(statement["Action"])
    ]
    assert conditions == [{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["REPORT#*"]}}]


@pytest.mark.parametrize(("function", "table"), [("track_open", ""), ("ingest", "Messages")])
def test_who_may_not_write_where(aws: Assembly, function: str, table: str) -> None:
    """A link that anybody may follow writes nothing; an ERP's facts end no message."""
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


def test_mail_leaves_only_from_this_account_s_domains_through_our_configuration(
    aws: Assembly,
) -> None:
    (statement,) = [
        each for _, each in _statements(aws) if "ses:SendEmail" in _listed(each["Action"])
    ]
    configuration, identity = sorted(str(resource) for resource in statement["Resource"])
    assert ":identity/*" in identity, "creditors bring their own domains"
    assert ":configuration-set/" in configuration
    assert "*" not in configuration


@pytest.mark.parametrize(
    ("action", "origins"),
    [
        ("sms-voice:SendTextMessage", {"phone-number/*", "pool/*", "sender-id/*"}),
        ("sms-voice:SendVoiceMessage", {"phone-number/*", "pool/*"}),
    ],
)
def test_texts_and_calls_leave_only_from_this_account_through_our_configuration(
    aws: Assembly, action: str, origins: set[str]
) -> None:
    """Whatever number a creditor has, what becomes of a message is reported to us."""
    (name,) = aws.resources("AWS::SMSVOICE::ConfigurationSet")
    assert _resources_of(aws, action, "sms-voice") == {*origins, f"configuration-set/{name}"}


def test_only_who_signs_e_mail_and_who_makes_keys_reach_dkim_keys_of_this_deployment(
    aws: Assembly,
) -> None:
    readers = [
        (owner, statement["Action"], _written(resource))
        for owner, statement in _statements(aws)
        for resource in _listed(statement["Resource"])
        if "/dkim/" in str(resource)
    ]
    assert {(owner, str(action)) for owner, action, _ in readers} == {
        (_role_of(aws, "send_email"), "secretsmanager:GetSecretValue"),
        (
            _role_of(aws, "admin"),
            str(
                [
                    "secretsmanager:CreateSecret",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:UpdateSecret",
                ]
            ),
        ),
    }
    prefix = aws.functions()["send_email"]["Environment"]["Variables"]["REGUA_DKIM_PREFIX"]
    assert all(arn.endswith(f":AWS::AccountId:secret:{prefix}/dkim/*") for *_, arn in readers)


def test_whatsapp_messages_leave_only_from_numbers_of_this_account(aws: Assembly) -> None:
    """Those of the ruler, and the answers to what customers write."""
    found = _resources_of(aws, "social-messaging:SendWhatsAppMessage", "social-messaging")
    assert found == {"phone-number-id/*"}


def _resources_of(assembly: Assembly, action: str, service: str) -> set[str]:
    """Return what an action is allowed on, after the beginning all ARNs of our account share."""
    written = {
        _written(resource)
        for _, statement in _statements(assembly)
        if action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }
    ours = f"arn:AWS::Partition:{service}:AWS::Region:AWS::AccountId:"
    assert all(arn.startswith(ours) for arn in written), written
    return {arn.removeprefix(ours) for arn in written}


def _written(resource: dict[str, Any]) -> str:
    """Write a joined ARN with the names of what it refers to."""
    parts = resource["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else part["Ref"] for part in parts)
