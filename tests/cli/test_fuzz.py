"""Whatever is wrong with an export: no crash, and every item and every loss is accounted for."""

from __future__ import annotations

import contextlib
import copy
import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelwright.cli.main import run
from labelwright.examples import NONE
from labelwright.records import Kind
from labelwright.registry import template_folders
from labelwright.render.load import load_template

TASKS = 6
FOLDERS = template_folders()
# What the answers of each kind of example are written as; those that are none, as a table.
WRITTEN = {
    "chat": "openai",
    "preference": "openai-dpo",
    "ranking": "trl-preference",
    "rated": "trl-unpaired",
    NONE: "csv",
}
TEMPLATES = {n: load_template(f) for n, f in FOLDERS.items() if (f / "export.json").is_file()}
DRAWN = [
    n for n, t in TEMPLATES.items() if {c.kind for c in t.controls.values()} & {Kind.SHAPES, Kind.TRACKS}
]
GROUNDED = [n for n, t in TEMPLATES.items() if t.example.kind == "grounded"]
WAYS = ["openai --boxes=qwen2.5-vl", "ionos --boxes=kosmos-2", "sharegpt --boxes=molmo", "ms-swift", "vi"]
KINDS = {n: t.example.kind for n, t in TEMPLATES.items()}
TARGETS = {n: "coco" if n in DRAWN else WRITTEN[kind] for n, kind in KINDS.items()}
EXPORTS = {n: (FOLDERS[n] / "export.json").read_text(encoding="utf-8") for n in TEMPLATES}
ODD = st.sampled_from(
    [None, 0, -1, 1.5, True, "", "x", "12", "😀 a", [], {}, ["a"], [None], {"a": 1}, [[1]], 10**9, 10**20]
)
# (which node, what to do with it, another node, an odd value)
MUTATIONS = st.lists(
    st.tuples(st.floats(0, 0.999), st.sampled_from("drce"), st.floats(0, 0.999), ODD), min_size=1, max_size=5
)


def _nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _nodes(value[key])


def _mutate(tasks: list[Any], mutations: list[tuple[float, str, float, Any]]) -> None:
    """Delete, replace, copy or exchange parts of an export."""
    for at, action, other, odd in mutations:
        nodes = list(_nodes(tasks))
        if not nodes:
            return
        holder, key = nodes[int(at * len(nodes))]
        from_holder, from_key = nodes[int(other * len(nodes))]
        if action == "d":
            del holder[key]
        elif action == "r":
            holder[key] = copy.deepcopy(odd)
        elif action == "c":
            holder[key] = copy.deepcopy(from_holder[from_key])
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))


def _convert(tasks: list[Any], template: str, folder: Path, *more: str) -> tuple[int, str, Any]:
    export, target = folder / "export.json", folder / "out" / "train.jsonl"
    export.write_text(json.dumps(tasks), encoding="utf-8")
    said = io.StringIO()
    arguments = ["convert", str(export), "-t", template, "--to", TARGETS[template]]
    arguments += ["-o", str(target), "--force", "--no-gate", "--resamples", "0", *more]
    with (
        mock.patch.dict(os.environ, {"LABELWRIGHT_STATE": str(folder / "state")}),
        contextlib.redirect_stderr(said),
    ):
        code = run(arguments)
    report = folder / "out" / "train.report.json"
    return code, said.getvalue(), json.loads(report.read_text()) if report.exists() else None


