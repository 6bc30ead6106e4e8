"""The branch of an error decides who deals with it, so it is part of the promise."""

import pytest

from regua.domain import errors
from regua.domain.errors import FinalError, InvalidInput, Problem, ReguaError, TemporaryError


@pytest.mark.parametrize(
    "name", ["InvalidInput", "NotFound", "Conflict", "RecipientRejected", "TemplateError"]
)
def test_trying_again_cannot_help_a_final_error(name: str) -> None:
    assert issubclass(getattr(errors, name), FinalError)


@pytest.mark.parametrize(
    "name",
    ["VersionConflict", "ProviderThrottled", "DispatchInDoubt", "AlreadyClaimed", "PublishFailed"],
)
def test_a_temporary_error_goes_back_to_its_queue(name: str) -> None:
    assert issubclass(getattr(errors, name), TemporaryError)
    assert issubclass(getattr(errors, name), ReguaError)


def test_invalid_input_lists_every_problem() -> None:
    error = InvalidInput((Problem("a.b", "is missing"), Problem("c", "is not a date")))
    assert str(error) == "a.b: is missing; c: is not a date"


def test_a_temporary_error_may_say_when_to_come_back() -> None:
    assert TemporaryError("busy").retry_after_seconds is None
    assert TemporaryError("busy", retry_after_seconds=60).retry_after_seconds == 60
