"""What consensus rules share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from labelwright.agreement.items import frozen
from labelwright.contracts import Decision
from labelwright.records import Relation, Segment, Shape, Span, Track, Turn

Answers = Sequence[tuple[str, Any]]
Region = Span | Turn | Segment | Shape | Track
_MARKS = (Span, Turn, Segment, Relation, Shape, Track)


def bare(mark: Any) -> Any:
    """A region or relation without what the tool added: its id, parent, group, origin and score."""
    if isinstance(mark, Relation):
        head, tail = (replace(bare(end), answers=()) for end in (mark.head, mark.tail))
        return replace(mark, head=head, tail=tail)
    if isinstance(mark, Turn):
        return replace(mark, answers=frozen(mark.answers))
    if isinstance(mark, Shape | Track):
        mark = replace(mark, group="")
    return replace(mark, id="", parent="", score=None, origin="", answers=frozen(mark.answers))


def all_equal(answers: Answers) -> bool:
    """Whether every annotator gave the first one's answer, of the same type; ids of regions do not count."""
    first = answers[0][1]
    return all([value is first or _same(value, first) for _, value in answers])


def _same(left: Any, right: Any) -> bool:
    if is_marks(left) and is_marks(right):
        return bool(identity(left) == identity(right))
    return bool(left == right) and alike(left, right)


def is_marks(value: Any) -> bool:
    """Whether a value is regions or relations, and at least one."""
    return isinstance(value, tuple | list) and bool(value) and isinstance(value[0], _MARKS)


def alike(left: Any, right: Any) -> bool:
    """Whether two equal values are also one JSON value: true is not 1."""
    if isinstance(left, dict | list | bool) or isinstance(right, dict | list | bool):
        return bool(identity(left) == identity(right))
    return True


def identity(value: Any) -> Any:
    """A hashable stand-in: equal for equal values only, also inside JSON."""
    if type(value) is str:
        return value
    if is_marks(value):
        return tuple(sorted((bare(mark) for mark in value), key=order))
    if isinstance(value, dict | list | bool):
        return ("json", msgspec.json.encode(value, order="deterministic"))
    return frozen(value)


def order(value: Any) -> Any:
    """A sort key that orders values of any kind: numbers by size, all else by their JSON."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (0, float(value), b"")
    if is_marks(value):
        value = [bare(mark) for mark in value]
    elif isinstance(value, _MARKS):
        value = bare(value)
    return (1, 0.0, msgspec.json.encode(value, order="deterministic"))


def distinct(values: Iterable[Any]) -> list[Any]:
    """The distinct values in their own order, whoever gave them."""
    return sorted({identity(v): v for v in values}.values(), key=order)


def plurality(values: Sequence[Any]) -> Decision:
    """The most frequent value; a draw is a tie between the most frequent."""
    votes: dict[Any, int] = {}
    voted: dict[Any, Any] = {}
    for value in values:
        key = identity(value)
        votes[key] = votes.get(key, 0) + 1
        voted.setdefault(key, value)
    most = max(votes.values())
    winners = [voted[key] for key, count in votes.items() if count == most]
    if len(winners) > 1:
        return Decision(None, tuple(distinct(winners)), most)
    return Decision(winners[0], (), most)


def tiers(scores: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Names as a ranking: highest score first, names of equal score in one tier."""
    found: dict[Any, list[str]] = {}
    for name in sorted(scores):
        found.setdefault(scores[name], []).append(name)
    return tuple(tuple(found[score]) for score in sorted(found, reverse=True))
