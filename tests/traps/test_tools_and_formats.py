"""What tools and formats say in ways of their own: each as a user meets it, from file to file."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from pycocotools import mask as coco_mask
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

from labelwright.geometry.shapes import Mask, Points
from labelwright.records import Item, Shape

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
LOSS = "--allow-loss"


def shapes(item: Item) -> tuple[Shape, ...]:
    found: tuple[Shape, ...] = item.annotations[0].answers["objects"]
    return found


def boxes_of(out: Path) -> list[list[float]]:
    return [a["bbox"] for a in json.loads(out.read_text())["annotations"]]


# --- Label Studio


def test_percent_are_of_the_original_size_and_image_rotation_is_another_thing(
    convert: Convert, tmp_path: Path
) -> None:
    drawn = ls_box(10, 10, 30, 40, image_rotation=90)
    export = ls_export(tmp_path, ls_config("RectangleLabels"), ls_task(1, "a.png", [drawn]))
    out, report = convert(export, "coco")
    assert boxes_of(out) == [pytest.approx([40, 10, 120, 40])]
    (image,) = json.loads(out.read_text())["images"]
    assert (image["width"], image["height"]) == (400, 100)
    assert any("rotat" in code or "turn" in code for code in report["problem_counts"])


def test_results_of_one_id_are_one_region_with_its_answers(convert: Convert, tmp_path: Path) -> None:
    """``rectangle`` and ``labels`` share an id, and so does what is asked of the region."""
    place = {"x": 10, "y": 10, "width": 30, "height": 40, "rotation": 0}
    config = """<View><Image name="image" value="$image"/><Rectangle name="box" toName="image"/>
    <Labels name="objects" toName="image"><Label value="car"/></Labels>
    <Choices name="state" toName="image" perRegion="true"><Choice value="new"/><Choice value="old"/></Choices>
    </View>"""
    shared: dict[str, Any] = {"id": "one", "name": "objects"}
    drawn = [
        {**ls_result("rectangle", place, **{**shared, "name": "box"}), "value": place},
        ls_result("labels", place, "car", **shared),
        {**ls_result("choices", place, "old", **{**shared, "name": "state"})},
    ]
    out, report = convert(ls_export(tmp_path, config, ls_task(1, "a.png", drawn)), "coco")
    (annotation,) = json.loads(out.read_text())["annotations"]
    assert annotation["bbox"] == pytest.approx([40, 10, 120, 40])
    assert annotation["attributes"]["state"] == "old"
    assert report["objects"]["read"] == {"taken": 1, "given": 1, "lost": {}}


def test_ellipse_radii_are_percent_of_width_and_of_height(convert: Convert, tmp_path: Path) -> None:
    ellipse = ls_result("ellipselabels", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 10, "rotation": 0})
    task = ls_task(1, "a.png", [ellipse])
    out, _ = convert(ls_export(tmp_path, ls_config("EllipseLabels"), task), "cvat")
    (drawn,) = ET.parse(out).iter("ellipse")
    assert [float(drawn.get(n, "")) for n in ("cx", "cy", "rx", "ry")] == [200, 50, 40, 10]


def test_the_width_of_a_keypoint_is_that_of_its_marker(convert: Convert, tmp_path: Path) -> None:
    point = ls_result("keypointlabels", {"x": 25, "y": 50, "width": 3.5})
    out, _ = convert(
        ls_export(tmp_path, ls_config("KeyPointLabels"), ls_task(1, "a.png", [point])), "datumaro"
    )
    ((shape,),) = map(shapes, read_back(out))
    assert shape.geometry == Points(((100, 50),))


@pytest.mark.parametrize("target", ["coco", "yolo", "voc", "datumaro"])
def test_several_images_of_a_task_are_images_of_their_own(
    target: str, convert: Convert, tmp_path: Path
) -> None:
    config = ls_config("RectangleLabels").replace('value="$image"', 'valueList="$images"')
    drawn = [ls_box(10, 10, 30, 40, item_index=0), ls_box(50, 50, 20, 20, label="van", item_index=1)]
    task = ls_task(1, "", drawn)
    task["data"] = {"images": ["one/a.png", "two/a.png"]}
    out, _ = convert(ls_export(tmp_path, config, task), target, LOSS)
    if target == "yolo":
        assert sorted(rows[0][0] for rows in yolo_rows(out).values()) == [0, 1]
        return
    found = read_back(out)
    assert sorted(tuple(s.label for s in shapes(item)) for item in found) == [("car",), ("van",)]


def test_cancelled_drafts_and_predictions_are_no_annotations(convert: Convert, tmp_path: Path) -> None:
    right, wrong = ls_box(10, 10, 30, 40), ls_box(60, 60, 9, 9)
    task = ls_task(1, "a.png", [right], [wrong])
    task["annotations"][1]["was_cancelled"] = True
    task["annotations"][0]["completed_by"] = {"id": 3, "email": "ann@example.test"}
    task["predictions"] = [{"id": 9, "result": [wrong], "model_version": "m", "score": 0.9}]
    task["drafts"] = [{"id": 8, "result": [wrong], "user": "bob@example.test"}]
    out, report = convert(ls_export(tmp_path, ls_config("RectangleLabels"), task), "coco")
    assert boxes_of(out) == [pytest.approx([40, 10, 120, 40])]
    assert report["counts"]["skipped"] == 1
    for path in out.parent.rglob("*"):
        assert not path.is_file() or b"example.test" not in path.read_bytes()


def test_a_label_that_has_an_alias_is_exported_by_it(convert: Convert, tmp_path: Path) -> None:
    config = ls_config("RectangleLabels").replace('value="car"', 'value="A car on the road" alias="car"')
    out, report = convert(ls_export(tmp_path, config, ls_task(1, "a.png", [ls_box(1, 1, 9, 9)])), "coco")
    held = json.loads(out.read_text())
    names = {c["id"]: c["name"] for c in held["categories"]}
    assert [names[a["category_id"]] for a in held["annotations"]] == ["car"]
    assert "label-studio.label-unknown" not in report["problem_counts"]


# --- CVAT

MASK = (
    '<mask label="car" occluded="0" rle="1, 3, 1, 1, 1, 1, 1, 3, 1" left="10" top="20" width="4" height="3"/>'
)
ELLIPSE = '<ellipse label="car" occluded="0" cx="100" cy="50" rx="30" ry="20" rotation="90"/>'


def test_a_cvat_mask_is_row_by_row_and_begins_with_background(convert: Convert, tmp_path: Path) -> None:
    """Inside left, top, width and height; COCO's runs go down the columns."""
    short = '<mask label="car" occluded="0" rle="0, 4, 2, 2" left="10" top="20" width="4" height="2"/>'
    out, _ = convert(cvat_export(tmp_path, cvat_image(short)), "coco")
    (annotation,) = json.loads(out.read_text())["annotations"]
    pixels = COCO(str(out)).annToMask(annotation)
    assert {(int(x), int(y)) for y, x in zip(*pixels.nonzero(), strict=True)} == {
        (10, 20), (11, 20), (12, 20), (13, 20), (12, 21), (13, 21),
    }  # fmt: skip
    assert annotation["bbox"] == [10, 20, 4, 2] and annotation["area"] == 6
    assert coco_mask.area(annotation["segmentation"]) == 6


