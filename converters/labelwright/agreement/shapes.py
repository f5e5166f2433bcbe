"""Shapes: which of one annotator's are which of another's, how well they agree, and with what label.

What is the same thing is found by assignment (see ``matching``) within each image; the thresholds are
applied afterwards. Boxes, ellipses, polygons, masks and cuboids are compared by area, skeletons
by their joints, points and lines by how far they lie apart (see ``likeness``). Every two annotators of an
image are compared. For alpha, the units of two annotators are their matches, those of more the groups
that ``matching.alike`` makes of all their shapes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.figures import joints_within
from labelwright.agreement.likeness import Likeness, covers, found_near, placed
from labelwright.agreement.matching import Near, Placed, alike, is_same, matched
from labelwright.agreement.pairing import NOTHING, STRICT, exact, values_of
from labelwright.agreement.scores import Scores, cells, compared, f1, given, metrics_of, pack
from labelwright.agreement.timeline import NO_LABEL
from labelwright.contracts import Control
from labelwright.geometry.shapes import Skeleton
from labelwright.records import Value

AT_ONCE = 1 << 14  # pairs of boxes of one image up to which it is scored with others
Entry = tuple[tuple[str, ...], tuple[Value, ...]]
Measured = Callable[[Sequence[Placed], Sequence[Placed], Sequence[Near]], list[float]]


class ShapeScorer:
    """Scores shapes by how many of them are the same for two annotators."""

    samples = False

    def __init__(self, control: Control) -> None:
        """Score by the sigmas of the control's skeletons, where it has any."""
        self._names = [name for name, _ in metrics_of(control)]
        self._like = Likeness(control)
        self._control = control

    def waits(self, values: tuple[Value, ...]) -> int:
        """How much work an image is that ``score_many`` scores with others; 0: it does not, or hardly."""
        if len(values) != 2:
            return 0
        left, right = values
        if not isinstance(left, tuple) or not isinstance(right, tuple):
            return 0
        pairs = (len(left) + 1) * (len(right) + 1)
        return pairs if pairs <= AT_ONCE else 0

    def score_many(self, entries: Sequence[Entry]) -> list[tuple[float, bytes]]:
        """What ``score`` says of each image for which ``waits`` does."""
        from labelwright.agreement.boxbatch import score_boxes

        entries_of_two: Any = entries
        found = score_boxes(entries_of_two, self._names, placed)
        return [
            done if done is not None else self.score(who, values, None)
            for done, (who, values) in zip(found, entries, strict=True)
        ]

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """All scores of every pair of annotators."""
        return score_pairs(who, values, self._like, self._measured)

    def _measured(self, left: Sequence[Placed], right: Sequence[Placed], made: Sequence[Near]) -> list[float]:
        by_name = _pair(left, right, made)
        return [part for name in self._names for part in by_name[name]]

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing is sampled."""


def score_pairs(
    who: tuple[str, ...], values: tuple[Value, ...], like: Likeness, measured: Measured
) -> tuple[float, bytes]:
    """Match what every two annotators drew; ``measured`` gives what a pair of them scores."""
    people, answers = given(who, values)
    scores = Scores(people)
    if len(people) < 2:
        return pack(scores)
    own = [placed(value) for value in answers]
    found = {(i, j): found_near(own[i], own[j], like) for i, j in compared(len(people))}
    for (i, j), pairs in found.items():
        made = matched(own[i], own[j], pairs)
        scores.pairs.append((i, j, measured(own[i], own[j], made)))
        add_labels(scores.parts, own[i], own[j], made)
        found[i, j] = made if len(people) == 2 else pairs  # what is matched needs no second look
    add_units(scores, own, found)
    return pack(scores)


def _pair(left: Sequence[Placed], right: Sequence[Placed], made: Sequence[Near]) -> dict[str, Any]:
    """F1 of shapes: how many of one annotator's shapes the other drew too, with the same label.

    Shapes match by assignment with the greatest total IoU within each image; a match counts from an IoU
    of 0.5 and with equal labels. ``percent`` is the same, but every item counts once, and an item on
    which both drew nothing agrees. ``shape_f1_75`` asks for an IoU of 0.75, ``shape_f1_place`` for no
    equal labels. Skeletons match by OKS instead of IoU, points and lines by how far they lie apart.

    Formula: 2 x matches / (shapes of one + shapes of the other), sums over pairs and items first.

    Range: 0 to 1.

    At 1: every shape has its like.

    At 0: no shape has its like.

    Below 0: never.

    Source: Kuhn 1955 for the assignment; Everingham et al. 2010, The Pascal VOC challenge, for the threshold.
    """
    same = [(left[i].label == right[j].label, how) for i, j, how in made if is_same(how)]
    labelled = float(sum(equal for equal, _ in same))
    place = [(left[i].mark.geometry, right[j].mark.geometry, how) for i, j, how in made if is_same(how)]
    near = [how for a, b, how in place if not _are_skeletons(a, b)]
    areas = [how for a, _, how in place if covers(a)]
    values = values_of(
        percent=f1(labelled, len(left), len(right)),
        one=1.0,
        labelled=labelled,
        strict=float(sum(equal and is_same(how, STRICT) for equal, how in same)),
        place=float(len(place)),
        drawn=float(len(left) + len(right)),
        iou=mean_iou(near),
        dice=dice(areas),
        outlines=float(len(near)),
        areas=float(len(areas)),
    )
    figures = [(a, b, how) for a, b, how in place if _are_skeletons(a, b)]
    within = [joints_within(a, b) for a, b, _ in figures]
    values["oks"] = (mean_oks([how for _, _, how in figures]), float(len(figures)))
    values["pck"] = (float(sum(n for n, _ in within)), float(sum(n for _, n in within)))
    return values


def _are_skeletons(left: object, right: object) -> bool:
    return isinstance(left, Skeleton) and isinstance(right, Skeleton)


def mean_iou(place: Sequence[float]) -> float:
    """Mean IoU of matched shapes: how well the outlines agree of what is the same thing.

    Whatever the labels; of tracks the mean over frames. Of lines and points it is how near they lie to
    each other: 1 - the farthest that a point of one is from the other, over half the longer diagonal of
    their extents, which counts as 20 pixels at least. Skeletons have ``oks`` instead.

    Formula: the mean IoU over matched shapes of all pairs and items.

    Range: 0.5 to 1.

    At 1: matched shapes cover the same area.

    At 0: never: below 0.5 shapes do not match.

    Below 0: never.

    Source: Jaccard 1912.
    """
    return sum([exact(how) for how in place], 0.0)


def dice(areas: Sequence[float]) -> float:
    """Dice coefficient of matched shapes that cover an area, masks and all others.

    It weighs what is shared double, so that it is higher than the IoU. Whatever the labels.

    Formula: 2 x shared / (area of one + area of the other) = 2 IoU / (1 + IoU); the mean over matched shapes.

    Range: 2/3 to 1.

    At 1: matched shapes cover the same area.

    At 0: never: below an IoU of 0.5 shapes do not match.

    Below 0: never.

    Source: Dice 1945, Measures of the amount of ecologic association between species.
    """
    return sum([exact(2.0 * how / (1.0 + how)) for how in areas], 0.0)


def mean_oks(figures: Sequence[float]) -> float:
    """Mean object keypoint similarity (OKS) of matched skeletons: how near their joints lie.

    The scale s is the area of the figure, the mean of both annotators' (their boxes around it where both
    drew one, else the extents of the joints), and 400 square pixels at least. A joint that only one of
    them marked counts 0. Sigmas are the template's; without, COCO's for joints named as COCO names its
    17, else 0.1.

    Formula: the mean over joints of exp(-d^2 / (2 s (2 sigma)^2)); then over matched skeletons.

    Range: 0.5 to 1.

    At 1: all joints lie in the same places.

    At 0: never: below 0.5 skeletons do not match.

    Below 0: never.

    Source: Ruggero Ronchi and Perona 2017 on COCO's keypoint evaluation, whose formula and sigmas these are.
    """
    return sum([exact(how) for how in figures], 0.0)


def add_labels(
    parts: dict[str, list[float]], left: Sequence[Placed], right: Sequence[Placed], made: Sequence[Near]
) -> None:
    """Add a pair's shapes by label: twice those that both drew, and what each drew."""
    for one in (*left, *right):
        parts.setdefault(one.label or NO_LABEL, [0.0, 0.0])[1] += 1.0
    for i, j, how in made:
        if left[i].label == right[j].label and is_same(how):
            parts[left[i].label or NO_LABEL][0] += 2.0


