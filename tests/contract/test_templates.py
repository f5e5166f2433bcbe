"""Every installed template keeps the promises of a template's folder. A new folder needs no new test."""

import io
import json
import re
import wave
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator
from sounds import sounds
from tests_support import expected_files, files_below

from labelwright.contracts import Control, Template
from labelwright.examples import reachable
from labelwright.records import Kind
from labelwright.registry import dialects, formats, template_folders
from labelwright.render.load import load_template

TAG_OF: dict[Kind, str | tuple[str, ...]] = {
    Kind.CHOICE: "Choices",
    Kind.CHOICES: "Choices",
    Kind.TAXONOMY: "Taxonomy",
    Kind.RATING: "Rating",
    Kind.NUMBER: "Number",
    Kind.DATE: "DateTime",
    Kind.TEXT: "TextArea",
    Kind.SPANS: "Labels",
    Kind.RELATIONS: "Relations",
    Kind.TURNS: "ParagraphLabels",
    Kind.PREFERENCE: ("Choices", "Pairwise"),
    Kind.RANKING: "Ranker",
    Kind.SEGMENTS: ("Labels", "TimelineLabels"),
    Kind.TRANSCRIPT: "TextArea",
}
DRAWN = {Kind.SHAPES, Kind.TRACKS}
# The tags that serve a control that is drawn, by shape and by what follows the control's name in theirs.
DRAWN_BY: dict[tuple[Kind, str], dict[str, str]] = {
    (Kind.SHAPES, "box"): {"": "RectangleLabels"},
    (Kind.SHAPES, "ellipse"): {"": "EllipseLabels"},
    (Kind.SHAPES, "polygon"): {"": "PolygonLabels"},
    (Kind.SHAPES, "mask"): {"": "BrushLabels"},
    (Kind.SHAPES, "skeleton"): {
        "": "RectangleLabels",
        "_joints": "KeyPointLabels",
        "_visibility": "Choices",
    },
    (Kind.TRACKS, "box"): {"": "VideoRectangle", "_labels": "Labels"},
}
OBJECT_OF = {
    "text": "Text",
    "dialogue": "Paragraphs",
    "image": "Image",
    "audio": "Audio",
    "video": "Video",
    "json": "List",
}
# The server takes these tags, the open-source page cannot show them.
NOT_SHOWN = {"Chat", "OcrLabels", "ReactCode", "CustomInterface"}
# Tags that cannot insist on an answer: only the template can.
NEVER_REQUIRED = {"Pairwise", "Ranker"}
FILLED = ("duration",)  # inputs that an install fills in
MEDIA = {"audio", "image", "video"}
UPLOADED = re.compile(r"/data/upload/\d+/[0-9a-f]{8}-[0-9a-f]{16}-")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
FOLDERS = template_folders()
NAMES = pytest.mark.parametrize("name", FOLDERS)
# Label Studio cannot draw everything: what it cannot has a page of another tool alone.
PAGES = pytest.mark.parametrize("name", [n for n, f in FOLDERS.items() if (f / "label_studio.xml").is_file()])


def _template(name: str) -> Template:
    return load_template(FOLDERS[name])


def _root(name: str) -> ElementTree.Element:
    return ElementTree.fromstring((FOLDERS[name] / "label_studio.xml").read_text(encoding="utf-8"))


def _controls(name: str) -> dict[str, ElementTree.Element]:
    """Control tags by name; the nameless Relations tag under the relations control's name."""
    root = _root(name)
    found = {e.attrib["name"]: e for e in root.iter() if "toName" in e.attrib}
    links = [n for n, c in _template(name).controls.items() if c.kind is Kind.RELATIONS]
    for tag in root.iter("Relations"):
        assert len(links) == 1, "exactly one relations control stands for the Relations tag"
        found[links[0]] = tag
    return found


def _labels(tag: ElementTree.Element) -> list[str]:
    options = (e for e in tag.iter() if e.tag in {"Choice", "Label", "Relation", "Bucket"})
    return [e.attrib.get("alias", e.attrib.get("value", e.attrib.get("name", ""))) for e in options]


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _export(name: str) -> list[dict[str, Any]]:
    tasks = json.loads((FOLDERS[name] / "export.json").read_text(encoding="utf-8"))
    assert isinstance(tasks, list)
    return tasks


