"""Datumaro's JSON: every kind of shape, written and read back."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shaped as sh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelwright import registry
from labelwright.contracts import Source
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.problems import READ, Problems
from labelwright.records import Kind, Resolved, Shape

RECORDED = Path(__file__).parent / "recorded"
DATUMARO: Any = registry.formats()["datumaro"]
CODES = {"shape.outline-as-mask", "shape.no-extent", "shape.outside-image", "shape.clipped"}


def test_a_file_has_items_labels_and_figures() -> None:
    figure = Skeleton(
        (Joint("head", 1, 2), Joint("hand", 3, 4, 1, (("glove", "true"),)), Joint("foot", 5, 6, 0))
    )
    shapes = [
        Shape(Box(1, 2, 3, 4, 30), "car", group="front", score=0.5, occluded=True, z=2),
        Shape(Ellipse(50, 40, 10, 5), "road", group="3", answers=(("color", "red"),)),
        Shape(figure, "person"),
    ]
    data, counts, _ = sh.written("datumaro", [sh.image(*shapes, weather="sun", note="dry")])
    assert counts == {}
    found = json.loads(data)
    assert [found["dm_format_version"], found["media_type"]] == ["1.0", 2]
    (item,) = found["items"]
    assert item["id"] == "street/one"
    assert item["image"] == {"path": "street/one.jpg", "size": [sh.HEIGHT, sh.WIDTH]}
    assert item["attr"] == {"note": "dry"}
    assert item["annotations"] == [
        {"id": 1, "type": "label", "attributes": {"control": "weather"}, "group": 0, "label_id": 3},
        {
            **{"id": 2, "type": "bbox", "group": 1, "label_id": 0, "z_order": 2, "bbox": [1, 2, 3, 4]},
            "attributes": {"occluded": True, "rotation": 30, "group_id": "front", "score": 0.5},
        },
        {
            **{"id": 3, "type": "ellipse", "attributes": {"color": "red"}, "group": 3, "label_id": 1},
            **{"points": [40, 35, 60, 45], "z_order": 0},
        },
        {
            **{"id": 4, "type": "skeleton", "attributes": {}, "group": 0, "label_id": 2, "z_order": 0},
            **{"points": [1, 2, 2, 3, 4, 1, 5, 6, 0], "points_attributes": [{}, {"glove": "true"}, {}]},
        },
    ]
    labels = found["categories"]["label"]["labels"]
    assert [x["name"] for x in labels] == [
        "car",
        "road",
        "person",
        "sun",
        "rain",
        "dust",
        "glare",
        *sh.JOINTS,
    ]
    assert [x["parent"] for x in labels[-3:]] == ["person"] * 3
    assert found["categories"]["points"]["items"] == [
        {"label_id": 2, "labels": sh.JOINTS, "joints": [[1, 2], [2, 3]], "positions": []}
    ]


def near(found: Geometry, drawn: Geometry) -> bool:
    """Equal; of ellipses, which are written by their box, within what floats lose on the way."""
    if isinstance(found, Ellipse) and isinstance(drawn, Ellipse):
        one = (found.cx, found.cy, found.rx, found.ry, found.rotation)
        return one == pytest.approx((drawn.cx, drawn.cy, drawn.rx, drawn.ry, drawn.rotation), abs=1e-9)
    return found == drawn


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(sh.shapes(), max_size=5))
def test_a_round_trip_is_exact_or_names_its_losses(tmp_path: Path, drawn: list[Shape]) -> None:
    data, counts, ledger = sh.written("datumaro", [sh.image(*drawn, seen=("dust", "glare"))])
    (item,) = sh.again("datumaro", data, tmp_path)
    assert item.annotations[0].answers["seen"] == ("dust", "glare")
    assert ledger.given == len(sh.shapes_of(item)) == len(drawn) - sum(ledger.lost.values())
    assert set(counts) <= CODES
    if not ledger.lost and "shape.clipped" not in counts:
        for found, shape in zip(sh.shapes_of(item), drawn, strict=True):
            assert near(sh.told(found).geometry, sh.told(shape).geometry)
            assert sh.told(found).key[:2] == sh.told(shape).key[:2]
            said = (shape.group, shape.score, shape.occluded, shape.z, shape.answers, shape.box)
            assert said == (found.group, found.score, found.occluded, found.z, found.answers, found.box)
    assert list(DATUMARO.check([data], "file")) == []


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (Shape(Box(0, 0, 0, 9), "car"), "shape.no-extent"),
        (Shape(Box(float("nan"), 0, 5, 9), "car"), "shape.not-finite"),
        (Shape(Points(()), "car"), "shape.no-extent"),
        (Shape(Mask(500, 0, 1, 1, (0, 1)), "car"), "shape.outside-image"),
    ],
)
def test_what_cannot_be_written_is_lost_by_its_code(shape: Shape, code: str) -> None:
    _, counts, ledger = sh.written("datumaro", [sh.image(shape)])
    assert (ledger.taken, ledger.given, ledger.lost) == (1, 0, {code: 1})
    assert counts == {code: 1}


def test_a_curve_is_straightened_within_its_bound() -> None:
    line = Polyline(((0, 0), (100, 0)), handles=(((0, 0), (0, 80)), ((100, 80), (100, 0))))
    data, counts, _ = sh.written("datumaro", [sh.image(Shape(line, "road"))])
    assert counts == {"shape.curve-as-line": 1}
    assert len(json.loads(data)["items"][0]["annotations"][0]["points"]) > 8


def test_images_of_one_name_get_ids_of_their_own() -> None:
    names = ["a.jpg", "a.png", "https://x.org/a.jpg"]
    items = [sh.image(name=name, number=n) for n, name in enumerate(names)]
    data, counts, _ = sh.written("datumaro", items)
    assert [item["id"] for item in json.loads(data)["items"]] == ["a", "a.png", "a.jpg"]
    assert counts == {"datumaro.item-repeated": 2}


def test_a_folder_has_a_file_for_each_subset(tmp_path: Path) -> None:
    items = [sh.image(Shape(Box(0, 0, 5, 5), "car"), name=f"{n}.jpg", number=n) for n in range(3)]
    items[1].item.meta["subset"] = "val"
    problems = Problems()
    files = dict(DATUMARO.write_files(items, sh.STREET, problems))
    assert list(files) == ["annotations/default.json", "annotations/val.json"]
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
        assert list(DATUMARO.check([data], "file")) == []
    assert DATUMARO.recognise(Source(str(tmp_path), name="x"), b"") == "Datumaro data set"
    read, found, _ = sh.read("datumaro", tmp_path, None)
    assert found.counts == {}
    assert [str(item.key) for item in read] == ["default/0.jpg", "default/2.jpg", "val/1.jpg"]


@pytest.mark.parametrize(
    ("name", "images", "objects"),
    [
        ("task1__Datumaro_1.0", 6, 14),
        ("job__Datumaro_1.0", 3, 13),
        ("project__Datumaro_1.0", 29, 67),
        ("video__Datumaro_1.0", 20, 50),
    ],
)
def test_exports_of_cvat_are_read_whole_and_survive(
    name: str, images: int, objects: int, tmp_path: Path
) -> None:
    path = RECORDED / f"{name}.zip"
    assert DATUMARO.recognise(Source(str(path), name=path.name), path.read_bytes()[:100])
    items, problems, asked = sh.read("datumaro", path, None)
    with zipfile.ZipFile(path) as archive:
        files = [json.loads(archive.read(n)) for n in archive.namelist() if n.endswith(".json")]
    marks = [mark for file in files for item in file["items"] for mark in item["annotations"]]
    assert problems.counts == {}
    assert len(items) == images == sum(len(file["items"]) for file in files)
    drawn = sum(mark["type"] != "label" for mark in marks)
    assert problems.ledger(READ).taken == objects == drawn
    resolved = [Resolved(item, item.annotations[0].answers) for item in items]
    data, counts, ledger = sh.written("datumaro", resolved, asked)
    assert (ledger.given, set(counts) <= {"datumaro.item-repeated"}) == (objects, True)
    back = sh.again("datumaro", data, tmp_path, asked)
    for one, other in zip(items, back, strict=True):
        assert [sh.told(s) for s in sh.shapes_of(other)] == [sh.told(s) for s in sh.shapes_of(one)]
        assert {k: v for k, v in other.annotations[0].answers.items() if k != "objects"} == {
            k: v for k, v in one.annotations[0].answers.items() if k != "objects"
        }


def test_what_cvat_says_is_understood() -> None:
    items, _, asked = sh.read("datumaro", RECORDED / "task1__Datumaro_1.0.zip", None)
    drawn = [shape for item in items for shape in sh.shapes_of(item)]
    kinds = {type(shape.geometry) for shape in drawn}
    assert kinds == {Box, Ellipse, Polygon, Polyline, Points, Mask, Skeleton}
    assert Shape(Ellipse(40, 60, 20, 10, 45), "ell") in [sh.told(shape) for shape in drawn]
    (turned,) = [s for s in drawn if isinstance(s.geometry, Box) and s.geometry.rotation]
    assert (turned.geometry, turned.z, turned.occluded) == (Box(30.5, 30.25, 29.5, 29.75, 30), 2, True)
    assert [shape.group for shape in drawn].count("1") == 2
    assert items[0].annotations[0].answers["tags"] == ("weather",)
    assert items[0].annotations[0].answers["sev"] == "high"
    assert asked.controls["objects"].skeletons["person"].joints == ["head", "hand", "foot"]
    assert not {"weather", "head"} & set(asked.controls["objects"].labels)
    assert asked.controls["tags"].kind is Kind.CHOICES
    assert [item.meta["frame"] for item in items] == list(range(6))


GOOD: dict[str, Any] = {
    "dm_format_version": "1.0",
    "categories": {"label": {"labels": [{"name": "car", "parent": "", "attributes": []}]}},
    "items": [
        {
            "id": "a",
            "annotations": [
                {"id": 1, "type": "bbox", "attributes": {}, "group": 0, "label_id": 0, "bbox": [1, 2, 3, 4]}
            ],
            "attr": {},
            "image": {"path": "a.png", "size": [30, 40]},
        }
    ],
}
BAD = [
    ({"bbox": [1, 2, 3]}, "datumaro.shape-malformed"),
    ({"bbox": [1, 2, -3, 4]}, "datumaro.shape-malformed"),
    ({"bbox": ["1", 2, 3, 4]}, "datumaro.entry-malformed"),
    ({"label_id": 9}, "datumaro.label-unknown"),
    ({"type": "sphere"}, "datumaro.type-unknown"),
    ({"type": "polygon", "points": [1, 2, 3]}, "datumaro.shape-malformed"),
    ({"type": "polygon", "points": [1, 2, 3, 4]}, "datumaro.shape-malformed"),
    ({"type": "ellipse", "points": [1, 2]}, "datumaro.shape-malformed"),
    ({"type": "ellipse", "points": [9, 2, 1, 4]}, "datumaro.shape-malformed"),
    ({"type": "skeleton", "points": [1, 2]}, "datumaro.shape-malformed"),
    ({"type": "skeleton", "points": [1, 2, 5]}, "datumaro.shape-malformed"),
    ({"type": "cuboid_2d", "points": [[1, 2]]}, "datumaro.shape-malformed"),
    ({"type": "mask"}, "coco.outline-malformed"),
    ({"type": "mask", "rle": {"size": [2, 2], "counts": [1, 2]}}, "coco.mask-broken"),
]


@pytest.mark.parametrize(("change", "code"), BAD, ids=[f"{n}-{code}" for n, (_, code) in enumerate(BAD)])
def test_a_bad_annotation_is_lost_by_its_code_alone(
    change: dict[str, Any], code: str, tmp_path: Path
) -> None:
    data = json.loads(json.dumps(GOOD))
    good = data["items"][0]["annotations"][0]
    data["items"][0]["annotations"].append({**good, **change})
    raw = json.dumps(data).encode()
    assert [p.code for p in DATUMARO.check([raw], "file")] == [code]
    (tmp_path / "x.json").write_bytes(raw)
    _, problems, _ = sh.read("datumaro", tmp_path / "x.json", None)
    ledger = problems.ledger(READ)
    assert (ledger.given, ledger.lost) == (1, {code: 1})
    assert all(p.remedy and p.place.source for p in problems)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"dm_format_version": "9"}, "datumaro.version-unknown"),
        ({"categories": {"label": {"labels": [{}]}}}, "datumaro.entry-malformed"),
        ({"items": [GOOD["items"][0], GOOD["items"][0]]}, "datumaro.id-repeated"),
        ({"items": [{**GOOD["items"][0], "image": {"path": "a.png"}}]}, "datumaro.size-missing"),
        ({"items": [{"id": 5}]}, "datumaro.entry-malformed"),
        ({"items": {}}, "datumaro.not-json"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(change: dict[str, Any], code: str) -> None:
    raw = json.dumps({**GOOD, **change}).encode()
    assert code in {p.code for p in DATUMARO.check([raw], "file")}
    assert list(DATUMARO.check([json.dumps(GOOD).encode()], "file")) == []


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff\xfe", b'{"items":NaN}'])
def test_what_is_no_json_is_one_problem(raw: bytes) -> None:
    assert [p.code for p in DATUMARO.check([raw], "file")] == ["datumaro.not-json"]


def test_cuboids_come_back(tmp_path: Path) -> None:
    cuboid = Cuboid(tuple((float(n), float(n * n)) for n in range(8)))
    data, counts, _ = sh.written("datumaro", [sh.image(Shape(cuboid, "car"))])
    assert counts == {}
    assert sh.shapes_of(sh.again("datumaro", data, tmp_path)[0])[0].geometry == cuboid
