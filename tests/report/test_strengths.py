"""Strengths of models in the reports of text."""

from __future__ import annotations

import pytest
from tests.report.samples import HOSTILE, full_report

from labelwright.agreement.result import State
from labelwright.report.html import render_html
from labelwright.report.markdown import render_markdown
from labelwright.report.model import ModelRecord, ModelStrengths, Report
from labelwright.report.tables import display_width
from labelwright.report.terminal import render_terminal

FOUND = ModelStrengths(
    State.OK,
    4,
    {"new": ModelRecord(0.549306, 3, 0, 1), "old": ModelRecord(-0.549306, 1, 0, 3)},
    [["new", "old"]],
)
APART = ModelStrengths(
    State.NOT_CONNECTED,
    2,
    {"new": ModelRecord(None, 2, 0, 0), "old": ModelRecord(None, 0, 0, 2)},
    [["new"], ["old"]],
)


def with_models(found: ModelStrengths) -> Report:
    report = full_report()
    report.strengths = {"better": found}
    return report


def test_the_strongest_stands_first() -> None:
    text = render_terminal(with_models(FOUND))
    assert "better: 4 comparisons of 2 models" in text
    assert "+0.55" in text and text.index("+0.55") < text.index("-0.55")
    assert "without intervals" in " ".join(text.split())
    markdown = render_markdown(with_models(FOUND))
    assert "## Models that were compared" in markdown and "0.55" in markdown


def test_models_apart_have_no_strength() -> None:
    for text in (render_terminal(with_models(APART)), render_markdown(with_models(APART))):
        assert (
            "no strengths" in " ".join(text.split())
            and "0.00" not in text.partition("Models that were compared")[2][:300]
        )
    large = render_terminal(with_models(ModelStrengths(State.TOO_LARGE)))
    assert "too many different models" in large
    report = full_report()
    report.strengths = {}
    assert "Models that were compared" not in render_terminal(report)


def test_the_page_shows_the_models() -> None:
    page = render_html(with_models(FOUND))
    assert 'id="strengths"' in page and 'href="#strengths"' in page and "+0.55" in page
    report = full_report()
    report.strengths = {}
    assert 'id="strengths"' not in render_html(report)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_models_are_no_markup(name: str) -> None:
    found = ModelStrengths(State.OK, 1, {name: ModelRecord(0.0, 1, 1, 1)}, [[name]])
    text, markdown = render_terminal(with_models(found), 60), render_markdown(with_models(found))
    block = text.partition("Models that were compared")[2].partition("\n\n")[0]
    assert all(display_width(line) <= 60 for line in block.splitlines())
    assert not any(ord(c) < 32 and c != "\n" for c in block)
    assert "<script" not in markdown.partition("Models that were compared")[2].partition("\n## ")[0]
