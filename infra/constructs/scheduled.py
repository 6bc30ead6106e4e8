"""The clocks: a tick at a rate, everything about time zones is decided in the code it calls."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.worker import dead_letter_queue


class Clock(Construct):
    """Call a function at a rate; a tick that cannot be delivered is kept, not lost.

    A late tick catches up on everything a missed one would have done, so retrying for longer than
    a few minutes would only repeat work. Clocks may share a queue of undelivered ticks.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        function: lambda_.IFunction,
        enabled: bool,
        minutes: int = 1,
        kind: str = "tick",
        description: str = "Start one evaluation of what is due",
        dead_letters: sqs.Queue | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.dead_letters = dead_letters or dead_letter_queue(self, "DeadLetters")
        self.schedule = scheduler.Schedule(
            self,
            "EveryMinute" if minutes == 1 else f"Every{minutes}Minutes",
            description=description,
            schedule=scheduler.ScheduleExpression.rate(Duration.minutes(minutes)),
            enabled=enabled,
            target=targets.LambdaInvoke(
                function,
                input=scheduler.ScheduleTargetInput.from_object({"kind": kind}),
                retry_attempts=3,
                max_event_age=Duration.minutes(5),
                dead_letter_queue=self.dead_letters,
            ),
        )
