"""Tags that compare and that no shipped template uses: a pair by click, buckets by drag."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from tests.live.answering import Hand, same_answer
from tests.live.browser import opened
from tests.live.command import Labelwright
from tests.live.server import ANNOTATORS, Server

pytestmark = pytest.mark.live
ANN, BOB, CEM = ANNOTATORS
PAIR = {
    "prompt": "Explain gravity",
    "answer1": "It pulls things down.",
    "answer2": "Space is curved, und das spürt man.",
}
SHOWN = [{"id": f"m{n}", "title": f"Model {n}", "body": body} for n, body in ((1, "Hi!"), (2, "Go away"))]
SHOWN.append({"id": "m3", "title": "Model 3", "body": "Grüß Gott"})
LIST = {"prompt": "Say hi", "items": SHOWN}

PAIRWISE = """<View><Text name="prompt" value="$prompt"/><Pairwise name="pref" toName="answer1,answer2"/>
<Text name="answer1" value="$answer1"/><Text name="answer2" value="$answer2"/></View>"""
PAIR_TOML = """name = "pair"
[inputs.prompt]
type = "text"
[inputs.answer1]
type = "text"
[inputs.answer2]
type = "text"
[controls.pref]
kind = "preference"
[example]
kind = "preference"
prompt = "{{ inputs.prompt }}"
responses = ["{{ inputs.answer1 }}", "{{ inputs.answer2 }}"]
choice = "controls.pref"
"""
BUCKETS = """<View><Text name="prompt" value="$prompt"/><List name="answers" value="$items" title="All"/>
<Ranker name="rank" toName="answers"><Bucket name="good"/><Bucket name="bad"/></Ranker>
</View>"""
LIST_TOML = """name = "buckets"
[inputs.prompt]
type = "text"
[inputs.items]
type = "json"
[controls.rank]
kind = "ranking"
labels = ["good", "bad"]
[example]
kind = "ranking"
prompt = "{{ inputs.prompt }}"
responses = "inputs.items"
ranking = "controls.rank"
"""


def _result(name: str, to_name: str, kind: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    found = {"id": "abc", "from_name": name, "to_name": to_name, "type": kind, "value": value}
    return [{**found, "origin": "manual"}]


def _row(prompt: str, chosen: str, rejected: str) -> dict[str, Any]:
    said = [("prompt", "user", prompt), ("chosen", "assistant", chosen), ("rejected", "assistant", rejected)]
    return {key: [{"role": role, "content": words}] for key, role, words in said}


# template.toml, label_studio.xml, the item, the answer of two annotators, that of the third, the rows.
Case: TypeAlias = tuple[str, str, dict[str, Any], list[Any], list[Any], list[Any]]
CASES: dict[str, Case] = {
    "pair": (
        PAIR_TOML,
        PAIRWISE,
        PAIR,
        _result("pref", "pref", "pairwise", {"selected": "right"}),
        _result("pref", "pref", "pairwise", {"selected": "left"}),
        [_row(PAIR["prompt"], PAIR["answer2"], PAIR["answer1"])],
    ),
    "buckets": (
        LIST_TOML,
        BUCKETS,
        LIST,
        _result("rank", "answers", "ranker", {"ranker": {"_": ["m1"], "good": ["m3"], "bad": ["m2"]}}),
        _result("rank", "answers", "ranker", {"ranker": {"_": [], "good": ["m2", "m3"], "bad": ["m1"]}}),
        [_row("Say hi", "Grüß Gott", "Go away")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_from_page_to_rows(
    name: str, labelwright: Labelwright, server: Server, chromium: Any, tmp_path: Path, screenshots: Path
) -> None:
    toml, config, data, result, other, expected = CASES[name]
    folder = tmp_path / name
    folder.mkdir()
    (folder / "template.toml").write_text(toml, encoding="utf-8")
    (folder / "label_studio.xml").write_text(config, encoding="utf-8")
    (folder / "samples.jsonl").write_text(json.dumps(data) + "\n", encoding="utf-8")
    made = ("install", "label-studio", folder, "--project", f"Page {name}", "--items", "samples", "--json")
    project = labelwright(*made).json["project"]
    (task,) = server.tasks(project)
    with opened(chromium, server, ANN, screenshots) as page:
        page.open(project, task)
        Hand(page, config, data, keys=False).answer(result)
        assert same_answer(page.submit()["result"]) == same_answer(result)
        stored = {server.annotate(task, result, BOB): result, server.annotate(task, other, CEM): other}
        page.open(project, task)
        for number, wanted in stored.items():
            page.select_annotation(number)
            assert same_answer(page.serialised()) == same_answer(wanted)

    pulled, rows = tmp_path / "pulled", tmp_path / "train.jsonl"
    labelwright("pull", "label-studio", project, "-o", pulled)
    labelwright("convert", pulled, "-t", folder, "--to", "trl-preference", "--no-gate", "-o", rows)
    assert [json.loads(line) for line in rows.read_text("utf-8").splitlines()] == expected
    measuring = ("--json", "--min-agreement", 0, "--allow-unmeasured", "--resamples", 0)
    report = labelwright("agreement", pulled, "--template", folder, *measuring).json
    (control,) = report["controls"]
    assert report["controls"][control]["measures"]["percent"]["value"] == pytest.approx(1 / 3)
    assert [(c["item"], c["control"]) for c in report["contested"]] == [(str(task), control)]
