"""What of a predictor's shapes CVAT's API is sent: what CVAT would refuse, or fail on later, is told."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cli_in_process import run
from cvat_double import Double
from cvat_double.server import TOKEN

MODEL = '''
from labelwright.contracts import Guess
from labelwright.geometry.shapes import Box, Joint, Mask, Polygon, Skeleton
from labelwright.records import Shape

class Odd:
    """On the first frame much that CVAT cannot hold, beside what it can."""

    inputs = ("image",)
    kinds = ("shapes", "choices")

    def __init__(self, asked):
        self.drawn, self.tags = asked.controls
        self.seen = 0

    def predict(self, batch):
        return [self.one(query) for query in batch]

    def one(self, query):
        if not query.item.key.item.endswith("/0"):
            return Guess({})
        width, height = query.size("image")
        person = Skeleton((Joint("head", 5, 6, attributes=(("hat", "yes"),)), Joint("tail", 9, 9)))
        line = ((0.0, 0.0), (9.0, 0.0))
        shapes = (
            Shape(Mask(width - 2, 0, 4, 1, (0, 4)), "blob", score=0.5),
            Shape(Mask(width + 2, 0, 4, 1, (0, 4)), "blob"),
            Shape(Polygon.of((*line, (9.0, 9.0))), "car"),
            Shape(Polygon.of(line), "road"),
            Shape(Polygon.of((*line, (9.0, 9.0))), "any thing"),
            Shape(person, "person"),
            Shape(Box(1, 2, 3, 4), "car", group="a", answers=(("color", "red"), ("doors", 4))),
            Shape(Box(5, 6, 7, 8, -10), "car", group="a", answers=(("doors", 40), ("size", "m"))),
        )
        return Guess({self.drawn: shapes, self.tags: ("weather",)})
'''


@pytest.fixture
def found(
    double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """What prelabel says, and what was stored of it in a job in which people had group 7."""
    (tmp_path / "odd.py").write_text(MODEL)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p))
    monkeypatch.setenv("CVAT_URL", double.url)
    monkeypatch.setenv("CVAT_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    held = double.state.annotations[1]
    for kind in ("shapes", "tags", "tracks"):
        held[kind] = []
    people = {"type": "rectangle", "label_id": 1, "frame": 1, "points": [1, 2, 30, 40], "group": 7}
    double.state.create(1, {"tags": [], "shapes": [people], "tracks": []})
    line = ("prelabel", "cvat", "job:1", "--predictor", "./odd.py:Odd", "--json")
    _, out, err = run(capsys, *line)
    assert out, err
    shapes = [s for s in held["shapes"] if s["source"] == "auto"]
    return json.loads(out), {"shapes": shapes, "tags": held["tags"]}


def test_what_cvat_would_refuse_is_told_and_the_rest_is_written(
    found: tuple[dict[str, Any], dict[str, list[Any]]],
) -> None:
    said, stored = found
    assert said["written"] == 1
    assert said["codes"] == {
        "predictor.value-misfits": 3,  # 40 doors, the line of no area, what lies outside of the image
        "cvat.suggestion-unfit": 1,  # the outline of a car, which is a rectangle
        "shape.clipped": 1,
        "shape.joint-attributes-lost": 1,
        "shape.joint-undeclared": 1,
    }
    kinds = Counter((one["label_id"], one["type"]) for one in stored["shapes"])
    assert kinds == {(5, "mask"): 1, (8, "polygon"): 1, (11, "skeleton"): 1, (1, "rectangle"): 2}
    assert [tag["label_id"] for tag in stored["tags"]] == [10]


def test_what_is_written_is_whole(found: tuple[dict[str, Any], dict[str, list[Any]]]) -> None:
    mask, _, person, first, second = found[1]["shapes"]
    assert mask["points"][-2] - mask["points"][-4] == 1 and mask["score"] == 0.5
    assert [(e["label_id"], e["points"], e["outside"]) for e in person["elements"]] == [
        (12, [5.0, 6.0], False),
        (13, [7.0, 7.5], True),
        (14, [7.0, 7.5], True),
    ]
    assert first["group"] == second["group"] == 8 and mask["group"] == 0
    said = [{a["spec_id"]: a["value"] for a in one["attributes"]} for one in (first, second)]
    assert said[0].items() >= {1: "red", 3: "4"}.items()
    assert said[1].items() >= {1: "__undefined__", 5: "m"}.items() and said[1].get(3) != "40"
    assert second["rotation"] == 350
