"""From a record's columns to answers by control of a template."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labelwright.contracts import Control, Template
from labelwright.problems import READ, Place, Problems, ProblemType
from labelwright.records import Kind
from labelwright_plugins.doccano import drawn, marked
from labelwright_plugins.doccano import problems as p
from labelwright_plugins.doccano.raw import Row, parted

CATEGORIES = (Kind.CHOICE, Kind.CHOICES)
WORDS = (Kind.TEXT, Kind.TRANSCRIPT)
EMPTY = (Kind.CHOICES, Kind.SPANS, Kind.RELATIONS, Kind.SHAPES)
OF_CATEGORIES = frozenset(("DocumentClassification", "ImageClassification"))
OF_WORDS = frozenset(("Seq2seq", "Speech2text", "ImageCaptioning"))


class AnswerReader:
    """Reads the answers of one source's records. ``kind_of_project`` is known of a pulled one."""

    def __init__(self, template: Template, problems: Problems, kind_of_project: str = "") -> None:
        """Compile for a template; problems go to ``problems``."""
        self.problems, self.template = problems, template
        self._project = kind_of_project
        self._asked = {n: c for n, c in template.controls.items() if not c.on}
        self.matched = 0
        self.unmatched: dict[str, int] = {}
        self.set_aside = 0  # shapes of the record read last
        self.place = Place()

    def named(self, *kinds: Kind) -> dict[str, Control]:
        """The controls of the item of these kinds."""
        return {n: c for n, c in self._asked.items() if c.kind in kinds}

    def known(self, *kinds: Kind) -> list[str]:
        """The labels that controls of these kinds ask for."""
        return [x for c in self.named(*kinds).values() for x in c.labels]

    def problem(self, kind: ProblemType, /, control: str = "", **what: Any) -> None:
        """Add a problem at the record that is read."""
        place = Place(self.place.source, self.place.line, self.place.item, self.place.annotation, "", control)
        if "{control" in kind.message:
            what["control"] = control
        self.problems.add(kind.at(place, **what))

    def read(self, row: Row, place: Place) -> tuple[dict[str, Any], bool]:
        """Answers by control, and whether the record has any answer at all, readable or not."""
        self.place, self.set_aside = place, 0
        out: dict[str, Any] = {}
        fields = row.fields
        given = False
        for column in ("label", "labels", "cats", "entities", "bbox", "segmentation"):
            value = fields.get(column)
            if value is None or value == "" or value == []:
                continue
            given = True
            if row.joined and column == "label":
                value = self._parted(str(value))
                if value is None:
                    continue
            if not isinstance(value, list):
                self.problem(p.BAD_VALUE, column=column, found=type(value).__name__)
                continue
            self._column(column, value, row, out)
        if (relations := fields.get("relations")) and not fields.get("entities"):
            given = True
            marked.join(self, relations, {}, out)
        return out, given

    def _column(self, column: str, value: list[Any], row: Row, out: dict[str, Any]) -> None:
        if column == "bbox" or column == "segmentation":
            self._taken(drawn.read(self, column, value, out), column, len(value))
        elif column == "entities" or all(isinstance(x, list | dict) for x in value):
            relations = row.fields.get("relations") if column == "entities" else None
            self._taken(marked.read(self, column, value, relations, row.text or "", out), column)
        elif not all(isinstance(x, str) for x in value):
            self.problem(p.BAD_VALUE, column=column, found="something else than labels")
        elif column == "cats" or self._are_categories(value):
            self._taken(self._categories(value, out), column)
        else:
            self._taken(self._texts(value, out), column)

    def _taken(self, fits: bool, column: str, objects: int = 0) -> None:
        """Count a column; ``objects`` of one that nobody asked for are lost."""
        if fits:
            self.matched += 1
            return
        self.unmatched[column] = self.unmatched.get(column, 0) + 1
        if objects:
            self.problems.ledger(READ).taken += objects
            self.problems.ledger(READ).lose(p.NOT_ASKED.code, objects)

    def _parted(self, text: str) -> list[str] | None:
        categories = self.named(*CATEGORIES)
        if self._project in OF_WORDS or not categories:
            found = [text] if "#" not in text else None
        else:
            found = parted(text, self.known(*CATEGORIES))
            if "#" in text:
                self.problem(p.JOINED)
        if found is None:
            self.problem(p.FLATTENED, text=text[:80])
        return found

    def _are_categories(self, value: list[str]) -> bool:
        if self._project in OF_CATEGORIES:
            return True
        words = self.named(*WORDS)
        if self._project in OF_WORDS or not (categories := self.named(*CATEGORIES)):
            return False
        return not words or all(any(x in c.labels for c in categories.values()) for x in value)

    def _categories(self, value: Iterable[str], out: dict[str, Any]) -> bool:
        asked = self.named(*CATEGORIES)
        if not asked:
            return False
        found: dict[str, list[str]] = {}
        for label in value:
            name = control_with(asked, label)
            if name is None:
                self.problem(p.LABEL_UNKNOWN, kind="choice", label=label)
            else:
                found.setdefault(name, []).append(label)
        for name, labels in found.items():
            if asked[name].kind is Kind.CHOICES:
                out[name] = tuple(sorted(set(labels)))
            elif len(set(labels)) == 1:
                out[name] = labels[0]
            else:
                self.problem(p.SEVERAL, name, labels=", ".join(sorted(set(labels))))
        return True

    def _texts(self, value: list[str], out: dict[str, Any]) -> bool:
        asked = self.named(*WORDS)
        if not asked:
            return False
        name, control = next(iter(asked.items()))
        if control.multiple:
            out[name] = tuple(value)
        elif len(value) == 1:
            out[name] = value[0]
        else:
            self.problem(p.SEVERAL, name, labels=f"{len(value)} texts")
        return True

    def completed(self, answers: dict[str, Any]) -> dict[str, Any]:
        """Answers of an example that was dealt with: where nothing was marked, that is the answer."""
        for name, control in self._asked.items():
            if control.kind in EMPTY:
                answers.setdefault(name, ())
        return answers


def control_with(asked: dict[str, Control], label: str) -> str | None:
    """The first control that asks for a label, else the first that takes any."""
    return next(
        (n for n, c in asked.items() if label in c.labels),
        next((n for n, c in asked.items() if not c.labels), None),
    )
