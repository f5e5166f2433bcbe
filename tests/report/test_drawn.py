"""Drawings of contested items: the very lines of a small one, and what holds of any."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from math import inf, isfinite, nan
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.report import drawn_samples
from tests.report.samples import HOSTILE, drawn_report, empty_report
from tests.report.test_renderings import parse

from labelwright.agreement.result import Confusion, ControlAgreement, Drawing, DrawnShape, Match
from labelwright.geometry.shapes import Box, Ellipse, Geometry, Points, Polygon, Polyline
from labelwright.report import confused, matches
from labelwright.report.figures import NO_ROOM, figure
from labelwright.report.html import render_html
from labelwright.report.json import render_json
from labelwright.report.markdown import render_markdown
from labelwright.report.scenes import ACROSS, DOWN, MARGIN, make_scene
from labelwright.report.terminal import render_terminal

GOLDEN = Path(__file__).parent / "golden"
SVG = re.compile(r'<svg class="scene".*?</svg>', re.S)
NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def picture(drawing: Drawing) -> str:
    """The one picture of a drawing, as markup."""
    (found,) = SVG.findall(figure(drawing, "Item 1, objects"))
    return str(found)


def test_a_small_scene_is_drawn_to_the_tenth() -> None:
    assert picture(drawn_samples.small()) + "\n" == (GOLDEN / "scene.svg").read_text(encoding="utf-8")


def test_a_small_scene_in_numbers() -> None:
    scene = make_scene(drawn_samples.small())
    assert scene is not None
    # 400 x 300 pixels are 400 x 300 units, 16 from the edges
    assert (scene.width, scene.height, scene.frame) == (432.0, 332.0, (16.0, 16.0, 400.0, 300.0))
    assert [line.path for line in scene.lines] == [
        "M16 16L116 16L116 96L16 96Z",
        "M216 116L276 116L276 176L216 176Z",
        "M316 236L366 236L366 276L316 276Z",
        "M16 16L76 16L76 96L16 96Z",
        "M216 116L276 116L276 176L216 176Z",
    ]
    assert [line.missing for line in scene.lines] == [False, False, True, False, False]
    assert sorted(t.text for t in scene.values) == ["IoU 0.60", "IoU 1.00"]
    assert sorted(t.text for t in scene.labels) == [
        "A1 cat", "A2 dog", "A3 cat: B missing", "B1 cat", "B2 cat",
    ]  # fmt: skip
    assert scene.joins == [((246.0, 146.0), (246.0, 146.0)), ((66.0, 56.0), (46.0, 56.0))]
    assert scene.said == "A 3 shapes, B 2 shapes; 2 pairs matched, mean overlap 0.80; 1 missing"


def test_names_of_what_three_people_drew_in_one_place_stand_apart() -> None:
    box = DrawnShape(Box(120, 100, 56, 36), "VEHICLE")
    people = ("ann", "bob", "cem")
    pairs = [Match(a, b, 0, 0, 0.95, True) for a, b in (("ann", "bob"), ("bob", "cem"), ("ann", "cem"))]
    scene = make_scene(Drawing({name: [box] for name in people}, pairs, width=320, height=240))
    assert scene is not None
    lines = sorted(label.y for label in scene.labels)
    assert len(lines) == 3 and all(b - a >= 10 for a, b in pairwise(lines))


def test_pairs_in_words_and_numbers_are_the_same_in_every_rendering() -> None:
    report = drawn_report()
    told = ["A3 cat (box)", "A2 dog (box)", "A1 cat (box)", "missing: B", "IoU 1.00", "IoU 0.60"]
    page = render_html(report)
    said = render_markdown(report).replace("\\", "")
    assert all(words in page for words in told) and all(words in said for words in told)
    assert "A is annotator-1f3a9c02, B is annotator-7be4410d" in said
    assert "2 pairs matched, mean overlap 0.80; 1 missing" in render_terminal(report)
    document = json.loads(render_json(report))
    drawn = document["contested"][0]["drawing"]
    assert [(m["left"], m["right"], m["how"], m["same"]) for m in drawn["matches"]] == [
        (0, 0, 0.6, True),
        (1, 1, 1.0, True),
        (2, None, 0.0, False),
    ]
    assert (drawn["width"], drawn["height"]) == (400.0, 300.0)
    assert document["contested"][2]["drawing"] is None


def test_rows_begin_with_what_differs_most() -> None:
    drawing = drawn_samples.varied()
    rows = matches.rows(drawing)
    assert rows[0] == ("A1 kind 0 (box)", "missing: C", "", "not drawn by everybody")
    assert rows[1] == ("A2 kind 1 (ellipse)", "missing: B, C", "", "drawn by one alone")
    assert rows[-2:] == [
        ("A1 kind 0 (box)", "B1 kind 0 (box)", "IoU 0.49", "below 0.50: not the same"),  # 0.4996
        ("A7 kind 6 (skeleton)", "B2 kind 6 (skeleton)", "OKS 0.81", "the same"),
    ]
    assert matches.missing(drawing)["annotator-1f3a9c02", 0] == [
        drawn_samples.PEOPLE[1],
        drawn_samples.PEOPLE[2],
    ]


def test_every_kind_of_shape_is_drawn_and_what_is_not_is_said() -> None:
    drawing = drawn_samples.varied()
    scene = make_scene(drawing)
    assert scene is not None and len(scene.lines) == 12
    kinds = [line.path.count("M") for line in scene.lines[:10]]
    # a box, an ellipse, a ring with a hole and one apart, lines, points, two edges, pixels, twelve edges
    assert kinds == [1, 1, 3, 1, 1, 0, 2, 1, 12, 1]
    assert [len(line.dots) for line in scene.lines[:10]] == [0, 0, 0, 0, 0, 2, 3, 0, 0, 0]
    assert scene.people[2].shapes == "0 shapes"
    assert scene.thumbnail == drawn_samples.PICTURE
    assert scene.notes == [
        "500 x 320 px",
        "3 more shapes not drawn, more alike than these",
        "2 more annotators not drawn",
        "1 shape with very many points drawn as the box around",
    ]
    made = picture(drawing)
    assert f'<image href="{drawn_samples.PICTURE}" x="16.0" y="16.0" width="400.0" height="256.0"' in made
    assert make_scene(Drawing({"a": []})) is None
    assert NO_ROOM not in render_html(drawn_report())


@pytest.mark.parametrize(
    "address",
    [
        "https://evil/x.png",
        "data:image/svg+xml;base64,AAAA",
        "data:image/png;base64," + "A" * 90_000,
        'data:image/png;base64,A"',
    ],
)
def test_only_a_small_embedded_picture_is_shown_behind_the_shapes(address: str) -> None:
    drawing = replace(drawn_samples.small(), thumbnail=address)
    assert "<image" not in picture(drawing)


def test_an_unknown_size_is_said_and_the_frame_fits_the_shapes() -> None:
    scene = make_scene(replace(drawn_samples.small(), width=0.0, height=0.0))
    assert scene is not None and "not known" in scene.notes[0]
    assert scene.frame == (16.0, 16.0, 400.0, 297.1)  # 350 x 260 pixels


@pytest.mark.parametrize("number", [1e308, nan, inf])
def test_hostile_drawings_stay_pictures(number: float) -> None:
    made = figure(drawn_samples.hostile(HOSTILE, number), "</svg><script>alert(1)</script>")
    tags = {tag for tag, _ in parse(made).tags}
    assert not tags & {"script", "image", "img"} and "svg" in tags
    assert "&lt;/svg&gt;" in made and not re.search(r"\b(?:nan|inf)\b", made)
    ElementTree.fromstring(SVG.findall(made)[0])


coordinates = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-1e4, 1e4)
point = st.tuples(coordinates, coordinates)
ring = st.lists(point, max_size=8).map(tuple)
geometries: st.SearchStrategy[Geometry] = st.one_of(
    st.builds(Box, coordinates, coordinates, coordinates, coordinates, coordinates),
    st.builds(Ellipse, coordinates, coordinates, coordinates, coordinates, coordinates),
    st.builds(Polygon.of, ring),
    st.builds(Polyline, ring, st.booleans()),
    st.builds(Points, ring),
)
matched = st.builds(
    Match,
    *(st.sampled_from("ab"), st.sampled_from("ab")),
    *(st.none() | st.integers(0, 4), st.none() | st.integers(0, 4), st.floats(), st.booleans()),
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("abc"), st.lists(st.builds(DrawnShape, geometries, st.text(max_size=9)), max_size=4)
    ),
    st.lists(matched, max_size=4),
    coordinates,
    coordinates,
)
def test_every_coordinate_is_finite_and_inside_a_bounded_view_box(
    shapes: dict[str, list[DrawnShape]], found: list[Match], width: float, height: float
) -> None:
    made = figure(Drawing(shapes, found, width=width, height=height), "Item")
    for svg in SVG.findall(made):
        root = ElementTree.fromstring(svg)
        _, _, right, bottom = map(float, (root.get("viewBox") or "").split())
        assert 0 < right <= ACROSS + 2 * MARGIN and 0 < bottom <= DOWN + 2 * MARGIN
        for one in root.iter():
            for name, size in (("x", right), ("y", bottom), ("cx", right), ("cy", bottom)):
                if name in one.attrib:
                    assert 0 <= float(one.attrib[name]) <= size
            numbers = [float(n) for n in NUMBERS.findall(one.get("d", ""))]
            assert all(map(isfinite, numbers)) and len(numbers) % 2 == 0
            assert all(0 <= x <= right for x in numbers[::2]) and all(0 <= y <= bottom for y in numbers[1::2])


def test_a_page_full_of_drawings_stays_below_a_megabyte() -> None:
    report = empty_report()
    huge = drawn_samples.huge("<&>" * 9, 8, 25)
    huge.thumbnail = "data:image/png;base64," + "A" * 60_000
    report.agreement.contested = [drawn_samples.contested(huge, str(n)) for n in range(20)]
    made = render_html(report)
    drawn = len(SVG.findall(made))
    assert 5 <= drawn < 20 and made.count(NO_ROOM) == 20 - drawn
    assert 700_000 < len(made.encode()) < 1_000_000


def test_confusion_puts_what_is_missing_last_and_says_it() -> None:
    control = drawn_report().agreement.controls["objects"]
    names, cells = confused.shown(control)
    assert names == ["cat", "dog", "missing"]
    assert [[c.number for c in row] for row in cells] == [[240, 18, 31], [18, 80, 12], [31, 12, 0]]
    assert confused.line(control) == "confused most often: cat missing 31, cat and dog 18 and dog missing 12"
    assert "| cat | 240 | 18 | 31 |" in render_markdown(drawn_report())
    assert "confused most often: cat missing 31" in render_terminal(drawn_report())
    assert "missing: one of the two drew nothing there" in render_html(drawn_report())


def test_what_is_missing_is_shown_among_many_labels_and_is_no_label() -> None:
    many = [f"l{n:02}" for n in range(30)]
    counts = [[0 if "" in (a, b) else 50 for b in ("", *many, "missing")] for a in ("", *many, "missing")]
    counts[0][1] = counts[1][0] = 1
    control = ControlAgreement(
        "shapes", "nominal", 1, 2, {}, confusion=Confusion(["", *many, "missing"], counts)
    )
    names, cells = confused.shown(control)
    assert names[-1] == "missing" and len(names) == 12 and len(cells) == 12
    assert confused.name(control, "missing") == "missing (a label)"
    spoken = replace(control, kind="spans")
    assert confused.name(spoken, "") == "(none)" and confused.line(spoken) == ""
