"""How the page says things: times, states, gates, sizes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from labelwright.quality.gate import OFF
from labelwright.report import words
from labelwright.report.words import clean
from labelwright.service.page.model import Build, Project, Version
from labelwright.service.work.reasons import apart

STATES = {
    "running": ("open", "rebuilding"),
    "failed": ("bad", "failed"),
    "waiting": ("open", "deliveries wait"),
    "current": ("good", "up to date"),
    "new": ("open", "not built yet"),
}
REASONS = {
    "webhook": "deliveries came in",
    "sweep": "something was left to do",
    "reconcile": "compared with the tool",
    "replay": "a delivery was put back",
    "start": "the service started",
    "demand": "somebody asked",
}
PASSED = "passed"  # the gate's word
TONES = {PASSED: "good", "failed": "bad"}
NAMED = 12  # items named in a row


class Gate(NamedTuple):
    """A gate in words: how it looks, what it says, and by which figures."""

    tone: str
    title: str
    figures: str


class Moment(NamedTuple):
    """A time: for programs, whole, and as long ago."""

    machine: str
    whole: str
    ago: str


def moment(at: float | None, now: float) -> Moment | None:
    """A time in UTC; None where there is none."""
    if at is None:
        return None
    try:
        found = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return Moment(f"{found:%Y-%m-%dT%H:%M:%SZ}", f"{found:%Y-%m-%d %H:%M:%S}", ago(now - at))


def ago(seconds: float) -> str:
    """How long ago, or how soon. By the minute at the finest, so that a page that is read holds still."""
    size = abs(seconds)
    if size < 60:
        return "within a minute" if seconds < 0 else "just now"
    for least, unit, name in ((172800, 86400, "days"), (7200, 3600, "h"), (0, 60, "min")):
        if size >= least:
            told = f"{size // unit:.0f} {name}"
            return f"in {told}" if seconds < 0 else f"{told} ago"
    return ""


def gate(version: Version) -> Gate:
    """What the gate said of a version."""
    measure = words.measure_title(version.measure) if version.measure else "agreement"
    asked = None if version.threshold is None else words.number(version.threshold)
    if version.gate == OFF:
        return Gate("open", "off", "agreement did not decide")
    title = clean(version.gate, 40)
    tone = TONES.get(version.gate, "open")
    if version.agreement is None:
        if version.gate == PASSED and asked:  # the configuration lets it through
            tone, title = "open", "passed unmeasured"
        return Gate(tone, title, f"{measure}: no value" + (f", {asked} asked" if asked else ""))
    value = words.number(version.agreement, version.threshold)
    return Gate(tone, title, f"{measure} {value}" + (f", {asked} asked" if asked else ""))


def size(number: int) -> str:
    """Bytes for a person."""
    amount = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return ""


def items(ids: list[str], count: int = 0) -> str:
    """Ids of items in a row, which may be the first of ``count``; ``*`` is what a tool does not name."""
    if "*" in ids:
        return "not named by the tool"
    shown = [clean(i, 40) for i in ids[:NAMED]]
    more = max(count, len(ids)) - len(shown)
    return f"{', '.join(shown)} and {more:,} more" if more > 0 and shown else words.listed(shown, NAMED)


def build_row(build: Build, now: float) -> dict[str, Any]:
    """A rebuild in words."""
    end = build.ended_at
    return {
        "id": build.id,
        "state": clean(build.state, 40),
        "tone": {"done": "good", "failed": "bad"}.get(build.state, "open"),
        "reason": "; ".join(REASONS.get(one, clean(one, 60)) for one in apart(build.reason)),
        "started": moment(build.started_at, now),
        "took": words.duration((now if end is None else end) - build.started_at),
        "deliveries": build.deliveries,
        "changed": build.changed_count,
        "gone": build.gone_count,
        "moved": items([*build.changed, *build.gone], build.changed_count + build.gone_count),
        "missed": build.missed_count,
        "missed_items": items(build.missed, build.missed_count),
        "code": clean(build.code, 120),
        "message": clean(build.message, 400),
        "remedy": clean(build.remedy, 400),
    }


def build_rows(builds: list[Build], now: float) -> list[dict[str, Any]]:
    """Rebuilds in words, the newest first; ``again``: it failed as the one above it did."""
    rows = [build_row(one, now) for one in builds]
    for above, row in zip([None, *rows], rows, strict=False):
        alike = above is not None and all(above[k] == row[k] for k in ("state", "code", "message"))
        row["again"] = alike and row["state"] == "failed"
    return rows


class Note(NamedTuple):
    """Something that somebody should look into: of which project, where on its page, what it is."""

    project: str
    anchor: str
    text: str


def notes(projects: list[Project]) -> list[Note]:
    """What should be looked into first: rebuilds that fail, gates that are not met, events given up."""
    found = []
    for one in projects:
        if one.last_build is not None and one.last_build.state == "failed":
            found.append(Note(one.name, "rebuilds", "its last rebuild failed"))
        for d in one.datasets:
            if d.newest is not None and not d.newest.published:
                found.append(Note(one.name, f"dataset-{d.dataset}", _held_back(d.newest, d.published)))
        if one.dead_sends:
            what = "event was" if one.dead_sends == 1 else "events were"
            found.append(Note(one.name, "given-up", f"{one.dead_sends:,} {what} given up unsent"))
    return found


def _held_back(newest: Version, published: int | None) -> str:
    said = gate(newest)
    before = "nothing was published yet" if published is None else f"version {published} stays the latest"
    what = f"{newest.dataset} version {newest.number} is not published"
    if newest.gate in (PASSED, OFF):
        why = "see its problems" if newest.counts.get("examples", 0) else "it holds no examples"
        return f"{what}, {why}; {before}"
    return f"{what}, gate {said.title} ({said.figures}); {before}"


def summary(projects: list[Project]) -> str:
    """How everything stands in one sentence, which changes only when something has."""
    if not projects:
        return "No project is configured."
    parts = []
    for one in projects:
        newest = [f"{d.dataset} version {d.newest.number} {d.newest.gate}" for d in one.datasets if d.newest]
        parts.append(f"{one.name}: {'; '.join([STATES[one.state][1], *newest])}")
    return clean(". ".join(parts), 600) + "."
