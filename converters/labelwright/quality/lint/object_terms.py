"""One object goes by several terms.

The same object should be described the same way by everybody and on all images (an annotation guide). Two
shapes show one object where they overlap by three quarters (IoU 0.75, ours): those of different annotators
on one item, and those on items that show the very same file, by its name. Two labels for one object are
counted by pair: a warning where it is so of at least three objects and one in twenty of all that several
drew, else a note. Of phrases (texts that are asked of shapes) those are told that have no word in common,
articles and plurals aside; "red car" and "the car" are one term. Phrases are a note, since two may both be
right. Of files that are shown twice, the first 100,000 shapes are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

from labelwright.agreement.matching import is_same
from labelwright.problems import Place, Problem, ProblemType, Severity
from labelwright.quality._seen import digest
from labelwright.quality.lint._drawn import Picture, pairs, pictures, things
from labelwright.quality.lint._rule import EXPORT, Context, Rule
from labelwright.quality.lint._words import ARTICLES, quoted, singular, tokens
from labelwright.records import Item, Kind, Shape

LABELS = ProblemType(
    "lint.object-terms",
    "Objects have two labels",
    "{count} objects are labelled {one} by some and {other} by others; this is the first",
    "Say in the guidelines, with an example of each, where the one ends and the other begins.",
    Severity.WARNING,
)
LABELS_SOME = ProblemType(
    "lint.object-terms-some",
    "A few objects have two labels",
    "labelled {one} by some and {other} by others: {count}; this is the first",
    "Look at the item and correct one of the two.",
    Severity.NOTE,
)
PHRASES = ProblemType(
    "lint.object-terms-phrases",
    "One object has phrases without a common word",
    "{count} objects have phrases without a word in common, such as {one} and {other} here",
    "Name an object the same way everywhere, and what tells it from its like besides.",
    Severity.NOTE,
)
CUT = ProblemType(
    "lint.object-terms-cut",
    "More shapes than are kept to compare files that are shown twice",
    "only the first {limit:,} shapes were kept; files first shown after them are not compared",
    "None needed unless files are shown twice.",
    Severity.NOTE,
)
NEAR = 0.75
LEAST, SHARE = 3, 0.05
KEPT = 100_000


class ObjectTerms(Rule):
    """Compares the labels and phrases of shapes that lie on each other."""

    name = "object-terms"
    needs = EXPORT

    def __init__(self, context: Context) -> None:
        """Nothing seen yet."""
        super().__init__(context)
        controls = context.template.controls.items() if context.template is not None else ()
        self._texts = frozenset(n for n, c in controls if c.kind is Kind.TEXT and c.on)
        self._labels: Counter[tuple[str, str]] = Counter()
        self._firsts: dict[tuple[str, str], Place] = {}
        self._objects = self._phrases = 0
        self._phrase: tuple[Place, str, str] | None = None
        self._shown: dict[bytes, tuple[Shape, ...]] = {}
        self._kept, self._cut = 0, False

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """Compare what lies on each other, on one item and with items that show the same."""
        for picture in pictures(item, self.context.template):
            place = Place(source=source, item=item.key.item, control=picture.name)
            self._compare(picture, picture.drawn, place)
            mine = next((shapes for shapes in picture.drawn if shapes), ())
            key = digest([picture.name, picture.unit, _files(item, self.context)])
            if key in self._shown:
                self._compare(picture, [self._shown[key], mine], place)
            elif self._kept + len(mine) > KEPT:
                self._cut = True
            elif mine and _files(item, self.context):
                self._shown[key] = mine
                self._kept += len(mine)
        return ()

    def _compare(self, picture: Picture, drawn: Sequence[tuple[Shape, ...]], place: Place) -> None:
        """Look at each thing that several drew; a pair of labels counts once for each."""
        for thing in things(picture.control, drawn):
            self._objects += len(thing) > 1
            labels: set[tuple[str, str]] = set()
            phrases: set[tuple[str, str]] = set()
            for one, other in combinations(thing.values(), 2):
                if one.label == other.label and not (one.answers and other.answers):
                    continue
                if not any(is_same(how, NEAR) for *_, how in pairs(picture.control, (one,), (other,))):
                    continue
                if one.label != other.label:
                    labels.add((min(one.label, other.label), max(one.label, other.label)))
                phrases |= set(self._apart(one, other))
            for key in labels:
                self._labels[key] += 1
                self._firsts.setdefault(key, place)
            if phrases:
                self._phrases += 1
                self._phrase = self._phrase or (place, *min(phrases))

    def _apart(self, one: Shape, other: Shape) -> Iterator[tuple[str, str]]:
        """The phrases of two shapes that have no word in common."""
        said = dict(one.answers)
        for name, value in other.answers:
            if name in self._texts and name in said and not _shared(said[name], value):
                first, second = sorted((str(said[name]), str(value)))
                yield first, second

    def finish(self) -> Iterator[Problem]:
        """Labels by pair, and phrases."""
        for (one, other), count in sorted(self._labels.items()):
            kind = LABELS if count >= max(LEAST, SHARE * self._objects) else LABELS_SOME
            yield kind.at(self._firsts[one, other], count=count, one=quoted(one), other=quoted(other))
        if self._phrase is not None:
            place, one, other = self._phrase
            yield PHRASES.at(place, count=self._phrases, one=quoted(one), other=quoted(other))
        if self._cut:
            yield CUT.at(limit=KEPT)


def _files(item: Item, context: Context) -> list[Any]:
    """The pictures and films that an item shows."""
    inputs = context.template.inputs if context.template is not None else {}
    shown = [item.inputs.get(name) for name, i in inputs.items() if i.type in ("image", "video")]
    return [value for value in shown if value]


def _shared(one: Any, other: Any) -> bool:
    """Whether two phrases have a word in common, or one says nothing."""
    here, there = ({singular(w) for w in tokens(str(text)) if w not in ARTICLES} for text in (one, other))
    return not here or not there or bool(here & there)


plugin = ObjectTerms
