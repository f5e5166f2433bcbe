"""An annotator leaves out what others see.

All relevant objects of an image should be annotated; what is missing teaches a model to ignore it (an
annotation guide). A shape is missing where another annotator, or a model's prediction (with a score from
0.5, or none), has one and the annotator has none that overlaps it by half (IoU 0.5), whatever its label. It
is told by annotator and label, at the first of the annotations that lack one: a warning where more than
20 % of at least ten are missing (ours), else a note. Only annotators who answered on the item count, and
labels of the template where it has any.

Where the annotator also writes a text about the image, a label that the text names, in the singular or
plural, needs a shape; an image that somebody captions "a person on a bench" has a PERSON to mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from labelwright.problems import NOWHERE, Place, Problem, ProblemType, Severity
from labelwright.quality.lint._drawn import Picture, newest, pictures, shapes_in, things
from labelwright.quality.lint._rule import EXPORT, Context, Rule
from labelwright.quality.lint._words import percent, quoted, singular, tokens
from labelwright.records import Item, Kind, Shape

LACKS = ProblemType(
    "lint.coverage",
    "An annotator leaves out much of what others drew",
    "the annotator of this annotation lacks {count} of {drawn} shapes ({share}) labelled {label} "
    "that {whose}",
    "Show them what to mark in the guidelines, and have their items looked over.",
    Severity.WARNING,
)
LACKS_SOME = ProblemType(
    "lint.coverage-some",
    "An annotator leaves out some of what others drew",
    LACKS.message,
    "Look at the item: either the shape is missing, or the other one is too many.",
    Severity.NOTE,
)
NAMED = ProblemType(
    "lint.coverage-named",
    "A text names what nobody marked",
    "the text names {word}, but this annotation has no {label}",
    "Mark it, or correct the text.",
    Severity.WARNING,
)
MUCH, LEAST, SURE = 0.2, 10, 0.5
PEOPLE, MODELS = "other annotators drew", "a model predicted"
Key = tuple[str, str, str]  # annotator, label, who drew the shapes


class _Count(Struct):
    drawn: int = 0
    lacking: int = 0
    first: Place = NOWHERE


class Coverage(Rule):
    """Counts, by annotator and label, what others drew and what of it is missing."""

    name = "coverage"
    needs = EXPORT

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._counts: dict[Key, _Count] = {}
        template = context.template
        controls = template.controls.items() if template is not None else ()
        self._texts = [n for n, c in controls if c.kind is Kind.TEXT and not c.on]

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """Count the shapes of one item; say which are named and missing."""
        for picture in pictures(item, self.context.template):
            self._count(picture, item, source)
        if self._texts:
            yield from self._unmarked(item, source)

    def _count(self, picture: Picture, item: Item, source: str) -> None:
        people = len(picture.annotations)
        allowed = set(picture.control.labels)
        models = [tuple(s for s in m if s.score is None or s.score >= SURE) for m in picture.models]
        for thing in things(picture.control, [*picture.drawn, *models]):
            drew = {who: shape for who, shape in thing.items() if who < people}
            for who in range(people):
                others = [shape for other, shape in drew.items() if other != who]
                for whose, found in ((PEOPLE, others), (MODELS, [] if others else _predicted(thing, people))):
                    if not found or (allowed and found[0].label not in allowed):
                        continue
                    key = (picture.annotations[who].annotator, found[0].label, whose)
                    count = self._counts.setdefault(key, _Count())
                    count.drawn += 1
                    if who not in thing:
                        if not count.lacking:
                            count.first = picture.place(item, source, who)
                        count.lacking += 1

    def _unmarked(self, item: Item, source: str) -> Iterator[Problem]:
        """Labels that a text of an annotation names and of which the annotation has no shape."""
        assert self.context.template is not None
        shaped = {
            n: c.labels
            for n, c in self.context.template.controls.items()
            if c.kind is Kind.SHAPES and not c.on
        }
        for annotation in newest(item):
            said = [str(annotation.answers[n]) for n in self._texts if n in annotation.answers]
            words = [_words(text) for text in said]
            for name, labels in shaped.items():
                if name not in annotation.answers:
                    continue
                has = {shape.label for shape in shapes_in(annotation.answers[name])}
                for label in labels:
                    if label not in has and any(_holds(text, _words(label)) for text in words):
                        place = Place(source, 0, item.key.item, annotation.id, "", name)
                        yield NAMED.at(place, word=quoted(" ".join(_words(label))), label=quoted(label))

    def finish(self) -> Iterator[Problem]:
        """What each annotator leaves out, by label."""
        for (_, label, whose), count in sorted(self._counts.items()):
            if count.lacking:
                share = count.lacking / count.drawn
                kind = LACKS if share > MUCH and count.drawn >= LEAST else LACKS_SOME
                yield kind.at(
                    count.first,
                    count=count.lacking,
                    drawn=count.drawn,
                    share=percent(share),
                    label=quoted(label),
                    whose=whose,
                )


def _predicted(thing: dict[int, Shape], people: int) -> list[Shape]:
    return [shape for who, shape in thing.items() if who >= people]


def _words(text: str) -> list[str]:
    return [singular(word) for word in tokens(text.replace("_", " "))]


def _holds(text: list[str], label: list[str]) -> bool:
    size = len(label)
    return bool(label) and any(text[at : at + size] == label for at in range(len(text) - size + 1))


plugin = Coverage
