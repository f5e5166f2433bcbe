"""Shapes as Label Studio stores them: what its page drew, and what can be wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ls_drawing import RECORDED, lost, read, read_tasks, recorded, region, template

from labelwright.contracts import Control, Input, SkeletonSpec, Source, Template
from labelwright.geometry.boxes import corners
from labelwright.geometry.brush import brush_of, encode_brush
from labelwright.geometry.measures import extent
from labelwright.geometry.rle import mask_area, mask_of
from labelwright.geometry.shapes import Box, Ellipse, Mask, Points, Polygon, Polyline
from labelwright.problems import READ, DataError, Place, Problems
from labelwright.records import Kind, Shape, ShapeRelation
from labelwright_plugins.label_studio import plugin
from labelwright_plugins.label_studio.answers import AnswerReader
from labelwright_plugins.label_studio.bitmask import png_of
from labelwright_plugins.label_studio.fields import Result

BOX = {"x": 50, "y": 10, "width": 20, "height": 20, "rotation": 0}


def near(found: Any, wanted: Any) -> None:
    assert found == pytest.approx(wanted, abs=1e-9)


def test_recorded_boxes_are_in_pixels_by_annotator() -> None:
    items, problems = recorded("bbox", template("label", ["Scratch", "Dent"], shapes=["box"]))
    assert [len(item.annotations) for item in items] == [4, 3, 3]
    assert items[0].sizes == {"image": (640, 480)} and problems.ledger(READ).given == 17
    drawn, _, third, _ = items[0].annotations
    assert [a.annotator for a in items[0].annotations] == ["1", "2", "3", "4"]
    scratch, dent = drawn.answers["label"]
    assert (scratch.label, scratch.id, dent.label) == ("Scratch", "dypMA8591W", "Dent")
    # 7.398273736128232 % of 640 px, 13.090834360871348 % of 480 px ...
    near(extent(scratch.geometry), (47.348951911, 62.836004932, 205.178791615, 181.208384710))
    turned = third.answers["label"][1].geometry
    assert turned.rotation == 15
    # The stored corner is that about which it turns: 59.034858999008364 %, 41.649834843750355 %.
    near(corners(turned)[0], (377.823097594, 199.919207250))
    near((turned.width, turned.height), (159.587948791, 158.822260910))
    assert not len(problems)


def test_recorded_polygons_and_ellipses() -> None:
    image = {"image": Input("image")}
    controls = {"label": Control(Kind.SHAPES, ["Plant"]), "ell": Control(Kind.SHAPES, ["Blob"])}
    items, problems = recorded("polygon", Template("t", inputs=image, controls=controls))
    answers = items[0].annotations[0].answers
    (plant,), (blob,) = answers["label"], answers["ell"]
    assert isinstance(plant.geometry, Polygon) and plant.geometry.ring is not None
    near(plant.geometry.ring[0], (78.914919852, 236.448828607))
    near(plant.geometry.ring[3], (94.697903822, 339.038224414))
    assert isinstance(blob.geometry, Ellipse)
    near(
        (blob.geometry.cx, blob.geometry.cy, blob.geometry.rx, blob.geometry.ry),
        (355.117139334, 220.665844636, 63.131935882, 55.240443896),
    )
    assert list(problems.counts) == ["label-studio.labels-drift"]  # the project has Other too
    assert problems.ledger(READ).given == 14


def test_recorded_points() -> None:
    items, problems = recorded("keypoint", template("kp", ["Nose", "Eye"], shapes=["points"]))
    nose, eye = items[0].annotations[0].answers["kp"]
    assert isinstance(nose.geometry, Points) and isinstance(eye.geometry, Points)
    near(nose.geometry.points[0], (118.372379778, 118.076448829))
    near(eye.geometry.points[0], (236.744759556, 157.533908755))
    assert (nose.label, eye.label) == ("Nose", "Eye") and not len(problems)


def test_recorded_words_in_boxes_are_one_region() -> None:
    """A rectangle, its label and its text share an id; the rectangle's tag has a name of its own."""
    asked = template("label", ["Text", "Handwriting"])
    asked.controls["transcription"] = Control(Kind.TEXT, on="label")
    items, problems = recorded("ocr", asked)
    shapes = [a.answers["label"] for item in items for a in item.annotations]
    assert [len(found) for found in shapes] == [1] * 6 and not len(problems)
    assert shapes[0][0].geometry == Box(12.8, 14.4, 76.8, 24.0)
    assert shapes[0][0].answers == (("transcription", "image 0"),)
    assert shapes[3][0].answers == (("transcription", "image 1"),)
    assert "transcription" not in items[0].annotations[0].answers


