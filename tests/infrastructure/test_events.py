"""How facts and receipts reach their queues."""

import pytest

from regua.application.outgoing import INTERNAL_EVENTS
from tests.infrastructure.assembly import Assembly

RULE = "AWS::Events::Rule"
CHANNELS = ("email", "sms", "whatsapp", "voice")


def test_every_rule_targets_a_queue_and_keeps_what_it_cannot_deliver(assembly: Assembly) -> None:
    queues = assembly.properties("AWS::SQS::Queue")
    rules = assembly.properties(RULE)
    assert len(rules) == 4 + len(CHANNELS)
    for rule in rules.values():
        (target,) = rule["Targets"]
        assert target["Arn"]["Fn::GetAtt"][0] in queues
        assert "Arn" in target["DeadLetterConfig"]
        assert not {"Input", "InputPath", "InputTransformer"} & set(target)


def test_ingest_hears_the_five_facts_of_others_and_never_our_own(assembly: Assembly) -> None:
    rules = assembly.properties(RULE)
    pattern = next(rule["EventPattern"] for name, rule in rules.items() if name.startswith("Facts"))
    assert pattern["source"] == [{"anything-but": ["regua"]}]
    assert set(pattern["detail-type"]) == {
        "InvoiceIssued",
        "InvoiceCancelled",
        "PaymentReceived",
        "PaymentReversed",
        "CustomerChanged",
    }


@pytest.mark.parametrize("channel", CHANNELS)
def test_only_contacts_we_decided_for_a_channel_reach_its_queue(
    assembly: Assembly, channel: str
) -> None:
    """Another account may send events under our name; it may not send messages with them."""
    sender = f"Send{channel.title()}Queue"
    (pattern,) = [
        rule["EventPattern"]
        for rule in assembly.properties(RULE).values()
        if rule["Targets"][0]["Arn"]["Fn::GetAtt"][0].startswith(sender)
    ]
    assert pattern == {
        "source": ["regua"],
        "account": [{"Ref": "AWS::AccountId"}],
        "detail-type": ["ContactDue"],
        "detail": {"data": {"channel": [channel]}},
    }


def test_the_feed_hears_every_fact_of_ours_that_is_told_outside(assembly: Assembly) -> None:
    rules = assembly.properties(RULE)
    (pattern,) = [r["EventPattern"] for name, r in rules.items() if name.startswith("DoorsFacts")]
    assert pattern["source"] == ["regua"]
    assert pattern["account"] == [{"Ref": "AWS::AccountId"}]
    ((kind, left_out),) = pattern["detail-type"][0].items()
    assert (kind, set(left_out)) == ("anything-but", set(INTERNAL_EVENTS))


def test_only_uploads_start_an_import(assembly: Assembly) -> None:
    rules = assembly.properties(RULE)
    (rule,) = [r for name, r in rules.items() if name.startswith("DoorsUploaded")]
    assert "EventBusName" not in rule, "S3 tells the account's own bus"
    detail = rule["EventPattern"]["detail"]
    assert detail["object"] == {"key": [{"prefix": "uploads/"}]}
    assert len(detail["bucket"]["name"]) == 1


def test_two_deployments_of_an_account_have_two_buses(assembly: Assembly) -> None:
    (bus,) = assembly.properties("AWS::Events::EventBus").values()
    assert bus["Name"].startswith("ReguaFunctions")


def test_the_bus_remembers_on_aws_and_is_not_asked_to_locally(
    aws: Assembly, local: Assembly
) -> None:
    (archive,) = aws.properties("AWS::Events::Archive").values()
    assert archive["RetentionDays"] == 30
    assert local.properties("AWS::Events::Archive") == {}


def test_ses_reports_every_outcome_and_tracks_nothing(assembly: Assembly) -> None:
    """SES open or click tracking would rewrite the body after it was hashed."""
    (destination,) = assembly.properties("AWS::SES::ConfigurationSetEventDestination").values()
    reported = destination["EventDestination"]["MatchingEventTypes"]
    assert set(reported) == {"send", "delivery", "bounce", "complaint", "reject", "deliveryDelay"}
    assert "SnsDestination" in destination["EventDestination"]
    (configuration,) = assembly.properties("AWS::SES::ConfigurationSet").values()
    assert "TrackingOptions" not in configuration


