"""Upright boxes of many images at once: which overlap by how much, and which certainly belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labelwright.agreement.coefficients import Array
from labelwright.agreement.matching import STEPS, assigned
from labelwright.lazy import lazily

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")


class Overlaps(NamedTuple):
    """Pairs of boxes that share an area: their places among all boxes, and their IoU."""

    left: Array
    right: Array
    iou: Array

    def some(self, here: Array) -> Overlaps:
        """Some of the pairs, by a mask."""
        return Overlaps(self.left[here], self.right[here], self.iou[here])


def overlaps(corners: Array, sizes: Array, group: Array | None = None) -> Overlaps:
    """The pairs of boxes of one image and two annotators that overlap, in order of their places.

    Args:
        corners: x1, y1, x2, y2 of every box, finite, shape (4, boxes): those of an image's first
            annotator, then those of its second, then those of the next image.
        sizes: how many boxes each drew, shape (images, 2).
        group: boxes of different groups have nothing in common; shape (boxes,).
    """
    x1, y1, x2, y2 = corners
    if len(sizes) and sizes[0].all() and (sizes == sizes[0]).all():
        left, right, across = _across_alike(x1, x2, *sizes[0].tolist())
    else:
        left, right = _side_by_side(sizes)
        across = np.minimum(x2[left], x2[right]) - np.maximum(x1[left], x1[right])
        here = across > 0  # of most pairs no more is looked at
        left, right, across = left[here], right[here], across[here]
    down = np.minimum(y2[left], y2[right]) - np.maximum(y1[left], y1[right])
    here = down > 0
    if group is not None:
        here &= group[left] == group[right]
    left, right, across, down = left[here], right[here], across[here], down[here]
    area = (x2 - x1) * (y2 - y1)
    shared = across * down
    return Overlaps(left, right, np.minimum(shared / (area[left] + area[right] - shared), 1.0))


def matches(corners: Array, sizes: Array, group: Array | None = None) -> Overlaps:
    """The best one-to-one assignment by total IoU, image by image; arguments as of ``overlaps``.

    Whatever the IoU: a threshold comes afterwards. Labels decide nothing.
    """
    found = overlaps(corners, sizes, group)
    made, rest = certain(found, np.zeros(len(found.iou)), corners.shape[1])
    places = list(zip(rest.left.tolist(), rest.right.tolist(), strict=True))
    gains = dict(zip(places, (2 * np.rint(rest.iou * STEPS)).astype(np.int64).tolist(), strict=True))
    chosen = set(assigned(gains)) if gains else set()
    here = np.fromiter((place in chosen for place in places), bool, len(places))
    more = rest.some(here)
    return Overlaps(*(np.concatenate(part) for part in zip(made, more, strict=True)))


def _across_alike(x1: Array, x2: Array, n: int, m: int) -> tuple[Array, Array, Array]:
    """The pairs that meet across, and by how much, where all images have as many boxes."""
    low, high = x1.reshape(-1, n + m), x2.reshape(-1, n + m)
    across = np.minimum(high[:, :n, None], high[:, None, n:])
    across -= np.maximum(low[:, :n, None], low[:, None, n:])
    at = np.flatnonzero(across > 0)
    image, pair = at // max(1, n * m), at % max(1, n * m)
    left = image * (n + m) + pair // max(1, m)
    return left, image * (n + m) + n + pair % max(1, m), across.ravel()[at]


def _side_by_side(sizes: Array) -> tuple[Array, Array]:
    """The places of all pairs of a box of the first and a box of the second annotator of an image."""
    starts = np.concatenate([[0], np.cumsum(sizes.ravel())[:-1]]).reshape(-1, 2)
    image = np.repeat(np.arange(len(sizes)), sizes[:, 0])  # of every box of a first annotator
    own = np.arange(len(image)) - np.repeat(np.cumsum(sizes[:, 0]) - sizes[:, 0], sizes[:, 0])
    others = sizes[image, 1]
    left = np.repeat(starts[image, 0] + own, others)
    place = np.arange(len(left)) - np.repeat(np.cumsum(others) - others, others)
    return left, np.repeat(starts[image, 1], others) + place


def certain(found: Overlaps, same_label: Array, boxes: int) -> tuple[Overlaps, Overlaps]:
    """The pairs that belong to every best assignment, and those that are open after that.

    A pair is certain where its gain (see ``matching.gain``) is more than the highest other gains of its two
    boxes together; those that it rules out are left out, which makes more certain. ``matching.matched``
    finds the same, so that nothing depends on which of the two looked.
    """
    gain = 2 * np.rint(found.iou * STEPS) + same_label  # whole numbers: their sums are exact
    made, rest = [found.some(np.zeros(len(gain), bool))], found
    while len(gain):
        # More than all others together is more than the highest, and quicker to see.
        sure = 3 * gain > _all(rest.left, gain, boxes) + _all(rest.right, gain, boxes)
        if not sure.any():
            sure = gain > _others(rest.left, gain) + _others(rest.right, gain)
        if not sure.any():
            break
        made.append(rest.some(sure))
        taken = np.zeros(boxes, bool)
        taken[made[-1].left] = taken[made[-1].right] = True
        still = ~(taken[rest.left] | taken[rest.right])
        rest, gain = rest.some(still), gain[still]
    return Overlaps(*(np.concatenate(part) for part in zip(*made, strict=True))), rest


def _all(box: Array, gain: Array, boxes: int) -> Array:
    """Of each pair, the gains of all pairs of its box."""
    return np.asarray(np.bincount(box, gain, minlength=boxes)[box])


def _others(box: Array, gain: Array) -> Array:
    """Of each pair, the highest gain of the other pairs of its box; 0 where there are none."""
    order = np.lexsort((-gain, box))
    ordered, high = box[order], gain[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    top = high[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
    # What follows the highest of its box is the second, if it is of the same box.
    second = np.where(np.append(ordered[1:] == ordered[:-1], False), np.append(high[1:], 0.0), 0.0)
    found = np.empty_like(gain)
    found[order] = np.where(first, second, top)
    return found
