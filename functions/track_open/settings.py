"""What the function is told by its environment, read at the first request."""

from collections.abc import Mapping
from typing import ClassVar

from regua.domain.errors import FinalError


class MissingSettings(FinalError):
    """The function is deployed without variables it needs; the message names all of them."""


class TrackOpenSettings:
    """The function's variables. A default exists only where none of them could be wrong."""

    __slots__ = (
        "allow_as_of",
        "hits_queue_url",
        "tracking_secret_arn",
    )
    VARIABLES: ClassVar[tuple[str, ...]] = (
        "REGUA_HITS_QUEUE_URL",
        "REGUA_TRACKING_SECRET_ARN",
    )
    OPTIONAL_VARIABLES: ClassVar[tuple[str, ...]] = ("REGUA_ALLOW_AS_OF",)

    def __init__(
        self,
        *,
        hits_queue_url: str,
        tracking_secret_arn: str,
        allow_as_of: bool = False,
    ) -> None:
        self.hits_queue_url = hits_queue_url
        self.tracking_secret_arn = tracking_secret_arn
        self.allow_as_of = allow_as_of
        """Whether a request may say when it happens: local stages only."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "TrackOpenSettings":
        """Read the variables.

        Raises:
            MissingSettings: When any is absent or empty; all of them are named at once.
        """
        missing = [name for name in cls.VARIABLES if not environ.get(name)]
        if missing:
            raise MissingSettings(", ".join(missing))
        return cls(
            hits_queue_url=environ["REGUA_HITS_QUEUE_URL"],
            tracking_secret_arn=environ["REGUA_TRACKING_SECRET_ARN"],
            allow_as_of=environ.get("REGUA_ALLOW_AS_OF", "").lower() in {"1", "true"},
        )
