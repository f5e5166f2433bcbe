"""Answers about a whole image or film, which formats of images hold beside its name or not at all."""

from __future__ import annotations

from typing import Any

from labelwright.contracts import Template
from labelwright.records import Kind

# Answers that are plain JSON and mean the same without the item's other parts.
PLAIN = frozenset(
    (
        Kind.CHOICE, Kind.CHOICES, Kind.TAXONOMY, Kind.RATING, Kind.NUMBER, Kind.DATE, Kind.TEXT, Kind.JSON,
    )
)  # fmt: skip
DRAWN = (Kind.SHAPES, Kind.TRACKS)


def tag_controls(template: Template) -> tuple[list[str], list[str]]:
    """The controls asked of the whole item: those whose answers are plain, and the others."""
    asked = [(n, c.kind) for n, c in template.controls.items() if not c.on and c.kind not in DRAWN]
    return [n for n, kind in asked if kind in PLAIN], [n for n, kind in asked if kind not in PLAIN]


def answered(controls: list[str], answers: dict[str, Any]) -> dict[str, Any]:
    """The answers that were given to these controls."""
    return {name: answers[name] for name in controls if answers.get(name) not in (None, "", ())}
