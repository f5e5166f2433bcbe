"""A phrase tells a model nothing: "the thing", "object", "something".

The whole answer, or a string of a JSON answer, is such a phrase once articles are taken off its front.
"the red box on the left" is none. The words are those that annotation guides warn of, and their like;
a template adds its own with ``vague`` in ``[quality.lint]``. A label of the template is never vague.
"""

from __future__ import annotations

from collections.abc import Iterable

from labelwright.problems import Problem, ProblemType, Severity
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
DENIED = frozenset(
    ("object", "objects", "item", "items", "thing", "things", "stuff", "something", "anything", "box",
     "region", "area", "part", "it", "this", "that", "these", "those", "one", "element", "entity", "asdf",
     "ding", "dinge", "sache", "sachen", "objekt", "etwas")
)  # fmt: skip


class VaguePhrases(Rule):
    """Holds each short phrase against the list."""

    name = "vague-phrases"

    def __init__(self, context: Context) -> None:
        """Add the template's own phrases."""
        super().__init__(context)
        self._denied = DENIED | {bare(phrase) for phrase in context.lint.vague}
        controls = context.template.controls.values() if context.template is not None else ()
        self._labels = {label for control in controls for label in control.labels}

    def see(self, row: Row) -> Iterable[Problem]:
        """Vague phrases of one answer."""
        for term in terms(row.answer):
            if bare(term) in self._denied and term not in self._labels:
                yield VAGUE.at(row.place, phrase=quoted(term))


plugin = VaguePhrases
