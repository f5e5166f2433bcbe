"""What an evaluation says, as values: renderings show it, none adds to it.

It holds no time and no path of the machine. What cannot be told is None, with a reason in words.
"""

from __future__ import annotations

from msgspec import Struct

from labelwright.agreement.result import Measure
from labelwright.problems import Problem
from labelwright.quality.gold import GoldConfusion
from labelwright.quality.proportions import Proportion

WITHIN, BELOW, ABOVE, UNTOLD = "within", "below", "above", "not measurable"


class LabelScore(Struct, frozen=True):
    """One label: how often it was wanted and given, and both; ``f1`` is the harmonic mean of the shares."""

    wanted: int
    given: int
    right: int
    precision: Proportion
    recall: Proportion
    f1: float | None


class Bin(Struct, frozen=True):
    """Answers whose score lies in [``low``, ``high``): their mean score beside how many were right."""

    low: float
    high: float
    score: float
    accuracy: Proportion


class Threshold(Struct, frozen=True):
    """What is left if answers with a lower ``score`` are not shown.

    ``coverage`` is the share of all items with a reference that still get an answer.
    """

    score: float
    coverage: float
    accuracy: Proportion


class Calibration(Struct):
    """Whether scores mean what they say. ``reason`` says why not, where that cannot be told.

    ``error`` is the expected calibration error over ``bins`` (Naeini, Cooper and Hauskrecht 2015): the
    mean distance of score and accuracy, weighed by answers. ``trusted``: the lowest score from which on
    the accuracy is at least ``wanted``; ``sure``: from which on the lower bound of its interval is.
    """

    answers: int
    wanted: float
    error: float | None = None
    score: float | None = None
    bins: list[Bin] = []
    thresholds: list[Threshold] = []
    trusted: Threshold | None = None
    sure: Threshold | None = None
    reason: str = ""


class Against(Struct):
    """The predictor and one annotator, over the items that both answered."""

    annotator: str
    items: int
    measures: dict[str, Measure]


class Ceiling(Struct):
    """How well each person predicts the others, leaving that one out, and the predictor beside them.

    ``items`` are those that at least two people answered; ``people`` is over all of them, ``each`` by
    annotator, and ``predictor`` the same comparisons with the predictor in the place of whoever was left
    out. ``difference`` is predictor minus people, with a 95 % bootstrap interval over items. ``verdict``:
    ``within`` people's disagreement (the interval holds 0), ``below``, ``above`` or ``not measurable``.
    """

    items: int
    people: Proportion
    predictor: Proportion
    each: dict[str, Proportion] = {}
    difference: Measure = Measure()
    verdict: str = UNTOLD
    reason: str = ""


class ControlEvaluation(Struct):
    """The predictor on one control.

    ``score`` says what an answer is scored by: ``accuracy`` (right or wrong) or the measure between 0 and
    1 that items are compared by. ``accuracy`` is its mean over ``items`` that the predictor answered and
    that have a reference; an answer that it left out counts as wrong (``silent`` counts them).
    ``unseen`` is the accuracy on items of which nobody's answer was made with a suggestion.
    ``measures`` are the engine's between predictor and reference, ``among`` those among people. ``known``
    has the accuracy of everybody on known answers alone (gold, references, marked as ground truth).
    """

    kind: str
    score: str
    items: int
    silent: int
    accuracy: Proportion
    ceiling: Ceiling
    calibration: Calibration
    labels: dict[str, LabelScore] = {}
    confusion: GoldConfusion = GoldConfusion()
    measures: dict[str, Measure] = {}
    label_measures: dict[str, dict[str, Measure]] = {}
    among: dict[str, Measure] = {}
    annotators: list[Against] = []
    known: dict[str, Proportion] = {}
    note: str = ""
    unseen: Proportion = Proportion(0)


class Lessons(Struct, frozen=True):
    """What a predictor that learns had learnt: ``how`` in words, of how many items each time.

    ``folds`` is 0 unless each item was answered by one that had learnt of the others. ``seen`` counts the
    items evaluated that show what it had learnt of.
    """

    how: str
    folds: int = 0
    items: int = 0
    seen: int = 0


class Evaluated(Struct):
    """How many items there were, and what became of them.

    ``basis`` counts by what their references are: ``known`` (files of gold and references), ``flagged``
    as ground truth, ``consensus`` of several people, a ``single`` person, ``tied`` (people did not come to
    one answer) or ``unanswered``. ``suggested`` counts items held against people's answers of which some were
    made with a model's suggestion.
    """

    items: int = 0
    answered: int = 0
    failed: int = 0
    suggested: int = 0
    basis: dict[str, int] = {}


class Evaluation(Struct):
    """A predictor against an export."""

    version: str
    predictor: str
    title: str
    model: str
    template: str
    source: str
    consensus: str
    counts: Evaluated
    controls: dict[str, ControlEvaluation]
    failures: dict[str, int]
    problems: list[Problem]
    problem_counts: dict[str, int]
    problem_titles: dict[str, str]
    lessons: Lessons | None
    asked: float | None
    passed: bool
    seed: int
