"""Tasks as queries, and a predictor's outcomes as the predictions that Label Studio stores."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from labelwright.contracts import Files, Outcome, Query, Served, Source, Template
from labelwright.io import surrogates
from labelwright.problems import Place, Problems, ProblemType, Severity
from labelwright.records import Item, Resolved
from labelwright_plugins.label_studio import problems as p
from labelwright_plugins.label_studio.backend_fit import fitting, fresh, require_fit
from labelwright_plugins.label_studio.config import LabelConfig, parse_config
from labelwright_plugins.label_studio.fields import RawTask, Result
from labelwright_plugins.label_studio.plan import adapt
from labelwright_plugins.label_studio.reader import TaskReader
from labelwright_plugins.label_studio.results import ResultWriter
from labelwright_plugins.label_studio.tags import Tags

Raw = dict[str, Any]
KEPT = 32  # label configs, of those that each predictor was asked with

UNWRITABLE = ProblemType(
    "label-studio.suggestion-unwritable",
    "A suggestion cannot be written as Label Studio stores answers",
    "the answers to this task cannot be written ({reason}); the others are",
    "Look at what the predictor answers; values are described in the reference of records.",
)


class Suggesting:
    """Answers the tasks of one project, whose own label config decides what an answer may be."""

    def __init__(self, model: Served, source: Source, problems: Problems, files: Files | None) -> None:
        """Compile for a label config. Raises ``DataError`` if it is none, or none that the model fits."""
        self._model, self._problems, self._files = model, problems, files
        self._config: LabelConfig | None = None
        self._template: Template = model.template
        if source.label_config:
            self._config, self._template = _ADAPTED.of(model, source)
        self._reader = TaskReader(self._template, self._config, problems, source)
        self._writer = ResultWriter(self._template, Tags(self._template, self._config), problems)

    def results(self, tasks: Sequence[Any], drawn: list[Any] | None = None) -> list[Any]:
        """One prediction for each task, in order; none (a list of none) for a task that failed.

        Of a prediction without results the server would not ask again until the model's version changes.
        While somebody draws it takes one alone, and stores nothing.
        """
        items = [self.item(task) for task in tasks]
        queries = [self._query(item, drawn) for item in items if item is not None]
        if drawn is not None and len(queries) == 1:
            outcomes = [self._model.interact(queries[0])]
        else:
            outcomes = self._model.predict(queries)
        found = iter(zip(queries, outcomes, strict=True))
        return [
            self._result(*next(found), drawn) if item is not None else self._none(drawn) for item in items
        ]

    def _result(self, query: Query, outcome: Outcome, drawn: list[Any] | None) -> Any:
        failed = outcome.answers is None and any(o.severity is Severity.ERROR for o in outcome.problems)
        made = self.prediction(query, outcome, drawn or [])
        return self._none(drawn) if failed else made

    def _none(self, drawn: list[Any] | None) -> Any:
        return [] if drawn is None else self._empty()

    @property
    def template(self) -> Template:
        """The model's template with the project's own labels."""
        return self._template

    def item(self, task: Any) -> Item | None:
        """A task as an item without what was answered about it; None for what is no task."""
        try:
            if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
                raise TypeError("it has no data")
            kept = {k: task[k] for k in ("id", "data", "meta", "project") if k in task}
            whole, halves = surrogates.cleaned(kept)
            item = self._reader.item(msgspec.convert(whole, RawTask))
            if halves:
                self._problems.add(surrogates.HALF.at(Place(item=str(item.key), path=halves[0])))
            return item
        except (msgspec.ValidationError, TypeError, RecursionError) as error:
            number = task.get("id", "") if isinstance(task, dict) else ""
            self._problems.add(p.BROKEN_TASK.at(Place(item=str(number)), reason=str(error)))
            return None

    def _query(self, item: Item, drawn: list[Any] | None) -> Query:
        outside = [point for one in drawn or () if (point := _outside(one)) is not None]
        meant = [one for one in drawn or () if _outside(one) is None]
        return Query(item, self._template, self._drawn(item, meant), self._files, tuple(outside))

    def _drawn(self, item: Item, drawn: Iterable[Any]) -> dict[str, Any]:
        kept = []
        for one in drawn:
            try:
                kept.append(msgspec.convert(one, Result))
            except msgspec.ValidationError:
                continue
        return self._reader.answers.read(kept, item.inputs, item.key.item, "drawn")

    def prediction(self, query: Query, outcome: Outcome, drawn: Sequence[Any] = ()) -> Raw:
        """The prediction of one task; what cannot be one of its results is a problem."""
        self._problems.extend(outcome.problems)
        if outcome.answers is None:
            return self._empty()
        item = msgspec.structs.replace(query.item, sizes={**outcome.sizes, **query.item.sizes})
        try:
            results = self._writer.write(Resolved(item, outcome.answers, predicted=True))
        except (TypeError, ValueError, KeyError, AttributeError) as error:  # of one task, not of its others
            place = Place(item=str(query.item.key))
            self._problems.add(UNWRITABLE.at(place, reason=type(error).__name__))
            return self._empty()
        if self._config is not None:
            results = fitting(results, self._config, Place(item=str(query.item.key)), self._problems)
        results = fresh(results, drawn)
        made: Raw = {"result": results, "model_version": outcome.version or self._model.version}
        if outcome.score is not None and results:
            made["score"] = outcome.score
        return made

    def _empty(self) -> Raw:
        """Nothing for a task: stored as a prediction without results, which a person sees as none."""
        return {"result": [], "model_version": self._model.version}


class _Adapted:
    """Label configs, and the models' templates as they change them: made once for many requests.

    Nobody changes either. A config that does not do is looked at anew each time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: WeakKeyDictionary[Served, OrderedDict[str, tuple[LabelConfig, Template]]]
        self._all = WeakKeyDictionary()

    def of(self, model: Served, source: Source) -> tuple[LabelConfig, Template]:
        """Those for a source. Raises ``DataError``."""
        text = source.label_config
        with self._lock:
            kept = self._all.setdefault(model, OrderedDict())
            if text in kept:
                kept.move_to_end(text)
                return kept[text]
        config = parse_config(text, source.name)
        require_fit(model, config)
        made = config, adapt(model.template, config)
        with self._lock:
            kept[text] = made
            while len(kept) > KEPT:
                kept.popitem(last=False)
        return made


_ADAPTED = _Adapted()


def _outside(result: Any) -> tuple[float, float] | None:
    """Where somebody clicked to say that it is not meant, in pixels; None for what was drawn otherwise."""
    if not isinstance(result, dict) or result.get("is_positive") is not False:
        return None
    value = result.get("value")
    size = result.get("original_width"), result.get("original_height")
    at = (value.get("x"), value.get("y")) if isinstance(value, dict) else ()
    try:
        x, y = (float(share) * float(side) / 100 for share, side in zip(at, size, strict=True))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return (x, y) if isfinite(x) and isfinite(y) else None
