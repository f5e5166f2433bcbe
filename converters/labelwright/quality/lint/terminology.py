"""One thing goes by several terms.

A model that reads "car", "Car" and "cars" for the same thing learns three things. Compared are the short
answers and the short strings of JSON answers that do not stand in the item's text word for word: those
that differ in case, marks, blanks or an English plural alone are one term. Groups of terms that a template
calls synonyms (``synonyms`` in ``[quality.lint]``) are one term too, also inside longer answers. The
labels of the template are held against each other in the same way. Source: an annotation guide's rule to
pick one term and use it everywhere. At most 20,000 different terms are compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from labelwright.problems import NOWHERE, Place, Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule
from labelwright.quality.lint._words import quoted, singular, terms, tokens

SPLIT = ProblemType(
    "lint.terminology",
    "One thing goes by several terms",
    "one thing goes by {terms}",
    "Use {wanted} everywhere, and say so in the guidelines.",
    Severity.WARNING,
)
LABELS_ALIKE = ProblemType(
    "lint.terminology-labels",
    "Two labels are one term",
    "control {control!r} has the labels {terms}",
    "Join them, or give them names that nobody confuses.",
    Severity.WARNING,
)
TOO_MANY = ProblemType(
    "lint.terminology-cut",
    "There are more terms than are compared",
    "only the first {limit:,} different terms were compared",
    "None needed: answers this different are no terms.",
    Severity.NOTE,
)
MAX_TERMS = 20_000
SHOWN = 6


def concept(term: str) -> str:
    """What terms that are one have in common."""
    found = tokens(term.replace("_", " "))
    return " ".join([*found[:-1], singular(found[-1])]) if found else ""


class Terminology(Rule):
    """Collects terms by concept."""

    name = "terminology"

    def __init__(self, context: Context) -> None:
        """Prepare the groups of synonyms."""
        super().__init__(context)
        self._forms: dict[str, Counter[str]] = {}
        self._places: dict[str, Place] = {}
        self._distinct, self._cut = 0, False
        self._groups = [
            (group, [re.compile(rf"\b{re.escape(t)}\b", re.I) for t in group], Counter[str]())
            for group in context.lint.synonyms
        ]

    def see(self, row: Row) -> Iterable[Problem]:
        """Take the terms of one answer."""
        answer = row.answer
        for group, patterns, used in self._groups:
            used.update(term for term, p in zip(group, patterns, strict=True) if p.search(answer))
        for term in terms(answer):
            if term not in row.text:
                self._add(term, row.place)
        return ()

    def _add(self, term: str, place: Place) -> None:
        key = concept(term)
        forms = self._forms.get(key)
        if forms is not None and term in forms:
            forms[term] += 1
        elif self._distinct >= MAX_TERMS:
            self._cut = True
        elif key:
            self._distinct += 1
            if forms is not None:
                self._places.setdefault(key, place)
            self._forms.setdefault(key, Counter())[term] += 1

    def finish(self) -> Iterator[Problem]:
        """Concepts with several terms."""
        for group, _, used in self._groups:
            if len(used) > 1:
                yield self._split(used, group[0], NOWHERE)
        for key, forms in sorted(self._forms.items()):
            if len(forms) > 1:
                wanted = min(forms, key=lambda t: (-forms[t], t))
                yield self._split(forms, wanted, self._places[key])
        if self._cut:
            yield TOO_MANY.at(limit=MAX_TERMS)
        yield from self._labels()

    def _split(self, forms: Counter[str], wanted: str, place: Place) -> Problem:
        ordered = sorted(forms.items(), key=lambda f: (-f[1], f[0]))
        listed = ", ".join(f"{quoted(term)} ({count})" for term, count in ordered[:SHOWN])
        more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
        problem = SPLIT.at(place, terms=f"{listed}{more}")
        return msgspec.structs.replace(problem, remedy=SPLIT.remedy.format(wanted=quoted(wanted)))

    def _labels(self) -> Iterator[Problem]:
        controls = self.context.template.controls if self.context.template is not None else {}
        for name, control in controls.items():
            found: dict[str, list[str]] = {}
            for label in control.labels:
                found.setdefault(concept(label), []).append(label)
            for key, alike in found.items():
                if key and len(alike) > 1:
                    listed = ", ".join(quoted(label) for label in alike)
                    yield LABELS_ALIKE.at(self.at_template(), control=name, terms=listed)


plugin = Terminology
