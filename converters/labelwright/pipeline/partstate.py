"""What a part of a run writes and leaves behind."""

from __future__ import annotations

from typing import IO, Any

from msgspec import Struct

from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Template
from labelwright.io.idset import IdSet
from labelwright.pipeline.strengths import Comparisons
from labelwright.problems import Problems
from labelwright.quality.anchoring import Anchoring, AnchorWatcher
from labelwright.quality.goldstate import GoldState
from labelwright.quality.habits import Habits
from labelwright.report.model import Counts


class Work(Struct):
    """What one annotator did; ``seconds`` counts annotations by their rounded lead time."""

    annotations: int = 0
    skipped: int = 0
    seconds: dict[int, int] = {}

    def add(self, other: Work) -> None:
        """Add what the annotator did in a later part."""
        self.annotations += other.annotations
        self.skipped += other.skipped
        for second, count in other.seconds.items():
            self.seconds[second] = self.seconds.get(second, 0) + count


class Provenance(Struct, gc=False):
    """Where a row came from: line n of the sidecar tells of row n."""

    item: str
    annotations: list[str]
    rule: str
    reference: bool = False


class Adjudicate(Struct, omit_defaults=True):
    """An item that people must decide: a line of the adjudication list.

    ``region``: in words, where it is about one region; ``answers`` then hold all regions of each annotator.
    """

    item: str
    link: str
    control: str
    tied: list[Any]
    answers: dict[str, Any]
    region: str = ""


class AdjudicateShape(Struct):
    """What too few drew, and people may put back: a line of the adjudication list.

    ``outvoted`` is the shape or track, made of those of the ``annotators`` who drew it: ``drawn`` ``of``
    those who annotated the item, which gives an example without it.
    """

    item: str
    link: str
    control: str
    outvoted: Any
    annotators: list[str]
    drawn: int
    of: int


class Sinks(Struct):
    """Where a part writes: per split the rows, their sidecar and their log; the adjudication list."""

    rows: list[IO[bytes]]
    provenance: list[IO[bytes]]
    logs: list[IO[bytes]]
    adjudication: IO[bytes]


class PartState(Struct):
    """What a part leaves behind; parts merge in order into what one run would have left."""

    agreement: AgreementState
    problems: Problems
    counts: Counts
    work: dict[str, Work]
    sides: list[int]
    ids: IdSet
    annotation_ids: IdSet
    gold: GoldState
    habits: Habits
    compared: Comparisons
    anchoring: Anchoring
    written: Problems | None = None  # what a format said that was written while the items were read
    told: dict[str, Any] = {}  # what a reader of the rows must know of places and media


def empty_state(
    template: Template,
    problems: Problems,
    sides: int,
    gold: GoldState,
    habits: Habits,
    anchors: AnchorWatcher | None = None,
) -> PartState:
    """The state of a part before its first item."""
    agreement = AgreementState(template.controls)
    anchoring = Anchoring() if anchors is None else anchors.state
    ids = IdSet(), IdSet()
    return PartState(
        agreement, problems, Counts(), {}, [0] * sides, *ids, gold, habits, Comparisons(), anchoring
    )
