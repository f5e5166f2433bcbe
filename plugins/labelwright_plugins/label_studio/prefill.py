"""Settled answers as the results of a prediction, so that a reviewer finds them filled in.

Results are never made up: they are those that annotators stored, of the annotation that has the
settled answer or, where a vote put it together, element by element of the annotations that have the
elements. What comes out is read back, and only what reads as the settled answer is filled in.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from labelwright.contracts import Template
from labelwright.problems import Problems
from labelwright.quality.comparing import content
from labelwright.quality.review import Case
from labelwright.records import Kind, Relation, Segment, Span, Value
from labelwright_plugins.label_studio.answers import AnswerReader
from labelwright_plugins.label_studio.config import LabelConfig
from labelwright_plugins.label_studio.fields import Result

Raw = dict[str, Any]
Element = Span | Segment
ELEMENTS = frozenset((Kind.SPANS, Kind.SEGMENTS))
SETS = {Kind.CHOICES: "choices", Kind.TAXONOMY: "taxonomy"}
LABEL_KEYS = ("labels", "hypertextlabels", "paragraphlabels")


class Prefill(msgspec.Struct):
    """The results to fill in, and the settled controls that they hold and that they do not."""

    results: list[Raw]
    filled: list[str]
    blank: list[str]


def prefill(case: Case, task: Mapping[str, Any], template: Template, config: LabelConfig) -> Prefill:
    """The settled answers of a case as results, of the annotations that its task stores."""
    builder = _Builder(case, task, template)
    made = {name: builder.control(name) for name in _ends_last(case, template)}
    while True:  # links hold only while the regions they join are there, so leaving out may leave out more
        results = [result for found in made.values() for result in found or ()]
        back = _read(results, task, template, config)
        wrong = [
            name
            for name, found in made.items()
            if found is not None and content(back.get(name)) != content(case.consensus[name])
        ]
        if not wrong:
            break
        for name in wrong:
            made[name] = None
    ids = {result.get("id") for result in results}
    for result in results:
        if result.get("parentID") not in ids:
            result.pop("parentID", None)
    filled = [name for name in case.consensus if made[name] is not None]
    return Prefill(results, filled, [name for name in case.consensus if made[name] is None])


def _ends_last(case: Case, template: Template) -> list[str]:
    """The settled controls, links behind the regions that they join."""
    return sorted(case.consensus, key=lambda n: template.controls[n].kind is Kind.RELATIONS)


def _read(
    results: Sequence[Raw], task: Mapping[str, Any], template: Template, config: LabelConfig
) -> dict[str, Value]:
    reader = AnswerReader(template, config, Problems(), "")
    return reader.read(msgspec.convert(results, list[Result]), task["data"], task["id"], "")


class _Builder:
    """Takes what annotators stored for one case apart and puts the settled answers together."""

    def __init__(self, case: Case, task: Mapping[str, Any], template: Template) -> None:
        self._case = case
        self._template = template
        self._stored: dict[str, list[Raw]] = {
            str(a["id"]): a.get("result") or [] for a in task.get("annotations") or ()
        }
        self._ids: dict[tuple[str, str], str] = {}  # (annotation, region) -> the region's id here
        self._regions: dict[Any, str] = {}  # a span's key -> the id here of the region that marks it

    def control(self, name: str) -> list[Raw] | None:
        """The results of one control; None where they cannot be had."""
        kind, value = self._template.controls[name].kind, self._case.consensus[name]
        if kind in ELEMENTS:
            return self._elements(name, value)
        if kind is Kind.RELATIONS:
            return self._links(name, value)
        for annotation, answer in self._given(name):
            if content(answer) == content(value):
                return self._of(annotation, self._named(name))
        return self._set(name, SETS[kind], value) if kind in SETS else None

    def _given(self, name: str) -> Iterator[tuple[str, Value]]:
        """The answers to a control, by annotation."""
        for annotation, answers in zip(self._case.annotations, self._case.answers, strict=True):
            if name in answers:
                yield annotation, answers[name]

    def _named(self, name: str) -> set[str]:
        """A control and what is asked of its regions."""
        return {name, *(n for n, c in self._template.controls.items() if c.on == name)}

    def _of(self, annotation: str, names: set[str], region: str | None = None) -> list[Raw]:
        """Stored results of controls, of one region or all; regions under the ids that they have here."""
        found = []
        for raw in self._stored.get(annotation, ()):
            if raw.get("from_name") in names and (region is None or raw.get("id") == region):
                made = copy.deepcopy(raw)
                if raw.get("id"):
                    made["id"] = self._id(annotation, str(raw["id"]))
                if raw.get("parentID"):
                    made["parentID"] = self._id(annotation, str(raw["parentID"]))
                found.append(made)
        return found

    def _id(self, annotation: str, region: str) -> str:
        """The id of a region here: its own, unless a region of another annotation has it."""
        key = (annotation, region)
        if key not in self._ids:
            taken = set(self._ids.values())
            self._ids[key] = region if region not in taken else f"{region}-{annotation}"
        return self._ids[key]

    def _set(self, name: str, key: str, value: Sequence[Any]) -> list[Raw] | None:
        """A set of labels that a vote put together, in the form in which others are stored."""
        for annotation, _ in self._given(name):
            for made in self._of(annotation, {name}):
                made["value"] = {**made["value"], key: msgspec.to_builtins(value)}
                return [made] if value else []
        return None

    def _elements(self, name: str, value: Sequence[Element]) -> list[Raw] | None:
        """The regions of the settled elements, each of an annotation that has it."""
        regions: dict[tuple[str, str, float, float], list[Element]] = {}
        for element in value:
            found = self._holder(name, element)
            if found is None:
                return None
            annotation, own = found
            regions.setdefault((annotation, own.id, element.start, element.end), []).append(element)
        if len({key[:2] for key in regions}) < len(regions):
            return None  # one stored region would be two
        made: list[Raw] = []
        for (annotation, region, start, end), elements in regions.items():
            results = self._of(annotation, {name}, region) + self._asked(
                name, annotation, region, elements[0]
            )
            for result in results:
                _labelled(result, name, [e.label for e in elements])
                if isinstance(elements[0], Segment) and {"start", "end"} <= result["value"].keys():
                    result["value"].update(start=start, end=end)
            made += results
            self._regions |= {e.key: self._id(annotation, region) for e in elements}
        return made

    def _asked(self, name: str, annotation: str, region: str, element: Element) -> list[Raw]:
        """What is settled about one region, each answer from an annotation that gave it to that region."""
        made: list[Raw] = []
        for asked, value in element.answers:
            alike = [
                (giver, own)
                for giver, own in self._alike(name, element)
                if content(dict(own.answers).get(asked)) == content(value)
            ]
            if alike:
                giver, own = min(
                    alike, key=lambda e: ((e[0], e[1].id) != (annotation, region), _away(e[1], element))
                )
                found = self._of(giver, {asked}, own.id)
                made += [{**result, "id": self._id(annotation, region)} for result in found]
        return made

    def _alike(self, name: str, element: Element) -> list[tuple[str, Element]]:
        """The annotators' own elements that are like one, whatever they answered about it."""
        wanted = _content(element)
        return [
            (annotation, own)
            for annotation, answer in self._given(name)
            for own in answer
            if own.id and _content(own) == wanted
        ]

    def _holder(self, name: str, element: Element) -> tuple[str, Element] | None:
        """The annotation that has an element, and its own; of a stretch the most like it in time."""
        return min(self._alike(name, element), key=lambda e: _away(e[1], element), default=None)

    def _links(self, name: str, value: Sequence[Relation]) -> list[Raw] | None:
        """The settled links between regions that are filled in."""
        made = []
        for link in value:
            ends = [self._regions.get(end.key) for end in (link.head, link.tail)]
            stored = next(self._stored_links(name, link), None)
            if stored is None or None in ends:
                return None
            made.append({**copy.deepcopy(stored), "from_id": ends[0], "to_id": ends[1]})
            if link.label:
                made[-1]["labels"] = [link.label]
        return made

    def _stored_links(self, name: str, link: Relation) -> Iterator[Raw]:
        for annotation, answer in self._given(name):
            for own in answer:
                if own.key == link.key:
                    for raw in self._stored.get(annotation, ()):
                        if (raw.get("from_id"), raw.get("to_id")) == (own.head.id, own.tail.id):
                            yield raw


def _content(element: Element) -> Any:
    """What makes two elements one; times and answers may come of several people, so they are none of it."""
    if isinstance(element, Segment):
        return content((msgspec.structs.replace(element, start=0.0, end=0.0, answers=()),))
    return content((msgspec.structs.replace(element, answers=()),))


def _away(own: Element, element: Element) -> tuple[float, bool]:
    """How far one element is from another that is like it: in time, then in what was answered."""
    away = abs(own.start - element.start) + abs(own.end - element.end)
    return away, content(own.answers) != content(element.answers)


def _labelled(result: Raw, name: str, labels: Sequence[str]) -> None:
    """Leave on a region's result only the labels that are settled."""
    if result.get("from_name") != name:
        return
    for key in LABEL_KEYS:
        if len(result["value"].get(key) or ()) > len(labels):
            result["value"][key] = list(labels)
