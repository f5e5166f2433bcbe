"""Tasks to import into Label Studio: what is written reads as it was, and what cannot be is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ls_drawing import RECORDED, recorded, template

from labelwright.contracts import Control, Input, SkeletonSpec, Source, Template
from labelwright.geometry.rle import mask_of
from labelwright.geometry.shapes import (
    HIDDEN,
    OCCLUDED,
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
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import WRITE, Problems
from labelwright.records import (
    Film,
    Item,
    ItemKey,
    Kind,
    Resolved,
    Segment,
    Shape,
    ShapeRelation,
    Span,
    Track,
)
from labelwright_plugins.label_studio import plugin
from labelwright_plugins.label_studio.config import parse_config
from labelwright_plugins.label_studio.writer import plugin as tasks

SIZE = (640, 480)
SPEC = SkeletonSpec(["nose", "hand"])
EVERY = Template(
    "every",
    inputs={"image": Input("image")},
    controls={
        "objects": Control(Kind.SHAPES, ["a", "b"]),
        "people": Control(Kind.SHAPES, ["p"], shapes=["skeleton"], skeletons={"p": SPEC}),
        "colour": Control(Kind.CHOICE, ["red", "blue"], on="objects"),
        "tags": Control(Kind.CHOICES, ["x", "y", "z"]),
        "size": Control(Kind.NUMBER),
        "note": Control(Kind.TEXT),
        "links": Control(Kind.RELATIONS, ["on"]),
    },
)


def resolved(answers: dict[str, Any], **more: Any) -> Resolved:
    item = Item(ItemKey("", "", "7"), {"image": "a/x.png"}, [], sizes={"image": SIZE})
    return Resolved(item, answers, **more)


def written(
    folder: Path, given: list[Resolved], asked: Template
) -> tuple[list[dict[str, Any]], list[Item], Problems]:
    """The tasks as written to a folder, and as they are read again with the config beside them."""
    problems, back = Problems(), Problems()
    files = dict(tasks.write_files(given, asked, problems))
    (folder / "tasks.json").write_bytes(files["tasks.json"])
    assert list(tasks.check([files["tasks.json"]], "tasks.json")) == []
    config = files["label_config.xml"].decode()
    source = Source(str(folder / "tasks.json"), label_config=config)
    items = list(plugin.read(source, plugin.adapt(source, asked, back), back))
    assert not problems.ledger(WRITE).missing and not back.errors, list(back)
    return json.loads(files["tasks.json"]), items, problems


def numbers(value: Any) -> list[float]:
    plain = msgspec.to_builtins(value)
    if isinstance(plain, dict):
        return [n for v in plain.values() for n in numbers(v)]
    if isinstance(plain, list | tuple):
        return [n for v in plain for n in numbers(v)]
    return [float(plain)] if isinstance(plain, int | float) else []


def same(found: Geometry, wanted: Geometry) -> None:
    if isinstance(wanted, Mask):
        assert found == wanted
        return
    assert type(found) is type(wanted)
    assert numbers(found) == pytest.approx(numbers(wanted), abs=1e-6)


def coordinates(high: float) -> st.SearchStrategy[float]:
    return st.floats(0, high, allow_nan=False)


POINT = st.tuples(coordinates(SIZE[0]), coordinates(SIZE[1]))
SIDE = st.floats(1, 200)
ANGLE = st.floats(0, 359)
RING = st.lists(POINT, min_size=3, max_size=7, unique=True).map(tuple)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    rows = draw(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=6))
    bits = np.asarray(rows)
    bits[0, 0] = True
    return mask_of(bits, draw(st.integers(0, 635)), draw(st.integers(0, 474)))


@st.composite
def lines(draw: st.DrawFn) -> Polyline:
    points = draw(RING)
    handle = st.one_of(st.none(), st.tuples(POINT, POINT))
    handles = tuple(draw(st.lists(handle, min_size=len(points), max_size=len(points))))
    return Polyline(points, draw(st.booleans()), handles if any(handles) else ())


GEOMETRIES = st.one_of(
    st.builds(Box, coordinates(400), coordinates(200), SIDE, SIDE, ANGLE),
    st.builds(Ellipse, coordinates(640), coordinates(480), SIDE, SIDE, ANGLE),
    RING.map(Polygon.of),
    lines(),
    POINT.map(lambda p: Points((p,))),
    masks(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(GEOMETRIES, st.sampled_from("ab")), max_size=5))
def test_shapes_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[Geometry, str]]
) -> None:
    shapes = tuple(Shape(geometry, label, answers=(("colour", "red"),)) for geometry, label in drawn)
    folder = tmp_path_factory.mktemp("written")
    _, items, problems = written(folder, [resolved({"objects": shapes})], EVERY)
    found = items[0].annotations[0].answers["objects"]
    assert [(s.label, s.answers) for s in found] == [(s.label, s.answers) for s in shapes]
    for one, other in zip(found, shapes, strict=True):
        same(one.geometry, other.geometry)
    assert not len(problems) and problems.ledger(WRITE).given == len(shapes)
    assert items[0].sizes == ({"image": SIZE} if shapes else {})


def test_figures_with_their_boxes_and_points(tmp_path: Path) -> None:
    figure = Skeleton((Joint("nose", 12.5, 30), Joint("hand", 40, 50, OCCLUDED)))
    half = Skeleton((Joint("nose", 0, 0, HIDDEN), Joint("hand", 210, 50)))
    people = (
        Shape(figure, "p", box=Box(10, 20, 100, 100)),
        Shape(half, "p", box=Box(15, 25, 300, 300)),  # about the other's points too
    )
    raw, items, problems = written(tmp_path, [resolved({"people": people})], EVERY)
    found = items[0].annotations[0].answers["people"]
    for one, other in zip(found, people, strict=True):
        same(one.geometry, other.geometry)
        assert isinstance(one.geometry, Skeleton) and isinstance(other.geometry, Skeleton)
        assert [j.visibility for j in one.geometry.joints] == [j.visibility for j in other.geometry.joints]
        assert other.box is not None
        same(one.box, other.box)
    results = raw[0]["annotations"][0]["result"]
    assert all(r["parentID"] for r in results if r["type"] == "keypointlabels") and not len(problems)


def test_figures_and_other_shapes_of_one_control(tmp_path: Path) -> None:
    control = Control(Kind.SHAPES, ["a", "p"], shapes=["polygon", "skeleton"], skeletons={"p": SPEC})
    asked = Template("t", inputs={"image": Input("image")}, controls={"objects": control})
    figure = Skeleton((Joint("nose", 12, 30), Joint("hand", 40, 50)))
    shapes = (
        Shape(Polygon.of(((0, 0), (9, 0), (9, 9))), "a"), Shape(Box(5, 5, 9, 9), "a"),
        Shape(Points(((3, 4),)), "p"), Shape(figure, "p", box=Box(10, 20, 100, 100)),
    )  # fmt: skip
    _, items, problems = written(tmp_path, [resolved({"objects": shapes})], asked)
    found = items[0].annotations[0].answers["objects"]
    assert [s.label for s in found] == ["a", "a", "p", "p"] and not len(problems)
    for one, other in zip(found, shapes, strict=True):
        same(one.geometry, other.geometry)
    # A template made of the config that was written reads the same.
    source = Source(str(tmp_path / "tasks.json"), label_config=config_of(shapes, asked))
    again = list(plugin.read(source, plugin.infer(source, Problems()), Problems()))
    back = again[0].annotations[0].answers["objects"]  # boxes that may be figures come last
    assert sorted(back, key=lambda shape: shape.id) == sorted(found, key=lambda shape: shape.id)


def config_of(shapes: tuple[Shape, ...], asked: Template) -> str:
    return dict(tasks.write_files([resolved({"objects": shapes})], asked, Problems()))[
        "label_config.xml"
    ].decode()


def test_a_figure_without_a_box_is_given_one(tmp_path: Path) -> None:
    figure = Skeleton((Joint("nose", 10, 30), Joint("hand", 40, 50)))
    unseen = Skeleton((Joint("nose", 0, 0, HIDDEN), Joint("hand", 0, 0, HIDDEN)))
    people = (Shape(figure, "p"), Shape(unseen, "p"))
    _, items, problems = written(tmp_path, [resolved({"people": people})], EVERY)
    (found,) = items[0].annotations[0].answers["people"]
    same(found.geometry, figure)
    same(found.box, Box(10, 30, 30, 20))
    assert problems.counts == {"label-studio.figure-boxed": 1, "label-studio.figure-unseen": 1}
    assert problems.ledger(WRITE).lost == {"label-studio.figure-unseen": 1}


def test_answers_about_the_item_and_links_between_shapes(tmp_path: Path) -> None:
    one, two = Shape(Box(1, 2, 3, 4), "a", "one"), Shape(Box(5, 6, 7, 8), "b", "two")
    answers = {
        "objects": (one, two), "tags": ("x", "z"), "size": 4, "note": "of a day",
        "links": (ShapeRelation(one, two, "on"),),
    }  # fmt: skip
    raw, items, problems = written(tmp_path, [resolved(answers)], EVERY)
    found = items[0].annotations[0].answers
    assert (found["tags"], found["size"], found["note"]) == (("x", "z"), 4, "of a day")
    (link,) = found["links"]
    assert (link.head.label, link.tail.label, link.label) == ("a", "b", "on") and not len(problems)
    assert raw[0]["data"] == {"image": "a/x.png"}
    assert all(len(r["id"]) == 10 for r in raw[0]["annotations"][0]["result"] if r["type"] != "relation")


def test_ground_truth_is_always_said(tmp_path: Path) -> None:
    shapes = {"objects": (Shape(Box(1, 2, 3, 4), "a", score=0.25), Shape(Box(1, 2, 3, 4), "b", score=0.75))}
    given = [resolved(shapes), resolved(shapes, reference=True), resolved(shapes, predicted=True)]
    raw, items, _ = written(tmp_path, given, EVERY)
    assert [t["annotations"][0]["ground_truth"] for t in raw[:2]] == [False, True]
    assert "annotations" not in raw[2]
    (prediction,) = raw[2]["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("labelwright", 0.5)
    assert [s.score for s in items[2].predictions[0].answers["objects"]] == [0.25, 0.75]
    # The same twice is the same, byte by byte.
    again = b"".join(tasks.write(given, EVERY, Problems()))
    assert again == b"".join(tasks.write(given, EVERY, Problems())) == (tmp_path / "tasks.json").read_bytes()


@pytest.mark.parametrize(
    ("shape", "lost", "said"),
    [
        (Shape(Cuboid(((0, 0),) * 8), "a"), "shape.cuboid-left-out", ""),
        (Shape(Mask(700, 0, 1, 1, (0, 1)), "a"), "shape.outside-image", ""),
        (Shape(Box(0, 0, 1, 1), "a", unit="3"), "shape.size-missing", ""),
        (Shape(Mask(639, 0, 2, 1, (0, 2)), "a"), "", "shape.clipped"),
        (Shape(Points(((1, 1), (2, 2))), "a"), "", "shape.parts-separated"),
        (Shape(Box(0, 0, 1, 1), "a", group="g"), "", "shape.group-lost"),
        (Shape(Box(0, 0, 1, 1), "a", occluded=True), "", "shape.occluded-lost"),
        (Shape(Box(0, 0, 1, 1), "a", parent="gone"), "", "shape.parent-lost"),
        (Shape(Box(0, 0, 1, 1), "a", answers=(("age", "old"),)), "", "shape.attribute-lost"),
        (
            Shape(Polygon(((((0, 0), (9, 0), (9, 9)), ((5, 1), (6, 1), (6, 2))),)), "a"),
            "", "shape.holes-lost",
        ),
    ],
)  # fmt: skip
def test_what_label_studio_cannot_hold_is_a_loss_by_code(shape: Shape, lost: str, said: str) -> None:
    problems = Problems()
    list(tasks.write([resolved({"objects": (shape,)})], EVERY, problems))
    assert problems.counts == {lost or said: 1} and problems.losses == 1
    ledger = problems.ledger(WRITE)
    assert (ledger.given, ledger.lost) == ((0, {lost: 1}) if lost else (1, {}))


def test_tracks_and_stretches_of_a_film(tmp_path: Path) -> None:
    asked = Template(
        "film",
        inputs={"video": Input("video")},
        controls={
            "tracks": Control(Kind.TRACKS, ["car"]),
            "state": Control(Kind.CHOICE, ["new", "old"], on="tracks"),
            "actions": Control(Kind.SEGMENTS, ["run"]),
        },
    )
    keys = (
        Keyframe(0, Box(10, 10, 20, 20)), Keyframe(4, Box(20, 10, 20, 20)),
        Keyframe(9, Box(30, 10, 20, 20), True),
        Keyframe(12, Box(30, 30, 10, 10, 45)), Keyframe(20, Box(40, 30, 10, 10, 45)),
    )  # fmt: skip
    track = Track(keys, "car", "t", answers=(("state", "old"),))
    item = Item(
        ItemKey("", "", "1"), {"video": "a.mp4"}, [],
        sizes={"video": SIZE}, films={"video": Film(30, 10.0)},
    )  # fmt: skip
    stretches = (Segment(0.1, 0.5, "run"), Segment(0.61, 1.0, "run"))
    raw, items, problems = written(
        tmp_path, [Resolved(item, {"tracks": (track,), "actions": stretches})], asked
    )
    assert items[0].films == {"video": Film(30, 10.0)} and items[0].sizes == {"video": SIZE}
    (found,) = items[0].annotations[0].answers["tracks"]
    assert (found.label, found.answers) == ("car", track.answers)
    # The last frame before it goes becomes a keyframe: it moves on until then.
    assert [(k.frame, k.outside) for k in found.keyframes] == [
        (0, False), (4, False), (8, False), (9, True), (12, False), (20, False),
    ]  # fmt: skip
    same(found.keyframes[2].geometry, Box(28, 10, 20, 20))
    for index, key in ((0, 0), (1, 1), (4, 3), (5, 4)):
        same(found.keyframes[index].geometry, keys[key].geometry)
    assert [(s.start, s.end) for s in items[0].annotations[0].answers["actions"]] == [(0.1, 0.5), (0.6, 1.0)]
    assert problems.counts == {"label-studio.range-rounded": 1}
    assert raw[0]["meta"] == {"width": 640, "height": 480}


def test_several_images_and_equal_basenames(tmp_path: Path) -> None:
    asked = template(labels=["a"])
    shapes = (Shape(Box(1, 2, 3, 4), "a", unit="1"), Shape(Box(1, 2, 3, 4), "a", unit="0"))
    sizes = {"image[0]": SIZE, "image[1]": (100, 50)}
    item = Item(ItemKey("", "", "1"), {"image": ["a/x.png", "b/x.png"]}, [], sizes=sizes)
    _, items, problems = written(tmp_path, [Resolved(item, {"objects": shapes})], asked)
    assert items[0].sizes == sizes and items[0].inputs == item.inputs
    assert [s.unit for s in items[0].annotations[0].answers["objects"]] == ["1", "0"]
    assert not len(problems)


RECORDINGS = {
    "bbox": template("label", ["Scratch", "Dent"], shapes=["box"]),
    "keypoint": template("kp", ["Nose", "Eye"], shapes=["points"]),
    "brush": template("tag", ["Leaf", "Background"], shapes=["mask"]),
    "ocr": Template(
        "ocr",
        inputs={"image": Input("image")},
        controls={
            "label": Control(Kind.SHAPES, ["Text", "Handwriting"]),
            "transcription": Control(Kind.TEXT, on="label"),
        },
    ),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_recorded_annotations_are_written_as_the_page_stored_them(tmp_path: Path, name: str) -> None:
    asked = msgspec.structs.replace(RECORDINGS[name], folder=str(tmp_path))
    (tmp_path / "label_studio.xml").write_text((RECORDED / f"{name}.xml").read_text())
    items, _ = recorded(name, asked)
    stored = json.loads((RECORDED / f"{name}.json").read_text())
    soft = 0
    for item, task in zip(items, stored, strict=True):
        for annotation, old in zip(item.annotations, task["annotations"], strict=True):
            raw, _, problems = written(tmp_path, [Resolved(item, annotation.answers)], asked)
            assert not len(problems)
            for new, was in zip(raw[0]["annotations"][0]["result"], old["result"], strict=True):
                for key in ("id", "from_name", "to_name", "type", "original_width", "original_height"):
                    assert new[key] == was[key]
                for key, value in was["value"].items():
                    if key == "rle":
                        soft += new["value"][key] != value
                    elif key == "width" and "keypointlabels" in was["value"]:
                        continue  # how large the page draws a point
                    elif isinstance(value, float | int):
                        assert new["value"][key] == pytest.approx(value, abs=1e-9)
                    else:
                        assert new["value"][key] == value
    assert soft == (name == "brush")  # the one brush with a soft edge


def test_a_config_without_a_tag_for_a_shape_is_a_loss(tmp_path: Path) -> None:
    asked = msgspec.structs.replace(RECORDINGS["bbox"], folder=str(tmp_path))
    (tmp_path / "label_studio.xml").write_text((RECORDED / "bbox.xml").read_text())
    problems = Problems()
    list(tasks.write([resolved({"label": (Shape(Ellipse(1, 2, 3, 4), "Dent"),)})], asked, problems))
    assert problems.ledger(WRITE).lost == {"label-studio.tag-missing": 1}


def test_the_config_has_every_control_and_label() -> None:
    files = dict(tasks.write_files([], EVERY, Problems()))
    assert files["tasks.json"] == b"[]\n"
    shapes = (Shape(Box(1, 1, 1, 1), "a"), Shape(Ellipse(9, 9, 1, 1), "b"))
    config = parse_config(
        dict(tasks.write_files([resolved({"objects": shapes})], EVERY, Problems()))[
            "label_config.xml"
        ].decode()
    )
    assert set(config.controls) == {
        "objects", "objects_ellipse", "people", "people_joints", "people_visibility",
        "colour", "tags", "size", "note",
    }  # fmt: skip
    assert list(config.controls["objects_ellipse"].labels) == ["a", "b"]
    assert config.relations == ["on"]


def test_spans_of_one_text(tmp_path: Path) -> None:
    asked = Template("t", inputs={"text": Input("text")}, controls={"e": Control(Kind.SPANS, ["ORG"])})
    item = Item(ItemKey("", "", "1"), {"text": "Acme pays"}, [])
    span = Span(0, 4, "ORG", "Acme")
    _, items, problems = written(tmp_path, [Resolved(item, {"e": (span,)})], asked)
    (found,) = items[0].annotations[0].answers["e"]
    assert (found.start, found.end, found.label) == (0, 4, "ORG") and not len(problems)
    problems = Problems()
    list(tasks.write([Resolved(item, {"e": (msgspec.structs.replace(span, unit="1"),)})], asked, problems))
    assert problems.losses == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[", "tasks-malformed"),
        ("[]", "tasks-malformed"),
        ('[{"annotations": []}]', "tasks-malformed"),
        ('[{"data": {}, "annotations": [{}]}]', "tasks-malformed"),
        ('[{"data": {}, "annotations": [{"result": []}]}]', "ground-truth-missing"),
        ('[{"data": {}, "predictions": [{"result": [{"id": "a"}]}]}]', "result-malformed"),
        ('[{"data": {}, "predictions": [{"result": [{"type": "relation"}]}]}]', "result-malformed"),
    ],
)
def test_files_that_would_be_taken_wrongly(text: str, code: str) -> None:
    (problem,) = tasks.check([text.encode()], "file")
    assert problem.code == f"label-studio.{code}" and problem.remedy
