"""Reads Label Studio exports: tasks with their annotations become items."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from labelwright.contracts import Source, Template
from labelwright.io.idset import IdSet, as_id
from labelwright.io.surrogates import HALF
from labelwright.problems import DataError, Place, Problems, ProblemType
from labelwright.records import Annotation, Item, ItemKey, Prediction, Status
from labelwright_plugins.label_studio import problems as p
from labelwright_plugins.label_studio.answers import AnswerReader
from labelwright_plugins.label_studio.config import LabelConfig
from labelwright_plugins.label_studio.fields import RawAnnotation, RawPrediction, RawTask
from labelwright_plugins.label_studio.lengths import LengthReader
from labelwright_plugins.label_studio.plan import input_map, lists_shown

UNKNOWN = "unknown"


class TaskReader:
    """Turns raw tasks into items, and says what is wrong with them."""

    def __init__(
        self, template: Template, config: LabelConfig | None, problems: Problems, source: Source
    ) -> None:
        """Compile for one project; ``source.server`` is the address that items link back to."""
        self._problems = problems
        self._source = source.name or source.path
        self._server = source.server.rstrip("/")
        self._template = template
        self.answers = AnswerReader(template, config, problems, self._source)
        self._inputs = input_map(template, config)
        self._lists = lists_shown(template, config)
        self._lengths = LengthReader(template, config, problems)
        self.tasks = IdSet()
        self._annotations = IdSet()

    def items(self, tasks: Iterator[RawTask]) -> Iterator[Item]:
        """Each task once, as an item. Raises ``DataError`` if nothing in them fits the template."""
        for task in tasks:
            number = as_id(task.id) if type(task.id) is str else task.id  # "7" and 7 are one task
            if not self.tasks.add(number):
                place = Place(source=self._source, item=str(task.id))
                self._problems.add(p.DUPLICATE_TASK.at(place, id=task.id))
                continue
            yield self.item(task)
        self._check_template()

    def item(self, task: RawTask) -> Item:
        """One task as an item."""
        data = task.data
        place = Place(source=self._source, item=str(task.id))
        self.answers.pictures.begin(place, data, task.meta or {})
        annotations = []
        for raw in task.annotations:
            if raw.id is not None and not self._annotations.add(raw.id):
                there = Place(source=self._source, item=str(task.id), annotation=str(raw.id))
                self._problems.add(p.DUPLICATE_ANNOTATION.at(there, id=raw.id))
                continue
            annotations.append(self._annotation(raw, task, data))
        predictions = [self._prediction(r, task) for r in task.predictions if isinstance(r, RawPrediction)]
        if self._inputs:
            data = {**data, **{n: data[k] for n, k in self._inputs.items() if k in data}}
        if self._lists:
            data = {**data, **{n: _entries(data.get(n), keys) for n, keys in self._lists.items()}}
        project = "" if task.project is None else str(_id_of(task.project))
        key = ItemKey(self._server, project, str(task.id))
        link = f"{self._server}/projects/{project}/data?task={task.id}" if self._server else ""
        durations = self._lengths.read(task.annotations, place)
        shown = self.answers.pictures
        shown.complete()
        return Item(
            key, data, annotations, predictions, task.meta or {}, link, len(task.drafts), durations,
            shown.sizes, shown.films,
        )  # fmt: skip

    def _annotation(self, raw: RawAnnotation, task: RawTask, data: dict[str, Any]) -> Annotation:
        if raw.was_cancelled:
            answers: dict[str, Any] = {}
            status, aside = Status.SKIPPED, 0
        else:
            answers = self.answers.read(raw.result, data, task.id, raw.id)
            status, aside = Status.DRAFT if raw.draft else Status.SUBMITTED, self.answers.set_aside
        by = raw.completed_by
        return Annotation(
            str(raw.id),
            str(by) if type(by) is int else self._annotator(raw, task),
            answers,
            status,
            raw.ground_truth,
            raw.created_at,
            raw.updated_at,
            raw.lead_time,
            "" if raw.parent_prediction is None else str(raw.parent_prediction),
            aside,
        )

    def _annotator(self, raw: RawAnnotation, task: RawTask) -> str:
        found = annotator_id(raw.completed_by)
        if found == UNKNOWN:
            place = Place(source=self._source, item=str(task.id), annotation=str(raw.id))
            self._problems.add(p.ANNOTATOR_UNKNOWN.at(place))
        return found

    def _prediction(self, raw: RawPrediction, task: RawTask) -> Prediction:
        answers = self.answers.read(raw.result, task.data, task.id, f"prediction {raw.id}")
        return Prediction(str(raw.id), raw.model_version or "", answers, raw.score, raw.created_at or "")

    def mismatch(self, raw: Any, reason: str) -> RawTask | None:
        """Rescue what can be read of a task that is not of Label Studio's shape."""
        place = Place(source=self._source, item=str(raw.get("id", "")) if isinstance(raw, dict) else "")
        try:
            task = msgspec.convert({**raw, "annotations": [], "predictions": [], "drafts": []}, RawTask)
        except (msgspec.ValidationError, TypeError):
            self._problems.add(p.BROKEN_TASK.at(place, reason=reason))
            return None
        task.annotations = self._rescue(raw.get("annotations"), RawAnnotation, place)
        predictions = raw.get("predictions")
        for prediction in predictions if isinstance(predictions, list) else []:
            if isinstance(prediction, dict):
                task.predictions += self._rescue([prediction], RawPrediction, place)
        drafts = raw.get("drafts")
        task.drafts = drafts if isinstance(drafts, list) else []
        return task

    def half(self, raw: Any, paths: list[str]) -> None:
        """Say which texts of a task were read with U+FFFD in place of half of a surrogate pair."""
        item = str(raw.get("id", "")) if isinstance(raw, dict) else ""
        for path in paths:
            self._problems.add(HALF.at(Place(source=self._source, item=item, path=path)))

    def _rescue(self, raws: Any, kind: type[Any], place: Place) -> list[Any]:
        kept = []
        for raw in raws if isinstance(raws, list) else []:
            try:
                kept.append(msgspec.convert(raw, kind))
            except msgspec.ValidationError as error:
                number = str(raw.get("id", "")) if isinstance(raw, dict) else ""
                where = Place(source=place.source, item=place.item, annotation=number)
                self._problems.add(p.BROKEN_ANNOTATION.at(where, reason=str(error)))
        return kept

    def note(self, kind: ProblemType, **what: Any) -> None:
        """Add a problem of the source as a whole."""
        self._problems.add(kind.at(Place(source=self._source), **what))

    def _check_template(self) -> None:
        if self.answers.matched or not self.answers.unmatched:
            return
        place = Place(source=self._source)
        raise DataError(
            p.NO_MATCH.at(
                place,
                found=", ".join(sorted(self.answers.unmatched)) or "none",
                template=self._template.name,
                asked=", ".join(self._template.controls),
            )
        )


def annotator_id(completed_by: Any) -> str:
    """A stable id of who answered, never an e-mail address."""
    if type(completed_by) is int:
        return str(completed_by)
    if isinstance(completed_by, dict):
        found = completed_by.get("id")
        if found is None:
            found = completed_by.get("email") or completed_by.get("username")
        completed_by = found
    if completed_by is None:
        return UNKNOWN
    text = str(completed_by)
    if "@" in text:
        return "user-" + hashlib.sha256(text.casefold().encode()).hexdigest()[:12]
    return text


def _entries(shown: Any, keys: list[str]) -> Any:
    """What lies under the keys of each entry of a list."""
    if not isinstance(shown, list):
        return shown
    for key in keys:
        shown = [entry.get(key) if isinstance(entry, dict) else entry for entry in shown]
    return shown


def _id_of(value: Any) -> Any:
    return value.get("id", "") if isinstance(value, dict) else value
