"""A blind share in CVAT: what was suggested for is what a report says was, or it says that nobody knows."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import predicted
import pytest
from cli_in_process import run
from cvat_double import Double, running, seeded
from cvat_double.server import TOKEN
from PIL import Image

from labelwright.contracts import HostRequest, Template
from labelwright.pipeline.opening import open_source
from labelwright.predicting.apart import Apart
from labelwright.problems import Problems
from labelwright.quality.anchoring import AnchorWatcher
from labelwright.quality.lots import Lot
from labelwright.records import Annotation, Item
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright.service.config.load import load
from labelwright_plugins.cvat.nuclio import host

MODEL = """
from labelwright.contracts import Guess
from labelwright.geometry.shapes import Box
from labelwright.records import Shape

class Finds:
    inputs = ("image",)
    kinds = ("shapes",)

    def __init__(self, asked):
        (self.control,) = asked.controls

    def predict(self, batch):
        return [self.interact(query) for query in batch]

    def interact(self, query):
        return Guess({self.control: (Shape(Box(1, 2, 3, 4), query.labels(self.control)[0]),)})
"""
RECORDINGS = Path(__file__).parents[1] / "cvat" / "recordings"
LOT = Lot(50, 3)
Pull = Callable[[str], list[Item]]


@pytest.fixture
def double() -> Iterator[Double]:
    """The double, of whose jobs nobody has done anything yet."""
    with running(seeded()) as started:
        for job in started.state.jobs.values():
            started.state.annotations[job["id"]] = {"version": 0, "tags": [], "shapes": [], "tracks": []}
            job |= {"state": "new", "stage": "annotation"}
        yield started


@pytest.fixture
def home(double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a predictor, from which the double is reached."""
    (tmp_path / "finds.py").write_text(MODEL)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p))
    monkeypatch.setenv("CVAT_URL", double.url)
    monkeypatch.setenv("CVAT_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def items(path: Path, template: Template | None = None) -> list[Item]:
    """What a report reads."""
    with open_source(str(path)) as opened:
        wanted = template or load_template(template_folders()["object-detection"])
        adapted = opened.tool.adapt(opened.source, wanted, Problems())
        return list(opened.tool.read(opened.source, adapted, Problems()))


def groups(item: Item, annotations: list[Annotation]) -> list[int]:
    """As what a report counts an item: suggested for, not suggested for, nobody can say."""
    watcher = AnchorWatcher(load_template(template_folders()["object-detection"]), LOT)
    watcher.note(item, annotations)
    return watcher.state.items


@pytest.mark.parametrize("what", ["task:1", "task:2", "task:8", "project:1"])
def test_a_report_knows_what_was_suggested_for(
    what: str, double: Double, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("prelabel", "cvat", what, "--predictor", "./finds.py:Finds", "--share", "50", "--seed", "3")
    ended, out, err = run(capsys, *line, "--json")
    assert ended == 0, err
    found = json.loads(out)
    for job in double.state.jobs.values():
        job["state"] = "completed"
    assert run(capsys, "pull", "cvat", what, "-o", str(home / "pulled"))[0] == 0
    read = [item for item in items(home / "pulled") if item.annotations]
    seen = {"written": 0, "blind": 0}
    for item in read:
        drawn = any(a.answers["objects"] for a in item.annotations)
        assert groups(item, item.annotations) == ([1, 0, 0] if drawn else [0, 1, 0]), item.key
        seen["written" if drawn else "blind"] += 1
    assert seen == {kind: found[kind] for kind in seen} and min(seen.values()) > 0


def test_a_copy_of_a_frame_has_the_lot_of_the_frame(
    double: Double, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copies = {2: 1, 3: 0, 4: 1, 5: 0}  # of a pool of two frames, of which one has suggestions
    assert [n for n in range(6) if LOT.shows(f"1/{n}")] == [0, 2, 4, 5]
    double.state.tasks[1]["validation_mode"] = "gt_pool"
    double.state.layouts[1] = {
        "mode": "gt_pool",
        "validation_frames": [0, 1],
        "disabled_frames": [],
        "honeypot_frames": list(copies),
        "honeypot_real_frames": list(copies.values()),
    }
    line = ("prelabel", "cvat", "task:1", "--predictor", "./finds.py:Finds", "--share", "50", "--seed", "3")
    assert run(capsys, *line)[0] == 0
    stored = {s["frame"] for n in (1, 2) for s in double.state.annotations[n]["shapes"]}
    assert stored == {0, 3, 5}


@pytest.mark.parametrize(
    ("name", "known"),
    [("task1_images", True), ("project_images", True), ("video_images", True), ("job_images", False)],
)
def test_an_export_tells_the_frames_by_which_lots_are_drawn_or_that_it_does_not(
    name: str, known: bool, double: Double, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del double, home
    read = items(RECORDINGS / f"{name}.xml")
    assert len(read) > 2
    for item in read:
        shown = int(not LOT.shows(item.key.item))
        assert groups(item, item.annotations) == ([1 - shown, shown, 0] if known else [0, 0, 1])
        assert not known or [part.isdecimal() for part in item.key.item.split("/")] == [True, True]


def test_films_as_a_whole_were_drawn_by_nothing() -> None:
    for name in ("task1_video", "video_video"):
        (film, *_) = items(RECORDINGS / f"{name}.xml", load_template(template_folders()["video-tracking"]))
        assert film.lot is None


# --- AI tools


@pytest.fixture
def served(home: Path) -> Iterator[Apart]:
    """A predictor that keeps a blind share."""
    template = load_template(template_folders()["object-detection"])
    apart = predicted.apart("finds.py:Finds", home, template, 30.0, lot=LOT)
    apart.start()
    yield apart
    apart.close()


def test_who_sends_an_image_alone_gets_no_lot_by_chance(served: Apart) -> None:
    made = io.BytesIO()
    Image.new("RGB", (32, 24)).save(made, "PNG")
    image = base64.b64encode(made.getvalue()).decode()

    def answered(name: str, **more: Any) -> Any:
        headers = {"x-nuclio-function-name": name}
        body = json.dumps({"image": image, **more}).encode()
        request = HostRequest("POST", "api/function_invocations", headers, body)
        return host.answer(request, {"finds": served}, {})

    refused = answered("finds")
    assert (refused.status, refused.codes) == (303, {"predictor.lot-unknown": 1})
    told = unquote_plus(refused.headers["Location"])
    assert "refused/422" in told and "suggests for 50 % of the items, drawn by lot" in told
    drawn = answered("finds.interactor", pos_points=[[2, 3]], neg_points=[], obj_bbox=None)
    assert drawn.status == 200 and b'"mask"' in drawn.body


def test_a_share_that_cannot_be_kept_is_told_before_anybody_asks(tmp_path: Path) -> None:
    (tmp_path / "finds.py").write_text(MODEL)
    path = tmp_path / "labelwright.toml"
    predictors = "".join(
        f'[predictors.{name}]\npredictor = "./finds.py:Finds"\ntemplate = "object-detection"\n{share}\n'
        for name, share in (("all", ""), ("some", "share = 80"))
    )
    path.write_text(f"{predictors}[listen.nuclio]\nport = 9010\n")
    told = [line for line in load(path).warnings if "share" in line]
    assert len(told) == 1 and "predictors.some.share" in told[0]
    assert "nuclio does not say which item it asks about" in told[0]
    path.write_text(predictors)
    assert not [line for line in load(path).warnings if "share" in line]
