"""Label Studio's label config: the controls it asks, the objects it shows."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from msgspec import Struct

from labelwright.contracts import STEP
from labelwright.io.xml import parse_xml
from labelwright.problems import DataError, Place, ProblemType

BAD_CONFIG = ProblemType(
    "label-studio.config-unreadable",
    "A label config cannot be read",
    "the label config cannot be used: {reason}",
    "Copy the config from the project's settings (Labeling Interface, Code) and pass it with --label-config.",
)

# Tags that ask something, by the tag that holds one label of theirs ("" where there are none).
CONTROL_TAGS = {
    "Choices": "Choice",
    "Taxonomy": "Choice",
    "Labels": "Label",
    "HyperTextLabels": "Label",
    "ParagraphLabels": "Label",
    "Rating": "",
    "Number": "",
    "DateTime": "",
    "TextArea": "",
    "Pairwise": "",
    "Ranker": "Bucket",
    "RectangleLabels": "Label",
    "EllipseLabels": "Label",
    "PolygonLabels": "Label",
    "KeyPointLabels": "Label",
    "BrushLabels": "Label",
    "BitmaskLabels": "Label",
    "VectorLabels": "Label",
    "TimelineLabels": "Label",
    "TimeSeriesLabels": "Label",
    "Rectangle": "",
    "Ellipse": "",
    "Polygon": "",
    "KeyPoint": "",
    "Brush": "",
    "Bitmask": "",
    "Vector": "",
    "VideoRectangle": "",
    "MagicWand": "",
    "Magicwand": "",
}
RELATIONS = "Relations"
# In a Repeater names end in a place for the number of the entry: labels_{{idx}}, $images[{{idx}}].url.
INDEX = re.compile(r"[_-]?\{\{\w+\}\}")
INDEX_OF_LIST = re.compile(r"([^\[]*)(\[\{\{\w+\}\}\])?(.*)", re.DOTALL)
OBJECT_TAGS = frozenset(
    (
        "Text",
        "HyperText",
        "Paragraphs",
        "Image",
        "Audio",
        "AudioPlus",
        "Video",
        "TimeSeries",
        "List",
        "Table",
        "Pdf",
    )
)


class ConfigControl(Struct):
    """One control tag. ``labels`` maps what an export may hold (value or alias) to what it stores.

    ``when`` are the labels, with commas between, and ``of`` the tag whose regions it is asked of.
    """

    name: str
    tag: str
    to_name: str
    labels: dict[str, str] = {}
    per_region: bool = False
    required: bool = False
    single: bool = True
    when: str = ""
    of: str = ""


class ConfigObject(Struct):
    """One object tag: what the annotator sees, and the task's data key it shows.

    ``repeated``: it stands in a Repeater, once for each entry of the list; ``path`` leads from the entry
    to what is shown. ``frame_rate`` is that of a video, as it is written: a number or ``$key``.
    """

    name: str
    tag: str
    variable: str
    repeated: bool = False
    path: str = ""
    frame_rate: str = ""


class LabelConfig(Struct):
    """A parsed label config. ``relations`` is None where the config has no Relations tag."""

    controls: dict[str, ConfigControl]
    objects: dict[str, ConfigObject]
    relations: list[str] | None = None


def parse_config(text: str, source: str = "") -> LabelConfig:
    """Parse a label config. Raises ``DataError`` if it is not one."""
    try:
        root = parse_xml(text)
    except ValueError as error:
        raise DataError(BAD_CONFIG.at(Place(source=source), reason=str(error))) from None
    config = LabelConfig({}, {})
    for element in root.iter():
        name = INDEX.sub("", element.get("name", ""))
        if element.tag == RELATIONS:
            config.relations = [r.get("value", "") for r in element.iter("Relation")]
        elif element.tag in CONTROL_TAGS and name:
            config.controls[name] = _control(element, name)
        elif element.tag in OBJECT_TAGS and name:
            config.objects[name] = _object(element, name)
    if not config.controls:
        reason = f"its root is <{root.tag}> and it asks nothing"
        raise DataError(BAD_CONFIG.at(Place(source=source), reason=reason))
    return config


def _object(element: ElementTree.Element, name: str) -> ConfigObject:
    shown = (element.get("value") or element.get("valueList") or "").lstrip("$")
    variable, index, path = INDEX_OF_LIST.fullmatch(shown).groups()  # type: ignore[union-attr]
    rate = next((v for k, v in element.items() if k.lower() == "framerate"), "")
    return ConfigObject(name, element.tag, variable, bool(index), (path or "").lstrip("."), rate)


def _control(element: ElementTree.Element, name: str) -> ConfigControl:
    labels: dict[str, str] = {}
    child = CONTROL_TAGS[element.tag]
    if element.tag == "Taxonomy":
        _taxonomy_labels(element, (), labels)
    elif child:
        for label in element.iter(child):
            value = label.get("name" if child == "Bucket" else "value", "")
            stored = label.get("alias") or value
            labels[stored] = stored
            labels.setdefault(value, stored)
    return ConfigControl(
        name,
        element.tag,
        INDEX.sub("", element.get("toName", "")),
        labels,
        per_region=element.get("perRegion", "") == "true",
        required=element.get("required", "") == "true",
        single=_is_single(element),
        when=element.get("whenLabelValue", ""),
        of=INDEX.sub("", element.get("whenTagName", "")),
    )


def _is_single(element: ElementTree.Element) -> bool:
    if element.tag == "TextArea":
        return element.get("maxSubmissions", "") == "1"
    if element.tag == "Choices":
        return element.get("choice", "single") in ("single", "single-radio")
    return True


def _taxonomy_labels(parent: ElementTree.Element, path: tuple[str, ...], labels: dict[str, str]) -> None:
    for choice in parent.findall("Choice"):
        here = (*path, str(choice.get("alias") or choice.get("value", "")))
        joined = STEP.join(here)
        labels[joined] = joined
        _taxonomy_labels(choice, here, labels)


def stored_labels(control: ConfigControl) -> list[str]:
    """The labels an export of this config holds, in the config's order."""
    return list(dict.fromkeys(control.labels.values()))
