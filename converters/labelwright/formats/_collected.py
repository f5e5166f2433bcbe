"""Objects of a data set that is read, as answers to a template, with an account of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from labelwright.contracts import Control, SkeletonSpec, Template
from labelwright.formats._pictures import shown_input
from labelwright.geometry.shapes import name_of
from labelwright.problems import READ, Place, Problem, Problems, ProblemType, UsageError
from labelwright.records import Annotation, Film, Item, ItemKey, Kind, Shape, Track

LABEL_UNKNOWN = ProblemType(
    "dataset.label-unknown",
    "An object has a label that the template does not have; it is set aside",
    "the label {label!r} is none of the template's",
    "Add the label to the template, or leave --template out.",
)
ATTRIBUTE_UNKNOWN = ProblemType(
    "dataset.attribute-undeclared",
    "A data set says something that the template does not ask",
    "the template has no control {name!r} for this",
    "Add the control to the template, or read the data without a template.",
    loss=True,
)
VALUE_UNUSABLE = ProblemType(
    "dataset.value-unusable",
    "An attribute of a data set has a value that its control does not take",
    "{value!r} is no answer to {name!r} ({kind})",
    "Correct the value or the template.",
    loss=True,
)
_NOTHING = object()


def answer_of(value: Any, control: Control) -> Any:
    """A JSON value as an answer to a control. Raises ``ValueError`` if it is none."""
    kind = control.kind
    if kind is Kind.CHOICE and isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if kind in (Kind.CHOICES, Kind.TAXONOMY):
        several = value if isinstance(value, list | tuple) else [value]
        if kind is Kind.TAXONOMY:
            return tuple(sorted(tuple(map(_text, path)) for path in several))
        return tuple(sorted(_known(_text(one), control) for one in several))
    if kind in (Kind.NUMBER, Kind.RATING):
        if isinstance(value, bool):
            raise ValueError("a flag is no number")
        return value if isinstance(value, int | float) else float(value)
    if kind is Kind.CHOICE:
        return _known(_text(value), control)
    if kind in (Kind.TEXT, Kind.DATE):
        return _text(value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError("it is no text")


def _known(text: str, control: Control) -> str:
    if control.labels and text not in control.labels:
        raise ValueError("it is none of the labels")
    return text


class Collector:
    """Makes items of what is read from a data set. An object that cannot be used is lost by its code.

    A template that declares labels declares them all: an object with another is a problem, and set aside.
    """

    def __init__(
        self,
        template: Template,
        problems: Problems,
        source: str = "",
        kind: Kind = Kind.SHAPES,
        needed: bool = True,
    ) -> None:
        """Find the template's controls of ``kind``, shapes or tracks.

        Raises ``UsageError`` if there are none, though they are ``needed``.
        """
        self.template, self.problems, self._source = template, problems, source
        self._drawn = {n: c for n, c in template.controls.items() if c.kind is kind}
        if needed and not self._drawn:
            what = "tracks in films" if kind is Kind.TRACKS else "shapes on images"
            raise UsageError(f"template {template.name!r} asks for no {what}")
        self.input = shown_input(template, next(iter(self._drawn), ""))
        self._by_label: dict[tuple[str, str], str | None] = {}
        self._answers: dict[str, Any] = {}
        self._ledger = problems.ledger(READ)
        self._set_aside = 0  # objects of the image that could not be read

    def unreadable(self, kind: ProblemType, count: int) -> None:
        """Account for objects that could not be read, of which problems tell already."""
        if count:
            self._set_aside += count
            self._ledger.taken += count
            self._ledger.lose(kind.code, count)

    def lose(self, problem: Problem, count: int = 1) -> None:
        """Account for objects that cannot be read."""
        if count:
            self._set_aside += count
            self._ledger.taken += count
            self.problems.lose(READ, problem, count)

    def add(self, thing: Shape | Track, place: Place, attributes: Mapping[str, Any] | None = None) -> None:
        """Account for an object and keep it for the item. ``attributes`` become its answers."""
        label = thing.label
        geometry = thing.geometry if isinstance(thing, Shape) else thing.keyframes[0].geometry
        key = (label, name_of(geometry))
        control = self._by_label[key] if key in self._by_label else self._find(*key)
        if control is None:
            self.lose(LABEL_UNKNOWN.at(place, label=label))
            return
        self._ledger.taken += 1
        self._ledger.given += 1
        if attributes:
            thing = replace(thing, answers=tuple(self._questions(control, label, attributes, place)))
        self._answers.setdefault(control, []).append(thing)

    def figure(self, label: str) -> SkeletonSpec | None:
        """The joints that the template names for a label."""
        return next((c.skeletons[label] for c in self._drawn.values() if label in c.skeletons), None)

    def place(self, file: str, line: int = 0, path: str = "") -> Place:
        """A place in a file of the source."""
        name = self._source if not file or file == self._source else f"{self._source}/{file}"
        return Place(name, line, path=path)

    def _find(self, label: str, kind: str) -> str | None:
        """The control that asks for such shapes with this label, else for this label, if any does."""
        fitting = [n for n, c in self._drawn.items() if not label or not c.labels or label in c.labels]
        best = [n for n in fitting if not self._drawn[n].shapes or kind in self._drawn[n].shapes]
        found = next(iter([*best, *fitting]), None)
        self._by_label[label, kind] = found
        return found

    def _questions(
        self, on: str, label: str, attributes: Mapping[str, Any], place: Place
    ) -> list[tuple[str, Any]]:
        found = []
        for name, value in attributes.items():
            if value is None or value == "":
                continue
            asked = next((n for n in (name, f"{label}.{name}") if self._asks(n, on)), "")
            answer = self._answer(asked, name, value, place)
            if answer is not _NOTHING:
                found.append((asked, answer))
        return found

    def _asks(self, name: str, on: str) -> bool:
        control = self.template.controls.get(name)
        return control is not None and control.on == on and control.kind not in (Kind.SHAPES, Kind.TRACKS)

    def _answer(self, asked: str, name: str, value: Any, place: Place) -> Any:
        if not asked:
            self.problems.add(ATTRIBUTE_UNKNOWN.at(place, name=name))
            return _NOTHING
        control = self.template.controls[asked]
        try:
            return answer_of(value, control)
        except (ValueError, TypeError):
            self.problems.add(VALUE_UNUSABLE.at(place, value=value, name=asked, kind=control.kind))
            return _NOTHING

    def tag(self, name: str, value: Any, place: Place) -> None:
        """Keep an answer about the whole image."""
        if value is None or value == "":
            return
        answer = self._answer(name if self._asks(name, "") else "", name, value, place)
        if answer is not _NOTHING:
            self._answers[name] = answer

    def item(
        self,
        name: str,
        image: str,
        size: tuple[int, int] | None,
        *,
        project: str = "",
        answers: Mapping[str, Any] | None = None,
        meta: Mapping[str, Any] | None = None,
        film: Film | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> Item:
        """The image or film with all that was kept since the last one, as one annotation."""
        given: dict[str, Any] = {n: tuple(a) if isinstance(a, list) else a for n, a in self._answers.items()}
        for drawn in self._drawn:
            given.setdefault(drawn, ())
        self._answers = {}
        aside, self._set_aside = self._set_aside, 0
        return Item(
            ItemKey("", project, name),
            {self.input: image, **(inputs or {})},
            [Annotation(name, "", given | dict(answers or {}), set_aside=aside)],
            meta=dict(meta or {}),
            sizes={} if size is None else {self.input: size},
            films={} if film is None else {self.input: film},
        )
