"""Collects answers into a compact, exact, mergeable state and measures agreement from it.

What is kept per item is only which pattern of answers it has: a counter per control and group of
annotators. Adding is cheap; all numeric work happens in ``result``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

import msgspec

from labelwright.agreement.bounded import Lowest
from labelwright.agreement.contests import Contests
from labelwright.agreement.items import CODED, MISSING, Scorer, frozen, scorer_for
from labelwright.agreement.regions import (
    Region,
    concatenated,
    named_states,
    regions,
    transcripts_of_segments,
)
from labelwright.agreement.result import Agreement, ControlAgreement
from labelwright.agreement.waiting import Counts, Entry, SizeOf, Waiting
from labelwright.contracts import Control
from labelwright.problems import UsageError
from labelwright.records import Kind, Value

KEPT_TEXTS = 256
NUMERIC = frozenset({Kind.RATING, Kind.NUMBER})

Texts = Mapping[str, str | float | Mapping[str, str]]
Scored = Mapping[str, tuple[float, bytes]]


class _Group:
    """The items that the same annotators answered."""

    __slots__ = ("counts", "items")

    def __init__(self, controls: int) -> None:
        self.items = 0
        self.counts: list[Counts] = [{} for _ in range(controls)]


class AgreementState:
    """The answers of any number of items, kept exactly, whatever the order of items or parts."""

    def __init__(self, controls: Mapping[str, Control]) -> None:
        """An empty state for these controls.

        Controls that are asked of regions are measured over the regions that annotators marked alike.
        """
        self.order = list(controls)
        self.controls = {n: c for n, c in controls.items() if not c.on}
        on = {n: msgspec.structs.replace(c, on="") for n, c in controls.items() if c.on}
        self._on = {n: c for n, c in controls.items() if c.on}
        self._regions = AgreementState(on) if on else None
        self._spoken = transcripts_of_segments(controls)
        self._whole = AgreementState({n: on[n] for n in self._spoken}) if self._spoken else None
        self.items = 0
        self._names = list(self.controls)
        self._groups: dict[tuple[str, ...], _Group] = {}
        self._scorers: list[Scorer | None] = [
            None if c.kind in CODED else scorer_for(c) for c in self.controls.values()
        ]
        self._numeric = [c.kind in NUMERIC for c in self.controls.values()]
        self._contested = Contests()
        self._waiting = [Waiting(scorer) for scorer in self._scorers]
        self._texts = [Lowest(KEPT_TEXTS) for _ in self._names]

    def add(
        self,
        item: str,
        annotators: Sequence[str],
        answers: Sequence[Mapping[str, Value]],
        link: str = "",
        texts: Texts | None = None,
        size_of: SizeOf | None = None,
        scored: Scored | None = None,
    ) -> None:
        """Add one item; ``answers[i]`` maps control to value for ``annotators[i]``.

        ``texts`` gives, by control of kind spans, the text that was marked (or one text per unit).
        With it span agreement is also measured over tokens, else over code points. For a control of
        kind segments it gives the length of the recording in seconds, where that is known. ``size_of``
        tells the width and height of the image that a control of kind shapes or tracks is drawn on.
        ``scored`` has by control what its scorer says of these very annotators and answers, where that
        is known already; annotators are then given in order.
        """
        self._change(item, annotators, answers, link, texts, 1, size_of, scored)

    def subtract(
        self,
        item: str,
        annotators: Sequence[str],
        answers: Sequence[Mapping[str, Value]],
        link: str = "",
        texts: Texts | None = None,
    ) -> None:
        """Undo an ``add`` with the same arguments. Raises ``UsageError`` if there was none."""
        self._change(item, annotators, answers, link, texts, -1)

    def _change(
        self, item: str, annotators: Sequence[str], answers: Sequence[Mapping[str, Value]], link: str,
        texts: Texts | None, by: int, size_of: SizeOf | None = None, scored: Scored | None = None,
    ) -> None:  # fmt: skip
        who = tuple(annotators)
        group = self._groups.get(who)
        if group is None:
            order = sorted(range(len(who)), key=who.__getitem__)
            ordered = tuple([who[i] for i in order])
            if ordered != who:
                # One group whatever the order in which the annotators are given.
                return self._change(item, ordered, [answers[i] for i in order], link, texts, by, size_of)
        if by < 0:
            self._score_waiting()
            self._require(item, who, group, answers, texts)
        if self._regions is not None:
            self._regions._change_regions(regions(self._on, self.controls, item, who, answers), link, by)
        if self._whole is not None:
            self._whole._change(item, who, concatenated(self._spoken, answers), link, None, by)
        if group is None:
            group = self._groups[who] = _Group(len(self._names))
        self.items += by
        group.items += by
        if not who:
            return
        for at, name in enumerate(self._names):
            values = tuple([a.get(name, MISSING) for a in answers])
            if self._numeric[at]:
                values = finite(values)
            counts = group.counts[at]
            if self._scorers[at] is not None:
                entry = Entry(item, who, values, link, counts, None, size_of)
                self._change_scored(at, entry, texts, by, scored.get(name) if scored else None)
                continue
            try:
                counts[values] = counts.get(values, 0) + by
            except TypeError:
                values = tuple([frozen(v) for v in values])
                counts[values] = counts.get(values, 0) + by
            if values.count(values[0]) != len(values):
                self._contest(at, Entry(item, who, values, link, counts), None, by)
            if by < 0:
                _settle(counts, values)
        if by < 0 and not group.items:
            del self._groups[who]

    def _change_regions(self, found: Iterable[Region], link: str, by: int) -> None:
        """Change an item's regions, each an item of this state; none where one is not held."""
        asked = list(found)
        for place, people, answers in asked if by < 0 else ():
            self._require(place, people, self._groups.get(people), answers, None)
        for place, people, answers in asked:
            self._change(place, people, answers, link, None, by)

    def _require(
        self,
        item: str,
        who: tuple[str, ...],
        group: _Group | None,
        answers: Sequence[Mapping[str, Value]],
        texts: Texts | None,
    ) -> None:
        """Refuse to take away an item whose answers are not held, before anything is changed."""
        known = group is not None
        for at, name in enumerate(self._names if group is not None and who else ()):
            values = tuple([a.get(name, MISSING) for a in answers])
            scorer = self._scorers[at]
            if scorer is not None:
                key: tuple[object, ...] = (scorer.score(who, values, (texts or {}).get(name))[1],)
            else:
                key = tuple([frozen(v) for v in (finite(values) if self._numeric[at] else values)])
            known = known and group is not None and key in group.counts[at]
        if not known:
            raise UsageError(f"item {item!r} was subtracted but never added, or with other answers")

    def _change_scored(
        self, at: int, entry: Entry, texts: Texts | None, by: int, done: tuple[float, bytes] | None = None
    ) -> None:
        """Count the item's scores on a control that is compared pair by pair."""
        scorer, text = self._scorers[at], None if texts is None else texts.get(self._names[at])
        assert scorer is not None
        if by > 0 and not done and self._waiting[at].takes(entry):
            if self._waiting[at].full:
                self._score_waiting()
            return
        entry = entry._replace(frames=text)
        self._count(at, entry, *(done or scorer.score(entry.who, entry.values, text)), by)
        if scorer.samples:
            scorer.sample(self._texts[at], entry.item, entry.who, entry.values, by)

    def _count(self, at: int, entry: Entry, score: float, packed: bytes, by: int) -> None:
        key, counts = (packed,), entry.counts
        counts[key] = counts.get(key, 0) + by
        if score < 1.0:
            self._contest(at, entry, score, by)
        if by < 0:
            _settle(counts, key)

    def _contest(self, at: int, entry: Entry, score: float | None, by: int) -> None:
        """Offer an item on which annotators differ to the list of contested items."""
        name = self._names[at]
        self._contested.change(name, self.controls[name], entry, score, by)

    def _score_waiting(self) -> None:
        """Score what waits to be scored together, so that everything that was added counts."""
        for at, waiting in enumerate(self._waiting):
            for entry, (score, packed) in waiting.scored():
                self._count(at, entry, score, packed, 1)

    def __getstate__(self) -> dict[str, object]:
        """What goes to another process: nothing waits there."""
        self._score_waiting()
        return self.__dict__

    def merge(self, other: AgreementState) -> None:
        """Take over the other's items, as if they had been added here."""
        if self.order != other.order:
            raise UsageError("agreement of different controls cannot be merged")
        self._score_waiting()
        other._score_waiting()
        if self._regions is not None and other._regions is not None:
            self._regions.merge(other._regions)
        if self._whole is not None and other._whole is not None:
            self._whole.merge(other._whole)
        self.items += other.items
        for who, theirs in other._groups.items():
            ours = self._groups.setdefault(who, _Group(len(self._names)))
            ours.items += theirs.items
            for mine, more in zip(ours.counts, theirs.counts, strict=True):
                for pattern, count in more.items():
                    mine[pattern] = mine.get(pattern, 0) + count
        self._contested.merge(other._contested)
        for kept, more_kept in zip(self._texts, other._texts, strict=True):
            kept.merge(more_kept)

    def patterns(self, control: str) -> dict[tuple[str, ...], Counts]:
        """The distinct answers to a control by annotator group; of kinds that are not coded, their scores."""
        self._score_waiting()
        at = self._names.index(control)
        return {who: g.counts[at] for who, g in sorted(self._groups.items())}

    @property
    def complete(self) -> bool:
        """False when so much was subtracted that the lists kept in part should be rebuilt."""
        self._score_waiting()
        inner = self._regions is None or self._regions.complete
        texts = all(kept.complete(KEPT_TEXTS // 2) for kept in self._texts)
        return inner and texts and self._contested.complete

    def result(self, seed: int = 0, resamples: int = 1000, contested: int = 20) -> Agreement:
        """Measure everything, with 95 % bootstrap intervals over ``resamples`` seeded resamples."""
        from labelwright.agreement.measure import measure_control

        self._score_waiting()
        people = {a for who, group in self._groups.items() if group.items for a in who}
        controls: dict[str, ControlAgreement] = {}
        for at, (name, control) in enumerate(self.controls.items()):
            patterns = self.patterns(name)
            sample = [payload for _, payload in self._texts[at].entries]
            controls[name] = measure_control(control, patterns, sample, seed, resamples)
        listed = self._contested.listed(contested)
        if self._regions is not None:
            inner = self._regions.result(seed, resamples, contested)
            controls.update(named_states(inner.controls, len(people)))
            if self._whole is not None:
                for name, found in self._whole.result(seed, resamples, 0).controls.items():
                    controls[name].measures["wer_concatenated"] = found.measures["wer"]
            controls = {name: controls[name] for name in self.order}
            listed = sorted([*listed, *inner.contested], key=lambda c: (c.score, c.item, c.control))[
                :contested
            ]
        return Agreement(self.items, len(people), controls, listed, seed, resamples)


def finite(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The values, those that are no finite numbers (NaN, infinities) taken as missing."""
    if all([not isinstance(v, float) or isfinite(v) for v in values]):
        return values
    return tuple([MISSING if isinstance(v, float) and not isfinite(v) else v for v in values])


def _settle(counts: Counts, pattern: tuple[object, ...]) -> None:
    """Drop a pattern that no item has any more."""
    if not counts[pattern]:
        del counts[pattern]
