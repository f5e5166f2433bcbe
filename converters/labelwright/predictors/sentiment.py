"""Sentiment of English text by VADER: a lexicon and rules, no model.

Its compound score (-1 to 1) decides, with the bounds that its authors give: POSITIVE from 0.05, NEGATIVE
to -0.05, else NEUTRAL (Hutto and Gilbert 2014, VADER). A number or rating gets the compound score on the
scale of the control. It was made for short texts: of a longer one the first 5,000 characters count.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import ClassVar

from labelwright.contracts import Asked, Guess, Query
from labelwright.predictors._kept import DIGITS, loaded, words
from labelwright.records import Kind, Value

READ = 5_000  # characters; the rules take time by the square of the words
CLEAR = 0.05  # compound score from which a text is no longer neutral


class Sentiment:
    """Judges how a text feels. Scores are how far the compound score is from neutral, no probabilities."""

    name = "sentiment"
    title = "Sentiment (VADER, English)"
    version = "vader 3.3.2 2"
    extra = "sentiment"
    modules = ("vaderSentiment",)
    inputs = ("text",)
    kinds = (Kind.CHOICE, Kind.NUMBER)
    labels = ("POSITIVE", "NEGATIVE", "NEUTRAL")
    alike: ClassVar[dict[str, Sequence[str]]] = {
        "POSITIVE": ("POS", "GOOD", "HAPPY"),
        "NEGATIVE": ("NEG", "BAD", "UNHAPPY"),
        "NEUTRAL": ("NEU", "NO SENTIMENT"),
    }
    batch = 256

    def __init__(self, asked: Asked) -> None:
        """Load the lexicon. Raises ``UsageError`` if it is not there."""
        self._asked = asked
        self._analyzer = loaded("vaderSentiment.vaderSentiment", self.extra).SentimentIntensityAnalyzer()

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        """The sentiment of each text; none of a text without words, or with words in other letters alone."""
        return [self._guess(query) for query in batch]

    def _guess(self, query: Query) -> Guess:
        guess = Guess({})
        for name in self._asked.controls:
            text = words(query, self._asked, name, READ)
            if not text.strip() or _foreign(text):
                continue
            compound = self._analyzer.polarity_scores(text)["compound"]
            control = query.template.controls[name]
            value: Value
            if control.kind is Kind.NUMBER:
                low = -1.0 if control.minimum is None else control.minimum
                high = 1.0 if control.maximum is None else control.maximum
                value = round(low + (compound + 1) / 2 * (high - low), DIGITS)
            elif abs(compound) < CLEAR:
                value = "NEUTRAL"
            else:
                value = "POSITIVE" if compound > 0 else "NEGATIVE"
            guess.answers[name] = value
            neutral = value == "NEUTRAL"
            guess.scores[name] = round(1 - abs(compound) if neutral else abs(compound), DIGITS)
        return guess


def _foreign(text: str) -> bool:
    """Whether a text has letters, and no Latin one: no word of the lexicon can be in it."""
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and not any(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)


plugin = Sentiment
