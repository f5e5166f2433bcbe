"""The HTML report in a real browser: no console errors, nothing to scroll sideways, both colour schemes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.report.samples import SAMPLES

from labelwright.report.html import render_html

BACKGROUND = {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 23, 27)"}


def listen(page: Any, said: list[str]) -> None:
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))


@pytest.mark.live
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_phone_and_says_nothing_on_the_console(
    scheme: str, chromium: Any, tmp_path: Path
) -> None:
    for name, make in SAMPLES.items():
        path = tmp_path / f"{name}.html"
        path.write_text(render_html(make()), encoding="utf-8")
        page = chromium.new_page(viewport={"width": 375, "height": 800}, color_scheme=scheme)
        said: list[str] = []
        listen(page, said)
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == 375, name
        assert said == []
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == BACKGROUND[scheme]
        page.close()
