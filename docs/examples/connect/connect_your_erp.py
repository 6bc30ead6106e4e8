"""Try a mapping before a hook is opened: settings and a payload in, facts and the answer out.

    .venv/bin/python docs/examples/connect/connect_your_erp.py

Nothing is sent and nothing is stored: everything happens in memory. Change the two files beside
this one until every record of yours is read, and give the settings to the hook.
"""
# ruff: noqa: E402, INP001, T201 - a script to run by hand: it finds the layer first, and prints

import hashlib
import hmac
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "layers" / "regua" / "python"))

from regua.adapters.memory import MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.application.connect.acknowledge import acknowledge
from regua.application.connect.apply import apply
from regua.application.connect.receive import receive
from regua.application.connect.signature import check_sender
from regua.application.creditor_document import read_creditor
from regua.application.ingest import Ingest

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
CREDITOR = {
    "creditor_id": "aurora",
    "name": "Aurora Energia Ltda",
    "document": "11222333000181",
    "address_line": "Rua das Laranjeiras, 100, São Paulo, SP, 01000-000",
    "email": "financeiro@aurora.example.com.br",
}


def main() -> None:
    """Read the payload with the settings, apply it, and print what the ERP would be answered."""
    settings = json.loads((HERE / "settings.json").read_text())
    body = (HERE / "payload.json").read_bytes()
    secret = settings["signature"]["secret"].encode()
    signature = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()

    check_sender("generic", settings, body, {"X-ERP-Signature": signature})
    facts = receive("generic", settings, body)
    creditor = read_creditor(CREDITOR)
    portfolio = MemoryPortfolio(MemoryLedger())
    applied = apply(facts, creditor, Ingest(portfolio, MemoryPublisher()), now=NOW)
    answer = acknowledge(creditor.creditor_id, applied, portfolio, at=NOW)
    print(json.dumps(answer, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
