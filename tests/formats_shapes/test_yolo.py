"""YOLO's four tasks: rows, data.yaml, sides, what is lost, and everything read back."""

from __future__ import annotations

import json
import zipfile
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from shapesets import EXPORTS, balanced, drawing, png, read, shapes_of, shown, written

from labelwright.formats._yolo_rows import Row, Rules, read_rows
from labelwright.geometry.boxes import corners
from labelwright.geometry.ellipses import ellipse_polygon
from labelwright.geometry.measures import extent
from labelwright.geometry.outlines import outline
from labelwright.geometry.rle import mask_of
from labelwright.geometry.shapes import (
    HIDDEN,
    OCCLUDED,
    Box,
    Cuboid,
    Ellipse,
    Joint,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.problems import READ, WRITE, DataError, Problems
from labelwright.records import Kind, Shape
from labelwright.registry import formats

GOLDEN = Path(__file__).parents[1] / "golden" / "formats" / "yolo"
NAMES = {"detect": "yolo", "segment": "yolo-seg", "obb": "yolo-obb", "pose": "yolo-pose"}
CODES = {
    "class": "yolo.class-range",
    "negative": "yolo.outside",
    "mixed": "yolo.mixed-rows",
    "comma": "yolo.commas",
    "float_class": "yolo.class",
    "dup": "yolo.row-repeated",
}
TRIANGLE = Polygon.of(((10.0, 10.0), (60.0, 12.5), (30.0, 70.0)))


def lines(kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / f"{kind}.jsonl").read_text().splitlines()]


def found(case: dict[str, Any]) -> list[str]:
    joints = tuple(case["kpt_shape"]) if "kpt_shape" in case else None
    rules = Rules(case["task"], len(case["names"]), joints)
    return [
        one[0].code for one in read_rows([case["txt"].encode()], "a.txt", rules) if not isinstance(one, Row)
    ]


def check(name: str, data: bytes, source: str = "a.txt") -> list[str]:
    return [p.code for p in formats()[name].check([data], source)]


@pytest.mark.parametrize("case", lines("good"), ids=lambda c: c["task"])
def test_good_rows_are_clean(case: dict[str, Any]) -> None:
    assert found(case) == []
    assert check(NAMES[case["task"]], case["txt"].encode()) == []


@pytest.mark.parametrize(
    ("case", "rule"),
    list(zip(lines("bad"), json.loads((GOLDEN / "rules.json").read_text())["bad"], strict=True)),
    ids=lambda v: v.get("rule", ""),
)
def test_bad_rows_are_refused_for_their_reason(case: dict[str, Any], rule: dict[str, Any]) -> None:
    assert found(case) == [CODES[rule["rule"]]]


@pytest.mark.parametrize(
    ("name", "data", "code", "line"),
    [
        ("yolo", b"0 0.5 0.5 0.2 0.2\n0 0.1 0.1 0.3 0.1 0.3 0.3\n", "yolo.mixed-rows", 2),
        ("yolo", b"0 nan 0.5 0.2 0.2\n", "yolo.not-a-number", 1),
        ("yolo", b"0 0.5 0.5 inf 0.2\n", "yolo.not-a-number", 1),
        ("yolo", b"0 x 0.5 0.2 0.2\n", "yolo.not-a-number", 1),
        ("yolo", b"0 0.5 0.5 0 0.2\n", "yolo.no-extent", 1),
        ("yolo", b"0 0.5 0.5 -0.1 0.2\n", "yolo.outside", 1),
        ("yolo", b"0 0.5 1.5 0.1 0.2\n", "yolo.outside", 1),
        ("yolo", b"-1 0.5 0.5 0.1 0.2\n", "yolo.class", 1),
        ("yolo", b"0 0.5 0.5 0.1\n", "yolo.columns", 1),
        ("yolo", b"\xef\xbb\xbf0 0.5 0.5 0.1 0.1\n", "text.byte-order-mark", 1),
        ("yolo", b"0 0.5 0.5 0.1 0.1\n\xff 1\n", "text.encoding", 2),
        ("yolo-pose", b"0 0.5 0.5 0.2 0.2 0.4 0.4 3\n", "yolo.visibility", 1),
        (
            "yolo-pose",
            b"0 0.5 0.5 0.2 0.2 0.4 0.4 2\n0 0.5 0.5 0.2 0.2 0.4 0.4 2 0.1 0.1 1\n",
            "yolo.mixed-rows",
            2,
        ),
        ("yolo-obb", b"0 0.1 0.1 0.2 0.1 0.2 0.2\n", "yolo.columns", 1),
        ("yolo-seg", b"0 0.1 0.1 0.2 0.1 0.2\n", "yolo.columns", 1),
    ],
)
def test_every_rule_names_its_line(name: str, data: bytes, code: str, line: int) -> None:
    problems = list(formats()[name].check([data], "a.txt"))
    assert [(p.code, p.place.line) for p in problems] == [(code, line)]
    assert all(p.remedy for p in problems)


