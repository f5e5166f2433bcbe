"""The HTML report in a real browser, read as a person would: on a desk, on a phone, in the dark, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.live.browser import WAIT
from tests.report.batch_samples import odd_reports
from tests.report.samples import SAMPLES, drawn_report, full_report, large_report

from labelwright.report.html import render_html
from labelwright.report.model import Report

BACKGROUND = {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 23, 27)"}
SECTIONS = [
    *("agreement", "answers", "gold", "annotators", "suggestions", "trend", "contested", "lint", "problems"),
    *("models", "strengths"),
    *("objects", "flow", "volume"),
]
MANY: dict[str, Any] = {**SAMPLES, "large": large_report}


@contextmanager
def shown(
    chromium: Any, folder: Path, report: Report, scheme: str = "light", width: int = 1200
) -> Iterator[Any]:
    """The report in a tab that may not say anything on the console nor ask the network for anything."""
    path = folder / "report.html"
    path.write_text(render_html(report), encoding="utf-8")
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(WAIT)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    asked: list[str] = []
    page.goto(path.as_uri())
    yield page
    page.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.live
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", MANY)
def test_page_fits_a_phone_and_says_nothing_on_the_console(
    name: str, scheme: str, chromium: Any, tmp_path: Path
) -> None:
    with shown(chromium, tmp_path, MANY[name](), scheme, 375) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == BACKGROUND[scheme]
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == 375


@pytest.mark.live
@pytest.mark.parametrize("width", [375, 1200])
def test_a_reader_finds_every_section_table_and_picture(width: int, chromium: Any, tmp_path: Path) -> None:
    with shown(chromium, tmp_path, full_report(), width=width) as page:
        assert page.get_by_role("heading", level=1).inner_text() == "Email classification"
        assert page.get_by_role("heading", name="Gate failed").is_visible()
        assert [h.get_attribute("id") for h in page.locator("main h2").all()] == SECTIONS
        for link in page.locator("nav a").all():
            assert page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']").count() == 1
        tables = [t for t in page.locator("table").all() if t.is_visible()]
        assert len(tables) > 12
        for drawn in [*tables, *page.get_by_role("img").all()]:
            if not drawn.is_visible():
                continue  # inside a closed details
            box = drawn.bounding_box()
            assert box and box["width"] > 40 and box["height"] > 8
        assert all(t.locator("caption").inner_text() for t in tables)
        for picture in page.locator("svg.plot").all():
            box = picture.bounding_box()
            assert box["width"] > 300 and box["height"] > 70
            assert picture.get_attribute("aria-label") and picture.locator("desc").text_content()


@pytest.mark.live
def test_the_verdict_and_its_figures_are_on_the_first_screen(chromium: Any, tmp_path: Path) -> None:
    with shown(chromium, tmp_path, full_report()) as page:
        tiles = page.locator(".glance li")
        assert tiles.count() == 6
        assert all(t.bounding_box()["y"] + t.bounding_box()["height"] < 900 for t in tiles.all())
        page.locator(".glance a", has_text="Lint").click()
        assert 0 <= page.locator("#lint").bounding_box()["y"] < 900


@pytest.mark.live
def test_names_in_the_picture_of_speed_do_not_touch_and_can_be_read(chromium: Any, tmp_path: Path) -> None:
    for width in (375, 1200):
        with shown(chromium, tmp_path, full_report(), width=width) as page:
            boxes = [t.bounding_box() for t in page.locator("svg.scatter .name").all()]
            assert len(boxes) == 2
            frame = page.locator("svg.scatter").bounding_box()
            for box in boxes:
                assert box["x"] >= frame["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"]
                assert box["height"] > 9
            first, second = boxes
            apart = (
                first["y"] + first["height"] <= second["y"] or second["y"] + second["height"] <= first["y"]
            )
            assert apart or abs(first["x"] - second["x"]) > first["width"]


@pytest.mark.live
def test_what_must_be_known_first_stands_first(chromium: Any, tmp_path: Path) -> None:
    for sentence, report in odd_reports().items():
        with shown(chromium, tmp_path, report, width=375) as page:
            note = page.get_by_text(sentence)
            assert note.is_visible() and note.bounding_box()["y"] < page.locator("nav").bounding_box()["y"]


@pytest.mark.live
def test_pictures_show_in_both_schemes(chromium: Any, tmp_path: Path) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        with shown(chromium, tmp_path, full_report(), scheme) as page:
            seen[scheme] = page.locator("svg.scatter").screenshot()
            fill = page.evaluate("getComputedStyle(document.querySelector('svg.scatter .name')).fill")
            assert fill != page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert seen["light"] != seen["dark"] and all(len(png) > 2000 for png in seen.values())


@pytest.mark.live
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_contested_images_are_drawn_with_what_overlaps_and_a_legend(
    width: int, scheme: str, chromium: Any, tmp_path: Path
) -> None:
    with shown(chromium, tmp_path, drawn_report(), scheme, width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == width
        pictures = page.locator("svg.scene").all()
        assert len(pictures) == 2  # the third contested item is no drawing
        first = pictures[0]
        assert first.get_attribute("aria-label").startswith("Item 31, objects: A 3 shapes, B 2 shapes")
        told = [t.text_content() for t in first.locator("text").all()]
        assert {"IoU 0.60", "IoU 1.00", "A3 cat: B missing", "B2 cat"} <= set(told)
        dashes = page.evaluate(
            "[...document.querySelectorAll('.case:first-of-type svg.swatch path')]"
            ".map(p => getComputedStyle(p).strokeDasharray + getComputedStyle(p).stroke)"
        )
        assert len(dashes) == 2 and len(set(dashes)) == 2
        legend = page.locator("figure.scene").first.locator(".legend li")
        assert [one.inner_text().split()[0] for one in legend.all()] == ["A", "B"]
        for picture in pictures:
            frame = picture.bounding_box()
            assert frame["width"] > 300 and frame["x"] + frame["width"] <= width
            for text in picture.locator("text").all():
                box = text.bounding_box()
                assert box["height"] > 8 and box["x"] >= frame["x"] - 1
                assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
        assert pictures[1].locator("image").count() == 1
        pairs = page.get_by_text("Pairs of shapes, what differs most first").first
        pairs.click()
        assert page.get_by_text("same place, labels differ").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.live
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_annotators_colours_stand_out_from_the_backdrop(scheme: str, chromium: Any, tmp_path: Path) -> None:
    with shown(chromium, tmp_path, drawn_report(), scheme) as page:
        found = page.evaluate(
            "(() => { const style = getComputedStyle(document.documentElement);"
            "return ['--faint', '--sheet', ...[0,1,2,3,4,5,6,7].map(n => '--p' + n)]"
            ".map(n => style.getPropertyValue(n).trim()); })()"
        )
        for backdrop in found[:2]:
            assert all(_contrast(colour, backdrop) >= 4.5 for colour in found[2:])


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (#rrggbb), as WCAG 2 defines it."""
    light = []
    for colour in (one, other):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(light) + 0.05) / (min(light) + 0.05)


@pytest.mark.live
def test_it_prints(chromium: Any, tmp_path: Path) -> None:
    with shown(chromium, tmp_path, full_report(), "dark") as page:
        pdf = page.pdf(format="A4")
        pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
        assert 4 <= pages <= 14
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not page.locator("nav").is_visible()
        after = "getComputedStyle(document.querySelector('.case a'), '::after').content"
        assert "localhost:8080" in page.evaluate(after)
        assert page.get_by_text("Pairs of annotators, the lowest agreement first").is_visible()
        uncut = "getComputedStyle(document.querySelector('figure')).breakInside"
        assert page.evaluate(uncut) == "avoid"
        hidden = (
            "[...document.querySelectorAll('details table')].filter(t => !t.getBoundingClientRect().height)"
        )
        assert page.evaluate(f"{hidden}.length") == 0
