"""Sending domains: in memory, and through boto3 on the carrier that plays SES (moto plays half)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from regua.adapters.dkim_keys import DkimKeys
from regua.adapters.memory_admin import MemorySenderIdentities, MemorySigningKeys
from regua.adapters.ses_identities import SesIdentities
from regua.application.admin_ports import SenderIdentities, SigningKeys
from regua.application.ports import Dkim
from regua.domain.errors import Conflict, ProviderThrottled
from tests.integration.carrier.harness import RunningCarrier, running_carrier

DOMAIN = "aurora.example.com.br"
FIRST, SECOND = Dkim("regua-a", DOMAIN), Dkim("regua-b", DOMAIN)
RETURN_PATH = f"retorno.{DOMAIN}"
KMS_KEY = "arn:aws:kms:sa-east-1:000000000000:key/storage"


@pytest.fixture(scope="session")
def private_keys() -> dict[Dkim, str]:
    """Return keys made as they are for a creditor: making one costs a good part of a second."""
    with mock_aws():
        keys = DkimKeys(boto3.client("secretsmanager"), "Regua", KMS_KEY)
        return {dkim: keys.key(dkim).private_key for dkim in (FIRST, SECOND)}


@pytest.fixture
def carrier(tmp_path: Path, socket_enabled: None) -> Iterator[RunningCarrier]:
    del socket_enabled
    with running_carrier(tmp_path) as running:
        yield running


@pytest.fixture(params=["memory", "carrier"])
def identities(request: pytest.FixtureRequest) -> SenderIdentities:
    if request.param == "memory":
        made = MemorySenderIdentities()
        made.published |= {FIRST, SECOND}
        return made
    running: RunningCarrier = request.getfixturevalue("carrier")
    return SesIdentities(running.ses(), "regua")


def test_a_domain_is_verified_under_the_key_it_was_last_given(
    identities: SenderIdentities, private_keys: dict[Dkim, str]
) -> None:
    assert identities.region
    assert identities.state(FIRST) == (False, False), "nobody knows it yet"
    for _ in range(2):
        identities.establish(FIRST, private_keys[FIRST], RETURN_PATH)
    assert identities.state(FIRST) == (True, True)
    assert identities.state(SECOND) == (False, False), "what is verified is the other key"
    identities.establish(SECOND, private_keys[SECOND], RETURN_PATH)
    assert identities.state(FIRST) == (False, False)
    assert identities.state(SECOND) == (True, True)


def test_an_identity_that_no_claim_made_is_left_as_it_is(
    request: pytest.FixtureRequest, identities: SenderIdentities, private_keys: dict[Dkim, str]
) -> None:
    """The account may send for others: a claim must not take their signature away."""
    other = "propria"
    if isinstance(identities, MemorySenderIdentities):
        identities.established[DOMAIN] = other
    else:
        ses = request.getfixturevalue("carrier").ses()
        key = "".join(private_keys[FIRST].strip().splitlines()[1:-1])
        signing = {"DomainSigningSelector": other, "DomainSigningPrivateKey": key}
        ses.create_email_identity(EmailIdentity=DOMAIN, DkimSigningAttributes=signing)
    with pytest.raises(Conflict):
        identities.establish(FIRST, private_keys[FIRST], RETURN_PATH)
    assert identities.state(FIRST) == (False, False)
    if not isinstance(identities, MemorySenderIdentities):
        assert identities.state(Dkim(other, DOMAIN)).is_verified, "its own key still signs"


def test_the_provider_keeps_what_the_identity_is_to_be(
    carrier: RunningCarrier, private_keys: dict[Dkim, str], tmp_path: Path
) -> None:
    SesIdentities(carrier.ses(), "regua").establish(FIRST, private_keys[FIRST], RETURN_PATH)
    kept = carrier.ses().get_email_identity(EmailIdentity=DOMAIN)
    assert kept["ConfigurationSetName"] == "regua"
    assert kept["FeedbackForwardingStatus"] is False
    assert kept["MailFromAttributes"]["MailFromDomain"] == RETURN_PATH
    assert kept["DkimAttributes"]["Tokens"] == ["regua-a"]
    assert private_keys[FIRST].splitlines()[1] not in str(kept)
    with running_carrier(tmp_path) as again:
        found = again.ses().get_email_identity(EmailIdentity=DOMAIN)
        assert found["DkimAttributes"] == kept["DkimAttributes"], "it outlives a restart"


@pytest.mark.parametrize(
    ("call", "members", "code"),
    [
        (
            "create_email_identity",
            {
                "DkimSigningAttributes": {
                    "DomainSigningSelector": "a",
                    "DomainSigningPrivateKey": "YQ",
                }
            },
            "BadRequestException",
        ),
        ("create_email_identity", {}, "BadRequestException"),
        ("get_email_identity", {}, "NotFoundException"),
        ("put_email_identity_feedback_attributes", {}, "NotFoundException"),
        ("put_email_identity_mail_from_attributes", {}, "NotFoundException"),
        (
            "put_email_identity_dkim_signing_attributes",
            {"SigningAttributesOrigin": "OTHER"},
            "BadRequestException",
        ),
        ("delete_email_identity", {}, "UnknownOperationException"),
    ],
)
def test_the_carrier_refuses_as_ses_does(
    carrier: RunningCarrier, call: str, members: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(carrier.ses(), call)(EmailIdentity=DOMAIN, **members)
    assert caught.value.response["Error"]["Code"] == code


def test_a_domain_is_made_once_and_bounces_to_nobody_else(
    carrier: RunningCarrier, private_keys: dict[Dkim, str]
) -> None:
    SesIdentities(carrier.ses(), "regua").establish(FIRST, private_keys[FIRST], RETURN_PATH)
    signing: Any = {"DomainSigningSelector": "a", "DomainSigningPrivateKey": "YQ"}
    with pytest.raises(ClientError, match="already exists"):
        carrier.ses().create_email_identity(EmailIdentity=DOMAIN, DkimSigningAttributes=signing)
    with pytest.raises(ClientError, match="not subdomain"):
        carrier.ses().put_email_identity_mail_from_attributes(
            EmailIdentity=DOMAIN, MailFromDomain="bounces.example.net"
        )


def test_a_busy_provider_is_told_in_our_words(private_keys: dict[Dkim, str]) -> None:
    ses = boto3.client("sesv2")
    with Stubber(ses) as stub:
        stub.add_client_error("get_email_identity", "TooManyRequestsException")
        with pytest.raises(ProviderThrottled):
            SesIdentities(ses, "regua").establish(FIRST, private_keys[FIRST], RETURN_PATH)


@pytest.fixture(params=["memory", "secretsmanager"])
def keys(request: pytest.FixtureRequest) -> SigningKeys:
    if request.param == "memory":
        return MemorySigningKeys()
    request.getfixturevalue("aws")
    return DkimKeys(boto3.client("secretsmanager"), "Regua", KMS_KEY)


def test_a_key_is_made_once_and_each_selector_has_its_own(keys: SigningKeys) -> None:
    first = keys.key(FIRST)
    assert keys.key(FIRST) == first
    assert keys.key(SECOND) != first
    assert first.record.startswith("v=DKIM1; k=rsa; p=")
