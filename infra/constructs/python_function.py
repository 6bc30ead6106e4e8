"""One Lambda function: its own code and nothing else, its own role, its own log group."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration, IgnoreMode, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.settings import REPO_ROOT

METRICS_NAMESPACE = "Regua"


@dataclass(frozen=True)
class FunctionProfile:
    """What every function of a deployment shares."""

    runtime: lambda_.Runtime
    architecture: lambda_.Architecture
    log_retention: logs.RetentionDays
    log_level: str
    removal_policy: RemovalPolicy


class PythonFunction(Construct):
    """A function built from `functions/<name>`, allowed to write its logs and traces only."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        profile: FunctionProfile,
        layers: list[lambda_.ILayerVersion],
        timeout: Duration,
        memory_mb: int,
        environment: dict[str, str],
        reserved_concurrency: int | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.name = name
        self.log_group = logs.LogGroup(
            self, "Logs", retention=profile.log_retention, removal_policy=profile.removal_policy
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {name} may do",
        )
        self.log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            code=function_code(name),
            handler=f"{name}.handler.lambda_handler",
            runtime=profile.runtime,
            architecture=profile.architecture,
            layers=layers,
            role=self.role,
            log_group=self.log_group,
            timeout=timeout,
            memory_size=memory_mb,
            reserved_concurrent_executions=reserved_concurrency,
            tracing=lambda_.Tracing.ACTIVE,
            environment={
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "POWERTOOLS_LOG_LEVEL": profile.log_level,
                **environment,
            },
        )

    def allow(self, *actions: str, on: list[str], conditions: dict[str, Any] | None = None) -> None:
        """Let the function do exactly `actions` on the resources named in `on`."""
        self.function.add_to_role_policy(
            iam.PolicyStatement(actions=list(actions), resources=on, conditions=conditions)
        )


def function_code(name: str) -> lambda_.Code:
    """Return the asset of one function; editing another function leaves its hash alone."""
    return lambda_.Code.from_asset(
        str(REPO_ROOT / "functions"),
        ignore_mode=IgnoreMode.GLOB,
        exclude=["*", "!__init__.py", f"!{name}", f"!{name}/**", "**/__pycache__", "**/*.pyc"],
    )
