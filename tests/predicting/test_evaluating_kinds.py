"""Every template's export can be evaluated and ordered, whatever kinds of answers it asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests_support import export_of

from labelwright.pipeline.opening import open_source
from labelwright.pipeline.settings import Settings
from labelwright.predicting.asking import Wanted
from labelwright.predicting.evaluating import calibration
from labelwright.predicting.evaluating.output import as_json, as_markdown, as_text
from labelwright.predicting.evaluating.run import Asked, evaluate
from labelwright.predicting.ordering.run import Asked as OrderAsked
from labelwright.predicting.ordering.run import order
from labelwright.registry import template_folders
from labelwright.render.load import load_template

FOLDERS = template_folders()
ANYTHING = """
from labelwright.contracts import Guess
from labelwright.geometry.shapes import Box
from labelwright.predicting.finding import INPUT_TYPES
from labelwright.records import Kind, Segment, Shape, Span


class Anything:
    inputs = INPUT_TYPES
    kinds = tuple(Kind)

    def __init__(self, asked):
        self.asked = asked

    def predict(self, batch):
        made = {n: v for n in self.asked.controls if (v := self.value(n)) is not None}
        return [Guess(made, 0.7) for _ in batch]

    def value(self, name):
        control = self.asked.template.controls[name]
        label = control.labels[0] if control.labels else "x"
        low = control.minimum if control.minimum is not None else 1
        return {
            Kind.CHOICE: label, Kind.CHOICES: (label,), Kind.TAXONOMY: ((label,),), Kind.RATING: int(low),
            Kind.NUMBER: low, Kind.DATE: "2026-01-02", Kind.TEXT: "some words", Kind.TRANSCRIPT: "some words",
            Kind.SPANS: (Span(0, 1, label),), Kind.PREFERENCE: "left", Kind.JSON: {"a": 1},
            Kind.SEGMENTS: (Segment(0.1, 0.5, label),),
            Kind.SHAPES: (Shape(Box(1, 1, 20, 20), label, score=0.4),),
        }.get(control.kind)
"""


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_an_export_is_evaluated_and_ordered(name: str, tmp_path: Path) -> None:
    (tmp_path / "any.py").write_text(ANYTHING)
    wanted = Wanted(f"{tmp_path}/any.py:Anything")
    settings = Settings(load_template(FOLDERS[name]), state=tmp_path / "state", resamples=50)
    with open_source(str(export_of(FOLDERS[name]))) as opened:
        found = evaluate(opened, settings, Asked(wanted))
        placed = order(opened, settings, OrderAsked(wanted, "uncertainty", answers=100))
    written: Any = json.loads(as_json(found))
    assert found.counts.answered == found.counts.items - found.counts.failed > 0
    assert written["controls"].keys() == found.controls.keys() != set()
    for control, one in found.controls.items():
        assert one.accuracy.value is None or 0.0 <= one.accuracy.value <= 1.0
        assert one.items == one.accuracy.n >= one.silent
        assert f"{control} ({one.kind})" in as_text(found)
    assert as_markdown(found).startswith(b"# ")
    assert len(placed.order) == placed.candidates - placed.left_out > 0
    assert [one.value for one in placed.order] == sorted((o.value for o in placed.order), reverse=True)


def test_a_threshold_that_is_told_keeps_what_it_was_told_of() -> None:
    scores = [2 / 3, 0.1 + 0.2, 0.9999999, 1.0]
    told = calibration._thresholds(sorted((score, 1.0) for score in scores), len(scores))
    assert [sum(score >= one.score for score in scores) / len(scores) for one in told] == [
        one.coverage for one in told
    ]
