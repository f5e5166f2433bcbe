"""Makes a predictor's answers fit a project: their form, their labels, their places in the item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from sys import float_info
from typing import Any

from msgspec.structs import replace

from labelwright.contracts import STEP, Control, Followed, Query
from labelwright.geometry.boxes import clip_box
from labelwright.geometry.faults import EMPTY, NEGATIVE, NO_AREA, OUTSIDE, faults, numbers
from labelwright.geometry.shapes import FARTHEST, Box, Cuboid, Geometry
from labelwright.predicting import problems as p
from labelwright.predicting.labels import NONE, LabelMap
from labelwright.problems import Place, Problem, ProblemType
from labelwright.quality.answerfile import as_kind
from labelwright.records import Kind, Relation, Segment, Shape, Span, Track, Value

PREDICTED = "prediction"  # the origin of a region that a model drew
STEPS = (STEP, " > ")  # between the steps of a taxonomy's path, where its control's labels are paths
NUMBERS = (Kind.RATING, Kind.NUMBER)


@dataclass
class Fitting:
    """The answers to one query, one control after the other; ``problems`` grows."""

    query: Query
    labels: LabelMap
    shown: Callable[[str], str]  # the input that a control is about
    problems: list[Problem]
    _repeated: dict[tuple[str, ...], tuple[int, int, dict[str, Any]]] = field(default_factory=dict)

    def value(self, name: str, raw: Any) -> Value | None:
        """The value of a control that fits; None where nothing of it does."""
        control = self.query.template.controls[name]
        try:
            value = as_kind(control.kind, raw)
        except (ValueError, RecursionError) as error:
            deep = isinstance(error, RecursionError)
            self._misfit(name, "it is nested too deeply" if deep else str(error))
            return None
        if control.kind is Kind.CHOICE:
            return self._label(name, control, value)
        if control.kind is Kind.CHOICES:
            kept = {self._label(name, control, one) for one in value} - {None}
            return tuple(sorted(kept)) if kept or not value else None
        if control.kind is Kind.TAXONOMY:
            return self._paths(name, control, value)
        if control.kind in NUMBERS:
            return self._number(name, control, value)
        marks = _MARKS.get(control.kind)
        if marks is not None:
            found = [m for one in value if (m := self._mark(name, control, one, marks)) is not None]
            return tuple(found) if found or not value else None
        if control.kind is Kind.RELATIONS:
            return tuple(self._relations(name, control, value))
        return value

    def score(self, score: Any, place: Place) -> float | None:
        """A score that is one; says so where it is not."""
        if score is None:
            return None
        try:
            number = float(score)
        except Exception:  # of whatever a predictor takes for a number
            number = float("nan")
        if isinstance(score, bool) or not isfinite(number) or not 0 <= number <= 1:
            self._again(p.BAD_SCORE, place, (place.control,), score=_short(score))
            return None
        return number

    def place(self, name: str, region: str = "") -> Place:
        """Where a control of this item is."""
        return Place(item=str(self.query.item.key), control=name, region=region)

    def _misfit(self, name: str, reason: str, region: str = "") -> None:
        self.problems.append(p.MISFIT.at(self.place(name, region), control=name, reason=reason))

    def _again(self, kind: ProblemType, place: Place, same: tuple[str, ...], **what: Any) -> None:
        """Tell what several regions of an item have in common once, with their number and the first."""
        index, count, first = self._repeated.get((kind.code, *same), (len(self.problems), 0, what))
        self._repeated[(kind.code, *same)] = (index, count + 1, first)
        if not count:
            self.problems.append(kind.at(place, count=1, **what))
            return
        where = Place(item=place.item, control=place.control)
        self.problems[index] = kind.at(where, count=count + 1, **first)

    def _label(self, name: str, control: Control, label: str, region: str = "") -> str | None:
        if not isinstance(label, str) or not label:
            self._misfit(name, "a label is empty", region)
            return None
        found = self.labels.of(label, control.labels)
        if found is None:
            self._again(p.UNKNOWN_LABEL, self.place(name, region), (name, label), control=name, label=label)
        return None if found in (None, NONE) else found

    def _paths(self, name: str, control: Control, paths: Iterable[tuple[str, ...]]) -> Value | None:
        """Paths from the root, whole, as the project has them: it may not end where it knows a part alone."""
        kept: set[tuple[str, ...]] = set()
        for path in paths:
            found = self._path(path, control.labels)
            if found is None:
                shown = STEP.join(path)
                self._again(p.UNKNOWN_LABEL, self.place(name), (name, shown), control=name, label=shown)
            elif found:
                kept.add(found)
        return tuple(sorted(kept)) if kept else None

    def _path(self, path: tuple[str, ...], offered: list[str]) -> tuple[str, ...] | None:
        """A path as the project has it; None where it has none, empty where it is not wanted."""
        for step in STEPS:
            shown = step.join(path)
            found = self.labels.of(shown, offered)
            if found is not None:
                steps = tuple(found.split(step))
                whole = found == shown and (len(path) > 1 or steps[0] not in offered)
                return () if found == NONE else path if whole else steps
        each = [self.labels.of(one, offered) for one in path]
        return None if None in each or NONE in each else tuple(map(str, each))

    def _number(self, name: str, control: Control, value: Any) -> Value | None:
        low = control.minimum if control.minimum is not None else float("-inf")
        high = control.maximum if control.maximum is not None else float("inf")
        if isinstance(value, bool) or not abs(value) <= float_info.max or not low <= value <= high:
            self._misfit(name, f"{value} is no number from {low:g} to {high:g}")
            return None
        return value

    def _mark(self, name: str, control: Control, mark: Any, wrong: Callable[..., str]) -> Any | None:
        """One region with the project's label, a checked score and what was asked of it."""
        reason = wrong(mark, self.query, self.shown(name))
        if reason:
            self._misfit(name, reason, mark.id)
            return None
        if isinstance(mark, Shape) and (inside := _cut(mark, self.query.size(self.shown(name)))):
            self.problems.append(p.CUT.at(self.place(name, mark.id), control=name))
            mark = inside
        label = mark.label
        if label or control.labels:
            label = self._label(name, control, label, mark.id)
            if label is None:
                return None
        answers = []
        for asked, raw in mark.answers:
            known = self.query.template.controls.get(asked)
            if known is None or known.on != name:
                where = {"control": asked, "predictor": "a region's answer"}
                self.problems.append(p.UNKNOWN_CONTROL.at(self.place(name, mark.id), **where))
                continue
            value = self.value(asked, raw)
            if value is not None:
                answers.append((asked, value))
        score = self.score(mark.score, self.place(name, mark.id))
        changed = {"label": label, "answers": tuple(answers), "score": score, "origin": PREDICTED}
        if isinstance(mark, Span) and not mark.unit:
            text = self.query.text(self.shown(name))
            changed["text"] = text[mark.start : mark.end]
        return replace(mark, **changed)

    def _relations(self, name: str, control: Control, found: Iterable[Relation]) -> Iterator[Relation]:
        for one in found:
            head, tail = self._end(name, one.head), self._end(name, one.tail)
            label = self._label(name, control, one.label) if one.label or control.labels else one.label
            if head is not None and tail is not None and label is not None:
                yield replace(one, head=head, tail=tail, label=label)

    def _end(self, name: str, end: Span) -> Span | None:
        """The end of a relation as a span that the project can hold; None where it cannot."""
        reason = ""
        for own, control in self.query.template.controls.items():
            if control.kind is not Kind.SPANS:
                continue
            reason = _span(end, self.query, self.shown(own))
            label = self.labels.of(end.label, control.labels) if end.label else end.label
            if not reason and label is not None and (label != NONE or not end.label):
                return replace(end, label=label)
            reason = reason or f"no span of the project has its label, {end.label}"
        if not reason:
            return end  # of other regions than spans: nothing is known of them here
        self._misfit(name, f"an end of a relation is left out: {reason}", end.id)
        return None


