"""An order of items as a value."""

from __future__ import annotations

from msgspec import Struct

from labelwright.problems import Problem


class Placed(Struct, frozen=True):
    """An item at its place. ``answers`` counts people's, ``value`` is what it was placed by.

    ``uncertainty`` (0 to 1) is the predictor's, ``disagreement`` how far people and predictor are apart,
    ``distance`` how unlike (0 to 1) it is to all before it and to what was answered already. None: not told.
    """

    rank: int
    item: str
    answers: int
    value: float
    uncertainty: float | None = None
    disagreement: float | None = None
    distance: float | None = None
    link: str = ""


class Ordering(Struct):
    """The items to answer next, the first first.

    ``by`` says what they are ordered by: ``uncertainty and diversity``, one of the two, or ``lot``. Of
    ``items`` in the source, ``candidates`` have fewer answers than are wanted; ``left_out`` of these show
    nothing that the predictor could read, and ``cut`` lie behind the share that was asked for.
    """

    version: str
    predictor: str
    model: str
    template: str
    source: str
    by: str
    seed: int
    items: int
    candidates: int
    left_out: int
    cut: int
    learnt: str
    order: list[Placed]
    problems: list[Problem]
    problem_counts: dict[str, int]
