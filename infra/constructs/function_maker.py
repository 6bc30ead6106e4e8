"""How functions of this deployment are made: what they share is said once."""

from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.python_function import FunctionProfile, PythonFunction
from infra.constructs.worker import BATCH_SIZE, Worker
from infra.outputs import pascal
from infra.settings import StackSettings


@dataclass(frozen=True)
class FunctionMaker:
    """Makes functions and workers with one profile and the layers that all of them have."""

    settings: StackSettings
    profile: FunctionProfile
    layers: tuple[lambda_.ILayerVersion, ...]

    def function(
        self,
        scope: Construct,
        name: str,
        *,
        timeout: int,
        memory_mb: int,
        environment: dict[str, str],
        layers: tuple[lambda_.ILayerVersion, ...] = (),
        reserved_concurrency: int | None = None,
    ) -> PythonFunction:
        """Make a function that is called by itself; ``layers`` are those it has besides."""
        return PythonFunction(
            scope,
            pascal(name),
            name=name,
            profile=self.profile,
            layers=[*self.layers, *layers],
            timeout=self.settings.timeout(timeout),
            memory_mb=memory_mb,
            environment=environment,
            reserved_concurrency=reserved_concurrency,
        )

    def worker(
        self,
        scope: Construct,
        name: str,
        queue_name: str,
        *,
        timeout: int,
        environment: dict[str, str],
        memory_mb: int = 512,
        max_concurrency: int | None = None,
        batch_size: int = BATCH_SIZE,
        delay_seconds: int = 0,
        layers: tuple[lambda_.ILayerVersion, ...] = (),
    ) -> Worker:
        """Make a function with a queue in front; by default as many run at once as anywhere."""
        return Worker(
            scope,
            pascal(name),
            name=name,
            queue_name=queue_name,
            profile=self.profile,
            layers=[*self.layers, *layers],
            timeout=self.settings.timeout(timeout),
            memory_mb=memory_mb,
            max_concurrency=max_concurrency or self.settings.worker_concurrency,
            environment=environment,
            batch_size=batch_size,
            delay_seconds=delay_seconds,
        )
