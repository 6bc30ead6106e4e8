"""The certificate that reports are signed with, as an operator installs it in a secret.

The secret is ``{"certificate_pem": …, "chain_pem": …}``; it is empty until a certificate is
installed (``tools/evidence_certificate.py``).
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from regua.adapters.pades import SignerCertificate
from regua.adapters.time_stamps import Tsa

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def configured_signer(client: "SecretsManagerClient", secret_arn: str) -> SignerCertificate | None:
    """Read which certificate is installed; None when none is."""
    document = json.loads(client.get_secret_value(SecretId=secret_arn)["SecretString"])
    if "certificate_pem" not in document:
        return None
    return SignerCertificate(document["certificate_pem"], document.get("chain_pem", ""))


def install_signer(
    client: "SecretsManagerClient", secret_arn: str, certificate: SignerCertificate
) -> None:
    """Write which certificate is installed, checked by the caller."""
    document = {
        "certificate_pem": certificate.certificate_pem,
        "chain_pem": certificate.chain_pem,
    }
    client.put_secret_value(SecretId=secret_arn, SecretString=json.dumps(document))


def trusted_certificates(
    tsa: Callable[[], Tsa], signer: Callable[[], SignerCertificate | None]
) -> Mapping[str, str]:
    """Return what a verification starts from: the authority's certificates and the signer's.

    Raises:
        NoTimeStamp: no time-stamping authority is configured.
    """
    found = {"tsa": tsa().ca_pem}
    installed = signer()
    if installed is not None:
        found["signer"] = installed.certificate_pem + installed.chain_pem
    return found
