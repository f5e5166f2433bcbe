"""JSON answers, compared leaf by leaf according to the leaves' types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.scores import compare_pairs, given, pack
from labelwright.agreement.text import chrf, fold
from labelwright.records import Value

LONG = 40  # code points from which a string is compared by similarity
TOLERANCE = 1e-6  # relative difference up to which two numbers are equal

Path = tuple[str | int, ...]


class _Absent:
    """A field that an answer does not have."""


ABSENT = _Absent()


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The leaves of a JSON value with their paths; empty objects and arrays are leaves too."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from leaves(value[key], (*path, key))
    elif isinstance(value, list | tuple) and value:
        for at, part in enumerate(value):
            yield from leaves(part, (*path, at))
    else:
        yield path, list(value) if isinstance(value, tuple) else value


def leaf_agreement(left: Any, right: Any) -> float:
    """0 to 1: numbers within a tolerance, long strings by chrF, all else by type and equality."""
    if isinstance(left, bool) or isinstance(right, bool):
        return float(left is right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return float(left == right or abs(left - right) <= TOLERANCE * max(abs(left), abs(right)))
    if isinstance(left, str) and isinstance(right, str):
        a, b = fold(left), fold(right)
        if a == b:
            return 1.0
        return chrf(a, b) if max(len(a), len(b)) >= LONG else 0.0
    return float(type(left) is type(right) and left == right)


def field_name(path: Path) -> str:
    """A path as a field's name; ``[]`` stands for every index, ``$`` for the whole value."""
    out = ""
    for part in path:
        out += "[]" if isinstance(part, int) else f".{part}" if out else part
    return out or "$"


def fields(left: Any, right: Any) -> list[tuple[Path, float]]:
    """The agreement of every leaf that either value has; a leaf that one lacks scores 0."""
    mine, theirs = dict(leaves(left)), dict(leaves(right))
    paths = [*mine, *(p for p in theirs if p not in mine)]
    return [(p, leaf_agreement(mine.get(p, ABSENT), theirs.get(p, ABSENT))) for p in paths]


def json_agreement(left: Any, right: Any) -> float:
    """Field agreement of JSON values: the mean over the leaves that either has.

    Leaves are compared by type: numbers within a relative tolerance of one millionth, strings of 40 code
    points and more by chrF, all else by equality. A leaf that one value lacks scores 0. ``exact`` is the
    share of pairs whose every leaf agrees fully; of transcripts, of pairs that are equal once normalised.

    Formula: sum of leaf agreements / number of leaves; the mean over pairs, then over items.

    Range: 0 to 1.

    At 1: every leaf agrees.

    At 0: no leaf agrees.

    Below 0: never.

    Source: own definition; chrF by Popović 2015.
    """
    scores = [score for _, score in fields(left, right)]
    return sum(scores) / len(scores)


class JsonScorer:
    """Scores JSON values."""

    samples = False

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """The mean agreement of leaves per pair, and per field over all pairs."""
        people, answers = given(who, values, null=True)
        parts: dict[str, list[float]] = {}

        def compare(left: Any, right: Any) -> list[float]:
            found = fields(left, right)
            for path, score in found:
                part = parts.setdefault(field_name(path), [0.0, 0.0])
                part[0] += score
                part[1] += 1.0
            mean = sum(score for _, score in found) / len(found)
            exact = float(all(score == 1.0 for _, score in found))
            return [mean, 1.0, mean, 1.0, exact, 1.0]

        scores = compare_pairs(people, answers, compare)
        scores.parts = parts
        return pack(scores)

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing is sampled."""


MEASURES = {"field_agreement": json_agreement, "exact": json_agreement}
