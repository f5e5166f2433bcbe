"""What every template promises whose answers are words about pictures."""

from __future__ import annotations

import ast
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from pictures import COLOURS, PALETTE, SIZE
from pngs import decoded
from stills import ASKED, SHOWN, TIED, stills

from labelwright.cli.main import run
from labelwright.registry import template_folders

FOLDERS = {name: folder for name, folder in template_folders().items() if name in SHOWN}
Result = list[dict[str, Any]]


def _answers(name: str) -> list[Result]:
    tasks = json.loads((FOLDERS[name] / "export.json").read_text(encoding="utf-8"))
    return [a["result"] for task in tasks for a in task["annotations"]]


def _texts(result: Result, control: str) -> dict[str, str]:
    """The words given to a control, by region."""
    return {r["id"]: r["value"]["text"][0] for r in result if r["from_name"] == control}


@pytest.mark.parametrize("name", SHOWN)
def test_pictures_are_what_their_description_makes(name: str) -> None:
    there = {p.name: decoded(p.read_bytes()) for p in (FOLDERS[name] / "media").iterdir()}
    colours = b"".join(bytes(PALETTE[c]) for c in COLOURS)
    assert there == {
        file: (colours, b"".join(b"\0" + bytes(row) for row in rows)) for file, rows in stills(name).items()
    }


@pytest.mark.parametrize("name", SHOWN)
def test_guidelines_say_which_tool_can_ask_it(name: str) -> None:
    asked_in_cvat = (FOLDERS[name] / "cvat.json").is_file()
    text = (FOLDERS[name] / "guidelines.md").read_text(encoding="utf-8")
    assert "CVAT" in text and ("use Label Studio for this work" in text) is not asked_in_cvat


def test_every_phrase_stands_in_the_caption_of_its_annotator() -> None:
    ties = 0
    for result in _answers("phrase-grounding"):
        if not result:
            continue
        (caption,) = _texts(result, "caption").values()
        phrases = _texts(result, "phrase")
        boxes = {r["id"] for r in result if r["from_name"] == "regions"}
        occurrences = {r["id"]: r["value"]["number"] for r in result if r["from_name"] == "occurrence"}
        assert set(phrases) == boxes
        for region, phrase in phrases.items():
            assert 1 <= occurrences.get(region, 1) <= caption.count(phrase)
            assert (region in occurrences) is (caption.count(phrase) > 1)
        ties += len(phrases)
    assert ties > 60


def test_the_boxes_of_the_most_careful_annotator_are_those_of_the_picture() -> None:
    """What is said of a thing is where it was painted: checked against the pictures' description."""
    tasks = json.loads((FOLDERS["phrase-grounding"] / "export.json").read_text(encoding="utf-8"))
    for task, tied in zip(tasks, TIED.values(), strict=False):
        result = task["annotations"][0]["result"]
        phrases = _texts(result, "phrase")
        found = [(phrases[r["id"]], *_pixels(r["value"])) for r in result if r["from_name"] == "regions"]
        wanted = [(phrase, *thing.box) for phrase, _, things in tied.ties for thing in things]
        assert [f[0] for f in found] == [w[0] for w in wanted]
        assert [f[1:] for f in found] == [pytest.approx(w[1:]) for w in wanted]


def _pixels(value: dict[str, Any]) -> tuple[float, ...]:
    across, down = SIZE[0] / 100, SIZE[1] / 100
    return value["x"] * across, value["y"] * down, value["width"] * across, value["height"] * down


def test_every_picture_is_asked_about_more_than_once_and_in_several_ways() -> None:
    lines = (FOLDERS["visual-question-answering"] / "samples.jsonl").read_text(encoding="utf-8")
    samples = [json.loads(line) for line in lines.split("\n") if line]
    assert len(samples) == 2 * len({s["image"] for s in samples}) == 2 * len(ASKED)
    first = {s["question"].split()[0] for s in samples}
    assert len({s["question"] for s in samples}) == len(samples) and len(first) >= 7


def test_programs_parse_but_for_what_people_get_wrong() -> None:
    programs = [code for result in _answers("cad-code") for code in _texts(result, "code").values()]
    broken = [code for code in programs if not _parses(code)]
    assert len(programs) > 25 and len(broken) == 1
    assert all("import cadquery as cq" in code and "result = " in code for code in programs)


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def test_tags_of_cvat_give_the_same_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CVAT project of the labels that come with the template: one tag an image."""
    name = "image-classification"
    specs = json.loads((FOLDERS[name] / "cvat.json").read_text(encoding="utf-8"))
    labels = "".join(f"<label><name>{s['name']}</name><type>{s['type']}</type></label>" for s in specs)
    answers = {"north.png": "NUT", "east.png": "BOLT", "one.png": "OTHER"}
    images = "".join(
        f'<image id="{n}" name="{file}" width="320" height="240"><tag label="{label}"/></image>'
        for n, (file, label) in enumerate(answers.items())
    )
    export, rows = tmp_path / "annotations.xml", tmp_path / "train.jsonl"
    task = f"<task><id>7</id><name>Parts</name><size>3</size><labels>{labels}</labels></task>"
    export.write_text(
        f"<annotations><version>1.1</version><meta>{task}</meta>{images}</annotations>", encoding="utf-8"
    )
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    media = FOLDERS[name] / "media"
    convert = ["convert", str(export), "-t", name, "--to", "ionos", "-o", str(rows), "--no-gate"]
    assert run([*convert, "--media", str(media)]) == 0
    found = [json.loads(line)["messages"] for line in rows.read_text(encoding="utf-8").splitlines()]
    assert [messages[-1]["content"][0]["text"] for messages in found] == list(answers.values())
    shown = [messages[1]["content"][0]["image_url"]["url"] for messages in found]
    assert [b64decode(url.removeprefix("data:image/png;base64,")) for url in shown] == [
        (media / file).read_bytes() for file in answers
    ]
