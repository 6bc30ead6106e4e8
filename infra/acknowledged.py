"""Every cdk-nag finding we accept: where, which rule, and why in one line.

A finding that is not here fails the tests; so does an entry here that finds nothing any more.
"""

from dataclasses import dataclass

from aws_cdk import Acknowledgment, Validations
from constructs import Construct

from infra.settings import Stage

_SENDERS = ("SendEmail", "SendSms", "SendWhatsapp", "SendVoice")
_DOORS = (
    "FeedEvents",
    "DeliverWebhooks",
    "RunImport",
    "ProcessWebhook",
    "MakeCharges",
    "IssueRecurring",
    "ThankPayer",
)
_WORKERS = (
    "EvaluateRuler",
    *_SENDERS,
    "RecordHits",
    "TrackDelivery",
    "Ingest",
    *(f"Doors/{each}" for each in _DOORS),
)
_SMS_ROLE, _WHATSAPP_ROLE, _VOICE_ROLE = (
    f"ReguaFunctions/{sender}/Handler/Role" for sender in _SENDERS[1:]
)
_OUTER = ("Doors/ReceiveWebhook", "Doors/Admin")
_HTTP = (
    "TrackOpen",
    "Api",
    "RenderBoleto",
    "IssueReport",
    "ConfirmReading",
    "CustomerPage",
    "VerifyEvidence",
    *_OUTER,
)
_HTTP_ROLES = tuple(f"ReguaFunctions/{each}/Role" for each in _HTTP)
_HTTP_FUNCTIONS = tuple(f"ReguaFunctions/{each}/Function" for each in _HTTP)
_SEAL_ROLE, _SEAL_FUNCTION = (
    f"ReguaFunctions/SealEvidence/{part}" for part in ("Role", "Function")
)
_WORKER_ROLES = tuple(f"ReguaFunctions/{worker}/Handler/Role" for worker in _WORKERS)
_PROVING_ROLES = tuple(
    f"ReguaFunctions/{each}/Handler/Role" for each in (*_SENDERS, "RecordHits", "TrackDelivery")
)
_WORKER_FUNCTIONS = tuple(f"ReguaFunctions/{worker}/Handler/Function" for worker in _WORKERS)
_WORKER_DEAD_LETTERS = tuple(f"ReguaFunctions/{worker}/DeadLetters" for worker in _WORKERS)
_OTHER_DEAD_LETTERS = ("ReguaFunctions/Undelivered", "ReguaFunctions/Clock/DeadLetters")
_FILES = "ReguaStorage:ExportsOutputFnGetAttFiles8E6940B8ArnD8EE6C03"
_SECRETS = "arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:ReguaStorage"
_SMS_VOICE = "arn:<AWS::Partition>:sms-voice:<AWS::Region>:<AWS::AccountId>"
_SOCIAL_MESSAGING = "arn:<AWS::Partition>:social-messaging:<AWS::Region>:<AWS::AccountId>"
_OPEN_ROUTES = tuple(
    f"ReguaFunctions/Http/Api/{route}"
    for route in (
        "GET--v1--health",
        "GET--openapi.json",
        "GET--docs",
        "GET--docs--start.js",
        "GET--docs--swagger-ui.css",
        "GET--docs--swagger-ui.js",
        "GET--o--{token}",
        "HEAD--o--{token}",
        "GET--c--{token}",
        "HEAD--c--{token}",
        "GET--u--{token}",
        "POST--u--{token}",
        "GET--r--{token}",
        "POST--r--{token}",
        "GET--verify",
        "POST--verify",
        "GET--verificar--{number}",
        "GET--p--{token}",
        "HEAD--p--{token}",
        "GET--p--{token}--{act}",
        "HEAD--p--{token}--{act}",
        "POST--p--{token}--{act}",
        "GET--p--{token}--comprovante--{protocol}",
        "HEAD--p--{token}--comprovante--{protocol}",
        "GET--p--{token}--boleto--{file}",
        "POST--hooks--{key}",
        "POST--hooks--{key}--pix",
        "POST--hooks--{key}--rec",
        "POST--hooks--{key}--cobr",
    )
)
_BOTH = (Stage.AWS, Stage.LOCAL)


@dataclass(frozen=True)
class Accepted:
    """One rule, the constructs it is accepted on (and below), and the reason."""

    rule: str
    reason: str
    paths: tuple[str, ...]
    stages: tuple[Stage, ...] = _BOTH

    @property
    def full_rule(self) -> str:
        """Return the rule as the library wants to hear it: with its pack in front."""
        return f"{self.rule.partition('-')[0]}::{self.rule}"


