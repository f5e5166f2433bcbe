"""Places in images are counted on their way into training rows: all are written, or lost by a code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelwright.dialects.ms_swift import MsSwift
from labelwright.dialects.vi import Vi
from labelwright.examples import Grounding
from labelwright.groundings._inline import Inline
from labelwright.groundings._json_list import JsonList
from labelwright.groundings._placed import Placed
from labelwright.registry import groundings, template_folders
from labelwright.render.grounded import GroundedTarget

FOLDERS = template_folders()
NOTATIONS = sorted(groundings())
WAYS = [
    *(("ionos", f"--boxes={name}") for name in NOTATIONS),
    *(("openai", ""), ("ms-swift", ""), ("ms-swift", "--boxes=qwen3-vl"), ("sharegpt", "--boxes=internvl")),
]
Converts = Callable[..., Any]


def drawn(name: str) -> int:
    """The boxes of an export, as the file itself lists them."""
    tasks = json.loads((FOLDERS[name] / "export.json").read_text("utf-8"))
    results = [r for t in tasks for a in t["annotations"] for r in a["result"]]
    return sum(r["type"] == "rectanglelabels" for r in results)


@pytest.fixture
def convert(labelwright: Any, tmp_path: Path) -> Converts:
    """Convert a template's own export with its images: the run."""

    def run(name: str, target: str, *more: Any, out: str = "train.jsonl") -> Any:
        folder = FOLDERS[name]
        export = more[0] if more and isinstance(more[0], Path) else folder / "export.json"
        told = ["convert", export, "-t", name, "--label-config", folder / "label_studio.xml", "--to", target]
        told += ["-o", tmp_path / out, "--no-gate", "--resamples", 0, "--json", "--force"]
        return labelwright(*told, "--media", folder / "media", *(m for m in more if m and m != export))

    return run


def holds_json(way: str) -> bool:
    """Whether places are written as a JSON list, or as objects of the row."""
    name = way.removeprefix("--boxes=")
    return name not in groundings() or isinstance(groundings()[name], JsonList)


def balanced(leg: Any) -> bool:
    return bool(leg["taken"] == leg["given"] + sum(leg["lost"].values()))


@pytest.mark.parametrize(("target", "boxes"), WAYS, ids=lambda way: way.removeprefix("--boxes="))
@pytest.mark.parametrize("name", ["defect-detection", "phrase-grounding"])
def test_every_box_is_in_a_row_or_lost_by_code(
    name: str, target: str, boxes: str, convert: Converts, tmp_path: Path
) -> None:
    ran = convert(name, target, boxes, "--allow-loss")
    report = ran.json
    legs = report["objects"]
    assert "objects.unaccounted" not in report["problem_counts"]
    assert legs["read"]["given"] == legs["read"]["taken"] == drawn(name)
    assert balanced(legs["write"]) and legs["write"]["taken"] > 0
    if name == "defect-detection" and not holds_json(boxes or target):  # asks for JSON and nothing else
        assert legs["write"]["lost"] == {"target.json-invalid": legs["write"]["taken"]}
    else:
        assert legs["write"]["lost"] == {}
    if legs["write"]["given"]:
        manifest = json.loads((tmp_path / "train.manifest.json").read_text())
        assert manifest["objects"] == legs


@pytest.mark.parametrize("name", ["defect-detection", "phrase-grounding"])
def test_all_notations_are_given_the_same_boxes(name: str, convert: Converts) -> None:
    legs = [convert(name, target, boxes, "--allow-loss").json["objects"]["write"] for target, boxes in WAYS]
    assert len({leg["taken"] for leg in legs}) == 1


def test_a_data_set_folder_of_vi_holds_every_box(convert: Converts, tmp_path: Path) -> None:
    ran = convert("phrase-grounding", "vi", out="set")
    assert ran.code == 0, ran.err
    leg = ran.json["objects"]["write"]
    lines = [json.loads(p.read_text("utf-8")) for p in (tmp_path / "set").rglob("annotations/*.jsonl")]
    phrases = [phrase for line in lines for phrase in line["contents"]["groundedPhrases"]]
    assert leg == {"taken": sum(len(p["bounds"]) for p in phrases), "given": leg["taken"], "lost": {}}
    assert leg["taken"] > 0


