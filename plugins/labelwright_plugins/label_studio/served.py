"""Which control of a template the tags of a config, and their results, belong to.

One control of shapes may be served by several tags: that of its own name and those whose names begin with
it and an underscore (``objects``, ``objects_polygon``). A figure of named points takes three: a box
``people``, the points ``people_joints``, and of each point ``people_visibility``. A tag without labels of
its own (``Rectangle``) serves the control of the ``Labels`` on the same image.
"""

from __future__ import annotations

import re

from labelwright.contracts import Control, Template
from labelwright.records import Kind
from labelwright_plugins.label_studio.config import ConfigControl, LabelConfig
from labelwright_plugins.label_studio.drawn import DRAWN, TYPES

DRAWN_KINDS = frozenset((Kind.SHAPES, Kind.TRACKS))
SKELETON = "skeleton"
JOINTS, VISIBILITY = "_joints", "_visibility"
_NUMBERED = re.compile(r"[_-]?\d+$")


def is_figure(control: Control) -> bool:
    """Whether a control's answers, or some of them, are figures of named points."""
    return bool(control.skeletons) or SKELETON in control.shapes


def is_pure(control: Control) -> bool:
    """Whether nothing but figures may be drawn."""
    return control.shapes == [SKELETON]


def without_number(name: str) -> str:
    """A name in a Repeater without the number of its entry."""
    return _NUMBERED.sub("", name)


def control_of(name: str, type_: str, template: Template, config: LabelConfig | None) -> str:
    """The template's control that a tag, or a result, of this name and type serves; empty if none.

    ``type_`` is the tag in small letters, as results name it.
    """
    asked = template.controls
    if name in asked:
        return name
    drawn = [n for n, c in asked.items() if c.kind in DRAWN_KINDS]
    if type_ in TYPES or type_ == "labels":
        fitting = [n for n in drawn if name.startswith(f"{n}_")]
        if fitting:
            return max(fitting, key=len)
    if type_ == "choices" and name.endswith(VISIBILITY):
        figure = name.removesuffix(VISIBILITY)
        if figure in drawn and is_figure(asked[figure]):
            return figure
    if type_ in TYPES and not type_.endswith("labels"):
        return _labelled(name, template, config, drawn)
    return ""


def _labelled(name: str, template: Template, config: LabelConfig | None, drawn: list[str]) -> str:
    """The control whose ``Labels`` name what a tag without labels draws."""
    tag = config.controls.get(name) if config else None
    if config is None or tag is None:
        return drawn[0] if len(drawn) == 1 and config is None else ""
    for other in config.controls.values():
        if other.tag == "Labels" and other.to_name == tag.to_name:
            found = control_of(other.name, "labels", template, config)
            if found in drawn:
                return found
    return ""


def tags_of(name: str, template: Template, config: LabelConfig) -> list[ConfigControl]:
    """The tags of a config that serve a control, in the config's order."""
    own = config.controls.get(name)
    if template.controls[name].kind not in DRAWN_KINDS:
        return [own] if own is not None else []
    return [
        tag for tag in config.controls.values()
        if control_of(tag.name, tag.tag.lower(), template, config) == name
    ]  # fmt: skip


def label_tags(tags: list[ConfigControl], figure: bool) -> list[ConfigControl]:
    """Those that hold a control's own labels; of a figure, not those that hold its points."""
    return [
        tag for tag in tags
        if tag.labels and (tag.tag == "Labels" or tag.tag in DRAWN) and not (figure and _is_joints(tag))
    ]  # fmt: skip


def joint_tag(tags: list[ConfigControl]) -> ConfigControl | None:
    """The tag that holds the points of figures."""
    return next((tag for tag in tags if _is_joints(tag)), None)


def _is_joints(tag: ConfigControl) -> bool:
    return tag.tag == "KeyPointLabels" and tag.name.endswith(JOINTS)
