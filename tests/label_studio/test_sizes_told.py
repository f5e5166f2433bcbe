"""The size of an image that nobody drew on: Label Studio tells none, so that its task's data may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labelwright.contracts import Control, Input, Source, Template
from labelwright.problems import Problems
from labelwright.records import Kind
from labelwright.registry import tools

CONTROLS = {"boxes": Control(Kind.SHAPES, labels=["CAR"], shapes=["box"])}


@pytest.mark.parametrize(
    ("data", "meta", "inputs", "sizes"),
    [
        ({"width": 320, "height": 240}, {}, ["image"], {"image": (320, 240)}),
        ({}, {"width": 320, "height": 240}, ["image"], {"image": (320, 240)}),
        ({"width": 320}, {"height": 240}, ["image"], {}),  # half of a size is none
        ({"width": "wide", "height": -3}, {}, ["image"], {}),
        ({"width": 320, "height": 240}, {}, ["image", "second"], {}),  # nobody says of which
        ({}, {}, ["image"], {}),
    ],
)
def test_data_or_meta_tell_the_size_of_an_image_without_regions(
    data: dict[str, Any],
    meta: dict[str, Any],
    inputs: list[str],
    sizes: dict[str, tuple[int, int]],
    tmp_path: Path,
) -> None:
    annotation = {"id": 1, "completed_by": 1, "result": [], "was_cancelled": False, "ground_truth": False}
    shown = {name: f"{name}.png" for name in inputs}
    task = {"id": 7, "data": shown | data, "meta": meta, "annotations": [annotation], "project": 1}
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    template = Template("test", inputs={name: Input("image") for name in inputs}, controls=CONTROLS)
    (item,) = tools()["label-studio"].read(Source(str(path)), template, Problems())
    assert item.sizes == sizes


def test_what_is_drawn_says_the_size_itself(tmp_path: Path) -> None:
    value = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["CAR"]}
    drawn = {
        "id": "a", "from_name": "boxes", "to_name": "image", "type": "rectanglelabels", "value": value,
        "original_width": 640, "original_height": 480, "image_rotation": 0,
    }  # fmt: skip
    annotation = {"id": 1, "completed_by": 1, "result": [drawn], "was_cancelled": False}
    task = {"id": 7, "data": {"image": "a.png", "width": 320, "height": 240}, "annotations": [annotation]}
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    template = Template("test", inputs={"image": Input("image")}, controls=CONTROLS)
    (item,) = tools()["label-studio"].read(Source(str(path)), template, Problems())
    assert item.sizes == {"image": (640, 480)}
