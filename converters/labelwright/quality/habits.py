"""What is kept of how annotators work, exactly and mergeably, for the signals about them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import combinations
from typing import Any

import msgspec
from msgspec import Struct, field

from labelwright.agreement.engine import Scored
from labelwright.agreement.items import MISSING
from labelwright.contracts import Template
from labelwright.quality.anchoring import AnchorWatcher
from labelwright.quality.comparing import essence
from labelwright.quality.gate import gated_controls
from labelwright.records import Annotation, Item, Kind, Value

KEPT_TWINS = 512  # distinct inputs whose answers are kept: all of a small input, a sample of a large one
TOLD_BY = 48  # code points of a text that decide whether it is in the sample
RUNS_OF = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TAXONOMY, Kind.RATING, Kind.PREFERENCE})


class Run(Struct):
    """Runs of equal answers of one annotator to one control, in the input's order.

    ``first`` and ``prefix`` are the value and length of the first run (0 while it is still going on),
    ``last`` and ``suffix`` of the one going on; ``longest`` is the longest that has ended.
    """

    first: Value
    last: Value
    suffix: int = 1
    prefix: int = 0
    longest: int = 0
    longest_value: Value = None

    def change(self, value: Value) -> None:
        """The answer is another than the last."""
        length = self.suffix
        if length > self.longest:
            self.longest, self.longest_value = length, self.last
        if not self.prefix:
            self.prefix = length
        self.last, self.suffix = value, 1

    def close(self, length: int) -> None:
        """End the run that is going on at a length."""
        if length > self.longest:
            self.longest, self.longest_value = length, self.last
        if not self.prefix:
            self.prefix = length

    def append(self, later: Run) -> None:
        """Take over what came later, as if it had been counted here."""
        joined = later.first == self.last
        if not later.prefix:
            if joined:
                self.suffix += later.suffix
            else:
                self.close(self.suffix)
                self.last, self.suffix = later.last, later.suffix
            return
        self.close(self.suffix + (later.prefix if joined else 0))
        if later.longest > self.longest:
            self.longest, self.longest_value = later.longest, later.longest_value
        self.last, self.suffix = later.last, later.suffix

    @property
    def top(self) -> tuple[int, Value]:
        """The longest run of all and its value."""
        if self.suffix > self.longest:
            return self.suffix, self.last
        return self.longest, self.longest_value


TwinKey = tuple[int, bytes]
Given = tuple[str, tuple[Any, ...]]  # annotator, and what makes their answers the same as others


class Habits(Struct):
    """State of the signals.

    ``runs`` by control and annotator. ``repeats`` counts pairs
    of answers of one annotator to one item, and how many of them are equal. ``accepted`` counts
    annotations made from a prediction that the input holds, and how many left it as it was. ``twins``
    counts answers by their input, annotator and content.
    """

    runs: dict[str, dict[str, Run]] = field(default_factory=dict)
    repeats: dict[str, list[int]] = field(default_factory=dict)
    accepted: dict[str, list[int]] = field(default_factory=dict)
    twins: dict[TwinKey, dict[Given, int]] = field(default_factory=dict)
    cut: TwinKey | None = None

    def merge(self, later: Habits) -> None:
        """Take over what a later part of the same input kept."""
        for control, theirs in later.runs.items():
            mine = self.runs.setdefault(control, {})
            for name, run in theirs.items():
                if name in mine:
                    mine[name].append(run)
                else:
                    mine[name] = run
        for ours, more in ((self.repeats, later.repeats), (self.accepted, later.accepted)):
            for name, counts in more.items():
                both = ours.setdefault(name, [0, 0])
                both[0] += counts[0]
                both[1] += counts[1]
        for key, answers in later.twins.items():
            kept = self.twins.setdefault(key, {})
            for answer, count in answers.items():
                kept[answer] = kept.get(answer, 0) + count
        cuts = [c for c in (self.cut, later.cut) if c is not None]
        if cuts:
            self.cut = min(cuts)
        self.prune()

    def prune(self) -> None:
        """Keep the inputs with the lowest keys only."""
        if self.cut is not None:
            self.twins = {k: v for k, v in self.twins.items() if k < self.cut}
        if len(self.twins) > KEPT_TWINS:
            self.cut = sorted(self.twins)[KEPT_TWINS]
            self.twins = {k: v for k, v in self.twins.items() if k < self.cut}

    def self_agreement(self) -> dict[str, tuple[int, int]]:
        """Per annotator the pairs of own answers to the same input, and how many are equal."""
        found = {name: list(counts) for name, counts in self.repeats.items()}
        for answers in self.twins.values():
            totals: dict[str, int] = {}
            for (name, _), count in answers.items():
                totals[name] = totals.get(name, 0) + count
                if count > 1:
                    found.setdefault(name, [0, 0])[1] += count * (count - 1) // 2
            for name, total in totals.items():
                if total > 1:
                    found.setdefault(name, [0, 0])[0] += total * (total - 1) // 2
        return {name: (pairs, equal) for name, (pairs, equal) in found.items()}


class HabitWatcher:
    """Notes what annotators do, item by item, in a state."""

    def __init__(self, template: Template, anchors: AnchorWatcher | None = None) -> None:
        """Watch the controls of a template that are asked of items; ``anchors`` sees the same."""
        self._anchors = anchors
        self.state = Habits()
        for name in run_controls(template):
            self.state.runs[name] = {}
        self._gated = gated_controls(template)
        self._inputs = list(template.inputs)
        self._text = next((n for n, i in template.inputs.items() if i.type == "text"), "")
        self._below = 1 << 32

    def note(self, item: Item, annotations: Sequence[Annotation]) -> None:
        """Note an item's annotations, one an annotator."""
        if self._anchors is not None:
            self._anchors.note(item, annotations)
        for name, runs in self.state.runs.items():
            for annotation in annotations:
                value = annotation.answers.get(name)
                if value is None:
                    continue
                run = runs.get(annotation.annotator)
                if run is None:
                    runs[annotation.annotator] = Run(value, value)
                elif value == run.last:
                    run.suffix += 1
                else:
                    run.change(value)
        if item.predictions:
            self._accept(item, annotations)
        shown = item.inputs.get(self._text)
        if type(shown) is str:  # a few words tell most texts apart; all of it is compared later
            sample = zlib.crc32(shown[-TOLD_BY:].encode("utf-8", "surrogatepass"), len(shown))
            if sample <= self._below:
                self._keep_twin(sample, item, annotations)
            return
        self._keep_twin(zlib.crc32(self._shown(item)), item, annotations)

    def scored(self, annotations: Sequence[Annotation]) -> Scored | None:
        """What has been compared of these annotations already, by control."""
        return None if self._anchors is None else self._anchors.scored(annotations)

    def _shown(self, item: Item) -> bytes:
        """All inputs of an item as bytes."""
        shown = [item.inputs.get(n) for n in self._inputs]
        try:
            return msgspec.json.encode(shown, order="sorted")
        except (UnicodeEncodeError, TypeError):  # lone surrogates are no JSON
            return repr(shown).encode("utf-8", "backslashreplace")

    def _keep_twin(self, sample: int, item: Item, annotations: Sequence[Annotation]) -> None:
        if sample > self._below:
            return
        data = self._shown(item)
        key = (sample, blake2b(data, digest_size=8).digest())
        if self.state.cut is not None and key >= self.state.cut:
            return
        kept = self.state.twins.setdefault(key, {})
        for annotation in annotations:
            answer = (annotation.annotator, self._content(annotation.answers))
            kept[answer] = kept.get(answer, 0) + 1
        if len(self.state.twins) > 2 * KEPT_TWINS:
            self.state.prune()
            if self.state.cut is not None:
                self._below = self.state.cut[0]

    def _content(self, answers: Mapping[str, Value]) -> tuple[Any, ...]:
        return tuple([essence(answers.get(n)) for n in self._gated])

    def repeated(self, annotations: Sequence[Annotation]) -> None:
        """Note an item that somebody answered more than once."""
        by_person: dict[str, list[tuple[Any, ...]]] = {}
        for one in annotations:
            by_person.setdefault(one.annotator, []).append(self._content(one.answers))
        for name, given in by_person.items():
            for left, right in combinations(given, 2):
                counts = self.state.repeats.setdefault(name, [0, 0])
                counts[0] += 1
                counts[1] += left == right

    def _accept(self, item: Item, annotations: Sequence[Annotation]) -> None:
        """Note which annotations made from a prediction left it as it was."""
        made = {p.id: p for p in item.predictions}
        for annotation in annotations:
            prediction = made.get(annotation.prediction) if annotation.prediction else None
            if prediction is not None:
                counts = self.state.accepted.setdefault(annotation.annotator, [0, 0])
                counts[0] += 1
                counts[1] += _same(prediction.answers, annotation.answers)


def _same(left: Mapping[str, Value], right: Mapping[str, Value]) -> bool:
    names = left.keys() | right.keys()
    return all(essence(left.get(n, MISSING)) == essence(right.get(n, MISSING)) for n in names)


def run_controls(template: Template) -> list[str]:
    """The controls whose runs of equal answers are watched: asked of items, with few values."""
    return [n for n, c in template.controls.items() if c.kind in RUNS_OF and not c.on]
