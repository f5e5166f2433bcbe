"""What the service counts, in a registry of its own, as Prometheus reads it. Nobody else imports Prometheus.

Labels are bounded: the first ``MOST`` values of each are told apart, any further one is ``other``, so that
whoever can reach the service cannot make it hold more. Nothing that a person wrote becomes a label.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labelwright import __version__
from labelwright.problems import UsageError

MOST = 64  # different values of one label
OTHER = "other"
FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds
ASKED = (*FAST, 10.0, 30.0, 60.0, 120.0)
SLOW = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)


class Metrics:
    """Counters of one process. Every method may be called from any thread and never raises for a label."""

    def __init__(self, tools: Iterable[str] = ()) -> None:
        """``tools``: the names that the label tool may have. Raises ``UsageError`` without the extra."""
        try:
            import prometheus_client as p
        except ModuleNotFoundError:
            raise UsageError("the serve extra is not installed: pip install 'labelwright[serve]'") from None
        self._registry = r = p.CollectorRegistry()
        self._tools = frozenset(tools)
        self._events, self._outcomes = Bounded(), Bounded()
        self._deliveries = p.Counter(
            "labelwright_deliveries", "Deliveries answered.", ["tool", "event", "outcome"], registry=r
        )
        self._answer = p.Histogram(
            "labelwright_delivery_seconds", "From a delivery's head to its answer.", registry=r, buckets=FAST
        )
        self._commit = p.Histogram(
            "labelwright_commit_seconds", "One commit of the inbox.", registry=r, buckets=FAST
        )
        self._committed = p.Counter("labelwright_committed", "Deliveries in those commits.", registry=r)
        self._rebuilds = p.Histogram(
            "labelwright_rebuild_seconds", "Rebuilds ended.", ["state"], registry=r, buckets=SLOW
        )
        self._sends = p.Counter(
            "labelwright_send_attempts", "Attempts to send.", ["target", "outcome"], registry=r
        )
        self._suggested = p.Counter(
            "labelwright_suggested_items",
            "Items that predictors were asked about.",
            ["predictor"],
            registry=r,
        )
        self._suggesting = p.Histogram(
            "labelwright_suggesting_seconds",
            "Requests for suggestions, from the whole request to the answer.",
            ["predictor"],
            registry=r,
            buckets=ASKED,
        )
        self._codes = Bounded()
        self._wrong = p.Counter(
            "labelwright_predictor_problems", "Problems by code.", ["predictor", "code"], registry=r
        )
        p.ProcessCollector(registry=r)  # memory, files that are open: by the names that everybody uses
        self._now = _Now()
        r.register(self._now)
        p.Gauge("labelwright_info", "1, with the version.", ["version"], registry=r).labels(__version__).set(
            1
        )

    def delivery(
        self, tool: str, outcome: str, event: str = "", known: bool = False, seconds: float | None = None
    ) -> None:
        """A delivery was answered.

        ``tool``: as the address names it. ``outcome``: one of those in ``service.outer``. ``event`` with
        ``known`` as the tool's hooks tell them: an event that is not known is counted as ``other``.
        ``seconds``: until the answer.
        """
        named = self._events.take(event) if known else OTHER if event else ""
        where = tool if tool in self._tools else OTHER
        self._deliveries.labels(where, named, self._outcomes.take(outcome)).inc()
        if seconds is not None:
            self._answer.observe(seconds)

    def commit(self, seconds: float, rows: int) -> None:
        """The inbox committed so many deliveries."""
        self._commit.observe(seconds)
        self._committed.inc(rows)

    def rebuild(self, state: str, seconds: float) -> None:
        """A rebuild ended: done, failed or busy."""
        self._rebuilds.labels(state).observe(seconds)

    def sent(self, target: str, outcome: str) -> None:
        """An attempt to send ended: sent, failed, dead. ``target`` is the name in the configuration."""
        self._sends.labels(target, outcome).inc()

    def suggested(
        self, predictor: str, items: int, codes: Mapping[str, int], seconds: float | None = None
    ) -> None:
        """A predictor was asked about items. ``predictor`` is the name in the configuration.

        ``seconds``: that it took, where its model was asked.
        """
        if items:
            self._suggested.labels(predictor).inc(items)
        if seconds is not None:
            self._suggesting.labels(predictor).observe(seconds)
        for code, count in codes.items():
            self._wrong.labels(predictor, self._codes.take(code)).inc(count)

    def show(self, values: Mapping[str, Mapping[tuple[str, ...], float]]) -> bytes:
        """The page, with gauges as they are now: by their short names (see ``GAUGES``), value by labels."""
        from prometheus_client import generate_latest

        with self._now.lock:
            self._now.values = values
            return generate_latest(self._registry)

    @property
    def content_type(self) -> str:
        """Of the page."""
        from prometheus_client import CONTENT_TYPE_LATEST

        return CONTENT_TYPE_LATEST


class Bounded:
    """The values that a label has had, up to ``MOST``."""

    def __init__(self, most: int = MOST) -> None:
        """None yet."""
        self._most, self._seen, self._lock = most, set[str](), threading.Lock()

    def take(self, value: str) -> str:
        """The value, or ``other`` if there have been too many different ones."""
        with self._lock:
            if value in self._seen or len(self._seen) < self._most:
                self._seen.add(value)
                return value
        return OTHER


# What is looked up when the page is asked for: help and labels by name. What is not known is left out.
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "inbox_waiting": ("Deliveries that are not on disk yet.", ()),
    "queue": ("Deliveries by state.", ("state",)),
    "queue_age_seconds": ("Age of the oldest delivery that no rebuild has taken in.", ()),
    "rebuilds": ("Rebuilds kept, by state.", ("state",)),
    "sends": ("Events to send, by target and state.", ("target", "state")),
    "agreement": ("Of the newest version of a data set, -1 to 1.", ("project", "dataset")),
    "version": ("Number of the newest version of a data set.", ("project", "dataset")),
    "version_published": ("Whether the newest version of a data set is published.", ("project", "dataset")),
    "project_failing": ("Whether the last rebuild of a project failed.", ("project",)),
    "nodes": ("Processes that work on this database.", ()),
    "database_up": ("Whether the database answered.", ()),
}


class _Now:
    """Collects the gauges that the page was given."""

    def __init__(self) -> None:
        self.values: Mapping[str, Mapping[tuple[str, ...], float]] = {}
        self.lock = threading.Lock()

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        for name, values in sorted(self.values.items()):
            told, labels = GAUGES[name]
            family = GaugeMetricFamily(f"labelwright_{name}", told, labels=labels)
            for of, value in sorted(values.items()):
                family.add_metric(of, value)
            yield family