def _short(score: Any) -> str:
    """What was given for a score, as a message shows it."""
    try:
        return f"{score}"[:100]
    except Exception:  # it cannot tell what it is
        return type(score).__name__


def _span(span: Span, query: Query, shown: str) -> str:
    """Why a span cannot be; empty if it can."""
    length = len(query.text(shown))
    if span.unit:  # a part of the item, whose text is known where the item is a list of parts
        parts = query.item.inputs.get(shown)
        if not isinstance(parts, list | tuple):
            return ""
        if not span.unit.isdecimal() or int(span.unit) >= len(parts):
            return f"there is no part {span.unit[:20]!r} of {len(parts)}"
        words = _words(parts[int(span.unit)])
        if words is None:
            return ""
        length = len(words)
    if not 0 <= span.start < span.end <= length:
        return f"characters {span.start} to {span.end} are not in a text of {length}"
    return ""


def _words(part: Any) -> str | None:
    """The text of a turn of a dialogue; None where nothing says which it is."""
    if isinstance(part, str):
        return part
    texts = [v for k, v in part.items() if k in ("text", "content")] if isinstance(part, dict) else []
    return texts[0] if len(texts) == 1 and isinstance(texts[0], str) else None


def _segment(segment: Segment, query: Query, shown: str) -> str:
    length = query.item.length(shown)
    if not (isfinite(segment.start) and isfinite(segment.end)) or not 0 <= segment.start < segment.end:
        return f"{segment.start} to {segment.end} s is no stretch of time"
    if length is not None and segment.start >= length:
        return f"{segment.start} s lies behind the end at {length} s"
    return ""


