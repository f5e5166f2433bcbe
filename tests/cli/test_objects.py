"""Objects are counted on their way: what goes missing without a word stops the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drawings import Drawings, drawing, write_drawings

from labelwright.geometry.shapes import Box, Ellipse
from labelwright.records import Shape
from labelwright.registry import formats, tools

BOX, OTHER = Shape(Box(0, 0, 40, 40), "A"), Shape(Box(60, 0, 2, 40), "B")
ROUND = Shape(Ellipse(50, 50, 8, 6), "B")
Fake = Callable[..., Drawings]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Registers a format of shapes; ``cut``: as a tool too, whose files are read in parts."""

    def register(cut: bool = False, **how: Any) -> Drawings:
        made = Drawings(**how)
        monkeypatch.setitem(formats(), "drawings", made)
        if cut:
            monkeypatch.setitem(tools(), "drawings", made)
        return made

    return register


@pytest.fixture
def source(tmp_path: Path) -> Path:
    lines = [drawing(f"{n}.png", ("ann", (BOX, OTHER, ROUND))) for n in range(5)]
    return write_drawings(tmp_path / "in.drawings", lines)


def convert(labelwright: Any, source: Path, *more: Any) -> Any:
    out = source.parent / "out.drawings"
    told = ("--to", "drawings", "-o", out, "--allow-unmeasured", "--resamples", 0, "--json")
    return labelwright("convert", source, *told, *more)


def test_what_comes_in_goes_out_and_says_so(fake: Fake, labelwright: Any, source: Path) -> None:
    fake()
    ran = convert(labelwright, source)
    assert ran.code == 0, ran.err
    assert "made of the labels in the data" in ran.err
    leg = {"taken": 15, "given": 15, "lost": {}}
    nearly = {"count": 5, "bound": "0.5 px", "title": "An ellipse is written nearly"}
    assert ran.json["objects"] == {"read": leg, "write": leg}
    assert ran.json["approximations"] == {"drawings.ellipse-nearly": nearly}
    manifest = json.loads((source.parent / "out.manifest.json").read_text())
    assert manifest["objects"] == ran.json["objects"]
    assert manifest["approximations"] == ran.json["approximations"]
    written = (source.parent / "out.drawings").read_text().splitlines()[1:]
    assert {json.loads(line)["drawn"][0]["by"] for line in written} == {"people"}
    for name in ("out.report.md", "out.report.html"):
        told = (source.parent / name).read_text()
        assert "Objects" in told and "0.5 px" in told and "drawings.ellipse-nearly" in told


@pytest.mark.parametrize("leg", ["read", "write"])
def test_an_object_that_vanishes_stops_the_run(leg: str, fake: Fake, labelwright: Any, source: Path) -> None:
    fake(drop_read=leg == "read", drop_written=leg == "write")
    ran = convert(labelwright, source)
    assert ran.code == 1
    (said,) = (p for p in ran.json["problems"] if p["code"] == "objects.unaccounted")
    assert said["message"].startswith("5 of 15 objects") and leg in said["message"]
    assert ran.json["written"] is False and not (source.parent / "out.drawings").exists()
    assert (source.parent / "out.report.json").exists()


def test_nothing_lets_a_run_with_missing_objects_through(fake: Fake, labelwright: Any, source: Path) -> None:
    fake(drop_written=1)
    assert convert(labelwright, source, "--allow-loss", "--no-gate").code == 1
    assert not (source.parent / "out.drawings").exists()


@pytest.mark.parametrize("command", ["agreement", "report"])
def test_what_only_measures_checks_what_was_read(
    command: str, fake: Fake, labelwright: Any, source: Path, tmp_path: Path
) -> None:
    fake(drop_read=2)
    out = ("-o", tmp_path / "r.json") if command == "report" else ("--json",)
    ran = labelwright(command, source, *out, "--allow-unmeasured", "--resamples", 0)
    assert ran.code == 1
    told = json.loads((tmp_path / "r.json").read_text()) if command == "report" else ran.json
    assert told["problem_counts"]["objects.unaccounted"] == 1
    assert told["objects"]["read"] == {"taken": 15, "given": 5, "lost": {}}


def test_a_loss_needs_leave_and_is_counted(fake: Fake, labelwright: Any, source: Path) -> None:
    fake(least=10.0)
    ran = convert(labelwright, source)
    assert ran.code == 1 and not (source.parent / "out.drawings").exists()
    assert ran.json["objects"]["write"] == {"taken": 15, "given": 10, "lost": {"drawings.too-small": 5}}
    ran = convert(labelwright, source, "--allow-loss", "--force")
    assert ran.code == 0 and (source.parent / "out.drawings").exists()
    assert "objects.unaccounted" not in ran.json["problem_counts"]


def test_parts_add_up_to_the_whole(fake: Fake, labelwright: Any, source: Path) -> None:
    fake(cut=True, least=10.0)
    template = ("--allow-loss", "--force")
    whole = convert(labelwright, source, *template)
    assert convert(labelwright, source, *template, "--jobs", 3).json == whole.json
    assert whole.json["objects"]["read"]["taken"] == 15
    fake(cut=True, drop_read=1)
    ran = convert(labelwright, source, *template, "--jobs", 3)
    assert ran.code == 1 and ran.json["objects"]["read"] == {"taken": 15, "given": 10, "lost": {}}


def test_answers_can_go_into_a_tool_as_predictions(fake: Fake, labelwright: Any, source: Path) -> None:
    fake()
    assert convert(labelwright, source, "--predictions").code == 0
    written = (source.parent / "out.drawings").read_text().splitlines()[1:]
    assert {json.loads(line)["drawn"][0]["by"] for line in written} == {"model"}


def test_two_objects_of_each_kind_of_answer_are_told_in_a_terminal(
    fake: Fake, labelwright: Any, source: Path
) -> None:
    fake(least=10.0)
    out = source.parent / "out.drawings"
    ran = labelwright(
        "convert", source, "--to", "drawings", "-o", out, "--allow-unmeasured", "--resamples", 0
    )
    assert "Objects" in ran.err and "5 lost when written: A shape is too small for the file" in ran.err
    assert "5 nearly, off by at most 0.5 px" in ran.err
