"""What the commands about the service share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelwright.cli.output import say

if TYPE_CHECKING:
    from labelwright.service.config.load import Loaded
    from labelwright.service.lessons import Lesson


def loaded(config: Path) -> Loaded:
    """The configuration of a file; says what somebody should look at. Raises ``UsageError``."""
    from labelwright.service.config.load import load

    found = load(config)
    for warning in found.warnings:
        say(f"warning: {config}: {warning}")
    return found


def predictor_of(config: Path, name: str) -> tuple[type[Any], list[Lesson]]:
    """The class of a configured predictor, and what it learnt of projects. Raises ``UsageError``."""
    from labelwright.predicting.finding import find
    from labelwright.service.lessons import Lessons

    found = loaded(config)
    return find(found.predictor(name).predictor, found.folder), Lessons(found.data, name).all()


def lesson_words(lesson: Lesson) -> str:
    """What a predictor learnt of a project, on one line."""
    parts = []
    if lesson.at is not None:
        much = f"{lesson.items:,} item{'' if lesson.items == 1 else 's'} of {lesson.project}"
        parts.append(f"learnt of {much} at {_time(lesson.at)}, since then {lesson.version}")
        parts += [lesson.told] if lesson.told else []
    if lesson.failed_at is not None:
        parts.append(f"could not learn of {lesson.project} at {_time(lesson.failed_at)}: {lesson.reason}")
    return "; ".join(parts)


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
