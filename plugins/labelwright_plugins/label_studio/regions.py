"""Regions of an annotation: spans, turns, what was answered about them, relations between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelwright.contracts import Template
from labelwright.records import Kind, Relation, Segment, Shape, ShapeRelation, Span, Turn
from labelwright_plugins.label_studio import problems as p
from labelwright_plugins.label_studio.config import LabelConfig
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.parsing import Parses
from labelwright_plugins.label_studio.plan import Plan
from labelwright_plugins.label_studio.segments import REPEATED, compare_times, read_segments
from labelwright_plugins.label_studio.shapeproblems import RELATION_KIND
from labelwright_plugins.label_studio.timelines import RANGES, read_ranges

Parts = list[tuple[Plan, Result]]
Region = Span | Turn | Segment
_LABEL_KEYS = ("labels", "hypertextlabels", "paragraphlabels", "timelinelabels")


class RegionReader:
    """Reads the region results of one annotation after the simple ones."""

    def __init__(
        self,
        template: Template,
        reader: Parses,
        plans: dict[str, Plan],
        relations: str,
        config: LabelConfig | None,
    ) -> None:
        """Serve ``reader``, which parses values and takes problems."""
        self._reader = reader
        self._plans = plans
        self._relations = relations
        self._relation_labels = set(config.relations) if config and config.relations else set()
        self._text_keys = {
            n: (i.author_key, i.text_key) for n, i in template.inputs.items() if i.type == "dialogue"
        }
        self._dialogue_key = next(iter(self._text_keys.values()), ("author", "text"))[1]

    def read(
        self,
        regions: list[tuple[Plan, Result]],
        relations: list[Result],
        data: dict[str, Any],
        out: dict[str, Any],
        shapes: dict[str, Shape],
    ) -> None:
        """Add the annotation's spans, turns and relations to ``out``, by control.

        ``shapes`` are its shapes by region id, which relations may join.
        """
        asked = self._per_region(regions)
        seen: set[tuple[str, str]] = set()
        by_id: dict[str, Span | Shape] = {**shapes}
        for plan, result in regions:
            if plan.on:
                continue
            if (plan.name, result.id) in seen:
                self._reader.problem(p.DUPLICATE_REGION, result, plan.name, id=result.id)
                continue
            seen.add((plan.name, result.id))
            found = self._region(plan, result, data, asked.pop((result.id, plan.name), []))
            out[plan.name] = (*out.get(plan.name, ()), *found)
            for region in found:
                if isinstance(region, Span):
                    by_id.setdefault(region.id, region)
        for (_, on), parts in asked.items():
            self._without_label(self._plans.get(on), parts, out)
        for plan in self._plans.values():
            if plan.parse is None and not plan.drawn and out.get(plan.name):
                ordered = sorted(out[plan.name], key=_in_order)
                out[plan.name] = tuple(self._without_repeats(plan, ordered))
        if self._relations:
            out[self._relations] = self._read_relations(relations, by_id)

    def _without_label(self, plan: Plan | None, parts: Parts, out: dict[str, Any]) -> None:
        """What was asked of a region that has no label: people may leave it out on a sound."""
        first = parts[0][1]
        if plan is None or plan.kind is not Kind.SEGMENTS or not isinstance(first.value, dict):
            for asked, result in parts:
                self._reader.problem(p.REGION_LOST, result, asked.name, id=result.id)
            return
        found = read_segments(self._reader, plan, first, [""], self._answers(parts))
        compare_times(self._reader, first, parts[1:])
        out[plan.name] = (*out.get(plan.name, ()), *found)

    def _without_repeats(self, plan: Plan, regions: list[Region]) -> list[Region]:
        """Leave out what says the same as its neighbour; the page lets people mark a span twice."""
        kept: list[Region] = []
        for region in regions:
            last = kept[-1] if kept else None
            if last is None or region.key != last.key or region.answers != last.answers:
                kept.append(region)
            elif isinstance(region, Span):
                where = {"start": region.start, "end": region.end, "label": region.label}
                self._reader.problem(p.SPAN_REPEATED, Result(id=region.id), plan.name, **where)
            elif isinstance(region, Segment):
                where = {"start": region.start, "end": region.end, "label": region.label}
                self._reader.problem(REPEATED, Result(id=region.id), plan.name, **where)
        return kept

    def _per_region(self, regions: Parts) -> dict[tuple[str, str], Parts]:
        """What was asked of each region, by the region's id and the control that marks it."""
        asked: dict[tuple[str, str], Parts] = {}
        for plan, result in regions:
            if plan.on:
                asked.setdefault((result.id, plan.on), []).append((plan, result))
        return asked

    def _answers(self, parts: Parts) -> tuple[tuple[str, Any], ...]:
        """The answers about one region, by control name."""
        if not parts:
            return ()
        found: dict[str, Any] = {}
        seen: set[str] = set()
        for plan, result in parts:
            if plan.name in seen:
                self._reader.problem(p.DUPLICATE_REGION, result, plan.name, id=result.id)
                continue
            seen.add(plan.name)
            value = self._reader.parse(plan, result)
            if value is not None:
                found[plan.name] = value
        return tuple(sorted(found.items()))

    def _region(self, plan: Plan, result: Result, data: dict[str, Any], parts: Parts) -> Sequence[Region]:
        answers = self._answers(parts)
        value = result.value
        if not isinstance(value, dict):
            self._wrong(plan, result, "it has no value")
            return []
        labels: Any = next((value[k] for k in _LABEL_KEYS if k in value), [])
        if not isinstance(labels, list) or not all(isinstance(x, str) for x in labels):
            self._wrong(plan, result, "its labels are no list of words")
            return []
        if plan.labels and not labels and plan.kind is not Kind.SEGMENTS:
            self._wrong(plan, result, "it has no label")
            return []
        known: list[str] = []
        for label in labels or [""]:
            if label and plan.labels and label not in plan.labels:
                self._reader.problem(p.UNKNOWN_LABEL, result, plan.name, label=label)
            else:
                known.append(plan.labels.get(label) or label)
        if plan.kind is Kind.SEGMENTS and RANGES in value:
            return read_ranges(self._reader, plan, result, known, answers)
        if plan.kind is Kind.SEGMENTS:
            compare_times(self._reader, result, parts)
            return read_segments(self._reader, plan, result, known, answers)
        if plan.kind is Kind.TURNS:
            return self._turns(plan, result, value, known, data, answers)
        return self._spans(plan, result, value, known, data, answers)

    def _turns(
        self,
        plan: Plan,
        result: Result,
        value: dict[str, Any],
        labels: list[str],
        data: dict[str, Any],
        answers: tuple[tuple[str, Any], ...],
    ) -> list[Turn]:
        try:
            first, last = int(value["start"]), int(value["end"])
        except (KeyError, ValueError, TypeError):
            self._wrong(plan, result, "it names no turn")
            return []
        shown = data.get(plan.variable)
        length = len(shown) if isinstance(shown, list) else 0
        if not 0 <= first <= last < length:
            self._reader.problem(p.TURN_OUTSIDE, result, plan.name, start=first, end=last, length=length)
            return []
        texts = [v for n, v in answers if self._plans[n].kind is Kind.TEXT and isinstance(v, str)]
        text = texts[0] if len(texts) == 1 else ""
        return [Turn(i, label, text, answers) for i in range(first, last + 1) for label in labels]

    def _spans(
        self,
        plan: Plan,
        result: Result,
        value: dict[str, Any],
        labels: list[str],
        data: dict[str, Any],
        answers: tuple[tuple[str, Any], ...],
    ) -> list[Span]:
        try:
            unit, start, end, whole = self._extent(plan, value, data)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            self._wrong(plan, result, f"it has no usable offsets ({error})")
            return []
        stored = value.get("text")
        if whole is not None:
            if not 0 <= start <= end <= len(whole):
                self._reader.problem(
                    p.OFFSET_OUTSIDE, result, plan.name, start=start, end=end, length=len(whole)
                )
                return []
            found = whole[start:end]
            if isinstance(stored, str) and not _same_text(found, stored):
                self._reader.problem(
                    p.OFFSET_MISMATCH,
                    result,
                    plan.name,
                    start=start,
                    end=end,
                    found=found,
                    stored=stored,
                )
                return []
            stored = found
        text = stored if isinstance(stored, str) else ""
        parent = result.parentID or ""
        return [
            Span(start, end, label, text, result.id, unit, parent, result.score, result.origin, answers)
            for label in labels
        ]

    def _extent(
        self, plan: Plan, value: dict[str, Any], data: dict[str, Any]
    ) -> tuple[str, int, int, str | None]:
        """(unit, start, end, the text they point into or None where it cannot be known)."""
        shown = data.get(plan.variable)
        if "globalOffsets" in value:
            offsets = value["globalOffsets"]
            return "", _offset(offsets["start"]), _offset(offsets["end"]), None
        if "startOffset" in value:
            first, last = str(value["start"]), str(value["end"])
            if not first.isdigit():
                raise ValueError("a path into a page without global offsets")
            unit = first if first == last else f"{first}-{last}"
            whole = None
            if first == last and isinstance(shown, list):
                whole = str(shown[int(first)][self._dialogue_key])
            return unit, _offset(value["startOffset"]), _offset(value["endOffset"]), whole
        return "", _offset(value["start"]), _offset(value["end"]), shown if isinstance(shown, str) else None

    def _read_relations(
        self, relations: list[Result], by_id: dict[str, Span | Shape]
    ) -> tuple[Relation, ...]:
        found = []
        for result in relations:
            self._reader.matched += 1
            head, tail = by_id.get(result.from_id), by_id.get(result.to_id)
            if head is None or tail is None:
                self._reader.problem(
                    p.RELATION_LOST, result, self._relations, head=result.from_id, tail=result.to_id
                )
                continue
            if type(head) is not type(tail):
                self._reader.problem(
                    RELATION_KIND, result, self._relations, head=result.from_id, tail=result.to_id
                )
                continue
            for label in result.labels or [""]:
                if label and self._relation_labels and label not in self._relation_labels:
                    self._reader.problem(p.UNKNOWN_LABEL, result, self._relations, label=label)
                else:
                    found.append(_relation(head, tail, label, result.direction))
        return tuple(sorted(found, key=_ends))

    def _wrong(self, plan: Plan, result: Result, reason: str) -> None:
        self._reader.problem(p.WRONG_TYPE, result, plan.name, type=result.type, kind=plan.kind, reason=reason)


