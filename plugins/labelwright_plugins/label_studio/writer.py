"""Tasks to import into Label Studio, with answers as annotations or as predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Template
from labelwright.problems import Place, Problem, Problems
from labelwright.records import Item, Kind, Resolved
from labelwright_plugins.label_studio import writeproblems as w
from labelwright_plugins.label_studio.config import LabelConfig, parse_config
from labelwright_plugins.label_studio.placed import Value
from labelwright_plugins.label_studio.results import ResultWriter
from labelwright_plugins.label_studio.tags import Tags

MODEL = "labelwright"  # the model_version of what is written as predictions
TASKS, CONFIG, TEMPLATE_CONFIG = "tasks.json", "label_config.xml", "label_studio.xml"
NEEDED = ("id", "from_name", "to_name", "type", "value")
LINKED = ("from_id", "to_id")
LISTED = ("annotations", "predictions")


class Tasks:
    """A JSON list of tasks; in a folder also the label config to import them with."""

    name = "label-studio"
    title = "Label Studio tasks (JSON)"
    reference = "https://labelstud.io/guide/tasks#Basic-Label-Studio-JSON-format"
    suffix = ".json"
    kinds = frozenset(set(Kind) - {Kind.TURNS, Kind.RANKING})
    predictions = True

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """One task an item, a line each."""
        return _Run(template, problems).tasks(items)

    def write_files(
        self, items: Iterable[Resolved], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """The tasks, and the label config that has all of their tags."""
        run = _Run(template, problems)
        yield TASKS, b"".join(run.tasks(items))
        yield CONFIG, run.config().encode()

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """What would be lost, or taken for something else, when the file is imported."""
        try:
            tasks = msgspec.json.decode(b"".join(data))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield w.NOT_TASKS.at(Place(source=source), reason=f"it is no JSON: {error}")
            return
        if not isinstance(tasks, list) or not tasks:
            yield w.NOT_TASKS.at(Place(source=source), reason="it is no list of tasks, or an empty one")
            return
        for number, task in enumerate(tasks):
            yield from _check_task(task, Place(source=source, path=f"[{number}]"))


def _check_task(task: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        yield w.NOT_TASKS.at(place, reason="the task has no object as data")
        return
    for key in LISTED:
        held = task.get(key, [])
        for number, one in enumerate(held if isinstance(held, list) else [held]):
            at = Place(source=place.source, path=f"{place.path}.{key}[{number}]")
            if not isinstance(one, dict) or not isinstance(one.get("result"), list):
                yield w.NOT_TASKS.at(at, reason="it has no list as result")
                continue
            if key == "annotations" and not isinstance(one.get("ground_truth"), bool):
                yield w.NO_GROUND_TRUTH.at(at)
            yield from _check_results(one["result"], at)


def _check_results(results: list[Any], place: Place) -> Iterator[Problem]:
    for number, result in enumerate(results):
        at = Place(source=place.source, path=f"{place.path}.result[{number}]")
        held = result if isinstance(result, dict) else {}
        needed = LINKED if held.get("type") == "relation" else NEEDED
        missing = [key for key in needed if not held.get(key)]
        if missing:
            yield w.BAD_RESULT.at(at, reason=f"it has no {', '.join(missing)}")
        elif needed is NEEDED and not isinstance(held["value"], dict):
            yield w.BAD_RESULT.at(at, reason="its value is no object")


class _Run:
    """One file: the tags it needs are known when all tasks are written."""

    def __init__(self, template: Template, problems: Problems) -> None:
        self._template = template
        path = Path(template.folder) / TEMPLATE_CONFIG
        self._own = path.read_text(encoding="utf-8-sig") if template.folder and path.is_file() else ""
        self._config = parse_config(self._own, TEMPLATE_CONFIG) if self._own else None
        self._tags = Tags(template, self._config)
        self._writer = ResultWriter(template, self._tags, problems)
        self._rates: dict[str, float] = {}
        self._several: set[str] = set()

    def tasks(self, items: Iterable[Resolved]) -> Iterator[bytes]:
        """The list of tasks, a line each."""
        number = 0
        for number, resolved in enumerate(items, 1):
            task = self._task(number, resolved)
            yield (b"[\n" if number == 1 else b",\n") + msgspec.json.encode(task)
        yield b"\n]\n" if number else b"[]\n"

    def config(self) -> str:
        """The label config to import the tasks with."""
        return self._own or self._tags.config(self._rates, self._several)

    def _task(self, number: int, resolved: Resolved) -> Value:
        item = resolved.item
        results = self._writer.write(resolved)
        self._rates |= {name: film.rate for name, film in item.films.items() if film.rate}
        self._several |= {name for name in self._template.inputs if isinstance(item.inputs.get(name), list)}
        meta = dict(item.meta)
        for width, height in self._writer.sizes.values():  # of films, which results do not tell
            meta |= {"width": width, "height": height}
        task: Value = {"id": number, "data": _data(item, self._template, self._config)}
        if meta:
            task["meta"] = meta
        if resolved.predicted:
            scores = [result["score"] for result in results if "score" in result]
            prediction: Value = {"model_version": MODEL, "result": results}
            if scores:
                prediction["score"] = sum(scores) / len(scores)
            return {**task, "predictions": [prediction]}
        annotation = {"result": results, "was_cancelled": False, "ground_truth": resolved.reference}
        return {**task, "annotations": [annotation]}


def _data(item: Item, template: Template, config: LabelConfig | None) -> Value:
    """The item's data, also under the keys that the label config shows."""
    data = dict(item.inputs)
    for shown in config.objects.values() if config is not None else ():
        if shown.variable and shown.variable not in data and shown.name in data:
            data[shown.variable] = data[shown.name]
    return data


plugin = Tasks()
