"""`regua redrive QUEUE`: put a queue's dead letters back where they came from.

A message is sent to the queue before it is deleted from the dead letters, so an interruption can
repeat one but never lose one; every consumer is idempotent.
"""

import argparse
from typing import TYPE_CHECKING

from local.console import say
from local.place import LocalError
from local.stack import DEAD_LETTERS, Stack, load_stack

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("queue", help="the queue's name in stack.json, e.g. email")


def run(options: argparse.Namespace) -> int:
    """Move the messages and say how many."""
    stack = load_stack()
    queue = options.queue.removesuffix(DEAD_LETTERS)
    moved = redrive(stack, queue)
    say(f"{moved} message{'' if moved == 1 else 's'} back in {queue}.")
    return 0


def redrive(stack: Stack, queue: str) -> int:
    """Move every dead letter of a queue back into it; return how many there were.

    Raises:
        LocalError: There is no such queue, or it has no dead letters of its own.
    """
    if queue not in stack.queues or queue + DEAD_LETTERS not in stack.queues:
        known = sorted(
            name.removesuffix(DEAD_LETTERS)
            for name in stack.queues
            if name.endswith(DEAD_LETTERS) and name.removesuffix(DEAD_LETTERS) in stack.queues
        )
        raise LocalError(f"no queue {queue!r} to redrive; there are: {', '.join(known)}")
    source, target = stack.queues[queue + DEAD_LETTERS], stack.queues[queue]
    moved = 0
    while messages := receive(stack, source):
        for message in messages:
            stack.sqs.send_message(
                QueueUrl=target,
                MessageBody=message["Body"],
                MessageAttributes=message.get("MessageAttributes", {}),
            )
            stack.sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        moved += len(messages)
    return moved


def receive(stack: Stack, url: str) -> list["MessageTypeDef"]:
    """Take some messages, their attributes with them."""
    answer = stack.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=BATCH, MessageAttributeNames=["All"], WaitTimeSeconds=0
    )
    return answer.get("Messages", [])
