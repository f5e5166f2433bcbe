"""Gold and references on the way through a part: which items are gold, who is scored, what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.pipeline.goldproblems import HELD_OUT, ITEM_ALL_FLAGGED, REJECTED
from labelwright.pipeline.resolve import Outcome
from labelwright.problems import Place, Problems
from labelwright.quality.answerfile import KnownAnswer
from labelwright.quality.comparing import marked
from labelwright.quality.goldmaking import shared_answers
from labelwright.quality.goldstate import GoldScorer, GoldState
from labelwright.records import Annotation, Item, Value


class GoldPlan(Struct, frozen=True):
    """What a run holds for gold.

    ``known`` are the gold file's answers, ``references`` those of a file of decisions: they stand
    before every vote and are written. ``ignore_flags``: ground-truth flags mean nothing here.
    ``trust_flags``: they count even where everything is flagged. ``train``: gold items are written
    too. ``untrusted`` are the ids of annotators whose work does not count.
    """

    known: dict[str, KnownAnswer] = {}
    references: dict[str, KnownAnswer] = {}
    ignore_flags: bool = False
    trust_flags: bool = False
    train: bool = False
    untrusted: frozenset[str] = frozenset()


class GoldKeeper:
    """Knows for each item of a part whether it is gold, and scores its annotators."""

    def __init__(
        self, template: Template, plan: GoldPlan, texts: Sequence[tuple[str, str]], problems: Problems
    ) -> None:
        """``texts``: as ``marked_texts`` gives them."""
        self.plan = plan
        self.state = GoldState()
        self._scorer = GoldScorer(template, self.state)
        self._template, self._texts = template, texts
        self._problems = problems

    def here(self, item: str) -> None:
        """Note that the source has an item, answered or not."""
        if item in self.plan.known:
            self.state.seen.add(item)
        if item in self.plan.references:
            self.state.referred.add(item)

    def take(self, item: Item, annotations: Sequence[Annotation], place: Place) -> bool:
        """Score the annotators of an item; whether it is gold. The gold file stands before flags."""
        known = self.plan.known.get(item.key.item)
        if known is not None:
            self.state.by_file += 1
            self._score(item, known.answers, annotations, frozenset(known.annotations))
            return True
        flagged = [a for a in annotations if a.reference]
        if not flagged:
            return False
        if len(flagged) == len(annotations) > 1 and not self.plan.trust_flags:
            self.state.all_flagged += 1
            self._problems.add(ITEM_ALL_FLAGGED.at(place, count=len(flagged)))
            for annotation in annotations:
                annotation.reference = False
            return False
        self.state.by_flag += 1
        self.state.authors.update(a.annotator for a in flagged)
        self._score(item, shared_answers(flagged), annotations, frozenset(a.id for a in flagged))
        return True

    def _score(
        self,
        item: Item,
        known: Mapping[str, Value],
        annotations: Sequence[Annotation],
        own: frozenset[str],
    ) -> None:
        """Score everybody but those whose annotations the gold answer was taken from."""
        texts = marked(self._template, self._texts, item)
        for annotation in annotations:
            if annotation.id not in own:
                self._scorer.score(known, annotation.annotator, annotation.answers, texts.get)

    def held_out(self, place: Place) -> bool:
        """Whether a gold item stays out of the training file, with a note if it does."""
        if self.plan.train:
            return False
        self._problems.add(HELD_OUT.at(place))
        return True

    def trusted(self, annotations: list[Annotation]) -> list[Annotation]:
        """The annotations whose annotators are trusted."""
        return [a for a in annotations if a.annotator not in self.plan.untrusted]

    def rejected(self, item: str, place: Place) -> bool:
        """Whether a reviewer found the item unusable, with a note if so."""
        known = self.plan.references.get(item)
        if known is None or not known.rejected:
            return False
        self._problems.add(REJECTED.at(place))
        return True

    def decided(self, item: str, voted: Outcome) -> Outcome:
        """The outcome with the decisions of the file of references in place of the vote's."""
        known = self.plan.references.get(item)
        if known is None:
            return voted
        ties = [t for t in voted.ties if (t.on or t.control) not in known.answers]
        return Outcome({**voted.answers, **known.answers}, voted.annotations, ties, True)
