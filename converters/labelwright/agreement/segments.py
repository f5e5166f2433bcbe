"""Segments of time: how much of the time, and how many of the events, annotators marked alike.

Time is compared in frames of 10 ms (summed exactly between boundaries, which equals sampling the middle
of every frame). What an annotator says of a frame is the set of labels they marked there, and nothing
marked is an answer too. A recording ends with the last mark of any annotator, unless its length is
known. Each channel that anyone marked counts. With ``diarization`` the names are mapped first.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import msgspec

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.events import matching_events, mean_iou
from labelwright.agreement.scores import Scores, cells, compared, given, pack
from labelwright.agreement.speakers import common_names, der, jer
from labelwright.agreement.timeline import HOP, LATEST, NO_LABEL, atoms, track, units, usable_segments
from labelwright.contracts import Control
from labelwright.records import Segment, Value

NOTHING = ""  # the category of a frame in which nothing is marked
PER_SECOND = 1.0 / HOP

Said = tuple[tuple[str, ...], ...]


class SegmentScorer:
    """Scores segments: by frames, by events, and for diarization by error rates."""

    samples = False

    def __init__(self, control: Control) -> None:
        """Score by the control's collar, and as diarization where it says so."""
        self._collar = control.collar if control.collar > 0 else 0.0
        self._diarization = control.diarization

    def score(self, who: tuple[str, ...], values: tuple[Value, ...], text: object) -> tuple[float, bytes]:
        """All scores of every pair. Contested by the share of marked time that is marked alike.

        ``text`` is the length of the recording in seconds, where it is known.
        """
        people, answers = given(who, values)
        if len(people) < 2:
            return pack(Scores(people))
        own = [usable_segments(v) for v in answers]
        found = list(atoms([track(one, PER_SECOND) for one in own], _length(text)))
        shown = own
        if self._diarization:
            names = common_names(found, len(own))
            found = [(n, _renamed(said, names)) for n, said in found]
            shown = [[_named(s, mine) for s in one] for one, mine in zip(own, names, strict=True)]
        frames: dict[Said, int] = {}
        for length, said in found:
            frames[said] = frames.get(said, 0) + length
        scores = Scores(people)
        for i, j in compared(len(people)):
            scores.pairs.append((i, j, self._pair(frames, i, j, own, shown)))
            _labels(scores.parts, frames, i, j, shown, self._collar)
        known = [["+".join(one) or NOTHING for one in said] for said in frames]
        scores.cells = cells(known, frames.values())
        near = [v[2] / v[3] if v[3] else v[4] / v[5] if v[5] else 1.0 for _, _, v in scores.pairs]
        return sum(near) / len(near), pack(scores)[1]

    def _pair(
        self,
        frames: dict[Said, int],
        i: int,
        j: int,
        own: Sequence[Sequence[Segment]],
        shown: Sequence[Sequence[Segment]],
    ) -> list[float]:
        """Numerator and denominator of each measure of two annotators."""
        events = len(own[i]) + len(own[j])
        whole_events = matching_events(shown[i], shown[j], self._collar)
        onsets = matching_events(shown[i], shown[j], self._collar, ends=False)
        shared, matched = mean_iou(own[i], own[j])
        found = _time(frames, i, j)
        found += [2.0 * len(whole_events), float(events), 2.0 * len(onsets), float(events)]
        found += [shared, float(matched)]
        if self._diarization:
            directions = ((own[i], own[j]), (own[j], own[i]))
            speech = [der(a, b, self._collar) for a, b in directions]
            speakers = [jer(a, b) for a, b in directions]
            found += [sum(e.wrong for e in speech), sum(e.total for e in speech)]
            found += [sum(e.wrong for e in speakers if e.total), sum(e.total for e in speakers)]
        return found

    def sample(
        self, kept: Lowest, item: str, who: tuple[str, ...], values: tuple[Value, ...], by: int
    ) -> None:
        """Nothing is sampled."""


def _time(frames: dict[Said, int], i: int, j: int) -> list[float]:
    """Agreement on marked time: of the time that at least one of two annotators marked.

    ``percent`` of segments is the same of all time, where both mark nothing agrees too: with long
    silence it is high even where no mark agrees, and this measure is not.

    Formula: frames with the same set of labels from both / frames that either marked; sums over pairs
        and items first. For diarization names are mapped first.

    Range: 0 to 1.

    At 1: everything that is marked is marked by both, with the same labels.

    At 0: no marked frame has the same labels from both.

    Below 0: never.

    Source: Jaccard 1912, applied to labelled frames.
    """
    alike = sum(n for said, n in frames.items() if said[i] == said[j])
    silent = sum(n for said, n in frames.items() if not said[i] and not said[j])
    whole = sum(frames.values())
    return [float(alike), float(whole), float(alike - silent), float(whole - silent)]


def _length(known: object) -> int:
    """The length in frames that is known from elsewhere; 0 where it is not."""
    if isinstance(known, bool) or not isinstance(known, int | float):
        return 0
    return units(known, PER_SECOND) if isfinite(known) and known <= LATEST else 0


def _renamed(said: Said, names: Sequence[dict[str, str]]) -> Said:
    return tuple(tuple(sorted(mine[n] for n in labels)) for labels, mine in zip(said, names, strict=True))


def _named(segment: Segment, names: dict[str, str]) -> Segment:
    label = segment.label or NO_LABEL
    return msgspec.structs.replace(segment, label=names.get(label, label))


def _labels(
    parts: dict[str, list[float]],
    frames: dict[Said, int],
    i: int,
    j: int,
    shown: Sequence[Sequence[Segment]],
    collar: float,
) -> None:
    """Add a pair's time and events by label: twice what both marked, and what each marked."""
    for said, length in frames.items():
        for label in {*said[i], *said[j]}:
            both = (label in said[i]) + (label in said[j])
            mine = parts.setdefault(label, [0.0, 0.0, 0.0, 0.0])
            mine[0] += 2.0 * length * (both == 2)
            mine[1] += float(length * both)
    for one in (shown[i], shown[j]):
        for segment in one:
            parts.setdefault(segment.label or NO_LABEL, [0.0, 0.0, 0.0, 0.0])[3] += 1.0
    for at, _ in matching_events(shown[i], shown[j], collar):
        parts[shown[i][at].label or NO_LABEL][2] += 2.0


MEASURES = {"marked_percent": _time}
