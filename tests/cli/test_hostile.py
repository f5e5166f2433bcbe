"""What a careless or unlucky user does to the command line, and that nothing is lost by it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from programs import until
from tests_support import email_export

from labelwright.registry import dialects, template_folders

EMAILS = template_folders()["email-classification"] / "export.json"
AS_EMAILS = ("-t", "email-classification", "--to", "ionos")


def process(*arguments: str | Path, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "labelwright", *map(str, arguments)], stderr=subprocess.PIPE, **more
    )


def storage(folder: Path, tasks: list[Any]) -> None:
    folder.mkdir()
    for task in tasks:
        inner = {k: task[k] for k in ("id", "data", "project")}
        for annotation in task["annotations"]:
            (folder / f"{annotation['id']}").write_text(json.dumps({**annotation, "task": inner}))


def test_what_is_read_is_never_overwritten(labelwright: Any, tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    export.write_bytes(EMAILS.read_bytes())
    ran = labelwright("convert", export, *AS_EMAILS, "-o", tmp_path / "." / "export.json", "--force")
    assert ran.code == 2 and "is what is read" in ran.err
    report = tmp_path / "train.report.json"
    report.write_bytes(EMAILS.read_bytes())
    ran = labelwright("convert", report, *AS_EMAILS, "-o", tmp_path / "train.jsonl", "--force")
    assert ran.code == 2
    assert export.read_bytes() == report.read_bytes() == EMAILS.read_bytes()


def test_a_storage_folder_takes_no_output(labelwright: Any, tmp_path: Path) -> None:
    storage(tmp_path / "in", json.loads(EMAILS.read_text()))
    ran = labelwright("convert", tmp_path / "in", *AS_EMAILS, "-o", tmp_path / "in" / "train.jsonl")
    assert ran.code == 2 and "another folder" in ran.err


def test_output_into_a_pulled_project_changes_nothing_next_time(labelwright: Any, tmp_path: Path) -> None:
    pulled = tmp_path / "p"
    pulled.mkdir()
    (pulled / "export.json").write_bytes(EMAILS.read_bytes())
    seen = []
    for _ in range(2):
        ran = labelwright(
            "convert", tmp_path / "p", *AS_EMAILS, "-o", tmp_path / "p" / "train.jsonl", "--force"
        )
        assert ran.code == 0, ran.err
        seen.append((pulled / "train.manifest.json").read_bytes())
    assert seen[0] == seen[1]


def test_stray_files_of_a_storage_folder_are_said(labelwright: Any, tmp_path: Path) -> None:
    storage(tmp_path / "in", json.loads(EMAILS.read_text()))
    (tmp_path / "in" / "0-README.txt").write_text("what this is")
    (tmp_path / "in" / "1-empty").write_text("")
    (tmp_path / "in" / "2-deleted").write_text("{}")
    ran = labelwright("convert", tmp_path / "in", *AS_EMAILS, "-o", tmp_path / "out" / "t.jsonl")
    assert ran.code == 0, ran.err
    report = json.loads((tmp_path / "out" / "t.report.json").read_text())
    assert report["problem_counts"]["label-studio.storage-file-stray"] == 3
    assert report["counts"]["items"] == 20


def test_a_folder_of_task_files_keeps_the_tasks_apart(labelwright: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for task in json.loads(EMAILS.read_text()):
        (tmp_path / "in" / f"{task['id']}.json").write_text(json.dumps(task))
    ran = labelwright("convert", tmp_path / "in", *AS_EMAILS, "-o", tmp_path / "out" / "t.jsonl")
    assert ran.code == 0, ran.err
    expected = (EMAILS.parent / "expected.jsonl").read_bytes().splitlines()
    assert sorted((tmp_path / "out" / "t.jsonl").read_bytes().splitlines()) == sorted(expected)


def test_one_page_of_several_is_said(labelwright: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.json"
    page.write_text(json.dumps({"total": 500, "tasks": json.loads(EMAILS.read_text())}))
    ran = labelwright("agreement", page, "-t", "email-classification", "--json")
    assert ran.code == 1
    assert ran.json["problem_counts"]["label-studio.page-partial"] == 1


def test_packed_wide_and_empty_sources_say_what_they_are(labelwright: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as packed:
        packed.write(EMAILS, "export.json")
    (tmp_path / "wide.json").write_text(EMAILS.read_text(), encoding="utf-16")
    (tmp_path / "none").mkdir()
    for name, code in (("e.zip", "io.zipped"), ("wide.json", "io.encoding"), ("none", "io.folder-empty")):
        ran = labelwright("agreement", tmp_path / name, "-t", "email-classification", "--json")
        assert ran.code == 1
        assert ran.json["problems"][0]["code"] == code


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "nowhere.json", *AS_EMAILS, "-o", "x", "--json"),
        ("agreement", EMAILS, "-t", "nothing", "--json"),
        ("validate", "a" * 300, "--as", "ionos", "--json"),
        ("agreement", "a" * 300, "-t", "email-classification", "--json"),
        ("templates", "show", "nothing", "--json"),
        ("diff", "a", "b", "--json"),
        ("agreement", EMAILS, "-t", "email-classification", "--json", "--nonsense"),
        ("convert", EMAILS, *AS_EMAILS, "-o", "x", "--json", "--think-tag", "foo"),
        ("convert", EMAILS, "-t", "email-classification", "--to", "alpaca", "--json",
         "-o", "dataset_info.json"),
    ],
)  # fmt: skip
def test_misuse_is_json_for_scripts(
    arguments: tuple[str, ...], labelwright: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = labelwright(*arguments)
    assert ran.code == 2, ran.err
    assert ran.json["problems"][0]["code"] == "cli.usage"
    assert len(ran.err.strip().splitlines()) == 1


def test_other_data_sets_stay_in_dataset_info(labelwright: Any, tmp_path: Path) -> None:
    info = tmp_path / "dataset_info.json"
    info.write_text('{"mine": {"file_name": "mine.json"}}')
    arguments = ("convert", EMAILS, "-t", "email-classification", "--to", "alpaca", "-o")
    assert labelwright(*arguments, tmp_path / "train.jsonl").code == 0
    assert set(json.loads(info.read_text())) == {"mine", "train"}
    info.write_text("[]")
    ran = labelwright(*arguments, tmp_path / "other.jsonl")
    assert ran.code == 2 and info.read_text() == "[]"


def test_nothing_of_a_former_run_outlives_a_failed_gate(labelwright: Any, tmp_path: Path) -> None:
    target = tmp_path / "train.jsonl"
    assert labelwright("convert", EMAILS, *AS_EMAILS, "-o", target).code == 0
    assert (
        labelwright("convert", EMAILS, *AS_EMAILS, "-o", target, "--force", "--min-agreement", "1").code == 1
    )
    assert not target.exists()
    assert not target.with_name("train.provenance.jsonl").exists()


def test_the_tag_of_one_run_is_not_the_next_ones(labelwright: Any, tmp_path: Path) -> None:
    ran = labelwright(
        "convert", EMAILS, *AS_EMAILS, "-o", tmp_path / "t.jsonl", "--think-tag", "datature_think"
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert getattr(dialects()["ionos"], "think_tag", "") == "think"


def test_jobs_change_no_problem(labelwright: Any, tmp_path: Path) -> None:
    export = email_export(tmp_path / "export.json", 300)
    tasks = json.loads(export.read_text())
    tasks[-1]["annotations"][0]["id"] = tasks[0]["annotations"][0]["id"]
    for task in tasks:
        extra = {**task["annotations"][0]["result"][0], "from_name": "extra"}
        task["annotations"][0]["result"].append(extra)
    for task in tasks[:150]:
        for annotation in task["annotations"]:
            annotation["result"] = [r for r in annotation["result"] if r["from_name"] == "extra"]
    export.write_text(json.dumps(tasks))
    config = tmp_path / "config.xml"
    asked = (EMAILS.parent / "label_studio.xml").read_text()
    config.write_text(asked.replace("</View>", '<TextArea name="extra" toName="text"/></View>'))
    seen = []
    for jobs in (1, 2, 3):
        ran = labelwright(
            "agreement", export, "-t", "email-classification", "--label-config", config, "--resamples", 0,
            "--json", "--jobs", jobs,
        )  # fmt: skip
        seen.append(ran.json)
    assert seen[0]["problem_counts"]["label-studio.annotation-duplicate"] == 1
    assert seen[0]["problem_counts"]["label-studio.control-not-in-template"] >= 299
    assert seen[0] == seen[1] == seen[2]


def test_a_string_that_cannot_take_one_item_costs_that_item(labelwright: Any, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("template.toml", "label_studio.xml"):
        (own / name).write_text((EMAILS.parent / name).read_text())
    made = (own / "template.toml").read_text().replace('"{{ inputs.text }}"', "\"{{ inputs.text + '!' }}\"")
    (own / "template.toml").write_text(made)
    tasks = json.loads(EMAILS.read_text())
    tasks[0]["data"]["text"] = 7
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    ran = labelwright("convert", export, "-t", own, "--to", "ionos", "-o", tmp_path / "t.jsonl")
    assert ran.code == 1, ran.err
    report = json.loads((tmp_path / "t.report.json").read_text())
    assert report["problem_counts"]["render.text-failed"] == 1
    assert report["counts"]["examples"] == 17


def test_standard_streams_that_are_closed_or_full(tmp_path: Path) -> None:
    environment = {**os.environ, "LABELWRIGHT_STATE": str(tmp_path), "PYTHONUTF8": "0", "LC_ALL": "C"}
    program = f"{sys.executable} -m labelwright"
    arguments = "-t email-classification --to ionos"
    for command, code in (
        (f"{program} convert - {arguments} -o {tmp_path}/a.jsonl <&-", 2),
        (f"{program} convert {EMAILS} {arguments} -o {tmp_path}/b.jsonl >&-", 0),
        (f"{program} convert {EMAILS} {arguments} -o - >/dev/full", 1),
        (f"{program} templates --json >/dev/full", 1),
        (f"cat {EMAILS} | {program} convert /dev/stdin {arguments} -o {tmp_path}/c.jsonl", 0),
    ):
        ran = subprocess.run(["sh", "-c", command], capture_output=True, env=environment, check=False)
        assert ran.returncode == code, (command, ran.stderr)
        assert b"Traceback" not in ran.stderr


# What is written is not read before the request to end has come, however late it comes.
HELD = """
import sys, time

