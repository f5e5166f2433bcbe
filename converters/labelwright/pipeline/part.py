"""The work on one part of a source: everything that happens to an item, in one pass."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from operator import attrgetter

import msgspec

from labelwright.contracts import Dialect, Template
from labelwright.examples import COMPARED, Example, asked, grouped, taught
from labelwright.io.idset import as_id
from labelwright.pipeline.goldpart import GoldKeeper, GoldPlan
from labelwright.pipeline.outfit import Outfit
from labelwright.pipeline.pairs import PairPolicy
from labelwright.pipeline.partstate import Adjudicate, PartState, Provenance, Sinks, empty_state
from labelwright.pipeline.picturing import sizes_of
from labelwright.pipeline.problems import NO_ANSWER, REPEATED, SET_ASIDE, TIE
from labelwright.pipeline.resolve import Outcome, Resolver
from labelwright.pipeline.rows import RowMaker
from labelwright.pipeline.saying import outvoted_lines, set_aside, shown, tell
from labelwright.pipeline.strengths import ModelWatcher
from labelwright.pipeline.tally import WorkTally
from labelwright.problems import Place, Problem, Problems
from labelwright.quality.anchoring import AnchorWatcher
from labelwright.quality.comparing import marked, marked_texts
from labelwright.quality.habits import HabitWatcher
from labelwright.records import Annotation, Item, Resolved, Shape, Status
from labelwright.render.forms import plain
from labelwright.render.renderer import Renderer
from labelwright.state.rowlog import record
from labelwright.state.splits import Splitter

_BY_ANNOTATOR = attrgetter("annotator")


class PartRunner:
    """Runs the items of one part through agreement, consensus, rendering and checking."""

    def __init__(
        self,
        template: Template,
        names: Mapping[str, str],
        source: str,
        *,
        resolver: Resolver | None = None,
        dialect: Dialect | None = None,
        splitter: Splitter | None = None,
        sinks: Sinks | None = None,
        several: bool = False,
        pairs: PairPolicy | None = None,
        gold: GoldPlan | None = None,
        measured: bool = False,
        predicted: bool = False,
        outfit: Outfit | None = None,
        anchors: AnchorWatcher | None = None,
    ) -> None:
        """Without ``resolver`` only agreement is measured; without ``dialect`` items are spooled.

        ``several``: this is one of several parts, whose ids are to be compared afterwards. ``measured``:
        an earlier pass has measured the agreement. ``predicted``: see ``Resolved``.
        """
        self._several, self._measured, self._predicted = several, measured, predicted
        self._source, self._names = source, names
        self._template, self._texts = template, marked_texts(template)
        self._sizes = sizes_of(template)
        self._resolver = resolver
        self._splitter = splitter or Splitter((100.0,), 0)
        self._sinks = sinks
        self._dialect = dialect
        self._pairs: PairPolicy | None = None  # chats and completions are not compared with anything
        if dialect is not None:
            if template.example.kind in COMPARED:
                self._pairs = pairs or PairPolicy()
            self._renderer = Renderer(template)
            self._rows = RowMaker(dialect, outfit)
        self._encode = msgspec.json.Encoder().encode
        sides = len(self._splitter.names)
        plan, problems = gold or GoldPlan(), Problems()
        self._keeper = GoldKeeper(template, plan, self._texts, problems)
        self._listed = bool(plan.known or plan.references)
        self._untrusted = bool(plan.untrusted)
        self._habits = HabitWatcher(template, anchors)
        self._referenced = False  # whether the item at hand has a ground-truth flag that counts
        self._models = ModelWatcher(template)
        self.state = empty_state(template, problems, sides, self._keeper.state, self._habits.state, anchors)
        self._tally = WorkTally(self.state.work)

    def run(self, items: Iterable[Item]) -> PartState:
        """Take every item; return what is left behind."""
        for item in items:
            self._item(item)
        return self._finished()

    def _finished(self) -> PartState:
        self._tally.count_up()
        self._keeper.finish(self.state.counts.items)
        self._habits.state.prune()
        self.state.compared = self._models.comparisons
        return self.state

    def _item(self, item: Item) -> None:
        counts = self.state.counts
        counts.items += 1
        counts.drafts += item.drafts
        counts.predictions += len(item.predictions)
        key = item.key.item
        if self._several:
            self._note_ids(item)
        if self._listed:
            self._keeper.here(item)
        annotations = self._counted(item)
        if not annotations:
            if item.annotations:
                self.state.problems.add(NO_ANSWER.at(self._place(item)))
            return
        counts.annotated += 1
        self._habits.note(item, annotations)
        gold = False
        if self._referenced or self._listed:
            gold = self._keeper.take(item, annotations, self._place(item))
        if self._untrusted:
            annotations = self._trusted(annotations, gold)
            if not annotations and not gold:
                return
        if not self._measured:
            self._measure(key, item, annotations)
        if self._resolver is None:
            return
        if gold and self._keeper.held_out(item, self._place(item), counts.items - 1):
            counts.gold += 1
        elif self._keeper.looking and not gold and self._keeper.copy_held_out(item, self._place(item)):
            counts.gold_copies += 1
        elif self._listed and self._keeper.rejected(key, self._place(item)):
            counts.rejected += 1
        elif annotations:
            self._decide(item, annotations, self._resolver)

    def _measure(self, key: str, item: Item, annotations: list[Annotation]) -> None:
        names = [a.annotator for a in annotations]
        texts = marked(self._template, self._texts, item) if self._texts else None
        size_of = None if self._sizes is None else self._sizes(item)
        answers, scored = [a.answers for a in annotations], self._habits.scored(annotations)
        self.state.agreement.add(key, names, answers, item.link, texts, size_of, scored)

    def _trusted(self, annotations: list[Annotation], gold: bool) -> list[Annotation]:
        """The annotations of those who reach the gold target; the others are counted."""
        kept = self._keeper.trusted(annotations)
        self.state.counts.untrusted += len(annotations) - len(kept)
        if not kept and not gold:
            self.state.counts.untrusted_items += 1
        return kept

    def _note_ids(self, item: Item) -> None:
        """Remember the ids that no other part may hold."""
        self.state.ids.add(as_id(item.key.item))
        for annotation in item.annotations:
            if annotation.id != "None":  # the tool gave none
                self.state.annotation_ids.add(as_id(annotation.id))

    def _counted(self, item: Item) -> list[Annotation]:
        """The annotations that count, one an annotator, sorted by annotator."""
        found: list[Annotation] = []
        counts = self.state.counts
        names = set()
        referenced = False
        for annotation in item.annotations:
            name = annotation.annotator
            if annotation.status is not Status.SUBMITTED:
                if annotation.status is Status.SKIPPED:
                    counts.skipped += 1
                    self._tally.skipped(name)
                continue
            self._tally.note(name, annotation.lead_time)
            if annotation.reference:
                referenced = True
                if self._keeper.plan.ignore_flags:
                    annotation.reference = False
            names.add(name)
            found.append(annotation)
        counts.annotations += len(found)
        counts.references += referenced
        self._referenced = referenced and not self._keeper.plan.ignore_flags
        if len(names) != len(found):
            found = self._latest(item, found)
        if len(found) > 1:
            found.sort(key=_BY_ANNOTATOR)
        return found

    def _latest(self, item: Item, annotations: list[Annotation]) -> list[Annotation]:
        self._habits.repeated(annotations)
        latest: dict[str, Annotation] = {}
        for annotation in sorted(annotations, key=lambda a: (a.reference, a.updated_at, a.id)):
            if annotation.annotator in latest:
                self.state.counts.repeated += 1
                who = self._names[annotation.annotator]
                self.state.problems.add(REPEATED.at(self._place(item), annotator=who))
            latest[annotation.annotator] = annotation
        return list(latest.values())

    def _decide(self, item: Item, annotations: list[Annotation], resolver: Resolver) -> None:
        if resolver.each and item.key.item not in self._keeper.plan.references:
            for annotation in annotations:
                self._give(item, Outcome(annotation.answers, [annotation.id], [], annotation.reference))
            return
        outcome = resolver.resolve(annotations)
        if self._listed:
            outcome = self._keeper.decided(item.key.item, outcome)
        if outcome.ties:
            self._adjudicate(item, annotations, outcome)
            return
        if outcome.overruled or outcome.outvoted or outcome.left:
            tell(self.state.problems, self._place(item), outcome, annotations)
            assert self._sinks is not None
            self._sinks.adjudication.writelines(outvoted_lines(item, outcome, self._names))
        self._give(item, outcome)

    def _adjudicate(self, item: Item, annotations: list[Annotation], outcome: Outcome) -> None:
        self.state.counts.tied += 1
        for tie in outcome.ties:
            tied = [plain(v) for v in tie.values]
            between = ", ".join(map(shown, tie.values)) + (f" about {tie.region}" if tie.region else "")
            place = self._place(item, tie.control)
            self.state.problems.add(TIE.at(place, values=between))
            if self._sinks is not None:
                on = tie.on or tie.control
                answers = {self._names[a.annotator]: plain(a.answers.get(on)) for a in annotations}
                line = Adjudicate(item.key.item, item.link, tie.control, tied, answers, tie.region)
                self._sinks.adjudication.write(self._encode(line) + b"\n")

    def _give(self, item: Item, outcome: Outcome) -> None:
        """Render, check and write one example; or spool the resolved item for a format."""
        assert self._sinks is not None and self._resolver is not None
        self._models.note(item.inputs, outcome.answers)
        if self._dialect is None:
            several = len(self._splitter.names) > 1
            side = self._splitter.side(str(sorted(item.inputs.items()))) if several else 0
            self._spool(item, outcome, side)
            return
        if aside := set_aside(item, outcome):
            example: Example | Problem = SET_ASIDE.at(self._place(item), count=aside)
        else:
            example = self._renderer.render(item, outcome.answers, self._source)
        if isinstance(example, Problem):
            self.state.counts.unrendered += 1
            self._rows.leave(self._drawn(outcome), example, self.state.problems)
            return
        if self._pairs is None:
            self._row(item, outcome, example)
            return
        found, left = self._pairs.apply(example, self._dialect.kinds)
        for reason in left:
            self.state.counts.left_out += 1
            self.state.problems.add(reason.kind.at(self._place(item), **reason.what))
        for one in found:
            self._row(item, outcome, one)

    def _row(self, item: Item, outcome: Outcome, example: Example) -> None:
        """Check and write one row."""
        assert self._sinks is not None and self._resolver is not None
        state, drawn = self.state, self._drawn(outcome)
        made = self._rows.make(example, drawn, self._place(item), state.counts, state.problems)
        if made is None:
            return
        line, written = made
        side = self._splitter.side(grouped(written)) if len(self._splitter.names) > 1 else 0
        if not self._resolver.each:  # there, several rows of one item are meant
            self._sinks.logs[side].write(record(asked(written), taught(written)))
        self._sinks.rows[side].write(line + b"\n")
        self._trace(item, outcome, side)

    def _drawn(self, outcome: Outcome) -> tuple[Shape, ...]:
        """The shapes that an answer is to show."""
        return outcome.answers.get(self._renderer.grounding) or ()

    def _spool(self, item: Item, outcome: Outcome, side: int) -> None:
        assert self._resolver is not None
        ids = tuple(outcome.annotations)
        item.annotations, item.predictions = [], []
        resolved = Resolved(
            item, outcome.answers, ids, self._resolver.name, outcome.reference, self._predicted
        )
        self._hand_on(resolved, side)
        self._trace(item, outcome, side)

    def _hand_on(self, resolved: Resolved, side: int) -> None:
        assert self._sinks is not None
        pickle.dump(resolved, self._sinks.rows[side], pickle.HIGHEST_PROTOCOL)

    def _trace(self, item: Item, outcome: Outcome, side: int) -> None:
        assert self._sinks is not None and self._resolver is not None
        self.state.sides[side] += 1
        self.state.counts.examples += 1
        rule = "reference" if outcome.reference else self._resolver.name
        line = Provenance(item.key.item, outcome.annotations, rule, outcome.reference)
        self._sinks.provenance[side].write(self._encode(line) + b"\n")

    def _place(self, item: Item, control: str = "") -> Place:
        return Place(source=self._source, item=item.key.item, control=control)
