"""The domain that asks for certificates: what of it reaches the template."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk.assertions import Template

from infra.constructs.mutual_tls_domain import MutualTlsDomain, truststore

CERTIFICATE = "arn:aws:acm:sa-east-1:000000000000:certificate/0a0a0a0a"


def template(uri: str) -> Template:
    stack = Stack(App(), "Hooks")
    MutualTlsDomain(
        stack,
        "Domain",
        api=apigw.HttpApi(stack, "Api"),
        domain="pix.cobranca.example.com.br",
        certificate_arn=CERTIFICATE,
        truststore_uri=uri,
    )
    return Template.from_stack(stack)


def domain(uri: str) -> dict[str, Any]:
    found = template(uri).find_resources("AWS::ApiGatewayV2::DomainName")
    properties: dict[str, Any] = next(iter(found.values()))["Properties"]
    return properties


def test_whoever_shows_no_certificate_of_the_truststore_is_refused() -> None:
    found = domain("s3://regua-truststores/psp.pem")
    assert found["DomainName"] == "pix.cobranca.example.com.br"
    assert found["MutualTlsAuthentication"] == {"TruststoreUri": "s3://regua-truststores/psp.pem"}
    configuration = found["DomainNameConfigurations"][0]
    assert configuration["SecurityPolicy"] == "TLS_1_2"
    assert configuration["CertificateArn"] == CERTIFICATE


def test_a_version_of_the_truststore_is_pinned() -> None:
    found = domain("s3://regua-truststores/psp.pem?v=3HL4")
    assert found["MutualTlsAuthentication"]["TruststoreVersion"] == "3HL4"


def test_the_domain_leads_to_the_api() -> None:
    template("s3://regua-truststores/psp.pem").resource_count_is("AWS::ApiGatewayV2::ApiMapping", 1)


@pytest.mark.parametrize(
    "uri", ["https://regua-truststores/psp.pem", "s3:///psp.pem", "s3://regua-truststores", ""]
)
def test_what_is_no_object_in_s3_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="not an s3"):
        truststore(uri)