def _shape(shape: Shape, query: Query, shown: str) -> str:
    """Why a shape cannot be; where an image's size is known, that it lies outside too."""
    return _geometry(shape.geometry, query.size(shown))


def _geometry(geometry: Geometry, size: tuple[int, int] | None, out: bool = True) -> str:
    """Why a geometry cannot be. ``out``: it may not lie outside of its image."""
    if not all(isfinite(n) and abs(n) <= FARTHEST for n in numbers(geometry)):
        return "a shape has points that lie nowhere"
    for fault in faults(geometry, size):
        if fault in _UNFIT and not (fault == NO_AREA and isinstance(geometry, Cuboid)):
            return _UNFIT[fault]  # of a cuboid seen edge-on the area is none
        if fault == OUTSIDE and size is not None and out:
            return f"a shape lies outside of its image of {size[0]} x {size[1]} pixels"
    return ""


def _cut(shape: Shape, size: tuple[int, int] | None) -> Shape | None:
    """An upright box that reaches beyond its image, cut at the edge; None for any other shape."""
    box = shape.geometry
    if size is None or not isinstance(box, Box) or box.rotation % 360:
        return None
    inside = clip_box(box, *size)
    return replace(shape, geometry=inside) if inside is not None and inside is not box else None


def _track(track: Track, query: Query, shown: str) -> str:
    size = query.size(shown)
    for one in track.keyframes:
        if one.outside:
            continue
        if wrong := _geometry(one.geometry, size, out=False):
            return f"in frame {one.frame}, {wrong}"
    return "" if track.keyframes else "a track has no keyframe"


def unfollowed(found: list[Any], things: int, query: Query) -> str:
    """What is wrong with where things are in a frame; empty if nothing is."""
    if len(found) != things:
        return f"{len(found)} places"
    for one in found:
        if not isinstance(one, Followed) or not isinstance(one.state, bytes):
            return f"a {type(one).__name__}"
        if one.shape is not None and (wrong := _shape(one.shape, query, "")):
            return wrong
    return ""


_UNFIT = {
    EMPTY: "a shape has no points",
    NEGATIVE: "a shape has a side or radius below 0",
    NO_AREA: "a shape has no area",
}
_MARKS: dict[Kind, Callable[..., str]] = {
    Kind.SPANS: _span,
    Kind.SEGMENTS: _segment,
    Kind.SHAPES: _shape,
    Kind.TRACKS: _track,
}
