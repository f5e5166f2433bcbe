"""``labelwright convert`` from end to end, and every way it may be refused."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests_support import LOSING, email_export, expected_files, export_of, files_below

from labelwright.registry import dialects, formats, template_folders

EMAILS = template_folders()["email-classification"] / "export.json"


def rows(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


EXPECTED = [(n, to, p) for n, f in sorted(template_folders().items()) for to, p in expected_files(f)]


def test_every_template_says_what_to_expect() -> None:
    assert {name for name, _, _ in EXPECTED} == set(template_folders())


@pytest.mark.parametrize(("name", "to", "expected"), EXPECTED, ids=[f"{n}-{to}" for n, to, _ in EXPECTED])
def test_each_template_gives_its_expected_rows(
    name: str, to: str, expected: Path, labelwright: Any, tmp_path: Path
) -> None:
    target = tmp_path / ("train" if expected.is_dir() else expected.name.replace("expected", "train", 1))
    export = export_of(expected.parent)
    more = ["--allow-loss"] * (to in LOSING) + ["--allow-unmeasured"] * (export.suffix == ".xml")
    if to in dialects() and (export.parent / "media").is_dir():
        more += ["--media", str(export.parent / "media")]
    ran = labelwright("convert", export, "--template", name, "--to", to, "-o", target, *more)
    assert ran.code == 0, ran.err
    files = files_below(expected)
    assert [f.relative_to(target) for f in files_below(target)] == [f.relative_to(expected) for f in files]
    for file in files:
        made = target / file.relative_to(expected)
        assert made.read_bytes() == file.read_bytes()
        if to in formats() and _is_list(made, formats()[to].suffix):
            continue
        checked = labelwright("validate", made, "--as", to, "--json")
        few = to in dialects() and len(rows(made)) < dialects()[to].file_rules.min_rows
        found = [p["code"] for p in json.loads(checked.out)["problems"] if p["severity"] != "note"]
        assert found == ["file.too-few-rows"] * few


LISTS = {"labels.txt", "train.txt"}  # of classes, of images


def _is_list(file: Path, suffix: str) -> bool:
    """Whether a file only says where the others are, or how they are to be read."""
    return file.name in LISTS or file.suffix != suffix


@pytest.mark.parametrize(
    ("name", "to"), [(n, to) for n, to, _ in EXPECTED if to in LOSING and n != "keypoints-pose"]
)
def test_what_a_format_cannot_hold_is_refused_unless_it_may_be_lost(
    name: str, to: str, labelwright: Any, tmp_path: Path
) -> None:
    export = export_of(template_folders()[name])
    ran = labelwright("convert", export, "--template", name, "--to", to, "-o", tmp_path / "train")
    assert ran.code == 1 and "--allow-loss" in ran.err
    assert not (tmp_path / "train").exists()


def test_the_files_beside_the_target(labelwright: Any, tmp_path: Path) -> None:
    target = tmp_path / "out" / "train.jsonl"
    ran = labelwright("convert", EMAILS, "-t", "email-classification", "--to", "openai", "-o", target)
    assert ran.code == 0
    names = sorted(p.name for p in target.parent.iterdir())
    assert names == [
        "train.adjudication.jsonl",
        "train.jsonl",
        "train.manifest.json",
        "train.provenance.jsonl",
        "train.report.html",
        "train.report.json",
        "train.report.md",
    ]
    provenance = rows(target.with_name("train.provenance.jsonl"))
    assert len(provenance) == len(rows(target))
    assert {"item", "annotations", "rule"} <= set(provenance[0])
    manifest = json.loads(target.with_name("train.manifest.json").read_text())
    assert manifest["outputs"][0]["rows"] == len(rows(target))
    assert manifest["counts"]["items"] == 20


def test_same_input_same_bytes_whatever_the_jobs(labelwright: Any, tmp_path: Path) -> None:
    export = email_export(tmp_path / "export.json", 300)
    seen = []
    for jobs in (1, 2, 3):
        target = tmp_path / str(jobs) / "train.jsonl"
        ran = labelwright(
            "convert", export, "-t", "email-classification", "--to", "ionos", "-o", target, "--jobs", jobs,
            "--split", "80/10/10", "--seed", 3, "--resamples", 50,
        )  # fmt: skip
        assert ran.code in (0, 1), ran.err
        seen.append({p.name: p.read_bytes() for p in target.parent.iterdir()})
    assert seen[0] == seen[1] == seen[2]
    assert {"train.jsonl", "train.validation.jsonl", "train.test.jsonl"} <= set(seen[0])


def test_storage_files_in_any_order_give_the_same_bytes(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_text())
    seen = []
    for seed in (1, 2):
        folder = tmp_path / f"storage{seed}"
        folder.mkdir()
        found = [(t, a) for t in tasks for a in t["annotations"]]
        random.Random(seed).shuffle(found)
        for number, (task, annotation) in enumerate(found):
            inner = {k: task[k] for k in ("id", "data", "project")}
            (folder / f"{number}.json").write_text(json.dumps({**annotation, "task": inner}))
        target = tmp_path / f"out{seed}" / "train.jsonl"
        ran = labelwright("convert", folder, "-t", "email-classification", "--to", "ionos", "-o", target)
        assert ran.code == 0, ran.err
        seen.append((target.read_bytes(), target.with_name("train.provenance.jsonl").read_bytes()))
    assert seen[0] == seen[1]


def test_an_item_never_changes_side_when_others_arrive(labelwright: Any, tmp_path: Path) -> None:
    sides: list[dict[str, str]] = []
    for size in (60, 200):
        export = email_export(tmp_path / f"{size}.json", size)
        target = tmp_path / str(size) / "train.jsonl"
        labelwright(
            "convert", export, "-t", "email-classification", "--to", "ionos", "-o", target,
            "--split", "70/30", "--no-gate", "--resamples", 0,
        )  # fmt: skip
        found = {}
        for side in ("train", "train.validation"):
            for line in rows(target.with_name(f"{side}.provenance.jsonl")):
                found[line["item"]] = side
        sides.append(found)
    assert set(sides[0].values()) == {"train", "train.validation"}
    assert all(sides[1][item] == side for item, side in sides[0].items())


def test_standard_input_and_output(labelwright: Any) -> None:
    ran = labelwright(
        "convert", "-", "-t", "email-classification", "--to", "ionos", "-o", "-", stdin=EMAILS.read_bytes()
    )
    assert ran.code == 0, ran.err
    assert ran.out.encode() == (EMAILS.parent / "expected.jsonl").read_bytes()


def test_each_annotation_its_own_example(labelwright: Any, tmp_path: Path) -> None:
    target = tmp_path / "train.jsonl"
    ran = labelwright(
        "convert", EMAILS, "-t", "email-classification", "--to", "ionos", "-o", target, "--consensus", "each"
    )
    assert ran.code == 0, ran.err
    assert len(rows(target)) == 55  # the three annotations of the gold item are held out


def test_the_gate_keeps_the_file_back_and_the_report_tells_why(labelwright: Any, tmp_path: Path) -> None:
    target = tmp_path / "train.jsonl"
    arguments = ("convert", EMAILS, "-t", "email-classification", "--to", "ionos", "-o", target)
    ran = labelwright(*arguments, "--min-agreement", "0.99")
    assert ran.code == 1
    assert not target.exists()
    report = json.loads((tmp_path / "train.report.json").read_text())
    assert report["gate"]["state"] == "failed"
    assert "quality.agreement-below-gate" in ran.err


def test_one_annotator_is_not_measurable(labelwright: Any, tmp_path: Path) -> None:
    export = email_export(tmp_path / "export.json", 20, people=1)
    target = tmp_path / "train.jsonl"
    arguments = ("convert", export, "-t", "email-classification", "--to", "ionos", "-o", target)
    ran = labelwright(*arguments)
    assert ran.code == 1 and not target.exists()
    assert "quality.agreement-not-measurable" in ran.err
    ran = labelwright(*arguments, "--allow-unmeasured")
    assert ran.code == 0, ran.err
    assert len(rows(target)) == 20


def test_an_existing_target_is_not_touched(labelwright: Any, tmp_path: Path) -> None:
    target = tmp_path / "train.jsonl"
    target.write_text("mine")
    arguments = ("convert", EMAILS, "-t", "email-classification", "--to", "ionos", "-o", target)
    ran = labelwright(*arguments)
    assert ran.code == 2 and "--force" in ran.err
    assert target.read_text() == "mine"
    assert labelwright(*arguments, "--force").code == 0
    assert target.read_text() != "mine"


def _with_text(data: bytes) -> Any:
    return lambda path: path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_with_text(b""), "empty"),
        (_with_text(b"hello"), "no export that any tool here reads"),
        (_with_text(b"<!DOCTYPE html><html><body>Log in</body></html>"), "HTML page"),
        (_with_text(EMAILS.read_bytes()[:-500]), "ends inside item"),
        (_with_text(EMAILS.read_text().encode("utf-16")), "no export|UTF-16"),
        (_with_text(EMAILS.read_text().replace("the", "th\xe9").encode("latin-1", "replace")), "not UTF-8"),
        (_with_text(b'[{"id": 1, "annotations": [], "data": nonsense}]'), "item 1"),
        (lambda path: shutil.copy(template_folders()["dialogue"] / "export.json", path), "template"),
        (_with_text(b'[{"text":"a","annotation_id":1,"annotator":2,"category":"X"}]'), "JSON_MIN"),
        (_with_text(b"annotation_id,annotator,text\n1,2,a\n"), "CSV"),
        (lambda path: None, "does not exist"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_message_and_nothing_is_written(
    make: Any, said: str, labelwright: Any, tmp_path: Path
) -> None:
    import re

    export = tmp_path / "export.json"
    make(export)
    target = tmp_path / "out" / "train.jsonl"
    ran = labelwright("convert", export, "-t", "email-classification", "--to", "ionos", "-o", target)
    assert ran.code == (1 if export.exists() else 2)
    assert re.search(said, ran.err), ran.err
    assert len(ran.err.strip().splitlines()) <= 2
    assert not target.parent.exists() or not list(target.parent.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "nonsense"], "unknown target 'nonsense'"),
        (["--to", "conll"], "holds no answers of the kinds"),
        (["--to", "ionos", "--consensus", "coin"], "unknown consensus rule 'coin'"),
        (["--to", "ionos", "--split", "90/20"], "--split 90/20"),
        (["--to", "ionos", "--label-config", "missing.xml"], "label config"),
        (["--to", "ionos", "--min-agreement", "2"], "min-agreement"),
        (["--to", "ionos", "--nonsense"], "nonsense"),
        (["--to", "ionos", "--seed", "-5"], "--seed"),
        (["--to", "ionos", "--resamples", "1000000000000"], "--resamples"),
        (["--to", "ionos", "--min-margin", "nan"], "--min-margin"),
        (["--to", "ionos", "--min-margin", "inf"], "--min-margin"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, labelwright: Any, tmp_path: Path
) -> None:
    target = tmp_path / "train.jsonl"
    ran = labelwright("convert", EMAILS, "-t", "email-classification", "-o", target, *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert not target.exists()


def test_a_full_disk_leaves_nothing_behind(
    labelwright: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import os

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = tmp_path / "out" / "train.jsonl"
    monkeypatch.setattr("labelwright.io.atomic.os.fsync", full)
    ran = labelwright("convert", EMAILS, "-t", "email-classification", "--to", "ionos", "-o", target)
    assert ran.code == 1
    assert "No space left on device" in ran.err
    assert not target.parent.exists()


def test_ten_megabytes_in_one_field(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_text())
    tasks[0]["data"]["text"] = "long " * 2_000_000
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    target = tmp_path / "train.jsonl"
    ran = labelwright("convert", export, "-t", "email-classification", "--to", "ionos", "-o", target)
    assert ran.code == 0, ran.err
    assert target.stat().st_size > 10_000_000


def test_a_renamed_label_is_said_and_the_projects_labels_win(labelwright: Any, tmp_path: Path) -> None:
    renamed = EMAILS.read_text().replace("SALES_INQUIRY", "SALES")
    export = tmp_path / "export.json"
    export.write_text(renamed)
    target = tmp_path / "train.jsonl"
    arguments = ("convert", export, "-t", "email-classification", "--to", "ionos", "-o", target, "--no-gate")
    ran = labelwright(*arguments)
    assert ran.code == 1
    assert "label-studio.label-unknown" in ran.err
    config = tmp_path / "config.xml"
    config.write_text((EMAILS.parent / "label_studio.xml").read_text().replace("SALES_INQUIRY", "SALES"))
    ran = labelwright(*arguments, "--label-config", config, "--force")
    assert ran.code == 0, ran.err
    assert "label-studio.labels-drift" in ran.err
    assert '"content":"SALES"' in target.read_text()


def test_no_address_reaches_any_output(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_text())
    for task in tasks:
        for annotation in task["annotations"]:
            person = annotation["completed_by"]
            annotation["completed_by"] = {"id": person, "email": f"person{person}@secret.example"}
    export = tmp_path / "export.json"
    export.write_text(json.dumps(tasks))
    target = tmp_path / "out" / "train.jsonl"
    ran = labelwright("convert", export, "-t", "email-classification", "--to", "ionos", "-o", target)
    assert ran.code == 0, ran.err
    everything = ran.err + ran.out + "".join(p.read_text() for p in target.parent.iterdir())
    assert "secret.example" not in everything
    assert "annotator-" in everything


@pytest.mark.parametrize("target", ["conll", "hf-token-classification", "spacy", "csv"])
def test_formats_are_written_and_valid(target: str, labelwright: Any, tmp_path: Path) -> None:
    export = template_folders()["named-entities"] / "export.json"
    path = tmp_path / "train.out"
    ran = labelwright("convert", export, "-t", "named-entities", "--to", target, "-o", path, "--allow-loss")
    assert ran.code == 0, ran.err
    assert path.stat().st_size
    checked = labelwright("validate", path, "--as", target)
    assert checked.code == 0, checked.err


def test_every_dialect_writes_what_it_calls_valid(labelwright: Any, tmp_path: Path) -> None:
    from labelwright.registry import dialects

    for name, dialect in dialects().items():
        for template in ("email-classification", "sentiment", "dialogue"):
            if "chat" not in dialect.kinds:
                continue
            path = tmp_path / name / f"{template}.jsonl"
            export = template_folders()[template] / "export.json"
            ran = labelwright("convert", export, "-t", template, "--to", name, "-o", path)
            if hasattr(dialect, "images_of"):  # its rows are about images, and these items show none
                assert ran.code == 1 and "vi.not-one-image" in ran.err and not path.exists()
                continue
            assert ran.code == 0, (name, template, ran.err)
            checked = labelwright("validate", path, "--as", name, "--json")
            few = {c for c in checked.json["counts"] if "few" in c}
            assert checked.code == 0 or set(checked.json["counts"]) == few, (name, template, checked.out)


def test_only_the_names_depend_on_the_key(labelwright: Any, tmp_path: Path) -> None:
    seen, people = [], []
    for key in ("a first key of some length", "a second key of some length"):
        path = tmp_path / key.replace(" ", "-")
        path.write_text(key)
        target = tmp_path / f"out-{path.name}" / "train.jsonl"
        ran = labelwright(
            "convert", EMAILS, "-t", "email-classification", "--to", "ionos", "-o", target,
            "--pseudonym-key-file", path,
        )  # fmt: skip
        assert ran.code == 0, ran.err
        texts = {p.name: p.read_text() for p in target.parent.iterdir()}
        report = json.loads(texts["train.report.json"])
        people.append(set(report["annotators"]))
        assert len(people[-1]) == 3
        measures = report["controls"]["category"]["measures"]
        seen.append((texts["train.jsonl"], texts["train.provenance.jsonl"], measures))
    assert seen[0] == seen[1]
    assert not people[0] & people[1]


def test_a_file_that_is_too_short_for_its_trainer_is_told(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_bytes())[:6]
    export = tmp_path / "six.json"
    export.write_text(json.dumps(tasks))
    asked = ("convert", export, "-t", "email-classification", "--no-gate", "-o", tmp_path / "train.jsonl")
    ran = labelwright(*asked, "--to", "openai")
    assert ran.code == 0 and (tmp_path / "train.jsonl").exists()
    assert "[file.too-few-rows, warning]" in " ".join(ran.err.split()), ran.err
    assert labelwright("validate", tmp_path / "train.jsonl", "--as", "openai").code == 1
    ran = labelwright(*asked, "--to", "ionos", "--force")
    assert "file.too-few-rows" not in ran.err


def test_a_file_that_is_too_large_for_its_trainer_is_an_error(
    labelwright: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelwright.contracts import FileRules
    from labelwright.registry import dialects

    monkeypatch.setattr(dialects()["ionos"], "file_rules", FileRules(max_bytes=2000, max_rows=3))
    ran = labelwright(
        "convert", EMAILS, "-t", "email-classification", "--to", "ionos", "-o", tmp_path / "t.jsonl"
    )
    assert ran.code == 1
    assert "file.too-large" in ran.err and "file.too-many-rows" in ran.err
