"""The languages found are not those declared.

Each text of at least 40 letters (ours: shorter ones cannot be told apart reliably) is identified, input and
target apart. It is in another language if the best guess has a probability of at least 0.9 and all declared
ones together have at most 0.05 (ours). Declared are ``languages`` in ``[quality.lint]``; one that no text
is in is a warning too. The share of each language is noted, since most annotated text is English and the
other languages are easily too few. Whether an annotator speaks the language of an item is not checked: no
export says which languages people speak. Needs the package ``py3langid``, whose model is in the package:
nothing is downloaded or sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import Context, Rule
from labelwright.quality.lint._words import percent

OTHER = ProblemType(
    "lint.languages",
    "A text is in a language that is not declared",
    "{where} is in the language {found!r}; declared: {declared}",
    "Correct the text, or declare the language in the template's [quality.lint].",
    Severity.WARNING,
)
MISSING = ProblemType(
    "lint.languages-missing",
    "A declared language does not occur",
    "no text was found to be in {language!r}",
    "Label items in that language, or declare it no more.",
    Severity.WARNING,
)
SHARES = ProblemType(
    "lint.languages-found",
    "The languages of the texts",
    "{shares} of {count} texts long enough to tell",
    "Check that each language that matters has enough items.",
    Severity.NOTE,
)
MIN_LETTERS = 40
SURE, UNLIKELY = 0.9, 0.05
PROBABLE = 0.5  # for the shares
READ = 400  # characters
# Members of a macrolanguage (ISO 639-3) that the model tells apart and templates do not.
_MEMBERS = {
    "nn": "no",
    "nb": "no",
    "wuu": "zh",
    "yue": "zh",
    "arz": "ar",
    "ary": "ar",
    "sdh": "ku",
    "uzs": "uz",
}
NO_LANGUAGE = "zxx"


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _code(language: str) -> str:
    return _MEMBERS.get(language, language)


class Languages(Rule):
    """Identifies the language of each long text."""

    name = "languages"
    package = "py3langid"

    def __init__(self, context: Context) -> None:
        """Nothing counted yet."""
        super().__init__(context)
        self._declared = {_code(language.casefold().split("-")[0]) for language in context.lint.languages}
        self._found: Counter[str] = Counter()

    def see(self, row: Row) -> Iterable[Problem]:
        """Texts in other languages."""
        for where, text in (("the input", row.text), ("the target", row.answer)):
            if text.lstrip()[:1] in ("{", "["):
                continue
            part = text[:READ]
            if sum(map(str.isalpha, part)) < MIN_LETTERS:
                continue
            code, probability = _identifier().classify(part.encode("utf-8", "replace").decode())
            language = _code(code)
            if language == NO_LANGUAGE or probability < PROBABLE:
                continue
            self._found[language] += 1
            if self._declared and probability >= SURE and self._unlikely(part):
                listed = ", ".join(sorted(self._declared))
                yield OTHER.at(row.place, where=where, found=language, declared=listed)

    def _unlikely(self, text: str) -> bool:
        """Whether hardly any probability is left for the declared languages."""
        ranked = _identifier().rank(text.encode("utf-8", "replace").decode())
        return bool(sum(p for code, p in ranked if _code(code) in self._declared) <= UNLIKELY)

    def finish(self) -> Iterator[Problem]:
        """Shares, and declared languages that do not occur."""
        count = self._found.total()
        if not count:
            return
        for language in sorted(self._declared - set(self._found)):
            yield MISSING.at(language=language)
        ordered = sorted(self._found.items(), key=lambda f: (-f[1], f[0]))
        shares = ", ".join(f"{language} {percent(n / count)} ({n})" for language, n in ordered[:8])
        yield SHARES.at(shares=shares, count=count)


plugin = Languages
