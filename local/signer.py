"""Give the local cloud a certificate to sign reports with, from an authority of this machine.

`tools.evidence_certificate` does it on AWS, with a certificate that others trust.
"""

import json
from datetime import UTC, datetime, timedelta

from local import aws
from local.place import Place

_AUTHORITY = "Regua AC local de assinatura, somente testes"
_SIGNER = "Regua local, somente testes"

VALID_FOR = timedelta(days=365 * 20)
EARLIER = timedelta(days=365)
"""Where time travels, a report may be from before the deployment."""


def register_signer(place: Place, key_arn: str, secret_arn: str) -> None:
    """Write a certificate of the cloud's signing key into its secret, unless one is there."""
    secrets = aws.client(place.aws_endpoint_url, "secretsmanager")
    known = json.loads(secrets.get_secret_value(SecretId=secret_arn)["SecretString"])
    kms = aws.client(place.aws_endpoint_url, "kms")
    key = kms.get_public_key(KeyId=key_arn)["PublicKey"]
    if _is_of(str(known.get("certificate_pem", "")), key):
        return
    certificate, authority = _certificates(key, datetime.now(UTC))
    document = {"certificate_pem": certificate, "chain_pem": authority}
    secrets.put_secret_value(SecretId=secret_arn, SecretString=json.dumps(document))


def _is_of(certificate_pem: str, key_der: bytes) -> bool:
    """Tell whether a certificate is there and is the key's."""
    from cryptography import x509  # noqa: PLC0415 - only where a cloud is set up
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        PublicFormat,
    )

    if not certificate_pem:
        return False
    held = x509.load_pem_x509_certificate(certificate_pem.encode()).public_key()
    return held.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == key_der


def _certificates(key_der: bytes, now: datetime) -> tuple[str, str]:
    """Return a certificate of a key and that of its authority, whose own key is thrown away."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        load_der_public_key,
    )

    from local.carrier.certificates import begun  # noqa: PLC0415

    public = load_der_public_key(key_der)
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TypeError("the signing key is no elliptic curve key")
    ca_key = ec.generate_private_key(ec.SECP256R1())

    valid = now - EARLIER, now + VALID_FOR
    authority = begun(_AUTHORITY, _AUTHORITY, ca_key.public_key(), valid=valid, is_ca=True)
    certificate = begun(_SIGNER, _AUTHORITY, public, valid=valid, is_ca=False, commits=True)
    signed = (each.sign(ca_key, hashes.SHA256()) for each in (certificate, authority))
    first, second = (each.public_bytes(Encoding.PEM).decode() for each in signed)
    return first, second
