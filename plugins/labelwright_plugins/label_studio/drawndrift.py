"""Where a project's tags for one control of shapes and the template differ, and the project's own way."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from labelwright.contracts import Control, SkeletonSpec
from labelwright.problems import Place, Problem, ProblemType, Severity
from labelwright_plugins.label_studio.config import ConfigControl, stored_labels
from labelwright_plugins.label_studio.drawn import DRAWN
from labelwright_plugins.label_studio.problems import LABELS_DRIFT, WRONG_TAG
from labelwright_plugins.label_studio.served import SKELETON, is_figure, is_pure, joint_tag, label_tags
from labelwright_plugins.label_studio.values import TAGS

SHAPES_DRIFT = ProblemType(
    "label-studio.shapes-drift",
    "The shapes that a project draws differ from the template's",
    "control {control!r}: the project draws {drawn}, the template has {asked}; the project's are used",
    "None needed if the project was edited on purpose; otherwise install the template again.",
    Severity.WARNING,
)
ANSWERING = ("Choices",)  # tags that serve a figure and draw nothing


def drawn_drift(name: str, control: Control, tags: list[ConfigControl], place: Place) -> Iterator[Problem]:
    """What differs between a control and the tags that serve it; there is at least one."""
    fitting = TAGS[control.kind]
    for tag in tags:
        if tag.tag not in fitting and tag.tag not in ANSWERING:
            what = {"control": tag.name, "tag": tag.tag, "kind": control.kind}
            yield WRONG_TAG.at(place, **what, fitting=", ".join(fitting))
    yield from _labels(name, control.labels, _stored(label_tags(tags, is_figure(control))), place)
    points = joint_tag(tags)
    if is_figure(control) and points is not None:
        yield from _labels(points.name, joints_of(control), stored_labels(points), place)
    drawn = shapes_of(tags, control)
    if control.shapes and set(drawn) != set(control.shapes):
        what = {"control": name, "drawn": ", ".join(drawn) or "nothing", "asked": ", ".join(control.shapes)}
        yield SHAPES_DRIFT.at(place, **what)


def _labels(name: str, asked: list[str], stored: list[str], place: Place) -> Iterator[Problem]:
    extra = [x for x in stored if x not in asked]
    missing = [x for x in asked if x not in stored]
    if asked and stored and (extra or missing):
        words = [", ".join(labels) or "nothing more" for labels in (extra, missing)]
        yield LABELS_DRIFT.at(place, control=name, extra=words[0], missing=words[1])


def _stored(tags: list[ConfigControl]) -> list[str]:
    return list(dict.fromkeys(label for tag in tags for label in stored_labels(tag)))


def joints_of(control: Control) -> list[str]:
    """The names of the points of all figures of a control."""
    return list(dict.fromkeys(joint for spec in control.skeletons.values() for joint in spec.joints))


def shapes_of(tags: list[ConfigControl], control: Control) -> list[str]:
    """The shapes that tags draw, as a template names them; a box may be that of a figure."""
    points = joint_tag(tags) if is_figure(control) else None
    figures = [SKELETON] if points is not None else []
    if is_pure(control):
        return figures
    drawn = [DRAWN[tag.tag] for tag in tags if tag.tag in DRAWN and tag is not points]
    if figures and "box" not in control.shapes:
        drawn = [shape for shape in drawn if shape != "box"]
    return list(dict.fromkeys(drawn + figures))


def adapt_drawn(control: Control, tags: list[ConfigControl]) -> None:
    """Give a control of shapes the labels, shapes and points of the project's own tags."""
    figure = is_figure(control)
    labels = _stored(label_tags(tags, figure))
    if labels and control.labels:
        control.labels = labels
    drawn = shapes_of(tags, control)
    if drawn and control.shapes:
        control.shapes = [x for x in control.shapes if x in drawn]
        control.shapes += [x for x in drawn if x not in control.shapes]
    points = joint_tag(tags) if figure else None
    if points is not None and points.labels and len(control.skeletons) == 1:
        ((label, spec),) = control.skeletons.items()
        control.skeletons = {label: _with_joints(spec, stored_labels(points))}


def _with_joints(spec: SkeletonSpec, joints: list[str]) -> SkeletonSpec:
    """A figure with the points that a project has, in the template's order as far as it has them."""
    ordered = [x for x in spec.joints if x in joints] + [x for x in joints if x not in spec.joints]
    if ordered == spec.joints:
        return spec
    edges = [edge for edge in spec.edges if all(x in ordered for x in edge)]
    sigmas = dict(zip(spec.joints, spec.sigmas, strict=False))
    known = [sigmas[x] for x in ordered if x in sigmas]
    return replace(spec, joints=ordered, edges=edges, sigmas=known if len(known) == len(ordered) else [])