def test_a_mask_whose_runs_do_not_fill_its_box_is_set_aside(convert: Convert, tmp_path: Path) -> None:
    _, report = convert(cvat_export(tmp_path, cvat_image(MASK)), "coco", LOSS, code=1)
    lost = report["objects"]["read"]["lost"]
    assert sum(lost.values()) == 1 and report["objects"]["read"]["taken"] == 1


def test_a_turned_cvat_ellipse_has_its_true_extent(convert: Convert, tmp_path: Path) -> None:
    out, _ = convert(cvat_export(tmp_path, cvat_image(ELLIPSE)), "voc", LOSS)
    found = [int(n.text or "") for n in next(ET.parse(out / "Annotations" / "a.xml").iter("bndbox"))]
    assert found == [81, 21, 120, 80]


def test_attributes_have_the_type_that_the_label_gives_them(convert: Convert, tmp_path: Path) -> None:
    def asked(name: str, kind: str, values: str) -> str:
        return (
            f"<attribute><name>{name}</name><mutable>False</mutable><input_type>{kind}</input_type>"
            f"<default_value></default_value><values>{values}</values></attribute>"
        )

    own = asked("doors", "number", "0\n9\n1") + asked("plate", "text", "") + asked("ok", "checkbox", "")
    labels = f"<label><name>car</name><type>any</type><attributes>{own}</attributes></label>"
    values = {"doors": "4", "plate": "4", "ok": "true"}
    said = "".join(f'<attribute name="{n}">{v}</attribute>' for n, v in values.items())
    box = f'<box label="car" xtl="1" ytl="2" xbr="5" ybr="8" occluded="0">{said}</box>'
    out, _ = convert(cvat_export(tmp_path, cvat_image(box), labels=labels), "coco")
    (annotation,) = json.loads(out.read_text())["annotations"]
    assert annotation["attributes"] == {"doors": 4, "plate": "4", "ok": "true"}


