"""What somebody changed of a suggestion: by kind of control, in counts that add up exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import Control
from labelwright.quality.comparing import same_answer
from labelwright.records import Kind, Relation, Segment, Shape, Span, Track, Turn, Value

MILLION = 1_000_000
SAME = 0.5  # IoU (of skeletons OKS) from which two drawings are of one thing, as in agreement
WORDS = (Kind.TEXT, Kind.TRANSCRIPT)
MARKS = (Kind.SPANS, Kind.SEGMENTS, Kind.SHAPES, Kind.TRACKS)  # regions that tell where they come from
REGIONS = (Kind.SPANS, Kind.SEGMENTS, Kind.SHAPES, Kind.TRACKS, Kind.RELATIONS, Kind.TURNS)


class Edits(Struct):
    """Answers to one control that a suggestion was shown for, and what became of the suggestions.

    Of ``answers``, ``unchanged`` say what was suggested. Of regions, ``kept`` are as suggested,
    ``relabelled`` have another label (or other answers) in the same place, ``moved`` another place;
    ``added`` and ``removed`` have no counterpart. ``overlap`` is the sum of the moved ones' IoU and
    ``distance`` of texts' normalised Levenshtein distances, both in millionths.
    """

    answers: int = 0
    unchanged: int = 0
    kept: int = 0
    relabelled: int = 0
    moved: int = 0
    added: int = 0
    removed: int = 0
    overlap: int = 0
    distance: int = 0

    def add(self, other: Edits) -> None:
        """Add what was counted elsewhere."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def edits(control: Control, suggested: Value, given: Value) -> Edits:
    """What one answer changed of what was suggested for it."""
    found = Edits(1, int(same_answer(control, suggested, given)))
    if control.kind in REGIONS:
        _regions(control, _tuple(suggested), _tuple(given), found)
    elif control.kind in WORDS and not found.unchanged:
        found.distance = _distance(_text(suggested), _text(given))
    return found


def removed(control: Control, suggested: Value) -> Edits:
    """What became of a suggestion for a control that was then left without any answer."""
    if control.kind in REGIONS:
        return Edits(1, int(not _tuple(suggested)), removed=len(_tuple(suggested)))
    return Edits(1, distance=MILLION if control.kind in WORDS and _text(suggested) else 0)


def _tuple(value: Value) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else ()


def _text(value: Value) -> str:
    return "\n".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _distance(left: str, right: str) -> int:
    from rapidfuzz.distance import Levenshtein

    return round(float(Levenshtein.normalized_distance(left, right)) * MILLION)


def _regions(control: Control, old: tuple[Any, ...], new: tuple[Any, ...], out: Edits) -> None:
    """Pair the regions, those that are most alike first."""
    if control.kind in (Kind.RELATIONS, Kind.TURNS):
        before, after = Counter(map(_key, old)), Counter(map(_key, new))
        out.kept = (before & after).total()
        out.removed, out.added = (before - after).total(), (after - before).total()
        return
    left, right = set(range(len(old))), set(range(len(new)))
    for how, i, j in sorted(_alike(control, old, new), key=lambda n: (-n[0], n[1], n[2])):
        if i not in left or j not in right:
            continue
        left.discard(i)
        right.discard(j)
        if not _same_place(old[i], new[j]):
            out.moved += 1
            out.overlap += round(how * MILLION)
        elif (old[i].label, old[i].answers) != (new[j].label, new[j].answers):
            out.relabelled += 1
        else:
            out.kept += 1
    out.removed, out.added = len(left), len(right)


def _key(part: Relation | Turn) -> str:
    return repr(part.key)


def _alike(control: Control, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterable[tuple[float, int, int]]:
    """Pairs of regions that may be one: their likeness, and their places.

    Marks of a text or a sound are when they overlap at all; drawings from an IoU of ``SAME``. Of two as
    alike, the one with the same label comes first.
    """
    if control.kind in (Kind.SHAPES, Kind.TRACKS):
        from labelwright.agreement.likeness import Likeness, found_near, placed

        like = Likeness(control)
        for i, j, how in found_near(placed(old), placed(new), like):
            if how >= SAME:
                yield how + _bonus(old[i], new[j]), i, j
        return
    for i, one in enumerate(old):
        for j, other in enumerate(new):
            how = _overlap(one, other)
            if how:
                yield how + _bonus(one, other), i, j


def _bonus(one: Any, other: Any) -> float:
    return 1e-9 if one.label == other.label else 0.0


def _overlap(one: Span | Segment, other: Span | Segment) -> float:
    """IoU of two stretches; 0 on different texts or channels."""
    if _where(one) != _where(other):
        return 0.0
    both = min(one.end, other.end) - max(one.start, other.start)
    either = max(one.end, other.end) - min(one.start, other.start)
    return float(both / either) if both > 0 and either > 0 else 0.0


def _where(mark: Span | Segment) -> str | int:
    return mark.unit if isinstance(mark, Span) else mark.channel


def _same_place(one: Any, other: Any) -> bool:
    if isinstance(one, Shape | Track):
        from labelwright.quality.comparing import near_values

        drawn = (one.geometry, other.geometry) if isinstance(one, Shape) else (one.keyframes, other.keyframes)
        left, right = (msgspec.to_builtins(part) for part in drawn)
        return bool(near_values(left, right))
    if isinstance(one, Segment):
        return bool(max(abs(one.start - other.start), abs(one.end - other.end)) < 1e-3)
    return bool((one.start, one.end) == (other.start, other.end))