def test_recorded_brush_strokes() -> None:
    """Areas and places as label-studio-sdk decodes them, at half of the alpha."""
    items, problems = recorded("brush", template("tag", ["Leaf", "Background"], shapes=["mask"]))
    (stroke,), (disc,) = (a.answers["tag"] for a in items[0].annotations[:2])
    assert isinstance(stroke.geometry, Mask) and isinstance(disc.geometry, Mask)
    assert (mask_area(stroke.geometry), extent(stroke.geometry)) == (230, (48, 46, 102, 74))
    assert (mask_area(disc.geometry), extent(disc.geometry)) == (3503, (40, 30, 111, 95))
    # The page drew the first with a soft edge; a machine made the others.
    assert problems.counts == {"label-studio.mask-edge-soft": 1} and problems.bounds
    assert "121 pixels" in next(iter(problems)).message


def test_recorded_bitmask_and_vector(tmp_path: Path) -> None:
    posted = json.loads((RECORDED / "page_vector_bitmask.json").read_text())
    results = posted["requests"][-1]["body"]["result"]
    controls = {
        name: Control(Kind.SHAPES) for name in {r["from_name"] for r in results}
    }  # fmt: skip
    asked = Template("t", inputs={"image": Input("image")}, controls=controls)
    answers, problems = read(tmp_path, results, asked)
    by_label = {shape.label: shape.geometry for shapes in answers.values() for shape in shapes}
    line = by_label.pop("Lane")
    (mask,) = by_label.values()
    assert isinstance(line, Polyline) and not line.closed and not line.handles
    near(line.points[0], (236.744759556, 236.448828607))
    near(line.points[2], (315.659679408, 220.665844636))
    assert isinstance(mask, Mask)
    assert (mask_area(mask), extent(mask)) == (3852, (63, 63, 173, 157))
    assert problems.counts == {"label-studio.mask-edge-soft": 1}


def test_a_box_turned_in_pixels_not_in_percent(tmp_path: Path) -> None:
    answers, _ = read(
        tmp_path, [region("rectanglelabels", {**BOX, "rotation": 90, "rectanglelabels": ["a"]})]
    )
    left, top, right, bottom = extent(answers["objects"][0].geometry)
    near((left, top, right - left, bottom - top), (180, 10, 20, 80))


def test_a_turned_image_leaves_coordinates_alone_and_is_said(tmp_path: Path) -> None:
    value = {**BOX, "rectanglelabels": ["a"]}
    answers, problems = read(tmp_path, [region("rectanglelabels", value, image_rotation=90)])
    assert answers["objects"][0].geometry == Box(200, 10, 80, 20)
    assert list(problems.counts) == ["label-studio.image-turned"]


def test_every_label_of_a_region_is_kept(tmp_path: Path) -> None:
    value = {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "rotation": 30, "ellipselabels": ["a", "b"]}
    answers, problems = read(tmp_path, [region("ellipselabels", value)])
    first, second = answers["objects"]
    assert first.geometry == second.geometry == Ellipse(200, 50, 40, 20, 30)
    assert (first.label, second.label, first.id, second.id) == ("a", "b", "r", "r")
    assert (problems.ledger(READ).taken, problems.ledger(READ).given) == (2, 2)


def brush(bits: Any) -> dict[str, Any]:
    mask = mask_of(np.asarray(bits))
    rle = brush_of(mask, 400, 100)
    return region("brushlabels", {"format": "rle", "rle": rle, "brushlabels": ["a"]})


def test_masks_keep_holes_parts_and_single_pixels(tmp_path: Path) -> None:
    holed = np.zeros((100, 400), dtype=bool)
    holed[5:95, 10:140] = True
    holed[40:50, 20:70] = False
    parts = np.zeros((100, 400), dtype=bool)
    parts[10:20, 10:20] = parts[60:70, 300:310] = True
    line = np.zeros((100, 400), dtype=bool)
    line[50, 7:390] = True
    for bits, area in ((holed, 11200), (parts, 200), (line, 383)):
        answers, problems = read(tmp_path, [brush(bits)])
        (shape,) = answers["objects"]  # two parts are one region
        assert mask_area(shape.geometry) == area == bits.sum() and not len(problems)


