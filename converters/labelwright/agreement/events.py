"""Segments as events: which of one annotator's segments are which of another's."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from labelwright.records import Segment

LENGTH_SHARE = 0.2  # of the shorter event: how far apart two ends may lie at least
NEAR = 1e-9  # seconds that are rounding, not time
SAME_IOU = 0.5  # from which two segments are the same one


def matching_events(
    left: Sequence[Segment], right: Sequence[Segment], collar: float, ends: bool = True
) -> list[tuple[int, int]]:
    """F1 of events: how many segments of one annotator have their like among the other's.

    Gives the greatest number of one-to-one matches, as pairs of places in ``left`` and ``right``.
    Events match with the same channel and label, starts at most ``collar`` seconds apart, and ends at
    most ``collar`` or a fifth of the shorter event apart, whichever is more (the shorter of both,
    so that neither annotator is the reference). ``event_f1_onset`` does not look at ends.

    Formula: 2 x matches / (events of one + events of the other), sums over pairs and items first.

    Range: 0 to 1.

    At 1: every event has its like.

    At 0: no event has its like.

    Below 0: never.

    Source: Mesaros, Heittola and Virtanen 2016, Metrics for polyphonic sound event detection.
    """
    order = sorted(range(len(right)), key=lambda j: right[j].start)
    starts = [right[j].start for j in order]
    reach = max(collar, 0.0) + NEAR
    near: list[list[int]] = []
    for one in left:
        found = []
        for place in range(bisect_left(starts, one.start - reach), len(order)):
            other = right[order[place]]
            if other.start > one.start + reach:
                break
            alike = (one.channel, one.label) == (other.channel, other.label)
            if alike and (not ends or _same_end(one, other, reach)):
                found.append(order[place])
        near.append(sorted(found, key=lambda j: (abs(right[j].start - one.start), j)))
    return _most(near)


def _same_end(one: Segment, other: Segment, reach: float) -> bool:
    shorter = min(one.end - one.start, other.end - other.start)
    return abs(one.end - other.end) <= max(reach, LENGTH_SHARE * shorter + NEAR)


def _most(near: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """A greatest matching of places to some of those near each (augmenting paths)."""
    taken: dict[int, int] = {}
    for start in range(len(near)):
        before: dict[int, int] = {}  # a place on the right -> the left one from which it was reached
        queue, free = [start], None
        for one in queue:
            for other in near[one]:
                if other in before:
                    continue
                before[other] = one
                if other not in taken:
                    free = other
                    break
                queue.append(taken[other])
            if free is not None:
                break
        while free is not None:
            one = before[free]
            following = next((j for j, i in taken.items() if i == one), None) if one != start else None
            taken[free] = one
            free = following
    return sorted((i, j) for j, i in taken.items())


def iou(left: Segment, right: Segment) -> float:
    """Time of both over time of either, 0 to 1; two points in time: 1 where they are equal."""
    if left.channel != right.channel:
        return 0.0
    both = min(left.end, right.end) - max(left.start, right.start)
    either = max(left.end, right.end) - min(left.start, right.start)
    if either <= 0:
        return 1.0
    return max(0.0, both) / either


def alike(answers: Sequence[Sequence[Segment]]) -> list[dict[int, int]]:
    """Which segments of several annotators are the same one, whatever their labels.

    Each group maps an annotator's place to the place of their segment; a segment is in one group at
    most, and a group has one segment of an annotator at most, and two or more in all. Pairs of
    segments join from the highest IoU down to 0.5 (equal ones by time), unless that
    would put two of one annotator's segments together.
    """
    places = [(who, at) for who, one in enumerate(answers) for at in range(len(one))]
    group = {place: {place[0]: place[1]} for place in places}
    for _, a, b in sorted(_close(answers), key=lambda c: c[0]):
        first, second = group[a], group[b]
        if first is second or first.keys() & second.keys():
            continue
        first.update(second)
        for place in second.items():
            group[place] = first
    found = {id(g): g for g in group.values() if len(g) > 1}.values()
    return sorted(found, key=lambda g: min(_time(answers[who][at]) for who, at in g.items()))


Place = tuple[int, int]


def _close(answers: Sequence[Sequence[Segment]]) -> Iterator[tuple[tuple[object, ...], Place, Place]]:
    """Pairs of different annotators' segments with an IoU of 0.5 or more, and their rank."""
    places = [((who, at), s) for who, one in enumerate(answers) for at, s in enumerate(one)]
    places.sort(key=lambda p: (p[1].channel, p[1].start, p[1].end, p[1].label))
    for first, (a, left) in enumerate(places):
        for b, right in places[first + 1 :]:
            if right.channel != left.channel or right.start > left.end:
                break
            score = iou(left, right)
            if a[0] != b[0] and score >= SAME_IOU:
                yield (-score, left.label != right.label, _time(left), _time(right), a, b), a, b


def _time(segment: Segment) -> tuple[object, ...]:
    return (segment.channel, segment.start, segment.end, segment.label)


def mean_iou(left: Sequence[Segment], right: Sequence[Segment]) -> tuple[float, int]:
    """Mean IoU of segments in time: how well the ends agree of segments that are the same one.

    Gives the sum of the IoU, and the number of matched segments. Segments match one to one from the
    highest IoU down to 0.5, whatever their labels; those that match none do not count.

    Formula: the mean of (time of both / time of either) over matched segments of all pairs and items.

    Range: 0.5 to 1.

    At 1: matched segments have the same ends.

    At 0: never: below 0.5 segments do not match.

    Below 0: never.

    Source: Jaccard 1912, applied to stretches of time.
    """
    found = alike([left, right])
    return sum(iou(left[g[0]], right[g[1]]) for g in found), len(found)


MEASURES = {"event_f1": matching_events, "event_f1_onset": matching_events, "segment_iou": mean_iou}