FRAME = '<box frame="{}" keyframe="{}" outside="{}" occluded="0" xtl="{}" ytl="10" xbr="{}" ybr="30"/>'


def track(*frames: tuple[int, int, int, int]) -> str:
    rows = "".join(FRAME.format(*frame, frame[3] + 20) for frame in frames)
    return f'<track id="0" label="car" source="manual">{rows}</track>'


def film(folder: Path, *frames: tuple[int, int, int, int]) -> Path:
    path = cvat_export(folder, track(*frames), mode="interpolation", size=6)
    more = (
        "<original_size><width>400</width><height>100</height></original_size><source>a.mp4</source></task>"
    )
    path.write_text(path.read_text().replace("</task>", more, 1))
    return path


def test_outside_ends_a_track_and_frames_in_between_are_no_keyframes(
    convert: Convert, tmp_path: Path
) -> None:
    path = film(tmp_path, (0, 1, 0, 10), (1, 0, 0, 20), (2, 1, 0, 30), (3, 1, 1, 30))
    out, _ = convert(path, "coco")
    assert [b[0] for b in boxes_of(out)] == [10, 20, 30]
    keyed = [a["attributes"]["keyframe"] for a in json.loads(out.read_text())["annotations"]]
    assert keyed == [True, False, True]
    out, _ = convert(path, "mot", LOSS)
    rows = [[float(n) for n in line.split(",")] for line in (out / "gt" / "gt.txt").read_text().splitlines()]
    assert [(row[0], row[2]) for row in rows] == [(1, 10), (2, 20), (3, 30)]


# --- COCO, YOLO, VOC, MOT


def coco_file(folder: Path, **change: Any) -> Path:
    held: dict[str, Any] = {
        "images": [{"id": 7, "file_name": "a.png", "width": 400, "height": 100}],
        "categories": [{"id": 90, "name": "car"}, {"id": 3, "name": "van"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 90, "bbox": [10.5, 20.25, 30.5, 40], "iscrowd": 0},
            {"id": 2, "image_id": 7, "category_id": 3, "bbox": [100, 20, 30, 40], "iscrowd": 0},
        ],
    }
    path = folder / "instances.json"
    path.write_text(json.dumps({**held, **change}))
    return path


def test_category_ids_of_coco_need_not_be_contiguous(convert: Convert, tmp_path: Path) -> None:
    out, _ = convert(coco_file(tmp_path), "yolo", LOSS)
    names = (out / "data.yaml").read_text().split("names: ")[1].splitlines()[0]
    numbers = {pair.split(": ")[1]: int(pair.split(": ")[0]) for pair in names.strip("{}").split(", ")}
    rows = {int(row[0]): row[1] for row in yolo_rows(out)["a.txt"]}
    assert sorted(numbers.values()) == [0, 1]
    assert rows[numbers["car"]] == pytest.approx(25.75 / 400) and rows[numbers["van"]] == pytest.approx(
        115 / 400
    )


def test_coco_runs_down_the_columns_and_its_area_is_the_masks(convert: Convert, tmp_path: Path) -> None:
    runs = {"size": [100, 400], "counts": [100 * 5 + 10, 3, 97, 3, 100 * 393 + 87]}
    note = {
        "id": 1,
        "image_id": 7,
        "category_id": 90,
        "segmentation": runs,
        "iscrowd": 1,
        "area": 6,
        "bbox": [5, 10, 2, 3],
    }
    path = coco_file(tmp_path, annotations=[note])
    (shape,) = shapes(read_back(path)[0])
    assert shape.geometry == Mask(5, 10, 2, 3, (0, 6))
    out, _ = convert(path, "cvat", LOSS)
    (mask,) = ET.parse(out).iter("mask")
    assert [mask.get(n) for n in ("left", "top", "width", "height")] == ["5", "10", "2", "3"]


