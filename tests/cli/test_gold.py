"""Gold from the command line: held out of training, scored, made, asked as a target; and bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

TEMPLATE = """
name = "mood"
[inputs.text]
type = "text"
[controls.label]
kind = "choice"
labels = ["A", "B", "C"]
required = true
[example]
user = "{{ inputs.text }}"
assistant = "{{ answers.label }}"
"""
PEOPLE = "abcd"


def folder(at: Path, extra: str = "") -> Path:
    template = at / "mood"
    template.mkdir(exist_ok=True)
    (template / "template.toml").write_text(TEMPLATE + extra)
    return template


def export(at: Path, items: list[str], marked: dict[int, str] | None = None) -> Path:
    """``items[n]`` has a label per person ("." none); ``marked`` names whose annotation is ground truth."""
    tasks = []
    for number, given_labels in enumerate(items, 1):
        annotations = []
        for who, label in zip(PEOPLE, given_labels, strict=False):
            if label == ".":
                continue
            result = {"id": "r", "from_name": "label", "to_name": "text", "type": "choices"}
            annotations.append(
                {
                    "id": number * 10 + PEOPLE.index(who),
                    "completed_by": PEOPLE.index(who) + 1,
                    "result": [{**result, "value": {"choices": [label]}}],
                    "ground_truth": who in (marked or {}).get(number, ""),
                }
            )
        tasks.append({"id": number, "data": {"text": f"text {number}"}, "annotations": annotations})
    path = at / "export.json"
    path.write_text(json.dumps(tasks))
    return path


def known(at: Path, answers: dict[Any, str], name: str = "gold.jsonl") -> Path:
    path = at / name
    lines = [json.dumps({"item": i, "answers": {"label": a}}) for i, a in answers.items()]
    path.write_text("".join(line + "\n" for line in lines))
    return path


class Run:
    """Converts into ``train.jsonl`` and reads what came out."""

    def __init__(self, labelwright: Any, at: Path) -> None:
        self.run, self.at, self.target = labelwright, at, at / "out" / "train.jsonl"

    def __call__(self, path: Path, *more: Any) -> dict[str, str]:
        """Labels by item, as written."""
        self.ran = self.run(
            "convert", path, "-t", self.at / "mood", "--to", "openai", "-o", self.target, "--force",
            "--no-gate", "--resamples", 0, "--show-annotators", *more,
        )  # fmt: skip
        self.report = json.loads((self.target.parent / "train.report.json").read_text())
        if not self.target.exists():
            return {}
        rows = [json.loads(line) for line in self.target.read_text().splitlines()]
        provenance = self.target.with_name("train.provenance.jsonl").read_text().splitlines()
        items = [json.loads(line)["item"] for line in provenance]
        return {i: r["messages"][-1]["content"] for i, r in zip(items, rows, strict=True)}


@pytest.fixture
def convert(labelwright: Any, tmp_path: Path) -> Run:
    folder(tmp_path)
    return Run(labelwright, tmp_path)


ITEMS = ["AAB", "BBB", "AAC", "CCC", "BBA", "AAA", "BBB", "CCC", "AAA", "BBB", "AAA", "BBB"]
MARKED = {1: "c", 3: "a"}


def test_gold_never_reaches_the_training_file(convert: Run, tmp_path: Path) -> None:
    path = export(tmp_path, ITEMS, MARKED)
    rows = convert(path, "--gold", known(tmp_path, {4: "C"}))
    assert convert.ran.code == 0, convert.ran.err
    assert set(rows) == {str(n) for n in range(1, 13)} - {"1", "3", "4"}
    assert convert.report["counts"]["gold"] == 3 == convert.report["problem_counts"]["gold.held-out"]
    gold = convert.report["gold"]
    assert (gold["items"], gold["by_file"], gold["by_flag"]) == (3, 1, 2)
    assert "gold.size" in convert.report["problem_counts"]
    assert "3 gold items, which score annotators (left out)" in convert.ran.err


@pytest.mark.parametrize("rule", ["majority", "each", "dawid-skene"])
@pytest.mark.parametrize("target", ["openai", "csv"])
def test_no_rule_and_no_target_writes_gold(rule: str, target: str, labelwright: Any, tmp_path: Path) -> None:
    template = folder(tmp_path)
    output = tmp_path / "train.out"
    ran = labelwright(
        "convert", export(tmp_path, ITEMS, MARKED), "-t", template, "--to", target, "-o", output,
        "--no-gate", "--consensus", rule, "--resamples", 0,
    )  # fmt: skip
    assert ran.code in (0, 1), ran.err
    text = output.read_text()
    assert "text 2" in text and "text 12" in text
    assert "text 3" not in text and 'text 1"' not in text and "text 1," not in text


def test_training_on_gold_lets_the_ground_truth_decide(convert: Run, tmp_path: Path) -> None:
    rows = convert(export(tmp_path, ITEMS, MARKED), "--train-on-gold")
    assert rows["1"] == "B" and rows["3"] == "A" and len(rows) == 12
    assert convert.report["gold"]["trained"] and convert.report["counts"]["gold"] == 0


def test_the_author_of_a_reference_is_not_scored_by_it(convert: Run, tmp_path: Path) -> None:
    convert(export(tmp_path, ITEMS, MARKED))
    scores = convert.report["gold"]["annotators"]
    # Person 3 wrote the first (B), person 1 the second (A).
    assert {n: (s["items"], s["accuracy"]["value"]) for n, s in scores.items()} == {
        "1": (1, 0.0),
        "2": (2, 0.5),
        "3": (1, 0.0),
    }


def test_references_decide_and_are_written(convert: Run, tmp_path: Path) -> None:
    path = export(tmp_path, ["ABC", "ABC", "AAA", "BBB"])
    assert set(convert(path)) == {"3", "4"}
    rows = convert(path, "--references", known(tmp_path, {"1": "C", "3": "B", "99": "A"}, "decided.jsonl"))
    assert rows == {"1": "C", "3": "B", "4": "B"}
    assert convert.report["problem_counts"]["answers.item-unknown"] == 1
    lines = convert.target.with_name("train.provenance.jsonl").read_text().splitlines()
    assert [json.loads(line)["reference"] for line in lines] == [True, True, False]
    each = convert(path, "--consensus", "each", "--references", known(tmp_path, {"1": "C"}, "decided.jsonl"))
    assert each["1"] == "C"


def test_gold_stands_before_references(convert: Run, tmp_path: Path) -> None:
    gold, decided = known(tmp_path, {"1": "A"}), known(tmp_path, {"1": "C", "2": "C"}, "decided.jsonl")
    rows = convert(export(tmp_path, ["AAA", "BBB", "AAA"]), "--gold", gold, "--references", decided)
    assert rows == {"2": "C", "3": "A"}


def test_marks_that_an_import_made_are_no_gold(convert: Run, tmp_path: Path) -> None:
    every = dict.fromkeys(range(1, 13), "abc")
    rows = convert(export(tmp_path, ITEMS, every))
    assert len(rows) == 12 and rows["1"] == "A"
    counts = convert.report["problem_counts"]
    assert counts["gold.everything-flagged"] == 1 and "gold.held-out" not in counts
    assert "gold.item-all-flagged" not in counts
    assert convert.report["gold"]["flags_ignored"] and convert.report["gold"]["items"] == 0
    # One imported answer an item, others by people: still no reference that outvotes them.
    rows = convert(export(tmp_path, ITEMS, dict.fromkeys(range(1, 13), "c")))
    assert len(rows) == 12 and rows["1"] == "A" and rows["5"] == "B"
    meant = convert(export(tmp_path, ITEMS, dict.fromkeys(range(1, 13), "c")), "--trust-flags")
    assert meant == {} and convert.report["counts"]["gold"] == 12


def test_an_item_all_of_whose_annotations_are_marked_is_no_gold(convert: Run, tmp_path: Path) -> None:
    rows = convert(export(tmp_path, ITEMS, {1: "abc", 2: "a"}))
    assert rows["1"] == "A" and "2" not in rows
    assert convert.report["problem_counts"]["gold.item-all-flagged"] == 1


def target_items() -> tuple[list[str], dict[int, str]]:
    """Twelve gold items on which the fourth person is mostly wrong, then work in which they outvote."""
    return ["AAAB"] * 10 + ["BBBB"] * 2 + ["A..B", "B..B", "...C", "AA.B"], {}


def test_work_below_the_target_does_not_count(convert: Run, tmp_path: Path) -> None:
    items, _ = target_items()
    path = export(tmp_path, items)
    gold = known(tmp_path, {n: "A" if n <= 10 else "B" for n in range(1, 13)})
    before = convert(path, "--gold", gold)
    assert before == {"14": "B", "15": "C", "16": "A"}  # 13 is tied
    rows = convert(path, "--gold", gold, "--gold-target", "0.8")
    assert rows == {"13": "A", "14": "B", "16": "A"}
    counts = convert.report["counts"]
    # Twelve gold items and four others were answered by the fourth; one of these by nobody else.
    assert (counts["untrusted"], counts["untrusted_items"], counts["gold"]) == (16, 1, 12)
    assert convert.report["problem_counts"]["gold.below-target"] == 1
    states = {n: s["state"] for n, s in convert.report["gold"]["annotators"].items()}
    assert states == {"1": "reached", "2": "reached", "3": "reached", "4": "below"}
    assert convert.report["annotators"]["4"]["annotations"] == 16
    assert convert.report["agreement"]["annotators"] == 3


def test_a_target_in_the_template_and_too_few_gold_answers(labelwright: Any, tmp_path: Path) -> None:
    folder(tmp_path, "[quality]\ngold_target = 0.8\n")
    convert = Run(labelwright, tmp_path)
    items = ["AAA."] * 10 + ["AAAA"] * 2 + ["BBBC", "...C"]
    path = export(tmp_path, items)
    gold = known(tmp_path, {n: "A" for n in range(1, 13)})
    assert convert(path, "--gold", gold) == {"13": "B"}
    assert convert.report["problem_counts"]["gold.not-measured"] == 1
    assert convert(path, "--gold", gold, "--gold-least", 2) == {"13": "B", "14": "C"}
    without = convert(path)
    assert len(without) == 14  # there is no gold: the target cannot be asked of anybody
    assert "gold.target-unmeasured" in convert.report["problem_counts"]


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10_000))
def test_jobs_change_nothing(seed: int) -> None:
    import random
    import tempfile

    from labelwright.pipeline.convert import convert
    from labelwright.pipeline.opening import open_source
    from labelwright.pipeline.settings import Settings
    from labelwright.render.load import find_template

    source = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        at = Path(name)
        items = ["".join(source.choice("AABC.") for _ in PEOPLE) for _ in range(60)]
        marks = {n: source.choice(PEOPLE) for n in source.sample(range(1, 61), 12)}
        path = export(at, items, marks)
        tasks = json.loads(path.read_text())
        for task in tasks:
            task["data"]["text"] = f"text {source.randrange(40)} " + "x" * 200
        path.write_text(json.dumps(tasks))
        (at / "key").write_text("a key of many letters")
        template = find_template(str(folder(at)), {})
        gold = known(at, {n: source.choice("ABC") for n in range(1, 9)})
        seen = []
        for jobs in (1, 3):
            asked = Settings(
                template, target="openai", jobs=jobs, no_gate=True, resamples=0, gold=gold, gold_target=0.4,
                gold_least=2, key_file=at / "key", force=True,
            )  # fmt: skip
            with open_source(str(path)) as opened:
                convert(opened, asked, at / str(jobs) / "train.jsonl")
            seen.append({p.name: p.read_bytes() for p in (at / str(jobs)).iterdir()})
        assert seen[0] == seen[1] and b'"gold": {' in seen[0]["train.report.json"]


def test_score_prints_annotators_and_labels(labelwright: Any, tmp_path: Path) -> None:
    template, path = folder(tmp_path), export(tmp_path, ITEMS, MARKED)
    ran = labelwright("gold", "score", path, "-t", template, "--show-annotators")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("Gold\n") and "2 gold items" in ran.out and "annotator" in ran.out
    found = labelwright("gold", "score", path, "-t", template, "--show-annotators", "--json").json
    scores = found["gold"]["annotators"]["2"]
    assert scores["accuracy"]["n"] == 2 and scores["controls"]["label"]["confusion"]["gold"] == ["A", "B"]
    hidden = labelwright("gold", "score", path, "-t", template, "--json").json
    assert all(n.startswith("annotator-") for n in hidden["gold"]["annotators"])


def test_score_without_gold_and_with_unknown_items(labelwright: Any, tmp_path: Path) -> None:
    template, path = folder(tmp_path), export(tmp_path, ["AAA", "BBB"])
    none = labelwright("gold", "score", path, "-t", template)
    assert none.code == 1 and "gold.none" in none.err
    odd = tmp_path / "odd.jsonl"
    odd.write_text(
        '{"item": 98, "answers": {"label": "A"}}\n{"item": 99, "answers": {"label": "A"}}\nnonsense\n'
    )
    ran = labelwright("gold", "score", path, "-t", template, "--gold", odd, "--json")
    assert ran.code == 1
    assert ran.json["problem_counts"] == {
        "answers.item-unknown": 2,
        "answers.line-unreadable": 1,
        "gold.none": 1,
    }
    missing = labelwright("gold", "score", path, "-t", template, "--gold", tmp_path / "none.jsonl")
    assert missing.code == 2 and "cannot read" in missing.err


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.decode().encode("utf-16"),
        lambda data: data[:-9],
        lambda data: b"[" + data.replace(b"\n", b",") + b"]",
        lambda data: data.replace(b'"A"', b"NaN"),
    ],
    ids=["UTF-16", "cut off", "an array", "no JSON"],
)
def test_a_gold_file_that_cannot_be_read_lets_no_gold_through(
    spoil: Any, labelwright: Any, tmp_path: Path
) -> None:
    template, path, gold = folder(tmp_path), export(tmp_path, ITEMS), known(tmp_path, {4: "C", 6: "A"})
    gold.write_bytes(spoil(gold.read_bytes()))
    target = tmp_path / "out" / "train.jsonl"
    command = ["convert", path, "-t", template, "--to", "openai", "-o", target, "--no-gate", "--gold", gold]
    ran = labelwright(*command)
    assert ran.code == 1 and "[gold.file-unreadable]" in ran.err and not target.parent.exists()
    meant = labelwright(*command, "--train-on-gold", "--allow-unmeasured")
    assert meant.code == 1 and target.exists() and "answers.line-unreadable" in meant.err


def test_a_gold_item_whose_answer_is_none_is_kept_out_all_the_same(convert: Run, tmp_path: Path) -> None:
    path = export(tmp_path, ITEMS)
    rows = convert(path, "--gold", known(tmp_path, {4: "nonsense", 6: "A"}))
    assert convert.ran.code == 1 and convert.report["problem_counts"]["answers.value-invalid"] == 1
    assert not {"4", "6"} & set(rows) and len(rows) > 5
    # As a decision the same line decides nothing.
    rows = convert(path, "--references", known(tmp_path, {4: "nonsense", 6: "B"}))
    assert (rows["4"], rows["6"]) == ("C", "B")


@pytest.mark.parametrize("option", ["--gold", "--references"])
def test_an_empty_file_of_known_answers_is_said(option: str, convert: Run, tmp_path: Path) -> None:
    convert(export(tmp_path, ITEMS), option, known(tmp_path, {}))
    assert convert.report["problem_counts"]["answers.file-empty"] == 1


@pytest.mark.parametrize("items", [["A"], ["A", "B", "A"], ["A.", ".B"], ["AA", "AA"], ["...."]])
def test_poor_data_is_scored_without_complaint(items: list[str], labelwright: Any, tmp_path: Path) -> None:
    template, path = folder(tmp_path), export(tmp_path, items)
    ran = labelwright("gold", "score", path, "-t", template, "--gold", known(tmp_path, {"1": "A"}), "--json")
    assert ran.code == (1 if items == ["...."] else 0), ran.err
    assert not any(s["accuracy"]["value"] is None for s in ran.json["gold"]["annotators"].values())


def test_make_writes_what_score_reads(labelwright: Any, tmp_path: Path) -> None:
    template, path = folder(tmp_path), export(tmp_path, ITEMS, MARKED)
    gold = tmp_path / "gold.jsonl"
    ran = labelwright("gold", "make", path, "-t", template, "-o", gold, "-n", 5, "--seed", 3)
    assert ran.code == 0 and "5 gold items (2 marked, 3 of 9 on which all agree)" in ran.err
    lines = [json.loads(line) for line in gold.read_text().splitlines()]
    assert [line["note"] for line in lines if line["item"] in ("1", "3")] == ["ground truth"] * 2
    assert all(len(line["annotations"]) == 3 for line in lines if line["note"] == "unanimous")
    first = gold.read_bytes()
    again = labelwright("gold", "make", path, "-t", template, "-o", gold, "-n", 5, "--seed", 3)
    assert again.code == 2 and "exists" in again.err
    labelwright("gold", "make", path, "-t", template, "-o", gold, "-n", 5, "--seed", 3, "--force")
    assert gold.read_bytes() == first
    # Nobody is scored by answers that were made of their own.
    found = labelwright("gold", "score", path, "-t", template, "--gold", gold, "--json").json["gold"]
    assert found["items"] == 5 and all(s["items"] <= 2 for s in found["annotators"].values())


def test_make_where_nothing_can_be_gold(labelwright: Any, tmp_path: Path) -> None:
    template, gold = folder(tmp_path), tmp_path / "gold.jsonl"
    path = export(tmp_path, ["A", "B"])
    ran = labelwright("gold", "make", path, "-t", template, "-o", gold)
    assert ran.code == 1 and "gold.no-candidates" in ran.err and not gold.exists()
    assert labelwright("gold", "make", path, "-t", template, "-o", gold, "--from", "x").code == 2
    assert labelwright("gold", "make", path, "-t", template, "-o", path, "--force").code == 2
    everything = export(tmp_path, ["AAA", "BBB", "AAA"], dict.fromkeys(range(1, 4), "a"))
    flags = labelwright("gold", "make", everything, "-t", template, "-o", gold, "--from", "flags")
    assert flags.code == 1 and "gold.everything-flagged" in flags.err and not gold.exists()
    meant = labelwright(
        "gold", "make", everything, "-t", template, "-o", gold, "--from", "flags", "--trust-flags", "--json"
    )
    assert meant.code == 0 and meant.json["made"]["flagged"] == 3
