"""What to do with CVAT's objects: the template's controls joined with the project's labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from msgspec import Struct

from labelwright.contracts import Control, Template
from labelwright.problems import Place, Problems
from labelwright.records import Kind
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.labels import DRAWN, UNDEFINED, asked_of, attribute_name, is_tags
from labelwright_plugins.cvat.project import Label

Answers = tuple[tuple[str, Any], ...]
REMEMBERED = 4096
ORIGINS = {"auto": "prediction", "file": "import"}  # all others as CVAT has them


class Question(Struct):
    """An attribute's control, how its text becomes an answer, and what holds where there is none."""

    control: str
    parse: Callable[[str], Any]
    default: str
    mutable: bool
    name: str


class Joints(Struct):
    """The points of a skeleton in order, with the attributes that each has by default."""

    order: dict[str, int]
    defaults: dict[str, dict[str, str]]


class Plan:
    """Answers of what CVAT's labels and attributes are, for one template and one project."""

    def __init__(self, template: Template, labels: list[Label], problems: Problems) -> None:
        """``labels`` may be empty: then the template's own say what there is."""
        self._template, self._problems = template, problems
        self._labels = {x.name: x for x in labels}
        self.drawing = [n for n, c in template.controls.items() if c.kind in DRAWN]
        self.clip = any(template.controls[n].kind is Kind.TRACKS for n in self.drawing)
        self.tags = {label: name for name, c in template.controls.items() if is_tags(c) for label in c.labels}
        self.tagging = [n for n, c in template.controls.items() if is_tags(c)]
        self.input = self._shown()
        self._controls: dict[tuple[str, str], str] = {}
        self._questions: dict[str, dict[str, Question]] = {}
        self._joints: dict[str, Joints | None] = {}
        self._known: dict[tuple[str, tuple[tuple[str, str], ...]], Answers] = {}

    def _shown(self) -> str:
        for name in self.drawing:
            if self._template.controls[name].input:
                return self._template.controls[name].input
        shown = (n for n, i in self._template.inputs.items() if i.type in ("image", "video"))
        return next(shown, "image")

    def labels(self) -> list[str]:
        """All labels that may be drawn, each once."""
        return list(dict.fromkeys(x for n in self.drawing for x in self._template.controls[n].labels))

    def kind(self, name: str) -> Kind:
        """The kind of one of the template's controls."""
        return self._template.controls[name].kind

    def control(self, label: str, shape: str) -> str:
        """The control that takes a shape of a label; empty if none does."""
        found = self._controls.get((label, shape))
        if found is None:
            found = self._controls[label, shape] = self._control(label, shape)
        return found

    def _control(self, label: str, shape: str) -> str:
        fitting = [n for n in self.drawing if label in self._template.controls[n].labels]
        for name in fitting:
            shapes = self._template.controls[name].shapes
            if not shapes or shape in shapes:
                return name
        # A label of one control alone: what is drawn otherwise than asked is its answer all the same.
        return fitting[0] if len(fitting) == 1 else ""

    def refuse(self, label: str, shape: str, place: Place) -> Any:
        """The problem that nothing asks for a shape of a label."""
        return p.LABEL_UNKNOWN.at(place, template=self._template.name, shape=shape, label=label)

    def questions(self, label: str) -> dict[str, Question]:
        """What is asked of a label's regions or of its tag, by the attribute's name in CVAT."""
        found = self._questions.get(label)
        if found is None:
            found = self._questions[label] = self._asked(label)
        return found

    def _asked(self, label: str) -> dict[str, Question]:
        places = [n for n in self.drawing if label in self._template.controls[n].labels]
        if label in self.tags:
            places.append("")
        given = self._labels.get(label)
        defaults = {a.name: a.default for a in given.attributes} if given else {}
        found: dict[str, Question] = {}
        for on in places:
            for name, control in asked_of(self._template, on, label).items():
                if not on and is_tags(control):
                    continue
                short = attribute_name(name, label)
                default = defaults.get(short, control.default)
                if short not in found or name != short:  # the one that names its label is meant
                    found[short] = Question(name, _parser(control), default, control.mutable, short)
        return found

    def answers(
        self, label: str, given: Sequence[tuple[str, str]], place: Place, whole: bool = True
    ) -> Answers:
        """The answers of attributes (name, text); ``whole``: those not given are as by default."""
        key = (label, (*given, ("", "")) if whole else tuple(given))
        known = self._known.get(key)
        if known is not None:
            return known
        questions = self.questions(label)
        texts = {q.name: q.default for q in questions.values() if q.default} if whole else {}
        fine = True
        for name, text in given:
            if name in questions:
                texts[name] = text
            else:
                fine = False
                what = {"label": label, "attribute": name, "template": self._template.name}
                self._problems.add(p.ATTRIBUTE_UNKNOWN.at(place, **what))
        found: dict[str, Any] = {}
        for name, text in texts.items():
            question = questions[name]
            try:
                value = question.parse(text)
            except ValueError:
                fine = False
                what = {"label": label, "attribute": name, "value": text}
                self._problems.add(p.ATTRIBUTE_VALUE.at(place, **what))
                continue
            if value is not None:
                found[question.control] = value
        answers = tuple((q.control, found[q.control]) for q in questions.values() if q.control in found)
        if fine:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = answers
        return answers

    def joints(self, label: str) -> Joints | None:
        """The points of a label's skeleton; None if nothing says what they are."""
        if label not in self._joints:
            self._joints[label] = self._joints_of(label)
        return self._joints[label]

    def _joints_of(self, label: str) -> Joints | None:
        given = self._labels.get(label)
        if given is not None and given.sublabels:
            names = [s.name for s in given.sublabels]
            defaults = {s.name: {a.name: a.default for a in s.attributes} for s in given.sublabels}
            return Joints({n: i for i, n in enumerate(names)}, defaults)
        for control in self.drawing:
            spec = self._template.controls[control].skeletons.get(label)
            if spec is not None:
                return Joints({n: i for i, n in enumerate(spec.joints)}, {})
        return None

    def mutable(self, control: str) -> bool:
        """Whether an answer may change along a track."""
        asked = self._template.asked(control)
        return asked is not None and asked.mutable


def origin(source: str | None) -> str:
    """Where an object comes from, in the words of our records."""
    return ORIGINS.get(source, source) if source else "manual"


def _parser(control: Control) -> Callable[[str], Any]:
    """How an attribute's text becomes an answer: None if it says nothing, ``ValueError`` if it is none."""
    if control.kind in (Kind.NUMBER, Kind.RATING):
        return _number
    if control.kind is Kind.CHOICE and control.labels:
        return _choice(frozenset(control.labels))
    if control.kind is Kind.CHOICES:
        known = _choice(frozenset(control.labels)) if control.labels else _text
        return lambda text: None if known(text) is None else (text,)
    return _text


def _choice(labels: frozenset[str]) -> Callable[[str], Any]:
    checked = labels == {"true", "false"}

    def parse(text: str) -> Any:
        if checked:
            text = text.lower()
        if text in labels:
            return text
        if text in ("", UNDEFINED):
            return None
        raise ValueError

    return parse


def _number(text: str) -> Any:
    if not text.strip():
        return None
    value = float(text)
    if not isfinite(value):
        raise ValueError
    return int(value) if value.is_integer() and abs(value) < 1 << 53 else value


def _text(text: str) -> Any:
    return text or None
