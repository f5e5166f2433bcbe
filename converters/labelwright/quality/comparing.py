"""How near one answer is to another: what gold scoring and repeated answers are compared by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from labelwright.agreement.items import CODED, frozen, scorer_for
from labelwright.consensus._private import bare, identity
from labelwright.contracts import Control, Template
from labelwright.records import Item, Kind, Relation, Segment, Shape, Span, Track, Turn, Value

_MARKS = (Span, Relation, Turn, Segment, Shape, Track)
_NUMBERS = (Kind.RATING, Kind.NUMBER)
_MARKED: dict[Kind, tuple[str, ...]] = {
    Kind.SPANS: ("text",),
    Kind.SEGMENTS: ("audio", "video"),
    Kind.TRACKS: ("video",),
}
NEAR_PX = 1e-3  # pixels by which a tool's own percentages may move what nobody touched


class Comparer:
    """Compares two answers to one control: 1 is as good as equal, 0 has nothing in common.

    Coded kinds (choice, choices, taxonomy, rating, number, date, preference) are right or wrong;
    numbers within the control's tolerance are right. All other kinds take the item score that agreement
    is measured by, such as exact F1 for spans and chrF for text.
    """

    def __init__(self, control: Control) -> None:
        """For answers to this control."""
        self.coded = control.kind in CODED
        self._tolerance = control.tolerance if control.kind in _NUMBERS else 0.0
        self.scorer = None if self.coded else scorer_for(control)

    def score(self, known: Value, given: Value, text: object = None) -> float:
        """The score of two answers; ``text`` is what spans lie in, or the seconds of a sound."""
        if self.scorer is not None:
            return self.scorer.score(("a", "b"), (known, given), text)[0]
        if known == given:
            return 1.0
        numbers = isinstance(known, int | float) and isinstance(given, int | float)
        return float(numbers and abs(known - given) <= self._tolerance + 1e-12)


def essence(value: Value) -> Any:
    """What makes an answer the same as another, as a hashable: the ids of regions are no part of it."""
    if isinstance(value, tuple | list) and value and isinstance(value[0], _MARKS):
        return tuple(sorted(repr(part.key) for part in value))
    return frozen(value)


def content(value: Value) -> Any:
    """An answer as a hashable without what the tool adds to regions; what was asked of them counts."""
    return identity(value)


def same_answer(control: Control, left: Value, right: Value) -> bool:
    """Whether two answers say the same, whatever ids the tool gave to their regions.

    What was answered about regions counts; times of segments may differ by the control's ``collar``,
    coordinates by a thousandth of a pixel.
    """
    if control.kind in (Kind.SHAPES, Kind.TRACKS):
        return _same_drawings(left, right)
    if control.kind is not Kind.SEGMENTS:
        return bool(content(left) == content(right))
    if not isinstance(left, tuple) or not isinstance(right, tuple) or len(left) != len(right):
        return False
    others = list(right)
    for one in left:
        same = [o for o in others if _same_stretch(one, o, control.collar)]
        if not same:
            return False
        others.remove(min(same, key=lambda o: abs(o.start - one.start) + abs(o.end - one.end)))
    return True


def _same_stretch(left: Segment, right: Segment, collar: float) -> bool:
    if max(abs(left.start - right.start), abs(left.end - right.end)) > collar + 1e-9:
        return False
    here, there = (msgspec.structs.replace(bare(one), start=0.0, end=0.0) for one in (left, right))
    return bool(here == there)


def _same_drawings(left: Value, right: Value) -> bool:
    if not isinstance(left, tuple | list) or not isinstance(right, tuple | list) or len(left) != len(right):
        return False
    others = [msgspec.to_builtins(bare(mark)) for mark in right]
    for mark in left:
        one = msgspec.to_builtins(bare(mark))
        same = next((n for n, other in enumerate(others) if near_values(one, other)), None)
        if same is None:
            return False
        del others[same]
    return True


def near_values(left: Any, right: Any) -> bool:
    """Whether two plain values are equal, numbers but for ``NEAR_PX``."""
    if isinstance(left, int | float) and isinstance(right, int | float):
        whole = isinstance(left, int) and isinstance(right, int)  # frames, runs, and yes or no
        return left == right or (not whole and abs(left - right) <= NEAR_PX)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(near_values(v, right[k]) for k, v in left.items())
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(near_values, left, right))
    return bool(left == right)


def marked_texts(template: Template) -> list[tuple[str, str]]:
    """(control, the input it marks) of spans, segments and tracks, where that is plain; see ``marked``."""
    found = []
    for name, control in template.controls.items():
        types = _MARKED.get(control.kind, ())
        inputs = [n for n, i in template.inputs.items() if i.type in types]
        shown = control.input or (inputs[0] if len(inputs) == 1 else "")
        found += [(name, shown)] if types and shown in template.inputs else []
    return found


def marked(template: Template, texts: Iterable[tuple[str, str]], item: Item) -> dict[str, str | float]:
    """What is known of what an item's controls mark: spans' text, segments' seconds, tracks' frames."""
    found: dict[str, str | float] = {}
    for control, name in texts:
        kind = template.controls[control].kind
        if kind is Kind.TRACKS:
            film = item.films.get(name)
            found |= {control: float(film.frames)} if film is not None and film.frames else {}
            continue
        known = item.length(name) if kind is Kind.SEGMENTS else item.inputs.get(name)
        if isinstance(known, float if kind is Kind.SEGMENTS else str):
            found[control] = known
    return found
