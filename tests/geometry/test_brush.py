"""Label Studio's brush, beside the decoder and encoder of its own SDK."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from drawn import Bits, bitmaps
from hypothesis import given
from hypothesis import strategies as st
from label_studio_sdk.converter import brush as sdk
from numpy.typing import NDArray

from labelwright.geometry import brush, rle
from labelwright.geometry.shapes import Mask


@st.composite
def values(draw: st.DrawFn) -> NDArray[np.uint8]:
    """Runs of values, short and long."""
    runs = draw(st.lists(st.tuples(st.integers(0, 255), st.integers(1, 40)), min_size=1, max_size=30))
    if draw(st.booleans()):
        runs.append(
            (draw(st.integers(0, 255)), draw(st.sampled_from([256, 257, 65535, 65536, 65537, 140000])))
        )
    return np.repeat(np.array([v for v, _ in runs], dtype=np.uint8), [n for _, n in runs])


@given(values())
def test_the_same_bytes_as_the_sdk(flat: NDArray[np.uint8]) -> None:
    packed = brush.encode_brush(flat)
    assert packed == sdk.encode_rle(flat)
    assert (brush.decode_brush(packed) == flat).all()
    assert (brush.decode_brush(bytes(packed)) == flat).all()


def by_hand(blocks: list[tuple[int, int, list[int]]], sizes: tuple[int, ...], word: int) -> list[int]:
    """The notation as other writers use it: literal blocks of several values, other sizes."""
    count = sum(len(v) if not same else length for same, length, v in blocks)
    bits = f"{count:032b}{word - 1:05b}" + "".join(f"{s - 1:04b}" for s in sizes)
    for same, length, written in blocks:
        kind = next(k for k, s in enumerate(sizes) if length <= 2**s)
        bits += f"{same}{kind:02b}" + f"{length - 1:0{sizes[kind]}b}"
        bits += "".join(f"{v:0{word}b}" for v in written)
    bits += "0" * (-len(bits) % 8)
    return [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]


@st.composite
def blocks(draw: st.DrawFn) -> tuple[list[tuple[int, int, list[int]]], tuple[int, ...], int]:
    word = draw(st.integers(1, 8))
    sizes = (*sorted(draw(st.lists(st.integers(1, 9), min_size=3, max_size=3))), 16)
    value = st.integers(0, 2**word - 1)
    literal = st.lists(value, min_size=1, max_size=40).map(lambda v: (0, len(v), v))
    repeated = st.tuples(st.just(1), st.integers(1, 600), st.lists(value, min_size=1, max_size=1))
    return draw(st.lists(st.one_of(literal, repeated), min_size=1, max_size=25)), sizes, word


@given(blocks())
def test_what_other_writers_pack(
    drawn: tuple[list[tuple[int, int, list[int]]], tuple[int, ...], int],
) -> None:
    packed = by_hand(*drawn)
    wanted = [v for same, length, written in drawn[0] for v in (written * length if same else written)]
    assert brush.decode_brush(packed).tolist() == wanted
    assert sdk.decode_rle(packed).tolist() == wanted


@given(bitmaps(40), st.integers(0, 9), st.integers(0, 9))
def test_masks_both_ways(image: Bits, x: int, y: int) -> None:
    width, height = image.shape[1] + x + 3, image.shape[0] + y + 2
    mask = rle.mask_of(image, x, y)
    packed = brush.brush_of(mask, width, height)
    assert brush.mask_from_brush(packed, width, height) == (mask, 0)
    whole = rle.paste(mask, width, height)
    assert packed == sdk.mask2rle(whole.astype(np.uint8) * 255)
    seen = sdk.decode_rle(packed).reshape(height, width, 4)[:, :, 3]
    assert (seen == whole * 255).all()


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 2**32), st.integers(1, 255))
def test_soft_edges_are_counted(width: int, height: int, seed: int, threshold: int) -> None:
    source = np.random.default_rng(seed)
    image = source.integers(0, 256, (height, width, 4)).astype(np.uint8)
    image[:, :, 3] = source.choice([0, 0, 0, 255, 255, 7, 127, 128, 250], (height, width))
    alpha = image[:, :, 3]
    mask, soft = brush.mask_from_brush(brush.encode_brush(image), width, height, threshold)
    assert mask == rle.mask_of(alpha >= threshold)
    assert soft == ((alpha > 0) & (alpha < 255)).sum()


def test_a_stroke_as_the_page_drew_it() -> None:
    drawn = json.loads((Path(__file__).parent / "data" / "brush_stroke.json").read_text(encoding="utf-8"))
    width, height = drawn["original_width"], drawn["original_height"]
    alpha = sdk.decode_rle(drawn["rle"]).reshape(height, width, 4)[:, :, 3]
    mask, soft = brush.mask_from_brush(drawn["rle"], width, height)
    assert mask == rle.mask_of(alpha >= 128)
    assert (rle.mask_area(mask), soft) == (230, 121)
    assert rle.mask_area(brush.mask_from_brush(drawn["rle"], width, height, 1)[0]) == (alpha > 0).sum()


def test_damage() -> None:
    packed = brush.brush_of(Mask(1, 1, 2, 2, (1, 3)), 4, 4)
    for wrong in (packed[:5], packed[:9], [300, *packed[1:]], [1.5, *packed], ["x"], [-1]):
        with pytest.raises(ValueError, match="brush"):
            brush.mask_from_brush(wrong, 4, 4)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="64 values, but 4 x 5 pixels have 80"):
        brush.mask_from_brush(packed, 4, 5)
    with pytest.raises(ValueError, match="past the end"):
        brush.decode_brush([0, 0, 0, 4, *packed[4:]])
    with pytest.raises(ValueError, match="outside an image"):
        brush.brush_of(Mask(1, 1, 2, 2, (1, 3)), 2, 2)


def test_wide_values_are_no_colour() -> None:
    with pytest.raises(ValueError, match="9 bits"):
        brush.decode_brush(by_hand([(1, 4, [300])], (3, 4, 8, 16), 9))


def test_an_empty_mask() -> None:
    assert brush.mask_from_brush(brush.brush_of(rle.EMPTY, 3, 2), 3, 2) == (rle.EMPTY, 0)
