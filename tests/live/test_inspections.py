"""Templates of inspected things, from the real page to rows: boxes drawn and described, films answered.

A box may be off by one pixel, the nearest that a mouse can come; all else is as it comes with the template.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from clips import TEMPLATES as FILMS
from scans import MAKERS as SCANS
from tests.live.answering import BY_HAND, Hand, Result
from tests.live.browser import Page, opened
from tests.live.command import Labelwright
from tests.live.drawing import Drawer
from tests.live.filming import WIDE, Viewer, watch
from tests.live.server import ANNOTATORS, Server
from tests_support import expected_files

from labelwright.registry import dialects, template_folders

pytestmark = pytest.mark.live
FOLDERS = {n: f for n, f in template_folders().items() if n in {*SCANS, *FILMS}}
ANN, BOB, CEM = ANNOTATORS
ITEMS = 2  # answered in the page: the first by clicks and drags, the second by keys and drags
PLACES = ("x", "y", "width", "height")
BOX = re.compile(r'\\?"box_2d\\?": ?\[([^\]]*)\]')
STEPS = 10  # of a notation's thousand: one pixel of the smallest picture and a step of rounding


def _export(name: str) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads((FOLDERS[name] / "export.json").read_text("utf-8"))
    return tasks


def _config(name: str) -> str:
    return (FOLDERS[name] / "label_studio.xml").read_text("utf-8")


def _installed(labelwright: Labelwright, server: Server, name: str, title: str) -> tuple[int, list[int]]:
    made = ("install", "label-studio", name, "--project", title, "--items", "samples", "--json")
    project = labelwright(*made).json["project"]
    return project, server.tasks(project)


def _inspect(page: Page, name: str, result: Result, keys: bool) -> float:
    """Draw every box of a result and say what is said of it; pixels of the picture to one of the page."""
    draw, hand = Drawer(page), Hand(page, _config(name), {}, keys)
    drawn = [item["id"] for item in result if item["type"] == "rectanglelabels"]
    for item in result:
        if item["type"] != "rectanglelabels":
            continue
        value = item["value"]
        x, width = (value[k] * draw.width / 100 for k in ("x", "width"))
        y, height = (value[k] * draw.height / 100 for k in ("y", "height"))
        draw.box(value["rectanglelabels"][0], x, y, width, height)
        draw.select((x + width / 2, y + height / 2))
        for of_it in (r for r in result if r["id"] == item["id"] and r is not item):
            BY_HAND[of_it["type"]](hand, of_it)
        page.unselect()
    hand.answer([item for item in result if item["id"] not in drawn])
    return draw.pixel


def _same(made: Result, wanted: Result, pixel: float) -> bool:
    """Whether two results say the same: ids are random, and a drag is right to a pixel."""
    ours, theirs = _told(made), _told(wanted)
    return [words for words, _ in ours] == [words for words, _ in theirs] and all(
        abs(a - b) <= pixel
        for (_, p), (_, q) in zip(ours, theirs, strict=True)
        for a, b in zip(p, q, strict=True)
    )


def _told(result: Result) -> list[tuple[str, list[float]]]:
    """Each item in words and by its place in pixels, regions in the order in which they were drawn."""
    numbers = {id_: n for n, id_ in enumerate(dict.fromkeys(r["id"] for r in result if "x" in r["value"]))}
    found = []
    for item in result:
        value = item["value"]
        place = [
            value[k] * item[f"original_{s}"] / 100
            for k, s in zip(PLACES, ("width", "height") * 2, strict=True)
            if k in value
        ]
        bare = {k: v for k, v in item.items() if k not in {"id", "value"}}
        words = [
            numbers.get(item["id"], -1),
            item["from_name"],
            {k: v for k, v in value.items() if k not in PLACES},
            bare,
        ]
        found.append((json.dumps(words, sort_keys=True, ensure_ascii=False), place))
    return sorted(found)


def _rows(path: Path) -> list[tuple[str, list[float]]]:
    """The rows of a training file without boxes and the names of files, and the numbers of the boxes."""
    found = []
    for row in map(json.loads, filter(None, path.read_text("utf-8").split("\n"))):
        boxes = row.get("objects", {}).pop("bbox", [])
        text = json.dumps({k: v for k, v in row.items() if k not in {"images", "videos"}}, ensure_ascii=False)
        numbers = [float(n) for box in (*BOX.findall(text), *boxes) for n in _numbers(box)]
        found.append((BOX.sub("", text), numbers))
    return found


def _numbers(box: Any) -> list[Any]:
    return box.split(",") if isinstance(box, str) else list(box)


@pytest.mark.parametrize("name", FOLDERS)
def test_an_item_from_page_to_rows(
    name: str,
    labelwright: Labelwright,
    server: Server,
    chromium: Any,
    tmp_path: Path,
    screenshots: Path,
) -> None:
    project, tasks = _installed(labelwright, server, name, f"Page {name}")
    with opened(chromium, server, ANN, screenshots) as page:
        for task, shipped, keys in zip(tasks, _export(name), (False, True), strict=False):
            first, second, third = (
                a["result"] for a in sorted(shipped["annotations"], key=lambda a: int(a["id"]))
            )
            if name in FILMS:
                page.page.set_viewport_size(WIDE)
            page.open(project, task)
            pixel = 0.0
            if name in FILMS:
                Viewer(page, _config(name), keys).answer(first)
            else:
                pixel = _inspect(page, name, first, keys)
            assert _same(page.submit()["result"], first, pixel)
            server.annotate(task, second, BOB)
            server.annotate(task, third, CEM)
    _written(labelwright, name, project, tmp_path)


def _written(labelwright: Labelwright, name: str, project: int, folder: Path) -> None:
    """What is pulled and written of it is what comes with the template."""
    pulled = folder / "pulled"
    labelwright("pull", "label-studio", project, "-o", pulled)
    targets = [(target, path) for target, path in expected_files(FOLDERS[name]) if target in dialects()]
    assert targets
    for target, shipped in targets:
        rows = folder / target / "train.jsonl"
        media = ("--media", FOLDERS[name] / "media")
        labelwright("convert", pulled, "-t", name, "--to", target, "--no-gate", "-o", rows, *media)
        made, wanted = _rows(rows), _rows(shipped)[:ITEMS]
        assert [text for text, _ in made] == [text for text, _ in wanted]
        assert [n for _, n in made] == [pytest.approx(n, abs=STEPS) for _, n in wanted]
    measuring = ("--json", "--min-agreement", 0, "--allow-unmeasured", "--resamples", 0)
    report = labelwright("agreement", pulled, "--template", name, *measuring).json
    assert (report["agreement"]["annotators"], report["counts"]["items"]) == (3, ITEMS)
    written = [p for p in folder.rglob("*") if p.is_file()]
    assert not [p for p in written if b"@example.com" in p.read_bytes()]


@pytest.mark.parametrize("name", FOLDERS)
def test_what_comes_with_a_template_is_to_the_page_as_if_made_there(
    name: str, labelwright: Labelwright, server: Server, chromium: Any, screenshots: Path
) -> None:
    project, tasks = _installed(labelwright, server, name, f"Shipped {name}")
    task, shipped = tasks[2], _export(name)[2]["annotations"]
    stored = {server.annotate(task, one["result"], BOB): one["result"] for one in shipped[:2]}
    with opened(chromium, server, ANN, screenshots) as page:
        page.open(project, task)
        for number, result in stored.items():
            page.select_annotation(number)
            if name in FILMS:
                watch(page)
            else:
                Drawer(page)
            assert _in_order(page.serialised()) == _in_order(result)


def _in_order(result: Result) -> Result:
    return sorted(result, key=lambda item: (item["id"], item["from_name"]))
