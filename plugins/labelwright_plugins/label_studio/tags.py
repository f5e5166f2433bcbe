"""Which tag holds an answer that is written, and the label config that has all of these tags.

A template's own label config decides where there is one. Else a tag is named after its control: of
several shapes the first has the control's name, the others that and their own (``objects_polygon``).
"""

from __future__ import annotations

from xml.etree import ElementTree

from msgspec import Struct

from labelwright.contracts import STEP, Control, Template
from labelwright.records import Kind
from labelwright_plugins.label_studio.config import ConfigControl, LabelConfig, stored_labels
from labelwright_plugins.label_studio.drawn import DRAWN
from labelwright_plugins.label_studio.served import (
    JOINTS,
    SKELETON,
    VISIBILITY,
    is_figure,
    joint_tag,
    tags_of,
)

LABELLED = {  # what draws a shape and labels it, first choice first
    "box": "RectangleLabels",
    "ellipse": "EllipseLabels",
    "polygon": "PolygonLabels",
    "polyline": "VectorLabels",
    "points": "KeyPointLabels",
    "mask": "BrushLabels",
}
ASKING = {
    Kind.CHOICE: "Choices",
    Kind.CHOICES: "Choices",
    Kind.PREFERENCE: "Choices",
    Kind.TAXONOMY: "Taxonomy",
    Kind.RATING: "Rating",
    Kind.NUMBER: "Number",
    Kind.DATE: "DateTime",
    Kind.TEXT: "TextArea",
    Kind.TRANSCRIPT: "TextArea",
    Kind.JSON: "TextArea",
    Kind.SPANS: "Labels",
}
OBJECTS = {"text": "Text", "dialogue": "Paragraphs", "image": "Image", "audio": "Audio", "video": "Video"}
SEEN = ("visible", "occluded", "hidden")


class Tag(Struct, frozen=True):
    """A tag that holds results: ``labels`` names the tag that holds their labels, if another does."""

    name: str
    tag: str
    to_name: str
    labels: str = ""


class Tags:
    """The tags of a template's controls; those that are made are remembered for ``config``."""

    def __init__(self, template: Template, config: LabelConfig | None) -> None:
        """``config`` is the template's own, if it has one."""
        self._template = template
        self._config = config
        self.fixed = config is not None  # no tag can be made
        self._made: dict[str, tuple[str, Control, Tag]] = {}
        for name, control in template.controls.items():
            for shape in (
                (control.shapes or ["box"]) if control.kind is Kind.SHAPES and config is None else ()
            ):
                self.drawn(name, shape)
            if control.kind is not Kind.SHAPES and config is None:
                self.asking(name)

    def shown(self, name: str) -> str:
        """The input that a control is about: the one it names, else the first that fits its kind."""
        control, inputs = self._template.controls[name], self._template.inputs
        if control.input:
            return control.input
        if control.on in self._template.controls:
            return self.shown(control.on)
        fitting = {
            Kind.SHAPES: ("image", "video"),
            Kind.TRACKS: ("video",),
            Kind.SEGMENTS: ("audio", "video"),
            Kind.TRANSCRIPT: ("audio", "video"),
            Kind.SPANS: ("text", "dialogue"),
        }.get(control.kind, tuple(OBJECTS))
        return next((n for n, given in inputs.items() if given.type in fitting), "image")

    def drawn(self, name: str, shape: str) -> Tag | None:
        """The tag for one shape of a control; None if the template's config has none."""
        control = self._template.controls[name]
        if self._config is not None:
            return self._held(tags_of(name, self._template, self._config), shape)
        if shape == SKELETON:
            return self._make(name, control, Tag(name, "RectangleLabels", self.shown(name)))
        if shape not in LABELLED:
            return None
        plain = next((x for x in control.shapes if x in LABELLED), "box")
        plain = "box" if is_figure(control) else plain  # the box of a figure has its control's name
        own = name if shape == plain else f"{name}_{shape}"
        return self._make(name, control, Tag(own, LABELLED[shape], self.shown(name)))

    def _held(self, tags: list[ConfigControl], shape: str) -> Tag | None:
        wanted = "box" if shape == SKELETON else shape
        labels = next((tag.name for tag in tags if tag.tag == "Labels"), "")
        if shape == SKELETON and joint_tag(tags) is None:
            return None
        fitting = [t for t in tags if DRAWN.get(t.tag) == wanted and t.tag != "VideoRectangle"]
        if shape == "points":
            fitting = [t for t in fitting if t is not joint_tag(tags)]
        for tag in sorted(fitting, key=lambda t: t.tag.startswith("Bitmask")):
            own = tag.tag.endswith("Labels")
            if own or labels:
                return Tag(tag.name, tag.tag, tag.to_name, "" if own else labels)
        return None

    def joints(self, name: str) -> tuple[str, str, dict[str, str]]:
        """Names of the tags of a figure's points and of their visibility, and its words by what they mean."""
        if self._config is None:
            return name + JOINTS, name + VISIBILITY, {word: word for word in SEEN}
        points = joint_tag(tags_of(name, self._template, self._config))
        asked = self._config.controls.get(name + VISIBILITY)
        words = {word.casefold(): word for word in stored_labels(asked)} if asked is not None else {}
        return points.name if points is not None else "", name + VISIBILITY, words

    def track(self, name: str) -> Tag | None:
        """The tag of a control's tracks."""
        if self._config is not None:
            found = tags_of(name, self._template, self._config)
            tag = next((t for t in found if t.tag == "VideoRectangle"), None)
            return Tag(tag.name, tag.tag, tag.to_name) if tag is not None else None
        return self._make(name, self._template.controls[name], Tag(name, "VideoRectangle", self.shown(name)))

    def asking(self, name: str) -> Tag | None:
        """The tag of a control that draws nothing; None if there is none for its kind."""
        control = self._template.controls[name]
        if self._config is not None:
            tag = self._config.controls.get(name)
            return Tag(name, tag.tag, tag.to_name) if tag is not None else None
        kind = ASKING.get(control.kind)
        if control.kind is Kind.TRACKS:
            return self.track(name)
        if control.kind is Kind.SEGMENTS:
            shown = self._template.inputs.get(self.shown(name))
            kind = "TimelineLabels" if shown is not None and shown.type == "video" else "Labels"
        return self._make(name, control, Tag(name, kind, self.shown(name))) if kind else None

    def _make(self, name: str, control: Control, tag: Tag) -> Tag:
        return self._made.setdefault(tag.name, (name, control, tag))[2]

    def config(self, rates: dict[str, float], several: set[str]) -> str:
        """A label config with the tags that were made; ``rates`` of videos, and inputs of several images."""
        root = ElementTree.Element("View")
        shown = {tag.to_name for _, _, tag in self._made.values()}
        for name, given in self._template.inputs.items():
            if given.type in OBJECTS and (name in shown or given.required):
                key = "valueList" if name in several else "value"
                attributes = {"name": name, key: f"${name}"}
                if name in rates:
                    attributes["frameRate"] = f"{rates[name]:.12g}"
                ElementTree.SubElement(root, OBJECTS[given.type], attributes)
        for name, control, tag in self._made.values():
            _element(root, name, control, tag)
        if any(c.kind is Kind.RELATIONS for c in self._template.controls.values()):
            labels = next(c.labels for c in self._template.controls.values() if c.kind is Kind.RELATIONS)
            relations = ElementTree.SubElement(root, "Relations")
            for label in labels:
                ElementTree.SubElement(relations, "Relation", {"value": label})
        ElementTree.indent(root)
        return ElementTree.tostring(root, encoding="unicode") + "\n"