def _annotations(name: str) -> list[dict[str, Any]]:
    return [a for task in _export(name) for a in task["annotations"]]


def _owner(template: Template, name: str) -> str:
    """The control that a tag or a result of that name belongs to."""
    drawn = (n for n, c in template.controls.items() if c.kind in DRAWN and name.startswith(f"{n}_"))
    return name if name in template.controls else next(drawn, name)


def test_there_are_templates() -> None:
    assert len(FOLDERS) >= 34


@NAMES
def test_some_tool_has_a_page(name: str) -> None:
    assert (FOLDERS[name] / "label_studio.xml").is_file() or (FOLDERS[name] / "cvat.json").is_file()


@NAMES
def test_name_is_the_folder_and_the_plan_is_whole(name: str) -> None:
    template = _template(name)
    assert template.name == name
    assert template.title and template.description and template.inputs and template.controls
    assert set(template.quality.volumes) == {"minimum", "recommended", "production"}
    tiers = [template.quality.volumes[k] for k in ("minimum", "recommended", "production")]
    assert tiers == sorted(tiers) and tiers[0] > 0
    assert 0 < template.quality.min_agreement <= 1


@NAMES
def test_template_names_only_what_it_has(name: str) -> None:
    template = _template(name)
    for control in template.controls.values():
        assert not control.on or control.on in template.controls
        assert not control.input or control.input in template.inputs
    text = (FOLDERS[name] / "template.toml").read_text(encoding="utf-8")
    known: dict[str, set[str]] = {"inputs": set(template.inputs), "controls": set(template.controls)}
    for space, found in re.findall(r"\b(inputs|controls)\.(\w+)", text):
        assert found in known[space], f"{space}.{found}"
    for space, found in re.findall(r"\b(answers|labels)\.(\w+)", text):
        assert found in template.controls, f"{space}.{found}"
    assert not template.checks.labels_of or template.controls[template.checks.labels_of].labels
    assert not template.example.rewrite or template.example.rewrite in template.controls


@PAGES
def test_page_shows_the_same_controls_and_inputs(name: str) -> None:
    template, tags, root = _template(name), _controls(name), _root(name)
    assert {_owner(template, n) for n in tags} == set(template.controls)
    for control_name, control in template.controls.items():
        if control.kind in DRAWN:
            _same_drawn(control_name, control, tags)
        else:
            _same_control(control, tags[control_name])
    objects = {e.attrib["name"]: e for e in root.iter() if e.attrib.get("value", "").startswith("$")}
    required = {n for n, given in template.inputs.items() if given.required}  # others need not be shown
    assert required <= set(objects) <= set(template.inputs)
    for input_name, shown in objects.items():
        assert shown.attrib["value"] == f"${input_name}"
        assert shown.tag == OBJECT_OF[template.inputs[input_name].type]
    assert {e.attrib["toName"] for e in root.iter() if "toName" in e.attrib} <= set(objects)
    assert not NOT_SHOWN & {e.tag for e in root.iter()}


def _same_control(control: Control, tag: ElementTree.Element) -> None:
    fitting = TAG_OF[control.kind]
    assert tag.tag in (fitting if isinstance(fitting, tuple) else (fitting,))
    assert _labels(tag) == control.labels
    if tag.tag not in NEVER_REQUIRED:
        assert (tag.attrib.get("required") == "true") is control.required
    assert (tag.attrib.get("perRegion") == "true") is bool(control.on)
    if tag.tag == "Choices":
        wanted = "multiple" if control.kind is Kind.CHOICES else "single"
        assert tag.attrib.get("choice", "single") == wanted
    if tag.tag == "Rating":
        assert float(tag.attrib["maxRating"]) == control.maximum


def _same_drawn(name: str, control: Control, tags: dict[str, ElementTree.Element]) -> None:
    (shape,) = control.shapes
    wanted = DRAWN_BY[control.kind, shape]
    assert {n.removeprefix(name): t.tag for n, t in tags.items() if n.startswith(name)} == wanted
    assert _labels(tags[f"{name}_labels" if "_labels" in wanted else name]) == control.labels
    if "_joints" in wanted:
        (skeleton,) = control.skeletons.values()
        assert _labels(tags[f"{name}_joints"]) == skeleton.joints
    if shape == "box" and control.kind is Kind.SHAPES:
        assert (tags[name].attrib.get("canRotate") == "true") is control.rotated


