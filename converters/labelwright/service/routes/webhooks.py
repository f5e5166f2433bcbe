"""``POST /webhooks/<tool>/<project>``: believed, understood, on disk, answered."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from labelwright.service.context import Service
from labelwright.service.inbox.receiver import Receiver


def routes(service: Service) -> list[BaseRoute]:
    """The one route that tools send to. ``service.extra["received"]`` counts by project and status."""
    receiver = Receiver(service)
    service.extra["received"] = receiver.counted
    return [Route("/webhooks/{tool}/{project}", receiver, methods=["POST"], name="webhook")]
