"""What to do with each control's results: the template's controls joined with the label config."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from labelwright.contracts import Control, Template
from labelwright.problems import Place, Problem
from labelwright.records import Kind
from labelwright_plugins.label_studio.compared import preference_drift
from labelwright_plugins.label_studio.config import ConfigControl, LabelConfig, stored_labels
from labelwright_plugins.label_studio.drawndrift import adapt_drawn, drawn_drift
from labelwright_plugins.label_studio.problems import CONTROL_MISSING, LABELS_DRIFT, WRONG_TAG
from labelwright_plugins.label_studio.served import (
    DRAWN_KINDS,
    is_figure,
    is_pure,
    joint_tag,
    label_tags,
    tags_of,
)
from labelwright_plugins.label_studio.values import PARSERS, TAGS

FILES = ("image", "audio", "video")
REGIONS = frozenset((Kind.SPANS, Kind.TURNS, Kind.SEGMENTS))


class Plan(Struct):
    """How one control's results are read.

    ``parse`` is None for region kinds; ``on`` names the region control whose regions are asked.
    ``drawn``: its answers are shapes, or are about shapes; ``figure``: shapes with the labels
    ``figures`` are figures, whose points are called ``joints``; all are where it is ``pure``.
    """

    name: str
    kind: Kind
    labels: dict[str, str]
    parse: Callable[[Any, dict[str, str]], Any] | None = None
    on: str = ""
    multiple: bool = False
    variable: str = ""
    drawn: bool = False
    figure: bool = False
    pure: bool = False
    figures: frozenset[str] = frozenset()
    joints: dict[str, str] = {}


def make_plans(template: Template, config: LabelConfig | None) -> dict[str, Plan]:
    """The plan of every control of the template, by control name."""
    plans = {}
    for name, control in template.controls.items():
        if control.kind is Kind.RELATIONS:
            continue
        tag = config.controls.get(name) if config else None
        plan = Plan(name, control.kind, _labels(control, tag), multiple=control.multiple)
        plan.parse = PARSERS.get(control.kind)
        plan.on = control.on
        asked = template.controls.get(control.on)
        plan.drawn = control.kind in DRAWN_KINDS or (asked is not None and asked.kind in DRAWN_KINDS)
        if control.kind in DRAWN_KINDS:
            _drawn(plan, control, tags_of(name, template, config) if config else [])
        if config is not None and tag is not None:
            shown = config.objects.get(tag.to_name)
            if shown is not None:
                plan.variable = shown.variable
        if not plan.variable:
            plan.variable = control.input or _only_text(template)
        plans[name] = plan
    return plans


def _labels(control: Control, tag: ConfigControl | None) -> dict[str, str]:
    if tag is not None and tag.labels:
        return tag.labels
    return {label: label for label in control.labels}


def _drawn(plan: Plan, control: Control, tags: list[ConfigControl]) -> None:
    """What is known of a drawn control from all tags that serve it."""
    plan.figure, plan.pure = is_figure(control), is_pure(control)
    plan.figures = frozenset(control.skeletons)
    labels = {k: v for tag in label_tags(tags, plan.figure) for k, v in tag.labels.items()}
    plan.labels = labels or {label: label for label in control.labels}
    if plan.figure:
        points = joint_tag(tags)
        own = {joint: joint for spec in control.skeletons.values() for joint in spec.joints}
        plan.joints = dict(points.labels) if points is not None and points.labels else own


def _only_text(template: Template) -> str:
    names = [n for n, i in template.inputs.items() if i.type in ("text", "dialogue")]
    return names[0] if len(names) == 1 else ""


def relations_control(template: Template) -> str:
    """The template's relations control; Label Studio's Relations tag has no name of its own."""
    return next((n for n, c in template.controls.items() if c.kind is Kind.RELATIONS), "")


def input_map(template: Template, config: LabelConfig | None) -> dict[str, str]:
    """Template input -> the task's data key, where the two differ."""
    if config is None:
        return {}
    named = {o.name: o.variable for o in config.objects.values() if o.variable}
    return {n: named[n] for n in template.inputs if named.get(n, n) != n}


def lists_shown(template: Template, config: LabelConfig | None) -> dict[str, list[str]]:
    """Inputs that a Repeater shows from a list of objects -> the keys that lead to what is shown."""
    found = {}
    for shown in config.objects.values() if config is not None else ():
        for name in (shown.name, shown.variable):
            given = template.inputs.get(name)
            if shown.repeated and shown.path and given is not None and given.type in FILES:
                found[name] = shown.path.split(".")
    return found


def drift(template: Template, config: LabelConfig, source: str) -> list[Problem]:
    """Where a project's config and the template differ."""
    found = []
    for name, control in template.controls.items():
        place = Place(source=source, control=name)
        if control.kind is Kind.RELATIONS:
            if config.relations is None:
                found.append(_missing(template, name, control, place))
            continue
        if control.kind in DRAWN_KINDS:
            tags = tags_of(name, template, config)
            found += (
                drawn_drift(name, control, tags, place)
                if tags
                else [_missing(template, name, control, place)]
            )
            continue
        tag = config.controls.get(name)
        if tag is None:
            found.append(_missing(template, name, control, place))
        elif tag.tag not in TAGS[control.kind]:
            fitting = ", ".join(TAGS[control.kind])
            found.append(WRONG_TAG.at(place, control=name, tag=tag.tag, kind=control.kind, fitting=fitting))
        elif control.labels and tag.labels:
            stored = stored_labels(tag)
            extra = [x for x in stored if x not in control.labels]
            missing = [x for x in control.labels if x not in stored]
            if extra or missing:
                words = {"extra": _named(extra), "missing": _named(missing)}
                found.append(LABELS_DRIFT.at(place, control=name, **words))
        if tag is not None and control.kind is Kind.PREFERENCE:
            stored = stored_labels(tag)
            unfit = preference_drift(tag.tag, stored)
            found.extend(kind.at(place, control=name, stored=_named(stored)) for kind in unfit)
    return found


def _missing(template: Template, name: str, control: Control, place: Place) -> Problem:
    return CONTROL_MISSING.at(place, control=name, kind=control.kind, template=template.name)


def _named(labels: list[str]) -> str:
    return ", ".join(labels) if labels else "nothing more"


def adapt(template: Template, config: LabelConfig) -> Template:
    """The template with the labels of a real project, which win since admins edit them."""
    adapted = copy.deepcopy(template)
    for name, control in adapted.controls.items():
        tag = config.controls.get(name)
        if control.kind in DRAWN_KINDS:
            adapt_drawn(control, tags_of(name, template, config))
            continue
        if control.kind is Kind.RELATIONS and config.relations:
            control.labels = list(config.relations)
        elif tag is not None and tag.labels and control.labels:
            control.labels = stored_labels(tag)
    return adapted