def test_line_ends_and_blank_lines_are_no_rows() -> None:
    assert check("yolo", b"0 0.5 0.5 0.2 0.2\r\n\r\n1 0.5 0.5 0.2 0.2") == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("train: a\nval: b\nnames: [x, y]\n", []),
        ("train: a\nval: b\nnames: {0: x, 1: y}\nnc: 2\nkpt_shape: [4, 3]\nflip_idx: [1, 0, 2, 3]\n", []),
        ("train: a\nnames: [x]\n", ["yolo.no-split"]),
        ("train: a\nval: b\nnames: {1: x}\n", ["yolo.no-names"]),
        ("train: a\nval: b\nnc: 3\nnames: [x]\n", ["yolo.no-names"]),
        ("train: a\nval: b\n", ["yolo.no-names"]),
        ("train: a\nval: b\nnames: [x, x]\n", ["yolo.no-names"]),
        ("train: a\nval: b\nnames: [x]\nkpt_shape: [4, 5]\n", ["yolo.kpt-shape"]),
        ("train: a\nval: b\nnames: [x]\nkpt_shape: [2, 3]\nflip_idx: [1, 1]\n", ["yolo.kpt-shape"]),
        ("names: [x\n", ["yolo.data-yaml"]),
        ("!!python/object/apply:os.system ['true']\n", ["yolo.data-yaml"]),
        ("- a\n", ["yolo.data-yaml"]),
    ],
)
def test_data_yaml_is_checked(text: str, codes: list[str]) -> None:
    assert check("yolo", text.encode(), "data.yaml") == codes


def test_boxes_of_a_split_are_one_folder(tmp_path: Path) -> None:
    sides = {
        "train": [shown("a/one.png", [Shape(Box(20, 30, 60, 50), "road")]), shown("b/one.png", [])],
        "validation": [shown("two.png", [Shape(Box(0, 0, 160, 120), "car")])],
    }
    files, problems = written("yolo", tmp_path, sides, drawing())
    assert list(problems) == []
    assert {name: data.decode() for name, data in files.items() if name != "data.yaml"} == {
        "labels/train/a/one.txt": "1 0.3125 0.458333333333 0.375 0.416666666667\n",
        "labels/train/b/one.txt": "",
        "labels/val/two.txt": "0 0.5 0.5 1 1\n",
        "train.txt": "./images/train/a/one.png\n./images/train/b/one.png\n",
        "val.txt": "./images/val/two.png\n",
    }
    assert yaml.safe_load(files["data.yaml"]) == {
        "task": "detect",
        "train": "train.txt",
        "val": "val.txt",
        "nc": 2,
        "names": {0: "car", 1: "road"},
    }
    assert check("yolo", files["data.yaml"], "data.yaml") == []
    items, problems, template = read("yolo", tmp_path)
    assert [(i.key.item, i.meta) for i in items] == [
        ("a/one.png", {"split": "train"}),
        ("b/one.png", {"split": "train"}),
        ("two.png", {"split": "val"}),
    ]
    assert template.controls["objects"].labels == ["car", "road"]
    assert len(problems) == 0 and problems.ledger(READ).given == 2


