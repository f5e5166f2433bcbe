"""What the batch report shows beside agreement: states, gold, speed, trend, lint; colours and size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.batch_samples import odd_reports, trend
from tests.report.samples import PEOPLE, empty_report, full_report, large_report

from labelwright.report import plots
from labelwright.report.html import render_html
from labelwright.report.markdown import escape, render_markdown
from labelwright.report.model import AnnotatorWork
from labelwright.report.sections import annotators
from labelwright.report.states import states
from labelwright.report.terminal import render_terminal
from labelwright.report.view import steps


class Words(HTMLParser):
    """The words of a page as a reader gets them, by the section they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sections: dict[str, str] = {}
        self._section = ""
        self._hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "section" and found.get("aria-labelledby"):
            self._section = found["aria-labelledby"] or ""
        self._hidden += tag in ("style", "desc", "title")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "desc", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            kept = self.sections.get(self._section, "")
            self.sections[self._section] = " ".join(f"{kept} {data}".split())


# --- States --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sentence", odd_reports())
def test_data_that_say_little_are_said_to(sentence: str) -> None:
    report = odd_reports()[sentence]
    assert sentence in states(report)
    assert sentence in Words(render_html(report)).sections["notes"]
    assert sentence.split(" ")[-1] in render_terminal(report).split("Agreement")[0]
    assert escape(sentence, 400) in render_markdown(report)


def test_sound_data_need_no_warning() -> None:
    report = full_report()
    assert states(report) == []
    assert 'id="notes"' not in render_html(report)


# --- Sections ------------------------------------------------------------------------------------


def test_first_glance_holds_the_figures_that_decide() -> None:
    page = render_html(full_report())
    glance = page[page.index('class="glance"') : page.index("<nav")]
    said = re.sub(r"<[^>]+>|\s+", " ", glance)
    for words in ("0.796", "gate 0.80", "2 to look at", "4 errors, 0 warnings", "2 errors, 1 warning", "112"):
        assert words in " ".join(said.split()), words


def test_gold_tells_recall_precision_confusion_and_the_target() -> None:
    said = Words(render_html(full_report())).sections["gold"]
    assert "SUPPORT_REQUEST 34 / 34 0.88 0.73 to 0.95 0.88 0.73 to 0.95" in said
    assert "annotator-7be4410d 20 0.55 0.34 to 0.74 below" in said
    assert "SUPPORT_REQUEST 1 2 30 1" in said  # gold in rows, given in columns, the unanswered last


def test_confusion_adds_up_over_annotators() -> None:
    report = full_report()
    assert report.gold is not None
    one = report.gold.annotators[PEOPLE[0]].controls
    report.gold.annotators[PEOPLE[1]].controls = one
    assert "SUPPORT_REQUEST 2 4 60 2" in Words(render_html(report)).sections["gold"]


def test_sections_without_data_say_why_or_are_not_there() -> None:
    said = Words(render_html(empty_report())).sections
    assert "No gold items: nobody's accuracy is known" in said["gold"]
    assert "Lint was not run" in said["lint"]
    assert "Nobody annotated anything" in said["annotators"]
    assert "trend" not in said and "models" not in said


def test_lint_shows_findings_by_code_with_examples_and_what_did_not_run() -> None:
    said = Words(render_html(full_report())).sections["lint"]
    assert "3 rules looked at 112 rows: 2 errors and 1 warning" in said
    assert "error 2 \u00d7 lint.contradictory-targets" in said
    assert "the same input as on line 4 has another target" in said and "and 1 more of this kind" in said
    assert "split-leakage (it needs several files)" in said


def test_every_counter_of_what_was_left_out_is_told() -> None:
    report = full_report()
    counts = report.counts
    for number, name in enumerate(counts.__struct_fields__, 1001):
        setattr(counts, name, number * 3 if name == "items" else number)
    told = {step.number for step in steps(report)}
    given = {getattr(counts, n) for n in counts.__struct_fields__ if n != "annotated"}
    assert given <= told


def test_what_reviewers_made_of_items_is_told() -> None:
    report = full_report()
    words = "accepted 9, corrected 3"
    assert f"Reviewed items: {words}." in Words(render_html(report)).sections["flow"]
    assert f"reviewed items: {words}" in render_terminal(report)
    assert words in render_markdown(report)


def test_sides_of_a_preference_are_told_with_their_chance() -> None:
    said = Words(render_html(full_report())).sections["answers"]
    assert "0.67 of 135 answers that are no tie" in said and "more uneven than chance" in said
    assert "p = less than 0.001" in said and "left 90 (60.0 %), tie 15 (10.0 %), right 45 (30.0 %)" in said


# --- Speed against reliability -------------------------------------------------------------------


def test_speed_stands_against_gold_where_most_are_scored_and_flags_by_shape() -> None:
    report = full_report()
    found = annotators.speed(report)
    assert found is not None and found["what"] == "accuracy on gold"
    points = {p.name: p for p in found["plot"].points}
    assert set(points) == {PEOPLE[0], PEOPLE[1]}  # the third has no times
    assert points[PEOPLE[0]].x < points[PEOPLE[1]].x and points[PEOPLE[0]].y < points[PEOPLE[1]].y
    page = render_html(report)
    assert page.count('class="diamond"') == 2 and page.count("◆ to look at") == 2


