"""SES as we use it: our own links, never theirs, and every receipt on a topic."""

from dataclasses import dataclass

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

RECEIPTS = [
    ses.EmailSendingEvent.SEND,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.REJECT,
    ses.EmailSendingEvent.DELIVERY_DELAY,
]
"""No OPEN and no CLICK: asking for either makes SES rewrite the body after we hashed it."""

SIGNATURE_VERSION = "2"
"""SNS signs with SHA-256; left alone it would be SHA-1."""


@dataclass(frozen=True)
class DnsRecord:
    """A record that the owner of the domain creates by hand."""

    label: str
    name: str
    value: str


class EmailChannel(Construct):
    """The sending domain, its configuration set, and receipts published to a queue."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        domain: str,
        key: kms.IKey,
        receipts: sqs.IQueue,
        undeliverable: sqs.IQueue,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id_)
        self._mail_from = f"retorno.{domain}"
        self.topic = sns.Topic(
            self,
            "Receipts",
            master_key=key,
            enforce_ssl=True,
            signature_version=SIGNATURE_VERSION,
        )
        self.topic.add_subscription(
            subscriptions.SqsSubscription(
                receipts, raw_message_delivery=False, dead_letter_queue=undeliverable
            )
        )
        self.configuration_set = ses.ConfigurationSet(
            self,
            "Configuration",
            reputation_metrics=True,
            suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        )
        self.configuration_set.add_event_destination(
            "ToTopic", destination=ses.EventDestination.sns_topic(self.topic), events=RECEIPTS
        )
        self.identity = ses.EmailIdentity(
            self,
            "Sender",
            identity=ses.Identity.domain(domain),
            configuration_set=self.configuration_set,
            mail_from_domain=self._mail_from,
            feedback_forwarding=False,
        )
        self.identity.apply_removal_policy(removal_policy)

    @property
    def dns_records(self) -> list[DnsRecord]:
        """Say what the domain needs: three CNAMEs that sign, an MX and a TXT for what bounces."""
        dkim = [
            DnsRecord(f"dkim_{number}", record.name, record.value)
            for number, record in enumerate(self.identity.dkim_records, start=1)
        ]
        bounces_to = f"10 feedback-smtp.{Aws.REGION}.amazonses.com"
        return [
            *dkim,
            DnsRecord("mail_from_mx", self._mail_from, bounces_to),
            DnsRecord("mail_from_spf", self._mail_from, "v=spf1 include:amazonses.com ~all"),
        ]
