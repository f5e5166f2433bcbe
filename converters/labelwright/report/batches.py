"""What is remembered of a batch when the next one comes: a few figures, one small file each."""

from __future__ import annotations

from msgspec import Struct

from labelwright.agreement.result import Measure
from labelwright.quality.proportions import Proportion


class BatchControl(Struct):
    """One control of a batch. ``measures`` has the gate's measure and Krippendorff's alpha.

    ``gold`` is the share of right answers on gold items, by all annotators.
    """

    items: int
    measures: dict[str, Measure]
    gold: Proportion | None = None


class BatchLint(Struct):
    """How much lint found in a batch."""

    errors: int
    warnings: int
    notes: int


class Batch(Struct):
    """One batch in the history. ``input`` is the SHA-256 of what was read.

    ``measure`` and ``minimum`` are what the gate asked. ``examples`` and ``lint`` are None where a run
    made none. ``gold`` is over all controls that the gate asks for.
    """

    name: str
    input: str
    template: str
    items: int
    annotations: int
    annotators: int
    gate: str
    measure: str
    minimum: float
    controls: dict[str, BatchControl]
    gold: Proportion | None = None
    examples: int | None = None
    lint: BatchLint | None = None
