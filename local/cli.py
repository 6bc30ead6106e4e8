"""The `regua` command: what it can do, and the errors it turns into one line.

Each command is a module that is imported only when it is asked for, so that `--help` is instant
and a command whose packages are missing does not stop the others. A module has
`configure(parser)` and `run(options) -> int`.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType

from local.console import complain
from local.place import LocalError

COMMANDS = {
    "up": ("local.commands.up", "start the local cloud and deploy the stacks to it"),
    "down": ("local.commands.down", "stop the local cloud and remove what it kept"),
    "status": ("local.commands.status", "say what runs and what is in the queues"),
    "demo": ("local.demo.command", "live through weeks of a portfolio in minutes"),
    "evaluate": ("local.commands.evaluate", "evaluate what is due, now or as of an instant"),
    "drain": ("local.commands.drain", "wait until nothing is in flight"),
    "import": ("local.demo.import_command", "import a file and tell what became of its rows"),
    "ruler": ("local.commands.ruler", "check a ruler document"),
    "evidence": ("local.commands.evidence", "seal what is new, or verify evidence offline"),
    "simulate": ("local.commands.simulate", "say what a portfolio would be sent under a ruler"),
    "creditor": ("local.commands.creditor", "set up a creditor"),
    "synth": ("local.commands.synth", "write the CloudFormation templates for AWS"),
    "redrive": ("local.commands.redrive", "give a queue's dead letters another try"),
    "rejected": ("local.commands.rejected", "list or replay events that were refused"),
    "events": ("local.commands.events", "replay events that a bus on AWS remembers"),
    "rotate-tracking-key": (
        "local.commands.rotate_tracking_key",
        "sign new tracking links with a new key",
    ),
}

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def parser_for(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser, with the options of the one command that `arguments` ask for."""
    parser = argparse.ArgumentParser(
        prog="regua",
        description="Run, drive and inspect a local cloud with the real stacks in it.",
        epilog="REGUA_STATE_DIR and PORT choose where the cloud keeps its files and listens.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=capitalised(summary))
        if name == asked:
            import_module(module).configure(command)
    return parser


def capitalised(summary: str) -> str:
    """Turn a summary into a sentence."""
    return f"{summary[0].upper()}{summary[1:]}."


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Treat a request to terminate like Ctrl-C, so that every command cleans up."""
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    options = parser_for(words).parse_args(words)
    module, _ = COMMANDS[options.command]
    signal.signal(signal.SIGTERM, interrupt)
    try:
        code: int = import_module(module).run(options)
    except LocalError as exc:
        complain(f"regua {options.command}: {exc}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        complain(f"regua {options.command}: interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_FAILED
    return code


if __name__ == "__main__":
    sys.exit(main())
