"""A template made of a project's own label config, for exports that no installed template fits."""

from __future__ import annotations

from labelwright.contracts import Control, ExampleSpec, Input, SkeletonSpec, Source, Template
from labelwright.problems import UsageError
from labelwright.records import Kind
from labelwright_plugins.label_studio.config import (
    ConfigControl,
    LabelConfig,
    parse_config,
    stored_labels,
)
from labelwright_plugins.label_studio.drawn import DRAWN
from labelwright_plugins.label_studio.served import JOINTS, SKELETON, VISIBILITY

INPUTS = {
    "Text": "text",
    "HyperText": "text",
    "Paragraphs": "dialogue",
    "Image": "image",
    "Audio": "audio",
    "AudioPlus": "audio",
    "Video": "video",
}
KINDS = {
    "Taxonomy": Kind.TAXONOMY,
    "Rating": Kind.RATING,
    "Number": Kind.NUMBER,
    "DateTime": Kind.DATE,
    "TextArea": Kind.TEXT,
    "Pairwise": Kind.PREFERENCE,
    "Ranker": Kind.RANKING,
    "HyperTextLabels": Kind.SPANS,
    "ParagraphLabels": Kind.SPANS,
    "TimelineLabels": Kind.SEGMENTS,
}
MARKING = frozenset((Kind.SPANS, Kind.SEGMENTS, Kind.SHAPES, Kind.TRACKS))


def infer(source: Source) -> Template:
    """The template of a source whose label config is known: controls are named as the tags are.

    Raises ``UsageError`` without a label config, ``DataError`` for one that cannot be read.
    """
    if not source.label_config:
        raise UsageError("without a template the project's label config is needed: pass --label-config")
    config = parse_config(source.label_config, source.name or source.path)
    shown = {o.variable or o.name: INPUTS.get(o.tag, "json") for o in config.objects.values()}
    inputs = {name: Input(type_, required=False) for name, type_ in shown.items()}
    controls: dict[str, Control] = {}
    for tag in config.controls.values():
        kind = _kind(tag, config)
        if kind in MARKING and not _serves(tag, config):
            controls[tag.name] = _marking(tag, kind, config)
    for tag in config.controls.values():
        kind = _kind(tag, config)
        if kind is not None and kind not in MARKING and not _is_visibility(tag, controls):
            controls[tag.name] = _asked(tag, kind, controls, config)
    ordered = {name: controls[name] for name in config.controls if name in controls}
    if config.relations is not None:
        ordered["relations"] = Control(Kind.RELATIONS, list(config.relations))
    title = "Made of the project's label config"
    types = {type_ for type_ in shown.values() if type_ in ("image", "video", "audio")}
    modality = types.pop() if len(types) == 1 else "text"
    return Template("label-studio", title, modality, "", inputs, ordered, ExampleSpec(kind="none"))


def _object_tag(tag: ConfigControl, config: LabelConfig) -> str:
    shown = config.objects.get(tag.to_name)
    return shown.tag if shown is not None else ""


def _kind(tag: ConfigControl, config: LabelConfig) -> Kind | None:
    """The kind of answer that a tag collects; None where none is read."""
    if tag.tag == "Choices":
        return Kind.CHOICE if tag.single else Kind.CHOICES
    if tag.tag == "VideoRectangle":
        return Kind.TRACKS
    if tag.tag in DRAWN:
        return Kind.SHAPES
    if tag.tag == "Labels":
        shown = _object_tag(tag, config)
        if shown == "Image":
            return Kind.SHAPES
        if shown == "Video":
            return Kind.TRACKS if _beside(tag, "VideoRectangle", config) else Kind.SEGMENTS
        return Kind.SEGMENTS if shown.startswith("Audio") else Kind.SPANS
    return KINDS.get(tag.tag)


def _beside(tag: ConfigControl, other: str, config: LabelConfig) -> ConfigControl | None:
    """The tag of a name on the same object."""
    return next((t for t in config.controls.values() if t.tag == other and t.to_name == tag.to_name), None)


def _serves(tag: ConfigControl, config: LabelConfig) -> bool:
    """Whether a tag has no control of its own: another's points, shapes or labels (see ``served``)."""
    if tag.tag not in DRAWN and tag.tag != "Labels":
        return False
    if tag.tag == "Labels":
        rectangle = _beside(tag, "VideoRectangle", config)
        return rectangle is not None and tag.name.startswith(f"{rectangle.name}_")
    if not tag.tag.endswith("Labels"):
        labels = _beside(tag, "Labels", config)
        return labels is not None and not labels.name.startswith(f"{tag.name}_")
    for other in config.controls.values():
        if tag.name.startswith(f"{other.name}_") and other.tag in DRAWN and other.to_name == tag.to_name:
            points = tag.name == other.name + JOINTS and tag.tag == "KeyPointLabels"
            if points or stored_labels(tag) == stored_labels(other):
                return True
    return False


def _marking(tag: ConfigControl, kind: Kind, config: LabelConfig) -> Control:
    labels = tag
    if tag.tag == "VideoRectangle":
        labels = _beside(tag, "Labels", config) or tag
    control = Control(kind, stored_labels(labels), input=_input(tag, config))
    points = config.controls.get(tag.name + JOINTS)
    if kind is Kind.SHAPES and points is not None and points.tag == "KeyPointLabels":
        spec = SkeletonSpec(stored_labels(points))
        others = [
            DRAWN[other.tag] for other in config.controls.values()
            if other.name.startswith(f"{tag.name}_") and other is not points and other.tag in DRAWN
            and _serves(other, config)
        ]  # fmt: skip
        control.shapes = ["box", *others, SKELETON] if others else [SKELETON]
        control.skeletons = {label: spec for label in control.labels}
    return control


def _input(tag: ConfigControl, config: LabelConfig) -> str:
    shown = config.objects.get(tag.to_name)
    return (shown.variable or shown.name) if shown is not None else ""


def _is_visibility(tag: ConfigControl, controls: dict[str, Control]) -> bool:
    figure = controls.get(tag.name.removesuffix(VISIBILITY))
    return tag.name.endswith(VISIBILITY) and figure is not None and bool(figure.skeletons)


def _asked(tag: ConfigControl, kind: Kind, controls: dict[str, Control], config: LabelConfig) -> Control:
    """A control asked of the item, or of the regions of the control that the tag names, else the first."""
    control = Control(kind, stored_labels(tag), input=_input(tag, config))
    control.multiple = kind is Kind.TEXT and not tag.single
    if tag.per_region:
        near = [
            name for name, other in controls.items()
            if other.kind in MARKING and config.controls[name].to_name == tag.to_name
        ]  # fmt: skip
        named = [name for name in near if name == tag.of]
        control.on = (named or near or [""])[0]
        control.only = [x for x in tag.when.split(",") if x]
    return control
