"""``predictors evaluate``: the predictor has a process of its own; what becomes of it is a sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from predicted import patient

MODEL = '''
import os, resource, signal, time
from labelwright.contracts import Guess


class Good:
    """Says what stands in the text, unless that does something to its process."""

    inputs = ("text",)
    kinds = ("choice",)
    batch = 4

    def __init__(self, asked):
        (self.control,) = asked.controls

    def predict(self, batch):
        return [self.one(query.text("text").split()[0]) for query in batch]

    def one(self, word):
        if word == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        if word == "memory":
            resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
            bytearray(2**33)
        if word == "exit":
            os._exit(3)
        if word == "hang":
            time.sleep(1000)
        return Guess({self.control: word})


class Reads(Good):
    """Says what stands in the file that the text names."""

    inputs = ("image",)

    def predict(self, batch):
        return [self.one(query.file("text").decode()) for query in batch]


class Bad(Good):
    def one(self, word):
        os.kill(os.getpid(), signal.SIGSEGV)


class Never(Good):
    def __init__(self, asked):
        os.kill(os.getpid(), signal.SIGSEGV)


class Pupil(Good):
    """Learns nothing, but tries."""

    def fit(self, items):
        os.kill(os.getpid(), signal.SIGKILL)


class Loose(Good):
    """Leaves its number behind, and would not end by itself."""

    def __init__(self, asked):
        super().__init__(asked)
        with open(os.environ["NUMBERS"], "a") as file:
            file.write(f"{os.getpid()}\\n")

    def fit(self, items):
        return ""
'''
TEMPLATE = """name = "mine"
title = "Mine"
[inputs.text]
type = "text"
[controls.kind]
kind = "choice"
labels = ["A", "B"]
[example]
kind = "none"
"""
CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="kind" toName="text"><Choice value="A"/><Choice value="B"/></Choices></View>"""

Evaluate = Callable[..., Any]


@pytest.fixture
def evaluate(labelwright: Any, tmp_path: Path) -> Evaluate:
    """Score a model of ``MODEL`` on texts, each answered with A."""

    def run(model: str, texts: list[str], *more: str, kind: str = "text") -> Any:
        value = {"from_name": "kind", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}
        tasks = [
            {
                "id": n,
                "data": {"text": text},
                "annotations": [{"id": n, "completed_by": 1, "result": [{"id": "k", **value}]}],
            }
            for n, text in enumerate(texts, 1)
        ]
        (tmp_path / "export.json").write_text(json.dumps(tasks))
        (tmp_path / "config.xml").write_text(CONFIG.replace("Text", kind.capitalize()))
        (tmp_path / "model.py").write_text(MODEL)
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "template.toml").write_text(
            TEMPLATE.replace('type = "text"', f'type = "{kind}"')
        )
        return labelwright(
            "predictors", "evaluate", f"{tmp_path}/model.py:{model}", "--against", tmp_path / "export.json",
            "--label-config", tmp_path / "config.xml", "-t", tmp_path / "mine", "--json", *more,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("segfault", "predictor.process-died"),
        ("exit", "predictor.process-died"),
        ("memory", "predictor.item-failed"),
        ("hang", "predictor.too-late"),
    ],
)
def test_what_a_model_does_to_itself_costs_its_item(
    evaluate: Evaluate, word: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch)
    texts = [f"A {n}" for n in range(3)] + [f"{word} 3", "B 4", "A 5", "A 6", "A 7", "A 8"]
    ran = evaluate("Good", texts, "--timeout", "2")
    assert ran.code == 0, ran.err
    assert ran.json["failures"] == {code: 1} and ran.json["counts"]["failed"] == 1
    accuracy = ran.json["controls"]["kind"]["accuracy"]
    assert (accuracy["n"], accuracy["value"]) == (8, 7 / 8)


@pytest.mark.parametrize(
    ("model", "more", "said"),
    [
        ("Bad", [], "the process of bad ended at 3 items one after the other, the last time with signal 11"),
        ("Never", [], "Never cannot be loaded: its process ended while it loaded (signal 11)"),
        ("Pupil", ["--fit-on", "folds:2"], "pupil failed: signal 9"),
    ],
)
def test_one_that_cannot_be_had_is_one_sentence(
    evaluate: Evaluate, model: str, more: list[str], said: str
) -> None:
    ran = evaluate(model, [f"A {n}" for n in range(40)], *more)
    assert ran.code in (1, 2) and said in ran.err, ran.err
    assert len([line for line in ran.err.splitlines() if line.startswith("labelwright:")]) == 1


def test_files_are_read_by_the_process(evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for name, label in (("a.png", "A"), ("b.png", "B")):
        (tmp_path / "files" / name).write_text(label)
    ran = evaluate("Reads", ["a.png", "b.png", "c.png"], "--media", str(tmp_path / "files"), kind="image")
    assert ran.code == 0, ran.err
    assert ran.json["failures"] == {"media.missing": 1}
    accuracy = ran.json["controls"]["kind"]["accuracy"]
    assert (accuracy["n"], accuracy["value"]) == (2, 0.5)


def test_no_process_and_no_file_is_left(
    evaluate: Evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBERS", str(tmp_path / "numbers"))
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    ran = evaluate("Loose", [f"A {n}" for n in range(6)], "--fit-on", "folds:2")
    assert ran.code == 0, ran.err
    numbers = [int(line) for line in (tmp_path / "numbers").read_text().split()]
    assert len(numbers) >= 3 and os.getpid() not in numbers
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
    assert list((tmp_path / "scratch").iterdir()) == []
