"""A template made of what a CVAT source says of itself, and where a template and a project differ."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from labelwright.contracts import Control, ExampleSpec, Input, SkeletonSpec, Template
from labelwright.problems import Place, Problem
from labelwright.records import Kind
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.labels import CHECKBOX, DRAWN, TAG, TYPES, is_tags, label_specs, unasked
from labelwright_plugins.cvat.project import Attribute, Label, edges_of, labels_from_api

OBJECTS, TAGS = "objects", "tags"
SHAPES = {cvat: ours for ours, cvat in TYPES.items()}


def template_of(labels: list[Label], tracks: bool) -> Template:
    """A template that asks for what the project's labels ask; ``tracks``: on whole films."""
    shown = "video" if tracks else "image"
    drawn = [x for x in labels if x.type != TAG]
    tags = [x for x in labels if x.type == TAG]
    objects = Control(Kind.TRACKS if tracks else Kind.SHAPES, [x.name for x in drawn], input=shown)
    objects.shapes = _shapes(drawn)
    objects.rotated = not objects.shapes or "box" in objects.shapes
    objects.skeletons = {
        x.name: SkeletonSpec([s.name for s in x.sublabels], edges_of(x)) for x in drawn if x.sublabels
    }
    controls = {OBJECTS: objects}
    if tags:
        controls[TAGS] = Control(Kind.CHOICES, [x.name for x in tags], input=shown)
    for name, control in _asked(drawn, OBJECTS, {*controls, *_names(tags)}):
        controls[name] = control
    for name, control in _asked(tags, "", set(controls)):
        controls[name] = control
    return Template(
        "cvat",
        "CVAT project",
        shown,
        inputs={shown: Input(shown)},
        controls=controls,
        example=ExampleSpec("none"),
    )


def _names(labels: Iterable[Label]) -> set[str]:
    return {a.name for x in labels for a in x.attributes}


def _shapes(labels: list[Label]) -> list[str]:
    """What may be drawn; empty if some label takes anything."""
    types = {x.type for x in labels}
    return [] if not types <= SHAPES.keys() else [ours for ours, cvat in TYPES.items() if cvat in types]


def _asked(labels: list[Label], on: str, taken: set[str]) -> Iterator[tuple[str, Control]]:
    """A control for each attribute; ``label.attribute`` where one name means different things."""
    found: dict[str, dict[str, Attribute]] = {}
    for label in labels:
        for attribute in label.attributes:
            found.setdefault(attribute.name, {})[label.name] = attribute
    for name, by_label in found.items():
        kinds = [_control(a, on) for a in by_label.values()]
        if name not in taken and all(k == kinds[0] for k in kinds):
            kinds[0].only = list(by_label)
            yield name, kinds[0]
            continue
        for owner, control in zip(by_label, kinds, strict=True):
            control.only = [owner]
            yield f"{owner}.{name}", control


def _control(given: Attribute, on: str) -> Control:
    """What an attribute asks."""
    control = Control(Kind.TEXT, on=on, mutable=given.mutable, default=given.default)
    if given.input_type == "checkbox":
        control.kind, control.labels = Kind.CHOICE, ["true", "false"]
        control.default = given.default.lower()
    elif given.input_type in ("select", "radio"):
        control.kind, control.labels = Kind.CHOICE, list(dict.fromkeys(given.values))
    elif given.input_type == "number":
        control.kind = Kind.NUMBER
        bounds = [_number(v) for v in given.values[:2]]
        if len(bounds) == 2:
            control.minimum, control.maximum = bounds
    return control


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def adapt(template: Template, labels: list[Label], source: str) -> tuple[Template, list[Problem]]:
    """The template with the project's labels, which win over its own, and where the two differ.

    A template with several controls that draw keeps theirs: which of them a new label is for is not known.
    """
    if not labels:
        return template, []
    adapted, found = copy.deepcopy(template), []
    for name, control in adapted.controls.items():
        if control.kind in DRAWN:
            theirs = [x.name for x in labels if x.type != TAG]
        elif is_tags(control):
            theirs = [x.name for x in labels if x.type == TAG]
        else:
            found.extend(_adapt_question(name, control, labels, source))
            continue
        several = sum(is_tags(c) == is_tags(control) for c in adapted.controls.values() if _listed(c)) > 1
        if several:
            theirs = [x for x in control.labels if x in theirs]
        if set(theirs) != set(control.labels):
            words = _difference(theirs, control.labels)
            found.append(p.LABELS_DRIFT.at(Place(source=source, control=name), control=name, **words))
        control.labels = theirs
        if control.kind in DRAWN:
            _adapt_skeletons(control, labels)
    return adapted, found


