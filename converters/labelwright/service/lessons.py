"""What the service's predictors learnt of each project, kept in its data folder: when, of how much, how well.

It lies beside what the predictor itself keeps, so that it is told after a restart and by every process.
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from labelwright.io.atomic import Pending

FOLDER = "predictors"
LONGEST = 500  # characters of what a predictor says
_LOCK = threading.Lock()


class Lesson(Struct, frozen=True):
    """What a predictor learnt of a project last.

    ``at`` is when (seconds since 1970, UTC; null: never), of so many ``items``; ``version`` its version from
    then on, ``told`` what came of it in the predictor's own words, such as an accuracy. ``failed_at`` and
    ``reason`` are of the last attempt if that failed; null and empty otherwise.
    """

    project: str
    at: float | None = None
    items: int = 0
    version: str = ""
    told: str = ""
    failed_at: float | None = None
    reason: str = ""


class Lessons:
    """The lessons of one predictor."""

    def __init__(self, data: Path, name: str) -> None:
        """``data`` is the service's folder, ``name`` the predictor's in the configuration."""
        self._path = data / FOLDER / f"{name}.lessons"

    def all(self) -> list[Lesson]:
        """By project; what cannot be read is not known."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=list[Lesson])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return []
        return sorted(found, key=lambda one: one.project)

    def learnt(self, project: str, at: float, items: int, version: str, told: str) -> None:
        """It learnt. Raises ``DataError`` if that cannot be written."""
        self._keep(Lesson(project, at, items, version, told[:LONGEST]))

    def failed(self, project: str, at: float, reason: str) -> None:
        """It could not learn; what it learnt before stays. Raises ``DataError`` if that cannot be written."""
        before = next((one for one in self.all() if one.project == project), Lesson(project))
        self._keep(replace(before, failed_at=at, reason=reason[:LONGEST]))

    def _keep(self, lesson: Lesson) -> None:
        with _LOCK, Pending() as pending:
            kept = [one for one in self.all() if one.project != lesson.project]
            pending.file(self._path).write(msgspec.json.encode([*kept, lesson]))
            pending.commit()
