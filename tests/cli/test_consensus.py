"""Which ties keep an item out of the training file, and what the report says of files held back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labelwright.registry import template_folders

TEMPLATE = """
name = "mood"
[inputs.text]
type = "text"
[controls.label]
kind = "choice"
labels = ["A", "B"]
required = true
[controls.reason]
kind = "text"
[controls.sure]
kind = "rating"
[example]
user = "{{ inputs.text }}"
think = "{{ answers.reason }}"
assistant = "{{ answers.label }}"
[quality]
gate = ["label"]
"""


def result(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "from_name": name, "to_name": "text", "type": "x", "value": value}


def export(folder: Path, labels: list[str]) -> tuple[Path, Path]:
    template = folder / "mood"
    template.mkdir()
    (template / "template.toml").write_text(TEMPLATE)
    tasks = []
    for number, pair in enumerate(labels, 1):
        annotations = []
        for place, label in enumerate(pair):
            results = [
                result("label", {"choices": [label]}),
                result("reason", {"text": [f"because of {'word' * (place + 1)}"]}),
                result("sure", {"rating": place + 1}),
            ]
            annotations.append({"id": number * 10 + place, "completed_by": place, "result": results})
        tasks.append({"id": number, "data": {"text": f"text {number}"}, "annotations": annotations})
    path = folder / "export.json"
    path.write_text(json.dumps(tasks))
    return path, template


def test_only_what_the_example_uses_can_tie(labelwright: Any, tmp_path: Path) -> None:
    path, template = export(tmp_path, ["AA", "BB", "AA", "BB", "AB"])
    target = tmp_path / "out" / "train.jsonl"
    ran = labelwright("convert", path, "-t", template, "--to", "ionos", "-o", target)
    assert ran.code == 0, ran.err
    # Reasons always differ and go to the nearest; ratings always differ and no example needs them.
    assert len(target.read_text().splitlines()) == 4
    ties = [
        json.loads(line) for line in (target.parent / "train.adjudication.jsonl").read_text().splitlines()
    ]
    assert [(t["item"], t["control"]) for t in ties] == [("5", "label")]


def test_unanimous_takes_words_literally(labelwright: Any, tmp_path: Path) -> None:
    path, template = export(tmp_path, ["AA", "BB"])
    target = tmp_path / "train.jsonl"
    ran = labelwright(
        "convert", path, "-t", template, "--to", "ionos", "-o", target, "--consensus", "unanimous"
    )  # fmt: skip
    assert ran.code == 1 and not target.exists()
    assert "dataset.empty" in ran.err


def test_a_gate_that_is_off_says_so(labelwright: Any, tmp_path: Path) -> None:
    path, template = export(tmp_path, ["AA", "BB", "AB", "BA"])
    target = tmp_path / "train.jsonl"
    ran = labelwright("convert", path, "-t", template, "--to", "ionos", "-o", target, "--no-gate")
    assert ran.code == 0, ran.err
    assert ran.err.startswith("GATE OFF")
    assert json.loads((tmp_path / "train.manifest.json").read_text())["gate"] == "off"


def test_what_was_held_back_is_not_called_written(labelwright: Any, tmp_path: Path) -> None:
    path, template = export(tmp_path, ["AA", "BB", "AB", "BA"])
    target = tmp_path / "train.jsonl"
    ran = labelwright("convert", path, "-t", template, "--to", "ionos", "-o", target)
    assert ran.code == 1 and not target.exists()
    assert "2 examples held back" in ran.err and "examples written" not in ran.err
    assert json.loads((tmp_path / "train.report.json").read_text())["written"] is False
    measured = labelwright("agreement", path, "-t", template)
    assert "examples" not in measured.out.split("In and out")[1].split("Volume")[0]


def test_reasoning_does_not_hide_a_contradiction(labelwright: Any, tmp_path: Path) -> None:
    path, template = export(tmp_path, ["AA", "BB", "AA"])
    tasks = json.loads(path.read_text())
    tasks[1]["data"]["text"] = "Text  1"  # the first item's text but for case and blanks, labelled otherwise
    for annotation in tasks[1]["annotations"]:
        annotation["result"][1]["value"]["text"] = ["for another reason altogether"]
    path.write_text(json.dumps(tasks))
    ran = labelwright("convert", path, "-t", template, "--to", "ionos", "-o", tmp_path / "train.jsonl")
    assert ran.code == 1
    assert "dataset.contradictory-targets" in ran.err


def test_a_draw_about_a_claim_waits_and_a_minority_does_not_win(labelwright: Any, tmp_path: Path) -> None:
    folder = template_folders()["factuality"]
    tasks = json.loads((folder / "export.json").read_text("utf-8"))[:1]
    people = sorted(tasks[0]["annotations"], key=lambda a: int(a["completed_by"]))

    def first_claim(annotation: dict[str, Any], verdict: str) -> None:
        next(r for r in annotation["result"] if r["from_name"] == "verdict")["value"]["choices"] = [verdict]

    def converted(name: str) -> list[list[Any]]:
        source, target = tmp_path / "export.json", tmp_path / name / "train.jsonl"
        source.write_text(json.dumps(tasks))
        made = ("convert", source, "-t", "factuality", "--to", "ionos", "-o", target, "--no-gate")
        labelwright(*made, "--resamples", "0")
        waiting = target.with_name("train.adjudication.jsonl")
        return [
            [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []
            for path in (target, waiting)
        ]

    for minority in people:
        for annotation in people:
            annotation["ground_truth"] = False
            first_claim(annotation, "CONTRADICTED" if annotation is minority else "SUPPORTED")
        (row,), waiting = converted(f"minority-{minority['id']}")
        assert json.loads(row["messages"][-1]["content"])[0]["verdict"] == "SUPPORTED" and not waiting
    tasks[0]["annotations"] = people[:2]
    first_claim(people[0], "SUPPORTED")
    first_claim(people[1], "CONTRADICTED")
    rows, (line,) = converted("draw")
    assert not rows and (line["control"], line["tied"]) == ("verdict", ["CONTRADICTED", "SUPPORTED"])
    assert line["region"] == "[11, 31) CLAIM"
    assert sorted(claims[0]["verdict"] for claims in line["answers"].values()) == line["tied"]
