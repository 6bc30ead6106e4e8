"""One log line per invocation, and one line of metrics when something countable happened.

Lines hold ids and closed vocabularies only: no address, agent string, token, header or URL. The
metrics line is CloudWatch's embedded metric format, written by hand.
"""

import json
import sys
from contextlib import suppress
from typing import Any

from regua.domain.errors import ReguaError

SERVICE = "track_open"
_NAMESPACE = "Regua"


def write(level: str, epoch_ms: int, fields: dict[str, Any], metrics: tuple[str, ...]) -> None:
    """Write the invocation's lines in one go; each metric counts one."""
    line = {
        "level": level,
        "message": "tracking request answered",
        "service": SERVICE,
        "time_epoch_ms": epoch_ms,
        **{name: value for name, value in fields.items() if value is not None},
    }
    lines = [line]
    if metrics:
        lines.append(_embedded_metrics(epoch_ms, metrics))
    text = "".join(f"{json.dumps(each, separators=(',', ':'))}\n" for each in lines)
    with suppress(OSError):  # a recipient is answered even when nobody can be told
        sys.stdout.write(text)
        sys.stdout.flush()


def describe(exc: BaseException) -> dict[str, Any]:
    """Say what failed and where; messages of errors that are not ours may quote the request."""
    places = []
    trace = exc.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    detail = str(exc) if isinstance(exc, ReguaError) else None
    return {"error": type(exc).__name__, "detail": detail, "places": places}


def _embedded_metrics(epoch_ms: int, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "_aws": {
            "Timestamp": epoch_ms,
            "CloudWatchMetrics": [
                {
                    "Namespace": _NAMESPACE,
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": name, "Unit": "Count"} for name in names],
                }
            ],
        },
        "service": SERVICE,
        **dict.fromkeys(names, 1),
    }
