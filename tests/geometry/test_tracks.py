"""Tracks: between keyframes as CVAT has it, and Label Studio's sequences."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from drawn import angles, coordinates, sizes
from hypothesis import given
from hypothesis import strategies as st

from labelwright.geometry.boxes import box_from_cvat, box_from_label_studio, box_to_label_studio, corners
from labelwright.geometry.morph import morphed
from labelwright.geometry.sequences import filled, from_label_studio, interpolate_corner, to_label_studio
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Ring,
    Skeleton,
)
from labelwright.geometry.tracks import Keyframe, at, carried, frames, interpolate, turn

BOXES = st.builds(Box, coordinates(), coordinates(), sizes(), sizes(), angles())
UPRIGHT = st.builds(Box, coordinates(), coordinates(), sizes(), sizes())
POINT = st.tuples(coordinates(), coordinates())
SQUARE: Ring = ((0, 0), (10, 0), (10, 10), (0, 10))


@st.composite
def tracks(draw: st.DrawFn, boxes: st.SearchStrategy[Box] = UPRIGHT) -> tuple[Keyframe, ...]:
    places = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=6)))
    return tuple(Keyframe(place, draw(boxes), draw(st.booleans())) for place in places)


@pytest.mark.parametrize(
    ("a", "b", "half"), [(350, 10, 0), (10, 350, 0), (0, 90, 45), (90, 0, 45), (270, 20, 325)]
)
def test_rotation_goes_the_shorter_way(a: float, b: float, half: float) -> None:
    found = interpolate(Box(0, 0, 4, 2, a), Box(2, 2, 4, 2, b), 0.5)
    assert found == Box(1, 1, 4, 2, half)
    ellipse = interpolate(Ellipse(0, 0, 4, 2, a), Ellipse(2, 2, 4, 4, b), 0.5)
    assert ellipse == Ellipse(1, 1, 4, 3, half)


def test_half_a_turn_goes_clockwise() -> None:
    assert (turn(0, 180), turn(180, 0), turn(90, 270), turn(10, 5)) == (180, 180, 180, -5)
    assert interpolate(Box(0, 0, 1, 1, 200), Box(0, 0, 1, 1, 20), 0.5) == Box(0, 0, 1, 1, 290)


# A track as CVAT exports it: frame, keyframe, outside, xtl, ytl, xbr, ybr, rotation.
RECORDED = """<track>
<box frame="0" keyframe="1" outside="0" xtl="10.00" ytl="10.00" xbr="40.00" ybr="40.00"/>
<box frame="1" keyframe="0" outside="0" xtl="14.00" ytl="12.00" xbr="44.00" ybr="42.00"/>
<box frame="2" keyframe="0" outside="0" xtl="18.00" ytl="14.00" xbr="48.00" ybr="44.00"/>
<box frame="3" keyframe="0" outside="0" xtl="22.00" ytl="16.00" xbr="52.00" ybr="46.00"/>
<box frame="4" keyframe="0" outside="0" xtl="26.00" ytl="18.00" xbr="56.00" ybr="48.00"/>
<box frame="5" keyframe="1" outside="0" xtl="30.00" ytl="20.00" xbr="60.00" ybr="50.00"/>
<box frame="6" keyframe="0" outside="0" xtl="32.50" ytl="22.50" xbr="62.50" ybr="52.50" rotation="2.50"/>
<box frame="7" keyframe="0" outside="0" xtl="35.00" ytl="25.00" xbr="65.00" ybr="55.00" rotation="5.00"/>
<box frame="8" keyframe="0" outside="0" xtl="37.50" ytl="27.50" xbr="67.50" ybr="57.50" rotation="7.50"/>
<box frame="9" keyframe="1" outside="0" xtl="40.00" ytl="30.00" xbr="70.00" ybr="60.00" rotation="10.00"/>
<box frame="10" keyframe="0" outside="0" xtl="40.00" ytl="30.00" xbr="70.00" ybr="60.00" rotation="6.67"/>
<box frame="11" keyframe="0" outside="0" xtl="40.00" ytl="30.00" xbr="70.00" ybr="60.00" rotation="3.33"/>
<box frame="12" keyframe="1" outside="1" xtl="40.00" ytl="30.00" xbr="70.00" ybr="60.00"/>
</track>"""


def test_a_track_as_cvat_exported_it() -> None:
    said = [
        (e, box_from_cvat(*(float(e.get(k, 0)) for k in ("xtl", "ytl", "xbr", "ybr", "rotation"))))
        for e in ET.fromstring(RECORDED)
    ]
    keys = [
        Keyframe(int(e.attrib["frame"]), b, e.get("outside") == "1")
        for e, b in said
        if e.get("keyframe") == "1"
    ]
    seen = list(frames(keys, 40))
    assert [k.frame for k in seen] == list(range(12))
    for keyframe, (_, box) in zip(seen, said, strict=False):
        ours = keyframe.geometry
        assert isinstance(ours, Box)
        wanted = (box.x, box.y, box.width, box.height, box.rotation)
        assert (ours.x, ours.y, ours.width, ours.height, ours.rotation) == pytest.approx(wanted, abs=0.005)


@given(tracks(BOXES), st.integers(1, 40))
def test_frames_are_what_at_says(track: tuple[Keyframe, ...], count: int) -> None:
    seen = {keyframe.frame: keyframe for keyframe in frames(track, count)}
    for frame in range(count):
        assert at(track, frame) == seen.get(frame)
    assert set(seen) <= set(range(count))
    for keyframe in track:
        if not keyframe.outside and keyframe.frame < count:
            assert seen[keyframe.frame] == keyframe


def test_outside_until_a_keyframe_that_is_not() -> None:
    box = Box(0, 0, 2, 2)
    track = (
        Keyframe(2, box),
        Keyframe(4, box, True),
        Keyframe(5, box, True),
        Keyframe(7, box, occluded=True),
    )
    assert [k.frame for k in frames(track, 10)] == [2, 3, 7, 8, 9]
    assert [k.occluded for k in frames(track, 10)] == [False, False, True, True, True]
    assert at(track, 100) == Keyframe(100, box, occluded=True)
    assert at((), 0) is None and list(frames((), 5)) == []


def test_what_is_not_a_place_holds() -> None:
    track = (Keyframe(0, Box(0, 0, 2, 2), False, True, (("a", 1),), 3), Keyframe(4, Box(4, 0, 2, 2), z=9))
    assert at(track, 1) == Keyframe(1, Box(1, 0, 2, 2), False, True, (("a", 1),), 3)
    said = (Keyframe(0, SOME, attributes=(("a", 1), ("b", 2))), Keyframe(3, SOME, attributes=(("b", 5),)))
    assert [k.attributes for k in carried(said)] == [(("a", 1), ("b", 2)), (("a", 1), ("b", 5))]


SOME = Box(0, 0, 2, 2)
POLYGON = Polygon.of(SQUARE)
MASK = Mask(0, 0, 2, 1, (0, 2))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (MASK, Mask(4, 0, 2, 1, (0, 2))),
        (Points(((0, 0), (1, 1))), Points(((2, 2), (3, 3)))),
        (SOME, Ellipse(0, 0, 1, 1)),
        (POLYGON, Polygon(((SQUARE, SQUARE),))),
        (Polyline(SQUARE), Polyline(SQUARE, True)),
        (Polyline(SQUARE, handles=(None,) * 4), Polyline(SQUARE[:2], handles=(None,) * 2)),
        (Cuboid(SQUARE), Cuboid(SQUARE[:3])),
        (Polygon.of(((1, 1), (1, 1))), POLYGON),
    ],
)
def test_what_holds(a: Geometry, b: Geometry) -> None:
    assert interpolate(a, b, 0.5) == a
    assert interpolate(a, b, 1) == b
    assert interpolate(a, b, 0) == a


@given(POINT, POINT, st.floats(0, 1))
def test_what_moves_linearly(p: Any, q: Any, share: float) -> None:
    wanted = pytest.approx((p[0] + (q[0] - p[0]) * share, p[1] + (q[1] - p[1]) * share), abs=1e-6)
    point = interpolate(Points((p,)), Points((q,)), share)
    cuboid = interpolate(Cuboid((p,) * 8), Cuboid((q,) * 8), share)
    assert isinstance(point, Points) and isinstance(cuboid, Cuboid)
    assert point.points[0] == wanted and cuboid.points[7] == wanted
    skeleton = interpolate(Skeleton((Joint("a", *p), Joint("b", 1, 2))), Skeleton((Joint("a", *q),)), share)
    assert isinstance(skeleton, Skeleton)
    assert (skeleton.joints[0].x, skeleton.joints[0].y) == wanted
    if share < 1:
        assert skeleton.joints[1] == Joint("b", 1, 2)
    curved = Polyline((p, p), handles=(None, (p, p))), Polyline((q, q), handles=(None, (q, q)))
    line = interpolate(*curved, share)
    assert isinstance(line, Polyline) and line.points[1] == wanted and line.handles[0] is None
    assert line.handles[1] is not None and line.handles[1][0] == wanted


def test_joints_are_paired_by_name() -> None:
    a = Skeleton((Joint("l", 0, 0, HIDDEN, (("g", "1"),)), Joint("r", 10, 0)))
    b = Skeleton((Joint("r", 10, 10), Joint("l", 4, 0)))
    assert interpolate(a, b, 0.5) == Skeleton((Joint("l", 2, 0, HIDDEN, (("g", "1"),)), Joint("r", 10, 5)))


@given(st.lists(POINT, min_size=3, max_size=9, unique=True), POINT, st.floats(0.01, 0.99), st.booleans())
def test_a_shifted_line_shifts(
    points: list[tuple[float, float]], by: Any, share: float, closed: bool
) -> None:
    ring = tuple((float(round(x)), float(round(y))) for x, y in points)
    if len(set(ring)) < len(ring):
        return
    moved = tuple((x + round(by[0]), y + round(by[1])) for x, y in ring)
    wanted = [(x + round(by[0]) * share, y + round(by[1]) * share) for x, y in ring]
    found = morphed(ring, moved, share, closed)
    assert [c for p in found for c in p] == pytest.approx([c for p in wanted for c in p], abs=1e-6)


# What the rule of CVAT's published source makes of these, half way.
HEXAGON: Ring = ((0, 0), (5, 0), (10, 0), (10, 10), (5, 10), (0, 10), (0, 9.9))
TRIANGLE: Ring = ((0, 0), (20, 0), (10, 20))
FROM_TRIANGLE: Ring = ((0, 0), (15, 0), (10, 15), (5, 15))
FROM_HEXAGON: Ring = ((0, 0), (2.5, 0), (10, 0), (10, 10), (7.5, 10), (0, 10), (0, 9.95))
BOTH: Ring = ((0, 0), (2.5, 0), (15, 0), (10, 15), (7.5, 15), (5, 15), (5, 14.95))


@pytest.mark.parametrize(
    ("a", "b", "half"),
    [
        (SQUARE, TRIANGLE, FROM_TRIANGLE),
        (TRIANGLE, SQUARE, FROM_TRIANGLE),
        (SQUARE, HEXAGON, FROM_HEXAGON),
        (HEXAGON, SQUARE, FROM_HEXAGON),
        (HEXAGON, TRIANGLE, BOTH),
    ],
)
def test_outlines_of_other_counts_as_cvat(a: Ring, b: Ring, half: Ring) -> None:
    found = interpolate(Polygon.of(a), Polygon.of(b), 0.5)
    assert isinstance(found, Polygon) and found.ring is not None
    assert [c for p in found.ring for c in p] == pytest.approx([c for p in half for c in p], abs=1e-6)


def test_lines_of_other_counts_as_cvat() -> None:
    four, two = Polyline(((0, 0), (10, 0), (20, 0), (30, 0))), Polyline(((0, 10), (30, 10)))
    wanted = Polyline(((0, 5), (5, 5), (25, 5), (30, 5)))
    assert interpolate(four, two, 0.5) == interpolate(two, four, 0.5) == wanted


# A sequence as Label Studio stored it: frame, enabled; x, y, width, height, rotation, in percent.
STORED = (
    (1, True, (3.018582498397199, 33.3, 15.6, 20.8, 0.0)),
    (25, True, (33.02054706535164, 33.3, 15.6, 20.8, 0.0)),
    (45, False, (58.29825272019866, 33.3, 15.6, 20.8, 0.0)),
)


def test_a_sequence_as_it_was_stored() -> None:
    said: list[tuple[int, Geometry, bool]] = [
        (frame, box_from_label_studio(x, y, w, h, turned, 640, 360), enabled)
        for frame, enabled, (x, y, w, h, turned) in STORED
    ]
    track = from_label_studio(said)
    assert [(k.frame, k.outside) for k in track] == [(0, False), (24, False), (44, False), (45, True)]
    assert [k.frame for k in frames(track, 50)] == list(range(45))  # frames 1 to 45, as the export fills them
    back = to_label_studio(track)
    assert back == said
    for (frame, box, enabled), stored in zip(back, STORED, strict=True):
        assert isinstance(box, Box)
        assert (frame, enabled) == stored[:2]
        assert box_to_label_studio(box, 640, 360) == pytest.approx(stored[2], abs=1e-9)


@given(tracks())
def test_sequences_there_and_back_show_the_same(track: tuple[Keyframe, ...]) -> None:
    again = from_label_studio(to_label_studio(track))
    assert to_label_studio(again) == to_label_studio(track)
    ours, theirs = list(frames(track, 40)), list(frames(again, 40))
    assert [k.frame for k in ours] == [k.frame for k in theirs]
    for a, b in zip(ours, theirs, strict=True):
        assert far(a.geometry, b.geometry) < 1e-6


@given(st.dictionaries(st.integers(1, 30), st.tuples(BOXES, st.booleans()), min_size=1, max_size=6))
def test_sequences_come_back_as_they_were(items: dict[int, tuple[Box, bool]]) -> None:
    said: list[tuple[int, Geometry, bool]] = []
    for frame in sorted(items):
        # An end right before the next keyframe ends nothing, and is not said again.
        said.append((frame, items[frame][0], items[frame][1] or frame + 1 in items))
    assert to_label_studio(from_label_studio(reversed(said))) == said


def far(a: Geometry, b: Geometry) -> float:
    assert isinstance(a, Box) and isinstance(b, Box)
    return max(
        abs(p - q) for c, d in zip(corners(a), corners(b), strict=True) for p, q in zip(c, d, strict=True)
    )


def test_damaged_sequences() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        from_label_studio([(0, SOME, True)])
    with pytest.raises(ValueError, match="frame 3 is said twice"):
        from_label_studio([(3, SOME, True), (2, SOME, True), (3, SOME, False)])
    assert from_label_studio([]) == () and to_label_studio(()) == []
    assert from_label_studio([(3, SOME, False), (4, SOME, True)]) == (Keyframe(2, SOME), Keyframe(3, SOME))


@given(BOXES, BOXES, st.integers(2, 12))
def test_boxes_that_turn_are_filled_in(a: Box, b: Box, gap: int) -> None:
    track = (Keyframe(3, a), Keyframe(3 + gap, b))
    whole = filled(track, interpolate_corner)
    assert len(whole) == (gap + 1 if a.rotation != b.rotation else 2)
    for keyframe in whole:
        share = (keyframe.frame - 3) / gap
        x, y = corners(keyframe.geometry)[0]  # type: ignore[arg-type]
        wanted = [p + (q - p) * share for p, q in zip(corners(a)[0], corners(b)[0], strict=True)]
        assert (x, y) == pytest.approx(wanted, abs=1e-6)
    if a.rotation == b.rotation:  # then the corner and the centre say the same
        assert far(interpolate(a, b, 0.4), interpolate_corner(a, b, 0.4)) < 1e-6
    hidden = (Keyframe(3, a, True), Keyframe(3 + gap, b))
    assert filled(hidden, interpolate) == hidden
