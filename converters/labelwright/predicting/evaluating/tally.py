"""Counts one item after the other: the predictor against references, each person, and people left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from labelwright.agreement.engine import AgreementState
from labelwright.contracts import Outcome, Template
from labelwright.pipeline.picturing import sizes_of
from labelwright.pipeline.resolve import Resolver
from labelwright.predicting.evaluating.model import Evaluated
from labelwright.predicting.evaluating.referring import SETTLED, Entry
from labelwright.predicting.sureness import score_of
from labelwright.problems import Problems
from labelwright.quality.anchoring import says, suggestion
from labelwright.quality.comparing import Comparer, marked, marked_texts
from labelwright.quality.goldstate import GoldScorer, GoldState
from labelwright.records import Annotation, Item, Value

PREDICTOR, REFERENCE = "(predictor)", "(reference)"  # no tool has such ids


class Leave(Struct):
    """One item of which each person in turn was left out: sums of scores over them, on one control."""

    people: float = 0.0
    predictor: float = 0.0
    n: int = 0


class ControlTally(Struct):
    """What is kept of one control.

    ``scored`` are (score or None, how right) of the answers with a reference, ``referred`` counts the items
    that have one, whether the predictor answered them or not. ``left`` has one entry an item, ``each`` sums
    by annotator. ``unseen`` sums scores, and counts them, of items that nobody answered with a suggestion.
    """

    referred: int = 0
    silent: int = 0
    scored: list[tuple[float | None, float]] = field(default_factory=list)
    left: list[Leave] = field(default_factory=list)
    each: dict[str, list[float]] = field(default_factory=dict)
    unseen: list[float] = field(default_factory=lambda: [0.0, 0.0])


class Tally:
    """All that is kept of a predictor against an export."""

    def __init__(self, template: Template, controls: tuple[str, ...], resolver: Resolver) -> None:
        """``controls`` are those that the predictor answers; ``resolver`` settles what others say."""
        asked = {name: template.controls[name] for name in controls}
        self.template = replace(template, controls=asked)
        self.counts = Evaluated()
        self.problems = Problems()
        self.controls = {name: ControlTally() for name in controls}
        self.against, self.known = GoldState(), GoldState()
        self.versus, self.joint = AgreementState(asked), AgreementState(asked)
        self._resolver = resolver
        self._comparers = {name: Comparer(control) for name, control in asked.items()}
        self._scorers = GoldScorer(self.template, self.against), GoldScorer(self.template, self.known)
        self._texts, self._sizes = marked_texts(self.template), sizes_of(self.template)

    def add(self, entry: Entry, outcome: Outcome) -> None:
        """Count one item."""
        counts = self.counts
        counts.items += 1
        counts.basis[entry.basis] = counts.basis.get(entry.basis, 0) + 1
        self.problems.extend(outcome.problems)
        texts: dict[str, Any] = dict(marked(self.template, self._texts, entry.item))
        for name, tally in self.controls.items():
            tally.referred += entry.reference.get(name) is not None
        suggested = entry.basis not in SETTLED and any(_suggested(entry.item, a) for a in entry.annotations)
        counts.suggested += suggested
        if entry.basis in SETTLED:
            self._score_known(entry, outcome, texts)
        if outcome.answers is None:
            counts.failed += 1
            return
        counts.answered += 1
        answers = outcome.answers
        self._score(entry, outcome, answers, texts, suggested)
        size_of = None if self._sizes is None else self._sizes(entry.item)
        if entry.annotations:
            who = [*(a.annotator for a in entry.annotations), PREDICTOR]
            given = [*(self._asked(a.answers) for a in entry.annotations), answers]
            self.joint.add(entry.item.key.item, who, given, "", texts, size_of)
        if entry.reference:
            pair = [answers, self._asked(entry.reference)]
            self.versus.add(entry.item.key.item, (PREDICTOR, REFERENCE), pair, "", texts, size_of)
        if len(entry.annotations) > 1:
            self._leave_out(entry, answers, texts)

    def comparer(self, control: str) -> Comparer:
        """What two answers to a control are compared by."""
        return self._comparers[control]

    def _asked(self, answers: Mapping[str, Value]) -> dict[str, Value]:
        return {name: answers[name] for name in self.controls if name in answers}

    def _score(
        self, entry: Entry, outcome: Outcome, answers: Mapping[str, Value], texts: Mapping[str, Any],
        suggested: bool,
    ) -> None:  # fmt: skip
        self._scorers[0].score(self._asked(entry.reference), PREDICTOR, answers, texts.get)
        for name, tally in self.controls.items():
            wanted = entry.reference.get(name)
            if wanted is None:
                continue
            right = _score(self._comparers[name], wanted, answers.get(name), texts.get(name))
            if not suggested:
                tally.unseen = [tally.unseen[0] + right, tally.unseen[1] + 1]
            if answers.get(name) is None:
                tally.silent += 1
            else:
                tally.scored.append((score_of(outcome, name), right))

    def _score_known(self, entry: Entry, outcome: Outcome, texts: Mapping[str, Any]) -> None:
        """Everybody on references that are more than a consensus, nobody by answers of their own."""
        known = self._asked(entry.reference)
        if outcome.answers is not None:
            self._scorers[1].score(known, PREDICTOR, outcome.answers, texts.get)
        for annotation in entry.annotations:
            if annotation.id not in entry.own:
                self._scorers[1].score(known, annotation.annotator, annotation.answers, texts.get)

    def _leave_out(self, entry: Entry, answers: Mapping[str, Value], texts: Mapping[str, Any]) -> None:
        """Leave each person out in turn, and hold them and the predictor against what the others say."""
        left = {name: Leave() for name in self.controls}
        for person in entry.annotations:
            rest = [a for a in entry.annotations if a is not person]
            said = self._rest(rest)
            for name, wanted in said.items():
                comparer, text = self._comparers[name], texts.get(name)
                theirs = _score(comparer, wanted, person.answers.get(name), text)
                mine = _score(comparer, wanted, answers.get(name), text)
                one, each = left[name], self.controls[name].each.setdefault(person.annotator, [0.0, 0.0])
                one.people, one.predictor, one.n = one.people + theirs, one.predictor + mine, one.n + 1
                each[0], each[1] = each[0] + theirs, each[1] + 1
        for name, one in left.items():
            if one.n:
                self.controls[name].left.append(one)

    def _rest(self, people: list[Annotation]) -> dict[str, Value]:
        """What the others say, on the controls on which they come to one answer."""
        unmarked = [replace(a, reference=False) for a in people]
        found = self._resolver.resolve(unmarked)
        tied = {tie.on or tie.control for tie in found.ties}
        return {
            n: v for n, v in found.answers.items() if n in self.controls and n not in tied and v is not None
        }


def _suggested(item: Item, annotation: Annotation) -> bool:
    """Whether an answer was made with something that a model suggested."""
    base = suggestion(item, annotation)
    return base is not None and says(base)


def _score(comparer: Comparer, wanted: Value, given: Value, text: object) -> float:
    return 0.0 if given is None else comparer.score(wanted, given, text)
