"""What the page shows and the API answers. Times are seconds since 1970 in UTC, sizes bytes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from labelwright.service.lessons import Lesson

ProjectName = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
BuildId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{1,200}$")]
DeliveryId = Annotated[int, Meta(ge=1, le=2**63 - 1)]
DeliveryState = Literal["new", "done", "ignored"]
SendState = Literal["waiting", "sent", "dead"]


class File(Struct):
    """A file of a version. ``url`` is where it can be downloaded: a path below the service's address."""

    name: str
    size: int
    sha256: str
    url: str


class Version(Struct):
    """A version of a data set. ``gate``: passed, failed, not measurable or off.

    ``published``: its training file is there. ``agreement`` is the lowest of the controls that the gate
    asks, by ``measure``; null where it could not be measured. ``kept``: its files are still there.
    """

    project: str
    dataset: str
    number: int
    build: str
    created_at: float
    published: bool
    kept: bool
    gate: str
    measure: str
    agreement: float | None
    threshold: float | None
    counts: dict[str, int]
    problems: dict[str, int]
    files: list[File]
    archive: str


class Dataset(Struct):
    """A data set with its newest version, and the number of the newest that was published."""

    project: str
    dataset: str
    newest: Version | None
    published: int | None


class Build(Struct):
    """A rebuild. ``changed`` and ``gone`` are the items that moved, ``missed`` those no delivery named.

    The lists may be cut; the counts are whole.
    """

    id: str
    project: str
    reason: str
    state: str
    started_at: float
    ended_at: float | None
    code: str
    message: str
    remedy: str
    deliveries: int
    changed: list[str]
    gone: list[str]
    missed: list[str]
    changed_count: int
    gone_count: int
    missed_count: int


class Delivery(Struct):
    """A webhook that came in, without its body. ``copies``: how often; ``items``: what it names."""

    id: int
    project: str
    event: str
    known: bool
    items: list[str]
    received_at: float
    last_at: float
    copies: int
    state: str
    build: str
    done_at: float | None


class Event(Struct):
    """Something of ours that is told to others."""

    id: str
    project: str
    type: str
    at: float
    data: dict[str, Any]


class Send(Struct):
    """An event on its way to one target, of what happened ``at`` a time.

    ``status`` is the HTTP status of the last answer, 0 without one.
    """

    event: str
    target: str
    project: str
    type: str
    at: float
    state: str
    attempts: int
    next_at: float
    status: int
    error: str
    sent_at: float | None


class Project(Struct):
    """A project. ``state``: running, failed, waiting, current, or new where nothing was built yet.

    ``waiting`` counts the deliveries that no rebuild has taken up; the oldest came at ``waiting_since``.
    ``failing_since`` is the first of the ``attempts`` since a rebuild was done, ``next_at`` when it is tried
    again; null and 0 where the last rebuild did not fail.
    """

    name: str
    tool: str
    tool_title: str
    tool_project: str
    link: str
    state: Literal["running", "failed", "waiting", "current", "new"]
    waiting: int
    waiting_since: float | None
    last_build: Build | None
    running: Build | None
    datasets: list[Dataset]
    dead_sends: int
    failing_since: float | None
    attempts: int
    next_at: float | None


class Predictor(Struct):
    """A predictor that the service runs. ``state``: loading, ready, or failed for a ``reason``.

    ``version`` changes with what decides its answers, and with what it learns. ``lessons`` are by project
    what it learnt last, and why the last attempt failed if it did.
    """

    name: str
    title: str
    state: Literal["loading", "ready", "failed"]
    reason: str
    version: str
    template: str
    inputs: list[str]
    controls: list[str]
    interacts: bool
    tracks: bool
    learns: bool
    lessons: list[Lesson]


class Status(Struct):
    """The service as a whole."""

    version: str
    time: float
    projects: int
    waiting_deliveries: int
    running_builds: int
    waiting_sends: int
    dead_sends: int


class Asked(Struct):
    """What was asked for; it is done by and by."""

    project: str
    what: Literal["rebuild", "reconcile", "replay", "revive", "revive-all"]
