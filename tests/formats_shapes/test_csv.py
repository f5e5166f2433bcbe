"""CSV of drawn objects: one row per object, exact geometry, formulas disarmed, everything read back."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from drawn import angles, coordinates, sizes
from hypothesis import given, settings
from hypothesis import strategies as st
from shapesets import balanced, drawing, shown

from labelwright.contracts import Control, Input, Source, Template
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
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import READ, WRITE, Problems
from labelwright.records import Film, Item, ItemKey, Kind, Resolved, Shape, Track
from labelwright.registry import formats

CSV: Any = formats()["csv"]


def table(held: list[Resolved], template: Template) -> tuple[bytes, Problems]:
    problems = Problems()
    return b"".join(CSV.write(held, template, problems)), problems


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def back(
    data: bytes, folder: Path, template: Template | None = None
) -> tuple[list[Item], Problems, Template]:
    path = folder / "objects.csv"
    path.write_bytes(data)
    source, problems = Source(str(path), name="objects.csv"), Problems()
    used = template or CSV.infer(source, problems)
    return list(CSV.read(source, used, problems)), problems, used


def test_one_row_per_object_and_one_for_an_image_without(tmp_path: Path) -> None:
    template = drawing(
        ["=car", "road"], weather=Control(Kind.CHOICE), color=Control(Kind.CHOICE, on="objects")
    )
    box = Shape(
        Box(-1.5, 2, 10, 20, 90), "=car", "r1", parent="p", group="g", score=0.5, occluded=True, z=3,
        answers=(("color", "red"),),
    )  # fmt: skip
    line = Shape(Polyline(((1.0, 2.0), (3.0, 4.0))), "road", "r2")
    held = [shown("s/a.png", [box, line], weather="sun"), shown("b.png", [], None)]
    data, problems = table(held, template)
    assert len(problems) == 0 and problems.ledger(WRITE).given == 2
    first, second, third = rows(data)
    assert {k: v for k, v in first.items() if v} == {
        "id": "s/a.png", "input.image": "s/a.png", "answer.weather": "sun", "input": "image",
        "image": "s/a.png", "width": "160", "height": "120", "control": "objects", "region": "r1",
        "label": "'=car", "shape": "box",
        "geometry": '{"type":"box","x":-1.5,"y":2,"width":10,"height":20,"rotation":90}',
        "x1": "-6.5", "y1": "7.0", "x2": "13.5", "y2": "17.0", "occluded": "1", "group": "g", "parent": "p",
        "score": "0.5", "z": "3", "attributes": '{"color":"red"}',
    }  # fmt: skip
    assert (second["region"], second["shape"], second["x2"]) == ("r2", "polyline", "3.0")
    assert (third["id"], third["width"], third["control"]) == ("b.png", "", "")
    assert list(CSV.check([data], "a.csv")) == []
    items, problems, used = back(data, tmp_path, template)
    assert [i.annotations[0].answers for i in items] == [
        {"weather": "sun", "objects": (box, line)},
        {"objects": ()},
    ]
    assert items[0].sizes == {"image": (160, 120)} and items[1].inputs == {"image": "b.png"}
    assert len(problems) == 0 and problems.ledger(READ).given == 2
    _, _, used = back(data, tmp_path)
    objects = used.controls["objects"]
    assert (objects.labels, objects.shapes, objects.rotated) == (["=car", "road"], ["box", "polyline"], True)
    assert used.controls["color"].on == "objects" and used.inputs["image"].type == "image"


def test_the_box_around_a_figure_is_kept(tmp_path: Path) -> None:
    around = Box(10, 5.25, 20, 10, 30)
    figure = Shape(Skeleton((Joint("head", 12, 7), Joint("foot", 20, 9))), "person", "r", box=around)
    data, problems = table([shown("a.png", [figure])], drawing(["person"]))
    assert len(problems) == 0
    (item,), problems, _ = back(data, tmp_path)
    assert item.annotations[0].answers["objects"] == (figure,) and len(problems) == 0


def test_what_the_template_does_not_declare_is_set_aside(tmp_path: Path) -> None:
    def followed(label: str) -> Track:
        return Track((Keyframe(0, Box(1, 2, 3, 4)), Keyframe(3, Box(1, 2, 3, 4), outside=True)), label, label)

    film = Template("f", inputs={"video": Input("video")}, controls={"objects": Control(Kind.TRACKS)})
    item = Item(ItemKey("", "", "1"), {"video": "a.mp4"}, [], films={"video": Film(9)})
    data, _ = table([Resolved(item, {"objects": (followed("car"), followed("boat"))})], film)
    film.controls["objects"].labels = ["car"]
    (read,), problems, _ = back(data, tmp_path, film)
    assert [t.label for t in read.annotations[0].answers["objects"]] == ["car"]
    assert problems.ledger(READ).lost == {"dataset.label-unknown": 1} and balanced(problems)
    data, _ = table([shown("a.png", [Shape(Box(1, 1, 2, 2), "car")])], drawing())
    other = Template("o", inputs={"image": Input("image")}, controls={"boxes": Control(Kind.SHAPES)})
    _, problems, _ = back(data, tmp_path, other)
    assert problems.ledger(READ).lost == {"csv.control-unknown": 1} and balanced(problems)


def test_several_images_of_an_item(tmp_path: Path) -> None:
    item = Item(
        ItemKey("", "", "1"),
        {"image": ["a.png", "b.png"]},
        [],
        sizes={"image[0]": (10, 20), "image[1]": (30, 40)},
    )
    shape = Shape(Box(1, 1, 2, 2), "car", "r", unit="1")
    data, problems = table([Resolved(item, {"objects": (shape,)})], drawing())
    assert [(r["image"], r["unit"], r["control"]) for r in rows(data)] == [
        ("b.png", "1", "objects"),
        ("a.png", "0", ""),
    ]
    (read,), problems, _ = back(data, tmp_path)
    assert read.inputs == item.inputs and read.sizes == item.sizes
    assert read.annotations[0].answers["objects"] == (shape,) and balanced(problems)


def test_tracks_are_a_row_per_keyframe(tmp_path: Path) -> None:
    template = Template(
        "film", inputs={"video": Input("video")}, controls={"objects": Control(Kind.TRACKS, input="video")}
    )
    track = Track(
        (
            Keyframe(0, Box(1.0, 2.0, 3.0, 4.0), attributes=(("speed", 4),)),
            Keyframe(7, Box(2.0, 2.0, 3.0, 4.0), outside=True, occluded=True, z=2),
        ),
        "car", "t1", "", "g", 0.25, "manual", (("color", "red"),),
    )  # fmt: skip
    item = Item(
        ItemKey("", "", "1"),
        {"video": "a.mp4"},
        [],
        sizes={"video": (64, 48)},
        films={"video": Film(9, 25.0)},
    )
    data, problems = table([Resolved(item, {"objects": (track,)})], template)
    assert [(r["track"], r["frame"], r["outside"]) for r in rows(data)] == [
        ("t1", "0", "0"),
        ("t1", "7", "1"),
    ]
    assert problems.ledger(WRITE).given == 1
    (read,), problems, used = back(data, tmp_path)
    assert read.annotations[0].answers["objects"] == (track,)
    assert read.films == item.films and read.sizes == item.sizes
    assert problems.ledger(READ).given == 1 and used.controls["objects"].kind is Kind.TRACKS


def test_a_shape_that_is_nowhere_is_lost() -> None:
    held = shown("a.png", [Shape(Box(float("inf"), 1, 2, 2), "car"), Shape(Box(1, 1, 2, 2), "car", unit="9")])
    data, problems = table([held], drawing())
    assert problems.ledger(WRITE).lost == {"shape.not-finite": 1, "image.no-media": 1} and balanced(problems)
    assert [r["control"] for r in rows(data)] == [""]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('""type"":""box""', '""type"":""sphere""'), "csv.geometry"),
        (('""x"":1', '""x"":one'), "csv.geometry"),
        ((",car,", ",car,more,"), "csv.ragged-row"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, change: tuple[str, str], code: str
) -> None:
    data, _ = table([shown("a.png", [Shape(Box(1, 1, 2, 2), "car")])], drawing())
    text = data.decode("utf-8-sig")
    assert change[0] in text
    _, problems, _ = back(text.replace(*change).encode(), tmp_path, drawing())
    assert problems.counts == {code: 1} and balanced(problems)
    assert [p.place.line for p in problems] == [2]


def test_only_our_own_columns_are_recognised(tmp_path: Path) -> None:
    data, _ = table([], drawing())
    source = Source(str(tmp_path / "a.csv"), name="a.csv")
    assert CSV.recognise(source, data) == "objects"
    assert CSV.recognise(source, b"id,input.text,answer.label\r\n1,a,b\r\n") == ""
    assert CSV.recognise(source, b"filename,xmin,ymin\r\n") == ""


POINT = st.tuples(coordinates(), coordinates())
RING = st.lists(POINT, min_size=3, max_size=6).map(tuple)
GEOMETRIES: st.SearchStrategy[Geometry] = st.one_of(
    st.builds(Box, coordinates(), coordinates(), sizes(), sizes(), angles()),
    st.builds(Ellipse, coordinates(), coordinates(), sizes(), sizes(), angles()),
    st.builds(
        Polygon,
        st.lists(st.lists(RING, min_size=1, max_size=2).map(tuple), min_size=1, max_size=2).map(tuple),
    ),
    st.builds(Polyline, RING, st.booleans()),
    st.builds(
        Polyline,
        st.just(((0.0, 0.0), (5.0, 5.0))),
        st.just(False),
        st.tuples(st.none(), st.tuples(POINT, POINT)),
    ),
    st.builds(Points, RING),
    st.just(Mask(3, 4, 2, 2, (1, 2, 1))),
    st.builds(
        Skeleton,
        st.lists(
            st.builds(Joint, st.text(max_size=3), coordinates(), coordinates(), st.integers(0, 2)),
            min_size=1,
            max_size=3,
        ).map(tuple),
    ),
    st.builds(Cuboid, st.lists(POINT, min_size=8, max_size=8).map(tuple)),
)
TEXT = st.one_of(st.text(max_size=5), st.sampled_from(["=1+1", "-5", "'=x", '"', "a\nb", "@"]))


@settings(max_examples=80)
@given(st.lists(st.builds(Shape, GEOMETRIES, TEXT, TEXT, occluded=st.booleans(), group=TEXT, z=st.integers(-3, 3), answers=st.lists(st.tuples(st.just("note"), TEXT), max_size=1).map(tuple)), max_size=4))  # fmt: skip  # noqa: E501
def test_every_shape_comes_back_as_it_was(shapes: list[Shape]) -> None:
    import tempfile

    template = drawing([], note=Control(Kind.TEXT, on="objects"))
    data, problems = table([shown("a.png", shapes)], template)
    assert len(problems) == 0 and problems.ledger(WRITE).given == len(shapes)
    assert list(CSV.check([data], "a.csv")) == []
    with tempfile.TemporaryDirectory() as folder:
        items, problems, _ = back(data, Path(folder), template)
    assert items[0].annotations[0].answers["objects"] == tuple(shapes)
    assert len(problems) == 0
