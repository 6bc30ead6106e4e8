"""A description of a local cloud that does not run."""

from local.stack import Stack


def any_stack() -> Stack:
    """Return a description with every field filled."""
    names = ("email", "email_dlq", "undelivered")
    return Stack(
        aws_endpoint_url="http://127.0.0.1:4700",
        region="us-east-1",
        stage="local",
        bus_name="regua",
        api_url="http://localhost:4700/_aws/execute-api/c011ec75",
        token_url="http://localhost:4700/oauth2/token",
        client_id="client",
        client_secret="not-to-be-shown",
        creditor_id="papelaria-ipe",
        inbox_url="http://localhost:4704",
        ses_endpoint="http://127.0.0.1:4704",
        emulator_pid=1,
        carrier_pid=2,
        schedule_name="clock",
        receipts_topic_arn="arn:aws:sns:us-east-1:000000000000:receipts",
        tracking_secret_arn="tracking",
        user_pool_id="pool",
        sender_domain="cobranca.example.com.br",
        event_sources=["erp"],
        is_iam_enforced=False,
        functions={"api": "api"},
        queues={name: f"http://localhost:4700/000000000000/{name}" for name in names},
        tables={"portfolio": "portfolio"},
        buckets={"quarantine": "quarantine"},
        fingerprint="f",
    )
