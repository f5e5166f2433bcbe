"""Masks and the run lengths of three tools, bit for bit."""

from __future__ import annotations

import re

import numpy as np
import pytest
from drawn import Bits, bitmaps
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from labelwright.geometry import rle, rle_coco, rle_cvat
from labelwright.geometry.shapes import Mask

OFFSETS = st.integers(-30, 30)


def test_a_mask_in_plain_numbers() -> None:
    image = np.array([[0, 1, 1], [1, 1, 0]])
    assert rle.mask_of(image, crop=False) == Mask(0, 0, 3, 2, (1, 4, 1))
    assert rle.mask_of(np.ones((2, 2))) == Mask(0, 0, 2, 2, (0, 4))
    assert rle.mask_of(np.zeros((2, 2))) == Mask(0, 0, 0, 0, ())
    assert rle.mask_of(np.zeros((2, 2)), crop=False) == Mask(0, 0, 2, 2, (4,))
    assert rle.mask_of(np.pad(image, 3), x=10, y=20) == Mask(13, 23, 3, 2, (1, 4, 1))


@given(bitmaps(), OFFSETS, OFFSETS)
def test_array_to_mask_and_back(image: Bits, x: int, y: int) -> None:
    whole = rle.mask_of(image, x, y, crop=False)
    assert (rle.array_of(whole) == image).all()
    assert rle.mask_area(whole) == image.sum()
    small = rle.tight(whole)
    assert small == rle.mask_of(image, x, y)
    assert (rle.array_of(rle.window(small, x, y, image.shape[1], image.shape[0])) == image).all()
    if image.any():
        rows, columns = np.nonzero(image)
        box = (columns.min() + x, rows.min() + y, columns.max() + x + 1, rows.max() + y + 1)
        assert (small.x, small.y, small.x + small.width, small.y + small.height) == box


@given(bitmaps(), OFFSETS, OFFSETS, st.integers(1, 40), st.integers(1, 40))
def test_pasting_cuts_at_the_images_edge(image: Bits, x: int, y: int, width: int, height: int) -> None:
    wide = np.zeros((200, 200), dtype=bool)
    wide[80 + y : 80 + y + image.shape[0], 80 + x : 80 + x + image.shape[1]] = image
    wanted = wide[80 : 80 + height, 80 : 80 + width]
    mask = rle.mask_of(image, x, y)
    assert (rle.paste(mask, width, height) == wanted).all()
    assert rle.mask_area(rle.clip_mask(mask, width, height)) == wanted.sum()
    assert (rle.array_of(rle.window(mask, 0, 0, width, height)) == wanted).all()


@given(bitmaps(), OFFSETS, OFFSETS)
def test_cvat_both_ways(image: Bits, x: int, y: int) -> None:
    mask = rle.mask_of(image, x, y, crop=False)
    points = rle_cvat.cvat_points(mask)
    assert rle_cvat.mask_from_cvat_points([float(p) for p in points]) == mask
    text = rle_cvat.cvat_xml(mask)
    assert rle_cvat.mask_from_cvat_xml(text, mask.x, mask.y, mask.width, mask.height) == mask
    assert rle_cvat.cvat_xml(rle_cvat.mask_from_cvat_xml(text, x, y, mask.width, mask.height)) == text


def test_cvat_as_it_was_recorded() -> None:
    # A 4 x 3 box at (70, 60): right and bottom are the last pixels inside.
    mask = rle_cvat.mask_from_cvat_points([1.0, 2.0, 1.0, 4.0, 4.0, 70.0, 60.0, 73.0, 62.0])
    assert mask == Mask(70, 60, 4, 3, (1, 2, 1, 4, 4))
    assert rle_cvat.mask_from_cvat_xml("1, 2, 1, 4, 4", 70, 60, 4, 3) == mask
    assert rle_cvat.mask_from_cvat_xml("1,2,0,0,1,4,4", 70, 60, 4, 3) == mask, "runs of nothing"


def test_zeros_between_runs() -> None:
    assert rle.normal_counts([0, 0, 3, 2]) == (3, 2)
    assert rle.normal_counts([3, 0, 2]) == (5,)
    assert rle.normal_counts([0, 2, 0, 3, 4]) == (0, 5, 4)
    assert rle.normal_counts([2, 3, 0]) == (2, 3)
    assert rle.normal_counts([]) == ()


