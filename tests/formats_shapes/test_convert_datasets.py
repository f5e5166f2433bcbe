"""Data sets through the whole program: read without a template, counted, written, validated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shaped as sh

from labelwright.cli.main import run

RECORDED = Path(__file__).parent / "recorded"


@pytest.mark.parametrize("target", ["coco", "datumaro"])
@pytest.mark.parametrize(
    ("name", "objects"), [("task1__COCO_1.0", 9), ("project__COCO_1.0", 42), ("video__Datumaro_1.0", 50)]
)
def test_a_data_set_is_converted_with_an_account_of_its_objects(
    name: str, objects: int, target: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    arguments = ["convert", str(RECORDED / f"{name}.zip"), "--to", target, "-o", str(out), "--no-gate"]
    assert run([*arguments, "--allow-loss"]) == 0
    report = json.loads((tmp_path / "out.report.json").read_text())
    for leg in ("read", "write"):
        assert (report["objects"][leg]["taken"], report["objects"][leg]["given"]) == (objects, objects)
    assert run(["validate", str(out), "--as", target]) == 0
    items, problems, _ = sh.read(target, out, None)
    assert sum(len(sh.shapes_of(item)) for item in items) == objects
    assert problems.counts == {}


def test_a_lost_shape_needs_leave(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    source = RECORDED / "task1__Datumaro_1.0.zip"
    arguments = ["convert", str(source), "--to", "coco", "-o", str(out), "--no-gate"]
    assert run(arguments) == 1
    assert not out.exists()
    assert run([*arguments, "--allow-loss", "--force"]) == 0
    report = json.loads((tmp_path / "out.report.json").read_text())
    lost = {"shape.points-left-out": 1, "shape.polyline-left-out": 1}
    assert report["objects"]["write"] == {"taken": 14, "given": 12, "lost": lost}


def test_a_folder_of_datumaro_keeps_the_subsets(tmp_path: Path) -> None:
    out = tmp_path / "data"
    source = RECORDED / "project__Datumaro_1.0.zip"
    assert run(["convert", str(source), "--to", "datumaro", "-o", str(out), "--no-gate"]) == 0
    names = sorted(path.name for path in (out / "annotations").iterdir())
    assert names == ["default.json", "train.json", "val.json"]
