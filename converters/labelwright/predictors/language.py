"""The language of a text, by py3langid, whose model is in its package.

It answers codes (ISO 639); a project may have English names, or a code with a country, as labels. Where
a control offers languages, only those are considered. Texts of fewer than 20 letters, and those that it
is less sure of than ``least``, are left to people: on a word or two it is a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

from labelwright.contracts import Asked, Guess, Query
from labelwright.predictors._extras import number
from labelwright.predictors._kept import DIGITS, loaded, words
from labelwright.predictors._languages import names
from labelwright.problems import UsageError
from labelwright.records import Kind

READ = 5_000  # characters
LETTERS = 20
NOTHING = "zxx"  # what is no language


class Language:
    """Tells a text's language. Scores are the model's probabilities among the languages considered."""

    name = "language"
    title = "Language"
    version = "py3langid 0.4 1"
    extra = "language"
    modules = ("py3langid",)
    inputs = ("text",)
    kinds = (Kind.CHOICE, Kind.TEXT)
    options = {  # noqa: RUF012
        "least": ("0.5", "the probability from which it answers"),
        "letters": (str(LETTERS), "the letters that a text must have"),
    }
    batch = 256

    def __init__(self, asked: Asked) -> None:
        """Load the model. Raises ``UsageError`` if it is not there."""
        self._asked = asked
        self._least = number("least", asked.option("least"), 0, 1)
        self._letters = number("letters", asked.option("letters"), 0, READ)
        module = loaded("py3langid.langid", self.extra)
        self._all = module.LanguageIdentifier.from_model_file(module.MODEL_FILE, norm_probs=True)
        self._names = names()
        for name in asked.controls:
            offered = asked.template.controls[name].labels
            if offered and not self._offered(offered):
                raise UsageError(f"control {name!r} offers no language: {', '.join(offered)}")

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        """The language of each text that is long enough."""
        return [self._guess(query) for query in batch]

    def _guess(self, query: Query) -> Guess:
        guess = Guess({})
        for name in self._asked.controls:
            text = words(query, self._asked, name, READ)
            if sum(map(str.isalpha, text)) < max(1, self._letters):
                continue
            offered = self._offered(query.labels(name))
            ranked = [
                (c, p) for c, p in self._all.rank(text) if c != NOTHING and (not offered or c in offered)
            ]
            total = sum(p for _, p in ranked)
            if not ranked or total <= 0:
                continue
            code, probability = max(ranked, key=lambda r: (r[1], r[0]))
            score = round(min(1.0, float(probability / total)), DIGITS)
            if score >= self._least:
                guess.answers[name] = offered.get(code, code)
                guess.scores[name] = score
                if offered:
                    shares = {offered[c]: round(min(1.0, float(p / total)), DIGITS) for c, p in ranked}
                    guess.shares[name] = shares
        return guess

    def _offered(self, labels: Sequence[str]) -> dict[str, str]:
        """A project's labels by the code of the language that each means."""
        found: dict[str, str] = {}
        for label in labels:
            said = label.casefold().strip()
            short = said.replace("_", "-").split("-")[0]
            for code, known in self._names.items():
                if said in (code, *(n.casefold() for n in known)) or (short == code and len(said) == 5):
                    found.setdefault(code, label)
        return found


plugin = Language
