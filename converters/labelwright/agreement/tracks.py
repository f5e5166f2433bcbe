"""Tracks: which of one annotator's are which of another's, and how well they follow the same things.

Every two annotators of a film are compared. For alpha, the units of two annotators are their matches,
those of more the groups that ``matching.alike`` makes of all their tracks.
"""

from __future__ import annotations

from collections.abc import Sequence

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.likeness import Likeness
from labelwright.agreement.matching import Near, Placed, is_same
from labelwright.agreement.pairing import STRICT, exact
from labelwright.agreement.scores import f1
from labelwright.agreement.shapes import score_pairs
from labelwright.contracts import Control
from labelwright.records import Value


class TrackScorer:
    """Scores tracks by how many of them are the same for two annotators, and frame by frame."""

    samples = False

    def __init__(self, control: Control) -> None:
        """Score by the sigmas of the control's skeletons, where it has any."""
        self._control = control

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """All scores of every pair; ``text`` is the number of frames of the film, where it is known."""
        like = Likeness(self._control, text)
        return score_pairs(
            who, values, like, lambda a, b, made: [*_tracked(a, b, made), *_followed(a, b, like)]
        )

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing is sampled."""


def _tracked(left: Sequence[Placed], right: Sequence[Placed], made: Sequence[Near]) -> list[float]:
    """F1 of tracks: how many of one annotator's tracks the other drew too, with the same label.

    Tracks match by assignment with the greatest total overlap, which is the mean IoU over the frames in
    which either is in sight; a match counts from 0.5 and with equal labels. Of upright boxes every frame
    counts; of other shapes, where there are more than 200 frames, 200 of them, evenly spaced.
    ``track_f1_75`` asks for an overlap of 0.75, ``track_f1_place`` for no equal labels.

    Formula: 2 x matches / (tracks of one + tracks of the other), sums over pairs and items first.

    Range: 0 to 1.

    At 1: every track has its like.

    At 0: no track has its like.

    Below 0: never.

    Source: Kuhn 1955 for the assignment; Yang, Fan and Xu 2019 for the IoU of tracks.
    """
    same = [(left[i].label == right[j].label, how) for i, j, how in made if is_same(how)]
    labelled = float(sum(equal for equal, _ in same))
    strict = float(sum(equal and is_same(how, STRICT) for equal, how in same))
    drawn, place = float(len(left) + len(right)), float(len(same))
    near = sum([exact(how) for _, how in same], 0.0)
    percent = [f1(labelled, len(left), len(right)), 1.0]
    return [*percent, 2.0 * labelled, drawn, 2.0 * strict, drawn, 2.0 * place, drawn, near, place]


def _followed(left: Sequence[Placed], right: Sequence[Placed], like: Likeness) -> list[float]:
    """What IDF1 and HOTA are made of; in one direction, so that equal sums do not depend on it."""
    from labelwright.agreement.films import Film
    from labelwright.agreement.tracking import Followed

    one, other = sorted([sorted(left, key=lambda p: p.key), sorted(right, key=lambda p: p.key)], key=_keys)
    marks = [p.mark for p in one], [p.mark for p in other]
    followed = Followed(Film(*marks, like.end((*marks[0], *marks[1])), like))
    return [*followed.idf1(), *followed.hota_counts()]


def _keys(own: Sequence[Placed]) -> list[tuple[object, ...]]:
    return [p.key for p in own]


MEASURES = {"track_f1": _tracked, "track_f1_75": _tracked, "track_f1_place": _tracked}