@pytest.mark.parametrize("type_", ["brush", "magicwand", "brushlabels"])
def test_a_soft_edge_is_cut_at_half(tmp_path: Path, type_: str) -> None:
    alpha = np.zeros((100, 400, 4), dtype=np.uint8)
    alpha[10, 10:14, 3] = (127, 128, 255, 1)
    value = {"format": "rle", "rle": encode_brush(alpha), "brushlabels": ["a"]}
    answers, problems = read(tmp_path, [region(type_, value)])
    assert answers["objects"][0].geometry == Mask(11, 10, 2, 1, (0, 2))
    (problem,) = problems
    assert problem.code == "label-studio.mask-edge-soft" and "3 pixels" in problem.message


def test_a_bitmask_is_its_alpha(tmp_path: Path) -> None:
    bits = np.zeros((100, 400), dtype=bool)
    bits[20:30, 100:150] = True
    value = {"imageDataURL": png_of(bits), "bitmasklabels": ["a"]}
    answers, problems = read(tmp_path, [region("bitmasklabels", value)])
    assert answers["objects"][0].geometry == mask_of(bits) and not len(problems)


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ({"rle": [0, 1, 2]}, "shape-unreadable", "too early"),
        ({"rle": brush_of(Mask(0, 0, 1, 1, (0, 1)), 20, 10)}, "shape-unreadable", "have 160000"),
        ({"rle": encode_brush(np.zeros(160000, dtype=np.uint8))}, "shape-empty", "no pixel"),
        ({"imageDataURL": "https://example.com/a.png"}, "shape-unreadable", "no PNG"),
        ({"imageDataURL": "data:image/png;base64,AAAA"}, "shape-unreadable", "cannot be read"),
        ({"imageDataURL": png_of(np.ones((2, 3), dtype=bool))}, "shape-unreadable", "3 x 2 pixels"),
        ({**BOX, "x": None}, "shape-unreadable", "no x"),
        ({**BOX, "y": "10"}, "shape-unreadable", "y is no number"),
        ({**BOX, "width": 0}, "shape-empty", "0 % wide"),
        ({"x": 1, "y": 1, "radiusX": 0, "radiusY": 2}, "shape-empty", "radii"),
        ({"points": [[1, 1], [1, 1], [2, 2]], "closed": True}, "shape-empty", "2 different"),
        ({"points": [[1], [2, 2]], "closed": True}, "shape-unreadable", "x and y"),
        ({"points": 3}, "shape-unreadable", "no list"),
        ({"vertices": [{"x": 1, "y": 1}]}, "shape-empty", "1 different"),
        ({"sequence": []}, "shape-unreadable", "no x"),
        ({"closed": True}, "shape-unreadable", "no shape"),
        ({**BOX, "labels": "a"}, "shape-unreadable", "labels"),
    ],
)  # fmt: skip
def test_what_is_no_shape_is_lost_by_code(
    tmp_path: Path, value: dict[str, Any], code: str, words: str
) -> None:
    answers, problems = read(tmp_path, [region("rectanglelabels", value)])
    assert answers["objects"] == () and lost(problems) == {f"label-studio.{code}": 1}
    (problem,) = problems
    assert words in problem.message and problem.place.region == "r" and problem.remedy


@pytest.mark.parametrize("number", ["1e999", "NaN"])
def test_numbers_that_are_none(tmp_path: Path, number: str) -> None:
    """JSON has no such numbers: the annotation as a whole cannot be read, which is said."""
    path, problems = tmp_path / "export.json", Problems()
    annotation = {"id": 5, "completed_by": 2, "result": [region("rectangle", {**BOX, "x": 77})]}
    task = {"id": 1, "data": {"image": "a.png"}, "annotations": [annotation]}
    path.write_text(json.dumps([task]).replace("77", number))
    try:
        items = list(plugin.read(Source(str(path)), template(), problems))
    except DataError as error:
        assert "JSON" in str(error)
    else:
        assert not items[0].annotations[0].answers["objects"] and problems.errors


def test_a_region_without_a_size_is_lost(tmp_path: Path) -> None:
    result = region("rectanglelabels", {**BOX, "rectanglelabels": ["a", "b"]}, original_width=None)
    answers, problems = read(tmp_path, [result])
    assert answers["objects"] == () and lost(problems) == {"label-studio.size-missing": 2}


def test_sizes_that_differ_are_said_and_each_region_has_its_own(tmp_path: Path) -> None:
    other = region("rectangle", BOX, id="s", original_width=800)
    answers, problems = read(tmp_path, [region("rectangle", BOX), other])
    assert [s.geometry.x for s in answers["objects"]] == [200, 400]
    assert problems.counts == {"label-studio.sizes-differ": 1}