def test_texts_and_calls_report_every_outcome_to_their_topic(
    aws: Assembly, local: Assembly
) -> None:
    (resource,) = aws.resources("AWS::SMSVOICE::ConfigurationSet").values()
    (destination,) = resource["Properties"]["EventDestinations"]
    assert destination["Enabled"] is True
    assert set(destination["MatchingEventTypes"]) == {"TEXT_ALL", "VOICE_ALL"}
    topic = destination["SnsDestination"]["TopicArn"]["Ref"]
    assert topic.startswith("MessagingTexts")
    (policy,) = [
        name
        for name, each in aws.properties("AWS::SNS::TopicPolicy").items()
        if each["Topics"] == [{"Ref": topic}]
    ]
    assert policy in resource["DependsOn"], "its first report may come at once"
    told = local.functions()["send_sms"]["Environment"]["Variables"]
    assert told["REGUA_CONFIGURATION_SET"] == "regua-local"


@pytest.mark.parametrize("function", ["send_sms", "send_voice"])
def test_texts_and_calls_go_through_the_configuration_that_reports(
    aws: Assembly, function: str
) -> None:
    (name,) = aws.resources("AWS::SMSVOICE::ConfigurationSet")
    told = aws.functions()[function]["Environment"]["Variables"]
    assert told["REGUA_CONFIGURATION_SET"] == {"Ref": name}


def test_receipts_keep_the_envelope_of_their_topic(assembly: Assembly) -> None:
    subscriptions = [
        each
        for each in assembly.properties("AWS::SNS::Subscription").values()
        if each["Protocol"] == "sqs"
    ]
    topics = sorted(each["TopicArn"]["Ref"] for each in subscriptions)
    assert [topic[:-8] for topic in topics] == [
        "EmailReceipts",
        "MessagingTexts",
        "MessagingWhatsApp",
    ]
    for subscription in subscriptions:
        assert subscription.get("RawMessageDelivery", False) is False
        assert "deadLetterTargetArn" in subscription["RedrivePolicy"]


def test_topics_of_receipts_are_signed_with_sha_256_and_the_signature_is_required(
    aws: Assembly, local: Assembly
) -> None:
    topics = aws.properties("AWS::SNS::Topic")
    signed = {name[:-8] for name, each in topics.items() if each.get("SignatureVersion") == "2"}
    assert signed == {"EmailReceipts", "MessagingTexts", "MessagingWhatsApp"}
    for stage, expected in ((aws, "required"), (local, "emulated")):
        told = stage.functions()["track_delivery"]["Environment"]["Variables"]
        assert told["REGUA_SNS_SIGNATURES"] == expected
        _, (_, parts) = (
            told["REGUA_TOPIC_ARNS"]["Fn::Join"][0],
            told["REGUA_TOPIC_ARNS"]["Fn::Join"],
        )
        assert {part["Ref"][:-8] for part in parts if part != ","} == signed


def test_nothing_local_needs_what_the_emulator_refuses(local: Assembly) -> None:
    refused = (
        "AWS::Events::Archive",
        "AWS::Events::EventBusPolicy",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::DynamoDB::GlobalTable",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::SecretsManager::ResourcePolicy",
        "AWS::SMSVOICE::ConfigurationSet",
        "AWS::WAFv2::WebACLAssociation",
        "AWS::CloudFormation::CustomResource",
    )
    types = {
        resource["Type"]
        for template in local.templates.values()
        for resource in template["Resources"].values()
    }
    assert not types & set(refused)
    assert not [type_ for type_ in types if type_.startswith("Custom::")]
    assert not [
        each for each in local.properties("AWS::CloudWatch::Alarm").values() if "Metrics" in each
    ]
