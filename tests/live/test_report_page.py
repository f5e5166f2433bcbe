"""The HTML report in a real browser: no console errors, nothing to scroll sideways, both colour schemes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, sync_playwright

from labelwright.report.html import render_html

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.report.samples import SAMPLES

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def listen(page: Page, said: list[str]) -> None:
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))


@pytest.mark.live
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_phone_and_says_nothing_on_the_console(
    scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        backgrounds = set()
        for name, make in SAMPLES.items():
            path = tmp_path / f"{name}.html"
            path.write_text(render_html(make()), encoding="utf-8")
            page = browser.new_page(viewport={"width": 375, "height": 800}, color_scheme=scheme)
            said: list[str] = []
            listen(page, said)
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") == 375, name
            assert said == []
            backgrounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        browser.close()
    assert backgrounds == {{"light": "rgb(251, 250, 247)", "dark": "rgb(20, 23, 27)"}[scheme]}
