"""What a template's answers are in CVAT's XML, and what of them it cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from labelwright.contracts import Template
from labelwright.formats import _losses as losses
from labelwright.geometry.shapes import Cuboid, Geometry, Mask, Polygon, Polyline, Skeleton
from labelwright.problems import Place, Problem, Problems
from labelwright.records import Kind, Shape, Track
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.elements import attribute_lines, is_plain, quoted, told
from labelwright_plugins.cvat.geometry import extent
from labelwright_plugins.cvat.labels import (
    CHECKBOX,
    DRAWN,
    UNDEFINED,
    asked_of,
    attribute_name,
    is_tags,
    label_specs,
)

TITLE = "CVAT's XML"
Pairs = list[tuple[str, str]]


class Asked:
    """Answers as attributes and tags, for one template."""

    def __init__(
        self, template: Template, problems: Problems, target: str = TITLE, scores: bool = False
    ) -> None:
        """``target`` is what messages call the place that is written to; ``scores``: it holds them."""
        self._template, self._problems, self._target, self._scores = template, problems, target, scores
        self._labels = {x for c in template.controls.values() if c.kind in DRAWN for x in c.labels}

    def refusal(self, geometry: Geometry, label: str, place: Place) -> Problem | None:
        """Why a shape cannot be written; None if it can."""
        if not label:
            return losses.LABEL_MISSING.at(place, target=self._target)
        if self._labels and label not in self._labels:
            return losses.LABEL_UNKNOWN.at(place, label=label)
        if isinstance(geometry, Cuboid) and len(geometry.points) != 8:
            return losses.NO_AREA.at(place, target=self._target, width=0, height=0)
        if isinstance(geometry, Mask) and not geometry.counts:
            return losses.NO_AREA.at(place, target=self._target, width=0, height=0)
        found = extent(geometry)
        if found is not None and not all(map(isfinite, found)):
            return losses.NOT_FINITE.at(place)
        return None

    def lost(self, geometry: Geometry, one: Shape | Track, place: Place) -> Iterator[Problem]:
        """What is lost of a shape that is written."""
        if isinstance(geometry, Polygon):
            if len(geometry.parts) > 1:
                yield losses.PARTS.at(place, target=self._target, count=len(geometry.parts))
            if any(len(part) > 1 for part in geometry.parts):
                yield losses.HOLES.at(place, target=self._target)
        if isinstance(geometry, Polyline):
            if geometry.closed:
                yield losses.CLOSED.at(place, target=self._target)
            if any(h is not None for h in geometry.handles):
                yield losses.CURVE.at(place, target=self._target)
        if isinstance(one, Shape) and one.box is not None and isinstance(geometry, Skeleton):
            yield losses.BOX_AROUND.at(place, target=self._target)
        if one.score is not None and not self._scores:
            yield losses.SCORE.at(place, target=self._target)
        if one.parent:
            yield losses.PARENT.at(place, target=self._target)

    def pairs(
        self, label: str, on: str, answers: tuple[tuple[str, Any], ...], place: Place, once: bool = False
    ) -> Pairs:
        """A region's answers as attributes; ``once``: what is lost has been said."""
        controls = asked_of(self._template, on, label)
        given, found, left = dict(answers), [], []
        for name, control in controls.items():
            value = given.pop(name, None)
            if value is not None:
                text = _text(value)
                if text is None:
                    left.append(name)
                    continue
                if not is_plain(text):
                    left.append(name)
                found.append((attribute_name(name, label), text))
            elif control.kind is Kind.CHOICE and set(control.labels) != CHECKBOX:
                found.append((attribute_name(name, label), UNDEFINED if control.labels else ""))
            elif control.kind in (Kind.TEXT, Kind.TRANSCRIPT, Kind.DATE):
                found.append((attribute_name(name, label), ""))
            elif control.kind in (Kind.CHOICE, Kind.NUMBER, Kind.RATING) and not once:
                self._problems.add(p.DEFAULT_FILLED.at(place, control=name))
        left.extend(given)
        if left and not once:
            self._problems.add(losses.ATTRIBUTE.at(place, target=self._target, names=", ".join(left)))
        return found

    def tags(self, answers: dict[str, Any], place: Place) -> Iterator[str]:
        """Answers about the whole image as tags, with what was asked of each."""
        for label, pairs in self.tagged(answers, place):
            inside = attribute_lines(pairs, "      ")
            yield f'    <tag label={quoted(label)} source="manual">\n{inside}    </tag>\n'

    def tagged(self, answers: dict[str, Any], place: Place) -> Iterator[tuple[str, Pairs]]:
        """The labels that answers about the whole image are, each with what was asked of it."""
        left, said = [], set[str]()
        for name, control in self._template.controls.items():
            value = answers.get(name)
            if control.on or control.kind in DRAWN or control.only or value in (None, "", ()):
                continue
            if not is_tags(control):
                left.append(name)
                continue
            for label in [value] if isinstance(value, str) else value:
                yield label, self._tag_pairs(label, answers, said)
        for name, control in self._template.controls.items():
            asked = bool(control.only) and not control.on and control.kind not in DRAWN
            if asked and name not in said and answers.get(name) not in (None, "", ()):
                left.append(name)
        if left:
            self._problems.add(losses.TAG.at(place, target=self._target, names=", ".join(left)))

    def _tag_pairs(self, label: str, answers: dict[str, Any], said: set[str]) -> Pairs:
        found = []
        for name, control in asked_of(self._template, "", label).items():
            text = None if is_tags(control) else _text(answers.get(name))
            if text is not None:
                found.append((attribute_name(name, label), text))
                said.add(name)
        return found


def _text(value: Any) -> str | None:
    """An answer as an attribute's text; None if it has none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    return None


def meta_labels(template: Template) -> str:
    """The labels of the meta part: points of skeletons stand beside their figure and name it."""
    lines = ["      <labels>\n"]
    for spec in label_specs(template):
        lines.append(_label(spec, ""))
        lines.extend(_label(point, spec["name"]) for point in spec.get("sublabels", ()))
    return "".join([*lines, "      </labels>\n"])


def _label(spec: dict[str, Any], parent: str) -> str:
    lines = [f"        <label>\n          <name>{told(spec['name'])}</name>\n"]
    lines.append(f"          <type>{spec['type']}</type>\n          <attributes>\n")
    for one in spec["attributes"]:
        values = "\n".join(one["values"])
        lines.append(
            f"            <attribute>\n              <name>{told(one['name'])}</name>\n"
            f"              <mutable>{one['mutable']}</mutable>\n"
            f"              <input_type>{one['input_type']}</input_type>\n"
            f"              <default_value>{told(one['default_value'])}</default_value>\n"
            f"              <values>{told(values)}</values>\n            </attribute>\n"
        )
    lines.append("          </attributes>\n")
    if spec.get("svg"):
        lines.append(f"          <svg>{told(spec['svg'])}</svg>\n")
    if parent:
        lines.append(f"          <parent>{told(parent)}</parent>\n")
    return "".join([*lines, "        </label>\n"])
