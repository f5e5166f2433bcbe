"""COCO: what is written, what comes back, what pycocotools makes of it."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shaped as sh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from labelwright import registry
from labelwright.contracts import Control, Input, Source, Template
from labelwright.geometry.boxes import box_from_cvat, box_from_label_studio
from labelwright.geometry.rle import mask_area, paste
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Cuboid,
    Ellipse,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import READ
from labelwright.records import Film, Item, ItemKey, Kind, Resolved, Shape, Track

RECORDED = Path(__file__).parent / "recorded"
COCO_FORMAT: Any = registry.formats()["coco"]
HOLED = Polygon(((((10, 10), (90.5, 12), (80, 80), (12, 70)), ((30, 30), (50, 30), (50, 50), (30, 50))),))
FIGURE = Skeleton((Joint("head", 10, 10), Joint("hand", 20, 30, 1), Joint("foot", 0, 0, 0)))
EVERY = [
    Shape(Box(12.5, 20, 100.25, 50), "car"),
    Shape(Box(160, 40, 80, 20, 90), "car"),
    Shape(HOLED, "road"),
    Shape(Ellipse(150, 150, 60, 20, 30), "car"),
    Shape(Mask(300, 200, 4, 2, (1, 2, 2, 3)), "road"),
    Shape(Polygon(((((1, 1), (30, 1), (30, 30)),), (((50, 50), (60, 50), (60, 70)),))), "road"),
    Shape(FIGURE, "person"),
]


def file_of(*shapes: Shape, **more: Any) -> dict[str, Any]:
    """The JSON of a file with one image, written without an error."""
    data, _, _ = sh.written("coco", [sh.image(*shapes, **more)])
    return dict(json.loads(data))


def test_one_box_is_written_as_it_is() -> None:
    data, counts, ledger = sh.written("coco", [sh.image(EVERY[0]), sh.image(name="two.jpg", number=2)])
    assert counts == {}
    assert (ledger.taken, ledger.given) == (1, 1)
    assert data.decode() == (
        '{"info":{"description":"","version":"1.0"},"licenses":[],"annotations":[{"id":1,"image_id":1,'
        '"category_id":1,"bbox":[12.5,20,100.25,50],"area":5012.5,"segmentation":[],"iscrowd":0}],\n'
        '"images":[{"id":1,"file_name":"street/one.jpg","width":400,"height":300},\n'
        '{"id":2,"file_name":"two.jpg","width":400,"height":300}],\n'
        '"categories":[{"id":1,"name":"car","supercategory":""},{"id":2,"name":"road","supercategory":""},'
        '{"id":3,"name":"person","supercategory":"","keypoints":["head","hand","foot"],'
        '"skeleton":[[1,2],[2,3]]}]}\n'
    )


@pytest.mark.parametrize(
    ("box", "true"),
    [
        (box_from_label_studio(50, 10, 20, 20, 90, 400, 100), [180, 10, 20, 80]),
        (box_from_cvat(160, 40, 240, 60, 90), [190, 10, 20, 80]),
    ],
)
def test_a_turned_box_has_its_true_extent(box: Box, true: list[float], tmp_path: Path) -> None:
    data, counts, _ = sh.written("coco", [sh.image(Shape(box, "car"))])
    (note,) = json.loads(data)["annotations"]
    assert note["bbox"] == true
    assert note["area"] == 1600
    assert note["attributes"]["rotation"] == 90
    assert counts == {}
    (shape,) = sh.shapes_of(sh.again("coco", data, tmp_path)[0])
    assert shape.geometry == box


def test_no_images_is_a_file_too() -> None:
    data, _, _ = sh.written("coco", [])
    assert json.loads(data)["annotations"] == json.loads(data)["images"] == []


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (Shape(Polyline(((0, 0), (9, 9))), "car"), "shape.polyline-left-out"),
        (Shape(Points(((1, 1),)), "car"), "shape.points-left-out"),
        (Shape(Cuboid(tuple((float(n), float(n * n)) for n in range(8))), "car"), "shape.cuboid-left-out"),
        (Shape(Box(0, 0, 9, 9)), "shape.label-missing"),
        (Shape(Box(0, 0, 0, 9), "car"), "shape.no-extent"),
        (Shape(Box(0, 0, -5, 9), "car"), "shape.no-extent"),
        (Shape(Box(float("nan"), 0, 5, 9), "car"), "shape.not-finite"),
        (Shape(Ellipse(1, 1, float("inf"), 9), "car"), "shape.not-finite"),
        (Shape(Polygon.of(((0, 0), (1, 1))), "car"), "shape.no-extent"),
        (Shape(Mask(0, 0, 2, 1, (2,)), "car"), "shape.no-extent"),
        (Shape(Mask(500, 0, 1, 1, (0, 1)), "car"), "shape.outside-image"),
    ],
)
def test_what_cannot_be_written_is_lost_by_its_code(shape: Shape, code: str) -> None:
    data, counts, ledger = sh.written("coco", [sh.image(shape, EVERY[0])])
    assert (ledger.taken, ledger.given, ledger.lost) == (2, 1, {code: 1})
    assert counts == {code: 1}
    assert len(json.loads(data)["annotations"]) == 1


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (EVERY[3], "shape.ellipse-as-polygon"),
        (Shape(HOLED, "car"), "shape.outline-as-mask"),
        (Shape(Mask(398, 0, 4, 1, (0, 4)), "car"), "shape.clipped"),
        (Shape(Box(0, 0, 1, 1), "car", parent="x"), "shape.parent-lost"),
        (Shape(Box(0, 0, 1, 1), "car", answers=(("z_order", "x"),)), "shape.attribute-lost"),
        (Shape(Skeleton((*FIGURE.joints, Joint("tail", 1, 1))), "person"), "shape.joint-undeclared"),
        (
            Shape(Skeleton((Joint("head", 1, 1, 2, (("hat", "no"),)),)), "person"),
            "shape.joint-attributes-lost",
        ),
    ],
)
def test_what_is_written_nearly_is_said(shape: Shape, code: str) -> None:
    _, counts, ledger = sh.written("coco", [sh.image(shape)])
    assert counts == {code: 1}
    assert (ledger.taken, ledger.given) == (1, 1)


def test_a_hole_along_pixel_edges_is_exact() -> None:
    square = Polygon(((((0, 0), (9, 0), (9, 9), (0, 9)), ((3, 3), (3, 5), (5, 5), (5, 3))),))
    data, counts, _ = sh.written("coco", [sh.image(Shape(square, "car"))])
    assert counts == {}
    assert json.loads(data)["annotations"][0]["area"] == 77


def test_masks_need_a_size_and_images_should_have_one() -> None:
    items = [sh.image(Shape(Mask(0, 0, 1, 1, (0, 1)), "car"), EVERY[0], size=None)]
    data, counts, ledger = sh.written("coco", items)
    assert counts == {"coco.size-unknown": 1, "shape.size-missing": 1}
    assert ledger.lost == {"shape.size-missing": 1}
    assert {p.code for p in COCO_FORMAT.check([data], "f")} == {"coco.size-missing"}


def test_images_in_files_of_one_name_are_told() -> None:
    items = [sh.image(name="a/x.jpg"), sh.image(name="b/x.jpg", number=2)]
    assert sh.written("coco", items)[1] == {}
    items = [sh.image(name="https://a.org/x.jpg"), sh.image(name="https://b.org/x.jpg", number=2)]
    assert sh.written("coco", items)[1] == {"coco.file-repeated": 1}


def quiet(call: Any, *arguments: Any) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):
        return call(*arguments)


def opened(data: dict[str, Any]) -> Any:
    found = COCO()
    found.dataset = data
    quiet(found.createIndex)
    return found


def self_evaluation(kind: str, data: dict[str, Any], notes: list[dict[str, Any]]) -> list[float]:
    truth = opened({**data, "annotations": json.loads(json.dumps(notes))})
    found = quiet(truth.loadRes, [dict(note, score=1.0) for note in json.loads(json.dumps(notes))])
    rated = COCOeval(truth, found, kind)
    rated.params.kpt_oks_sigmas = np.full(3, 0.1)
    quiet(rated.evaluate)
    quiet(rated.accumulate)
    quiet(rated.summarize)
    return [float(value) for value in rated.stats if value >= 0]


def test_a_file_as_its_own_detections_scores_one() -> None:
    data = file_of(*EVERY)
    notes = data["annotations"]
    assert len(notes) == len(EVERY)
    assert self_evaluation("bbox", data, notes)[:3] == pytest.approx([1, 1, 1], abs=1e-9)
    outlined = [note for note in notes if note["segmentation"]]
    assert len(outlined) == 5
    assert self_evaluation("segm", data, outlined)[:3] == pytest.approx([1, 1, 1], abs=1e-9)
    figures = [note for note in notes if "keypoints" in note]
    assert self_evaluation("keypoints", data, figures)[:3] == pytest.approx([1, 1, 1], abs=1e-9)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_pycocotools_paints_the_same_pixels() -> None:
    data = file_of(EVERY[4], EVERY[2])
    masks, holed = (opened(data).annToMask(note) for note in data["annotations"])
    assert isinstance(EVERY[4].geometry, Mask)
    assert (masks.astype(bool) == paste(EVERY[4].geometry, sh.WIDTH, sh.HEIGHT)).all()
    assert not holed[30:50, 30:50].any()
    assert holed.sum() == data["annotations"][1]["area"]


def test_answers_about_the_image_and_the_shape_come_back(tmp_path: Path) -> None:
    shape = Shape(
        EVERY[0].geometry, "car", group="front", score=0.5, occluded=True, z=2,
        answers=(("color", "red"), ("doors", 4)),
    )  # fmt: skip
    tags: dict[str, Any] = {"weather": "rain", "seen": ("dust", "glare"), "note": "wet"}
    data, counts, _ = sh.written("coco", [sh.image(shape, **tags)])
    assert counts == {}
    found = json.loads(data)
    assert found["annotations"][0]["attributes"] == {
        **{"color": "red", "doors": 4, "occluded": True, "group_id": "front", "z_order": 2},
    }
    assert found["images"][0]["attributes"] == {"weather": "rain", "seen": ["dust", "glare"], "note": "wet"}
    (item,) = sh.again("coco", data, tmp_path)
    assert sh.told(sh.shapes_of(item)[0]) == shape
    answers = {k: v for k, v in item.annotations[0].answers.items() if k != "objects"}
    assert answers == tags
    assert item.sizes == {"image": (sh.WIDTH, sh.HEIGHT)}


def test_a_track_is_seen_on_its_frames_and_counts_once() -> None:
    asked = Template(
        "film", inputs={"film": Input("video")}, controls={"moving": Control(Kind.TRACKS, labels=["car"])}
    )
    item = Item(
        ItemKey("", "1", "1"), {"film": "clips/a.mp4"}, [], sizes={"film": (400, 300)},
        films={"film": Film(10, 25.0, 3, 2)},
    )  # fmt: skip
    keys = (
        Keyframe(0, Box(0, 0, 10, 10)),
        Keyframe(2, Box(20, 0, 10, 10)),
        Keyframe(3, Box(20, 0, 10, 10), True),
    )
    data, counts, ledger = sh.written("coco", [Resolved(item, {"moving": (Track(keys, "car", "7"),)})], asked)
    assert counts == {"shape.track-as-frames": 1}
    assert (ledger.taken, ledger.given) == (1, 1)
    found = json.loads(data)
    names = {image["id"]: image["file_name"] for image in found["images"]}
    seen = {names[n["image_id"]]: (n["bbox"][0], n["attributes"]) for n in found["annotations"]}
    assert seen["a/frame_000003.png"] == (0, {"track_id": 7, "keyframe": True})
    assert seen["a/frame_000007.png"] == (20, {"track_id": 7, "keyframe": True})
    assert "a/frame_000009.png" not in seen


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(sh.shapes(), max_size=5))
def test_a_round_trip_is_exact_or_names_its_losses(tmp_path: Path, drawn: list[Shape]) -> None:
    data, counts, ledger = sh.written("coco", [sh.image(*drawn)])
    items = sh.again("coco", data, tmp_path)
    written = [shape for shape in drawn if not isinstance(shape.geometry, Polyline | Points | Cuboid)]
    lost = sum(ledger.lost.values())
    assert ledger.given == len(sh.shapes_of(items[0])) == len(drawn) - lost
    if lost == len(drawn) - len(written) and "shape.clipped" not in counts:
        assert [sh.told(shape) for shape in sh.shapes_of(items[0])] == [sh.told(shape) for shape in written]
    allowed = {
        "shape.polyline-left-out", "shape.points-left-out", "shape.cuboid-left-out", "shape.no-extent",
        "shape.outside-image", "shape.clipped", "shape.ellipse-as-polygon", "shape.outline-as-mask",
    }  # fmt: skip
    assert set(counts) <= allowed
    codes = {p.code for p in COCO_FORMAT.check([data], "file")}
    assert codes <= {"coco.outside-image"}


# --- reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "images", "objects", "codes"),
    [
        ("task1__COCO_1.0", 6, 9, {"coco.box-differs": 1, "coco.crowd-as-object": 3}),
        ("job__COCO_1.0", 3, 8, {"coco.box-differs": 1, "coco.crowd-as-object": 3}),
        ("project__COCO_1.0", 29, 42, {"coco.box-differs": 1, "coco.crowd-as-object": 3}),
        ("video__COCO_1.0", 20, 30, {}),
        ("consensus_parent__COCO", 2, 5, {}),
        ("consensus_replica__COCO", 2, 2, {}),
    ],
)
def test_exports_of_cvat_are_read_whole(name: str, images: int, objects: int, codes: dict[str, int]) -> None:
    path = RECORDED / f"{name}.zip"
    assert COCO_FORMAT.recognise(Source(str(path), name=path.name), path.read_bytes()[:100])
    items, problems, _ = sh.read("coco", path, None)
    with zipfile.ZipFile(path) as archive:
        files = [json.loads(archive.read(n)) for n in archive.namelist() if n.endswith(".json")]
    assert len(items) == images == sum(len(file["images"]) for file in files)
    assert problems.ledger(READ).taken == objects == sum(len(file["annotations"]) for file in files)
    assert problems.counts == codes
    assert len({str(item.key) for item in items}) == images


def test_cvat_writes_boxes_before_they_are_turned() -> None:
    items, _, asked = sh.read("coco", RECORDED / "task1__COCO_1.0.zip", None)
    shape = sh.shapes_of(items[0])[0]
    assert shape.geometry == Box(30.5, 30.25, 29.5, 29.75, 30)
    assert shape.occluded
    assert dict(shape.answers) == {"color": "blue", "parked": "false", "doors": 2.0, "size": "m"}
    assert asked.controls["objects"].rotated
    assert asked.controls["color"].on == "objects"
    assert asked.controls["doors"].kind is Kind.NUMBER
    mask = sh.shapes_of(items[1])[0].geometry
    assert isinstance(mask, Mask)
    assert (mask_area(mask), mask.x, mask.y) == (294, 41, 51)


GOOD: dict[str, Any] = {
    "images": [{"id": 5, "file_name": "a/x.jpg", "width": 40, "height": 30}],
    "categories": [
        {"id": 3, "name": "car", "supercategory": ""},
        {"id": 70, "name": "person", "supercategory": "", "keypoints": ["l", "r"], "skeleton": [[1, 2]]},
    ],
    "annotations": [
        {
            **{"id": 1, "image_id": 5, "category_id": 3, "bbox": [1, 2, 10, 8], "area": 80, "iscrowd": 0},
            "segmentation": [],
        }
    ],
}


def changed(path: str, value: Any) -> bytes:
    """The good file with one thing changed: ``annotations.0.bbox``; ``...`` removes it."""
    data = json.loads(json.dumps(GOOD))
    at: Any = data
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        at = at[step]
    if value is ...:
        del at[last]
    elif isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value
    return json.dumps(data).encode()


NOTE = GOOD["annotations"][0]
BAD = [
    ("annotations.0.bbox", [1, 2, float("nan"), 8], "coco.not-finite"),
    ("annotations.0.bbox", [1, 2, "8", 8], "coco.entry-malformed"),
    ("annotations.0.bbox", [1, 2, 8], "coco.box-malformed"),
    ("annotations.0.bbox", [1, 2, -8, 8], "coco.box-empty"),
    ("annotations.0.bbox", ..., "coco.box-missing"),
    ("annotations.0.image_id", 6, "coco.image-unknown"),
    ("annotations.0.image_id", ..., "coco.image-unknown"),
    ("annotations.0.category_id", 4, "coco.category-unknown"),
    ("annotations.0.segmentation", [[1, 2, 3, 4, 5]], "coco.polygon-odd"),
    ("annotations.0.segmentation", [[1, 2, 3, 4]], "coco.polygon-short"),
    ("annotations.0.segmentation", [["a"] * 6], "coco.outline-malformed"),
    ("annotations.0.segmentation", "x", "coco.outline-malformed"),
    ("annotations.0.segmentation", {"size": [30, 40], "counts": [1, 2, 3]}, "coco.mask-broken"),
    ("annotations.0.segmentation", {"size": [30, 40], "counts": "\x01"}, "coco.mask-broken"),
    ("annotations.0.segmentation", {"size": [30], "counts": [1200]}, "coco.outline-malformed"),
    ("annotations.0.keypoints", [1, 2, 2, 4], "coco.keypoints-malformed"),
    ("annotations.0.keypoints", [1, 2, 7, 4, 3, 2], "coco.keypoints-malformed"),
    ("annotations.0.id", [], "coco.entry-malformed"),
]


@pytest.mark.parametrize(("path", "value", "code"), BAD, ids=[f"{p}-{c}" for p, _, c in BAD])
def test_a_bad_annotation_is_lost_by_its_code_alone(path: str, value: Any, code: str, tmp_path: Path) -> None:
    data = json.loads(changed(path, value))
    data["annotations"].append({**NOTE, "id": 2})
    raw = json.dumps(data).encode()
    (tmp_path / "x.json").write_bytes(raw)
    _, problems, _ = sh.read("coco", tmp_path / "x.json", None)
    assert problems.ledger(READ).lost == {code: 1}
    assert problems.ledger(READ).given == 1
    assert code in {p.code for p in COCO_FORMAT.check([raw], "file")}
    assert all(p.remedy and p.place.source for p in problems)


FAULTS = [
    ("images", ..., "coco.list-missing"),
    ("annotations", ..., "coco.list-missing"),
    ("categories", ..., "coco.list-missing"),
    ("images.1", {"id": 5, "file_name": "b.jpg", "width": 1, "height": 1}, "coco.id-repeated"),
    ("images.1", {"id": 6, "file_name": "a/x.jpg", "width": 40, "height": 30}, "coco.file-twice"),
    ("images.0.width", 0, "coco.size-missing"),
    ("images.0.file_name", ..., "coco.name-missing"),
    ("images.0.id", ..., "coco.id-missing"),
    ("categories.0.name", ..., "coco.name-missing"),
    ("categories.0.name", "person", "coco.category-repeated"),
    ("categories.1.skeleton", [[0, 1]], "coco.skeleton-malformed"),
    ("annotations.1", NOTE, "coco.id-repeated"),
    ("annotations.0.id", ..., "coco.id-missing"),
    ("annotations.0.bbox", [30, 2, 20, 8], "coco.outside-image"),
]


@pytest.mark.parametrize(("path", "value", "code"), FAULTS, ids=[f"{p}-{c}" for p, _, c in FAULTS])
def test_what_is_wrong_with_a_file_is_said(path: str, value: Any, code: str, tmp_path: Path) -> None:
    raw = changed(path, value)
    assert code in {p.code for p in COCO_FORMAT.check([raw], "file")}
    (tmp_path / "x.json").write_bytes(raw)
    _, problems, _ = sh.read("coco", tmp_path / "x.json", None)
    if code != "coco.outside-image":
        assert code in problems.counts


@pytest.mark.parametrize("field", ["area", "iscrowd"])
def test_what_evaluators_need_is_checked_only(field: str, tmp_path: Path) -> None:
    raw = changed(f"annotations.0.{field}", ...)
    assert {p.code for p in COCO_FORMAT.check([raw], "file")} == {f"coco.{field}-missing"}
    (tmp_path / "x.json").write_bytes(raw)
    assert sh.read("coco", tmp_path / "x.json", None)[1].counts == {}


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff\xfe", b'"x"', b"[" * 100_000])
def test_what_is_no_coco_file_is_one_problem(raw: bytes) -> None:
    assert [p.code for p in COCO_FORMAT.check([raw], "file")] == ["coco.not-json"]


def test_attributes_that_no_longer_fit_the_outline_are_not_believed(tmp_path: Path) -> None:
    data = file_of(EVERY[1])
    data["annotations"][0]["segmentation"] = [[0, 0, 9, 0, 9, 9]]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(data))
    items, problems, _ = sh.read("coco", path, None)
    (shape,) = sh.shapes_of(items[0])
    assert shape.geometry == Polygon.of(((0, 0), (9, 0), (9, 9)))
    assert dict(shape.answers) == {"box": [160, 40, 80, 20], "rotation": 90.0}
    assert problems.counts == {"coco.box-differs": 1}


def test_corners_with_a_rotation_are_a_turned_box(tmp_path: Path) -> None:
    data = file_of(Shape(Box(160, 40, 80, 20, 30), "car"))
    del data["annotations"][0]["attributes"]["box"]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(data))
    (shape,) = sh.shapes_of(sh.read("coco", path)[0][0])
    box = shape.geometry
    assert isinstance(box, Box)
    assert (box.x, box.y, box.width, box.height, box.rotation) == pytest.approx((160, 40, 80, 20, 30))


def test_an_outline_with_keypoints_is_two_shapes_of_a_group(tmp_path: Path) -> None:
    raw = changed("annotations.0", {**NOTE, "category_id": 70, "segmentation": [[1, 2, 11, 2, 11, 10]],
                                    "keypoints": [1, 2, 2, 3, 4, 0], "num_keypoints": 1})  # fmt: skip
    (tmp_path / "x.json").write_bytes(raw)
    figure, outline = sh.shapes_of(sh.read("coco", tmp_path / "x.json", None)[0][0])
    assert figure.geometry == Skeleton((Joint("l", 1, 2), Joint("r", 3, 4, 0)))
    assert outline.geometry == Polygon.of(((1, 2), (11, 2), (11, 10)))
    assert figure.group == outline.group != ""


@pytest.mark.parametrize("box", [Box(5, 6, 70, 80), Box(5, 6, 70, 80, 30)], ids=["upright", "turned"])
def test_a_figure_none_of_whose_joints_is_seen_stays_one(box: Box, tmp_path: Path) -> None:
    figure = Skeleton(tuple(Joint(name, 0.0, 0.0, HIDDEN) for name in sh.JOINTS))
    shape = Shape(figure, "person", box=box)
    data, _, _ = sh.written("coco", [sh.image(shape)])
    ((back,),) = map(sh.shapes_of, sh.again("coco", data, tmp_path))
    assert (back.geometry, back.box) == (figure, box)


def test_files_of_a_folder_are_read_by_subset(tmp_path: Path) -> None:
    folder = tmp_path / "annotations"
    folder.mkdir()
    people = {**GOOD, "annotations": [{**NOTE, "category_id": 70, "keypoints": [1, 2, 2, 3, 4, 1]}]}
    (folder / "instances_train.json").write_text(json.dumps(GOOD))
    (folder / "person_keypoints_train.json").write_text(json.dumps(people))
    (folder / "instances_val.json").write_text(json.dumps(GOOD))
    (folder / "captions_val.json").write_text(json.dumps({**GOOD, "annotations": [{"caption": "x"}]}))
    assert COCO_FORMAT.recognise(Source(str(tmp_path), name="x"), b"")
    items, problems, asked = sh.read("coco", tmp_path, None)
    assert [str(item.key) for item in items] == ["train/a/x.jpg", "val/a/x.jpg"]
    assert [type(s.geometry).__name__ for s in sh.shapes_of(items[0])] == ["Box", "Skeleton"]
    assert [item.meta["subset"] for item in items] == ["train", "val"]
    assert problems.counts == {"coco.file-left-out": 1}
    assert asked.controls["objects"].skeletons["person"].edges == [["l", "r"]]


def test_a_template_of_ones_own_names_what_it_does_not_ask(tmp_path: Path) -> None:
    shapes = [
        Shape(Box(0, 0, 5, 5), "car", answers=(("color", "green"), ("wheels", "4"))),
        Shape(Box(9, 9, 5, 5), "tree"),
    ]
    asked = Template("any", inputs={"image": Input("image")}, controls={"objects": Control(Kind.SHAPES)})
    data, _, _ = sh.written("coco", [sh.image(*shapes)], asked)
    (tmp_path / "x.json").write_bytes(data)
    items, problems, _ = sh.read("coco", tmp_path / "x.json")
    assert [s.label for s in sh.shapes_of(items[0])] == ["car"]
    assert problems.counts == {
        **{"dataset.value-unusable": 1, "dataset.attribute-undeclared": 1, "dataset.label-unknown": 1},
    }
    assert problems.ledger(READ).lost == {"dataset.label-unknown": 1}


@pytest.mark.parametrize(
    "head",
    [
        b'[{"id": 1, "data": {"image": "x"}, "annotations": []}]',
        b'{"dm_format_version": "1.0", "categories": {}, "items": [{"image_id": 1, "category_id": 2}]}',
        b'{"version": 0, "tags": [], "shapes": [], "tracks": []}',
        b"<annotations>",
    ],
)
def test_other_files_are_not_taken_for_coco(head: bytes) -> None:
    assert COCO_FORMAT.recognise(Source("x.json", name="x.json"), head) == ""
