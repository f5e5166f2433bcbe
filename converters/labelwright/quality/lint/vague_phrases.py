"""A phrase tells a model nothing: "the thing", "object", "something".

The whole answer, a string of a JSON answer, or what was written about a shape of an image is such a phrase
once articles are taken off its front. "the red box on the left" is none. The words are those that annotation
guides warn of, and their like; a template adds its own with ``vague`` in ``[quality.lint]``. A label of the
template is never vague.

Of what was written about shapes, phrases of one bare word ("car") are counted in a note: colour, place, size
and what is around tell the one meant from its like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelwright.problems import NOWHERE, Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule
from labelwright.quality.lint._words import bare, quoted, terms

VAGUE = ProblemType(
    "lint.vague-phrases",
    "A phrase tells a model nothing",
    "the phrase {phrase} could mean anything",
    "Name the thing, with what tells it from its like: colour, place, size.",
    Severity.WARNING,
)
BARE = ProblemType(
    "lint.vague-phrases-bare",
    "Phrases of one bare word",
    "{count} of {phrases} phrases about places are one bare word, such as {phrase} here",
    "Add what tells the thing from its like: colour, place, size, what is around it.",
    Severity.NOTE,
)
DENIED = frozenset(
    ("object", "objects", "item", "items", "thing", "things", "stuff", "something", "anything", "box",
     "region", "area", "part", "it", "this", "that", "these", "those", "one", "element", "entity", "asdf",
     "ding", "dinge", "sache", "sachen", "objekt", "etwas")
)  # fmt: skip


class VaguePhrases(Rule):
    """Holds each short phrase against the list, and counts bare words."""

    name = "vague-phrases"

    def __init__(self, context: Context) -> None:
        """Add the template's own phrases."""
        super().__init__(context)
        self._denied = DENIED | {bare(phrase) for phrase in context.lint.vague}
        controls = context.template.controls.values() if context.template is not None else ()
        self._labels = {label for control in controls for label in control.labels}
        self._phrases = self._bare = 0
        self._first = ("", NOWHERE)

    def see(self, row: Row) -> Iterable[Problem]:
        """Vague phrases of one answer."""
        for term in terms(row.answer):
            if bare(term) in self._denied and term not in self._labels and term not in row.phrases:
                yield VAGUE.at(row.place, phrase=quoted(term))
        for phrase in row.phrases:
            self._phrases += 1
            found = bare(phrase)
            if found in self._denied and phrase not in self._labels:
                yield VAGUE.at(row.place, phrase=quoted(phrase))
            elif found and " " not in found and phrase not in self._labels:
                if not self._bare:
                    self._first = (phrase, row.place)
                self._bare += 1

    def finish(self) -> Iterator[Problem]:
        """How many phrases are one bare word."""
        if self._bare:
            phrase, place = self._first
            yield BARE.at(place, count=self._bare, phrases=self._phrases, phrase=quoted(phrase))


plugin = VaguePhrases