def _rows(path: Path, target: str) -> int:
    if target != "csv":
        return path.read_bytes().count(b"\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _balanced(tasks: list[Any], report: Any, rows: int, several: bool = False) -> None:
    """Every item and row is accounted for; ``several``: an item may give more rows than one."""
    counts, problems = report["counts"], report["problem_counts"]
    left_out = problems.get("label-studio.task-duplicate", 0) + problems.get(
        "label-studio.task-unreadable", 0
    )
    assert len(tasks) == counts["items"] + left_out
    kept = sum(
        counts[k] for k in ("examples", "gold", "rejected", "tied", "unrendered", "refused", "left_out")
    )
    assert counts["annotated"] <= kept if several else counts["annotated"] == kept
    assert counts["left_out"] == sum(n for c, n in problems.items() if c.startswith("preference."))
    assert counts["gold"] == problems.get("gold.held-out", 0)
    assert rows == counts["examples"] == sum(report["splits"].values())
    assert counts["unrendered"] == sum(n for c, n in problems.items() if c.startswith("render."))
    assert counts["tied"] <= problems.get("consensus.tie", 0)
    if counts["refused"]:
        assert any(
            c.startswith(("row.", "chat.", "openai.", "target.", "media.", "image.")) for c in problems
        ), problems


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.sampled_from(sorted(set(EXPORTS) - set(DRAWN))), MUTATIONS, st.booleans())
def test_a_broken_export_is_accounted_for(
    template: str, mutations: list[tuple[float, str, float, Any]], split: bool
) -> None:
    tasks = json.loads(EXPORTS[template])[:TASKS]
    _mutate(tasks, mutations)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code, said, report = _convert(tasks, template, folder, *(["--split", "50/50"] if split else []))
        assert code in (0, 1), said
        assert "Traceback" not in said
        if report is None:
            assert code == 1
            return
        files = [folder / "out" / n for n in ("train.jsonl", "train.validation.jsonl")]
        rows = sum(_rows(f, TARGETS[template]) for f in files if f.exists())
        _balanced(tasks, report, rows, several=KINDS[template] == "ranking")


def test_the_balance_sees_a_loss() -> None:
    tasks = json.loads(EXPORTS["email-classification"])[:TASKS]
    tasks.append(copy.deepcopy(tasks[0]))
    tasks.append({"id": 99, "data": 5})
    tasks.append({"id": 100, "data": {"text": None}, "annotations": tasks[0]["annotations"][:0]})
    del tasks[1]["data"]["text"]
    with tempfile.TemporaryDirectory() as name:
        code, _, report = _convert(tasks, "email-classification", Path(name))
        assert code == 1
        assert report["problem_counts"]["label-studio.task-duplicate"] == 1
        assert report["problem_counts"]["label-studio.task-unreadable"] == 1
        assert report["counts"]["unrendered"] == 1
        _balanced(tasks, report, report["counts"]["examples"])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.sampled_from(DRAWN), MUTATIONS)
def test_every_object_of_a_broken_export_is_accounted_for(
    template: str, mutations: list[tuple[float, str, float, Any]]
) -> None:
    tasks = json.loads(EXPORTS[template])[:TASKS]
    _mutate(tasks, mutations)
    with tempfile.TemporaryDirectory() as name:
        code, said, report = _convert(tasks, template, Path(name), "--allow-loss")
        assert code in (0, 1), said
        assert "Traceback" not in said
        for book in (report["objects"] if report else {}).values():
            assert book["taken"] == book["given"] + sum(book["lost"].values())
        assert "objects.unaccounted" not in (report["problem_counts"] if report else {})


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.sampled_from(GROUNDED), st.sampled_from(WAYS), MUTATIONS)
def test_every_place_of_a_broken_export_is_in_a_row_or_lost_by_code(
    template: str, way: str, mutations: list[tuple[float, str, float, Any]]
) -> None:
    tasks = json.loads(EXPORTS[template])[:TASKS]
    _mutate(tasks, mutations)
    with tempfile.TemporaryDirectory() as name:
        target, *more = way.split()
        media = f"--media={FOLDERS[template] / 'media'}"
        code, said, report = _convert(
            tasks, template, Path(name), "--to", target, media, "--allow-loss", *more
        )
        assert code in (0, 1), said
        assert "Traceback" not in said
        for book in (report["objects"] if report else {}).values():
            assert book["taken"] == book["given"] + sum(book["lost"].values()) and book["given"] >= 0
        assert not {"objects.unaccounted", "objects.not-found-again"} & set(
            report["problem_counts"] if report else ()
        )
