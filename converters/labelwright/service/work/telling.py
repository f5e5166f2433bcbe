"""What the log says of a rebuild: that it begins, what came of it, which versions it made."""

from __future__ import annotations

import logging

from labelwright.service.work.job import Done, VersionMade

log = logging.getLogger(__name__)


def begun(build: str, project: str, reason: str) -> None:
    """A rebuild begins."""
    log.info("rebuilding %s: %s", project, reason, extra={"project": project, "build": build})


def ended(build: str, project: str, state: str, done: Done) -> None:
    """A rebuild is on record. Nothing is said of one that left no record."""
    about = {"project": project, "build": build}
    if state == "failed" and done.failed is not None:
        told = done.failed
        log.warning("the rebuild of %s failed: %s", project, told.message, extra={**about, "code": told.code})
    elif state == "done":
        for made in done.versions:
            _version(about, made)
        log.info("the rebuild of %s is done: %s", project, _counted(len(done.versions)), extra=about)


def _version(about: dict[str, str], made: VersionMade) -> None:
    where = {**about, "dataset": made.dataset, "version": made.number}
    if made.published:
        log.info("%s/%s version %d is published", about["project"], made.dataset, made.number, extra=where)
    else:
        words = "%s/%s version %d is not published: gate %s, agreement %s, %s asked"
        value, asked = _figure(made.agreement), _figure(made.threshold)
        log.warning(words, about["project"], made.dataset, made.number, made.gate, value, asked, extra=where)


def _counted(versions: int) -> str:
    if not versions:
        return "nothing differs from the newest versions"
    return "1 new version" if versions == 1 else f"{versions} new versions"


def _figure(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3g}"
