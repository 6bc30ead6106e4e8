"""The clock: one tick a minute, everything about time zones is decided in the code it calls."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.constructs.worker import dead_letter_queue


class Clock(Construct):
    """Call a function every minute; a tick that cannot be delivered is kept, not lost.

    A late tick catches up on everything a missed one would have done, so retrying for longer than
    a few minutes would only repeat work.
    """

    def __init__(
        self, scope: Construct, id_: str, *, function: lambda_.IFunction, enabled: bool
    ) -> None:
        super().__init__(scope, id_)
        self.dead_letters = dead_letter_queue(self, "DeadLetters")
        self.schedule = scheduler.Schedule(
            self,
            "EveryMinute",
            description="Start one evaluation of what is due",
            schedule=scheduler.ScheduleExpression.rate(Duration.minutes(1)),
            enabled=enabled,
            target=targets.LambdaInvoke(
                function,
                input=scheduler.ScheduleTargetInput.from_object({"kind": "tick"}),
                retry_attempts=3,
                max_event_age=Duration.minutes(5),
                dead_letter_queue=self.dead_letters,
            ),
        )
