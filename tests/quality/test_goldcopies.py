"""Which items show the same."""

from __future__ import annotations

from typing import Any

import pytest

from labelwright.contracts import Input, Template
from labelwright.quality.goldcopies import CopyState, InputDigest


@pytest.mark.parametrize(
    ("types", "one", "other", "same"),
    [
        ({"t": "text"}, {"t": "A  red\nhat"}, {"t": " a red hat"}, True),
        ({"t": "text"}, {"t": "a red hat"}, {"t": "a red hat."}, False),
        ({"t": "text"}, {"t": "a", "id": 1}, {"t": "a", "id": 2}, True),  # the template does not show the id
        ({"t": "text", "q": "text"}, {"t": "a", "q": "b"}, {"t": "b", "q": "a"}, False),
        ({"t": "text", "q": "text"}, {"t": "a", "q": "B"}, {"q": "b", "t": "A"}, True),
        ({"t": "text", "q": "text"}, {"t": "a"}, {"t": "a", "q": ""}, True),
        ({"d": "dialogue"}, {"d": [{"who": "x", "text": "Hi"}]}, {"d": [{"text": "hi ", "who": "x"}]}, True),
        ({"i": "image"}, {"i": "/a.png"}, {"i": "/A.png"}, False),  # another file
        ({"i": "image"}, {"i": "/a.png"}, {"i": "/a.png"}, True),
    ],
)
def test_what_shows_the_same(types: dict[str, str], one: Any, other: Any, same: bool) -> None:
    digest = InputDigest(Template(name="x", inputs={n: Input(type=t) for n, t in types.items()}))
    assert (digest(one) == digest(other)) is same and digest(one)


@pytest.mark.parametrize("shown", [{}, {"t": ""}, {"t": " \n"}, {"t": None}])
def test_nothing_shown_is_no_copy_of_nothing(shown: dict[str, Any]) -> None:
    digest = InputDigest(Template(name="x", inputs={"t": Input(type="text")}))
    assert digest(shown) == b""
    assert not CopyState({b""}, {b""}, 3).possible


def test_parts_know_what_the_whole_knows() -> None:
    first, second = CopyState({b"g"}, {b"a"}, 0), CopyState(set(), {b"g"}, 0)
    assert not first.possible and not second.possible
    first.merge(second)
    assert first.possible
    assert CopyState({b"g"}, set(), 1).possible and not CopyState(set(), {b"g"}, 1).possible
