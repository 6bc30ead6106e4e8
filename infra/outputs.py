"""Stack outputs under one naming rule, so that a program can find everything without guessing.

`emit(stack, "queue", "email_dlq", url)` becomes the output `QueueEmailDlq`: the kind, then the name
in the form of the public contract, in PascalCase. Kinds: table, bucket, function, queue, client,
and `regua` for single values (`ReguaBusName`, `ReguaApiUrl`, ...).
"""

from aws_cdk import CfnOutput, Stack


def pascal(name: str) -> str:
    """Turn a name of the contract into a logical id.

    >>> pascal("email_dlq")
    'EmailDlq'
    """
    return "".join(part.title() for part in name.replace("-", "_").split("_"))


def emit(stack: Stack, kind: str, name: str, value: str) -> None:
    """Add one output."""
    CfnOutput(stack, pascal(kind) + pascal(name), value=value)
