"""Models of consensus from end to end: two passes, one result, and what the files beside it say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests_support import email_export

RULES = ("dawid-skene", "weighted-majority")
TEMPLATE = """
name = "mood"
[inputs.text]
type = "text"
[controls.label]
kind = "choice"
labels = ["A", "B"]
required = true
[controls.topics]
kind = "choices"
labels = ["T", "U"]
[controls.reason]
kind = "text"
[example]
user = "{{ inputs.text }}"
think = "{{ answers.reason }}"
assistant = "{{ answers.label }}"
[quality]
gate = ["label"]
min_agreement = 0.1
"""
FREE = 'name = "free"\n[inputs.text]\ntype = "text"\n[controls.words]\nkind = "text"\n[example]\n'
FREE += 'user = "{{ inputs.text }}"\nassistant = "{{ answers.words }}"\n'


def result(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "from_name": name, "to_name": "text", "type": "x", "value": value}


def export(folder: Path, items: list[str], truth: str = "") -> tuple[Path, Path]:
    """Each string is an item, each character an annotator's label, ``.`` nobody; ``truth``: references."""
    template = folder / "mood"
    template.mkdir()
    (template / "template.toml").write_text(TEMPLATE)
    tasks = []
    for number, labels in enumerate(items, 1):
        annotations = []
        for place, label in enumerate([*labels, truth[number - 1] if number <= len(truth) else "."]):
            if label == ".":
                continue
            results = [
                result("label", {"choices": [label]}),
                result("topics", {"choices": ["T"]}),
                result("reason", {"text": [f"because of {'word' * (place + 1)}"]}),
            ]
            annotation = {"id": number * 10 + place, "completed_by": place, "result": results}
            annotation["ground_truth"] = place == len(labels)
            annotations.append(annotation)
        tasks.append({"id": number, "data": {"text": f"text {number}"}, "annotations": annotations})
    path = folder / "export.json"
    path.write_text(json.dumps(tasks))
    return path, template


def labels(target: Path) -> dict[str, str]:
    """The label of each item that gave a row."""
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    lines = target.with_name(f"{target.stem}.provenance.jsonl").read_text().splitlines()
    given = [row["messages"][-1]["content"][-1] for row in rows]
    return dict(zip([json.loads(line)["item"] for line in lines], given, strict=True))


# The first three see alike; the fourth says A of what is B, and the fifth says B of what is A.
ODD = ["AAAAB", "BBBAB", "AAAAB", "BBBAB", "AAAAB", "BBBAB"]


@pytest.mark.parametrize("rule", RULES)
def test_same_bytes_whatever_the_jobs_and_from_a_pipe(rule: str, labelwright: Any, tmp_path: Path) -> None:
    source = email_export(tmp_path / "export.json", 300)
    seen = []
    for jobs in (1, 2, 3):
        target = tmp_path / str(jobs) / "train.jsonl"
        ran = labelwright(
            "convert", source, "-t", "email-classification", "--to", "ionos", "-o", target, "--jobs", jobs,
            "--split", "80/20", "--seed", 3, "--resamples", 50, "--consensus", rule,
        )  # fmt: skip
        assert ran.code in (0, 1), ran.err
        seen.append({p.name: p.read_bytes() for p in target.parent.iterdir()})
    assert seen[0] == seen[1] == seen[2] and {"train.jsonl", "train.validation.jsonl"} <= set(seen[0])
    piped = labelwright(
        "convert", "-", "-t", "email-classification", "--to", "ionos", "-o", "-", "--resamples", 50,
        "--consensus", rule, stdin=source.read_bytes(),
    )  # fmt: skip
    both = seen[0]["train.jsonl"].splitlines() + seen[0]["train.validation.jsonl"].splitlines()
    assert sorted(piped.out.encode().splitlines()) == sorted(both)


def test_agreement_is_measured_once(labelwright: Any, tmp_path: Path) -> None:
    source = email_export(tmp_path / "export.json", 60)
    reports = []
    for rule in ("majority", "dawid-skene"):
        target = tmp_path / rule / "train.jsonl"
        labelwright(
            "convert", source, "-t", "email-classification", "--to", "ionos", "-o", target,
            "--resamples", 50, "--consensus", rule,
        )  # fmt: skip
        reports.append(json.loads((target.parent / "train.report.json").read_text()))
    for name in ("agreement", "controls", "contested", "annotators"):
        assert reports[0][name] == reports[1][name]
    assert reports[0]["counts"]["items"] == reports[1]["counts"]["items"] == 60


def test_the_manifest_says_which_rule_served_what(labelwright: Any, tmp_path: Path) -> None:
    path, template = export(tmp_path, ODD)
    target = tmp_path / "out" / "train.jsonl"
    ran = labelwright(
        "convert", path, "-t", template, "--to", "ionos", "-o", target, "--consensus", "dawid-skene"
    )  # fmt: skip
    assert ran.code == 0, ran.err
    manifest = json.loads((target.parent / "train.manifest.json").read_text())
    assert manifest["settings"]["consensus"] == "dawid-skene"
    served = manifest["consensus"]
    assert served["topics"] == {"rule": "majority"} and served["reason"] == {"rule": "nearest"}
    model = served["label"]
    assert model["rule"] == "dawid-skene" and model["labels"] == ["A", "B"] and model["converged"] is True
    assert model["marginals"] == [0.5, 0.5] and model["iterations"] >= 1 and model["tolerance"] == 1e-8
    assert model["log_likelihood"] == pytest.approx(6 * -0.693147, abs=1e-4)
    report = json.loads((target.parent / "train.report.json").read_text())
    people = report["models"]["label"]["annotators"]
    assert len(people) == 5 and not set(people) & set("01234")  # pseudonyms
    assert sorted(p["accuracy"] for p in people.values()) == [0.5, 0.5, 1.0, 1.0, 1.0]
    assert [[1.0, 0.0], [1.0, 0.0]] in [p["confusion"] for p in people.values()]
    markdown = (target.parent / "train.report.md").read_text()
    for page in (markdown.replace("\\", ""), " ".join(ran.err.split())):
        assert "Models of consensus" in page and "label by dawid-skene over 6 items: " in page
        assert "iterations, converged, log-likelihood -4.16; shares A 0.50, B 0.50" in page
        assert "A for B (1.00)" in page and "B for A (1.00)" in page
    assert labels(target) == {"1": "A", "2": "B", "3": "A", "4": "B", "5": "A", "6": "B"}


