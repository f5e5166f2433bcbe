"""Waist 1: what an annotation tool's export becomes, whatever the tool.

Text offsets are code points, half open. Times are seconds. Shapes are in absolute pixels (see
``geometry.shapes``), frames count from 0. Records hold what a person answered, and of its file only ids.
"""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import Any, TypeAlias

from msgspec import Struct

from labelwright.geometry.shapes import Box, Geometry
from labelwright.geometry.tracks import Keyframe


class Kind(StrEnum):
    """Value kinds: what sort of answer a control collects."""

    CHOICE = "choice"
    CHOICES = "choices"
    TAXONOMY = "taxonomy"
    RATING = "rating"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    SPANS = "spans"
    RELATIONS = "relations"
    TURNS = "turns"
    JSON = "json"
    RANKING = "ranking"
    PREFERENCE = "preference"
    SEGMENTS = "segments"
    TRANSCRIPT = "transcript"
    SHAPES = "shapes"
    TRACKS = "tracks"


class Level(StrEnum):
    """Level of measurement: which differences between two answers mean something."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


class Status(StrEnum):
    """What became of an annotation."""

    SUBMITTED = "submitted"
    SKIPPED = "skipped"
    DRAFT = "draft"


class Span(Struct, frozen=True, gc=False):
    """A region of a text: code points ``[start, end)`` with one label.

    ``unit`` names the part of the item when an item has several texts (a turn's index in a
    dialogue); ``answers`` holds what was asked of this region alone, by control.
    """

    start: int
    end: int
    label: str
    text: str = ""
    id: str = ""
    unit: str = ""
    parent: str = ""
    score: float | None = None
    origin: str = "manual"
    answers: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What two annotators must share to have marked the same span."""
        return (self.unit, self.start, self.end, self.label)


class Relation(Struct, frozen=True, gc=False):
    """A directed link between two spans of the same annotation, by region id and by content."""

    head: Span
    tail: Span
    label: str
    direction: str = "right"

    @property
    def key(self) -> tuple[Any, ...]:
        """What two annotators must share to have drawn the same relation."""
        return (self.head.key, self.tail.key, self.label, self.direction)


class Turn(Struct, frozen=True, gc=False):
    """What was answered about one turn of a dialogue.

    ``index`` counts the turns of the item's dialogue from 0; ``label`` is the mark put on it and
    ``text`` the words written for it; either may be empty.
    """

    index: int
    label: str = ""
    text: str = ""
    answers: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> tuple[int, str, str]:
        """What two annotators must share to have answered alike."""
        return (self.index, self.label, self.text)


class Segment(Struct, frozen=True, gc=False):
    """A stretch of time of a sound or film: seconds ``[start, end)``, with one label or none.

    ``channel`` counts those of a sound from 0; ``answers`` holds what was asked of it alone, by control.
    """

    start: float
    end: float
    label: str = ""
    channel: int = 0
    id: str = ""
    parent: str = ""
    score: float | None = None
    origin: str = "manual"
    answers: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> tuple[int, float, float, str]:
        """What two annotators must share to have marked the same stretch."""
        return (self.channel, self.start, self.end, self.label)


