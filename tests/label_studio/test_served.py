"""Several tags for one control of shapes: what serves what, drift, and templates made of a config."""

from __future__ import annotations

from pathlib import Path

import pytest
from ls_drawing import RECORDED, read, region, template

from labelwright.contracts import Control, Input, SkeletonSpec, Source, SourceControls, Template
from labelwright.pipeline.opening import open_source
from labelwright.pipeline.templates import detect, fits
from labelwright.problems import Problems, UsageError
from labelwright.records import Kind
from labelwright_plugins.label_studio import plugin
from labelwright_plugins.label_studio.config import parse_config
from labelwright_plugins.label_studio.plan import adapt, drift

IMAGE = '<Image name="image" value="$image"/>'
BOTH = f"""<View>{IMAGE}
<RectangleLabels name="objects" toName="image"><Label value="a"/><Label value="b" alias="B"/>
</RectangleLabels>
<PolygonLabels name="objects_polygon" toName="image"><Label value="a"/><Label value="c"/></PolygonLabels>
</View>"""
PEOPLE = f"""<View>{IMAGE}
<RectangleLabels name="people" toName="image"><Label value="P"/></RectangleLabels>
<KeyPointLabels name="people_joints" toName="image"><Label value="nose"/><Label value="tail"/>
</KeyPointLabels>
<Choices name="people_visibility" toName="image" perRegion="true"><Choice value="occluded"/></Choices>
</View>"""
BOX = {"x": 50, "y": 10, "width": 20, "height": 20, "rotation": 0}
POLYGON = {"points": [[0, 0], [10, 0], [10, 10]], "closed": True}


def codes(asked: Template, config: str) -> list[str]:
    return [problem.code for problem in drift(asked, parse_config(config), "config")]


@pytest.mark.parametrize("config", [BOTH, ""])
def test_tags_named_after_a_control_serve_it(tmp_path: Path, config: str) -> None:
    asked = template(labels=["a", "B", "c"], shapes=["box", "polygon"])
    asked.controls["colour"] = Control(Kind.CHOICE, ["red"], on="objects")
    results = [
        region("rectanglelabels", {**BOX, "rectanglelabels": ["B"]}),
        region("polygonlabels", {**POLYGON, "polygonlabels": ["c"]}, "objects_polygon", id="s"),
        region("choices", {**POLYGON, "choices": ["red"]}, "colour", id="s"),
    ]
    answers, _ = read(tmp_path, results, asked, config)
    assert [(s.label, s.answers) for s in answers["objects"]] == [("B", ()), ("c", (("colour", "red"),))]


def test_all_tags_of_a_control_are_compared_with_it() -> None:
    asked = template(labels=["a", "B", "c"], shapes=["box", "polygon"])
    assert codes(asked, BOTH) == []
    assert codes(template(labels=["a", "B"], shapes=["box", "polygon"]), BOTH) == [
        "label-studio.labels-drift"
    ]
    assert codes(template(labels=["a", "B", "c"], shapes=["mask"]), BOTH) == ["label-studio.shapes-drift"]
    assert codes(template("others"), BOTH) == ["label-studio.control-missing"]
    tracks = Template("t", inputs={"video": Input("video")}, controls={"objects": Control(Kind.TRACKS)})
    assert codes(tracks, BOTH) == ["label-studio.tag-unfit"] * 2
    adapted = adapt(template(labels=["a"], shapes=["mask", "box"]), parse_config(BOTH))
    assert adapted.controls["objects"].labels == ["a", "B", "c"]
    assert adapted.controls["objects"].shapes == ["box", "polygon"]


def test_the_points_of_figures_are_compared_too() -> None:
    spec = SkeletonSpec(["nose", "hand"], [["nose", "hand"]], [0.1, 0.2])
    asked = template("people", ["P"], shapes=["skeleton"], skeletons={"P": spec})
    (problem,) = drift(asked, parse_config(PEOPLE), "config")
    assert problem.code == "label-studio.labels-drift" and "tail" in problem.message
    (adapted,) = adapt(asked, parse_config(PEOPLE)).controls["people"].skeletons.values()
    assert (adapted.joints, adapted.edges, adapted.sigmas) == (["nose", "tail"], [], [])
    same = template("people", ["P"], shapes=["skeleton"], skeletons={"P": SkeletonSpec(["nose", "tail"])})
    assert codes(same, PEOPLE) == []
    boxes = PEOPLE.replace("people_", "others_")
    assert codes(same, boxes) == ["label-studio.shapes-drift"]


def inferred(config: str) -> Template:
    return plugin.infer(Source("export.json", label_config=config), Problems())


def test_a_template_is_made_of_a_config() -> None:
    made = inferred((RECORDED / "ocr.xml").read_text())
    assert {n: (c.kind, c.on) for n, c in made.controls.items()} == {
        "label": (Kind.SHAPES, ""), "transcription": (Kind.TEXT, "label"),
    }  # fmt: skip
    assert (made.example.kind, made.modality, made.inputs["image"].type) == ("none", "image", "image")
    people = inferred(PEOPLE).controls
    assert list(people) == ["people"] and people["people"].shapes == ["skeleton"]
    assert people["people"].skeletons["P"].joints == ["nose", "tail"]
    assert list(inferred(BOTH).controls) == ["objects", "objects_polygon"]  # their labels differ
    film = inferred((RECORDED / "video_tracking.xml").read_text())
    assert {n: c.kind for n, c in film.controls.items()} == {"videoLabels": Kind.TRACKS}
    sound = inferred((RECORDED / "audio_asr_diarization.xml").read_text())
    assert sound.controls["speaker"].kind is Kind.SEGMENTS
    assert sound.controls["transcription"].on == "speaker"
    words = inferred((RECORDED / "ner_relations.xml").read_text())
    assert {c.kind for c in words.controls.values()} >= {Kind.SPANS, Kind.RELATIONS}
    with pytest.raises(UsageError, match="label-config"):
        inferred("")


@pytest.mark.parametrize("name", ["bbox", "polygon", "keypoint", "ocr", "brush", "video_tracking"])
def test_a_recorded_export_needs_no_template(name: str) -> None:
    path = RECORDED / f"{name}.json"
    with open_source(str(path), label_config=path.with_suffix(".xml")) as opened:
        made = detect(opened)
        problems = Problems()
        items = list(plugin.read(opened.source, made, problems))
    assert made.name == "label-studio" and items
    known = {"label-studio.mask-edge-soft", "label-studio.size-missing"}
    assert set(problems.counts) <= known


def test_a_template_fits_with_all_tags_of_its_controls() -> None:
    asked = template("people", ["P"], shapes=["skeleton"])
    names = plugin.controls_of(Source("e", label_config=PEOPLE))
    assert fits(asked, names) and not fits(template("crowd"), names)
    assert not fits(asked, SourceControls(frozenset({"people", "mood"}), True))
    words = plugin.controls_of(Source("e", label_config=(RECORDED / "ocr.xml").read_text()))
    assert words.names == {"label", "transcription"}
    assert plugin.controls_of(Source(str(RECORDED / "ocr.json"))).names == {"label", "transcription"}


def test_a_coco_file_is_not_taken_for_a_task(tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    path.write_text('{"images": [], "annotations": [{"id": 1, "image_id": 1}], "categories": []}')
    assert plugin.recognise(Source(str(path)), path.read_bytes()) == ""
    task = b'{"id": 1, "annotations": [], "data": {}}'
    assert plugin.recognise(Source("task.json"), task) == "task"
