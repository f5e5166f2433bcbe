"""One geometry of several that show the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from labelwright.consensus._joints import joined_points, joined_skeletons
from labelwright.geometry.boxes import centre, normal_angle
from labelwright.geometry.shapes import Box, Ellipse, Geometry, Mask, Points, Skeleton


def merged(found: Sequence[Geometry]) -> Geometry:
    """One geometry, of the kind that most have; ``found`` begins with the one most like the others.

    Boxes and ellipses: the median of each number. Masks: the pixels that more than half have. Points and
    skeletons: see ``_joints``. Polygons, lines and cuboids: the first of that kind, as it is; the median
    of corners that nobody can pair would be a shape that nobody drew.
    """
    kinds = [type(one) for one in found]
    most = max(map(kinds.count, kinds))
    kind = next(k for k in kinds if kinds.count(k) == most)
    same = [one for one in found if type(one) is kind]
    if all(one == same[0] for one in same):
        return same[0]
    if isinstance(same[0], Box):
        return _boxes([one for one in same if isinstance(one, Box)])
    if isinstance(same[0], Ellipse):
        return _ellipses([one for one in same if isinstance(one, Ellipse)])
    if isinstance(same[0], Mask):
        return _masks([one for one in same if isinstance(one, Mask)])
    if isinstance(same[0], Points):
        return joined_points([one for one in same if isinstance(one, Points)])
    if isinstance(same[0], Skeleton):
        return joined_skeletons([one for one in same if isinstance(one, Skeleton)])
    return same[0]


def _boxes(found: Sequence[Box]) -> Box:
    """Upright boxes by their sides; turned ones by centre, size and angle."""
    if not any(one.rotation for one in found):
        left, top = median(one.x for one in found), median(one.y for one in found)
        right = median(one.x + one.width for one in found)
        bottom = median(one.y + one.height for one in found)
        return Box(left, top, right - left, bottom - top)
    turned = [_as_turned(one.width, one.height, one.rotation, found[0].rotation) for one in found]
    width, height, rotation = _median_of(turned, found[0].rotation)
    cx, cy = median(centre(one)[0] for one in found), median(centre(one)[1] for one in found)
    return Box(cx - width / 2, cy - height / 2, width, height, rotation)


def _ellipses(found: Sequence[Ellipse]) -> Ellipse:
    turned = [_as_turned(one.rx, one.ry, one.rotation, found[0].rotation) for one in found]
    rx, ry, rotation = _median_of(turned, found[0].rotation)
    return Ellipse(median(one.cx for one in found), median(one.cy for one in found), rx, ry, rotation)


def _as_turned(width: float, height: float, rotation: float, like: float) -> tuple[float, float, float]:
    """The same figure with the angle nearest to ``like``: sizes, and degrees from it in [-45, 45).

    Turned by a right angle a box is the same with its sides exchanged.
    """
    quarters, apart = divmod(rotation - like + 45.0, 90.0)
    return (height, width, apart - 45.0) if quarters % 2 else (width, height, apart - 45.0)


def _median_of(turned: Sequence[tuple[float, float, float]], like: float) -> tuple[float, float, float]:
    width, height, apart = (median(values) for values in zip(*turned, strict=True))
    return width, height, normal_angle(like + apart)


def _masks(found: Sequence[Mask]) -> Mask:
    """The pixels that more than half of the masks have; the first mask where there is no such pixel."""
    from labelwright.geometry.mask_sets import covered
    from labelwright.geometry.rle import mask_of_runs, moved_runs, runs_of, tight

    drawn = [one for one in found if one.counts]
    if not drawn:
        return found[0]
    x, y = min(one.x for one in drawn), min(one.y for one in drawn)
    width = max(one.x + one.width for one in drawn) - x
    height = max(one.y + one.height for one in drawn) - y
    runs = [moved_runs(runs_of(one), one.width, one.x - x, one.y - y, width) for one in drawn]
    starts, ends = covered(runs, len(found) // 2 + 1)
    real = starts < ends
    made = tight(mask_of_runs(x, y, width, height, (starts[real], ends[real])))
    return made if made.counts else found[0]
