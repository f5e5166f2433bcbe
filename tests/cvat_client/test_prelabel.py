"""Frames of CVAT get shapes and tags of a predictor: beside what people drew, once, in open jobs alone."""

from __future__ import annotations

import copy
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_in_process import run
from cvat_double import Double
from cvat_double.server import TOKEN

from labelwright.geometry.shapes import Box, Cuboid, Ellipse, Geometry, Mask, Points, Polygon, Polyline
from labelwright.pipeline.opening import open_source
from labelwright.problems import Problems
from labelwright.quality.lots import Lot, name_of
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright_plugins.cvat.geometry import from_api
from labelwright_plugins.cvat.rows import plain

MODEL = '''
from labelwright.contracts import Guess
from labelwright.geometry.shapes import Box
from labelwright.records import Shape

class Finder:
    """Finds a car on every image, rain on some, and fails on one."""

    inputs = ("image",)
    kinds = ("shapes", "choice", "choices")

    def __init__(self, asked):
        self.image = asked.inputs[0]
        self.drawn = [c for c in asked.controls if asked.template.controls[c].kind == "shapes"]
        self.tags = [c for c in asked.controls if c not in self.drawn]

    def predict(self, batch):
        return [self.one(query) for query in batch]

    def one(self, query):
        name = query.item.inputs[self.image]
        if name.endswith("3.jpg"):
            raise ValueError(name)
        if name.endswith("5.jpg"):
            return Guess({})
        shapes = (Shape(Box(1.5, 2, 30, 40, 10), "Car", score=0.75), Shape(Box(1, 1, 2, 2), "sofa"))
        answers = {self.drawn[0]: shapes}
        return Guess(answers)
'''
Prelabel = Callable[..., dict[str, Any]]


