"""Checks a template's folder: what the contract of a template asks for beyond a readable file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from labelwright.agreement.normalise import STEPS, unknown_steps
from labelwright.contracts import Control, Template
from labelwright.contracts.templates import SkeletonSpec
from labelwright.examples import NONE
from labelwright.geometry.shapes import NAMES
from labelwright.problems import Place, Problem, ProblemType, Severity, UsageError
from labelwright.records import LEFT, Item, ItemKey, Kind
from labelwright.render.renderer import Renderer

RANKED = (("first",), ("second",))  # the ranking that a sample item has
NAME_DIFFERS = ProblemType(
    "template.name-differs",
    "A template's name is not its folder's",
    "the folder is {folder!r}, the name is {name!r}",
    "Give the folder and the name in template.toml the same spelling.",
)
NO_LABELS = ProblemType(
    "template.labels-missing",
    "A control that chooses among labels has none",
    "control {control!r} of kind {kind} has no labels",
    "List the labels, so that answers can be checked.",
)
SEGMENTS_WITHOUT_LABELS = ProblemType(
    "template.segment-labels-missing",
    "A control that marks segments has no labels",
    "control {control!r} of kind segments has no labels, so any label an export holds is taken",
    "List the labels of the label config, if there is only one too: Label Studio marks with a label.",
    Severity.WARNING,
)
SHAPES_WITHOUT_LABELS = ProblemType(
    "template.shape-labels-missing",
    "A control of shapes has no labels",
    "control {control!r} of kind {kind} has no labels, so any label an export holds is taken",
    "List the labels, if there is only one too: a tool draws with a label.",
    Severity.WARNING,
)
UNKNOWN_SHAPE = ProblemType(
    "template.shape-unknown",
    "A template names a shape that there is not",
    "control {control!r} names the shape {shape!r}; there are: {shapes}",
    "Name shapes of the list.",
)
BAD_SKELETON = ProblemType(
    "template.skeleton-invalid",
    "A skeleton of a template does not hold together",
    "control {control!r}, skeleton {label!r}: {reason}",
    "Name every joint once; give edges two of the joints, and sigmas one number above 0 for each.",
)
BAD_REFERENCE = ProblemType(
    "template.reference-unknown",
    "A template names something it does not have",
    "{where} names {name!r}, which the template does not have",
    "Correct the name.",
)
CANNOT_RENDER = ProblemType(
    "template.cannot-render",
    "A template's example cannot be rendered",
    "{reason}",
    "Correct [example] or [checks] in template.toml.",
)
UNKNOWN_STEP = ProblemType(
    "template.normalise-unknown",
    "A template names a step of normalisation that there is not",
    "control {control!r} names the step {step!r}; there are: {steps}",
    "Name steps of the list.",
)
FILE_MISSING = ProblemType(
    "template.file-missing",
    "A template lacks a file",
    "there is no {name}",
    "Add it: {why}.",
    Severity.WARNING,
)
GUIDELINE_MISSING = ProblemType(
    "template.guideline-missing",
    "The guidelines do not define a label",
    "guidelines.md has no section {label!r} with {missing}",
    "Define the label, draw its boundary and give examples.",
    Severity.WARNING,
)
BAD_SAMPLE = ProblemType(
    "template.sample-unusable",
    "A sample cannot be imported",
    "{reason}",
    "Write one JSON object a line with the template's inputs.",
)

FILES = {
    "guidelines.md": "annotators need the rules",
    "samples.jsonl": "people want to try the template before their own data is ready",
}
_LABELLED = frozenset((Kind.CHOICE, Kind.CHOICES, Kind.TAXONOMY, Kind.SPANS))
DRAWN = (Kind.SHAPES, Kind.TRACKS)
_PARTS = ("Definition", "Boundary", "Examples")


def lint_template(template: Template) -> Iterator[Problem]:
    """Every problem of a template's folder."""
    folder = Path(template.folder)
    if folder.name != template.name:
        yield NAME_DIFFERS.at(Place(source=str(folder)), folder=folder.name, name=template.name)
    yield from _controls(template)
    if template.example.kind != NONE:
        yield from _rendering(template)
    for name, why in FILES.items():
        if not (folder / name).is_file():
            problem = FILE_MISSING.at(Place(source=template.name), name=name)
            yield msgspec.structs.replace(problem, remedy=f"Add it: {why}.")
    yield from _samples(template, folder / "samples.jsonl")
    yield from _guidelines(template, folder / "guidelines.md")