@pytest.mark.parametrize(("seen", "occluded", "outside"), [(2, "0", "0"), (1, "1", "0"), (0, "0", "1")])
def test_coco_visibility_is_cvats_occluded_and_outside(
    seen: int, occluded: str, outside: str, convert: Convert, tmp_path: Path
) -> None:
    person = {"id": 1, "name": "person", "keypoints": ["head", "foot"], "skeleton": [[1, 2]]}
    points = [10, 10, 2, *((20, 30) if seen else (0, 0)), seen]
    note = {"id": 1, "image_id": 7, "category_id": 1, "keypoints": points, "bbox": [5, 5, 30, 30]}
    path = coco_file(tmp_path, categories=[person], annotations=[note])
    out, report = convert(path, "cvat", LOSS)
    foot = next(p for p in ET.parse(out).iter("points") if p.get("label") == "foot")
    assert (foot.get("occluded"), foot.get("outside")) == (occluded, outside)
    assert report["problem_counts"]["shape.box-lost"] == 1


def test_voc_is_counted_from_one_and_inclusive_both_ways(convert: Convert, tmp_path: Path) -> None:
    folder = tmp_path / "voc" / "Annotations"
    folder.mkdir(parents=True)
    (folder / "a.xml").write_text(
        "<annotation><filename>a.png</filename>"
        "<size><width>400</width><height>100</height><depth>3</depth></size>"
        "<object><name>car</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>400</xmax><ymax>100</ymax></bndbox>"
        "</object></annotation>"
    )
    out, _ = convert(folder.parent, "coco", LOSS)
    assert boxes_of(out) == [[0, 0, 400, 100]]
    back, _ = convert(out, "voc", LOSS)
    found = [int(n.text or "") for n in next(ET.parse(back / "Annotations" / "a.xml").iter("bndbox"))]
    assert found == [1, 1, 400, 100]


def test_mot_frames_are_counted_from_one(convert: Convert, tmp_path: Path) -> None:
    folder = tmp_path / "mot" / "gt"
    folder.mkdir(parents=True)
    (folder / "gt.txt").write_text("1,1,10,20,30,40,1,1,1\n2,1,12,20,30,40,1,1,1\n")
    (folder.parent / "seqinfo.ini").write_text(
        "[Sequence]\nname=film\nimDir=img1\nframeRate=25\nseqLength=3\nimWidth=400\nimHeight=100\nimExt=.jpg\n"
    )
    (item,) = read_back(folder.parent)
    (track,) = shapes(item)
    assert [(k.frame, k.outside) for k in track.keyframes][:2] == [(0, False), (1, False)]  # type: ignore[attr-defined]
    out, _ = convert(folder.parent, "mot", LOSS)
    frames = [int(line.split(",")[0]) for line in (out / "gt" / "gt.txt").read_text().splitlines()]
    assert frames == [1, 2]


def test_class_numbers_are_those_of_data_yaml(convert: Convert, tmp_path: Path) -> None:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 400, 100, 8, 0, 0, 0, 0))
    png += chunk(b"IDAT", zlib.compress(bytes(401 * 100))) + chunk(b"IEND", b"")
    base = tmp_path / "data"
    for kind in ("images", "labels"):
        (base / kind / "train").mkdir(parents=True)
    (base / "images" / "train" / "a.png").write_bytes(png)
    (base / "labels" / "train" / "a.txt").write_text("1 0.5 0.5 0.1 0.2\n")
    (base / "data.yaml").write_text("train: images/train\nval: images/train\nnc: 2\nnames: [zebra, car]\n")
    out, _ = convert(base, "coco")
    held = json.loads(out.read_text())
    names = {c["id"]: c["name"] for c in held["categories"]}
    assert list(names.values()) == ["zebra", "car"]
    assert [names[a["category_id"]] for a in held["annotations"]] == ["car"]
    assert boxes_of(out) == [pytest.approx([180, 40, 40, 20])]


@pytest.mark.parametrize("target", ["yolo", "yolo-seg"])
def test_values_of_yolo_stay_within_0_and_1_and_the_cut_is_told(
    target: str, convert: Convert, tmp_path: Path
) -> None:
    over = '<box label="car" xtl="-20" ytl="-10" xbr="420" ybr="60" occluded="0"/>'
    out, report = convert(cvat_export(tmp_path, cvat_image(over)), target, LOSS)
    assert report["problem_counts"]["shape.clipped"] == 1
    ((_, *numbers),) = yolo_rows(out)["a.txt"]
    assert all(0 <= n <= 1 for n in numbers)
