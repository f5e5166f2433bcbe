"""One thing goes by several terms.

A model that reads "car", "Car" and "cars" for the same thing learns three things. Compared are the short
answers and the short strings of JSON answers that do not stand in the item's text word for word: those
that differ in case, marks, blanks, an English plural or a British and American spelling alone are one term.

Inside longer answers, words are one term that differ in a hyphen ("e-mail", "email"), in capitals within
("GitHub", "Github") or in a British and American spelling ("colour", "color"). "sign in" beside "sign-in"
or "signin" is a note only, since a verb and its noun may rightly differ in the blank.

That two different words mean one thing ("scratch", "surface damage") only a person can say: groups of terms
that a template calls synonyms (``synonyms`` in ``[quality.lint]``) are one term, inside longer answers too.
The labels of the template are held against each other like short answers. Source: an annotation guide's
rule to pick one term and use it everywhere. At most 20,000 different terms, and 50,000 words and pairs of
words inside longer answers, are compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from labelwright.problems import NOWHERE, Place, Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule
from labelwright.quality.lint._spelling import MAX_FORMS, Spellings, american
from labelwright.quality.lint._words import SHORT, quoted, singular, terms, tokens

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
BLANK = ProblemType(
    "lint.terminology-blank",
    "A word is written in one and in two",
    "one word is written {terms}",
    "Write it one way where it is the same part of speech; a verb and its noun may differ.",
    Severity.NOTE,
)
TOO_MANY = ProblemType(
    "lint.terminology-cut",
    "There are more terms than are compared",
    "only the first {limit:,} different terms (or {words:,} words inside sentences) were compared",
    "None needed: texts this different have no common terms to pick.",
    Severity.NOTE,
)
MAX_TERMS = 20_000
SHOWN = 6


def concept(term: str) -> str:
    """What terms that are one have in common."""
    found = tokens(term.replace("_", " "))
    return "".join(map(american, [*found[:-1], singular(found[-1])])) if found else ""


def _listed(forms: Counter[str]) -> str:
    """Terms with their counts, the commonest first."""
    ordered = sorted(forms.items(), key=lambda f: (-f[1], f[0]))
    listed = ", ".join(f"{quoted(term)} ({count})" for term, count in ordered[:SHOWN])
    return f"{listed} and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else listed


class Terminology(Rule):
    """Collects terms by concept."""

    name = "terminology"

    def __init__(self, context: Context) -> None:
        """Prepare the groups of synonyms."""
        super().__init__(context)
        self._forms: dict[str, Counter[str]] = {}
        self._places: dict[str, Place] = {}
        self._distinct, self._cut = 0, False
        self._spellings = Spellings()
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
        if answer.lstrip()[:1] not in ("{", "[") and len(answer.split(None, SHORT)) > SHORT:
            self._spellings.add(answer, row.text)
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
        yield from self._varied()
        if self._cut or self._spellings.cut:
            yield TOO_MANY.at(limit=MAX_TERMS, words=MAX_FORMS)
        yield from self._labels()

    def _varied(self) -> Iterator[Problem]:
        """Spellings inside sentences."""
        for forms, blank_alone in self._spellings.varied():
            wanted = min(forms, key=lambda t: (-forms[t], t))
            yield BLANK.at(terms=_listed(forms)) if blank_alone else self._split(forms, wanted, NOWHERE)

    def _split(self, forms: Counter[str], wanted: str, place: Place) -> Problem:
        problem = SPLIT.at(place, terms=_listed(forms))
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