def held(event, given):
    if event == "open" and str(given[0]).endswith(".rows") and given[1] in ("r", "rb"):
        time.sleep(90)

sys.addaudithook(held)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_request_to_end_leaves_no_work_file(jobs: int, tmp_path: Path) -> None:
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "sitecustomize.py").write_text(HELD)
    path = os.pathsep.join([str(tmp_path / "held"), os.environ.get("PYTHONPATH", "")])
    export = email_export(tmp_path / "export.json", 30_000)
    out = tmp_path / "out"
    environment = {**os.environ, "LABELWRIGHT_STATE": str(tmp_path / "state"), "PYTHONPATH": path}
    started = process(
        "convert", export, *AS_EMAILS, "-o", out / "train.jsonl", "--jobs", str(jobs), env=environment
    )  # fmt: skip
    until(lambda: out.is_dir() and list(out.rglob("*.rows")))
    started.send_signal(signal.SIGTERM)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 143, said
    assert not out.exists()


@pytest.mark.parametrize(
    ("value", "code"),
    [("", "input-empty"), (" \n", "input-empty"), ([], "input-unfit"), ({"text": "x"}, "input-unfit"),
     (None, "input-missing")],
)  # fmt: skip
def test_a_text_that_is_none_gives_no_row(value: Any, code: str, labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_text())
    tasks[0]["data"]["text"] = value
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    ran = labelwright("convert", export, *AS_EMAILS, "-o", tmp_path / "t.jsonl")
    assert ran.code == 1
    report = json.loads((tmp_path / "t.report.json").read_text())
    assert report["problem_counts"][f"render.{code}"] == 1
    assert report["counts"]["examples"] == 17


