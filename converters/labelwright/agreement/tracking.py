"""How well two annotators follow things through a film: IDF1 and HOTA.

Neither annotator is the reference. Both measures are the same in both directions: exchanging the two
exchanges what is missing with what is too much, which count alike in an F1 and in intersection over
union, and the pairs that are matched maximise sums in which both sides stand alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelwright.agreement.boxes import Overlaps, certain
from labelwright.agreement.coefficients import Array
from labelwright.agreement.films import Film, Meetings, in_both, stretches
from labelwright.agreement.matching import ROUND, SAME, STEPS, Near, assigned, total_gain
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

ALPHAS = 19  # thresholds 0.05, 0.10 ... 0.95
COUNTS = 1 + 2 * ALPHAS  # what is summed for HOTA: boxes of both, then matches and their association
Seen = dict[int, Array]  # by pair of tracks


class Followed:
    """What is counted over the frames of a film."""

    def __init__(self, film: Film) -> None:
        """Go through the film once."""
        self._film = film
        self._m = max(1, len(film.right))
        sums: Seen = {}
        for part in film.meetings():
            one = part.frame * len(film.left) + part.left
            other = part.frame * self._m + part.right
            around = np.bincount(one, part.like)[one] + np.bincount(other, part.like)[other] - part.like
            values = np.stack([part.like, part.like / around, part.like >= SAME - ROUND], axis=1)
            # In steps, so that the same film has the same sums however it is cut.
            _add(sums, part.left * self._m + part.right, np.rint(values * STEPS))
        self.keys = np.array(sorted(sums), np.int64)
        table = np.array([sums[key] for key in self.keys.tolist()], float).reshape(-1, 3)
        self.like, self._meant, self.same = table.T / STEPS
        self.left, self.right = self.keys // self._m, self.keys % self._m

    def near(self, end: int) -> list[Near]:
        """The mean likeness of two tracks over the frames in which either is in sight."""
        tracks = self._film
        found = []
        for i, j, total in zip(self.left.tolist(), self.right.tolist(), self.like.tolist(), strict=True):
            shared = in_both(*(stretches(t.keyframes, end) for t in (tracks.left[i], tracks.right[j])))
            either = tracks.left_seen[i] + tracks.right_seen[j] - shared
            found.append((i, j, min(total / either, 1.0)))
        return found

    def idf1(self) -> list[float]:
        """IDF1: on how many frames two annotators follow the same thing, tracks taken as wholes.

        Tracks are matched one to one so that the frames are most in which matched ones have an IoU of 0.5
        or more (skeletons: OKS), whatever their labels. Who lets a track end and begins another where the
        thing goes on loses the shorter part. Of upright boxes every frame counts; of other shapes, where
        there are more than 200 frames, 200 of them, evenly spaced.

        Formula: 2 x frames of matched tracks that agree / (frames of one's tracks + frames of the other's).

        Range: 0 to 1.

        At 1: both follow the same things on the same frames.

        At 0: no two tracks agree on any frame.

        Below 0: never.

        Source: Ristani et al. 2016, Performance measures and a data set for multi-target tracking.
        """
        places = zip(self.left.tolist(), self.right.tolist(), strict=True)
        gains = {at: round(n) for at, n in zip(places, self.same.tolist(), strict=True) if n > 0}
        return [2.0 * total_gain(gains), self.drawn]

    @property
    def drawn(self) -> float:
        """Over all frames, how often either annotator has something in sight."""
        return float(self._film.left_seen.sum() + self._film.right_seen.sum())

    def hota_counts(self) -> list[float]:
        """What HOTA is made of: ``drawn``; by threshold the matches; and the sums of their association."""
        seen = self._film.left_seen[self.left] + self._film.right_seen[self.right]
        aligned = self._meant / np.maximum(seen - self._meant, self._meant)
        levels: Seen = {}
        for part in self._film.meetings():
            at = np.searchsorted(self.keys, part.left * self._m + part.right)
            made = self._matched(part, aligned[at])
            level = np.minimum(np.floor((part.like[made] + ROUND) * (ALPHAS + 1)), ALPHAS).astype(np.int64)
            hits = np.zeros((len(made), ALPHAS + 1))
            hits[np.arange(len(made)), level] = 1.0
            _add(levels, at[made], hits)
        keys = sorted(levels)
        table = np.array([levels[key] for key in keys], float).reshape(-1, ALPHAS + 1)
        matches = table[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]  # those at or above each threshold
        others = seen[np.array(keys, np.int64)][:, None] - matches
        association = matches * matches / np.maximum(others, 1.0)
        return [self.drawn, *matches.sum(axis=0).tolist(), *association.sum(axis=0).tolist()]

    def _matched(self, part: Meetings, aligned: Array) -> Array:
        """The places of the pairs that are matched, frame by frame, by likeness times alignment."""
        n = len(self._film.left)
        wide = max(n, self._m)
        left, right = part.frame * 2 * wide + part.left, (part.frame * 2 + 1) * wide + part.right
        pairs = Overlaps(left, right, part.like * aligned)
        made, rest = certain(pairs, np.zeros(len(left)), int(right.max(initial=0)) + wide + 1)
        found = list(zip(made.left.tolist(), made.right.tolist(), strict=True))
        bounds = np.flatnonzero(np.diff(rest.left // (2 * wide))) + 1
        gains = np.rint(rest.iou * STEPS).astype(np.int64).tolist()
        places = list(zip(rest.left.tolist(), rest.right.tolist(), strict=True))
        for first, last in zip([0, *bounds.tolist()], [*bounds.tolist(), len(places)], strict=True):
            found += assigned(dict(zip(places[first:last], gains[first:last], strict=True)))
        whole = left * (int(right.max(initial=0)) + 1) + right
        chosen = np.array(found, np.int64).reshape(-1, 2)
        return np.flatnonzero(np.isin(whole, chosen[:, 0] * (int(right.max(initial=0)) + 1) + chosen[:, 1]))


def _add(sums: Seen, keys: Array, values: Array) -> None:
    """Add rows of values to the sums of their keys."""
    own, place = np.unique(keys, return_inverse=True)
    total = np.zeros((len(own), values.shape[1]))
    np.add.at(total, place.ravel(), values)
    for key, row in zip(own.tolist(), total, strict=True):
        sums[key] = sums[key] + row if key in sums else row


def hota(sums: Array) -> dict[str, Array]:
    """HOTA, higher order tracking accuracy: how well two annotators find and follow the same things.

    In each frame marks are matched, whatever their labels, so that likeness times the tracks' alignment over
    the whole film is greatest; a match counts from each of the thresholds 0.05, 0.10 ... 0.95 of IoU
    (skeletons: OKS), and the mean over thresholds is taken. ``deta`` is its part for finding: marks matched
    / marks of either. ``assa`` is its part for following: over matches, the frames on which their two
    tracks match / the frames of either track. Of upright boxes every frame counts; of other shapes,
    where there are more than 200 frames, 200 of them, evenly spaced.

    Formula: the mean over thresholds of sqrt(DetA x AssA), all frames, pairs and items being summed first.

    Range: 0 to 1.

    At 1: both follow the same things with the same outlines on the same frames.

    At 0: nothing matches.

    Below 0: never.

    Source: Luiten et al. 2021, HOTA: a higher order metric for evaluating multi-object tracking.
    """
    drawn, matches = sums[..., :1], sums[..., 1 : 1 + ALPHAS]
    association = sums[..., 1 + ALPHAS :] / np.maximum(matches, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        detection = np.where(drawn > 0, matches / (drawn - matches), np.nan)
    association = np.where(drawn > 0, association, np.nan)
    found = {"hota": np.sqrt(detection * association), "deta": detection, "assa": association}
    return {name: value.mean(axis=-1) for name, value in found.items()}


MEASURES = {"idf1": Followed.idf1, "hota": hota, "deta": hota, "assa": hota}
