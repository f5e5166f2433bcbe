"""The review sheet in a real browser: fits a phone, both colour schemes, can be filled in by key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.live.browser import WAIT

from labelwright.report.review_sheet import Question, Reviewed, Sheet, Shown, render_sheet

BACKGROUND = {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 23, 27)"}
WIDE = "unbreakable" * 30


def sheet() -> Sheet:
    people = [f"annotator-{n:08x}" for n in range(5)]
    questions = [
        Question("category", dict.fromkeys(people, "REFUND"), "REFUND"),
        Question("reason", {who: WIDE for who in people}, None, tied=True),
    ]
    shown = [Shown("text", "text", f"Where is it?\n{WIDE}"), Shown("data", "json", {"a": [1, 2], "b": WIDE})]
    items = [
        Reviewed(str(n), "https://server.example/tasks/1" if n else "", "sample", shown, questions, people)
        for n in range(25)
    ]
    return Sheet("t", "Reviewing " + WIDE, "export.json", 7, 200, items)


@pytest.mark.live
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sheet_fits_a_phone_and_can_be_filled_in(scheme: str, chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "review.html"
    path.write_bytes(render_sheet(sheet()))
    page = chromium.new_page(viewport={"width": 375, "height": 800}, color_scheme=scheme)
    page.set_default_timeout(WAIT)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == BACKGROUND[scheme]
    assert page.get_by_role("article").count() == 25
    first = page.get_by_role("group", name="Verdict on item 1", exact=True)
    first.get_by_role("radio", name="right").focus()
    page.keyboard.press("ArrowDown")
    assert first.get_by_role("radio", name="wrong").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("somebody else")
    assert first.get_by_role("textbox").first.input_value() == "somebody else"
    assert (
        page.get_by_role("link", name="1", exact=True).get_attribute("href")
        == "https://server.example/tasks/1"
    )
    assert said == []
    page.close()
