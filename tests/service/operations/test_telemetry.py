"""Spans, told to a collector: a small one that reads OTLP."""

from __future__ import annotations

import builtins
import time
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from post_double import Posted, taking
from service_post import Post
from service_process import configured, running

from labelwright.problems import UsageError
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import Config, ServiceConfig
from labelwright.service.context import Service
from labelwright.service.notify.outbox import claim
from labelwright.service.notify.postman import attempt
from labelwright.service.telemetry import MISSING, Telemetry


def spans(collector: Posted, name: str = "labelwright") -> list[tuple[str, dict[str, str]]]:
    """Name and attributes of each span that was told."""
    found = []
    for taken in collector.taken:
        assert taken.path == "/v1/traces"
        told = ExportTraceServiceRequest.FromString(taken.body)
        for resource in told.resource_spans:
            about = {a.key: a.value.string_value for a in resource.resource.attributes}
            assert about["service.name"] == name
            for scope in resource.scope_spans:
                found += [(s.name, {a.key: a.value.string_value for a in s.attributes}) for s in scope.spans]
    return found


def test_nothing_is_told_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with taking() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        telemetry = Telemetry(False)
        telemetry.start()
        with telemetry.span("send", target="team"):
            pass
        telemetry.stop()
        assert collector.taken == []


def test_spans_say_what_was_done_and_never_what_was_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    with taking() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        telemetry = Telemetry(True)
        telemetry.start()
        with telemetry.span("send", target="team") as came:
            came("sent")
        with telemetry.span("send", target="chat") as came:
            came("failed", "503")
        with pytest.raises(ValueError, match="hunter2"), telemetry.span("rebuild", project="emails"):
            raise ValueError("hunter2 said jane@example.com")
        telemetry.stop()
        telemetry.stop()
        assert spans(collector) == [
            ("labelwright.send", {"labelwright.target": "team", "labelwright.outcome": "sent"}),
            (
                "labelwright.send",
                {"labelwright.target": "chat", "labelwright.outcome": "failed", "error.type": "503"},
            ),
            ("labelwright.rebuild", {"labelwright.project": "emails", "error.type": "ValueError"}),
        ]
        assert all(b"hunter2" not in t.body and b"jane" not in t.body for t in collector.taken)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("OTEL_SERVICE_NAME", "labels-west"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=labels-west,x=y")],
)
def test_the_environment_names_the_service(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    with taking() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv(variable, value)
        telemetry = Telemetry(True)
        telemetry.start()
        with telemetry.span("send"):
            pass
        telemetry.stop()
        assert [name for name, _ in spans(collector, "labels-west")] == ["labelwright.send"]


def test_a_missing_extra_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *a: Any, **k: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *a, **k)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UsageError) as told:
        Telemetry(True)
    assert (
        str(told.value)
        == MISSING
        == ("the telemetry extra is not installed: pip install 'labelwright[telemetry]'")
    )
    Telemetry(False)


def test_a_collector_that_is_away_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    config = Config(service=ServiceConfig(telemetry=True))
    config.notify |= post.config.notify
    service = Service(Loaded(config, post.folder), post.database)
    with taking() as there:
        post.target("team", there.url)
        config.notify |= post.config.notify
        post.event("evt_1", "team")
        service.telemetry.start()
        due = claim(post.database, "team", time.time())
        assert due is not None and attempt(service, due) == "sent"
        began = time.monotonic()
        service.telemetry.stop()
        assert time.monotonic() - began < 15  # 30 s is how long one may wait for what is left


def test_the_service_tells_of_what_it_receives_and_rebuilds(tmp_path: Path) -> None:
    with taking() as collector:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        with running(configured(tmp_path, "telemetry = true"), env=env) as service:
            service.until_up()
            assert service.deliver(1) == 200
            end = time.monotonic() + 90
            while len({name for name, _ in spans(collector)}) < 2 and time.monotonic() < end:
                time.sleep(0.2)
            found = spans(collector)  # one that is broken off with the service ends otherwise
            assert service.end() == 0
        names = {name for name, _ in found}
        assert names == {"labelwright.receive", "labelwright.rebuild"}
        ended = [about for name, about in found if name == "labelwright.rebuild"]
        assert all(a["labelwright.outcome"] == "failed" for a in ended)
        assert all(a["error.type"] == "label-studio.unreachable" for a in ended)
        told = b"".join(taken.body for taken in collector.taken)
        assert b"ANNOTATION_CREATED" not in told and service.secret().encode() not in told
