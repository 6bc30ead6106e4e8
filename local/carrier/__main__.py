"""The command line: `python -m local.carrier --port N --aws-endpoint URL --state-dir DIR`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from local.carrier.admin import TOPIC_ARN
from local.carrier.app import build_carrier
from local.carrier.behaviours import CHANNELS
from local.carrier.publisher import SnsPublisher
from local.carrier.server import LOOPBACK, CarrierServer


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=options.log_level, format="%(asctime)s %(levelname)s %(message)s")
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    carrier = build_carrier(
        options.state_dir, lambda topics: SnsPublisher(topics, options.aws_endpoint)
    )
    for channel, topic_arn in options.topic:
        carrier.topics.set(channel, topic_arn)
    try:
        server = CarrierServer(options.port, carrier.handle)
    except OSError as error:
        print(f"cannot listen on {LOOPBACK}:{options.port}: {error.strerror}", file=sys.stderr)
        return 1
    carrier.start()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    serving.start()
    print(f"carrier listening on {server.url}", flush=True)
    asked_to_stop.wait()
    server.shutdown()
    serving.join()
    carrier.stop()
    server.socket.close()
    return 0


def _topic(text: str) -> tuple[str, str]:
    channel, _, topic_arn = text.partition("=")
    if channel not in CHANNELS or not TOPIC_ARN.fullmatch(topic_arn):
        known = ", ".join(CHANNELS)
        raise argparse.ArgumentTypeError(f"not CHANNEL=ARN of an SNS topic (channels: {known})")
    return channel, topic_arn


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.carrier", description=__doc__)
    parser.add_argument("--port", type=int, default=4570, help="0 takes a free one")
    parser.add_argument(
        "--aws-endpoint",
        help="where SNS is; without it, AWS itself as the environment configures it",
    )
    parser.add_argument(
        "--topic",
        type=_topic,
        action="append",
        default=[],
        metavar="CHANNEL=ARN",
        help="where a channel's receipts go; may be repeated, and changed later over HTTP",
    )
    parser.add_argument("--state-dir", type=Path, default=Path(".local/carrier"))
    parser.add_argument("--log-level", default="WARNING")
    return parser


if __name__ == "__main__":
    sys.exit(main())