def test_without_a_split_val_is_train(tmp_path: Path) -> None:
    files, problems = written("yolo", tmp_path, {"train": [shown("a.png", [])]}, drawing())
    assert yaml.safe_load(files["data.yaml"])["val"] == "train.txt"
    assert problems.counts == {"yolo.no-validation": 1}
    assert problems.errors == problems.losses == 0


def test_names_never_collide_and_never_leave_the_folder(tmp_path: Path) -> None:
    names = ["a.jpg", "a.png", "../up.jpg", "images/x.jpg", "s/labels/y.jpg", "a-2.jpg"]
    held = [shown(name, [], key=str(n)) for n, name in enumerate(names)]
    files, problems = written("yolo", tmp_path, {"train": held}, drawing())
    labels = [name for name in files if name.startswith("labels/")]
    assert labels == [
        "labels/train/a.txt",
        "labels/train/a-2.txt",
        "labels/train/up.txt",
        "labels/train/images_/x.txt",
        "labels/train/s/labels_/y.txt",
        "labels/train/a-2-2.txt",
    ]
    assert problems.counts["image.renamed"] == 5


LOSSES: list[tuple[str, Shape, dict[str, int], int]] = [
    ("yolo", Shape(Box(50, 50, 20, 10, 90), "car"), {"shape.rotation-lost": 1}, 1),
    ("yolo", Shape(TRIANGLE, "car"), {"shape.written-as-box": 1}, 1),
    ("yolo", Shape(Ellipse(50, 50, 10, 5, 30), "car"), {"shape.written-as-box": 1}, 1),
    ("yolo", Shape(mask_of(np.ones((3, 4)), 5, 6), "car"), {"shape.written-as-box": 1}, 1),
    ("yolo", Shape(Polyline(((1, 1), (5, 5))), "car"), {"shape.polyline-left-out": 1}, 0),
    ("yolo", Shape(Points(((1, 1),)), "car"), {"shape.points-left-out": 1}, 0),
    ("yolo", Shape(Cuboid(tuple((float(i), 1.0) for i in range(8))), "car"), {"shape.cuboid-left-out": 1}, 0),
    ("yolo", Shape(Box(1, 1, 5, 5)), {"shape.label-missing": 1}, 0),
    ("yolo", Shape(Box(1, 1, 5, 5), "boat"), {"shape.label-undeclared": 1}, 0),
    ("yolo", Shape(Box(150, 100, 50, 50), "car"), {"shape.clipped": 1}, 1),
    ("yolo", Shape(Box(200, 10, 5, 5), "car"), {"shape.outside-image": 1}, 0),
    ("yolo", Shape(Box(20, 10, 0, 5), "car"), {"shape.no-extent": 1}, 0),
    ("yolo", Shape(Box(float("nan"), 10, 3, 5), "car"), {"shape.not-finite": 1}, 0),
    (
        "yolo",
        Shape(
            Box(1, 1, 5, 5),
            "car",
            score=0.5,
            group="g",
            occluded=True,
            z=1,
            parent="p",
            answers=(("a", "b"),),
        ),
        dict.fromkeys(
            (
                "shape.attribute-lost",
                "shape.group-lost",
                "shape.occluded-lost",
                "shape.order-lost",
                "shape.parent-lost",
                "shape.score-lost",
            ),
            1,
        ),
        1,
    ),
    ("yolo-seg", Shape(Box(50, 50, 20, 10, 30), "car"), {}, 1),
    ("yolo-seg", Shape(Ellipse(50, 50, 10, 5, 30), "car"), {"shape.ellipse-as-polygon": 1}, 1),
    (
        "yolo-seg",
        Shape(Polygon((((TRIANGLE.parts[0][0]), ((20, 20), (30, 20), (30, 30))),)), "car"),
        {"shape.holes-lost": 1},
        1,
    ),
    (
        "yolo-seg",
        Shape(Polygon((TRIANGLE.parts[0], (((100, 100), (110, 100), (110, 110)),))), "car"),
        {"shape.parts-separated": 1},
        2,
    ),
    (
        "yolo-seg",
        Shape(Polygon.of(((150, 10), (170, 10), (170, 50), (150, 50))), "car"),
        {"shape.clipped": 1},
        1,
    ),
    ("yolo-seg", Shape(Polygon.of(((190, 10), (170, 10), (170, 50))), "car"), {"shape.outside-image": 1}, 0),
    ("yolo-seg", Shape(Polygon.of(((10, 10), (20, 10))), "car"), {"shape.no-extent": 1}, 0),
    ("yolo-seg", Shape(Skeleton((Joint("a", 1, 1),)), "car"), {"shape.skeleton-left-out": 1}, 0),
    ("yolo-obb", Shape(Box(0, 0, 40, 10, 30), "car"), {"yolo.corner-outside": 1}, 0),
    ("yolo-obb", Shape(Ellipse(60, 60, 20, 5, 30), "car"), {"shape.written-as-box": 1}, 1),
    ("yolo-obb", Shape(TRIANGLE, "car"), {"shape.written-as-box": 1}, 1),
    ("yolo-pose", Shape(Box(1, 1, 5, 5), "car"), {"shape.box-left-out": 1}, 0),
    ("yolo-pose", Shape(Skeleton((Joint("nose", 5, 5),)), "road"), {"yolo.skeleton-undeclared": 1}, 0),
    (
        "yolo-pose",
        Shape(Skeleton((Joint("nose", 5, 5), Joint("ear", 6, 9))), "car"),
        {"shape.joint-undeclared": 1},
        1,
    ),
    (
        "yolo-pose",
        Shape(Skeleton((Joint("nose", 500, 5), Joint("left_eye", 6, 9))), "car"),
        {"yolo.joint-outside": 1},
        1,
    ),
]


