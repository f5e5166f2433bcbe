"""Renderings of hand-built reports: golden files, escaping, bounds, form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.report.samples import SAMPLES, full_report, hostile_report, large_report

from labelwright.report.html import render_html
from labelwright.report.json import make_schema, render_json
from labelwright.report.markdown import render_markdown
from labelwright.report.model import Report
from labelwright.report.tables import display_width
from labelwright.report.terminal import render_terminal

GOLDEN = Path(__file__).parent / "golden"
VOID = {"meta", "link", "br", "img", "hr", "input"}
RENDERINGS: dict[str, Callable[[Report], str]] = {
    "txt": render_terminal,
    "json": lambda r: render_json(r).decode(),
    "md": render_markdown,
    "html": render_html,
}


class Page(HTMLParser):
    """Collects tags and links; refuses tags that do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parse(page: str) -> Page:
    parser = Page()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("form", RENDERINGS)
def test_rendering_equals_golden_file_and_is_deterministic(name: str, form: str) -> None:
    made = RENDERINGS[form](SAMPLES[name]())
    assert made == RENDERINGS[form](SAMPLES[name]())
    assert made.encode() == (GOLDEN / f"{name}.{form}").read_bytes()


@pytest.mark.parametrize("name", SAMPLES)
def test_json_validates_against_shipped_schema(name: str) -> None:
    schema: dict[str, Any] = json.loads(
        files("labelwright.report").joinpath("schema.json").read_text("utf-8")
    )
    assert schema == make_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(render_json(SAMPLES[name]()))
    jsonschema.Draft202012Validator(schema).validate(document)
    del document["gate"]
    assert not jsonschema.Draft202012Validator(schema).is_valid(document)


def test_json_lifts_controls_to_the_top() -> None:
    document = json.loads(render_json(full_report()))
    percent = document["controls"]["category"]["measures"]["percent"]
    assert (percent["value"], percent["low"], percent["high"], percent["state"]) == (
        0.7961,
        0.7412,
        0.8498,
        "ok",
    )
    assert document["controls"]["urgency"]["measures"]["fleiss_kappa"]["value"] is None


@pytest.mark.parametrize("name", SAMPLES)
def test_no_rendering_shows_nan_or_an_escape_code(name: str) -> None:
    for form, render in RENDERINGS.items():
        made = render(SAMPLES[name]())
        assert not re.search(r"\bnan\b", made, re.IGNORECASE), form
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", made) or form == "json", form


@pytest.mark.parametrize("name", SAMPLES)
def test_page_is_well_formed_and_reaches_nowhere(name: str) -> None:
    page = parse(render_html(SAMPLES[name]()))
    links = [a["href"] or "" for t, a in page.tags if t == "a" and "href" in a]
    assert all(link.startswith(("#", "http://localhost:8080/projects/")) for link in links)
    assert not {t for t, _ in page.tags} & {"script", "img", "iframe", "object", "form", "base"}
    assert not [n for _, a in page.tags for n in a if n.startswith("on") or n == "src"]
    assert not re.search(r"[\w.]+@[\w.]+\.\w", render_html(SAMPLES[name]()))


def test_page_names_its_pictures_and_tables() -> None:
    page = parse(render_html(full_report()))
    tags = [t for t, _ in page.tags]
    assert tags.count("caption") == tags.count("table") > 3
    assert all(a.get("role") == "img" and a.get("aria-label") for t, a in page.tags if t == "svg")
    assert all("scope" in a for t, a in page.tags if t == "th")
    assert {"header", "main", "footer", "nav"} <= set(tags)


def test_hostile_strings_stay_text() -> None:
    made = render_html(hostile_report())
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made
    assert "{{ 7 * 7 }}" in made
    rows = [line for line in render_markdown(hostile_report()).split("\n") if line.startswith("|")]
    assert rows and all("<script" not in r and "<img" not in r and "](javascript" not in r for r in rows)


def test_size_is_bounded() -> None:
    report = large_report()
    made = render_html(report)
    parse(made)
    assert len(made.encode()) < 1_000_000
    assert "and 485 more labels" in made and "and 260 more annotators" in made
    assert len(render_terminal(report)) < 200_000
    assert len(render_markdown(report)) < 1_000_000


def test_terminal_puts_the_verdict_first_and_colours_only_if_asked() -> None:
    plain = render_terminal(full_report())
    assert plain.startswith("GATE FAILED: percent agreement is below 0.80 on category (0.796)")
    assert "\x1b[1;31mGATE FAILED\x1b[0m" in render_terminal(full_report(), colour=True)
    assert max(display_width(line) for line in plain.split("\n")[1:]) <= 80


def test_wide_characters_take_two_cells() -> None:
    assert display_width("返金e\u0301") == 5


def test_allowed_unmeasured_control_is_not_called_reached() -> None:
    report = full_report()
    report.gate.state, report.gate.problems = "passed", []
    report.gate.controls = ["details", "lost"]
    first = render_terminal(report).split("\n")[0]
    assert first == (
        "GATE PASSED: percent agreement of lost is not measured, which was allowed; "
        "percent agreement is at least 0.80 on details."
    )
