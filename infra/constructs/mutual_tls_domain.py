"""A domain of our own for hooks, where the other side shows a certificate (mutual TLS).

The API Pix has receivers believe its notifications because the PSP shows a certificate on the line.
API Gateway checks it against a truststore: a PEM file in S3 with the authorities of the creditors'
PSPs, which the operator maintains (docs/pix.md). Whoever shows none is refused before anything of
ours runs.

Source: BCB, API Pix 2.9.0, webhook (mTLS); AWS, "Configuring mutual TLS authentication for an HTTP
API".
"""

from urllib.parse import urlsplit

from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_s3 as s3
from constructs import Construct


class MutualTlsDomain(Construct):
    """A custom domain that asks for certificates, in front of an HTTP API.

    ``truststore_uri`` is ``s3://bucket/key``, and may name a version: ``s3://bucket/key?v=id``.
    The API must be reachable by this name alone for the certificate to mean anything: see
    ``disable_execute_api_endpoint``, or give hooks a second secret.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        api: apigw.IHttpApi,
        domain: str,
        certificate_arn: str,
        truststore_uri: str,
    ) -> None:
        super().__init__(scope, id_)
        bucket, key, version = truststore(truststore_uri)
        self.domain = apigw.DomainName(
            self,
            "Name",
            domain_name=domain,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate_arn),
            security_policy=apigw.SecurityPolicy.TLS_1_2,
            mtls=apigw.MTLSConfig(
                bucket=s3.Bucket.from_bucket_name(self, "Truststore", bucket),
                key=key,
                version=version,
            ),
        )
        apigw.ApiMapping(self, "Mapping", api=api, domain_name=self.domain)
        self.alias_target = self.domain.regional_domain_name
        """What the domain's DNS record points to."""

    @property
    def url(self) -> str:
        """Return where others post to us."""
        return f"https://{self.domain.name}"


def truststore(uri: str) -> tuple[str, str, str | None]:
    """Read where a truststore is.

    >>> truststore("s3://regua-truststores/psp.pem?v=3HL4")
    ('regua-truststores', 'psp.pem', '3HL4')
    >>> truststore("s3://regua-truststores/psp.pem")
    ('regua-truststores', 'psp.pem', None)

    Raises:
        ValueError: it is no address of an object in S3.
    """
    parts = urlsplit(uri)
    key = parts.path.removeprefix("/")
    if parts.scheme != "s3" or not parts.netloc or not key:
        msg = f"not an s3://bucket/key: {uri}"
        raise ValueError(msg)
    return parts.netloc, key, parts.query.removeprefix("v=") or None
