"""Texts with places in images, decoded by supervision and the models' own programs: at most one step off."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.live.test_readers import read

from labelwright import registry
from labelwright.examples import Grounding, Pointed
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import Box
from labelwright.groundings.qwen2_5_vl import smart_resize
from labelwright.problems import NOWHERE, Problems

pytestmark = pytest.mark.live

GROUNDINGS = registry.groundings()
LABELS = ["scratch", "red car", "two dogs", "hot-spot", "Dent 3"]
SETTINGS = (28, 3136, 12845056)
# Florence-2's program cuts off the fraction of a pixel besides; so images are large enough for a step of two.
SIZES = [(2000, 2400), (4032, 3024), (2560, 2001)]
RESIZED = [(200, 100), (1920, 1080), (1, 1), (1, 200), (10_000, 10_000), (12_000, 60), (42, 70), (3584, 3584)]


def drawn(size: tuple[int, int], seed: int) -> Grounding:
    """Ten objects, some with two boxes, the corners of the image among them."""
    some = random.Random(seed)
    width, height = size

    def box() -> Box:
        x, y = some.uniform(0, width * 0.8), some.uniform(0, height * 0.8)
        return Box(x, y, some.uniform(width * 0.07, width - x), some.uniform(height * 0.07, height - y))

    things = [Pointed(some.choice(LABELS), (box(),) if n % 3 else (box(), box())) for n in range(10)]
    return Grounding((Pointed("all of it", (Box(0, 0, width, height),)), *things), size)


def captioned(size: tuple[int, int], seed: int) -> Grounding:
    """Every label once in a caption, with the boxes of ``drawn``."""
    shapes = [thing.shapes for thing in drawn(size, seed).objects]
    caption, things = "There is ", []
    for label, held in zip(LABELS, shapes, strict=False):
        things.append(Pointed(label, held, len(caption), len(caption) + len(label)))
        caption += f"{label} near "
    return Grounding(tuple(things), size, caption + "a wall.")


MADE = [make(size, seed) for seed, size in enumerate(SIZES) for make in (drawn, captioned)]
# supervision takes no words before the list of a JSON notation of Gemini.
LISTS_ALONE = {"box_2d", "gemini"}
ASKED = [(name, made) for name in GROUNDINGS for made in MADE if not (made.caption and name in LISTS_ALONE)]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the readers found in every text, and the sizes of Qwen's own program."""
    path = tmp_path_factory.mktemp("groundings") / "texts.json"
    texts = []
    for name, made in ASKED:
        text = GROUNDINGS[name].write(made, NOWHERE, Problems())
        texts.append({"notation": name, "text": text, "size": made.size})
        if name == "qwen2.5-vl":
            texts[-1]["input_size"] = smart_resize(made.size, *SETTINGS)
    path.write_text(json.dumps({"texts": texts, "sizes": [(*size, *SETTINGS) for size in RESIZED]}))
    return read("vision", "read_groundings.py", path)


def places(made: Grounding, points: bool) -> list[list[Any]]:
    """What a reader should find: label and x1, y1, x2, y2, or the centre."""
    found: list[list[Any]] = []
    for thing in made.objects:
        for shape in thing.shapes:
            x1, y1, x2, y2 = extent(shape)
            found.append([thing.label, *([(x1 + x2) / 2, (y1 + y2) / 2] if points else [x1, y1, x2, y2])])
    return found


@pytest.mark.parametrize("at", range(len(ASKED)), ids=lambda n: f"{ASKED[n][0]}-{n}")
def test_every_place_is_found_within_a_step(at: int, opened: Any) -> None:
    name, made = ASKED[at]
    across, down = GROUNDINGS[name].quantum(made.size)
    found = opened["texts"][at]
    wanted = places(made, name == "molmo")
    assert len(found) == len(wanted)
    for label, *corners in wanted:  # each is taken by the nearest of its label, whatever the order
        same = [row for row in found if row[0] == label]
        row = min(same, key=lambda r: sum(abs(a - b) for a, b in zip(r[1:], corners, strict=True)))
        found.remove(row)
        for n, (a, b) in enumerate(zip(row[1:], corners, strict=True)):
            assert abs(a - b) <= (down if n % 2 else across) * (1 + 1e-5), (row, label, corners)


def test_every_notation_is_decoded() -> None:
    assert {name for name, _ in ASKED} == set(GROUNDINGS)


def test_images_are_resized_as_qwen_does(opened: Any) -> None:
    assert opened["sizes"] == [list(smart_resize(size, *SETTINGS)) for size in RESIZED]
