"""The labels of a CVAT project, from a template: what CVAT's label constructor takes under "Raw".

CVAT's side of the names: a label has a ``type`` (what may be drawn for it), ``attributes`` and, where it
is a skeleton, ``sublabels`` and a drawing of its points (``svg``).
"""

from __future__ import annotations

import math
from typing import Any
from xml.sax.saxutils import quoteattr

from labelwright.contracts import Control, SkeletonSpec, Template
from labelwright.records import Kind

DRAWN = (Kind.SHAPES, Kind.TRACKS)
TAGS = (Kind.CHOICE, Kind.CHOICES)
TYPES = {
    "box": "rectangle",
    "ellipse": "ellipse",
    "polygon": "polygon",
    "polyline": "polyline",
    "points": "points",
    "mask": "mask",
    "skeleton": "skeleton",
    "cuboid": "cuboid",
}
ANY, TAG = "any", "tag"
UNDEFINED = "__undefined__"  # CVAT's own name for a choice that nobody has made
CHECKBOX = frozenset({"true", "false"})
_WIDEST = 1_000_000


def label_specs(template: Template) -> list[dict[str, Any]]:
    """The labels to install, in the template's order: name, type, attributes, sublabels and svg.

    Labels of drawing controls come first, then the tags: the labels of each choice that is asked of the
    item. A label of several controls is of type ``any`` unless they ask for the same. A choice without
    a default gets ``__undefined__`` as one, so that CVAT answers nothing by itself. What CVAT cannot
    ask is left out (see ``unasked``).
    """
    found: dict[str, dict[str, Any]] = {}
    for name, control in template.controls.items():
        if control.kind in DRAWN:
            for label in control.labels:
                _enter(found, label, _drawn(label, control), attributes(template, name, label))
    for control in template.controls.values():
        if is_tags(control):
            for label in control.labels:
                _enter(found, label, {"type": TAG}, attributes(template, "", label))
    return list(found.values())


def is_tags(control: Control) -> bool:
    """Whether a control's answers are CVAT's tags: a choice that is asked of the whole item."""
    return control.kind in TAGS and not control.on and not control.only


def asked_of(template: Template, on: str, label: str) -> dict[str, Control]:
    """The controls asked of one label's regions, by name; ``on`` empty: of the tag of that label."""
    return {
        name: control
        for name, control in template.controls.items()
        if control.on == on and control.kind not in DRAWN and _asks(control, label)
    }


def _asks(control: Control, label: str) -> bool:
    return label in control.only if not control.on else not control.only or label in control.only


def attribute_name(control: str, label: str) -> str:
    """What an attribute is called in CVAT: the control without the ``label.`` that tells it apart."""
    return control.removeprefix(f"{label}.")


def attributes(template: Template, on: str, label: str) -> list[dict[str, Any]]:
    """The attributes of one label, as CVAT defines them."""
    found = []
    for name, control in asked_of(template, on, label).items():
        spec = _attribute(control)
        if spec:
            found.append({"name": attribute_name(name, label), "mutable": control.mutable, **spec})
    return found


def unasked(template: Template) -> list[str]:
    """The controls of a template that CVAT has no way to ask."""
    return [
        name
        for name, control in template.controls.items()
        if control.kind not in DRAWN
        and not is_tags(control)
        and (not (control.on or control.only) or not _attribute(control))
    ]


def _enter(
    found: dict[str, dict[str, Any]], label: str, kind: dict[str, Any], asked: list[dict[str, Any]]
) -> None:
    """Add a label, or join it with one of the same name."""
    spec = found.get(label)
    if spec is None:
        found[label] = {"name": label, "type": kind["type"], "attributes": asked}
        found[label] |= {k: v for k, v in kind.items() if k != "type"}
        return
    if spec["type"] != kind["type"]:
        spec["type"] = ANY
        spec.pop("svg", None)
        spec.pop("sublabels", None)
    known = {a["name"] for a in spec["attributes"]}
    spec["attributes"].extend(a for a in asked if a["name"] not in known)


def _drawn(label: str, control: Control) -> dict[str, Any]:
    skeleton = control.skeletons.get(label)
    if skeleton is not None:
        points = [{"name": j, "type": "points", "attributes": []} for j in skeleton.joints]
        return {"type": "skeleton", "sublabels": points, "svg": svg_of(skeleton)}
    shapes = [s for s in control.shapes if s != "skeleton"]
    return {"type": TYPES.get(shapes[0], ANY) if len(shapes) == 1 else ANY}


def _attribute(control: Control) -> dict[str, Any]:
    """Input type, default and values; empty if CVAT has none that asks this."""
    kind, default = control.kind, control.default
    if kind is Kind.CHOICE and set(control.labels) == CHECKBOX:
        return {"input_type": "checkbox", "default_value": default or "false", "values": ["false"]}
    if kind is Kind.CHOICE and control.labels:
        values = control.labels if default in control.labels else [UNDEFINED, *control.labels]
        return {
            "input_type": "select",
            "default_value": default if default in values else UNDEFINED,
            "values": list(values),
        }
    if kind in (Kind.NUMBER, Kind.RATING):
        low = control.minimum if control.minimum is not None else (0 if kind is Kind.RATING else -_WIDEST)
        high = control.maximum if control.maximum is not None else _WIDEST
        whole = float(low).is_integer() and float(high).is_integer()
        step = "1" if kind is Kind.RATING or whole else "0.01"
        first = low if control.minimum is not None else max(low, 0)
        values = [_number(low), _number(high), step]
        return {"input_type": "number", "default_value": default or _number(first), "values": values}
    if kind in (Kind.TEXT, Kind.TRANSCRIPT, Kind.DATE, Kind.CHOICE):
        return {"input_type": "text", "default_value": default, "values": [default]}
    return {}


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def svg_of(skeleton: SkeletonSpec) -> str:
    """The drawing of a skeleton that CVAT asks for: its points on a circle in a square of 100."""
    count = len(skeleton.joints)
    radius = 40 if count > 1 else 0
    places = [
        (50 + radius * math.sin(2 * math.pi * n / count), 50 - radius * math.cos(2 * math.pi * n / count))
        for n in range(count)
    ]
    at = {joint: n for n, joint in enumerate(skeleton.joints)}
    parts = []
    for edge in skeleton.edges:
        ends = [at[j] for j in edge if j in at]
        if len(ends) == 2:
            (x1, y1), (x2, y2) = places[ends[0]], places[ends[1]]
            parts.append(
                f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" data-type="edge"'
                f' data-node-from="{ends[0] + 1}" data-node-to="{ends[1] + 1}"></line>'
            )
    for joint, n in at.items():
        x, y = places[n]
        parts.append(
            f'<circle r="0.75" cx="{x:.2f}" cy="{y:.2f}" data-type="element node"'
            f' data-element-id="{n + 1}" data-node-id="{n + 1}" data-label-name={quoteattr(joint)}></circle>'
        )
    return "".join(parts)