@pytest.fixture
def prelabel(
    double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Prelabel:
    (tmp_path / "finder.py").write_text(MODEL)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p))
    monkeypatch.setenv("CVAT_URL", double.url)
    monkeypatch.setenv("CVAT_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def command(*more: str, code: int = 0) -> dict[str, Any]:
        line = ("prelabel", "cvat", *more, "--predictor", "./finder.py:Finder", "--json")
        ended, out, err = run(capsys, *line)
        assert ended == code, out + err
        return dict(json.loads(out)) | {"said": err}

    return command


def autos(double: Double, job: int) -> list[tuple[int, str, Any]]:
    """Frame, kind and score of what is of source auto in a job."""
    found = double.state.annotations[job]["shapes"]
    return [(s["frame"], s["type"], s.get("score")) for s in found if s["source"] == "auto"]


def test_open_jobs_get_shapes_once_and_nothing_of_anybodys_is_touched(
    double: Double, prelabel: Prelabel
) -> None:
    before = {n: copy.deepcopy(a) for n, a in double.state.annotations.items()}
    sides = {
        n: (j["start_frame"], j["stop_frame"]) for n, j in double.state.jobs.items() if j["task_id"] == 1
    }
    there = {n: autos(double, n) for n in sides}
    frames = {frame for found in there.values() for frame, _, _ in found}
    written = set(range(6)) - frames - {3, 5}
    found = prelabel("task:1", code=1)
    assert (found["items"], found["written"], found["present"]) == (6, len(written), len(frames))
    assert (found["failed"], found["empty"], found["codes"]["predictor.label-unknown"]) == (
        1,
        1,
        len(written),
    )
    for job, (first, last) in sides.items():
        new = [(n, "rectangle", 0.75) for n in range(first, last + 1) if n in written]
        assert sorted(autos(double, job)) == sorted([*there[job], *new])
        for kind in ("shapes", "tags", "tracks"):
            kept = double.state.annotations[job][kind][: len(before[job][kind])]
            assert kept == before[job][kind]
    stored = copy.deepcopy(double.state.annotations)
    again = prelabel("task:1", code=1)
    assert (again["written"], again["present"], again["empty"]) == (0, len(frames | written), 1)
    assert double.state.annotations == stored
    made = stored[min(sides)]["shapes"][-1]
    assert from_api(made["type"], made["points"], made["rotation"]) == Box(1.5, 2, 30, 40, 10)


def test_jobs_that_are_done_or_reviewed_get_nothing(double: Double, prelabel: Prelabel) -> None:
    for job in double.state.jobs.values():
        job["state"] = "completed" if job["id"] % 2 else "new"
        job["stage"] = "annotation" if job["id"] % 2 else "validation"
    found = prelabel("task:1")
    assert (found["written"], found["closed"]) == (0, 6) and double.count("PATCH") == 0


def test_a_run_that_is_cut_off_writes_nothing_twice(double: Double, prelabel: Prelabel) -> None:
    there = {n for n, _, _ in autos(double, 1)}
    double.fail("PATCH .*annotations", (500, {"detail": "gone"}, {}), 1)
    found = prelabel("task:1", code=1)
    assert found["codes"]["cvat.server-error"] == 1 and found["failed"] == 2
    made = [frame for frame, _, _ in autos(double, 1) if frame not in there]
    prelabel("task:1", code=1)
    again = [frame for frame, _, _ in autos(double, 1) if frame not in there]
    assert len(again) == len(set(again)) == len(made) + 1


def test_what_one_job_got_counts_for_no_other_and_what_somebody_removed_stays_away(
    double: Double, prelabel: Prelabel
) -> None:
    jobs = {n: j for n, j in double.state.jobs.items() if j["task_id"] == 8}
    replicas = [n for n, j in jobs.items() if j["parent_job_id"]][:2]
    for job in replicas:
        double.state.annotations[job] = {"version": 0, "tags": [], "shapes": [], "tracks": []}
        double.state.jobs[job] |= {"state": "new", "stage": "annotation"}
    one, other = (f"job:{n}" for n in replicas)
    first = prelabel(one)
    assert first["written"] > 0 and first["present"] == 0
    second = prelabel(other)
    assert (second["written"], second["present"]) == (first["written"], 0)
    assert autos(double, replicas[0]) == autos(double, replicas[1]) != []
    del double.state.annotations[replicas[0]]["shapes"][0]
    again = prelabel(one)
    assert (again["written"], again["present"]) == (0, first["written"])


def test_answered_frames_and_a_blind_share_are_left_out(double: Double, prelabel: Prelabel) -> None:
    drawn = {s["frame"] for s in double.state.annotations[1]["shapes"]}
    found = prelabel("job:1", "--only-unlabelled", code=0)
    assert found["answered"] >= len(drawn) > 0
    found = prelabel("task:1", "--share", "0")
    assert found["written"] == 0 and found["blind"] + found["present"] == 6


def test_what_cvat_cannot_do_is_said(prelabel: Prelabel, double: Double) -> None:
    assert "--replace is not for CVAT" in prelabel("task:1", "--replace", code=2)["said"]
    del double


@pytest.mark.parametrize(
    "geometry",
    [
        Box(1.25, 2.5, 30.125, 4, 350),
        Ellipse(10, 20, 5, 6, 30),
        Polygon.of(((0, 0), (10, 0), (5, 5))),
        Polyline(((0, 0), (10, 0.5))),
        Points(((3, 4),)),
        Mask(1, 2, 3, 2, (1, 4, 1)),
        Cuboid(tuple((float(n), n + 0.5) for n in range(8))),
    ],
)
def test_geometry_comes_back_as_it_was(geometry: Geometry) -> None:
    (row,) = plain(geometry)
    assert from_api(row.type, row.points, getattr(geometry, "rotation", 0.0)) == geometry


def test_the_lot_of_a_frame_is_the_same_in_what_is_pulled(
    double: Double, prelabel: Prelabel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for job in double.state.jobs.values():
        if job["task_id"] == 1:
            double.state.annotations[job["id"]]["shapes"] = []
            double.state.annotations[job["id"]]["tags"] = []
    found = prelabel("task:1", "--share", "60", "--seed", "29")
    assert (found["blind"], found["written"], found["empty"]) == (3, 2, 1)
    suggested = {
        frame for n, j in double.state.jobs.items() if j["task_id"] == 1 for frame, _, _ in autos(double, n)
    }
    assert run(capsys, "pull", "cvat", "task:1", "-o", str(tmp_path / "pulled"))[0] == 0
    with open_source(str(tmp_path / "pulled")) as opened:
        template = opened.tool.adapt(
            opened.source, load_template(template_folders()["object-detection"]), Problems()
        )
        names = {
            int(i.key.item.rpartition("/")[2]): name_of(i)
            for i in opened.tool.read(opened.source, template, Problems())
        }
    lot = Lot(60, 29)
    assert suggested == {n for n, name in names.items() if lot.shows(name)} - {5} == {0, 1}
