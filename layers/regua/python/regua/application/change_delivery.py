"""A delivery is changed, read anew as often as somebody else was faster."""

from collections.abc import Callable
from contextlib import suppress

from regua.application.retrying import retried
from regua.application.webhook_ports import Deliveries, EndpointKey
from regua.domain.errors import VersionConflict
from regua.domain.webhook_delivery import Delivery


def change_delivery(
    deliveries: Deliveries,
    key: EndpointKey,
    known: Delivery,
    change: Callable[[Delivery], Delivery],
) -> Delivery | None:
    """Write a change of a delivery that was read, and return what was written.

    Returns:
        The delivery as it stands then; None when it is kept no more.

    Raises:
        VersionConflict: others change it all the time; try again shortly.
    """
    with suppress(VersionConflict):
        return deliveries.save(key, known, change(known))

    def once() -> Delivery | None:
        present = deliveries.find(key, known.id)
        return None if present is None else deliveries.save(key, present, change(present))

    return retried(once)
