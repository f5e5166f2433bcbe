"""A template made of what a doccano source says of itself, and a template with a project's own labels."""

from __future__ import annotations

import copy
from typing import Any

from labelwright.contracts import Control, ExampleSpec, Input, Source, Template
from labelwright.problems import Place, Problem, Problems
from labelwright.records import Kind
from labelwright_plugins.doccano import problems as p
from labelwright_plugins.doccano.answers import OF_WORDS
from labelwright_plugins.doccano.raw import FILE, labelled, parted
from labelwright_plugins.doccano.sources import About, about, parts

CATEGORY, SPAN, RELATION = "category-types", "span-types", "relation-types"
LISTS = {Kind.CHOICE: CATEGORY, Kind.CHOICES: CATEGORY, Kind.SHAPES: CATEGORY, Kind.SPANS: SPAN,
         Kind.RELATIONS: RELATION}  # fmt: skip
IMAGES = ("ImageClassification", "BoundingBox", "Segmentation", "ImageCaptioning")
SEVERAL_TEXTS = 200  # different answers among which every one is a label; more are free text


def infer(source: Source) -> Template:
    """A template that asks for what the project asks, or else for what its answers have.

    Raises ``DataError`` if the source cannot be read.
    """
    found = about(source)
    if found is not None and found.project_type:
        return of_project(found)
    return _template(*_of_answers(source))


def of_project(found: About) -> Template:
    """A template that asks for what a project asks."""
    shown = shown_by(found.project_type)
    return _template(shown, _of_project(found, shown))


def shown_by(kind: str) -> str:
    """What projects of a type show: ``text``, ``image`` or ``audio``."""
    return "audio" if kind == "Speech2text" else "image" if kind in IMAGES else "text"


def _template(shown: str, controls: dict[str, Control]) -> Template:
    modality = shown
    inputs = {shown: Input(shown)}
    return Template(
        "doccano", "doccano project", modality, inputs=inputs, controls=controls, example=ExampleSpec("none")
    )


def _of_project(found: About, shown: str) -> dict[str, Control]:
    labels = {where: [x.text for x in types] for where, types in found.labels.items()}
    kind = found.project_type
    controls: dict[str, Control] = {}
    category = Control(Kind.CHOICE if found.single else Kind.CHOICES, labels.get(CATEGORY, []), input=shown)
    if kind in OF_WORDS:
        spoken = kind == "Speech2text"
        return {"text": Control(Kind.TRANSCRIPT if spoken else Kind.TEXT, input=shown, multiple=not spoken)}
    if kind in ("BoundingBox", "Segmentation"):
        drawn = ["box" if kind == "BoundingBox" else "polygon"]
        return {"objects": Control(Kind.SHAPES, labels.get(CATEGORY, []), input=shown, shapes=drawn)}
    if kind != "SequenceLabeling":
        controls["label"] = category
    if kind in ("SequenceLabeling", "IntentDetectionAndSlotFilling"):
        controls["entities"] = Control(Kind.SPANS, labels.get(SPAN, []), input=shown)
    if found.relations:
        controls["relations"] = Control(Kind.RELATIONS, labels.get(RELATION, []))
    return controls


def _of_answers(source: Source) -> tuple[str, dict[str, Control]]:
    """What an export shows, and controls for what was answered in it."""
    seen: dict[str, dict[str, None]] = {}
    shown, most = "text", 1
    for part in parts(source):
        for row in part.rows(Problems()):
            row = labelled(row, []) if row.words else row
            if row.text is None:
                name = str(row.fields.get(FILE)).lower()
                shown = "audio" if name.endswith((".wav", ".mp3", ".m4a", ".flac", ".ogg")) else "image"
            for name, label in _labels(row.fields, row.joined):
                seen.setdefault(name, {})[label] = None
            most = max(most, sum(name == "label" for name, _ in _labels(row.fields, row.joined)))
    controls: dict[str, Control] = {}
    strings = list(seen.get("label", {}))
    free = shown == "audio" or len(strings) > SEVERAL_TEXTS or any(" " in x and len(x) > 40 for x in strings)
    if strings and (free or any("\n" in x for x in strings)):
        kind = Kind.TRANSCRIPT if shown == "audio" else Kind.TEXT
        controls["text"] = Control(kind, input=shown, multiple=most > 1)
    elif strings:
        controls["label"] = Control(Kind.CHOICES if most > 1 else Kind.CHOICE, strings, input=shown)
    kinds = {
        "cats": Kind.CHOICES,
        "entities": Kind.SPANS,
        "relations": Kind.RELATIONS,
        "objects": Kind.SHAPES,
    }
    names = {"cats": "label"}
    for name, kind in kinds.items():
        if name in seen:
            about_it = "" if kind is Kind.RELATIONS else shown
            controls[names.get(name, name)] = Control(kind, list(seen[name]), input=about_it)
    return shown, controls


def _labels(fields: dict[str, Any], joined: bool) -> list[tuple[str, str]]:
    """What each answer of a record is (a control's name), with its label or words."""
    found = []
    for column in ("label", "labels", "cats", "entities", "relations", "bbox", "segmentation"):
        value = fields.get(column)
        if joined and isinstance(value, str):
            value = parted(value, []) or []
        for one in value if isinstance(value, list) else []:
            drawn = column in ("bbox", "segmentation")
            if isinstance(one, str):
                found.append(("cats" if column == "cats" else "label", one))
            elif isinstance(one, list) and len(one) == 3 and isinstance(one[2], str):
                found.append(("entities", one[2]))
            elif isinstance(one, dict):
                label = one.get("type" if column == "relations" else "label")
                name = "objects" if drawn else "relations" if column == "relations" else "entities"
                if isinstance(label, str):
                    found.append((name, label))
    return found


def adapt(source: Source, template: Template) -> tuple[Template, list[Problem]]:
    """The template with a pulled project's labels, which win over its own, and where the two differ.

    Where several controls share one list of the project's, each keeps those of its own that are in it.
    """
    known = about(source)
    return (template, []) if known is None else adapted_to(known, template, source.name or source.path)


def adapted_to(known: About, template: Template, source: str) -> tuple[Template, list[Problem]]:
    """``adapt``, for a project that is known."""
    adapted, found = copy.deepcopy(template), []
    for name, control in adapted.controls.items():
        where = LISTS.get(control.kind)
        if control.on or where is None or not known.labels.get(where):
            continue
        theirs = [x.text for x in known.labels[where]]
        if sum(LISTS.get(c.kind) == where for c in adapted.controls.values() if not c.on) > 1:
            theirs = [x for x in control.labels if x in theirs] or theirs
        if set(theirs) != set(control.labels):
            extra = ", ".join(x for x in theirs if x not in control.labels) or "nothing more"
            missing = ", ".join(x for x in control.labels if x not in theirs) or "nothing"
            place = Place(source=source, control=name)
            found.append(p.TYPES_LOST.at(place, control=name, extra=extra, missing=missing))
        control.labels = theirs
    return adapted, found
