"""Shapes and tracks: F1 of what is the same thing for two annotators, how well it overlaps, and labels.

What is the same thing is found by assignment (see ``matching``) within each image; the threshold of
0.5 is applied afterwards. Boxes, ellipses, polygons, masks and cuboids are compared by area, skeletons
by their joints, points and lines by extent, tracks frame by frame (see ``likeness``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.likeness import Likeness, placed
from labelwright.agreement.matching import Near, Placed, alike, is_same, matched, near
from labelwright.agreement.scores import Scores, cells, compared, f1, given, pack
from labelwright.agreement.timeline import NO_LABEL
from labelwright.contracts import Control
from labelwright.records import Value

NOTHING = ""  # the category of a thing that an annotator did not draw
STRICT = 0.75


class ShapeScorer:
    """Scores shapes and tracks by how many of them are the same for two annotators."""

    samples = False

    def __init__(self, control: Control) -> None:
        """Score by the sigmas of the control's skeletons, where it has any."""
        self._control = control

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """All scores of every pair; ``text`` is the number of frames of a film, where it is known."""
        people, answers = given(who, values)
        if len(people) < 2:
            return pack(Scores(people))
        like = Likeness(self._control, text)
        own = [placed(value) for value in answers]
        found = {(i, j): list(near(own[i], own[j], like)) for i, j in compared(len(people))}
        scores = Scores(people)
        for (i, j), pairs in found.items():
            made = matched(own[i], own[j], pairs)
            scores.pairs.append((i, j, _pair(own[i], own[j], made)))
            _labels(scores.parts, own[i], own[j], made)
        _units(scores, own, found)
        return pack(scores)

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing is sampled."""


def _pair(left: Sequence[Placed], right: Sequence[Placed], made: Sequence[Near]) -> list[float]:
    """F1 of shapes: how many of one annotator's shapes the other drew too, with the same label.

    Shapes match by assignment with the greatest total IoU within each image; a match counts from an IoU
    of 0.5 and with equal labels. ``percent`` is the same, but every item counts once, and an item on
    which both drew nothing agrees. ``shape_f1_75`` asks for an IoU of 0.75, ``shape_f1_place`` for no
    equal labels. Skeletons match by OKS instead of IoU, points and lines by how far their extents differ.

    Formula: 2 x matches / (shapes of one + shapes of the other), sums over pairs and items first.

    Range: 0 to 1.

    At 1: every shape has its like.

    At 0: no shape has its like.

    Below 0: never.

    Source: Kuhn 1955 for the assignment; Everingham et al. 2010, The Pascal VOC challenge, for the threshold.
    """
    drawn = float(len(left) + len(right))
    same = [left[i].label == right[j].label for i, j, _ in made]
    labelled = sum(equal and is_same(how) for equal, (_, _, how) in zip(same, made, strict=True))
    strict = sum(equal and is_same(how, STRICT) for equal, (_, _, how) in zip(same, made, strict=True))
    place = [how for _, _, how in made if is_same(how)]
    found = [f1(labelled, len(left), len(right)), 1.0, 2.0 * labelled, drawn]
    return [*found, 2.0 * strict, drawn, 2.0 * len(place), drawn, *mean_iou(place)]


def mean_iou(place: Sequence[float]) -> list[float]:
    """Mean IoU of matched shapes: how well the outlines agree of what is the same thing.

    Whatever the labels; of tracks the mean over frames, of skeletons the OKS. Gives the sum, and how
    many matched.

    Formula: the mean IoU over matched shapes of all pairs and items.

    Range: 0.5 to 1.

    At 1: matched shapes cover the same area.

    At 0: never: below 0.5 shapes do not match.

    Below 0: never.

    Source: Jaccard 1912.
    """
    return [sum(place), float(len(place))]


def _tracked(left: Sequence[Placed], right: Sequence[Placed], made: Sequence[Near]) -> list[float]:
    """F1 of tracks: how many of one annotator's tracks the other drew too, with the same label.

    Tracks match by assignment with the greatest total overlap, which is the mean IoU over the frames in
    which either is in sight; a match counts from 0.5 and with equal labels. Where more than 200 frames
    have either, 200 of them, evenly spaced, are looked at. ``track_f1_75`` asks for an overlap of
    0.75, ``track_f1_place`` for no equal labels.

    Formula: 2 x matches / (tracks of one + tracks of the other), sums over pairs and items first.

    Range: 0 to 1.

    At 1: every track has its like.

    At 0: no track has its like.

    Below 0: never.

    Source: Kuhn 1955 for the assignment; Yang, Fan and Xu 2019 for the IoU of tracks.
    """
    return _pair(left, right, made)


def _labels(
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
    found = {(i, j): list(near(own[i], own[j], like)) for i, j in compared(len(own))}
    return [{who: own[who][at].mark for who, at in group.items()} for group in alike(own, found)]


def _units(
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
    "track_f1": _tracked,
    "track_f1_75": _tracked,
    "track_f1_place": _tracked,
}
