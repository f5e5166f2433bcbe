"""CVAT's XML as it is written: what comes back is what went out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cvat_folder import RECORDINGS
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.contracts import Control, Input, SkeletonSpec, Source, Template
from labelwright.geometry.shapes import (
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
from labelwright.problems import READ, WRITE, Problems
from labelwright.records import Annotation, Film, Item, ItemKey, Kind, Resolved, Shape, Track
from labelwright_plugins.cvat import plugin
from labelwright_plugins.cvat.writer import plugin as writer

numbers = st.floats(-1e4, 1e4, allow_nan=False)
lengths = st.floats(0, 1e4, allow_nan=False)
# Multiples of 1/4096: a box's two sides then tell its width to the last bit.
exact = st.integers(-(1 << 24), 1 << 24).map(lambda n: n / 4096)
points = st.tuples(numbers, numbers)
turns = st.floats(0, 359.9)


def rings(least: int) -> st.SearchStrategy[Any]:
    return st.lists(points, min_size=least, max_size=6).map(tuple)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    width, height = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    runs, left = [draw(st.integers(0, width * height))], width * height
    left -= runs[0]
    while left:
        runs.append(draw(st.integers(1, left)))
        left -= runs[-1]
    return Mask(draw(st.integers(-5, 50)), draw(st.integers(-5, 50)), width, height, tuple(runs))


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
figures = st.lists(
    st.tuples(
        numbers, numbers, st.integers(0, 2), st.lists(st.tuples(words, words), max_size=1, unique=True)
    ),
    min_size=3,
    max_size=3,
).map(
    lambda js: Skeleton(tuple(Joint(n, x, y, v, tuple(a)) for n, (x, y, v, a) in zip("abc", js, strict=True)))
)
geometries = st.one_of(
    st.builds(Box, exact, exact, exact.map(abs), exact.map(abs), turns),
    st.builds(Ellipse, numbers, numbers, lengths, lengths, turns),
    rings(3).map(Polygon.of),
    rings(2).map(Polyline),
    rings(1).map(Points),
    st.tuples(*[points] * 8).map(Cuboid),
    masks(),
    figures,
)
OUTER = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
INNER = ((6.0, 1.0), (7.0, 1.0), (7.0, 2.0))
OTHER = ((0.0, 5.0), (5.0, 5.0), (5.0, 9.0))
ANSWERS = {
    "color": Control(Kind.CHOICE, ["red", "blue"], on="objects", only=["car"]),
    "note": Control(Kind.TEXT, on="objects"),
    "size": Control(Kind.NUMBER, on="objects", only=["car"]),
}


def template(kind: Kind = Kind.SHAPES) -> Template:
    shown = "video" if kind is Kind.TRACKS else "image"
    objects = Control(kind, ["car", "fig & <co>"], skeletons={"fig & <co>": SkeletonSpec(["a", "b", "c"])})
    controls = {"objects": objects, **ANSWERS, "tags": Control(Kind.CHOICES, ["sun", "rain"])}
    return Template("cvat", inputs={shown: Input(shown)}, controls=controls)


@st.composite
def drawn(draw: st.DrawFn) -> Shape:
    geometry = draw(geometries)
    figure = isinstance(geometry, Skeleton)
    answers: list[tuple[str, Any]] = []
    if not figure:
        color = draw(st.sampled_from(["", "red", "blue"]))
        answers = [("color", color)] if color else []
    note = draw(st.one_of(st.just(""), words))
    answers += [("note", note)] if note else []
    if not figure:
        answers.append(("size", draw(st.one_of(st.integers(-99, 99), st.just(0.25)))))
    return Shape(
        geometry,
        "fig & <co>" if figure else "car",
        group=draw(st.sampled_from(["", "3"])),
        origin=draw(st.sampled_from(["manual", "prediction", "import", "consensus"])),
        occluded=draw(st.booleans()),
        z=draw(st.integers(-3, 3)),
        answers=tuple(answers),
    )


def resolved(answers: dict[str, Any], **more: Any) -> Resolved:
    given: dict[str, Any] = {"inputs": {"image": "a/b.jpg"}, "sizes": {"image": (100000, 100000)}} | more
    return Resolved(Item(ItemKey("", "", "1"), annotations=[Annotation("1", "a", answers)], **given), answers)


def back(path: Path, items: list[Resolved], used: Template) -> tuple[list[Item], Problems]:
    problems = Problems()
    path.write_bytes(b"".join(writer.write(items, used, problems)))
    assert problems.ledger(WRITE).missing == 0
    source, again = Source(str(path)), Problems()
    found = list(plugin.read(source, plugin.adapt(source, used, again), again))
    assert not again.errors and again.ledger(READ).missing == 0
    return found, problems


@given(st.lists(st.lists(drawn(), max_size=4), min_size=1, max_size=3))
@settings(max_examples=60)
def test_what_is_written_comes_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, pages: list[list[Shape]]
) -> None:
    path = tmp_path_factory.mktemp("cvat") / "a.xml"
    given_ = [resolved({"objects": tuple(page), "tags": ("rain",)}) for page in pages]
    found, problems = back(path, given_, template())
    for before, after in zip(pages, found, strict=True):
        assert after.annotations[0].answers["objects"] == tuple(before)
        assert after.annotations[0].answers["tags"] == ("rain",)
    assert not problems.losses
    assert list(writer.check([path.read_bytes()], "a.xml")) == [] or all(
        p.code == "cvat.shape-outside-image" for p in writer.check([path.read_bytes()], "a.xml")
    )


@pytest.mark.parametrize(
    "name", ["task1_images.xml", "video_images.xml", "task1_video.xml", "video_video.xml"]
)
def test_the_recorded_exports_survive_the_way_out_and_back(tmp_path: Path, name: str) -> None:
    source, problems = Source(str(RECORDINGS / name)), Problems()
    used = plugin.infer(source, problems)
    items = list(plugin.read(source, used, problems))
    given_ = [Resolved(i, i.annotations[0].answers) for i in items]
    found, written = back(tmp_path / "a.xml", given_, used)
    assert [i.annotations[0].answers["objects"] for i in found] == [
        i.annotations[0].answers["objects"] for i in items
    ]
    assert set(written.counts) <= {"cvat.default-filled"}
    assert [list(i.inputs.values()) for i in found] == [list(i.inputs.values()) for i in items]


def test_a_film_keeps_its_frames_and_its_tracks(tmp_path: Path) -> None:
    keys = (
        Keyframe(1, Box(0, 0, 5, 5), False, True, (), 2),
        Keyframe(4, Box(6, 0, 5, 5)),
        Keyframe(6, Box(6, 0, 5, 5), True),
        Keyframe(8, Box(1, 1, 5, 5)),
    )
    answers = (("color", "red"), ("size", 3))
    track = Track(keys, "car", "7", group="2", origin="prediction", answers=answers)
    film = {"inputs": {"video": "v.mp4"}, "sizes": {"video": (50, 40)}}
    one = resolved({"objects": (track,)}, films={"video": Film(12, None, 3, 2)}, **film)
    found, _ = back(tmp_path / "a.xml", [one, one], template(Kind.TRACKS))
    assert [i.films["video"] for i in found] == [Film(12, None, 3, 2)] * 2
    assert [i.annotations[0].answers["objects"] for i in found] == [(track,)] * 2
    assert found[0].sizes == {"video": (50, 40)}


@pytest.mark.parametrize(
    ("shape", "code", "written"),
    [
        (Shape(Polygon(((OUTER, INNER),)), "car"), "shape.holes-lost", 1),
        (Shape(Polygon(((OUTER,), (OTHER,))), "car"), "shape.parts-separated", 2),
        (Shape(Polyline(((0, 0), (5, 5)), True), "car"), "shape.closed-lost", 1),
        (Shape(Polyline(((0, 0), (5, 5)), handles=(((0, 0), (1, 1)), None)), "car"), "shape.curve-lost", 1),
        (Shape(Box(0, 0, 5, 5), "car", score=0.5), "shape.score-lost", 1),
        (Shape(Box(0, 0, 5, 5), "car", parent="x"), "shape.parent-lost", 1),
        (Shape(Box(0, 0, 5, 5)), "shape.label-missing", 0),
        (Shape(Box(0, 0, 5, 5), "ship"), "shape.label-undeclared", 0),
        (Shape(Mask(0, 0, 0, 0, ()), "car"), "shape.no-extent", 0),
        (Shape(Box(float("nan"), 0, 5, 5), "car"), "shape.not-finite", 0),
        (Shape(Box(0, 0, 5, 5), "car", answers=(("else", "x"),)), "shape.attribute-lost", 1),
        (Shape(Box(0, 0, 5, 5), "car"), "cvat.default-filled", 1),
    ],
)  # fmt: skip
def test_what_cvat_cannot_hold_has_a_code(tmp_path: Path, shape: Shape, code: str, written: int) -> None:
    if code != "cvat.default-filled":
        shape = Shape(
            shape.geometry, shape.label, parent=shape.parent, score=shape.score,
            answers=(*shape.answers, ("size", 1)),
        )  # fmt: skip
    found, problems = back(tmp_path / "a.xml", [resolved({"objects": (shape,)})], template())
    assert problems.counts == {code: 1} and problems.losses == 1
    assert len(found[0].annotations[0].answers["objects"]) == written
    assert problems.ledger(WRITE).given == min(written, 1)


def test_answers_about_the_whole_that_are_no_tags_are_lost_by_name() -> None:
    used, problems = template(), Problems()
    used.controls["caption"] = Control(Kind.TEXT)
    list(writer.write([resolved({"objects": (), "caption": "x"})], used, problems))
    assert problems.counts == {"image.tag-lost": 1}
    assert "caption" in next(iter(problems)).message


def test_a_broken_file_is_no_file_of_this_format() -> None:
    assert [p.code for p in writer.check([b"<annotations><version>1.1</version>"], "a.xml")] == [
        "cvat.xml-broken"
    ]
