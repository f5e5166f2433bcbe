"""``validate`` of whole data sets: every file, and what does not fit together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from shapesets import EXPORTS, drawing, png, shown, written

from labelwright.cli.main import run
from labelwright.geometry.shapes import Box
from labelwright.problems import Problems
from labelwright.quality.validate import validate_folder
from labelwright.records import Shape
from labelwright.registry import formats

RECORDED = Path(__file__).parent / "recorded"


def found(name: str, path: Path) -> dict[str, int]:
    problems, form = Problems(), formats()[name]
    summary = validate_folder(str(path), form, problems)  # type: ignore[arg-type]
    assert (summary.name, summary.errors) == (name, problems.errors)
    return problems.counts


def dataset(folder: Path) -> Path:
    held = [shown(f"{n}.png", [Shape(Box(10, 10, 20, 30), "car")]) for n in "abc"]
    written("yolo", folder, {"train": held[:2], "validation": held[2:]}, drawing())
    return folder


def test_a_sound_data_set_is_valid(tmp_path: Path) -> None:
    assert found("yolo", dataset(tmp_path)) == {}
    assert run(["validate", str(tmp_path), "--as", "yolo"]) == 0
    assert run(["validate", str(tmp_path / "data.yaml"), "--as", "yolo"]) == 0  # a file alone, as before


def test_every_file_of_yolo_is_checked_against_the_others(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "set")
    (folder / "labels/train/a.txt").write_text("0 0.5 0.5 0.1 0.1\n2 0.5 0.5 0.1 0.1\n")
    (folder / "labels/train/b.txt").unlink()
    (folder / "images/val/c.png").unlink()
    (folder / "train.txt").write_text("./images/train/a.png\n./images/train/b.png\n./images/train/gone.png\n")
    codes = {
        "yolo.class-range": 1,
        "yolo.labels-missing": 1,
        "dataset.image-missing": 1,
        "yolo.image-missing": 1,
    }
    assert found("yolo", folder) == codes
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    assert found("yolo", Path(packed)) == codes
    assert run(["validate", str(folder), "--as", "yolo"]) == 1
    assert run(["validate", packed, "--as", "yolo"]) == 1


def test_a_data_set_of_another_task_is_told(tmp_path: Path) -> None:
    assert found("yolo-obb", dataset(tmp_path)) == {"yolo.other-task": 1}


def test_data_yaml_belongs_to_it(tmp_path: Path) -> None:
    folder = dataset(tmp_path)
    text = (folder / "data.yaml").read_text()
    (folder / "data.yaml").write_text(text.replace("val: val.txt\n", ""))
    assert found("yolo", folder)["yolo.no-split"] == 1


def test_voc(tmp_path: Path) -> None:
    written("voc", tmp_path, {"train": [shown("a.png", [Shape(Box(1, 1, 5, 5), "car")])]}, drawing())
    assert found("voc", tmp_path) == {"voc.image-missing": 1}
    (tmp_path / "JPEGImages").mkdir()
    (tmp_path / "JPEGImages" / "a.png").write_bytes(png(160, 120))
    assert found("voc", tmp_path) == {}
    (tmp_path / "ImageSets/Main/train.txt").write_text("a\nb\n")
    (tmp_path / "Annotations" / "c.xml").write_text("<annotation><object></annotation>")
    assert found("voc", tmp_path)["voc.annotation-missing"] == 1
    assert run(["validate", str(tmp_path), "--as", "voc"]) == 1


def test_mot(tmp_path: Path) -> None:
    for name, row in (("one", "1,1,1,1,5,5,1,1,1\n"), ("two", "1,1,1,1,5,5,1,2,1\n")):
        (tmp_path / name / "gt").mkdir(parents=True)
        (tmp_path / name / "gt" / "gt.txt").write_text(row)
        (tmp_path / name / "gt" / "labels.txt").write_text("car\n")
    assert found("mot", tmp_path) == {"mot.class-range": 1}


def test_imagefolder(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    rows = [{"file_name": "a.png"}, {"file_name": "b.png"}]
    (tmp_path / "train" / "metadata.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    (tmp_path / "train" / "a.png").write_bytes(png(4, 4))
    assert found("imagefolder", tmp_path) == {"imagefolder.image-missing": 1}
    (tmp_path / "train" / "b.png").write_bytes(png(4, 4))
    assert found("imagefolder", tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("coco", RECORDED / "project__COCO_1.0.zip"),
        ("datumaro", RECORDED / "project__Datumaro_1.0.zip"),
        ("yolo", EXPORTS / "task1__YOLO_1.1.zip"),
        ("mot", EXPORTS / "task1__MOT_1.1.zip"),
    ],
)
def test_cvats_exports_are_checked_whole(name: str, path: Path) -> None:
    problems: dict[str, Any] = found(name, path)
    assert not any(code.endswith("not-a-data-set") for code in problems)
    assert run(["validate", str(path), "--as", name]) == 0


@pytest.mark.parametrize("name", ["yolo", "yolo-pose", "coco", "datumaro", "voc", "mot", "imagefolder"])
def test_a_folder_of_nothing_is_no_data_set(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"x")
    (code,) = found(name, tmp_path)
    assert code.split(".")[0] == name.partition("-")[0]
    assert run(["validate", str(tmp_path), "--as", name]) == 1


def test_a_format_of_one_file_takes_no_folder(tmp_path: Path) -> None:
    assert run(["validate", str(tmp_path), "--as", "csv"]) == 2
