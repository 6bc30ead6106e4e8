"""What a verifier has to know from outside of a file, written where a person finds it.

On AWS these come from the key's public part, the authority's and the signer's certificate chain.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from local import aws
from local.place import Place

SEAL_KEY, TSA_CA, SIGNER_CA = "seal-key.pem", "tsa-ca.pem", "signer-ca.pem"
FOLDER = "evidence"


def write_anchors(place: Place, outputs: Mapping[str, str]) -> Path:
    """Write the three PEM files that `regua evidence verify` takes; return their folder."""
    from regua.application.seal_document import public_key_pem  # noqa: PLC0415 - after set-up

    kms = aws.client(place.aws_endpoint_url, "kms")
    key = kms.get_public_key(KeyId=outputs["ReguaSigningKeyArn"])["PublicKey"]
    tsa = _secret(place, outputs["ReguaTsaSecretArn"])
    signer = _secret(place, outputs["ReguaSignerSecretArn"])
    folder = place.directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, pem in (
        (SEAL_KEY, public_key_pem(key)),
        (TSA_CA, tsa["ca_pem"]),
        (SIGNER_CA, signer["chain_pem"]),
    ):
        (folder / name).write_text(pem, encoding="ascii")
    return folder


def _secret(place: Place, arn: str) -> dict[str, str]:
    secrets = aws.client(place.aws_endpoint_url, "secretsmanager")
    value: dict[str, str] = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    return value