def test_the_reports_show_what_was_written(convert: Converts, tmp_path: Path) -> None:
    leg = convert("defect-detection", "ionos").json["objects"]["write"]
    told = (tmp_path / "train.report.md").read_text("utf-8")
    (line,) = (row for row in told.splitlines() if row.startswith("| written "))
    assert [cell.strip() for cell in line.split("|")[1:-1]] == [
        "written",
        f"{leg['taken']}",
        f"{leg['given']}",
        "0",
    ]
    page = (tmp_path / "train.report.html").read_text("utf-8")
    assert page.index("Objects") < page.index("written</t")


# --- what is lost ------------------------------------------------------------------------------


def changed(name: str, folder: Path, change: Callable[[list[Any]], None]) -> Path:
    """The export of a template, changed."""
    tasks = json.loads((FOLDERS[name] / "export.json").read_text("utf-8"))
    change(tasks)
    path = folder / "export.json"
    path.write_text(json.dumps(tasks), "utf-8")
    return path


def boxes_of(task: Any) -> int:
    """The boxes of the annotator whose answers stand."""
    return sum(r["type"] == "rectanglelabels" for r in task["annotations"][0]["result"])


def alone(tasks: list[Any]) -> None:
    """Keep the first annotator of the first three tasks in which anything is drawn."""
    tasks[:] = [t for t in tasks if boxes_of(t)][:3]
    for task in tasks:
        del task["annotations"][1:]


@pytest.mark.parametrize("target", ["ionos", "ms-swift", "vi"])
def test_an_image_that_is_missing_costs_its_boxes(target: str, convert: Converts, tmp_path: Path) -> None:
    def lose_file(tasks: list[Any]) -> None:
        alone(tasks)
        tasks[1]["data"]["image"] = "nowhere.png"

    export = changed("phrase-grounding", tmp_path, lose_file)
    report = convert("phrase-grounding", target, export).json
    counts = [boxes_of(task) for task in json.loads(export.read_text("utf-8"))]
    leg = report["objects"]["write"]
    ((code, lost),) = leg["lost"].items()
    assert code.startswith("media.") and report["problem_counts"][code] == 1
    assert (leg["taken"], leg["given"], lost) == (sum(counts), counts[0] + counts[2], counts[1])


def test_a_row_that_is_refused_costs_its_boxes(convert: Converts, tmp_path: Path) -> None:
    def overlap(tasks: list[Any]) -> None:
        alone(tasks)
        one, other = [r for r in tasks[0]["annotations"][0]["result"] if r["from_name"] == "phrase"][:2]
        other["value"]["text"] = [one["value"]["text"][0].partition(" ")[2]]

    export = changed("phrase-grounding", tmp_path, overlap)
    report = convert("phrase-grounding", "ms-swift", export).json
    first, *rest = (boxes_of(task) for task in json.loads(export.read_text("utf-8")))
    assert report["objects"]["write"] == {
        "taken": first + sum(rest),
        "given": sum(rest),
        "lost": {"row.phrases-overlap": first},
    }


def test_an_answer_that_cannot_be_shown_costs_its_boxes(convert: Converts, tmp_path: Path) -> None:
    def misquote(tasks: list[Any]) -> None:
        alone(tasks)
        phrases = [r for r in tasks[0]["annotations"][0]["result"] if r["from_name"] == "phrase"]
        phrases[0]["value"]["text"] = ["no such words"]

    export = changed("phrase-grounding", tmp_path, misquote)
    report = convert("phrase-grounding", "ionos", export).json
    first, *rest = (boxes_of(task) for task in json.loads(export.read_text("utf-8")))
    assert report["objects"]["write"] == {
        "taken": first + sum(rest),
        "given": sum(rest),
        "lost": {"render.phrase-missing": first},
    }
    assert report["problem_counts"]["render.phrase-missing"] == 1