def test_a_shape_that_reaches_out_is_kept_and_said(tmp_path: Path) -> None:
    answers, problems = read(tmp_path, [region("rectangle", {**BOX, "x": 90, "y": -5})])
    assert answers["objects"][0].geometry == Box(360, -5, 80, 20)
    assert problems.counts == {"label-studio.shape-outside": 1} and not problems.errors


def test_unknown_and_missing_labels(tmp_path: Path) -> None:
    asked = template(labels=["a"])
    results = [
        region("rectanglelabels", {**BOX, "rectanglelabels": ["a", "x"]}),
        region("rectanglelabels", BOX, id="s"),
    ]
    answers, problems = read(tmp_path, results, asked)
    assert [s.label for s in answers["objects"]] == ["a", ""]
    assert lost(problems) == {"label-studio.label-unknown": 1}
    assert problems.counts["label-studio.shape-unlabelled"] == 1


def test_a_region_twice_is_lost_once(tmp_path: Path) -> None:
    answers, problems = read(tmp_path, [region("rectangle", BOX), region("rectangle", BOX)])
    assert len(answers["objects"]) == 1 and lost(problems) == {"label-studio.region-duplicate": 1}


def test_lines_with_curves_are_in_their_order(tmp_path: Path) -> None:
    vertices = [
        {"id": "c", "prevPointId": "b", "x": 75, "y": 50, "isBezier": False},
        {"id": "a", "x": 25, "y": 50, "isBezier": False},
        {
            "id": "b", "prevPointId": "a", "x": 50, "y": 50, "isBezier": True,
            "controlPoint1": {"x": 45, "y": 40}, "controlPoint2": {"x": 55, "y": 60},
        },
    ]  # fmt: skip
    value = {"vertices": vertices, "closed": True, "vectorlabels": ["a"]}
    answers, _ = read(tmp_path, [region("vectorlabels", value)])
    assert answers["objects"][0].geometry == Polyline(
        ((100, 50), (200, 50), (300, 50)), True, (None, ((180, 40), (220, 60)), None)
    )
    vertices.append({"id": "d", "prevPointId": "b", "x": 60, "y": 50})
    answers, problems = read(tmp_path, [region("vectorlabels", value)])
    assert "branches" in next(iter(problems)).message and len(lost(problems)) == 1


def test_an_open_polygon_is_a_line(tmp_path: Path) -> None:
    value = {"points": [[0, 0], [50, 50], [100, 0]], "closed": False, "polygonlabels": ["a"]}
    answers, _ = read(tmp_path, [region("polygonlabels", value)])
    assert answers["objects"][0].geometry == Polyline(((0, 0), (200, 50), (400, 0)))


def test_relations_join_shapes(tmp_path: Path) -> None:
    asked = template()
    asked.controls["links"] = Control(Kind.RELATIONS, ["part of"])
    link = {"type": "relation", "from_id": "r", "to_id": "s", "direction": "right", "labels": ["part of"]}
    results = [
        region("rectangle", BOX),
        region("ellipse", {"x": 1, "y": 1, "radiusX": 1, "radiusY": 1}, id="s"),
    ]
    answers, problems = read(tmp_path, [*results, link], asked)
    (found,) = answers["links"]
    assert isinstance(found, ShapeRelation) and found.label == "part of"
    assert (found.head, found.tail) == answers["objects"]
    answers, problems = read(tmp_path, [results[0], link], asked)
    assert answers["links"] == () and "label-studio.relation-end-unknown" in problems.counts


def test_what_is_asked_of_a_region_stays_with_it(tmp_path: Path) -> None:
    asked = template()
    asked.controls["colour"] = Control(Kind.CHOICE, ["red", "blue"], on="objects")
    asked.controls["count"] = Control(Kind.NUMBER, on="objects")
    value = {**BOX, "choices": ["red"]}
    results = [
        region("rectanglelabels", {**BOX, "rectanglelabels": ["a"]}, score=0.5, parentID="p"),
        region("choices", value, "colour"),
        region("number", {**BOX, "number": 3}, "count"),
        region("choices", {"choices": ["blue"]}, "colour", id="gone"),
    ]
    answers, problems = read(tmp_path, results, asked)
    assert answers["objects"] == (
        Shape(
            Box(200, 10, 80, 20), "a", "r", parent="p", score=0.5, answers=(("colour", "red"), ("count", 3))
        ),
    )
    assert list(problems.counts) == ["label-studio.region-unknown"]


PAGES = """<View><Image name="pages" valueList="$pages"/>
<RectangleLabels name="objects" toName="pages"><Label value="a"/></RectangleLabels></View>"""
REPEATED = """<View><Repeater on="$pages" indexFlag="{{idx}}"><Image name="page_{{idx}}"
value="$pages[{{idx}}].url"/><RectangleLabels name="objects_{{idx}}" toName="page_{{idx}}">
<Label value="a"/></RectangleLabels></Repeater></View>"""


