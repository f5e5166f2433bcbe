"""From shapes and a caption to the ``Grounding`` parts of an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from labelwright.contracts import Template
from labelwright.examples import Grounding, Part, Pointed, Text
from labelwright.problems import ProblemType, UsageError
from labelwright.records import Kind, Shape
from labelwright.render.compared import Uncomparable
from labelwright.render.forms import plain
from labelwright.render.shown import media_inputs
from labelwright.render.text import Compiled

Answers: TypeAlias = Mapping[str, Any]
Where: TypeAlias = Sequence[tuple[str, str]]  # input and index in it, of each media of the example
Build: TypeAlias = Callable[[Answers, Answers, Where], tuple[Part, ...]]

PHRASE_UNSAID = ProblemType(
    "render.phrase-unsaid",
    "A shape that is to be tied to a caption has no phrase",
    "region {region} has no phrase; the item gives no example",
    "Open the item in the tool and write the words of the caption that the shape shows.",
)
PHRASE_MISSING = ProblemType(
    "render.phrase-missing",
    "A caption does not contain the phrase of a shape",
    "the caption has no {phrase!r} (region {region}); the item gives no example",
    "Write the phrase exactly as the caption has it, or mend the caption.",
)
PHRASE_REPEATED = ProblemType(
    "render.phrase-repeated",
    "A phrase occurs more than once in its caption",
    "the caption has {phrase!r} {count} times and region {region} does not say which",
    "Make the phrase longer, until it occurs once, or say which is meant: 1 for the first.",
)
OCCURRENCE_WRONG = ProblemType(
    "render.phrase-occurrence",
    "A shape names an occurrence of its phrase that is not there",
    "region {region} names occurrence {given} of {phrase!r}, which the caption has {count} times",
    "Count the places from 1 and correct the number.",
)
CAPTION_EMPTY = ProblemType(
    "render.caption-empty",
    "There is no caption to tie shapes to",
    "{caption} is empty; the item gives no example",
    "Open the item in the tool and write the caption.",
)
IMAGE_UNKNOWN = ProblemType(
    "render.shape-without-image",
    "A shape is on an image that the example does not show",
    "region {region} is on image {unit} of {input!r}, which the item does not have",
    "Import the item again with all its images.",
)
_KEYS = {"grounding", "caption", "phrase", "occurrence", "attributes", "text"}


class GroundedTarget:
    """Compiles ``assistant = {grounding = ...}``. Raises ``UsageError`` if it cannot work.

    ``shapes`` is the name of the control whose shapes are shown.
    """

    def __init__(self, template: Template, text: Callable[[str, str], Compiled]) -> None:
        """``text`` compiles one of the template's strings by name."""
        self._where = f"template {template.name}: [example] assistant"
        self._template = template
        given = template.example.assistant
        if not isinstance(given, dict) or "grounding" not in given or set(given) - _KEYS:
            known = ", ".join(sorted(_KEYS))
            raise UsageError(f"{self._where}: give a table with grounding, and of {known}")
        scope, _, name = str(given["grounding"]).partition(".")
        control = template.controls.get(name) if scope == "controls" else None
        if control is None or control.kind is not Kind.SHAPES:
            raise UsageError(f"{self._where}: grounding: give controls.NAME of a control of kind shapes")
        self.shapes, self._input = name, control.input or self._only_image(template)
        self._caption = self._reference(given.get("caption", ""))
        self._phrase = self._asked(given.get("phrase", ""), "phrase")
        self._occurrence = self._asked(given.get("occurrence", ""), "occurrence")
        self._attributes = [self._asked(name, "attributes") for name in given.get("attributes", [])]
        self._text = text("assistant text", given["text"]) if given.get("text") else None

    def _only_image(self, template: Template) -> str:
        names = media_inputs(template)
        if len(names) != 1:
            raise UsageError(f"{self._where}: name the control's input, since media has {len(names)}")
        return names[0]

    def _reference(self, reference: str) -> Callable[[Answers, Answers], Any] | None:
        if not reference:
            return None
        scope, _, name = reference.partition(".")
        if scope == "controls" and name in self._template.controls:
            return lambda inputs, answers: answers.get(name)
        if scope == "inputs" and name in self._template.inputs:
            return lambda inputs, answers: inputs.get(name)
        raise UsageError(f"{self._where}: caption: there is no {reference}")

    def _asked(self, name: str, key: str) -> str:
        """The name of a control asked of the shapes, as ``NAME`` or ``controls.NAME``."""
        name = name.removeprefix("controls.")
        control = self._template.controls.get(name)
        if name and (control is None or control.on != self.shapes):
            raise UsageError(f"{self._where}: {key}: {name!r} is not asked of {self.shapes}")
        return name

    def build(self, inputs: Answers, answers: Answers, where: Where) -> tuple[Part, ...]:
        """The parts of the answer; sizes are still unknown. Raises ``Uncomparable``, ``TextError``."""
        parts: list[Part] = []
        if self._text is not None and (words := self._text(inputs, answers)):
            parts.append(Text(words if words.endswith("\n") else f"{words}\n"))
        caption = ""
        if self._caption is not None:
            caption = str(self._caption(inputs, answers) or "")
            if not caption.strip():
                raise Uncomparable(CAPTION_EMPTY, caption="the caption")
        shapes: tuple[Shape, ...] = answers.get(self.shapes) or ()
        for unit, held in self._by_image(shapes).items():
            objects = self._phrases(caption, held) if caption else [self._thing(shape) for shape in held]
            parts.append(Grounding(tuple(objects), (0, 0), caption, self._media(unit, held, where)))
        return tuple(parts)

    def _by_image(self, shapes: tuple[Shape, ...]) -> dict[str, list[Shape]]:
        found: dict[str, list[Shape]] = {}
        for shape in shapes:
            found.setdefault(shape.unit, []).append(shape)
        return {unit: found[unit] for unit in sorted(found, key=_index)} or {"": []}

    def _media(self, unit: str, held: list[Shape], where: Where) -> int:
        for index, (name, at) in enumerate(where):
            if name == self._input and (at or "0") == (unit or "0"):
                return index
        if (
            not held
        ):  # nothing is on the image, and the item does not even have it: said where it is looked for
            return 0
        raise Uncomparable(
            IMAGE_UNKNOWN, region=held[0].id or held[0].label, unit=unit or "0", input=self._input
        )

    def _thing(self, shape: Shape, start: int = -1, end: int = -1, phrase: str = "") -> Pointed:
        asked = dict(shape.answers)
        more = tuple((name, plain(asked[name])) for name in self._attributes if asked.get(name) is not None)
        if not phrase and self._phrase:
            phrase = str(asked.get(self._phrase) or "")
        return Pointed(phrase or shape.label, (shape.geometry,), start, end, more)

    def _phrases(self, caption: str, shapes: list[Shape]) -> list[Pointed]:
        """The phrases in the order of the caption; shapes of one place in it are one."""
        found: dict[tuple[int, int], Pointed] = {}
        for shape in shapes:
            start, end = self._place(caption, shape)
            thing = self._thing(shape, start, end, caption[start:end])
            known = found.get((start, end))
            if known is not None:
                thing = Pointed(known.label, (*known.shapes, *thing.shapes), start, end, known.answers)
            found[(start, end)] = thing
        return [found[place] for place in sorted(found)]

    def _place(self, caption: str, shape: Shape) -> tuple[int, int]:
        """Where a shape's phrase stands: whole words, once, or as often as the shape says."""
        asked, region = dict(shape.answers), shape.id or shape.label
        phrase = str((asked.get(self._phrase) if self._phrase else shape.label) or "").strip()
        if not phrase:
            raise Uncomparable(PHRASE_UNSAID, region=region)
        places = [m.span() for m in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", caption)]
        if not places:
            raise Uncomparable(PHRASE_MISSING, phrase=phrase, region=region)
        given = asked.get(self._occurrence) if self._occurrence else None
        if given is not None:
            if not (isinstance(given, int | float) and 1 <= given <= len(places) and int(given) == given):
                raise Uncomparable(
                    OCCURRENCE_WRONG, phrase=phrase, region=region, given=given, count=len(places)
                )
            return places[int(given) - 1]
        if len(places) > 1:
            raise Uncomparable(PHRASE_REPEATED, phrase=phrase, region=region, count=len(places))
        return places[0]


def _index(unit: str) -> int:
    return int(unit) if unit.isdigit() else 0
