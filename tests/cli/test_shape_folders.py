"""Data sets of images through the command line: both ways, all sides in one folder, losses refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from shapesets import EXPORTS, png

VOC = EXPORTS / "task1__PASCAL_VOC_1.1.zip"
YOLO = EXPORTS / "task1__YOLO_1.1.zip"


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_both_sides_of_a_split_are_one_folder(labelwright: Any, tmp_path: Path) -> None:
    out = tmp_path / "set"
    ran = labelwright("convert", YOLO, "--to", "yolo", "--split", "50/50", "--no-gate", "-o", out)
    assert ran.code == 0, ran.err
    files = names(out)
    said = yaml.safe_load((out / "data.yaml").read_text(encoding="utf-8"))
    assert (said["train"], said["val"], said["nc"]) == ("train.txt", "val.txt", 14)
    listed = {side: (out / f"{side}.txt").read_text().splitlines() for side in ("train", "val")}
    assert sorted(Path(n).name for held in listed.values() for n in held) == [
        f"img_00{n}.jpg" for n in range(6)
    ]
    labels = [f"labels/{s}/{Path(n).stem}.txt" for s, held in listed.items() for n in held]
    assert files == sorted([*labels, "data.yaml", "train.txt", "val.txt"])
    manifest = json.loads((tmp_path / "set.manifest.json").read_text())
    assert sorted(entry["name"] for entry in manifest["outputs"]) == sorted(f"set/{name}" for name in files)
    counts = [
        len((tmp_path / f"set{side}.provenance.jsonl").read_text().splitlines())
        for side in ("", ".validation")
    ]
    assert counts == [len(listed["train"]), len(listed["val"])] and sum(counts) == 6
    assert not (tmp_path / "set.validation").exists()


def test_what_a_former_run_left_goes(labelwright: Any, tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert labelwright("convert", YOLO, "--to", "yolo", "--split", "50/50", "--no-gate", "-o", out).code == 0
    assert labelwright("convert", YOLO, "--to", "yolo", "--no-gate", "-o", out).code == 2
    ran = labelwright("convert", YOLO, "--to", "yolo", "--no-gate", "--force", "-o", out)
    assert ran.code == 0, ran.err
    assert names(out) == ["data.yaml", *(f"labels/train/img_00{n}.txt" for n in range(6)), "train.txt"]


def test_a_loss_keeps_the_files_back(labelwright: Any, tmp_path: Path) -> None:
    out = tmp_path / "set"
    ran = labelwright("convert", VOC, "--to", "yolo", "--no-gate", "-o", out)
    assert ran.code == 1 and "shape.rotation-lost" in ran.err + ran.out
    assert not out.exists() or not names(out)
    assert labelwright("convert", VOC, "--to", "yolo", "--no-gate", "--allow-loss", "-o", out).code == 0
    # 29.5 x 29.75 at (30.5, 30.25) turned by 30 degrees: sides of w cos + h sin and w sin + h cos.
    second = (out / "labels/train/img_000.txt").read_text().splitlines()[1].split()
    assert [float(n) for n in second[1:]] == pytest.approx(
        [45.25 / 160, 45.125 / 120, 40.42275 / 160, 40.51425 / 120], abs=1e-6
    )


@pytest.mark.parametrize("target", ["yolo", "yolo-seg", "yolo-obb", "voc", "imagefolder"])
def test_boxes_go_out_and_come_back(labelwright: Any, tmp_path: Path, target: str) -> None:
    out, back = tmp_path / "set", tmp_path / "back.csv"
    assert labelwright("convert", YOLO, "--to", target, "--no-gate", "-o", out).code == 0
    for number in range(6):  # the images are put where the lists say
        path = out / "images" / "train" / f"img_00{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(160, 120))
    ran = labelwright("convert", out, "--to", "csv", "--no-gate", "-o", back)
    assert ran.code == 0, ran.err
    boxes = [line for line in back.read_text(encoding="utf-8-sig").splitlines() if ",objects," in line]
    assert len(boxes) == 4


def test_more_files_than_a_process_may_open(labelwright: Any, tmp_path: Path) -> None:
    import resource

    rows = [
        json.dumps({"file_name": f"{n}.png", "objects": {"bbox": [[1, 1, 5, 5]], "labels": ["a"]}})
        for n in range(400)
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(rows))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        ran = labelwright("convert", tmp_path / "metadata.jsonl", "--to", "voc", "--no-gate", "--allow-loss", "-o", tmp_path / "set")  # fmt: skip  # noqa: E501
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    # Without images nothing tells their sizes: the boxes are lost, the files are there all the same.
    assert ran.code in (0, 1), ran.err
    assert "shape.size-missing" in ran.err + ran.out
    assert len(names(tmp_path / "set" / "Annotations")) == 400
