"""What each page shows, ready to be drawn."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from labelwright.report import plots, words
from labelwright.report.words import clean
from labelwright.service.context import Service
from labelwright.service.page import say
from labelwright.service.page.datasets import list_datasets, list_versions, version_folder, version_path
from labelwright.service.page.excerpt import Excerpts, contested_rows, counted, problem_rows
from labelwright.service.page.model import Dataset, Delivery, Project, Version
from labelwright.service.page.predictors import list_predictors, predictor_row
from labelwright.service.page.projects import list_projects, status
from labelwright.service.page.read import list_builds, list_deliveries
from labelwright.service.page.told import told

SHOWN, VERSIONS, DRAWN = 20, 8, 24
SHORT = 60


def overview(service: Service) -> dict[str, Any]:
    """All projects."""
    now = time.time()
    with service.database.reading() as connection:
        projects = list_projects(service, connection)
        whole = status(service, connection)
    since = min((one.waiting_since for one in projects if one.waiting_since is not None), default=None)
    return {
        "queue": whole,
        "oldest": say.moment(since, now),
        "workers": service.loaded.config.service.workers,
        "title": "Projects",
        "projects": [_project(one, now) for one in projects],
        "summary": say.summary(projects),
        "notes": say.notes(projects),
        "predictors": [predictor_row(one, now) for one in list_predictors(service)],
    }


def project(service: Service, name: str, before: int = 0, older: str = "", past: str = "") -> dict[str, Any]:
    """One project; the deliveries before an id, the rebuilds and events before one. Raises ``KeyError``."""
    now = time.time()
    with service.database.reading() as connection:
        found = next(iter(list_projects(service, connection, name)), None)
        if found is None:
            raise KeyError(name)
        came = list_deliveries(connection, name, "", before, SHOWN + 1)
        built = list_builds(connection, name, "", older, SHOWN + 1)
        events = told(connection, name, past, now)
        datasets = [
            _dataset(service, connection, one, now) for one in list_datasets(service, connection, name)
        ]
    return {
        "title": clean(found.name, SHORT),
        "project": _project(found, now),
        "summary": say.summary([found]),
        "datasets": datasets,
        "deliveries": [_delivery(one, now) for one in came[:SHOWN]],
        "older_deliveries": came[SHOWN - 1].id if len(came) > SHOWN else 0,
        "builds": say.build_rows(built[:SHOWN], now),
        "older_builds": built[SHOWN - 1].id if len(built) > SHOWN else "",
        **events,
        "paged": bool(before or older or past),
        "targets": bool(service.loaded.config.notify),
    }


def _project(one: Project, now: float) -> dict[str, Any]:
    tone, state = say.STATES[one.state]
    return {
        "name": one.name,
        "tool": clean(one.tool_title, SHORT),
        "tool_project": clean(one.tool_project, 120),
        "link": one.link,
        "tone": tone,
        "state": state,
        "waiting": one.waiting,
        "since": say.moment(one.waiting_since, now),
        "last": None if one.last_build is None else say.build_row(one.last_build, now),
        "running": None if one.running is None else say.build_row(one.running, now),
        "dead": one.dead_sends,
        "failing": say.moment(one.failing_since, now),
        "attempts": one.attempts,
        "next": say.moment(one.next_at if one.next_at is None else max(one.next_at, now + 1), now),
        "datasets": [
            {"name": d.dataset, "newest": None if d.newest is None else _version(d.newest, now)}
            for d in one.datasets
        ],
    }


def _version(one: Version, now: float) -> dict[str, Any]:
    base = version_path(one.project, one.dataset, one.number)
    report = next((f for f in one.files if f.name.endswith("report.html")), None)
    return {
        "number": one.number,
        "created": say.moment(one.created_at, now),
        "published": one.published,
        "kept": one.kept,
        "gate": say.gate(one),
        "examples": one.counts.get("examples", 0),
        "items": one.counts.get("items", 0),
        "problems": counted(one.problems),
        "files": [{"name": clean(f.name, 120), "size": say.size(f.size), "url": f.url} for f in one.files],
        "archive": one.archive if one.kept else "",
        "report": report.url if report is not None and one.kept else "",
        "agreement": None if one.agreement is None else words.number(one.agreement, one.threshold),
        "asked": None if one.threshold is None else words.number(one.threshold),
        "base": base,
    }


def _dataset(service: Service, connection: sa.Connection, one: Dataset, now: float) -> dict[str, Any]:
    found = list_versions(service, connection, one.project, one.dataset, limit=DRAWN)
    excerpt = None
    if found:
        folder = version_folder(service, one.project, one.dataset, found[0].number)
        excerpt = _excerpts(service).of(folder)
    config = service.projects[one.project].config.datasets[one.dataset]
    return {
        "name": one.dataset,
        "to": clean(config.to, SHORT),
        "published": one.published,
        "versions": [_version(v, now) for v in found],
        "open": VERSIONS,
        "chart": chart(found),
        "problems": None if excerpt is None else problem_rows(excerpt),
        "contested": None if excerpt is None else contested_rows(excerpt),
    }


def chart(versions: list[Version]) -> dict[str, Any] | None:
    """Agreement by version, the oldest first, and what the gate asks now; None below two values."""
    shown = sorted(versions, key=lambda v: v.number)[-DRAWN:]
    dots = [None if v.agreement is None else plots.Dot(str(v.number), 0.0, v.agreement) for v in shown]
    if not shown:
        return None
    drawn = plots.trend(dots, shown[-1].threshold)
    if drawn is None:
        return None
    across = [tick._replace(text=str(shown[int(tick.text) - 1].number)) for tick in drawn.across]
    said = [f"version {d.name} {words.number(d.y)}" for d in dots if d is not None]
    measure = words.measure_title(shown[-1].measure) if shown[-1].measure else "agreement"
    asked = "" if shown[-1].threshold is None else f"; {words.number(shown[-1].threshold)} is asked"
    return {
        "plot": drawn._replace(across=across),
        "measure": measure[:1].upper() + measure[1:],
        "words": words.listed(said, DRAWN) + asked,
    }


def _delivery(one: Delivery, now: float) -> dict[str, Any]:
    return {
        "id": one.id,
        "event": clean(one.event, 80),
        "known": one.known,
        "received": say.moment(one.received_at, now),
        "last": say.moment(one.last_at, now) if one.copies > 1 else None,
        "copies": one.copies,
        "state": {"new": "waits", "done": "done", "ignored": "moves nothing"}.get(
            one.state, clean(one.state, 40)
        ),
        "tone": {"new": "open", "done": "good"}.get(one.state, ""),
        "items": say.items(one.items),
    }


def _excerpts(service: Service) -> Excerpts:
    found: Excerpts = service.extra.setdefault("excerpts", Excerpts())
    return found