def test_an_ordinary_rule_is_in_the_manifest_too(labelwright: Any, tmp_path: Path) -> None:
    path, template = export(tmp_path, ["AA", "BB"])
    target = tmp_path / "train.jsonl"
    assert labelwright("convert", path, "-t", template, "--to", "ionos", "-o", target).code == 0
    served = json.loads((tmp_path / "train.manifest.json").read_text())["consensus"]
    assert served == {
        n: {"rule": r}
        for n, r in zip(("label", "reason", "topics"), ("majority", "nearest", "majority"), strict=True)
    }
    assert json.loads((tmp_path / "train.report.json").read_text())["models"] == {}


def test_what_nobody_gave_is_said(labelwright: Any, tmp_path: Path) -> None:
    # The fourth has always said A, also of what all others call B: alone, an A of theirs tells nothing.
    path, template = export(tmp_path, ["BBBA"] * 5 + ["AAAA", "...A"])
    target = tmp_path / "train.jsonl"
    ran = labelwright(
        "convert", path, "-t", template, "--to", "ionos", "-o", target, "--consensus", "dawid-skene"
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert labels(target)["7"] == "B"
    report = json.loads((tmp_path / "train.report.json").read_text())
    (problem,) = [p for p in report["problems"] if p["code"] == "consensus.overruled"]
    assert problem["place"]["item"] == "7" and problem["place"]["control"] == "label"
    assert problem["message"] == 'the model takes "B" for right; the annotators gave "A"'


def test_gold_decides_whose_vote_counts(labelwright: Any, tmp_path: Path) -> None:
    # On gold the first is always right and the others never: then the first stands alone against two.
    items, truth = ["AB.", "BA.", "A.B", "B.A", "AB.", "B.A", "ABB"], "ABABAB"
    path, template = export(tmp_path, items, truth)
    found = {}
    for rule in ("majority", "weighted-majority"):
        target = tmp_path / rule / "train.jsonl"
        ran = labelwright(
            "convert", path, "-t", template, "--to", "ionos", "-o", target, "--consensus", rule, "--no-gate",
            "--trust-flags", "--train-on-gold",
        )  # fmt: skip
        assert ran.code == 0, ran.err
        found[rule] = labels(target)
    assert found["majority"]["7"] == "B" and found["weighted-majority"]["7"] == "A"
    # References stand before every rule.
    assert {n: v for n, v in found["weighted-majority"].items() if n != "7"} == {
        str(n): v for n, v in enumerate(truth, 1)
    }


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_would_serve_nothing_is_refused(rule: str, labelwright: Any, tmp_path: Path) -> None:
    template = tmp_path / "free"
    template.mkdir()
    (template / "template.toml").write_text(FREE)
    path = tmp_path / "export.json"
    path.write_text(json.dumps([{"id": 1, "data": {"text": "t"}, "annotations": []}]))
    ran = labelwright(
        "convert", path, "-t", template, "--to", "ionos", "-o", tmp_path / "t.jsonl", "--consensus", rule
    )  # fmt: skip
    assert ran.code == 2
    assert f"consensus rule '{rule}' serves no control of template free" in ran.err


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "items", [["A", "B", "A"], ["A.", ".B"], ["AA", "AA"], ["AB", "A."], ["AA", "BB", "..A"]]
)
def test_poor_data(rule: str, items: list[str], labelwright: Any, tmp_path: Path) -> None:
    path, template = export(tmp_path, items)
    target = tmp_path / "train.jsonl"
    ran = labelwright(
        "convert", path, "-t", template, "--to", "ionos", "-o", target, "--consensus", rule, "--no-gate"
    )  # fmt: skip
    assert ran.code == 0, ran.err
    alike = {str(n): set(v) - {"."} for n, v in enumerate(items, 1)}
    found = labels(target)
    assert {n for n, v in alike.items() if len(v) == 1} <= set(found)
    assert all(found[n] in v for n, v in alike.items() if n in found and len(v) == 1)


def test_whoever_falls_short_on_gold_has_no_say_in_the_model(labelwright: Any, tmp_path: Path) -> None:
    items, truth = ["AB.", "BA.", "A.B", "B.A", "AB.", "B.A", "ABB", "ABB"], "ABABAB"
    path, template = export(tmp_path, items, truth)
    for rule in RULES:
        target = tmp_path / rule / "train.jsonl"
        ran = labelwright(
            "convert", path, "-t", template, "--to", "ionos", "-o", target, "--consensus", rule, "--no-gate",
            "--trust-flags", "--gold-target", "0.9", "--gold-least", "1",
        )  # fmt: skip
        assert ran.code == 0, ran.err
        assert labels(target) == {"7": "A", "8": "A"}  # gold items are held out
        report = json.loads((target.parent / "train.report.json").read_text())
        heard = [p for p in report["models"]["label"]["annotators"].values() if p["answers"]]
        assert len(heard) == 2  # the first, and whoever gave the references
