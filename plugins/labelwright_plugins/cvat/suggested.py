"""A predictor's answers as CVAT's API holds them: shapes and tags, by the names of their labels.

What CVAT refuses in one shape costs all that are sent with it, so nothing leaves here that it would not
take; what is left out is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from labelwright.contracts import Outcome, Template
from labelwright.formats import _losses as losses
from labelwright.geometry.shapes import (
    HIDDEN,
    NAMES,
    OCCLUDED,
    Geometry,
    Mask,
    Skeleton,
)
from labelwright.problems import Place, Problem, Problems, ProblemType
from labelwright.records import Kind, Shape
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.geometry import LEAST
from labelwright_plugins.cvat.labels import ANY, DRAWN, TAG, TYPES, UNDEFINED, attribute_name, label_specs
from labelwright_plugins.cvat.project import Label
from labelwright_plugins.cvat.rows import Element, Row, groups_of, middle_of, number, plain, takes, whole
from labelwright_plugins.cvat.written import Asked, Pairs

TARGET = "CVAT"
NOTHING = (None, "", ())
UNFIT = ProblemType(
    "cvat.suggestion-unfit",
    "A predictor answered what a label of CVAT's does not take",
    "label {label!r} takes {wanted}, and a {kind} was answered",
    "Let the template's control take that shape, and install it in CVAT, or choose another predictor.",
    loss=True,
)
TOO_FEW = ProblemType(
    "cvat.suggestion-points",
    "A suggested shape has too few points",
    "a {kind} of {count} points was answered, and {least} are needed",
    "Look at what the predictor answers.",
    loss=True,
)
NO_ATTRIBUTE = ProblemType(
    "cvat.attribute-undeclarable",
    "CVAT's functions cannot declare an attribute",
    "attribute {name!r} of label {label!r} is left out: CVAT's functions know whole numbers only",
    "Ask for whole numbers, or import the answers as CVAT's XML.",
    loss=True,
)


def narrowed(template: Template, controls: Sequence[str]) -> Template:
    """A template with some of its controls, and what is asked about their regions and labels."""
    tags = {
        label
        for name in controls
        if template.controls[name].kind not in DRAWN
        for label in template.controls[name].labels
    }
    kept = {
        name: control
        for name, control in template.controls.items()
        if name in controls or control.on in controls or (not control.on and tags.intersection(control.only))
    }
    return replace(template, controls=kept)


class Suggested:
    """Answers to the controls that a predictor answers, as rows."""

    def __init__(
        self,
        template: Template,
        controls: Sequence[str],
        problems: Problems,
        unsigned: bool = False,
        labels: Sequence[Label] | None = None,
    ) -> None:
        """``unsigned``: the way to CVAT knows no negative numbers in attributes.

        ``labels`` are those of the project that is written to; None: CVAT is told the template's.
        """
        self.template = narrowed(template, controls)
        self._problems, self._unsigned, self._project = problems, unsigned, labels is not None
        if labels is None:
            self.specs = {spec["name"]: self._declarable(spec) for spec in label_specs(self.template)}
        else:
            self.specs = {label.name: _spec(label) for label in labels}
        self._asked = Asked(self.template, problems, TARGET, scores=True)

    def rows(
        self,
        outcome: Outcome,
        place: Place,
        size: tuple[int, int] | None,
        threshold: float = 0.0,
        polygons: bool = False,
    ) -> list[Row]:
        """Shapes, then tags; without those that are less sure than ``threshold``.

        ``size`` (width, height) is that of the image; ``polygons``: outlines are wanted of masks.
        """
        answers, found = self._held(outcome.answers or {}, place), list[Row]()
        groups = groups_of(s for v in answers.values() if isinstance(v, tuple) for s in v)
        for name, value in answers.items():
            if self.template.controls[name].kind is Kind.SHAPES:
                for shape in value or ():
                    if shape.score is None or shape.score >= threshold:
                        where = replace(place, control=name, region=shape.id)
                        made = self._shape(name, shape, where, size, polygons)
                        found.extend(replace(one, group=groups.get(shape.group, 0)) for one in made)
            elif self.template.controls[name].kind in DRAWN and value:
                self._problems.add(losses.TRACK.at(replace(place, control=name), target=TARGET))
        drawn = any(self.template.controls[name].kind in DRAWN and answers[name] for name in answers)
        if drawn or outcome.score is None or outcome.score >= threshold:  # a mean over shapes is no tag's
            found.extend(self._tags(answers, place))
        return found

    def _held(self, answers: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """The answers to controls that CVAT can hold; the others are told."""
        left = [n for n, v in answers.items() if n not in self.template.controls and v not in NOTHING]
        if left:
            self._problems.add(losses.TAG.at(place, target=TARGET, names=", ".join(left)))
        return {name: value for name, value in answers.items() if name in self.template.controls}

    def _declarable(self, spec: dict[str, Any]) -> dict[str, Any]:
        kept = []
        for one in spec["attributes"]:
            if one["input_type"] == "number" and not whole(one["values"]):
                name, label = one["name"], spec["name"]
                self._problems.add(NO_ATTRIBUTE.at(Place(control=name), name=name, label=label))
            else:
                kept.append(one)
        return {**spec, "attributes": kept}

    def _shape(
        self, control: str, shape: Shape, place: Place, size: tuple[int, int] | None, polygons: bool
    ) -> Iterator[Row]:
        geometry = self._inside(shape.geometry, place, size)
        refused = self._refusal(geometry, shape.label, place) if geometry is not None else None
        if geometry is None or refused is not None:
            self._problems.extend([refused] if refused is not None else [])
            return
        kind = TYPES[NAMES[type(geometry)]]
        wanted = self.specs[shape.label]["type"] if shape.label in self.specs else ANY
        if kind != wanted and (wanted != ANY or kind == "skeleton"):
            self._problems.add(UNFIT.at(place, label=shape.label, wanted=wanted, kind=kind))
            return
        if polygons and isinstance(geometry, Mask):
            from labelwright.geometry.outlines import outline

            geometry = outline(geometry)
        self._problems.extend(self._asked.lost(geometry, shape, place))
        pairs = self._fitting(shape.label, self._pairs(control, shape, place), place)
        for part in self._parts(geometry, shape.label, place):
            yield replace(
                part,
                label=shape.label,
                score=shape.score,
                occluded=shape.occluded,
                z_order=shape.z,
                attributes=pairs,
            )

    def _refusal(self, geometry: Geometry, label: str, place: Place) -> Problem | None:
        """Why a shape cannot be written; None if it can."""
        refused = self._asked.refusal(geometry, label, place)
        if refused is None and self._project and label not in self.specs:
            return losses.LABEL_UNKNOWN.at(place, label=label)
        return refused

    def _pairs(self, control: str, shape: Shape, place: Place) -> Pairs:
        """What is asked of a shape, as attributes."""
        found = self._asked.pairs(shape.label, control, shape.answers, place, once=self._project)
        if self._project:  # what is not answered is as the project has it, until somebody looks at it
            told = {name for name, _ in found}
            lost = [name for name, _ in shape.answers if attribute_name(name, shape.label) not in told]
            if lost:
                self._problems.add(losses.ATTRIBUTE.at(place, target=TARGET, names=", ".join(lost)))
        return found

    def _inside(self, geometry: Geometry, place: Place, size: tuple[int, int] | None) -> Geometry | None:
        """A mask without what lies outside of the image, where CVAT would fail on it later."""
        if not isinstance(geometry, Mask) or size is None or not geometry.counts:
            return geometry
        from labelwright.geometry.rle import clip_mask

        clipped = clip_mask(geometry, *size)
        if not clipped.counts:
            self._problems.add(losses.OUTSIDE.at(place, width=size[0], height=size[1]))
            return None
        if clipped != geometry:
            self._problems.add(losses.CLIPPED.at(place, target=TARGET))
        return clipped

    def _parts(self, geometry: Geometry, label: str, place: Place) -> Iterator[Row]:
        """The rows of a geometry, of a polygon one a part."""
        if isinstance(geometry, Skeleton):
            yield Row("skeleton", label, elements=self._elements(geometry, label, place))
            return
        for row in plain(geometry):
            least = LEAST.get(row.type, 0)
            if len(row.points) < 2 * least:
                count = len(row.points) // 2
                self._problems.add(TOO_FEW.at(place, kind=row.type, count=count, least=least))
            else:
                yield row

    def _elements(self, skeleton: Skeleton, label: str, place: Place) -> list[Element]:
        """Every point that the label has, in its order: CVAT takes no figure without one of them.

        One that is not known is outside, in the middle of the others, where CVAT too would put it.
        """
        joints = {joint.name: joint for joint in skeleton.joints}
        middle = middle_of([(joint.x, joint.y) for joint in skeleton.joints])
        found = []
        for one in self.specs[label]["sublabels"]:
            joint = joints.pop(one["name"], None)
            if joint is None:
                found.append(Element(one["name"], middle, outside=True))
                continue
            known = {spec["name"] for spec in one["attributes"]}
            said = [(name, text) for name, text in joint.attributes if self._project and name in known]
            if len(said) < len(joint.attributes):
                self._problems.add(losses.JOINTS.at(place, target=TARGET))
            hidden, covered = joint.visibility == HIDDEN, joint.visibility == OCCLUDED
            found.append(Element(joint.name, [joint.x, joint.y], hidden, covered, said))
        if joints:
            self._problems.add(losses.JOINT_UNKNOWN.at(place, names=", ".join(joints)))
        return found

    def _tags(self, answers: Mapping[str, Any], place: Place) -> Iterator[Row]:
        for label, pairs in self._asked.tagged(dict(answers), place):
            wanted = self.specs[label]["type"] if label in self.specs else ""
            if wanted not in (TAG, ANY):
                self._problems.add(UNFIT.at(place, label=label, wanted=wanted or "nothing", kind=TAG))
                continue
            yield Row(TAG, label, attributes=self._fitting(label, pairs, place))

    def _fitting(self, label: str, pairs: Iterable[tuple[str, str]], place: Place) -> Pairs:
        """Attributes that CVAT takes; the others are left out, and said."""
        specs = {one["name"]: one for one in self.specs.get(label, {}).get("attributes", ())}
        found, left = [], []
        for name, text in pairs:
            spec = specs.get(name)
            if spec is None:
                if not text or text == UNDEFINED:
                    continue
                left.append(name)
                continue
            value = number(text) if spec["input_type"] == "number" else text
            if takes(spec, value, self._unsigned):
                found.append((name, value))
            elif text == UNDEFINED and self._project:
                continue
            elif text == UNDEFINED:
                self._problems.add(p.DEFAULT_FILLED.at(place, control=name))
            else:
                left.append(name)
        if left:
            self._problems.add(losses.ATTRIBUTE.at(place, target=TARGET, names=", ".join(left)))
        return found


def _spec(label: Label) -> dict[str, Any]:
    """A label of a project, as the template's are described."""
    return {
        "name": label.name,
        "type": label.type,
        "attributes": [
            {"name": one.name, "input_type": one.input_type, "values": list(one.values)}
            for one in label.attributes
        ],
        "sublabels": [_spec(point) for point in label.sublabels],
    }
