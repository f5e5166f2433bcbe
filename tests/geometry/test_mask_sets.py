"""Union, intersection, IoU and Dice of masks, beside arrays and pycocotools."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import Bits, bitmaps
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from labelwright.geometry import mask_sets, rle, rle_coco
from labelwright.geometry.shapes import Mask

OFFSET = st.integers(0, 30)


@given(bitmaps(), bitmaps(), OFFSET, OFFSET)
def test_sets_of_pixels(a: Bits, b: Bits, x: int, y: int) -> None:
    first, second = rle.mask_of(a, 20, 10, crop=False), rle.mask_of(b, x, y, crop=False)
    one, two = rle.paste(first, 60, 60), rle.paste(second, 60, 60)
    assert mask_sets.mask_union(first, second) == rle.mask_of(one | two)
    assert mask_sets.mask_intersection(first, second) == rle.mask_of(one & two)
    shared = int((one & two).sum())
    assert mask_sets.shared_pixels(first, second) == shared
    iou, dice = mask_sets.mask_iou(first, second), mask_sets.mask_dice(first, second)
    if (one | two).any():
        theirs = coco.iou(
            [coco.encode(np.asfortranarray(one.astype(np.uint8)))],
            [coco.encode(np.asfortranarray(two.astype(np.uint8)))],
            [0],
        )[0][0]
        assert iou == pytest.approx(theirs, abs=1e-12)
        assert dice == pytest.approx(2 * shared / (one.sum() + two.sum()), abs=1e-12)
    else:
        assert iou == dice == 1.0
    assert mask_sets.same_pixels(first, second) == (one == two).all()


@given(bitmaps())
def test_a_mask_equals_itself_in_any_box(image: Bits) -> None:
    mask = rle.mask_of(image, 4, 5)
    wide = rle.window(mask, 0, 0, 40, 40)
    assert mask_sets.same_pixels(mask, wide) and mask_sets.mask_iou(mask, wide) == 1.0
    assert mask_sets.same_pixels(rle_coco.mask_from_coco(rle_coco.coco_counts(wide, 40, 40), 40, 40), wide)


def test_what_lies_apart() -> None:
    a, b = Mask(0, 0, 2, 2, (0, 4)), Mask(2, 0, 2, 2, (0, 4))
    assert mask_sets.shared_pixels(a, b) == 0 and mask_sets.mask_intersection(a, b) == rle.EMPTY
    assert mask_sets.mask_union(a, b) == Mask(0, 0, 4, 2, (0, 8))
    assert mask_sets.mask_union(rle.EMPTY, Mask(0, 0, 2, 1, (1, 1))) == Mask(1, 0, 1, 1, (0, 1))
    assert mask_sets.mask_iou(rle.EMPTY, a) == 0.0
