"""Windowed decoding: right, or detected, never silently wrong."""

from __future__ import annotations

import io
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.io import stream
from labelwright.io.stream import ArrayStream
from labelwright.problems import DataError


class Row(msgspec.Struct):
    id: int
    annotations: list[Any] = []
    data: Any = None


def read(data: bytes, start: int = 0, end: int = 0) -> tuple[list[int], list[Any]]:
    bad: list[Any] = []
    found = ArrayStream(
        io.BytesIO(data), Row, lambda raw, _: bad.append(raw), lambda raw, paths: None, start=start, end=end
    )
    return [row.id for row in found], bad


TEXT = st.text(alphabet='ab{}[]",:\\ é😀', max_size=30)
NESTED = st.recursive(
    TEXT | st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries({"id": inner, "annotations": inner})
        | st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=6,
)
ROWS = st.lists(
    st.fixed_dictionaries({"annotations": st.lists(NESTED, max_size=3), "data": NESTED}), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(
    rows=ROWS,
    window=st.sampled_from([16, 64, 300]),
    indent=st.sampled_from([None, 2]),
    cut=st.integers(0, 10**6),
)
def test_whole_files_come_out_whole_and_cut_ones_are_refused(
    rows: list[dict[str, Any]], window: int, indent: int | None, cut: int
) -> None:
    data = json.dumps([{"id": n, **row} for n, row in enumerate(rows)], indent=indent).encode()
    normal = stream.WINDOW
    stream.WINDOW = window
    try:
        assert read(data) == (list(range(len(rows))), [])
        with pytest.raises(DataError):
            read(data[: cut % len(data)])
    finally:
        stream.WINDOW = normal


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "io.empty"),
        (b" \n ", "io.empty"),
        (b"<html>", "io.not-json"),
        (b"{}", "io.not-json"),
        (b"[", "io.truncated"),
        (b'[{"id":1},', "io.truncated"),
        (b'[{"id":1', "io.truncated"),
        (b'[{"id":1,"annotations":[]}, {"id":2,"annotations":[]},', "io.truncated"),
        (b"[1,]", "io.not-json"),
        (b'[{"id":1} {"id":2}]', "io.not-json"),
        (b'[{"id":1}]x', "io.not-json"),
        (b"\xff\xfe[\x00", "io.encoding"),
        (b'[{"id":1,"annotations":[],"data":"\xe9"}]', "io.encoding"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, code: str) -> None:
    with pytest.raises(DataError) as caught:
        read(data)
    assert caught.value.problem.code == code


def test_one_bad_item_costs_only_itself() -> None:
    rows: list[Any] = [{"id": n, "annotations": []} for n in range(50)]
    rows[7]["id"] = "seven"
    ids, bad = read(json.dumps(rows).encode())
    assert ids == [n for n in range(50) if n != 7]
    assert bad == [{"id": "seven", "annotations": []}]


def test_a_field_of_ten_megabytes() -> None:
    rows = [
        {"id": 1, "annotations": []},
        {"id": 2, "annotations": [], "data": "x" * 10_000_000},
        {"id": 3, "annotations": []},
    ]
    assert read(json.dumps(rows).encode()) == ([1, 2, 3], [])


def test_a_byte_order_mark_is_not_content() -> None:
    assert read(b'\xef\xbb\xbf[{"id":1,"annotations":[]}]') == ([1], [])


def test_items_that_do_not_begin_as_the_first_are_read_without_hoarding() -> None:
    first, others = (
        '{"id": 0, "annotations": []}',
        ", ".join(f'{{"annotations": [], "id": {n}, "data": "{"x" * 300}"}}' for n in range(1, 9000)),
    )
    handle = io.BytesIO(f"[{first}, {others}]".encode())
    read_ahead = []
    for row in ArrayStream(handle, Row, lambda raw, _: None, lambda raw, paths: None):
        read_ahead.append(handle.tell() - row.id * 330)
    assert len(read_ahead) == 9000
    assert max(read_ahead) < 8 * stream.WINDOW
