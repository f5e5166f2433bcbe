"""What can be said of the look without looking: contrast, and plain rules for styles and script."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from labelwright.service.page.render import STATIC, static

CSS = static("page.css").decode()
TEXT = [("--ink", b) for b in ("--paper", "--sheet", "--good-bg", "--bad-bg", "--open-bg")]
TEXT += [("--soft", b) for b in ("--paper", "--sheet")] + [
    ("--blue", b) for b in ("--paper", "--sheet", "--open-bg")
]
TEXT += [(f"--{n}", b) for n in ("good", "bad", "open") for b in ("--paper", f"--{n}-bg")] + [
    ("--sheet", "--blue")
]
EDGES = [("--blue", "--paper"), ("--blue", "--sheet"), ("--soft", "--paper"), ("--soft", "--sheet")]


def colours(scheme: str) -> dict[str, str]:
    """The values of the style sheet's colours in one scheme."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.S)[:2]
    found = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6})", light))
    return found if scheme == "light" else {**found, **dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6})", dark))}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2 defines it."""
    light = []
    for colour in (one, other):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(light) + 0.05) / (min(light) + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_edges_stand_out(scheme: str) -> None:
    found = colours(scheme)
    assert len(set(found.values())) > 12
    weak = {p: contrast(found[p[0]], found[p[1]]) for p in TEXT if contrast(found[p[0]], found[p[1]]) < 4.5}
    assert weak == {}
    assert [p for p in EDGES if contrast(found[p[0]], found[p[1]]) < 3.0] == []


def test_the_two_schemes_differ() -> None:
    assert colours("light")["--paper"] == "#fbfaf7" and colours("dark")["--paper"] == "#14171b"


def test_styles_and_script_ask_for_nothing_from_elsewhere() -> None:
    for name in STATIC:
        text = static(name).decode()
        assert not re.search(r"https?://|@import|url\(|//[a-z]+\.", text)
    script = static("page.js").decode()
    assert not re.search(r"innerHTML|outerHTML|eval\(|insertAdjacentHTML|document\.write|\.style\b", script)


def test_focus_can_be_seen_and_is_never_taken_away() -> None:
    assert ":focus-visible { outline: 3px solid var(--blue)" in CSS
    assert re.findall(r"([^{}]+)\{[^}]*outline: none", CSS) == [
        "\nmain:focus "
    ]  # reached by the skip link alone


def test_templates_hold_nothing_inline_and_escape_all() -> None:
    folder = files("labelwright.service.page").joinpath("templates")
    names = [f.name for f in folder.iterdir() if f.name.endswith(".j2")]
    assert len(names) == 10
    for name in names:
        text = folder.joinpath(name).read_text(encoding="utf-8")
        assert not re.search(r"\| *safe|autoescape|style=| on\w+=|<style|<script>", text), name