@pytest.mark.parametrize(("name", "shape", "codes", "rows"), LOSSES)
def test_what_is_lost_has_a_code_and_an_account(
    name: str, shape: Shape, codes: dict[str, int], rows: int, tmp_path: Path
) -> None:
    template = drawing(joints={"car": ["nose", "left_eye"]})
    files, problems = written(name, tmp_path, {"train": [shown("a.png", [shape])]}, template)
    assert problems.counts == {**codes, "yolo.no-validation": 1}
    assert files["labels/train/a.txt"].count(b"\n") == rows
    assert check(name, files["labels/train/a.txt"]) == []
    ledger = problems.ledger(WRITE)
    assert (ledger.taken, ledger.given, ledger.missing) == (1, min(rows, 1), 0)


def test_an_answer_about_the_image_is_a_loss_once(tmp_path: Path) -> None:
    from labelwright.contracts import Control

    template = drawing(weather=Control(Kind.CHOICE, labels=["sun"]))
    _, problems = written("yolo", tmp_path, {"train": [shown("a.png", [], weather="sun")]}, template)
    assert problems.counts == {"image.tag-lost": 1, "yolo.no-validation": 1}


def test_an_image_of_unknown_size_is_no_image_with_nothing_on_it(tmp_path: Path) -> None:
    held = [shown("a.png", [Shape(Box(1, 1, 5, 5), "car")], None), shown("b.png", [], None)]
    files, problems = written("yolo", tmp_path, {"train": held}, drawing())
    assert [name for name in files if name.startswith("labels")] == ["labels/train/b.txt"]
    assert problems.counts["shape.size-missing"] == 1 and balanced(problems)


