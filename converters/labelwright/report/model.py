"""The report of a run as a value. Renderings (terminal, Markdown, JSON, HTML) show it, none adds to it.

It holds no time and no path of the machine, so that the same input gives the same bytes.
"""

from __future__ import annotations

from msgspec import Struct

from labelwright.agreement.result import Agreement, State
from labelwright.contracts import FittedModel
from labelwright.problems import Ledger, Problem
from labelwright.quality.anchored import AnchoringReport
from labelwright.quality.gate import GateResult
from labelwright.quality.gold import GoldReport
from labelwright.quality.lint import LintSummary
from labelwright.quality.signals import Signal
from labelwright.quality.volumes import Volume as Volume
from labelwright.quality.volumes import reached_volume as reached_volume
from labelwright.report.batches import Batch


class Counts(Struct):
    """What went in and what came out, in items and annotations. ``examples`` are rows written."""

    items: int = 0
    annotated: int = 0  # items with at least one submitted annotation
    annotations: int = 0
    skipped: int = 0
    drafts: int = 0
    predictions: int = 0
    references: int = 0  # items with a ground-truth annotation
    repeated: int = 0  # annotations left out because their annotator gave a newer one
    examples: int = 0
    tied: int = 0  # items that consensus left for adjudication
    unrendered: int = 0  # items whose answers gave no example
    left_out: int = 0  # pairs left out by the stated policy: ties, or too little apart
    refused: int = 0  # rows that the dialect's rules refused
    gold: int = 0  # gold items kept out of the training file
    gold_copies: int = 0  # items kept out since they show the same as a gold item
    rejected: int = 0  # items that a reviewer found unusable
    untrusted: int = 0  # annotations left out because their annotator does not reach the gold target
    untrusted_items: int = 0  # items that only such annotators answered

    def add(self, other: Counts) -> None:
        """Add what a later part of the same input counted."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class AnnotatorWork(Struct):
    """What one annotator did. ``median_seconds`` is the median time per annotation, where known."""

    annotations: int = 0
    skipped: int = 0
    median_seconds: float | None = None


class Linted(Struct):
    """What the lint rules found in the examples of a run; ``problems`` are the first of each code."""

    summary: LintSummary
    problems: list[Problem]


class ModelRecord(Struct, frozen=True):
    """How a model fared. ``strength`` is that of Bradley and Terry's model, None where it is not defined."""

    strength: float | None
    wins: int
    ties: int
    losses: int


class ModelStrengths(Struct, frozen=True):
    """Which models people prefer, over resolved items. Strengths have mean 0; a tie is half a win.

    There are no intervals. ``groups`` are the models that wins and losses (or ties) connect both ways:
    of several groups no strengths exist (state ``not-connected``). ``too-large``: too many models.
    """

    state: State = State.OK
    comparisons: int = 0
    models: dict[str, ModelRecord] = {}
    groups: list[list[str]] = []


class Approximation(Struct, frozen=True):
    """What was written nearly as it was: how often, and how far off at most (in words, with a unit)."""

    count: int
    bound: str
    title: str = ""


class Report(Struct):
    """Everything a person needs to trust or mend a batch.

    ``target`` is empty where no file was asked for, ``consensus`` where no examples were made either.
    ``lint`` None: lint was not asked. ``batch`` names the batch in its history, whose batches ``trend``
    holds from the first to the latest; both are empty without a history. ``objects`` are the ledgers of
    shapes and tracks by leg (read, write), ``approximations`` what was written nearly, by code.
    ``suggestions`` is what models' suggestions did to the answers, None where there were none.
    """

    version: str
    template: str
    title: str
    tool: str
    source: str
    target: str
    consensus: str
    counts: Counts
    agreement: Agreement
    gate: GateResult
    problems: list[Problem]
    problem_counts: dict[str, int]
    problem_titles: dict[str, str]
    splits: dict[str, int]
    volume: Volume
    annotators: dict[str, AnnotatorWork]
    gold: GoldReport | None = None
    signals: dict[str, list[Signal]] = {}
    models: dict[str, FittedModel] = {}  # the consensus model of each control that has one
    strengths: dict[str, ModelStrengths] = {}  # of the models whose answers a control compares
    reviews: dict[str, int] = {}  # reviewed items by what their review came to, such as corrected
    written: bool = True  # False: the gate, a loss or the lack of examples kept the file back
    lint: Linted | None = None
    batch: str = ""
    trend: list[Batch] = []
    objects: dict[str, Ledger] = {}
    approximations: dict[str, Approximation] = {}
    suggestions: AnchoringReport | None = None
