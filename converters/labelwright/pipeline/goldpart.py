"""Gold and references on the way through a part: which items are gold, who is scored, what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.pipeline.goldproblems import COPY_HELD_OUT, HELD_OUT, ITEM_ALL_FLAGGED, REJECTED
from labelwright.pipeline.resolve import Outcome
from labelwright.problems import Place, Problems
from labelwright.quality.answerfile import KnownAnswer
from labelwright.quality.comparing import marked
from labelwright.quality.goldcopies import CopyState, InputDigest
from labelwright.quality.goldmaking import shared_answers
from labelwright.quality.goldstate import GoldScorer, GoldState
from labelwright.records import Annotation, Item, Value


class GoldPlan(Struct, frozen=True):
    """What a run holds for gold.

    ``known`` are the gold file's answers, ``references`` those of a file of decisions: they stand
    before every vote and are written. ``ignore_flags``: ground-truth flags mean nothing here.
    ``trust_flags``: they count even where everything is flagged. ``train``: gold items are written
    too. ``untrusted`` are the ids of annotators whose work does not count. ``copied`` are the digests of
    what gold items show, where an earlier run found that other items may show the same.
    """

    known: dict[str, KnownAnswer] = {}
    references: dict[str, KnownAnswer] = {}
    ignore_flags: bool = False
    trust_flags: bool = False
    train: bool = False
    untrusted: frozenset[str] = frozenset()
    copied: frozenset[bytes] = frozenset()


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
        self._digest = InputDigest(template)
        # Inputs are looked at from the first gold item on, or from the start where a file names some.
        self.looking = bool(plan.known or plan.copied) and not plan.train

    def here(self, item: Item) -> None:
        """Note that the source has an item, answered or not."""
        key = item.key.item
        if key in self.plan.known:
            self.state.seen.add(key)
            if not self.plan.train:
                self.state.copies.gold.add(self._digest(item.inputs))
        if key in self.plan.references:
            self.state.referred.add(key)

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
            if annotation.id in own:
                self.state.own[annotation.annotator] = self.state.own.get(annotation.annotator, 0) + 1
            else:
                self._scorer.score(known, annotation.annotator, annotation.answers, texts.get)

    def held_out(self, item: Item, place: Place, before: int) -> bool:
        """Whether a gold item, ``before`` which others came, stays out of training, with a note if so."""
        if self.plan.train:
            return False
        if not self.looking:
            self.looking, self.state.copies.unlooked = True, before
        self.state.copies.gold.add(self._digest(item.inputs))
        self._problems.add(HELD_OUT.at(place))
        return True

    def copy_held_out(self, item: Item, place: Place) -> bool:
        """Whether an item that shows the same as a gold item stays out, with a note if so."""
        shown, copies = self._digest(item.inputs), self.state.copies
        if not shown or shown not in (self.plan.copied or copies.gold):
            copies.others.add(shown)
            return False
        self._problems.add(COPY_HELD_OUT.at(place))
        return True

    def finish(self, items: int) -> None:
        """Note how many items were not looked at; ``items`` were taken in all."""
        if not self.looking:
            self.state.copies.unlooked = items

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
        few = {name: few for name, few in voted.outvoted.items() if name not in known.answers}
        answers = {**voted.answers, **known.answers}
        return Outcome(answers, voted.annotations, ties, True, outvoted=few)


def look_back(copies: CopyState, template: Template, items: Iterable[Item]) -> None:
    """Look at the items of a part, read once more, that came before its first gold item."""
    digest = InputDigest(template)
    copies.others.update(digest(item.inputs) for item in islice(items, copies.unlooked))
    copies.unlooked = 0