def test_json_nested_without_end_is_refused(labelwright: Any, tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    export.write_text('[{"id": 1, "data": {"text": ' + "[" * 50_000 + "]" * 50_000 + "}}]")
    ran = labelwright("agreement", export, "-t", "email-classification", "--json")
    assert ran.code == 1
    assert ran.json["problems"][0]["code"] == "io.not-json"


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.pop("labels"),
        lambda v: v.update(labels=["PER", None]),
        lambda v: v.update(labels="PER"),
        lambda v: v.update(labels=[{"a": 1}]),
        lambda v: v.update(start=v["start"] + 0.5),
    ],
)
def test_a_span_that_is_none_is_said(change: Any, labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads((template_folders()["named-entities"] / "export.json").read_text())
    result = next(r for r in tasks[0]["annotations"][0]["result"] if "labels" in r["value"])
    change(result["value"])
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    ran = labelwright("agreement", export, "-t", "named-entities", "--json", "--resamples", 0)
    assert ran.code == 1
    assert ran.json["problem_counts"]["label-studio.type-unexpected"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("gate = ['catgory']\nconsensus", "catgory"),
        ("min_agreement = -1.0\nconsensus", "min_agreement is -1"),
    ],
)
def test_a_gate_that_would_let_all_pass_is_refused(
    change: str, said: str, labelwright: Any, tmp_path: Path
) -> None:
    made = (EMAILS.parent / "template.toml").read_text().replace("min_agreement = 0.80\n", "")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "template.toml").write_text(made.replace("consensus", change))
    for command in (("agreement",), ("convert", "--to", "ionos", "-o", tmp_path / "t.jsonl")):
        ran = labelwright(command[0], EMAILS, "-t", tmp_path / "own", *command[1:])
        assert ran.code == 2 and said in ran.err, ran.err
        assert "template.toml" in ran.err