def same_things(control: Control, answers: Sequence[Value]) -> list[dict[int, Any]]:
    """The shapes or tracks of several annotators by what they show, whatever their labels.

    Each thing maps the place of an annotator to their shape of it; some have but one. See ``matching.alike``.
    """
    own = [placed(value) for value in answers]
    like = Likeness(control)
    found = {(i, j): found_near(own[i], own[j], like) for i, j in compared(len(own))}
    return [{who: own[who][at].mark for who, at in group.items()} for group in alike(own, found)]


def add_units(
    scores: Scores, own: Sequence[Sequence[Placed]], found: Mapping[tuple[int, int], Sequence[Near]]
) -> None:
    """The labels that annotators gave to each thing that any of them drew; nothing drawn is one too."""
    said: Counter[tuple[str, ...]] = Counter()
    for group in alike(own, found):
        given_of = {who: own[who][at].label or NO_LABEL for who, at in group.items()}
        said[tuple(given_of.get(who, NOTHING) for who in range(len(own)))] += 1
    scores.cells = cells(list(said), said.values())


MEASURES = {
    "shape_f1": _pair,
    "shape_f1_75": _pair,
    "shape_f1_place": _pair,
    "mean_iou": mean_iou,
    "dice": dice,
    "oks": mean_oks,
}
