"""Queries that are not granted, told as RFC 3161 §2.4.2 tells it; granted ones, to the letter."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from asn1crypto import tsp  # type: ignore[import-untyped]

from local.carrier.tsa.authority import Authority, make
from local.carrier.tsa.tokens import POLICY, Refusal, reply_to

NOW = datetime(2026, 11, 26, 12, 0, 0, 999_000, tzinfo=UTC)
DIGEST = hashlib.sha256(b"dados").digest()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make(NOW)


def query(algorithm: str = "sha256", digest: bytes = DIGEST, **more: Any) -> bytes:  # noqa: ANN401
    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest}
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, **more})
    return bytes(asked.dump())


def answered(authority: Authority, asked: bytes) -> Any:  # noqa: ANN401 - asn1crypto has no types
    return tsp.TimeStampResp.load(reply_to(asked, authority, 4_711, NOW), strict=True)


EXTENSION = [{"extn_id": "1.2.3", "critical": False, "extn_value": b"\x05\x00"}]


@pytest.mark.parametrize(
    ("asked", "failure"),
    [
        (query("sha1", DIGEST[:20]), "bad_alg"),
        (query("md5", DIGEST[:16]), "bad_alg"),
        (query(digest=DIGEST[:31]), "bad_data_format"),
        (query("sha512"), "bad_data_format"),
        (query(req_policy="1.2.3"), "unaccepted_policy"),
        (query(extensions=EXTENSION), "unaccepted_extensions"),
        (b"", "bad_data_format"),
        (b"nothing of the kind", "bad_data_format"),
        (query() + b"\x00", "bad_data_format"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(len(value)),
)
def test_what_cannot_be_stamped_is_refused_by_name(
    authority: Authority, asked: bytes, failure: str
) -> None:
    response = Refusal.load(reply_to(asked, authority, 4_711, NOW), strict=True)
    assert response["status"]["status"].native == "rejection"
    assert response["status"]["fail_info"].native == {failure}


@pytest.mark.parametrize("nonce", [None, 1, 2**63 + 1])
@pytest.mark.parametrize("policy", [None, POLICY])
def test_a_stamp_answers_what_was_asked(
    authority: Authority, nonce: int | None, policy: str | None
) -> None:
    more: dict[str, Any] = {"nonce": nonce, "req_policy": policy}
    asked = query(**{name: value for name, value in more.items() if value is not None})
    response = answered(authority, asked)
    assert response["status"]["status"].native == "granted"
    stamped = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    assert stamped["message_imprint"]["hashed_message"].native == DIGEST
    assert stamped["nonce"].native == nonce
    assert stamped["policy"].native == POLICY
    assert stamped["serial_number"].native == 4_711
    assert stamped["gen_time"].native == NOW.replace(microsecond=0)


@pytest.mark.parametrize("wanted", [True, False])
def test_the_certificate_is_sent_only_to_who_asks_for_it(
    authority: Authority, *, wanted: bool
) -> None:
    response = answered(authority, query(cert_req=wanted))
    sent = response["time_stamp_token"]["content"]["certificates"]
    assert bool(sent.native) is wanted
