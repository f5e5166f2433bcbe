"""Objects that cannot be read never turn into examples that say they are not there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelwright.registry import template_folders

FOLDER = template_folders()["defect-detection"]
Change = Callable[[dict[str, Any]], None]


def empty(result: dict[str, Any]) -> None:
    result["value"]["width"] = 0


def backwards(result: dict[str, Any]) -> None:
    result["value"]["width"] = -10


def renamed(result: dict[str, Any]) -> None:
    result["value"]["rectanglelabels"] = ["NEVER HEARD OF"]


def unreadable(result: dict[str, Any]) -> None:
    result["value"]["x"] = "left"


def sizeless(result: dict[str, Any]) -> None:
    del result["original_width"]


def outcome(labelwright: Any, tmp_path: Path, tasks: list[Any], *more: str) -> tuple[Any, list[Any]]:
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    out = tmp_path / "train.jsonl"
    ran = labelwright(
        "convert", export, "-t", "defect-detection", "--to", "ionos", "-o", out, "--media", FOLDER / "media",
        "--label-config", FOLDER / "label_studio.xml", "--no-gate", "--resamples", 0, "--force", *more,
    )  # fmt: skip
    return ran, out.read_text().splitlines() if out.exists() else []


@pytest.mark.parametrize("change", [empty, backwards, renamed, unreadable, sizeless])
@pytest.mark.parametrize("alone", [False, True])
def test_a_shape_that_cannot_be_read_costs_the_example(
    labelwright: Any, tmp_path: Path, change: Change, alone: bool
) -> None:
    tasks = json.loads((FOLDER / "export.json").read_bytes())
    whole, rows = outcome(labelwright, tmp_path, tasks)
    assert whole.code == 0, whole.err
    tasks[0]["data"] = {k: v for k, v in tasks[0]["data"].items() if k not in ("width", "height")}
    for annotation in tasks[0]["annotations"]:
        annotation["result"] = annotation["result"][: 1 if alone else None]
    change(tasks[0]["annotations"][0]["result"][0])
    for more in ((), ("--allow-loss",)):
        ran, left = outcome(labelwright, tmp_path, tasks, *more)
        assert ran.code == 1
        assert len(left) == len(rows) - 1, left
        assert set(left) <= set(rows)
        assert "render.objects-set-aside" in ran.err


def test_only_whose_answer_counts_is_asked(labelwright: Any, tmp_path: Path) -> None:
    """An item that a reference decides is not held up by what another annotator drew."""
    tasks = json.loads((FOLDER / "export.json").read_bytes())
    empty(tasks[0]["annotations"][0]["result"][0])
    tasks[0]["annotations"][1]["ground_truth"] = True
    ran, rows = outcome(labelwright, tmp_path, tasks, "--train-on-gold")
    assert "render.objects-set-aside" not in ran.err
    assert len(rows) == len(tasks)


def test_a_shape_of_cvat_that_cannot_be_read_costs_the_example(labelwright: Any, tmp_path: Path) -> None:
    def image(number: int, xtl: str) -> str:
        box = f'<box label="SCRATCH" occluded="0" xtl="{xtl}" ytl="2" xbr="30" ybr="40" z_order="0"/>'
        return f'<image id="{number}" name="{number}.png" width="320" height="240">{box}</image>'

    export = tmp_path / "annotations.xml"
    images = image(0, "nan") + image(1, "1")
    export.write_text(f"<annotations><version>1.1</version>{images}</annotations>")
    shown = next((FOLDER / "media").glob("*.png"))
    for number in range(2):
        shutil.copy(shown, tmp_path / f"{number}.png")
    out = tmp_path / "train.jsonl"
    ran = labelwright(
        "convert", export, "-t", "defect-detection", "--to", "ionos", "-o", out, "--no-gate",
        "--boxes", "box_2d", "--media", tmp_path, "--resamples", 0,
    )  # fmt: skip
    assert ran.code == 1
    assert len(out.read_text().splitlines()) == 1, ran.err
    assert "render.objects-set-aside" in ran.err
