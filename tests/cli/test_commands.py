"""The other commands, and the exit codes that all of them share."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labelwright.registry import template_folders

EMAILS = template_folders()["email-classification"] / "export.json"


def test_templates_are_listed_shown_and_linted(labelwright: Any) -> None:
    listed = labelwright("templates")
    assert listed.code == 0
    names = [line.split()[0] for line in listed.out.splitlines()]
    assert names == sorted(template_folders())
    assert [t["name"] for t in labelwright("templates", "--json").json] == names
    shown = labelwright("templates", "show", "email-classification")
    assert "SUPPORT_REQUEST" in shown.out and "Boundary" in shown.out
    assert labelwright("templates", "show", "sentiment", "--json").json["name"] == "sentiment"


@pytest.mark.parametrize("name", sorted(template_folders()))
def test_shipped_templates_are_clean(name: str, labelwright: Any) -> None:
    ran = labelwright("templates", "lint", name, "--json")
    assert ran.code == 0
    assert ran.json["problems"] == []


def test_lint_names_what_is_wrong_with_a_template(labelwright: Any, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "template.toml").write_text(
        'name = "yours"\n[inputs.text]\ntype = "text"\n'
        '[controls.a]\nkind = "choices"\n[controls.b]\nkind = "text"\non = "nothing"\n'
        '[controls.s]\nkind = "segments"\n[controls.t]\nkind = "transcript"\nnormalise = ["lower"]\n'
        '[example]\nuser = "{{ inputs.nothing }}"\n[quality]\ngate = ["c"]\n'
    )
    (folder / "label_studio.xml").write_text(
        '<View><Text name="text" value="$text"/><Rating name="a" toName="text"/></View>'
    )
    (folder / "samples.jsonl").write_text('{"text": "x"}\n{"other": 1}\nnot json\n')
    ran = labelwright("templates", "lint", folder, "--json")
    assert ran.code == 1
    assert set(ran.json["counts"]) == {
        "label-studio.control-missing",
        "label-studio.tag-unfit",
        "template.cannot-render",
        "template.file-missing",
        "template.labels-missing",
        "template.segment-labels-missing",
        "template.name-differs",
        "template.normalise-unknown",
        "template.reference-unknown",
        "template.sample-unusable",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name = ", "not valid TOML"),
        ('title = "no name"', "name"),
        ('name = "x"\nnonsense = 1', "nonsense"),
        ('name = "x"\n[controls.a]\nkind = "poem"', "poem"),
        ('name = "x"\n[quality]\nmin_agreement = nan', "[quality] min_agreement is nan"),
        ('name = "x"\n[quality]\ngold_target = 7.0', "[quality] gold_target is 7.0"),
        ('name = "x"\n[controls.a]\nkind = "segments"\ncollar = -2.0', "[controls.a] collar is -2.0"),
        ('name = "x"\n[controls.a]\nkind = "number"\ntolerance = inf', "[controls.a] tolerance is inf"),
    ],
)
def test_a_template_that_cannot_be_read_is_one_line(
    content: str, said: str, labelwright: Any, tmp_path: Path
) -> None:
    (tmp_path / "template.toml").write_text(content)
    ran = labelwright("agreement", EMAILS, "--template", tmp_path)
    assert ran.code == 2
    assert said in ran.err and "template.toml" in ran.err


@pytest.mark.parametrize("name", ["preference-pair", "response-ranking", "instruction-following"])
def test_lint_names_a_prompt_that_cannot_be_rendered(name: str, labelwright: Any, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(template_folders()[name], folder)
    made = (folder / "template.toml").read_text()
    (folder / "template.toml").write_text(made.replace("{{ inputs.prompt }}", "{{ inputs.promt }}"))
    ran = labelwright("templates", "lint", folder)
    assert ran.code == 1 and "[template.cannot-render]" in ran.err + ran.out and "promt" in ran.err + ran.out


def test_an_unknown_template_lists_what_there_is(labelwright: Any) -> None:
    ran = labelwright("agreement", EMAILS, "--template", "emails")
    assert ran.code == 2
    assert "email-classification" in ran.err


def test_agreement_as_json_and_as_text(labelwright: Any) -> None:
    ran = labelwright("agreement", EMAILS, "--template", "email-classification", "--json")
    assert ran.code == 0
    measures = ran.json["controls"]["category"]["measures"]
    assert measures["percent"]["value"] == pytest.approx(0.85)
    assert measures["percent"]["low"] < 0.85 < measures["percent"]["high"]
    assert measures["percent"]["state"] == "ok"
    assert {"cohen_kappa", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1"} <= set(measures)
    text = labelwright("agreement", EMAILS, "--template", "email-classification")
    assert text.code == 0 and "0.85" in text.out and not text.err
    below = labelwright("agreement", EMAILS, "-t", "email-classification", "--min-agreement", "0.9")
    assert below.code == 1


def test_validate_names_line_and_path(labelwright: Any, tmp_path: Path) -> None:
    good = (EMAILS.parent / "expected.jsonl").read_text()
    path = tmp_path / "train.jsonl"
    path.write_text(
        good + '{"messages": [{"role": "user", "content": "x"}, {"role": "bot", "content": "y"}]}\n'
    )
    ran = labelwright("validate", path, "--as", "ionos", "--json")
    assert ran.code == 1
    assert {p["place"]["line"] for p in ran.json["problems"]} == {19}
    assert any("messages[1].role" in p["place"]["path"] for p in ran.json["problems"])
    assert labelwright("validate", path, "--as", "ionos").code == 1
    assert labelwright("validate", "-", "--as", "ionos", stdin=good.encode()).code == 0
    assert labelwright("validate", path, "--as", "nonsense").code == 2
    assert labelwright("validate", tmp_path / "none", "--as", "ionos").code == 2


def test_diff_names_the_items(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_text())
    changed = json.loads(EMAILS.read_text().replace("log in", "log on"))[1:]
    changed[0]["id"] = 999
    for number, content in enumerate((tasks, tasks, changed)):
        export = tmp_path / f"{number}.json"
        export.write_text(json.dumps(content))
        target = tmp_path / str(number) / "train.jsonl"
        assert (
            labelwright("convert", export, "-t", "email-classification", "--to", "ionos", "-o", target).code
            == 0
        )
    same = labelwright("diff", tmp_path / "0", tmp_path / "1", "--json").json
    assert same["same"] and same["rows"]["unchanged"] == 18
    ran = labelwright("diff", tmp_path / "0", tmp_path / "2", "--json")
    assert ran.code == 0
    assert ran.json["rows"]["added_items"] == ["999"]
    assert ran.json["rows"]["removed"] == 2
    assert "999" in labelwright("diff", tmp_path / "0", tmp_path / "2").out
    assert labelwright("diff", tmp_path / "0", tmp_path / "nothing").code == 2


def test_version_and_help(labelwright: Any) -> None:
    assert labelwright("--version").out.startswith("labelwright ")
    shown = labelwright("--help")
    assert shown.code == 0
    for verb in ("agreement", "convert", "diff", "install", "pull", "sync", "templates", "validate"):
        assert f"\n  {verb} " in shown.out
    assert "label-studio" in labelwright("install", "--help").out


@pytest.mark.parametrize("arguments", [["nonsense"], ["convert"], ["install", "nonsense"], ["validate", "x"]])
def test_wrong_commands_are_one_line(arguments: list[str], labelwright: Any) -> None:
    ran = labelwright(*arguments)
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 1 and not ran.out


def test_an_interrupt_is_130_and_leaves_nothing(
    labelwright: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labelwright.pipeline.part.PartRunner._item", stop)
    target = tmp_path / "out" / "train.jsonl"
    ran = labelwright("convert", EMAILS, "-t", "email-classification", "--to", "ionos", "-o", target)
    assert ran.code == 130 and ran.err == "labelwright: interrupted\n"
    assert not target.parent.exists()


def test_our_own_bug_is_3_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from labelwright.cli.main import run

    def break_down(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken inside")

    monkeypatch.setattr("labelwright.registry.template_folders", break_down)
    assert run(["templates"]) == 3
    assert "bug in labelwright" in capsys.readouterr().err


def test_errors_as_json_for_scripts(labelwright: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("")
    ran = labelwright("agreement", tmp_path / "empty.json", "-t", "email-classification", "--json")
    assert ran.code == 1
    assert ran.json["problems"][0]["code"] == "io.empty"


def test_whoever_stops_reading_causes_no_noise() -> None:
    program = [sys.executable, "-m", "labelwright", "templates", "show", "email-classification"]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() in (0, 1)
