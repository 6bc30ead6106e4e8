"""boto3 clients the way every function wants them: short time-outs and few retries."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=5,
    tcp_keepalive=True,
    retries={"mode": "standard", "total_max_attempts": 3},
)
_ONCE = Config(connect_timeout=1, read_timeout=10, retries={"total_max_attempts": 1})
"""For calls whose repetition is a second message to a person."""


def apigateway() -> "ApiGatewayV2Client":
    """Make a client of HTTP APIs."""
    return boto3.client("apigatewayv2", config=_CONFIG)


def cognito() -> "CognitoIdentityProviderClient":
    """Make a Cognito client."""
    return boto3.client("cognito-idp", config=_CONFIG)


def dynamodb() -> "DynamoDBClient":
    """Make a DynamoDB client."""
    return boto3.client("dynamodb", config=_CONFIG)


def events() -> "EventBridgeClient":
    """Make an EventBridge client."""
    return boto3.client("events", config=_CONFIG)


def kms() -> "KMSClient":
    """Make a KMS client."""
    return boto3.client("kms", config=_CONFIG)


def s3() -> "S3Client":
    """Make an S3 client."""
    return boto3.client("s3", config=_CONFIG)


def s3_presigning() -> "S3Client":
    """Make an S3 client whose addresses open what a key of KMS's encrypts (Signature V4 only)."""
    return boto3.client("s3", config=_CONFIG.merge(Config(signature_version="s3v4")))


def secretsmanager() -> "SecretsManagerClient":
    """Make a Secrets Manager client."""
    return boto3.client("secretsmanager", config=_CONFIG)


def sesv2() -> "SESV2Client":
    """Make an SES client that never tries twice by itself."""
    return boto3.client("sesv2", config=_ONCE)


def sqs() -> "SQSClient":
    """Make an SQS client."""
    return boto3.client("sqs", config=_CONFIG)


def sms_voice() -> Any:  # noqa: ANN401 - its stubs are not among our packages
    """Make a client of text messages and calls that never tries twice by itself."""
    return boto3.client("pinpoint-sms-voice-v2", config=_ONCE)


def social_messaging() -> Any:  # noqa: ANN401 - its stubs are not among our packages
    """Make a client of WhatsApp that never tries twice by itself."""
    return boto3.client("socialmessaging", config=_ONCE)
