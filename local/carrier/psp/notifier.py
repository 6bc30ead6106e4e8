"""Posts to receivers' webhooks, in the background, again while they do not take it."""

from __future__ import annotations

import json
import logging
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 30.0
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further try."""


@dataclass(slots=True)
class Notifier:
    """Tells receivers; what nobody takes after the last try is forgotten, as real ones do."""

    pauses: tuple[float, ...] = PAUSES

    def tell(
        self, url: str, body: object, headers: Mapping[str, str], *, after_seconds: float = 0.0
    ) -> None:
        """Post a body as JSON, later, without waiting for it."""
        data = json.dumps(body).encode()
        thread = threading.Timer(after_seconds, self._post, [url, data, dict(headers)])
        thread.daemon = True
        thread.start()

    def _post(self, url: str, data: bytes, headers: dict[str, str]) -> None:
        for pause in (*self.pauses, None):
            asked = urllib.request.Request(
                url, data, {**headers, "Content-Type": "application/json"}, method="POST"
            )
            try:
                with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS):
                    return
            except urllib.error.HTTPError as exc:
                exc.close()
                log.info("webhook answered %s", exc.code)
            except OSError as exc:
                log.info("webhook does not answer: %s", exc)
            if pause is not None:
                threading.Event().wait(pause)
