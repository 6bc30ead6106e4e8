"""From pydantic's errors to Régua's: paths and reasons, never the offending value."""

from pydantic import ValidationError

from regua.domain.errors import InvalidInput, Problem


def invalid_input(error: ValidationError, *, under: str = "") -> InvalidInput:
    """List every path and reason of a failed validation, in reading order.

    Args:
        error: what pydantic found.
        under: the path of the validated object inside the whole input.
    """
    return InvalidInput(
        tuple(
            Problem(".".join(p for p in (under, *map(str, found["loc"])) if p), found["msg"])
            for found in error.errors(include_url=False, include_input=False)
        )
    )
