"""Reads and replaces the labels of a Label Studio configuration."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from labelwright.problems import DataError, ProblemType, UsageError
from labelwright_plugins.label_studio.compared import PREFERENCES

BAD_CONFIG = ProblemType(
    "label-studio.config-broken",
    "A labelling configuration is not well-formed",
    "the labelling configuration cannot be read: {reason}",
    "Correct the XML; Label Studio's settings page shows where it breaks.",
)
OPTIONS = {"Choice", "Label"}


def parse(xml: str) -> ElementTree.Element:
    """The configuration's root. Raises ``DataError``; entities are refused, for they can explode."""
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise DataError(BAD_CONFIG.at(reason="it declares a document type or entities"))
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise DataError(BAD_CONFIG.at(reason=str(error))) from None


def same(one: str, other: str) -> bool:
    """Whether two configurations are the same but for layout."""
    return _canonical(one) == _canonical(other)


def labels_of(xml: str) -> dict[str, set[str]]:
    """What answers can hold, by control: the alias of an option, or else its value."""
    found: dict[str, set[str]] = {}
    for control in parse(xml).iter():
        name = control.get("name")
        if name and control.get("toName"):
            options = (o for o in control.iter() if o.tag in OPTIONS)
            found[name] = {o.get("alias") or o.get("value") or "" for o in options}
    return found


def with_labels(xml: str, labels: Sequence[str]) -> str:
    """The configuration with other labels in its first control that has any.

    An option that stays keeps its attributes; the options of a preference are fixed. Raises
    ``UsageError`` when no control has labels of its own, or the labels are empty or repeated.
    """
    if not labels or any(not label.strip() for label in labels) or len(set(labels)) < len(labels):
        raise UsageError("--labels takes different names with commas between, such as REFUND,OTHER")
    root = parse(xml)
    for control in root.iter():
        old = [child for child in control if child.tag in OPTIONS]
        if not (control.get("name") and old):
            continue
        known = {option.get("alias") or option.get("value"): option for option in old}
        if known.keys() <= set(PREFERENCES):
            continue  # left, tie and right mean what they say
        at, tag, tail = list(control).index(old[0]), old[0].tag, old[0].tail
        for option in old:
            control.remove(option)
        for number, label in enumerate(labels):
            kept = known.get(label)
            new = ElementTree.Element(tag, {"value": label}) if kept is None else kept
            new.tail = tail
            control.insert(at + number, new)
        return ElementTree.tostring(root, encoding="unicode") + "\n"
    raise UsageError("the template has no control with labels of its own; leave --labels out")


def _canonical(xml: str) -> str:
    parse(xml)
    return ElementTree.canonicalize(xml, strip_text=True)
