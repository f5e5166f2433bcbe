"""Traces, when they are asked for: spans of what is received, rebuilt and sent, told to an OTLP collector.

Where the collector is: the environment's ``OTEL_EXPORTER_OTLP_ENDPOINT``, as OpenTelemetry has it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Protocol

from labelwright import __version__
from labelwright.problems import UsageError

MISSING = "the telemetry extra is not installed: pip install 'labelwright[telemetry]'"


NAMES = "OTEL_RESOURCE_ATTRIBUTES"


class Came(Protocol):
    """Told what came of what a span is around; with a ``code``, it went wrong."""

    def __call__(self, outcome: str, code: str = "") -> None:
        """Names and codes alone, never words."""


class Telemetry:
    """Makes spans; without telemetry, nothing. Attributes are names and states, never what people wrote."""

    def __init__(self, asked: bool) -> None:
        """Nothing runs before ``start``. Raises ``UsageError`` if it is asked for without the extra."""
        self._provider: Any = None
        self._tracer: Any = None
        self._asked = asked
        if asked:
            _sdk()

    def start(self) -> None:
        """Begin to tell a collector."""
        if not self._asked or self._provider is not None:
            return
        provider, processor, exporter, resource = _sdk()
        about = {"service.version": __version__}
        if not (os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(NAMES, "")):
            about["service.name"] = "labelwright"
        self._provider = provider(resource=resource.create(about), shutdown_on_exit=False)
        self._provider.add_span_processor(processor(exporter(timeout=5)))
        self._tracer = self._provider.get_tracer("labelwright", __version__)

    def stop(self) -> None:
        """Tell what is left, then end."""
        if self._provider is not None:
            self._provider.shutdown()
            self._provider = self._tracer = None

    @contextlib.contextmanager
    def span(self, name: str, **attributes: str) -> Iterator[Came]:
        """A span around what is done, which can be told what came of it.

        One in which something was raised says of what class it was.
        """
        tracer = self._tracer
        if tracer is None:
            yield lambda outcome, code="": None
            return
        with tracer.start_as_current_span(
            f"labelwright.{name}",
            attributes={f"labelwright.{k}": v for k, v in attributes.items()},
            record_exception=False,  # its text may hold anything
            set_status_on_exception=False,
        ) as span:

            def came(outcome: str, code: str = "") -> None:
                span.set_attribute("labelwright.outcome", outcome)
                if code:
                    span.set_attribute("error.type", code)
                    span.set_status(_error())

            try:
                yield came
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise


def _error() -> Any:
    from opentelemetry.trace import StatusCode

    return StatusCode.ERROR


def _sdk() -> tuple[Any, Any, Any, Any]:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError:
        raise UsageError(MISSING) from None
    return TracerProvider, BatchSpanProcessor, OTLPSpanExporter, Resource
