"""How facts and receipts reach their queues."""

from tests.infrastructure.assembly import Assembly

RULE = "AWS::Events::Rule"


def test_every_rule_targets_a_queue_and_keeps_what_it_cannot_deliver(assembly: Assembly) -> None:
    queues = assembly.properties("AWS::SQS::Queue")
    rules = assembly.properties(RULE)
    assert len(rules) == 2
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


def test_only_contacts_we_decided_for_email_reach_the_email_queue(assembly: Assembly) -> None:
    """Another account may send events under our name; it may not send mail with them."""
    rules = assembly.properties(RULE)
    pattern = next(rule["EventPattern"] for name, rule in rules.items() if name.startswith("Email"))
    assert pattern == {
        "source": ["regua"],
        "account": [{"Ref": "AWS::AccountId"}],
        "detail-type": ["ContactDue"],
        "detail": {"data": {"channel": ["email"]}},
    }


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


def test_receipts_keep_the_envelope_of_their_topic(assembly: Assembly) -> None:
    (subscription,) = [
        each
        for each in assembly.properties("AWS::SNS::Subscription").values()
        if each["Protocol"] == "sqs"
    ]
    assert subscription.get("RawMessageDelivery", False) is False
    assert "deadLetterTargetArn" in subscription["RedrivePolicy"]


def test_nothing_local_needs_what_the_emulator_refuses(local: Assembly) -> None:
    refused = (
        "AWS::Events::Archive",
        "AWS::Events::EventBusPolicy",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::DynamoDB::GlobalTable",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::SecretsManager::ResourcePolicy",
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
