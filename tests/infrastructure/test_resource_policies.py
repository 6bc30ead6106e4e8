"""Who may put something on a topic, in a queue or on the bus: the other half of every delivery.

An encrypted topic also needs its key's permission; without either, a message is lost in silence.
"""

from typing import Any

from infra.constructs.event_bus import SOURCE
from tests.infrastructure.assembly import Assembly

ALARM = "AWS::CloudWatch::Alarm"
BUS_POLICY = "AWS::Events::EventBusPolicy"
QUEUE = "AWS::SQS::Queue"
RULE = "AWS::Events::Rule"
SUBSCRIPTION = "AWS::SNS::Subscription"
TOPIC = "AWS::SNS::Topic"

THIS_ACCOUNT = {"Ref": "AWS::AccountId"}
PUBLISHERS = {
    "AlarmsTopic": "cloudwatch.amazonaws.com",
    "EmailReceipts": "ses.amazonaws.com",
    "MessagingTexts": "sms-voice.amazonaws.com",
    "MessagingWhatsApp": "social-messaging.amazonaws.com",
}
SENDERS = {"send_email", "send_sms", "send_whatsapp", "send_voice"}
SPEAKERS = SENDERS | {
    "evaluate_ruler",
    "record_hits",
    "track_delivery",
    "ingest",
    "api",
    "confirm_reading",
    "customer_page",
    "run_import",
    "process_webhook",
    "make_charges",
    "issue_recurring",
    "thank_payer",
}
FEEDS = {
    ("Ingest", "Facts"),
    ("SendEmail", "EmailDue"),
    ("SendSms", "SmsDue"),
    ("SendWhatsapp", "WhatsappDue"),
    ("SendVoice", "VoiceDue"),
    ("TrackDelivery", "EmailReceipts"),
    ("TrackDelivery", "MessagingTexts"),
    ("TrackDelivery", "MessagingWhatsApp"),
    ("DoorsFeedEvents", "DoorsFactsOut"),
    ("DoorsThankPayer", "DoorsPaid"),
    ("DoorsRunImport", "DoorsUploaded"),
}
"""Which queue is fed by which rule or topic; each gives up into the undelivered queue."""


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _target(reference: dict[str, Any]) -> str:
    """Return the logical id a reference of the same stack points to."""
    found = reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]
    assert isinstance(found, str)
    return found


def _allows(assembly: Assembly, kind: str, name: str) -> list[dict[str, Any]]:
    """Return the Allow statements of the policies on one queue or topic."""
    policies = assembly.properties(f"{kind}Policy").values()
    key = "Topics" if kind == TOPIC else "Queues"
    return [
        statement
        for policy in policies
        if name in [_target(each) for each in policy[key]]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]


def _condition(statement: dict[str, Any], operator: str) -> dict[str, Any]:
    """Return the values of an operator, keys in lower case as IAM compares them."""
    return {key.lower(): value for key, value in statement["Condition"][operator].items()}


def _publisher(assembly: Assembly, topic: str) -> str:
    """Return the one service that may publish, from this account only."""
    (statement,) = _allows(assembly, TOPIC, topic)
    assert statement["Action"] == "sns:Publish"
    assert _target(statement["Resource"]) == topic
    assert _condition(statement, "StringEquals")["aws:sourceaccount"] == THIS_ACCOUNT
    service = statement["Principal"]["Service"]
    assert isinstance(service, str)
    return service


def _users_of_the_key(assembly: Assembly) -> set[str]:
    """Return the services that may encrypt what they publish from this account."""
    keys = assembly.properties("AWS::KMS::Key")
    (key,) = [each for name, each in keys.items() if name.startswith("Key")]
    return {
        service
        for statement in key["KeyPolicy"]["Statement"]
        if statement["Effect"] == "Allow"
        and {"kms:Decrypt", "kms:GenerateDataKey"} <= set(_listed(statement["Action"]))
        and "Service" in statement["Principal"]
        and _condition(statement, "StringEquals") == {"aws:sourceaccount": THIS_ACCOUNT}
        for service in _listed(statement["Principal"]["Service"])
    }