def _listed(control: Control) -> bool:
    return control.kind in DRAWN or is_tags(control)


def _adapt_skeletons(control: Control, labels: list[Label]) -> None:
    for label in labels:
        own = control.skeletons.get(label.name)
        joints = [s.name for s in label.sublabels]
        if label.name in control.labels and joints and (own is None or own.joints != joints):
            control.skeletons[label.name] = SkeletonSpec(joints, edges_of(label))


def _adapt_question(name: str, control: Control, labels: list[Label], source: str) -> list[Problem]:
    """Give a choice about regions the values that the project's attribute of that name has."""
    if control.kind is not Kind.CHOICE or not control.labels or set(control.labels) == CHECKBOX:
        return []
    for label in labels:
        for attribute in label.attributes:
            if attribute.input_type not in ("select", "radio"):
                continue
            if name not in (attribute.name, f"{label.name}.{attribute.name}"):
                continue
            if control.only and label.name not in control.only:
                continue
            extra = [v for v in attribute.values if v not in control.labels and v != "__undefined__"]
            if extra:
                words = _difference([*control.labels, *extra], control.labels)
                control.labels = [*control.labels, *extra]
                return [p.LABELS_DRIFT.at(Place(source=source, control=name), control=name, **words)]
    return []


def _difference(theirs: list[str], ours: list[str]) -> dict[str, str]:
    extra = ", ".join(x for x in theirs if x not in ours)
    missing = ", ".join(x for x in ours if x not in theirs)
    return {"extra": extra or "nothing more", "missing": missing or "nothing more"}


def config_drift(template: Template, given: list[dict[str, Any]], source: str) -> Iterator[Problem]:
    """Where a template's ``cvat.json`` says something else than its ``template.toml``.

    Colours, drawings of skeletons and the order of attributes are free.
    """
    theirs = {x.name: x for x in labels_from_api(given)}
    ours = {x.name: x for x in labels_from_api(label_specs(template))}
    for name in unasked(template):
        kind = template.controls[name].kind
        yield p.CANNOT_ASK.at(Place(source=source, control=name), control=name, kind=kind)
    if list(theirs) != list(ours):
        words = _difference(list(theirs), list(ours))
        what = f"labels: it has {words['extra']}, the template has {words['missing']}"
        if set(theirs) == set(ours):
            what = "its labels are in another order than the template's"
        yield p.CONFIG_DRIFT.at(Place(source=source), what=what)
    for name in ours.keys() & theirs.keys():
        for what in _label_drift(theirs[name], ours[name]):
            yield p.CONFIG_DRIFT.at(Place(source=source), what=f"label {name!r}: {what}")


def _label_drift(theirs: Label, ours: Label) -> Iterator[str]:
    if theirs.type != ours.type:
        yield f"its type is {theirs.type}, the template's {ours.type}"
    if [s.name for s in theirs.sublabels] != [s.name for s in ours.sublabels]:
        yield "its points are not the template's joints in their order"
    elif ours.sublabels and sorted(map(sorted, edges_of(theirs))) != sorted(map(sorted, edges_of(ours))):
        yield "its lines are not the template's edges"
    one = {a.name: a for a in theirs.attributes}
    other = {a.name: a for a in ours.attributes}
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield f"attribute {name!r} differs or is missing"