def test_several_images_of_one_task(tmp_path: Path) -> None:
    control = Control(Kind.SHAPES, ["a"], input="pages")
    asked = Template("t", inputs={"pages": Input("image")}, controls={"objects": control})
    value = {**BOX, "rectanglelabels": ["a"]}
    results = [
        region("rectanglelabels", value, to_name="pages", item_index=1, original_width=800),
        region("rectanglelabels", value, id="s", to_name="pages", item_index=0),
    ]
    data: dict[str, Any] = {"pages": ["a/x.png", "b/x.png"]}
    task = {"id": 1, "data": data, "annotations": [{"id": 5, "completed_by": 2, "result": results}]}
    (item,), problems = read_tasks(tmp_path, [task], asked, PAGES)
    assert [s.unit for s in item.annotations[0].answers["objects"]] == ["1", "0"]
    assert item.sizes == {"pages[1]": (800, 100), "pages[0]": (400, 100)} and not len(problems)
    numbered = [
        region("rectanglelabels", value, "objects_1", to_name="page_1", original_width=800),
        region("rectanglelabels", value, "objects_0", id="s", to_name="page_0"),
    ]
    data = {"pages": [{"url": "a/x.png"}, {"url": "b/x.png"}]}
    task = {"id": 1, "data": data, "annotations": [{"id": 5, "completed_by": 2, "result": numbered}]}
    (item,), problems = read_tasks(tmp_path, [task], asked, REPEATED)
    assert [s.unit for s in item.annotations[0].answers["objects"]] == ["1", "0"]
    assert item.sizes == {"pages[1]": (800, 100), "pages[0]": (400, 100)} and not len(problems)
    assert item.inputs["pages"] == ["a/x.png", "b/x.png"]


def test_predictions_are_read_apart(tmp_path: Path) -> None:
    result = [region("rectanglelabels", {**BOX, "rectanglelabels": ["a"]})]
    task = {
        "id": 1, "data": {"image": "a.png"}, "annotations": [],
        "predictions": [{"id": 3, "model_version": "m", "result": result, "score": 0.5}],
    }  # fmt: skip
    (item,), _ = read_tasks(tmp_path, [task], template())
    assert not item.annotations and len(item.predictions[0].answers["objects"]) == 1


LEAVES = st.none() | st.booleans() | st.integers(-5, 1 << 40) | st.floats(allow_nan=False) | st.text()
JUNK = st.recursive(
    LEAVES,
    lambda held: st.lists(held, max_size=3) | st.dictionaries(st.text(max_size=3), held, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    (
        "x",
        "y",
        "width",
        "height",
        "rotation",
        "radiusX",
        "radiusY",
        "rle",
        "imageDataURL",
        "points",
        "vertices",
        "closed",
        "sequence",
        "labels",
        "rectanglelabels",
        "choices",
        "id",
        "prevPointId",
        "frame",
        "framesCount",
    )
)
LISTS = st.lists(st.dictionaries(KEYS, JUNK, max_size=5), max_size=3)
VALUES = st.dictionaries(KEYS, JUNK | LISTS, max_size=6)
NAMES = st.sampled_from(["objects", "tracks", "people", "colour"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES | JUNK), max_size=4))
def test_nothing_stored_makes_the_reader_fall_over(found: list[tuple[str, Any]]) -> None:
    """And every object is accounted for, whatever it is."""
    figure = {"a": SkeletonSpec(["n"])}
    controls = {
        "objects": Control(Kind.SHAPES), "tracks": Control(Kind.TRACKS),
        "people": Control(Kind.SHAPES, shapes=["skeleton"], skeletons=figure),
        "colour": Control(Kind.CHOICE, ["red"], on="objects"),
    }  # fmt: skip
    asked = Template("t", inputs={"image": Input("image")}, controls=controls)
    problems = Problems()
    reader = AnswerReader(asked, None, problems, "")
    reader.pictures.begin(Place(), {"image": "a.png", "width": 40, "height": 30}, {})
    results = [region("rectangle", value, name, id=str(n % 2)) for n, (name, value) in enumerate(found)]
    answers = reader.read(msgspec.convert(results, list[Result]), {"image": "a.png"}, 1, 1)
    ledger = problems.ledger(READ)
    assert not ledger.missing
    assert ledger.given == sum(len(answers[name]) for name in ("objects", "tracks", "people"))