def test_a_rotated_box_is_written_by_its_true_extent(tmp_path: Path) -> None:
    # 20 x 10 at (50, 50) turned by 90 degrees about (60, 55): from (55, 45) to (65, 65).
    shape = Shape(Box(50, 50, 20, 10, 90), "car")
    files, _ = written("yolo", tmp_path, {"train": [shown("a.png", [shape], (100, 100))]}, drawing())
    assert files["labels/train/a.txt"] == b"0 0.6 0.55 0.1 0.2\n"


def test_joints_and_their_mirror(tmp_path: Path) -> None:
    joints = {
        "person": ["nose", "left_eye", "right_eye", "hand left", "hand right"],
        "dog": ["nose", "left_eye", "right_eye"],
    }
    template = drawing(["person", "dog"], joints)
    figure = Skeleton(
        (
            Joint("nose", 80, 60),
            Joint("right_eye", 96, 48, OCCLUDED),
            Joint("left_eye", 64, 48),
            Joint("hand left", 0, 0, HIDDEN),
        )
    )
    box = Shape(Box(40, 30, 80, 60), "dog", group="7")
    dog = Skeleton((Joint("nose", 80, 60), Joint("left_eye", 64, 48), Joint("right_eye", 96, 48)))
    held = [shown("a.png", [Shape(figure, "person"), box, Shape(dog, "dog", group="7")])]
    files, problems = written("yolo-pose", tmp_path, {"train": held, "validation": []}, template)
    said = yaml.safe_load(files["data.yaml"])
    assert said["kpt_shape"] == [5, 3] and said["flip_idx"] == [0, 2, 1, 4, 3]
    assert said["kpt_names"] == {0: joints["person"], 1: joints["dog"]}
    assert files["labels/train/a.txt"].decode().splitlines() == [
        "0 0.5 0.45 0.2 0.1 0.5 0.5 2 0.4 0.4 2 0.6 0.4 1 0 0 0 0 0 0",
        "1 0.5 0.5 0.5 0.5 0.5 0.5 2 0.4 0.4 2 0.6 0.4 2 0 0 0 0 0 0",
    ]
    assert problems.counts == {"shape.group-lost": 2, "yolo.no-validation": 1}
    assert problems.ledger(WRITE).given == 3
    items, problems, _ = read("yolo-pose", tmp_path)
    first, second = shapes_of(items[0])
    assert [j.name for j in first.geometry.joints] == joints["person"]
    assert [j.visibility for j in first.geometry.joints] == [2, 2, 1, 0, 0]
    assert first.box is None and second.box == Box(40, 30, 80, 60)
    assert [(j.name, j.x, j.y) for j in second.geometry.joints] == [(j.name, j.x, j.y) for j in dog.joints]
    assert balanced(problems) and problems.ledger(READ).given == 2


FIGURE = Skeleton((Joint("nose", 30, 20), Joint("left_eye", 25, 15, OCCLUDED)))


@pytest.mark.parametrize(
    ("around", "back", "codes"),
    [
        (None, None, {}),
        (Box(20, 10, 60, 40), Box(20, 10, 60, 40), {}),
        (Box(-20, 10, 60, 40), Box(0, 10, 40, 40), {"shape.clipped": 1}),
        # 60 x 40 at (20, 10) about (50, 30): from (30, 0) to (70, 60)
        (Box(20, 10, 60, 40, 90), Box(30, 0, 40, 60), {"shape.rotation-lost": 1}),
        (Box(20, 10, 0, 40), None, {"shape.box-lost": 1}),
        (Box(-20, 10, 5, 5), None, {"shape.box-lost": 1}),
    ],
)
def test_the_box_around_a_figure_comes_back(
    around: Box | None, back: Box | None, codes: dict[str, int], tmp_path: Path
) -> None:
    template = drawing(joints={"car": ["nose", "left_eye"]})
    held = [shown("a.png", [Shape(FIGURE, "car", box=around)])]
    _, problems = written("yolo-pose", tmp_path, {"train": held, "validation": []}, template)
    assert {**problems.counts, "yolo.no-validation": 1} == {**codes, "yolo.no-validation": 1}
    items, problems, template = read("yolo-pose", tmp_path)
    (shape,) = shapes_of(items[0])
    assert len(problems) == 0 and template.controls["objects"].shapes == ["skeleton"]
    assert (shape.box is None) == (back is None)
    if back is not None:
        assert extent(shape.box) == pytest.approx(extent(back), abs=1e-6)


