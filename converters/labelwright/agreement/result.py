"""The agreement between annotators as a value: what a report shows and a gate asks.

Every struct encodes to JSON by msgspec. Undefined is a state, never a number.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from labelwright.geometry.shapes import Geometry


class State(StrEnum):
    """Whether a measure has a value, and if not, why."""

    OK = "ok"
    NO_VARIATION = "no-variation"  # all answers are equal: chance agreement cannot be told
    NO_OVERLAP = "no-overlap"  # no item has answers of two annotators
    ONE_ANNOTATOR = "one-annotator"  # fewer than two annotators answered at all
    NOT_APPLICABLE = "not-applicable"  # the measure is for other data
    NOT_CONNECTED = "not-connected"  # comparisons leave groups that nothing compares
    TOO_LARGE = "too-large"  # the items are too large for a measure that is costly to find


class Measure(Struct, frozen=True):
    """One measure: its value and the bounds of its 95 % bootstrap interval over items.

    ``value`` is None unless ``state`` is ``ok``. The bounds are None too where too few resamples
    had a value; ``note`` says what else a reader should know.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    state: State = State.OK
    note: str = ""


class Position(Struct, frozen=True):
    """Which side annotators prefer: a bias if sides were dealt at random, as they should be.

    ``share_left`` is the share of ``left`` among answers that are no tie, ``low`` and ``high`` its 95 %
    Wilson interval, ``p`` the two-sided exact binomial probability of a share so far from one half. None
    where every answer is a tie.
    """

    left: int = 0
    tie: int = 0
    right: int = 0
    share_left: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


class PairAgreement(Struct):
    """Two annotators (``a`` sorts before ``b``) over the items that both answered."""

    a: str
    b: str
    items: int
    measures: dict[str, Measure]


class AnnotatorAgreement(Struct):
    """One annotator against the rest, over the items that at least one other answered."""

    annotator: str
    items: int
    measures: dict[str, Measure]


class Confusion(Struct, frozen=True):
    """How often two annotators of one unit gave two labels; every ordered pair, so symmetric.

    ``counts[i][j]`` belongs to ``labels[i]`` and ``labels[j]``. Units are items; for spans tokens (or
    code points), for turns turns, for segments frames of 10 ms, for shapes and tracks the things that
    anybody drew. ``missing``: the label ``""`` says that one of the two drew nothing there. Empty where
    there are no labels or too many to show.
    """

    labels: list[str] = []
    counts: list[list[int]] = []
    missing: bool = False


class ControlAgreement(Struct):
    """Everything measured about one control.

    ``items`` counts items with at least two answers, ``answers`` all answers. ``labels`` holds
    measures per label, ``fields`` per field path of a JSON control. ``pairs`` is empty where there are
    too many to list; ``note`` then says so.
    """

    kind: str
    level: str
    items: int
    answers: int
    measures: dict[str, Measure]
    labels: dict[str, dict[str, Measure]] = {}
    fields: dict[str, dict[str, Measure]] = {}
    pairs: list[PairAgreement] = []
    annotators: list[AnnotatorAgreement] = []
    confusion: Confusion = Confusion()
    distribution: dict[str, int] = {}
    annotator_distribution: dict[str, dict[str, int]] = {}
    note: str = ""
    position: Position | None = None  # of a preference
    annotator_position: dict[str, Position] = {}


class DrawnShape(Struct, frozen=True):
    """A shape as a report draws it, in pixels of its image (``unit``: which of several, as of ``Shape``).

    ``rough``: the shape has too many points or runs to be kept; its geometry is the box around it.
    """

    geometry: Geometry
    label: str = ""
    unit: str = ""
    rough: bool = False


class Match(Struct, frozen=True):
    """Which shape of one annotator is which of another's, or that the other drew nothing there.

    ``left`` counts the shapes of annotator ``a``, ``right`` those of ``b``, from 0; None: there is none,
    and ``how`` is 0. ``how``, from 0 to 1, is what they were matched by: the IoU of areas, the OKS of
    skeletons, the nearness of lines and points. ``same``: it is at least 0.5.
    """

    a: str
    b: str
    left: int | None
    right: int | None
    how: float = 0.0
    same: bool = False


class Drawing(Struct):
    """What everybody drew on a contested item, by annotator, and the matches of every pair of them.

    Of each pair, matches with something missing come last. ``more`` counts the shapes that are not kept
    because there were too many; matches name kept ones alone. ``others`` counts annotators who are left
    out likewise. Of an item with several images, or of a film, it is the one image or frame on which
    people agree least, which ``part`` names (``image 2``, ``frame 17``). ``width`` and ``height`` are the
    image's, 0 where they are not known. ``edges``: the joints that a line connects, by label of a skeleton.
    ``thumbnail``: a small picture of it as a ``data:`` address, or empty.
    """

    shapes: dict[str, list[DrawnShape]]
    matches: list[Match] = []
    more: int = 0
    others: int = 0
    part: str = ""
    width: float = 0.0
    height: float = 0.0
    edges: dict[str, list[list[str]]] = {}
    thumbnail: str = ""


class Contested(Struct):
    """An item on which annotators differ; ``score`` is 0 (nobody agrees) to 1.

    ``drawing`` is there for a control of shapes or tracks, of the first items.
    """

    item: str
    link: str
    control: str
    score: float
    answers: dict[str, str]
    drawing: Drawing | None = None


class Agreement(Struct):
    """The agreement of a whole data set; ``annotators`` counts those who answered anything."""

    items: int
    annotators: int
    controls: dict[str, ControlAgreement]
    contested: list[Contested]
    seed: int
    resamples: int
