"""The local cloud starts, repeats, recovers and stops; it never hangs and leaves no process."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from local.cloud import clock_state
from local.emulator import is_carrier_healthy, is_emulator_healthy, is_free
from local.processes import wait_until
from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.money import Money
from tests.builders import DUE, invoice_data
from tests.e2e.clouds import LocalCloud, free_place

LIFECYCLE_PORT = 5810
QUICK_SECONDS = 10
MOMENT_SECONDS = 60

WORKERS = ("evaluate_ruler", "send_email", "record_hits", "track_delivery", "ingest")


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A cloud that these tests may break; each brings it up first, at once when it is up."""
    cloud = LocalCloud(free_place(tmp_path_factory.mktemp("own"), LIFECYCLE_PORT))
    try:
        yield cloud
    finally:
        cloud.down()


@pytest.fixture
def fresh_cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    """A cloud that has never been started."""
    cloud = LocalCloud(free_place(tmp_path / "cloud", LIFECYCLE_PORT))
    try:
        yield cloud
    finally:
        cloud.down()


def test_a_port_in_use_is_named_with_the_way_out(fresh_cloud: LocalCloud) -> None:
    port = fresh_cloud.place.carrier_port
    with socket.create_server(("127.0.0.1", port)):
        finished = fresh_cloud.run("up")
    assert finished.code == 1
    assert f"port {port} is in use" in finished.output
    assert "make up PORT=" in finished.output
    assert fresh_cloud.process_ids() == []


@pytest.mark.parametrize("port", ["http", "80", "70000", "-1"])
def test_an_unusable_port_is_refused_before_anything_starts(
    fresh_cloud: LocalCloud, port: str
) -> None:
    finished = fresh_cloud.run("up", PORT=port)
    assert finished.code == 1
    assert f"PORT={port} is not usable" in finished.output
    assert not fresh_cloud.place.directory.exists()


def test_commands_that_need_the_cloud_say_how_to_start_it(fresh_cloud: LocalCloud) -> None:
    finished = fresh_cloud.run("drain")
    assert finished.code == 1
    assert "make up" in finished.output


def test_a_second_up_keeps_the_cloud_and_its_data(own_cloud: LocalCloud) -> None:
    before = own_cloud.up()
    before.dynamodb.put_item(
        TableName=before.tables["portfolio"], Item={"pk": {"S": "kept"}, "sk": {"S": "kept"}}
    )
    again = own_cloud.run("up")
    assert again.code == 0, again.output
    assert "already up" in again.output
    assert again.seconds < QUICK_SECONDS
    assert own_cloud.stack == before
    found = before.dynamodb.get_item(
        TableName=before.tables["portfolio"], Key={"pk": {"S": "kept"}, "sk": {"S": "kept"}}
    )
    assert "Item" in found


def test_what_the_emulator_drops_of_the_template_is_there(own_cloud: LocalCloud) -> None:
    stack = own_cloud.up()
    for table in stack.tables.values():
        answer = stack.dynamodb.describe_continuous_backups(TableName=table)
        recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    bucket = stack.buckets["quarantine"]
    assert stack.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]


def test_every_function_can_be_loaded(own_cloud: LocalCloud) -> None:
    stack = own_cloud.up()
    answers = {name: stack.invoke(name, {"Records": []}) for name in WORKERS}
    assert answers == {name: {"batchItemFailures": []} for name in WORKERS}


def test_a_boleto_comes_through_the_gateway_as_a_pdf(own_cloud: LocalCloud) -> None:
    """The whole way: token, gateway, the function's own layer, bytes that stay bytes."""
    stack = own_cloud.up()
    boleto = BankBoleto("341", Money(14990), DUE, "1090022335021234567890000")
    body = {k: v for k, v in invoice_data().items() if k != "external_id"}
    body |= {"payment": {"boleto_line": boleto.line}}
    address = f"{stack.api_url}/v1/invoices/fat-pdf"
    headers = {"Authorization": f"Bearer {stack.token()}", "Content-Type": "application/json"}
    put = Request(address, json.dumps(body).encode(), headers, method="PUT")
    with urlopen(put, timeout=MOMENT_SECONDS) as answer:
        assert answer.status == 201
    with urlopen(Request(f"{address}/boleto.pdf", headers=headers), timeout=MOMENT_SECONDS) as got:
        assert got.headers["Content-Type"] == "application/pdf"
        assert got.read().startswith(b"%PDF-")


