"""Bring a local cloud up and take it down again.

The emulator keeps everything in memory, so its process is the cloud: when it is gone, the cloud is
started afresh. Whatever a failed or interrupted start began is ended before the command returns.
"""

import http.client
import json
import re
import shutil
import signal
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum
from pathlib import Path
from types import FrameType

from local import aws, creditors, deploy, emulator, fixups
from local.anchors import FOLDER, write_anchors
from local.console import say, step
from local.emulator import CARRIER, EMULATOR, REGION
from local.lock import exclusive
from local.place import LocalError, Place
from local.processes import Register
from local.psp import register_psp
from local.signer import register_signer
from local.stack import Stack
from local.templates import register_templates
from local.time_stamping import register_tsa

RUNTIME_FILES = ("stack.json", "processes.json", "home", "tmp", "carrier", FOLDER)
LOGS = "logs"


class Condition(Enum):
    """What is left of, or up in, a state directory."""

    ABSENT = "nothing is running"
    RUNNING = "running"
    NO_CARRIER = "running, but the carrier is not"
    BROKEN = "only parts of it are running"


def up(
    place: Place,
    *,
    real_clock: bool = False,
    enforce_iam: bool = False,
    ruler_file: Path | None = None,
) -> Stack:
    """Start and deploy whatever is not running and up to date; return the description.

    With `ruler_file` the default creditor follows that ruler, also on a cloud that already runs.

    Raises:
        LocalError: It cannot be done; nothing that this call started is left running.
    """
    with exclusive(place.directory), interruptible():
        register = Register(place.directory)
        condition = inspect(place, register)
        if condition in {Condition.RUNNING, Condition.NO_CARRIER}:
            stack = Stack.read(place.stack_file)
            require_same(stack, place, enforce_iam=enforce_iam)
            stack = refresh(place, register, stack)
            if ruler_file:
                creditors.register_default(stack, ruler_file)
        else:
            if condition is Condition.BROKEN:
                say("An earlier start was cut short or crashed; starting afresh.")
            clear(place, register)
            stack = start(place, register, enforce_iam=enforce_iam, ruler_file=ruler_file)
        return set_clock(place, stack, is_running=real_clock)


def down(place: Place) -> list[str]:
    """Stop this cloud's processes and remove its files; return what was stopped."""
    if not place.directory.exists():
        return []
    with exclusive(place.directory), uninterrupted():
        register = Register(place.directory)
        stopped = clear(place, register)
        shutil.rmtree(place.directory / LOGS, ignore_errors=True)
        left = register.marked()
        if left:
            raise LocalError(f"these processes did not end: {', '.join(map(str, left))}")
        if not any(place.directory.iterdir()):
            place.directory.rmdir()
    return stopped


def inspect(place: Place, register: Register) -> Condition:
    """Tell what is running."""
    processes = register.load()
    alive = {name for name, process in processes.items() if process.is_alive()}
    if not processes and not place.stack_file.exists():
        return Condition.BROKEN if register.marked() else Condition.ABSENT
    if EMULATOR not in alive or not place.stack_file.exists():
        return Condition.BROKEN
    try:
        actual = place_of(Stack.read(place.stack_file), place.directory)
    except LocalError:
        return Condition.BROKEN
    if not emulator.is_emulator_healthy(actual):
        return Condition.BROKEN
    if CARRIER not in alive or not emulator.is_carrier_healthy(actual):
        return Condition.NO_CARRIER
    return Condition.RUNNING


def place_of(stack: Stack, directory: Path) -> Place:
    """Return the place of a described cloud, whatever the environment says now."""
    return Place(directory, int(stack.aws_endpoint_url.rpartition(":")[2]))


def require_same(stack: Stack, place: Place, *, enforce_iam: bool) -> None:
    """Make sure that what is asked for is what runs.

    Raises:
        LocalError: It runs on another port or with other IAM enforcement.
    """
    if stack.aws_endpoint_url != place.aws_endpoint_url:
        port = stack.aws_endpoint_url.rpartition(":")[2]
        raise LocalError(
            f"the local cloud is already running on port {port}; stop it first (make down) or "
            f"keep using it (PORT={port})"
        )
    if stack.is_iam_enforced != enforce_iam:
        raise LocalError(
            "the local cloud runs with other IAM enforcement; stop it first: make down"
        )