def test_speed_stands_against_the_others_where_there_is_no_gold() -> None:
    report = full_report()
    report.gold, report.signals = None, {}
    found = annotators.speed(report)
    assert found is not None and found["what"] == "percent agreement with the others"
    assert not found["flagged"] and "diamond" not in render_html(report).split("</style>")[1]
    report.annotators = {name: AnnotatorWork(9) for name in PEOPLE}
    assert annotators.speed(report) is None
    assert "No picture of speed and reliability" in render_html(report)


DOTS = st.builds(
    plots.Dot,
    st.just("annotator-0a1b2c3d"),
    st.floats(0, 90_000),
    st.floats(-1, 1),
    st.none(),
    st.none(),
    st.booleans(),
)


@given(st.lists(DOTS, min_size=1, max_size=40), st.none() | st.floats(0, 1))
def test_points_and_names_stay_inside_the_picture_and_apart(
    dots: list[plots.Dot], target: float | None
) -> None:
    plot = plots.scatter(dots, target)
    assert plot is not None
    for point in plot.points:
        assert (
            plots.LEFT - 0.1 <= point.x <= plot.width - plot.right
            and 0 <= point.y <= plot.height - plot.foot + 0.1
        )
    named = sorted((p for p in plot.points if p.name), key=lambda p: p.label_y)
    assert all(b.label_y - a.label_y >= plots.LINE - 0.2 for a, b in pairwise(named))
    assert all(a.y <= b.y for a, b in pairwise(named))  # their lines do not cross at the column
    assert all(0 < p.label_y <= plot.height - plot.foot for p in named)
    assert len([p for p in plot.points if p.name]) == min(len(dots), plots.NAMED)
    flagged = [p for p in plot.points if p.flagged]
    assert len([p for p in flagged if p.name]) == min(len(flagged), plots.NAMED)


# --- Trend ---------------------------------------------------------------------------------------


def test_trend_breaks_its_line_where_a_batch_has_no_value() -> None:
    dots = [plots.Dot("a", 0, 0.7), plots.Dot("b", 0, 0.9), None, plots.Dot("d", 0, 0.8)]
    plot = plots.trend(dots, 0.8)
    assert plot is not None and plot.path.count("M") == 2 and plot.path.count("L") == 1
    assert [p.name for p in plot.points] == ["a", "b", "d"]
    assert plot.points[1].y < plot.points[2].y < plot.points[0].y
    assert plot.line == plot.points[2].y
    assert plots.trend(dots[:1], 0.8) is None


def test_one_batch_is_no_trend_yet_and_many_are_bounded() -> None:
    report = full_report()
    report.trend = trend([0.8])
    assert "A line begins with the second batch" in Words(render_html(report)).sections["trend"]
    report.trend = trend([0.5 + n / 100 for n in range(40)])
    said = Words(render_html(report)).sections["trend"]
    assert "and 16 more earlier batches" in said and "week 40" in said and "week 16 " not in said


# --- Colours -------------------------------------------------------------------------------------

CSS = files("labelwright.report").joinpath("assets", "page.css").read_text("utf-8")


def palettes() -> Iterator[tuple[str, dict[str, str]]]:
    """The colours by scheme: a later one stands on the light one."""
    blocks = re.findall(r":root\s*\{([^}]*)\}", CSS)
    assert len(blocks) == 3
    light: dict[str, str] = {}
    for name, block in zip(("light", "dark", "print"), blocks, strict=True):
        own = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})", block))
        light = light or own
        yield name, {**light, **own}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


TEXT = [
    *[(text, ground) for text in ("ink", "soft") for ground in ("paper", "sheet", "faint")],
    *[("ink", f"{tone}-bg") for tone in ("good", "bad", "open")],
    *[(tone, f"{tone}-bg") for tone in ("good", "bad", "open")],
    *[(tone, "paper") for tone in ("good", "bad", "open", "blue")],
    *[("ink", shade) for shade in ("h1", "h2", "h3")],
    *[("sheet", shade) for shade in ("h4", "h5")],
]
SHAPES = [
    ("blue", "paper"),
    ("bad", "paper"),
    ("good", "faint"),
    ("bar", "paper"),
    ("soft", "paper"),
]


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_colours_have_the_contrast_of_wcag_aa(scheme: str) -> None:
    colours = dict(palettes())[scheme]
    weak = {(a, b): contrast(colours[a], colours[b]) for a, b in TEXT}
    assert {pair: round(c, 2) for pair, c in weak.items() if c < 4.5} == {}
    shapes = {(a, b): contrast(colours[a], colours[b]) for a, b in SHAPES}
    assert {pair: round(c, 2) for pair, c in shapes.items() if c < 3} == {}


def test_no_colour_is_written_past_the_palette() -> None:
    rest = re.sub(r":root\s*\{[^}]*\}", "", CSS)
    assert re.findall(r"#[0-9a-fA-F]{3,6}\b|\brgb\(|\bhsl\(", rest) == []


# --- Size ----------------------------------------------------------------------------------------


def test_hundreds_of_annotators_and_batches_do_not_make_the_page_long() -> None:
    small, large = (len(render_html(large_report(people=n)).encode()) for n in (200, 500))
    assert large < small * 1.01 and large < 1_000_000
    said = Words(render_html(large_report(people=500))).sections
    assert "and 460 more annotators" in said["annotators"] and "440 more are not drawn" in said["annotators"]
    assert "and 460 more annotators" in said["gold"]
