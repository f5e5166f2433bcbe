"""Every template, from the installed project over answers given in the real page to rows and agreement."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from tests.live.answering import BY_HAND, Hand, Result, same_answer
from tests.live.browser import opened
from tests.live.command import Labelwright
from tests.live.drawing import BY_MOUSE
from tests.live.server import ANNOTATORS, Server
from tests_support import expected_files

from labelwright.records import Kind
from labelwright.registry import dialects, template_folders
from labelwright.render.load import load_template

pytestmark = pytest.mark.live
DRAWN = {Kind.SHAPES, Kind.TRACKS}
# Those that give training examples without anything being drawn; what answers about sounds become is tested
# in test_audio, boxes with phrases are in test_phrases.
FOLDERS = {
    n: f
    for n, f in template_folders().items()
    if (f / "expected.jsonl").is_file() and not DRAWN & {c.kind for c in load_template(f).controls.values()}
}
ANN, BOB, CEM = ANNOTATORS
ITEMS = 2  # answered in the page: the first by clicks and drags, the second by hotkeys and double clicks


def _change(result: Result, control: str, value: dict[str, Any]) -> None:
    (item,) = [r for r in result if r.get("from_name") == control]
    item["value"] = value


# What the third annotator answers otherwise on the first item, as (control, value).
OTHERWISE: dict[str, tuple[str, dict[str, Any]]] = {
    "dialogue": ("intent", {"choices": ["BILLING"]}),
    "image-classification": ("part", {"choices": ["BOLT"]}),
    "image-captioning": ("description", {"text": ["要約はありません。"]}),
    "image-text-pairs": ("verdict", {"choices": ["REJECT"]}),
    "cad-code": ("code", {"text": ["要約はありません。"]}),
    "visual-question-answering": ("answerable", {"choices": ["UNANSWERABLE"]}),
    "intent-and-slots": ("intent", {"choices": ["OTHER"]}),
    "question-answering": ("answerable", {"choices": ["UNANSWERABLE"]}),
    "translation": ("translation", {"text": ["要約はありません。"]}),
    "email-classification": ("category", {"choices": ["SALES_INQUIRY"]}),
    "multi-label-classification": ("topics", {"choices": ["DELIVERY"]}),
    "harmlessness-review": ("severity", {"choices": ["MEDIUM"]}),
    "instruction-following": ("acceptable", {"choices": ["UNACCEPTABLE"]}),
    "preference-pair": ("better", {"choices": ["left"]}),
    "response-ranking": ("ranking", {"ranker": {"ranking": ["r2", "r4", "r3", "r1"]}}),
    "sentiment": ("sentiment", {"choices": ["NEGATIVE"]}),
    "structured-extraction": ("currency", {"choices": ["USD"]}),
    # It shares no letter with the others' summary, so chrF of the two is 0.
    "summarization": ("summary", {"text": ["要約はありません。"]}),
    "toxicity": ("severity", {"choices": ["MILD"]}),
}
# Two of three pairs differ on one of two items: (1/3 + 1) / 2. Spans are pooled over all pairs: on the
# first item 4, 3 and 3 of 8, 7 and 7 marks match, on the second 2 of 4 thrice, so 2 * 16 / 34. Of claims 2,
# 1 and 1 of 4, 3 and 3 match there, and 1 of 2 thrice.
MEASURED = {
    "cad-code": ("chrf", 2 / 3),
    "factuality": ("span_f1_exact", 7 / 8),
    "image-captioning": ("chrf", 2 / 3),
    "named-entities": ("span_f1_exact", 16 / 17),
    "summarization": ("chrf", 2 / 3),
    "translation": ("chrf", 2 / 3),
}
USUAL = ("percent", 2 / 3)
# Rows of the items answered where they are not one each: the pairs of four and of three responses.
ROWS = {"response-ranking": 6 + 3}


def _dissent(name: str, result: Result) -> tuple[str, Result]:
    """The control in dispute, and the result of who disagrees."""
    other = copy.deepcopy(result)
    if name == "named-entities":
        return "entities", [r for r in other if r["value"]["labels"] != ["DATE"]]
    if name == "factuality":
        last = other[-1]["id"]  # one claim and what was said of it
        return "claims", [r for r in other if r["id"] != last]
    if name == "relation-extraction":
        other[-1]["labels"] = ["FOUNDED"]
        return "relations", other
    control, value = OTHERWISE[name]
    _change(other, control, value)
    return control, other


def _shipped(name: str) -> list[Result]:
    """The answers of the export that comes with a template, to its first items."""
    export = json.loads((FOLDERS[name] / "export.json").read_text("utf-8"))  # in the order of the samples
    return [t["annotations"][0]["result"] for t in export[:ITEMS]]


def _targets(name: str) -> list[tuple[str, Path]]:
    """The training files that come with a template; in tables, ids and addresses are those of a server."""
    return [(target, path) for target, path in expected_files(FOLDERS[name]) if target in dialects()]


@pytest.mark.parametrize("name", [n for n, f in template_folders().items() if (f / "export.json").is_file()])
def test_every_answer_is_made_by_hand(name: str) -> None:
    export = json.loads((template_folders()[name] / "export.json").read_text("utf-8"))
    types = {r["type"] for t in export for a in t["annotations"] for r in a["result"]}
    assert types and not types - BY_HAND.keys() - BY_MOUSE


@pytest.mark.parametrize("name", FOLDERS)
def test_a_template_from_page_to_rows(
    name: str,
    labelwright: Labelwright,
    server: Server,
    chromium: Any,
    tmp_path: Path,
    screenshots: Path,
) -> None:
    made = ("install", "label-studio", name, "--project", f"Page {name}", "--items", "samples", "--json")
    project = labelwright(*made).json["project"]
    tasks = server.tasks(project)[:ITEMS]
    config = (FOLDERS[name] / "label_studio.xml").read_text("utf-8")
    shipped = _shipped(name)
    with opened(chromium, server, ANN, screenshots) as page:
        for task, result, keys in zip(tasks, shipped, (False, True), strict=True):
            data = server.api("GET", f"/api/tasks/{task}/")["data"]
            page.open(project, task)
            Hand(page, config, data, keys).answer(result)
            assert same_answer(page.submit()["result"]) == same_answer(result)
        control, other = _dissent(name, shipped[0])
        stored = {
            server.annotate(tasks[0], shipped[0], BOB): shipped[0],
            server.annotate(tasks[0], other, CEM): other,
        }
        for annotator in (BOB, CEM):
            server.annotate(tasks[1], shipped[1], annotator)
        page.open(project, tasks[0])
        for number, result in stored.items():
            page.select_annotation(number)
            assert same_answer(page.serialised()) == same_answer(result)

    pulled = tmp_path / "pulled"
    labelwright("pull", "label-studio", project, "-o", pulled)
    media = ("--media", FOLDERS[name] / "media") if (FOLDERS[name] / "media").is_dir() else ()
    for target, shipped_rows in _targets(name):
        rows = tmp_path / shipped_rows.name.replace("expected", "train", 1)  # rows name the files beside them
        labelwright("convert", pulled, "-t", name, "--to", target, "--no-gate", "-o", rows, *media)
        expected = shipped_rows.read_bytes().splitlines(keepends=True)[: ROWS.get(name, ITEMS)]
        assert rows.read_bytes() == b"".join(expected)
        if media and target == "ionos":  # the server gives the very files that were uploaded
            served = rows.with_name("served.jsonl")
            given = ("--media", "label-studio")
            labelwright("convert", pulled, "-t", name, "--to", target, "--no-gate", "-o", served, *given)
            assert served.read_bytes() == rows.read_bytes()
        few = len(expected) < dialects()[target].file_rules.min_rows
        labelwright("validate", rows, "--as", target, code=int(few))
    measuring = ("--json", "--min-agreement", 0, "--allow-unmeasured", "--resamples", 0)
    report = labelwright("agreement", pulled, "--template", name, *measuring).json
    assert (report["agreement"]["annotators"], report["counts"]["items"]) == (3, ITEMS)
    measure, value = MEASURED.get(name, USUAL)
    assert report["controls"][control]["measures"][measure]["value"] == pytest.approx(value)
    # The only item in dispute, with the way back to it.
    found = {(c["item"], c["control"], c["link"]) for c in report["contested"]}
    assert found == {(str(tasks[0]), control, f"{server.url}/projects/{project}/data?task={tasks[0]}")}
    written = [p for folder in (pulled, tmp_path) for p in folder.iterdir() if p.is_file()]
    assert not [p for p in written if b"@example.com" in p.read_bytes()]
