"""What goes wrong in the routes of an application that checks its input, told as problems."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from regua.application.validation import told
from regua.domain.errors import InvalidInput, NotFound, Problem
from regua.runtime.http import failure_of, problem_of


def tell_failures(app: APIGatewayHttpResolver, *, logger: Logger, metrics: Metrics) -> None:
    """Answer whatever goes wrong in the routes of an application with a problem document."""

    def is_invalid(error: RequestValidationError) -> Response[str]:
        problems = tuple(
            Problem(".".join(str(part) for part in found["loc"]), found["msg"])
            for found in error.errors()
        )
        return problem_of(InvalidInput(told(problems)), instance=app.current_event.path)

    def has_no_route(_: NotFoundError) -> Response[str]:
        return problem_of(NotFound(), instance=app.current_event.path)

    def is_too_deep(_: RecursionError) -> Response[str]:
        refused = InvalidInput.at("body", "nested too deeply")
        return problem_of(refused, instance=app.current_event.path)

    def failed(error: Exception) -> Response[str]:
        return failure_of(error, app, logger=logger, metrics=metrics)

    app.exception_handler(RequestValidationError)(is_invalid)
    app.exception_handler(NotFoundError)(has_no_route)
    app.exception_handler(RecursionError)(is_too_deep)
    app.exception_handler(Exception)(failed)
