"""Formats that write one file per item: a folder, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labelwright import registry
from labelwright.contracts import Template
from labelwright.problems import Problem, Problems, ProblemType
from labelwright.records import Kind, Resolved

EMAILS = registry.template_folders()["email-classification"] / "export.json"
SEVERAL = ProblemType("notes.several", "Several", "one item only", "Name a folder.", loss=True)


class Notes:
    """The label of each item in a file of its own."""

    name = "notes"
    title = "Notes"
    reference = "https://example.org/"
    suffix = ".note"
    kinds = frozenset({Kind.CHOICE})

    def __init__(self, skipped: str = "") -> None:
        self.skipped = skipped

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        for number, (_, content) in enumerate(self.write_files(items, template, problems)):
            if number:
                problems.add(SEVERAL.at())
            else:
                yield content

    def write_files(
        self, items: Iterable[Resolved], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        for resolved in items:
            if resolved.item.key.item != self.skipped:
                yield f"{resolved.item.key.item}.note", str(resolved.answers["category"]).encode()

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        return iter(())


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    form = Notes()
    monkeypatch.setitem(registry.formats(), "notes", form)
    return form


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def convert(labelwright: Any, notes: Notes) -> Any:
    def command(target: Path | str, *more: str) -> Any:
        return labelwright(
            "convert", EMAILS, "-t", "email-classification", "--to", "notes", "-o", target, *more
        )

    return command


def test_the_target_is_a_folder(convert: Any, tmp_path: Path) -> None:
    ran = convert(tmp_path / "out" / "labels")
    assert ran.code == 0, ran.err
    made = files(tmp_path / "out")
    manifest = json.loads(made["labels.manifest.json"])
    outputs = [entry["name"] for entry in manifest["outputs"]]
    assert len(outputs) > 10
    assert {name for name in made if "/" in name} == set(outputs)
    assert all(len(made[entry["name"]]) == entry["bytes"] for entry in manifest["outputs"])
    assert {"labels.report.html", "labels.provenance.jsonl"} <= set(made)
    assert not [name for name in made if name.startswith(".")]
    assert f"labels ({len(outputs)} files)" in " ".join((ran.out + ran.err).split())


def test_splits_are_folders_beside_each_other(convert: Any, tmp_path: Path) -> None:
    ran = convert(tmp_path / "labels", "--split", "50/30/20")
    assert ran.code == 0, ran.err
    folders = {name.split("/")[0] for name in files(tmp_path) if name.endswith(".note")}
    assert folders == {"labels", "labels.validation", "labels.test"}


def test_a_folder_with_files_is_not_touched(convert: Any, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "mine.txt").write_text("mine")
    ran = convert(tmp_path / "labels")
    assert ran.code == 2
    assert "--force" in ran.err
    assert [name for name in files(tmp_path) if "state" not in name] == ["labels/mine.txt"]
    assert convert(tmp_path / "labels", "--force").code == 0
    assert (tmp_path / "labels" / "mine.txt").read_text() == "mine"


def test_what_a_former_run_left_goes(convert: Any, notes: Notes, tmp_path: Path) -> None:
    convert(tmp_path / "labels")
    before = {name for name in files(tmp_path) if name.endswith(".note")}
    notes.skipped = sorted(before)[0].removeprefix("labels/").removesuffix(".note")
    assert convert(tmp_path / "labels", "--force").code == 0
    after = {name for name in files(tmp_path) if name.endswith(".note")}
    assert before - after == {f"labels/{notes.skipped}.note"}


def test_a_manifest_cannot_point_outside(convert: Any, tmp_path: Path) -> None:
    kept = tmp_path / "kept.note"
    kept.write_text("kept")
    names = ["labels/../kept.note", "kept.note", str(kept)]
    (tmp_path / "labels.manifest.json").write_text(json.dumps({"outputs": [{"name": n} for n in names]}))
    assert convert(tmp_path / "labels", "--force").code == 0
    assert kept.read_text() == "kept"


def test_a_file_in_the_folders_place_is_refused(convert: Any, tmp_path: Path) -> None:
    (tmp_path / "labels").write_text("x")
    ran = convert(tmp_path / "labels", "--force")
    assert ran.code == 2
    assert "is a file" in ran.err


def test_one_file_holds_one_item(convert: Any, tmp_path: Path) -> None:
    ran = convert(tmp_path / "labels.note")
    assert ran.code == 1
    assert not (tmp_path / "labels.note").exists()
    assert "notes.several" in (tmp_path / "labels.report.json").read_text()
    assert convert(tmp_path / "labels.note", "--allow-loss").code in (0, 1)
    assert (tmp_path / "labels.note").is_file()
    assert convert("-", "--allow-loss").out == (tmp_path / "labels.note").read_text()


def test_the_gate_keeps_the_folder_back(convert: Any, tmp_path: Path) -> None:
    ran = convert(tmp_path / "labels", "--min-agreement", "1")
    assert ran.code == 1
    assert not (tmp_path / "labels").exists()
    assert (tmp_path / "labels.report.json").is_file()


def test_two_folders_are_compared_by_file(
    convert: Any, labelwright: Any, notes: Notes, tmp_path: Path
) -> None:
    convert(tmp_path / "a" / "labels")
    notes.skipped = json.loads((tmp_path / "a" / "labels.manifest.json").read_text())["outputs"][0]["name"]
    notes.skipped = notes.skipped.removeprefix("labels/").removesuffix(".note")
    convert(tmp_path / "b" / "labels")
    ran = labelwright(
        "diff", tmp_path / "a" / "labels.manifest.json", tmp_path / "b" / "labels.manifest.json", "--json"
    )
    assert ran.json["rows"]["removed_items"] == [f"labels/{notes.skipped}.note"], ran.out


@pytest.mark.parametrize("target", ["rttm", "srt", "vtt", "nemo", "audiofolder"])
def test_formats_of_sound_need_a_sound(labelwright: Any, target: str, tmp_path: Path) -> None:
    ran = labelwright("convert", EMAILS, "-t", "email-classification", "--to", target, "-o", tmp_path / "x")
    assert ran.code == 2
    assert "these do" in ran.err
    assert target not in ran.err.split("these do")[1]