def test_a_layer_is_unpacked_once_for_all_workers(own_cloud: LocalCloud) -> None:
    stack = own_cloud.up()
    for name in WORKERS:
        stack.invoke(name, {"Records": []})
    workers = list((own_cloud.place.directory / "tmp").glob("ministack-lambda-*/layer_*[0-9]"))
    assert len(workers) >= len(WORKERS)
    assert all(worker.is_symlink() for worker in workers)
    assert len({worker.resolve() for worker in workers}) <= len(("regua", "vendor", "documents"))


def test_the_clock_ticks_only_on_request(own_cloud: LocalCloud) -> None:
    assert clock_state(own_cloud.up()) == "paused"
    assert clock_state(own_cloud.up("--real-clock")) == "once a minute"
    assert clock_state(own_cloud.up()) == "paused"


def test_up_on_another_port_points_at_the_running_cloud(own_cloud: LocalCloud) -> None:
    own_cloud.up()
    elsewhere = LocalCloud(free_place(own_cloud.place.directory, LIFECYCLE_PORT + 500))
    finished = elsewhere.run("up")
    assert finished.code == 1
    assert f"already running on port {own_cloud.place.port}" in finished.output
    assert is_emulator_healthy(own_cloud.place)


def test_a_killed_carrier_is_started_again_and_the_data_stays(own_cloud: LocalCloud) -> None:
    before = own_cloud.up()
    os.kill(before.carrier_pid, signal.SIGKILL)
    after = own_cloud.up()
    assert after.emulator_pid == before.emulator_pid
    assert after.carrier_pid != before.carrier_pid
    assert is_carrier_healthy(own_cloud.place)


def test_after_a_killed_emulator_up_starts_afresh(own_cloud: LocalCloud) -> None:
    before = own_cloud.up()
    invoke_something(own_cloud)
    os.kill(before.emulator_pid, signal.SIGKILL)
    finished = own_cloud.run("up")
    assert finished.code == 0, finished.output
    assert "starting afresh" in finished.output
    assert own_cloud.stack.emulator_pid != before.emulator_pid
    assert is_emulator_healthy(own_cloud.place)
    assert is_carrier_healthy(own_cloud.place)


def test_a_description_that_was_cut_short_does_not_stop_up(own_cloud: LocalCloud) -> None:
    own_cloud.up()
    own_cloud.place.stack_file.write_text('{"aws_endpoint')
    finished = own_cloud.run("up")
    assert finished.code == 0, finished.output
    assert own_cloud.stack.aws_endpoint_url == own_cloud.place.aws_endpoint_url


def emulator_was_started(cloud: LocalCloud) -> bool:
    """Tell whether the first process is up."""
    return bool(cloud.process_ids())


def deployment_began(cloud: LocalCloud) -> bool:
    """Tell whether the CDK toolkit is at work on the emulator."""
    log = cloud.place.log("deploy")
    return log.exists() and log.stat().st_size > 0


@pytest.mark.parametrize("moment", [emulator_was_started, deployment_began])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_up_leaves_nothing_running(
    fresh_cloud: LocalCloud, moment: Callable[[LocalCloud], bool], number: signal.Signals
) -> None:
    with fresh_cloud.start("up") as process:
        assert wait_until(lambda: moment(fresh_cloud), MOMENT_SECONDS)
        process.send_signal(number)
        output, _ = process.communicate(timeout=MOMENT_SECONDS)
    assert process.returncode == 130, output
    assert "interrupted" in output
    assert fresh_cloud.process_ids() == []
    assert not fresh_cloud.place.stack_file.exists()
    assert is_free(fresh_cloud.place.port)
    assert is_free(fresh_cloud.place.carrier_port)


def test_down_leaves_no_process_no_file_and_no_port(own_cloud: LocalCloud) -> None:
    own_cloud.up()
    invoke_something(own_cloud)
    assert len(own_cloud.process_ids()) > len(("emulator", "carrier"))
    own_cloud.down()
    assert own_cloud.process_ids() == []
    assert not own_cloud.place.directory.exists()
    assert is_free(own_cloud.place.port)
    assert is_free(own_cloud.place.carrier_port)


def test_down_twice_is_no_error(own_cloud: LocalCloud) -> None:
    own_cloud.down()
    finished = own_cloud.run("down")
    assert finished.code == 0
    assert "Nothing was running" in finished.output


def invoke_something(cloud: LocalCloud) -> None:
    """Make the emulator start a Lambda worker, which `down` must end as well."""
    cloud.stack.invoke("track_open", {})
