"""What the API can be asked, once: routes and the OpenAPI document are both made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from labelwright.service.context import Service
from labelwright.service.page.model import (
    Asked,
    Build,
    BuildId,
    Dataset,
    Delivery,
    DeliveryId,
    DeliveryState,
    Event,
    Predictor,
    Project,
    ProjectName,
    Send,
    SendState,
    Status,
    Version,
)

Limit = Annotated[int, Meta(ge=1, le=500, description="How many at most.")]
Number = Annotated[int, Meta(ge=1, le=10**9)]
Target = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
EventId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{1,200}$")]
Only = Annotated[ProjectName, Meta(description="Of one project alone.")]


class None_(Struct, forbid_unknown_fields=True):
    """No parameters."""


class OfProject(Struct, forbid_unknown_fields=True):
    """A project by its name in the configuration."""

    project: ProjectName


class OfDataset(Struct, forbid_unknown_fields=True):
    """A data set of a project."""

    project: ProjectName
    dataset: ProjectName


class OfVersion(Struct, forbid_unknown_fields=True):
    """A version of a data set."""

    project: ProjectName
    dataset: ProjectName
    number: Number


class OfDelivery(Struct, forbid_unknown_fields=True):
    """A delivery by its id."""

    delivery: DeliveryId


class OfSend(Struct, forbid_unknown_fields=True):
    """An event on its way to a target."""

    event: EventId
    target: Target


class InProject(Struct, forbid_unknown_fields=True):
    """Which data sets."""

    project: Only | None = None


class Deliveries(Struct, forbid_unknown_fields=True):
    """Which deliveries, the newest first."""

    project: Only | None = None
    state: DeliveryState | None = None
    before: Annotated[DeliveryId, Meta(description="The last id of the page before.")] | None = None
    limit: Limit = 50


class Builds(Struct, forbid_unknown_fields=True):
    """Which rebuilds, the newest first."""

    project: Only | None = None
    before: Annotated[BuildId, Meta(description="The last id of the page before.")] | None = None
    limit: Limit = 50


class Versions(Struct, forbid_unknown_fields=True):
    """Which versions, the newest first."""

    before: Annotated[Number, Meta(description="The last number of the page before.")] | None = None
    limit: Limit = 50


class Events(Struct, forbid_unknown_fields=True):
    """Which events, the newest first."""

    project: Only | None = None
    before: Annotated[EventId, Meta(description="The last id of the page before.")] | None = None
    limit: Limit = 50


class Sends(Struct, forbid_unknown_fields=True):
    """Which sends, those of the newest events first."""

    project: Only | None = None
    state: SendState | None = None
    event: Annotated[EventId, Meta(description="Of one event alone.")] | None = None
    limit: Limit = 50


Run = Callable[[Service, Any, Any], Any]


class Operation(Struct, frozen=True):
    """One thing that the API can be asked. ``run`` takes the service, the path's values and the query's."""

    id: str
    method: str
    path: str
    summary: str
    answer: Any
    path_values: type[Struct] = None_
    query: type[Struct] = None_
    status: int = 200
    errors: tuple[int, ...] = ()


API = "/api/v1"
_BUSY = (403, 404, 503)

OPERATIONS = (
    Operation("status", "GET", "/status", "How the service stands.", Status),
    Operation("projects", "GET", "/projects", "Every project, and how it stands.", list[Project]),
    Operation("project", "GET", "/projects/{project}", "One project.", Project, OfProject, errors=(404,)),
    Operation(
        "rebuild", "POST", "/projects/{project}/rebuild", "Rebuild a project now.",
        Asked, OfProject, status=202, errors=_BUSY,
    ),
    Operation(
        "reconcile", "POST", "/projects/{project}/reconcile", "Compare a project with its tool now.",
        Asked, OfProject, status=202, errors=_BUSY,
    ),
    Operation("deliveries", "GET", "/deliveries", "Webhooks that came in.", list[Delivery], query=Deliveries),
    Operation(
        "delivery", "GET", "/deliveries/{delivery}", "One delivery.", Delivery, OfDelivery, errors=(404,)
    ),
    Operation(
        "replay", "POST", "/deliveries/{delivery}/replay", "Put a delivery back, and rebuild its project.",
        Asked, OfDelivery, status=202, errors=_BUSY,
    ),
    Operation("builds", "GET", "/builds", "Rebuilds.", list[Build], query=Builds),
    Operation("datasets", "GET", "/datasets", "Every data set.", list[Dataset], query=InProject),
    Operation(
        "versions", "GET", "/projects/{project}/datasets/{dataset}/versions", "Versions of a data set.",
        list[Version], OfDataset, Versions, errors=(404,),
    ),
    Operation(
        "version", "GET", "/projects/{project}/datasets/{dataset}/versions/{number}", "One version.",
        Version, OfVersion, errors=(404,),
    ),
    Operation(
        "predictors", "GET", "/predictors", "Predictors, and what they learnt.", list[Predictor]
    ),
    Operation("events", "GET", "/events", "Events of our own.", list[Event], query=Events),
    Operation("sends", "GET", "/sends", "Events on their way.", list[Send], query=Sends),
    Operation(
        "revive", "POST", "/sends/{event}/{target}/revive", "Send an event again that was given up.",
        Asked, OfSend, status=202, errors=(403, 404, 409),
    ),
    Operation(
        "revive-all", "POST", "/projects/{project}/revive", "Send all events again that were given up.",
        Asked, OfProject, status=202, errors=(403, 404),
    ),
)  # fmt: skip


def given(query: Struct) -> dict[str, Any]:
    """What a query says, without what it leaves open."""
    return {k: v for k, v in msgspec.structs.asdict(query).items() if v is not None}