def test_a_format_that_can_hold_no_item_writes_no_empty_file(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads((template_folders()["named-entities"] / "export.json").read_text())
    for task in tasks:
        del task["data"]["text"]
    export, target = tmp_path / "export.json", tmp_path / "t.conll"
    export.write_text(json.dumps(tasks))
    ran = labelwright(
        "convert", export, "-t", "named-entities", "--to", "conll", "-o", target, "--allow-loss", "--no-gate"
    )
    assert ran.code == 1 and "dataset.empty" in ran.err
    assert not target.exists()


def test_no_address_is_shown_even_where_ids_are(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_text())
    for task in tasks:
        for number, annotation in enumerate(task["annotations"]):
            address = f"person{number}@secret.example"
            annotation["completed_by"] = [address, {"id": address}, {"email": address}][number % 3]
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    target = tmp_path / "out" / "t.jsonl"
    ran = labelwright("convert", export, *AS_EMAILS, "-o", target, "--show-annotators", "--no-gate")
    assert ran.code == 0, ran.err
    assert "secret.example" not in ran.err + "".join(p.read_text() for p in target.parent.iterdir())


@pytest.mark.parametrize("key", ["choices", "from_name"])
def test_a_label_of_megabytes_is_cut_in_messages(key: str, labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_text())
    result = tasks[0]["annotations"][0]["result"][0]
    if key == "choices":
        result["value"]["choices"] = ["L" * 2_000_000]
    else:
        result["from_name"] = "L" * 2_000_000
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    ran = labelwright("convert", export, *AS_EMAILS, "-o", tmp_path / "out" / "train.jsonl", "--no-gate")
    assert ran.code == 1 and len(ran.err) < 20_000
    assert all(file.stat().st_size < 100_000 for file in (tmp_path / "out").iterdir())


def test_a_line_of_megabytes_is_cut_in_messages(labelwright: Any, tmp_path: Path) -> None:
    path = tmp_path / "speech.rttm"
    path.write_text("A" * 2_000_000)
    ran = labelwright("validate", path, "--as", "rttm")
    assert ran.code == 1 and len(ran.err) < 5_000
