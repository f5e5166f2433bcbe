"""Tiers of volume by task: how many images, pairs and kinds of question tuning on images takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.quality.lint._questions import KINDS

GROUNDING, QUESTIONS, FREE = "phrase-grounding", "vqa", "freeform"
IMAGES, PAIRS, PER_IMAGE, MIXED = "images", "pairs", "pairs per image", "kinds of question, none above 60 %"
# Of an annotation guide; how many kinds are a mix, and the share of the commonest, are ours.
TIERS: dict[str, dict[str, dict[str, int]]] = {
    GROUNDING: {
        "minimum": {IMAGES: 20, PER_IMAGE: 3},
        "recommended": {IMAGES: 100, PER_IMAGE: 5},
        "production": {PAIRS: 500},
    },
    QUESTIONS: {
        "minimum": {PAIRS: 50, IMAGES: 20},
        "recommended": {PAIRS: 200, IMAGES: 50},
        "production": {PAIRS: 500, MIXED: 3},
    },
    FREE: {"minimum": {IMAGES: 20}, "recommended": {IMAGES: 100}, "production": {IMAGES: 500}},
}
TOP = 0.6


def task_of(template: Template) -> str:
    """The task whose tiers count: what the template says, else what follows from its example."""
    if template.quality.lint.task:
        return template.quality.lint.task
    target = template.example.assistant
    if template.example.kind == "grounded" and isinstance(target, dict) and target.get("caption"):
        return GROUNDING
    return QUESTIONS if template.modality == "image" and template.quality.lint.question else ""


class Reached(Struct):
    """The tier reached (empty: none), the next one (empty: none) and what that lacks, in words."""

    tier: str
    next: str
    missing: list[str]


def counted(task: str, pairs: Mapping[bytes, int], kinds: Counter[str]) -> dict[str, float]:
    """What there is. ``pairs`` by image; ``kinds`` of questions (empty: not recognised)."""
    total = sum(pairs.values())
    found: dict[str, float] = {IMAGES: len(pairs)}
    if task != FREE:
        found[PAIRS] = total
    if task == GROUNDING:
        found[PER_IMAGE] = total / len(pairs) if pairs else 0.0
    if task == QUESTIONS:
        known = {kind: kinds[kind] for kind in KINDS if kinds[kind]}
        mixed = not known or max(known.values()) <= TOP * kinds.total()
        found[MIXED] = len(known) if mixed else min(len(known), 1)
    return found


def reached(task: str, found: Mapping[str, float]) -> Reached:
    """How far a task's data reaches; a tier takes those below it too."""
    tier = ""
    for name, needs in TIERS[task].items():
        missing = [_lack(what, needed, found[what]) for what, needed in needs.items() if found[what] < needed]
        if missing:
            return Reached(tier, name, missing)
        tier = name
    return Reached(tier, "", [])


def _lack(what: str, needed: int, there: float) -> str:
    if what in (PER_IMAGE, MIXED):
        return f"{needed} {what} (there are {there:.3g})"
    return f"{needed - there:.0f} more {what}"
