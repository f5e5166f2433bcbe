"""Cases in which converters are known to go wrong: the true value, from an export to the written file."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from small_exports import (
    Convert,
    cvat_export,
    cvat_image,
    ls_box,
    ls_config,
    ls_export,
    ls_result,
    ls_task,
    read_back,
    yolo_rows,
)

from labelwright.geometry.brush import brush_of
from labelwright.geometry.rle import mask_of
from labelwright.geometry.shapes import Ellipse
from labelwright.geometry.tracks import at
from labelwright.records import Shape

# pycocotools and numpy 2 do not agree on an argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
LOSS = "--allow-loss"
TRUE_LS, TRUE_CVAT = (180.0, 10.0, 20.0, 80.0), (190.0, 10.0, 20.0, 80.0)
TURNED = '<box label="car" xtl="160" ytl="40" xbr="240" ybr="60" rotation="90.0" occluded="0" z_order="0"/>'


def turned_box(tool: str, folder: Path) -> tuple[Any, tuple[float, ...]]:
    """An export with one box turned by 90 degrees, and its true extent."""
    if tool == "cvat":
        return cvat_export(folder, cvat_image(TURNED)), TRUE_CVAT
    task = ls_task(1, "a.png", [ls_box(50, 10, 20, 20, 90)])
    return ls_export(folder, ls_config("RectangleLabels"), task), TRUE_LS


@pytest.mark.parametrize("tool", ["label-studio", "cvat"])
@pytest.mark.parametrize(
    "target", ["coco", "voc", "yolo", "yolo-obb", "yolo-seg", "datumaro", "csv", "imagefolder"]
)
def test_a_turned_box_has_its_true_extent(tool: str, target: str, convert: Convert, tmp_path: Path) -> None:
    """Label Studio turns about the top left corner in pixels, not in percent; CVAT about the centre."""
    export, (x, y, width, height) = turned_box(tool, tmp_path)
    out, report = convert(export, target, LOSS)
    told = "shape.rotation-lost" in report["problem_counts"]
    assert told is (target in ("voc", "yolo", "imagefolder"))
    if target == "voc":
        found = [int(n.text or "") for n in next(ET.parse(out / "Annotations" / "a.xml").iter("bndbox"))]
        assert found == [x + 1, y + 1, x + width, y + height]
    elif target.startswith("yolo"):
        ((_, *numbers),) = yolo_rows(out)["a.txt"]
        if target == "yolo":
            cx, cy, w, h = numbers
            numbers = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
        xs, ys = [n * 400 for n in numbers[::2]], [n * 100 for n in numbers[1::2]]
        assert (min(xs), min(ys), max(xs), max(ys)) == pytest.approx((x, y, x + width, y + height), abs=1e-6)
    elif target == "coco":
        (annotation,) = json.loads(out.read_text())["annotations"]
        assert annotation["bbox"] == pytest.approx([x, y, width, height])
    elif target == "csv":
        (row,) = csv.DictReader(out.read_text("utf-8-sig").splitlines())
        assert [float(row[n]) for n in ("x1", "y1", "x2", "y2")] == pytest.approx(
            [x, y, x + width, y + height]
        )
    elif target == "imagefolder":
        (row,) = map(json.loads, (out / "metadata.jsonl").read_text().splitlines())
        assert row["objects"]["bbox"] == [pytest.approx([x, y, width, height])]
    else:
        (item,) = read_back(out)
        (shape,) = item.annotations[0].answers["objects"]
        assert (shape.geometry.width, shape.geometry.height, shape.geometry.rotation) == (80, 20, 90)
        assert shape.geometry.x + 40 == pytest.approx(x + width / 2)
        assert shape.geometry.y + 10 == pytest.approx(y + height / 2)


def several(folder: Path) -> tuple[Path, ...]:
    """Three people on one image: the oldest alone drew another box."""
    odd, right = ls_box(70, 60, 20, 30), ls_box(10, 10, 30, 40)
    return ls_export(folder, ls_config("RectangleLabels"), ls_task(1, "a.png", [odd], [right], [right]))


def test_several_annotators_make_one_yolo_file_by_consensus_not_the_oldest(
    convert: Convert, tmp_path: Path
) -> None:
    out, _ = convert(several(tmp_path), "yolo", LOSS)
    assert yolo_rows(out) == {"a.txt": [[1, *map(pytest.approx, (0.25, 0.3, 0.3, 0.4))]]}


@pytest.mark.parametrize("target", ["coco", "yolo", "voc"])
def test_two_annotators_who_differ_are_not_decided_by_age(
    target: str, convert: Convert, tmp_path: Path
) -> None:
    """A tie is no answer: the image waits for a person instead."""
    odd, right = ls_box(70, 60, 20, 30), ls_box(10, 10, 30, 40)
    sure = ls_task(2, "b.png", [right], [right])
    export = ls_export(tmp_path, ls_config("RectangleLabels"), ls_task(1, "a.png", [odd], [right]), sure)
    out, report = convert(export, target, LOSS)
    assert (report["counts"]["tied"], report["counts"]["examples"]) == (1, 1)
    written = [p for p in out.parent.rglob("*") if p.is_file() and "out." not in p.name]
    text = "".join(p.read_text() for p in written)
    assert "b." in text and "a.png" not in text and "a.txt" not in {p.name for p in written}
    (waiting,) = map(json.loads, (out.parent / "out.adjudication.jsonl").read_text().splitlines())
    assert waiting["item"] == "1"


def test_coco_lists_an_image_once_however_many_annotated_it(convert: Convert, tmp_path: Path) -> None:
    out, _ = convert(several(tmp_path), "coco")
    held = json.loads(out.read_text())
    assert [(i["id"], i["file_name"]) for i in held["images"]] == [(1, "a.png")]
    assert [a["bbox"] for a in held["annotations"]] == [pytest.approx([40, 10, 120, 40])]


@pytest.mark.parametrize("target", ["coco", "yolo", "voc", "datumaro", "csv"])
def test_images_of_one_name_in_two_folders_stay_two(target: str, convert: Convert, tmp_path: Path) -> None:
    boxes = [ls_box(10, 10, 30, 40)], [ls_box(50, 50, 20, 20, label="van")]
    tasks = [ls_task(n, f"/data/local-files/?d=set{n}/a.png", drawn) for n, drawn in enumerate(boxes, 1)]
    out, report = convert(ls_export(tmp_path, ls_config("RectangleLabels"), *tasks), target, LOSS)
    if target == "yolo":
        assert sorted(rows[0][0] for rows in yolo_rows(out).values()) == [0, 1]
        return
    labels = sorted(s.label for item in read_back(out) for s in item.annotations[0].answers["objects"])
    assert labels == ["car", "van"] and len(read_back(out)) == 2
    assert "coco.file-repeated" not in report["problem_counts"]


FIGURES = """name = "figures"
[inputs.image]
type = "image"
[controls.people]
kind = "shapes"
shapes = ["skeleton"]
labels = ["person"]
[controls.people.skeletons.person]
joints = ["head", "foot"]
[example]
kind = "none"
"""
FIGURES_XML = """<View><Image name="image" value="$image"/><RectangleLabels name="people" toName="image">
<Label value="person"/></RectangleLabels><KeyPointLabels name="people_joints" toName="image">
<Label value="head"/><Label value="foot"/></KeyPointLabels>
<Choices name="people_visibility" toName="image" perRegion="true" whenTagName="people_joints">
<Choice value="VISIBLE"/><Choice value="OCCLUDED"/></Choices></View>"""


def two_persons(folder: Path) -> tuple[tuple[Path, ...], Path]:
    """Two persons whose boxes overlap, with their points in mixed order; one foot is covered."""
    drawn = []
    for person, x in (("p1", 10), ("p2", 20)):
        drawn.append(ls_box(x, 10, 20, 80, label="person", name="people", id=person))
    for own, person, joint, x, y in (
        ("a", "p2", "head", 22, 20), ("b", "p1", "foot", 25, 80),
        ("c", "p1", "head", 22, 30), ("d", "p2", "foot", 35, 85),
    ):  # fmt: skip
        value = {"x": x, "y": y, "width": 0.5}
        more = {"id": own, "parentID": person}
        drawn.append(ls_result("keypointlabels", value, joint, "people_joints", **more))
    covered = ls_result("choices", {"x": 25, "y": 80, "width": 0.5}, "OCCLUDED", "people_visibility", id="b")
    (folder / "figures").mkdir()
    (folder / "figures" / "template.toml").write_text(FIGURES)
    return ls_export(folder, FIGURES_XML, ls_task(1, "a.png", [*drawn, covered])), folder / "figures"


def test_keypoints_of_two_persons_do_not_merge(convert: Convert, tmp_path: Path) -> None:
    export, template = two_persons(tmp_path)
    out, _ = convert(export, "coco", "-t", template)
    coco = COCO(str(out))
    (category,) = coco.loadCats(coco.getCatIds())
    assert category["keypoints"] == ["head", "foot"]
    found = {tuple(a["keypoints"]) for a in coco.loadAnns(coco.getAnnIds())}
    assert found == {(88, 30, 2, 100, 80, 1), (88, 20, 2, 140, 85, 2)}
    out, _ = convert(export, "yolo-pose", "-t", template)
    rows = yolo_rows(out)["a.txt"]
    assert {tuple(round(n, 6) for n in row) for row in rows} == {
        (0, 0.2, 0.5, 0.2, 0.8, 0.22, 0.3, 2, 0.25, 0.8, 1),
        (0, 0.3, 0.5, 0.2, 0.8, 0.22, 0.2, 2, 0.35, 0.85, 2),
    }
    assert "kpt_shape: [2, 3]" in (out / "data.yaml").read_text()


def brush(bits: np.ndarray[Any, Any], label: str = "car", **more: Any) -> dict[str, Any]:
    """A brush stroke on an image of 400 x 100."""
    full = np.zeros((100, 400), dtype=bool)
    full[: bits.shape[0], : bits.shape[1]] = bits
    value = {"format": "rle", "rle": brush_of(mask_of(full), 400, 100)}
    return ls_result("brushlabels", value, label, **more)


def masked(folder: Path, bits: np.ndarray[Any, Any]) -> tuple[Path, ...]:
    return ls_export(folder, ls_config("BrushLabels"), ls_task(1, "a.png", [brush(bits)]))


def painted(out: Path) -> list[np.ndarray[Any, Any]]:
    """The pixels of each object as pycocotools paints them."""
    coco = COCO(str(out))
    return [coco.annToMask(a) for a in coco.loadAnns(coco.getAnnIds())]


def with_hole() -> np.ndarray[Any, Any]:
    """11,741 pixels with a hole of 541."""
    bits = np.zeros((100, 400), dtype=bool)
    bits[10:89, 10:158] = True  # 79 x 148 = 11,692
    bits[89, 10:59] = True  # and 49 more
    bits[30:50, 30:57] = False  # 20 x 27 = 540
    bits[50, 30] = False
    return bits


def test_a_mask_with_a_hole_keeps_the_hole(convert: Convert, tmp_path: Path) -> None:
    bits = with_hole()
    assert bits.sum() == 11_200
    out, _ = convert(masked(tmp_path, bits), "coco")
    (pixels,) = painted(out)
    assert np.array_equal(pixels, bits)
    (annotation,) = json.loads(out.read_text())["annotations"]
    assert annotation["area"] == 11_200


def test_a_hole_that_yolo_cannot_hold_is_told(convert: Convert, tmp_path: Path) -> None:
    _, report = convert(masked(tmp_path, with_hole()), "yolo-seg", LOSS)
    assert report["problem_counts"]["shape.holes-lost"] == 1


def test_a_mask_of_two_parts_is_one_object(convert: Convert, tmp_path: Path) -> None:
    bits = np.zeros((100, 400), dtype=bool)
    bits[10:20, 10:30] = bits[40:60, 200:220] = True
    out, report = convert(masked(tmp_path, bits), "coco")
    (pixels,) = painted(out)
    assert np.array_equal(pixels, bits) and report["objects"]["write"]["given"] == 1


def test_a_line_one_pixel_wide_does_not_vanish(convert: Convert, tmp_path: Path) -> None:
    bits = np.zeros((100, 400), dtype=bool)
    bits[50, 20:320] = True
    export = masked(tmp_path, bits)
    (pixels,) = painted(convert(export, "coco")[0])
    assert np.array_equal(pixels, bits)
    ((_, *numbers),) = yolo_rows(convert(export, "yolo-seg", LOSS)[0])["a.txt"]
    ys = sorted({round(n * 100, 6) for n in numbers[1::2]})
    assert ys == [50, 51]


@pytest.mark.parametrize("target", ["yolo", "coco", "voc"])
def test_classes_are_in_the_order_of_the_label_config(target: str, convert: Convert, tmp_path: Path) -> None:
    """Not in the order in which labels appear in the data, nor by name."""
    config = ls_config("RectangleLabels").replace(
        '<Label value="van"/>', '<Label value="zebra"/><Label value="van"/>'
    )
    drawn = [ls_box(10, 10, 10, 10), ls_box(40, 10, 10, 10, label="zebra")]
    out, _ = convert(ls_export(tmp_path, config, ls_task(1, "a.png", drawn)), target, LOSS)
    if target == "yolo":
        assert "names: {0: zebra, 1: van, 2: car}" in (out / "data.yaml").read_text()
        assert sorted(row[0] for row in yolo_rows(out)["a.txt"]) == [0, 2]
    elif target == "coco":
        names = {c["id"]: c["name"] for c in json.loads(out.read_text())["categories"]}
        assert list(names.values()) == ["zebra", "van", "car"]
        assert [names[a["category_id"]] for a in json.loads(out.read_text())["annotations"]] == [
            "car",
            "zebra",
        ]
    else:
        lines = (out / "labelmap.txt").read_text().splitlines()
        assert [line.partition(":")[0] for line in lines[2:]] == ["zebra", "van", "car"]


CHOICES = (
    '<Choices name="{name}" toName="image" {more}><Choice value="sunny"/><Choice value="dark"/></Choices>'
)


@pytest.mark.parametrize("target", ["yolo", "yolo-seg", "yolo-obb", "coco", "voc"])
def test_choices_are_no_classes(target: str, convert: Convert, tmp_path: Path) -> None:
    """Neither about the image nor about a region; and what YOLO cannot hold of them is told."""
    config = ls_config(
        "RectangleLabels",
        more=CHOICES.format(name="weather", more="") + CHOICES.format(name="look", more='perRegion="true"'),
    )
    one = ls_box(10, 10, 30, 40, id="one")
    weather = {"id": "w", "from_name": "weather", "to_name": "image", "type": "choices"}
    look = ls_result("choices", one["value"], "dark", "look", id="one")
    drawn = [one, {**weather, "value": {"choices": ["sunny"]}}, look]
    export = ls_export(tmp_path, config, ls_task(1, "a.png", drawn))
    out, report = convert(export, target, LOSS)
    held = b"".join(p.read_bytes() for p in out.rglob("*.*")) if target == "voc" else b""
    if target.startswith("yolo"):
        assert "names: {0: van, 1: car}" in (out / "data.yaml").read_text()
        assert [row[0] for row in yolo_rows(out)["a.txt"]] == [1]
        counts = report["problem_counts"]
        assert (counts["image.tag-lost"], counts["shape.attribute-lost"]) == (1, 1)
        convert(export, target, code=1)
    elif target == "coco":
        assert [c["name"] for c in json.loads(out.read_text())["categories"]] == ["van", "car"]
    else:
        assert b"sunny" not in held


@pytest.mark.parametrize("target", ["yolo", "yolo-seg", "yolo-obb"])
def test_lines_of_boxes_and_of_polygons_are_never_in_one_file(
    target: str, convert: Convert, tmp_path: Path
) -> None:
    polygon = ls_result(
        "polygonlabels", {"points": [[60, 10], [80, 10], [70, 50]], "closed": True}, name="o2"
    )
    config = ls_config("RectangleLabels", "PolygonLabels").replace("objects2", "o2")
    out, report = convert(
        ls_export(tmp_path, config, ls_task(1, "a.png", [ls_box(5, 5, 9, 9), polygon])), target, LOSS
    )
    rows = yolo_rows(out)["a.txt"]
    columns = {"yolo": {5}, "yolo-obb": {9}, "yolo-seg": {9, 7}}[target]
    assert {len(row) for row in rows} == columns and len(rows) == 2
    assert report["problem_counts"].get("shape.written-as-box", 0) == (target != "yolo-seg")


@pytest.mark.parametrize("target", ["coco", "datumaro", "csv", "cvat"])
def test_an_ellipse_and_a_second_label_are_kept(target: str, convert: Convert, tmp_path: Path) -> None:
    """A region with two labels is an object of each: its place is written for both."""
    ellipse = ls_result("ellipselabels", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "rotation": 0})
    ellipse["value"]["ellipselabels"] = ["car", "van"]
    export = ls_export(tmp_path, ls_config("EllipseLabels"), ls_task(1, "a.png", [ellipse]))
    out, report = convert(export, target, LOSS)
    (item,) = read_back(out)
    shapes: list[Shape] = item.annotations[0].answers["objects"]
    assert sorted(s.label for s in shapes) == ["car", "van"]
    assert [s.geometry for s in shapes] == [Ellipse(200, 50, 40, 20)] * 2  # 10 % of 400, 20 % of 100
    if target == "coco":
        near = report["approximations"]["shape.ellipse-as-polygon"]
        assert (near["count"], near["bound"]) == (2, "0.25 px")


VIDEO_XML = """<View><Labels name="things" toName="video"><Label value="car"/></Labels>
<Video name="video" value="$video" framerate="25"/><VideoRectangle name="box" toName="video"/></View>"""


@pytest.mark.parametrize("target", ["datumaro", "cvat", "csv", "coco", "label-studio"])
def test_a_turn_from_350_to_10_degrees_passes_0(target: str, convert: Convert, tmp_path: Path) -> None:
    place = {"x": 40, "y": 40, "width": 10, "height": 10, "enabled": True}
    sequence = [{**place, "frame": 1, "rotation": 350}, {**place, "frame": 11, "rotation": 10}]
    value = {"framesCount": 11, "duration": 0.44, "sequence": sequence, "labels": ["car"]}
    result = {"id": "r", "from_name": "box", "to_name": "video", "type": "videorectangle", "value": value}
    task = {"id": 1, "data": {"video": "a.mp4"}, "meta": {"width": 400, "height": 400}}
    task["annotations"] = [{"id": 5, "completed_by": 2, "result": [result]}]
    out, _ = convert(ls_export(tmp_path, VIDEO_XML, task), target, LOSS)
    turns = [shape.rotation % 360 for shape in frame_by_frame(out)]
    assert len(turns) == 11 and turns[5] == pytest.approx(0, abs=1e-6)
    assert all(turn >= 350 or turn <= 10 for turn in turns)


def frame_by_frame(out: Path) -> list[Any]:
    """What is drawn on each frame, whether a file holds a track or single images."""
    config = out / "label_config.xml"
    items = read_back(out / "tasks.json", config) if config.is_file() else read_back(out)
    values = [value for item in items for value in item.annotations[0].answers.values()]
    found: list[Any] = []
    for one in (one for value in values if isinstance(value, tuple) for one in value):
        moments = [one] if isinstance(one, Shape) else [at(one.keyframes, n) for n in range(11)]
        found += [moment.geometry for moment in moments if moment is not None]
    return found


def test_cells_that_a_spreadsheet_would_run_are_guarded(convert: Convert, tmp_path: Path) -> None:
    config = ls_config("RectangleLabels").replace('"van"', '"=cmd()"')
    task = ls_task(1, "=cmd.png", [ls_box(10, 10, 30, 40, label="=cmd()")])
    out, _ = convert(ls_export(tmp_path, config, task), "csv")
    cells = [cell for row in csv.reader(out.read_text("utf-8-sig").splitlines()) for cell in row]
    assert "'=cmd()" in cells and "'=cmd.png" in cells
    assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in cells)
    (item,) = read_back(out)
    assert item.inputs["image"] == "=cmd.png"
    assert [s.label for s in item.annotations[0].answers["objects"]] == ["=cmd()"]


def test_a_reduced_export_is_refused_and_not_guessed_from(convert: Convert, tmp_path: Path) -> None:
    """JSON_MIN lets data of one name overwrite answers: it is no source."""
    (tmp_path / "min.json").write_text('[{"image": "a.png", "id": 1, "objects": [], "annotation_id": 4}]')
    _, report = convert(tmp_path / "min.json", "coco", code=1)
    assert "JSON_MIN" in json.dumps(report)
