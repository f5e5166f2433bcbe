"""The predictors of the service, as the page shows and the API answers them."""

from __future__ import annotations

from typing import Any

from labelwright.report.words import clean
from labelwright.service.context import Service
from labelwright.service.lessons import Lesson, Lessons
from labelwright.service.page import say
from labelwright.service.page.model import Predictor

TONES = {"ready": "good", "failed": "bad", "loading": "open"}


def list_predictors(service: Service) -> list[Predictor]:
    """Those that are configured, by name."""
    return [
        Predictor(
            name=name,
            title=model.title,
            state=model.state,
            reason=model.reason,
            version=model.version,
            template=model.template.name,
            inputs=list(model.inputs),
            controls=list(model.controls),
            interacts=model.interacts,
            tracks=model.tracks,
            learns=model.learns,
            lessons=Lessons(service.loaded.data, name).all(),
        )
        for name, model in sorted(service.extra.get("predictors", {}).items())
    ]


def predictor_row(one: Predictor, now: float) -> dict[str, Any]:
    """A predictor in words."""
    return {
        "name": one.name,
        "title": clean(one.title, 80),
        "tone": TONES[one.state],
        "state": one.state,
        "reason": clean(one.reason, 400),
        "version": clean(one.version, 120),
        "template": clean(one.template, 80),
        "answers": clean(", ".join(one.controls), 200),
        "learns": one.learns,
        "lessons": [_lesson(lesson, now) for lesson in one.lessons],
    }


def _lesson(one: Lesson, now: float) -> dict[str, Any]:
    return {
        "project": clean(one.project, 80),
        "at": say.moment(one.at, now),
        "count": one.items,
        "told": clean(one.told, 400),
        "failed": say.moment(one.failed_at, now),
        "reason": clean(one.reason, 400),
    }
