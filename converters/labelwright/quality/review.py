"""Which items a second person looks at, and what becomes of the looked-at: cases and states of a review.

Whatever annotators could not settle is a case, and every item that is marked as an edge case; of the rest a
seeded sample. The sample does not depend on the order of items: the lowest hashes of (seed, item) are in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from labelwright.agreement.contests import equal_pairs
from labelwright.agreement.engine import finite
from labelwright.agreement.items import CODED, MISSING, scorer_for
from labelwright.contracts import Control, Template
from labelwright.problems import ProblemType, Severity
from labelwright.quality.gate import gated_controls
from labelwright.records import Annotation, Value

OWN_WORK = ProblemType(
    "adjudication.own-work",
    "A reviewer judged an item that they had annotated",
    "{reviewer} annotated item {item} and reviewed it too; the review does not count",
    "Let somebody review it who did not annotate it.",
    Severity.WARNING,
)
REVIEWERS_DIFFER = ProblemType(
    "adjudication.reviewers-differ",
    "Reviewers decided one item differently",
    "{count} reviewers decided item {item} differently; it is not decided",
    "Let them agree on one answer and delete the other in the review project.",
    Severity.WARNING,
)
FOREIGN_ITEM = ProblemType(
    "adjudication.item-foreign",
    "An item of a review project was not put there by a review",
    "item {item} does not say which item it reviews; it is left out",
    "Keep other items out of the review project.",
    Severity.WARNING,
)


class Reason(StrEnum):
    """Why an item is reviewed, the most pressing first."""

    TIE = "tie"
    OUTVOTED = "outvoted shapes"
    LOW = "low agreement"
    EDGE = "edge case"
    SAMPLE = "sample"


class ReviewState(StrEnum):
    """What became of a reviewed item."""

    PENDING = "pending"  # nobody has reviewed it yet, or their review does not count
    DECIDED = "decided"  # something was left open, and the reviewer said what is right
    ACCEPTED = "accepted"  # all was filled in, and the reviewer left it as it was
    CORRECTED = "corrected"  # the reviewer changed something that was filled in
    REJECTED = "rejected"  # the reviewer skipped it: it gives no example


class Case(Struct):
    """One item to review. ``answers`` are values by annotator and control.

    ``annotators`` (pseudonyms) and ``annotations`` (ids) stand in the same order. ``consensus`` holds
    the values of the controls that are settled.
    """

    item: str
    link: str
    reasons: tuple[Reason, ...]
    disputed: tuple[str, ...]
    annotators: list[str]
    answers: list[dict[str, Any]]
    annotations: list[str] = []
    consensus: dict[str, Value] = {}


class About(Struct):
    """What a reviewed item carries about itself, as data of the review project.

    ``consensus`` holds the settled answers that are filled in for the reviewer, as JSON; ``blank`` names
    the settled controls that could not be filled in.
    """

    item: str
    reasons: list[str]
    disputed: list[str]
    annotators: list[str]
    consensus: dict[str, Any]
    blank: list[str] = []


class Scores:
    """Agreement of single items on the controls of a template that are asked of items."""

    def __init__(self, template: Template) -> None:
        """Choose how each control is compared; low agreement is looked for on the gate's controls."""
        self._controls = {n: c for n, c in template.controls.items() if not c.on}
        self._scorers = {n: None if c.kind in CODED else scorer_for(c) for n, c in self._controls.items()}
        self._gated = [n for n in gated_controls(template) if n in self._controls]

    def low(self, annotations: Sequence[Annotation], below: float) -> tuple[str, ...]:
        """The gate's controls on which these annotators agree less than ``below``."""
        if len(annotations) < 2:
            return ()
        return tuple(n for n in self._gated if self._score(n, annotations) < below)

    def _score(self, name: str, annotations: Sequence[Annotation]) -> float:
        values = tuple([a.answers.get(name, MISSING) for a in annotations])
        scorer = self._scorers[name]
        if scorer is None:
            return equal_pairs(finite(values))
        return scorer.score(tuple([a.annotator for a in annotations]), values, None)[0]


def marked(data: Mapping[str, Any], meta: Mapping[str, Any], key: str) -> bool:
    """Whether an item is marked as an edge case under ``key`` of its data or its meta."""
    return any(bool(found) and found not in ("false", "no", "0") for found in (data.get(key), meta.get(key)))


def asked_of_items(template: Template) -> dict[str, Control]:
    """The controls that a review decides: those asked of the item, with what hangs on their regions."""
    return {n: c for n, c in template.controls.items() if not c.on}
