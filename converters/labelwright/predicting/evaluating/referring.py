"""What an item's answers are held against: known answers, then what people marked, then their consensus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy

from msgspec import Struct

from labelwright.contracts import FittedRule, Template
from labelwright.pipeline.answers import counted
from labelwright.pipeline.goldpart import GoldPlan
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.resolve import Resolver
from labelwright.problems import Problems
from labelwright.quality.answerfile import KnownAnswer
from labelwright.quality.goldmaking import shared_answers
from labelwright.records import Annotation, Item, Value

KNOWN, FLAGGED, CONSENSUS, SINGLE = "known", "flagged", "consensus", "single"
MAJORITY = "majority"
TIED, UNANSWERED, REJECTED = "tied", "unanswered", "rejected"
SETTLED = (KNOWN, FLAGGED)  # references that stand above what people say


class Entry(Struct):
    """An item with the answers of people that count, and the reference by control."""

    item: Item
    annotations: list[Annotation]
    reference: dict[str, Value]
    basis: str
    own: frozenset[str] = frozenset()  # ids of annotations that the reference was taken from


class Referrer:
    """Finds the reference of each item; the rule is that of a run, its models fitted to all answers."""

    def __init__(
        self, template: Template, rule: str, models: Mapping[str, FittedRule], plan: GoldPlan
    ) -> None:
        """``plan`` has the files of known answers, and says whether flags count. Raises ``UsageError``."""
        self.resolver = Resolver(template, rule, None, models)
        # A fitted model knows the answers of whoever is left out: the others then have a vote.
        self.others = Resolver(template, MAJORITY) if models else self.resolver
        self._plan = plan
        self._known: dict[str, KnownAnswer] = {**plan.references, **plan.known}

    def unknowing(self) -> Referrer:
        """One for another source, whose items no file of known answers tells of."""
        other = copy(self)
        other._known = {}
        return other

    def entries(self, opened: Opened, template: Template) -> Iterator[Entry]:
        """Every item of a source, as it is read once more."""
        for item in opened.tool.read(opened.source, template, Problems()):
            yield self.entry(item)

    def entry(self, item: Item) -> Entry:
        """An item with its reference."""
        annotations = counted(item)
        known = self._known.get(item.key.item)
        if known is not None and known.rejected:
            return Entry(item, annotations, {}, REJECTED)
        if known is not None and known.answers:
            return Entry(item, annotations, known.answers, KNOWN, frozenset(known.annotations))
        flagged = self._flagged(annotations)
        if flagged:
            own = frozenset(a.id for a in flagged)
            return Entry(item, annotations, dict(shared_answers(flagged)), FLAGGED, own)
        for annotation in annotations:
            annotation.reference = False
        if not annotations:
            return Entry(item, [], {}, UNANSWERED)
        found = self.resolver.resolve(annotations)
        basis = CONSENSUS if len(annotations) > 1 else SINGLE
        answers = {name: value for name, value in found.answers.items() if value is not None}
        return Entry(item, annotations, answers, basis if answers else TIED)

    def _flagged(self, annotations: Sequence[Annotation]) -> list[Annotation]:
        """Annotations marked as ground truth, where that means something (see ``GoldKeeper``)."""
        found = [a for a in annotations if a.reference]
        everybody = len(found) == len(annotations) > 1 and not self._plan.trust_flags
        return [] if self._plan.ignore_flags or everybody else found