def test_a_notation_that_has_no_words_for_nothing_loses_nothing_more(
    convert: Converts, tmp_path: Path
) -> None:
    report = convert("defect-detection", "ionos", "--boxes=internvl", "--allow-loss").json
    leg = report["objects"]["write"]
    assert report["problem_counts"]["grounding.nothing"] > 0
    assert "grounding.nothing" not in leg["lost"] and balanced(leg)


# --- what breaks -------------------------------------------------------------------------------


def json_drops(patch: pytest.MonkeyPatch) -> None:
    """The last thing of a list is never written."""
    whole = JsonList._text

    def cut(self: Any, placed: list[Any], grounding: Grounding, placer: Any) -> str:
        return whole(self, placed[:-1], grounding, placer)

    patch.setattr(JsonList, "_text", cut)


def inline_drops(patch: pytest.MonkeyPatch) -> None:
    """The first phrase of a caption is written as words alone."""
    whole = Inline._caption

    def cut(self: Any, placed: list[Any], caption: str, placer: Any) -> str:
        return whole(self, placed[1:], caption, placer)

    patch.setattr(Inline, "_caption", cut)


def swift_drops(patch: pytest.MonkeyPatch) -> None:
    """The first object of a row loses its mark in the text and its box."""
    whole = MsSwift.row

    def cut(self: Any, example: Any) -> Any:
        row = whole(self, example)
        row["messages"][-1]["content"] = row["messages"][-1]["content"].replace("<ref-object><bbox>", "", 1)
        for key in ("ref", "bbox"):
            del row["objects"][key][0]
        return row

    patch.setattr(MsSwift, "row", cut)


def vi_drops(patch: pytest.MonkeyPatch) -> None:
    """The last phrase of a caption is left out."""
    whole = Vi.row

    def cut(self: Any, example: Any) -> Any:
        row = whole(self, example)
        del row["contents"]["groundedPhrases"][-1]
        return row

    patch.setattr(Vi, "row", cut)


def unreadable(patch: pytest.MonkeyPatch) -> None:
    """A text that its own notation cannot read."""
    whole = JsonList._text
    patch.setattr(JsonList, "_text", lambda *told: whole(*told).replace("[", "(", 1))


def doubles(patch: pytest.MonkeyPatch) -> None:
    """Everything twice: no row may make up for what another lacks."""
    whole = JsonList._text
    patch.setattr(JsonList, "_text", lambda self, placed, *told: whole(self, placed * 2, *told))


def json_moves(patch: pytest.MonkeyPatch) -> None:
    """The last number of the first box is three steps too small."""
    whole = JsonList._entries

    def moved(self: Any, thing: Any, *told: Any) -> Any:
        for number, entry in enumerate(whole(self, thing, *told)):
            key = self.key
            yield entry if number else {**entry, key: [*entry[key][:-1], entry[key][-1] - 3]}

    patch.setattr(JsonList, "_entries", moved)


def json_repeats(patch: pytest.MonkeyPatch) -> None:
    """The first thing of a list is written once more in place of the last."""
    whole = JsonList._text
    patch.setattr(
        JsonList, "_text", lambda self, placed, *told: whole(self, [*placed[:-1], placed[0]], *told)
    )


def inline_swaps(patch: pytest.MonkeyPatch) -> None:
    """The first two phrases change places with each other: no box is gone, and two are wrong."""
    whole = Inline._caption

    def swapped(self: Any, placed: list[Any], caption: str, placer: Any) -> str:
        placed[0].places, placed[1].places = placed[1].places, placed[0].places
        return whole(self, placed, caption, placer)

    patch.setattr(Inline, "_caption", swapped)


