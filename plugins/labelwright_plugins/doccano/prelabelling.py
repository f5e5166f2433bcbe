"""A project's examples, to be given labels: see ``predicting.prelabelling``.

doccano has no predictions. What a predictor writes are labels like anybody's, so that an example that
somebody labelled or confirmed gets none, and what was written is remembered in the journal alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from labelwright.contracts import Outcome, Served, Template
from labelwright.geometry.shapes import Box, Polygon
from labelwright.predicting.prelabelling import Slot
from labelwright.problems import DataError, Place, Problems, ProblemType
from labelwright.records import Item, ItemKey, Kind, Shape, Span
from labelwright_plugins.doccano.client import Client
from labelwright_plugins.doccano.errors import REFUSED
from labelwright_plugins.doccano.infer import CATEGORY, LISTS, SPAN, adapted_to
from labelwright_plugins.doccano.projects import types
from labelwright_plugins.doccano.puller import TEXTS
from labelwright_plugins.doccano.shown import lot_of, stored
from labelwright_plugins.doccano.sources import About

SPANS, CATEGORIES, WORDS, BOXES, SEGMENTS = "spans", "categories", "texts", "bboxes", "segments"
KINDS = {
    "DocumentClassification": (CATEGORIES,),
    "ImageClassification": (CATEGORIES,),
    "SequenceLabeling": (SPANS,),
    "IntentDetectionAndSlotFilling": (CATEGORIES, SPANS),
    "Seq2seq": (WORDS,),
    "Speech2text": (WORDS,),
    "ImageCaptioning": (WORDS,),
    "BoundingBox": (BOXES,),
    "Segmentation": (SEGMENTS,),
}
ANSWERED = "somebody labelled it"
NOT_HELD = ProblemType(
    "doccano.suggestion-unwritable",
    "doccano cannot hold a suggestion",
    "control {control!r}: {reason}",
    "The other suggestions are written. Let the predictor answer what the project is there for.",
)
LABEL_GONE = ProblemType(
    "doccano.label-gone",
    "A label was deleted while it was being given",
    "the project's label {label!r} was deleted meanwhile: what was suggested of it is not written",
    "Put the label back, or leave it out of what the predictor answers (labels), then run again.",
)
Raw = dict[str, Any]
NEAR = 1e-6


class Examples:
    """See ``predicting.prelabelling.Project``."""

    tells = False

    def __init__(self, client: Client, project: Raw, about: About, model: Served, problems: Problems) -> None:
        """``about``: the project, with its labels."""
        self.name = str(project["name"])
        self._client, self._number, self._about = client, int(project["id"]), about
        self._kinds, self._project = KINDS[about.project_type], project
        self._template, found = adapted_to(about, model.template, self.name)
        problems.extend(found)
        self._ids = self._labels()

    @property
    def template(self) -> Template:
        """With the project's own labels."""
        return self._template

    def slots(self) -> Iterator[Slot]:
        """Every example."""
        text = self._about.project_type in TEXTS
        wanted = ("text",) if text else ("image", "audio", "video")
        name = next((n for n, i in self._template.inputs.items() if i.type in wanted), wanted[0])
        for row in self._client.pages(f"/v1/projects/{self._number}/examples"):
            shown = str((row.get("text") if text else row.get("filename")) or "")
            key = ItemKey(self._client.url, str(self._number), str(row["id"]))
            item = Item(key, {name: shown}, [], lot=lot_of(shown if text else stored(shown)))
            closed = ANSWERED if row.get("is_confirmed") else ""
            yield Slot(item, closed=closed, ref=int(row["id"]))

    def look(self, slot: Slot) -> Slot:
        """Whether somebody labelled it, whom what is written would be mixed with."""
        there = any(self._there(slot.ref, kind) for kind in self._kinds)
        return replace(slot, answered=there, closed=ANSWERED if there else "")

    def _there(self, example: int, kind: str) -> list[Raw]:
        return self._client.rows(f"/v1/projects/{self._number}/examples/{example}/{kind}", "id")

    def write(self, slot: Slot, outcome: Outcome, problems: Problems) -> int:
        """Put labels on an example, but for those that are there. Raises ``DataError``."""
        place = Place(item=str(slot.item.key))
        count = 0
        made = self._bodies(outcome, place, problems)
        for kind in self._kinds:
            there = self._there(slot.ref, kind) if made.get(kind) else []
            for body in made.get(kind, ()):
                if not any(_same(body, one) for one in there):
                    stored = self._stored(slot.ref, kind, body, place, problems)
                    if stored is None:
                        continue
                    there.append(stored)
                count += 1
        return count

    def _stored(self, example: int, kind: str, body: Raw, place: Place, problems: Problems) -> Raw | None:
        """What was stored; None if the label was deleted since it was looked up. Raises ``DataError``."""
        try:
            return self._client.label(self._number, example, kind, body)
        except DataError as error:
            if error.problem.code != REFUSED.code or "label" not in body:
                raise
            where, number = SPAN if kind == SPANS else CATEGORY, body["label"]
            before = {known: text for text, known in self._ids.get(where, {}).items()}
            self._ids = self._labels()
            if number in self._ids.get(where, {}).values():
                raise
            problems.add(LABEL_GONE.at(place, label=before.get(number, "")))
            return None

    def _labels(self) -> dict[str, dict[str, int]]:
        """The ids of the project's labels, by list and name."""
        return {
            where: {str(row["text"]): int(row["id"]) for row in rows}
            for where, rows in types(self._client, self._project).items()
        }

    def remove(self, slot: Slot) -> int:
        """Nothing: labels of a predictor cannot be told from those of people."""
        del slot
        return 0

    def _bodies(self, outcome: Outcome, place: Place, problems: Problems) -> dict[str, list[Raw]]:
        """What is to be posted, by the kind of label."""
        found: dict[str, list[Raw]] = {}
        for name, value in (outcome.answers or {}).items():
            control = self._template.controls[name]
            at = Place(item=place.item, control=name)
            several = value if isinstance(value, tuple | list) else [value]
            where = LISTS.get(control.kind, "")
            for one in several:
                kind, body = self._body(control.kind, one, where)
                if kind not in self._kinds:
                    reason = f"a project of type {self._about.project_type} has no place for it"
                    problems.add(NOT_HELD.at(at, control=name, reason=reason))
                    continue
                if body is None:
                    reason = "it has a label that the project does not have, or holes, or several parts"
                    problems.add(NOT_HELD.at(at, control=name, reason=reason))
                    continue
                score = getattr(one, "score", None)
                score = outcome.score if score is None else score
                found.setdefault(kind, []).append(body if score is None else {**body, "prob": score})
        return found

    def _body(self, kind: Kind, one: Any, where: str) -> tuple[str, Raw | None]:
        if kind in (Kind.CHOICE, Kind.CHOICES):
            label = self._ids.get(CATEGORY, {}).get(one)
            return CATEGORIES, None if label is None else {"label": label}
        if kind in (Kind.TEXT, Kind.TRANSCRIPT):
            return WORDS, {"text": one} if one else None
        if isinstance(one, Span):
            label = self._ids.get(SPAN, {}).get(one.label)
            ends = {"start_offset": one.start, "end_offset": one.end}
            return SPANS, None if label is None else {"label": label, **ends}
        if isinstance(one, Shape):
            return self._shape(one, self._ids.get(where, {}).get(one.label))
        return "", None

    def _shape(self, shape: Shape, label: int | None) -> tuple[str, Raw | None]:
        drawn = shape.geometry
        if isinstance(drawn, Box) and not drawn.rotation:
            sides = {"x": drawn.x, "y": drawn.y, "width": drawn.width, "height": drawn.height}
            return BOXES, None if label is None else {"label": label, **sides}
        ring = drawn.ring if isinstance(drawn, Polygon) else None
        if ring is None:
            return "" if not isinstance(drawn, Polygon) else SEGMENTS, None
        points = [number for point in ring for number in point]
        return SEGMENTS, None if label is None else {"label": label, "points": points}


def _same(body: Raw, stored: Raw) -> bool:
    """Whether what is to be written is there: its score and what the server adds are no part of it."""
    return all(_near(value, stored.get(key)) for key, value in body.items() if key != "prob")


def _near(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_near, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return abs(left - right) <= NEAR
    return bool(left == right)