class Shape(Struct, frozen=True, gc=False):
    """A region of an image: what was drawn, in pixels, with one label or none.

    ``unit`` names the image of an item that shows several: its index, from 0. ``group`` is shared by
    shapes that belong together. ``occluded``: another thing hides a part of it. ``z``: higher is nearer.
    ``answers`` holds what was asked of this region alone, by control. ``box``: drawn around a skeleton.
    """

    geometry: Geometry
    label: str = ""
    id: str = ""
    unit: str = ""
    parent: str = ""
    group: str = ""
    score: float | None = None
    origin: str = "manual"
    occluded: bool = False
    z: int = 0
    answers: tuple[tuple[str, Any], ...] = ()
    box: Box | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What two annotators must share to have drawn the very same shape."""
        return (self.unit, self.label, self.geometry)


class ShapeRelation(Relation, frozen=True, gc=False):
    """A directed link between two shapes of the same annotation."""

    head: Shape  # type: ignore[assignment]
    tail: Shape  # type: ignore[assignment]


class Track(Struct, frozen=True, gc=False):
    """One thing followed through a film, with one label or none.

    ``keyframes`` are in order of frames; between them it moves as ``geometry.tracks`` says, and the
    last one holds to the end of the film unless it says the thing is outside. ``answers`` holds what is
    true of it throughout; what changes is with the keyframes.
    """

    keyframes: tuple[Keyframe, ...]
    label: str = ""
    id: str = ""
    parent: str = ""
    group: str = ""
    score: float | None = None
    origin: str = "manual"
    answers: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        """What two annotators must share to have drawn the very same track."""
        return (self.label, self.keyframes)


class Film(Struct, frozen=True, gc=False):
    """What is known of a film: how many frames an item shows of it, and how they are numbered.

    Frame n of the item is frame ``start + n * step`` of the film, whose ``rate`` is in frames a second.
    """

    frames: int = 0
    rate: float | None = None
    start: int = 0
    step: int = 1


LEFT, TIE, RIGHT = "left", "tie", "right"  # the values of a preference, in this order

# choice, date, text, transcript: str · choices: sorted tuple of str · taxonomy: sorted tuple of paths
# rating, number: float or int · spans, relations, turns, segments, shapes, tracks: tuples · json: any JSON
# preference: "left", "tie" or "right" · ranking: tuple of tiers, best first, each a sorted tuple of names
Value: TypeAlias = Any


class ItemKey(Struct, frozen=True, order=True, gc=False):
    """Names an item for ever: server, project and task (or task and absolute frame)."""

    server: str
    project: str
    item: str

    def __str__(self) -> str:
        """The key as one string, without the parts that are unknown."""
        return "/".join(p for p in (self.server, self.project, self.item) if p)


class Annotation(Struct, gc=False):
    """One annotator's answers for one item, by control.

    ``annotator`` is the tool's stable id or its pseudonym, never an e-mail address; ``prediction`` the id
    of the one it was made from. ``set_aside`` counts shapes that could not be read.
    """

    id: str
    annotator: str
    answers: dict[str, Value]
    status: Status = Status.SUBMITTED
    reference: bool = False
    created_at: str = ""
    updated_at: str = ""
    lead_time: float | None = None
    prediction: str = ""
    set_aside: int = 0


class Prediction(Struct, gc=False):
    """What a model answered for one item. Kept apart from annotations."""

    id: str
    model: str
    answers: dict[str, Value]
    score: float | None = None
    created_at: str = ""


class Item(Struct, gc=False):
    """One thing to label, with everything that was answered about it.

    ``durations`` are in seconds, ``sizes`` (width, height) in pixels, by input (``input[n]``: n from 0).
    ``lot`` is what its lot is drawn by, where not its name; None: that cannot be known.
    """

    key: ItemKey
    inputs: dict[str, Any]
    annotations: list[Annotation]
    predictions: list[Prediction] = []
    meta: dict[str, Any] = {}
    link: str = ""
    drafts: int = 0
    durations: dict[str, float] = {}
    sizes: dict[str, tuple[int, int]] = {}
    films: dict[str, Film] = {}
    lot: str | None = ""

    def size(self, name: str, unit: str = "") -> tuple[int, int] | None:
        """Width and height in pixels of the image or film ``name``; ``unit``: of its image of that index."""
        return self.sizes.get(f"{name}[{unit}]" if unit else name)

    def length(self, name: str) -> float | None:
        """Seconds of the sound or film ``name``: as the tool tells, else a ``duration`` of data or meta."""
        if name in self.durations:
            return self.durations[name]
        for given in (self.inputs.get("duration"), self.meta.get("duration")):
            if isinstance(given, int | float) and given is not True and 0 < given < inf:
                return float(given)
        return None

    @property
    def submitted(self) -> list[Annotation]:
        """Annotations that count: neither skipped nor drafts."""
        return [a for a in self.annotations if a.status is Status.SUBMITTED]


class Resolved(Struct, gc=False):
    """An item after consensus. ``predicted``: a tool is to take the answers as a model's, to be corrected."""

    item: Item
    answers: dict[str, Value]
    annotations: tuple[str, ...] = ()
    rule: str = ""
    reference: bool = False
    predicted: bool = False