ACCEPTED = (
    Accepted(
        "AwsSolutions-APIG4",
        "Health and the description are public; a link carries a signed token, a hook its key.",
        _OPEN_ROUTES,
    ),
    Accepted(
        "AwsSolutions-COG8",
        "Threat protection needs the Plus plan; people need a second factor.",
        ("ReguaFunctions/Identity/Pool",),
    ),
    Accepted(
        "AwsSolutions-IAM5[Resource::*]",
        "X-Ray has no resources to name; a test holds that this is the only such statement.",
        (*_WORKER_ROLES, *_HTTP_ROLES, _SEAL_ROLE),
    ),
    Accepted(
        "AwsSolutions-IAM5"
        "[Resource::ReguaStorage:ExportsOutputFnGetAttQuarantine23FF09FEArnFC59122E/*]",
        "Quarantined events are new objects of one bucket; ingest may only add them.",
        ("ReguaFunctions/Ingest/Handler/Role",),
    ),
    Accepted(
        "AwsSolutions-IAM5"
        "[Resource::ReguaStorage:ExportsOutputFnGetAttEvidence4CC26D68Arn9E0A376E/seals/*]",
        "Every seal is two new objects under one prefix; sealing adds them and reads them back.",
        (_SEAL_ROLE,),
    ),
    Accepted(
        "AwsSolutions-IAM5"
        "[Resource::ReguaStorage:ExportsOutputFnGetAttEvidence4CC26D68Arn9E0A376E/reports/*]",
        "Whoever has a report's code may have any report verified; nothing is written.",
        ("ReguaFunctions/VerifyEvidence/Role",),
    ),
    Accepted(
        "AwsSolutions-IAM5"
        "[Resource::ReguaStorage:ExportsOutputFnGetAttEvidence4CC26D68Arn9E0A376E/raw/*]",
        "Exact bytes are new objects under one prefix; who sends or records may only add them, and "
        "the customer's page reads whom a message went to.",
        (
            *_PROVING_ROLES,
            "ReguaFunctions/ConfirmReading/Role",
            "ReguaFunctions/CustomerPage/Role",
        ),
    ),
    *(
        Accepted(
            "AwsSolutions-IAM5"
            f"[Resource::ReguaStorage:ExportsOutputFnGetAttEvidence4CC26D68Arn9E0A376E/{prefix}/*]",
            why,
            ("ReguaFunctions/IssueReport/Role",),
        )
        for prefix, why in (
            ("raw", "A report is made of exact bytes, wherever under one prefix they are."),
            ("seals", "A report shows the seals over its messages, any of them."),
            ("reports", "Every report is a new object under one prefix, read to be fetched."),
        )
    ),
    Accepted(
        "AwsSolutions-IAM5[Resource::<SealEvidenceFunction16710C44.Arn>:*]",
        "The scheduler may invoke any version of the one function it ticks.",
        ("ReguaFunctions/SchedulerRoleForTarget-3d836b",),
    ),
    Accepted(
        "AwsSolutions-IAM5[Resource::<EvaluateRulerHandlerFunction01398637.Arn>:*]",
        "The scheduler may invoke any version of the one function it ticks.",
        ("ReguaFunctions/SchedulerRoleForTarget-73d43c",),
    ),
    *(
        Accepted(
            f"AwsSolutions-IAM5[Resource::<Doors{function}.Arn>:*]",
            "The scheduler may invoke any version of the one function it ticks.",
            (f"ReguaFunctions/SchedulerRoleForTarget-{role}",),
        )
        for function, role in (
            ("DeliverWebhooksHandlerFunction03E32CE7", "98b3b5"),
            ("ProcessWebhookHandlerFunction8B82A054", "de7e50"),
            ("IssueRecurringHandlerFunction153A9C5E", "2c2e1e"),
            ("AdminFunction02CD404E", "39184b"),
        )
    ),
    *(
        Accepted(
            f"AwsSolutions-IAM5[Resource::{_FILES}/{prefix}/*]",
            why,
            tuple(f"ReguaFunctions/{role}" for role in roles),
        )
        for prefix, why, roles in (
            (
                "inbound",
                "What others post is a new object under one prefix; it is read to be worked on.",
                (
                    "Api/Role",
                    "Doors/ReceiveWebhook/Role",
                    "Doors/ProcessWebhook/Handler/Role",
                ),
            ),
            (
                "uploads",
                "A file comes in under one prefix, by an address that the API signs for it.",
                ("Api/Role", "Doors/RunImport/Handler/Role"),
            ),
            (
                "imports",
                "What became of a file's rows is many objects under one prefix.",
                ("Api/Role", "Doors/RunImport/Handler/Role"),
            ),
            (
                "rejected",
                "What cannot be read is kept whole as a new object under one prefix.",
                ("Doors/ProcessWebhook/Handler/Role",),
            ),
        )
    ),
    Accepted(
        f"AwsSolutions-IAM5[Resource::{_SECRETS}/psp/*]",
        "A creditor's payment provider is data: its secret is written after the deployment.",
        tuple(
            f"ReguaFunctions/Doors/{each}/Handler/Role"
            for each in ("ProcessWebhook", "MakeCharges", "IssueRecurring")
        ),
    ),
    Accepted(
        "AwsSolutions-IAM5"
        "[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]",
        "A creditor's domain is data: it is verified after the deployment.",
        ("ReguaFunctions/SendEmail/Handler/Role", "ReguaFunctions/Doors/Admin/Role"),
    ),
    Accepted(
        f"AwsSolutions-IAM5[Resource::{_SMS_VOICE}:phone-number/*]",
        "A creditor's number is data: it is registered after the deployment.",
        (_SMS_ROLE, _VOICE_ROLE),
    ),
    Accepted(
        f"AwsSolutions-IAM5[Resource::{_SMS_VOICE}:pool/*]",
        "A creditor may send from a pool of numbers; it is data, like a number.",
        (_SMS_ROLE, _VOICE_ROLE),
    ),
    Accepted(
        f"AwsSolutions-IAM5[Resource::{_SMS_VOICE}:sender-id/*]",
        "A creditor may send texts under a name; it is data, like a number.",
        (_SMS_ROLE,),
    ),
    Accepted(
        f"AwsSolutions-IAM5[Resource::{_SOCIAL_MESSAGING}:phone-number-id/*]",
        "A creditor's WhatsApp number is linked by hand after the deployment.",
        (_WHATSAPP_ROLE, "ReguaFunctions/TrackDelivery/Handler/Role"),
    ),
    Accepted(
        f"AwsSolutions-IAM5[Resource::{_SECRETS}/dkim/*]",
        "A creditor's domain is data: its DKIM key is made after the deployment.",
        ("ReguaFunctions/SendEmail/Handler/Role", "ReguaFunctions/Doors/Admin/Role"),
    ),
    Accepted(
        "AwsSolutions-L1",
        "Locally, functions run on this machine's Python whatever the template says.",
        (*_WORKER_FUNCTIONS, *_HTTP_FUNCTIONS, _SEAL_FUNCTION),
        (Stage.LOCAL,),
    ),
    Accepted(
        "Serverless-LambdaLatestVersion",
        "Locally, functions run on this machine's Python whatever the template says.",
        (*_WORKER_FUNCTIONS, *_HTTP_FUNCTIONS, _SEAL_FUNCTION),
        (Stage.LOCAL,),
    ),
    Accepted(
        "AwsSolutions-S1",
        "Few functions write and fewer read; who read is in CloudTrail, not in S3 logs.",
        ("ReguaStorage/Quarantine", "ReguaStorage/Evidence", "ReguaStorage/Files"),
    ),
    Accepted(
        "AwsSolutions-SMG4",
        "An authority's address and a certificate: they end on a date of their own, by runbook.",
        ("ReguaStorage/TsaSecret", "ReguaStorage/SignerSecret"),
    ),
    Accepted(
        "AwsSolutions-SMG4",
        "Sent links must keep verifying: rotation adds a key beside the old ones, by runbook.",
        ("ReguaStorage/TrackingSecret",),
    ),
    Accepted(
        "AwsSolutions-SQS3",
        "It is a dead-letter queue, of the bus, the topic or the scheduler.",
        _OTHER_DEAD_LETTERS,
    ),
    Accepted(
        "Serverless-SQSRedrivePolicy",
        "It is a dead-letter queue.",
        (*_WORKER_DEAD_LETTERS, *_OTHER_DEAD_LETTERS),
    ),
    Accepted(
        "Serverless-LambdaDLQ",
        "The queue in front has the dead letters; a lost tick is made up for by the next.",
        (*_WORKER_FUNCTIONS, _SEAL_FUNCTION),
    ),
    Accepted(
        "Serverless-LambdaDLQ",
        "It is called synchronously: the caller sees the failure.",
        _HTTP_FUNCTIONS,
    ),
    Accepted(
        "Serverless-LambdaEventSourceMappingDestination",
        "For SQS the queue's redrive policy does this; destinations are for streams.",
        _WORKER_FUNCTIONS,
    ),
)


def acknowledge(scope: Construct, stage: Stage) -> None:
    """Tell cdk-nag about every finding accepted for a stage."""
    for accepted in ACCEPTED:
        if stage in accepted.stages:
            note = Acknowledgment(id=accepted.full_rule, reason=accepted.reason)
            for path in accepted.paths:
                Validations.of(_find(scope, path)).acknowledge(note)


def _find(scope: Construct, path: str) -> Construct:
    found = scope
    for part in path.split("/"):
        child = found.node.find_child(part)
        if not isinstance(child, Construct):  # pragma: no cover - the tree holds constructs
            raise TypeError(path)
        found = child
    return found
