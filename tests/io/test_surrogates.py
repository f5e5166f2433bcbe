"""Halves of surrogate pairs: kept where JSON is only carried, replaced and told of where it is read."""

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
from labelwright.io.surrogates import cleaned, decode, encode
from labelwright.problems import DataError

HALVED = st.text(alphabet='a\\"u\ud83d\ude00\U0001f600é', max_size=8)
VALUES = st.recursive(
    HALVED | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HALVED, inner, max_size=3),
    max_leaves=8,
)


def joined(value: Any) -> Any:
    """The value as JSON has it: two halves that meet are one character."""
    return json.loads(json.dumps(value))


@settings(max_examples=100, deadline=None)
@given(value=VALUES, order=st.sampled_from([None, "sorted"]), indent=st.sampled_from([0, 2]))
def test_what_is_carried_is_what_came(value: Any, order: Any, indent: int) -> None:
    there = encode(decode(json.dumps(value).encode()), order, indent)
    assert joined(decode(there)) == joined(value)
    there.decode("ascii" if cleaned(joined(value))[1] else "utf-8")


@settings(max_examples=100, deadline=None)
@given(value=VALUES)
def test_what_is_read_is_utf_8_and_says_where_it_was_not(value: Any) -> None:
    clean, paths = cleaned(joined(value))
    msgspec.json.encode(clean)
    assert bool(paths) == (clean != joined(value))
    assert len(json.dumps(clean)) == len(json.dumps(joined(value)))  # one escape for another


def test_paths_lead_to_the_texts() -> None:
    value = {"a": [{"b": "x\ud800"}, "y"], "k\udc00": "\ude00\ud83d", "whole": "\U0001f600"}
    clean, paths = cleaned(value)
    assert paths == ["a[0].b", "", "k\ufffd"]
    assert clean == {"a": [{"b": "x\ufffd"}, "y"], "k\ufffd": "\ufffd\ufffd", "whole": "\U0001f600"}


@pytest.mark.parametrize("text", ['{"a": "\\ud800", "b": NaN}', '{"a": "\\ud800" "b"}', '["\\ud800", 1e999]'])
def test_what_is_no_json_otherwise_is_none_with_a_half_in_it(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(text.encode())


class Row(msgspec.Struct):
    id: int
    text: str


@pytest.mark.parametrize("window", [16, 100, 1 << 18])
def test_one_half_costs_no_other_item_of_a_file(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WINDOW", window)
    texts = ["one", "\ud800", "three \U0001f600", 4, "five \udc00 ", "six"]
    data = json.dumps([{"id": n, "text": t} for n, t in enumerate(texts, 1)]).encode()
    odd: list[Any] = []
    told: list[Any] = []
    rows = list(
        ArrayStream(
            io.BytesIO(data),
            Row,
            lambda raw, _: odd.append(raw),
            lambda raw, paths: told.append((raw["id"], paths)),
        )
    )
    assert [(r.id, r.text) for r in rows] == [
        (1, "one"), (2, "\ufffd"), (3, "three \U0001f600"), (5, "five \ufffd "), (6, "six"),
    ]  # fmt: skip
    assert odd == [{"id": 4, "text": 4}]
    assert told == [(2, ["text"]), (5, ["text"])]


def test_a_broken_file_is_told_of_as_before_where_a_half_is_in_it() -> None:
    data = b'[{"id": 1, "text": "\\ud800"}, {"id": 2, "text": "\\q"}]'
    with pytest.raises(DataError, match="item 2"):
        list(ArrayStream(io.BytesIO(data), Row, lambda raw, _: None, lambda raw, paths: None))
