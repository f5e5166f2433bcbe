"""CPU of decoding Label Studio's brush, beside its own SDK on the same masks."""

from __future__ import annotations

import statistics

import measuring
import pytest

MASKS = 50
LEAST = 5.0

# The same for both: blobs of several strokes in photographs, every second with the page's soft edge.
DATA = """
import json, sys, time
import numpy as np
from label_studio_sdk.converter import brush as sdk
def masks(count):
    rng = np.random.default_rng(1)
    for number in range(count):
        height, width = ((480, 640), (720, 1280), (768, 1024))[number % 3]
        y, x = np.mgrid[:height, :width].astype(np.float32)
        alpha = np.zeros((height, width), dtype=np.float32)
        for _ in range(rng.integers(1, 5)):
            cx, cy = rng.uniform(0, width), rng.uniform(0, height)
            radius = rng.uniform(10, 120)
            ragged = radius * (1 + 0.1 * np.sin(np.arctan2(y - cy, x - cx) * rng.integers(3, 12)))
            edge = ragged - np.hypot(x - cx, (y - cy) * rng.uniform(0.7, 1.4))
            alpha = np.maximum(alpha, np.clip(edge + 0.5, 0, 1) if number % 2 else edge > 0)
        values = np.repeat(np.rint(alpha * 255).astype(np.uint8).ravel(), 4)
        yield sdk.encode_rle(values), width, height
def timed(decode, area, count):
    made = list(masks(count))
    decode(*made[0])  # imports are done before
    spent, seen = 0.0, []
    for mask in made:
        began = time.process_time()
        found = decode(*mask)
        spent += time.process_time() - began
        seen.append(int(area(found)))
    print(json.dumps([spent, sum(len(rle) for rle, _, _ in made), seen]))
def alpha(values):
    return (values[3::4] >= 128).sum()
"""
OURS = """
from labelwright.geometry import brush
timed(lambda rle, w, h: brush.decode_brush(rle), alpha, int(sys.argv[1]))
"""
STRAIGHT = """
from labelwright.geometry import brush
from labelwright.geometry.rle import mask_area
timed(lambda rle, w, h: brush.mask_from_brush(rle, w, h)[0], mask_area, int(sys.argv[1]))
"""
THEIRS = """
timed(lambda rle, w, h: sdk.decode_rle(rle), alpha, int(sys.argv[1]))
"""


@pytest.mark.benchmark
def test_brushes_are_decoded_five_times_faster() -> None:
    """The same values, and straight to a mask as readers do it."""
    rounds = [
        [measuring.printed(measuring.python(DATA + code, str(MASKS))) for code in (OURS, STRAIGHT, THEIRS)]
        for _ in range(measuring.ROUNDS)
    ]
    for values, straight, theirs in rounds:
        assert values[2] == straight[2] == theirs[2]
    factors = [statistics.median(r[2][0] / r[which][0] for r in rounds) for which in (0, 1)]
    print(f"\n{MASKS} masks of a brush, {rounds[0][0][1]:,} bytes: values {factors[0]:.1f} times faster than")
    print(f"label-studio-sdk, straight to a mask {factors[1]:.1f} times faster")
    assert min(factors) >= LEAST
