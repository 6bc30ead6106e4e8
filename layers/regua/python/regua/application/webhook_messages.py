"""What is queued about webhooks."""

from collections.abc import Mapping

from regua.application.webhook_ports import EndpointKey
from regua.application.wire import ExternalId, Message
from regua.domain.ids import CreditorId


class EndpointDue(Message):
    """There may be something to send to an endpoint."""

    creditor_id: ExternalId
    endpoint_id: ExternalId

    @property
    def key(self) -> EndpointKey:
        """Return whose endpoint, and which."""
        return EndpointKey(CreditorId(self.creditor_id), self.endpoint_id)

    def log_keys(self) -> Mapping[str, str]:
        """Return the identifiers that a log line may carry."""
        return {"creditor_id": self.creditor_id, "endpoint_id": self.endpoint_id}
