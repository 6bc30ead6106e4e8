"""Text messages, calls and WhatsApp: what they report comes over a topic to the receipts' queue.

AWS End User Messaging publishes to a topic of a configuration set; the event destination of a
WhatsApp Business Account is set by hand where the account was linked: CloudFormation cannot.
"""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.email_channel import SIGNATURE_VERSION

TEXT_AND_CALLS = "sms-voice.amazonaws.com"
WHATSAPP = "social-messaging.amazonaws.com"
EMULATED_SET = "regua-local"


class MessagingChannel(Construct):
    """Topics of the providers' reports and replies, and the configuration set that feeds one."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        key: kms.IKey,
        receipts: sqs.IQueue,
        undeliverable: sqs.IQueue,
        emulated: bool,
    ) -> None:
        super().__init__(scope, id_)
        self.texts = self._topic("Texts", TEXT_AND_CALLS, key, receipts, undeliverable)
        self.whatsapp = self._topic("WhatsApp", WHATSAPP, key, receipts, undeliverable)
        self.configuration_set_name = EMULATED_SET if emulated else self._configuration_set()

    def _topic(
        self,
        id_: str,
        publisher: str,
        key: kms.IKey,
        receipts: sqs.IQueue,
        undeliverable: sqs.IQueue,
    ) -> sns.Topic:
        topic = sns.Topic(
            self, id_, master_key=key, enforce_ssl=True, signature_version=SIGNATURE_VERSION
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(publisher)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        topic.add_subscription(
            subscriptions.SqsSubscription(
                receipts, raw_message_delivery=False, dead_letter_queue=undeliverable
            )
        )
        return topic

    def _configuration_set(self) -> str:
        made = smsvoice.CfnConfigurationSet(
            self,
            "Configuration",
            event_destinations=[
                smsvoice.CfnConfigurationSet.EventDestinationProperty(
                    event_destination_name="receipts",
                    enabled=True,
                    matching_event_types=["TEXT_ALL", "VOICE_ALL"],
                    sns_destination=smsvoice.CfnConfigurationSet.SnsDestinationProperty(
                        topic_arn=self.texts.topic_arn
                    ),
                )
            ],
            message_feedback_enabled=False,
        )
        made.node.add_dependency(self.texts)  # with its policy: nothing is reported before it may
        return made.ref
