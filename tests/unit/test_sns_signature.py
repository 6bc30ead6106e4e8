"""Who signed an SNS envelope: Amazon over exactly these bytes, or nobody."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters import sns_signature
from regua.adapters.memory_certificates import MemoryCertificates
from regua.adapters.sns_signature import (
    Envelope,
    Fetch,
    NoCertificate,
    SnsSignatures,
    emulated,
    signed_text,
)

REGION = "sa-east-1"
URL = f"https://sns.{REGION}.amazonaws.com/SimpleNotificationService-7506a1e35b36ef5a.pem"
TOPIC = f"arn:aws:sns:{REGION}:111122223333:Recibos"
AT = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "da41e39f-ea4d-435a-b922-c6aae3915ebe",
    "TopicArn": TOPIC,
    "Subject": "olá",
    "Message": '{"eventType": "Delivery", "x": "ação\\n"}',
    "Timestamp": "2026-11-10T12:00:00.123Z",
    "SigningCertURL": URL,
    "UnsubscribeURL": f"https://sns.{REGION}.amazonaws.com/?Action=Unsubscribe",
}
CONFIRMATION = {
    **{name: value for name, value in NOTIFICATION.items() if name != "Subject"},
    "Type": "SubscriptionConfirmation",
    "Token": "2336412f37f",
    "SubscribeURL": f"https://sns.{REGION}.amazonaws.com/?Action=ConfirmSubscription",
}
Key = rsa.RSAPrivateKey


@cache
def key(name: str = "amazon") -> Key:
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    start: datetime = AT - timedelta(days=30),
    end: datetime = AT + timedelta(days=365),
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(end)
        .sign(private, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


@cache
def amazon_s() -> bytes:
    return certificate(key())


def by_hand(envelope: dict[str, Any]) -> bytes:
    """Spell what is signed as the developer guide shows it, without the code under test."""
    if envelope["Type"] == "Notification":
        subject = f"Subject\n{envelope['Subject']}\n" if "Subject" in envelope else ""
        text = (
            f"Message\n{envelope['Message']}\nMessageId\n{envelope['MessageId']}\n{subject}"
            f"Timestamp\n{envelope['Timestamp']}\nTopicArn\n{envelope['TopicArn']}\n"
            f"Type\n{envelope['Type']}\n"
        )
    else:
        text = (
            f"Message\n{envelope['Message']}\nMessageId\n{envelope['MessageId']}\n"
            f"SubscribeURL\n{envelope['SubscribeURL']}\nTimestamp\n{envelope['Timestamp']}\n"
            f"Token\n{envelope['Token']}\nTopicArn\n{envelope['TopicArn']}\n"
            f"Type\n{envelope['Type']}\n"
        )
    return text.encode()


def signed(
    fields: dict[str, Any] = NOTIFICATION, version: str = "2", private: Key | None = None
) -> dict[str, Any]:
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303 - SNS's own
    signature = (private or key()).sign(by_hand(fields), padding.PKCS1v15(), algorithm)
    return {
        **fields,
        "SignatureVersion": version,
        "Signature": b64encode(signature).decode(),
    }


def verifier(fetch: Fetch = lambda _: amazon_s(), **changes: Any) -> SnsSignatures:  # noqa: ANN401 - any argument
    given = {
        "certificates": MemoryCertificates(),
        "region": REGION,
        "topics": {TOPIC},
        **changes,
    }
    return SnsSignatures(fetch=fetch, **given)


def verdict(envelope: object, fetch: Fetch = lambda _: amazon_s()) -> Envelope:
    body = envelope if isinstance(envelope, str) else json.dumps(envelope)
    return verifier(fetch)(body).envelope


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    "fields",
    [
        NOTIFICATION,
        {name: value for name, value in NOTIFICATION.items() if name != "Subject"},
        CONFIRMATION,
        {**CONFIRMATION, "Type": "UnsubscribeConfirmation"},
    ],
    ids=["notification", "without a subject", "subscribed", "unsubscribed"],
)
def test_what_amazon_signed_is_verified(fields: dict[str, Any], version: str) -> None:
    assert verdict(signed(fields, version)) is Envelope.VERIFIED


@pytest.mark.parametrize(
    "name", ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
)
def test_a_signed_field_that_was_changed_or_taken_out_is_seen(name: str) -> None:
    changed = {
        "Timestamp": "2026-11-10T12:00:01.123Z",
        "TopicArn": f"arn:aws:sns:{REGION}:111122223333:Outro",
        "Type": "SubscriptionConfirmation",
    }
    envelope = signed()
    assert verdict({**envelope, name: changed.get(name, f"{envelope[name]} ")}) is Envelope.INVALID
    assert verdict({n: v for n, v in envelope.items() if n != name}) is Envelope.INVALID


@given(at=st.integers(0, 255), bit=st.integers(0, 7))
def test_no_bit_of_a_signature_can_change(at: int, bit: int) -> None:
    signature = bytearray(key().sign(by_hand(NOTIFICATION), padding.PKCS1v15(), hashes.SHA256()))
    signature[at] ^= 1 << bit
    spelled = b64encode(signature).decode()
    assert verdict({**signed(), "Signature": spelled}) is Envelope.INVALID


@pytest.mark.parametrize(
    "changes",
    [
        {"Signature": "FAKE"},
        {"Signature": ""},
        {"Signature": "não é base64"},
        {"Signature": 7},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": 2},
        {"SignatureVersion": []},
        {"Timestamp": "ontem"},
        {"Timestamp": 7},
        {"Message": {"eventType": "Delivery"}},
        {"Subject": None},
        {"Type": None},
        {"Type": {}},
        {"TopicArn": None},
        {"TopicArn": "Recibos"},
        {"TopicArn": "arn:aws:sns:us-east-1:111122223333:Recibos"},
    ],
)
def test_what_sns_would_not_have_sent_is_invalid(changes: dict[str, Any]) -> None:
    assert verdict({**signed(), **changes}) is Envelope.INVALID


@pytest.mark.parametrize("body", ["", "null", "[]", "7", "{}", '{"Type": "Notification"}', "{"])
def test_what_is_no_envelope_is_invalid(body: str) -> None:
    assert verdict(body) is Envelope.INVALID


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("https:", "http:"),
        URL.replace("sa-east-1", "us-east-1"),
        URL.replace("amazonaws.com", "amazonaws.com.cn"),
        URL.replace("amazonaws.com", "amazonaws.com.evil.example.com"),
        URL.replace("amazonaws.com", "example.com"),
        URL.replace("//sns.", "//evil.example.com/sns."),
        URL.replace("//sns.", "//sns.sns."),
        URL.replace("//sns.", "//u:p@sns."),
        URL.replace("//sns.", "//evil@sns."),
        URL.replace(".com/", ".com:8443/"),
        URL.replace(".com/", ".com/../"),
        URL.replace(".pem", ".pem?x=y"),
        URL.replace(".pem", ".pem#x"),
        URL.replace(".pem", ".html"),
        URL.replace(".pem", ".pem\n"),
        f" {URL}",
        "https://sns.sa-east-1.amazonaws.com\\.evil.example.com/x.pem",
        "https://s3.amazonaws.com/bucket/x.pem",
        "",
        7,
    ],
)
def test_a_certificate_from_anywhere_else_is_never_asked_for(url: object) -> None:
    asked: list[str] = []

    def ask(address: str) -> bytes:
        asked.append(address)
        return amazon_s()

    assert verdict({**signed(), "SigningCertURL": url}, ask) is Envelope.INVALID
    assert asked == []


def test_china_s_host_is_amazon_s_too() -> None:
    fields = {
        **NOTIFICATION,
        "TopicArn": "arn:aws-cn:sns:cn-north-1:111122223333:Recibos",
        "SigningCertURL": "https://sns.cn-north-1.amazonaws.com.cn/x.pem",
    }
    check = verifier(region="cn-north-1", topics={fields["TopicArn"]})
    assert check(json.dumps(signed(fields))).envelope is Envelope.VERIFIED
    elsewhere = {**fields, "SigningCertURL": "https://sns.cn-north-1.amazonaws.com/x.pem"}
    assert check(json.dumps(signed(elsewhere))).envelope is Envelope.INVALID


@pytest.mark.parametrize(
    "arn", [f"arn:aws:sns:{REGION}:444455556666:Recibos", f"{TOPIC}2", TOPIC[:-1], ""]
)
def test_what_sns_signed_for_another_s_topic_is_invalid_and_asks_for_no_certificate(
    arn: str,
) -> None:
    asked: list[str] = []

    def ask(address: str) -> bytes:
        asked.append(address)
        return amazon_s()

    assert verdict(signed({**NOTIFICATION, "TopicArn": arn}), ask) is Envelope.INVALID
    assert asked == []


def test_another_s_key_does_not_sign_for_amazon() -> None:
    assert verdict(signed(private=key("outra"))) is Envelope.INVALID


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (AT - timedelta(days=1), AT + timedelta(seconds=1), Envelope.VERIFIED),
        (AT, AT + timedelta(days=1), Envelope.VERIFIED),
        (AT - timedelta(days=1), AT, Envelope.INVALID),
        (AT + timedelta(seconds=1), AT + timedelta(days=1), Envelope.INVALID),
    ],
)
def test_the_certificate_was_valid_when_the_message_was_made(
    start: datetime, end: datetime, expected: Envelope
) -> None:
    assert verdict(signed(), lambda _: certificate(key(), start=start, end=end)) is expected


def test_a_certificate_of_another_kind_of_key_is_none_of_amazon_s() -> None:
    pem = certificate(ec.generate_private_key(ec.SECP256R1()))
    assert verdict(signed(), lambda _: pem) is Envelope.INVALID


def test_an_address_without_a_certificate_signs_nothing() -> None:
    def none(_: str) -> bytes:
        raise NoCertificate

    assert verdict(signed(), none) is Envelope.INVALID
    assert verdict(signed(), lambda _: b"<html>") is Envelope.INVALID


def test_a_certificate_is_fetched_once_and_kept_once_before_the_verdict() -> None:
    asked: list[str] = []
    certificates = MemoryCertificates()

    def ask(address: str) -> bytes:
        asked.append(address)
        return amazon_s()

    check = verifier(ask, certificates=certificates)
    first, second = check(json.dumps(signed())), check(json.dumps(signed(version="1")))
    fingerprint = x509.load_pem_x509_certificate(amazon_s()).fingerprint(hashes.SHA256()).hex()
    assert asked == [URL]
    assert first == second
    assert first.facts == {"envelope": "verified", "signing_cert_sha256": fingerprint}
    assert certificates.find(fingerprint) == amazon_s().decode()


def test_a_certificate_that_cannot_be_kept_verifies_nothing() -> None:
    class Down(MemoryCertificates):
        def keep(self, sha256: str, pem: str) -> None:
            raise RuntimeError(sha256, pem)

    check = verifier(certificates=Down())
    for _ in range(2):
        with pytest.raises(RuntimeError):
            check(json.dumps(signed()))


def test_nothing_is_kept_of_who_signed_nothing() -> None:
    certificates = MemoryCertificates()
    check = verifier(certificates=certificates)
    assert check(json.dumps({**signed(), "Message": "x"})).facts == {"envelope": "invalid"}
    assert certificates.kept == {}


def test_an_unreachable_host_is_left_alone_for_a_minute_and_says_nothing_against_the_message() -> (
    None
):
    now, asked = [0.0], [0]

    def ask(_: str) -> bytes:
        asked[0] += 1
        if now[0] < 100:
            raise OSError
        return amazon_s()

    check = verifier(ask, clock=lambda: now[0])
    for moment, expected, tries in (
        (0, Envelope.UNAVAILABLE, 1),
        (59, Envelope.UNAVAILABLE, 1),
        (61, Envelope.UNAVAILABLE, 2),
        (122, Envelope.VERIFIED, 3),
    ):
        now[0] = moment
        assert check(json.dumps(signed())).envelope is expected
        assert asked[0] == tries


def test_an_emulator_s_envelope_is_called_what_it_is() -> None:
    assert emulated("{}").facts == {"envelope": "unsigned_emulator"}


def test_what_is_signed_is_spelled_as_documented() -> None:
    assert signed_text(NOTIFICATION) == by_hand(NOTIFICATION)
    assert signed_text(CONFIRMATION) == by_hand(CONFIRMATION)


class Answer:
    """An HTTPS answer of Amazon's host."""

    def __init__(self, status: int) -> None:
        self.status = status

    def read(self, size: int) -> bytes:
        return (amazon_s() if self.status == 200 else b"<html>")[:size]