def clear(place: Place, register: Register) -> list[str]:
    """End this cloud's processes and remove its files, its logs kept."""
    stopped = register.stop_all()
    for name in RUNTIME_FILES:
        path = place.directory / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return stopped


def start(place: Place, register: Register, *, enforce_iam: bool, ruler_file: Path | None) -> Stack:
    """Start the processes and deploy; end everything again if that fails.

    Raises:
        LocalError: It cannot be done.
    """
    emulator.require_free(place)
    try:
        running = emulator.launch_emulator(place, register, enforce_iam=enforce_iam)
        carrier = emulator.launch_carrier(place, register)
        key = deploy.fingerprint(place)
        with step("stacks synthesised"):
            assembly = deploy.synthesise(place, key)
        with step("emulator and carrier started"):
            emulator.await_emulator(place, running)
            emulator.await_carrier(place, carrier)
        deploy.prepare_assets(place)
        stack = roll_out(
            place,
            assembly,
            fingerprint=key,
            pids=(running.pid, carrier.pid),
            is_iam_enforced=enforce_iam,
        )
        creditors.register_default(stack, ruler_file)
        register_psp(stack)
        stack.write(place.stack_file)
    except BaseException:
        clear(place, register)
        raise
    return stack


def refresh(place: Place, register: Register, stack: Stack) -> Stack:
    """Bring a running cloud up to date, its data kept; cheap when it is already."""
    if inspect(place, register) is Condition.NO_CARRIER:
        stack = revive_carrier(place, register, stack)
    key = deploy.fingerprint(place)
    if key == stack.fingerprint:
        say("The local cloud is already up.")
        return stack
    say("The application has changed; deploying it again.")
    with step("stacks synthesised"):
        assembly = deploy.synthesise(place, key)
    renewed = roll_out(
        place,
        assembly,
        fingerprint=key,
        pids=(stack.emulator_pid, stack.carrier_pid),
        is_iam_enforced=stack.is_iam_enforced,
    )
    renewed.write(place.stack_file)
    return renewed


def revive_carrier(place: Place, register: Register, stack: Stack) -> Stack:
    """Start the carrier again beside a running emulator."""
    say("The carrier was not running any more; starting it again.")
    remembered = register.load().get(CARRIER)
    if remembered:
        remembered.stop()
    carrier = emulator.launch_carrier(place, register)
    emulator.await_carrier(place, carrier)
    tell_carrier(place, stack.topics)
    revived = replace(stack, carrier_pid=carrier.pid)
    revived.write(place.stack_file)
    return revived


def roll_out(
    place: Place,
    assembly: Path,
    *,
    fingerprint: str,
    pids: tuple[int, int],
    is_iam_enforced: bool,
) -> Stack:
    """Deploy an assembly, make up for what the emulator drops, and describe the result."""
    with step("stacks deployed"):
        deploy.deploy(place, assembly)
    names = deploy.stacks(assembly)
    with step("gaps of the emulator filled"):
        mended = [
            line
            for name in names
            for line in fixups.mend_stack(
                place.aws_endpoint_url, name, deploy.template(assembly, name)
            )
        ]
        place.log("fixups").write_text("".join(f"{line}\n" for line in mended))
    outputs = deploy.outputs(place, names)
    stack = describe(place, outputs, pids, fingerprint, is_iam_enforced)
    tell_carrier(place, stack.topics)
    register_templates(place)
    register_tsa(place, outputs["ReguaTsaSecretArn"])
    register_signer(place, outputs["ReguaSigningKeyArn"], outputs["ReguaSignerSecretArn"])
    write_anchors(place, outputs)
    return stack


