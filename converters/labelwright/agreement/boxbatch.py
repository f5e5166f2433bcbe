"""Scores upright boxes that two annotators drew, many images at once.

What it finds of an image is, bit for bit, what ``shapes.ShapeScorer`` finds of it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from labelwright.agreement.boxes import Overlaps, certain, overlaps
from labelwright.agreement.coefficients import Array
from labelwright.agreement.matching import ROUND, SAME, Near, Placed, matched
from labelwright.agreement.pairing import FINE, NOTHING, STRICT, values_of
from labelwright.agreement.scores import Scores, pack_known
from labelwright.agreement.timeline import NO_LABEL
from labelwright.geometry.shapes import Box
from labelwright.lazy import lazily
from labelwright.records import Shape

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

Entry = tuple[tuple[str, ...], tuple[Sequence[Shape], Sequence[Shape]]]
Place = Callable[[Sequence[Shape]], list[Placed]]
_numbers = attrgetter("x", "y", "width", "height", "rotation")
_geometry, _label, _unit = attrgetter("geometry"), attrgetter("label"), attrgetter("unit")


class _Lot(NamedTuple):
    """The boxes of some images, one after the other, and how many each of the two annotators drew."""

    entries: Sequence[Entry]
    corners: Array
    sizes: Array
    label: Array  # of each box: its place among the names, counted from 1
    names: list[str]
    group: Array | None


def score_boxes(
    entries: Sequence[Entry], names: Sequence[str], placed: Place
) -> list[tuple[float, bytes] | None]:
    """Score and packed scores of each image; None for those that hold anything but plain boxes.

    Args:
        entries: of each image the two annotators, in order, and what they drew.
        names: the measures that are asked for.
        placed: makes shapes ready to be matched.
    """
    corners, plain = _corners(entries)
    kept = [entry for entry, well in zip(entries, plain, strict=True) if well]
    if len(kept) < len(entries):
        corners, _ = _corners(kept)
    found = iter(_scored(_lot(kept, corners), names, placed) if kept else ())
    return [next(found) if well else None for well in plain]


def _corners(entries: Sequence[Entry]) -> tuple[Array, list[bool]]:
    """x1, y1, x2, y2 of all boxes, and which images hold nothing but plain ones."""
    flat = list(chain.from_iterable(chain.from_iterable(values for _, values in entries)))
    if set(map(type, flat)) <= {Shape}:
        geometries = list(map(_geometry, flat))
        if set(map(type, geometries)) <= {Box}:
            five = np.fromiter(chain.from_iterable(map(_numbers, geometries)), float, 5 * len(flat))
            x, y, w, h, turn = five.reshape(-1, 5).T
            corners = np.stack([x, y, x + w, y + h])
            with np.errstate(all="ignore"):
                area = (corners[2] - x) * (corners[3] - y)
                well = np.isfinite(area) & (w > 0) & (h > 0) & (area > 0) & (turn == 0)
            return corners, _all_well(entries, well)
    return np.zeros((4, 0)), [all(_is_plain(s) for v in values for s in v) for _, values in entries]


def _all_well(entries: Sequence[Entry], well: Array) -> list[bool]:
    if well.all():
        return [True] * len(entries)
    sizes = [len(left) + len(right) for _, (left, right) in entries]
    image = np.repeat(np.arange(len(entries)), sizes)
    return (np.bincount(image, ~well, minlength=len(entries)) == 0).tolist()  # type: ignore[no-any-return]


def _is_plain(shape: object) -> bool:
    return isinstance(shape, Shape) and isinstance(shape.geometry, Box)


def _lot(entries: Sequence[Entry], corners: Array) -> _Lot:
    flat = list(chain.from_iterable(chain.from_iterable(values for _, values in entries)))
    sizes = np.array([(len(left), len(right)) for _, (left, right) in entries], np.int64).reshape(-1, 2)
    said = list(map(_label, flat))
    names = sorted({label or NO_LABEL for label in said})
    code = {name: at for at, name in enumerate(names, 1)}
    code[""] = code.get(NO_LABEL, 0)
    label = np.fromiter(map(code.__getitem__, said), np.int64, len(flat))
    units = list(map(_unit, flat))
    known = {unit: at for at, unit in enumerate(set(units))}
    group = None
    if len(known) > 1:
        group = np.fromiter(map(known.__getitem__, units), np.int64, len(flat))
    return _Lot(entries, corners, sizes, label, names, group)


def _scored(lot: _Lot, names: Sequence[str], placed: Place) -> Iterator[tuple[float, bytes]]:
    """The scores of each image."""
    found = overlaps(lot.corners, lot.sizes, lot.group)
    boxes = lot.corners.shape[1]
    made, rest = certain(found, lot.label[found.left] == lot.label[found.right], boxes)
    if len(rest.left):
        made = _with_rest(lot, made, rest, placed)
    image = np.repeat(np.repeat(np.arange(len(lot.sizes)), 2), lot.sizes.ravel())
    equal = lot.label[made.left] == lot.label[made.right]
    same = made.iou >= SAME - ROUND
    values = _values(lot, image, made, equal, same, names)
    parts = _by_label(lot, image, made.left[equal & same])
    cells = _units(lot, image, made, same)
    rows = zip(lot.entries, values, parts, cells, strict=True)
    for (who, _), (percent, scores), part, cell in rows:
        yield percent, pack_known(Scores(who, [(0, 1, scores)], part, cell))


def _with_rest(lot: _Lot, made: Overlaps, rest: Overlaps, placed: Place) -> Overlaps:
    """The certain pairs with the best assignment of what is open, image by image."""
    starts = np.concatenate([[0], np.cumsum(lot.sizes.ravel())])
    image = np.searchsorted(starts[2::2], rest.left, side="right")
    bounds = np.flatnonzero(np.diff(image)) + 1
    more: list[Near] = []
    triples = list(zip(rest.left.tolist(), rest.right.tolist(), rest.iou.tolist(), strict=True))
    for first, last in zip([0, *bounds.tolist()], [*bounds.tolist(), len(image)], strict=True):
        at = int(image[first])
        a, b = int(starts[2 * at]), int(starts[2 * at + 1])
        left, right = (placed(value) for value in lot.entries[at][1])
        open_ = [(i - a, j - b, how) for i, j, how in triples[first:last]]
        more += [(i + a, j + b, how) for i, j, how in matched(left, right, open_)]
    added = np.array(more, float).reshape(-1, 3).T
    return Overlaps(
        np.concatenate([made.left, added[0].astype(np.int64)]),
        np.concatenate([made.right, added[1].astype(np.int64)]),
        np.concatenate([made.iou, added[2]]),
    )


def _values(
    lot: _Lot, image: Array, made: Overlaps, equal: Array, same: Array, names: Sequence[str]
) -> list[tuple[float, list[float]]]:
    """Of each image the share that agrees, and numerator and denominator of every measure."""
    at, count = image[made.left], len(lot.sizes)

    def total(weight: Array) -> Array:
        return np.asarray(np.bincount(at, weight, minlength=count))

    drawn = lot.sizes.sum(axis=1).astype(float)
    strict = made.iou >= STRICT - ROUND
    place, labelled = total(same), total(same & equal)
    near = np.where(same, made.iou, 0.0)
    some = np.maximum(drawn, 1.0)
    found = values_of(
        percent=np.where(drawn > 0, 2.0 * labelled / some, 1.0),
        one=np.ones(count),
        labelled=labelled,
        strict=total(strict & equal),
        place=place,
        drawn=drawn,
        iou=total(np.rint(near * FINE) / FINE),
        dice=total(np.rint(2.0 * near / (1.0 + near) * FINE) / FINE),
        outlines=place,
        areas=place,
    )
    zero = np.zeros(count)
    columns = [part for name in names for part in found.get(name, (zero, zero))]
    percent: Array = found["percent"][0]
    return list(zip(percent.tolist(), np.stack(columns, axis=1).tolist(), strict=True))


def _by_label(lot: _Lot, image: Array, both: Array) -> Iterator[dict[str, list[float]]]:
    """Of each image by label: twice the boxes that both drew, and what each drew."""
    q = len(lot.names) + 1
    keys, counts = np.unique(image * q + lot.label, return_counts=True)
    twice = np.zeros(len(keys))
    np.add.at(twice, np.searchsorted(keys, image[both] * q + lot.label[both]), 2.0)
    rows = list(zip((keys % q).tolist(), twice.tolist(), counts.astype(float).tolist(), strict=True))
    ends = np.searchsorted(keys // q, np.arange(len(lot.sizes)), side="right").tolist()
    start = 0
    for end in ends:
        yield {lot.names[code - 1]: [n, m] for code, n, m in rows[start:end]}
        start = end


def _units(lot: _Lot, image: Array, made: Overlaps, same: Array) -> Iterator[list[tuple[str, str, int]]]:
    """Of each image how often two labels were given to one thing; one may be that nothing was drawn."""
    q = len(lot.names) + 1
    left, right = made.left[same], made.right[same]
    alone = np.ones(len(lot.label), bool)
    alone[left] = alone[right] = False
    a = np.minimum(lot.label[left], lot.label[right])
    b = np.maximum(lot.label[left], lot.label[right])
    paired = (image[left] * q + a) * q + b
    keys, counts = np.unique(
        np.concatenate([paired, image[alone] * q * q + lot.label[alone]]), return_counts=True
    )
    categories = [NOTHING, *lot.names]
    pair = (keys % (q * q)).tolist()
    rows = [(categories[p // q], categories[p % q], n) for p, n in zip(pair, counts.tolist(), strict=True)]
    start = 0
    for end in np.searchsorted(keys // (q * q), np.arange(len(lot.sizes)), side="right").tolist():
        yield rows[start:end]
        start = end
