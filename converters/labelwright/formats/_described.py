"""A template made of what a data set itself says: its labels, kinds of shapes and attributes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from labelwright.contracts import Control, ExampleSpec, Input, SkeletonSpec, Template
from labelwright.geometry.shapes import NAMES, Box, Geometry, name_of
from labelwright.records import Kind

OBJECTS = "objects"
MOST_CHOICES = 50  # different texts that are still the labels of a choice


class Values:
    """The values of one attribute, and what kind of question they answer."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._texts: dict[str, None] = {}
        self._kinds: set[str] = set()

    def add(self, value: Any) -> None:
        """Take notice of a value as JSON has it; null and the empty text say nothing."""
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self._kinds.add("flag")
        elif isinstance(value, int | float):
            self._kinds.add("number")
        elif isinstance(value, str):
            self._kinds.add("text")
            self._note(value)
        elif isinstance(value, list) and all(isinstance(v, str) for v in value):
            self._kinds.add("texts")
            for text in value:
                self._note(text)
        else:
            self._kinds.add("other")

    def _note(self, text: str) -> None:
        if len(self._texts) <= MOST_CHOICES:
            self._texts.setdefault(text)

    def control(self, on: str = "") -> Control:
        """The question that all values answer."""
        few = list(self._texts) if len(self._texts) <= MOST_CHOICES else []
        match sorted(self._kinds):
            case ["flag"]:
                return Control(Kind.CHOICE, ["true", "false"], on=on)
            case ["number"]:
                return Control(Kind.NUMBER, on=on)
            case ["text"]:
                return Control(Kind.CHOICE if few else Kind.TEXT, few, on=on)
            case ["texts"] | ["text", "texts"]:
                return Control(Kind.CHOICES, few, on=on)
            case _:
                return Control(Kind.JSON, on=on)

    def __bool__(self) -> bool:
        """Whether any value said something."""
        return bool(self._kinds)


class Description:
    """Gathers what a data set says of itself."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self.labels: dict[str, None] = {}
        self.skeletons: dict[str, SkeletonSpec] = {}
        self.tags: dict[str, Values] = {}
        self._attributes: dict[str, Values] = {}
        self._shapes: set[str] = set()
        self._rotated = False
        self._drawn: set[str] = set()

    def shape(self, geometry: Geometry, label: str, attributes: dict[str, Any]) -> None:
        """Take notice of a shape."""
        self.labels.setdefault(label)
        self._drawn.add(label)
        self._shapes.add(name_of(geometry))
        self._rotated |= isinstance(geometry, Box) and bool(geometry.rotation)
        for name, value in attributes.items():
            self._attributes.setdefault(name, Values()).add(value)

    def tag(self, name: str, value: Any) -> None:
        """Take notice of an answer about a whole image."""
        self.tags.setdefault(name, Values()).add(value)

    def template(self, name: str, title: str, tagged: Collection[str] = ()) -> Template:
        """The template; drawn shapes answer ``objects``, attributes a control of their own name each.

        ``tagged`` are labels that are put on whole images; those are no labels of shapes unless drawn.
        """
        labels = [x for x in self.labels if x and (x not in tagged or x in self._drawn)]
        objects = Control(Kind.SHAPES, labels, input="image", rotated=self._rotated)
        objects.shapes = [n for n in NAMES.values() if n in self._shapes]
        objects.skeletons = {k: v for k, v in self.skeletons.items() if k in self.labels}
        controls = {OBJECTS: objects}
        for tag, values in self.tags.items():
            if tag not in controls and values:
                controls[tag] = values.control()
        for attribute, values in self._attributes.items():
            if attribute not in controls and values:
                controls[attribute] = values.control(on=OBJECTS)
        inputs = {"image": Input("image")}
        return Template(name, title, "image", inputs=inputs, controls=controls, example=ExampleSpec("none"))
