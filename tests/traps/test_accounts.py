"""Objects in are objects out and lost ones, of every recorded export to every target; losing needs leave."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from small_exports import (
    Convert,
    cvat_export,
    cvat_image,
    ls_config,
    ls_export,
    ls_result,
    ls_task,
    put_images,
)

TESTS = Path(__file__).parents[1]
CVAT, FILES = TESTS / "cvat" / "recordings", TESTS / "formats_shapes" / "recorded"
GOLDEN, LABEL_STUDIO = TESTS / "golden" / "cvat_exports", TESTS / "label_studio" / "recorded"
TARGETS = [
    "coco", "yolo", "yolo-seg", "yolo-pose", "yolo-obb", "voc",
    "cvat", "datumaro", "csv", "imagefolder", "mot", "label-studio",
]  # fmt: skip
LOSS = "--allow-loss"
# Objects as the files themselves list them: shapes and tracks; the XML of CVAT has tags besides.
EXPORTS = {
    CVAT / "task1_images.xml": 16,
    CVAT / "project_images.xml": 70,
    CVAT / "job_images.xml": 15,
    CVAT / "video_images.xml": 51,
    CVAT / "video_video.xml": 4,
    CVAT / "task1_video.xml": 15,
    CVAT / "job_video.xml": 14,
    CVAT / "project_video.xml": 22,
    FILES / "task1__COCO_1.0.zip": 9,
    FILES / "project__Datumaro_1.0.zip": 67,
    GOLDEN / "task1__YOLO_1.1.zip": 4,
    GOLDEN / "task1__Ultralytics_YOLO_Segmentation_1.0.zip": 5,
    GOLDEN / "task1__PASCAL_VOC_1.1.zip": 5,
    GOLDEN / "task1__MOT_1.1.zip": 5,
    LABEL_STUDIO / "bbox.json": 17,
    LABEL_STUDIO / "polygon.json": 14,
    LABEL_STUDIO / "brush.json": 7,
    LABEL_STUDIO / "keypoint.json": 14,
    LABEL_STUDIO / "ocr.json": 6,
}


def source(path: Path) -> Path | tuple[Path, ...]:
    return (path, path.with_suffix(".xml")) if path.parent == LABEL_STUDIO else path


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("export", EXPORTS, ids=lambda path: path.name)
def test_every_object_is_written_or_lost_by_code(
    export: Path, target: str, convert: Convert, refused: Any
) -> None:
    if refused(export, target):
        _, report = convert(source(export), target, LOSS, code=2)
        assert "holds no answers of the kinds" in report["problems"][0]["message"]
        return
    _, report = convert(source(export), target, LOSS, code=None)
    legs = report["objects"]
    assert legs["read"]["taken"] == EXPORTS[export] == legs["read"]["given"]
    assert legs["write"]["taken"] == legs["write"]["given"] + sum(legs["write"]["lost"].values())
    assert "objects.unaccounted" not in report["problem_counts"]
    for leg in legs.values():
        assert all(report["problem_counts"][code] >= count for code, count in leg["lost"].items())


@pytest.fixture
def refused() -> Any:
    """Whether a target takes no such export at all: image folders hold no tracks, MOT nothing but tracks."""

    def holds_no(export: Path, target: str) -> bool:
        tracks = "_video" in export.name or "MOT" in export.name
        return (target == "imagefolder" and tracks) or (target == "mot" and not tracks)

    return holds_no


# --- leave to lose

POLYLINE = '<polyline label="car" points="1,1;9,9" occluded="0"/>'
BOX = '<box label="car" xtl="1" ytl="2" xbr="5" ybr="8" occluded="0"/>'
TURNED = '<box label="car" xtl="1" ytl="2" xbr="5" ybr="8" rotation="30" occluded="0"/>'


@pytest.mark.parametrize(
    ("shape", "target", "code"),
    [
        (POLYLINE, "coco", "shape.polyline-left-out"),
        (POLYLINE, "yolo", "shape.polyline-left-out"),
        (TURNED, "yolo", "shape.rotation-lost"),
        (TURNED, "voc", "shape.rotation-lost"),
    ],
)
def test_without_leave_a_loss_writes_nothing(
    shape: str, target: str, code: str, convert: Convert, tmp_path: Path
) -> None:
    export = cvat_export(tmp_path, cvat_image(BOX, shape))
    out, report = convert(export, target, code=1)
    assert not out.exists() and report["written"] is False
    (said,) = (p for p in report["problems"] if p["code"] == code)
    assert said["loss"] and said["severity"] == "error"
    assert said["remedy"] and said["place"]["item"]
    out, report = convert(export, target, LOSS)
    assert out.exists() and report["written"] is True
    assert report["problem_counts"][code] == 1


def test_the_refusal_names_the_option(labelwright: Any, tmp_path: Path) -> None:
    export = cvat_export(tmp_path, cvat_image(POLYLINE))
    ran = labelwright("convert", export, "--to", "coco", "-o", tmp_path / "o.json", "--no-gate")
    assert ran.code == 1 and not (tmp_path / "o.json").exists()
    assert "--allow-loss" in ran.err and "shape.polyline-left-out" in ran.err


def test_what_is_written_nearly_needs_no_leave_and_is_in_the_manifest_with_its_bound(
    convert: Convert, tmp_path: Path
) -> None:
    ellipse = '<ellipse label="car" occluded="0" cx="100" cy="50" rx="30" ry="20"/>'
    out, report = convert(cvat_export(tmp_path, cvat_image(ellipse, ellipse.replace("100", "200"))), "coco")
    manifest = json.loads((out.parent / "out.manifest.json").read_text())
    (near,) = manifest["approximations"].values()
    assert (near["count"], near["bound"]) == (2, "0.25 px")
    assert manifest["approximations"] == report["approximations"]


# --- into the tools


def dataset(target: str, convert: Convert, folder: Path) -> Path:
    """A data set of one image with one box, in the form of ``target``."""
    out: Path = convert(cvat_export(folder, cvat_image(BOX)), target, LOSS, name=f"as-{target}")[0]
    put_images(out, target, (400, 100))
    return out


READ_IN = ["coco", "yolo", "yolo-seg", "yolo-obb", "voc", "datumaro", "csv", "imagefolder"]


@pytest.mark.parametrize("predictions", [False, True], ids=["annotations", "predictions"])
@pytest.mark.parametrize("form", READ_IN)
def test_a_data_set_goes_into_label_studio(
    form: str, predictions: bool, convert: Convert, tmp_path: Path
) -> None:
    more = ["--predictions"] if predictions else []
    out, report = convert(dataset(form, convert, tmp_path), "label-studio", *more)
    (task,) = json.loads((out / "tasks.json").read_text())
    assert report["objects"]["write"] == {"taken": 1, "given": 1, "lost": {}}
    assert (len(task.get("annotations", [])), len(task.get("predictions", []))) == (
        (0, 1) if predictions else (1, 0)
    )
    (answer,) = task["predictions" if predictions else "annotations"]
    if not predictions:
        assert answer["ground_truth"] is False  # never left out: the server takes a missing one for true
    (result,) = answer["result"]
    assert result["original_width"] == 400 and result["value"][
        "rectanglelabels" if "x" in result["value"] else "polygonlabels"
    ] == ["car"]
    assert "<Label" in (out / "label_config.xml").read_text()


@pytest.mark.parametrize("form", READ_IN)
def test_a_data_set_goes_into_cvat(form: str, convert: Convert, tmp_path: Path) -> None:
    out, report = convert(dataset(form, convert, tmp_path), "cvat")
    assert report["objects"]["write"] == {"taken": 1, "given": 1, "lost": {}}
    (image,) = ET.parse(out).iter("image")
    assert [child.get("label") for child in image] == ["car"]
    assert (image.get("width"), image.get("height")) == ("400", "100")


def test_ground_truth_goes_into_label_studio_as_such(convert: Convert, tmp_path: Path) -> None:
    box = ls_result("rectanglelabels", {"x": 1, "y": 2, "width": 9, "height": 9, "rotation": 0})
    tasks = [ls_task(n, f"{n}.png", [box]) for n in range(1, 9)]
    tasks[0]["annotations"][0]["ground_truth"] = True
    out, _ = convert(
        ls_export(tmp_path, ls_config("RectangleLabels"), *tasks), "label-studio", "--train-on-gold"
    )
    flags = [
        a["ground_truth"] for t in json.loads((out / "tasks.json").read_text()) for a in t["annotations"]
    ]
    assert sorted(flags) == [False] * 7 + [True]
