"""The order in which what is marked on a page is read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.geometry.shapes import Box, Polygon
from labelwright.records import Shape
from labelwright.render.forms import detailed
from labelwright.render.reading import rows


def _read(*shapes: Shape) -> list[list[str]]:
    return [[region["label"] for region in row] for row in rows(detailed(shapes))]


def _box(label: str, x: float, y: float, width: float, height: float, unit: str = "") -> Shape:
    return Shape(Box(x, y, width, height), label, unit=unit)


def test_rows_go_down_and_each_from_left_to_right() -> None:
    found = _read(
        _box("d", 90, 31, 20, 10), _box("c", 5, 30, 20, 10), _box("b", 60, 1, 20, 10), _box("a", 0, 0, 9, 10)
    )
    assert found == [["a", "b"], ["c", "d"]]


def test_less_than_half_of_the_height_is_another_row() -> None:
    assert _read(_box("a", 50, 0, 9, 10), _box("b", 0, 5, 9, 10)) == [["b", "a"]]
    assert _read(_box("a", 50, 0, 9, 10), _box("b", 0, 5.1, 9, 10)) == [["a"], ["b"]]


def test_a_line_that_was_scanned_askew_is_one_row() -> None:
    assert _read(*(_box(str(n), 20 * n, 4 * n, 18, 10) for n in range(6))) == [["0", "1", "2", "3", "4", "5"]]


def test_what_reaches_over_several_rows_is_one_by_itself() -> None:
    lines = [_box(str(n), 0, 20 * n, 50, 10) for n in range(3)]
    assert _read(_box("stamp", 60, 0, 30, 50), *lines) == [["0"], ["1"], ["stamp"], ["2"]]


def test_images_come_one_after_the_other_and_polygons_count_by_their_extent() -> None:
    ring = Polygon.of(((0.0, 0.0), (9.0, 1.0), (9.0, 10.0), (0.0, 9.0)))
    assert _read(_box("b", 0, 0, 9, 10, "10"), _box("c", 20, 0, 9, 10, "2"), Shape(ring, "a", unit="2")) == [
        ["a", "c"],
        ["b"],
    ]


def test_nothing_marked_has_no_rows_and_what_is_no_shape_is_refused() -> None:
    assert rows(None) == rows([]) == []
    wrong: Any
    for wrong in ([{"label": "x"}], [{"shape": "moon"}], ["x"]):
        with pytest.raises(ValueError, match="no list of shapes"):
            rows(wrong)


BOXES = st.lists(st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(1, 20)] * 2), max_size=8)


@settings(max_examples=60)
@given(BOXES)
def test_everything_is_read_once(places: list[tuple[int, int, int, int]]) -> None:
    shapes = [_box(str(n), *place) for n, place in enumerate(places)]
    found = _read(*shapes)
    assert sorted(label for row in found for label in row) == sorted(shape.label for shape in shapes)
    for row in found:
        lefts = [shapes[int(label)].geometry for label in row]
        assert [box.x for box in lefts] == sorted(box.x for box in lefts)  # type: ignore[union-attr]
