"""A service with something to show: projects, deliveries, rebuilds, versions with reports, events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from tests.report.samples import full_report

from labelwright.report.html import render_html
from labelwright.report.json import render_json
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import Config
from labelwright.service.context import Service
from labelwright.service.running import opened
from labelwright.service.store.tables import builds, deliveries, events, sends, versions
from labelwright.state.manifest import file_entry

TOKEN = "correct-horse-battery-staple"
BODY = "what was in the body of a delivery"

CONFIG: dict[str, Any] = {
    "service": {"data": "data", "port": 8790},
    "login": {"token_file": "token"},
    "tools": {"label-studio": {"url": "http://labels.example:8080"}},
    "projects": {
        "emails": {
            "tool": "label-studio",
            "project": "Customer e-mails",
            "template": "email-classification",
            "datasets": {"train": {"to": "openai"}, "dpo": {"to": "trl"}},
        },
        "replies": {
            "tool": "label-studio",
            "project": "29",
            "template": "email-classification",
            "datasets": {"train": {"to": "openai"}},
        },
    },
    "notify": {"ops": {"url": "https://hooks.example/x"}},
}


class Asks:
    """Takes the place of the rebuilds: remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, float | None]] = []

    def ask(self, project: str, reason: str, wait: float | None = None) -> None:
        self.asked.append((project, reason, wait))


@contextmanager
def served(folder: Path, changes: dict[str, dict[str, Any]] | None = None) -> Iterator[Service]:
    """A service of ``CONFIG`` with ``changes`` by section, and rebuilds that are only remembered."""
    more = changes or {}
    config = {k: {**CONFIG.get(k, {}), **more.get(k, {})} for k in {**CONFIG, **more}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text(TOKEN + "\n")
    with opened(Loaded(msgspec.convert(config, Config), folder)) as service:
        service.extra["workflows"] = Asks()
        yield service


def add(service: Service, table: Any, **values: Any) -> None:
    with service.database.writing() as connection:
        connection.execute(table.insert().values(**values))


def add_delivery(service: Service, project: str = "emails", **changes: Any) -> None:
    now = time.time()
    row = {
        "project": project, "key": f"k{time.perf_counter_ns()}", "event": "ANNOTATION_CREATED", "known": True,
        "items": "[7]", "received_at": now - 300, "last_at": now - 300, "copies": 1, "state": "done",
        "build": "b1", "done_at": now - 200, "body": BODY.encode(),
    }  # fmt: skip
    add(service, deliveries, **{**row, **changes})


def add_build(service: Service, name: str, project: str = "emails", **changes: Any) -> None:
    now = time.time()
    row = {
        "id": name, "project": project, "reason": "webhook", "started_at": now - 260, "ended_at": now - 250,
        "state": "done", "code": "", "message": "", "remedy": "", "deliveries": 3,
        "moved": '{"changed": ["7", "8"], "gone": ["3"]}', "missed": "[]",
    }  # fmt: skip
    add(service, builds, **{**row, **changes})


def version_files(service: Service, project: str, dataset: str, number: int) -> Path:
    """The folder of a version, filled as a rebuild fills it."""
    folder = service.loaded.data / "projects" / project / "datasets" / dataset / "versions" / f"{number:04d}"
    folder.mkdir(parents=True, exist_ok=True)
    report = full_report()
    (folder / "train.jsonl").write_text('{"messages": []}\n' * 20)
    (folder / "train.report.json").write_bytes(render_json(report))
    (folder / "train.report.html").write_text(render_html(report))
    (folder / "train.manifest.json").write_text("{}\n")
    return folder


def add_version(
    service: Service, number: int, project: str = "emails", dataset: str = "train", **changes: Any
) -> Path:
    folder = version_files(service, project, dataset, number)
    made = [file_entry(p, p.name) for p in sorted(folder.iterdir())]
    files = [{"name": f.name, "size": f.bytes, "sha256": f.sha256} for f in made]
    row = {
        "project": project, "dataset": dataset, "number": number, "build": "b1",
        "created_at": time.time() - 86400 * (20 - number), "published": True, "gate": "passed",
        "measure": "percent", "agreement": 0.86, "threshold": 0.8,
        "counts": '{"items": 120, "examples": 118}', "problems": '{"label-studio.label-unknown": 3}',
        "files": msgspec.json.encode(files).decode(),
    }  # fmt: skip
    add(service, versions, **{**row, **changes})
    return folder


def add_event(service: Service, name: str, project: str = "emails", **changes: Any) -> None:
    row = {
        "id": name, "key": name, "project": project, "type": "agreement.below-gate", "at": time.time() - 100,
        "data": '{"dataset": "train", "version": 4, "agreement": 0.74, "threshold": 0.8}',
    }  # fmt: skip
    add(service, events, **{**row, **changes})


def add_send(service: Service, event: str, target: str = "ops", **changes: Any) -> None:
    row = {
        "event": event, "target": target, "state": "dead", "attempts": 12, "next_at": 0.0, "held_until": 0.0,
        "status": 503, "error": "the target answered 503", "sent_at": None,
    }  # fmt: skip
    add(service, sends, **{**row, **changes})


def fill(service: Service) -> None:
    """A week of a project's life, and a project whose last rebuild failed."""
    now = time.time()
    for number, value in enumerate((0.66, 0.71, None, 0.74, 0.83, 0.86), 1):
        gate = "not measurable" if value is None else "passed" if value >= 0.8 else "failed"
        add_version(service, number, agreement=value, gate=gate, published=gate == "passed")
    add_version(service, 1, dataset="dpo", agreement=0.72, gate="failed", published=False)
    add_build(service, "b1")
    add_build(
        service, "b0", reason="reconcile", started_at=now - 4000, ended_at=now - 3920, missed='["41", "42"]',
        moved='{"changed": ["7", "8"], "gone": ["3"], "counts": {"changed": 1500, "gone": 1, "missed": 2}}',
    )  # fmt: skip
    for number in range(24):
        add_delivery(service, items=f"[{number}]", copies=1 + number % 2)
    add_delivery(service, event="PROJECT_UPDATED", state="ignored", items="[]", build="")
    add_delivery(
        service, event="SOMETHING_NEW", known=False, state="new", items='["*"]', build="", done_at=None
    )
    add_build(
        service, "f1", "replies", state="failed", code="label-studio.token-refused",
        message="Label Studio refused the token", remedy="Make a new token and put it in the token file.",
    )  # fmt: skip
    add_delivery(service, "replies", state="new", build="", done_at=None)
    add_event(service, "evt_1")
    add_send(service, "evt_1")
    add_event(service, "evt_2", type="dataset.published", data='{"dataset": "train", "version": 6}')
    add_send(service, "evt_2", state="sent", attempts=1, status=200, error="", sent_at=now - 90)
    add_send(
        service, "evt_2", "slack", state="waiting", attempts=2, next_at=now + 300, status=0, error="timeout"
    )
