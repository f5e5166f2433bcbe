"""Plain boxes are read by a way of their own, which must not show."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ls_drawing import read, region, template

from labelwright.problems import READ
from labelwright_plugins.label_studio import shapes

BOX = {"x": 10, "y": 20.5, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["Car"]}
numbers = st.sampled_from([0, 0.0, 10, 33.3, 50, 99.5, 100, 120, -1, None, "5", True, 1e308])
odd = st.fixed_dictionaries(
    {},
    optional={
        "x": numbers,
        "y": numbers,
        "width": numbers,
        "height": numbers,
        "rotation": st.sampled_from([0, 0.0, 15, None, False, "x"]),
        "rectanglelabels": st.sampled_from([["Car"], ["Bus"], [], ["Car", "Bus"], ["None"], "Car", None]),
        "more": st.just(1),
    },
)
details = st.fixed_dictionaries(
    {},
    optional={
        "original_width": st.sampled_from([640, 641, 0, None, "640", 1.5]),
        "image_rotation": st.sampled_from([0, 90, None]),
        "item_index": st.sampled_from([0, 1, None]),
        "score": st.sampled_from([0.5, None]),
        "parentID": st.sampled_from(["p", None]),
        "id": st.sampled_from(["a", "b", ""]),
        "type": st.sampled_from(["rectanglelabels", "rectangle", "polygonlabels"]),
    },
)


def both(
    folder: Path, monkeypatch: pytest.MonkeyPatch, results: list[dict[str, Any]]
) -> list[tuple[Any, ...]]:
    """What is read with the short way and without it."""
    found = []
    for short in (True, False):
        with monkeypatch.context() as patched:
            if not short:
                patched.setattr(shapes, "upright_boxes", lambda *_: None)
            answers, problems = read(folder, results, template("objects", ["Car", "Bus"]))
        found.append((answers, sorted(map(str, problems)), problems.counts, problems.ledger(READ)))
    return found


@given(st.lists(st.tuples(odd, details), min_size=1, max_size=3))
def test_it_reads_what_the_long_way_reads(results: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    made = []
    for number, (value, more) in enumerate(results):
        one = region("rectanglelabels", {**BOX, **value}, id=f"r{number}")
        made.append({**one, **more})
    with pytest.MonkeyPatch.context() as patched, TemporaryDirectory() as folder:
        short, long = both(Path(folder), patched, made)
    assert short == long


def test_plain_boxes_take_the_short_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the long way was taken")

    monkeypatch.setattr(shapes.ShapeReader, "_regions", refuse)
    results = [region("rectanglelabels", BOX, id=f"r{n}") for n in range(3)]
    answers, problems = read(tmp_path, results, template("objects", ["Car", "Bus"]))
    assert len(answers["objects"]) == 3 and problems.ledger(READ).given == 3
