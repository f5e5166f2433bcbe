"""What may be left out of a command line: the template where the export tells it, and the output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests_support import email_export

from labelwright.contracts import SourceControls
from labelwright.pipeline.opening import open_source
from labelwright.pipeline.templates import detect, fits
from labelwright.problems import UsageError
from labelwright.registry import template_folders
from labelwright.render.load import load_template

FOLDERS = template_folders()
LABELLED = sorted(name for name, folder in FOLDERS.items() if (folder / "export.json").is_file())
ALIKE = {  # an export alone does not tell these apart, since nothing optional was answered
    "named-entities": "named-entities, relation-extraction",
    "toxicity": "harmlessness-review, toxicity",
}


@pytest.mark.parametrize("name", LABELLED)
def test_an_export_tells_its_template(name: str) -> None:
    export = str(FOLDERS[name] / "export.json")
    with open_source(export, label_config=FOLDERS[name] / "label_studio.xml") as opened:
        assert detect(opened).name == name
    with open_source(export) as opened:
        if name in ALIKE:
            with pytest.raises(UsageError, match=f"several templates .*: {ALIKE[name]};"):
                detect(opened)
        else:
            assert detect(opened).name == name


def test_which_controls_fit() -> None:
    sentiment = load_template(FOLDERS["sentiment"])
    found = SourceControls(frozenset({"sentiment", "reasoning"}))
    assert fits(sentiment, found)
    assert not fits(sentiment, replace(found, complete=True))
    assert fits(sentiment, SourceControls(frozenset(sentiment.controls), True))
    assert not fits(sentiment, SourceControls(frozenset({"reasoning"})))  # the required one is not answered
    assert not fits(sentiment, SourceControls(frozenset({"sentiment", "mood"})))
    assert not fits(sentiment, replace(found, relations=True))
    relations = load_template(FOLDERS["relation-extraction"])
    assert fits(relations, SourceControls(frozenset({"entities"}), True, True))
    assert not fits(relations, SourceControls(frozenset({"entities"}), True, False))


@pytest.mark.parametrize(
    "command",
    [("gold", "score"), ("gold", "make"), ("agreement",), ("report",), ("sample", "-o", "drawn")],
)
def test_commands_take_the_template_from_the_export(
    command: tuple[str, ...], labelwright: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export = email_export(tmp_path / "export.json", 12)
    told = labelwright(*command, export)
    assert told.code in (0, 1) and "template: email-classification (told from the controls)" in told.err
    named = labelwright(*command, export, "-t", "email-classification", *(["--force"] * ("drawn" in command)))
    assert (named.code, named.out) == (told.code, told.out) and "told from" not in named.err


@pytest.mark.parametrize(
    "command", [("gold", "score"), ("gold", "make"), ("agreement",), ("report",), ("sample",)]
)
def test_what_does_not_tell_a_template_is_misuse(
    command: tuple[str, ...], labelwright: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    several = labelwright(*command, FOLDERS["named-entities"] / "export.json")
    assert several.code == 2 and "named-entities, relation-extraction" in several.err
    assert len(several.err.splitlines()) == 1
    other = json.loads(email_export(tmp_path / "export.json", 3).read_text())
    for task in other:
        for annotation in task["annotations"]:
            for result in annotation["result"]:
                result["from_name"] = "mood"
    (tmp_path / "export.json").write_text(json.dumps(other))
    none = labelwright(*command, tmp_path / "export.json")
    assert none.code == 2 and "no installed template has the controls of this export (mood)" in none.err
    for task in other:
        task["annotations"] = []
    (tmp_path / "export.json").write_text(json.dumps(other))
    empty = labelwright(*command, tmp_path / "export.json")
    assert empty.code == 2 and "nothing is answered" in empty.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export.json", "state"]


def test_the_config_beside_a_pulled_export_tells(labelwright: Any, tmp_path: Path) -> None:
    folder = FOLDERS["toxicity"]
    (tmp_path / "export.json").write_bytes((folder / "export.json").read_bytes())
    (tmp_path / "label_config.xml").write_bytes((folder / "label_studio.xml").read_bytes())
    ran = labelwright("agreement", tmp_path / "export.json")
    assert "template: toxicity (told from the controls)" in ran.err


def test_a_gold_file_goes_to_standard_output(labelwright: Any, tmp_path: Path) -> None:
    export = email_export(tmp_path / "export.json", 30)
    piped = labelwright("gold", "make", export, "--min-annotators", 2)
    assert piped.code == 0, piped.err
    named = labelwright("gold", "make", export, "--min-annotators", 2, "-o", tmp_path / "gold.jsonl")
    assert named.code == 0 and named.out == ""
    assert piped.out.encode() == (tmp_path / "gold.jsonl").read_bytes() != b""
    both = labelwright("gold", "make", export, "--json")
    assert both.code == 2 and "standard output" in both.err


def test_a_sample_goes_to_a_folder_of_its_own(
    labelwright: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export = email_export(tmp_path / "export.json", 30)
    ran = labelwright("sample", export, "-n", 25, "--seed", 7)
    assert ran.code == 0 and "Written: review/review.html, review/review.csv" in ran.err
    assert sorted(p.name for p in (tmp_path / "review").iterdir()) == ["review.csv", "review.html"]
    again = labelwright("sample", export, "-n", 25, "--seed", 7)
    assert again.code == 2 and "exists" in again.err
    assert labelwright("sample", export, "-n", 25, "--seed", 7, "--force").code == 0


def test_rows_go_to_standard_output(labelwright: Any, tmp_path: Path) -> None:
    export = email_export(tmp_path / "export.json", 30)
    asked = ("convert", export, "-t", "email-classification", "--to", "openai", "--no-gate", "--resamples", 0)
    piped, dash = labelwright(*asked), labelwright(*asked, "-o", "-")
    assert piped.code == 0 and piped.out == dash.out and '"messages"' in piped.out
    for more in ("--json", "--split=90/10"):
        ran = labelwright(*asked, more)
        assert ran.code == 2 and "standard output" in ran.err
