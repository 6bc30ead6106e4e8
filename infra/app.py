"""Compose the stacks. Run by the CDK CLI, see cdk.json; needs no credentials and no network."""

import sys
from dataclasses import dataclass

from aws_cdk import App, CliCredentialsStackSynthesizer, IStackSynthesizer
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.constructs.shared_layers import VendorLayerMissingError
from infra.settings import SettingsError, StackSettings
from infra.stacks.functions import FunctionsStack
from infra.stacks.observability import ObservabilityStack
from infra.stacks.storage import StorageStack


@dataclass(frozen=True)
class Stacks:
    """The three stacks of a deployment."""

    storage: StorageStack
    functions: FunctionsStack
    observability: ObservabilityStack


def build(scope: Construct, settings: StackSettings) -> Stacks:
    """Compose every stack of one deployment."""
    storage = StorageStack(
        scope, "ReguaStorage", settings=settings, synthesizer=_synthesizer(settings)
    )
    functions = FunctionsStack(
        scope,
        "ReguaFunctions",
        settings=settings,
        storage=storage,
        synthesizer=_synthesizer(settings),
    )
    observability = ObservabilityStack(
        scope,
        "ReguaObservability",
        settings=settings,
        storage=storage,
        functions=functions,
        synthesizer=_synthesizer(settings),
    )
    return Stacks(storage=storage, functions=functions, observability=observability)


def _synthesizer(settings: StackSettings) -> IStackSynthesizer | None:
    """Deploy to the emulator with the caller's own credentials: it has no bootstrap roles."""
    return CliCredentialsStackSynthesizer() if settings.emulated else None


def main() -> None:
    """Synthesise what the context asks for; say plainly what is missing."""
    app = App()
    try:
        settings = StackSettings.from_context(app.node)
        build(app, settings)
    except (SettingsError, VendorLayerMissingError) as exc:
        sys.exit(str(exc))
    acknowledge(app, settings.stage)
    app.synth()


if __name__ == "__main__":
    main()
