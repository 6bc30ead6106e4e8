"""Queues and the functions behind them: one bad message never harms another, none is lost."""

from tests.infrastructure.assembly import Assembly

SENDERS = {"send_email", "send_sms", "send_whatsapp", "send_voice"}
DOORS = {
    "feed_events",
    "deliver_webhooks",
    "run_import",
    "process_webhook",
    "make_charges",
    "issue_recurring",
    "thank_payer",
}
WORKERS = SENDERS | DOORS | {"evaluate_ruler", "record_hits", "track_delivery", "ingest"}
BATCHES = {
    **dict.fromkeys(("record_hits", "track_delivery"), (40, 1)),
    "feed_events": (100, 1),
    **dict.fromkeys(("deliver_webhooks", "run_import"), (1, None)),
}
"""How many messages come at once, and for how many seconds they are gathered; else ten, and none:
what one costs in requests is shared by many, and what may take long is alone."""
QUEUE = "AWS::SQS::Queue"


def _mappings(assembly: Assembly) -> list[tuple[dict[str, object], str, str]]:
    """Return each event source mapping with the names of its queue and its function."""
    return [
        (mapping, mapping["EventSourceArn"]["Fn::GetAtt"][0], mapping["FunctionName"]["Ref"])
        for mapping in assembly.properties("AWS::Lambda::EventSourceMapping").values()
    ]


def test_every_worker_has_a_queue(assembly: Assembly) -> None:
    functions = assembly.properties("AWS::Lambda::Function")
    fed = {functions[name]["Handler"].partition(".")[0] for _, _, name in _mappings(assembly)}
    assert fed == WORKERS


def test_every_sender_has_a_queue_of_its_own(assembly: Assembly) -> None:
    """A slow channel delays no other."""
    functions = assembly.properties("AWS::Lambda::Function")
    queues = [
        queue
        for _, queue, name in _mappings(assembly)
        if functions[name]["Handler"].partition(".")[0] in SENDERS
    ]
    assert len(queues) == len(set(queues)) == len(SENDERS)


def test_a_failed_record_goes_back_alone(assembly: Assembly) -> None:
    for mapping, _, _ in _mappings(assembly):
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_messages_come_in_batches_of_the_size_that_suits_them(
    assembly: Assembly,
) -> None:
    functions = assembly.properties("AWS::Lambda::Function")
    for mapping, _, name in _mappings(assembly):
        worker = functions[name]["Handler"].partition(".")[0]
        found = (mapping["BatchSize"], mapping.get("MaximumBatchingWindowInSeconds"))
        assert found == BATCHES.get(worker, (10, None)), worker


def test_concurrency_is_bounded_so_that_providers_are_not_overrun(assembly: Assembly) -> None:
    for mapping, _, _ in _mappings(assembly):
        assert isinstance(mapping["ScalingConfig"], dict)
        assert 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 20


def test_each_channel_is_bounded_by_the_rate_of_its_own_provider(tailored: Assembly) -> None:
    functions = tailored.properties("AWS::Lambda::Function")
    bounds = {
        functions[name]["Handler"].partition(".")[0]: mapping["ScalingConfig"]
        for mapping, _, name in _mappings(tailored)
    }
    assert {sender: bounds[sender] for sender in SENDERS} == {
        "send_email": {"MaximumConcurrency": 3},
        "send_sms": {"MaximumConcurrency": 4},
        "send_whatsapp": {"MaximumConcurrency": 5},
        "send_voice": {"MaximumConcurrency": 6},
    }


def test_a_message_is_hidden_for_six_times_what_its_function_may_take(assembly: Assembly) -> None:
    queues, functions = assembly.properties(QUEUE), assembly.properties("AWS::Lambda::Function")
    for _, queue, function in _mappings(assembly):
        assert queues[queue]["VisibilityTimeout"] == 6 * functions[function]["Timeout"]


def test_a_message_that_fails_five_times_is_kept_two_weeks(assembly: Assembly) -> None:
    queues = assembly.properties(QUEUE)
    for _, queue, _ in _mappings(assembly):
        redrive = queues[queue]["RedrivePolicy"]
        assert redrive["maxReceiveCount"] == 5
        dead_letters = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert queues[dead_letters]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_every_queue_is_encrypted(assembly: Assembly) -> None:
    for queue in assembly.properties(QUEUE).values():
        assert queue["SqsManagedSseEnabled"] is True


def test_a_local_crash_is_retried_within_a_minute(local: Assembly) -> None:
    queues = local.properties(QUEUE)
    assert {queues[queue]["VisibilityTimeout"] for _, queue, _ in _mappings(local)} == {60}


def test_the_clock_ticks_every_minute_and_keeps_what_it_cannot_deliver(assembly: Assembly) -> None:
    schedules = assembly.properties("AWS::Scheduler::Schedule").values()
    rates = sorted((each["Target"]["Input"], each["ScheduleExpression"]) for each in schedules)
    assert rates == [
        ('{"kind":"admit"}', "rate(15 minutes)"),
        ('{"kind":"recurring"}', "rate(1 hour)"),
        ('{"kind":"seal"}', "rate(5 minutes)"),
        ('{"kind":"sweep_pix"}', "rate(15 minutes)"),
        ('{"kind":"tick"}', "rate(1 minute)"),
        ('{"kind":"tick"}', "rate(1 minute)"),
    ]
    for schedule in schedules:
        assert schedule["State"] == "ENABLED"
        assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 3
        assert "Arn" in schedule["Target"]["DeadLetterConfig"]


def test_the_clock_can_be_deployed_stopped(tailored: Assembly) -> None:
    schedules = tailored.properties("AWS::Scheduler::Schedule").values()
    assert [schedule["State"] for schedule in schedules] == ["DISABLED"] * 6


def test_the_public_functions_can_be_capped(tailored: Assembly) -> None:
    for name in ("track_open", "verify_evidence", "confirm_reading", "customer_page"):
        assert tailored.functions()[name]["ReservedConcurrentExecutions"] == 50


def test_functions_run_the_newest_python_on_arm(aws: Assembly) -> None:
    for function in aws.functions().values():
        assert (function["Runtime"], function["Architectures"]) == ("python3.14", ["arm64"])


def test_logs_are_kept_by_name_and_not_for_ever(assembly: Assembly) -> None:
    for function in assembly.functions().values():
        assert "LogGroup" in function["LoggingConfig"]
    for group in assembly.properties("AWS::Logs::LogGroup").values():
        assert group["RetentionInDays"] in {1, 90}
