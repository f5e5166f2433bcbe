"""Phrase grounding in the real page: boxes drawn by mouse, words typed, up to what is written of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from stills import TIED, Tied
from tests.live.browser import Page, opened
from tests.live.command import Labelwright
from tests.live.drawing import Drawer
from tests.live.server import ANNOTATORS, Server

from labelwright.registry import template_folders

pytestmark = pytest.mark.live
NAME = "phrase-grounding"
FOLDER = template_folders()[NAME]
ANN, BOB, CEM = ANNOTATORS
# Two boxes for one phrase, and phrases that the caption has twice.
DRAWN = ("east", "one")


def _ground(page: Page, tied: Tied) -> float:
    """Answer an open item by mouse and keys; how much of the picture's pixels one of the page's is."""
    draw = Drawer(page)
    page.write("caption", tied.caption)
    for phrase, which, things in tied.ties:
        for thing in things:
            x, y, width, height = thing.box
            draw.box("PHRASE", x, y, width, height)
            draw.select((x + width / 2, y + height / 2))
            page.write("phrase", phrase)
            if tied.caption.count(phrase) > 1:
                page.number(which)
            page.unselect()
    return draw.pixel


def _said(result: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What is said of each box: its phrase, which occurrence, and where it is in percent."""
    found = []
    for box in (r for r in result if r["from_name"] == "regions"):
        of_it = {r["from_name"]: r["value"] for r in result if r["id"] == box["id"]}
        which = of_it.get("occurrence", {}).get("number")
        place = tuple(box["value"][side] for side in ("x", "y", "width", "height"))
        found.append((of_it["phrase"]["text"], which, place))
    return found


def test_phrases_are_tied_to_boxes_in_the_page(
    labelwright: Labelwright, server: Server, chromium: Any, tmp_path: Path, screenshots: Path
) -> None:
    made = ("install", "label-studio", NAME, "--project", "Tied phrases", "--items", "samples", "--json")
    project = labelwright(*made).json["project"]
    tasks = dict(zip(TIED, server.tasks(project), strict=True))
    with opened(chromium, server, ANN, screenshots) as page:
        for name in DRAWN:
            tied = TIED[name]
            page.open(project, tasks[name])
            pixel = _ground(page, tied)
            stored = page.submit()["result"]
            (caption,) = [r["value"]["text"] for r in stored if r["from_name"] == "caption"]
            assert caption == [tied.caption]
            for (phrase, which, place), (wanted, occurrence, box) in zip(
                _said(stored), _flat(tied), strict=True
            ):
                assert phrase == [wanted]
                assert which == (occurrence if tied.caption.count(wanted) > 1 else None)
                pixels = [n * size / 100 for n, size in zip(place, (320, 240, 320, 240), strict=True)]
                assert pixels == pytest.approx(box, abs=pixel)
            for annotator in (BOB, CEM):
                server.annotate(tasks[name], stored, annotator)
    _written(labelwright, project, tmp_path)


def _flat(tied: Tied) -> list[tuple[str, int, tuple[float, float, float, float]]]:
    return [(phrase, which, thing.box) for phrase, which, things in tied.ties for thing in things]


def _written(labelwright: Labelwright, project: int, folder: Path) -> None:
    """What is pulled and written of it: every box with its phrase, and each phrase at its words."""
    pulled, out, rows = folder / "pulled", folder / "boxes.json", folder / "train.jsonl"
    labelwright("pull", "label-studio", project, "-o", pulled)
    convert = ("convert", pulled, "-t", NAME, "--no-gate")
    labelwright(*convert, "--to", "coco", "-o", out)
    boxes = json.loads(out.read_text("utf-8"))["annotations"]
    wanted = [(phrase, box) for name in DRAWN for phrase, _, box in _flat(TIED[name])]
    assert [b["attributes"]["phrase"] for b in boxes] == [phrase for phrase, _ in wanted]
    assert [b["bbox"] for b in boxes] == [pytest.approx(box, abs=1) for _, box in wanted]
    labelwright(*convert, "--to", "vi", "--media", FOLDER / "media", "-o", rows)
    labelwright("validate", rows, "--as", "vi")
    for name, line in zip(DRAWN, rows.read_text("utf-8").splitlines(), strict=True):
        _same_as_drawn(json.loads(line)["contents"], TIED[name])


def _same_as_drawn(contents: dict[str, Any], tied: Tied) -> None:
    words = tied.caption.split()
    assert contents["caption"] == tied.caption
    for found, (phrase, _, things) in zip(contents["groundedPhrases"], tied.ties, strict=True):
        said = words[found["startTokenIndex"] : found["endTokenIndex"] + 1]
        assert " ".join(said).rstrip(".,") == found["phrase"] == phrase
        for (x0, y0, x1, y1), thing in zip(found["bounds"], things, strict=True):
            x, y, width, height = thing.box
            pixels = [n * size for n, size in zip((x0, y0, x1, y1), (320, 240, 320, 240), strict=True)]
            assert pixels == pytest.approx((x, y, x + width, y + height), abs=1)
    starts = [found["startTokenIndex"] for found in contents["groundedPhrases"]]
    assert starts == sorted(set(starts))  # of two phrases alike, each at its own words


def test_what_comes_with_the_template_is_to_the_page_as_if_made_there(
    labelwright: Labelwright, server: Server, chromium: Any, screenshots: Path
) -> None:
    made = ("install", "label-studio", NAME, "--project", "Shipped phrases", "--items", "samples", "--json")
    project = labelwright(*made).json["project"]
    export = json.loads((FOLDER / "export.json").read_text("utf-8"))
    at = list(TIED).index("one")
    task, shipped = server.tasks(project)[at], export[at]["annotations"]
    stored = {server.annotate(task, one["result"], BOB): one["result"] for one in shipped[:2]}
    with opened(chromium, server, ANN, screenshots) as page:
        page.open(project, task)
        for number, result in stored.items():
            page.select_annotation(number)
            Drawer(page)
            assert _in_order(page.serialised()) == _in_order(result)


def _in_order(result: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(result, key=lambda item: (item["id"], item["from_name"]))