@PAGES
def test_what_is_asked_of_some_labels_is_shown_for_them(name: str) -> None:
    template, tags = _template(name), _controls(name)
    for control_name, control in template.controls.items():
        if control.only:
            tag = tags[control_name]
            assert tag.attrib["whenLabelValue"].split(",") == control.only
            assert _owner(template, tag.attrib["whenTagName"]) == control.on
            assert set(control.only) <= set(template.controls[control.on].labels)


@PAGES
def test_hotkeys_are_used_once(name: str) -> None:
    keys = [e.attrib["hotkey"] for e in _root(name).iter() if "hotkey" in e.attrib]
    assert len(keys) == len(set(keys))


@NAMES
def test_guidelines_explain_every_label(name: str) -> None:
    text = (FOLDERS[name] / "guidelines.md").read_text(encoding="utf-8")
    heads = re.findall(r"^#{1,2} (.+)$", text, re.MULTILINE)
    assert {"Purpose", "How to answer", "When unsure"} <= set(heads)
    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^#{1,3} |\Z)", text, re.MULTILINE | re.DOTALL))
    labels = {label for c in _template(name).controls.values() for label in c.labels}
    assert labels <= set(sections)
    for section in sections.values():
        for part in ("Definition", "Boundary", "Examples", "Counterexample"):
            assert f"**{part}.**" in section
        assert len(re.findall(r"^- ", section, re.MULTILINE)) >= 2


@NAMES
def test_samples_hold_the_inputs(name: str) -> None:
    template, samples = _template(name), _lines(FOLDERS[name] / "samples.jsonl")
    assert len(samples) >= 12
    required = {n for n, given in template.inputs.items() if given.required}
    for sample in samples:
        assert required <= set(sample) <= set(template.inputs)
        assert all(sample[n] for n in required)
    assert not (FOLDERS[name] / "samples.jsonl").read_text(encoding="utf-8").isascii()


@PAGES
def test_export_is_answered_by_three(name: str) -> None:
    path, tasks, annotations = FOLDERS[name] / "export.json", _export(name), _annotations(name)
    assert len(tasks) >= 10
    assert len({a["completed_by"] for a in annotations}) >= 3
    assert not ADDRESS.search(path.read_text(encoding="utf-8"))
    drawn = any(c.kind in DRAWN for c in _template(name).controls.values())
    assert path.stat().st_size < (170_000 if drawn else 60_000)  # each point of a pose is a result
    assert any(a["was_cancelled"] for a in annotations)
    assert any(a["ground_truth"] for a in annotations)
    assert any(not a["result"] and not a["was_cancelled"] for a in annotations)
    assert any(task["predictions"] for task in tasks)
    samples = _lines(FOLDERS[name] / "samples.jsonl")
    shown = [n for n, given in _template(name).inputs.items() if given.type in MEDIA]
    for task, sample in zip(tasks, samples, strict=False):
        # The server gives every file an address of its own, which ends with the file's name.
        found = {n: f"media/{UPLOADED.sub('', task['data'][n])}" for n in shown}
        assert all(UPLOADED.match(task["data"][n]) for n in shown)
        length = {n: _seconds(FOLDERS[name] / sample["audio"]) for n in FILLED if n in task["data"]}
        assert {**task["data"], **found} == {**sample, **length}


def _seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(round(file.getnframes() / file.getframerate(), 3))


@PAGES
def test_export_answers_what_the_template_asks(name: str) -> None:
    template = _template(name)
    links = [c for c in template.controls.values() if c.kind is Kind.RELATIONS]
    for annotation in _annotations(name):
        ids = {r["id"] for r in annotation["result"] if "id" in r}
        for result in annotation["result"]:
            if result["type"] == "relation":
                assert {result["from_id"], result["to_id"]} <= ids
                assert set(result["labels"]) <= set(links[0].labels)
                continue
            owner = _owner(template, result["from_name"])
            control = template.controls[owner]
            assert result["to_name"] in template.inputs
            values = result["value"].get(result["type"], result["value"].get("labels", []))
            if owner != result["from_name"]:
                (skeleton,) = control.skeletons.values()
                assert set(values) <= {*skeleton.joints, "VISIBLE", "OCCLUDED"}
            elif control.labels:
                assert set(values) <= set(control.labels)