def describe(
    place: Place,
    outputs: dict[str, str],
    pids: tuple[int, int],
    fingerprint: str,
    is_iam_enforced: bool,  # noqa: FBT001 - one of the description's fields
) -> Stack:
    """Turn the stacks' outputs into the description that other programs read."""
    clients = by_kind(outputs, "Client")
    client_id = next(iter(clients.values()))
    pool = outputs["ReguaUserPoolId"]
    operator_id = outputs["OperatorClientId"]
    return Stack(
        aws_endpoint_url=place.aws_endpoint_url,
        region=REGION,
        stage="local",
        bus_name=outputs["ReguaBusName"],
        api_url=place.api_url,
        token_url=f"http://localhost:{place.port}/oauth2/token",
        client_id=client_id,
        client_secret=secret_of(place, pool, client_id),
        creditor_id=creditors.DEFAULT_CREDITOR_ID,
        inbox_url=place.inbox_url,
        ses_endpoint=place.carrier_url,
        emulator_pid=pids[0],
        carrier_pid=pids[1],
        schedule_name=outputs["ReguaScheduleName"],
        receipts_topic_arn=outputs["ReguaReceiptsTopicArn"],
        tracking_secret_arn=outputs["ReguaTrackingSecretArn"],
        user_pool_id=pool,
        sender_domain=outputs["ReguaSenderDomain"],
        event_sources=list(creditors.EVENT_SOURCES),
        is_iam_enforced=is_iam_enforced,
        functions=by_kind(outputs, "Function"),
        queues=by_kind(outputs, "Queue"),
        tables=by_kind(outputs, "Table"),
        buckets=by_kind(outputs, "Bucket"),
        fingerprint=fingerprint,
        sms_voice_topic_arn=outputs.get("ReguaTextsTopicArn"),
        whatsapp_topic_arn=outputs.get("ReguaWhatsappTopicArn"),
        seal_schedule_name=outputs.get("ReguaSealScheduleName"),
        evidence_anchors=str(place.directory / FOLDER),
        door_schedule_names=list(by_kind(outputs, "Schedule").values()),
        hooks_base_url=outputs["ReguaHooksBaseUrl"],
        psp_prefix=outputs["ReguaPspPrefix"],
        operator_id=operator_id,
        operator_secret=secret_of(place, pool, operator_id),
        console_id=outputs.get("ConsoleClientId", ""),
    )


def secret_of(place: Place, pool: str, client_id: str) -> str:
    """Return the secret of an API client."""
    cognito = aws.client(place.aws_endpoint_url, "cognito-idp")
    found = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client_id)
    return str(found["UserPoolClient"]["ClientSecret"])


def by_kind(outputs: dict[str, str], kind: str) -> dict[str, str]:
    """Return the outputs of one kind under the names of the public contract.

    >>> by_kind({"QueueEmailDlq": "u", "TablePortfolio": "t"}, "Queue")
    {'email_dlq': 'u'}
    """
    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", key.removeprefix(kind)).lower(): value
        for key, value in sorted(outputs.items())
        if key.startswith(kind)
    }


def tell_carrier(place: Place, topics: Mapping[str, str]) -> None:
    """Tell the carrier where to publish each channel's receipts."""
    for channel, topic_arn in topics.items():
        request = urllib.request.Request(
            f"{place.carrier_url}/admin/topic",
            data=json.dumps({"channel": channel, "topic_arn": topic_arn}).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10):
                pass
        except (OSError, http.client.HTTPException) as exc:
            raise LocalError(f"the carrier did not accept its topic: {exc}") from exc


def set_clock(place: Place, stack: Stack, *, is_running: bool) -> Stack:
    """Let the schedules tick, or pause them; time travel needs them paused."""
    scheduler = aws.client(place.aws_endpoint_url, "scheduler")
    state = "ENABLED" if is_running else "DISABLED"
    for name in stack.schedule_names:
        schedule = scheduler.get_schedule(Name=name)
        if schedule["State"] != state:
            scheduler.update_schedule(
                Name=name,
                ScheduleExpression=schedule["ScheduleExpression"],
                FlexibleTimeWindow=schedule["FlexibleTimeWindow"],
                Target=schedule["Target"],
                State=state,
            )
    return stack


def clock_state(stack: Stack) -> str:
    """Say whether the schedule ticks."""
    scheduler = aws.client(stack.aws_endpoint_url, "scheduler")
    is_running = scheduler.get_schedule(Name=stack.schedule_name)["State"] == "ENABLED"
    return "once a minute" if is_running else "paused"


SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the first request to stop interrupt the work, and none the clean-up that follows."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    with handled_by(interrupt):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off requests to stop: what runs takes seconds, and half of it helps nobody."""
    with handled_by(signal.SIG_IGN):
        yield


@contextmanager
def handled_by(
    handler: Callable[[int, FrameType | None], None] | signal.Handlers,
) -> Iterator[None]:
    """Handle the requests to stop, and put the earlier handlers back."""
    earlier = {each: signal.signal(each, handler) for each in SIGNALS}
    try:
        yield
    finally:
        for each, previous in earlier.items():
            signal.signal(each, previous)
