"""Alarms that all go to one topic and all name the page that says what to do."""

from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

RUNBOOKS = "docs/runbooks"


@dataclass(frozen=True)
class Threshold:
    """When an alarm speaks: `value` crossed in `periods` periods running."""

    value: float
    periods: int = 1
    comparison: cloudwatch.ComparisonOperator = (
        cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
    )
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING


class Alarms(Construct):
    """The topic people listen to, and a way to add alarms that reach it."""

    def __init__(self, scope: Construct, id_: str, *, key: kms.IKey, email: str | None) -> None:
        super().__init__(scope, id_)
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        # A topic with any policy loses SNS's own, which lets the account's alarms publish.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowAlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def add(
        self,
        id_: str,
        *,
        metric: cloudwatch.IMetric,
        threshold: Threshold,
        says: str,
        runbook: str,
    ) -> cloudwatch.Alarm:
        """Add an alarm whose description says what happened and which runbook to open."""
        alarm = cloudwatch.Alarm(
            self,
            id_,
            metric=metric,
            threshold=threshold.value,
            evaluation_periods=threshold.periods,
            comparison_operator=threshold.comparison,
            treat_missing_data=threshold.missing,
            alarm_description=f"{says} Runbook: {RUNBOOKS}/{runbook}.md",
        )
        action = actions.SnsAction(self.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)
        return alarm