def _offset(value: Any) -> int:
    """A whole number; a fraction is refused, since cutting it off would move the span."""
    if type(value) is float and not value.is_integer():
        raise ValueError(f"{value} is no whole number")
    return int(value)


def _in_order(region: Region) -> tuple[Any, ...]:
    if isinstance(region, Segment):
        return (region.start, region.end, region.channel, region.label, region.id)
    if isinstance(region, Turn):
        return ("", region.index, 0, region.label, region.text)
    return (region.unit, region.start, region.end, region.label, region.id)


def _ends(relation: Relation) -> tuple[Any, ...]:
    """Sorts relations: those of spans by what they join, those of shapes by their regions' ids."""
    if isinstance(relation, ShapeRelation):
        return (relation.head.id, relation.tail.id, relation.label, relation.direction)
    return relation.key


def _relation(head: Span | Shape, tail: Span | Shape, label: str, direction: str) -> Relation:
    if isinstance(head, Span) and isinstance(tail, Span):
        return Relation(head, tail, label, direction)
    return ShapeRelation(head, tail, label, direction)  # type: ignore[arg-type]


def _same_text(found: str, stored: str) -> bool:
    """Equal but for how line breaks and blanks were written down."""
    return found == stored or found.split() == stored.replace("\\n", "\n").split()