def _element(root: ElementTree.Element, name: str, control: Control, tag: Tag) -> None:
    attributes = {"name": tag.name, "toName": tag.to_name}
    if tag.tag == "VideoRectangle":
        labels = ElementTree.SubElement(root, "Labels", {"name": f"{tag.name}_labels", "toName": tag.to_name})
        _options(labels, "Label", control.labels)
        ElementTree.SubElement(root, tag.tag, attributes)
        return
    if control.on:
        attributes |= {"perRegion": "true"}
        if control.only:
            attributes |= {"whenTagName": control.on, "whenLabelValue": ",".join(control.only)}
    if tag.tag == "Choices" and control.kind is Kind.CHOICES:
        attributes["choice"] = "multiple"
    if control.kind in (Kind.TEXT, Kind.TRANSCRIPT, Kind.JSON) and not control.multiple:
        attributes["maxSubmissions"] = "1"
    element = ElementTree.SubElement(root, tag.tag, attributes)
    if tag.tag == "Choices":
        _options(element, "Choice", control.labels or ["left", "tie", "right"])
    elif tag.tag == "Taxonomy":
        _tree(element, control.labels)
    elif tag.tag.endswith("Labels"):
        _options(element, "Label", control.labels)
    if is_figure(control) and tag.tag == "RectangleLabels":
        _figure(root, name, control, tag)


def _figure(root: ElementTree.Element, name: str, control: Control, tag: Tag) -> None:
    points = ElementTree.SubElement(root, "KeyPointLabels", {"name": name + JOINTS, "toName": tag.to_name})
    named = [joint for spec in control.skeletons.values() for joint in spec.joints]
    _options(points, "Label", list(dict.fromkeys(named)))
    asked = {"name": name + VISIBILITY, "toName": tag.to_name, "perRegion": "true"}
    seen = ElementTree.SubElement(root, "Choices", {**asked, "whenTagName": name + JOINTS})
    _options(seen, "Choice", list(SEEN))


def _options(parent: ElementTree.Element, tag: str, labels: list[str]) -> None:
    for label in labels:
        ElementTree.SubElement(parent, tag, {"value": label})


def _tree(parent: ElementTree.Element, paths: list[str]) -> None:
    """Choices in choices, from paths such as ``animal / dog``."""
    made: dict[tuple[str, ...], ElementTree.Element] = {(): parent}
    for path in paths:
        parts = tuple(path.split(STEP))
        for depth in range(1, len(parts) + 1):
            here = parts[:depth]
            if here not in made:
                made[here] = ElementTree.SubElement(made[here[:-1]], "Choice", {"value": here[-1]})
