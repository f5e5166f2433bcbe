"""Preferences and rankings from export to rows: what is left out, and what is wrong with a ranking."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labelwright.examples import (
    Chat,
    Completion,
    Message,
    Preference,
    Ranking,
    Rated,
    Text,
    asked,
    grouped,
)
from labelwright.registry import template_folders

FOLDERS = template_folders()


def export(name: str) -> list[dict[str, Any]]:
    """The export of a template without gold, so that every item may give a row."""
    tasks: list[dict[str, Any]] = json.loads((FOLDERS[name] / "export.json").read_text("utf-8"))
    for annotation in (a for task in tasks for a in task["annotations"]):
        annotation["ground_truth"] = False
    return tasks


def converted(
    labelwright: Any, folder: Path, name: str, tasks: list[dict[str, Any]], to: str, *more: Any
) -> tuple[int, list[Any], Any]:
    """Exit code, rows and report of a conversion without a gate."""
    source, target = folder / "export.json", folder / "out" / "train.jsonl"
    source.write_text(json.dumps(tasks), encoding="utf-8")
    ran = labelwright(
        *("convert", source, "-t", name, "--to", to, "-o", target, "--no-gate", "--resamples", "0", *more)
    )
    found = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    return ran.code, found, json.loads(target.with_name("train.report.json").read_text("utf-8"))


def _pairs(*ranks: str) -> list[tuple[str, str]]:
    return [(better, worse) for at, better in enumerate(ranks) for worse in ranks[at + 1 :]]


def _rank(tasks: list[dict[str, Any]], *orders: list[str]) -> dict[str, str]:
    """Let the first task be ranked in these orders, one for each annotator; the words by id."""
    for annotation, order in zip(tasks[0]["annotations"], orders, strict=True):
        annotation["result"][0]["value"] = {"ranker": {"ranking": order}}
    return {shown["id"]: shown["body"] for shown in tasks[0]["data"]["responses"]}


@pytest.mark.parametrize(
    ("orders", "ranks", "code", "problems"),
    [
        # One who repeats an entry, or ranks what is not there, has no vote; the others have.
        ([["r1", "r1", "r2"]] + [["r4", "r3", "r2", "r1"]] * 2, ("r4", "r3", "r2", "r1"), 1, "repeated"),
        ([["r1", "r9", "r2"]] + [["r4", "r3", "r2", "r1"]] * 2, ("r4", "r3", "r2", "r1"), 1, "unknown"),
        # All three forget the same entry: the pairs of the others remain.
        ([["r4", "r2", "r1"]] * 3, ("r4", "r2", "r1"), 0, "partial"),
    ],
)
def test_a_ranking_that_is_not_whole(
    orders: list[list[str]],
    ranks: tuple[str, ...],
    code: int,
    problems: str,
    labelwright: Any,
    tmp_path: Path,
) -> None:
    tasks = export("response-ranking")[:1]
    words = _rank(tasks, *orders)
    ran, rows, report = converted(labelwright, tmp_path, "response-ranking", tasks, "trl-preference")
    wanted = [(words[better], words[worse]) for better, worse in _pairs(*ranks)]
    assert [(r["chosen"][0]["content"], r["rejected"][0]["content"]) for r in rows] == wanted
    assert ran == code
    count = 3 if problems == "partial" else 1
    assert report["problem_counts"] == {f"label-studio.ranking-{problems}": count}


def test_three_different_rankings_wait_for_adjudication(labelwright: Any, tmp_path: Path) -> None:
    tasks = export("response-ranking")[:2]
    _rank(tasks, ["r1", "r2", "r3", "r4"], ["r2", "r1", "r3", "r4"], ["r4", "r3", "r2", "r1"])
    made = (labelwright, tmp_path, "response-ranking", tasks, "trl-preference")
    _, rows, report = converted(*made, "--consensus", "majority")
    assert (len(rows), report["counts"]["tied"]) == (3, 1)  # the pairs of the second item's three
    waiting = (tmp_path / "out" / "train.adjudication.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["control"] for line in waiting] == ["ranking"]


def test_a_ranking_is_made_of_the_votes_on_its_pairs(labelwright: Any, tmp_path: Path) -> None:
    tasks = export("response-ranking")[:1]
    # r1 and r2 are as often before each other, and alike against r3: one rank, and no pair of the two.
    words = _rank(tasks, ["r1", "r2", "r3", "r4"], ["r2", "r1", "r3", "r4"], ["r2", "r1", "r4", "r3"])
    tasks[0]["annotations"] = tasks[0]["annotations"][:2]
    _, rows, report = converted(labelwright, tmp_path, "response-ranking", tasks, "trl-preference")
    found = [(r["chosen"][0]["content"], r["rejected"][0]["content"]) for r in rows]
    expected = [("r1", "r3"), ("r1", "r4"), ("r2", "r3"), ("r2", "r4"), ("r3", "r4")]
    assert found == [(words[better], words[worse]) for better, worse in expected]
    assert report["counts"]["tied"] == 0


def test_ties_and_margins_go_by_the_stated_policy(labelwright: Any, tmp_path: Path) -> None:
    tasks = export("preference-pair")
    for name, more, rows, left in (
        ("default", (), 10, {"preference.tie-left-out": 2}),
        ("far", ("--min-margin", "2"), 9, {"preference.tie-left-out": 2, "preference.margin-low": 1}),
        ("kept", ("--ties", "keep"), 12, {}),
    ):
        folder = tmp_path / name
        folder.mkdir()
        _, found, report = converted(labelwright, folder, "preference-pair", tasks, "ultrafeedback", *more)
        assert len(found) == rows and report["problem_counts"] == left
        assert report["counts"]["left_out"] == sum(left.values())


def test_changing_sides_changes_no_row(labelwright: Any, tmp_path: Path) -> None:
    tasks = export("preference-pair")
    _, before, _ = converted(labelwright, tmp_path, "preference-pair", tasks, "reward-pairs")
    turned = {"left": "right", "right": "left", "tie": "tie"}
    for task in tasks:
        data = task["data"]
        data["response_a"], data["response_b"] = data["response_b"], data["response_a"]
        for result in (r for a in task["annotations"] for r in a["result"] if r["from_name"] == "better"):
            result["value"]["choices"] = [turned[result["value"]["choices"][0]]]
    folder = tmp_path / "turned"
    folder.mkdir()
    _, after, _ = converted(labelwright, folder, "preference-pair", tasks, "reward-pairs")
    assert after == before and len(before) == 10


def test_what_was_found_harmful_is_never_taught(labelwright: Any, tmp_path: Path) -> None:
    tasks = export("harmlessness-review")
    for annotation in tasks[0]["annotations"]:  # found harmful by all, rewritten by nobody
        annotation["result"] = [r for r in annotation["result"] if r["from_name"] != "rewrite"]
    _, rows, report = converted(labelwright, tmp_path, "harmlessness-review", tasks, "ionos")
    assert len(rows) == len(tasks) - 1 and report["problem_counts"] == {"render.target-empty": 1}
    taught = [row["messages"][-1]["content"] for row in rows]
    harmless = {"NONE"}
    for task in tasks[1:]:
        votes = [
            r["value"]["choices"][0]
            for a in task["annotations"]
            for r in a["result"]
            if r["from_name"] == "severity"
        ]
        most = max(sorted(set(votes)), key=votes.count)
        assert (task["data"]["response"] in taught) is (most in harmless)


def test_all_pairs_of_one_prompt_go_to_one_side_of_a_split(labelwright: Any, tmp_path: Path) -> None:
    tasks = export("response-ranking")
    converted(labelwright, tmp_path, "response-ranking", tasks, "trl-preference", "--split", "50/50")
    sides = []
    for name in ("train.jsonl", "train.validation.jsonl"):
        lines = (tmp_path / "out" / name).read_text("utf-8").splitlines()
        sides.append([json.dumps(json.loads(line)["prompt"]) for line in lines])
    first, second = map(set, sides)
    assert first and second and not first & second
    assert min(map(len, sides)) > min(len(first), len(second))  # several pairs of a prompt


def test_other_answers_to_a_prompt_go_to_the_side_of_the_prompt() -> None:
    prompt, good, bad = (
        Message(r, (Text(t),)) for r, t in (("user", "q"), ("assistant", "a"), ("assistant", "b"))
    )
    pair, turned = Preference([prompt], good, bad), Preference([prompt], bad, good)
    rated, ranking = Rated([prompt], good, {}), Ranking([prompt], [good, bad], [1, 2])
    assert {grouped(e) for e in (pair, turned, rated, ranking)} == {"q"}
    assert len({asked(e) for e in (pair, rated)}) == 2
    assert grouped(Preference([], good, bad)) == asked(Preference([], bad, good)) == "a\nb"
    chat = Chat([prompt, good])
    assert grouped(chat) == asked(chat) == "q" and grouped(Completion("p", "c")) == "p"
