"""The bus everything is announced on, its memory, and who may say what on it."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

SOURCE = "regua"

FACTS_IN = (
    "InvoiceIssued",
    "InvoiceCancelled",
    "PaymentReceived",
    "PaymentReversed",
    "CustomerChanged",
)


class Bus(Construct):
    """A custom bus; with `archive_days`, what passed on it can be replayed for that long."""

    def __init__(self, scope: Construct, id_: str, *, archive_days: int | None) -> None:
        super().__init__(scope, id_)
        self.bus = events.EventBus(self, "Bus", description="Facts of the collections ruler")
        if archive_days is not None:
            self.bus.archive(
                "Archive",
                description="Everything published, for replay",
                event_pattern=events.EventPattern(source=events.Match.prefix("")),
                retention=Duration.days(archive_days),
            )

    def keep_our_name(self, roles: Sequence[iam.IRole]) -> None:
        """Refuse events under our source from anyone but `roles`, whatever their own policy says.

        Services of AWS itself are left out: a replay of the archive has no caller.
        """
        self.bus.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OnlyOurFunctionsSpeakAsUs",
                effect=iam.Effect.DENY,
                principals=[iam.StarPrincipal()],
                actions=["events:PutEvents"],
                resources=[self.bus.event_bus_arn],
                conditions={
                    "ForAnyValue:StringEquals": {"events:source": SOURCE},
                    "ArnNotEquals": {"aws:PrincipalArn": [role.role_arn for role in roles]},
                    "Bool": {"aws:PrincipalIsAWSService": "false"},
                },
            )
        )

    def hear(self, accounts: Sequence[str]) -> None:
        """Let other accounts put facts on the bus, under any source but ours."""
        if not accounts:
            return
        self.bus.add_to_resource_policy(
            iam.PolicyStatement(
                sid="PartnersTellFacts",
                principals=[iam.AccountPrincipal(account) for account in accounts],
                actions=["events:PutEvents"],
                resources=[self.bus.event_bus_arn],
                conditions={
                    "ForAllValues:StringNotEquals": {"events:source": SOURCE},
                    "Null": {"events:source": "false"},
                },
            )
        )
