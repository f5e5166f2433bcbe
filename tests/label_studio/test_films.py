"""Films: tracks whose frames count from 0, stretches in seconds, sizes that results do not tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from ls_drawing import RECORDED, lost, read_tasks

from labelwright.contracts import Control, Input, Template
from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import Keyframe, at
from labelwright.problems import Problems
from labelwright.records import Film, Item, Kind, Segment

VIDEO = {"video": Input("video")}
TRACKS = Template("t", inputs=VIDEO, controls={"videoLabels": Control(Kind.TRACKS, ["Car", "Person"])})
TIMELINE = Template("t", inputs=VIDEO, controls={"actions": Control(Kind.SEGMENTS, ["Run", "Walk"])})
ACTIONS = """<View><TimelineLabels name="actions" toName="video"><Label value="Run"/><Label value="Walk"/>
</TimelineLabels><Video name="video" value="$video" {rate}/></View>"""


def entry(frame: int, x: float, **more: Any) -> dict[str, Any]:
    return {
        "frame": frame,
        "enabled": True,
        "rotation": 0,
        "x": x,
        "y": 50,
        "width": 10,
        "height": 20,
        **more,
    }


def film(
    folder: Path, results: list[dict[str, Any]], asked: Template = TRACKS, config: str = "", **data: Any
) -> tuple[Item, Problems]:
    annotation = {"id": 5, "completed_by": 2, "result": results}
    task = {"id": 1, "data": {"video": "a.mp4", **data}, "annotations": [annotation]}
    items, problems = read_tasks(folder, [task], asked, config)
    return items[0], problems


def track(*sequence: dict[str, Any], frames: int = 50, **more: Any) -> dict[str, Any]:
    value = {"framesCount": frames, "duration": frames / 25, "sequence": list(sequence), "labels": ["Car"]}
    return {
        "id": "r",
        "from_name": "box",
        "to_name": "video",
        "type": "videorectangle",
        "value": value,
        **more,
    }


def recorded_film(folder: Path) -> tuple[list[Item], Problems]:
    tasks = msgspec.json.decode((RECORDED / "video_tracking.json").read_bytes())
    for task in tasks:  # 320 x 240 is what the recorded film was made with
        task["meta"] = {"width": 320, "height": 240}
    return read_tasks(folder, tasks, TRACKS, (RECORDED / "video_tracking.xml").read_text())


def test_recorded_tracks(tmp_path: Path) -> None:
    items, problems = recorded_film(tmp_path)
    assert not len(problems) and items[0].sizes == {"video": (320, 240)}
    assert items[0].films == {"video": Film(50, 25.0)}
    one, two = (a.answers["videoLabels"][0] for a in items[0].annotations[:2])
    assert one.label == "Car"
    assert one.keyframes == (Keyframe(0, Box(74.5, 81.0, 50.0, 49.0)),)
    assert [(k.frame, k.outside) for k in two.keyframes] == [(0, False), (24, False), (44, False), (45, True)]
    assert two.keyframes[1].geometry.x == pytest.approx(107.236488006)  # 33.51140250196211 % of 320 px


def test_without_a_size_a_track_is_lost(tmp_path: Path) -> None:
    item, problems = film(tmp_path, [track(entry(1, 10))])
    assert lost(problems) == {"label-studio.size-missing": 1}
    assert item.annotations[0].answers["videoLabels"] == ()
    assert "width and height in the data" in next(iter(problems)).remedy


def test_a_thing_that_goes_and_comes_back(tmp_path: Path) -> None:
    sequence = [entry(30, 40), entry(1, 0), entry(10, 20, enabled=False)]
    item, problems = film(tmp_path, [track(*sequence)], width=200, height=100)
    (found,) = item.annotations[0].answers["videoLabels"]
    assert [(k.frame, k.outside) for k in found.keyframes] == [
        (0, False),
        (9, False),
        (10, True),
        (29, False),
    ]
    assert not len(problems)
    item, _ = film(tmp_path, [track(entry(1, 0), entry(50, 20, enabled=False))], width=200, height=100)
    (found,) = item.annotations[0].answers["videoLabels"]
    assert [(k.frame, k.outside) for k in found.keyframes] == [(0, False), (49, False)]  # seen to the end


def test_a_turn_from_350_to_10_degrees_passes_0(tmp_path: Path) -> None:
    item, _ = film(
        tmp_path, [track(entry(1, 50, rotation=350), entry(21, 50, rotation=10))], width=200, height=100
    )
    (found,) = item.annotations[0].answers["videoLabels"]
    middle = at(found.keyframes, 10)
    assert middle is not None and isinstance(middle.geometry, Box)
    assert middle.geometry.rotation == pytest.approx(0) or middle.geometry.rotation == pytest.approx(360)
    # Label Studio's corner stands still while the box turns about it.
    assert [middle.geometry.x, middle.geometry.y] == pytest.approx([100, 50])


@pytest.mark.parametrize(
    "sequence",
    [
        [],
        [entry(0, 1)],
        [entry(1, 1), entry(1, 2)],
        [entry(1, 1) | {"frame": "1"}],
        [entry(1, 1) | {"width": 0}],
        [7],
    ],
)
def test_what_is_no_track(tmp_path: Path, sequence: list[Any]) -> None:
    _, problems = film(tmp_path, [track(*sequence)], width=200, height=100)
    assert sum(lost(problems).values()) == 1


def test_a_keyframe_after_the_last_frame_is_said(tmp_path: Path) -> None:
    _, problems = film(tmp_path, [track(entry(1, 0), entry(60, 9))], width=200, height=100)
    assert list(problems.counts) == ["label-studio.frame-outside"] and not problems.errors


def actions(*ranges: Any) -> dict[str, Any]:
    value = {"ranges": [{"start": a, "end": b} for a, b in ranges], "timelinelabels": ["Run"]}
    return {"id": "t", "from_name": "actions", "to_name": "video", "type": "timelinelabels", "value": value}


@pytest.mark.parametrize(
    ("rate", "per_second"), [('framerate="25.0"', 25), ("", 24), ('frameRate="$fps"', 10)]
)
def test_stretches_are_in_seconds(tmp_path: Path, rate: str, per_second: int) -> None:
    config = ACTIONS.format(rate=rate)
    item, problems = film(tmp_path, [actions((1, 22), (27, 50))], TIMELINE, config, fps=10)
    assert item.annotations[0].answers["actions"] == (
        Segment(0.0, 22 / per_second, "Run", id="t"),
        Segment(26 / per_second, 50 / per_second, "Run", id="t"),
    )
    assert not len(problems)


def test_stretches_that_cannot_be(tmp_path: Path) -> None:
    config = ACTIONS.format(rate="")
    item, problems = film(tmp_path, [actions((0, 5), (7, 6), (1, "x"), (2, 2))], TIMELINE, config)
    assert item.annotations[0].answers["actions"] == (Segment(1 / 24, 2 / 24, "Run", id="t"),)
    assert problems.counts == {"label-studio.range-unusable": 3}
    _, problems = film(tmp_path, [actions((1, 2))], TIMELINE)
    assert problems.counts == {"label-studio.frame-rate-missing": 1}