def swift_swaps(patch: pytest.MonkeyPatch) -> None:
    """The boxes of a row are in another order than the labels."""
    whole = MsSwift.row

    def swapped(self: Any, example: Any) -> Any:
        row = whole(self, example)
        row["objects"]["bbox"].reverse()
        return row

    patch.setattr(MsSwift, "row", swapped)


def vi_squeezes(patch: pytest.MonkeyPatch) -> None:
    """Boxes are fractions of another height."""
    whole = Vi.row

    def squeezed(self: Any, example: Any) -> Any:
        row = whole(self, example)
        for phrase in row["contents"]["groundedPhrases"]:
            phrase["bounds"] = [[x1, y1 / 2, x2, y2 / 2] for x1, y1, x2, y2 in phrase["bounds"]]
        return row

    patch.setattr(Vi, "row", squeezed)


def renderer_drops(patch: pytest.MonkeyPatch) -> None:
    """The last shape of an answer never gets into the example."""
    whole = GroundedTarget._phrases
    patch.setattr(GroundedTarget, "_phrases", lambda self, text, held: whole(self, text, held[:-1]))


@pytest.mark.parametrize(
    ("breaks", "target", "boxes", "kept"),
    [
        (json_moves, "openai", "--boxes=qwen3-vl", None),
        (json_moves, "openai", "--boxes=box_2d:order=xy,scale=pixels", None),
        (json_repeats, "openai", "--boxes=gemini", None),
        (inline_swaps, "ionos", "--boxes=kosmos-2", None),
        (inline_swaps, "sharegpt", "--boxes=molmo", None),
        (swift_swaps, "ms-swift", "", None),
        (vi_squeezes, "vi", "", None),
        (renderer_drops, "ionos", "--boxes=internvl", True),
        (renderer_drops, "ms-swift", "", True),
        (json_drops, "openai", "--boxes=box_2d", True),
        (inline_drops, "ionos", "--boxes=kosmos-2", True),
        (swift_drops, "ms-swift", "", True),
        (vi_drops, "vi", "", True),
        (unreadable, "openai", "--boxes=qwen3-vl", False),
        (doubles, "openai", "--boxes=gemini", False),
    ],
)
def test_a_box_that_vanishes_or_moves_without_a_word_stops_the_run(
    breaks: Any,
    target: str,
    boxes: str,
    kept: bool | None,
    convert: Converts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    breaks(monkeypatch)
    export = changed("phrase-grounding", tmp_path, alone)
    ran = convert("phrase-grounding", target, export, boxes, "--allow-loss")
    assert ran.code == 1 and ran.json["written"] is False and not (tmp_path / "train.jsonl").exists()
    leg = ran.json["objects"]["write"]
    missing = leg["taken"] - leg["given"] - sum(leg["lost"].values())
    assert leg["given"] >= 0 and missing >= 3  # one at least of each of three rows
    assert kept is None or (leg["given"] > 0) is kept
    assert ran.json["problem_counts"]["objects.not-found-again"] == 3
    assert all(p["remedy"] for p in ran.json["problems"] if p["code"] == "objects.not-found-again")
    (said,) = (p for p in ran.json["problems"] if p["code"] == "objects.unaccounted")
    assert said["message"].startswith(f"{missing} of {leg['taken']} objects") and "write" in said["message"]


def test_a_box_that_nobody_drew_stops_the_run(
    convert: Converts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = JsonList._text

    def invented(self: Any, placed: list[Any], *told: Any) -> str:
        return whole(self, placed or [Placed("dent", [(1, 1, 5, 5)])], *told)

    monkeypatch.setattr(JsonList, "_text", invented)
    ran = convert("defect-detection", "openai", "--boxes=gemini", "--allow-loss")
    assert ran.code == 1 and ran.json["written"] is False
    leg = ran.json["objects"]["write"]
    assert leg["taken"] == leg["given"] > 0 and leg["lost"] == {}  # nothing is missing: there is too much
    assert ran.json["problem_counts"]["objects.not-found-again"] > 0