def host(answer: Callable[[], Answer]) -> type:
    class Connection:
        def __init__(self, netloc: str, timeout: float) -> None:
            assert (netloc, timeout <= 5) == (f"sns.{REGION}.amazonaws.com", True)

        def request(self, method: str, path: str) -> None:
            assert (method, path) == ("GET", URL.partition(".com")[2])

        def getresponse(self) -> Answer:
            return answer()

        def close(self) -> None:
            """Close nothing."""

    return Connection


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Envelope.VERIFIED),
        (301, Envelope.INVALID),
        (403, Envelope.INVALID),
        (404, Envelope.INVALID),
        (408, Envelope.UNAVAILABLE),
        (429, Envelope.UNAVAILABLE),
        (500, Envelope.UNAVAILABLE),
        (503, Envelope.UNAVAILABLE),
    ],
)
def test_a_host_in_trouble_is_told_from_one_that_has_no_certificate(
    status: int, expected: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sns_signature, "HTTPSConnection", host(lambda: Answer(status)))
    check = SnsSignatures(MemoryCertificates(), region=REGION, topics={TOPIC})
    assert check(json.dumps(signed())).envelope is expected


@pytest.mark.parametrize("failure", [TimeoutError, ConnectionRefusedError])
def test_a_host_that_does_not_answer_is_unavailable(
    failure: type[OSError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Answer:
        raise failure

    monkeypatch.setattr(sns_signature, "HTTPSConnection", host(fail))
    check = SnsSignatures(MemoryCertificates(), region=REGION, topics={TOPIC})
    assert check(json.dumps(signed())).envelope is Envelope.UNAVAILABLE