SQUARE = ((10.0, 20.0), (40.0, 20.0), (40.0, 60.0), (10.0, 60.0))
TURNED = corners(Box(50, 50, 20, 10, 30))


@pytest.mark.parametrize("name", ["yolo", "yolo-obb"])
@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("reverse", [False, True])
def test_an_outline_that_is_a_rectangle_is_a_box(
    name: str, start: int, reverse: bool, tmp_path: Path
) -> None:
    ring = [*SQUARE[start:], *SQUARE[:start]]
    shape = Shape(Polygon.of(tuple(reversed(ring) if reverse else ring)), "car")
    _, problems = written(name, tmp_path, {"train": [shown("a.png", [shape])], "validation": []}, drawing())
    assert set(problems.counts) <= {"yolo.no-validation"}
    (back,) = shapes_of(read(name, tmp_path)[0][0])
    assert isinstance(back.geometry, Box) and back.geometry.rotation == 0
    assert extent(back.geometry) == pytest.approx((10, 20, 40, 60), abs=1e-9)


@pytest.mark.parametrize("start", range(4))
def test_an_outline_that_is_a_turned_rectangle_is_a_turned_box(start: int, tmp_path: Path) -> None:
    ring = (*TURNED[start:], *TURNED[:start])
    held = [shown("a.png", [Shape(Polygon.of((*ring, ring[0])), "car")])]
    _, problems = written("yolo-obb", tmp_path, {"train": held, "validation": []}, drawing())
    assert set(problems.counts) <= {"yolo.no-validation"}
    (back,) = shapes_of(read("yolo-obb", tmp_path)[0][0])
    assert isinstance(back.geometry, Box)
    found = corners(back.geometry)
    for p in TURNED:
        assert min(hypot(p[0] - q[0], p[1] - q[1]) for q in found) < 1e-6


@pytest.mark.parametrize("off", [1e-7, 1e-3])
@pytest.mark.parametrize("ring", [SQUARE, TURNED])
def test_an_outline_that_is_nearly_a_rectangle_is_none(
    ring: tuple[tuple[float, float], ...], off: float, tmp_path: Path
) -> None:
    bent = ((ring[0][0] - off, ring[0][1] + off / 2), *ring[1:])
    held = [shown("a.png", [Shape(Polygon.of(bent), "car")])]
    _, problems = written("yolo-obb", tmp_path, {"train": held, "validation": []}, drawing())
    assert problems.counts.get("shape.written-as-box", 0) == (off > 1e-6)


@pytest.mark.parametrize(
    ("export", "name", "form", "counts"),
    [
        ("task1__YOLO_1.1.zip", "yolo", "darknet", [1, 0, 2, 0, 1, 0]),
        ("task1__Ultralytics_YOLO_Segmentation_1.0.zip", "yolo-seg", "ultralytics", [1, 1, 3, 0, 0, 0]),
    ],
)
def test_cvats_own_exports_are_read(export: str, name: str, form: str, counts: list[int]) -> None:
    from labelwright.contracts import Source

    path = EXPORTS / export
    recognised = {n: f.recognise(Source(str(path), name=export), b"PK") for n, f in formats().items() if n in NAMES.values() and hasattr(f, "recognise")}  # fmt: skip  # noqa: E501
    assert {n: f for n, f in recognised.items() if f} == {name: form}
    items, problems, _ = read(name, path)
    assert [i.key.item for i in items] == [f"img_00{n}.jpg" for n in range(6)]
    assert [len(shapes_of(i)) for i in items] == counts
    assert {i.sizes["image"] for i in items} == {(160, 120)}
    assert len(problems) == 0 and problems.ledger(READ).given == sum(counts)


