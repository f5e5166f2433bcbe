"""How much suggestions bend those who answer: what is kept of each item, exactly and mergeably.

An answer was made with a suggestion if the tool says which prediction it was made from, or else if a
prediction was there when it was begun. Where a tool does not say when, a prediction that is there counts
as shown; one that says nothing (nothing was found, or the item is of a blind share) is none. Where
suggestions were given out by lot (``Lot``), items are compared by their lot alone, whatever became of it:
what else decides who saw one may hang on the item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations

import msgspec
from msgspec import Struct, field

from labelwright.agreement.engine import Scored, finite
from labelwright.agreement.items import MISSING
from labelwright.agreement.scores import Paired
from labelwright.contracts import Template
from labelwright.quality.comparing import Comparer, marked, marked_texts
from labelwright.quality.edits import MARKS, MILLION, Edits, edits, removed
from labelwright.quality.lots import Lot, name_of
from labelwright.records import Annotation, Item, Prediction

ORIGINS = {"prediction": 0, "semi-auto": 1, "prediction-changed": 1, "manual": 2}  # places in ``marks``
Counted = dict[tuple[bool, int], int]  # (with a suggestion, mean agreement in millionths) -> items
LONGEST = 86_400.0  # seconds that an answer may take
AT_ONCE = timedelta(seconds=2)  # between clocks: a suggestion is often made as an item is opened


class Anchoring(Struct):
    """State. ``items`` counts those with a suggestion, without, and those that are neither.

    Of these, some answers were made with one (the third count; by lot: it is not known how the lot was
    drawn), or all that was suggested says nothing (``silent``). By lot ``unshown`` counts items with an
    answer that was made without a suggestion though their lot has one, ``seen`` those with a suggestion
    that their lot does not have.

    ``accepted`` has by annotator how many answers a suggestion was shown for, how many of those the tool
    says were made from it, and how many left all of it as it was; ``models`` has the same by the model's
    version. ``edits`` are by control and annotator, ``agreed`` by control, ``people`` by annotator over all
    controls. ``marks`` counts by control the regions of items whose predictions are not known that the tool
    says were left as suggested, changed, or drawn by hand.
    """

    items: list[int] = field(default_factory=lambda: [0, 0, 0])
    silent: int = 0
    unshown: int = 0
    seen: int = 0
    predictions: int = 0
    undated: int = 0
    accepted: dict[str, list[int]] = field(default_factory=dict)
    models: dict[str, list[int]] = field(default_factory=dict)
    edits: dict[str, dict[str, Edits]] = field(default_factory=dict)
    agreed: dict[str, Counted] = field(default_factory=dict)
    people: dict[str, Counted] = field(default_factory=dict)
    marks: dict[str, list[int]] = field(default_factory=dict)

    def merge(self, other: Anchoring) -> None:
        """Take over what another part of the same input kept."""
        self.items = [a + b for a, b in zip(self.items, other.items, strict=True)]
        for name in ("silent", "unshown", "seen", "predictions", "undated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kept, more in (
            (self.accepted, other.accepted), (self.models, other.models), (self.marks, other.marks)
        ):  # fmt: skip
            for name, counts in more.items():
                mine = kept.setdefault(name, [0, 0, 0])
                kept[name] = [a + b for a, b in zip(mine, counts, strict=True)]
        for control, people in other.edits.items():
            for name, found in people.items():
                self.edits.setdefault(control, {}).setdefault(name, Edits()).add(found)
        for ours, theirs in ((self.agreed, other.agreed), (self.people, other.people)):
            for name, scores in theirs.items():
                added = ours.setdefault(name, {})
                for key, count in scores.items():
                    added[key] = added.get(key, 0) + count


class AnchorWatcher:
    """Notes what became of suggestions, item by item, in a state."""

    def __init__(self, template: Template, lot: Lot | None = None) -> None:
        """``lot``: who was shown a suggestion, where it was drawn."""
        self.state = Anchoring()
        self._template, self._lot = template, lot
        self._controls = {name: c for name, c in template.controls.items() if not c.on}
        self._comparers = {name: Comparer(c) for name, c in self._controls.items()}
        self._texts = marked_texts(template)
        self._decode = msgspec.msgpack.Decoder(Paired).decode
        self._scored: tuple[Sequence[Annotation], dict[str, tuple[float, bytes]]] = (), {}

    def scored(self, annotations: Sequence[Annotation]) -> Scored | None:
        """What the scorers said of the annotations noted last, by control; None of any others."""
        noted, found = self._scored
        return found if noted is annotations else None

    def note(self, item: Item, annotations: Sequence[Annotation]) -> None:
        """Note an item's annotations, one an annotator."""
        self._scored = annotations, {}
        self.state.predictions += len(item.predictions)
        self.state.undated += any(not p.created_at for p in item.predictions)
        if self._lot is not None and item.lot is None:
            self.state.items[2] += 1
            return
        bases = [suggestion(item, one) for one in annotations]
        shown = [base is not None and says(base) for base in bases]
        blind = self._lot is not None and not self._lot.shows(name_of(item))
        for annotation, base, seen in zip(annotations, bases, shown, strict=True):
            if base is not None and seen and not blind:
                self._edited(annotation, base)
        if not item.predictions and not blind:
            self._marked(annotations)
        group = self._group(blind, bases, shown)
        if group is None:
            return
        self.state.items[0 if group else 1] += 1
        if len(annotations) > 1:
            self._agreed(item, annotations, group)

    def _marked(self, annotations: Sequence[Annotation]) -> None:
        for name, control in self._controls.items():
            if control.kind not in MARKS:
                continue
            for annotation in annotations:
                for region in annotation.answers.get(name) or ():
                    place = ORIGINS.get(region.origin)
                    if place is not None:
                        self.state.marks.setdefault(name, [0, 0, 0])[place] += 1

    def _group(self, blind: bool, bases: Sequence[Prediction | None], shown: Sequence[bool]) -> bool | None:
        """Whether the item is one with a suggestion; None: neither. Counts what is not as it should be."""
        if self._lot is not None:
            self.state.seen += blind and any(shown)
            self.state.unshown += not blind and not all(shown)
            return not blind
        if all(shown):
            return True
        if all(base is None for base in bases):
            return False
        if any(shown):
            self.state.items[2] += 1
        else:
            self.state.silent += 1
        return None

    def _edited(self, annotation: Annotation, base: Prediction) -> None:
        who, whole = annotation.annotator, True
        for name, suggested in base.answers.items():
            control = self._controls.get(name)
            if control is None:
                continue
            given = annotation.answers.get(name)
            found = removed(control, suggested) if given is None else edits(control, suggested, given)
            whole = whole and bool(found.unchanged)
            self.state.edits.setdefault(name, {}).setdefault(who, Edits()).add(found)
        for counts in (
            self.state.accepted.setdefault(who, [0, 0, 0]),
            self.state.models.setdefault(base.model, [0, 0, 0]),
        ):
            counts[0] += 1
            counts[1] += base.id == annotation.prediction
            counts[2] += whole

    def _agreed(self, item: Item, annotations: Sequence[Annotation], group: bool) -> None:
        texts = marked(self._template, self._texts, item) if self._texts else {}
        people: dict[str, list[int]] = {}
        for name in self._comparers:
            pairs = list(self._pairs(name, annotations, texts.get(name)))
            for one, other, score in pairs:
                people.setdefault(one, []).append(score)
                people.setdefault(other, []).append(score)
            if pairs:
                total = sum(score for _, _, score in pairs)
                _count(self.state.agreed.setdefault(name, {}), group, total // len(pairs))
        for who, scores in people.items():
            _count(self.state.people.setdefault(who, {}), group, sum(scores) // len(scores))

    def _pairs(
        self, name: str, annotations: Sequence[Annotation], text: object
    ) -> Iterator[tuple[str, str, int]]:
        """Each two annotators of an item, with how alike their answers to a control are, in millionths."""
        comparer = self._comparers[name]
        who = tuple([a.annotator for a in annotations])
        values = tuple([a.answers.get(name, MISSING) for a in annotations])
        if comparer.scorer is not None:
            self._scored[1][name] = told = comparer.scorer.score(who, values, text)
            scores = self._decode(told[1])
            for i, j, (shared, whole, *_) in scores.pairs:
                yield scores.who[i], scores.who[j], round((shared / whole if whole else 1.0) * MILLION)
            return
        given = [
            (w, v) for w, v in zip(who, finite(values), strict=True) if v is not MISSING and v is not None
        ]
        for (one, left), (other, right) in combinations(given, 2):
            yield one, other, round(comparer.score(left, right) * MILLION)


def _count(scores: Counted, group: bool, score: int) -> None:
    key = (group, score)
    scores[key] = scores.get(key, 0) + 1


def suggestion(item: Item, annotation: Annotation) -> Prediction | None:
    """What an answer was made with: what the tool says, else the newest that was there; None: nothing."""
    if annotation.prediction:
        linked = [one for one in item.predictions if one.id == annotation.prediction]
        if linked:
            return linked[0]
    if not item.predictions:
        return None
    begun = _begun(annotation)
    there = []
    for one in item.predictions:
        made = moment(one.created_at)
        if begun is None or made is None or made <= begun:
            there.append((made or datetime.min.replace(tzinfo=UTC), one))
    return max(there, key=lambda found: found[0])[1] if there else None


def _begun(annotation: Annotation) -> datetime | None:
    """When somebody began to answer; None where the tool does not tell.

    Tools tell when the answer was stored, and how long it took. Of one that was changed later that holds the
    later work too, and says nothing of the beginning.
    """
    stored, changed = moment(annotation.created_at), moment(annotation.updated_at)
    took = annotation.lead_time
    if stored is None or took is None or not 0 <= took <= LONGEST:
        return stored
    if changed is not None and changed - stored > AT_ONCE:
        return stored
    return stored - timedelta(seconds=took) + AT_ONCE


def says(prediction: Prediction) -> bool:
    """Whether there is anything in a prediction that somebody could see."""
    return any(value is not None and value != () for value in prediction.answers.values())


def moment(text: str) -> datetime | None:
    """A time as a tool writes it; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