def _controls(template: Template) -> Iterator[Problem]:
    place = Place(source="template.toml")
    for name, control in template.controls.items():
        if control.kind in _LABELLED and not control.labels and control.kind is not Kind.CHOICE:
            yield NO_LABELS.at(place, control=name, kind=control.kind)
        if control.kind is Kind.SEGMENTS and not control.labels:
            yield SEGMENTS_WITHOUT_LABELS.at(place, control=name)
        if control.kind in DRAWN and not control.labels:
            yield SHAPES_WITHOUT_LABELS.at(place, control=name, kind=control.kind)
        yield from _drawn(name, control, template)
        if control.on and control.on not in template.controls:
            yield BAD_REFERENCE.at(place, where=f"controls.{name}.on", name=control.on)
        for step in unknown_steps(control.normalise):
            yield UNKNOWN_STEP.at(place, control=name, step=step, steps=", ".join(STEPS))
        if control.input and control.input not in template.inputs:
            yield BAD_REFERENCE.at(place, where=f"controls.{name}.input", name=control.input)
    for name in template.quality.gate:
        if name not in template.controls:
            yield BAD_REFERENCE.at(place, where="quality.gate", name=name)


def _drawn(name: str, control: Control, template: Template) -> Iterator[Problem]:
    """What a control says of shapes, and of the labels that it is asked for."""
    place = Place(source="template.toml", control=name)
    shapes = list(NAMES.values())
    for shape in control.shapes:
        if shape not in shapes:
            yield UNKNOWN_SHAPE.at(place, control=name, shape=shape, shapes=", ".join(shapes))
    for label, skeleton in control.skeletons.items():
        if control.labels and label not in control.labels:
            yield BAD_REFERENCE.at(place, where=f"controls.{name}.skeletons", name=label)
        for reason in _skeleton(skeleton):
            yield BAD_SKELETON.at(place, control=name, label=label, reason=reason)
    marking = template.controls.get(control.on)
    for label in control.only:
        if marking is None or (marking.labels and label not in marking.labels):
            yield BAD_REFERENCE.at(place, where=f"controls.{name}.only", name=label)


def _skeleton(skeleton: SkeletonSpec) -> Iterator[str]:
    joints = skeleton.joints
    if not joints:
        yield "it has no joint"
    for joint in sorted({j for j in joints if joints.count(j) > 1}):
        yield f"the joint {joint!r} is named twice"
    for edge in skeleton.edges:
        if len(edge) != 2:
            yield f"an edge joins two joints, not {len(edge)}"
        for joint in edge:
            if joint not in joints:
                yield f"an edge names {joint!r}, which is no joint"
    if skeleton.sigmas and len(skeleton.sigmas) != len(joints):
        yield f"{len(skeleton.sigmas)} sigmas are given for {len(joints)} joints"
    if not all(sigma > 0 for sigma in skeleton.sigmas):
        yield "a sigma is not above 0"


def _rendering(template: Template) -> Iterator[Problem]:
    # Each input has words of its own: two answers that are alike would end the rendering early.
    inputs = {name: _blank(given.type, name) for name, given in template.inputs.items()}
    spec = template.example
    if spec.kind == "ranking" and isinstance(spec.responses, str):
        shown = [{spec.id_key: name, spec.text_key: name} for tier in RANKED for name in tier]
        inputs[spec.responses.partition(".")[2]] = shown
    item = Item(ItemKey("", "", "sample"), inputs, [])
    try:
        Renderer(template).render(item, {n: _sample_answer(c) for n, c in template.controls.items()})
    except UsageError as error:
        yield CANNOT_RENDER.at(Place(source="template.toml"), reason=str(error))


def _blank(kind: str, name: str) -> Any:
    return [] if kind == "dialogue" else f"x {name}"


def _sample_answer(control: Any) -> Any:
    if control.kind in (Kind.CHOICE, Kind.TEXT, Kind.DATE, Kind.TRANSCRIPT):
        return control.labels[0] if control.labels else "x"
    if control.kind in (Kind.RATING, Kind.NUMBER):
        return 1
    if control.kind is Kind.PREFERENCE:
        return LEFT
    if control.kind is Kind.RANKING:
        return RANKED
    return {} if control.kind is Kind.JSON else ()


def _samples(template: Template, path: Path) -> Iterator[Problem]:
    if not path.is_file():
        return
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        place = Place(source=path.name, line=number)
        try:
            sample = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            yield BAD_SAMPLE.at(place, reason=f"it is not JSON: {error}")
            continue
        missing = [n for n, i in template.inputs.items() if i.required and n not in sample]
        if missing:
            yield BAD_SAMPLE.at(place, reason=f"it lacks {', '.join(missing)}")


def _guidelines(template: Template, path: Path) -> Iterator[Problem]:
    if not path.is_file():
        return
    sections = _sections(path.read_text(encoding="utf-8"))
    for name, control in template.controls.items():
        for label in control.labels:
            text = sections.get(label.casefold())
            missing = _PARTS if text is None else tuple(p for p in _PARTS if p.casefold() not in text)
            if missing:
                place = Place(source=path.name, control=name)
                yield GUIDELINE_MISSING.at(place, label=label, missing=", ".join(missing))


def _sections(text: str) -> dict[str, str]:
    """Heading (in lower case, marks stripped) -> the text below it."""
    found: dict[str, str] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("#").strip().strip("`*").casefold()
            found.setdefault(heading, "")
        elif heading:
            found[heading] += line.casefold() + "\n"
    return found
