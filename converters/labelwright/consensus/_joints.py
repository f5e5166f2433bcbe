"""One set of points, or one skeleton, of several that show the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, isfinite
from statistics import median

from labelwright.agreement.assignment import assign
from labelwright.geometry.shapes import HIDDEN, Joint, Point, Points, Skeleton

MOST = 50  # points of a set that are told apart; of larger sets the likest is taken
STEPS = 1 << 20  # distances are compared as whole numbers, so that sums are exact


def joined_points(found: Sequence[Points]) -> Points:
    """The median of each point's coordinates; ``found`` begins with the set most like the others.

    Of sets of different size those of the commonest (in a draw the first's) count. Which point is which is
    told by the least sum of distances to those of the first of them.
    """
    sizes = [len(one.points) for one in found]
    most = max(map(sizes.count, sizes))
    size = next(s for s in sizes if sizes.count(s) == most)
    same = [one.points for one in found if len(one.points) == size]
    if size > MOST or not all(isfinite(n) for one in same for point in one for n in point):
        return Points(same[0])
    ordered = [same[0], *(_like(same[0], other) for other in same[1:])]
    return Points(tuple(_middle(alike) for alike in zip(*ordered, strict=True)))


def _like(base: Sequence[Point], other: Sequence[Point]) -> list[Point]:
    """The points of another set in the order of those they stand for."""
    gain = [[-round(hypot(p[0] - q[0], p[1] - q[1]) * STEPS) for q in other] for p in base]
    return [other[column] for _, column in assign(gain)]


def _middle(points: Sequence[Point]) -> Point:
    return median(x for x, _ in points), median(y for _, y in points)


def joined_skeletons(found: Sequence[Skeleton]) -> Skeleton:
    """Each joint of the first skeleton, which is most like the others, as those who have one of its name say.

    Its visibility is the one given most often (in a draw the first's of those). Its place is the median
    of those who saw it or took it for covered, or of those who did not where it is hidden. What
    was said of it alone is the first's of that visibility.
    """
    by_name: dict[str, list[Joint]] = {}
    for one in found:
        for joint in one.joints:
            by_name.setdefault(joint.name, []).append(joint)
    return Skeleton(tuple(_joint(by_name[joint.name]) for joint in found[0].joints))


def _joint(found: Sequence[Joint]) -> Joint:
    seen = [joint.visibility for joint in found]
    most = max(map(seen.count, seen))
    chosen = next(joint for joint in found if seen.count(joint.visibility) == most)
    placed = [(j.x, j.y) for j in found if (j.visibility == HIDDEN) == (chosen.visibility == HIDDEN)]
    x, y = _middle(placed)
    return Joint(chosen.name, x, y, chosen.visibility, chosen.attributes)
