"""What is kept of one item, by value kind, without numbers being computed yet.

Coded kinds keep their values as they are: a pattern of few distinct values. All other kinds keep
scores of each pair of annotators, made by a scorer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import msgspec

from labelwright.agreement.bounded import Lowest
from labelwright.contracts import Control, path_label
from labelwright.geometry.shapes import Box, name_of
from labelwright.records import Kind, Relation, Segment, Shape, Span, Track, Turn, Value

MISSING = ...  # not answered; a singleton that survives pickling, and differs from JSON's null
CODED = frozenset(
    {Kind.CHOICE, Kind.CHOICES, Kind.TAXONOMY, Kind.RATING, Kind.NUMBER, Kind.DATE, Kind.PREFERENCE}
)
_PARTS = Span | Relation | Turn | Segment | Shape | Track
SHOWN = 300  # code points of an answer that a list of contested items shows


class Scorer(Protocol):
    """Scores the pairs of one item's answers."""

    samples: bool

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """The item's mean agreement (0 to 1) and everything measured of it, packed."""
        ...

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Offer the item's values to the bounded sample (``by`` 1) or take them back (-1)."""
        ...


def scorer_for(control: Control) -> Scorer:
    """The scorer of a control that is not coded."""
    if control.kind is Kind.TEXT:
        from labelwright.agreement.text import TextScorer

        return TextScorer()
    if control.kind is Kind.JSON:
        from labelwright.agreement.jsonfields import JsonScorer

        return JsonScorer()
    if control.kind is Kind.TURNS:
        from labelwright.agreement.turns import TurnScorer

        return TurnScorer()
    if control.kind is Kind.SEGMENTS:
        from labelwright.agreement.segments import SegmentScorer

        return SegmentScorer(control)
    if control.kind is Kind.TRACKS:
        from labelwright.agreement.tracks import TrackScorer

        return TrackScorer(control)
    if control.kind is Kind.SHAPES:
        from labelwright.agreement.shapes import ShapeScorer

        return ShapeScorer(control)
    if control.kind is Kind.TRANSCRIPT:
        from labelwright.agreement.transcripts import TranscriptScorer

        return TranscriptScorer(control)
    if control.kind is Kind.RANKING:
        from labelwright.agreement.ranking import RankingScorer

        return RankingScorer()
    from labelwright.agreement.spans import RelationScorer, SpanScorer

    return SpanScorer() if control.kind is Kind.SPANS else RelationScorer()


def frozen(value: Value) -> Value:
    """A hashable form of a value: lists become tuples, sets sorted tuples, objects sorted pairs."""
    if isinstance(value, list | tuple):
        return tuple(frozen(v) for v in value)
    if isinstance(value, set | frozenset):
        return tuple(sorted(frozen(v) for v in value))
    if isinstance(value, dict):
        return tuple(sorted((k, frozen(v)) for k, v in value.items()))
    return value


def render(value: Value) -> str:
    """An answer in words, cut to a length that a list can show."""
    words = _words(value)
    return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"


def _words(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return msgspec.json.encode(value).decode()
    if isinstance(value, int | float):
        return number_label(float(value))
    if isinstance(value, Span):
        return f"{value.label} [{value.start}, {value.end}) {value.text}".rstrip()
    if isinstance(value, Relation):
        return f"{_words(value.head)} {value.label} {_words(value.tail)}"
    if isinstance(value, Segment):
        return f"{value.start:.2f}-{value.end:.2f} s {value.label}".rstrip()
    if isinstance(value, Shape | Track):
        return drawn_words(value)
    if isinstance(value, Turn):
        return f"{value.index}: {' '.join(w for w in (value.label, value.text) if w)}"
    if isinstance(value, tuple) and value and all(isinstance(v, _PARTS) for v in value):
        return "; ".join(_first(value))
    if isinstance(value, tuple) and all(isinstance(v, str) for v in value):
        return ", ".join(value)
    if isinstance(value, tuple):
        return ", ".join(path_label(v) if isinstance(v, tuple | list) else _words(v) for v in value)
    return msgspec.json.encode(value, order="sorted").decode()


def _first(value: tuple[Any, ...]) -> Iterator[str]:
    """Parts in words, as many as can be shown and one more."""
    length = 0
    for part in value:
        words = _words(part)
        length += len(words)
        yield words
        if length > SHOWN:
            break


def drawn_words(mark: Shape | Track) -> str:
    """A shape or track in words: its label, what it is and where."""
    named = f"{mark.label} " if mark.label else ""
    if isinstance(mark, Track):
        frames = [k.frame for k in mark.keyframes]
        return f"{named}track from frame {min(frames, default=0)}, keyframes {len(frames)}"
    box = mark.geometry
    if type(box) is Box and not box.rotation and box.width >= 0 <= box.height:  # nearly always
        x1, y1, x2, y2 = box.x, box.y, box.x + box.width, box.y + box.height
    else:
        from labelwright.geometry.measures import extent  # late: not needed to collect answers

        try:
            x1, y1, x2, y2 = extent(mark.geometry)
        except ValueError:
            return f"{named}{name_of(mark.geometry)} without points"
    image = f"image {mark.unit}: " if mark.unit else ""
    return f"{image}{named}{name_of(mark.geometry)} from ({x1:g}, {y1:g}) to ({x2:g}, {y2:g})"


def number_label(value: float) -> str:
    """A number as a label: whole numbers without a point."""
    return str(int(value)) if value.is_integer() else repr(value)