def test_every_topic_takes_messages_from_exactly_its_publisher(assembly: Assembly) -> None:
    topics = assembly.properties(TOPIC)
    found = {name: _publisher(assembly, name) for name in topics}
    assert len(found) == len(PUBLISHERS)
    for prefix, service in PUBLISHERS.items():
        (topic,) = [name for name in topics if name.startswith(prefix)]
        assert found[topic] == service
        assert "KmsMasterKeyId" in topics[topic]
    assert _users_of_the_key(assembly) == set(PUBLISHERS.values())


def test_every_alarm_may_say_what_it_has_to_say(assembly: Assembly) -> None:
    for alarm in assembly.properties(ALARM).values():
        for action in alarm["AlarmActions"] + alarm["OKActions"]:
            assert _publisher(assembly, _target(action)) == "cloudwatch.amazonaws.com"


def test_every_queue_takes_messages_from_exactly_what_feeds_it(assembly: Assembly) -> None:
    """Rules and topics, as targets and when they give up; functions come with their own role."""
    feeds: set[tuple[str, str, str]] = set()
    for name, rule in assembly.properties(RULE).items():
        (target,) = rule["Targets"]
        for arn in (target["Arn"], target["DeadLetterConfig"]["Arn"]):
            feeds.add((_target(arn), "events.amazonaws.com", name))
    for subscription in assembly.properties(SUBSCRIPTION).values():
        for arn in (subscription["Endpoint"], subscription["RedrivePolicy"]["deadLetterTargetArn"]):
            feeds.add((_target(arn), "sns.amazonaws.com", _target(subscription["TopicArn"])))
    allowed = {
        (
            queue,
            statement["Principal"]["Service"],
            _target(_condition(statement, "ArnEquals")["aws:sourcearn"]),
        )
        for queue in assembly.properties(QUEUE)
        for statement in _allows(assembly, QUEUE, queue)
        if "sqs:SendMessage" in _listed(statement["Action"])
    }
    assert allowed == feeds
    assert len(feeds) == 2 * len(FEEDS)
    for queue, feeder in FEEDS:
        assert _fed(feeds, feeder) == {f"{queue}Queue", "Undelivered"}


def _fed(feeds: set[tuple[str, str, str]], feeder: str) -> set[str]:
    """Return the queues that one rule or topic puts something into, without their hashes."""
    return {queue[:-8] for queue, _, name in feeds if name[:-8] == feeder}


def test_nobody_but_our_functions_speaks_under_our_name(aws: Assembly) -> None:
    """A forged `ContactDue` would send messages in a creditor's name."""
    (policy,) = aws.properties(BUS_POLICY).values()
    statement = policy["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Action"] == "events:PutEvents"
    condition = dict(statement["Condition"])
    roles = condition.pop("ArnNotEquals")["aws:PrincipalArn"]
    speakers = {name: aws.functions()[name]["Role"]["Fn::GetAtt"][0] for name in SPEAKERS}
    assert {_target(role) for role in roles} == set(speakers.values())
    assert condition == {
        "ForAnyValue:StringEquals": {"events:source": SOURCE},
        "Bool": {"aws:PrincipalIsAWSService": "false"},
    }


def test_every_function_that_publishes_may_speak_under_our_name(aws: Assembly) -> None:
    publishers = {
        policy["Roles"][0]["Ref"]
        for policy in aws.properties("AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "events:PutEvents" in _listed(statement["Action"])
    }
    assert publishers == {aws.functions()[name]["Role"]["Fn::GetAtt"][0] for name in SPEAKERS}


def test_other_accounts_are_heard_only_when_listed_and_never_as_us(tailored: Assembly) -> None:
    (statement,) = [
        each["Statement"]
        for each in tailored.properties(BUS_POLICY).values()
        if each["Statement"]["Effect"] == "Allow"
    ]
    assert statement["Action"] == "events:PutEvents"
    principals = str(statement["Principal"]["AWS"])
    assert len(statement["Principal"]["AWS"]) == 2
    assert "::111122223333:root" in principals
    assert "::444455556666:root" in principals
    assert statement["Condition"] == {
        "ForAllValues:StringNotEquals": {"events:source": SOURCE},
        "Null": {"events:source": "false"},
    }