@NAMES
def test_the_rows_that_follow_are_shipped_for_targets_that_take_them(name: str) -> None:
    template, given = _template(name), expected_files(FOLDERS[name])
    assert given, "no expected rows"
    for target, path in given:
        assert path.stat().st_size
        if target in dialects():
            assert path.suffix == ".jsonl"
            assert reachable(template.example.kind, dialects()[target].kinds)
        else:
            assert formats()[target].kinds & {c.kind for c in template.controls.values()}
            assert formats()[target].suffix in {f.suffix for f in files_below(path)}


def _sides(name: str, control: str) -> list[str]:
    """The sides that submitted preferences name."""
    found = [r for a in _annotations(name) for r in a["result"] if r["from_name"] == control]
    return [r["value"].get("selected") or r["value"]["choices"][0] for r in found]


@PAGES
def test_no_place_on_the_page_wins_more_often_than_chance_allows(name: str) -> None:
    for control_name, control in _template(name).controls.items():
        if control.kind is Kind.PREFERENCE:
            sides = _sides(name, control_name)
            left, right = sides.count("left"), sides.count("right")
            assert min(left, right) >= (left + right) / 3
        if control.kind is Kind.RANKING:
            best = [_place_of_best(task, control_name, control) for task in _export(name)]
            assert set(best) >= {0, 1, 2} and best.count(max(best, key=best.count)) <= len(best) * 2 / 3


def _place_of_best(task: dict[str, Any], name: str, control: Control) -> int:
    """Where the answer that the first annotator ranks best stands in the list that was shown."""
    results = [r for a in task["annotations"] for r in a["result"] if r["from_name"] == name]
    best = results[0]["value"]["ranker"][name][0]
    return [x["id"] for x in task["data"][control.input]].index(best)


@PAGES
def test_marked_words_stand_in_the_data(name: str) -> None:
    for task in _export(name):
        for annotation in task["annotations"]:
            for result in annotation["result"]:
                value, data = result.get("value", {}), task["data"].get(result.get("to_name"))
                if "original_length" in result:
                    assert 0 <= value["start"] < value["end"] <= result["original_length"]
                elif result["type"] == "labels":
                    assert data[value["start"] : value["end"]] == value["text"]
                if result["type"] == "paragraphlabels":
                    words = data[int(value["start"])]["text"]
                    assert words[value["startOffset"] : value["endOffset"]] == value["text"]


@NAMES
def test_checks_have_their_schema(name: str) -> None:
    checks = _template(name).checks
    assert (checks.assistant == "json") is bool(checks.schema)
    if checks.schema:
        schema = json.loads((FOLDERS[name] / checks.schema).read_text(encoding="utf-8"))
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        Draft202012Validator.check_schema(schema)


@NAMES
def test_files_of_samples_lie_in_the_folder_and_are_small(name: str) -> None:
    template, folder = _template(name), FOLDERS[name]
    shown = [n for n, given in template.inputs.items() if given.type in MEDIA]
    named = {sample[n] for sample in _lines(folder / "samples.jsonl") for n in shown}
    there = {p.relative_to(folder).as_posix() for p in folder.glob("media/**/*") if p.is_file()}
    assert named == there
    assert all((folder / file).stat().st_size < 40_000 for file in there)


@pytest.mark.parametrize("name", sounds())
def test_sounds_are_what_their_description_makes(name: str) -> None:
    found = {p.name: p.read_bytes() for p in (FOLDERS[name] / "media").iterdir()}
    assert found == sounds()[name]
    for content in found.values():
        with wave.open(io.BytesIO(content)) as file:
            assert (file.getnchannels(), file.getframerate()) == (1, 8000)
            assert 0.5 < file.getnframes() / file.getframerate() < 4