def pycoco(image: Bits) -> tuple[str, list[int]]:
    found = coco.encode(np.asfortranarray(image.astype(np.uint8)))
    flat = np.concatenate([[0], image.T.ravel(), [0]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(flat))
    counts = np.diff(np.concatenate([[0], edges, [image.size]])).tolist()
    return found["counts"].decode(), counts[:-1] if counts[-1] == 0 and len(counts) > 1 else counts


@given(bitmaps(60))
def test_coco_as_pycocotools(image: Bits) -> None:
    height, width = image.shape
    text, counts = pycoco(image)
    mask = rle.mask_of(image)
    assert rle_coco.coco_string(mask, width, height) == text
    assert rle_coco.coco_counts(mask, width, height) == counts
    assert rle_coco.mask_from_coco_string(text, width, height) == mask
    assert rle_coco.mask_from_coco(counts, width, height) == mask
    theirs = {"size": [height, width], "counts": text}
    assert rle.mask_area(mask) == coco.area(theirs)
    assert rle_coco.coco_box(mask) == tuple(coco.toBbox(theirs))


@given(st.lists(st.integers(0, 10**6), max_size=12))
def test_compressed_numbers_both_ways(counts: list[int]) -> None:
    assert rle_coco.decode_counts(rle_coco.encode_counts(counts)) == counts
    assert rle_coco.decode_counts(rle_coco.encode_counts(counts).encode()) == counts


@given(bitmaps(), st.integers(0, 20), st.integers(0, 20))
def test_three_tools_into_each_other(image: Bits, x: int, y: int) -> None:
    mask = rle.mask_of(image, x, y)
    if not mask.counts:
        return
    there = rle_cvat.mask_from_cvat_points(rle_cvat.cvat_points(mask))
    there = rle_coco.mask_from_coco_string(rle_coco.coco_string(there, 50, 50), 50, 50)
    assert there == mask


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([1, 2, 3, 0, 0, 3, 0], "add up to 6"),
        ([1.5, 2.5, 0, 0, 3, 0], "whole numbers"),
        ([float("nan"), 2, 0, 0, 3, 0], "whole numbers"),
        ([float("inf"), 2, 0, 0, 3, 0], "whole numbers"),
        (["a", 2, 0, 0, 3, 0], "whole numbers"),
        ([-1, 5, 0, 0, 3, 0], "negative"),
        ([4, 3, 0, 0, 0], "box is -2 x 1"),
        ([0, 0, 3, 0], "at least five"),
        ([10**13, 0, 0, 10**13 - 1, 0], "box is"),
    ],
)
def test_damaged_cvat_masks(points: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        rle_cvat.mask_from_cvat_points(points)


def test_damaged_cvat_text() -> None:
    for text in ("1, x", "1 2", "1.5"):
        with pytest.raises(ValueError, match="between commas"):
            rle_cvat.mask_from_cvat_xml(text, 0, 0, 2, 2)
    with pytest.raises(ValueError, match="add up to 3"):
        rle_cvat.mask_from_cvat_xml("1, 2", 0, 0, 2, 2)
    with pytest.raises(ValueError, match="no points"):
        rle_cvat.cvat_points(rle.EMPTY)


@pytest.mark.parametrize(
    ("text", "said"), [("0!", "cannot be part"), ("P", "cut short"), ("O", "negative"), ("ä", "ASCII")]
)
def test_damaged_coco_strings(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rle_coco.decode_counts(text)


def test_coco_of_the_wrong_size() -> None:
    with pytest.raises(ValueError, match="add up to 12 pixels, but the mask's box is"):
        rle_coco.mask_from_coco([3, 9], 5, 4)
    with pytest.raises(ValueError, match="outside an image of 3 x 3"):
        rle_coco.coco_counts(Mask(2, 2, 2, 1, (0, 2)), 3, 3)
    assert rle_coco.coco_counts(Mask(2, 2, 2, 1, (0, 1, 1)), 3, 3) == [8, 1]
    assert rle_coco.mask_from_coco([9], 3, 3) == rle.EMPTY
    assert rle_coco.coco_string(rle.EMPTY, 3, 3) == rle_coco.encode_counts([9])
