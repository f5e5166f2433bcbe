"""CPU of matching two annotators' boxes, beside loops that assign them image by image.

All start from the same coordinates in memory and find the same matches and the same sum of IoU:

- ``loop``: IoU pair by pair, then scipy's Hungarian method, image by image;
- ``numpy loop``: the same with the IoU of an image's boxes in numpy;
- ``ours``: all images of a lot at once, Hungarian only for what is not certain;
- ``engine``: everything that agreement does with the answers of people (shapes are made of the coordinates
  before the clock starts): packed state, contested items, every measure, labels, pairs and people,
  without bootstrap; ``bootstrap``: the same result with a thousand resamples, after that.
"""

from __future__ import annotations

import os
import statistics

import measuring
import pytest

IMAGES = int(os.environ.get("LABELWRIGHT_BENCHMARK_IMAGES", "50000"))
LEAST = 10.0

# Ten boxes an image; the other annotator draws nine of ten some pixels off, in another order.
DATA = """
import json, sys, time
import numpy as np
SIZE = np.array([1920.0, 1080.0])
def boxes(rng, shape):
    size = rng.uniform(8, (400, 300), (*shape, 2))
    return np.concatenate([rng.uniform(0, SIZE - size), size], axis=-1)
def scenes(images, each=10):
    rng = np.random.default_rng(1)
    left = boxes(rng, (images, each))
    right = left + rng.normal(0, 3, left.shape)
    right[..., 2:] = np.maximum(right[..., 2:], 2)
    other = rng.random((images, each)) < 0.1
    right[other] = boxes(rng, (images, each))[other]
    order = rng.permuted(np.tile(np.arange(each), (images, 1)), axis=1)
    return left, np.take_along_axis(right, order[..., None], 1)
def timed(match):
    left, right = scenes(int(sys.argv[1]))
    match(left[:50], right[:50])
    began = time.process_time()
    pairs, total = match(left, right)
    print(json.dumps([int(pairs), float(total), time.process_time() - began]))
"""
LOOP = (
    DATA
    + """
from scipy.optimize import linear_sum_assignment
def iou(a, b):
    ax, ay, aw, ah = a
    bx, by, bw, bh = b
    across = min(ax + aw, bx + bw) - max(ax, bx)
    down = min(ay + ah, by + bh) - max(ay, by)
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / (aw * ah + bw * bh - across * down)
def match(left, right):
    pairs = total = 0
    for own, others in zip(left.tolist(), right.tolist()):
        like = np.array([[iou(a, b) for b in others] for a in own])
        found = like[linear_sum_assignment(like, maximize=True)]
        found = found[found >= 0.5]
        pairs, total = pairs + len(found), total + found.sum()
    return pairs, total
timed(match)
"""
)
NUMPY = (
    DATA
    + """
from scipy.optimize import linear_sum_assignment
def match(left, right):
    pairs = total = 0
    for a, b in zip(left, right):
        low = np.maximum(a[:, None, :2], b[None, :, :2])
        high = np.minimum((a[:, :2] + a[:, 2:])[:, None], (b[:, :2] + b[:, 2:])[None])
        shared = np.prod(np.maximum(high - low, 0), axis=-1)
        like = shared / (np.prod(a[:, 2:], axis=1)[:, None] + np.prod(b[:, 2:], axis=1)[None] - shared)
        found = like[linear_sum_assignment(like, maximize=True)]
        found = found[found >= 0.5]
        pairs, total = pairs + len(found), total + found.sum()
    return pairs, total
timed(match)
"""
)
OURS = (
    DATA
    + """
from labelwright.agreement.boxes import matches
LOT = 2048
def match(left, right):
    pairs = total = 0
    for first in range(0, len(left), LOT):
        both = np.concatenate([left[first : first + LOT], right[first : first + LOT]], axis=1)
        x, y, w, h = both.reshape(-1, 4).T
        sizes = np.full((len(both), 2), left.shape[1])
        found = matches(np.stack([x, y, x + w, y + h]), sizes).iou
        found = found[found >= 0.5]
        pairs, total = pairs + len(found), total + found.sum()
    return pairs, total
timed(match)
"""
)
ENGINE = (
    DATA
    + """
from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Control
from labelwright.geometry.shapes import Box
from labelwright.records import Kind, Shape
left, right = scenes(int(sys.argv[1]))
LABELS = "ABCDE"
def shapes(boxes):
    return [tuple(Shape(Box(*b), LABELS[int(b[2]) % 5]) for b in own) for own in boxes.tolist()]
drawn = list(zip(shapes(left), shapes(right)))
def everything(some):
    state = AgreementState({"c": Control(Kind.SHAPES, shapes=["box"])})
    for at, (a, b) in enumerate(some):
        state.add(str(at), ["a", "b"], [{"c": a}, {"c": b}])
    return state, state.result(resamples=0).controls["c"]
everything(drawn[:50])
began = time.process_time()
state, found = everything(drawn)
once = time.process_time() - began
began = time.process_time()
state.result(resamples=1000)
pairs = round(found.measures["shape_f1_place"].value * len(drawn) * 10)
total = found.measures["mean_iou"].value * pairs
print(json.dumps([pairs, total, once, time.process_time() - began]))
"""
)


@pytest.mark.benchmark
def test_boxes_are_matched_ten_times_faster_than_image_by_image() -> None:
    codes = {"loop": LOOP, "numpy loop": NUMPY, "ours": OURS, "engine": ENGINE}
    rounds = [
        {name: measuring.printed(measuring.python(code, str(IMAGES))) for name, code in codes.items()}
        for _ in range(measuring.ROUNDS)
    ]
    for one in rounds:
        for found in one.values():
            assert found[0] == one["loop"][0] > IMAGES * 8
            assert found[1] == pytest.approx(one["loop"][1], rel=1e-9)
    print(f"\n{IMAGES:,} images x 2 annotators x 10 boxes, CPU seconds (median of {len(rounds)})")
    for name in codes:
        times = statistics.median(one["loop"][2] / one[name][2] for one in rounds)
        print(f"  {name:<12} {statistics.median(one[name][2] for one in rounds):7.3f}   {times:5.1f} times")
    print(f"  bootstrap    {statistics.median(one['engine'][3] for one in rounds):7.3f}")
    assert statistics.median(one["loop"][2] / one["ours"][2] for one in rounds) >= LEAST
