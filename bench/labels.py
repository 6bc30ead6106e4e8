"""How well people are told from machines: recall per class, and people who are called machines.

Measured on the reference corpus beside the checkout, by the agent string alone and an address of
nobody's list: the least that the first stage ever knows. Strings that cannot decide by themselves
(a scanner dressed as a browser) are counted apart: windows, the honeypot and networks are there for
those.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from regua.domain.hit_classifier import MACHINES, RULESET, Label, classify
from regua.domain.tokens import HitKind

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_HOME = "187.10.20.30"
_PEOPLE = "human_client"
_LABEL_OF = {"crawler": Label.SECURITY_SCANNER, _PEOPLE: Label.PERSON}
_NOT_PEOPLE = MACHINES | {Label.IMAGE_PROXY}
_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36"


def run() -> dict[str, Any]:
    """Return recall per class, false positives, and how many published networks are known."""
    missing = [n for n in ("user_agents.json", "machine_networks.json") if not (DATA / n).exists()]
    if missing:
        return {"skipped": f"no {', '.join(missing)} beside this checkout"}
    return {"ruleset": RULESET, **_by_agent(), **_by_network()}


def _by_agent() -> dict[str, Any]:
    corpus = json.loads((DATA / "user_agents.json").read_text(encoding="utf-8"))
    decidable = [entry for entry in corpus if entry["ua_alone_sufficient"]]
    totals = Counter(entry["kind"] for entry in decidable)
    right = Counter(e["kind"] for e in decidable if _label(e["ua"]) is _expected(e["kind"]))
    called_machines = [
        entry["ua"]
        for entry in corpus
        if entry["kind"] == _PEOPLE
        and any(_label(entry["ua"], kind) in _NOT_PEOPLE for kind in (HitKind.OPEN, HitKind.CLICK))
    ]
    passing = [
        entry["ua"]
        for entry in decidable
        if entry["kind"] != _PEOPLE and _label(entry["ua"]) is Label.PERSON
    ]
    return {
        "agents": len(corpus),
        "recall": {
            kind: {"right": right[kind], "of": total, "share": round(right[kind] / total, 4)}
            for kind, total in sorted(totals.items())
        },
        "people_called_machines": called_machines,
        "machines_called_people": passing,
        "undecidable_by_agent": len(corpus) - len(decidable),
    }


def _by_network() -> dict[str, Any]:
    networks = json.loads((DATA / "machine_networks.json").read_text(encoding="utf-8"))
    published = [
        entry
        for entry in networks
        if entry["source_net"][0].isdigit() and entry["certainty"] in {"certain", "probable"}
    ]
    known = [
        entry
        for entry in published
        if classify(
            HitKind.OPEN if entry["scope"] == "opens" else HitKind.CLICK,
            "GET",
            _BROWSER,
            entry["source_net"].split("/")[0],
            {},
        ).label
        in MACHINES
    ]
    return {
        "networks_known": f"{len(known)} of {len(published)}",
        "need_a_lookup": sum(e["source_net"].startswith(("asn:", "rdns:")) for e in networks),
    }


def _label(agent: str, kind: HitKind = HitKind.OPEN) -> Label:
    return classify(kind, "GET", agent, _HOME, {}).label


def _expected(kind: str) -> Label:
    return _LABEL_OF.get(kind) or Label(kind)


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