def test_cvats_boxes_by_value() -> None:
    items, _, template = read("yolo", EXPORTS / "task1__YOLO_1.1.zip")
    assert template.controls["objects"].labels[8] == "naïve—ярлык 你好"
    (car,) = shapes_of(items[0])
    assert car.label == "car"
    assert [round(n, 3) for n in (car.geometry.x, car.geometry.y, car.geometry.width, car.geometry.height)] == [20, 20, 60, 50]  # fmt: skip  # noqa: E501
    assert [s.label for s in shapes_of(items[2])] == ["naïve—ярлык 你好", "any thing"]


def test_what_cannot_be_read_is_lost_by_its_code(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    (tmp_path / "classes.txt").write_text("car\nroad\n")
    (tmp_path / "images" / "grün.png").write_bytes(png(10, 20))
    (tmp_path / "images" / "broken.png").write_bytes(b"not an image")
    (tmp_path / "labels" / "grün.txt").write_text(
        "0 0.5 0.5 0.2 0.2\n5 0.5 0.5 0.2 0.2\n0 0.5 0.5 0.2 0.2\n1 1.4 0.5 0.2 0.2\n"
    )
    (tmp_path / "labels" / "broken.txt").write_text("0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n")
    (tmp_path / "labels" / "gone.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    items, problems, _ = read("yolo", tmp_path)
    assert {i.key.item: len(shapes_of(i)) for i in items} == {"broken.png": 0, "grün.png": 2}
    ledger = problems.ledger(READ)
    assert (ledger.taken, ledger.given) == (7, 2)
    assert ledger.lost == {
        "yolo.class-range": 1,
        "yolo.row-repeated": 1,
        "dataset.image-unreadable": 2,
        "dataset.image-missing": 1,
    }
    places = {p.code: (p.place.source, p.place.line) for p in problems}
    assert places["yolo.class-range"] == (f"{tmp_path.name}/labels/grün.txt", 2)
    assert places["yolo.outside"] == (f"{tmp_path.name}/labels/grün.txt", 4)


@pytest.mark.parametrize("cut", [0.5, 0.95])
def test_an_archive_cut_short_is_told(tmp_path: Path, cut: float) -> None:
    data = (EXPORTS / "task1__YOLO_1.1.zip").read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(DataError) as told:
        read("yolo", path)
    assert told.value.problem.code == "archive.broken"


def test_an_archive_with_names_above_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../data.yaml", "names: [x]\n")
    with pytest.raises(DataError) as told:
        read("yolo", path)
    assert told.value.problem.code == "archive.unsafe-name"


SIZES = st.tuples(st.integers(40, 4000), st.integers(40, 4000))
PART = st.floats(0, 1, allow_nan=False)


@settings(max_examples=40)
@given(
    SIZES,
    st.lists(st.tuples(PART, PART, PART, PART, st.sampled_from(["car", "road"])), max_size=4, unique=True),
)
def test_boxes_come_back(size: tuple[int, int], drawn: list[tuple[float, float, float, float, str]]) -> None:
    import tempfile

    shapes = []
    for x, y, w, h, label in drawn:
        left, top = x * (size[0] - 2), y * (size[1] - 2)
        shapes.append(Shape(Box(left, top, 1 + w * (size[0] - left - 1), 1 + h * (size[1] - top - 1)), label))
    with tempfile.TemporaryDirectory() as folder:
        _, problems = written("yolo", Path(folder), {"train": [shown("a.png", shapes, size)]}, drawing())
        assert set(problems.counts) == {"yolo.no-validation"}
        items, problems, _ = read("yolo", Path(folder))
    back = shapes_of(items[0])
    assert len(problems) == 0 and [s.label for s in back] == [s.label for s in shapes]
    for a, b in zip(shapes, back, strict=True):
        assert extent(b.geometry) == pytest.approx(extent(a.geometry), abs=1e-6)


@settings(max_examples=40)
@given(SIZES, PART, PART, PART, PART, st.floats(0.5, 359.5))
def test_turned_boxes_come_back(
    size: tuple[int, int], x: float, y: float, w: float, h: float, angle: float
) -> None:
    import tempfile

    reach = min(size) / 2  # half the diagonal stays inside
    width, height = 2 + w * (reach - 4), 2 + h * (reach - 4)
    cx, cy = reach + x * (size[0] - 2 * reach), reach + y * (size[1] - 2 * reach)
    box = Box(cx - width / 2, cy - height / 2, width, height, angle)
    with tempfile.TemporaryDirectory() as folder:
        _, problems = written(
            "yolo-obb", Path(folder), {"train": [shown("a.png", [Shape(box, "car")], size)]}, drawing()
        )
        assert set(problems.counts) == {"yolo.no-validation"}
        items, problems, _ = read("yolo-obb", Path(folder))
    (back,) = shapes_of(items[0])
    assert isinstance(back.geometry, Box) and len(problems) == 0
    for p, q in zip(corners(box), corners(back.geometry), strict=True):
        assert hypot(p[0] - q[0], p[1] - q[1]) < 1e-6


@settings(max_examples=40)
@given(SIZES, st.lists(st.tuples(PART, PART), min_size=3, max_size=12, unique=True))
def test_outlines_come_back(size: tuple[int, int], points: list[tuple[float, float]]) -> None:
    import tempfile

    ring = tuple((x * size[0], y * size[1]) for x, y in points)
    with tempfile.TemporaryDirectory() as folder:
        _, problems = written("yolo-seg", Path(folder), {"train": [shown("a.png", [Shape(Polygon.of(ring), "car")], size)]}, drawing())  # fmt: skip  # noqa: E501
        assert set(problems.counts) == {"yolo.no-validation"}
        items, problems, _ = read("yolo-seg", Path(folder))
    (back,) = shapes_of(items[0])
    for p, q in zip(ring, back.geometry.ring, strict=True):
        assert hypot(p[0] - q[0], p[1] - q[1]) < 1e-6


def test_a_masks_outline_is_that_of_its_pixels(tmp_path: Path) -> None:
    mask = mask_of(np.array([[1, 1, 0], [1, 1, 1]]), 10, 20)
    ellipse = Ellipse(80, 60, 30, 20, 15)
    held = [shown("a.png", [Shape(mask, "car"), Shape(ellipse, "road")])]
    _, problems = written("yolo-seg", tmp_path, {"train": held}, drawing())
    assert problems.bounds == {"shape.ellipse-as-polygon": "0.25 px"}
    items, _, _ = read("yolo-seg", tmp_path)
    first, second = shapes_of(items[0])
    for shape, wanted in ((first, outline(mask)), (second, ellipse_polygon(ellipse)[0])):
        for p, q in zip(shape.geometry.ring, wanted.ring or (), strict=True):
            assert hypot(p[0] - q[0], p[1] - q[1]) < 1e-6


def test_one_label_file_holds_one_image() -> None:
    held = [shown("a.png", [Shape(Box(1, 1, 5, 5), "car")]), shown("b.png", [Shape(Box(1, 1, 5, 5), "car")])]
    problems = Problems()
    data = b"".join(formats()["yolo"].write(held, drawing(), problems))
    assert data.count(b"\n") == 1
    assert problems.ledger(WRITE).lost == {"yolo.several-images": 1} and balanced(problems)
