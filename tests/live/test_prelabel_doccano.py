"""A real doccano's shared project gets labels of a predictor: with scores, once, beside nobody's."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.live.doccano_server import ADMIN, ANNOTATORS, PASSWORD, Doccano, running

from labelwright.cli.main import run
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright_plugins.doccano.client import connect
from labelwright_plugins.doccano.installer import install
from labelwright_plugins.doccano.settings import Settings

pytestmark = pytest.mark.live
TEXTS = ["Angela Merkel met Tim 😀 Cook", "nothing here", "Zoë Saldaña in Berlin", "Ann has seen this"]
MODEL = '''
from labelwright.contracts import Guess
from labelwright.geometry.shapes import Box
from labelwright.records import Shape, Span

class Capitals:
    """Marks words that begin with a capital letter, or the left half of an image."""

    inputs = ("text", "image")
    kinds = ("spans", "shapes")

    def __init__(self, asked):
        self.input, self.asked = asked.inputs[0], asked
        self.control = asked.controls[0]
        self.label = asked.template.controls[self.control].labels[0]
        self.drawn = asked.template.controls[self.control].kind == "shapes"

    def predict(self, batch):
        return [self.drawn_on(q) if self.drawn else self.one(q.text(self.input)) for q in batch]

    def drawn_on(self, query):
        query.file(self.input)
        width, height = query.size(self.input)
        return Guess({self.control: (Shape(Box(0, 0, width / 2, height), self.label, score=0.25),)})

    def one(self, text):
        found, at = [], 0
        for word in text.split(" "):
            if word[:1].isupper():
                found.append(Span(at, at + len(word), self.label, score=0.5))
            at += len(word) + 1
        return Guess({self.control: tuple(found)} if found else {})
'''


@pytest.fixture(scope="module")
def doccano(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doccano]:
    """A running doccano; what keeps it from starting fails every test that needs it."""
    with running(tmp_path_factory.mktemp("doccano")) as started:
        yield started


@pytest.fixture
def folder(doccano: Doccano, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the predictor is, with the server in the environment."""
    (tmp_path / "capitals.py").write_text(MODEL)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p))
    monkeypatch.setenv("DOCCANO_URL", doccano.url)
    monkeypatch.setenv("DOCCANO_USERNAME", ADMIN)
    monkeypatch.setenv("DOCCANO_PASSWORD", PASSWORD)
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    return tmp_path


def prelabel(capsys: pytest.CaptureFixture[str], folder: Path, project: str, *more: str) -> dict[str, Any]:
    """Run the command; what it did."""
    capsys.readouterr()
    line = ["prelabel", "doccano", project, "--predictor", f"{folder}/capitals.py:Capitals", "--json", *more]
    code = run(line)
    found = capsys.readouterr()
    assert code == 0, found.out + found.err
    return dict(json.loads(found.out))


def made(doccano: Doccano, template: str, project: str, items: Path, shared: bool = True) -> int:
    """A project with items."""
    with connect(Settings(doccano.url, ADMIN, PASSWORD)) as client:
        return install(client, load_template(template_folders()[template]), project, items, shared).project


def test_labels_are_there_for_everybody_once(
    doccano: Doccano, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = folder / "items.jsonl"
    items.write_text("".join(json.dumps({"text": t}) + "\n" for t in TEXTS), "utf-8")
    project = made(doccano, "named-entities", "Prelabelled", items)
    ann = ANNOTATORS[0]
    doccano.join(project, ann)
    ids = [int(x["id"]) for x in doccano.examples(project)]
    label = next(iter(doccano.types(project, "span-types").values()))
    doccano.put(
        project, ids[3], "spans", {"label": label, "start_offset": 0, "end_offset": 1, "prob": 0.0}, ann
    )

    first = prelabel(capsys, folder, "Prelabelled", "--as-answers")
    assert (first["written"], first["empty"], first["closed"], first["failed"]) == (2, 1, 1, 0)

    def spans(example: int) -> list[tuple[int, int, float]]:
        rows = doccano.api("GET", f"/v1/projects/{project}/examples/{example}/spans", by=ann)
        return sorted((x["start_offset"], x["end_offset"], x["prob"]) for x in rows)

    stored = [spans(example) for example in ids]
    assert stored[0] == [(0, 6, 0.5), (7, 13, 0.5), (18, 21, 0.5), (24, 28, 0.5)]
    assert stored[1] == [] and stored[3] == [(0, 1, 0.0)]
    again = prelabel(capsys, folder, "Prelabelled", "--as-answers")
    assert (again["written"], again["present"], again["empty"]) == (0, 2, 1)
    assert [spans(example) for example in ids] == stored


def test_boxes_on_images_and_projects_that_are_not_shared(
    doccano: Doccano, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (40, 20), "red").save(folder / "a.png")
    items = folder / "images.jsonl"
    items.write_text(json.dumps({"image": "a.png"}) + "\n")
    project = made(doccano, "object-detection", "Boxes", items)
    found = prelabel(capsys, folder, "Boxes", "--as-answers")
    assert found["written"] == 1, found
    (example,) = doccano.examples(project)
    (box,) = doccano.api("GET", f"/v1/projects/{project}/examples/{example['id']}/bboxes")
    assert (box["x"], box["y"], box["width"], box["height"], box["prob"]) == (0, 0, 20, 20, 0.25)

    made(doccano, "object-detection", "Alone", items, shared=False)
    line = ["prelabel", "doccano", "Alone", "--predictor", f"{folder}/capitals.py:Capitals", "--as-answers"]
    assert run(line) == 2 and "would not see what is" in capsys.readouterr().err
